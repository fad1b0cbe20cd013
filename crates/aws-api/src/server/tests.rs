//! A server on a socket, and requests as clients send them.

use std::sync::Mutex;

use http::HeaderName;
use http_body_util::BodyExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use words::Secret;

use super::*;
use crate::codec::{cbor, json};
use crate::generated::{cloudwatch, sqs};
use crate::iam::Iam;
use crate::service::{ObjectsAnswer, Target};
use crate::sts::Sts;

/// Two services that speak JSON and CBOR.
#[derive(Default)]
struct Queues;

crate::service! {
    Queues, speaks crate::generated::sqs {
        GetQueueUrl => get_queue_url,
        ListQueues => list_queues,
    }
    on queue
}

impl Queues {
    fn queue(&self, caller: &Caller, _operation: &str, input: Members<'_>) -> Vec<Target> {
        vec![Target::new(caller.arn("sqs", input.text("QueueName").unwrap_or("*")).to_string())]
    }

    async fn get_queue_url(
        &self,
        _caller: &Caller,
        _input: sqs::GetQueueUrlRequest,
    ) -> Result<sqs::GetQueueUrlResult, Error> {
        Err(Error::new(sqs::error::QUEUE_DOES_NOT_EXIST, "The specified queue does not exist."))
    }

    async fn list_queues(
        &self,
        _caller: &Caller,
        _input: sqs::ListQueuesRequest,
    ) -> Result<sqs::ListQueuesResult, Error> {
        panic!("a fault of the program")
    }
}

#[derive(Default)]
struct Metrics(Mutex<Vec<cloudwatch::MetricDatum>>);

crate::service! {
    Metrics, speaks crate::generated::cloudwatch {
        ListMetrics => list_metrics,
        PutMetricData => put_metric_data,
    }
    on anything
}

impl Metrics {
    fn anything(&self, _caller: &Caller, _operation: &str, _input: Members<'_>) -> Vec<Target> {
        vec![Target::new("*")]
    }

    async fn put_metric_data(&self, _caller: &Caller, input: cloudwatch::PutMetricDataInput) -> Result<(), Error> {
        self.0.lock().unwrap().extend(input.metric_data.unwrap_or_default());
        Ok(())
    }

    async fn list_metrics(
        &self,
        _caller: &Caller,
        _input: cloudwatch::ListMetricsInput,
    ) -> Result<cloudwatch::ListMetricsOutput, Error> {
        let known = self.0.lock().unwrap();
        let metrics = known.iter().map(|datum| cloudwatch::Metric {
            metric_name: Some(format!("{}={}", datum.metric_name, datum.value.unwrap_or_default())),
            ..Default::default()
        });
        Ok(cloudwatch::ListMetricsOutput { metrics: Some(metrics.collect()), ..Default::default() })
    }
}

/// Says who asked and what came.
struct Echo;

impl Objects for Echo {
    fn bucket_of_host(&self, _host: &str) -> Option<String> {
        None
    }

    fn call(&self, request: ObjectsRequest) -> ObjectsAnswer<'_> {
        Box::pin(async move {
            let anonymous = request.caller.principal == Principal::Anonymous;
            let collected = request.body.collect().await?;
            let trailers = collected.trailers().map_or(0, HeaderMap::len);
            let body = collected.to_bytes();
            let body = String::from_utf8_lossy(&body);
            Ok(Response::new(answer::whole(format!("{anonymous} {:?} {body} {trailers}", request.length))))
        })
    }
}

struct World {
    address: SocketAddr,
    admin: (String, Secret),
    _folder: tempfile::TempDir,
}

