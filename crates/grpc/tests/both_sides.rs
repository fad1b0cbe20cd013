//! Calls over a pipe in memory: each kind of call, errors with details, connections that end.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use grpc::client::Channel;
use grpc::proto::control::BytesMessage;
use grpc::proto::health::HealthCheckRequest;
use grpc::server::{self, Answer, Call, Messages};
use grpc::{Code, Request, Status};
use tokio_stream::StreamExt;

async fn answer(call: Call) -> Answer {
    match call.uri().path() {
        "/t.T/Unary" => {
            let shout = |request: Request<HealthCheckRequest>| async move {
                let said = request.into_inner().service;
                if said.is_empty() {
                    return Err(Status::with_details(Code::InvalidArgument, "nothing said", "details".into()));
                }
                Ok(HealthCheckRequest { service: said.to_uppercase() })
            };
            server::unary(call, shout).await
        }
        "/t.T/Streamed" => {
            let count = |request: Request<HealthCheckRequest>| async move {
                let count = request.into_inner().service.len();
                let numbers = (0..count).map(|number| Ok(HealthCheckRequest { service: number.to_string() }));
                Ok(Messages::new(tokio_stream::iter(numbers.collect::<Vec<_>>())))
            };
            server::streamed(call, count).await
        }
        "/t.T/Both" => {
            let echo = |request: Request<grpc::Streaming<BytesMessage>>| async move {
                Ok(Messages::new(request.into_inner()))
            };
            server::both(call, echo).await
        }
        _ => server::unknown(&call),
    }
}

async fn pair() -> (Channel, tokio::task::JoinHandle<()>) {
    let (near, far) = tokio::io::duplex(64 << 10);
    tokio::spawn(server::serve(far, answer));
    let (channel, connection) = Channel::open(near).await.unwrap();
    let task = tokio::spawn(async move {
        let _ = connection.await;
    });
    (channel, task)
}

fn word(text: &str) -> Request<HealthCheckRequest> {
    Request::new(HealthCheckRequest { service: text.into() })
}

#[tokio::test]
async fn every_kind_of_call() {
    let (channel, _task) = pair().await;
    let answer: HealthCheckRequest = channel.unary("/t.T/Unary", word("hear")).await.unwrap();
    assert_eq!(answer.service, "HEAR");

    let numbers: grpc::Streaming<HealthCheckRequest> = channel.streamed("/t.T/Streamed", word("123")).await.unwrap();
    let numbers: Vec<String> = numbers.map(|number| number.unwrap().service).collect().await;
    assert_eq!(numbers, ["0", "1", "2"]);

    let messages = tokio_stream::iter((0..100_u8).map(|byte| BytesMessage { data: vec![byte; 10_000] }));
    let echoes: grpc::Streaming<BytesMessage> = channel.both("/t.T/Both", Request::new(messages)).await.unwrap();
    let echoes: Vec<BytesMessage> = echoes.map(Result::unwrap).collect().await;
    assert_eq!(echoes.len(), 100);
    assert!(echoes.iter().enumerate().all(|(number, echo)| echo.data == vec![u8::try_from(number).unwrap(); 10_000]));
}

#[tokio::test]
async fn errors_carry_their_details() {
    let (channel, _task) = pair().await;
    let error = channel.unary::<_, HealthCheckRequest>("/t.T/Unary", word("")).await.unwrap_err();
    assert_eq!(
        (error.code(), error.message(), error.details()),
        (Code::InvalidArgument, "nothing said", &b"details"[..])
    );
    let error = channel.unary::<_, HealthCheckRequest>("/t.T/None", word("x")).await.unwrap_err();
    assert_eq!((error.code(), error.message()), (Code::Unimplemented, "unknown method /t.T/None"));
}

#[tokio::test]
async fn a_connection_that_ends_ends_its_calls() {
    let (channel, task) = pair().await;
    task.abort();
    let _ = task.await;
    let error = channel.unary::<_, HealthCheckRequest>("/t.T/Unary", word("hear")).await.unwrap_err();
    assert_eq!(error.code(), Code::Unavailable, "{error:?}");
}

#[tokio::test]
async fn a_call_that_is_given_up_is_dropped() {
    let (near, far) = tokio::io::duplex(64 << 10);
    let dropped = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&dropped);
    tokio::spawn(server::serve(far, move |call| {
        let guard = Guard(Arc::clone(&counter));
        async move {
            let never = move |_: Request<HealthCheckRequest>| async move {
                let _guard = guard;
                std::future::pending::<Result<HealthCheckRequest, Status>>().await
            };
            server::unary(call, never).await
        }
    }));
    let (channel, connection) = Channel::open(near).await.unwrap();
    tokio::spawn(async move {
        let _ = connection.await;
    });
    let call = channel.unary::<_, HealthCheckRequest>("/t.T/Unary", word("x"));
    let given_up = tokio::time::timeout(std::time::Duration::from_millis(100), call).await;
    assert!(given_up.is_err());
    while dropped.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
}

struct Guard(Arc<AtomicUsize>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}
