//! Changes of a hail by a party: its status by the rules, its fields by their owner.

use dispatch::ban::{self, Ban};
use dispatch::hail::{self, Refused, Status};
use registry::{AccountId, Role, Time};
use storage::hails::{
    Applied, BanTimes, CustomerPart, DecideBan, HailChange, HailRecord, Remarks, Step,
};

use super::view::HailView;
use crate::app::App;
use crate::app::account::caller::Caller;

/// A change of a hail as sent by a party. `None` means unchanged; the inner `None` empties the field.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HailUpdate {
    /// Requested status; `Some(None)` is an unknown word.
    pub status: Option<AskedStatus>,
    /// Phone number of the driver, used only with the step that requires it.
    pub taxi_phone: Option<String>,
    /// Longitude of the customer, degrees.
    pub customer_lon: Option<f64>,
    /// Latitude of the customer, degrees.
    pub customer_lat: Option<f64>,
    /// Address of the customer.
    pub customer_address: Option<String>,
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

/// A requested status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AskedStatus {
    /// An existing status.
    Live(Status),
    /// The retired word.
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
    /// [`Remarks::rating_ride`], the app's.
    RatingRide,
    /// [`Remarks::rating_ride_reason`], the app's.
    RatingRideReason,
    /// [`Remarks::incident_customer_reason`], the app's.
    IncidentCustomerReason,
}

/// Reason for which a hail is not shown or changed.
#[derive(Debug, thiserror::Error)]
pub enum UpdateRefused {
    /// It does not exist, or is too old for the caller.
    #[error("there is no such hail")]
    Unknown,
    /// The caller is not a party to it.
    #[error("the caller is no party to this hail")]
    NoParty,
    /// The driver's phone number must be known first.
    #[error("the driver's number is not known")]
    NoTaxiPhone,
    /// The retired word cannot be set in this status.
    #[error("nothing sets this status")]
    Retired(Status),
    /// The step is refused.
    #[error(transparent)]
    Step(Refused),
    /// The field belongs to the other party.
    #[error("only the other party may change {0:?}")]
    NotYours(PartyField),
    /// The store failed.
    #[error(transparent)]
    Broken(#[from] storage::Error),
}

impl App {
    /// Changes a hail: its status by the rules, its fields by their owner. All or nothing.
    ///
    /// # Errors
    ///
    /// See [`UpdateRefused`]; nothing changes then.
    pub async fn update_hail(
        &self,
        who: &Caller,
        id: &str,
        update: &HailUpdate,
    ) -> Result<HailView, UpdateRefused> {
        if let Some(view) = self.update_recent(who, id, update).await? {
            return Ok(view);
        }
        loop {
            let hail = self.visible_hail(who, id).await?;
            let change = self.change_asked(who, &hail, update)?;
            if change.is_none() {
                self.record_call(&[self.activity_of_call(who)]).await?;
                return Ok(self.hail_view(hail, who, false));
            }
            match self.change(&hail, &change, Some(who)).await? {
                Applied::Hail(changed) => {
                    return Ok(self.hail_view(*changed, who, change.step.is_some()));
                }
                // Another change was first: the decision is made again on the new state.
                Applied::Stale => {}
            }
        }
    }

    /// As [`Self::update_hail`], on the hail as this server last wrote it, so that nothing is read. `None`, with nothing
    /// changed, if it knows no such hail, if it would refuse or change nothing, or if the stored one differs: a refusal is
    /// only ever decided on what is stored.
    async fn update_recent(
        &self,
        who: &Caller,
        id: &str,
        update: &HailUpdate,
    ) -> Result<Option<HailView>, UpdateRefused> {
        let recent = id.parse().ok().and_then(|id| self.recent_hails.get(id));
        let recent = recent.filter(|hail| self.may_see_hail(who, hail).is_ok());
        let Some(hail) = recent else { return Ok(None) };
        let change = self.change_asked(who, &hail, update).ok().filter(|change| !change.is_none());
        let Some(change) = change else { return Ok(None) };
        match self.change(&hail, &change, Some(who)).await? {
            Applied::Hail(changed) => {
                Ok(Some(self.hail_view(*changed, who, change.step.is_some())))
            }
            Applied::Stale => {
                self.recent_hails.forget(hail.id);
                Ok(None)
            }
        }
    }

    fn change_asked(
        &self,
        who: &Caller,
        hail: &HailRecord,
        update: &HailUpdate,
    ) -> Result<HailChange, UpdateRefused> {
        let (step, taxi_phone) = self.step_asked(who, hail, update)?;
        let (customer, remarks) = fields_asked(who, hail, update)?;
        let ban = match remarks.reporting_customer {
            reporting if reporting == hail.remarks.reporting_customer => None,
            Some(true) => Some(after_report as DecideBan),
            Some(false) | None => Some((|_, _| None) as DecideBan),
        };
        Ok(HailChange {
            step,
            taxi_phone,
            customer: (customer != hail.customer).then_some(customer),
            remarks: (remarks != hail.remarks).then_some(remarks),
            ban,
            ..HailChange::default()
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
}

/// See [`ban::after_report`].
#[expect(clippy::unnecessary_wraps, reason = "a decision may also lift a ban")]
fn after_report(ban: Option<BanTimes>, now: Time) -> Option<BanTimes> {
    let Ban { begin, end } = ban::after_report(ban.map(|(begin, end)| Ban { begin, end }), now);
    Some((begin, end))
}

/// The new values of the customer's part and the remarks, if the caller may change them. Returns the first
/// field that it may not change.
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
    operators.field(reason, update.incident_taxi_reason.as_ref(), Field::IncidentTaxiReason)?;
    let report = &mut remarks.reporting_customer;
    operators.field(report, update.reporting_customer.as_ref(), Field::ReportingCustomer)?;
    let reason = &mut remarks.reporting_customer_reason;
    operators.field(
        reason,
        update.reporting_customer_reason.as_ref(),
        Field::ReportingCustomerReason,
    )?;

    let clients = Setter { who, party: hail.client };
    clients.field(&mut lon, update.customer_lon.as_ref(), Field::CustomerLon)?;
    clients.field(&mut lat, update.customer_lat.as_ref(), Field::CustomerLat)?;
    clients.field(
        &mut customer.address,
        update.customer_address.as_ref(),
        Field::CustomerAddress,
    )?;
    clients.field(&mut remarks.rating_ride, update.rating_ride.as_ref(), Field::RatingRide)?;
    let reason = &mut remarks.rating_ride_reason;
    clients.field(reason, update.rating_ride_reason.as_ref(), Field::RatingRideReason)?;
    let reason = &mut remarks.incident_customer_reason;
    clients.field(
        reason,
        update.incident_customer_reason.as_ref(),
        Field::IncidentCustomerReason,
    )?;

    customer.point = territory::Point::new(lon, lat).unwrap_or(customer.point);
    Ok((customer, remarks))
}

/// Sets fields that belong to one party of a hail.
struct Setter<'a> {
    who: &'a Caller,
    party: AccountId,
}

impl Setter<'_> {
    /// Sets a field if it was sent and differs from its present value.
    fn field<T: Clone + PartialEq>(
        &self,
        field: &mut T,
        sent: Option<&T>,
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
