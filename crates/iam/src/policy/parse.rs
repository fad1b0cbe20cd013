//! From a text to statements.
//!
//! Source: "Grammar of the IAM JSON policy language" in the IAM User Guide. The messages are AWS's where it has one for
//! the fault.

use std::collections::BTreeSet;

use super::condition::Condition;
use super::json::Json;
use super::pattern::{Pattern, Reading};
use super::{Effect, Kind, Listed, Statement, Who};
use crate::limits;

type Result<T> = std::result::Result<T, String>;

const SYNTAX: &str = "Syntax errors in policy.";

fn syntax<T>() -> Result<T> {
    Err(SYNTAX.to_owned())
}

pub(super) fn statements(text: &str, kind: Kind) -> Result<Vec<Statement>> {
    if text.len() > limits::DOCUMENT {
        return Err(format!("A policy is at most {} bytes.", limits::DOCUMENT));
    }
    let Ok(Json::Object(members)) = serde_json::from_str(text) else { return syntax() };
    let mut variables = false;
    let mut found = None;
    for (name, value) in members {
        match (name.as_str(), value) {
            ("Version", Json::Scalar { text, quoted: true }) => match text.as_str() {
                "2012-10-17" => variables = true,
                "2008-10-17" => {}
                _ => return Err("The policy must contain a valid version string".to_owned()),
            },
            ("Id", Json::Scalar { quoted: true, .. }) => {}
            ("Statement", Json::List(list)) => found = Some(list),
            ("Statement", one @ Json::Object(_)) => found = Some(vec![one]),
            _ => return syntax(),
        }
    }
    let list = match found {
        Some(list) if !list.is_empty() => list,
        _ => return syntax(),
    };
    let mut sids = BTreeSet::new();
    list.into_iter().map(|one| statement(one, kind, variables, &mut sids)).collect()
}

fn statement(value: Json, kind: Kind, variables: bool, sids: &mut BTreeSet<String>) -> Result<Statement> {
    let Json::Object(members) = value else { return syntax() };
    let mut effect = None;
    let mut principals = None;
    let mut actions = None;
    let mut resources = None;
    let mut conditions = Vec::new();
    for (name, value) in members {
        match name.as_str() {
            "Sid" => {
                let Json::Scalar { text, quoted: true } = value else { return syntax() };
                let plain = text.bytes().all(|b| b.is_ascii_alphanumeric());
                if !plain && matches!(kind, Kind::Identity | Kind::Trust) {
                    return Err("Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the \
                                regular expression [0-9A-Za-z]*"
                        .to_owned());
                }
                if !text.is_empty() && !sids.insert(text) {
                    return Err("Statement IDs (SID) in a single policy must be unique.".to_owned());
                }
            }
            "Effect" => {
                effect = match value {
                    Json::Scalar { text, quoted: true } if text == "Allow" => Some(Effect::Allow),
                    Json::Scalar { text, quoted: true } if text == "Deny" => Some(Effect::Deny),
                    _ => return syntax(),
                }
            }
            "Principal" | "NotPrincipal" => set(&mut principals, name == "NotPrincipal", whos(value)?)?,
            "Action" | "NotAction" => set(&mut actions, name == "NotAction", texts(value)?)?,
            "Resource" | "NotResource" => set(&mut resources, name == "NotResource", texts(value)?)?,
            "Condition" => conditions = self::conditions(value, variables)?,
            _ => return syntax(),
        }
    }
    let Some(effect) = effect else { return Err("Missing required field Effect".to_owned()) };
    let Some(actions) = actions else { return Err("Missing required field Action".to_owned()) };
    check_kind(kind, effect, &principals, &actions, resources.is_some())?;
    Ok(Statement {
        effect,
        principals,
        actions: patterns(actions, "actions", action)?,
        resources: resources
            .map(|listed| patterns(listed, "resources", |text| resource(text, variables)))
            .transpose()?,
        conditions,
    })
}

