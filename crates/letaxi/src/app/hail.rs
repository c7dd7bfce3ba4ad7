//! A customer asks for a taxi, and both parties carry it to its end.

use std::sync::Arc;

use dispatch::ban::{self, Ban};
use dispatch::eligibility::{self, NotHailable};
use dispatch::hail::{self, Refused, Status};
use dispatch::session::{self, Latest, Named, Session};
use positions::Fix;
use registry::{AccountId, HailId, Role, Roles, TaxiId, Time, VehicleStatus};
use storage::hails::{
    Applied, CustomerPart, HailChange, HailFacts, HailRecord, Made, NewHail, Remarks, Step,
};
use storage::{Action, Activity, Resource};
use uuid::Uuid;

use super::App;
use super::caller::{Caller, Extra};
use super::clock::seconds;

/// How long a hail can be read by others than admins.
pub const VISIBLE_FOR: chrono::TimeDelta = chrono::TimeDelta::days(60);

/// A hail as an app sends it.
#[derive(Clone, Debug, PartialEq)]
pub struct HailRequest {
    /// Public id of the taxi, not yet known to exist.
    pub taxi: String,
    /// The customer.
    pub customer: CustomerPart,
    /// The session it belongs to, if the app knows one.
    pub session: Option<Uuid>,
}

/// Why a hail was not made. The first reason counts, in this order.
#[derive(Debug, thiserror::Error)]
pub enum HailRefused {
    /// There is no such taxi.
    #[error("there is no such taxi")]
    UnknownTaxi,
    /// The customer is banned.
    #[error("the customer is banned")]
    Banned,
    /// The taxi never said where it is.
    #[error("the taxi is not online")]
    NeverSeen,
    /// The taxi has not said for too long where it is.
    #[error("the taxi is no longer online")]
    NoLongerSeen,
    /// The driver is not looking for customers, or the vehicle is in an open hail.
    #[error("the taxi is not free")]
    NotFree,
    /// The named session is not this customer's.
    #[error("the customer has no such session")]
    UnknownSession,
    /// There is no address to go to.
    #[error("the address is empty")]
    NoAddress,
    /// The store failed.
    #[error(transparent)]
    Broken(#[from] storage::Error),
}

/// A change of a hail as a party sends it. `None` leaves as it is; the inner `None` empties.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HailUpdate {
    /// The status it is to take; `Some(None)` is a word that no hail can be in.
    pub status: Option<AskedStatus>,
    /// The driver's number, counted only with the step that needs it.
    pub taxi_phone: Option<String>,
    /// Longitude of the customer, degrees.
    pub customer_lon: Option<f64>,
    /// Latitude of the customer, degrees.
    pub customer_lat: Option<f64>,
    /// Address of the customer.
    pub customer_address: Option<String>,
    /// Number of the customer.
    pub customer_phone: Option<String>,
    /// See [`Remarks::incident_customer_reason`].
    pub incident_customer_reason: Option<Option<String>>,
    /// See [`Remarks::rating_ride`].
    pub rating_ride: Option<Option<i32>>,
    /// See [`Remarks::rating_ride_reason`].
    pub rating_ride_reason: Option<Option<String>>,
    /// See [`Remarks::incident_taxi_reason`].
    pub incident_taxi_reason: Option<Option<String>>,
    /// See [`Remarks::reporting_customer`].
    pub reporting_customer: Option<Option<bool>>,
    /// See [`Remarks::reporting_customer_reason`].
    pub reporting_customer_reason: Option<Option<String>>,
}

/// The status a party asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AskedStatus {
    /// One that a hail can be in.
    Live(Status),
    /// The word of old that nothing sets.
    Retired,
}

/// A field of a hail that only one party may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartyField {
    /// [`Remarks::incident_taxi_reason`], the operator's.
    IncidentTaxiReason,
    /// [`Remarks::reporting_customer`], the operator's.
    ReportingCustomer,
    /// [`Remarks::reporting_customer_reason`], the operator's.
    ReportingCustomerReason,
    /// Longitude, the app's.
    CustomerLon,
    /// Latitude, the app's.
    CustomerLat,
    /// Address, the app's.
    CustomerAddress,
    /// Number, the app's.
    CustomerPhone,
    /// [`Remarks::rating_ride`], the app's.
    RatingRide,
    /// [`Remarks::rating_ride_reason`], the app's.
    RatingRideReason,
    /// [`Remarks::incident_customer_reason`], the app's.
    IncidentCustomerReason,
}

