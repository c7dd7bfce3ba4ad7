//! Accounts from the view of accounts: themselves and those they manage; log-in.

use std::sync::Arc;

use registry::password::as_typed;
use registry::record::Change;
use registry::{Account, AccountFields, AccountId, Password, Role};
use storage::{Action, Activity, Resource};
use tokio::sync::Semaphore;

use super::caller::{Caller, Extra};
use super::limits::TooMany;
use super::origin::Origin;
use super::secrets;
use crate::app::App;
use crate::app::hail::operator_call::EndpointFault;
use crate::app::page::{Page, Paged};

/// An account with related data.
#[derive(Clone)]
pub struct UserView {
    /// The account.
    pub account: Arc<Account>,
    /// Its API key, which the contract shows to all who may see the account.
    pub key: String,
    /// The account that may act for it.
    pub manager: Option<Arc<Account>>,
    /// The accounts for which it may act, sorted by id.
    pub managed: Vec<Arc<Account>>,
}

/// Filter of a list of accounts. Texts match anywhere and in any case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserFilter {
    /// Part of the commercial name.
    pub name: Option<String>,
    /// Part of the e-mail address.
    pub email: Option<String>,
    /// Part of the manager's e-mail address; for admins only.
    pub manager: Option<String>,
    /// Word of a role; for admins only.
    pub role: Option<String>,
}

/// Changes of an account by itself.
#[derive(Clone, Debug, Default)]
pub struct UserChange {
    /// Its fields; see [`App::endpoint_fault`] for the hail endpoint.
    pub account: Change<AccountFields>,
    /// A new password.
    pub password: Option<Password>,
}

