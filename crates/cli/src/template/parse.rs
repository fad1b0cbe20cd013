//! Tokens into a tree.

use super::TemplateError;
use super::functions;
use super::lex::Token;
use crate::json::Json;

/// Deepest nesting of blocks and parentheses; the tree is walked recursively.
const DEPTH_MAX: usize = 100;

#[derive(Debug, Clone)]
pub(super) enum Node {
    Text(String),
    Action(Pipeline),
    If(Pipeline, Vec<Node>, Vec<Node>),
    With(Pipeline, Vec<Node>, Vec<Node>),
    Range(Pipeline, Vec<Node>, Vec<Node>),
}

/// Commands, each given the value of the one before; the value may get names.
#[derive(Debug, Clone)]
pub(super) struct Pipeline {
    pub(super) variables: Vec<String>,
    /// The variables exist already.
    pub(super) assigns: bool,
    pub(super) commands: Vec<Vec<Operand>>,
}

/// A value, and the fields that are read of it.
#[derive(Debug, Clone)]
pub(super) struct Operand {
    pub(super) base: Base,
    pub(super) fields: Vec<String>,
}

#[derive(Debug, Clone)]
pub(super) enum Base {
    Dot,
    Variable(String),
    Literal(Json),
    Function(String),
    Nested(Box<Pipeline>),
}

struct Parser<'a> {
    tokens: &'a [Token],
    at: usize,
    depth: usize,
}

/// How a list of nodes ended.
enum Closing {
    Template,
    Plain,
    Else,
    ElseIf,
    ElseWith,
}

pub(super) fn parse(tokens: &[Token]) -> Result<Vec<Node>, TemplateError> {
    let mut parser = Parser { tokens, at: 0, depth: 0 };
    match parser.list()? {
        (nodes, Closing::Template) => Ok(nodes),
        (_, Closing::Plain) => Err(TemplateError::new(":1: unexpected {{end}}")),
        _ => Err(TemplateError::new(":1: unexpected {{else}}")),
    }
}