async fn world() -> World {
    let folder = tempfile::tempdir().unwrap();
    let store = store::Store::open(&folder.path().join("store")).unwrap();
    let account: AccountId = "123456789012".parse().unwrap();
    let iam = ::iam::Iam::open(store, account.clone()).unwrap();
    let (key, secret) = iam.first_key().unwrap();
    let services: Vec<Arc<dyn Service>> = vec![
        Arc::new(Iam::new(iam.clone())),
        Arc::new(Sts::new(iam.clone())),
        Arc::new(Queues),
        Arc::new(Metrics::default()),
    ];
    let server = Server::new(Parts {
        authority: Arc::new(iam),
        account,
        region: "us-east-1".parse().unwrap(),
        services,
        paths: Vec::new(),
        objects: Some(Arc::new(Echo)),
        clock: Timestamp::now,
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(server.serve(listener));
    World { address, admin: (key.to_string(), secret), _folder: folder }
}

#[derive(Debug, Clone)]
struct Sent {
    method: &'static str,
    target: String,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

fn sent(method: &'static str, target: &str, headers: &[(&'static str, &str)], body: &[u8]) -> Sent {
    let headers = headers.iter().map(|(name, text)| (*name, (*text).to_owned())).collect();
    Sent { method, target: target.to_owned(), headers, body: body.to_vec() }
}

/// A request of the query protocol.
fn query(form: &str) -> Sent {
    sent("POST", "/", &[("content-type", "application/x-www-form-urlencoded; charset=utf-8")], form.as_bytes())
}

struct Received {
    status: u16,
    head: String,
    body: String,
    bytes: Vec<u8>,
}

impl World {
    /// Signs a request with a key, as its client would.
    fn sign(&self, mut sent: Sent, service: &str, key: &(String, Secret)) -> Sent {
        let now = Timestamp::now();
        let date = sign::compact(now);
        sent.headers.push(("host", self.address.to_string()));
        sent.headers.push(("x-amz-date", date.clone()));
        let digest = sign::sha256(&sent.body);
        let said = sent.headers.iter().find(|(name, _)| *name == "x-amz-content-sha256").map(|(_, text)| text.clone());
        if service == "s3" && said.is_none() {
            sent.headers.push(("x-amz-content-sha256", digest.clone()));
        }
        let mut names: Vec<&str> = sent.headers.iter().map(|(name, _)| *name).collect();
        names.sort_unstable();
        let map: HeaderMap =
            sent.headers.iter().map(|(name, text)| (HeaderName::from_static(name), text.parse().unwrap())).collect();
        let (path, parameters) = sent.target.split_once('?').unwrap_or((&sent.target, ""));
        let request = sign::Request { method: sent.method, path, query: parameters, headers: &map };
        let payload = said.unwrap_or(digest);
        let authorization =
            sign::authorization(&request, service, "eu-west-1", &names, &payload, &date, &key.0, &key.1);
        sent.headers.push(("authorization", authorization));
        sent
    }

    async fn send(&self, sent: Sent) -> Received {
        let mut text = format!("{} {} HTTP/1.1\r\nconnection: close\r\n", sent.method, sent.target);
        if !sent.headers.iter().any(|(name, _)| *name == "host") {
            text.push_str(&format!("host: {}\r\n", self.address));
        }
        for (name, value) in &sent.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        if !sent.headers.iter().any(|(name, _)| *name == "content-length") {
            text.push_str(&format!("content-length: {}\r\n", sent.body.len()));
        }
        text.push_str("\r\n");
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
        stream.write_all(&sent.body).await.unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await.unwrap();
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").expect("a head");
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let bytes = bytes[end + 4..].to_vec();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Received { status, head: head.to_lowercase(), body: String::from_utf8_lossy(&bytes).into_owned(), bytes }
    }

    async fn admin(&self, service: &str, sent: Sent) -> Received {
        self.send(self.sign(sent, service, &self.admin)).await
    }
}

fn between<'a>(text: &'a str, name: &str) -> &'a str {
    let (_, rest) = text.split_once(&format!("<{name}>")).expect(name);
    rest.split_once(&format!("</{name}>")).expect(name).0
}

