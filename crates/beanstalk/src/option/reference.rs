//! `docs/beanstalk-options.md`, made of the table.

use std::fmt::Write;
use std::path::Path;

use super::table::{self, Applies, Default, Entry, Meaning, Namespace, Syntax, ValueType};

const HEAD: &str = "\
# Option settings

Every option setting of an Elastic Beanstalk environment that runs Docker, as dabba has it. This page is made of
`crates/beanstalk/src/option/table.rs` by a test of that crate; `UPDATE=1 cargo test -p beanstalk` writes it anew.

An option is *honoured* when its value does here what it does on AWS. Any other is *kept*: it is checked, stored and
returned as AWS does, it comes with clones and saved configurations, and it changes nothing; the page says why.

Values come, the later before the earlier, from the default, from `option_settings` in `.ebextensions` (files in
alphabetical order, a later one before an earlier one), from a saved configuration, and from the request. What a request
or a saved configuration gave stays until it is removed by name (`OptionsToRemove`).

Options are listed for those environments that they apply to. One that does not apply may be given: it is kept, and
`ValidateConfigurationSettings` warns of it.

Where dabba departs from AWS:

- Properties (`aws:elasticbeanstalk:application:environment`) are not limited to 4,096 bytes: one value may have 127 KiB,
  all together 1 MiB.
- A listener that speaks HTTPS or TLS needs no certificate: the balancer makes one.
- `CloudWatchMetrics` of a `ConfigDocument` are kept: all metrics are there, whatever it says.
- An instance type is a limit of processors and memory. One that is not known here is no limit, and a warning.
- `aws:rds:dbinstance` takes `mysql`, `postgres` and `mariadb`. A password that is not given is made; none is shown again.
- The namespace `dabba:environment` is dabba's own.

In the column *change* stands what a change of the value costs on AWS, as `DescribeConfigurationOptions` tells: nothing,
a restart of the application, replacement of the instances, or (\"depends\") what AWS does not say.
";

const OWN: &str = "\
`InvalidStateRefused`: `true` refuses a change while another runs, word for word as AWS does; otherwise it waits for its
turn. `TLS`: the environment has a listener at port 443 that speaks HTTPS (TLS with a network load balancer) and leads
where that of port 80 does, with a certificate that the balancer makes; a listener that is configured for that port goes
before it. `HTTPSRedirect`: what comes by HTTP is sent to HTTPS (301). `HealthyChecks`: so many good health checks in a
row make a new instance healthy, `HealthyInterval` milliseconds apart; AWS takes 12 in two minutes. `EvaluationSeconds`:
how long traffic splitting looks at the new version, where the minutes of `EvaluationTime` are too long.
`LoadBalancingAlgorithm` and `SlowStart` are what ELBv2 has as attributes of target groups, and Elastic Beanstalk has no
options for: whether the next instance gets a request or the one that has the fewest, and for how many seconds an
instance that comes to others gets less than its share. Both hold for all processes, and among the instances of one
version.
";

fn severity(entry: &Entry) -> &'static str {
    match entry.severity {
        table::ChangeSeverity::NoInterruption => "",
        table::ChangeSeverity::RestartApplicationServer => "restart",
        table::ChangeSeverity::RestartEnvironment => "replacement",
        table::ChangeSeverity::Unknown => "depends",
    }
}

fn default(entry: &Entry) -> String {
    let value = match entry.default {
        Default::None => String::new(),
        Default::Fixed("") => String::new(),
        Default::Fixed(value) => format!("`{value}`"),
        Default::By(words, _) => words.to_owned(),
    };
    match entry.unset {
        Some(words) if value.is_empty() => format!("none: {words}"),
        _ => value,
    }
}

fn range(entry: &Entry) -> String {
    if entry.value_type == ValueType::Boolean {
        return "`true`, `false`".to_owned();
    }
    if !entry.options.is_empty() {
        return entry.options.iter().map(|option| format!("`{option}`")).collect::<Vec<_>>().join(", ");
    }
    if let (Some(min), Some(max)) = (entry.min, entry.max) {
        return format!("{min} to {max}");
    }
    if let Some((_, label)) = entry.regex {
        return label.replace('|', "\\|");
    }
    match entry.syntax {
        Syntax::Text if entry.value_type == ValueType::CommaSeparatedList => "a list with commas".to_owned(),
        Syntax::Text | Syntax::Property => String::new(),
        Syntax::Decimal => "a number, not negative".to_owned(),
        Syntax::Integer => "a whole number".to_owned(),
        Syntax::Duration(min, max) => format!("a duration such as `PT30M`, {min} to {max} seconds"),
        Syntax::Moment => "a time such as `2026-01-02T03:04:05Z`".to_owned(),
        Syntax::Cron => "five fields of cron, UTC".to_owned(),
        Syntax::Path => "a path".to_owned(),
        Syntax::Url => "a URL".to_owned(),
        Syntax::HealthCheck => "`/PATH`, `PROTOCOL:PORT`, `PROTOCOL:PORT/PATH`".to_owned(),
        Syntax::ConfigDocument => "a JSON document".to_owned(),
        Syntax::Window => "a day and a time such as `Tue:09:00`, UTC".to_owned(),
        Syntax::Arn => "an ARN".to_owned(),
    }
}

fn here(entry: &Entry, group: &table::Group) -> String {
    let mut words = match entry.meaning {
        Meaning::Honoured => "honoured".to_owned(),
        Meaning::KeptOnly(why) => format!("kept: {why}"),
    };
    if let Some(applies) = entry.applies.filter(|applies| *applies != group.applies && *applies != Applies::Always) {
        let _ = write!(words, " ({})", applies.words());
    }
    words
}

fn page() -> String {
    let mut page = HEAD.to_owned();
    for group in table::groups() {
        let namespace = group.namespace.words();
        let _ = write!(page, "\n## {namespace}\n\nFor {}.", group.applies.words());
        if let Namespace::Family { present: Some(present), .. } = group.namespace {
            let _ = write!(page, " `{present}` is there unasked.");
        }
        page.push('\n');
        if namespace == "dabba:environment" {
            let _ = write!(page, "\n{OWN}");
        }
        page.push_str("\n| option | default | range | change | here |\n|---|---|---|---|---|\n");
        for entry in group.entries.iter().chain(group.free) {
            let name = if group.entries.iter().any(|own| own.name == entry.name) {
                format!("`{}`", entry.name)
            } else {
                format!("*{}*", entry.name)
            };
            let (default, range) = (default(entry), range(entry));
            let _ = writeln!(page, "| {name} | {default} | {range} | {} | {} |", severity(entry), here(entry, group));
        }
    }
    page
}

#[test]
fn the_page_says_what_the_table_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/beanstalk-options.md");
    let page = page();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == page, "docs/beanstalk-options.md is not what the table says: UPDATE=1 cargo test -p beanstalk");
}
