//! Sign-ins through the identity provider, and the links of its identities with accounts.
//!
//! An identity opens an account only by a link that was made on purpose: by the person who is signed in, by an
//! administrator, or, where a setting says so, by an e-mail address that the provider has verified.

use std::sync::Arc;

use data_encoding::BASE64URL_NOPAD;
use registry::{Account, AccountId};
use storage::identities::{Identity, Linked};
use storage::{Action, Resource};

use super::arrival::Arrival;
use super::caller::{Caller, Extra};
use super::entry::Entered;
use super::limits::{Admitted, TooMany};
use super::origin::Origin;
use super::provider::{Person, Provider, ProviderFault, WayBack};
use super::provider_visit::Intent;
use super::second_step::SecondStepRefused;
use super::secrets::fresh_secret;
use super::sign_ins::SignInRefused;
use crate::app::App;

/// Maximum number of identities of an account.
pub const MOST_IDENTITIES: u32 = 5;
/// Maximum length of what a provider tells of a person, in bytes; OpenID Connect gives a subject 255.
pub const LONGEST_CLAIM: usize = 255;
/// Maximum length of a token that is kept, in bytes.
const LONGEST_TOKEN: usize = 16 * 1024;

/// A visit at the provider that has begun.
#[derive(Clone, Debug)]
pub struct BegunVisit {
    /// Address to which the browser goes.
    pub address: String,
    /// Cookie that the browser keeps meanwhile.
    pub cookie: String,
}

/// The outcome of a visit.
#[derive(Clone, Debug)]
pub enum Returned {
    /// The person has proved an identity.
    Entered(Entered),
    /// The identity is linked.
    Linked,
}

