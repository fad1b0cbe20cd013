//! `/opt/elasticbeanstalk/bin/get-config`: a script for any shell, which holds what it answers. Pure.
//!
//! Source: developer guide, "Extending Elastic Beanstalk Linux platforms", "platform script tools".

use std::collections::BTreeMap;

/// What the script is asked for.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    /// The environment's properties.
    pub(crate) properties: BTreeMap<String, String>,
    /// Of the environment, under the names of the first platform.
    pub(crate) container: BTreeMap<String, String>,
    /// Of the platform, under the names of the second.
    pub(crate) platform: BTreeMap<String, String>,
}

/// The namespace whose options are known here.
const PROPERTIES: &str = "aws:elasticbeanstalk:application:environment";

const HEAD: &str = r#"#!/bin/sh
# Answers what the environment is: get-config [--output JSON|YAML] SECTION [-k NAME]
output=JSON section= key= given= namespace=
while [ $# -gt 0 ]; do
  case $1 in
    -o|--output|--option-name)
      # The same letter is the form of the answer before the section, and an option's name after it.
      if [ -n "$section" ] && [ "$1" != --output ]; then key=$2 given=1; else output=$2; fi
      shift ;;
    --output=*) output=${1#--output=} ;;
    -k|--key) key=$2 given=1; shift ;;
    -n|--namespace) namespace=$2; shift ;;
    -*) echo "get-config: the option $1 is not known" >&2; exit 1 ;;
    *) section=$1 ;;
  esac
  [ $# -gt 0 ] && shift
done
case $output in
  JSON|json|YAML|yaml) ;;
  *) echo "get-config: the output is JSON or YAML, not $output" >&2; exit 1 ;;
esac
"#;

/// A text as one word of a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

fn json(map: &BTreeMap<String, String>) -> String {
    serde_json::to_string(map).unwrap_or_default()
}

fn yaml(map: &BTreeMap<String, String>) -> String {
    // A text in JSON is one in YAML.
    let word = |text: &str| serde_json::Value::from(text).to_string();
    let lines: Vec<String> = map.iter().map(|(name, value)| format!("{}: {}", word(name), word(value))).collect();
    if lines.is_empty() { "{}".into() } else { lines.join("\n") }
}

fn section(name: &str, map: &BTreeMap<String, String>) -> String {
    let mut text = format!("{name}() {{\n  if [ -n \"$given\" ]; then\n    case $key in\n");
    for (key, value) in map {
        text.push_str(&format!("      {}) printf '%s\\n' {} ;;\n", quoted(key), quoted(value)));
    }
    text.push_str(&format!(
        "      *) echo \"get-config: there is no $key in {name}\" >&2; exit 1 ;;\n    esac\n  else\n    case $output in\n"
    ));
    text.push_str(&format!("      [Jj]*) printf '%s\\n' {} ;;\n", quoted(&json(map))));
    text.push_str(&format!("      *) printf '%s\\n' {} ;;\n    esac\n  fi\n}}\n", quoted(&yaml(map))));
    text
}

/// The script.
pub(crate) fn get_config(answers: &Answers) -> String {
    let mut text = HEAD.to_owned();
    text.push_str(&section("environment", &answers.properties));
    text.push_str(&section("container", &answers.container));
    text.push_str(&section("platformconfig", &answers.platform));
    text.push_str(&format!(
        r#"case $section in
  environment|container|platformconfig) $section ;;
  optionsettings)
    if [ -n "$namespace" ] && [ "$namespace" != {PROPERTIES} ]; then
      echo "get-config: of optionsettings only {PROPERTIES} is known here" >&2; exit 1
    fi
    environment ;;
  *) echo "get-config: environment, container, platformconfig and optionsettings are known here, not '$section'" >&2; exit 1 ;;
esac
"#
    ));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(arguments: &[&str]) -> (i32, String) {
        let map = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let answers = Answers {
            properties: map(&[("A", "1"), ("Q", "it's \"$HOME\" `x` \\n"), ("two\nlines", "a\nb"), ("", "empty")]),
            container: map(&[("environment_name", "env1")]),
            platform: BTreeMap::new(),
        };
        let mut command = std::process::Command::new("/bin/sh");
        let done = command.arg("-c").arg(get_config(&answers)).arg("get-config").args(arguments).output().unwrap();
        (done.status.code().unwrap(), String::from_utf8(done.stdout).unwrap())
    }

    #[test]
    fn values_are_told_as_they_are() {
        for (arguments, want) in [
            (&["environment", "-k", "A"][..], "1\n"),
            (&["environment", "-k", "Q"], "it's \"$HOME\" `x` \\n\n"),
            (&["environment", "-k", "two\nlines"], "a\nb\n"),
            (&["environment", "-k", ""], "empty\n"),
            (&["--output", "YAML", "container"], "\"environment_name\": \"env1\"\n"),
            (&["container", "--output=yaml"], "\"environment_name\": \"env1\"\n"),
            (&["container", "-k", "environment_name"], "env1\n"),
            (&["container"], "{\"environment_name\":\"env1\"}\n"),
            (&["platformconfig"], "{}\n"),
            (&["optionsettings", "-n", PROPERTIES, "-o", "A"], "1\n"),
        ] {
            assert_eq!(run(arguments), (0, want.to_owned()), "{arguments:?}");
        }
        let (_, text) = run(&["environment"]);
        let parsed: BTreeMap<String, String> = serde_json::from_str(&text).unwrap();
        assert_eq!(parsed["Q"], "it's \"$HOME\" `x` \\n");
    }

    #[test]
    fn what_is_not_known_is_an_error() {
        for arguments in [
            &["environment", "-k", "B"][..],
            &["instanceid"],
            &[],
            &["--nope"],
            &["-o", "XML", "environment"],
            &["optionsettings", "-n", "aws:x"],
        ] {
            assert_eq!(run(arguments), (1, String::new()), "{arguments:?}");
        }
    }
}
