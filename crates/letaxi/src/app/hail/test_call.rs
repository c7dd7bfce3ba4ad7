//! Test calls: an operator asks the registry to call its server with an invented hail, and reads request and answer.

use std::sync::Arc;
use std::time::Duration;

use dispatch::hail::{self, Status};
use registry::{
    AccountId, CustomerId, DescriptionId, HailId, LicencePlate, Roles, TaxiId, Time, VehicleId,
    VehicleStatus,
};
use storage::calls::CallRecord;
use storage::hails::{CustomerPart, HailRecord, Remarks, Transition};
use territory::Point;
use uuid::Uuid;

use super::call_log::without_secrets;
use super::operator_call::{CallOutcome, OperatorRequest, TestedCall};
use super::view::HailView;
use crate::app::App;
use crate::app::account::caller::Caller;
use crate::app::account::limits::TooMany;

/// Maximum time of a test call; a hail has no more either.
const TIME: Duration = Duration::from_secs(10);
/// Taxi of every test call. No taxi has this id.
pub const TEST_TAXI: &str = "TESTtst";
/// Telephone number of the invented customer: one that is kept free for fiction (Arcep, decision 2018-0881).
const CUSTOMER_PHONE: &str = "0639980000";
/// Address of the invented customer.
const CUSTOMER_ADDRESS: &str = "Appel de test : 1 rue de Rivoli, Paris";
/// Longitude and latitude of that address.
const CUSTOMER_AT: (f64, f64) = (2.359_6, 48.855_5);

/// A test call with all that the operator sees of it.
#[derive(Clone, Debug)]
pub struct TestReport {
    /// The invented hail, as the header of the call names it.
    pub hail: HailId,
    /// Endpoint, without anything secret.
    pub endpoint: String,
    /// Time at which it began.
    pub at: Time,
    /// Duration, in milliseconds.
    pub took_ms: i64,
    /// The document that was sent.
    pub body: String,
    /// Headers, answer and outcome.
    pub call: TestedCall,
}

/// Reason for which no test call is made.
#[derive(Debug, thiserror::Error)]
pub enum TestCallRefused {
    /// The caller is a guest in the account.
    #[error("the account is somebody else's")]
    NotYours,
    /// There were too many.
    #[error(transparent)]
    TooMany(#[from] TooMany),
    /// The store failed.
    #[error(transparent)]
    Broken(#[from] storage::Error),
}

impl App {
    /// Calls the server of the caller's account with an invented hail. The call is signed and bounded like any other,
    /// carries one header more, and stands in the log of calls.
    ///
    /// # Errors
    ///
    /// See [`TestCallRefused`]; a call that fails is no error.
    pub async fn test_operator_call(&self, who: &Caller) -> Result<TestReport, TestCallRefused> {
        self.may_see_secrets(who).map_err(|_guest| TestCallRefused::NotYours)?;
        self.try_test_call(who.account.id)?;
        self.record_call(&[self.activity_of_call(who)]).await?;
        let at = self.now();
        let request = self.test_request(who, at);
        let (hail, body) = (request.hail, request.body.clone());
        let endpoint = without_secrets(&request.endpoint);
        let call = self.operators.test(request).await;
        let took_ms = (self.now() - at).num_milliseconds();
        let failure = match &call.outcome {
            CallOutcome::Delivered { .. } => None,
            CallOutcome::Failed(reason) => Some(reason.clone()),
        };
        self.calls.waiting.push(CallRecord {
            id: 0,
            account: who.account.id,
            hail,
            endpoint: endpoint.clone(),
            at,
            took_ms,
            failure,
            is_test: true,
        });
        Ok(TestReport { hail, endpoint, at, took_ms, body, call })
    }

    fn test_request(&self, who: &Caller, now: Time) -> OperatorRequest {
        let account = &who.account;
        let record = invented_hail(account.id, now);
        let view = HailView {
            operator_email: Some(account.email.clone()),
            taxi: record.taxi,
            fix: None,
            viewer: Roles::default(),
            just_changed: false,
            record: Arc::new(record),
        };
        let body = (self.wording.call)(&view);
        OperatorRequest {
            account: account.id,
            signature: self.secrets.sign_call(account.id, now, &body),
            hail: view.record.id,
            endpoint: account.hail_endpoint.clone(),
            header_name: account.header_name.clone(),
            header_value: account.header_value.clone(),
            body,
            time_left: TIME,
        }
    }
}

/// A hail that does not exist, for a taxi that does not either.
fn invented_hail(operator: AccountId, now: Time) -> HailRecord {
    let (lon, lat) = CUSTOMER_AT;
    let point = Point::new(lon, lat).expect("it is a place");
    let taxi: TaxiId = TEST_TAXI.parse().expect("seven letters");
    let plate: LicencePlate = "TEST-000".parse().expect("eight characters");
    let received = Status::Received;
    HailRecord {
        id: HailId::fresh(&mut rand::rng()),
        revision: 0,
        status: received,
        created_at: now,
        changed_at: now,
        deadline_at: hail::deadline_at(received, now),
        client: operator,
        operator,
        taxi,
        shown_taxi: None,
        vehicle: VehicleId(0),
        plate,
        description: DescriptionId(0),
        driver_status: VehicleStatus::Answering,
        color: String::new(),
        driver_first_name: "Test".to_owned(),
        driver_last_name: "Test".to_owned(),
        session: Uuid::new_v4(),
        customer: CustomerPart {
            id: CustomerId("test".to_owned()),
            point,
            address: CUSTOMER_ADDRESS.to_owned(),
            phone: CUSTOMER_PHONE.to_owned(),
        },
        initial_position: Some(point),
        taxi_phone: None,
        remarks: Remarks::default(),
        ground: None,
        transitions: vec![Transition { from: None, to: received, at: now, by: None, reason: None }],
    }
}
