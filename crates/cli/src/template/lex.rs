//! Templates into tokens.

use super::TemplateError;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// Text outside of actions.
    Text(String),
    Open,
    Close,
    /// `.name`, right behind what is before it or not.
    Field {
        name: String,
        glued: bool,
    },
    /// `.` alone.
    Dot,
    /// `$name`, or `$` alone with an empty name.
    Variable(String),
    Word(String),
    Quoted(String),
    Int(i128),
    Float(f64),
    Pipe,
    Comma,
    Declare,
    Assign,
    OpenParen,
    CloseParen,
}

/// Cuts a template into tokens.
pub(super) fn lex(template: &str) -> Result<Vec<Token>, TemplateError> {
    let mut tokens = Vec::new();
    let mut rest = template;
    let mut trim = false;
    loop {
        let (text, action) = match rest.split_once("{{") {
            Some((text, action)) => (text, Some(action)),
            None => (rest, None),
        };
        let text = if std::mem::take(&mut trim) { text.trim_start() } else { text };
        let trims_before = action.is_some_and(|action| action.starts_with("- "));
        let text = if trims_before { text.trim_end() } else { text };
        if !text.is_empty() {
            tokens.push(Token::Text(text.to_owned()));
        }
        let Some(action) = action else { return Ok(tokens) };
        let action = if trims_before { &action[1..] } else { action };
        if let Some(comment) = action.trim_start().strip_prefix("/*") {
            let (_, after) = comment.split_once("*/").ok_or_else(|| TemplateError::new(":1: unclosed comment"))?;
            let after = after.trim_start();
            let stripped = after.strip_prefix('-');
            trim = stripped.is_some();
            rest = stripped
                .unwrap_or(after)
                .strip_prefix("}}")
                .ok_or_else(|| TemplateError::new(":1: comment ends before closing delimiter"))?;
            continue;
        }
        tokens.push(Token::Open);
        let mut lexer = Lexer { rest: action, tokens: &mut tokens };
        trim = lexer.action()?;
        rest = lexer.rest;
    }
}

struct Lexer<'a, 'b> {
    rest: &'a str,
    tokens: &'b mut Vec<Token>,
}

fn is_name(character: char) -> bool {
    character == '_' || character.is_alphanumeric()
}

impl<'a> Lexer<'a, '_> {
    /// Reads up to `}}`; whether the text behind it loses its leading spaces.
    fn action(&mut self) -> Result<bool, TemplateError> {
        let mut spaced = true;
        loop {
            let trimmed = self.rest.trim_start();
            spaced |= trimmed.len() < self.rest.len();
            if spaced && trimmed.starts_with("-}}") {
                self.rest = &trimmed[3..];
                self.tokens.push(Token::Close);
                return Ok(true);
            }
            self.rest = trimmed;
            if let Some(rest) = trimmed.strip_prefix("}}") {
                self.rest = rest;
                self.tokens.push(Token::Close);
                return Ok(false);
            }
            let Some(first) = trimmed.chars().next() else { return Err(TemplateError::new(":1: unclosed action")) };
            let token = self.token(first, !spaced)?;
            self.tokens.push(token);
            spaced = false;
        }
    }

    fn take(&mut self, count: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(count);
        self.rest = rest;
        taken
    }

    fn name(&mut self) -> String {
        let end = self.rest.find(|character| !is_name(character)).unwrap_or(self.rest.len());
        self.take(end).to_owned()
    }

    fn token(&mut self, first: char, glued: bool) -> Result<Token, TemplateError> {
        let second = self.rest.chars().nth(1);
        Ok(match first {
            '|' | ',' | '(' | ')' | '=' => {
                self.take(1);
                match first {
                    '|' => Token::Pipe,
                    ',' => Token::Comma,
                    '(' => Token::OpenParen,
                    ')' => Token::CloseParen,
                    _ => Token::Assign,
                }
            }
            ':' if second == Some('=') => {
                self.take(2);
                Token::Declare
            }
            '$' => {
                self.take(1);
                Token::Variable(self.name())
            }
            '.' if second.is_some_and(|next| is_name(next) && !next.is_ascii_digit()) => {
                self.take(1);
                let name = self.name();
                Token::Field { name, glued }
            }
            '.' if !second.is_some_and(|next| next.is_ascii_digit()) => {
                self.take(1);
                Token::Dot
            }
            '"' => Token::Quoted(self.quoted()?),
            '`' => {
                let (text, rest) = self.rest[1..]
                    .split_once('`')
                    .ok_or_else(|| TemplateError::new(":1: unterminated raw quoted string"))?;
                self.rest = rest;
                Token::Quoted(text.to_owned())
            }
            '\'' => {
                let (text, rest) = self.rest[1..]
                    .split_once('\'')
                    .ok_or_else(|| TemplateError::new(":1: unterminated character constant"))?;
                let mut characters = text.chars();
                let (Some(character), None) = (characters.next(), characters.next()) else {
                    return Err(TemplateError::new(format!(":1: malformed character constant: '{text}'")));
                };
                self.rest = rest;
                Token::Int(u32::from(character).into())
            }
            '0'..='9' | '+' | '-' | '.' => self.number()?,
            other if is_name(other) => Token::Word(self.name()),
            other => return Err(TemplateError::new(format!(":1: unexpected {other:?} in command"))),
        })
    }

    fn number(&mut self) -> Result<Token, TemplateError> {
        let end = self
            .rest
            .char_indices()
            .skip(1)
            .find(|(_, character)| !(is_name(*character) || *character == '.'))
            .map_or(self.rest.len(), |(index, _)| index);
        let text = self.take(end);
        let plain = text.strip_prefix('+').unwrap_or(text);
        if let Ok(number) = plain.parse::<i128>() {
            return Ok(Token::Int(number));
        }
        if let Some(digits) = plain.strip_prefix("0x")
            && let Ok(number) = i128::from_str_radix(digits, 16)
        {
            return Ok(Token::Int(number));
        }
        plain
            .parse::<f64>()
            .ok()
            .filter(|number| number.is_finite())
            .map(Token::Float)
            .ok_or_else(|| TemplateError::new(format!(":1: bad number syntax: {text:?}")))
    }

    fn quoted(&mut self) -> Result<String, TemplateError> {
        let unterminated = || TemplateError::new(":1: unterminated quoted string");
        let mut out = String::new();
        let mut characters = self.rest.char_indices().skip(1);
        while let Some((index, character)) = characters.next() {
            match character {
                '"' => {
                    self.rest = &self.rest[index + 1..];
                    return Ok(out);
                }
                '\n' => return Err(unterminated()),
                '\\' => {
                    let (_, escape) = characters.next().ok_or_else(unterminated)?;
                    let digits = match escape {
                        'x' => 2,
                        'u' => 4,
                        'U' => 8,
                        _ => 0,
                    };
                    if digits > 0 {
                        let text: String = characters.by_ref().take(digits).map(|(_, digit)| digit).collect();
                        let code = u32::from_str_radix(&text, 16).ok().and_then(char::from_u32);
                        out.push(code.ok_or_else(|| TemplateError::new(":1: invalid syntax in string"))?);
                        continue;
                    }
                    out.push(match escape {
                        'n' => '\n',
                        't' => '\t',
                        'r' => '\r',
                        '0' => '\0',
                        'a' => '\x07',
                        'b' => '\x08',
                        'f' => '\x0c',
                        'v' => '\x0b',
                        '\\' | '"' | '\'' => escape,
                        _ => return Err(TemplateError::new(":1: invalid syntax in string")),
                    });
                }
                other => out.push(other),
            }
        }
        Err(unterminated())
    }
}
