//! The queues of worker environments: what they are called.
//!
//! Who makes environments makes these, and who tells of an environment's resources tells of these; both know them by the
//! environment's id alone.
//!
//! Source: "Elastic Beanstalk worker environments" in the developer guide.

use crate::environment::Environment;
use crate::name::EnvironmentId;
use crate::option::{Configuration, Tier};

/// The queues that a worker environment has of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queues {
    /// Where its messages are.
    pub messages: String,
    /// Where messages go that it could not process.
    pub dead_letters: String,
}

impl Queues {
    /// Those of an environment, whether they are there or not.
    pub fn of(environment: &EnvironmentId) -> Self {
        let suffix = environment.suffix();
        let name = |part: &str| format!("awseb-e-{suffix}-stack-{part}-{}", suffix.to_ascii_uppercase());
        Self { messages: name("AWSEBWorkerQueue"), dead_letters: name("AWSEBWorkerDeadLetterQueue") }
    }
}

/// Where the messages of a worker environment are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// In queues of its own.
    Own(Queues),
    /// In a queue of somebody's, by its address.
    Given(String),
}

/// Where the messages of an environment are; nothing for a web server.
pub fn origin(environment: &EnvironmentId, configuration: &Configuration) -> Option<Origin> {
    let worker = configuration.worker.as_ref()?;
    Some(match &worker.queue_url {
        Some(url) => Origin::Given(url.clone()),
        None => Origin::Own(Queues::of(environment)),
    })
}

impl Environment {
    /// Where its messages are; nothing for a web server and for what is gone.
    pub fn queues(&self) -> Option<Origin> {
        if self.tier != Tier::Worker || self.life.is_terminated() {
            return None;
        }
        let configuration = self.shown()?.configuration(self.tier).ok()?;
        origin(&self.id, &configuration)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_amazons_and_short_enough() {
        let id: EnvironmentId = "e-abcdefgh12".parse().unwrap();
        let queues = Queues::of(&id);
        assert_eq!(queues.messages, "awseb-e-abcdefgh12-stack-AWSEBWorkerQueue-ABCDEFGH12");
        assert!(queues.dead_letters.len() <= 80);
    }
}
