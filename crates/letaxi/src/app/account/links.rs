//! Links by which a person sets the password of an account, once and within [`VALID_FOR`]: invitations, and for those who
//! forgot their password.
//!
//! Only the digest of a link's token is stored. A new password ends all links of the account, however it was set.

use std::sync::Arc;

use chrono::TimeDelta;
use data_encoding::BASE64URL_NOPAD;
use registry::{Account, AccountId, Password, Time};
use storage::password_links::PasswordLink;
use storage::{Action, Resource};
use tokio::sync::Semaphore;

use super::arrival::Arrival;
use super::caller::{Caller, Extra};
use super::entry::Entered;
use super::limits::TooMany;
use super::origin::Origin;
use super::post::{Letter, Occasion};
use super::secrets::{self, fresh_secret};
use super::users::off_the_hot_threads;
use crate::app::App;

/// Time for which a link is valid.
pub const VALID_FOR: TimeDelta = TimeDelta::hours(72);
/// Maximum number of links of an account; a further one ends the oldest.
const MOST_LINKS: u32 = 5;
/// Page of the console that reads a token from the fragment of its address, which browsers send to nobody.
const PAGE: &str = "/console/welcome#";
/// Letters to those who forgot their password that are under way at once; further ones are not sent.
const LETTERS_AT_ONCE: usize = 16;

static LETTERS: Semaphore = Semaphore::const_new(LETTERS_AT_ONCE);

/// A link that was made just now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MadeLink {
    /// Its address; without scheme and host if the setting `public_url` names none.
    pub link: String,
    /// Time from which it is not valid any more.
    pub expires_at: Time,
    /// True if it was sent to the person.
    pub is_sent: bool,
}

/// A link as its person sees it.
#[derive(Clone, Debug)]
pub struct LinkView {
    /// The account that it opens.
    pub account: Arc<Account>,
    /// Time from which it is not valid any more.
    pub expires_at: Time,
    /// True if the account has no password yet.
    pub is_invitation: bool,
}

