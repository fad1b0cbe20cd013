//! Docker's own configuration of this user, as far as it is used: credentials of registries, and proxies.
//!
//! Source: docker/cli, `cli/config/configfile` and `cli/config/credentials`.

use std::collections::BTreeMap;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use build_client::Credentials;
use client::Request;
use http::HeaderName;
use serde::{Deserialize, Serialize};
use words::Secret;

use crate::error::Failure;
use crate::json::Json;

/// What the configuration calls Docker Hub, and how else it is called: by its registry's host and in names of images.
pub(crate) const HUB: &str = "https://index.docker.io/v1/";
const HUB_HOSTS: [&str; 3] = ["registry-1.docker.io", "docker.io", "index.docker.io"];
/// A user of this name has a token and no password.
const TOKEN_USER: &str = "<token>";

/// `config.json`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct DockerConfig {
    auths: BTreeMap<String, Auth>,
    creds_store: String,
    cred_helpers: BTreeMap<String, String>,
    proxies: BTreeMap<String, Proxy>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Auth {
    auth: Secret,
    username: String,
    password: Secret,
    identitytoken: Secret,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Proxy {
    http_proxy: String,
    https_proxy: String,
    no_proxy: String,
    ftp_proxy: String,
}

/// What a credential helper answers.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Helped {
    username: String,
    secret: Secret,
}

impl DockerConfig {
    /// Reads it from `DOCKER_CONFIG` or the home directory; empty where there is none.
    pub(crate) fn load() -> Result<Self, String> {
        let Some(path) = place() else { return Ok(Self::default()) };
        match std::fs::read(&path) {
            Ok(bytes) => Self::parse(&bytes).map_err(|error| format!("{}: {error}", path.display())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(format!("{}: {error}", path.display())),
        }
    }

    fn parse(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        if bytes.trim_ascii().is_empty() { Ok(Self::default()) } else { serde_json::from_slice(bytes) }
    }

    /// Proxies that a build is told, by the names of their variables.
    pub(crate) fn proxies(&self) -> Vec<(&'static str, String)> {
        let Some(proxy) = self.proxies.get("default") else { return Vec::new() };
        let all = [
            ("HTTP_PROXY", &proxy.http_proxy),
            ("HTTPS_PROXY", &proxy.https_proxy),
            ("NO_PROXY", &proxy.no_proxy),
            ("FTP_PROXY", &proxy.ftp_proxy),
        ];
        all.into_iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| (name, value.clone())).collect()
    }

    /// The credentials of a registry; empty ones where there are none. Runs a credential helper where one is
    /// configured, and blocks.
    pub(crate) fn credentials(&self, host: &str) -> Result<Credentials, String> {
        let host = server(host);
        match self.helper(host) {
            "" => self.stored(host),
            helper => helped(helper, host),
        }
    }

    /// The credential helper for a registry; empty where there is none.
    fn helper(&self, host: &str) -> &str {
        self.cred_helpers.get(host).unwrap_or(&self.creds_store)
    }

    /// Keeps a login: with the credential helper, or else in the file, whose path is given then. Blocks.
    pub(crate) fn keep(&self, host: &str, username: &str, secret: &Secret) -> Result<Option<PathBuf>, String> {
        match self.helper(host) {
            "" => {
                let auth = STANDARD.encode(format!("{username}:{}", secret.reveal()));
                change(|auths| set(auths, host, Some(Json::object([("auth", auth.as_str())])))).map(Some)
            }
            helper => {
                let login = Json::object([("ServerURL", host), ("Username", username), ("Secret", secret.reveal())]);
                ask_helper(helper, "store", &login.encode(false)).map(|_| None)
            }
        }
    }

    /// Forgets a login, if there is one. Blocks.
    pub(crate) fn forget(&self, host: &str) -> Result<(), String> {
        match self.helper(host) {
            "" if !self.auths.contains_key(host) => Ok(()),
            "" => change(|auths| set(auths, host, None)).map(drop),
            helper => ask_helper(helper, "erase", host).map(drop),
        }
    }

