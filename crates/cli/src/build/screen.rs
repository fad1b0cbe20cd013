//! What a step's output would show on a small terminal: a few lines, of which the last ones are shown while it runs.
//!
//! Colours are left out, and whatever else a program may send to a terminal moves nothing but this screen's cursor.
//! It understands what BuildKit's client does (tonistiigi/vt100).

/// Fewest lines of a screen.
pub(super) const LINES_MIN: usize = 6;
/// Columns that a screen is narrower than the terminal.
const MARGIN: usize = 10;
/// Fewest columns of a screen.
const COLUMNS_MIN: usize = 6;
/// Longest escape sequence; what is longer is none.
const SEQUENCE: usize = 64;

/// A screen of few lines.
#[derive(Debug, Clone)]
pub(super) struct Screen {
    rows: Vec<Vec<char>>,
    columns: usize,
    row: usize,
    column: usize,
    saved: (usize, usize),
    state: State,
    /// Bytes of a character that is not whole yet.
    partial: Vec<u8>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
enum State {
    #[default]
    Text,
    /// Behind the escape character.
    Escape,
    /// Behind `ESC [`, with the parameters so far.
    Sequence(String),
}

impl Screen {
    /// A screen for a terminal of so many columns.
    pub(super) fn below(terminal_columns: usize) -> Self {
        let columns = terminal_columns.saturating_sub(MARGIN).max(1);
        let rows = vec![vec![' '; columns]; LINES_MIN];
        Self { rows, columns, row: 0, column: 0, saved: (0, 0), state: State::Text, partial: Vec::new() }
    }

    /// Makes it as wide as a terminal of so many columns allows.
    pub(super) fn fit(&mut self, terminal_columns: usize) {
        let columns = terminal_columns.saturating_sub(MARGIN).max(COLUMNS_MIN);
        if columns != self.columns {
            self.rows.iter_mut().for_each(|row| row.resize(columns, ' '));
            self.columns = columns;
        }
    }

    /// The lines that show something.
    pub(super) fn lines(&self) -> impl Iterator<Item = String> {
        self.rows.iter().filter(|row| row.iter().any(|cell| *cell != ' ')).map(|row| row.iter().collect())
    }

    /// Takes output.
    pub(super) fn write(&mut self, bytes: &[u8]) {
        let mut text = std::mem::take(&mut self.partial);
        text.extend_from_slice(bytes);
        let mut rest = &text[..];
        while !rest.is_empty() {
            match std::str::from_utf8(rest) {
                Ok(text) => {
                    text.chars().for_each(|character| self.put(character));
                    return;
                }
                Err(error) => {
                    let (valid, behind) = rest.split_at(error.valid_up_to());
                    String::from_utf8_lossy(valid).chars().for_each(|character| self.put(character));
                    let Some(wrong) = error.error_len() else {
                        self.partial = behind.to_vec();
                        return;
                    };
                    rest = &behind[wrong..];
                }
            }
        }
    }

    fn put(&mut self, character: char) {
        match (std::mem::take(&mut self.state), character) {
            (State::Text, '\u{1b}') => self.state = State::Escape,
            (State::Text, '\u{9b}') | (State::Escape, '[') => self.state = State::Sequence(String::new()),
            (State::Escape, command) => self.command(command, ""),
            (State::Sequence(parameters), command @ '\u{40}'..='\u{7e}') => self.command(command, &parameters),
            (State::Sequence(mut parameters), other) if parameters.len() < SEQUENCE => {
                parameters.push(other);
                self.state = State::Sequence(parameters);
            }
            (State::Sequence(_), _) => {}
            (State::Text, '\n') => (self.row, self.column) = (self.row + 1, 0),
            (State::Text, '\r') => self.column = 0,
            (State::Text, '\u{8}') => self.back(),
            (State::Text, other) if other.is_control() => {}
            (State::Text, other) => self.print(other),
        }
    }

    fn print(&mut self, character: char) {
        if self.column >= self.columns {
            (self.row, self.column) = (self.row + 1, 0);
        }
        while self.row >= self.rows.len() {
            let mut first = self.rows.remove(0);
            first.fill(' ');
            self.rows.push(first);
            self.row -= 1;
        }
        if let Some(cell) = self.rows.get_mut(self.row).and_then(|row| row.get_mut(self.column)) {
            *cell = character;
        }
        self.column += 1;
        if self.column >= self.columns {
            (self.row, self.column) = (self.row + 1, 0);
        }
    }

    fn back(&mut self) {
        match (self.row, self.column) {
            (0, 0) => {}
            (_, 0) => (self.row, self.column) = (self.row - 1, self.columns - 1),
            _ => self.column -= 1,
        }
    }

