//! `dabba quickstart`: from nothing to a web application in a container, and to the same application in an environment
//! of Elastic Beanstalk, without any network.
//!
//! It uses the daemon's two APIs only, as any client would.

use std::io::{Read as _, Write};
use std::net::TcpStream;
use std::os::unix::fs::OpenOptionsExt as _;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::Args;
use client::{Body, Client, Endpoint, Error, Frames, Origin};
use sample::Sample;
use serde_json::{Value, json};
use tokio::io::AsyncReadExt as _;

use crate::aws::{self, Query};
use crate::status;

/// Flags of `dabba quickstart`.
#[derive(Debug, Args)]
pub(crate) struct Flags {
    /// Port of the sample web application; 0 for any that is free.
    #[arg(long, default_value_t = 8080)]
    port: u16,
}

/// The name of the container with the sample web application.
const WEB: &str = "sample-web";
const LOG: &str = "/var/log/dabba.log";
/// How long a daemon and an application may take to answer.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) fn run(flags: &Flags, host: Option<&str>) -> Result<()> {
    let endpoint = status::endpoint(host)?;
    status::block_on(async {
        let client = Client::new(endpoint.clone());
        ensure_daemon(&client, &endpoint).await?;
        say("making the images `hello` and `sample-web` of what this program carries");
        for sample in [Sample::Hello, Sample::Web] {
            let archive = sample.archive().context("writing an image")?;
            let request = client.post("/images/load").query("quiet", "1");
            request.body("application/x-tar", Body::full(archive)).send().await?.bytes().await?;
        }
        say("running `hello`");
        println!();
        hello(&client).await?;
        println!();
        say("starting the sample web application");
        let port = web(&client, flags.port).await?;
        let page = fetch(port)?;
        let title = page.split("<h1>").nth(1).and_then(|rest| rest.split("</h1>").next()).unwrap_or_default();
        say(&format!("its page says: {title}"));
        let deployed = environment()?;
        let host = match &endpoint {
            Endpoint::Unix(path) if path == Path::new(crate::DEFAULT_SOCKET) => String::new(),
            other => format!("-H {other} "),
        };
        println!(
            "\n  http://127.0.0.1:{port}/\n\nWhat to type next:\n  \
             dabba {host}ps                      the containers that run\n  \
             dabba {host}logs -f {WEB}      what the application writes\n  \
             dabba {host}rm -f {WEB}        take it away again\n  \
             export DOCKER_HOST={endpoint}    and the docker client works with it, too"
        );
        if let Some(deployed) = deployed {
            println!(
                "\n  http://{deployed}/\n\nWhat to type next:\n  eval \"$(dabba aws env)\"      for aws, eb and boto3\n  \
                 eb init {APPLICATION} && eb status {ENVIRONMENT}\n  eb terminate {ENVIRONMENT} --force"
            );
        }
        Ok(())
    })
}

/// What the application of Elastic Beanstalk is called.
const APPLICATION: &str = "sample";
/// What its environment is called.
const ENVIRONMENT: &str = "sample-env";
/// Where a daemon that is started here serves Amazon's services.
const AWS: &str = "127.0.0.1:4566";

/// Deploys the sample application to an environment, fetches its page, and gives its address. Nothing, when the daemon
/// serves no Elastic Beanstalk.
fn environment() -> Result<Option<String>> {
    let Ok(found) = aws::endpoint(Path::new("/run/dabba")) else {
        say("this daemon serves no Elastic Beanstalk: one that is started with --aws-listen 127.0.0.1:4566 does");
        return Ok(None);
    };
    let query = Query::new(&found, aws::key(&found)?)?;
    say("deploying the sample application to an environment of Elastic Beanstalk");
    let there = query.ask("DescribeApplications", &[("ApplicationNames.member.1", APPLICATION)])?;
    if there.text("ApplicationName").is_none() {
        query.ask("CreateApplication", &[("ApplicationName", APPLICATION)])?;
    }
    let which = [("EnvironmentNames.member.1", ENVIRONMENT), ("IncludeDeleted", "false")];
    if query.ask("DescribeEnvironments", &which)?.text("EnvironmentId").is_none() {
        let stacks = query.ask("ListAvailableSolutionStacks", &[])?.texts("SolutionStackName");
        let stack =
            stacks.iter().find(|stack| stack.ends_with("running Docker")).context("there is no Docker platform")?;
        query.ask(
            "CreateEnvironment",
            &[
                ("ApplicationName", APPLICATION),
                ("EnvironmentName", ENVIRONMENT),
                ("SolutionStackName", stack),
                ("OptionSettings.member.1.Namespace", "aws:elasticbeanstalk:environment"),
                ("OptionSettings.member.1.OptionName", "EnvironmentType"),
                ("OptionSettings.member.1.Value", "SingleInstance"),
            ],
        )?;
    }
    let begin = Instant::now();
    let ready = loop {
        let seen = query.ask("DescribeEnvironments", &which)?;
        match (seen.text("Status").as_deref(), seen.text("Health").as_deref()) {
            (Some("Ready"), Some("Green")) => break seen,
            (Some("Ready"), Some("Red")) => {
                let events = query.ask("DescribeEvents", &[("EnvironmentName", ENVIRONMENT), ("Severity", "ERROR")])?;
                bail!("the environment could not be launched: {}", events.text("Message").unwrap_or_default());
            }
            _ if begin.elapsed() > PATIENCE => bail!("the environment {ENVIRONMENT} is not ready in time"),
            _ => std::thread::sleep(Duration::from_millis(20)),
        }
    };
    let address = ready.text("EndpointURL").context("the environment has no address")?;
    let port = address.rsplit(':').next().and_then(|port| port.parse().ok()).context("its address has no port")?;
    fetch(port)?;
    Ok(Some(address))
}

