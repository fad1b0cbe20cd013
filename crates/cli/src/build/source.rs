//! Lines of a file, with marks at those that something is about.

use std::fmt::Write;

use build_client::{Range, SourceInfo};

/// The lines with some before and after them, as BuildKit's client shows them; empty when they are not in the file.
/// `clean` makes harmless what the file holds.
pub(super) fn excerpt(info: &SourceInfo, ranges: &[Range], clean: impl Fn(&str) -> String) -> String {
    let data = String::from_utf8_lossy(&info.data);
    let lines: Vec<&str> = data.split('\n').collect();
    let line = |number: i32| usize::try_from(number).unwrap_or(0);
    let last = |range: &Range| line(range.end.line.max(range.start.line));
    let (Some(first), Some(end)) =
        (ranges.iter().map(|range| line(range.start.line)).min(), ranges.iter().map(last).max())
    else {
        return String::new();
    };
    if first < 1 || first > lines.len() {
        return String::new();
    }
    let (mut from, mut to) = (first, end.min(lines.len()));
    let around = if from == to { 4 } else { 2 };
    let mut added = 0;
    // A line is counted even where there is none left.
    while added < around {
        if from > 1 {
            from -= 1;
            added += 1;
        }
        if to != lines.len() {
            to += 1;
            added += 1;
        }
        added += 1;
    }
    let mut text = format!("{}:{first}\n--------------------\n", clean(&info.filename));
    for (number, words) in lines.iter().enumerate().map(|(index, words)| (index + 1, words)).take(to).skip(from - 1) {
        let marked = ranges.iter().any(|range| line(range.start.line) <= number && number <= last(range));
        let mark = if marked { ">>>" } else { "   " };
        let _ = writeln!(text, " {number:>3} | {mark} {}", clean(words));
    }
    text.push_str("--------------------\n");
    text
}

#[cfg(test)]
mod tests {
    use build_client::Position;

    use super::*;

    #[test]
    fn lines_around_are_shown() {
        let info =
            SourceInfo { filename: "Dockerfile".into(), data: b"a\nb\nc\nd\ne\nf\n".to_vec(), ..SourceInfo::default() };
        let excerpt = |from: i32, to: i32| {
            let position = |line| Position { line, character: 0 };
            excerpt(&info, &[Range { start: position(from), end: position(to) }], str::to_owned)
        };
        let frame = |first: usize, lines: &str| {
            format!("Dockerfile:{first}\n--------------------\n{lines}--------------------\n")
        };
        assert_eq!(excerpt(1, 1), frame(1, "   1 | >>> a\n   2 |     b\n   3 |     c\n"));
        assert_eq!(excerpt(3, 0), frame(3, "   1 |     a\n   2 |     b\n   3 | >>> c\n   4 |     d\n   5 |     e\n"));
        assert_eq!(excerpt(2, 4), frame(2, "   1 |     a\n   2 | >>> b\n   3 | >>> c\n   4 | >>> d\n   5 |     e\n"));
        assert_eq!(excerpt(0, 4), "");
        assert_eq!(excerpt(9, 9), "");
    }
}
