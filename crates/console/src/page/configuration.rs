//! Option settings of an environment: what is set and where from, and how one is changed.

use std::collections::BTreeMap;

use askama::Template;
use aws_api::s3::xml::Element;
use serde_json::json;

use super::action::{Doing, Field, Plan, carry, choices, values};
use super::environment::{Around, Environment, find};
use super::{Frame, escaped, show};
use crate::answer::Answer;
use crate::aws::Members;
use crate::command::{self, Operation, Service, setting};
use crate::error::Error;
use crate::form::Form;
use crate::server::Visit;

/// The value of an option.
pub(crate) struct Setting {
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) resource: String,
    pub(crate) value: String,
    /// `Default`, `Request`, `SavedConfiguration` or `Ebextensions`.
    origin: String,
    /// The saved configuration, or the file with its line.
    source: String,
}

/// What can be set.
struct Known {
    default: String,
    severity: String,
    values: Vec<String>,
    least: String,
    most: String,
}

struct Row {
    name: String,
    value: String,
    origin: String,
    default: String,
    change: String,
}

#[derive(Template)]
#[template(path = "configuration.html")]
struct Page {
    frame: Frame,
    around: Around,
    /// Options that somebody has set, and the others, by namespace.
    set: Vec<(String, Vec<Row>)>,
    rest: Vec<(String, Vec<Row>)>,
    add: String,
    lines: Vec<String>,
}

/// What is set in an environment.
pub(crate) async fn settings(visit: &Visit, environment: &Environment) -> Result<Vec<Setting>, Error> {
    let asked = Operation::new(Service::Extension, "DescribeOptionOrigins");
    let told = visit.ask(&asked.with("EnvironmentName", environment.name.as_str())).await?;
    let one = |one: &Element| {
        let (text, line) = (|name: &str| one.at(name).to_owned(), one.at("Line"));
        let source = if line.is_empty() { text("Source") } else { format!("{}:{line}", one.at("Source")) };
        Setting {
            namespace: text("Namespace"),
            name: text("OptionName"),
            resource: text("ResourceName"),
            value: text("Value"),
            origin: text("Origin"),
            source,
        }
    };
    Ok(told.list("Options").map(one).collect())
}

/// Where a value comes from, for people.
fn origin(setting: &Setting) -> String {
    match setting.origin.as_str() {
        "Default" => "default".into(),
        "Request" => "request".into(),
        "SavedConfiguration" => format!("saved configuration {}", setting.source),
        "Ebextensions" => setting.source.clone(),
        other => other.to_owned(),
    }
}

async fn known(visit: &Visit, environment: &Environment) -> Result<BTreeMap<(String, String), Known>, Error> {
    let operation = Operation::eb("DescribeConfigurationOptions")
        .with("ApplicationName", environment.application.as_str())
        .with("EnvironmentName", environment.name.as_str());
    let told = visit.ask(&operation).await?;
    let one = |element: &Element| {
        let key = (element.at("Namespace").to_owned(), element.at("Name").to_owned());
        let known = Known {
            default: element.at("DefaultValue").to_owned(),
            severity: element.at("ChangeSeverity").to_owned(),
            values: element.texts("ValueOptions"),
            least: element.at("MinValue").to_owned(),
            most: element.at("MaxValue").to_owned(),
        };
        (key, known)
    };
    Ok(told.list("Options").map(one).collect())
}

fn change_path(environment: &Environment, namespace: &str, option: &str) -> String {
    let here = format!("{}/configuration/change", environment.path());
    format!("{here}?namespace={}&option={}", escaped(namespace), escaped(option))
}