fn say(what: &str) {
    println!("==> {what}");
    let _ = std::io::stdout().flush();
}

/// Starts a daemon if nobody answers.
async fn ensure_daemon(client: &Client, endpoint: &Endpoint) -> Result<()> {
    match client.version().await {
        Ok(_) => {
            say(&format!("a daemon runs at {endpoint}"));
            return Ok(());
        }
        Err(Error::NotRunning { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    if !rustix::process::geteuid().is_root() {
        bail!("no daemon runs at {endpoint}, and only root can start one: sudo dabba quickstart");
    }
    say(&format!("starting the daemon at {endpoint}; it writes to {LOG}"));
    // It shows the administrator's key at the first start: only root may read it.
    let log = std::fs::File::options().create(true).append(true).mode(0o600).open(LOG);
    let log = log.with_context(|| format!("opening {LOG}"))?;
    let mut daemon = Command::new(std::env::current_exe().context("finding this program's file")?);
    daemon.arg("daemon").arg("--host").arg(endpoint.to_string()).arg("--aws-listen").arg(AWS);
    // A terminal's Ctrl-C is for this command, not for the daemon that it leaves behind.
    daemon.process_group(0).stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
    let mut daemon = daemon.spawn().context("starting the daemon")?;
    let begin = Instant::now();
    while client.version().await.is_err() {
        if let Some(status) = daemon.try_wait()? {
            let text = std::fs::read_to_string(LOG).unwrap_or_default();
            bail!("the daemon ended at once ({status}): {}", text.lines().last().unwrap_or_default());
        }
        if begin.elapsed() > PATIENCE {
            bail!("the daemon does not answer; its log is {LOG}");
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

async fn create(client: &Client, name: Option<&str>, body: Value) -> Result<String> {
    let request = client.post("/containers/create").query_some("name", name.unwrap_or_default());
    let created: Value = request.json(&body)?.read().await?;
    created["Id"].as_str().map(str::to_owned).context("the daemon gave no id")
}

/// `run --rm hello`
async fn hello(client: &Client) -> Result<()> {
    let body = json!({ "Image": Sample::Hello.name(), "AttachStdout": true, "AttachStderr": true });
    let id = create(client, None, body).await?;
    let attach = client.post(format!("/containers/{id}/attach")).query("stream", "1").query("stdout", "1");
    let mut stream = attach.query("stderr", "1").hijack().await?;
    client.post(format!("/containers/{id}/start")).send().await?.bytes().await?;
    let mut frames = Frames::new();
    frames.push(&stream.pending);
    let mut buffer = vec![0; 4096];
    loop {
        while let Some(frame) = frames.next_frame()? {
            match frame.origin {
                Origin::Stderr => std::io::stderr().write_all(&frame.data)?,
                _ => std::io::stdout().write_all(&frame.data)?,
            }
        }
        match stream.socket.read(&mut buffer).await? {
            0 => break,
            count => frames.push(&buffer[..count]),
        }
    }
    client.post(format!("/containers/{id}/wait")).send().await?.bytes().await?;
    client.delete(format!("/containers/{id}")).send().await?.bytes().await?;
    Ok(())
}

/// Starts the web application, in place of one that is there, and gives its port.
async fn web(client: &Client, port: u16) -> Result<u16> {
    match client.delete(format!("/containers/{WEB}")).query("force", "1").send().await {
        Ok(answer) => drop(answer.bytes().await?),
        Err(error) if error.is_not_found() => {}
        Err(error) => return Err(error.into()),
    }
    let port = if port == 0 { String::new() } else { port.to_string() };
    let body = json!({
        "Image": Sample::Web.name(),
        "HostConfig": { "PortBindings": { "8080/tcp": [{ "HostIp": "127.0.0.1", "HostPort": port }] } },
    });
    let id = create(client, Some(WEB), body).await?;
    let started = client.post(format!("/containers/{id}/start")).send().await;
    if let Err(error) = started {
        client.delete(format!("/containers/{id}")).send().await?.bytes().await?;
        return Err(error).context("starting the application; if its port is taken, choose another with --port");
    }
    let shown: Value = client.get(format!("/containers/{id}/json")).read().await?;
    let port = shown["NetworkSettings"]["Ports"]["8080/tcp"][0]["HostPort"].as_str();
    port.and_then(|text| text.parse().ok()).context("the application's port is not published")
}

/// Fetches the page, as soon as the application listens.
fn fetch(port: u16) -> Result<String> {
    let begin = Instant::now();
    loop {
        let fetched = TcpStream::connect(("127.0.0.1", port)).and_then(|mut stream| {
            stream.set_read_timeout(Some(Duration::from_secs(5)))?;
            stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
            let mut page = String::new();
            stream.read_to_string(&mut page)?;
            Ok(page)
        });
        match fetched {
            Ok(page) if page.starts_with("HTTP/1.1 200") => return Ok(page),
            Ok(page) if begin.elapsed() > PATIENCE => bail!("the application answered: {page}"),
            Err(error) if begin.elapsed() > PATIENCE => return Err(error).context("fetching the application's page"),
            _ => std::thread::sleep(Duration::from_millis(10)),
        }
    }
}
