//! A command line as words, as a shell splits it: blanks, quotes and backslashes, and nothing else of a shell.

/// Splits a text; `None` when a quote is not closed.
pub(crate) fn split(text: &str) -> Option<Vec<String>> {
    let (mut words, mut word): (Vec<String>, Option<String>) = (Vec::new(), None);
    let mut chars = text.chars();
    while let Some(next) = chars.next() {
        match next {
            ' ' | '\t' | '\n' | '\r' => words.extend(word.take()),
            '\'' => loop {
                let into = word.get_or_insert_default();
                match chars.next()? {
                    '\'' => break,
                    inner => into.push(inner),
                }
            },
            '"' => loop {
                let into = word.get_or_insert_default();
                match chars.next()? {
                    '"' => break,
                    '\\' => match chars.next()? {
                        escaped @ ('"' | '\\' | '$' | '`') => into.push(escaped),
                        '\n' => {}
                        other => into.extend(['\\', other]),
                    },
                    inner => into.push(inner),
                }
            },
            '\\' => match chars.next()? {
                '\n' => {}
                escaped => word.get_or_insert_default().push(escaped),
            },
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_lines_are_words() {
        for (text, want) in [
            ("", Some(vec![])),
            ("a  b\tc", Some(vec!["a", "b", "c"])),
            ("sh -c 'echo \"$A\"'", Some(vec!["sh", "-c", "echo \"$A\""])),
            (r#"a "b \"c\" \n" d\ e"#, Some(vec!["a", r#"b "c" \n"#, "d e"])),
            ("a''b ''", Some(vec!["ab", ""])),
            ("a 'b", None),
            ("a \\", None),
        ] {
            assert_eq!(split(text), want.map(|words| words.into_iter().map(str::to_owned).collect()), "{text}");
        }
    }
}