    fn stored(&self, host: &str) -> Result<Credentials, String> {
        let plain = |name: &str| {
            let name = name.split_once("://").map_or(name, |(_, rest)| rest);
            name.split('/').next().unwrap_or_default().to_owned()
        };
        let found = self
            .auths
            .get(host)
            .or_else(|| self.auths.iter().find(|(name, _)| plain(name) == plain(host)).map(|(_, auth)| auth));
        let Some(auth) = found else { return Ok(Credentials::default()) };
        if !auth.identitytoken.reveal().is_empty() {
            return Ok(Credentials { username: String::new(), secret: auth.identitytoken.clone() });
        }
        if auth.auth.reveal().is_empty() {
            return Ok(Credentials { username: auth.username.clone(), secret: auth.password.clone() });
        }
        let wrong = || format!("the credentials of {host} in config.json are no base64 of user:password");
        let text = STANDARD.decode(auth.auth.reveal()).map_err(|_| wrong())?;
        let text = String::from_utf8(text).map_err(|_| wrong())?;
        let (username, secret) = text.split_once(':').ok_or_else(wrong)?;
        Ok(Credentials { username: username.to_owned(), secret: Secret::new(secret.trim_end_matches('\0')) })
    }
}

/// How a registry's credentials are called: by its host, but for Docker Hub's.
pub(crate) fn server(text: &str) -> &str {
    let host = text.split_once("://").map_or(text, |(_, rest)| rest).split('/').next().unwrap_or_default();
    if host.is_empty() || HUB_HOSTS.contains(&host) { HUB } else { host }
}

/// Where the configuration is.
fn place() -> Option<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let directory = variable("DOCKER_CONFIG").or_else(|| Some(variable("HOME")?.join(".docker")));
    directory.map(|directory| directory.join("config.json"))
}

/// Changes the logins in the file, and leaves everything else in it as it is. Gives the file's path.
fn change(change: impl FnOnce(&mut Json)) -> Result<PathBuf, String> {
    let path = place().ok_or("neither DOCKER_CONFIG nor HOME says where config.json is")?;
    // A link stays one.
    let real = std::fs::canonicalize(&path).unwrap_or_else(|_| path.clone());
    let failed = |error: std::io::Error| format!("{}: {error}", real.display());
    let text = match std::fs::read(&real) {
        Ok(text) if !text.trim_ascii().is_empty() => text,
        Ok(_) => b"{}".to_vec(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => b"{}".to_vec(),
        Err(error) => return Err(failed(error)),
    };
    let mut config: Json = serde_json::from_slice(&text).map_err(|error| format!("{}: {error}", real.display()))?;
    let Json::Object(members) = &mut config else { return Err(format!("{} is no object of JSON", real.display())) };
    let auths = match members.iter().position(|(name, _)| name == "auths") {
        Some(found) => found,
        None => {
            members.push(("auths".into(), Json::Object(Vec::new())));
            members.len() - 1
        }
    };
    change(&mut members[auths].1);
    let directory = real.parent().unwrap_or(std::path::Path::new("."));
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(directory).map_err(failed)?;
    // Nobody finds half a file, and nobody else may read it.
    let new = directory.join(format!("config.json{}", std::process::id()));
    let written = std::fs::File::options().write(true).create_new(true).mode(0o600).open(&new).and_then(|mut file| {
        file.write_all(crate::json::indent(&config.encode(false)).as_bytes())?;
        std::fs::rename(&new, &real)
    });
    written.map_err(|error| {
        let _ = std::fs::remove_file(&new);
        failed(error)
    })?;
    Ok(path)
}

/// Sets or removes a member of an object.
fn set(object: &mut Json, name: &str, value: Option<Json>) {
    if !matches!(object, Json::Object(_)) {
        *object = Json::Object(Vec::new());
    }
    let Json::Object(members) = object else { return };
    members.retain(|(known, _)| known != name);
    members.extend(value.map(|value| (name.to_owned(), value)));
}

/// A request with the login of this user for the registry of a name. `always`: even without one, as some requests are.
pub(crate) fn registry_auth<'a>(request: Request<'a>, domain: &str, always: bool) -> Result<Request<'a>, Failure> {
    #[derive(Serialize)]
    struct Login<'a> {
        #[serde(skip_serializing_if = "str::is_empty")]
        username: &'a str,
        #[serde(skip_serializing_if = "str::is_empty")]
        password: &'a str,
        #[serde(skip_serializing_if = "str::is_empty")]
        identitytoken: &'a str,
    }
    let login = DockerConfig::load().and_then(|config| config.credentials(domain)).map_err(Failure::new)?;
    let secret = login.secret.reveal();
    if secret.is_empty() && !always {
        return Ok(request);
    }
    let (password, identitytoken) = if login.username.is_empty() { ("", secret) } else { (secret, "") };
    let login = Login { username: &login.username, password, identitytoken };
    let text = serde_json::to_vec(&login).map_err(|error| Failure::new(error.to_string()))?;
    Ok(request.header(HeaderName::from_static("x-registry-auth"), URL_SAFE.encode(text)))
}

