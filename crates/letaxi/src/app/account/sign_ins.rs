//! Sign-ins of people in browsers: cookies that open an account like a key does.
//!
//! Memory holds all sign-ins, by the digest of their cookie, and follows the database as it does for keys. A sign-in
//! ends with its account's password, after [`IDLE_FOR`] without a request, and [`LASTS`] after it began.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use data_encoding::BASE64URL_NOPAD;
use registry::{Account, AccountId, Time};
use storage::Action;
use storage::sign_ins::SignIn;

use super::caller::Caller;
use super::origin::Origin;
use super::secrets::fresh_secret;
use super::sign_in_table::{IDLE_FOR, LASTS, Live};
use super::users::{Credential, LogInRefused};
use crate::app::App;

/// Maximum number of sign-ins of an account; a further one ends the oldest.
pub const MOST_SIGN_INS: u32 = 20;
/// Maximum length of the name of a device, in characters.
const DEVICE_LENGTH: usize = 200;
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
    /// Signs a person in by e-mail address and password, and returns the cookie, this once, with the account.
    ///
    /// # Errors
    ///
    /// Like [`App::log_in`].
    pub async fn sign_in(
        &self,
        email: &str,
        password: String,
        device: &str,
        from: Origin,
    ) -> Result<(String, Arc<Account>), LogInRefused> {
        let account = self.checked_log_in(email, Credential::Password(password), from).await?;
        let cookie = BASE64URL_NOPAD.encode(&fresh_secret());
        let now = self.now();
        let mut sign_in = SignIn {
            id: 0,
            digest: self.secrets.digest(&cookie),
            account: account.id,
            device: device.chars().take(DEVICE_LENGTH).collect(),
            created_at: now,
            last_seen_at: now,
        };
        let activity = [self.activity_of_log_in(Action::LoginPassword, &account)];
        let _lock = self.accounts_lock.lock().await;
        sign_in.id = self.store.add_sign_in(&sign_in, MOST_SIGN_INS, &activity, now).await?;
        self.sign_ins.by_digest.insert(sign_in.digest, Arc::new(Live::of(&sign_in)));
        Ok((cookie, account))
    }

    /// The sign-in and the account that a cookie opens, if it is valid.
    pub(super) fn signed_in(&self, cookie: &str) -> Option<(Arc<Live>, Arc<Account>)> {
        let live = Arc::clone(&*self.sign_ins.by_digest.get(&self.secrets.digest(cookie))?);
        let now = self.now();
        if live.is_over(now) {
            return None;
        }
        let account =
            self.directory.account(live.account).filter(|account| account.is_enabled())?;
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
        self.end_sign_in_of(who.account.id, id).await
    }

    /// Ends a sign-in of this account: its cookie is invalid on this server when this returns.
    ///
    /// # Errors
    ///
    /// If it has no such one.
    pub async fn end_sign_in_of(&self, account: AccountId, id: i64) -> Result<(), SignInRefused> {
        let _lock = self.accounts_lock.lock().await;
        let ended = self.store.end_sign_in(account, id).await?;
        self.sign_ins.by_digest.retain(|_, live| live.id != id || live.account != account);
        if ended { Ok(()) } else { Err(SignInRefused::Unknown) }
    }

    /// Writes the times of last requests and deletes sign-ins that are over, once a minute.
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
        table.by_digest.retain(|_, live| !live.is_over(now));
        table.written_s.store(now.timestamp(), Ordering::Relaxed);
        Ok(())
    }
}