fn set<T>(place: &mut Option<Listed<T>>, negated: bool, items: Vec<T>) -> Result<()> {
    match place.replace(Listed { negated, items }) {
        None => Ok(()),
        Some(_) => syntax(),
    }
}

fn check_kind(
    kind: Kind,
    effect: Effect,
    principals: &Option<Listed<Who>>,
    actions: &Listed<String>,
    resources: bool,
) -> Result<()> {
    if matches!(principals, Some(listed) if listed.negated && effect == Effect::Allow) {
        return Err("NotPrincipal must be used with the effect Deny.".to_owned());
    }
    match kind {
        Kind::Identity if principals.is_some() => Err("Policy document should not specify a principal.".to_owned()),
        Kind::Identity if !resources => Err("Policy statement must contain resources.".to_owned()),
        Kind::Trust if resources => Err("Has prohibited field Resource".to_owned()),
        Kind::Trust if actions.negated => Err("Has prohibited field NotAction".to_owned()),
        Kind::Trust
            if !actions.items.iter().all(|action| {
                let action = action.to_ascii_lowercase();
                ["sts:assumerole", "sts:tagsession", "sts:setsourceidentity", "sts:*"]
                    .iter()
                    .any(|known| action.starts_with(known))
            }) =>
        {
            Err("AssumeRole policy may only specify STS AssumeRole actions.".to_owned())
        }
        Kind::Trust | Kind::Resource if principals.is_none() => Err("Missing required field Principal".to_owned()),
        Kind::Resource if !resources => Err("Missing required field Resource".to_owned()),
        _ => Ok(()),
    }
}

fn patterns(listed: Listed<String>, what: &str, parse: impl Fn(&str) -> Result<Pattern>) -> Result<Listed<Pattern>> {
    if listed.items.is_empty() {
        return Err(format!("Policy statement must contain {what}."));
    }
    let items = listed.items.iter().map(|text| parse(text)).collect::<Result<_>>()?;
    Ok(Listed { negated: listed.negated, items })
}

fn action(text: &str) -> Result<Pattern> {
    if text != "*" {
        let Some((vendor, name)) = text.split_once(':') else {
            return Err("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.".to_owned());
        };
        if name.contains(':') {
            return Err("Actions/Condition can contain only one colon.".to_owned());
        }
        let formed = !vendor.is_empty() && vendor.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if !formed && vendor != "*" {
            return Err(format!("Vendor {vendor} is not valid"));
        }
        let formed = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"*?-_".contains(&b));
        if !formed {
            return Err(format!("The action {text} is not valid."));
        }
    }
    Pattern::parse(text, Reading::Wild, false)
}

fn resource(text: &str, variables: bool) -> Result<Pattern> {
    if text != "*" && !text.starts_with("arn:") {
        return Err(format!("Resource {text} must be in ARN format or \"*\"."));
    }
    Pattern::parse(text, Reading::Resource, variables)
}

fn whos(value: Json) -> Result<Vec<Who>> {
    let members = match value {
        Json::Scalar { text, quoted: true } if text == "*" => return Ok(vec![Who::Everyone]),
        Json::Object(members) if !members.is_empty() => members,
        _ => return Err("Invalid principal in policy.".to_owned()),
    };
    let mut all = Vec::new();
    for (kind, value) in members {
        for text in texts(value)? {
            all.push(who(&kind, &text).ok_or_else(|| format!("Invalid principal in policy: \"{kind}\":\"{text}\""))?);
        }
    }
    Ok(all)
}

