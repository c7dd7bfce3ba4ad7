//! People and things that stories are told of.

use std::sync::Mutex;

use chrono::{NaiveDate, TimeDelta, TimeZone, Utc};
use dispatch::hail::Status;
use geo::{MultiPolygon, Rect};
use registry::AccountFields;
use registry::driver::DriverDetails;
use registry::licence::{LicenceDetails, OwnerType};
use registry::vehicle::Features;
use registry::{
    AccountId, CustomerId, HailId, LicencePlate, Role, Taxi, TaxiId, Time, VehicleStatus,
};
use storage::accounts::{NewAccount, SealedKey};
use storage::enrolment::{PutTaxi, TaxiNames, Upserted, Wish};
use storage::hails::Once;
use storage::hails::{
    Applied, CustomerPart, HailChange, HailFacts, HailRecord, HailWish, Made, NewHail, Step,
};
use storage::lists::Window;
use storage::territory_rows::TerritoryImport;
use storage::{Action, Activity, Resource, Result, Store};
use territory::{InseeCode, Point, Town};
use uuid::Uuid;

/// The whole of a list.
pub(crate) const ALL: Window = Window { skip: 0, take: 1_000 };

/// So many milliseconds after noon on a leap day.
pub(crate) fn at_ms(milliseconds: i64) -> Time {
    let noon = Utc.with_ymd_and_hms(2024, 2, 29, 12, 0, 0).unwrap();
    noon + TimeDelta::milliseconds(milliseconds)
}

/// So many seconds after noon.
pub(crate) fn at(seconds: i64) -> Time {
    at_ms(seconds * 1000)
}

/// A day, as `2024-02-29`, which is the one that [`at`] counts from.
pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub(crate) fn plate(text: &str) -> LicencePlate {
    text.parse().unwrap()
}

pub(crate) fn code(text: &str) -> InseeCode {
    text.parse().unwrap()
}

pub(crate) fn taxi_id(text: &str) -> TaxiId {
    text.parse().unwrap()
}

pub(crate) fn hail_id(number: u32) -> HailId {
    format!("{number:07x}").parse().unwrap()
}

/// A square of a hundredth of a degree.
pub(crate) fn square(lon: f64, lat: f64) -> MultiPolygon<f64> {
    Rect::new((lon, lat), (lon + 0.01, lat + 0.01)).to_polygon().into()
}

pub(crate) fn town(text: &str) -> Town {
    Town { code: code(text), name: format!("Ville {text}"), border: square(2.35, 48.85) }
}

/// Some line of the activity log.
pub(crate) fn line() -> Activity {
    Activity {
        action: Action::AuthApikey,
        resource: Resource::User,
        resource_id: "1".into(),
        extra: "{}".into(),
        change: None,
    }
}

pub(crate) fn key(number: u8) -> SealedKey {
    SealedKey { digest: [number; 32], sealed: vec![number, 0, 255] }
}

pub(crate) fn new_account(number: u8, roles: &[Role]) -> NewAccount {
    let account = AccountFields {
        email: format!("account{number}@example.org"),
        roles: roles.iter().copied().collect(),
        ..AccountFields::default()
    };
    NewAccount { account, password_hash: None, key: key(number) }
}

/// Makes an account; `number` makes its e-mail and its key.
pub(crate) async fn account(store: &dyn Store, number: u8, role: Role) -> AccountId {
    let made = store.create_account(&new_account(number, &[role]), at(0)).await.unwrap();
    made.unwrap().id
}

pub(crate) fn driver(licence: &str) -> DriverDetails {
    DriverDetails {
        first_name: "Aïcha".into(),
        last_name: "O'Neil".into(),
        birth_date: NaiveDate::from_ymd_opt(1980, 2, 29),
        professional_licence: licence.into(),
        departement: "75".into(),
    }
}

pub(crate) fn licence(number: &str) -> LicenceDetails {
    LicenceDetails {
        number: number.into(),
        town: code("75056"),
        vehicle: None,
        owner_name: "Taxis réunis".into(),
        owner_type: Some(OwnerType::Company),
        double_shift: Some(false),
        category: String::new(),
    }
}