/// Reason for which a link is not made or used.
#[derive(Debug, thiserror::Error)]
pub enum LinkRefused {
    /// There is no such account.
    #[error("there is no such account")]
    UnknownAccount,
    /// The caller may not make links for this account.
    #[error("the account is somebody else's")]
    NotYours,
    /// The account is disabled.
    #[error("the account is disabled: enable it first")]
    Disabled,
    /// The link is unknown, was used, or has expired.
    #[error("the link is not valid any more")]
    Over,
    /// The registry sends no letters.
    #[error("the registry sends no letters")]
    NoPost,
    /// Too many requests.
    #[error(transparent)]
    TooMany(#[from] TooMany),
    /// The store failed.
    #[error(transparent)]
    Broken(#[from] storage::Error),
}

impl App {
    /// True if the registry can send letters.
    pub fn sends_letters(&self) -> bool {
        self.post.is_some()
    }

    /// Makes a link for an account that the caller manages, and sends it if the registry sends letters.
    ///
    /// # Errors
    ///
    /// If the caller does not manage the account, or it is disabled.
    pub async fn make_link(
        &self,
        who: &Caller,
        id: AccountId,
        in_french: bool,
    ) -> Result<MadeLink, LinkRefused> {
        let account = self.directory.account(id).ok_or(LinkRefused::UnknownAccount)?;
        if !self.manages(who, &account) {
            return Err(LinkRefused::NotYours);
        }
        let mut made = self.make_link_for(&account, Some(who.key_owner)).await?;
        let occasion = if self.store.password_hash(id).await?.is_some() {
            Occasion::NewPassword
        } else {
            Occasion::Invitation
        };
        made.is_sent = self.send(&account, &made, occasion, in_french).await;
        Ok(made)
    }

    /// Makes a link for an account, and does not send it; `by` whom, or by the command line.
    ///
    /// # Errors
    ///
    /// If the account is disabled.
    pub async fn make_link_for(
        &self,
        account: &Account,
        by: Option<AccountId>,
    ) -> Result<MadeLink, LinkRefused> {
        if !account.is_enabled() {
            return Err(LinkRefused::Disabled);
        }
        let (token, now) = (BASE64URL_NOPAD.encode(&fresh_secret()), self.now());
        let link = PasswordLink {
            digest: self.secrets.digest(&token),
            account: account.id,
            made_at: now,
            expires_at: now + VALID_FOR,
        };
        let extra = by.map_or(Extra::Nothing, Extra::By);
        let (action, id) = (Action::PasswordLink, account.id.to_string());
        let activity = [self.activity(action, Resource::User, id, &extra)];
        self.store.add_password_link(&link, MOST_LINKS, &activity).await?;
        let base = self.settings.public_url.as_deref().unwrap_or_default();
        let address = format!("{}{PAGE}{token}", base.trim_end_matches('/'));
        Ok(MadeLink { link: address, expires_at: link.expires_at, is_sent: false })
    }

    /// Sends a link to the person who forgot the password of an account, without telling the caller whether there is such
    /// an account. One without a password gets none: it is not meant for a person, or an invitation waits.
    ///
    /// # Errors
    ///
    /// If the registry sends no letters, or this address asked too often.
    pub fn ask_for_link(
        self: &Arc<Self>,
        email: &str,
        in_french: bool,
        from: Origin,
    ) -> Result<(), LinkRefused> {
        if !self.sends_letters() {
            return Err(LinkRefused::NoPost);
        }
        self.try_forgotten(email, from)?;
        let Ok(permit) = LETTERS.try_acquire() else {
            tracing::warn!(
                "too many letters are under way: a link for a forgotten password is not sent"
            );
            return Ok(());
        };
        let (app, email) = (Arc::clone(self), email.to_owned());
        // Beside the answer, whose time would tell.
        tokio::spawn(async move {
            if let Err(error) = app.send_to_forgetful(&email, in_french).await {
                tracing::error!(%error, "a link for a forgotten password was not made");
            }
            drop(permit);
        });
        Ok(())
    }

    async fn send_to_forgetful(&self, email: &str, in_french: bool) -> Result<(), LinkRefused> {
        let account = self.directory.account_of_email(email).filter(|account| account.is_enabled());
        let Some(account) = account else { return Ok(()) };
        if self.store.password_hash(account.id).await?.is_some() {
            let made = self.make_link_for(&account, Some(account.id)).await?;
            self.send(&account, &made, Occasion::NewPassword, in_french).await;
        }
        Ok(())
    }

    /// Shows a link to the person who has it.
    ///
    /// # Errors
    ///
    /// If it is not valid any more.
    pub async fn look_at_link(&self, token: &str) -> Result<LinkView, LinkRefused> {
        let link = self.store.password_link(&self.secrets.digest(token)).await?;
        let link = link.filter(|link| link.expires_at > self.now()).ok_or(LinkRefused::Over)?;
        let account = self.directory.account(link.account).filter(|it| it.is_enabled());
        let account = account.ok_or(LinkRefused::Over)?;
        let is_invitation = self.store.password_hash(account.id).await?.is_none();
        Ok(LinkView { account, expires_at: link.expires_at, is_invitation })
    }

    /// Sets the password of the account of a link, and goes on as after a password that was typed. The link, all others
    /// of the account and its sign-ins end.
    ///
    /// # Errors
    ///
    /// If the link is not valid any more.
    pub async fn use_link(
        &self,
        token: &str,
        password: Password,
        device: &str,
    ) -> Result<Entered, LinkRefused> {
        let account = self.look_at_link(token).await?.account;
        let hash = off_the_hot_threads(move || secrets::hash_password(password.text())).await;
        let activity = [self.activity_of_log_in(Action::PasswordByLink, &account)];
        let lock = self.change_accounts().await;
        let digest = self.secrets.digest(token);
        let used = self.store.use_password_link(&digest, &hash, &activity, self.now()).await?;
        if used != Some(account.id) {
            return Err(LinkRefused::Over);
        }
        self.end_access_of(account.id);
        drop(lock);
        Ok(self.enter(&account, Arrival::new(device, None)).await?)
    }

    async fn send(
        &self,
        account: &Account,
        made: &MadeLink,
        occasion: Occasion,
        in_french: bool,
    ) -> bool {
        let Some(post) = &self.post else { return false };
        let letter = Letter {
            to: account.email.clone(),
            occasion,
            link: made.link.clone(),
            expires_at: made.expires_at,
            in_french,
        };
        let sent = post.send(&letter).await;
        if let Err(error) = &sent {
            tracing::warn!(%error, account = %account.id, "a link was not sent by mail");
        }
        sent.is_ok()
    }

    /// True if the caller is an admin, or the manager of this account.
    pub(super) fn manages(&self, who: &Caller, account: &Account) -> bool {
        let is_manager = account.manager == Some(who.account.id);
        self.is_at_home(who) && (who.is(registry::Role::Admin) || is_manager)
    }
}
