//! Connections, and what one request goes through: who it is from, what it asks for, whether it may, its answer.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use ::iam::Policy;
use aws::{AccountId, Region};
use bytes::Bytes;
use http::header::{CONNECTION, EXPECT};
use http::request;
use http::{HeaderMap, HeaderValue, Method, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use words::Timestamp;

use crate::access::{Access, Authority, Credential, Principal};
use crate::answer::{self, Body, Style};
use crate::call::{self, Call};
use crate::codec::Members;
use crate::codec::shape::Protocol;
use crate::error::{self, Error};
use crate::limits;
use crate::service::{Caller, Objects, ObjectsRequest, Paths, PathsRequest, Service};
use crate::sign::body::{Payload, Verified};
use crate::sign::{self, Claim};

/// What a server is made of.
pub struct Parts {
    /// Keys and policies.
    pub authority: Arc<dyn Authority>,
    /// The account whose services these are.
    pub account: AccountId,
    /// The region of requests that name none.
    pub region: Region,
    /// The services, but for S3.
    pub services: Vec<Arc<dyn Service>>,
    /// Services that have paths and documents.
    pub paths: Vec<Arc<dyn Paths>>,
    /// S3.
    pub objects: Option<Arc<dyn Objects>>,
    /// What time it is.
    pub clock: fn() -> Timestamp,
}

/// Serves Amazon's services, all on one address: a request says in its signature which it is for.
#[derive(Clone)]
pub struct Server {
    parts: Arc<Parts>,
    connections: Arc<Semaphore>,
}

impl Server {
    /// A server.
    pub fn new(parts: Parts) -> Self {
        Self { parts: Arc::new(parts), connections: Arc::new(Semaphore::new(limits::CONNECTIONS)) }
    }

    /// Serves one socket until the future is dropped.
    ///
    /// # Errors
    /// None yet: a connection that cannot be accepted is waited for.
    pub async fn serve(self, listener: TcpListener) -> io::Result<()> {
        loop {
            let turn = Arc::clone(&self.connections).acquire_owned().await.map_err(io::Error::other)?;
            match listener.accept().await {
                Ok((stream, peer)) => {
                    let _ = stream.set_nodelay(true);
                    self.connection(TokioIo::new(stream), Some(peer), false, turn);
                }
                Err(error) => {
                    // Out of descriptors, most likely: wait for some to be given back rather than spin.
                    tracing::warn!(%error, "accepting a connection");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
    }

    fn connection<I>(&self, io: I, peer: Option<SocketAddr>, secure: bool, turn: OwnedSemaphorePermit)
    where
        I: hyper::rt::Read + hyper::rt::Write + Unpin + Send + 'static,
    {
        let parts = Arc::clone(&self.parts);
        tokio::spawn(async move {
            let _turn = turn;
            let service = service_fn(move |request| {
                let parts = Arc::clone(&parts);
                async move { Ok::<_, std::convert::Infallible>(parts.answer(request, peer, secure).await) }
            });
            let served = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(limits::HEADER_PATIENCE)
                .max_buf_size(limits::HEADER_BYTES)
                .serve_connection(io, service)
                .await;
            if let Err(error) = served {
                tracing::debug!(%error, "a connection ended");
            }
        });
    }
}

impl Parts {
    async fn answer(&self, request: http::Request<Incoming>, peer: Option<SocketAddr>, secure: bool) -> Response<Body> {
        let (head, body) = request.into_parts();
        let waits = head.headers.contains_key(EXPECT);
        let caller = self.nobody(&head.headers, peer, secure);
        let style = Style::guess(&head);
        let (request_id, path, method) = (caller.request_id.clone(), head.uri.path().to_owned(), head.method.clone());
        let (style, outcome) = match self.claim(&head) {
            Ok(Some(claim)) if claim.service() != "s3" => {
                match self.paths.iter().find(|one| one.signing_name() == claim.service()) {
                    Some(service) => {
                        let style = Style::Query { namespace: service.namespace() };
                        (style, self.path(service, head, body, &claim, caller).await)
                    }
                    None => self.operation(head, body, &claim, caller, style).await,
                }
            }
            Ok(claim) if claim.is_some() || style == Style::Objects => {
                (Style::Objects, self.object(head, body, claim.as_ref(), caller).await)
            }
            Ok(_) => {
                let message = "Request is missing Authentication Token";
                (style, Err(Error::new(error::MISSING_AUTHENTICATION_TOKEN, message)))
            }
            Err(error) => (style, Err(error)),
        };
        let response = outcome.unwrap_or_else(|error| {
            tracing::debug!(%method, path, %error, request_id, "refused");
            style.error(&error, &method, &path, &request_id)
        });
        let mut response = answer::finished(response, style, &request_id);
        // A client that waits to be told to send its body does not send it after a refusal, and the next request would be
        // taken for it (RFC 9110, section 10.1.1).
        if waits && !response.status().is_success() {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }

    fn claim(&self, head: &request::Parts) -> Result<Option<Claim>, Error> {
        Claim::read(&signed(head))
    }

    /// What is known before it is known who asks.
    fn nobody(&self, headers: &HeaderMap, peer: Option<SocketAddr>, secure: bool) -> Caller {
        let header = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        Caller {
            account: self.account.clone(),
            region: self.region.clone(),
            principal: Principal::Anonymous,
            request_id: words::random_uuid(),
            now: (self.clock)(),
            source: peer,
            secure,
            host: header(http::header::HOST),
            user_agent: header(http::header::USER_AGENT),
        }
    }

    fn credential(&self, claim: &Claim) -> Option<Credential> {
        self.authority.credential(claim.key())
    }

    /// Says so when a claim names the key of a session that is over.
    fn expired(&self, claim: &Claim, now: Timestamp) -> Result<(), Error> {
        if !self.authority.has_expired(claim.key(), now) {
            return Ok(());
        }
        Err(match claim.service() {
            "s3" => Error::new(error::EXPIRED_TOKEN_OBJECTS, "The provided token has expired."),
            _ => Error::new(error::EXPIRED_TOKEN, "The security token included in the request is expired"),
        })
    }

    /// A request of S3.
    async fn object(
        &self,
        head: request::Parts,
        body: Incoming,
        claim: Option<&Claim>,
        mut caller: Caller,
    ) -> Result<Response<Body>, Error> {
        let Some(objects) = &self.objects else {
            return Err(Error::new(error::NOT_IMPLEMENTED, "S3 is not offered here"));
        };
        let request = signed(&head);
        let (payload, chain) = match claim {
            Some(claim) => {
                let payload = claim.payload(&request)?;
                let bucket = objects.bucket_of_host(&caller.host);
                let credential = self.credential(claim);
                if credential.is_none() {
                    self.expired(claim, caller.now)?;
                }
                let verified = claim.check(&request, &payload.text(), bucket.as_deref(), caller.now, credential)?;
                caller.principal = verified.principal;
                caller.region = region(claim, &self.region)?;
                self.authority.used(claim.key(), claim.service(), caller.region.as_ref(), caller.now);
                (payload, verified.chain)
            }
            None if matches!(head.method, Method::GET | Method::HEAD | Method::OPTIONS) => (Payload::Unsigned, None),
            None => return Err(Error::new(error::ACCESS_DENIED, "Access Denied")),
        };
        let length = length(&head.headers, &payload)?;
        let body = Verified::new(body, &payload, chain, length)?;
        objects.call(ObjectsRequest { head, body, length, caller }).await
    }

    /// A request of a service with paths.
    async fn path(
        &self,
        service: &Arc<dyn Paths>,
        head: request::Parts,
        body: Incoming,
        claim: &Claim,
        caller: Caller,
    ) -> Result<Response<Body>, Error> {
        let (body, caller) = self.verified(&head, body, claim, caller, Style::Query { namespace: "" }).await?;
        let doing = Arc::clone(service);
        // What has begun is done to its end, whether or not the client waits for it.
        let done = tokio::spawn(async move { doing.call(PathsRequest { head, body, caller }).await });
        done.await.map_err(Error::internal)?
    }

    /// The body of a request that is signed as it says, and from whom it is.
    async fn verified(
        &self,
        head: &request::Parts,
        body: Incoming,
        claim: &Claim,
        mut caller: Caller,
        style: Style,
    ) -> Result<(Bytes, Caller), Error> {
        let credential = self.credential(claim);
        if credential.is_none() {
            self.expired(claim, caller.now)?;
            // Nothing is read for a key that nobody has.
            claim.check(&signed(head), "", None, caller.now, None)?;
        }
        let body = call::collect(body, &head.headers, style).await?;
        let digest = sign::sha256(&body);
        caller.principal = claim.check(&signed(head), &digest, None, caller.now, credential)?.principal;
        caller.region = region(claim, &self.region)?;
        self.authority.used(claim.key(), claim.service(), caller.region.as_ref(), caller.now);
        Ok((body, caller))
    }

    /// A request of any other service.
    async fn operation(
        &self,
        head: request::Parts,
        body: Incoming,
        claim: &Claim,
        caller: Caller,
        style: Style,
    ) -> (Style, Result<Response<Body>, Error>) {
        let services = || self.services.iter().filter(|one| one.model().signing_name == claim.service());
        let style = services().next().map_or(style, |service| style.of(service.model()));
        let outcome = async {
            let (body, caller) = self.verified(&head, body, claim, caller, style).await?;
            let call = Call::read(&head, &body, style)?;
            let service = services().find(|one| call.version().is_none_or(|version| version == one.model().version));
            let Some(service) = service else {
                if services().next().is_none() {
                    let name: String = claim.service().chars().take(limits::SHOWN).collect();
                    return Err(Error::new(error::INVALID_ACTION, format!("The service {name} is not offered here")));
                }
                return Err(call.unknown());
            };
            self.perform(service, &call, caller).await
        };
        let outcome = outcome.await;
        (style, outcome)
    }

    async fn perform(&self, service: &Arc<dyn Service>, call: &Call, caller: Caller) -> Result<Response<Body>, Error> {
        let model = service.model();
        let operation = model.operation(call.operation()).filter(|one| service.offers(one.name));
        let operation = operation.ok_or_else(|| call.unknown())?;
        let input = call.input(model, operation)?;
        for target in service.targets(&caller, operation.name, Members::new(operation.input, &input)) {
            let mut context = caller.context();
            context.extend(call::tags(Members::new(operation.input, &input)));
            context.extend(target.context);
            let action = format!("{}:{}", model.action_prefix, target.action.unwrap_or(operation.name));
            // What was stored was read before. Were it not a policy now, nobody could say what it denies.
            let policy = target.policy.as_deref().map(Policy::resource).transpose().map_err(Error::internal)?;
            let access =
                Access { action: &action, resource: &target.resource, context, resource_policy: policy.as_ref() };
            self.authority.authorize(&caller.principal, &access).map_err(|denied| match model.protocol {
                Protocol::Ec2 => {
                    let message = format!("You are not authorized to perform this operation. {denied}");
                    Error::new(error::UNAUTHORIZED_OPERATION, message)
                }
                _ => Error::from(denied),
            })?;
        }
        let (request_id, doing) = (caller.request_id.clone(), Arc::clone(service));
        // What has begun is done to its end, whether or not the client waits for it.
        let done = tokio::spawn(async move { doing.call(operation.name, &caller, input).await });
        let output = match tokio::time::timeout(limits::OPERATION_PATIENCE, done).await {
            Ok(Ok(output)) => output?,
            Ok(Err(error)) => return Err(Error::internal(error)),
            Err(_) => return Err(Error::new(error::SERVICE_UNAVAILABLE, "The operation takes too long.")),
        };
        Ok(call.style().output(model, operation, &output, &request_id))
    }
}

fn signed(head: &request::Parts) -> sign::Request<'_> {
    sign::Request {
        method: head.method.as_str(),
        path: head.uri.path(),
        query: head.uri.query().unwrap_or_default(),
        headers: &head.headers,
    }
}

/// The region that a claim names: it is echoed in names of resources.
fn region(claim: &Claim, otherwise: &Region) -> Result<Region, Error> {
    let Some(text) = claim.region() else { return Ok(otherwise.clone()) };
    text.parse().map_err(|error: aws::ParseError| Error::new(error::SIGNATURE_DOES_NOT_MATCH, error.to_string()))
}

/// How long a body says it is, without what chunks add to it.
fn length(headers: &HeaderMap, payload: &Payload) -> Result<Option<u64>, Error> {
    let name = if payload.chunked() { "x-amz-decoded-content-length" } else { "content-length" };
    let Some(value) = headers.get(name) else { return Ok(None) };
    let length = value.to_str().ok().and_then(|text| text.parse().ok());
    length.map(Some).ok_or_else(|| Error::new(error::INVALID_REQUEST, format!("{name} is no number")))
}

#[cfg(test)]
mod tests;
