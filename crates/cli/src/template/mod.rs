//! Go templates, as far as `--format` uses them.
//!
//! Fields, variables, pipelines, `if`, `with`, `range`, comments, trimmed spaces, Go's comparison and printing
//! functions, and the ones Docker adds (`json`, `join`, `split`, `lower`, `upper`, `title`, `pad`, `truncate`).
//! `define`, `block` and `template` are refused: a format is one line. So nothing calls itself, and a budget ends what
//! would go on for long.
//! Source: the documentation of Go's `text/template`.

mod eval;
mod functions;
mod lex;
mod parse;

use crate::json::Json;

/// A template that can be rendered.
#[derive(Debug, Clone)]
pub(crate) struct Template {
    nodes: Vec<parse::Node>,
}

/// A text that is no template, or one that doesn't fit what it is given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("template parsing error: {}", self.reason())]
pub(crate) struct TemplateError(String);

impl TemplateError {
    /// What is wrong, without saying again that it is a template.
    pub(crate) fn reason(&self) -> String {
        format!("template: {}", self.0)
    }

    fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

/// What a template is given besides its value.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Options<'a> {
    /// `json` escapes `<`, `>` and `&` in whole rows, as Go does for types that write themselves.
    pub(crate) html: bool,
    /// What is shown goes to a terminal: characters that move its cursor are escaped.
    pub(crate) terminal: bool,
    /// The table's head is rendered: functions give their argument back.
    pub(crate) header: bool,
    /// Labels that `.Label "name"` reads.
    pub(crate) labels: Option<&'a Json>,
}

impl Template {
    /// Reads a template.
    pub(crate) fn parse(text: &str) -> Result<Self, TemplateError> {
        parse::parse(&lex::lex(text)?).map(|nodes| Self { nodes })
    }

    /// Renders it for a value.
    pub(crate) fn render(&self, dot: &Json, options: Options<'_>) -> Result<String, TemplateError> {
        eval::render(&self.nodes, dot, options)
    }