pub(crate) fn features() -> Features {
    Features {
        model: "5008".into(),
        color: "bleu nuit".into(),
        seats: Some(6),
        wheelchair: Some(true),
        bike_accepted: Some(false),
        body_type: Some("mpv".into()),
        ..Features::default()
    }
}

/// Makes Paris, without which nobody gets a licence.
pub(crate) async fn paris(store: &dyn Store) {
    let import = TerritoryImport { towns: Some(vec![town("75056")]), ..TerritoryImport::default() };
    store.import_territory(import, &|_| {}).await.unwrap();
}

/// Makes a taxi with its town, licence, vehicle and driver; it is `off`.
pub(crate) async fn taxi(store: &dyn Store, operator: AccountId, id: &str, on: &str) -> Taxi {
    taxi_bound_at(store, operator, id, on, at(0)).await
}

/// [`taxi`], bound at another time.
pub(crate) async fn taxi_bound_at(
    store: &dyn Store,
    operator: AccountId,
    id: &str,
    on: &str,
    now: Time,
) -> Taxi {
    paris(store).await;
    let number = format!("licence of {id}");
    store.put_licence(operator, &licence(&number), &[], now).await.unwrap().unwrap();
    let plate = plate(on);
    store.put_vehicle(operator, &plate, &|_| features(), &[], now).await.unwrap();
    store.put_driver(operator, &driver(id), &[], now).await.unwrap();
    let put = store.put_taxi(operator, names(&number, &plate, id), taxi_id(id), &[], now).await;
    bound(put.unwrap()).value
}

/// Parts of a new taxi in Paris.
pub(crate) fn names<'a>(
    licence: &'a str,
    plate: &'a LicencePlate,
    driver: &'a str,
) -> TaxiNames<'a> {
    TaxiNames { licence: (licence, "75056"), plate, driver: (driver, "75") }
}

/// The taxi that was bound; panics if none was.
pub(crate) fn bound(put: PutTaxi) -> Upserted<Taxi> {
    match put {
        PutTaxi::Bound(taxi) => taxi,
        other => panic!("no taxi was bound: {other:?}"),
    }
}

/// The driver of a taxi is looking for customers.
pub(crate) async fn free(store: &dyn Store, taxi: &Taxi, now: Time) {
    let wish = Wish { status: Some(VehicleStatus::Free), radius_m: None };
    store.wish(taxi.operator, taxi.id, wish, &|_| Vec::new(), now).await.unwrap().unwrap();
}

/// Status of the driver in the description of the taxi's own operator, and the time since.
pub(crate) async fn own_status(store: &dyn Store, taxi: &Taxi) -> (VehicleStatus, Time) {
    let found = store.description(taxi.vehicle, taxi.operator).await.unwrap();
    let (_, description) = found.unwrap();
    (description.status, description.status_at)
}

pub(crate) fn customer(id: &str) -> CustomerPart {
    CustomerPart {
        id: CustomerId(id.into()),
        point: Point::new(2.352_200_1, 48.856_600_2).unwrap(),
        address: "1 rue de l'Échelle".into(),
        phone: "0600000001".into(),
    }
}

/// A hail of that number, with a deadline ten seconds after `now`.
pub(crate) fn new_hail(number: u32, client: AccountId, taxi: TaxiId, now: Time) -> NewHail {
    NewHail {
        id: hail_id(number),
        client,
        taxi,
        shown_taxi: None,
        customer: customer("me"),
        town: Some(code("75056")),
        opens_session: true,
        session: Uuid::from_u128(u128::from(number)),
        initial_position: Point::new(2.36, 48.86).unwrap(),
        deadline_at: now + TimeDelta::seconds(10),
        call_leased_until: None,
    }
}

/// Makes a hail, if its operator says that its taxi is free and no hail is open.
pub(crate) async fn create_hail(
    store: &dyn Store,
    new: &NewHail,
    activity: &[Activity],
    now: Time,
) -> Result<Made> {
    create_hail_once(store, new, activity, None, now).await
}

