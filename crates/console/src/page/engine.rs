//! Containers and images of the engine, for whoever may use it.

use askama::Template;
use serde_json::Value;
use words::Timestamp;

use super::action::{Doing, Field, Plan, carry, values};
use super::{Frame, escaped, moment, show, sign_in, size};
use crate::answer::Answer;
use crate::command::line;
use crate::docker::{self, Act};
use crate::error::Error;
use crate::form::Form;
use crate::limits;
use crate::server::Visit;

struct Container {
    id: String,
    name: String,
    path: String,
    image: String,
    state: String,
    status: String,
    ports: Vec<String>,
    /// The environment that it is of.
    environment: String,
}

struct Image {
    id: String,
    names: Vec<String>,
    path: String,
    remove: String,
    size: String,
    created: String,
    containers: String,
}

#[derive(Template)]
#[template(path = "containers.html")]
struct Containers {
    frame: Frame,
    containers: Vec<Container>,
}

#[derive(Template)]
#[template(path = "container.html")]
struct One {
    frame: Frame,
    container: Container,
    facts: Vec<(&'static str, String)>,
    log: String,
    json: String,
    lines: Vec<String>,
    running: bool,
}

#[derive(Template)]
#[template(path = "images.html")]
struct Images {
    frame: Frame,
    images: Vec<Image>,
}

#[derive(Template)]
#[template(path = "image.html")]
struct OneImage {
    frame: Frame,
    name: String,
    remove: String,
    facts: Vec<(&'static str, String)>,
    json: String,
    lines: Vec<String>,
}

/// Whoever uses the engine is root on this host, nearly: only an administrator may, and that is asked each time, since
/// rights can be taken away.
async fn allowed(visit: &Visit) -> Result<(), Error> {
    let session = &visit.session;
    if sign_in::may_use_engine(&visit.parts.aws, &session.key, &session.arn).await? {
        return Ok(());
    }
    Err(Error::Forbidden(
        "Containers and images are shown to administrators only: to keys whose owner may iam:PutUserPolicy for itself."
            .into(),
    ))
}

fn text<'v>(value: &'v Value, path: &str) -> &'v str {
    value.pointer(path).and_then(Value::as_str).unwrap_or_default()
}

fn shorter(id: &str) -> String {
    id.trim_start_matches("sha256:").chars().take(12).collect()
}

fn port(value: &Value) -> String {
    let (inside, kind) = (value["PrivatePort"].as_u64().unwrap_or(0), text(value, "/Type"));
    match value["PublicPort"].as_u64() {
        Some(outside) => format!("{}:{outside}→{inside}/{kind}", text(value, "/IP")),
        None => format!("{inside}/{kind}"),
    }
}

/// `/containers`
pub(crate) async fn containers(visit: &Visit) -> Result<Answer, Error> {
    allowed(visit).await?;
    let listed = docker::list(&visit.parts.docker, "containers").await?;
    let containers = listed.iter().map(|value| {
        let name = text(value, "/Names/0").trim_start_matches('/');
        let name = if name.is_empty() { text(value, "/Id") } else { name };
        Container {
            id: shorter(text(value, "/Id")),
            name: name.into(),
            path: format!("/containers/{}", escaped(name)),
            image: text(value, "/Image").into(),
            state: text(value, "/State").into(),
            status: text(value, "/Status").into(),
            ports: value["Ports"].as_array().into_iter().flatten().map(port).collect(),
            environment: text(value, "/Labels/com.dabba.beanstalk.environment-name").into(),
        }
    });
    let frame = Frame::new("Containers", "Containers", Some(visit.session.clone()));
    show(&Containers { frame, containers: containers.collect() })
}

fn missing(noun: &'static str, name: &str) -> impl FnOnce(Error) -> Error {
    let name = name.to_owned();
    move |error| match error {
        Error::Docker(error) if error.is_not_found() => Error::Missing { noun, name },
        other => other,
    }
}

/// `/containers/NAME`
pub(crate) async fn container(visit: &Visit, name: &str) -> Result<Answer, Error> {
    allowed(visit).await?;
    let value = docker::inspect(&visit.parts.docker, "containers", name).await.map_err(missing("container", name))?;
    let terminal = value.pointer("/Config/Tty").and_then(Value::as_bool).unwrap_or(false);
    let log = docker::logs(&visit.parts.docker, name, terminal).await.unwrap_or_else(|error| error.to_string());
    let own = text(&value, "/Name").trim_start_matches('/');
    let container = Container {
        id: shorter(text(&value, "/Id")),
        name: own.into(),
        path: format!("/containers/{}", escaped(own)),
        image: text(&value, "/Config/Image").into(),
        state: text(&value, "/State/Status").into(),
        status: String::new(),
        ports: Vec::new(),
        environment: text(&value, "/Config/Labels/com.dabba.beanstalk.environment-name").into(),
    };
    let command = value.pointer("/Args").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let addresses = value.pointer("/NetworkSettings/Networks").and_then(Value::as_object).into_iter().flatten();
    let addresses = addresses.map(|(network, one)| format!("{} ({network})", text(one, "/IPAddress")));
    let ended = match value.pointer("/State/ExitCode").and_then(Value::as_i64) {
        Some(code) if container.state == "exited" => {
            format!("{} with {code}", moment(text(&value, "/State/FinishedAt")))
        }
        _ => String::new(),
    };
    let facts = vec![
        ("Id", text(&value, "/Id").to_owned()),
        ("Command", line([text(&value, "/Path")].into_iter().chain(command))),
        ("Created", moment(text(&value, "/Created"))),
        ("Started", moment(text(&value, "/State/StartedAt"))),
        ("Ended", ended),
        ("Addresses", addresses.collect::<Vec<_>>().join(", ")),
        ("Error", text(&value, "/State/Error").to_owned()),
    ];
    show(&One {
        frame: Frame::new(own, "Containers", Some(visit.session.clone())),
        running: matches!(container.state.as_str(), "running" | "restarting" | "paused"),
        facts: facts.into_iter().filter(|(_, value)| !value.is_empty()).collect(),
        log,
        json: serde_json::to_string_pretty(&value).unwrap_or_default(),
        lines: vec![
            line(["docker", "inspect", own]),
            line(["docker", "logs", "--tail", &limits::LOG_LINES.to_string(), own]),
        ],
        container,
    })
}

