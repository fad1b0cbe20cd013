//! Here-documents: `<<NAME` on a line, and the lines up to `NAME` behind it.

use crate::expand::{Lexer, Unset};

/// A here-document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heredoc {
    /// The name, without quotes: what ends it.
    pub name: String,
    /// The descriptor before the sign: 0 if there is none.
    pub descriptor: u32,
    /// No part of the name was in quotes: variables in the content are replaced.
    pub expand: bool,
    /// `<<-`: tabs at the beginnings of lines are none of the content.
    pub chomp: bool,
    /// The lines, as they are written.
    pub content: String,
}

impl Heredoc {
    /// The content, without what `<<-` takes away.
    #[must_use]
    pub fn text(&self) -> String {
        if !self.chomp {
            return self.content.clone();
        }
        self.content.split_inclusive('\n').map(|line| line.trim_start_matches('\t')).collect()
    }
}

/// Reads a word that may begin a here-document, whose content is not known yet.
///
/// # Errors
/// The name cannot be read.
pub(crate) fn parse(word: &str) -> Result<Option<Heredoc>, String> {
    let digits = word.len() - word.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (descriptor, rest) = word.split_at(digits);
    let Some(rest) = rest.strip_prefix("<<") else { return Ok(None) };
    let (chomp, name) = rest.strip_prefix('-').map_or((false, rest), |name| (true, name));
    let name = name.trim_start_matches(|c: char| c.is_ascii_whitespace());
    if name.is_empty() || name.contains('<') {
        return Ok(None);
    }
    let plain = Lexer { keep_unset: true, ..Lexer::new('\\') };
    let words = plain.expand(name, &Unset)?.words;
    let quoted = Lexer { keep_quotes: true, ..plain }.expand(name, &Unset)?.words;
    let ([name], [quoted]) = (words.as_slice(), quoted.as_slice()) else { return Ok(None) };
    let quotes = |text: &str| text.matches(['\'', '"']).count();
    Ok(Some(Heredoc {
        name: name.clone(),
        descriptor: descriptor.parse().unwrap_or_default(),
        expand: quotes(name) == quotes(quoted),
        chomp,
        content: String::new(),
    }))
}

/// The here-documents that a logical line begins, in their order.
///
/// # Errors
/// The name of one cannot be read.
pub(crate) fn find(line: &str) -> Result<Vec<Heredoc>, String> {
    if !line.contains("<<") {
        return Ok(Vec::new());
    }
    let lexer = Lexer { keep_quotes: true, keep_escapes: true, keep_unset: true, ..Lexer::new('\\') };
    // A line that is no words is a matter of the instruction.
    let words = lexer.expand(line, &Unset).map(|found| found.words).unwrap_or_default();
    words.iter().filter_map(|word| parse(word).transpose()).collect()
}
