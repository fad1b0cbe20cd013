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
pub(crate) fn first(ledger: &Arc<Ledger>, now: Timestamp) -> Result<Option<(AccessKeyId, Secret)>> {
    let state = ledger.snapshot();
    if state.accounts.contains_key(&state.account) {
        return Ok(None);
    }
    let new = NewUser { name: ADMIN.parse()?, path: Path::default(), tags: Tags::default(), boundary: None };
    let mut user = User::new(new, UserId::random(), now);
    user.grants.attached.extend(managed::arn(managed::ADMINISTRATOR));
    let key = AccessKey::new(user.id.clone(), now);
    let given = (key.id.clone(), key.secret.clone());
    let account = Account { id: state.account.clone(), alias: None };
    wait(ledger.commit(move |draft: &mut Draft<'_>| {
        draft.put(account)?;
        draft.put(user)?;
        draft.put(key)?;
        Ok(())
    }))?;
    Ok(Some(given))
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

impl Iam {
    /// Gives the account another name, in place of the one that it has.
    ///
    /// # Errors
    /// The record failed.
    pub async fn set_alias(&self, alias: Alias) -> Result<()> {
        let decide = move |draft: &mut Draft<'_>| {
            let id = draft.account.clone();
            draft.put(Account { id, alias: Some(alias) })?;
            Ok(())
        };
        self.ledger().commit(decide).await
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
            let id = draft.account.clone();
            draft.put(Account { id, alias: None })?;
            Ok(())
        };
        self.ledger().commit(decide).await
    }
}