/// The same, once for each key.
pub(crate) async fn create_hail_once(
    store: &dyn Store,
    new: &NewHail,
    activity: &[Activity],
    once: Option<&Once<'_>>,
    now: Time,
) -> Result<Made> {
    let decide = |facts: Option<&HailFacts>| {
        let is_free = |facts: &&HailFacts| {
            let own = facts.statuses.iter().find(|(account, ..)| *account == facts.taxi.operator);
            own.is_some_and(|(_, status, _)| *status == VehicleStatus::Free) && !facts.in_open_hail
        };
        facts.filter(is_free).map(|_| (new.clone(), activity.to_vec()))
    };
    store.create_hail(wish(new), &decide, once, now).await
}

/// Request for a new hail.
pub(crate) fn wish(new: &NewHail) -> HailWish<'_> {
    let (taxi, client, customer) = (new.taxi, new.client, &new.customer.id);
    HailWish { taxi, client, customer, named_session: None }
}

/// Facts that decide about a new hail.
pub(crate) async fn facts_of(
    store: &dyn Store,
    taxi: TaxiId,
    client: AccountId,
    customer: &CustomerId,
    named_session: Option<Uuid>,
) -> Result<Option<HailFacts>> {
    let facts = Mutex::new(None);
    let look = |seen: Option<&HailFacts>| {
        *facts.lock().unwrap() = seen.cloned();
        None
    };
    let wish = HailWish { taxi, client, customer, named_session };
    let made = store.create_hail(wish, &look, None, at(0)).await?;
    assert_eq!(made, Made::Refused);
    Ok(facts.into_inner().unwrap())
}

/// The hail that was made; panics if none was.
pub(crate) fn made(made: Made) -> HailRecord {
    match made {
        Made::Hail(hail) => *hail,
        other => panic!("no hail was made: {other:?}"),
    }
}

/// Makes a hail; its taxi must be free.
pub(crate) async fn hail(store: &dyn Store, new: &NewHail, now: Time) -> HailRecord {
    made(create_hail(store, new, &[], now).await.unwrap())
}

/// Changes a hail, as it is now but for its revision.
pub(crate) async fn change_at(
    store: &dyn Store,
    id: HailId,
    revision: i64,
    change: &HailChange,
    activity: &[Activity],
    now: Time,
) -> Result<Applied> {
    let hail = HailRecord { revision, ..store.hail(id).await?.unwrap() };
    store.change_hail(&hail, change, activity, &|_| Vec::new(), now).await
}

/// Takes a hail a step on; one without a deadline is its last, and frees its taxi.
pub(crate) async fn step(
    store: &dyn Store,
    number: u32,
    to: Status,
    deadline_at: Option<Time>,
    now: Time,
) {
    let taxi_becomes = deadline_at.is_none().then_some(VehicleStatus::Free);
    let step = Step { to, by: None, reason: None, deadline_at, taxi_becomes };
    let change = HailChange { step: Some(step), ..HailChange::default() };
    let hail = store.hail(hail_id(number)).await.unwrap().unwrap();
    let applied = store.change_hail(&hail, &change, &[], &|_| Vec::new(), now).await;
    assert!(matches!(applied.unwrap(), Applied::Hail(_)));
}

/// Ends a hail; its taxi is free again.
pub(crate) async fn end(store: &dyn Store, number: u32, to: Status, now: Time) {
    step(store, number, to, None, now).await;
}

/// Two operators with a free taxi each, and two apps.
pub(crate) struct Cast {
    pub(crate) taxis: [Taxi; 2],
    pub(crate) clients: [AccountId; 2],
}

/// Makes accounts 1 and 2, an operator and an app, and 3 and 4 likewise.
pub(crate) async fn cast(store: &dyn Store) -> Cast {
    let (first, first_client) = free_taxi(store).await;
    let operator = account(store, 3, Role::Operator).await;
    let second_client = account(store, 4, Role::Client).await;
    let second = taxi(store, operator, "HJKLMNP", "ZZ-999-ZZ").await;
    free(store, &second, at(0)).await;
    Cast { taxis: [first, second], clients: [first_client, second_client] }
}

/// An operator, an app, and the operator's free taxi.
pub(crate) async fn free_taxi(store: &dyn Store) -> (Taxi, AccountId) {
    let operator = account(store, 1, Role::Operator).await;
    let client = account(store, 2, Role::Client).await;
    let taxi = taxi(store, operator, "ABCDEFG", "AB-123-CD").await;
    free(store, &taxi, at(0)).await;
    (taxi, client)
}
