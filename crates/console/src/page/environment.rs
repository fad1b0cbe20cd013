//! Environments: all of them, one with its events and causes, and what can be done with one.

use askama::Template;
use aws_api::s3::xml::Element;
use serde_json::{Value, json};

use super::action::{Doing, Field, Plan, carry, choices, chosen, values};
use super::{Frame, application, configuration, escaped, moment, show};
use crate::answer::Answer;
use crate::aws::Members;
use crate::command::{Operation, setting};
use crate::error::Error;
use crate::form::Form;
use crate::limits;
use crate::server::Visit;

const SECTION: &str = "Environments";

/// An environment as the API tells it.
#[derive(Debug, Clone)]
pub(crate) struct Environment {
    pub(crate) name: String,
    pub(crate) id: String,
    pub(crate) application: String,
    pub(crate) status: String,
    /// `Green`, `Yellow`, `Red` or `Grey`.
    pub(crate) colour: String,
    /// `Ok`, `Warning` …; empty where health is basic.
    pub(crate) health: String,
    version: String,
    pub(crate) cname: String,
    /// An address that always works.
    pub(crate) endpoint: String,
    pub(crate) platform: String,
    pub(crate) tier: String,
    pub(crate) updated: String,
    pub(crate) busy: bool,
}

impl Environment {
    fn of(element: &Element) -> Self {
        let text = |name: &str| element.at(name).to_owned();
        Self {
            name: text("EnvironmentName"),
            id: text("EnvironmentId"),
            application: text("ApplicationName"),
            status: text("Status"),
            colour: text("Health"),
            health: text("HealthStatus"),
            version: text("VersionLabel"),
            cname: text("CNAME"),
            endpoint: text("EndpointURL"),
            platform: text("SolutionStackName"),
            tier: element.child("Tier").map(|tier| tier.at("Name").to_owned()).unwrap_or_default(),
            updated: moment(element.at("DateUpdated")),
            busy: element.at("AbortableOperationInProgress") == "true",
        }
    }

    /// Its page.
    pub(crate) fn path(&self) -> String {
        path(&self.name)
    }

    /// The page of its application.
    pub(crate) fn application_path(&self) -> String {
        format!("/applications/{}", escaped(&self.application))
    }

    /// The version that it runs.
    pub(crate) fn version(&self) -> &str {
        if self.version.is_empty() { "the sample application" } else { &self.version }
    }

    /// The class of its colour.
    pub(crate) fn class(&self) -> String {
        self.colour.to_ascii_lowercase()
    }

    /// Its health in a word.
    pub(crate) fn word(&self) -> &str {
        if self.health.is_empty() { &self.colour } else { &self.health }
    }

    /// Whether others reach it by a name.
    pub(crate) fn is_web(&self) -> bool {
        self.tier != "Worker" && !self.cname.is_empty()
    }
}

/// The page of the environment of this name.
pub(crate) fn path(name: &str) -> String {
    format!("/environments/{}", escaped(name))
}

/// All environments that live, or those of one application.
pub(crate) async fn living(visit: &Visit, application: Option<&str>) -> Result<Vec<Environment>, Error> {
    let operation = Operation::eb("DescribeEnvironments")
        .some("ApplicationName", application.unwrap_or_default())
        .with("IncludeDeleted", false);
    let listed = visit.ask(&operation).await?;
    Ok(listed.list("Environments").map(Environment::of).collect())
}

/// The environment of this name.
pub(crate) async fn find(visit: &Visit, name: &str) -> Result<Environment, Error> {
    let operation =
        Operation::eb("DescribeEnvironments").with("EnvironmentNames", json!([name])).with("IncludeDeleted", false);
    let missing = || Error::Missing { noun: "environment", name: name.into() };
    let listed = visit.ask(&operation).await.map_err(|error| if error.is_no_name() { missing() } else { error })?;
    listed.list("Environments").map(Environment::of).next().ok_or_else(missing)
}

/// What a page of an environment has around it.
pub(crate) struct Around {
    pub(crate) environment: Environment,
    tab: &'static str,
}

impl Around {
    pub(crate) fn new(environment: Environment, tab: &'static str) -> Self {
        Self { environment, tab }
    }

    /// The pages of an environment: whether it is this one, where, and what it is called.
    pub(crate) fn tabs(&self) -> Vec<(bool, String, &'static str)> {
        let all = [
            ("", "Overview"),
            ("/instances", "Instances"),
            ("/monitoring", "Monitoring"),
            ("/logs", "Logs"),
            ("/configuration", "Configuration"),
        ];
        all.map(|(end, name)| (name == self.tab, format!("{}{end}", self.environment.path()), name)).into()
    }

    /// Its frame.
    pub(crate) fn frame(&self, visit: &Visit) -> Frame {
        let name = &self.environment.name;
        let title = if self.tab == "Overview" { name.clone() } else { format!("{name}: {}", self.tab) };
        Frame::new(title, SECTION, Some(visit.session.clone()))
    }
}

#[derive(Template)]
#[template(path = "environments.html")]
struct All {
    frame: Frame,
    environments: Vec<Environment>,
}

