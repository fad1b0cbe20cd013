//! Answers, in the form that a client of each protocol waits for.

use bytes::Bytes;
use http::{HeaderValue, Method, Response, StatusCode, header, request};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};

use crate::codec::shape::{Model, OperationModel, Protocol};
use crate::codec::xml::Document;
use crate::codec::{Value, cbor, json};
use crate::error::Error;

/// The body of an answer.
pub type Body = UnsyncBoxBody<Bytes, std::io::Error>;

/// A body that is there as a whole.
pub fn whole(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).map_err(|never| match never {}).boxed_unsync()
}

/// How a request is spoken, and so its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Amazon's query protocol.
    Query {
        /// The namespace of the answer; empty while the service is not known.
        namespace: &'static str,
    },
    /// EC2's.
    Ec2 {
        /// The namespace of the answer.
        namespace: &'static str,
    },
    /// JSON.
    Json {
        /// Its version.
        version: &'static str,
        /// What the type of an error begins with.
        prefix: &'static str,
        /// Whether errors carry the query protocol's code too.
        compatible: bool,
    },
    /// Smithy's RPC v2.
    Cbor {
        /// What the type of an error begins with.
        prefix: &'static str,
        /// Whether errors carry the query protocol's code too.
        compatible: bool,
    },
    /// S3's.
    Objects,
}

impl Style {
    /// What a request looks like, before its service is known.
    pub(crate) fn guess(head: &request::Parts) -> Self {
        let header = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if header("smithy-protocol") == "rpc-v2-cbor" {
            return Self::Cbor { prefix: "", compatible: false };
        }
        if head.headers.contains_key("x-amz-target") {
            let version = if header("content-type").ends_with("-1.0") { "1.0" } else { "1.1" };
            return Self::Json { version, prefix: "", compatible: false };
        }
        let form = header("content-type").starts_with("application/x-www-form-urlencoded");
        let query = head.uri.query().unwrap_or_default();
        if head.method == Method::POST && form || query.split('&').any(|pair| pair.starts_with("Action=")) {
            return Self::Query { namespace: "" };
        }
        Self::Objects
    }

    /// The same for a service that is known.
    pub(crate) fn of(self, model: &'static Model) -> Self {
        let (prefix, compatible, namespace) = (model.error_prefix, model.query_compatible, model.namespace);
        match (self, model.protocol) {
            (Self::Cbor { .. }, _) => Self::Cbor { prefix, compatible },
            (Self::Json { version, .. }, _) | (_, Protocol::Json { version }) => {
                Self::Json { version, prefix, compatible }
            }
            (_, Protocol::Query) => Self::Query { namespace },
            (_, Protocol::Ec2) => Self::Ec2 { namespace },
        }
    }

    fn media_type(self) -> &'static str {
        match self {
            Self::Query { .. } => "text/xml",
            Self::Ec2 { .. } => "text/xml;charset=UTF-8",
            Self::Json { version: "1.0", .. } => "application/x-amz-json-1.0",
            Self::Json { .. } => "application/x-amz-json-1.1",
            Self::Cbor { .. } => "application/cbor",
            Self::Objects => "application/xml",
        }
    }

    /// What an operation gave.
    pub(crate) fn output(
        self,
        model: &'static Model,
        operation: &'static OperationModel,
        output: &Value,
        request_id: &str,
    ) -> Response<Body> {
        let root = format!("{}Response", operation.name);
        let body = match self {
            Self::Json { .. } => Bytes::from(json::write(operation.output, output).to_string()),
            Self::Cbor { .. } => cbor::write(operation.output, output).into(),
            Self::Ec2 { .. } => {
                let mut document = Document::new();
                document.root(&root, model.namespace, |document| {
                    document.text("requestId", request_id);
                    document.members(operation.output, output);
                });
                document.finish().into()
            }
            Self::Query { .. } | Self::Objects => {
                let mut document = Document::new();
                document.root(&root, model.namespace, |document| {
                    if let Some(wrapper) = operation.wrapper {
                        document.element(wrapper, |document| document.members(operation.output, output));
                    }
                    document.element("ResponseMetadata", |document| {
                        document.text("RequestId", request_id);
                    });
                });
                document.finish().into()
            }
        };
        let mut response = Response::new(whole(body));
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(self.media_type()));
        response
    }

    /// What went wrong.
    pub(crate) fn error(self, error: &Error, method: &Method, path: &str, request_id: &str) -> Response<Body> {
        let fault = if error.sender() { "Sender" } else { "Receiver" };
        let status = StatusCode::from_u16(error.code.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let silent = *method == Method::HEAD || status == StatusCode::NOT_MODIFIED;
        let body = match self {
            _ if silent => Bytes::new(),
            Self::Query { namespace } => query_error(namespace, error, fault, request_id).into(),
            Self::Ec2 { .. } => ec2_error(error, request_id).into(),
            Self::Json { prefix, .. } => {
                let kind = format!("{prefix}{}", error.code.shape);
                Bytes::from(serde_json::json!({ "__type": kind, "message": error.message }).to_string())
            }
            Self::Cbor { prefix, .. } => cbor::error(&format!("{prefix}{}", error.code.shape), &error.message).into(),
            Self::Objects => objects_error(error, path, request_id).into(),
        };
        let mut response = Response::new(whole(body));
        *response.status_mut() = status;
        if !silent {
            response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(self.media_type()));
        }
        if let Self::Json { compatible: true, .. } | Self::Cbor { compatible: true, .. } = self
            && let Ok(text) = HeaderValue::try_from(format!("{};{fault}", error.code.code))
        {
            response.headers_mut().insert("x-amzn-query-error", text);
        }
        response
    }
}

fn query_error(namespace: &str, error: &Error, fault: &str, request_id: &str) -> String {
    let mut document = Document::new();
    document.root("ErrorResponse", namespace, |document| {
        document.element("Error", |document| {
            document.text("Type", fault).text("Code", error.code.code).text("Message", &error.message);
        });
        document.text("RequestId", request_id);
    });
    document.finish()
}

fn ec2_error(error: &Error, request_id: &str) -> String {
    let mut document = Document::new();
    document.element("Response", |document| {
        document.element("Errors", |document| {
            document.element("Error", |document| {
                document.text("Code", error.code.code).text("Message", &error.message);
            });
        });
        document.text("RequestID", request_id);
    });
    document.finish()
}

pub(crate) fn objects_error(error: &Error, path: &str, request_id: &str) -> String {
    let mut document = Document::new();
    document.element("Error", |document| {
        document.text("Code", error.code.code).text("Message", &error.message);
        for (name, text) in &error.details {
            document.text(name, text);
        }
        document.text("Resource", path).text("RequestId", request_id);
    });
    document.finish()
}

/// With what every answer has. `Date` is hyper's to add; `eb` looks for it.
pub(crate) fn finished(mut response: Response<Body>, style: Style, request_id: &str) -> Response<Body> {
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::try_from(request_id) {
        let name = if style == Style::Objects { "x-amz-request-id" } else { "x-amzn-requestid" };
        headers.insert(name, id);
    }
    if let Style::Cbor { .. } = style {
        headers.insert("smithy-protocol", HeaderValue::from_static("rpc-v2-cbor"));
    }
    response
}