fn who(kind: &str, text: &str) -> Option<Who> {
    match kind {
        "AWS" if text == "*" => Some(Who::Everyone),
        "AWS" if text.parse::<aws::AccountId>().is_ok() => Some(Who::Account(text.to_owned())),
        "AWS" => {
            let arn = text.parse::<aws::Arn>().ok()?;
            if !matches!(arn.service.as_str(), "iam" | "sts") || arn.account.parse::<aws::AccountId>().is_err() {
                return None;
            }
            match arn.resource.as_str() {
                "root" => Some(Who::Account(arn.account)),
                // A principal is one: with a wildcard it would be as many as there ever will be.
                resource if resource.contains(['*', '?']) => None,
                _ => Some(Who::Arn(text.to_owned())),
            }
        }
        "Service" => {
            let formed = text.contains('.') && text.bytes().all(|b| b.is_ascii_alphanumeric() || b".-".contains(&b));
            formed.then(|| Who::Service(text.to_owned()))
        }
        "Federated" | "CanonicalUser" => Some(Who::Foreign),
        _ => None,
    }
}

fn conditions(value: Json, variables: bool) -> Result<Vec<Condition>> {
    let Json::Object(operators) = value else { return syntax() };
    let mut all = Vec::new();
    for (operator, value) in operators {
        let Json::Object(keys) = value else { return syntax() };
        for (key, value) in keys {
            all.push(Condition::parse(&operator, &key, &scalars(value)?, variables)?);
        }
    }
    Ok(all)
}

/// One text or a list of them.
fn texts(value: Json) -> Result<Vec<String>> {
    let text = |value| match value {
        Json::Scalar { text, quoted: true } => Ok(text),
        _ => syntax(),
    };
    match value {
        Json::List(list) => list.into_iter().map(text).collect(),
        one => Ok(vec![text(one)?]),
    }
}