/// `/environments`
pub(crate) async fn all(visit: &Visit) -> Result<Answer, Error> {
    let environments = living(visit, None).await?;
    show(&All { frame: Frame::new("Environments", SECTION, Some(visit.session.clone())), environments })
}

struct Event {
    at: String,
    severity: String,
    message: String,
    version: String,
}

#[derive(Template)]
#[template(path = "environment.html")]
struct One {
    frame: Frame,
    around: Around,
    causes: Vec<String>,
    /// So many instances of each health.
    counts: Vec<(&'static str, String)>,
    traffic: Traffic,
    events: Vec<Event>,
    refresh: &'static str,
}

/// What an environment or an instance has answered in the last seconds.
pub(crate) struct Traffic {
    pub(crate) seconds: String,
    pub(crate) requests: String,
    pub(crate) statuses: Vec<(&'static str, String)>,
    pub(crate) latency: Vec<(&'static str, String)>,
}

impl Traffic {
    pub(crate) fn of(metrics: Option<&Element>) -> Self {
        let nothing = Element::default();
        let metrics = metrics.unwrap_or(&nothing);
        let inside =
            |part: &str, name: &str| metrics.child(part).map(|part| part.at(name).to_owned()).unwrap_or_default();
        let statuses = [("2xx", "Status2xx"), ("3xx", "Status3xx"), ("4xx", "Status4xx"), ("5xx", "Status5xx")];
        let latency = [("p50", "P50"), ("p90", "P90"), ("p99", "P99")].map(|(shown, name)| {
            let seconds = inside("Latency", name).parse::<f64>();
            (shown, seconds.map_or_else(|_| "–".into(), |seconds| crate::chart::Unit::Seconds.tell(seconds)))
        });
        Self {
            seconds: metrics.at("Duration").to_owned(),
            requests: metrics.at("RequestCount").to_owned(),
            statuses: statuses.map(|(shown, name)| (shown, inside("StatusCodes", name))).into(),
            latency: latency.into(),
        }
    }
}

/// What can be told of health. Environments with basic health refuse to tell it, and so may IAM.
pub(crate) async fn health(visit: &Visit, name: &str, operation: &'static str) -> Result<Option<Element>, Error> {
    let asked = Operation::eb(operation).with("EnvironmentName", name).with("AttributeNames", json!(["All"]));
    match visit.ask(&asked).await {
        Ok(output) => Ok(Some(output.into())),
        Err(error) if error.is_key() => Err(error),
        Err(Error::Refused { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// `/environments/NAME`
pub(crate) async fn one(visit: &Visit, name: &str) -> Result<Answer, Error> {
    let environment = find(visit, name).await?;
    let events = Operation::eb("DescribeEvents")
        .with("EnvironmentId", environment.id.as_str())
        .with("MaxRecords", limits::EVENTS);
    let events = visit.ask(&events).await?;
    let health = health(visit, name, "DescribeEnvironmentHealth").await?;
    let instances = health.as_ref().and_then(|health| health.child("InstancesHealth"));
    let kinds = [
        ("Ok", "Ok"),
        ("Info", "Info"),
        ("Pending", "Pending"),
        ("Warning", "Warning"),
        ("Degraded", "Degraded"),
        ("Severe", "Severe"),
        ("Unknown", "Unknown"),
        ("No data", "NoData"),
    ];
    let counts = kinds.map(|(shown, kind)| (shown, instances.map(|all| all.at(kind).to_owned()).unwrap_or_default()));
    let events = events.list("Events").map(|event| Event {
        at: moment(event.at("EventDate")),
        severity: event.at("Severity").into(),
        message: event.at("Message").into(),
        version: event.at("VersionLabel").into(),
    });
    // What changes is looked at more often.
    let refresh = if environment.status == "Ready" { "3" } else { "1" };
    let around = Around::new(environment, "Overview");
    show(&One {
        frame: around.frame(visit),
        causes: health.as_ref().map(|health| health.texts("Causes")).unwrap_or_default(),
        counts: counts.into_iter().filter(|(_, count)| !matches!(count.as_str(), "" | "0")).collect(),
        traffic: Traffic::of(health.as_ref().and_then(|health| health.child("ApplicationMetrics"))),
        events: events.collect(),
        around,
        refresh,
    })
}

/// `/environments/NAME/ACTION`
pub(crate) async fn act(visit: &Visit, form: Option<&Form>, name: &str, action: &str) -> Result<Answer, Error> {
    let environment = find(visit, name).await?;
    let of = |operation: &'static str| Operation::eb(operation).with("EnvironmentName", name);
    let mut plan = Plan {
        title: String::new(),
        section: SECTION,
        lead: String::new(),
        fields: Vec::new(),
        doing: Doing::Operations(Vec::new()),
        submit: "",
        danger: false,
        confirm: None,
        here: format!("{}/{action}", environment.path()),
        back: environment.path(),
        done: environment.path(),
    };
    let sent = values(visit, form);
    match action {
        "deploy" => {
            let mut labels = application::labels(visit, &environment.application).await?;
            let before = labels.iter().position(|(label, _)| *label == environment.version);
            if let Some(before) = before {
                labels[before].1.push_str(" (runs now)");
            }
            let versions = choices(labels, sent.get("version"));
            if versions.is_empty() {
                return Err(Error::Nothing(format!("{} has no version: upload one first.", environment.application)));
            }
            plan.title = format!("Deploy to {name}");
            plan.lead = "The version is prepared first; then it takes the place of the one that runs, by the environment's deployment policy.".into();
            plan.doing = operations(of("UpdateEnvironment").with("VersionLabel", chosen(&versions)));
            plan.fields = vec![Field::Select { name: "version", label: "Version", choices: versions }];
            plan.submit = "Deploy";
        }
        "scale" => scale(visit, sent, &environment, &mut plan).await?,
        "swap" => {
            let others = living(visit, None).await?.into_iter().filter(|other| other.name != name && other.is_web());
            let all = choices(
                others.map(|other| (other.name.clone(), format!("{} ({})", other.name, other.cname))),
                sent.get("with"),
            );
            if all.is_empty() {
                return Err(Error::Nothing("There is no other environment with a host name to swap with.".into()));
            }
            plan.title = format!("Swap the host name of {name}");
            plan.lead = format!(
                "{} leads to the other environment then, and its host name leads here, both in the same moment.",
                environment.cname
            );
            plan.doing = operations(
                Operation::eb("SwapEnvironmentCNAMEs")
                    .with("SourceEnvironmentName", name)
                    .with("DestinationEnvironmentName", chosen(&all)),
            );
            plan.fields = vec![Field::Select { name: "with", label: "With the environment", choices: all }];
            plan.submit = "Swap";
        }
        "restart" => {
            plan.title = format!("Restart {name}");
            plan.lead = "The application of every instance is started anew.".into();
            plan.doing = operations(of("RestartAppServer"));
            plan.submit = "Restart";
        }
        "rebuild" => {
            plan.title = format!("Rebuild {name}");
            plan.lead =
                "All instances are taken away, and new ones are made of the same version. Nothing answers meanwhile."
                    .into();
            plan.doing = operations(of("RebuildEnvironment"));
            (plan.submit, plan.danger) = ("Rebuild", true);
        }
        "abort" => {
            plan.title = format!("Abort the change of {name}");
            plan.lead = "The environment goes back to the version and the settings from before.".into();
            plan.doing = operations(of("AbortEnvironmentUpdate"));
            plan.submit = "Abort the change";
        }
        "terminate" => {
            plan.title = format!("Terminate {name}");
            plan.lead = "Its instances go, and its host name. It can be restored for 42 days.".into();
            plan.doing = operations(of("TerminateEnvironment"));
            plan.confirm = Some(name.to_owned());
            plan.done = environment.application_path();
            (plan.submit, plan.danger) = ("Terminate", true);
        }
        other => return Err(Error::NoPage(format!("{}/{other}", environment.path()))),
    }
    carry(visit, form, plan).await
}

fn operations(operation: Operation) -> Doing {
    Doing::Operations(vec![operation])
}

/// How many instances: the limits of the Auto Scaling group.
async fn scale(visit: &Visit, sent: &Form, environment: &Environment, plan: &mut Plan) -> Result<(), Error> {
    const GROUP: &str = "aws:autoscaling:asg";
    const ENVIRONMENT: &str = "aws:elasticbeanstalk:environment";
    let set = configuration::settings(visit, environment).await?;
    let value = |namespace: &str, name: &str| {
        set.iter().find(|one| one.namespace == namespace && one.name == name).map_or("", |one| one.value.as_str())
    };
    let number = |field: &str, option: &str| {
        let text = if sent.has(field) { sent.get(field) } else { value(GROUP, option) };
        if text.is_empty() { "1".to_owned() } else { text.to_owned() }
    };
    let (least, most) = (number("least", "MinSize"), number("most", "MaxSize"));
    let mut settings = vec![setting(GROUP, "MinSize", &least), setting(GROUP, "MaxSize", &most)];
    plan.title = format!("Scale {}", environment.name);
    plan.lead = "Between these two, triggers choose the number of instances.".into();
    if value(ENVIRONMENT, "EnvironmentType") == "SingleInstance" {
        settings.push(setting(ENVIRONMENT, "EnvironmentType", "LoadBalanced"));
        settings.push(setting(ENVIRONMENT, "LoadBalancerType", "application"));
        plan.lead.push_str(" This environment has a single instance: it gets a load balancer by this.");
    }
    plan.fields = vec![
        Field::Number { name: "least", label: "Instances at least", value: least, least: 0, most: 10_000 },
        Field::Number { name: "most", label: "Instances at most", value: most, least: 0, most: 10_000 },
    ];
    plan.doing = operations(
        Operation::eb("UpdateEnvironment")
            .with("EnvironmentName", environment.name.as_str())
            .with("OptionSettings", Value::Array(settings)),
    );
    plan.submit = "Scale";
    Ok(())
}