#[tokio::test]
async fn an_operation_is_answered_as_its_client_waits_for_it() {
    let world = world().await;
    let answer = world.admin("iam", query("Action=CreateUser&Version=2010-05-08&UserName=bob&Tags=")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert!(
        answer.body.contains(
            "<CreateUserResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><CreateUserResult><User>"
        )
    );
    assert_eq!(between(&answer.body, "Arn"), "arn:aws:iam::123456789012:user/bob");
    let id = between(&answer.body, "RequestId");
    assert!(answer.head.contains(&format!("x-amzn-requestid: {id}")));
    assert!(answer.head.contains("\r\ndate: "), "eb looks for it");
    assert!(answer.head.contains("content-type: text/xml"));

    // Without output there is no result element.
    let answer = world.admin("iam", query("Action=DeleteUser&Version=2010-05-08&UserName=bob")).await;
    assert!(answer.body.contains("2010-05-08/\"><ResponseMetadata><RequestId>"), "{}", answer.body);

    let answer = world.admin("sts", sent("GET", "/?Action=GetCallerIdentity&Version=2011-06-15", &[], b"")).await;
    assert_eq!(between(&answer.body, "Arn"), "arn:aws:iam::123456789012:user/admin");
}

#[tokio::test]
async fn who_may_not_is_told_so() {
    let world = world().await;
    world.admin("iam", query("Action=CreateUser&Version=2010-05-08&UserName=bob")).await;
    let made = world.admin("iam", query("Action=CreateAccessKey&Version=2010-05-08&UserName=bob")).await.body;
    let bob = (between(&made, "AccessKeyId").to_owned(), Secret::new(between(&made, "SecretAccessKey")));
    let asked = query("Action=GetUser&Version=2010-05-08&UserName=admin");
    let answer = world.send(world.sign(asked, "iam", &bob)).await;
    assert_eq!(answer.status, 403);
    assert_eq!(between(&answer.body, "Code"), "AccessDenied");
    assert_eq!(
        between(&answer.body, "Message"),
        "User: arn:aws:iam::123456789012:user/bob is not authorized to perform: iam:GetUser on resource: \
         arn:aws:iam::123456789012:user/admin because no identity-based policy allows the iam:GetUser action"
    );

    let wrong = (bob.0.clone(), Secret::new("wrong"));
    let nobody = ("AKIANOBODY".to_owned(), Secret::new("wrong"));
    for (key, code) in [(&wrong, "SignatureDoesNotMatch"), (&nobody, "InvalidClientTokenId")] {
        let answer = world.send(world.sign(query("Action=ListUsers&Version=2010-05-08"), "iam", key)).await;
        assert_eq!((answer.status, between(&answer.body, "Code")), (403, code));
    }
    let answer = world.send(query("Action=ListUsers&Version=2010-05-08")).await;
    assert_eq!((answer.status, between(&answer.body, "Code")), (403, "MissingAuthenticationToken"));
}

#[tokio::test]
async fn what_cannot_be_done_is_told_so() {
    let world = world().await;
    for (service, form, status, code, message) in [
        (
            "iam",
            "Action=Nope&Version=2010-05-08",
            400,
            "InvalidAction",
            "Could not find operation Nope for version 2010-05-08.",
        ),
        (
            "iam",
            "Action=ListUsers&Version=1999-01-01",
            400,
            "InvalidAction",
            "Could not find operation ListUsers for version 1999-01-01.",
        ),
        (
            "iam",
            "Action=ListUsers",
            400,
            "InvalidAction",
            "Could not find operation ListUsers for version NO_VERSION_SPECIFIED.",
        ),
        ("iam", "Version=2010-05-08", 400, "MissingAction", "The request must contain the parameter Action"),
        ("nope", "Action=ListUsers&Version=2010-05-08", 400, "InvalidAction", "The service nope is not offered here"),
        (
            "iam",
            "Action=GetUser&Version=2010-05-08&UserName=",
            400,
            "ValidationError",
            "2 validation errors detected: Value '' at 'userName' failed to satisfy constraint: Member must have length \
             greater than or equal to 1; Value '' at 'userName' failed to satisfy constraint: Member must satisfy regular \
             expression pattern: [\\w+=,.@-]+",
        ),
    ] {
        let answer = world.admin(service, query(form)).await;
        assert_eq!((answer.status, between(&answer.body, "Code")), (status, code), "{form}");
        assert_eq!(between(&answer.body, "Message"), message);
        assert_eq!(between(&answer.body, "Type"), "Sender");
    }
    let long = format!("Action=ListUsers&Version=2010-05-08&x={}", "x".repeat(limits::QUERY_BODY));
    let mut long = world.sign(query(&long), "iam", &world.admin);
    long.headers.push(("content-length", long.body.len().to_string()));
    long.body.clear();
    assert_eq!(world.send(long).await.status, 413);
}

#[tokio::test]
async fn queues_speak_json() {
    let world = world().await;
    let json = |target, body: &str| {
        let headers = [("x-amz-target", target), ("content-type", "application/x-amz-json-1.0")];
        sent("POST", "/", &headers, body.as_bytes())
    };
    let answer = world.admin("sqs", json("AmazonSQS.GetQueueUrl", r#"{"QueueName":"q"}"#)).await;
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.body,
        r#"{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"The specified queue does not exist."}"#
    );
    assert!(answer.head.contains("x-amzn-query-error: aws.simplequeueservice.nonexistentqueue;sender"));
    assert!(answer.head.contains("content-type: application/x-amz-json-1.0"));

    let answer = world.admin("sqs", json("AmazonSQS.GetQueueUrl", "{}")).await;
    assert!(answer.body.contains("The request must contain the parameter QueueName"), "{}", answer.body);
    for target in ["AmazonSQS.Nope", "Other.GetQueueUrl", "GetQueueUrl", "AmazonSQS.SendMessage"] {
        let answer = world.admin("sqs", json(target, "{}")).await;
        assert!(answer.status == 400 && answer.body.contains("UnknownOperationException"), "{}", answer.body);
    }
    // A fault of the program ends one request.
    assert_eq!(world.admin("sqs", json("AmazonSQS.ListQueues", "{}")).await.status, 500);
    assert_eq!(world.admin("sqs", json("AmazonSQS.GetQueueUrl", "{\"QueueName\":1}")).await.status, 400);
}

#[tokio::test]
async fn metrics_speak_cbor_json_and_the_query_protocol() {
    let world = world().await;
    let cbor_of = |operation: &str, text: &str| {
        let shape = cloudwatch::MODEL.operation(operation).unwrap().input;
        cbor::write(shape, &json::parse(shape, text.as_bytes()).unwrap())
    };
    let rpc = |operation: &str, body: &[u8]| {
        let path = format!("/service/GraniteServiceVersion20100801/operation/{operation}");
        sent("POST", &path, &[("smithy-protocol", "rpc-v2-cbor"), ("content-type", "application/cbor")], body)
    };
    let put = cbor_of("PutMetricData", r#"{"Namespace":"N","MetricData":[{"MetricName":"cbor","Value":1.5}]}"#);
    let answer = world.admin("monitoring", rpc("PutMetricData", &put)).await;
    assert_eq!((answer.status, answer.bytes.as_slice()), (200, &b"\xa0"[..]), "{}", answer.body);
    assert!(answer.head.contains("smithy-protocol: rpc-v2-cbor"));

    // boto3 compresses what is long.
    let put = cbor_of("PutMetricData", r#"{"Namespace":"N","MetricData":[{"MetricName":"gzip","Value":3}]}"#);
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut encoder, &put).unwrap();
    let mut compressed = rpc("PutMetricData", &encoder.finish().unwrap());
    compressed.headers.push(("content-encoding", "gzip".into()));
    assert_eq!(world.admin("monitoring", compressed.clone()).await.status, 200);
    compressed.body.truncate(20);
    assert_eq!(world.admin("monitoring", compressed).await.status, 400);

    let headers = [
        ("x-amz-target", "GraniteServiceVersion20100801.PutMetricData"),
        ("content-type", "application/x-amz-json-1.0"),
    ];
    let text = br#"{"Namespace":"N","MetricData":[{"MetricName":"json","Value":2}]}"#;
    assert_eq!(world.admin("monitoring", sent("POST", "/", &headers, text)).await.body, "{}");

    let answer = world.admin("monitoring", query("Action=ListMetrics&Version=2010-08-01")).await;
    assert!(
        answer.body.contains(
            "<ListMetricsResult><Metrics><member><MetricName>cbor=1.5</MetricName></member><member><MetricName>gzip=3\
             </MetricName></member><member><MetricName>json=2</MetricName></member></Metrics></ListMetricsResult>"
        ),
        "{}",
        answer.body
    );
    let answer = world.admin("monitoring", rpc("PutMetricData", &cbor_of("PutMetricData", "{}"))).await;
    assert_eq!(answer.status, 400);
    assert!(answer.body.contains("__type") && answer.body.contains("Namespace"), "{}", answer.body);
    assert!(answer.head.contains("x-amzn-query-error: missingparameter;sender"), "{}", answer.head);
}

#[tokio::test]
async fn objects_are_s3s() {
    let world = world().await;
    let answer = world.send(sent("GET", "/bucket/key?versionId=1", &[], b"")).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "true Some(0)  0"));
    let answer = world.send(sent("PUT", "/bucket/key", &[], b"x")).await;
    assert_eq!((answer.status, between(&answer.body, "Code")), (403, "AccessDenied"));
    assert_eq!(between(&answer.body, "Resource"), "/bucket/key");
    assert!(answer.head.contains("x-amz-request-id: "));

    let answer = world.admin("s3", sent("PUT", "/bucket/a%20b", &[], b"hello")).await;
    assert_eq!(answer.body, "false Some(5) hello 0");
    let chunks = b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n";
    let headers = [
        ("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
        ("x-amz-decoded-content-length", "5"),
        ("content-encoding", "aws-chunked"),
        ("x-amz-trailer", "x-amz-checksum-crc32"),
    ];
    let answer = world.admin("s3", sent("PUT", "/bucket/key", &headers, chunks)).await;
    assert_eq!(answer.body, "false Some(5) hello 1");
    let mut other = world.sign(sent("PUT", "/bucket/key", &[], b"hello"), "s3", &world.admin);
    other.body = b"hellO".to_vec();
    let answer = world.send(other).await;
    assert_eq!((answer.status, between(&answer.body, "Code")), (400, "XAmzContentSHA256Mismatch"));
    let answer = world.send(sent("HEAD", "/bucket/key?X-Amz-Signature=1", &[], b"")).await;
    assert_eq!((answer.status, answer.body.as_str()), (400, ""));
}

/// What a client that is refused does not send is not awaited: the connection ends, and nothing is taken for a body.
#[tokio::test]
async fn who_waits_to_send_a_body_and_is_refused_needs_another_connection() {
    let world = world().await;
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    let refused = b"PUT /bucket/key HTTP/1.1\r\nHost: s3\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n";
    stream.write_all(refused).await.unwrap();
    stream.write_all(b"GET /bucket/key HTTP/1.1\r\nHost: s3\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    // A reset after the answer is an end, too.
    let _ = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut answer)).await.expect("no end");
    let answer = String::from_utf8_lossy(&answer).to_ascii_lowercase();
    assert!(answer.starts_with("http/1.1 403 ") && answer.contains("\r\nconnection: close\r\n"), "{answer}");
    assert_eq!(answer.matches("http/1.1 ").count(), 1, "{answer}");
}
