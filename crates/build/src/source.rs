//! Sources that are fetched: files of web servers, commits of git repositories.

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;

use oci::Digest;
use tokio::process::Command;
use words::Timestamp;

use crate::graph::{Git, Http};
use crate::local::Directory;
use crate::solve::Solving;
use crate::told;
use crate::{Builder, Error, Job, Result, Why};

/// Fetches a file into a directory of its own; gives the digest of its bytes, too.
pub(crate) async fn http(solving: &Arc<Solving>, http: &Http, told: &told::Vertex) -> Result<(Directory, Digest)> {
    let directory = solving.builder.0.locals.temporary().await?;
    let path = directory.path().join(&http.filename);
    let began = Timestamp::now();
    let images = solving.builder.engine().images();
    let digest = images.download(&http.url, &path, http.checksum.as_ref(), http.mode).await?;
    told.done(format!("fetching {}", http.url), began).await;
    Ok((directory, digest))
}

/// The host of addresses that only the client knows.
const CLIENT: &str = "http://buildkit-session/";

/// Fetches a context: an archive, or a Dockerfile alone. Gives the digest of its bytes, too.
pub(crate) async fn archive(job: &Job, url: &str) -> Result<(Arc<Directory>, Digest)> {
    let builder = &job.builder;
    let folder = builder.0.locals.temporary().await?;
    let path = folder.path().join("fetched");
    let digest = if url.starts_with(CLIENT) {
        let mut stream = job.client.upload(url).await?;
        let path = path.clone();
        crate::blocking(move || {
            let failed = |error| Error::io("receiving the context", error);
            let mut file = std::fs::File::create_new(&path).map_err(failed)?;
            std::io::copy(&mut stream, &mut file).map_err(failed)?;
            std::fs::File::open(&path).and_then(image::digest_of).map_err(failed)
        })
        .await?
    } else {
        builder.engine().images().download(url, &path, None, 0o600).await?
    };
    let builder = builder.clone();
    let unpacked = crate::blocking(move || {
        let failed = |error| Error::io("reading the context", error);
        let mut file = std::fs::File::open(&path).map_err(failed)?;
        let is_archive = image::archive::is_archive(&file);
        std::io::Seek::rewind(&mut file).map_err(failed)?;
        if is_archive {
            return Ok(Arc::new(builder.receive(file)?.into_directory()));
        }
        let mut text = Vec::new();
        let limit = crate::limits::DOCKERFILE_BYTES;
        std::io::Read::read_to_end(&mut std::io::Read::take(file, limit + 1), &mut text).map_err(failed)?;
        if text.len() as u64 > limit {
            return Err(Error::invalid(format!(
                "the context is neither an archive nor a Dockerfile of up to {limit} bytes"
            )));
        }
        Ok(Arc::new(builder.receive_file("Dockerfile", &text)?.into_directory()))
    });
    Ok((unpacked.await?, digest))
}

/// The name of the file that an address stands for.
pub(crate) fn filename_of(url: &str) -> Result<String> {
    let uri: http::Uri = url.parse().map_err(|error| Error::invalid(format!("invalid URL {url:?}: {error}")))?;
    let name = uri.path().trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    match name {
        "" | "." | ".." => Err(Error::invalid(format!("cannot tell a filename from {url:?}: end it with one"))),
        name if name.contains('\0') => Err(Error::invalid(format!("invalid filename in {url:?}"))),
        name => Ok(name.to_owned()),
    }
}

/// Whether an address is one of a git repository, by BuildKit's rules.
pub fn is_git(text: &str) -> bool {
    let (remote, _) = text.split_once('#').unwrap_or((text, ""));
    let web = remote.starts_with("http://") || remote.starts_with("https://");
    (web && remote.split('?').next().is_some_and(|path| path.ends_with(".git")))
        || remote.starts_with("git://")
        || remote.starts_with("ssh://")
        || remote.starts_with("git@")
        || remote.starts_with("github.com/")
}

/// Reads `https://host/repository.git#reference:folder`, or `…?ref=reference&subdir=folder` as the documentation of build
/// contexts has it (<https://docs.docker.com/build/concepts/context/#url-queries>).
pub(crate) fn parse_git(text: &str) -> Result<Git> {
    let (address, fragment) = text.split_once('#').unwrap_or((text, ""));
    let (remote, query) = address.split_once('?').unwrap_or((address, ""));
    let (reference, folder) = fragment.split_once(':').unwrap_or((fragment, ""));
    let (mut reference, mut folder, mut checksum) = (reference.to_owned(), folder, None);
    for (key, value) in
        query.split('&').filter(|part| !part.is_empty()).map(|part| part.split_once('=').unwrap_or((part, "")))
    {
        match key {
            "ref" | "tag" | "branch" if !reference.is_empty() => {
                return Err(Error::invalid(format!(
                    "git address {text:?} names what to fetch twice: {reference} and {value}"
                )));
            }
            "ref" => value.clone_into(&mut reference),
            "tag" => reference = format!("refs/tags/{value}"),
            "branch" => reference = format!("refs/heads/{value}"),
            "subdir" => folder = value,
            "checksum" | "commit" => checksum = Some(value.to_owned()),
            _ => {
                let known = "ref, tag, branch, subdir, checksum and commit are known";
                return Err(Error::invalid(format!("unexpected query {key:?} of git address {text:?}: {known}")));
            }
        }
    }
    let remote = match remote.strip_prefix("github.com/") {
        Some(rest) => format!("https://github.com/{rest}"),
        None => remote.to_owned(),
    };
    for (what, text) in [("remote", remote.as_str()), ("reference", reference.as_str())] {
        if text.starts_with('-') || text.contains(|c: char| c.is_control() || c.is_whitespace()) {
            return Err(Error::invalid(format!("invalid git {what}: {text:?}")));
        }
    }
    Ok(Git { remote, reference, folder: crate::frontend::text::clean(folder), checksum, keep_git: false })
}

