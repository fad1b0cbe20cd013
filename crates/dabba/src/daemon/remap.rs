//! `--userns-remap`: which of the host's users and groups containers get in place of their own.
//!
//! Source: subuid(5), subgid(5), and what dockerd makes of them.

use std::process::Command;

use anyhow::{Context, Result, bail};
use engine::config::Users;
use oci::runtime::IdMapping;

/// The user whose numbers are taken for `default`, as in dockerd.
const DEFAULT_USER: &str = "dockremap";

/// Reads `default`, `USER` or `USER:GROUP`, by name or number. `None` for root, which cannot be mapped to itself.
pub(super) fn users(wanted: &str) -> Result<Option<Users>> {
    let read = |path: &str| match std::fs::read_to_string(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        other => other.with_context(|| format!("reading {path} for userns-remap")),
    };
    let wanted = if wanted == "default" {
        make_default_user(&read("/etc/passwd")?, &read("/etc/subuid")?)?;
        DEFAULT_USER
    } else {
        wanted
    };
    let [passwd, group, subuid, subgid] = ["/etc/passwd", "/etc/group", "/etc/subuid", "/etc/subgid"].map(read);
    of(wanted, &passwd?, &group?, &subuid?, &subgid?)
}

/// The rules of [`users`], over the files' texts.
fn of(wanted: &str, passwd: &str, group: &str, subuid: &str, subgid: &str) -> Result<Option<Users>> {
    let (user, own_group) = match wanted.split_once(':') {
        Some((user, group)) => (user, Some(group)),
        None => (wanted, None),
    };
    let (name, uid) = find(passwd, user).with_context(|| format!("userns-remap: there is no user {user:?}"))?;
    if uid == 0 {
        tracing::warn!("userns-remap: root cannot be mapped to itself; containers get no user namespace");
        return Ok(None);
    }
    let own_group = own_group.unwrap_or(name);
    find(group, own_group).with_context(|| format!("userns-remap: there is no group {own_group:?}"))?;
    let table = |file: &str, text: &str| {
        let table = ranges(text, name, uid);
        if table.is_empty() {
            bail!(
                "userns-remap: {file} has no range for {name}: add one with `usermod --add-sub{}s 100000-165535 {name}`",
                if file.ends_with("uid") { "uid" } else { "gid" }
            );
        }
        Ok(table)
    };
    Ok(Some(Users { uids: table("/etc/subuid", subuid)?, gids: table("/etc/subgid", subgid)? }))
}

/// A line of passwd(5) or group(5) by its name or number.
fn find<'a>(text: &'a str, wanted: &str) -> Option<(&'a str, u32)> {
    text.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (name, number) = (fields.next()?, fields.nth(1)?);
        let number: u32 = number.parse().ok()?;
        (name == wanted || wanted.parse() == Ok(number)).then_some((name, number))
    })
}

/// All ranges of a user, one after the other from number 0 of the container on.
fn ranges(text: &str, name: &str, uid: u32) -> Vec<IdMapping> {
    let mut table: Vec<IdMapping> = Vec::new();
    for line in text.lines() {
        let fields: Vec<&str> = line.split(':').collect();
        let [owner, start, count] = fields[..] else { continue };
        let (Ok(host_id), Ok(size)) = (start.trim().parse(), count.trim().parse()) else { continue };
        if owner != name && owner.parse() != Ok(uid) {
            continue;
        }
        let container_id = table.last().map_or(0, |last| last.container_id.saturating_add(last.size));
        table.push(IdMapping { container_id, host_id, size });
    }
    table
}

/// Makes the user, its group and its ranges where they are missing.
fn make_default_user(passwd: &str, subuid: &str) -> Result<()> {
    let run = |program: &str, args: &[&str]| match Command::new(program).args(args).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => bail!("userns-remap=default: {program} {}: {status}", args.join(" ")),
        Err(error) => bail!("userns-remap=default: {program}: {error}; make the user {DEFAULT_USER} yourself"),
    };
    if find(passwd, DEFAULT_USER).is_none() {
        run(
            "useradd",
            &["--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", DEFAULT_USER],
        )?;
    }
    if subuid.lines().any(|line| line.split(':').next() == Some(DEFAULT_USER)) {
        return Ok(());
    }
    let first = free_range(subuid);
    let range = format!("{first}-{}", first + (RANGE - 1));
    run("usermod", &["--add-subuids", &range, "--add-subgids", &range, DEFAULT_USER])
}

/// As many as useradd(8) gives, from where it begins.
const RANGE: u32 = 65536;
const FIRST: u32 = 100_000;

/// Behind all that are given out.
fn free_range(subuid: &str) -> u32 {
    let ends = subuid.lines().filter_map(|line| {
        let mut fields = line.split(':').skip(1);
        let start: u32 = fields.next()?.trim().parse().ok()?;
        start.checked_add(fields.next()?.trim().parse().ok()?)
    });
    ends.max().unwrap_or(FIRST).max(FIRST)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD: &str = "root:x:0:0::/root:/bin/sh\nann:x:1000:1000::/:/bin/sh\n";
    const GROUP: &str = "root:x:0:\nann:x:1000:\nstaff:x:50:\n";

    #[test]
    fn names_and_numbers_find_the_same_ranges() {
        let sub = "bob:1:1\nann:100000:65536\n# nothing\n1000:300000:10\n";
        let users = |wanted| of(wanted, PASSWD, GROUP, sub, sub);
        let ann = users("ann").unwrap().unwrap();
        assert_eq!(
            ann.uids,
            [
                IdMapping { container_id: 0, host_id: 100_000, size: 65536 },
                IdMapping { container_id: 65536, host_id: 300_000, size: 10 },
            ]
        );
        for same in ["1000", "ann:ann", "1000:1000", "ann:staff", "ann:50"] {
            assert_eq!(users(same).unwrap().as_ref(), Some(&ann), "{same}");
        }
        assert_eq!(users("root").unwrap(), None);
        for (wrong, word) in [("eve", "no user"), ("ann:eve", "no group"), ("", "no user")] {
            assert!(users(wrong).unwrap_err().to_string().contains(word), "{wrong}");
        }
        assert!(of("ann", PASSWD, GROUP, "", sub).unwrap_err().to_string().contains("--add-subuids"));
    }

    #[test]
    fn a_new_range_is_behind_all_others() {
        assert_eq!(free_range(""), 100_000);
        assert_eq!(free_range("a:100000:65536\nb:7:1\n"), 165_536);
    }
}
