//! Users and groups of an image, by its own /etc/passwd and /etc/group.
//!
//! The files are a stranger's: read beneath the root, with a limit, and parsed without any library of the image
//! (CVE-2019-14271, CVE-2024-9676).

use std::os::fd::AsFd;
use std::path::Path;

use oci::runtime::User;

use crate::{Error, limits};

/// Who a program runs as.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    /// The numbers.
    pub user: User,
    /// The home directory; `/` when the user has no entry.
    pub home: String,
}

struct Account<'a> {
    name: &'a str,
    uid: u32,
    gid: u32,
    home: &'a str,
}

fn accounts(passwd: &str) -> impl Iterator<Item = Account<'_>> {
    passwd.lines().filter_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        let uid = fields.nth(1)?.parse().ok()?;
        let gid = fields.next()?.parse().ok()?;
        let home = fields.nth(1).unwrap_or("/");
        Some(Account { name, uid, gid, home })
    })
}

struct Group<'a> {
    name: &'a str,
    gid: u32,
    members: &'a str,
}

fn groups(text: &str) -> impl Iterator<Item = Group<'_>> {
    text.lines().filter_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        let gid = fields.nth(1)?.parse().ok()?;
        Some(Group { name, gid, members: fields.next().unwrap_or("") })
    })
}

/// Looks up `user[:group]` and further groups in the image whose root this is.
///
/// # Errors
/// [`Error::User`], in Docker's words, for a name that does not exist or a number that is out of range.
pub fn resolve(root: impl AsFd, user: &str, further: &[String]) -> Result<Identity, Error> {
    let file = |path: &str| match sys::beneath::read(root.as_fd(), Path::new(path), limits::ACCOUNTS_BYTES) {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(Error::User(format!("reading {path} of the image: {error}"))),
    };
    resolve_in(&file("/etc/passwd")?, &file("/etc/group")?, user, further)
}

/// The rules of [`resolve`], over the files' texts.
///
/// # Errors
/// As [`resolve`].
pub fn resolve_in(passwd: &str, group: &str, user: &str, further: &[String]) -> Result<Identity, Error> {
    let (user, own_group) = match user.split_once(':') {
        Some((user, group)) => (user, Some(group).filter(|group| !group.is_empty())),
        None => (user, None),
    };
    let user = if user.is_empty() { "0" } else { user };
    let number = id(user);
    // A name wins over a number that looks the same.
    let account = accounts(passwd)
        .find(|account| account.name == user)
        .or_else(|| accounts(passwd).find(|account| number == Some(account.uid)));
    let (uid, mut gid, home) = match (&account, number) {
        (Some(account), _) => (account.uid, account.gid, account.home),
        (None, Some(uid)) => (uid, 0, "/"),
        (None, None) if is_number(user) => return Err(range()),
        (None, None) => {
            return Err(Error::User(format!("unable to find user {user}: no matching entries in passwd file")));
        }
    };
    let mut additional = Vec::new();
    match own_group {
        Some(name) => gid = find_group(group, name)?,
        // Only without a group of its own does a user get the groups that list it.
        None => {
            if let Some(account) = &account {
                additional.extend(
                    groups(group)
                        .filter(|group| group.members.split(',').any(|member| member == account.name))
                        .map(|group| group.gid),
                );
            }
        }
    }
    for name in further {
        additional.push(find_group(group, name)?);
    }
    // The primary group is among the supplementary ones, so that dropping it does not lift a denial (CVE-2022-36109).
    additional.insert(0, gid);
    let mut seen = std::collections::BTreeSet::new();
    additional.retain(|gid| seen.insert(*gid));
    let home = if home.is_empty() { "/" } else { home };
    Ok(Identity { user: User { uid, gid, umask: None, additional_gids: additional }, home: home.to_owned() })
}

fn find_group(text: &str, name: &str) -> Result<u32, Error> {
    if let Some(group) = groups(text).find(|group| group.name == name) {
        return Ok(group.gid);
    }
    match id(name) {
        Some(gid) => Ok(gid),
        None if is_number(name) => Err(range()),
        None => Err(Error::User(format!("unable to find group {name}: no matching entries in group file"))),
    }
}

/// Highest id that Docker takes: the kernel's -1 and everything with the top bit set are refused (CVE-2024-40635).
const ID_MAX: u32 = 0x7fff_ffff;

fn id(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten().filter(|id| *id <= ID_MAX)
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
}

fn range() -> Error {
    Error::User(format!("uids and gids must be in range 0-{ID_MAX}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD: &str = "root:x:0:0:root:/root:/bin/sh\nme:x:7:8::/home/me:/bin/sh\n42:x:9:9::/h:/bin/sh\n";
    const GROUP: &str = "root:x:0:\nwheel:x:10:root\nme:x:8:\nstaff:x:50:me,other\n";

    #[test]
    fn users_and_groups() {
        for (user, further, uid, gid, groups, home) in [
            ("", &[][..], 0, 0, &[0, 10][..], "/root"),
            ("me", &[], 7, 8, &[8, 50], "/home/me"),
            ("7", &[], 7, 8, &[8, 50], "/home/me"),
            ("me:staff", &[], 7, 50, &[50], "/home/me"),
            ("me:", &[], 7, 8, &[8, 50], "/home/me"),
            ("1234", &[], 1234, 0, &[0], "/"),
            ("1234:99", &["staff"], 1234, 99, &[99, 50], "/"),
            ("42", &[], 9, 9, &[9], "/h"),
            ("2147483647", &[], 2_147_483_647, 0, &[0], "/"),
        ] {
            let further: Vec<String> = further.iter().map(|text: &&str| (*text).to_owned()).collect();
            let found = resolve_in(PASSWD, GROUP, user, &further).unwrap();
            assert_eq!((found.user.uid, found.user.gid), (uid, gid), "{user}");
            assert_eq!(found.user.additional_gids, groups, "{user}");
            assert_eq!(found.home, home, "{user}");
        }
    }

    #[test]
    fn numbers_that_would_become_root_are_refused() {
        for user in ["4294967296", "-1", "1000abc", "0x0", "nobody", "4294967295", "2147483648", "0:4294967296"] {
            assert!(resolve_in(PASSWD, GROUP, user, &[]).is_err(), "{user}");
        }
    }
}