/// Why a hail was not read or changed.
#[derive(Debug, thiserror::Error)]
pub enum UpdateRefused {
    /// There is no such hail, or it is too old for the caller.
    #[error("there is no such hail")]
    Unknown,
    /// The caller is no party to it.
    #[error("the caller is no party to this hail")]
    NoParty,
    /// The driver's number must be known first.
    #[error("the driver's number is not known")]
    NoTaxiPhone,
    /// The word of old cannot be taken by any hail that stands at this status.
    #[error("nothing sets this status")]
    Retired(Status),
    /// The step is refused.
    #[error(transparent)]
    Step(Refused),
    /// The field is the other party's.
    #[error("only the other party may change {0:?}")]
    NotYours(PartyField),
    /// The store failed.
    #[error(transparent)]
    Broken(#[from] storage::Error),
}

/// A hail as it is shown.
#[derive(Clone, Debug)]
pub struct HailView {
    /// The hail.
    pub record: Arc<HailRecord>,
    /// E-mail of the operator.
    pub operator_email: String,
    /// Where the taxi was last reported.
    pub fix: Option<Fix>,
    /// Roles of who looks at it.
    pub viewer: Roles,
    /// Whether this very call changed its status.
    pub just_changed: bool,
}

impl App {
    /// Makes a hail and takes it to the operator.
    ///
    /// # Errors
    ///
    /// See [`HailRefused`]; nothing changed then.
    pub async fn create_hail(
        &self,
        who: &Caller,
        request: HailRequest,
    ) -> Result<HailView, HailRefused> {
        let client = who.account.id;
        let taxi: TaxiId = request.taxi.parse().map_err(|_| HailRefused::UnknownTaxi)?;
        let facts = self
            .store
            .hail_facts(taxi, client, &request.customer.id, request.session)
            .await?
            .ok_or(HailRefused::UnknownTaxi)?;
        let now = self.now();
        let fix = self.may_be_hailed(&facts, now)?;
        let session = session_of(&facts, client, &request, now)?;
        if request.customer.address.is_empty() {
            return Err(HailRefused::NoAddress);
        }
        let mut new = NewHail {
            id: HailId::fresh(&mut rand::rng()),
            client,
            taxi,
            customer: request.customer,
            session,
            initial_position: fix.point,
            deadline_at: hail::deadline_at(Status::Received, now)
                .expect("the table of rules lets no hail wait for ever"),
        };
        loop {
            let activity = self.activity_of_hail(who, &new);
            match self.store.create_hail(&new, &activity, now).await? {
                Made::Hail(record) => {
                    self.note(&record);
                    self.wake.notify_one();
                    return Ok(self.hail_view(*record, who, true));
                }
                Made::NotFree => return Err(HailRefused::NotFree),
                Made::IdTaken => new.id = HailId::fresh(&mut rand::rng()),
            }
        }
    }

    /// A hail, for one of its parties or an admin.
    ///
    /// # Errors
    ///
    /// If there is none, or it is not the caller's to see.
    pub async fn hail(&self, who: &Caller, id: &str) -> Result<HailView, UpdateRefused> {
        let record = self.visible_hail(who, id).await?;
        Ok(self.hail_view(record, who, false))
    }

    /// Changes a hail as a party asks: its status by the rules, its fields by whose they are.
    /// All or nothing.
    ///
    /// # Errors
    ///
    /// See [`UpdateRefused`]; nothing changed then.
    pub async fn update_hail(
        &self,
        who: &Caller,
        id: &str,
        update: &HailUpdate,
    ) -> Result<HailView, UpdateRefused> {
        loop {
            let hail = self.visible_hail(who, id).await?;
            let change = self.change_asked(who, &hail, update).await?;
            if change == HailChange::default() {
                return Ok(self.hail_view(hail, who, false));
            }
            let activity = [self.activity_of_call(who)];
            match self.change(&hail, &change, &activity).await? {
                Applied::Hail(changed) => {
                    return Ok(self.hail_view(*changed, who, change.step.is_some()));
                }
                // Somebody else was faster: answer as if this call had come after that one.
                Applied::Stale => {}
            }
        }
    }

