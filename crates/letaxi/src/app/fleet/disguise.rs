//! What is shown in place of a taxi's id and its operator's name, where the settings say so: no app
//! learns which company drives, nor follows a taxi from search to search.

use registry::{AccountId, Role, TaxiId, same_email};

use crate::app::App;
use crate::app::account::caller::Caller;
use crate::app::clock::seconds;

/// Whether the caller sees the taxi of a hail and its operator as they are: all do but the app that hailed, even if
/// it is the operator too. Admins always do.
pub(in crate::app) fn sees_hail(who: &Caller, client: AccountId) -> bool {
    who.is(Role::Admin) || who.account.id != client
}

impl App {
    /// Whether a search tells the caller who the operators are.
    pub(in crate::app) fn names_operators(&self, who: &Caller) -> bool {
        !self.settings.neutral_operator || who.is(Role::Admin)
    }

    /// Whether an account is the one that anyone may act for, to try software out.
    pub(in crate::app) fn is_integration(&self, email: &str) -> bool {
        let integration = self.settings.integration_account.as_deref();
        integration.is_some_and(|integration| {
            same_email(integration, email) && {
                // Of accounts of old whose e-mails differ by case alone, one alone is meant.
                let meant = self.directory.account_of_email(integration);
                meant.is_some_and(|meant| meant.email == email)
            }
        })
    }

    /// The id under which a search shows a taxi to the caller.
    pub(in crate::app) fn shown_id(&self, who: &Caller, taxi: TaxiId, number: i64) -> TaxiId {
        let as_it_is = !self.settings.fake_taxi_id
            || who.is(Role::Admin)
            || self.is_integration(&who.account.email);
        if as_it_is {
            return taxi;
        }
        let now_s = seconds(self.now());
        self.secrets.short_lived().encode(number, who.account.id, now_s).unwrap_or(taxi)
    }

    /// The taxi that the caller means by an id, and that id if it is not the real one. What is no
    /// short-lived id given to the caller within the last hour is taken for a real one.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub(in crate::app) async fn meant_taxi(
        &self,
        who: &Caller,
        id: TaxiId,
    ) -> storage::Result<(TaxiId, Option<TaxiId>)> {
        if !self.settings.fake_taxi_id {
            return Ok((id, None));
        }
        let now_s = seconds(self.now());
        let number = self.secrets.short_lived().decode(id, who.account.id, now_s);
        let taxi = match number {
            Some(number) => self.store.taxi_of_number(number).await?,
            None => None,
        };
        Ok(taxi.map_or((id, None), |taxi| (taxi, Some(id))))
    }
}