/// Reason for which a visit leads to nothing.
#[derive(Debug, thiserror::Error)]
pub enum ProviderRefused {
    /// The registry has no identity provider.
    #[error("the registry has no identity provider")]
    NotOffered,
    /// The provider does not answer.
    #[error("the identity provider does not answer")]
    Unreachable,
    /// The state is unknown, used, too old, or of another browser.
    #[error("the visit at the identity provider is over")]
    Over,
    /// The provider did not sign the person in.
    #[error("the identity provider did not sign the person in")]
    Declined,
    /// The provider's answer failed a check.
    #[error("the identity provider's answer failed a check")]
    Untrusted,
    /// The identity opens no account.
    #[error("no account is linked with this identity")]
    Unlinked,
    /// The identity's account is disabled.
    #[error("the account is disabled")]
    Disabled,
    /// The identity opens another account.
    #[error("the identity is linked with another account")]
    Taken,
    /// The account has [`MOST_IDENTITIES`].
    #[error("the account has too many identities")]
    Full,
    /// The account has no such identity.
    #[error("the account has no such identity")]
    Unknown,
    /// It is the only way into the account.
    #[error("the account has no other way in")]
    OnlyWay,
    /// The caller may not change its identities so.
    #[error(transparent)]
    Own(#[from] SecondStepRefused),
    /// Too many visits.
    #[error(transparent)]
    TooMany(#[from] TooMany),
    /// The store failed.
    #[error(transparent)]
    Broken(#[from] storage::Error),
}

impl From<ProviderFault> for ProviderRefused {
    /// The reason stands in the log; the person can do nothing about it.
    fn from(fault: ProviderFault) -> Self {
        tracing::warn!(%fault, "a visit at the identity provider failed");
        match fault {
            ProviderFault::Unreachable(_) => Self::Unreachable,
            ProviderFault::Refused(_) => Self::Declined,
            ProviderFault::Untrusted(_) => Self::Untrusted,
        }
    }
}

impl App {
    /// Name of the identity provider for people, if there is one.
    pub fn provider_name(&self) -> Option<&str> {
        self.provider.as_deref().map(Provider::name)
    }

    fn provider(&self) -> Result<&dyn Provider, ProviderRefused> {
        self.provider.as_deref().ok_or(ProviderRefused::NotOffered)
    }

    /// Begins a sign-in through the provider; the person returns to `page`.
    ///
    /// # Errors
    ///
    /// If there is no provider, it does not answer, or there are too many such sign-ins from one address.
    pub async fn begin_provider_sign_in(
        &self,
        page: &str,
        from: Origin,
    ) -> Result<BegunVisit, ProviderRefused> {
        self.try_visit(from)?;
        self.begin_at_provider(Intent::SignIn, page).await
    }

    /// Begins to link an identity at the provider with the caller's account.
    ///
    /// # Errors
    ///
    /// As [`App::begin_provider_sign_in`]; and if the password is wrong, or the caller acts for another account.
    pub async fn begin_link(
        &self,
        who: &Caller,
        password: String,
        page: &str,
        from: Origin,
    ) -> Result<BegunVisit, ProviderRefused> {
        self.provider()?;
        self.try_visit(from)?;
        self.ask_password_again(who, password, from).await?;
        self.begin_at_provider(Intent::Link(who.account.id), page).await
    }

    async fn begin_at_provider(
        &self,
        intent: Intent,
        page: &str,
    ) -> Result<BegunVisit, ProviderRefused> {
        let provider = self.provider()?;
        let begun = self.begin_visit(intent, page).await?;
        let address = provider.entrance(&begun.secrets, self.now()).await?;
        Ok(BegunVisit { address, cookie: begun.cookie })
    }

    /// Ends a visit: signs the person in, asks for the second step, or links the identity. `cookie` is the browser's, kept
    /// since the visit began. Also returns the page on which to go on.
    ///
    /// # Errors
    ///
    /// If the visit is not valid, a check fails, or the identity opens no account.
    pub async fn return_from_provider(
        &self,
        cookie: &str,
        back: &WayBack,
        device: &str,
        caller: &Admitted,
    ) -> Result<(Returned, String), ProviderRefused> {
        let provider = self.provider()?;
        let visit = self.end_visit(cookie, back).await?.ok_or(ProviderRefused::Over)?;
        let person = provider.person(&visit.secrets, back, self.now()).await?;
        let fits = |text: &str| !text.is_empty() && text.len() <= LONGEST_CLAIM;
        if !fits(&person.subject) || person.id_token.len() > LONGEST_TOKEN {
            tracing::warn!(
                "the identity provider told a subject or a token of a length that is refused"
            );
            return Err(ProviderRefused::Untrusted);
        }
        let returned = match visit.intent {
            Intent::SignIn => {
                let account = self.account_of(provider, &person).await?;
                let arrival = Arrival::new(device, Some(person.id_token));
                Returned::Entered(if person.took_second_step {
                    Entered::In(self.open_sign_in(&account, &arrival, true).await?)
                } else {
                    self.enter(&account, arrival).await?
                })
            }
            Intent::Link(account) => {
                // Whoever came back must still be the person who began it.
                let is_own = caller.sign_in.is_some()
                    && caller.owner.as_ref().is_some_and(|owner| owner.id == account);
                if !is_own {
                    return Err(ProviderRefused::Over);
                }
                self.link(provider, account, &person.subject, person.email.as_deref(), None)
                    .await?;
                Returned::Linked
            }
        };
        Ok((returned, visit.page))
    }

    /// Ends a sign-in of this account, here and then at the provider: returns the address to which the browser goes for
    /// that, if the person came from there and the provider has such an address.
    ///
    /// # Errors
    ///
    /// If the account has no such sign-in.
    pub async fn sign_out(
        &self,
        account: AccountId,
        id: i64,
    ) -> Result<Option<String>, SignInRefused> {
        let id_token = self.end_sign_in_of(account, id).await?.id_token;
        let id_token = id_token.and_then(|sealed| {
            let plain = self.secrets.unseal_for(&id_token_of(account), &sealed)?;
            String::from_utf8(plain.to_vec()).ok()
        });
        let (Some(id_token), Some(provider)) = (id_token, &self.provider) else {
            return Ok(None);
        };
        // Nothing depends on it, but ProConnect asks for one.
        let state = BASE64URL_NOPAD.encode(&fresh_secret());
        let exit = provider.exit(&id_token, &state, self.now()).await;
        // Whoever signs out here is signed out here, whatever the provider does.
        Ok(exit.unwrap_or_else(|fault| {
            tracing::warn!(%fault, "a person is signed out here, and not at the identity provider");
            None
        }))
    }

    /// Encrypts the provider's token of a sign-in of an account.
    pub(super) fn seal_id_token(&self, account: AccountId, id_token: &str) -> Vec<u8> {
        self.secrets.seal_for(&id_token_of(account), id_token.as_bytes())
    }

    /// The account that a person's identity opens.
    async fn account_of(
        &self,
        provider: &dyn Provider,
        person: &Person,
    ) -> Result<Arc<Account>, ProviderRefused> {
        let known = self.store.account_of_identity(provider.issuer(), &person.subject).await?;
        if let Some(known) = known {
            let account = self.directory.account(known).ok_or(ProviderRefused::Unlinked)?;
            return enabled(account);
        }
        let may_link = provider.links_by_email() && person.email_is_verified;
        let email = person.email.as_deref().filter(|_| may_link);
        let account = email.and_then(|email| self.directory.account_of_email(email));
        let account = enabled(account.ok_or(ProviderRefused::Unlinked)?)?;
        self.link(provider, account.id, &person.subject, email, None).await?;
        Ok(account)
    }

    async fn link(
        &self,
        provider: &dyn Provider,
        account: AccountId,
        subject: &str,
        email: Option<&str>,
        by: Option<AccountId>,
    ) -> Result<(), ProviderRefused> {
        let extra = by.map_or(Extra::Nothing, Extra::By);
        let (action, resource) = (Action::IdentityLinked, Resource::User);
        let line = self.activity(action, resource, account.to_string(), &extra);
        let identity = Identity {
            id: 0,
            account,
            issuer: provider.issuer().to_owned(),
            subject: subject.to_owned(),
            email: email.filter(|email| email.len() <= LONGEST_CLAIM).map(str::to_owned),
            linked_at: self.now(),
        };
        match self.store.link_identity(&identity, MOST_IDENTITIES, &[line]).await? {
            Linked::New | Linked::Already => Ok(()),
            Linked::Taken => Err(ProviderRefused::Taken),
            Linked::Full => Err(ProviderRefused::Full),
        }
    }

    /// Links an identity with an account by its subject, for an administrator: the command line.
    ///
    /// # Errors
    ///
    /// If it opens another account, or there is no provider.
    pub async fn link_subject(
        &self,
        account: AccountId,
        subject: &str,
    ) -> Result<(), ProviderRefused> {
        self.link(self.provider()?, account, subject, None, None).await
    }

    /// The identities that open an account, for the command line.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn identities_of(&self, account: AccountId) -> storage::Result<Vec<Identity>> {
        self.store.identities_of(account).await
    }

    /// The identities that open the caller's account.
    ///
    /// # Errors
    ///
    /// If the caller is a guest in the account.
    pub async fn own_identities(&self, who: &Caller) -> Result<Vec<Identity>, ProviderRefused> {
        self.may_see_secrets(who).map_err(|_guest| SecondStepRefused::NotYours)?;
        Ok(self.store.identities_of(who.account.id).await?)
    }

    /// Unlinks an identity from the caller's account, and ends the account's other sign-ins.
    ///
    /// # Errors
    ///
    /// If the account has no such identity, or neither a password nor another identity; or the caller is a guest in it.
    pub async fn unlink_own(
        &self,
        who: &Caller,
        id: i64,
        sign_in: Option<i64>,
    ) -> Result<(), ProviderRefused> {
        let identities = self.own_identities(who).await?;
        let account = who.account.id;
        if identities.len() == 1 && self.store.password_hash(account).await?.is_none() {
            return Err(ProviderRefused::OnlyWay);
        }
        let by = Some(who.key_owner).filter(|owner| *owner != account);
        self.unlink(account, id, sign_in, by).await
    }

    /// Unlinks an identity from an account, and ends its sign-ins but for one.
    ///
    /// # Errors
    ///
    /// If the account has no such identity.
    pub async fn unlink(
        &self,
        account: AccountId,
        id: i64,
        kept_sign_in: Option<i64>,
        by: Option<AccountId>,
    ) -> Result<(), ProviderRefused> {
        let extra = by.map_or(Extra::Nothing, Extra::By);
        let (action, resource) = (Action::IdentityUnlinked, Resource::User);
        let line = self.activity(action, resource, account.to_string(), &extra);
        let _lock = self.change_accounts().await;
        let (store, now) = (&self.store, self.now());
        if !store.unlink_identity(account, id, kept_sign_in, &[line], now).await? {
            return Err(ProviderRefused::Unknown);
        }
        self.sign_ins.end_others_of(account, kept_sign_in);
        Ok(())
    }
}

fn enabled(account: Arc<Account>) -> Result<Arc<Account>, ProviderRefused> {
    if account.is_enabled() { Ok(account) } else { Err(ProviderRefused::Disabled) }
}

/// Purpose under which a token of an account's sign-in is sealed.
fn id_token_of(account: AccountId) -> String {
    format!("identity provider's token of {account}")
}
