//! Physical lines to logical ones.

/// An instruction's text, and the line on which it begins, from 1.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) number: usize,
    pub(crate) text: String,
}

/// Joins lines that end with a backslash; comments and empty lines are nothing, also between joined ones.
pub(crate) fn logical(text: &str) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let mut open = false;
    for (position, physical) in text.lines().enumerate() {
        if physical.trim().is_empty() || physical.trim_start().starts_with('#') {
            continue;
        }
        let trimmed = physical.trim_end();
        // A line that ends with an escaped backslash goes on all the same, as in BuildKit.
        let (body, goes_on) = match trimmed.strip_suffix('\\') {
            Some(body) => (body, true),
            None => (physical, false),
        };
        match lines.last_mut().filter(|_| open) {
            Some(line) => line.text.push_str(body),
            None => lines.push(Line { number: position + 1, text: body.trim_start().to_owned() }),
        }
        open = goes_on;
    }
    lines.retain(|line| !line.text.trim().is_empty());
    lines
}
