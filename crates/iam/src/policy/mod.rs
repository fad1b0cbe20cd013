//! Policies: documents that say who may do what to which resources, and when.
//!
//! Source: "IAM JSON policy element reference" in the IAM User Guide.

pub(crate) mod condition;
pub(crate) mod context;
mod json;
mod parse;
pub(crate) mod pattern;

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use condition::Condition;
use context::Context;
use pattern::Pattern;

/// A policy, parsed once, and the text that it was parsed from. Clones share it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Policy(Arc<Parsed>);

struct Parsed {
    text: String,
    statements: Vec<Statement>,
}

/// What a policy is attached to, on which hangs what it must and must not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A user, group, role or session: says nothing of principals.
    Identity,
    /// A role, to say who may assume it: says nothing of resources.
    Trust,
    /// A resource, such as a bucket.
    Resource,
    /// Any of these: what the store has was of the right kind when it was stored.
    Any,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    Allow,
    Deny,
}

#[derive(Debug, Clone)]
pub(crate) struct Statement {
    pub(crate) effect: Effect,
    pub(crate) principals: Option<Listed<Who>>,
    actions: Listed<Pattern>,
    /// Trust policies have none: they are about their role.
    resources: Option<Listed<Pattern>>,
    conditions: Vec<Condition>,
}

/// An element or its opposite: `Action` and `NotAction`.
#[derive(Debug, Clone)]
pub(crate) struct Listed<T> {
    pub(crate) negated: bool,
    pub(crate) items: Vec<T>,
}

/// Who a statement of a resource's or a role's policy is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Who {
    Everyone,
    /// Whoever the account lets: its id, or the ARN of its root.
    Account(String),
    /// One user, role, or session of a role.
    Arn(String),
    Service(String),
    /// Identity providers and the canonical users of S3: nobody here is one.
    Foreign,
}

impl Listed<Pattern> {
    fn include(&self, text: &str, fold: bool, context: &Context) -> bool {
        self.items.iter().any(|pattern| pattern.matches(text, fold, context)) != self.negated
    }
}

impl Statement {
    /// Whether it speaks of this, whoever asks.
    pub(crate) fn concerns(&self, action: &str, resource: &str, context: &Context) -> bool {
        self.actions.include(action, true, context)
            && self.resources.as_ref().is_none_or(|resources| resources.include(resource, false, context))
            && self.conditions.iter().all(|condition| condition.holds(context))
    }
}

impl Policy {
    /// The policy of a user, a group, a role or a session.
    ///
    /// # Errors
    /// [`Error::MalformedPolicyDocument`].
    pub fn identity(text: &str) -> Result<Self> {
        Self::parse(text, Kind::Identity)
    }

    /// The policy of a role that says who may assume it.
    ///
    /// # Errors
    /// [`Error::MalformedPolicyDocument`].
    pub fn trust(text: &str) -> Result<Self> {
        Self::parse(text, Kind::Trust)
    }

    /// The policy of a resource, such as a bucket.
    ///
    /// # Errors
    /// [`Error::MalformedPolicyDocument`].
    pub fn resource(text: &str) -> Result<Self> {
        Self::parse(text, Kind::Resource)
    }

    fn parse(text: &str, kind: Kind) -> Result<Self> {
        let statements = parse::statements(text, kind).map_err(Error::MalformedPolicyDocument)?;
        Ok(Self(Arc::new(Parsed { text: text.to_owned(), statements })))
    }

    /// The document as it was given.
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// Characters that are no white space: what AWS's quotas count.
    pub fn size(&self) -> usize {
        self.0.text.chars().filter(|c| !c.is_whitespace()).count()
    }

    pub(crate) fn statements(&self) -> &[Statement] {
        &self.0.statements
    }
}

impl TryFrom<String> for Policy {
    type Error = Error;
    fn try_from(text: String) -> Result<Self> {
        Self::parse(&text, Kind::Any)
    }
}

impl From<Policy> for String {
    fn from(policy: Policy) -> String {
        policy.0.text.clone()
    }
}

impl PartialEq for Policy {
    fn eq(&self, other: &Self) -> bool {
        self.0.text == other.0.text
    }
}

impl Eq for Policy {}

impl fmt::Debug for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Policy").field(&self.0.text).finish()
    }
}
