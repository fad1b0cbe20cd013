//! Whether a stranger's text is one that this API takes, without doing anything: the parsers of requests, by name.

use serde::de::DeserializeOwned;

use crate::error::Failure;
use crate::filters::Filters;
use crate::request::{self, query};
use crate::{containers, create, exec, images, networks, route, volumes};

/// What a text is taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The body of `POST /containers/create`.
    Container,
    /// The body of `POST /containers/{id}/exec`.
    Exec,
    /// The body of `POST /exec/{id}/start`.
    ExecStart,
    /// The body of `POST /networks/create`.
    Network,
    /// The body of `POST /networks/{id}/connect`.
    Connect,
    /// The body of `POST /volumes/create`.
    Volume,
    /// The body of `POST /commit`.
    Commit,
    /// The header `X-Registry-Auth`.
    Login,
    /// The path of a request.
    Path,
    /// The query of a request, with the filters and moments in it.
    Query,
}

/// Every kind.
pub const KINDS: &[Kind] = &[
    Kind::Container,
    Kind::Exec,
    Kind::ExecStart,
    Kind::Network,
    Kind::Connect,
    Kind::Volume,
    Kind::Commit,
    Kind::Login,
    Kind::Path,
    Kind::Query,
];

/// Reads a text as a handler would.
///
/// # Errors
/// What the client would be answered.
pub fn check(kind: Kind, text: &[u8]) -> Result<(), Failure> {
    let string = || std::str::from_utf8(text).map_err(|_| Failure::bad_request("not text"));
    match kind {
        Kind::Container => create::decode(text).map(drop),
        Kind::Exec => body::<exec::Create>(text),
        Kind::ExecStart => body::<exec::Start>(text),
        Kind::Network => networks::pools(request::decode::<networks::Create>(text)?.ipam.unwrap_or_default()).map(drop),
        Kind::Connect => {
            request::decode::<networks::Connect>(text)?.endpoint_config.unwrap_or_default().into_config().map(drop)
        }
        Kind::Volume => body::<volumes::Create>(text),
        Kind::Commit => body::<containers::CommitBody>(text),
        Kind::Login => images::login(string()?).map(drop),
        Kind::Path => route::split(string()?).map(drop),
        Kind::Query => query(string()?)
            .iter()
            .flat_map(|(name, values)| values.iter().map(move |value| (name, value)))
            .try_for_each(|(name, value)| match name.as_str() {
                "filters" => Filters::parse(value, &["until", "label", "label!", "dangling"])?.until().map(drop),
                "since" | "until" => containers::moment(value).map(drop),
                _ => Ok(()),
            }),
    }
}

fn body<T: DeserializeOwned>(text: &[u8]) -> Result<(), Failure> {
    request::decode::<T>(text).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_takes_its_own() {
        for (kind, right, wrong) in [
            (Kind::Container, r#"{"Image":"a"}"#, "{}"),
            (Kind::Exec, r#"{"Cmd":["a"]}"#, r#"{"Cmd":1}"#),
            (Kind::ExecStart, "{}", "[1]"),
            (
                Kind::Network,
                r#"{"IPAM":{"Config":[{"Subnet":"10.0.0.0/8"}]}}"#,
                r#"{"IPAM":{"Config":[{"Subnet":"x"}]}}"#,
            ),
            (Kind::Connect, r#"{"Container":"a"}"#, r#"{"EndpointConfig":{"IPAMConfig":{"IPv4Address":"x"}}}"#),
            (Kind::Volume, r#"{"Name":"a"}"#, r#"{"Name":1}"#),
            (Kind::Commit, "null", "1"),
            (Kind::Login, "e30=", "%"),
            (Kind::Path, "/v1.43/containers/json", "/v9.9/info"),
            (Kind::Query, "since=1.5&filters=%7B%22until%22:%5B%221h%22%5D%7D", "since=x"),
        ] {
            assert!(check(kind, right.as_bytes()).is_ok(), "{kind:?}");
            assert!(check(kind, wrong.as_bytes()).is_err(), "{kind:?}");
        }
        assert_eq!(KINDS.len(), 10);
    }
}
