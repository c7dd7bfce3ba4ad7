//! Identifies the caller, and words the call for the activity log.

use std::sync::Arc;

use registry::{Account, Role, TaxiId};
use storage::history::StatusChange;
use storage::{Action, Activity, Resource};

use super::caller::{ApiCall, Caller, Extra, Unidentified};
use crate::app::App;

impl App {
    /// Identifies the caller from the key's account, if the key is valid, and the e-mail address of the
    /// account to act as, if sent; in any case.
    ///
    /// An admin may act as any account, a manager as the accounts that it manages, and every account as
    /// itself and as the integration account, unless that is an admin: otherwise every account would become
    /// one. An inspector acts for nobody else.
    ///
    /// # Errors
    ///
    /// If the key is invalid, or its account may not act as the other one, or that one is disabled.
    pub fn identify(
        &self,
        owner: Option<Arc<Account>>,
        act_as: Option<&str>,
        call: ApiCall,
    ) -> Result<Caller, Unidentified> {
        let account = match (owner.clone(), act_as) {
            (None, None) => return Err(Unidentified::UnknownKey),
            (None, Some(_)) => return Err(Unidentified::MayNotActAs),
            (Some(owner), None) => owner,
            (Some(owner), Some(email)) => {
                let other = self.directory.account_of_email(email);
                let other =
                    other.filter(|other| other.is_enabled() && self.may_act_as(&owner, other));
                other.ok_or(Unidentified::MayNotActAs)?
            }
        };
        let key_owner = owner.map_or(account.id, |owner| owner.id);
        Ok(Caller { account, key_owner, call })
    }

    fn may_act_as(&self, owner: &Account, other: &Account) -> bool {
        let for_nobody = owner.is(Role::Inspector) && owner.id != other.id;
        !for_nobody && self.may_answer_as(owner, other)
    }

    fn may_answer_as(&self, owner: &Account, other: &Account) -> bool {
        answers_for(owner, other) || self.is_integration(&other.email) && !other.is(Role::Admin)
    }

    /// True if the caller is not a guest in its account: it is the account itself, its manager or an admin.
    /// Every account may use the integration account, but may not change it or see its secrets.
    pub(in crate::app) fn is_at_home(&self, who: &Caller) -> bool {
        let owner = self.directory.account(who.key_owner);
        owner.is_some_and(|owner| answers_for(&owner, &who.account))
    }

    /// Activity entry of a write: with its own key, or as another account.
    pub(in crate::app) fn activity_of_call(&self, who: &Caller) -> Activity {
        let (action, extra) = if who.account.id == who.key_owner {
            (Action::AuthApikey, Extra::Own(&who.call))
        } else {
            (Action::AuthLogas, Extra::As(&who.call, who.key_owner))
        };
        self.activity(action, Resource::User, who.account.id.to_string(), &extra)
    }

    /// Writes the activity entries of a call that changed nothing else.
    pub(in crate::app) async fn record_call(&self, activity: &[Activity]) -> storage::Result<()> {
        let now = self.now();
        let lines: Vec<_> = activity.iter().map(|line| (line.clone(), now)).collect();
        self.store.record(&lines).await
    }

    /// Activity entry of a change of a taxi's status.
    pub(in crate::app) fn activity_of_status(
        &self,
        taxi: TaxiId,
        change: StatusChange,
    ) -> Activity {
        let extra = Extra::Status(change.from, change.to, change.hail.map(|(hail, _)| hail));
        let line = self.activity(Action::TaxiStatus, Resource::Taxi, taxi.to_string(), &extra);
        Activity { change: Some(change), ..line }
    }

    pub(in crate::app) fn activity(
        &self,
        action: Action,
        resource: Resource,
        resource_id: String,
        extra: &Extra<'_>,
    ) -> Activity {
        Activity { action, resource, resource_id, extra: (self.wording.extra)(extra), change: None }
    }
}

/// True if an account has all rights of another.
pub(in crate::app) fn answers_for(owner: &Account, other: &Account) -> bool {
    owner.id == other.id || owner.is(Role::Admin) || other.manager == Some(owner.id)
}
