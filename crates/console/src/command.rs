//! One operation in two forms: the request that a button sends, and the line of the command line that asks for the same.
//!
//! Both are made of one description, so that a page cannot show one thing and do another.

use aws_api::elasticbeanstalk::extension;
use serde_json::{Value, json};

/// One of Amazon's services, as far as the console asks it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    Beanstalk,
    /// What Elastic Beanstalk can do here and not at Amazon.
    Extension,
    CloudWatch,
    Iam,
    Sts,
}

impl Service {
    /// What signatures call it.
    pub(crate) fn signing_name(self) -> &'static str {
        match self {
            Self::Beanstalk | Self::Extension => "elasticbeanstalk",
            Self::CloudWatch => "monitoring",
            Self::Iam => "iam",
            Self::Sts => "sts",
        }
    }

    /// The version of its API.
    fn version(self) -> &'static str {
        match self {
            Self::Beanstalk => "2010-12-01",
            Self::Extension => extension::shapes::MODEL.version,
            Self::CloudWatch => "2010-08-01",
            Self::Iam => "2010-05-08",
            Self::Sts => "2011-06-15",
        }
    }

    /// What the command line calls it.
    fn command(self) -> &'static str {
        match self {
            Self::Beanstalk | Self::Extension => "elasticbeanstalk",
            Self::CloudWatch => "cloudwatch",
            Self::Iam => "iam",
            Self::Sts => "sts",
        }
    }
}

/// A value of an option.
pub(crate) fn setting(namespace: &str, name: &str, value: &str) -> Value {
    json!({ "Namespace": namespace, "OptionName": name, "Value": value })
}

/// An operation with what it is given: texts, flags, lists and structures.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Operation {
    service: Service,
    name: &'static str,
    arguments: Vec<(&'static str, Value)>,
}

impl Operation {
    /// An operation of a service.
    pub(crate) fn new(service: Service, name: &'static str) -> Self {
        Self { service, name, arguments: Vec::new() }
    }

    /// An operation of Elastic Beanstalk.
    pub(crate) fn eb(name: &'static str) -> Self {
        Self::new(Service::Beanstalk, name)
    }

    /// Gives it something.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.arguments.push((name, value.into()));
        self
    }

    /// Gives it a text, unless that is empty.
    pub(crate) fn some(self, name: &'static str, text: &str) -> Self {
        if text.is_empty() { self } else { self.with(name, text) }
    }

    /// Which service.
    pub(crate) fn service(&self) -> Service {
        self.service
    }

    /// Its name.
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// The request: a form of the query protocol.
    pub(crate) fn form(&self) -> String {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("Action", self.name).append_pair("Version", self.service.version());
        for (name, value) in &self.arguments {
            flatten(&mut form, name, value);
        }
        form.finish()
    }

    /// The line that asks for the same.
    pub(crate) fn line(&self) -> String {
        let mut words = vec!["aws".to_owned(), self.service.command().to_owned(), kebab(self.name)];
        for (name, value) in &self.arguments {
            let flag = format!("--{}", kebab(name));
            match value {
                Value::Bool(true) => words.push(flag),
                Value::Bool(false) => words.push(format!("--no-{}", kebab(name))),
                Value::String(text) if text.starts_with('-') => words.push(format!("{flag}={}", quote(text))),
                Value::String(text) => words.extend([flag, quote(text)]),
                Value::Array(all) if all.iter().all(Value::is_string) => {
                    words.push(flag);
                    words.extend(all.iter().filter_map(Value::as_str).map(quote));
                }
                other => words.extend([flag, quote(&other.to_string())]),
            }
        }
        words.join(" ")
    }
}

/// The query protocol's way of writing lists and structures.
fn flatten(form: &mut form_urlencoded::Serializer<'_, String>, name: &str, value: &Value) {
    match value {
        Value::Null => {}
        Value::Bool(yes) => drop(form.append_pair(name, if *yes { "true" } else { "false" })),
        Value::Number(number) => drop(form.append_pair(name, &number.to_string())),
        Value::String(text) => drop(form.append_pair(name, text)),
        Value::Array(all) => {
            for (at, one) in all.iter().enumerate() {
                flatten(form, &format!("{name}.member.{}", at + 1), one);
            }
        }
        Value::Object(members) => {
            for (member, one) in members {
                flatten(form, &format!("{name}.{member}"), one);
            }
        }
    }
}