/// `/environments/NAME/configuration`
pub(crate) async fn options(visit: &Visit, name: &str) -> Result<Answer, Error> {
    let environment = find(visit, name).await?;
    let (all, known) = (settings(visit, &environment).await?, known(visit, &environment).await?);
    let (mut set, mut rest): (BTreeMap<String, Vec<Row>>, BTreeMap<String, Vec<Row>>) = Default::default();
    for one in all {
        let default = known.get(&(one.namespace.clone(), one.name.clone())).map(|known| known.default.clone());
        let usual = one.origin == "Default";
        let resource = if one.resource.is_empty() { String::new() } else { format!(" ({})", one.resource) };
        let row = Row {
            change: change_path(&environment, &one.namespace, &one.name),
            origin: origin(&one),
            name: one.name + &resource,
            value: one.value,
            default: default.unwrap_or_default(),
        };
        let place = if usual { &mut rest } else { &mut set };
        place.entry(one.namespace).or_default().push(row);
    }
    let lines = vec![command::line(["dabba", "eb", "options", environment.name.as_str()])];
    let add = change_path(&environment, "aws:elasticbeanstalk:application:environment", "");
    let around = Around::new(environment, "Configuration");
    show(&Page {
        frame: around.frame(visit),
        around,
        set: set.into_iter().collect(),
        rest: rest.into_iter().collect(),
        add,
        lines,
    })
}

/// `/environments/NAME/configuration/change`
pub(crate) async fn change(visit: &Visit, form: Option<&Form>, name: &str) -> Result<Answer, Error> {
    let environment = find(visit, name).await?;
    let sent = values(visit, form);
    let (namespace, option) = (sent.get("namespace").to_owned(), sent.get("option").to_owned());
    let known = known(visit, &environment).await?.remove(&(namespace.clone(), option.clone()));
    let value = if sent.has("value") {
        sent.exactly("value").to_owned()
    } else {
        let now = settings(visit, &environment).await?.into_iter();
        let now = now.filter(|one| one.namespace == namespace && one.name == option).map(|one| one.value).next();
        now.unwrap_or_default()
    };
    let remove = sent.get("remove") == "yes";
    let update = Operation::eb("UpdateEnvironment").with("EnvironmentName", name);
    let operation = match remove {
        true => update.with("OptionsToRemove", json!([{ "Namespace": namespace, "OptionName": option }])),
        false => update.with("OptionSettings", json!([setting(&namespace, &option, &value)])),
    };
    let field = match &known {
        Some(known) if !known.values.is_empty() => {
            let all = known.values.iter().map(|one| (one.clone(), one.clone()));
            Field::Select { name: "value", label: "Value", choices: choices(all, &value) }
        }
        _ => Field::Text { name: "value", label: "Value", value, hint: "", required: false },
    };
    let name_fields = |text: String, fixed: bool, name: &'static str, label: &'static str| match fixed {
        true => Field::Hidden { name, value: text },
        false => Field::Text { name, label, value: text, hint: "", required: true },
    };
    let fixed = known.is_some();
    let mut lead = match &known {
        Some(known) if known.default.is_empty() => format!("{namespace} {option}."),
        Some(known) => format!("{namespace} {option}, {} by default.", known.default),
        None => "Properties of the application are options of aws:elasticbeanstalk:application:environment.".into(),
    };
    if let Some(known) = &known {
        if !known.least.is_empty() || !known.most.is_empty() {
            lead.push_str(&format!(" From {} to {}.", known.least, known.most));
        }
        lead.push_str(match known.severity.as_str() {
            "NoInterruption" => " A change interrupts nothing.",
            "RestartApplicationServer" => " A change starts the application anew.",
            _ => " A change replaces the instances.",
        });
    }
    carry(
        visit,
        form,
        Plan {
            title: if fixed {
                format!("Change {option} of {}", environment.name)
            } else {
                format!("Set an option of {}", environment.name)
            },
            section: "Environments",
            lead,
            fields: vec![
                name_fields(namespace, fixed, "namespace", "Namespace"),
                name_fields(option, fixed, "option", "Option"),
                field,
                Field::Check { name: "remove", label: "Take the setting away instead", checked: remove },
            ],
            doing: Doing::Operations(vec![operation]),
            submit: "Change",
            danger: false,
            confirm: None,
            here: format!("{}/configuration/change", environment.path()),
            back: format!("{}/configuration", environment.path()),
            done: environment.path(),
        },
    )
    .await
}