    /// Whether it reads a field of that name, on whatever value.
    pub(crate) fn mentions(&self, field: &str) -> bool {
        parse::mentions(&self.nodes, field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn render(template: &str) -> Result<String, TemplateError> {
        let text = r#"{"Name":"/x","Id":"sha256:ab","N":3,"F":1.5,"T":true,"List":["a","b"],"Empty":[],"Nil":null,
            "Map":{"k2":"v2","k1":"v1"},"Ports":{"80/tcp":[{"HostPort":"8080"}]},"Labels":{"a.b":"<c>"}}"#;
        let dot: Json = serde_json::from_str(text).unwrap();
        Template::parse(template)?.render(&dot, Options { labels: dot.get("Labels"), ..Options::default() })
    }

    #[test]
    fn templates_render_as_in_go() {
        for (template, wanted) in [
            ("{{.Name}} {{.N}} {{.F}} {{.T}} {{.ID}}", "/x 3 1.5 true sha256:ab"),
            ("{{json .List}}{{json .Map}}", r#"["a","b"]{"k2":"v2","k1":"v1"}"#),
            ("{{.List}} {{.Map}} {{.Nil}}", "[a b] map[k1:v1 k2:v2] <nil>"),
            ("{{range .List}}<{{.}}>{{end}}", "<a><b>"),
            ("{{range $i, $v := .List}}{{$i}}={{$v}};{{end}}", "0=a;1=b;"),
            ("{{range $k, $v := .Map}}{{$k}}={{$v}} {{end}}", "k1=v1 k2=v2 "),
            ("{{range .Empty}}x{{else}}none{{end}}", "none"),
            ("{{if .Nil}}a{{else if .T}}b{{else}}c{{end}}", "b"),
            ("{{with .Name}}{{.}}{{$.N}}{{end}}", "/x3"),
            (r#"{{(index (index .Ports "80/tcp") 0).HostPort}}"#, "8080"),
            (r#"{{range $p, $c := .Ports}}{{$p}}->{{(index $c 0).HostPort}}{{end}}"#, "80/tcp->8080"),
            (r#"{{index .Labels "a.b"}}{{.Label "a.b"}}"#, "<c><c>"),
            (r#"{{join .List ","}} {{len .List}} {{upper .Name}}"#, "a,b 2 /X"),
            (r#"{{printf "%s-%d|%5s|%-4v|%q" .Name .N "r" "l" "q"}}"#, r#"/x-3|    r|l   |"q""#),
            (r#"{{.Name | printf "%s%s" "a" | upper}}"#, "A/X"),
            (r#"{{if eq .N 3}}y{{end}}{{if and .T (ne .Name "/x")}}n{{end}}{{if or .Nil .T}}o{{end}}"#, "yo"),
            (r#"{{if gt .N 2}}g{{end}}{{if not .T}}n{{end}}{{if lt .N 9 }}l{{end}}"#, "gl"),
            ("a {{- .N -}} b{{/* c */}}", "a3b"),
            (r#"{{slice .Name 1}}{{index (split "p:q" ":") 1}}"#, "xq"),
            (r#"{{$x := .N}}{{$x}}{{$x = 4}}{{$x}}"#, "34"),
            (r#"{{println "a" .N}}{{print 1 2 "b"}}"#, "a 3\n1 2b"),
            ("{{`raw\\n`}}{{\"\\t\\x41\"}}", "raw\\n\tA"),
            (
                r#"{{if .Missing}}x{{else}}y{{end}}{{truncate "abcdef" 3}}{{pad "a" 1 2}}|{{title "ab cd"}}"#,
                "yabc a  |Ab Cd",
            ),
        ] {
            assert_eq!(render(template).as_deref(), Ok(wanted), "{template}");
        }
    }

    #[test]
    fn wrong_templates_say_why() {
        for (template, part) in [
            ("{{.Name", "unclosed action"),
            ("{{nosuch .Name}}", "function \"nosuch\" not defined"),
            ("{{.Missing}}", "map has no entry for key \"Missing\""),
            ("{{if .T}}", "unexpected EOF"),
            ("{{end}}", "unexpected {{end}}"),
            ("{{}}", "missing value"),
            ("{{.Name.x}}", "can't evaluate field x"),
            ("{{index .List 7}}", "out of range"),
            ("{{$y}}", "undefined variable \"$y\""),
            ("{{\"x}}", "unterminated"),
            ("{{template \"x\"}}", "not supported"),
            ("{{len 3}}", "len of type"),
        ] {
            let error = render(template).unwrap_err().to_string();
            assert!(error.contains(part), "{template}: {error}");
        }
    }

    #[test]
    fn a_terminal_is_not_moved() {
        let dot: Json = serde_json::from_str(r#"{"a":"\u001b[2J"}"#).unwrap();
        let options = Options { terminal: true, ..Options::default() };
        assert_eq!(Template::parse("{{.a}}").unwrap().render(&dot, options).unwrap(), "\\u{1b}[2J");
    }

    #[test]
    fn fields_are_found() {
        let template = Template::parse("{{if .Size}}{{range .X}}{{.Deep}}{{end}}{{end}}").unwrap();
        assert!(template.mentions("Size") && template.mentions("Deep") && !template.mentions("Y"));
    }

    #[test]
    fn endless_work_is_refused() {
        let doubling = format!("{{{{$x := .Name}}}}{}", "{{$x = print $x $x}}".repeat(60));
        let long =
            format!("{{{{$x := split \"{}\" \"a\"}}}}{{{{join $x \"{}\"}}}}", "a".repeat(9000), "b".repeat(9000));
        for template in [
            "{{range 10000}}{{range 10000}}{{end}}{{end}}",
            "{{range 10000}}{{range 10000}}{{range 10000}}x{{end}}{{end}}{{end}}",
            "{{$x := .Name}}{{range 100}}{{$x = print $x $x}}{{end}}{{len $x}}",
            "{{$x := .Name}}{{range 9999}}{{$x = printf \"%s%s\" $x \"0123456789\"}}{{end}}",
            "{{range 10000}}{{range 1000}}{{len $}}{{end}}{{end}}",
            doubling.as_str(),
            long.as_str(),
        ] {
            let error = render(template).unwrap_err().to_string();
            assert!(error.contains("takes too many steps"), "{template}: {error}");
        }
        assert_eq!(render("{{range 1000}}{{range 100}}x{{end}}{{end}}").map(|text| text.len()), Ok(100_000));
    }

    #[test]
    fn deep_nesting_is_refused() {
        let text = format!("{{{{{}1{}}}}}", "(".repeat(5000), ")".repeat(5000));
        assert!(Template::parse(&text).is_err());
        assert!(Template::parse(&"{{if 1}}".repeat(5000)).is_err());
    }
}