    /// Applies a change and keeps memory in step with it.
    pub(super) async fn change(
        &self,
        hail: &HailRecord,
        change: &HailChange,
        activity: &[Activity],
    ) -> storage::Result<Applied> {
        let becomes = change.step.as_ref().and_then(|step| step.taxi_becomes);
        let status_activity = |old: VehicleStatus| {
            let new = becomes.filter(|new| *new != old);
            new.map(|new| self.activity_of_status(hail.taxi, old, new)).into_iter().collect()
        };
        let applied = self
            .store
            .change_hail(hail.id, hail.revision, change, activity, &status_activity, self.now())
            .await?;
        if let Applied::Hail(record) = &applied {
            self.note(record);
            if becomes.is_some() {
                self.reload_description(record).await?;
            }
        }
        Ok(applied)
    }

    /// The step that a rule takes, as it is stored.
    pub(super) fn step(
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
        let own = facts.taxi.operator;
        let status_of = |account| facts.statuses.iter().find(|(of, ..)| *of == account);
        let own_status = status_of(own).map_or(VehicleStatus::Off, |(_, status, _)| *status);
        let fix = self.newest_fix(facts);
        let age_s = fix.map(|fix| seconds(now).saturating_sub(fix.at_s));
        match (eligibility::hailable(own_status, facts.in_open_hail, age_s), fix) {
            (Ok(()), Some(fix)) => Ok(fix),
            (Err(NotHailable::NotFree), _) => Err(HailRefused::NotFree),
            (_, Some(_)) => Err(HailRefused::NoLongerSeen),
            (_, None) => Err(HailRefused::NeverSeen),
        }
    }

    /// The newest position of a taxi, whichever account reported it.
    fn newest_fix(&self, facts: &HailFacts) -> Option<Fix> {
        let fixes = facts
            .statuses
            .iter()
            .filter_map(|(account, ..)| self.positions.get(&(facts.taxi.id, *account)));
        fixes.max_by_key(|fix| fix.at_s)
    }

    fn activity_of_hail(&self, who: &Caller, new: &NewHail) -> [Activity; 2] {
        let extra = Extra::Hail(new.id.as_str(), new.taxi.as_str());
        let customer = new.customer.id.to_string();
        [
            self.activity_of_call(who),
            self.activity(Action::CustomerHail, Resource::Customer, customer, &extra),
        ]
    }

    async fn visible_hail(&self, who: &Caller, id: &str) -> Result<HailRecord, UpdateRefused> {
        let id: HailId = id.parse().map_err(|_| UpdateRefused::Unknown)?;
        let hail = self.store.hail(id).await?.ok_or(UpdateRefused::Unknown)?;
        if who.is(Role::Admin) {
            return Ok(hail);
        }
        if hail.created_at + VISIBLE_FOR < self.now() {
            return Err(UpdateRefused::Unknown);
        }
        let party = [hail.client, hail.operator].contains(&who.account.id);
        if party { Ok(hail) } else { Err(UpdateRefused::NoParty) }
    }

    async fn change_asked(
        &self,
        who: &Caller,
        hail: &HailRecord,
        update: &HailUpdate,
    ) -> Result<HailChange, UpdateRefused> {
        let (step, taxi_phone) = self.step_asked(who, hail, update)?;
        let (customer, remarks) = fields_asked(who, hail, update)?;
        let ban = match remarks.reporting_customer {
            reporting if reporting == hail.remarks.reporting_customer => None,
            Some(true) => {
                let facts =
                    self.store.hail_facts(hail.taxi, hail.client, &hail.customer.id, None).await?;
                let ban = facts.and_then(|facts| facts.ban);
                let ban = ban.map(|(begin, end)| Ban { begin, end });
                let Ban { begin, end } = ban::after_report(ban, self.now());
                Some(Some((begin, end)))
            }
            Some(false) | None => Some(None),
        };
        Ok(HailChange {
            step,
            taxi_phone,
            customer: (customer != hail.customer).then_some(customer),
            remarks: (remarks != hail.remarks).then_some(remarks),
            ban,
        })
    }

    fn step_asked(
        &self,
        who: &Caller,
        hail: &HailRecord,
        update: &HailUpdate,
    ) -> Result<(Option<Step>, Option<String>), UpdateRefused> {
        let to = match update.status {
            None => return Ok((None, None)),
            Some(AskedStatus::Live(to)) if to == hail.status => return Ok((None, None)),
            Some(AskedStatus::Live(to)) => to,
            Some(AskedStatus::Retired) => return Err(UpdateRefused::Retired(hail.status)),
        };
        let told = update.taxi_phone.clone().filter(|phone| !phone.is_empty());
        let needs_phone = hail::needs_taxi_phone(to);
        if hail.status.is_open() && needs_phone && told.is_none() && hail.taxi_phone.is_none() {
            return Err(UpdateRefused::NoTaxiPhone);
        }
        let rule = hail::step(hail.status, to, who.account.roles).map_err(UpdateRefused::Step)?;
        Ok((Some(self.step(rule, Some(who.account.id), None)), told.filter(|_| needs_phone)))
    }