/// Fetches a commit, without its history, into a directory of its own; gives the commit, too.
pub(crate) async fn git(builder: &Builder, git: &Git, told: &told::Vertex) -> Result<(Arc<Directory>, String)> {
    let directory = builder.0.locals.temporary().await?;
    let whole = directory.path();
    run(whole, &["init", "--quiet"], told).await?;
    let reference = if git.reference.is_empty() { "HEAD" } else { &git.reference };
    run(whole, &["fetch", "--quiet", "--depth=1", "--no-tags", "--", &git.remote, reference], told).await?;
    run(whole, &["checkout", "--quiet", "--detach", "FETCH_HEAD"], told).await?;
    let commit = run(whole, &["rev-parse", "HEAD"], told).await?;
    if let Some(wanted) = &git.checksum
        && !commit.trim().starts_with(wanted.as_str())
    {
        return Err(Error::invalid(format!("expected checksum to match {wanted}, got {}", commit.trim())));
    }
    run(whole, &["submodule", "--quiet", "update", "--init", "--recursive", "--depth=1"], told).await?;
    let (path, keep, folder) = (whole.to_owned(), git.keep_git, git.folder.clone());
    let part = crate::blocking(move || {
        if !keep {
            let _ = sys::remove::path(&path.join(".git"));
        }
        part_of(&path, &folder)
    })
    .await?;
    let directory = match part {
        true => builder.0.locals.part(directory, &git.folder).await?,
        false => directory,
    };
    Ok((Arc::new(directory), commit.trim().to_owned()))
}

/// Whether a part is meant, and is there.
fn part_of(root: &Path, folder: &str) -> Result<bool> {
    if folder == "/" {
        return Ok(false);
    }
    let opened = sys::beneath::open_root(root).and_then(|root| sys::beneath::open_dir(&root, Path::new(folder)));
    opened.map(|_| true).map_err(|_| Why::NotFound(format!("the repository has no directory {folder:?}")).into())
}

/// Runs git with nothing of the host's configuration, no hooks, and only protocols of the network.
async fn run(folder: &Path, args: &[&str], told: &told::Vertex) -> Result<String> {
    let child = Command::new("git")
        .args(["-c", "core.hooksPath=/dev/null", "-c", "protocol.file.allow=never", "-c", "core.symlinks=true"])
        .args(args)
        .current_dir(folder)
        .env_clear()
        .envs(std::env::vars().filter(|(name, _)| matches!(name.as_str(), "PATH" | "SSL_CERT_FILE" | "SSL_CERT_DIR")))
        .envs([
            ("GIT_ALLOW_PROTOCOL", "http:https:git:ssh"),
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("GIT_CONFIG_GLOBAL", "/dev/null"),
            ("GIT_TERMINAL_PROMPT", "0"),
            ("HOME", "/nonexistent"),
            ("LC_ALL", "C"),
        ])
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = child.await.map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            Error::from(Why::NotFound("git is not on this host's PATH: it is needed for repositories".into()))
        }
        _ => Error::io("running git", error),
    })?;
    if !output.stderr.is_empty() {
        told.log(2, output.stderr.clone()).await;
    }
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let why = String::from_utf8_lossy(&output.stderr);
    Err(Error::invalid(format!("git {} failed: {}", args[0], why.trim())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_repositories() {
        for yes in [
            "https://x/y.git",
            "https://x/y.git?ref=v1",
            "https://x/y.git#main:sub",
            "git@x:y",
            "git://x/y",
            "ssh://x/y",
            "github.com/a/b",
        ] {
            assert!(is_git(yes), "{yes}");
        }
        for no in ["https://x/y.tar.gz", "http://x/", "./x.git", "x.git"] {
            assert!(!is_git(no), "{no}");
        }
        let git = parse_git("https://x/y.git#v1:a/../b").unwrap();
        assert_eq!((git.remote.as_str(), git.reference.as_str(), git.folder.as_str()), ("https://x/y.git", "v1", "/b"));
        let git = parse_git("https://x/y.git?branch=v1&subdir=a&checksum=0123").unwrap();
        assert_eq!((git.remote.as_str(), git.reference.as_str()), ("https://x/y.git", "refs/heads/v1"));
        assert_eq!((git.folder.as_str(), git.checksum.as_deref()), ("/a", Some("0123")));
        assert!(parse_git("https://x/y.git?ref=a#b").is_err());
        assert!(parse_git("https://x/y.git?nope=a").is_err());
        assert!(parse_git("https://x/y.git?ref=--x").is_err());
        assert!(parse_git("--upload-pack=x").is_err());
        assert!(parse_git("https://x/y.git#--x").is_err());
    }

    #[test]
    fn names_of_files() {
        assert_eq!(filename_of("https://x/a/b.tar.gz?c=d").unwrap(), "b.tar.gz");
        assert!(filename_of("https://x/").is_err());
        assert!(filename_of("https://x/..").is_err());
    }
}
