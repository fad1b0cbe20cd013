//! The decision: all policies that have a say, one request, allowed or not and why.
//!
//! Source: "Policy evaluation logic" and "Permissions boundaries for IAM entities" in the IAM User Guide. One account
//! is all there is, so nothing here is about requests from one account into another.

use std::collections::BTreeMap;
use std::fmt;

use crate::policy::context::Context;
use crate::policy::{Effect, Listed, Policy, Statement, Who};
use crate::principal::Principal;

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Access<'a> {
    /// `elasticbeanstalk:CreateEnvironment`.
    pub action: &'a str,
    /// An ARN, or `*` where the action is on no resource.
    pub resource: &'a str,
    /// What else is known of the request, by condition key. What is known of who asks is added here.
    pub context: BTreeMap<String, Vec<String>>,
    /// What the resource itself has to say.
    pub resource_policy: Option<&'a Policy>,
}

/// Somebody may not do something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denied {
    /// The ARN of who asked.
    pub principal: String,
    /// What for.
    pub action: String,
    /// On what.
    pub resource: String,
    /// Why not.
    pub reason: Reason,
}

/// Why something is denied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// A policy of this kind says so.
    Explicit(Layer),
    /// No policy of this kind allows it.
    Missing(Layer),
}

/// Kinds of policies that have a say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layer {
    /// Those of the user, its groups, or the role.
    Identity,
    /// The most that the user or role may be allowed.
    Boundary,
    /// The most that the session may do.
    Session,
    /// The resource's.
    Resource,
    /// The role's own, of who may assume it.
    Trust,
}

impl Layer {
    fn named(self) -> (&'static str, &'static str) {
        match self {
            Self::Identity => ("an", "identity-based policy"),
            Self::Boundary => ("a", "permissions boundary"),
            Self::Session => ("a", "session policy"),
            Self::Resource => ("a", "resource-based policy"),
            Self::Trust => ("the", "role trust policy"),
        }
    }
}

impl std::error::Error for Denied {}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { principal, action, resource, reason } = self;
        write!(f, "User: {principal} is not authorized to perform: {action}")?;
        if resource != "*" {
            write!(f, " on resource: {resource}")?;
        }
        match reason {
            Reason::Explicit(layer) => {
                let (article, policy) = layer.named();
                write!(f, " with an explicit deny in {article} {policy}")
            }
            Reason::Missing(layer) => write!(f, " because no {} allows the {action} action", layer.named().1),
        }
    }
}

/// The policies that have a say in one request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Policies<'a> {
    pub(crate) identity: Vec<&'a Policy>,
    pub(crate) boundary: Option<&'a Policy>,
    /// Empty: the session may all that its role may.
    pub(crate) session: &'a [Policy],
    pub(crate) resource: Option<&'a Policy>,
    /// The role that is to be assumed is of another opinion than a bucket: without its word nobody may.
    pub(crate) trust: Option<&'a Policy>,
}

/// How a resource's policy means somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Meant {
    /// By the account: whoever in it is allowed to by its own policies, too.
    Account,
    /// By the role: as if the role's own policies allowed it.
    Role,
    /// By name: whatever other policies do not allow.
    Directly,
}

