//! Second steps of signing in: who must have one, setting it up, replacing it, and turning it off.
//!
//! An account changes its own second step, after its password was asked for again. An administrator only removes one that
//! was lost. Every change ends the account's other sign-ins.

use registry::{Account, AccountId, Time};
use storage::second_steps::NewSecondStep;
use storage::{Action, Resource};

use super::arrival::Arrival;
use super::caller::{Caller, Extra};
use super::origin::Origin;
use super::ticket_table::{Purpose, Ticket};
use super::totp::{TotpSecret, as_typed, fresh_recovery_codes};
use super::users::{Credential, LogInRefused};
use crate::app::App;

/// The second step of an account, as its person sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecondStepView {
    /// Time at which it was set up, if there is one.
    pub set_at: Option<Time>,
    /// Number of recovery codes that were not used.
    pub recovery_codes: i64,
    /// True if the account must have one.
    pub is_required: bool,
}

/// A secret to be confirmed by a code of it.
#[derive(Clone, Debug)]
pub struct SetUp {
    /// Ticket for the confirmation.
    pub ticket: String,
    /// The secret as a person may type it.
    pub secret: String,
    /// The secret as an app reads it from a QR code.
    pub link: String,
}

/// Reason for which a second step is not shown or changed, or not taken.
#[derive(Debug, thiserror::Error)]
pub enum SecondStepRefused {
    /// The caller acts for another account.
    #[error("the account is somebody else's")]
    NotYours,
    /// The password is wrong.
    #[error("the password is wrong")]
    WrongPassword,
    /// The code is wrong, or was used.
    #[error("the code is wrong, or was used")]
    WrongCode,
    /// The ticket is unknown, too old, or was tried too often.
    #[error("the ticket is over")]
    Over,
    /// The account has no second step.
    #[error("the account has no second step")]
    None,
    /// The account must have one.
    #[error("the account must have a second step")]
    Required,
    /// Too many attempts failed.
    #[error(transparent)]
    TooMany(#[from] super::limits::TooMany),
    /// The store failed.
    #[error(transparent)]
    Broken(#[from] storage::Error),
}

impl App {
    /// True if the account must have a second step and has none: its sign-ins are not valid.
    pub(super) fn lacks_second_step(&self, account: &Account) -> bool {
        self.settings.second_step.is_for(account) && !self.sign_ins.has_second_step(account.id)
    }

    /// The second step of the caller's account.
    ///
    /// # Errors
    ///
    /// If the caller acts for another account.
    pub async fn second_step_of(&self, who: &Caller) -> Result<SecondStepView, SecondStepRefused> {
        only_itself(who)?;
        let known = self.store.second_step(who.account.id).await?;
        Ok(SecondStepView {
            set_at: known.as_ref().map(|known| known.set_at),
            recovery_codes: known.map_or(0, |known| known.recovery_codes),
            is_required: self.settings.second_step.is_for(&who.account),
        })
    }

    /// Time at which an account set up its second step, if it has one; for the command line.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn has_second_step_since(&self, id: AccountId) -> storage::Result<Option<Time>> {
        Ok(self.store.second_step(id).await?.map(|known| known.set_at))
    }

    /// Begins to set up or replace the second step of the caller's account: makes a secret, which
    /// [`App::confirm_second_step`] puts in force.
    ///
    /// # Errors
    ///
    /// If the password is wrong, or the caller acts for another account.
    pub async fn begin_second_step(
        &self,
        who: &Caller,
        password: String,
        from: Origin,
    ) -> Result<SetUp, SecondStepRefused> {
        self.ask_password_again(who, password, from).await?;
        Ok(self.ask_to_set_up(&who.account, None).await?)
    }

    /// Puts a secret in force by a code of it, and returns the recovery codes, this once. Other sign-ins of the account
    /// end; `sign_in` is the caller's.
    ///
    /// # Errors
    ///
    /// If the ticket is not valid, or the code is wrong.
    pub async fn confirm_second_step(
        &self,
        who: &Caller,
        ticket: &str,
        code: &str,
        sign_in: Option<i64>,
    ) -> Result<Vec<String>, SecondStepRefused> {
        only_itself(who)?;
        let fits = |ticket: &Ticket| {
            let is_own = ticket.known.account == who.account.id;
            is_own && matches!(ticket.purpose, Purpose::SetUp { arrival: None, .. })
        };
        let ticket = self.attempt(ticket, fits).await?;
        self.set_up_by(&ticket.ok_or(SecondStepRefused::Over)?, code, sign_in).await
    }

    /// Turns the second step of the caller's account off. Other sign-ins of the account end.
    ///
    /// # Errors
    ///
    /// If the password is wrong, or the account must have a second step, or has none.
    pub async fn remove_second_step(
        &self,
        who: &Caller,
        password: String,
        from: Origin,
        sign_in: Option<i64>,
    ) -> Result<(), SecondStepRefused> {
        self.ask_password_again(who, password, from).await?;
        if self.settings.second_step.is_for(&who.account) {
            return Err(SecondStepRefused::Required);
        }
        self.remove_second_step_of(who.account.id, sign_in, None).await
    }

    /// Removes the second step of an account, for an administrator: `by`, or the command line.
    ///
    /// # Errors
    ///
    /// If it has none.
    pub async fn remove_second_step_of(
        &self,
        account: AccountId,
        kept_sign_in: Option<i64>,
        by: Option<AccountId>,
    ) -> Result<(), SecondStepRefused> {
        let extra = by.map_or(Extra::Nothing, Extra::By);
        let line =
            self.activity(Action::SecondStepRemoved, Resource::User, account.to_string(), &extra);
        let _lock = self.change_accounts().await;
        let now = self.now();
        if !self.store.remove_second_step(account, kept_sign_in, &[line], now).await? {
            return Err(SecondStepRefused::None);
        }
        self.sign_ins.forget_second_step(account);
        self.sign_ins.end_others_of(account, kept_sign_in);
        Ok(())
    }

    /// Replaces the recovery codes of the caller's account, and returns the new ones, this once.
    ///
    /// # Errors
    ///
    /// If the password is wrong, or the account has no second step.
    pub async fn replace_recovery_codes(
        &self,
        who: &Caller,
        password: String,
        from: Origin,
    ) -> Result<Vec<String>, SecondStepRefused> {
        self.ask_password_again(who, password, from).await?;
        let (codes, account) = (fresh_recovery_codes(), who.account.id);
        let digests = self.digests_of(account, &codes);
        let activity = [self.activity_of_log_in(Action::SecondStepSet, &who.account)];
        let set = self.store.set_recovery_codes(account, &digests, &activity, self.now()).await?;
        if set { Ok(codes) } else { Err(SecondStepRefused::None) }
    }

    /// Makes a secret and the ticket that confirms it: for a sign-in, or for the account page.
    pub(super) async fn ask_to_set_up(
        &self,
        account: &Account,
        arrival: Option<Arrival>,
    ) -> storage::Result<SetUp> {
        let secret = TotpSecret::fresh();
        let (text, link) = (secret.text(), secret.link(&account.email));
        let ticket = self.ticket(account.id, Purpose::SetUp { secret, arrival }).await?;
        Ok(SetUp { ticket, secret: text, link })
    }

    /// Puts the secret of a ticket in force by a code of it; returns the recovery codes.
    pub(super) async fn set_up_by(
        &self,
        ticket: &Ticket,
        code: &str,
        kept_sign_in: Option<i64>,
    ) -> Result<Vec<String>, SecondStepRefused> {
        let Purpose::SetUp { secret, arrival } = &ticket.purpose else {
            return Err(SecondStepRefused::Over);
        };
        let (account, now) = (ticket.known.account, self.now());
        let step = secret.step_of(&as_typed(code), now, 0).ok_or(SecondStepRefused::WrongCode)?;
        let codes = fresh_recovery_codes();
        let new = NewSecondStep {
            sealed: self.secrets.seal_second_step(account, secret),
            used_step: step,
            recovery_codes: self.digests_of(account, &codes),
        };
        let line = self.activity(
            Action::SecondStepSet,
            Resource::User,
            account.to_string(),
            &Extra::Nothing,
        );
        // A password alone replaces nobody's second step.
        let may_replace = arrival.is_none();
        let _lock = self.change_accounts().await;
        let (store, activity) = (&self.store, [line]);
        let set = store.set_second_step(account, &new, may_replace, kept_sign_in, &activity, now);
        if !set.await? {
            return Err(SecondStepRefused::Over);
        }
        self.sign_ins.remember_second_step(account);
        self.sign_ins.end_others_of(account, kept_sign_in);
        Ok(codes)
    }

    fn digests_of(&self, account: AccountId, codes: &[String]) -> Vec<[u8; 32]> {
        let digest = |code: &String| self.secrets.digest_of_recovery(account, &as_typed(code));
        codes.iter().map(digest).collect()
    }

    pub(super) async fn ask_password_again(
        &self,
        who: &Caller,
        password: String,
        from: Origin,
    ) -> Result<(), SecondStepRefused> {
        only_itself(who)?;
        let password = Credential::Password(password);
        match self.checked_log_in(&who.account.email, password, from).await {
            Ok(_) => Ok(()),
            Err(LogInRefused::Invalid) => Err(SecondStepRefused::WrongPassword),
            Err(LogInRefused::TooMany(wait)) => Err(wait.into()),
            Err(LogInRefused::Broken(error)) => Err(error.into()),
        }
    }
}

/// Refuses a caller that acts for another account: its second step is its own affair.
fn only_itself(who: &Caller) -> Result<(), SecondStepRefused> {
    if who.account.id == who.key_owner { Ok(()) } else { Err(SecondStepRefused::NotYours) }
}
