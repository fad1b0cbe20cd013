//! What a request asks for: an operation and its input, out of any protocol.

use std::collections::BTreeMap;
use std::io::Read;

use bytes::Bytes;
use http::{HeaderMap, Method, request};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;

use crate::answer::Style;
use crate::codec::query::{Parameters, Reader};
use crate::codec::shape::{Model, OperationModel, Protocol};
use crate::codec::{Members, Value, cbor, json, validate};
use crate::error::{self, Error};
use crate::limits;

/// A call.
#[derive(Debug)]
pub(crate) struct Call {
    style: Style,
    operation: String,
    version: Option<String>,
    /// The service's name on the wire, where there is one.
    target: Option<String>,
    input: Input,
}

#[derive(Debug)]
enum Input {
    Parameters(Parameters),
    Document(Bytes),
}

impl Call {
    /// Reads which operation is called.
    pub(crate) fn read(head: &request::Parts, body: &Bytes, style: Style) -> Result<Self, Error> {
        let document = || inflated(body, &head.headers);
        match style {
            Style::Cbor { .. } => {
                let parts: Vec<&str> = head.uri.path().split('/').collect();
                let ["", "service", target, "operation", operation] = parts[..] else {
                    let message = "The path of an RPC v2 request is /service/SERVICE/operation/OPERATION";
                    return Err(Error::new(error::INVALID_ACTION, message));
                };
                let (operation, target) = (operation.to_owned(), Some(target.to_owned()));
                Ok(Self { style, operation, version: None, target, input: Input::Document(document()?) })
            }
            Style::Json { .. } => {
                let target = head.headers.get("x-amz-target").and_then(|value| value.to_str().ok()).unwrap_or_default();
                let (target, operation) = target.rsplit_once('.').unwrap_or(("", target));
                let (operation, target) = (operation.to_owned(), Some(target.to_owned()));
                Ok(Self { style, operation, version: None, target, input: Input::Document(document()?) })
            }
            _ => {
                let parameters = if head.method == Method::POST && !body.is_empty() {
                    Parameters::parse(&document()?)?
                } else {
                    Parameters::parse(head.uri.query().unwrap_or_default().as_bytes())?
                };
                let Some(operation) = parameters.text("Action") else {
                    let message = "The request must contain the parameter Action";
                    return Err(Error::new(error::MISSING_ACTION, message));
                };
                let operation = operation.to_owned();
                let version = parameters.text("Version").unwrap_or("NO_VERSION_SPECIFIED").to_owned();
                let (version, input) = (Some(version), Input::Parameters(parameters));
                Ok(Self { style, operation, version, target: None, input })
            }
        }
    }

    pub(crate) fn operation(&self) -> &str {
        &self.operation
    }

    pub(crate) fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    pub(crate) fn style(&self) -> Style {
        self.style
    }

    /// No such operation.
    pub(crate) fn unknown(&self) -> Error {
        let short = |text: &str| text.chars().take(limits::SHOWN).collect::<String>();
        let operation = short(&self.operation);
        Error::new(
            error::INVALID_ACTION,
            match &self.version {
                Some(version) => format!("Could not find operation {operation} for version {}.", short(version)),
                None => format!("Could not find operation {operation}."),
            },
        )
    }

    /// The input, within the model's bounds.
    pub(crate) fn input(&self, model: &'static Model, operation: &'static OperationModel) -> Result<Value, Error> {
        if self.target.as_deref().is_some_and(|target| target != model.target) {
            return Err(self.unknown());
        }
        let input = match (&self.input, self.style) {
            (Input::Parameters(parameters), _) => {
                Reader { ec2: model.protocol == Protocol::Ec2 }.read(operation.input, parameters)?
            }
            (Input::Document(document), Style::Cbor { .. }) => cbor::parse(operation.input, document)?,
            (Input::Document(document), _) => json::parse(operation.input, document)?,
        };
        validate::check(model, operation.input, &input)?;
        Ok(input)
    }
}

/// The body of a call, which is never long.
pub(crate) async fn collect(body: Incoming, headers: &HeaderMap, style: Style) -> Result<Bytes, Error> {
    let limit = longest(style);
    let declared = headers.get(http::header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if declared.is_some_and(|length| length > limit as u64) {
        return Err(too_large(limit));
    }
    match tokio::time::timeout(limits::BODY_PATIENCE, Limited::new(body, limit).collect()).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => Err(too_large(limit)),
        Ok(Err(error)) => {
            tracing::debug!(%error, "a body broke off");
            Err(Error::new(error::INCOMPLETE_BODY, "The request's body broke off"))
        }
        Err(_) => Err(Error::new(error::REQUEST_TIMEOUT, "The request's body did not come in time")),
    }
}

fn longest(style: Style) -> usize {
    match style {
        Style::Json { .. } | Style::Cbor { .. } => limits::DOCUMENT_BODY,
        _ => limits::QUERY_BODY,
    }
}

fn too_large(limit: usize) -> Error {
    Error::new(error::REQUEST_ENTITY_TOO_LARGE, format!("A request's body has at most {limit} bytes"))
}

/// The body as it was before it was compressed: `boto3` compresses metrics.
fn inflated(body: &Bytes, headers: &HeaderMap) -> Result<Bytes, Error> {
    let Some(encoding) = headers.get(http::header::CONTENT_ENCODING) else { return Ok(body.clone()) };
    if !encoding.as_bytes().eq_ignore_ascii_case(b"gzip") {
        return Err(Error::new(error::SERIALIZATION, "The only Content-Encoding that is understood is gzip"));
    }
    let mut plain = Vec::new();
    let limit = limits::DOCUMENT_BODY;
    let read = flate2::read::GzDecoder::new(body.as_ref()).take(limit as u64 + 1).read_to_end(&mut plain);
    match read {
        Ok(length) if length > limit => Err(too_large(limit)),
        Ok(_) => Ok(plain.into()),
        Err(_) => Err(Error::new(error::SERIALIZATION, "The body is not the gzip that it says")),
    }
}

/// Tags that a request gives, as policies ask for them.
pub(crate) fn tags(input: Members<'_>) -> BTreeMap<String, Vec<String>> {
    let mut context: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let given = ["Tags", "TagsToAdd"].into_iter().flat_map(|name| input.list(name));
    for tag in given {
        if let Some(key) = tag.text("Key") {
            context.insert(format!("aws:RequestTag/{key}"), vec![tag.text("Value").unwrap_or_default().to_owned()]);
            context.entry("aws:TagKeys".into()).or_default().push(key.to_owned());
        }
    }
    for key in ["TagKeys", "TagsToRemove"].into_iter().flat_map(|name| input.list(name)) {
        context.entry("aws:TagKeys".into()).or_default().extend(key.as_text().map(str::to_owned));
    }
    context
}
