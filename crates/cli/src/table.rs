//! Tables: cells parted by tabs, aligned in columns.
//!
//! The rule is the one of Go's `text/tabwriter` with a smallest width of 10 and a padding of 3, which Docker's tables
//! use: a column is a run of consecutive lines that have a cell there followed by another; it is as wide as its widest
//! cell and the padding, and the last cell of a line is never padded.

const WIDTH_MIN: usize = 10;
const PADDING: usize = 3;

/// Aligns lines whose cells are parted by tabs. The answer ends with a line break unless it is empty.
pub fn align(text: &str) -> String {
    align_with(text, WIDTH_MIN, PADDING)
}

/// The same with other widths.
pub(crate) fn align_with(text: &str, width_min: usize, padding: usize) -> String {
    let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split('\t').collect()).collect();
    let mut aligner = Aligner { lines: &lines, widths: Vec::new(), width_min, padding, out: String::new() };
    aligner.block(0, lines.len());
    aligner.out
}

struct Aligner<'a> {
    lines: &'a [Vec<&'a str>],
    widths: Vec<usize>,
    width_min: usize,
    padding: usize,
    out: String,
}

impl Aligner<'_> {
    /// Writes lines, the widths of whose first columns are known.
    fn block(&mut self, first: usize, end: usize) {
        let column = self.widths.len();
        let has_cell = |line: &Vec<&str>| column + 1 < line.len();
        let (mut written, mut at) = (first, first);
        while at < end {
            if !has_cell(&self.lines[at]) {
                at += 1;
                continue;
            }
            self.write(written, at);
            let run = self.lines[at..end].iter().take_while(|line| has_cell(line)).count();
            let widest = self.lines[at..at + run].iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
            self.widths.push(self.width_min.max(widest + self.padding));
            self.block(at, at + run);
            self.widths.pop();
            at += run;
            written = at;
        }
        self.write(written, end);
    }

    fn write(&mut self, first: usize, end: usize) {
        for line in &self.lines[first..end] {
            for (index, cell) in line.iter().enumerate() {
                self.out.push_str(cell);
                if let Some(width) = self.widths.get(index) {
                    let missing = width.saturating_sub(cell.chars().count());
                    self.out.extend(std::iter::repeat_n(' ', missing));
                }
            }
            self.out.push('\n');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let text = "ID\tNAMES\tSIZE\nabcdefghijkl\tx\t1\nb\t\t22";
        let wanted = "ID             NAMES     SIZE\nabcdefghijkl   x         1\nb                        22\n";
        assert_eq!(align(text), wanted);
    }

    #[test]
    fn a_line_without_cells_parts_columns() {
        assert_eq!(align("aaaaaaaaaaaaaaa\tb\n\nc\td"), "aaaaaaaaaaaaaaa   b\n\nc         d\n");
        assert_eq!(align(""), "");
        assert_eq!(align("äöü\tx"), "äöü       x\n");
    }
}