    fn command(&mut self, command: char, parameters: &str) {
        let numbers: Option<Vec<usize>> = match parameters {
            "" => Some(Vec::new()),
            some => some.split(';').map(|number| number.parse().ok()).collect(),
        };
        let Some(numbers) = numbers else { return };
        let first = numbers.first().copied();
        let by = first.unwrap_or(1);
        match command {
            's' | '7' => self.saved = (self.row, self.column),
            'u' | '8' => (self.row, self.column) = self.saved,
            'A' => self.go(self.row.saturating_sub(by), self.column),
            'B' => self.go(self.row.saturating_add(by), self.column),
            'C' => self.go(self.row, self.column.saturating_add(by)),
            'D' => self.go(self.row, self.column.saturating_sub(by)),
            'H' | 'f' => match numbers[..] {
                [row, column, ..] => self.go(row.saturating_sub(1), column.saturating_sub(1)),
                _ => self.go(0, 0),
            },
            'K' => {
                let (column, columns) = (self.column.min(self.columns), self.columns);
                let range = match first.unwrap_or(0) {
                    0 => column..columns,
                    1 => 0..(column + 1).min(columns),
                    _ => 0..columns,
                };
                if let Some(row) = self.rows.get_mut(self.row) {
                    row[range].fill(' ');
                }
            }
            'J' => {
                let (row, rows) = (self.row.min(self.rows.len()), self.rows.len());
                let range = match first.unwrap_or(0) {
                    0 => row..rows,
                    1 => 0..(row + 1).min(rows),
                    _ => 0..rows,
                };
                self.rows[range].iter_mut().for_each(|row| row.fill(' '));
            }
            // Colours and the like.
            _ => {}
        }
    }

    fn go(&mut self, row: usize, column: usize) {
        self.row = row.min(self.rows.len() - 1);
        self.column = column.min(self.columns - 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(columns: usize, pieces: &[&[u8]]) -> Vec<String> {
        let mut screen = Screen::below(columns + MARGIN);
        pieces.iter().for_each(|piece| screen.write(piece));
        screen.lines().map(|line| line.trim_end().to_owned()).collect()
    }

    #[test]
    fn the_last_lines_are_shown() {
        assert_eq!(shown(9, &[b"1\n2\n3\n4\n5\n6\n7\n8\n"]), ["3", "4", "5", "6", "7", "8"]);
        assert_eq!(shown(4, &[b"abcdef"]), ["abcd", "ef"]);
        assert_eq!(shown(9, &[b"one\rtwo!\n"]), ["two!"]);
        assert_eq!(shown(9, &[b"ab\x08c"]), ["ac"]);
    }

    #[test]
    fn nothing_leaves_the_screen() {
        assert_eq!(shown(9, &[b"a\x1b[31mb\x1b[", b"0mc"]), ["abc"]);
        assert_eq!(shown(9, &[b"abc\x1b[2Dx"]), ["axc"]);
        assert_eq!(shown(9, &[b"abc\x1b[2K\x1b[1;1Hz"]), ["z"]);
        assert_eq!(shown(9, &[b"a\n\n\x1b[99Ab\x1b[2J"]), Vec::<String>::new());
        assert_eq!(shown(9, &[b"\x1b]0;title\x07x"]), ["0;titlex"]);
        assert_eq!(shown(9, &["\u{9b}5Bö".as_bytes(), b"\xc3", b"\xa4", b"\xff"]), ["öä"]);
        let mut screen = Screen::below(20);
        screen.write(b"\x1b[99999999999999999999999B\x1b[18446744073709551615B\n\n\n\n\n\n\n\n\x1b[K\x1b[1Jx");
        screen.fit(1);
        screen.write(b"\x1b[99;99Hyyyyyyyyy\x1b[Kz");
        screen.fit(500);
        assert_eq!(
            screen.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>(),
            ["x    y", "yyyyyy", "yyz"]
        );
    }

    proptest::proptest! {
        #[test]
        fn no_output_breaks_it(pieces in proptest::collection::vec((text(), 0usize..40), 0..8)) {
            let mut screen = Screen::below(20);
            for (piece, columns) in pieces {
                screen.write(&piece);
                screen.fit(columns);
                let shown: Vec<String> = screen.lines().collect();
                proptest::prop_assert!(shown.len() <= LINES_MIN);
                proptest::prop_assert!(shown.iter().all(|line| !line.contains(|c: char| c.is_control())));
            }
        }
    }

    /// Bytes, and what terminals act on.
    fn text() -> impl proptest::strategy::Strategy<Value = Vec<u8>> {
        use proptest::prelude::*;
        let sequence = "(\x1b\\[[0-9;]{0,6}[A-Za-z])|[a-z\n\r\x08]{1,12}|\u{9b}[0-9]{1,20}[ABCDHJK]";
        prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..60),
            proptest::collection::vec(sequence, 0..12).prop_map(|parts| parts.concat().into_bytes()),
        ]
    }
}
