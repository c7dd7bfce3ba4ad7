//! Identifies the caller, and words the call for the activity log.

use std::sync::Arc;

use registry::{Account, HailId, Role, TaxiId, VehicleStatus};
use storage::{Action, Activity, Resource};

use super::caller::{ApiCall, Caller, Extra, Unidentified};
use crate::app::App;

impl App {
    /// Finds who calls, from the key's account, if the key is one's, and, if sent, the e-mail of the
    /// account to act as, in any case.
    ///
    /// An admin may act as anyone, a manager as the accounts it manages, anyone as itself and as
    /// the integration account, unless that one is an admin: then everybody would be one.
    ///
    /// # Errors
    ///
    /// If the key is nobody's or its account may not act as the one named, which may also be disabled.
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
        answers_for(owner, other) || self.is_integration(&other.email) && !other.is(Role::Admin)
    }

    /// Whether who calls is more than a guest in the account: itself, its manager or an admin. Anyone
    /// may use the integration account, but not change it, nor see what would open it without them.
    pub(in crate::app) fn is_at_home(&self, who: &Caller) -> bool {
        let owner = self.directory.account(who.key_owner);
        owner.is_some_and(|owner| answers_for(&owner, &who.account))
    }

    /// The activity of a write: with its own key, or as another account.
    pub(in crate::app) fn activity_of_call(&self, who: &Caller) -> Activity {
        let (action, extra) = if who.account.id == who.key_owner {
            (Action::AuthApikey, Extra::Own(&who.call))
        } else {
            (Action::AuthLogas, Extra::As(&who.call, who.key_owner))
        };
        self.activity(action, Resource::User, who.account.id.to_string(), &extra)
    }

    /// Writes the activity of a call that changed nothing else.
    pub(in crate::app) async fn record_call(&self, activity: &[Activity]) -> storage::Result<()> {
        let now = self.now();
        let lines: Vec<_> = activity.iter().map(|line| (line.clone(), now)).collect();
        self.store.record(&lines).await
    }

    /// The activity of a change of a taxi's status.
    pub(in crate::app) fn activity_of_status(
        &self,
        taxi: TaxiId,
        hail: Option<HailId>,
        old: VehicleStatus,
        new: VehicleStatus,
    ) -> Activity {
        let extra = Extra::Status(old, new, hail);
        self.activity(Action::TaxiStatus, Resource::Taxi, taxi.to_string(), &extra)
    }

    pub(in crate::app) fn activity(
        &self,
        action: Action,
        resource: Resource,
        resource_id: String,
        extra: &Extra<'_>,
    ) -> Activity {
        Activity { action, resource, resource_id, extra: (self.wording.extra)(extra) }
    }
}

/// Whether an account may do all in another's name.
fn answers_for(owner: &Account, other: &Account) -> bool {
    owner.id == other.id || owner.is(Role::Admin) || other.manager == Some(owner.id)
}