/// `/containers/NAME/ACTION`
pub(crate) async fn act(visit: &Visit, form: Option<&Form>, name: &str, action: &str) -> Result<Answer, Error> {
    allowed(visit).await?;
    let here = format!("/containers/{}/{action}", escaped(name));
    let act = Act::of_container(action).ok_or_else(|| Error::NoPage(here.clone()))?;
    let value = docker::inspect(&visit.parts.docker, "containers", name).await.map_err(missing("container", name))?;
    let environment = text(&value, "/Config/Labels/com.dabba.beanstalk.environment-name");
    let mut lead = match act {
        Act::Remove => "The container goes with what it has written, whether it runs or not.".to_owned(),
        Act::Stop => "It is asked to end, and ended when it does not.".to_owned(),
        _ => String::new(),
    };
    if !environment.is_empty() && act != Act::Start {
        lead.push_str(&format!(" It is an instance of the environment {environment}, which will replace it."));
    }
    let back = format!("/containers/{}", escaped(name));
    carry(
        visit,
        form,
        Plan {
            title: format!("{} {name}", act.verb()),
            section: "Containers",
            lead,
            fields: Vec::new(),
            doing: Doing::Engine(act, name.into()),
            submit: act.verb(),
            danger: act == Act::Remove,
            confirm: None,
            done: if act == Act::Remove { "/containers".into() } else { back.clone() },
            here,
            back,
        },
    )
    .await
}

/// `/images`
pub(crate) async fn images(visit: &Visit) -> Result<Answer, Error> {
    allowed(visit).await?;
    let listed = docker::list(&visit.parts.docker, "images").await?;
    let images = listed.iter().map(|value| {
        let id = text(value, "/Id");
        let names: Vec<String> =
            value["RepoTags"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
        let name = names.first().map_or(id, String::as_str);
        let created =
            value["Created"].as_i64().and_then(|seconds| Timestamp::from_nanos(i128::from(seconds) * 1_000_000_000));
        Image {
            id: shorter(id),
            path: format!("/images/one?name={}", escaped(name)),
            remove: format!("/images/remove?name={}", escaped(name)),
            names,
            size: size(value["Size"].as_u64().unwrap_or(0)),
            created: created.map(|created| moment(&created.to_string())).unwrap_or_default(),
            containers: value["Containers"].as_i64().unwrap_or(0).to_string(),
        }
    });
    let frame = Frame::new("Images", "Images", Some(visit.session.clone()));
    show(&Images { frame, images: images.collect() })
}

/// `/images/one?name=NAME`
pub(crate) async fn image(visit: &Visit) -> Result<Answer, Error> {
    allowed(visit).await?;
    let name = visit.query.need("name", "The image's name")?;
    let value = docker::inspect(&visit.parts.docker, "images", name).await.map_err(missing("image", name))?;
    let joined = |path: &str, with: &str| {
        let all = value.pointer(path).and_then(Value::as_array).into_iter().flatten();
        all.filter_map(Value::as_str).collect::<Vec<_>>().join(with)
    };
    let words = |path: &str| {
        let all = value.pointer(path).and_then(Value::as_array).into_iter().flatten();
        line(all.filter_map(Value::as_str))
    };
    let facts = vec![
        ("Id", text(&value, "/Id").to_owned()),
        ("Names", joined("/RepoTags", ", ")),
        ("Digests", joined("/RepoDigests", ", ")),
        ("Created", moment(text(&value, "/Created"))),
        ("Size", size(value["Size"].as_u64().unwrap_or(0))),
        ("Platform", format!("{}/{}", text(&value, "/Os"), text(&value, "/Architecture"))),
        ("Entrypoint", words("/Config/Entrypoint")),
        ("Command", words("/Config/Cmd")),
    ];
    show(&OneImage {
        frame: Frame::new(name, "Images", Some(visit.session.clone())),
        name: name.into(),
        remove: format!("/images/remove?name={}", escaped(name)),
        facts: facts.into_iter().filter(|(_, value)| !value.is_empty()).collect(),
        json: serde_json::to_string_pretty(&value).unwrap_or_default(),
        lines: vec![line(["docker", "image", "inspect", name])],
    })
}

/// `/images/remove?name=NAME`
pub(crate) async fn remove_image(visit: &Visit, form: Option<&Form>) -> Result<Answer, Error> {
    allowed(visit).await?;
    let name = values(visit, form).need("name", "The image's name")?.to_owned();
    docker::inspect(&visit.parts.docker, "images", &name).await.map_err(missing("image", &name))?;
    carry(
        visit,
        form,
        Plan {
            title: format!("Remove {name}"),
            section: "Images",
            lead: "The name goes; the image goes with its last name, unless a container uses it.".into(),
            fields: vec![Field::Hidden { name: "name", value: name.clone() }],
            doing: Doing::Engine(Act::RemoveImage, name.clone()),
            submit: "Remove",
            danger: true,
            confirm: None,
            here: "/images/remove".into(),
            back: format!("/images/one?name={}", escaped(&name)),
            done: "/images".into(),
        },
    )
    .await
}
