//! IAM, STS and S3 on one port, for trying real clients against: `cargo run -p aws-api --example serve -- FOLDER [PORT]`.
//!
//! Prints the variables that clients need.

use std::path::PathBuf;
use std::sync::Arc;

use aws_api::iam::Iam;
use aws_api::s3::Service;
use aws_api::server::{Parts, Server};
use aws_api::sts::Sts;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or("which folder?")?);
    let port: u16 = arguments.next().map_or(Ok(4566), |text| text.parse())?;
    let store = store::Store::open(&folder.join("store"))?;
    let account: aws::AccountId = "123456789012".parse()?;
    let iam = iam::Iam::open(store.clone(), account.clone())?;
    let s3 = s3::S3::open(store, folder.join("s3"), account.clone())?;
    if let Some((key, secret)) = iam.first_key() {
        println!("export AWS_ACCESS_KEY_ID={key}\nexport AWS_SECRET_ACCESS_KEY={}", secret.reveal());
    }
    println!("export AWS_ENDPOINT_URL=http://127.0.0.1:{port} AWS_REGION=us-east-1");
    let server = Server::new(Parts {
        authority: Arc::new(iam.clone()),
        account,
        region: "us-east-1".parse()?,
        services: vec![Arc::new(Iam::new(iam.clone())), Arc::new(Sts::new(iam.clone()))],
        paths: Vec::new(),
        objects: Some(Arc::new(Service::new(s3, Arc::new(iam)))),
        clock: words::Timestamp::now,
    });
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
        server.serve(listener).await
    })?;
    Ok(())
}
