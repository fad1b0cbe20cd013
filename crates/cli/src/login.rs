//! `login` and `logout`.
//!
//! Source: docker/cli, `cli/command/registry`.

use std::io::{self, BufRead, Read};

use clap::Args;
use words::Secret;

use crate::context::Context;
use crate::credentials::{DockerConfig, server};
use crate::error::Failure;
use crate::flags::Switch;
use crate::json::Json;
use crate::{output, terminal};

/// `login [OPTIONS] [SERVER]`.
#[derive(Debug, Clone, Args)]
pub struct LoginArgs {
    /// Password or Personal Access Token (PAT)
    #[arg(short, long, value_name = "STRING")]
    password: Option<String>,
    /// Take the Password or Personal Access Token (PAT) from stdin
    #[arg(long, switch())]
    password_stdin: bool,
    /// Username
    #[arg(short, long, value_name = "STRING")]
    username: Option<String>,
    /// The registry
    #[arg(value_name = "SERVER")]
    server: Option<String>,
}

/// `logout [SERVER]`.
#[derive(Debug, Clone, Args)]
pub struct LogoutArgs {
    /// The registry
    #[arg(value_name = "SERVER")]
    server: Option<String>,
}

/// Longest password that is read from standard input.
const PASSWORD_BYTES: u64 = 64 << 10;

pub(crate) async fn log_in(context: &Context, args: LoginArgs) -> Result<(), Failure> {
    let server = server(args.server.as_deref().unwrap_or_default()).to_owned();
    let told = args.password.is_some();
    let (username, password) =
        tokio::task::spawn_blocking(move || ask(args)).await.map_err(|broken| Failure::new(broken.to_string()))??;
    if told {
        output::complain("WARNING! Using --password via the CLI is insecure. Use --password-stdin.");
    }
    let login = serde_json::json!({
        "username": username,
        "password": password.reveal(),
        "serveraddress": server,
    });
    let answer: Json = context.client.post("/auth").json(&login)?.read().await?;
    let token = Secret::new(answer.text_of("IdentityToken"));
    if !token.reveal().is_empty() {
        return Err(Failure::new("the registry gave an identity token, which this client does not keep"));
    }
    let kept = DockerConfig::load().and_then(|config| config.keep(&server, &username, &password));
    let kept = kept.map_err(|why| Failure::new(format!("Error saving credentials: {why}")))?;
    if let Some(path) = kept {
        output::complain(&format!(
            "\nWARNING! Your credentials are stored unencrypted in '{}'.\n\
             Configure a credential helper to remove this warning. See\n\
             https://docs.docker.com/go/credential-store/\n",
            path.display()
        ));
    }
    match answer.text_of("Status") {
        "" => Ok(()),
        status => output::line(status),
    }
}

/// The name and the password, as flags say or a person types.
fn ask(args: LoginArgs) -> Result<(String, Secret), Failure> {
    if args.password_stdin {
        if args.password.is_some() {
            return Err(Failure::new("conflicting options: cannot specify both --password and --password-stdin"));
        }
        let name = args.username.filter(|name| !name.is_empty());
        let name = name.ok_or_else(|| Failure::new("the --password-stdin option requires --username to be set"))?;
        let mut text = String::new();
        io::stdin().lock().take(PASSWORD_BYTES).read_to_string(&mut text)?;
        return Ok((name, Secret::new(text.trim_end_matches(['\r', '\n']))));
    }
    let interactive = args.username.is_none() || args.password.is_none();
    if interactive && !terminal::input_is_terminal() {
        return Err(Failure::new(
            "cannot perform an interactive login from a non-TTY device: give --username and --password-stdin",
        ));
    }
    let name = match args.username {
        Some(name) => name,
        None => prompt("Username: ")?,
    };
    if name.is_empty() {
        return Err(Failure::new("username is required"));
    }
    let password = match args.password {
        Some(password) => Secret::new(password),
        None => {
            let _quiet = terminal::without_echo()?;
            let typed = prompt("Password: ");
            // The line feed that was typed was not shown.
            output::print("\n")?;
            Secret::new(typed?)
        }
    };
    if password.reveal().is_empty() {
        return Err(Failure::new("password is required"));
    }
    Ok((name, password))
}

fn prompt(text: &str) -> Result<String, Failure> {
    output::print(text)?;
    let mut answer = String::new();
    io::stdin().lock().take(PASSWORD_BYTES).read_line(&mut answer)?;
    Ok(answer.trim_end_matches(['\r', '\n']).to_owned())
}

pub(crate) async fn log_out(args: LogoutArgs) -> Result<(), Failure> {
    let server = server(args.server.as_deref().unwrap_or_default()).to_owned();
    output::line(&format!("Removing login credentials for {server}"))?;
    tokio::task::spawn_blocking(move || DockerConfig::load()?.forget(&server))
        .await
        .map_err(|broken| Failure::new(broken.to_string()))?
        .map_err(|why| Failure::new(format!("WARNING: could not erase credentials: {why}")))
}
