//! What clients of Amazon's services send: signatures, parameters, documents, policies.

use aws_api::access::{Credential, Principal};
use aws_api::codec::query::{Parameters, Reader};
use aws_api::codec::shape::{Model, OperationModel, Protocol};
use aws_api::codec::{Value, cbor, json, validate};
use aws_api::generated::MODELS;
use aws_api::sign::{Claim, Request, sha256};
use http::{HeaderMap, HeaderName, HeaderValue};
use iam::Policy;
use words::{Secret, Timestamp};

/// An operation that the first two bytes choose, and the rest.
fn operation(bytes: &[u8]) -> Option<(&'static Model, &'static OperationModel, &[u8])> {
    let [model, operation, rest @ ..] = bytes else { return None };
    let model = MODELS.get(usize::from(*model) % MODELS.len())?;
    Some((model, model.operations.get(usize::from(*operation) % model.operations.len())?, rest))
}

/// How many values there are.
fn size(value: &Value) -> usize {
    1 + match value {
        Value::List(values) => values.iter().map(size).sum(),
        Value::Map(entries) => entries.values().map(size).sum(),
        Value::Structure(members) => members.iter().flatten().map(size).sum(),
        _ => 0,
    }
}

/// The head of a signed request: `METHOD PATH?QUERY`, then headers, a line each; then a body. A claim that holds is that
/// of the key that it names, and holds no more when its body is another.
pub fn signature(bytes: &[u8]) {
    let end = bytes.windows(2).position(|two| two == b"\n\n").unwrap_or(bytes.len());
    let (head, body) = (&bytes[..end], bytes.get(end + 2..).unwrap_or_default());
    let Ok(head) = std::str::from_utf8(head) else { return };
    let mut lines = head.lines();
    let (method, target) = lines.next().and_then(|line| line.split_once(' ')).unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut headers = HeaderMap::new();
    for (name, value) in lines.filter_map(|line| line.split_once(": ")).take(64) {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value)) {
            headers.append(name, value);
        }
    }
    let request = Request { method, path, query, headers: &headers };
    let Ok(Some(claim)) = Claim::read(&request) else { return };
    let _ = claim.payload(&request);
    let Ok(account) = "123456789012".parse::<aws::AccountId>() else { return };
    let Ok(now) = "2015-08-30T12:36:00Z".parse::<Timestamp>() else { return };
    let check = |payload: &str| {
        let principal = Principal::Root { account: account.clone() };
        let secret = Secret::new("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned());
        claim.check(&request, payload, None, now, Some(Credential { secret, principal, session_token: None })).is_ok()
    };
    let digest = sha256(body);
    // An old presigned URL of S3 does not sign its body at all.
    if check(&digest) && claim.region().is_some() {
        assert!(!check(&sha256(&[body, b"x"].concat())));
    }
    let _ = claim.check(&request, &digest, Some("bucket"), now, None);
}

/// Two bytes that choose an operation, and a form. What is read of it is no more than was sent, and its model's bounds
/// can be checked.
pub fn parameters(bytes: &[u8]) {
    let Some((model, operation, form)) = operation(bytes) else { return };
    let Ok(parameters) = Parameters::parse(form) else { return };
    let reader = Reader { ec2: model.protocol == Protocol::Ec2 };
    if let Ok(value) = reader.read(operation.input, &parameters) {
        assert!(size(&value) <= 2 * form.len() + 2);
        let _ = validate::check(model, operation.input, &value);
    }
}

/// Two bytes that choose an operation, and a document in JSON or CBOR.
pub fn shapes(bytes: &[u8]) {
    let Some((model, operation, document)) = operation(bytes) else { return };
    let read = [json::parse(operation.input, document), cbor::parse(operation.input, document)];
    for value in read.into_iter().flatten() {
        assert!(size(&value) <= document.len() + 1);
        let _ = validate::check(model, operation.input, &value);
        let _ = (json::write(operation.input, &value), cbor::write(operation.input, &value));
    }
}

/// A policy: of an identity, of a resource, or of who may have a role. It is kept as it was sent.
pub fn policy(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    for policy in [Policy::identity(text), Policy::resource(text), Policy::trust(text)].into_iter().flatten() {
        assert_eq!(policy.text(), text);
    }
}

/// A document of Route 53: a zone that is to be made, or a batch of changes. Each value is told as it is read.
pub fn zones(bytes: &[u8]) {
    use route53::{Content, Value};
    let _ = aws_api::route53::read::zone(bytes);
    let Ok((changes, _)) = aws_api::route53::read::changes(bytes) else { return };
    for change in changes {
        let told = change.set.name.told();
        assert_eq!(told.parse().as_ref(), Ok(&change.set.name));
        if let Content::Values { values, .. } = &change.set.content {
            for value in values {
                assert_eq!(Value::parse(change.set.kind, &value.to_string()).as_ref(), Ok(value));
            }
        }
    }
}