/// A line of words for a shell.
pub(crate) fn line<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    words.into_iter().map(quote).collect::<Vec<_>>().join(" ")
}

/// A word as a POSIX shell reads it back: as it is where nothing in it means anything to a shell, in single quotes
/// otherwise.
pub(crate) fn quote(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:@%+,=".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) && !word.starts_with('=') {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// `VersionLabel` as the command line has it: `version-label`.
fn kebab(name: &str) -> String {
    let letters: Vec<char> = name.replace("CNAMEs", "Cnames").chars().collect();
    let mut found = String::with_capacity(name.len() + 4);
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| letters.get(at));
        let begins = letter.is_ascii_uppercase()
            && before.is_some_and(|before| {
                !before.is_ascii_uppercase() || letters.get(at + 1).is_some_and(char::is_ascii_lowercase)
            });
        if begins {
            found.push('-');
        }
        found.push(letter.to_ascii_lowercase());
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_those_of_the_command_line() {
        for (name, written) in [
            ("VersionLabel", "version-label"),
            ("SwapEnvironmentCNAMEs", "swap-environment-cnames"),
            ("CNAMEPrefix", "cname-prefix"),
            ("RestartAppServer", "restart-app-server"),
            ("TerminateEnvByForce", "terminate-env-by-force"),
            ("S3Bucket", "s3-bucket"),
        ] {
            assert_eq!(kebab(name), written);
        }
    }

    #[test]
    fn one_operation_is_told_in_two_ways() {
        let update = Operation::eb("UpdateEnvironment")
            .with("EnvironmentName", "my env")
            .some("VersionLabel", "")
            .with("Process", true)
            .with("TerminateResources", false)
            .with("AttributeNames", json!(["All", "a b"]))
            .with("OptionSettings", json!([setting("n", "o", "it's")]))
            .with("SourceBundle", json!({ "S3Bucket": "b" }));
        insta::assert_snapshot!(update.line(), @r#"aws elasticbeanstalk update-environment --environment-name 'my env' --process --no-terminate-resources --attribute-names All 'a b' --option-settings '[{"Namespace":"n","OptionName":"o","Value":"it'\''s"}]' --source-bundle '{"S3Bucket":"b"}'"#);
        insta::assert_snapshot!(update.form(), @"Action=UpdateEnvironment&Version=2010-12-01&EnvironmentName=my+env&Process=true&TerminateResources=false&AttributeNames.member.1=All&AttributeNames.member.2=a+b&OptionSettings.member.1.Namespace=n&OptionSettings.member.1.OptionName=o&OptionSettings.member.1.Value=it%27s&SourceBundle.S3Bucket=b");
        let minus = Operation::eb("DeleteApplication").with("ApplicationName", "-x");
        assert_eq!(minus.line(), "aws elasticbeanstalk delete-application --application-name=-x");
    }

    /// Words of a line as a POSIX shell splits it, of a line that holds nothing but plain words and single quotes.
    fn split(line: &str) -> Vec<String> {
        let (mut words, mut word, mut letters) = (Vec::new(), None::<String>, line.chars());
        while let Some(letter) = letters.next() {
            match letter {
                ' ' => words.extend(word.take()),
                '\'' => {
                    let inside: String = letters.by_ref().take_while(|letter| *letter != '\'').collect();
                    word.get_or_insert_default().push_str(&inside);
                }
                '\\' => word.get_or_insert_default().extend(letters.next()),
                other => word.get_or_insert_default().push(other),
            }
        }
        words.extend(word);
        words
    }

    proptest! {
        #[test]
        fn what_is_quoted_is_read_back(words in proptest::collection::vec("[ -~\n\t\u{e4}\u{4e2d}']{0,12}", 1..5)) {
            let line = line(words.iter().map(String::as_str));
            prop_assert_eq!(split(&line), words);
        }
    }
}
