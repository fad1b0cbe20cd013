//! The last lines of the instances' logs.

use askama::Template;
use words::Timestamp;

use super::environment::{Around, find};
use super::{Frame, moment, show};
use crate::answer::{self, Answer};
use crate::aws::Members;
use crate::command::Operation;
use crate::error::Error;
use crate::form::Form;
use crate::limits;
use crate::server::Visit;

struct Log {
    instance: String,
    at: String,
    text: String,
}

#[derive(Template)]
#[template(path = "logs.html")]
struct Page {
    frame: Frame,
    around: Around,
    here: String,
    logs: Vec<Log>,
    lines: Vec<String>,
}

fn question(operation: &'static str, name: &str) -> Operation {
    Operation::eb(operation).with("InfoType", "tail").with("EnvironmentName", name)
}

/// How often it is looked whether instances have given their lines.
const PAUSE: std::time::Duration = std::time::Duration::from_millis(100);

/// `/environments/NAME/logs`
pub(crate) async fn tail(visit: &Visit, form: Option<&Form>, name: &str) -> Result<Answer, Error> {
    let environment = find(visit, name).await?;
    let here = format!("{}/logs", environment.path());
    let (request, retrieve) = (question("RequestEnvironmentInfo", name), question("RetrieveEnvironmentInfo", name));
    if form.is_some() {
        let before = newest(&*visit.ask(&retrieve).await?);
        visit.ask(&request).await?;
        let begun = Timestamp::now();
        while newest(&*visit.ask(&retrieve).await?) == before && Timestamp::now().since(begun) < limits::LOG_PATIENCE {
            tokio::time::sleep(PAUSE).await;
        }
        return Ok(answer::see(&here));
    }
    let told = visit.ask(&retrieve).await?;
    // One instance may have been asked several times: the newest counts.
    let mut found: Vec<(String, String, String)> = Vec::new();
    for entry in told.list("EnvironmentInfo") {
        let (instance, at) = (entry.at("Ec2InstanceId"), entry.at("SampleTimestamp"));
        match found.iter_mut().find(|(known, ..)| known == instance) {
            Some(known) if known.1.as_str() < at => {
                known.1 = at.to_owned();
                known.2 = entry.at("Message").to_owned();
            }
            Some(_) => {}
            None => found.push((instance.to_owned(), at.to_owned(), entry.at("Message").to_owned())),
        }
    }
    let mut logs = Vec::new();
    for (instance, at, url) in found {
        let text = match visit.parts.aws.fetch(&url).await {
            Ok(text) => text,
            Err(error) => error.to_string(),
        };
        logs.push(Log { instance, at: moment(&at), text });
    }
    let around = Around::new(environment, "Logs");
    show(&Page { frame: around.frame(visit), around, here, logs, lines: vec![request.line(), retrieve.line()] })
}

/// When the newest lines were taken.
fn newest(told: &aws_api::s3::xml::Element) -> Option<String> {
    told.list("EnvironmentInfo").map(|entry| entry.at("SampleTimestamp").to_owned()).max()
}
