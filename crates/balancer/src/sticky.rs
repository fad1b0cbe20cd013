//! The cookie by which a client stays with its target.
//!
//! It says a tag of the target and when it ends, both under a code that needs the key: nobody can choose a target, and
//! a tag says nothing of the target's name.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::error::Error;
use crate::head;
use crate::routing::{GroupId, Stickiness, Target};

/// The cookie of AWS's balancer, and its twin for requests from other sites.
const NAMES: [&str; 2] = ["AWSALB", "AWSALBCORS"];

const TAG: usize = 8;
const CODE: usize = 16;

/// What cookies are signed with. Who keeps it keeps clients with their targets over a restart.
#[derive(Clone)]
pub struct CookieKey(Hmac<Sha256>);

impl CookieKey {
    /// A new one.
    pub fn generate() -> Result<Self, Error> {
        Self::from_bytes(&words::random_bytes())
    }

    /// One that was kept.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, Error> {
        let key = Hmac::new_from_slice(bytes);
        key.map(Self).map_err(|_| Error::Word { text: String::new(), kind: "key", why: "it has a wrong length" })
    }

    fn code(&self, use_: u8, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = self.0.clone();
        mac.update(&[use_]);
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }

    /// What a target is called in cookies.
    pub(crate) fn tag(&self, group: &GroupId, target: &Target) -> [u8; TAG] {
        let code = self.code(0, &[group.as_str().as_bytes(), target.id.as_str().as_bytes()]);
        let mut tag = [0; TAG];
        tag.copy_from_slice(&code[..TAG]);
        tag
    }

    /// A cookie for a target until a second of Unix time.
    fn write(&self, tag: &[u8; TAG], ends: u64) -> String {
        let mut bytes = Vec::with_capacity(TAG + 8 + CODE);
        bytes.extend_from_slice(tag);
        bytes.extend_from_slice(&ends.to_be_bytes());
        let code = self.code(1, &[&bytes]);
        bytes.extend_from_slice(&code[..CODE]);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The tag of a cookie that was made here and has not ended.
    fn read(&self, cookie: &str, now: u64) -> Option<[u8; TAG]> {
        let bytes = URL_SAFE_NO_PAD.decode(cookie).ok()?;
        let (said, code) = bytes.split_at_checked(TAG + 8)?;
        if code.len() != CODE {
            return None;
        }
        let mut mac = self.0.clone();
        mac.update(&[1]);
        mac.update(&(said.len() as u64).to_be_bytes());
        mac.update(said);
        mac.verify_truncated_left(code).ok()?;
        let (tag, ends) = said.split_at(TAG);
        (u64::from_be_bytes(ends.try_into().ok()?) > now).then(|| tag.try_into().ok()).flatten()
    }

    /// The target that a request's cookies ask for.
    pub(crate) fn wanted<'a>(&self, cookies: impl Iterator<Item = &'a [u8]>, now: u64) -> Option<[u8; TAG]> {
        let cookies = cookies.filter_map(|value| std::str::from_utf8(value).ok());
        let pairs = cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.filter(|(name, _)| NAMES.contains(name)).take(4).find_map(|(_, value)| self.read(value, now))
    }

    /// Tells a client to come back to a target.
    pub(crate) fn set(&self, to: &mut Vec<u8>, tag: &[u8; TAG], stickiness: Stickiness, now: u64) {
        let seconds = stickiness.duration.as_secs();
        let value = self.write(tag, now.saturating_add(seconds));
        for (name, more) in NAMES.iter().zip(["", "; SameSite=None; Secure"]) {
            let text = format!("{name}={value}; Max-Age={seconds}; Path=/; HttpOnly{more}");
            head::line(to, "set-cookie", text.as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_cookie_holds_until_its_end_and_only_under_its_key() {
        let (key, other) = (CookieKey::from_bytes(&[7; 32]).unwrap(), CookieKey::from_bytes(&[8; 32]).unwrap());
        let cookie = key.write(&[1; 8], 1000);
        assert_eq!(key.read(&cookie, 999), Some([1; 8]));
        assert_eq!(key.read(&cookie, 1000), None);
        assert_eq!(other.read(&cookie, 999), None);
        let bytes = URL_SAFE_NO_PAD.decode(&cookie).unwrap();
        for at in 0..bytes.len() {
            let mut forged = bytes.clone();
            forged[at] ^= 1;
            assert_eq!(key.read(&URL_SAFE_NO_PAD.encode(forged), 999), None, "byte {at}");
            assert_eq!(key.read(&URL_SAFE_NO_PAD.encode(&bytes[..at]), 999), None, "length {at}");
        }
    }

    #[test]
    fn it_is_found_among_others() {
        let key = CookieKey::from_bytes(&[7; 32]).unwrap();
        let text = format!("a=b; AWSALB=zzz; AWSALBCORS={}; c", key.write(&[3; 8], 50));
        assert_eq!(key.wanted([text.as_bytes()].into_iter(), 1), Some([3; 8]));
    }

    proptest! {
        #[test]
        fn what_strangers_send_is_no_cookie(text in "[A-Za-z0-9_-]{0,60}") {
            prop_assert_eq!(CookieKey::from_bytes(&[7; 32]).unwrap().read(&text, 0), None);
        }
    }
}
