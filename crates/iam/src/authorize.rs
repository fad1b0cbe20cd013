//! From somebody who asks to the policies that have a say.

use std::collections::BTreeMap;

use words::Timestamp;

use crate::evaluate::{Denied, Layer, Policies, Reason, evaluate};
use crate::policy::Policy;
use crate::policy::context::Context;
use crate::principal::Principal;
use crate::state::State;
use crate::tags::Tags;

/// What the thing that is asked for has to say.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Judges<'a> {
    pub(crate) resource: Option<&'a Policy>,
    pub(crate) trust: Option<&'a Policy>,
}

/// Decides by the state.
pub(crate) fn allowed(
    state: &State,
    who: &Principal,
    action: &str,
    resource: &str,
    context: &Context,
    judges: Judges<'_>,
) -> Result<(), Denied> {
    decide(state, who, action, resource, context, judges).map_err(|reason| Denied {
        principal: who.arn(),
        action: action.to_owned(),
        resource: resource.to_owned(),
        reason,
    })
}

fn decide(
    state: &State,
    who: &Principal,
    action: &str,
    resource: &str,
    context: &Context,
    judges: Judges<'_>,
) -> Result<(), Reason> {
    let mut policies = Policies { resource: judges.resource, trust: judges.trust, ..Policies::default() };
    let mut boundary = None;
    match who {
        Principal::Anonymous | Principal::Root { .. } | Principal::Service { .. } => {}
        Principal::User { id, name, session, .. } => {
            // Who was deleted may nothing, whatever a resource says: whoever has the name now is somebody else.
            let user = state.user_of(id, name).ok_or(Reason::Missing(Layer::Identity))?;
            if session.is_some() && withheld(action) {
                return Err(Reason::Missing(Layer::Session));
            }
            let groups = user.groups.iter().filter_map(|group| state.groups.get(group));
            for grants in std::iter::once(&user.grants).chain(groups.map(|group| &group.grants)) {
                policies.identity.extend(grants.inline.values());
                policies.identity.extend(grants.attached.iter().filter_map(|arn| state.document(arn)));
            }
            boundary = user.boundary.as_ref();
        }
        Principal::AssumedRole { id, name, policies: session, .. } => {
            let role = state.roles.get(name).filter(|role| role.id == *id).ok_or(Reason::Missing(Layer::Identity))?;
            policies.identity.extend(role.grants.inline.values());
            policies.identity.extend(role.grants.attached.iter().filter_map(|arn| state.document(arn)));
            policies.session = session;
            boundary = role.boundary.as_ref();
        }
    }
    if let Some(arn) = boundary {
        policies.boundary = Some(state.document(arn).ok_or(Reason::Missing(Layer::Boundary))?);
    }
    evaluate(&policies, who, action, resource, context)
}

/// What the session of a user may not, whatever the user may. Source: "GetSessionToken", for sessions without a second
/// factor, which there is none of here.
fn withheld(action: &str) -> bool {
    let action = action.to_ascii_lowercase();
    action.starts_with("iam:")
        || action.starts_with("sts:") && !matches!(action.as_str(), "sts:assumerole" | "sts:getcalleridentity")
}

/// What the caller knows of a request, and what is known of who asks, which the caller cannot gainsay.
///
/// Source: "AWS global condition context keys" in the IAM User Guide.
pub(crate) fn known_context(
    state: &State,
    who: &Principal,
    given: &BTreeMap<String, Vec<String>>,
    now: Timestamp,
) -> Context {
    let mut context = Context::new(given);
    context.forget("aws:Principal");
    for key in ["aws:username", "aws:userid", "aws:TokenIssueTime", "aws:MultiFactorAuthPresent"] {
        context.forget(key);
    }
    context.set_default("aws:CurrentTime", || now.to_string());
    context.set_default("aws:EpochTime", || now.seconds().to_string());
    context.set("aws:PrincipalIsAWSService", [matches!(who, Principal::Service { .. }).to_string()]);
    if let Some(account) = who.account() {
        context.set("aws:PrincipalAccount", [account.as_str()]);
    }
    if let Some(arn) = who.principal_arn() {
        context.set("aws:PrincipalArn", [arn]);
    }
    context.set("aws:userid", [who.user_id()]);
    let kind = match who {
        Principal::Anonymous => "Anonymous",
        Principal::Root { .. } => "Account",
        Principal::Service { name } => {
            context.set("aws:PrincipalServiceName", [name.as_str()]);
            "Service"
        }
        Principal::User { id, name, session, .. } => {
            if let Some(user) = state.user_of(id, name) {
                context.set("aws:username", [user.name.as_str()]);
                principal_tags(&mut context, &user.tags);
            }
            if let Some(began) = session {
                temporary(&mut context, *began);
            }
            "User"
        }
        Principal::AssumedRole { id, name, began, tags, .. } => {
            if let Some(role) = state.roles.get(name).filter(|role| role.id == *id) {
                principal_tags(&mut context, &role.tags);
            }
            // The session's own come over the role's.
            principal_tags(&mut context, tags);
            temporary(&mut context, *began);
            "AssumedRole"
        }
    };
    context.set("aws:PrincipalType", [kind]);
    context
}

fn principal_tags(context: &mut Context, tags: &Tags) {
    for (key, value) in tags.iter() {
        context.set(&format!("aws:PrincipalTag/{key}"), [value]);
    }
}

fn temporary(context: &mut Context, began: Timestamp) {
    context.set("aws:TokenIssueTime", [began.to_string()]);
    context.set("aws:MultiFactorAuthPresent", ["false"]);
}
