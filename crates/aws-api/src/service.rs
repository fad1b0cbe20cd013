//! What a service is to this crate: a model, and an `async fn` an operation.
//!
//! ```text
//! pub struct Iam { … }
//!
//! service! {
//!     Iam, speaks generated::iam {
//!         CreateUser => create_user,
//!         …
//!     }
//!     on resources
//! }
//!
//! impl Iam {
//!     async fn create_user(&self, caller: &Caller, input: CreateUserRequest) -> Result<CreateUserResponse, Error> { … }
//!
//!     fn resources(&self, caller: &Caller, operation: &str, input: Members<'_>) -> Vec<Target> { … }
//! }
//! ```

use std::collections::BTreeMap;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;

use aws::{AccountId, Arn, Region};
use hyper::body::Incoming;
use words::Timestamp;

use crate::access::Principal;
use crate::answer::Body;
use crate::codec::shape::Model;
use crate::codec::{Members, Shaped, Value};
use crate::error::Error;
use crate::sign::body::Verified;

/// An operation of a model, as a type.
pub trait Operation {
    /// Its name.
    const NAME: &'static str;
    /// What it takes.
    type Input: Shaped;
    /// What it gives.
    type Output: Shaped;
}

/// What is known of a request beside what it asks for.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The account that it is about.
    pub account: AccountId,
    /// The region that its signature names.
    pub region: Region,
    /// Who asks.
    pub principal: Principal,
    /// The id of the request, which its answer carries and its events.
    pub request_id: String,
    /// When it came.
    pub now: Timestamp,
    /// From where.
    pub source: Option<SocketAddr>,
    /// Whether it came encrypted.
    pub secure: bool,
    /// The address by which the client reached this server: `127.0.0.1:4566`.
    pub host: String,
    /// What the client calls itself.
    pub user_agent: String,
}

impl Caller {
    /// A resource of this account in this region.
    pub fn arn(&self, service: &str, resource: impl Into<String>) -> Arn {
        Arn::new(service, &self.region, &self.account, resource)
    }

    /// `http://127.0.0.1:4566`: where this server is, as this client sees it.
    pub fn endpoint(&self) -> String {
        format!("{}://{}", if self.secure { "https" } else { "http" }, self.host)
    }

    /// What policies may ask of any request, by condition key. What is known of who asks is `iam`'s to add.
    ///
    /// Source: "AWS global condition context keys" in the IAM User Guide.
    pub fn context(&self) -> BTreeMap<String, Vec<String>> {
        let mut context = BTreeMap::new();
        let mut put = |key: &str, text: String| context.insert(key.to_owned(), vec![text]);
        put("aws:CurrentTime", crate::codec::xml::iso(self.now));
        put("aws:EpochTime", self.now.seconds().to_string());
        put("aws:SecureTransport", self.secure.to_string());
        put("aws:RequestedRegion", self.region.to_string());
        put("aws:UserAgent", self.user_agent.clone());
        if let Some(source) = self.source {
            put("aws:SourceIp", source.ip().to_canonical().to_string());
        }
        context
    }
}

/// What an operation is on: a resource, and what is known of it by condition key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// An ARN, or `*` where the action is on no resource.
    pub resource: String,
    /// `elasticbeanstalk:InApplication` and the like.
    pub context: BTreeMap<String, Vec<String>>,
    /// The text of the resource's own policy, if it has one.
    pub policy: Option<String>,
    /// The action that policies know it as, if that is not the operation's name.
    pub action: Option<&'static str>,
}

impl Target {
    /// A resource of which nothing else is known.
    pub fn new(resource: impl Into<String>) -> Self {
        Self { resource: resource.into(), context: BTreeMap::new(), policy: None, action: None }
    }

    /// With a condition key.
    pub fn with(mut self, key: &str, text: impl Into<String>) -> Self {
        self.context.entry(key.to_owned()).or_default().push(text.into());
        self
    }

    /// With the condition keys of what tags it has.
    pub(crate) fn tagged<'t>(self, tags: impl IntoIterator<Item = (&'t String, &'t String)>) -> Self {
        tags.into_iter().fold(self, |target, (key, text)| target.with(&format!("aws:ResourceTag/{key}"), text))
    }
}

/// What an operation comes to.
pub type Answer<'a> = Pin<Box<dyn Future<Output = Result<Value, Error>> + Send + 'a>>;

