//! Connections, and what a request goes through: by which name it came, from which page, by whom; then its page.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use client::Client;
use http::header::{HOST, HeaderValue, LOCATION};
use http::{Method, Request, StatusCode, request};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use percent_encoding::percent_decode_str;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use words::Timestamp;

use crate::answer::{self, Answer};
use crate::aws::{Aws, Output};
use crate::command::Operation;
use crate::error::Error;
use crate::form::{Form, TOKEN};
use crate::guard::{self, Reached};
use crate::session::{Session, SessionId, Sessions};
use crate::upload::Upload;
use crate::{Config, Name, assets, limits, page, route};

/// Serves the console.
#[derive(Clone)]
pub struct Server {
    parts: Arc<Parts>,
    connections: Arc<Semaphore>,
}

/// What all requests share.
pub(crate) struct Parts {
    pub(crate) aws: Aws,
    pub(crate) docker: Client,
    pub(crate) sessions: Sessions,
    names: Vec<Name>,
}

/// A request of somebody who is signed in.
pub(crate) struct Visit {
    pub(crate) parts: Arc<Parts>,
    pub(crate) session: Arc<Session>,
    /// What the query says.
    pub(crate) query: Form,
}

impl Visit {
    /// Asks the AWS API with this visitor's key.
    ///
    /// # Errors
    /// When it refuses, or does not answer.
    pub(crate) async fn ask(&self, operation: &Operation) -> Result<Output, Error> {
        self.parts.aws.ask(&self.session.key, operation).await
    }
}

/// What a visitor sends beside the address of a page.
pub(crate) enum Sent {
    /// Nothing: the page is to be shown.
    Nothing,
    /// A form, whose token is the session's.
    Form(Form),
    /// The same with a file that still comes.
    Upload(Box<Upload>),
}

impl Server {
    /// A console.
    pub fn new(config: Config) -> Self {
        let Config { aws, region, docker, names } = config;
        let (aws, docker) = (Aws::new(aws, region), Client::new(docker));
        let parts = Parts { aws, docker, sessions: Sessions::default(), names };
        Self { parts: Arc::new(parts), connections: Arc::new(Semaphore::new(limits::CONNECTIONS)) }
    }