/// The same, where numbers and truth values need no quotes.
fn scalars(value: Json) -> Result<Vec<String>> {
    let text = |value| match value {
        Json::Scalar { text, .. } => Ok(text),
        _ => syntax(),
    };
    match value {
        Json::List(list) => list.into_iter().map(text).collect(),
        one => Ok(vec![text(one)?]),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Policy;

    fn fault(result: crate::Result<Policy>) -> String {
        result.unwrap_err().to_string()
    }

    #[test]
    fn what_is_well_formed_is_taken() {
        for text in [
            r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#,
            r#"{"Version":"2012-10-17","Id":"x","Statement":[{"Sid":"A1","Effect":"Deny","NotAction":["s3:Get*"],"NotResource":["arn:aws:s3:::b/${aws:username}"],"Condition":{"Bool":{"aws:SecureTransport":false},"NumericLessThan":{"s3:max-keys":[1,"2"]}}}]}"#,
        ] {
            assert_eq!(Policy::identity(text).unwrap().text(), text);
        }
        Policy::trust(r#"{"Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com","AWS":["123456789012","arn:aws:iam::123456789012:user/a/b"]},"Action":"sts:AssumeRole"}]}"#).unwrap();
        Policy::resource(r#"{"Statement":[{"Sid":"may have blanks","Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}]}"#).unwrap();
    }

    #[test]
    fn faults_have_words() {
        let deep = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
        for (text, expected) in [
            ("", "Syntax errors in policy."),
            ("[]", "Syntax errors in policy."),
            (deep.as_str(), "Syntax errors in policy."),
            (r#"{"Version":"2012-10-17"}"#, "Syntax errors in policy."),
            (r#"{"Statement":[]}"#, "Syntax errors in policy."),
            (r#"{"Version":"2020-01-01","Statement":[]}"#, "The policy must contain a valid version string"),
            (
                r#"{"Statement":{"Effect":"Allow","Effect":"Deny","Action":"*","Resource":"*"}}"#,
                "Syntax errors in policy.",
            ),
            (r#"{"Statement":{"Effect":"allow","Action":"*","Resource":"*"}}"#, "Syntax errors in policy."),
            (
                r#"{"Statement":{"Effect":"Allow","Action":"*","NotAction":"*","Resource":"*"}}"#,
                "Syntax errors in policy.",
            ),
            (r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Extra":1}}"#, "Syntax errors in policy."),
            (r#"{"Statement":{"Action":"*","Resource":"*"}}"#, "Missing required field Effect"),
            (r#"{"Statement":{"Effect":"Allow","Resource":"*"}}"#, "Missing required field Action"),
            (r#"{"Statement":{"Effect":"Allow","Action":"*"}}"#, "Policy statement must contain resources."),
            (
                r#"{"Statement":{"Effect":"Allow","Action":[],"Resource":"*"}}"#,
                "Policy statement must contain actions.",
            ),
            (
                r#"{"Statement":{"Effect":"Allow","Action":"Get","Resource":"*"}}"#,
                "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
            ),
            (
                r#"{"Statement":{"Effect":"Allow","Action":"a:b:c","Resource":"*"}}"#,
                "Actions/Condition can contain only one colon.",
            ),
            (r#"{"Statement":{"Effect":"Allow","Action":"a b:c","Resource":"*"}}"#, "Vendor a b is not valid"),
            (
                r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"bucket"}}"#,
                "Resource bucket must be in ARN format or \"*\".",
            ),
            (
                r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}"#,
                "Policy document should not specify a principal.",
            ),
            (
                r#"{"Statement":[{"Sid":"a","Effect":"Allow","Action":"*","Resource":"*"},{"Sid":"a","Effect":"Allow","Action":"*","Resource":"*"}]}"#,
                "Statement IDs (SID) in a single policy must be unique.",
            ),
            (
                r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringIs":{"aws:x":"y"}}}}"#,
                "Invalid Condition type : StringIs.",
            ),
        ] {
            assert_eq!(fault(Policy::identity(text)), expected, "{text}");
        }
        let trust = |principal: &str, action: &str| {
            Policy::trust(&format!(r#"{{"Statement":{{"Effect":"Allow",{principal}"Action":"{action}"}}}}"#))
        };
        assert_eq!(fault(trust("", "sts:AssumeRole")), "Missing required field Principal");
        assert_eq!(
            fault(trust(r#""Principal":"*","#, "s3:GetObject")),
            "AssumeRole policy may only specify STS AssumeRole actions."
        );
        assert_eq!(
            fault(trust(r#""Principal":{"AWS":"arn:aws:iam::123456789012:user/*"},"#, "sts:AssumeRole")),
            "Invalid principal in policy: \"AWS\":\"arn:aws:iam::123456789012:user/*\""
        );
        assert_eq!(
            fault(trust(r#""NotPrincipal":{"AWS":"123456789012"},"#, "sts:AssumeRole")),
            "NotPrincipal must be used with the effect Deny."
        );
        assert_eq!(
            fault(trust(r#""Principal":"*","Resource":"*","#, "sts:AssumeRole")),
            "Has prohibited field Resource"
        );
    }

    #[test]
    fn white_space_does_not_count() {
        assert_eq!(
            Policy::identity("{ \"Statement\": { \"Effect\": \"Allow\",\n\"Action\": \"*\", \"Resource\": \"*\" } }")
                .unwrap()
                .size(),
            r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#.len()
        );
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_or_refused(text in r#"[{}\[\]:,"a-zA-Z*$0-9 ]{0,80}"#) {
            let _ = Policy::identity(&text);
            let _ = Policy::resource(&text);
        }

        #[test]
        fn any_value_in_any_place_is_parsed_or_refused(
            name in "Sid|Effect|Action|NotAction|Resource|Principal|NotPrincipal|Condition",
            value in r#"(\{"[A-Za-z:]{0,20}":)?(\{"[a-z:]{0,9}":)?\["?[a-z0-9:*$\{\}]{0,20}"?\]\}?\}?|"[ -~]{0,30}""#,
        ) {
            let text = format!(r#"{{"Statement":{{"Effect":"Deny","{name}":{value}}}}}"#);
            for parse in [Policy::identity, Policy::trust, Policy::resource] {
                let _ = parse(&text);
            }
        }
    }
}