/// Decides.
pub(crate) fn evaluate(
    policies: &Policies<'_>,
    who: &Principal,
    action: &str,
    resource: &str,
    context: &Context,
) -> Result<(), Reason> {
    if matches!(who, Principal::Root { .. }) && policies.trust.is_none() {
        return Ok(());
    }
    let says = |policy: &Policy, effect: Effect| {
        policy.statements().iter().any(|one| one.effect == effect && one.concerns(action, resource, context))
    };
    let denied = |policy: &Policy| says(policy, Effect::Deny);
    let allowed = |policy: &Policy| says(policy, Effect::Allow);

    if policies.identity.iter().any(|policy| denied(policy)) {
        return Err(Reason::Explicit(Layer::Identity));
    }
    if policies.boundary.is_some_and(denied) {
        return Err(Reason::Explicit(Layer::Boundary));
    }
    if policies.session.iter().any(denied) {
        return Err(Reason::Explicit(Layer::Session));
    }
    let mut granted = None;
    for (policy, layer) in [(policies.resource, Layer::Resource), (policies.trust, Layer::Trust)] {
        let Some(policy) = policy else { continue };
        let mut here = None;
        for one in policy.statements().iter().filter(|one| one.concerns(action, resource, context)) {
            match (one.effect, meant(one, who)) {
                (_, None) => {}
                (Effect::Deny, Some(_)) => return Err(Reason::Explicit(layer)),
                (Effect::Allow, how) => here = here.max(how),
            }
        }
        if layer == Layer::Trust && here.is_none() {
            return Err(Reason::Missing(Layer::Trust));
        }
        granted = granted.max(here);
    }
    if granted == Some(Meant::Directly) {
        return Ok(());
    }
    if policies.boundary.is_some_and(|policy| !allowed(policy)) {
        return Err(Reason::Missing(Layer::Boundary));
    }
    if !policies.session.is_empty() && !policies.session.iter().any(allowed) {
        return Err(Reason::Missing(Layer::Session));
    }
    if granted == Some(Meant::Role) || policies.identity.iter().any(|policy| allowed(policy)) {
        return Ok(());
    }
    match who {
        Principal::Anonymous | Principal::Service { .. } => Err(Reason::Missing(Layer::Resource)),
        _ => Err(Reason::Missing(Layer::Identity)),
    }
}

/// Whether and how a statement of a resource's policy means somebody.
fn meant(statement: &Statement, who: &Principal) -> Option<Meant> {
    match &statement.principals {
        Some(listed) if listed.negated => (!spared(listed, who)).then_some(Meant::Account),
        Some(listed) => listed.items.iter().filter_map(|one| named(one, who)).max(),
        None => None,
    }
}

fn named(one: &Who, who: &Principal) -> Option<Meant> {
    match (one, who) {
        (Who::Everyone, Principal::AssumedRole { .. }) => Some(Meant::Role),
        (Who::Everyone, _) => Some(Meant::Directly),
        (Who::Account(account), Principal::Root { account: own }) if account == own.as_str() => Some(Meant::Directly),
        (Who::Account(account), who) if who.account().is_some_and(|own| own.as_str() == account) => {
            Some(Meant::Account)
        }
        (Who::Arn(arn), Principal::User { .. } | Principal::AssumedRole { .. }) if *arn == who.arn() => {
            Some(Meant::Directly)
        }
        (Who::Arn(arn), Principal::AssumedRole { .. }) if who.principal_arn().as_ref() == Some(arn) => {
            Some(Meant::Role)
        }
        (Who::Service(service), Principal::Service { name }) if service == name => Some(Meant::Directly),
        _ => None,
    }
}