    /// Serves one socket until the future is dropped.
    ///
    /// # Errors
    /// None yet: a connection that cannot be accepted is waited for.
    pub async fn serve(self, listener: TcpListener) -> std::io::Result<()> {
        loop {
            let turn = Arc::clone(&self.connections).acquire_owned().await.map_err(std::io::Error::other)?;
            let stream = match listener.accept().await {
                Ok((stream, _)) => stream,
                Err(error) => {
                    // Out of descriptors, most likely: wait for some to be given back rather than spin.
                    tracing::warn!(%error, "accepting a connection");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            };
            let _ = stream.set_nodelay(true);
            let parts = Arc::clone(&self.parts);
            tokio::spawn(async move {
                let _turn = turn;
                let service = service_fn(move |request| {
                    let parts = Arc::clone(&parts);
                    async move { Ok::<_, Infallible>(answer::finished(serve(&parts, request).await)) }
                });
                let served = http1::Builder::new()
                    .timer(TokioTimer::new())
                    .header_read_timeout(limits::HEADER_PATIENCE)
                    .max_buf_size(limits::HEADER_BYTES)
                    .serve_connection(TokioIo::new(stream), service)
                    .await;
                if let Err(error) = served {
                    tracing::debug!(%error, "a connection ended");
                }
            });
        }
    }
}

async fn serve(parts: &Arc<Parts>, request: Request<Incoming>) -> Answer {
    let (head, body) = request.into_parts();
    let Some(reached) = guard::reached(&head.headers, &parts.names) else { return misdirected(&head) };
    if let Reached::Otherwise(port) = reached {
        return elsewhere(&head, port);
    }
    if let Some(file) = assets::find(head.uri.path()).filter(|_| head.method == Method::GET) {
        return file;
    }
    let id = SessionId::of(&head.headers);
    let session = id.as_ref().and_then(|id| parts.sessions.find(id, Timestamp::now()));
    let outcome = match guard::same_site(&head.method, &head.headers, &reached) {
        Ok(()) => visit(parts, &head, body, &reached, session.clone()).await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok(answer) => answer,
        Err(error) if error.is_key() && session.is_some() => {
            // The key has been taken away, or was made inactive.
            if let Some(id) = &id {
                parts.sessions.end(id);
            }
            answer::with_cookie(answer::see("/sign-in"), &SessionId::no_cookie(reached.secure()))
        }
        Err(error) => {
            tracing::debug!(path = head.uri.path(), %error, "refused");
            page::failed(session, &error)
        }
    }
}

async fn visit(
    parts: &Arc<Parts>,
    head: &request::Parts,
    body: Incoming,
    reached: &Reached,
    session: Option<Arc<Session>>,
) -> Result<Answer, Error> {
    let (path, post) = (head.uri.path(), head.method == Method::POST);
    if !post && !matches!(head.method, Method::GET | Method::HEAD) {
        return Err(Error::NoPage(format!("{path} for {}", head.method)));
    }
    let query = Form::parse(head.uri.query().unwrap_or_default().as_bytes())?;
    if path == "/sign-in" {
        return match (post, session) {
            (true, _) => page::sign_in::enter(parts, &form(body).await?, reached).await,
            (false, Some(_)) => Ok(answer::see("/applications")),
            (false, None) => page::sign_in::show(StatusCode::OK, &query, None),
        };
    }
    let Some(session) = session else {
        return match post {
            true => Err(Error::Forbidden("The session is over: sign in and try again.".into())),
            false => Ok(answer::see(&page::sign_in::before(head.uri.path_and_query()))),
        };
    };
    let sent = match (post, path.ends_with("/upload")) {
        (false, _) => Sent::Nothing,
        (true, false) => Sent::Form(form(body).await?),
        (true, true) => Sent::Upload(Box::new(Upload::begin(&head.headers, body).await?)),
    };
    let token = match &sent {
        Sent::Nothing => true,
        Sent::Form(form) => session.has_token(form.get(TOKEN)),
        Sent::Upload(upload) => session.has_token(upload.form.get(TOKEN)),
    };
    if !token {
        return Err(Error::CrossSite("This form is not of this session: reload its page and send it again."));
    }
    if post && path == "/sign-out" {
        if let Some(id) = SessionId::of(&head.headers) {
            parts.sessions.end(&id);
        }
        return Ok(answer::with_cookie(answer::see("/sign-in"), &SessionId::no_cookie(reached.secure())));
    }
    let decoded = path
        .split('/')
        .filter(|segment| !segment.is_empty())
        .map(|segment| percent_decode_str(segment).decode_utf8().map(std::borrow::Cow::into_owned));
    let segments: Vec<String> = decoded.collect::<Result<_, _>>().map_err(|_| Error::NoPage(path.to_owned()))?;
    let visit = Visit { parts: Arc::clone(parts), session, query };
    route::dispatch(&visit, &segments, sent).await
}

/// The body of a form.
async fn form(body: Incoming) -> Result<Form, Error> {
    let collected = timeout(limits::FORM_PATIENCE, Limited::new(body, limits::FORM_BYTES).collect()).await;
    let collected = collected.map_err(|_| Error::Form("The form does not come to its end.".into()))?;
    let bytes = collected.map_err(|_| Error::TooLong(format!("A form has at most {} bytes.", limits::FORM_BYTES)))?;
    Form::parse(&bytes.to_bytes())
}

/// The answer to somebody who came by a name that is none of ours.
fn misdirected(head: &request::Parts) -> Answer {
    let host = head.headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or("no name");
    let host: String = host.chars().take(80).collect();
    let error = Error::Forbidden(format!(
        "This console is not called {host}. On its own host it is {}; other names are given to the daemon by \
         --console-name.",
        guard::OWN
    ));
    let mut answer = page::failed(None, &error);
    *answer.status_mut() = StatusCode::MISDIRECTED_REQUEST;
    answer
}

/// Sends a browser that came by another name of this host to ours.
fn elsewhere(head: &request::Parts, port: Option<u16>) -> Answer {
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
    let port = port.map(|port| format!(":{port}")).unwrap_or_default();
    let mut answer = answer::see("");
    match (&head.method, HeaderValue::from_str(&format!("http://{}{port}{path}", guard::OWN))) {
        (&Method::GET | &Method::HEAD, Ok(place)) => drop(answer.headers_mut().insert(LOCATION, place)),
        _ => return misdirected(head),
    }
    answer
}
