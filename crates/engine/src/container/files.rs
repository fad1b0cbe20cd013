//! /etc/hosts, /etc/hostname and /etc/resolv.conf.
//!
//! Pure texts here; [`write`] puts them into the container's directory.

use std::fmt::Write as _;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use super::Container;
use super::spec::NetworkMode;
use crate::error::{Error, Result};

/// The three files of a container.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Files {
    pub(crate) hosts: String,
    pub(crate) hostname: String,
    pub(crate) resolv: String,
}

/// Where name queries go.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Resolver {
    pub(crate) servers: Vec<IpAddr>,
    pub(crate) search: Vec<String>,
    pub(crate) options: Vec<String>,
}

/// /etc/hosts: loopback, the container's own addresses, what the client added.
pub(crate) fn hosts(container: &Container, extra: &[(String, IpAddr)]) -> String {
    let mut text = String::from(
        "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::\tip6-localnet\nff00::\tip6-mcastprefix\nff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n",
    );
    for (name, address) in extra {
        let _ = writeln!(text, "{address}\t{name}");
    }
    let mut names = container.hostname().to_owned();
    if !container.spec.domainname.is_empty() {
        names = format!("{names}.{} {names}", container.spec.domainname);
    }
    for endpoint in container.endpoints.values() {
        for address in endpoint.addresses() {
            let _ = writeln!(text, "{address}\t{names}");
        }
    }
    text
}

/// A host name that the client added, with its address; none stands for the host as containers see it. The name
/// becomes a word of /etc/hosts.
pub(crate) fn extra_host(entry: &str) -> Result<(&str, Option<IpAddr>)> {
    let wrong = || Error::Invalid(format!("bad format for add-host: {entry:?}"));
    let (name, address) = entry.split_once([':', '=']).ok_or_else(wrong)?;
    if name.is_empty() || name.contains(|c: char| c.is_whitespace() || c.is_control() || c == '#') {
        return Err(wrong());
    }
    if address == "host-gateway" {
        return Ok((name, None));
    }
    let parsed = address.trim_matches(['[', ']']).parse();
    let parsed = parsed.map_err(|_| Error::Invalid(format!("invalid IP address in add-host: {address:?}")))?;
    Ok((name, Some(parsed)))
}

/// /etc/resolv.conf.
pub(crate) fn resolv(resolver: &Resolver) -> String {
    let mut text = String::new();
    for server in &resolver.servers {
        let _ = writeln!(text, "nameserver {server}");
    }
    if !resolver.search.is_empty() {
        let _ = writeln!(text, "search {}", resolver.search.join(" "));
    }
    if !resolver.options.is_empty() {
        let _ = writeln!(text, "options {}", resolver.options.join(" "));
    }
    text
}

/// What the host's resolv.conf says.
pub(crate) fn parse_resolv(text: &str) -> Resolver {
    let mut resolver = Resolver::default();
    for line in text.lines() {
        let mut words = line.split_ascii_whitespace();
        match words.next() {
            Some("nameserver") => resolver.servers.extend(words.next().and_then(|word| word.parse::<IpAddr>().ok())),
            Some("search" | "domain") => resolver.search = words.map(str::to_owned).collect(),
            Some("options") => resolver.options.extend(words.map(str::to_owned)),
            _ => {}
        }
    }
    resolver
}

/// The embedded server that containers of user-defined networks ask.
pub(crate) const EMBEDDED: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(127, 0, 0, 11));
/// Whom to ask when the host names only itself: Docker's choice.
const FALLBACK: [IpAddr; 2] =
    [IpAddr::V4(std::net::Ipv4Addr::new(8, 8, 8, 8)), IpAddr::V4(std::net::Ipv4Addr::new(8, 8, 4, 4))];

/// The servers that a container's queries end at: what was asked, or the host's, which are of no use to a container
/// when they listen on loopback.
pub(crate) fn upstream(asked: &Resolver, host: &Resolver, own_namespace: bool) -> Resolver {
    let mut resolver = Resolver {
        servers: if asked.servers.is_empty() { host.servers.clone() } else { asked.servers.clone() },
        search: if asked.search.is_empty() { host.search.clone() } else { asked.search.clone() },
        options: if asked.options.is_empty() { host.options.clone() } else { asked.options.clone() },
    };
    // `--dns-search .` means none.
    resolver.search.retain(|domain| domain != ".");
    if own_namespace && asked.servers.is_empty() {
        resolver.servers.retain(|server| !server.is_loopback());
        if resolver.servers.is_empty() {
            resolver.servers = FALLBACK.to_vec();
        }
    }
    resolver
}

/// What the container's resolv.conf says.
pub(crate) fn seen(upstream: &Resolver, embedded: bool) -> Resolver {
    let mut resolver = upstream.clone();
    if embedded {
        resolver.servers = vec![EMBEDDED];
        if !resolver.options.iter().any(|option| option.starts_with("ndots:")) {
            resolver.options.push("ndots:0".into());
        }
    }
    resolver
}

/// Whether its namespace is its own, so that the host's loopback servers cannot be reached.
pub(crate) fn own_namespace(container: &Container) -> bool {
    container.spec.host.network != NetworkMode::Host
}

/// Where the files are on the host and in the container.
pub(crate) fn paths(dir: &Path) -> [(PathBuf, PathBuf); 3] {
    [
        (dir.join("resolv.conf"), "/etc/resolv.conf".into()),
        (dir.join("hostname"), "/etc/hostname".into()),
        (dir.join("hosts"), "/etc/hosts".into()),
    ]
}

/// Writes the files, in place: they are bind-mounted, so a new file under the name would not be seen. Blocks.
pub(crate) fn write(dir: &Path, files: &Files) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    for (name, text) in [("hosts", &files.hosts), ("hostname", &files.hostname), ("resolv.conf", &files.resolv)] {
        let path = dir.join(name);
        std::fs::write(&path, text)?;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_servers_are_of_no_use_to_a_container() {
        let host = parse_resolv("# made by hand\nnameserver 127.0.0.53\nsearch a.b c\noptions edns0\n");
        assert_eq!(host.search, ["a.b", "c"]);
        assert_eq!(upstream(&Resolver::default(), &host, true).servers, FALLBACK);
        assert_eq!(upstream(&Resolver::default(), &host, false).servers, host.servers);
        let asked = Resolver { servers: vec!["127.0.0.1".parse().unwrap()], ..Resolver::default() };
        assert_eq!(upstream(&asked, &host, true).servers, asked.servers);
    }

    #[test]
    fn resolv_conf_is_written_as_it_is_read() {
        let text = "nameserver 10.0.0.1\nsearch a.b c\noptions edns0 ndots:2\n";
        assert_eq!(resolv(&parse_resolv(text)), text);
    }
}
