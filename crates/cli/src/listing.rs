//! Lists: one row a thing, shown as a table or by the user's template.

use crate::error::Failure;
use crate::json::Json;
use crate::output;
use crate::table;
use crate::template::{Options, Template, TemplateError};

/// One thing: its fields, and the labels that `.Label` reads.
#[derive(Debug, Clone, Default)]
pub(crate) struct Row {
    fields: Json,
    labels: Option<Json>,
}

impl Row {
    /// A row of these fields.
    pub(crate) fn new<V: Into<Json>>(fields: impl IntoIterator<Item = (&'static str, V)>) -> Self {
        let mut members: Vec<_> = fields.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
        members.sort_by(|one, other| one.0.cmp(&other.0));
        Self { fields: Json::Object(members), labels: None }
    }

    /// With another value in a field.
    pub(crate) fn with(mut self, name: &str, value: impl Into<Json>) -> Self {
        if let Json::Object(members) = &mut self.fields
            && let Some((_, old)) = members.iter_mut().find(|(known, _)| known == name)
        {
            *old = value.into();
        }
        self
    }

    /// With the labels of a thing.
    pub(crate) fn labels(self, labels: Option<&Json>) -> Self {
        Self { labels: labels.cloned(), ..self }
    }
}

/// What a kind of list looks like.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Listing {
    /// Fields and what stands above them in a table.
    pub(crate) heads: &'static [(&'static str, &'static str)],
    /// The template of the table, without the word `table`.
    pub(crate) table: &'static str,
    /// The template of `-q`.
    pub(crate) quiet: &'static str,
    /// The template of `--format raw`, where there is one.
    pub(crate) raw: &'static str,
}

/// A format that was understood.
#[derive(Debug)]
pub(crate) struct Format {
    template: Template,
    table: bool,
}

impl Format {
    /// Reads `--format` and `-q`: a template, `table` with one or alone, `json` or `raw`.
    pub(crate) fn new(listing: &Listing, format: &str, quiet: bool) -> Result<Self, Failure> {
        let (text, table) = match (format, quiet) {
            ("" | "table", true) => (listing.quiet.to_owned(), false),
            ("" | "table", false) => (listing.table.to_owned(), true),
            ("json", _) => ("{{json .}}".to_owned(), false),
            ("raw", true) if !listing.raw.is_empty() => (listing.quiet.to_owned(), false),
            ("raw", false) if !listing.raw.is_empty() => (listing.raw.to_owned(), false),
            (other, _) => match other.strip_prefix("table") {
                Some(rest) if rest.starts_with([' ', '{', '\\', '\t']) => (rest.to_owned(), true),
                _ => (other.to_owned(), false),
            },
        };
        let text = text.trim_matches(' ').replace("\\t", "\t").replace("\\n", "\n");
        let unparsed = |error: TemplateError| Failure::new(format!("failed to parse template: {}", error.reason()));
        Ok(Self { template: Template::parse(&text).map_err(unparsed)?, table })
    }

    /// Whether rows need this field.
    pub(crate) fn mentions(&self, field: &str) -> bool {
        self.template.mentions(field)
    }

    /// Whether a table is shown.
    pub(crate) fn is_table(&self) -> bool {
        self.table
    }

    /// The rows as text.
    pub(crate) fn render(&self, listing: &Listing, rows: &[Row], terminal: bool) -> Result<String, Failure> {
        let mut text = String::new();
        if self.table {
            let heads = Json::object(listing.heads.iter().copied());
            text = self.template.render(&heads, Options { header: true, ..Options::default() })?;
            text.push('\n');
        }
        for row in rows {
            let options = Options { html: true, terminal, header: false, labels: row.labels.as_ref() };
            text.push_str(&self.template.render(&row.fields, options)?);
            text.push('\n');
        }
        Ok(if self.table { table::align(&text) } else { text })
    }
}

/// Shows rows on standard output.
pub(crate) fn show(listing: &Listing, format: &Format, rows: &[Row]) -> Result<(), Failure> {
    output::print(&format.render(listing, rows, output::is_terminal())?)
}

/// Labels as lists show them: `a=b,c=d`, sorted.
pub(crate) fn labels(thing: &Json) -> String {
    thing.pairs_of("Labels").iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(",")
}

/// Names in the order that people expect: the numbers within them count as numbers.
pub(crate) fn natural(one: &str, other: &str) -> std::cmp::Ordering {
    fn pieces(text: &str) -> Vec<(bool, u128, &str)> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let digit = first.is_ascii_digit();
            let end = rest.find(|next: char| next.is_ascii_digit() != digit).unwrap_or(rest.len());
            let (piece, left) = rest.split_at(end);
            // Digits come before letters, as in ASCII; numbers too long for a machine are compared as texts.
            pieces.push((!digit, piece.parse().unwrap_or(0), piece));
            rest = left;
        }
        pieces
    }
    pieces(one).cmp(&pieces(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LISTING: Listing = Listing {
        heads: &[("ID", "NETWORK ID"), ("Name", "NAME"), ("Labels", "LABELS")],
        table: "{{.ID}}\t{{.Name}}",
        quiet: "{{.ID}}",
        raw: "id: {{.ID}}\nname: {{.Name}}\n",
    };

    fn shown(format: &str, quiet: bool) -> String {
        let labels = Json::object([("com.x.tier", "front\u{1b}")]);
        let rows = [
            Row::new([("Name", "<a>"), ("ID", "0123456789ab"), ("Labels", "com.x.tier=front")]).labels(Some(&labels)),
            Row::new([("Name", "b"), ("ID", "x"), ("Labels", "")]),
        ];
        Format::new(&LISTING, format, quiet).unwrap().render(&LISTING, &rows, true).unwrap()
    }

    #[test]
    fn rows_are_shown_in_every_format() {
        assert_eq!(shown("", false), "NETWORK ID     NAME\n0123456789ab   <a>\nx              b\n");
        assert_eq!(shown("table", true), "0123456789ab\nx\n");
        assert_eq!(shown("{{.Name}}", true), "<a>\nb\n");
        assert_eq!(
            shown(r"table {{.Name}}\t{{.ID}}", false),
            "NAME      NETWORK ID\n<a>       0123456789ab\nb         x\n"
        );
        assert_eq!(shown("table {{upper .Name}}", false), "NAME\n<A>\nB\n");
        let first = shown("json", false);
        assert!(
            first.starts_with(r#"{"ID":"0123456789ab","Labels":"com.x.tier=front","Name":"\u003ca\u003e"}"#),
            "{first}"
        );
        assert_eq!(shown("raw", false), "id: 0123456789ab\nname: <a>\n\nid: x\nname: b\n\n");
        let labels = shown(r#"table {{.Label "com.x.tier"}}"#, false);
        assert_eq!(labels, "tier\nfront\\u{1b}\n\n");
        assert!(Format::new(&LISTING, "{{", false).is_err());
    }

    #[test]
    fn numbers_in_names_count() {
        let mut names = ["net10", "net9", "bridge", "net", "net9a"];
        names.sort_by(|one, other| natural(one, other));
        assert_eq!(names, ["bridge", "net", "net9", "net9a", "net10"]);
    }
}