/// Asks `docker-credential-NAME` for a login.
fn helped(helper: &str, host: &str) -> Result<Credentials, String> {
    let Some(answer) = ask_helper(helper, "get", host)? else { return Ok(Credentials::default()) };
    let helped: Helped = serde_json::from_slice(&answer)
        .map_err(|error| format!("the answer of docker-credential-{helper} makes no sense: {error}"))?;
    let username = if helped.username == TOKEN_USER { String::new() } else { helped.username };
    Ok(Credentials { username, secret: helped.secret })
}

/// Runs `docker-credential-NAME`; `None` when it knows no such login.
fn ask_helper(helper: &str, action: &str, input: &str) -> Result<Option<Vec<u8>>, String> {
    let program = format!("docker-credential-{helper}");
    if helper.contains('/') {
        return Err(format!("the credential helper {helper:?} in config.json is no name of a program"));
    }
    let failed = |error: std::io::Error| format!("{program}: {error}");
    let mut command = Command::new(&program);
    command.arg(action).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    let mut child = command.spawn().map_err(failed)?;
    if let Some(mut pipe) = child.stdin.take() {
        // A helper that has ended before it has read says why.
        let _ = pipe.write_all(input.as_bytes());
    }
    let answer = child.wait_with_output().map_err(failed)?;
    if answer.status.success() {
        return Ok(Some(answer.stdout));
    }
    match String::from_utf8_lossy(&answer.stdout).trim() {
        "credentials not found in native keychain" => Ok(None),
        words => Err(format!(
            "error {} credentials - {program}: {words}",
            match action {
                "get" => "getting",
                "store" => "storing",
                _ => "erasing",
            }
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(config: &str, host: &str) -> (String, String) {
        let found = DockerConfig::parse(config.as_bytes()).unwrap().credentials(host).unwrap();
        (found.username, found.secret.reveal().to_owned())
    }

    #[test]
    fn credentials_are_found_by_host() {
        let config = r#"{"auths":{
            "https://index.docker.io/v1/":{"auth":"aHViOnB3"},
            "https://one.example/v1/":{"auth":"YTpiOmM="},
            "two.example:5000":{"identitytoken":"t"}}}"#;
        let pair = |name: &str, secret: &str| (name.to_owned(), secret.to_owned());
        assert_eq!(found(config, "registry-1.docker.io"), pair("hub", "pw"));
        assert_eq!(found(config, "docker.io"), pair("hub", "pw"));
        assert_eq!(found(config, "one.example"), pair("a", "b:c"));
        assert_eq!(found(config, "two.example:5000"), pair("", "t"));
        assert_eq!(found(config, "three.example"), pair("", ""));
        assert_eq!(found("", "x"), pair("", ""));
        let wrong = DockerConfig::parse(br#"{"auths":{"x":{"auth":"!"}}}"#).unwrap();
        assert!(wrong.credentials("x").unwrap_err().contains("base64"));
        let path = DockerConfig::parse(br#"{"credsStore":"../x"}"#).unwrap();
        assert!(path.credentials("x").unwrap_err().contains("no name"));
    }

    #[test]
    fn proxies_are_found() {
        let config = DockerConfig::parse(br#"{"proxies":{"default":{"httpProxy":"http://p","noProxy":"x"}}}"#).unwrap();
        assert_eq!(config.proxies(), [("HTTP_PROXY", "http://p".to_owned()), ("NO_PROXY", "x".to_owned())]);
    }
}
