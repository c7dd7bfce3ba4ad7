//! Signing in, step by step: a password, a link or the identity provider, then the second step where the account has one or must set one up,
//! then a cookie.

use std::sync::Arc;

use data_encoding::BASE64URL_NOPAD;
use registry::Account;
use storage::sign_ins::SignIn;
use storage::{Action, Resource};

use super::arrival::Arrival;
use super::caller::Extra;
use super::origin::Origin;
use super::second_step::{SecondStepRefused, SetUp};
use super::secrets::fresh_secret;
use super::sign_in_table::Live;
use super::sign_ins::MOST_SIGN_INS;
use super::ticket_table::{Purpose, Ticket};
use super::totp::{as_typed, is_of_app};
use super::users::{Credential, LogInRefused};
use crate::app::App;

/// The next state of a sign-in.
#[derive(Clone, Debug)]
pub enum Entered {
    /// The person is signed in.
    In(Entry),
    /// A code of the account's second step is asked for; the ticket goes with it.
    Code(String),
    /// The account must set up a second step first.
    SetUp(SetUp),
}

/// A new sign-in.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its cookie.
    pub cookie: String,
    /// Its account.
    pub account: Arc<Account>,
    /// Recovery codes, if the second step was set up just now.
    pub recovery_codes: Vec<String>,
    /// Number of recovery codes that are left, if one was used just now.
    pub recovery_codes_left: Option<i64>,
}

impl App {
    /// Signs a person in by e-mail address and password, or asks for the second step.
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
    ) -> Result<Entered, LogInRefused> {
        let account = self.checked_log_in(email, Credential::Password(password), from).await?;
        Ok(self.enter(&account, Arrival::new(device, None)).await?)
    }

    /// Goes on with a sign-in whose person has proved one thing.
    pub(super) async fn enter(
        &self,
        account: &Arc<Account>,
        arrival: Arrival,
    ) -> storage::Result<Entered> {
        if self.store.second_step(account.id).await?.is_some() {
            return Ok(Entered::Code(self.ticket(account.id, Purpose::Code { arrival }).await?));
        }
        if self.settings.second_step.is_for(account) {
            return Ok(Entered::SetUp(self.ask_to_set_up(account, Some(arrival)).await?));
        }
        Ok(Entered::In(self.open_sign_in(account, &arrival, false).await?))
    }

    /// Takes the second step of a sign-in: a code of the app, or a recovery code.
    ///
    /// # Errors
    ///
    /// If the ticket is not valid, or the code is wrong or was used.
    pub async fn take_second_step(
        &self,
        ticket: &str,
        code: &str,
    ) -> Result<Entry, SecondStepRefused> {
        let is_of_sign_in =
            |ticket: &Ticket| !matches!(ticket.purpose, Purpose::SetUp { arrival: None, .. });
        let ticket = self.attempt(ticket, is_of_sign_in).await?;
        let ticket = ticket.ok_or(SecondStepRefused::Over)?;
        let account = self.directory.account(ticket.known.account).filter(|it| it.is_enabled());
        let account = account.ok_or(SecondStepRefused::Over)?;
        if self.store.password_hash(account.id).await? != ticket.known.password_hash {
            return Err(SecondStepRefused::Over);
        }
        match &ticket.purpose {
            Purpose::Code { arrival } => {
                let recovery_codes_left = self.check_code(&ticket, code).await?;
                if !self.store.end_ticket(&ticket.known.digest).await? {
                    return Err(SecondStepRefused::Over);
                }
                let entry = self.open_sign_in(&account, arrival, false).await?;
                Ok(Entry { recovery_codes_left, ..entry })
            }
            Purpose::SetUp { arrival: Some(arrival), .. } => {
                let recovery_codes = self.set_up_by(&ticket, code, None).await?;
                let entry = self.open_sign_in(&account, arrival, false).await?;
                Ok(Entry { recovery_codes, ..entry })
            }
            Purpose::SetUp { arrival: None, .. } => Err(SecondStepRefused::Over),
        }
    }

    /// Checks a code of an account's second step, and uses it up; returns the number of recovery codes that are left if it
    /// is one. Failures count.
    async fn check_code(
        &self,
        ticket: &Ticket,
        code: &str,
    ) -> Result<Option<i64>, SecondStepRefused> {
        let account = ticket.known.account;
        self.try_code(account)?;
        let code = as_typed(code);
        let known = self.store.second_step(account).await?.ok_or(SecondStepRefused::Over)?;
        if is_of_app(&code) {
            let secret = self.secrets.unseal_second_step(account, &known.sealed);
            let step = secret.and_then(|it| it.step_of(&code, self.now(), known.used_step));
            let step = step.ok_or(SecondStepRefused::WrongCode)?;
            if !self.store.use_step(account, &known.sealed, step).await? {
                return Err(SecondStepRefused::WrongCode);
            }
            self.code_was_right(account);
            return Ok(None);
        }
        let digest = self.secrets.digest_of_recovery(account, &code);
        let (action, resource) = (Action::RecoveryCode, Resource::User);
        let line = self.activity(action, resource, account.to_string(), &Extra::Nothing);
        let left = self.store.use_recovery_code(account, &digest, &[line], self.now()).await?;
        let left = left.ok_or(SecondStepRefused::WrongCode)?;
        self.code_was_right(account);
        Ok(Some(left))
    }

    /// Opens a sign-in; `second_step_elsewhere` if the identity provider asked for the second step.
    pub(super) async fn open_sign_in(
        &self,
        account: &Arc<Account>,
        arrival: &Arrival,
        second_step_elsewhere: bool,
    ) -> storage::Result<Entry> {
        let cookie = BASE64URL_NOPAD.encode(&fresh_secret());
        let now = self.now();
        let mut sign_in = SignIn {
            id: 0,
            digest: self.secrets.digest(&cookie),
            account: account.id,
            device: arrival.device.clone(),
            created_at: now,
            last_seen_at: now,
            second_step_elsewhere,
        };
        let id_token = arrival.id_token.as_ref();
        let action = if id_token.is_some() { Action::LoginProvider } else { Action::LoginPassword };
        let id_token = id_token.map(|id_token| self.seal_id_token(account.id, id_token));
        let (id_token, activity) =
            (id_token.as_deref(), [self.activity_of_log_in(action, account)]);
        let _lock = self.change_accounts().await;
        let store = &self.store;
        sign_in.id = store.add_sign_in(&sign_in, id_token, MOST_SIGN_INS, &activity, now).await?;
        self.sign_ins.by_digest.insert(sign_in.digest, Arc::new(Live::of(&sign_in)));
        Ok(Entry {
            cookie,
            account: Arc::clone(account),
            recovery_codes: Vec::new(),
            recovery_codes_left: None,
        })
    }
}
