//! Procfile and Buildfile: a name and a command a line. Source: developer guide, "Configuring the application process
//! with a Procfile" (whose pattern a line is): `^[A-Za-z0-9_-]+:\s*[^\s].*$`.

use crate::error::{Fault, Notes, Position, quoted};
use crate::{Result, Warning, limits};

/// A program that a file names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// Its name; `web` is the one that serves.
    pub name: String,
    /// The command, for a shell.
    pub command: String,
}

/// Reads the lines of a Procfile or Buildfile, in their order.
///
/// # Errors
/// [`crate::Error::Invalid`] with the line that is none.
pub fn parse(file: &str, bytes: &[u8], warnings: &mut Vec<Warning>) -> Result<Vec<Process>> {
    lines(bytes, &mut Notes::new(file, warnings)).map_err(|fault| fault.of(file))
}

fn lines(bytes: &[u8], notes: &mut Notes<'_>) -> std::result::Result<Vec<Process>, Fault> {
    let mut found: Vec<Process> = Vec::new();
    for (number, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let at = Position { line: number + 1, column: 1 };
        let line = std::str::from_utf8(line).map_err(|_| Fault::new(at, "this line is no UTF-8 text"))?;
        let line = line.trim_end();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let wrong =
            || Fault::new(at, format!("a line is NAME: COMMAND (letters, digits, _ and -), not {}", quoted(line)));
        let (name, command) = line.split_once(':').ok_or_else(wrong)?;
        let named = !name.is_empty() && name.chars().all(|next| next.is_ascii_alphanumeric() || "_-".contains(next));
        let command = command.trim_start();
        if !named || command.is_empty() {
            return Err(wrong());
        }
        if let Some(before) = found.iter_mut().find(|before| before.name == name) {
            notes.warn(at, format!("{name} is here twice; this line counts"));
            command.clone_into(&mut before.command);
        } else if found.len() >= limits::TASKS {
            return Err(Fault::new(at, format!("there are more than {} programs", limits::TASKS)));
        } else {
            found.push(Process { name: name.to_owned(), command: command.to_owned() });
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_processes() {
        let mut warnings = Vec::new();
        let read =
            parse("Procfile", b"web: bin/web -p 80\r\n# c\n\nq-1:worker: x\nq-1: again\n", &mut warnings).unwrap();
        let shown: Vec<_> = read.iter().map(|one| (one.name.as_str(), one.command.as_str())).collect();
        assert_eq!(shown, [("web", "bin/web -p 80"), ("q-1", "again")]);
        assert_eq!(warnings.len(), 1);
        for wrong in ["web", "web:", "web:  ", ": x", "we b: x"] {
            let text = format!("a: b\n{wrong}\n");
            let error = parse("Procfile", text.as_bytes(), &mut warnings).unwrap_err().to_string();
            assert!(error.starts_with("Procfile:2:1: a line is NAME: COMMAND"), "{error}");
        }
    }
}
