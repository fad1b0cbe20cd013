//! Who is signed in: sessions, in memory only.
//!
//! A session is found by 256 random bits in a cookie. It holds the access key that requests are signed with, and the
//! token that every form of its pages carries. It ends when nobody has used it for a while, when it is old, when its
//! key is refused, and with the daemon.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_api::sign::made::Signer;
use http::HeaderMap;
use http::header::COOKIE;
use words::{Timestamp, hex};

use crate::limits;

/// The cookie's name.
const NAME: &str = "dabba-session";

/// What a session is found by.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct SessionId(String);

impl SessionId {
    fn random() -> Self {
        Self(hex(&words::random_bytes::<32>()))
    }

    /// From a request's cookies.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let lines = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let (_, value) = pairs.find(|(name, _)| *name == NAME)?;
        let formed = value.len() == 64 && value.bytes().all(|byte| byte.is_ascii_hexdigit());
        formed.then(|| Self(value.to_owned()))
    }

    /// The header that gives it to a browser, until the browser or the session ends.
    pub(crate) fn cookie(&self, secure: bool) -> String {
        format!("{NAME}={}; HttpOnly; SameSite=Strict; Path=/{}", self.0, if secure { "; Secure" } else { "" })
    }

    /// The header that takes it away again.
    pub(crate) fn no_cookie(secure: bool) -> String {
        let secure = if secure { "; Secure" } else { "" };
        format!("{NAME}=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0{secure}")
    }
}

/// Somebody who is signed in.
#[derive(Debug)]
pub(crate) struct Session {
    /// What requests are signed with.
    pub(crate) key: Signer,
    /// The key's owner, as STS names it.
    pub(crate) arn: String,
    /// Whether pages offer the engine's containers and images. Each of these pages asks anew whether that is so.
    pub(crate) engine: bool,
    /// What every form carries that may change something.
    pub(crate) token: String,
}

impl Session {
    /// Of somebody whom STS knows by this name.
    pub(crate) fn new(key: Signer, arn: String, engine: bool) -> Self {
        Self { key, arn, engine, token: hex(&words::random_bytes::<32>()) }
    }

    /// The owner's name, without account and path.
    pub(crate) fn name(&self) -> &str {
        self.arn.rsplit([':', '/']).next().unwrap_or(&self.arn)
    }

    /// Whether this is the token, in a time that does not say how much of it is.
    pub(crate) fn has_token(&self, sent: &str) -> bool {
        sent.len() == self.token.len()
            && sent.bytes().zip(self.token.bytes()).fold(0, |differs, (one, other)| differs | (one ^ other)) == 0
    }
}

struct Kept {
    session: Arc<Session>,
    since: Timestamp,
    used: Timestamp,
}

impl Kept {
    fn lasts(&self, now: Timestamp) -> bool {
        now.since(self.used) < limits::IDLE && now.since(self.since) < limits::LIFE
    }
}

/// All sessions.
#[derive(Default)]
pub(crate) struct Sessions(Mutex<HashMap<SessionId, Kept>>);

impl Sessions {
    /// Begins one. Beyond the limit, the one ends that was used longest ago.
    pub(crate) fn begin(&self, session: Session, now: Timestamp) -> SessionId {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, kept| kept.lasts(now));
        if all.len() >= limits::SESSIONS
            && let Some(oldest) = all.iter().min_by_key(|(_, kept)| kept.used).map(|(id, _)| id.clone())
        {
            all.remove(&oldest);
        }
        let id = SessionId::random();
        all.insert(id.clone(), Kept { session: Arc::new(session), since: now, used: now });
        id
    }

    /// The session of this id, while it lasts; it is used by this.
    pub(crate) fn find(&self, id: &SessionId, now: Timestamp) -> Option<Arc<Session>> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = all.get_mut(id)?;
        if !kept.lasts(now) {
            all.remove(id);
            return None;
        }
        kept.used = now;
        Some(Arc::clone(&kept.session))
    }

    /// Ends one.
    pub(crate) fn end(&self, id: &SessionId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use words::Secret;

    use super::*;

    fn session() -> Session {
        let key = Signer { id: "AKID".into(), secret: Secret::new("s"), token: None };
        Session::new(key, "arn:aws:iam::123456789012:user/team/ann".into(), false)
    }

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_nanos(1_700_000_000_000_000_000).unwrap().saturating_add(Duration::from_secs(seconds))
    }

    #[test]
    fn it_ends_when_nobody_uses_it_and_when_it_is_old() {
        let sessions = Sessions::default();
        let idle = sessions.begin(session(), at(0));
        assert!(sessions.find(&idle, at(limits::IDLE.as_secs() - 1)).is_some());
        assert!(sessions.find(&idle, at(2 * limits::IDLE.as_secs())).is_none());
        let old = sessions.begin(session(), at(0));
        let mut now = 0;
        while now < limits::LIFE.as_secs() {
            assert!(sessions.find(&old, at(now)).is_some(), "{now}");
            now += limits::IDLE.as_secs() / 2;
        }
        assert!(sessions.find(&old, at(now)).is_none());
    }

    #[test]
    fn there_are_so_many_and_no_more() {
        let sessions = Sessions::default();
        let ids: Vec<_> = (0..=limits::SESSIONS as u64).map(|each| sessions.begin(session(), at(each))).collect();
        assert!(sessions.find(&ids[0], at(100)).is_none());
        assert!(ids[1..].iter().all(|id| sessions.find(id, at(100)).is_some()));
        sessions.end(&ids[1]);
        assert!(sessions.find(&ids[1], at(100)).is_none());
    }

    #[test]
    fn cookies_are_read_and_written() {
        let id = SessionId::random();
        let of = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(COOKIE, text.parse().unwrap());
            SessionId::of(&headers)
        };
        let value = id.cookie(false);
        let pair = value.split(';').next().unwrap();
        assert!(of(pair) == Some(id.clone()));
        assert!(of(&format!("a=b; {pair}; c=d")) == Some(id.clone()));
        assert!(of("dabba-session=").is_none() && of("dabba-session=xyz").is_none() && of("x").is_none());
        assert_eq!(value.replace(&id.0, "ID"), "dabba-session=ID; HttpOnly; SameSite=Strict; Path=/");
        assert!(id.cookie(true).ends_with("; Path=/; Secure"));
        assert!(SessionId::no_cookie(true).contains("Max-Age=0"));
    }

    #[test]
    fn a_token_is_one_sessions_own() {
        let (one, other) = (session(), session());
        assert!(one.has_token(&one.token) && !one.has_token(&other.token) && !one.has_token(""));
        assert_eq!(one.name(), "ann");
    }
}
