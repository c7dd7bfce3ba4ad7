//! Sign-ins of people in browsers: cookies that open an account like a key does.
//!
//! Memory holds all sign-ins, by the digest of their cookie, and follows the database as it does for keys. A sign-in
//! ends with its account's password, with a change of its second step elsewhere, after `IDLE_FOR` without a request, and `LASTS` after it began.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use registry::{Account, AccountId, Time};
use storage::sign_ins::{Ended, SignIn};

use super::caller::Caller;
use super::sign_in_table::{IDLE_FOR, LASTS, Live};
use crate::app::App;

/// Maximum number of sign-ins of an account; a further one ends the oldest.
pub const MOST_SIGN_INS: u32 = 20;
/// Interval of writing times of last requests, in seconds.
const SEEN_WRITTEN_EVERY_S: i64 = 60;

/// Reason for which a sign-in is not ended.
#[derive(Debug, thiserror::Error)]
pub enum SignInRefused {
    /// The account has no such sign-in.
    #[error("the account has no such sign-in")]
    Unknown,
    /// The caller acts as this account and is not it.
    #[error("the account is somebody else's")]
    NotYours,
    /// The store failed.
    #[error(transparent)]
    Broken(#[from] storage::Error),
}

impl App {
    /// The sign-in and the account that a cookie opens, if it is valid.
    pub(super) fn signed_in(&self, cookie: &str) -> Option<(Arc<Live>, Arc<Account>)> {
        let live = Arc::clone(&*self.sign_ins.by_digest.get(&self.secrets.digest(cookie))?);
        let now = self.now();
        if live.is_over(now) {
            return None;
        }
        let account =
            self.directory.account(live.account).filter(|account| account.is_enabled())?;
        if !live.second_step_elsewhere && self.lacks_second_step(&account) {
            return None;
        }
        live.seen_at_s.fetch_max(now.timestamp(), Ordering::Relaxed);
        Some((live, account))
    }

    /// An account, if it exists.
    pub fn account(&self, id: AccountId) -> Option<Arc<Account>> {
        self.directory.account(id)
    }

    /// The sign-ins of the caller's account, newest first.
    ///
    /// # Errors
    ///
    /// If the caller is a guest in the account.
    pub async fn sign_ins_of(&self, who: &Caller) -> Result<Vec<SignIn>, SignInRefused> {
        self.may_see_secrets(who).map_err(|_guest| SignInRefused::NotYours)?;
        let mut sign_ins = self.store.sign_ins().await?;
        sign_ins.retain_mut(|sign_in| {
            let live = self.sign_ins.by_digest.get(&sign_in.digest);
            let seen = live.as_ref().map(|live| live.seen_at_s.load(Ordering::Relaxed));
            let seen = seen.and_then(Time::from_timestamp_secs);
            sign_in.last_seen_at =
                seen.map_or(sign_in.last_seen_at, |seen| seen.max(sign_in.last_seen_at));
            sign_in.account == who.account.id && live.is_some_and(|live| !live.is_over(self.now()))
        });
        sign_ins.reverse();
        Ok(sign_ins)
    }

    /// Ends a sign-in of the caller's account.
    ///
    /// # Errors
    ///
    /// If it has no such one, or the caller is a guest in the account.
    pub async fn end_sign_in(&self, who: &Caller, id: i64) -> Result<(), SignInRefused> {
        self.may_see_secrets(who).map_err(|_guest| SignInRefused::NotYours)?;
        self.end_sign_in_of(who.account.id, id).await.map(drop)
    }

    /// Ends a sign-in of this account: its cookie is invalid on this server when this returns.
    ///
    /// # Errors
    ///
    /// If it has no such one.
    pub async fn end_sign_in_of(
        &self,
        account: AccountId,
        id: i64,
    ) -> Result<Ended, SignInRefused> {
        let _lock = self.change_accounts().await;
        let ended = self.store.end_sign_in(account, id).await?;
        self.sign_ins.by_digest.retain(|_, live| live.id != id || live.account != account);
        ended.ok_or(SignInRefused::Unknown)
    }

    /// Writes the times of last requests, and deletes sign-ins that are over and links that have expired, once a minute.
    pub(in crate::app) async fn note_sign_ins(&self) -> storage::Result<()> {
        let (now, table) = (self.now(), &self.sign_ins);
        let since = table.written_s.load(Ordering::Relaxed);
        // Unless the clock was set back meanwhile.
        if (since..since + SEEN_WRITTEN_EVERY_S).contains(&now.timestamp()) {
            return Ok(());
        }
        let seen = table.by_digest.iter().filter_map(|live| {
            let seen_at_s = live.seen_at_s.load(Ordering::Relaxed);
            Some((live.id, Time::from_timestamp_secs(seen_at_s).filter(|_| seen_at_s >= since)?))
        });
        let seen: Vec<_> = seen.collect();
        if !seen.is_empty() {
            self.store.note_seen(&seen).await?;
        }
        // After their last requests were written, or one that goes on would be deleted.
        self.store.delete_sign_ins(now - LASTS, now - IDLE_FOR).await?;
        self.store.delete_password_links(now).await?;
        table.by_digest.retain(|_, live| !live.is_over(now));
        table.written_s.store(now.timestamp(), Ordering::Relaxed);
        Ok(())
    }
}
