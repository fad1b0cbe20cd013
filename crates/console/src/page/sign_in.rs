//! Signing in with an access key. STS says whose it is; that is all that makes a session.

use askama::Template;
use aws_api::sign::made::Signer;
use http::StatusCode;
use http::uri::PathAndQuery;
use serde_json::json;
use words::{Secret, Timestamp};

use super::Frame;
use crate::answer::{self, Answer};
use crate::aws::{Aws, Members};
use crate::command::{Operation, Service};
use crate::error::Error;
use crate::form::Form;
use crate::guard::Reached;
use crate::limits;
use crate::server::Parts;
use crate::session::Session;

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignIn {
    frame: Frame,
    /// Where to go then.
    next: String,
    key: String,
    error: Option<(String, String)>,
}

/// The page.
pub(crate) fn show(status: StatusCode, form: &Form, error: Option<&Error>) -> Result<Answer, Error> {
    let page = SignIn {
        frame: Frame::new("Sign in", "", None),
        next: local(form.get("next")).to_owned(),
        key: form.get("key").chars().take(limits::KEY_BYTES).collect(),
        error: error.map(|error| (error.code().to_owned(), error.message())),
    };
    Ok(answer::page(status, page.render()?))
}

/// The address of the page, for somebody who wanted another one first.
pub(crate) fn before(wanted: Option<&PathAndQuery>) -> String {
    match wanted.map(PathAndQuery::as_str) {
        None | Some("/") => "/sign-in".into(),
        Some(path) => format!("/sign-in?next={}", super::escaped(path)),
    }
}

/// A path of this console: nothing that leads elsewhere.
fn local(path: &str) -> &str {
    let second = path.as_bytes().get(1);
    let ours =
        path.starts_with('/') && !matches!(second, Some(b'/' | b'\\')) && path.bytes().all(|b| b.is_ascii_graphic());
    if ours { path } else { "/applications" }
}

/// Signs somebody in.
pub(crate) async fn enter(parts: &Parts, form: &Form, reached: &Reached) -> Result<Answer, Error> {
    match known(&parts.aws, form).await {
        Ok(session) => {
            let id = parts.sessions.begin(session, Timestamp::now());
            Ok(answer::with_cookie(answer::see(local(form.get("next"))), &id.cookie(reached.secure())))
        }
        Err(error @ (Error::Refused { .. } | Error::Form(_))) => show(error.status(), form, Some(&error)),
        Err(error) => Err(error),
    }
}

async fn known(aws: &Aws, form: &Form) -> Result<Session, Error> {
    let id = form.need("key", "The access key ID")?;
    let secret = form.need("secret", "The secret access key")?;
    if id.len() > limits::KEY_BYTES || secret.len() > limits::KEY_BYTES {
        return Err(Error::Form("This is no access key.".into()));
    }
    let key = Signer { id: id.to_owned(), secret: Secret::new(secret), token: None };
    let identity = aws.ask(&key, &Operation::new(Service::Sts, "GetCallerIdentity")).await?;
    let arn = identity.at("Arn").to_owned();
    let engine = may_use_engine(aws, &key, &arn).await?;
    Ok(Session::new(key, arn, engine))
}

/// Whether a key may use the engine, which is more than what IAM gives rights to: only one that could give itself any
/// right of IAM's, an administrator's.
///
/// That is asked of IAM by giving the key's owner a policy that is none. Who may not give policies is refused for that;
/// who may is refused for the document, and nothing has changed.
///
/// # Errors
/// When IAM does not answer.
pub(crate) async fn may_use_engine(aws: &Aws, key: &Signer, arn: &str) -> Result<bool, Error> {
    let (_, resource) = arn.rsplit_once(':').unwrap_or_default();
    if resource == "root" {
        return Ok(true);
    }
    let (kind, name) = (resource.split('/').next(), resource.rsplit('/').next());
    let (Some("user"), Some(name)) = (kind, name) else { return Ok(false) };
    let attempt = Operation::new(Service::Iam, "PutUserPolicy")
        .with("UserName", name)
        .with("PolicyName", "console")
        .with("PolicyDocument", json!("none"));
    match aws.ask(key, &attempt).await {
        Err(Error::Refused { code, .. }) => Ok(code == "MalformedPolicyDocument"),
        Err(error) => Err(error),
        Ok(_) => Ok(false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_elsewhere() {
        assert_eq!(local("/environments/a?b=c"), "/environments/a?b=c");
        for elsewhere in ["", "http://evil.example", "//evil.example", "/\\evil.example", "/a\r\nb", "evil"] {
            assert_eq!(local(elsewhere), "/applications", "{elsewhere:?}");
        }
        assert_eq!(before(None), "/sign-in");
        assert_eq!(before(Some(&PathAndQuery::from_static("/a?b=c"))), "/sign-in?next=%2Fa%3Fb%3Dc");
    }
}