impl Parser<'_> {
    fn next(&mut self) -> Option<&Token> {
        let token = self.tokens.get(self.at);
        self.at += 1;
        token
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn word(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Word(found)) if found == word);
        self.at += usize::from(found);
        found
    }

    fn close(&mut self, context: &str) -> Result<(), TemplateError> {
        match self.next() {
            Some(Token::Close) => Ok(()),
            other => Err(TemplateError::new(format!(":1: unexpected {} in {context}", shown(other)))),
        }
    }

    fn deeper(&mut self) -> Result<(), TemplateError> {
        self.depth += 1;
        if self.depth > DEPTH_MAX { Err(TemplateError::new(":1: nested too deeply")) } else { Ok(()) }
    }

    fn list(&mut self) -> Result<(Vec<Node>, Closing), TemplateError> {
        self.deeper()?;
        let mut nodes = Vec::new();
        let end = loop {
            match self.next() {
                None => break Closing::Template,
                Some(Token::Text(text)) => nodes.push(Node::Text(text.clone())),
                // Text and actions alternate: what isn't text opens an action.
                Some(_) => {
                    if self.word("end") {
                        self.close("end")?;
                        break Closing::Plain;
                    }
                    if self.word("else") {
                        if self.word("if") {
                            break Closing::ElseIf;
                        }
                        if self.word("with") {
                            break Closing::ElseWith;
                        }
                        self.close("else")?;
                        break Closing::Else;
                    }
                    nodes.push(self.action()?);
                }
            }
        };
        self.depth -= 1;
        Ok((nodes, end))
    }

    fn action(&mut self) -> Result<Node, TemplateError> {
        for word in ["template", "define", "block", "break", "continue"] {
            if self.word(word) {
                return Err(TemplateError::new(format!(":1: {{{{{word}}}}} is not supported in a format")));
            }
        }
        if self.word("if") {
            return self.conditional(Node::If);
        }
        if self.word("with") {
            return self.conditional(Node::With);
        }
        if self.word("range") {
            return self.conditional(Node::Range);
        }
        let pipeline = self.pipeline("command")?;
        self.close("command")?;
        Ok(Node::Action(pipeline))
    }

    fn conditional(&mut self, node: fn(Pipeline, Vec<Node>, Vec<Node>) -> Node) -> Result<Node, TemplateError> {
        let pipeline = self.pipeline("control clause")?;
        self.close("control clause")?;
        let unexpected = || TemplateError::new(":1: unexpected EOF");
        let (nodes, end) = self.list()?;
        let otherwise = match end {
            Closing::Template => return Err(unexpected()),
            Closing::Plain => Vec::new(),
            Closing::Else => match self.list()? {
                (nodes, Closing::Plain) => nodes,
                (_, Closing::Template) => return Err(unexpected()),
                _ => return Err(TemplateError::new(":1: expected end; found {{else}}")),
            },
            // `else if` is an `if` in the `else` that shares its `end`.
            Closing::ElseIf | Closing::ElseWith => {
                self.deeper()?;
                let node = self.conditional(if matches!(end, Closing::ElseIf) { Node::If } else { Node::With })?;
                self.depth -= 1;
                vec![node]
            }
        };
        Ok(node(pipeline, nodes, otherwise))
    }

    fn pipeline(&mut self, context: &str) -> Result<Pipeline, TemplateError> {
        self.deeper()?;
        let (variables, assigns) = self.declaration();
        let mut commands = Vec::new();
        loop {
            let command = self.command()?;
            if command.is_empty() {
                return Err(TemplateError::new(format!(":1: missing value for {context}")));
            }
            commands.push(command);
            if !matches!(self.peek(), Some(Token::Pipe)) {
                break;
            }
            self.at += 1;
        }
        self.depth -= 1;
        Ok(Pipeline { variables, assigns, commands })
    }

    /// `$a :=`, `$a, $b :=` or `$a =`; anything else is left alone.
    fn declaration(&mut self) -> (Vec<String>, bool) {
        let rest = &self.tokens[self.at.min(self.tokens.len())..];
        let (names, length) = match rest {
            [Token::Variable(one), Token::Declare, ..] => (vec![one.clone()], 2),
            [Token::Variable(one), Token::Assign, ..] => (vec![one.clone()], 2),
            [Token::Variable(one), Token::Comma, Token::Variable(two), Token::Declare, ..] => {
                (vec![one.clone(), two.clone()], 4)
            }
            _ => return (Vec::new(), false),
        };
        let assigns = matches!(rest.get(1), Some(Token::Assign));
        self.at += length;
        (names, assigns)
    }

    fn command(&mut self) -> Result<Vec<Operand>, TemplateError> {
        let mut operands = Vec::new();
        loop {
            let base = match self.peek() {
                Some(Token::Close | Token::Pipe | Token::CloseParen) | None => return Ok(operands),
                Some(Token::Dot) => Base::Dot,
                Some(Token::Field { name, .. }) => {
                    operands.push(Operand { base: Base::Dot, fields: vec![name.clone()] });
                    self.at += 1;
                    self.chain(&mut operands);
                    continue;
                }
                Some(Token::Variable(name)) => Base::Variable(name.clone()),
                Some(Token::Quoted(text)) => Base::Literal(Json::Text(text.clone())),
                Some(Token::Int(number)) => Base::Literal(Json::Int(*number)),
                Some(Token::Float(number)) => Base::Literal(Json::Float(*number)),
                Some(Token::Word(word)) => match word.as_str() {
                    "true" => Base::Literal(Json::Bool(true)),
                    "false" => Base::Literal(Json::Bool(false)),
                    "nil" => Base::Literal(Json::Null),
                    name if functions::exists(name) => Base::Function(name.to_owned()),
                    name => return Err(TemplateError::new(format!(":1: function {name:?} not defined"))),
                },
                Some(Token::OpenParen) => {
                    self.at += 1;
                    let nested = self.pipeline("parenthesized pipeline")?;
                    if !matches!(self.peek(), Some(Token::CloseParen)) {
                        return Err(TemplateError::new(":1: unclosed left paren"));
                    }
                    Base::Nested(Box::new(nested))
                }
                other => return Err(TemplateError::new(format!(":1: unexpected {} in operand", shown(other)))),
            };
            self.at += 1;
            operands.push(Operand { base, fields: Vec::new() });
            self.chain(&mut operands);
        }
    }

    /// Fields written right behind an operand are read of it.
    fn chain(&mut self, operands: &mut [Operand]) {
        while let Some(Token::Field { name, glued: true }) = self.tokens.get(self.at) {
            if let Some(last) = operands.last_mut() {
                last.fields.push(name.clone());
            }
            self.at += 1;
        }
    }
}

fn shown(token: Option<&Token>) -> String {
    match token {
        None => "EOF".into(),
        Some(Token::Close) => "\"}}\"".into(),
        Some(Token::Word(word)) => format!("<{word}>"),
        Some(Token::CloseParen) => "\")\"".into(),
        Some(Token::Comma) => "\",\"".into(),
        Some(Token::Declare) => "\":=\"".into(),
        Some(Token::Assign) => "\"=\"".into(),
        Some(other) => format!("{other:?}"),
    }
}

/// Whether a field of that name is read anywhere.
pub(super) fn mentions(nodes: &[Node], field: &str) -> bool {
    fn in_pipeline(pipeline: &Pipeline, field: &str) -> bool {
        pipeline.commands.iter().flatten().any(|operand| {
            operand.fields.iter().any(|name| name == field)
                || matches!(&operand.base, Base::Nested(nested) if in_pipeline(nested, field))
        })
    }
    nodes.iter().any(|node| match node {
        Node::Text(_) => false,
        Node::Action(pipeline) => in_pipeline(pipeline, field),
        Node::If(pipeline, one, other) | Node::With(pipeline, one, other) | Node::Range(pipeline, one, other) => {
            in_pipeline(pipeline, field) || mentions(one, field) || mentions(other, field)
        }
    })
}
