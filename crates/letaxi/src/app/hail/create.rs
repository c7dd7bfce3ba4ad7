//! Creation of hails, and their view by the parties.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use dispatch::ban::{self, Ban};
use dispatch::eligibility::{self, NotHailable};
use dispatch::hail::{self, Status};
use dispatch::session::{self, Latest, Named, NotTheirs, Session};
use positions::Fix;
use registry::{AccountId, HailId, Role, TaxiId, Time, VehicleStatus};
use storage::hails::{
    Applied, CustomerPart, HailChange, HailFacts, HailRecord, HailWish, Made, NewHail, Step,
};
use storage::history::StatusChange;
use storage::{Action, Activity, Resource};
use uuid::Uuid;

use super::update::UpdateRefused;
use super::view::{HailView, VISIBLE_FOR};
use crate::app::App;
use crate::app::account::caller::{Caller, Extra};
use crate::app::clock::{age_s, seconds};
use crate::app::events::Event;
use crate::app::fleet::disguise;
use crate::app::hail::leases::LEASE;
use crate::app::sync::dirty::Dirty;
use crate::app::sync::locks::CarLock;
use crate::app::sync::reload::Unconfirmed;

/// A hail as sent by an app.
#[derive(Clone, Debug, PartialEq)]
pub struct HailRequest {
    /// Public id of the taxi, not yet looked up.
    pub taxi: String,
    /// The customer.
    pub customer: CustomerPart,
    /// Its session, if the app names one.
    pub session: Option<Uuid>,
}

