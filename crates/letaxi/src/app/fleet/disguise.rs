//! Replacement of taxis' ids and operators' names, if the settings say so: apps neither learn the operator
//! nor can follow a taxi from search to search.

use std::sync::Arc;

use registry::{Account, AccountId, Role, TaxiId, same_email};

use crate::app::App;
use crate::app::account::caller::Caller;
use crate::app::clock::seconds;

/// True if the caller sees the real taxi and operator of a hail: all do except the app that hailed, even if
/// it is the operator, too. Admins always do.
pub(in crate::app) fn sees_hail(who: &Caller, client: AccountId) -> bool {
    who.is(Role::Admin) || who.account.id != client
}

impl App {
    /// True if a search shows the operators to the caller.
    pub(in crate::app) fn names_operators(&self, who: &Caller) -> bool {
        !self.settings.neutral_operator || who.is(Role::Admin)
    }

    /// True for the integration account, for which every account may act.
    pub(in crate::app) fn is_integration(&self, email: &str) -> bool {
        let integration = self.settings.integration_account.as_deref();
        integration.is_some_and(|integration| {
            same_email(integration, email) && {
                // If older accounts differ by case only, one of them is meant.
                let meant = self.directory.account_of_email(integration);
                meant.is_some_and(|meant| meant.email == email)
            }
        })
    }

    /// The account for which every account may act, if there is one that may be acted for.
    pub fn integration_account(&self) -> Option<Arc<Account>> {
        let email = self.settings.integration_account.as_deref()?;
        let account = self.directory.account_of_email(email)?;
        Some(account).filter(|account| account.is_enabled() && !account.is(Role::Admin))
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

    /// The taxi with this id for the caller, and the id itself if it is short-lived. An id that is not a
    /// short-lived one issued to the caller within the last hour counts as a real one.
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
