//! API keys of an account: creation, listing, closing, and times of last use.
//!
//! A key is looked up by its keyed digest in a hash map. The duration of a lookup reveals nothing: without
//! the secret key nobody can choose a digest and so approach one byte by byte.

use std::sync::atomic::Ordering;

use registry::AccountId;
use storage::Activity;
use storage::keys::{KeyRecord, KeyRefused};

use super::caller::Caller;
use super::limits::MOST_KEYS;
use super::secrets;
use crate::app::App;

/// Interval of writing times of last use, in seconds.
const USE_WRITTEN_EVERY_S: i64 = 60;

/// Reason for which keys are not shown or changed.
#[derive(Debug, thiserror::Error)]
pub enum KeysRefused {
    /// The caller is a guest in the account: neither itself, nor its manager, nor an admin.
    #[error("the account is somebody else's")]
    NotYours,
    /// The store refuses.
    #[error(transparent)]
    Key(KeyRefused),
    /// The store failed.
    #[error(transparent)]
    Broken(#[from] storage::Error),
}

impl App {
    /// The caller's keys, without the keys themselves.
    ///
    /// # Errors
    ///
    /// If the caller may not see them.
    pub async fn keys(&self, who: &Caller) -> Result<Vec<KeyRecord>, KeysRefused> {
        self.may_see_secrets(who)?;
        Ok(self.store.keys(who.account.id).await?)
    }

    /// Adds a key to the caller's account, and returns it this once.
    ///
    /// # Errors
    ///
    /// If the account has [`MOST_KEYS`].
    pub async fn add_key(
        &self,
        who: &Caller,
        name: &str,
    ) -> Result<(KeyRecord, String), KeysRefused> {
        self.may_see_secrets(who)?;
        self.add_key_to(who.account.id, name, &[self.activity_of_call(who)]).await
    }

    /// Adds a key to an account, and returns it; for the command line.
    ///
    /// # Errors
    ///
    /// If the account has [`MOST_KEYS`].
    pub async fn add_key_to(
        &self,
        id: AccountId,
        name: &str,
        activity: &[Activity],
    ) -> Result<(KeyRecord, String), KeysRefused> {
        let key = secrets::fresh_api_key();
        let sealed = self.secrets.seal(&key);
        let _lock = self.change_accounts().await;
        let added = self.store.add_key(id, &sealed, name, MOST_KEYS, activity, self.now()).await?;
        let record = added.map_err(KeysRefused::Key)?;
        self.remember_key(id, &sealed, &key);
        Ok((record, key))
    }

    /// Closes one of the caller's keys; it is invalid on this server when this returns.
    ///
    /// # Errors
    ///
    /// If the caller has no such key, or it is the only one.
    pub async fn revoke_key(&self, who: &Caller, key: i64) -> Result<(), KeysRefused> {
        self.may_see_secrets(who)?;
        self.revoke_key_of(who.account.id, key, &[self.activity_of_call(who)]).await
    }

    /// The keys of an account; for the command line.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn keys_of(&self, id: AccountId) -> storage::Result<Vec<KeyRecord>> {
        self.store.keys(id).await
    }

    /// Closes a key of an account; for the command line.
    ///
    /// # Errors
    ///
    /// If the account has no such key, or it is the only one.
    pub async fn revoke_key_of(
        &self,
        id: AccountId,
        key: i64,
        activity: &[Activity],
    ) -> Result<(), KeysRefused> {
        let _lock = self.change_accounts().await;
        let revoked = self.store.revoke_key(id, key, activity, self.now()).await?;
        self.forget_key(id, &revoked.map_err(KeysRefused::Key)?);
        Ok(())
    }

    pub(in crate::app) fn may_see_secrets(&self, who: &Caller) -> Result<(), KeysRefused> {
        if self.is_at_home(who) { Ok(()) } else { Err(KeysRefused::NotYours) }
    }

    /// Writes the times of keys used since the last call, once a minute.
    pub(in crate::app) async fn note_use_of_keys(&self) -> storage::Result<()> {
        let now = self.now();
        let since = self.usage.written_s.load(Ordering::Relaxed);
        // Unless the clock was set back meanwhile.
        if (since..since + USE_WRITTEN_EVERY_S).contains(&now.timestamp()) {
            return Ok(());
        }
        let used = self.usage.keys_used_since(since);
        if !used.is_empty() {
            self.store.note_use(&used).await?;
        }
        self.usage.written_s.store(now.timestamp(), Ordering::Relaxed);
        Ok(())
    }
}