/// One service. Written by the macro `service!`.
pub trait Service: Send + Sync + 'static {
    /// Its model.
    fn model(&self) -> &'static Model;

    /// Whether it has this operation of its model.
    fn offers(&self, operation: &str) -> bool;

    /// What an operation is on. A policy must allow it on each; none means that anybody with a key may.
    fn targets(&self, caller: &Caller, operation: &str, input: Members<'_>) -> Vec<Target>;

    /// Does it. The input has been checked against the model, and the caller may.
    fn call<'a>(&'a self, operation: &'static str, caller: &'a Caller, input: Value) -> Answer<'a>;
}

/// Reads what an operation takes, does it, and writes what it gives.
///
/// # Errors
/// When the operation fails.
pub async fn perform<O, F>(input: Value, does: impl FnOnce(O::Input) -> F) -> Result<Value, Error>
where
    O: Operation,
    F: Future<Output = Result<O::Output, Error>>,
{
    let Some(input) = O::Input::read(Some(input)) else {
        return Err(Error::internal(format_args!("{}'s input does not fit its shape", O::NAME)));
    };
    let output = does(input).await?;
    output.write().ok_or_else(|| Error::internal(format_args!("{}'s output is nothing", O::NAME)))
}

/// Makes a [`Service`] of a type with an `async fn` an operation, and one method that tells what operations are on.
#[macro_export]
macro_rules! service {
    ($type:ty, speaks $($model:ident)::+ { $($operation:ident => $method:ident,)* } on $targets:ident) => {
        impl $crate::service::Service for $type {
            fn model(&self) -> &'static $crate::codec::shape::Model {
                &$($model)::+::MODEL
            }

            fn offers(&self, operation: &str) -> bool {
                [$(stringify!($operation)),*].contains(&operation)
            }

            fn targets(
                &self,
                caller: &$crate::service::Caller,
                operation: &str,
                input: $crate::codec::Members<'_>,
            ) -> Vec<$crate::service::Target> {
                self.$targets(caller, operation, input)
            }

            fn call<'a>(
                &'a self,
                operation: &'static str,
                caller: &'a $crate::service::Caller,
                input: $crate::codec::Value,
            ) -> $crate::service::Answer<'a> {
                use $($model)::+::operation as known;
                match operation {
                    $(stringify!($operation) => Box::pin($crate::service::perform::<known::$operation, _>(
                        input,
                        |input| self.$method(caller, input),
                    )),)*
                    _ => Box::pin(async move {
                        Err($crate::error::Error::internal(format_args!("{operation} is not offered")))
                    }),
                }
            }
        }
    };
}

/// A service that has paths and documents where others have operations.
pub trait Paths: Send + Sync + 'static {
    /// What a signature's scope calls it.
    fn signing_name(&self) -> &'static str;

    /// The namespace of its XML.
    fn namespace(&self) -> &'static str;

    /// Answers a request. Whether the caller may is this one's to ask.
    fn call(&self, request: PathsRequest) -> PathsAnswer<'_>;
}

/// A request of such a service. Who it is from is certain.
#[derive(Debug)]
pub struct PathsRequest {
    /// Method, path, parameters, headers.
    pub head: http::request::Parts,
    /// The body.
    pub body: bytes::Bytes,
    /// From whom.
    pub caller: Caller,
}

/// What such a request comes to.
pub type PathsAnswer<'a> = Pin<Box<dyn Future<Output = Result<http::Response<Body>, Error>> + Send + 'a>>;

/// S3, which has paths and streams where other services have operations.
pub trait Objects: Send + Sync + 'static {
    /// The bucket that a host names, where it names one (virtual-host style). It is part of what old signatures sign.
    fn bucket_of_host(&self, host: &str) -> Option<String>;

    /// Answers a request. Whether the caller may is this one's to ask.
    fn call(&self, request: ObjectsRequest) -> ObjectsAnswer<'_>;
}

/// A request of S3. Who it is from is certain.
#[derive(Debug)]
pub struct ObjectsRequest {
    /// Method, path, parameters, headers.
    pub head: http::request::Parts,
    /// The body, without Amazon's chunks. Its end may be an error, and then nothing of it counts; trailers come as such.
    pub body: Verified<Incoming>,
    /// How long it says it is.
    pub length: Option<u64>,
    /// From whom; anonymous when it is not signed.
    pub caller: Caller,
}

/// What a request of S3 comes to.
pub type ObjectsAnswer<'a> = Pin<Box<dyn Future<Output = Result<http::Response<Body>, Error>> + Send + 'a>>;
