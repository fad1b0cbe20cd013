//! Actions: a page that says what will be done and by which command, and a button that does it.
//!
//! The page is shown by GET, with the values of its fields in the query, so that the command is always that of the values
//! chosen; the same address does it by POST. Where there is no script, a second button asks for the page by POST.

use askama::Template;
use http::StatusCode;

use super::Frame;
use crate::answer::{self, Answer};
use crate::command::Operation;
use crate::docker::{self, Act};
use crate::error::Error;
use crate::form::Form;
use crate::server::Visit;

/// What is done.
pub(crate) enum Doing {
    /// Operations of the AWS API, one after the other.
    Operations(Vec<Operation>),
    /// Something with a container or an image.
    Engine(Act, String),
}

impl Doing {
    fn lines(&self) -> Vec<String> {
        match self {
            Self::Operations(all) => all.iter().map(Operation::line).collect(),
            Self::Engine(act, name) => vec![act.line(name)],
        }
    }
}

/// One of several values.
pub(crate) struct Choice {
    pub(crate) value: String,
    pub(crate) label: String,
    pub(crate) chosen: bool,
}

/// A field of an action's form.
pub(crate) enum Field {
    /// A line of text.
    Text { name: &'static str, label: &'static str, value: String, hint: &'static str, required: bool },
    /// A number.
    Number { name: &'static str, label: &'static str, value: String, least: u32, most: u32 },
    /// One of many.
    Select { name: &'static str, label: &'static str, choices: Vec<Choice> },
    /// One of a few.
    Radio { name: &'static str, label: &'static str, choices: Vec<Choice> },
    /// Yes or no.
    Check { name: &'static str, label: &'static str, checked: bool },
    /// What is known already.
    Hidden { name: &'static str, value: String },
}

/// An action.
pub(crate) struct Plan {
    pub(crate) title: String,
    pub(crate) section: &'static str,
    /// What it means.
    pub(crate) lead: String,
    pub(crate) fields: Vec<Field>,
    pub(crate) doing: Doing,
    /// What its button says.
    pub(crate) submit: &'static str,
    /// Whether it takes something away.
    pub(crate) danger: bool,
    /// The name that has to be typed before it is done.
    pub(crate) confirm: Option<String>,
    /// Its own address.
    pub(crate) here: String,
    /// Where it was asked for.
    pub(crate) back: String,
    /// Where to go when it is done.
    pub(crate) done: String,
}

#[derive(Template)]
#[template(path = "action.html")]
struct Page<'a> {
    frame: Frame,
    plan: &'a Plan,
    lines: Vec<String>,
    error: Option<(String, String)>,
}

/// The values that an action takes: those that were sent, or those of the query.
pub(crate) fn values<'a>(visit: &'a Visit, form: Option<&'a Form>) -> &'a Form {
    form.unwrap_or(&visit.query)
}

/// Choices, of which the one with this value is chosen, or else the first.
pub(crate) fn choices(all: impl IntoIterator<Item = (String, String)>, chosen: &str) -> Vec<Choice> {
    let mut all: Vec<Choice> =
        all.into_iter().map(|(value, label)| Choice { chosen: value == chosen, value, label }).collect();
    if !all.iter().any(|choice| choice.chosen)
        && let Some(first) = all.first_mut()
    {
        first.chosen = true;
    }
    all
}

/// The value that is chosen; empty when there is nothing to choose.
pub(crate) fn chosen(choices: &[Choice]) -> &str {
    choices.iter().find(|choice| choice.chosen).map_or("", |choice| &choice.value)
}

/// Shows an action, or does it when a form was sent.
pub(crate) async fn carry(visit: &Visit, form: Option<&Form>, plan: Plan) -> Result<Answer, Error> {
    let Some(form) = form.filter(|form| !form.has("show")) else { return page(visit, StatusCode::OK, &plan, None) };
    match perform(visit, form, &plan).await {
        Ok(()) => Ok(answer::see(&plan.done)),
        Err(error) if error.is_key() => Err(error),
        Err(error) => page(visit, error.status(), &plan, Some(&error)),
    }
}

async fn perform(visit: &Visit, form: &Form, plan: &Plan) -> Result<(), Error> {
    if let Some(name) = &plan.confirm
        && form.get("confirm") != name
    {
        return Err(Error::Form(format!("Type {name} to confirm.")));
    }
    match &plan.doing {
        Doing::Operations(all) => {
            for operation in all {
                visit.ask(operation).await?;
            }
        }
        Doing::Engine(act, name) => docker::act(&visit.parts.docker, *act, name).await?,
    }
    Ok(())
}

fn page(visit: &Visit, status: StatusCode, plan: &Plan, error: Option<&Error>) -> Result<Answer, Error> {
    let page = Page {
        frame: Frame::new(plan.title.clone(), plan.section, Some(visit.session.clone())),
        plan,
        lines: plan.doing.lines(),
        error: error.map(|error| (error.code().to_owned(), error.message())),
    };
    Ok(answer::page(status, page.render()?))
}
