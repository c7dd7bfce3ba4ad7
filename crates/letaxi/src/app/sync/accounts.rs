//! Accounts and their keys in memory.

use std::sync::atomic::Ordering;

use registry::directory::KeyDigest;
use registry::{Account, AccountId};
use storage::accounts::SealedKey;
use tokio::sync::MutexGuard;

use crate::app::App;

/// The right to change accounts and keys, held during a change and its update of memory.
pub(in crate::app) struct AccountsLock<'a> {
    app: &'a App,
    _guard: MutexGuard<'a, ()>,
}

impl Drop for AccountsLock<'_> {
    fn drop(&mut self) {
        self.app.announce();
    }
}

impl App {
    /// Begins a change of accounts, after others have ended; other servers are told of it.
    pub(in crate::app) async fn change_accounts(&self) -> AccountsLock<'_> {
        AccountsLock { app: self, _guard: self.accounts_lock.lock().await }
    }

    /// Loads accounts and their keys into memory, in place of the present ones.
    pub(in crate::app) async fn load_accounts(&self) -> storage::Result<()> {
        let _lock = self.accounts_lock.lock().await;
        self.load_accounts_in_turn().await
    }

    /// Like [`Self::load_accounts`], for a caller that holds the lock of accounts.
    pub(in crate::app) async fn load_accounts_in_turn(&self) -> storage::Result<()> {
        // Read first: a change during the load gives another revision, and so causes another load within a
        // second.
        let revision = self.store.accounts_revision().await?;
        let (accounts, keys) = self.store.accounts().await?;
        let sealed = self.store.all_sealed_keys().await?;
        let sign_ins = self.store.sign_ins().await?;
        let second_steps = self.store.accounts_with_second_step().await?;
        let plain = sealed.into_iter().filter_map(|(account, sealed)| {
            let key = self.secrets.unseal(&sealed)?;
            Some((account, self.secrets.digest(&key), key))
        });
        self.signers.set(&accounts, plain);
        self.directory.set_accounts(accounts, keys);
        self.sign_ins.set(sign_ins);
        self.sign_ins.set_second_steps(second_steps);
        self.accounts_revision.store(revision, Ordering::Relaxed);
        Ok(())
    }

    /// Makes a key valid for log-in and signatures.
    pub(in crate::app) fn remember_key(&self, account: AccountId, sealed: &SealedKey, key: &str) {
        self.signers.put_key(account, sealed.digest, key);
        self.directory.put_key(sealed.digest, account);
    }

    /// Makes a key of an account invalid.
    pub(in crate::app) fn forget_key(&self, account: AccountId, digest: &KeyDigest) {
        self.directory.take_key(digest);
        self.signers.take_key(account, digest);
    }

    /// Adds or replaces an account in memory.
    pub(in crate::app) fn remember_account(&self, account: &Account) {
        self.signers.put_account(account);
        self.directory.put_account(account);
    }
}