/// Whether `NotPrincipal` leaves somebody out: all that somebody is must be in it, the account, too.
///
/// Source: "IAM JSON policy elements: NotPrincipal".
fn spared(listed: &Listed<Who>, who: &Principal) -> bool {
    let all = &listed.items;
    let account = || who.account().is_some_and(|own| all.contains(&Who::Account(own.to_string())));
    let arn = |arn: Option<String>| arn.is_some_and(|arn| all.contains(&Who::Arn(arn)));
    all.contains(&Who::Everyone)
        || match who {
            Principal::Anonymous => false,
            Principal::Service { name } => all.contains(&Who::Service(name.clone())),
            Principal::Root { .. } => account(),
            Principal::User { .. } => account() && arn(Some(who.arn())),
            Principal::AssumedRole { .. } => account() && arn(who.principal_arn()) && arn(Some(who.arn())),
        }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn account() -> aws::AccountId {
        "123456789012".parse().unwrap()
    }

    fn user(name: &str) -> Principal {
        Principal::User {
            account: account(),
            id: crate::UserId::random(),
            name: name.parse().unwrap(),
            path: crate::Path::default(),
            session: None,
        }
    }

    fn session(policies: &[Policy]) -> Principal {
        Principal::AssumedRole {
            account: account(),
            id: crate::RoleId::random(),
            name: "builder".parse().unwrap(),
            path: "/ci/".parse().unwrap(),
            session: "nightly".parse().unwrap(),
            began: words::Timestamp::from_nanos(0).unwrap(),
            policies: policies.to_vec(),
            tags: crate::Tags::default(),
        }
    }

    fn identity(effect: &str, action: &str, resource: &str) -> Policy {
        Policy::identity(&format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"{effect}","Action":"{action}","Resource":"{resource}"}}]}}"#
        ))
        .unwrap()
    }

    fn bucket(effect: &str, principal: &str) -> Policy {
        Policy::resource(&format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"{effect}",{principal},"Action":"s3:*","Resource":"*"}}]}}"#
        ))
        .unwrap()
    }

    const ACTION: &str = "s3:GetObject";
    const OBJECT: &str = "arn:aws:s3:::bucket/key";

    fn ask(policies: &Policies<'_>, who: &Principal) -> Result<(), Reason> {
        evaluate(policies, who, ACTION, OBJECT, &Context::default())
    }

    #[test]
    fn policies_of_the_user() {
        for (policies, expected) in [
            (vec![], Err(Reason::Missing(Layer::Identity))),
            (vec![identity("Allow", "*", "*")], Ok(())),
            (vec![identity("Allow", "S3:getobject", "*")], Ok(())),
            (vec![identity("Allow", "s3:Get*", "arn:aws:s3:::bucket/*")], Ok(())),
            (vec![identity("Allow", "s3:GetObject", "arn:aws:s3:::bucket")], Err(Reason::Missing(Layer::Identity))),
            (vec![identity("Allow", "s3:GetObject?", "*")], Err(Reason::Missing(Layer::Identity))),
            (vec![identity("Allow", "s3:PutObject", "*")], Err(Reason::Missing(Layer::Identity))),
            (vec![identity("Allow", "*", "*"), identity("Deny", "s3:*", "*")], Err(Reason::Explicit(Layer::Identity))),
            (vec![identity("Allow", "*", "*"), identity("Deny", "s3:Put*", "*")], Ok(())),
        ] {
            let all = Policies { identity: policies.iter().collect(), ..Policies::default() };
            assert_eq!(ask(&all, &user("bob")), expected, "{policies:?}");
        }
    }

    #[test]
    fn opposites() {
        let policy = |effect: &str, rest: &str| {
            Policy::identity(&format!(r#"{{"Statement":{{"Effect":"{effect}",{rest}}}}}"#)).unwrap()
        };
        for (policy, expected) in [
            (policy("Allow", r#""NotAction":"iam:*","Resource":"*""#), Ok(())),
            (policy("Allow", r#""NotAction":"s3:*","Resource":"*""#), Err(Reason::Missing(Layer::Identity))),
            (policy("Allow", r#""Action":"*","NotResource":"arn:aws:s3:::other/*""#), Ok(())),
            (
                policy("Allow", r#""Action":"*","NotResource":"arn:aws:s3:::bucket/*""#),
                Err(Reason::Missing(Layer::Identity)),
            ),
            (policy("Deny", r#""NotAction":"iam:*","Resource":"*""#), Err(Reason::Explicit(Layer::Identity))),
        ] {
            let all = Policies { identity: vec![&policy], ..Policies::default() };
            assert_eq!(ask(&all, &user("bob")), expected, "{policy:?}");
        }
    }

    #[test]
    fn what_bounds() {
        let everything = identity("Allow", "*", "*");
        let nothing_here = identity("Allow", "iam:*", "*");
        let no = identity("Deny", "s3:*", "*");
        let all =
            |boundary, session| Policies { identity: vec![&everything], boundary, session, ..Policies::default() };
        let who = user("bob");
        assert_eq!(ask(&all(Some(&everything), &[]), &who), Ok(()));
        assert_eq!(ask(&all(Some(&nothing_here), &[]), &who), Err(Reason::Missing(Layer::Boundary)));
        assert_eq!(ask(&all(Some(&no), &[]), &who), Err(Reason::Explicit(Layer::Boundary)));
        let two = [nothing_here.clone(), everything.clone()];
        assert_eq!(ask(&all(None, &two), &who), Ok(()));
        assert_eq!(ask(&all(None, &two[..1]), &who), Err(Reason::Missing(Layer::Session)));
        // What bounds gives nothing.
        let only = Policies { boundary: Some(&everything), session: &two, ..Policies::default() };
        assert_eq!(ask(&only, &who), Err(Reason::Missing(Layer::Identity)));
    }

    #[test]
    fn policies_of_the_resource() {
        let bob = r#""Principal":{"AWS":"arn:aws:iam::123456789012:user/bob"}"#;
        let role = r#""Principal":{"AWS":"arn:aws:iam::123456789012:role/ci/builder"}"#;
        let of_session = r#""Principal":{"AWS":"arn:aws:sts::123456789012:assumed-role/builder/nightly"}"#;
        let own_account = r#""Principal":{"AWS":"123456789012"}"#;
        let other_account = r#""Principal":{"AWS":"arn:aws:iam::999999999999:root"}"#;
        let service = r#""Principal":{"Service":"ec2.amazonaws.com"}"#;
        let by_nobody = Err(Reason::Missing(Layer::Identity));
        let ec2 = Principal::Service { name: "ec2.amazonaws.com".into() };
        for (principal, who, expected) in [
            (bob, user("bob"), Ok(())),
            (bob, user("eve"), by_nobody),
            (r#""Principal":"*""#, user("eve"), Ok(())),
            (r#""Principal":"*""#, Principal::Anonymous, Ok(())),
            (bob, Principal::Anonymous, Err(Reason::Missing(Layer::Resource))),
            (own_account, user("bob"), by_nobody),
            (other_account, user("bob"), by_nobody),
            (role, session(&[]), Ok(())),
            (of_session, session(&[]), Ok(())),
            (service, ec2, Ok(())),
            (service, user("bob"), by_nobody),
        ] {
            let policy = bucket("Allow", principal);
            let all = Policies { resource: Some(&policy), ..Policies::default() };
            assert_eq!(ask(&all, &who), expected, "{principal} {who:?}");
        }
        // A grant to a role is bounded by its session, one to the session is not.
        let narrow = [identity("Allow", "iam:*", "*")];
        for (principal, expected) in [(role, Err(Reason::Missing(Layer::Session))), (of_session, Ok(()))] {
            let policy = bucket("Allow", principal);
            let all = Policies { resource: Some(&policy), session: &narrow, ..Policies::default() };
            assert_eq!(ask(&all, &session(&narrow)), expected, "{principal}");
        }
    }

    #[test]
    fn all_but_some_are_denied() {
        let everything = identity("Allow", "*", "*");
        let account = r#""123456789012""#;
        let bob = r#""arn:aws:iam::123456789012:user/bob""#;
        for (listed, who, expected) in [
            (format!("[{account},{bob}]"), user("bob"), Ok(())),
            (format!("[{account},{bob}]"), user("eve"), Err(Reason::Explicit(Layer::Resource))),
            (format!("[{bob}]"), user("bob"), Err(Reason::Explicit(Layer::Resource))),
            (format!("[{account}]"), session(&[]), Err(Reason::Explicit(Layer::Resource))),
            (r#""*""#.to_owned(), user("bob"), Ok(())),
        ] {
            let policy = bucket("Deny", &format!(r#""NotPrincipal":{{"AWS":{listed}}}"#));
            let all = Policies { identity: vec![&everything], resource: Some(&policy), ..Policies::default() };
            assert_eq!(ask(&all, &who), expected, "{listed} {who:?}");
        }
    }

    #[test]
    fn nobody_becomes_a_role_without_its_word() {
        let everything = identity("Allow", "*", "*");
        let trust = |principal: &str| {
            Policy::trust(&format!(
                r#"{{"Statement":{{"Effect":"Allow","Principal":{principal},"Action":"sts:AssumeRole"}}}}"#
            ))
            .unwrap()
        };
        let ask = |trust: &Policy, identity: Vec<&Policy>, who: &Principal| {
            let all = Policies { identity, trust: Some(trust), ..Policies::default() };
            evaluate(&all, who, "sts:AssumeRole", "arn:aws:iam::123456789012:role/x", &Context::default())
        };
        let (by_name, by_account, others) = (
            trust(r#"{"AWS":"arn:aws:iam::123456789012:user/bob"}"#),
            trust(r#"{"AWS":"123456789012"}"#),
            trust(r#"{"Service":"ec2.amazonaws.com"}"#),
        );
        let bob = user("bob");
        assert_eq!(ask(&by_name, vec![], &bob), Ok(()));
        assert_eq!(ask(&by_account, vec![], &bob), Err(Reason::Missing(Layer::Identity)));
        assert_eq!(ask(&by_account, vec![&everything], &bob), Ok(()));
        assert_eq!(ask(&others, vec![&everything], &bob), Err(Reason::Missing(Layer::Trust)));
        let root = Principal::Root { account: account() };
        assert_eq!(ask(&others, vec![], &root), Err(Reason::Missing(Layer::Trust)));
    }

    #[test]
    fn a_refusal_reads_as_aws_writes_it() {
        let denied = Denied {
            principal: user("bob").arn(),
            action: ACTION.into(),
            resource: OBJECT.into(),
            reason: Reason::Missing(Layer::Identity),
        };
        assert_eq!(
            denied.to_string(),
            "User: arn:aws:iam::123456789012:user/bob is not authorized to perform: s3:GetObject on resource: \
             arn:aws:s3:::bucket/key because no identity-based policy allows the s3:GetObject action"
        );
        let denied = Denied { resource: "*".into(), reason: Reason::Explicit(Layer::Session), ..denied };
        assert_eq!(
            denied.to_string(),
            "User: arn:aws:iam::123456789012:user/bob is not authorized to perform: s3:GetObject with an explicit \
             deny in a session policy"
        );
    }

    fn some_policy() -> impl Strategy<Value = Policy> {
        let effect = prop_oneof![Just("Allow"), Just("Deny")];
        let action = prop_oneof![Just("*"), Just("s3:*"), Just("s3:Get*"), Just("s3:Put*"), Just("iam:*")];
        let resource =
            prop_oneof![Just("*"), Just("arn:aws:s3:::bucket/*"), Just("arn:aws:s3:::*"), Just("arn:aws:s3:::x")];
        (effect, action, resource).prop_map(|(effect, action, resource)| identity(effect, action, resource))
    }

    proptest! {
        #[test]
        fn an_added_deny_never_allows(
            own in prop::collection::vec(some_policy(), 0..5),
            boundary in prop::option::of(some_policy()),
            action in "s3:\\*|\\*|s3:Get\\*|iam:\\*",
        ) {
            let before = Policies { identity: own.iter().collect(), boundary: boundary.as_ref(), ..Policies::default() };
            let deny = identity("Deny", &action, "*");
            let mut after = before.clone();
            after.identity.push(&deny);
            let who = user("bob");
            prop_assert!(ask(&before, &who).is_ok() || ask(&after, &who).is_err());
            if action != "iam:*" {
                prop_assert!(ask(&after, &who).is_err());
            }
        }

        #[test]
        fn the_order_does_not_matter(own in prop::collection::vec(some_policy(), 0..6)) {
            let forward = Policies { identity: own.iter().collect(), ..Policies::default() };
            let backward = Policies { identity: own.iter().rev().collect(), ..Policies::default() };
            prop_assert_eq!(ask(&forward, &user("bob")), ask(&backward, &user("bob")));
        }

        #[test]
        fn what_bounds_never_widens(
            own in prop::collection::vec(some_policy(), 0..4),
            boundary in some_policy(),
            session in prop::collection::vec(some_policy(), 1..4),
        ) {
            let free = Policies { identity: own.iter().collect(), ..Policies::default() };
            let bounded = Policies { boundary: Some(&boundary), session: &session, ..free.clone() };
            let who = user("bob");
            prop_assert!(ask(&free, &who).is_ok() || ask(&bounded, &who).is_err());
        }
    }
}