/// Reason for which a hail is refused. The first that applies is reported, in this order.
#[derive(Debug, thiserror::Error)]
pub enum HailRefused {
    /// There is no such taxi.
    #[error("there is no such taxi")]
    UnknownTaxi,
    /// The customer is banned.
    #[error("the customer is banned")]
    Banned,
    /// The taxi never reported a position.
    #[error("the taxi is not online")]
    NeverSeen,
    /// The taxi has no recent position, or its operator is disabled.
    #[error("the taxi is no longer online")]
    NoLongerSeen,
    /// The driver is not looking for customers, or the car is in an open hail.
    #[error("the taxi is not free")]
    NotFree,
    /// The named session belongs to another customer.
    #[error(transparent)]
    Session(#[from] NotTheirs),
    /// There is no address.
    #[error("the address is empty")]
    NoAddress,
    /// The app used this key for another request.
    #[error("the key stands for another request")]
    KeyUsed,
    /// The store failed.
    #[error(transparent)]
    Broken(#[from] storage::Error),
}

impl App {
    /// Creates a hail, which is then delivered to the operator.
    ///
    /// # Errors
    ///
    /// See [`HailRefused`]; nothing changes then.
    pub async fn create_hail(
        &self,
        who: &Caller,
        request: HailRequest,
    ) -> Result<HailView, HailRefused> {
        let record = self.make(who, &request, None).await?;
        let record = record.expect("without a key, none is taken");
        Ok(self.hail_view(record, who, true))
    }

    /// Makes a hail, if all that is known allows it; `None` if its key is taken. One that lacks nothing but an
    /// address is tried once more with that of the geocoder, which is asked outside of all locks.
    pub(super) async fn make(
        &self,
        who: &Caller,
        request: &HailRequest,
        once: Option<&storage::hails::Once<'_>>,
    ) -> Result<Option<HailRecord>, HailRefused> {
        let made = self.make_as_told(who, request, once).await;
        let Err(HailRefused::NoAddress) = made else { return made };
        let address = self.address_of(request.customer.point).await;
        let address = address.ok_or(HailRefused::NoAddress)?;
        let customer = CustomerPart { address, ..request.customer.clone() };
        self.make_as_told(who, &HailRequest { customer, ..request.clone() }, once).await
    }

    async fn make_as_told(
        &self,
        who: &Caller,
        request: &HailRequest,
        once: Option<&storage::hails::Once<'_>>,
    ) -> Result<Option<HailRecord>, HailRefused> {
        let id: TaxiId = request.taxi.parse().ok().ok_or(HailRefused::UnknownTaxi)?;
        let (taxi, shown_taxi) = self.meant_taxi(who, id).await?;
        let (client, customer) = (who.account.id, &request.customer.id);
        let wish = HailWish { taxi, client, customer, named_session: request.session };
        let known = self.known_taxi(taxi).await?;
        let car = known.and_then(|taxi| self.directory.car(taxi.vehicle));
        let lock = self.car_locks.lock_known(car.as_deref()).await;
        loop {
            let now = self.now();
            let refused = Mutex::new(None);
            let decide = |facts: Option<&HailFacts>| {
                let refuse =
                    |why| *refused.lock().unwrap_or_else(PoisonError::into_inner) = Some(why);
                let new = self.new_hail(client, request, shown_taxi, facts, now);
                let new = new.map_err(refuse).ok()?;
                let activity = self.activity_of_hail(who, &new).into();
                Some((new, activity))
            };
            let unconfirmed =
                known.map(|taxi| self.unconfirmed(Dirty::Description(taxi.vehicle, taxi.operator)));
            let made = self.store.create_hail(wish, &decide, once, now).await?;
            unconfirmed.into_iter().for_each(Unconfirmed::confirm);
            match made {
                Made::Hail(record) => {
                    self.measures.hail();
                    self.note(&lock, &record);
                    self.leases.owe(&record, now);
                    self.wake_scheduler();
                    return Ok(Some(*record));
                }
                Made::Refused => {
                    let refused = refused.into_inner().unwrap_or_else(PoisonError::into_inner);
                    return Err(refused.expect("what is decided against has its reason"));
                }
                Made::NotFree => return Err(HailRefused::NotFree),
                // Another id is drawn.
                Made::IdTaken => {}
                Made::KeyTaken => return Ok(None),
            }
        }
    }

    /// The requested hail, if its preconditions hold.
    fn new_hail(
        &self,
        client: AccountId,
        request: &HailRequest,
        shown_taxi: Option<TaxiId>,
        facts: Option<&HailFacts>,
        now: Time,
    ) -> Result<NewHail, HailRefused> {
        let facts = facts.ok_or(HailRefused::UnknownTaxi)?;
        let fix = self.may_be_hailed(facts, now)?;
        let (session, opens_session) = session_of(facts, client, request, now)?;
        if request.customer.address.is_empty() {
            return Err(HailRefused::NoAddress);
        }
        let town = self.places.load().territory.town_at(request.customer.point).map(|t| t.code);
        Ok(NewHail {
            id: HailId::fresh(&mut rand::rng()),
            client,
            taxi: facts.taxi.id,
            shown_taxi,
            town,
            customer: request.customer.clone(),
            session,
            opens_session,
            initial_position: fix.point,
            deadline_at: hail::deadline_at(Status::Received, now)
                .expect("the table of rules lets no hail wait for ever"),
            call_leased_until: Some(now + LEASE),
        })
    }

    /// A hail, for one of its parties or an admin.
    ///
    /// # Errors
    ///
    /// If it does not exist, or the caller may not see it.
    pub async fn hail(&self, who: &Caller, id: &str) -> Result<HailView, UpdateRefused> {
        let record = self.visible_hail(who, id).await?;
        Ok(self.hail_view(record, who, false))
    }

    /// Applies a change, by a caller or by the registry itself, in the database and then in memory.
    pub(in crate::app) async fn change(
        &self,
        hail: &HailRecord,
        change: &HailChange,
        who: Option<&Caller>,
    ) -> storage::Result<Applied> {
        let activity = who.map(|who| self.activity_of_call(who));
        let becomes = change.step.as_ref().and_then(|step| step.taxi_becomes);
        let changes_taxi = AtomicBool::new(false);
        let status_activity = |old: VehicleStatus| {
            changes_taxi.store(true, Ordering::Relaxed);
            let change = status_change(hail, change.step.as_ref(), who, old);
            change.map(|change| self.activity_of_status(hail.taxi, change)).into_iter().collect()
        };
        let lock = self.car_locks.lock(&hail.plate.car()).await;
        let unconfirmed = self.unconfirmed(Dirty::Description(hail.vehicle, hail.operator));
        let now = self.now();
        let activity = activity.as_slice();
        let applied = self.store.change_hail(hail, change, activity, &status_activity, now).await?;
        if let Applied::Hail(record) = &applied {
            self.measures.step(hail.status, record.status);
            // The status first: a vehicle that leaves its hail must not look free meanwhile.
            if let Some(becomes) = becomes.filter(|_| changes_taxi.into_inner()) {
                self.remember_status(&lock, (record.vehicle, record.operator), becomes, now).await;
                self.events.tell(Event::taxi(record.taxi, becomes, record.operator));
            }
            self.note(&lock, record);
        }
        unconfirmed.confirm();
        Ok(applied)
    }

    /// The stored step of a rule.
    pub(in crate::app) fn step(
        &self,
        rule: hail::Rule,
        by: Option<AccountId>,
        reason: Option<String>,
    ) -> Step {
        Step {
            to: rule.to,
            by,
            reason,
            deadline_at: hail::deadline_at(rule.to, self.now()),
            taxi_becomes: rule.taxi.status(),
        }
    }

    fn may_be_hailed(&self, facts: &HailFacts, now: Time) -> Result<Fix, HailRefused> {
        let ban = facts.ban.map(|(begin, end)| Ban { begin, end });
        if ban::is_banned(ban, now) {
            return Err(HailRefused::Banned);
        }
        // Regardless of reports, because nobody would answer.
        if facts.operator_is_disabled {
            return Err(HailRefused::NoLongerSeen);
        }
        let own = facts.taxi.operator;
        let status_of = |account| facts.statuses.iter().find(|(of, ..)| *of == account);
        let own_status = status_of(own).map_or(VehicleStatus::Off, |(_, status, _)| *status);
        let fix = self.newest_fix(facts.taxi.id);
        let age_s = fix.map(|fix| age_s(fix.at_s, seconds(now)));
        match (eligibility::hailable(own_status, facts.in_open_hail, age_s), fix) {
            (Ok(()), Some(fix)) => Ok(fix),
            (Err(NotHailable::NotFree), _) => Err(HailRefused::NotFree),
            (_, Some(_)) => Err(HailRefused::NoLongerSeen),
            (_, None) => Err(HailRefused::NeverSeen),
        }
    }

    fn activity_of_hail(&self, who: &Caller, new: &NewHail) -> [Activity; 2] {
        let extra = Extra::Hail(new.id.as_str(), new.taxi.as_str());
        let customer = new.customer.id.to_string();
        [
            self.activity_of_call(who),
            self.activity(Action::CustomerHail, Resource::Customer, customer, &extra),
        ]
    }

    pub(super) async fn visible_hail(
        &self,
        who: &Caller,
        id: &str,
    ) -> Result<HailRecord, UpdateRefused> {
        let id: HailId = id.parse().ok().ok_or(UpdateRefused::Unknown)?;
        let hail = self.store.hail(id).await?.ok_or(UpdateRefused::Unknown)?;
        self.may_see_hail(who, &hail)?;
        Ok(hail)
    }

    pub(super) fn may_see_hail(
        &self,
        who: &Caller,
        hail: &HailRecord,
    ) -> Result<(), UpdateRefused> {
        if who.is(Role::Admin) {
            return Ok(());
        }
        if hail.created_at + VISIBLE_FOR < self.now() {
            return Err(UpdateRefused::Unknown);
        }
        let party = [hail.client, hail.operator].contains(&who.account.id);
        if party { Ok(()) } else { Err(UpdateRefused::NoParty) }
    }

    /// Updates the open hail of a car in memory, and tells open pages.
    fn note(&self, _lock: &CarLock<'_>, hail: &HailRecord) {
        self.recent_hails.note(hail);
        self.events.tell(Event::hail((hail.id, hail.status), hail.operator, hail.client));
        if hail.status.is_open() {
            self.directory.open(hail.vehicle, hail.id);
        } else {
            self.directory.close(hail.vehicle, hail.id);
        }
    }

    pub(super) fn hail_view(
        &self,
        record: HailRecord,
        who: &Caller,
        just_changed: bool,
    ) -> HailView {
        let operator = self.directory.account(record.operator);
        let sees = disguise::sees_hail(who, record.client);
        let email = operator.map(|account| account.email.clone()).unwrap_or_default();
        HailView {
            operator_email: Some(email).filter(|_| sees || !self.settings.neutral_operator),
            taxi: record.shown_taxi.filter(|_| !sees).unwrap_or(record.taxi),
            fix: self.fix_in_hail(record.taxi, record.operator),
            viewer: who.account.roles,
            just_changed,
            record: Arc::new(record),
        }
    }
}

/// The change of the taxi's status by a step of its hail, if there is one.
fn status_change(
    hail: &HailRecord,
    step: Option<&Step>,
    who: Option<&Caller>,
    from: VehicleStatus,
) -> Option<StatusChange> {
    let step = step?;
    Some(StatusChange {
        account: hail.operator,
        from,
        to: step.taxi_becomes.filter(|to| *to != from)?,
        by: step.by,
        key_owner: who.map(|who| who.key_owner),
        hail: Some((hail.id, step.to)),
        reason: step.reason.clone(),
    })
}

/// The session of a new hail, and true if the hail opens it.
fn session_of(
    facts: &HailFacts,
    client: AccountId,
    request: &HailRequest,
    now: Time,
) -> Result<(Uuid, bool), HailRefused> {
    let named = request.session.map(|id| Named { id, owner: facts.named_session.clone() });
    let latest = facts.latest_session.map(|(id, changed_at)| Latest { id, changed_at });
    let session = session::of_new_hail(client, &request.customer.id, named.as_ref(), latest, now);
    match session? {
        Session::Existing(id) => Ok((id, false)),
        Session::New => Ok((Uuid::new_v4(), true)),
    }
}