    /// Keeps in memory whether the vehicle of a hail is in an open one.
    fn note(&self, hail: &HailRecord) {
        if hail.status.is_open() {
            self.directory.open(hail.vehicle, hail.id);
        } else {
            self.directory.close(hail.vehicle, hail.id);
        }
    }

    async fn reload_description(&self, hail: &HailRecord) -> storage::Result<()> {
        let found = self.store.description(hail.vehicle, hail.operator).await?;
        if let Some((vehicle, description)) = found {
            self.remember_description(&vehicle, &description);
        }
        Ok(())
    }

    fn hail_view(&self, record: HailRecord, who: &Caller, just_changed: bool) -> HailView {
        let operator = self.directory.account(record.operator);
        HailView {
            operator_email: operator.map(|account| account.email.clone()).unwrap_or_default(),
            fix: self.positions.get(&(record.taxi, record.operator)),
            viewer: who.account.roles,
            just_changed,
            record: Arc::new(record),
        }
    }
}

fn session_of(
    facts: &HailFacts,
    client: AccountId,
    request: &HailRequest,
    now: Time,
) -> Result<Uuid, HailRefused> {
    let named = request.session.map(|id| Named { id, owner: facts.named_session.clone() });
    let latest = facts.latest_session.map(|(id, changed_at)| Latest { id, changed_at });
    let session = session::of_new_hail(client, &request.customer.id, named.as_ref(), latest, now);
    match session.map_err(|_| HailRefused::UnknownSession)? {
        Session::Existing(id) => Ok(id),
        Session::New => Ok(Uuid::new_v4()),
    }
}

/// The customer's part and the remarks as they are to be, if the caller may change what it changes.
/// The first field that it may not change is told.
fn fields_asked(
    who: &Caller,
    hail: &HailRecord,
    update: &HailUpdate,
) -> Result<(CustomerPart, Remarks), UpdateRefused> {
    use PartyField as Field;

    let (mut customer, mut remarks) = (hail.customer.clone(), hail.remarks.clone());
    let (mut lon, mut lat) = (customer.point.lon(), customer.point.lat());

    let operators = Setter { who, party: hail.operator };
    let reason = &mut remarks.incident_taxi_reason;
    operators.field(reason, &update.incident_taxi_reason, Field::IncidentTaxiReason)?;
    let report = &mut remarks.reporting_customer;
    operators.field(report, &update.reporting_customer, Field::ReportingCustomer)?;
    let reason = &mut remarks.reporting_customer_reason;
    operators.field(reason, &update.reporting_customer_reason, Field::ReportingCustomerReason)?;

    let clients = Setter { who, party: hail.client };
    clients.field(&mut lon, &update.customer_lon, Field::CustomerLon)?;
    clients.field(&mut lat, &update.customer_lat, Field::CustomerLat)?;
    clients.field(&mut customer.address, &update.customer_address, Field::CustomerAddress)?;
    clients.field(&mut customer.phone, &update.customer_phone, Field::CustomerPhone)?;
    clients.field(&mut remarks.rating_ride, &update.rating_ride, Field::RatingRide)?;
    let reason = &mut remarks.rating_ride_reason;
    clients.field(reason, &update.rating_ride_reason, Field::RatingRideReason)?;
    let reason = &mut remarks.incident_customer_reason;
    clients.field(reason, &update.incident_customer_reason, Field::IncidentCustomerReason)?;

    customer.point = territory::Point::new(lon, lat).unwrap_or(customer.point);
    Ok((customer, remarks))
}

/// Sets fields that belong to one party of a hail.
struct Setter<'a> {
    who: &'a Caller,
    party: AccountId,
}

impl Setter<'_> {
    /// Sets one field if it was sent and is different from what it is.
    fn field<T: Clone + PartialEq>(
        &self,
        field: &mut T,
        sent: &Option<T>,
        name: PartyField,
    ) -> Result<(), UpdateRefused> {
        match sent {
            Some(value) if value != field => {
                if self.who.account.id != self.party && !self.who.is(Role::Admin) {
                    return Err(UpdateRefused::NotYours(name));
                }
                field.clone_from(value);
                Ok(())
            }
            _ => Ok(()),
        }
    }
}