/// Reason for which an account is not shown or changed.
#[derive(Debug, thiserror::Error)]
pub enum UserRefused {
    /// It does not exist.
    #[error("there is no such account")]
    Unknown,
    /// The caller may not see or change it.
    #[error("the account is somebody else's")]
    NotYours,
    /// The store failed.
    #[error(transparent)]
    Broken(#[from] storage::Error),
}

/// Credential of a log-in.
#[derive(Clone)]
pub enum Credential {
    /// Its password.
    Password(String),
    /// Its API key.
    Key(String),
}

/// Reason of a failed log-in.
#[derive(Debug, thiserror::Error)]
pub enum LogInRefused {
    /// Unknown account, wrong credential or disabled account; which one is not revealed.
    #[error("no account has this e-mail and this credential")]
    Invalid,
    /// Too many attempts failed.
    #[error(transparent)]
    TooMany(#[from] TooMany),
    /// The store failed.
    #[error(transparent)]
    Broken(#[from] storage::Error),
}

impl App {
    /// The accounts that the caller may see, sorted by id: all for an admin, those that it manages for
    /// others, none for a guest in an account.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn users(
        &self,
        who: &Caller,
        filter: &UserFilter,
        page: Page,
    ) -> storage::Result<Paged<UserView>> {
        let (admin, at_home) = (who.is(Role::Admin), self.is_at_home(who));
        let mut accounts = self.directory.accounts();
        let all = accounts.clone();
        accounts.retain(|account| {
            let visible = admin || account.manager == Some(who.account.id);
            at_home && visible && self.fits(account, filter, admin)
        });
        let Paged { elements, page, total } = page.cut(accounts);
        let elements = self.user_views(elements, &all).await?;
        Ok(Paged { elements, page, total })
    }

    /// An account, for itself or an admin.
    ///
    /// # Errors
    ///
    /// If it does not exist, or the caller may not see it.
    pub async fn user(&self, who: &Caller, id: AccountId) -> Result<UserView, UserRefused> {
        let account = self.own_account(who, id)?;
        Ok(self.user_view(account).await?)
    }

    /// Changes an account.
    ///
    /// # Errors
    ///
    /// If it does not exist, or the caller may not change it.
    pub async fn update_user(
        &self,
        who: &Caller,
        id: AccountId,
        change: UserChange,
    ) -> Result<UserView, UserRefused> {
        self.own_account(who, id)?;
        let hash = match change.password.clone() {
            Some(password) => {
                Some(off_the_hot_threads(move || secrets::hash_password(password.text())).await)
            }
            None => None,
        };
        let apply = |fields: &mut AccountFields| change.account.apply(fields);
        let activity = [self.activity_of_call(who)];
        let lock = self.change_accounts().await;
        let account = self
            .store
            .update_account(id, &apply, hash.as_deref(), &activity, self.now())
            .await?
            .ok_or(UserRefused::Unknown)?;
        self.remember_account(&account);
        if hash.is_some() {
            self.end_access_of(id);
        }
        drop(lock);
        Ok(self.user_view(Arc::new(account)).await?)
    }

    /// Checks a hail endpoint for an account, and resolves its name; returns the fault. The present endpoint
    /// is never refused, because partners send back all that they read.
    pub async fn endpoint_fault(&self, id: AccountId, endpoint: &str) -> Option<EndpointFault> {
        let known = self.directory.account(id);
        if endpoint.is_empty() || known.is_some_and(|account| account.hail_endpoint == endpoint) {
            return None;
        }
        self.operators.check(id, endpoint).await.err()
    }

    /// Logs an account in, by its e-mail address, in any case, and its credential. A password alone is not enough for an
    /// account that has a second step or must have one: this log-in of the contract knows no second step.
    ///
    /// # Errors
    ///
    /// If the credential is wrong, there is no such account, or too many attempts from this address failed.
    pub async fn log_in(
        &self,
        email: &str,
        credential: Credential,
        from: Origin,
    ) -> Result<UserView, LogInRefused> {
        let action = match &credential {
            Credential::Password(_) => Action::LoginPassword,
            Credential::Key(_) => Action::LoginApikey,
        };
        let account = self.checked_log_in(email, credential, from).await?;
        let is_half = self.sign_ins.has_second_step(account.id) || self.lacks_second_step(&account);
        if action == Action::LoginPassword && is_half {
            return Err(LogInRefused::Invalid);
        }
        let line = self.activity_of_log_in(action, &account);
        self.store.record(&[(line, self.now())]).await?;
        Ok(self.user_view(account).await?)
    }

    /// The account of this e-mail address, in any case, if the credential is its own. Failures count.
    pub(super) async fn checked_log_in(
        &self,
        email: &str,
        credential: Credential,
        from: Origin,
    ) -> Result<Arc<Account>, LogInRefused> {
        self.try_log_in(email, from)?;
        let account = self.directory.account_of_email(email).filter(|account| account.is_enabled());
        let right = match credential {
            Credential::Password(password) => {
                let hash = match &account {
                    Some(account) => self.store.password_hash(account.id).await?,
                    None => None,
                };
                let right = off_the_hot_threads(move || match hash {
                    Some(hash) => secrets::verify_password(as_typed(&password), &hash),
                    // Takes as long as for an existing account, so that accounts cannot be detected.
                    None => secrets::hash_password(&password).is_empty(),
                });
                right.await
            }
            Credential::Key(key) => {
                let owner = self.directory.account_of_key(&self.secrets.digest(&key));
                let owner = owner.map(|owner| owner.id);
                owner.is_some() && owner == account.as_ref().map(|a| a.id)
            }
        };
        let account = account.filter(|_| right).ok_or(LogInRefused::Invalid)?;
        self.logged_in(email, from);
        Ok(account)
    }

    pub(super) fn activity_of_log_in(&self, action: Action, account: &Account) -> Activity {
        self.activity(action, Resource::User, account.id.to_string(), &Extra::Nothing)
    }

    fn own_account(&self, who: &Caller, id: AccountId) -> Result<Arc<Account>, UserRefused> {
        let account = self.directory.account(id).ok_or(UserRefused::Unknown)?;
        let own = who.account.id == id || who.is(Role::Admin);
        (own && self.is_at_home(who)).then_some(account).ok_or(UserRefused::NotYours)
    }

    fn fits(&self, account: &Account, filter: &UserFilter, admin: bool) -> bool {
        let holds = |text: Option<&str>, part: &Option<String>| match part {
            None => true,
            Some(part) => text.is_some_and(|t| t.to_lowercase().contains(&part.to_lowercase())),
        };
        let role = |word: &String| account.roles.iter().any(|role| role.word() == word);
        let managers = || {
            let manager = account.manager.and_then(|id| self.directory.account(id));
            holds(manager.as_ref().map(|manager| manager.email.as_str()), &filter.manager)
        };
        holds(Some(&account.email), &filter.email)
            && holds(account.commercial_name.as_deref(), &filter.name)
            && (!admin || managers() && filter.role.as_ref().is_none_or(role))
    }

    async fn user_view(&self, account: Arc<Account>) -> storage::Result<UserView> {
        let views = self.user_views(vec![account], &self.directory.accounts()).await?;
        Ok(views.into_iter().next().expect("one account makes one view"))
    }

    async fn user_views(
        &self,
        accounts: Vec<Arc<Account>>,
        all: &[Arc<Account>],
    ) -> storage::Result<Vec<UserView>> {
        let ids: Vec<AccountId> = accounts.iter().map(|account| account.id).collect();
        let sealed = self.store.sealed_keys(&ids).await?;
        let key_of = |id| {
            let (_, sealed) = sealed.iter().find(|(of, _)| *of == id)?;
            self.secrets.unseal(sealed)
        };
        let views = accounts.into_iter().map(|account| UserView {
            key: key_of(account.id).unwrap_or_default(),
            manager: account.manager.and_then(|id| self.directory.account(id)),
            managed: all.iter().filter(|a| a.manager == Some(account.id)).cloned().collect(),
            account,
        });
        Ok(views.collect())
    }
}

/// Maximum number of concurrent password hashes: each takes 19 MiB and a core for tens of milliseconds.
const HASHES_AT_ONCE: usize = 4;

static HASHES: Semaphore = Semaphore::const_new(HASHES_AT_ONCE);

/// Runs slow work on a separate thread as soon as a permit is free.
pub(super) async fn off_the_hot_threads<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> T {
    let _permit = HASHES.acquire().await.expect("it is never closed");
    tokio::task::spawn_blocking(work).await.expect("hashing does not panic")
}
