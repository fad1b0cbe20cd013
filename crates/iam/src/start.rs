//! The first start, and the account's other name.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use words::{Secret, Timestamp};

use crate::Iam;
use crate::error::{Error, Result};
use crate::managed;
use crate::names::{AccessKeyId, Alias, Path, UserId};
use crate::state::{Account, Draft, Ledger};
use crate::tags::Tags;
use crate::users::{AccessKey, NewUser, User};

/// What the first user is called.
const ADMIN: &str = "admin";

/// Makes the account and its administrator, unless they have been made: whoever deletes the administrator does not get
/// another one at the next start.
pub(crate) fn first(ledger: &Arc<Ledger>, now: Timestamp) -> Result<()> {
    let state = ledger.snapshot();
    if state.own_account().is_some() {
        return Ok(());
    }
    let new = NewUser { name: ADMIN.parse()?, path: Path::default(), tags: Tags::default(), boundary: None };
    let mut user = User::new(new, UserId::random(), now);
    user.grants.attached.extend(managed::arn(managed::ADMINISTRATOR));
    let key = AccessKey::new(user.id.clone(), now);
    let account = Account { id: state.account.clone(), alias: None, untold: Some(key.id.clone()) };
    wait(ledger.commit(move |draft: &mut Draft<'_>| {
        draft.put(account)?;
        draft.put(user)?;
        draft.put(key)?;
        Ok(())
    }))
}

/// Waits for a commit where nothing asynchronous runs yet: the store has a thread of its own.
fn wait<T>(work: impl Future<Output = T>) -> T {
    struct Wakes(Thread);
    impl Wake for Wakes {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Wakes(thread::current())));
    let mut work = pin!(work);
    loop {
        match work.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(value) => return value,
            Poll::Pending => thread::park(),
        }
    }
}

/// Changes the account's record.
fn change(draft: &mut Draft<'_>, change: impl FnOnce(&mut Account)) -> Result<()> {
    let new = || Account { id: draft.account.clone(), alias: None, untold: None };
    let mut account = draft.own_account().map_or_else(new, |account| Account::clone(account));
    change(&mut account);
    draft.put(account).map(drop)
}

impl Iam {
    /// Gives the account another name, in place of the one that it has.
    ///
    /// # Errors
    /// The record failed.
    pub async fn set_alias(&self, alias: Alias) -> Result<()> {
        self.ledger().commit(move |draft| change(draft, |account| account.alias = Some(alias))).await
    }

    /// Takes the account's other name away.
    ///
    /// # Errors
    /// It is not this one.
    pub async fn delete_alias(&self, alias: Alias) -> Result<()> {
        let decide = move |draft: &mut Draft<'_>| {
            if draft.alias() != Some(&alias) {
                return Err(Error::NoSuchEntity(format!("The account alias {alias} does not exist.")));
            }
            change(draft, |account| account.alias = None)
        };
        self.ledger().commit(decide).await
    }

    /// The administrator's first access key, as long as nobody was told of it: the daemon may die before it has said it.
    pub fn first_key(&self) -> Option<(AccessKeyId, Secret)> {
        let state = self.snapshot();
        let key = state.keys.get(state.own_account()?.untold.as_ref()?)?;
        Some((key.id.clone(), key.secret.clone()))
    }

    /// Somebody was told of the first key, and nobody is told again.
    ///
    /// # Errors
    /// The record failed.
    pub async fn first_key_told(&self) -> Result<()> {
        self.ledger().commit(|draft| change(draft, |account| account.untold = None)).await
    }
}
