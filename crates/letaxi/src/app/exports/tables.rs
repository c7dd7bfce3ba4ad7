//! The tables of exports, with each of their columns.

use std::str::FromStr;

use dispatch::hail::Status;
use dispatch::refusal::Ground;
use registry::OwnerType;
use storage::exports::{
    ExportedDay, ExportedDriver, ExportedHail, ExportedLicence, ExportedSearch, ExportedTaxi,
    ExportedVehicle,
};
use territory::InseeCode;

use super::disguise::{cell, rounded};
use super::table::{Column, column};
use super::values::{Head, Kind, Value};

/// A table of exports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "`about` says it")]
pub enum ExportTable {
    Drivers,
    Vehicles,
    Ads,
    Taxis,
    Hails,
    Searches,
    Figures,
}

impl ExportTable {
    /// All tables.
    pub const ALL: [Self; 7] = [
        Self::Drivers,
        Self::Vehicles,
        Self::Ads,
        Self::Taxis,
        Self::Hails,
        Self::Searches,
        Self::Figures,
    ];

    /// Its name in files and paths.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Drivers => "drivers",
            Self::Vehicles => "vehicles",
            Self::Ads => "ads",
            Self::Taxis => "taxis",
            Self::Hails => "hails",
            Self::Searches => "searches",
            Self::Figures => "figures",
        }
    }

    /// Its content in one sentence.
    pub const fn about(self) -> &'static str {
        match self {
            Self::Drivers => {
                "Drivers registered before the end of the month and still known, one row an operator."
            }
            Self::Vehicles => {
                "Vehicles described before the end of the month and still known, one row an operator."
            }
            Self::Ads => {
                "Licences (ADS) registered before the end of the month and still known, one row an operator."
            }
            Self::Taxis => {
                "Taxis (a driver with a vehicle and a licence) registered before the end of the month and \
                 still known."
            }
            Self::Hails => "Hails made in the month.",
            Self::Searches => "Searches of the month.",
            Self::Figures => {
                "Ended hails of each day of the month by outcome, as the figures count them."
            }
        }
    }

    /// Its columns.
    pub fn heads(self) -> Vec<Head> {
        fn heads<R>(columns: &[Column<R>]) -> Vec<Head> {
            columns.iter().map(|column| column.head).collect()
        }
        match self {
            Self::Drivers => heads(DRIVERS),
            Self::Vehicles => heads(VEHICLES),
            Self::Ads => heads(ADS),
            Self::Taxis => heads(TAXIS),
            Self::Hails => heads(HAILS),
            Self::Searches => heads(SEARCHES),
            Self::Figures => heads(FIGURES),
        }
    }
}

impl FromStr for ExportTable {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|table| table.word() == word);
        let words = || Self::ALL.map(Self::word).join(", ");
        known.ok_or_else(|| format!("there is no table {word:?}: name one of {}", words()))
    }
}

const DRIVER: &str = "Pseudonym of the driver within the year.";
const VEHICLE: &str = "Pseudonym of the vehicle within the year.";
const LICENCE: &str = "Pseudonym of the licence (ADS) within the year.";
const TAXI: &str = "Pseudonym of the taxi within the year.";
const OPERATOR: &str = "Account number of the operator.";
const APP: &str = "Account number of the search app.";
const LICENCE_TOWN: &str = "INSEE code of the town of the licence (ADS).";
const REGISTERED: &str = "Time of the registration.";
const CELL: &str =
    "H3 cell (resolution 8) of the customer's place; missing once the place was blurred.";

#[rustfmt::skip]
pub(super) const DRIVERS: &[Column<ExportedDriver>] = &[
    column("driver", Kind::Text, DRIVER, |row, as_| as_.driver(&row.driver)),
    column("operator", Kind::Whole, OPERATOR, |row, _| row.account.0.into()),
    column("departement", Kind::Text, "Number of the département that issued the professional card.",
        |row, _| row.driver.departement.clone().into()),
    column("registered_at", Kind::Time, REGISTERED, |row, _| rounded(row.created_at)),
];

#[rustfmt::skip]
pub(super) const VEHICLES: &[Column<ExportedVehicle>] = &[
    column("vehicle", Kind::Text, VEHICLE, |row, as_| as_.vehicle(&row.car)),
    column("operator", Kind::Whole, OPERATOR, |row, _| row.account.0.into()),
    column("engine", Kind::Text, "Kind of engine.", |row, _| given(&row.features.engine)),
    column("seats", Kind::Whole, "Number of seats.", |row, _| row.features.seats.into()),
    column("wheelchair", Kind::Truth, "Equipped for wheelchairs.", |row, _| row.features.wheelchair.into()),
    column("baby_seat", Kind::Truth, "A baby seat is on board.", |row, _| row.features.baby_seat.into()),
    column("bike", Kind::Truth, "Bicycles are taken.", |row, _| row.features.bike_accepted.into()),
    column("pet", Kind::Truth, "Pets are taken.", |row, _| row.features.pet_accepted.into()),
    column("wifi", Kind::Truth, "Wi-Fi is on board.", |row, _| row.features.wifi.into()),
    column("health_insurance", Kind::Truth, "Agreement with the public health insurance.",
        |row, _| row.features.health_insurance.into()),
    column("registered_at", Kind::Time, REGISTERED, |row, _| rounded(row.created_at)),
];

#[rustfmt::skip]
pub(super) const ADS: &[Column<ExportedLicence>] = &[
    column("ads", Kind::Text, LICENCE, |row, as_| as_.licence(&row.licence)),
    column("operator", Kind::Whole, OPERATOR, |row, _| row.account.0.into()),
    column("town", Kind::Text, LICENCE_TOWN, |row, _| town(row.licence.town)),
    column("owner_type", Kind::Text, "Kind of owner: individual or company.",
        |row, _| row.owner_type.map(OwnerType::word).into()),
    column("double_shift", Kind::Truth, "Two drivers share the licence.", |row, _| row.double_shift.into()),
    column("category", Kind::Text, "Category, in the operator's words.", |row, _| given(&row.category)),
    column("registered_at", Kind::Time, REGISTERED, |row, _| rounded(row.created_at)),
];

#[rustfmt::skip]
pub(super) const TAXIS: &[Column<ExportedTaxi>] = &[
    column("taxi", Kind::Text, TAXI, |row, as_| as_.taxi(&row.id)),
    column("operator", Kind::Whole, OPERATOR, |row, _| row.account.0.into()),
    column("ads", Kind::Text, LICENCE, |row, as_| as_.licence(&row.licence)),
    column("ads_town", Kind::Text, LICENCE_TOWN, |row, _| town(row.licence.town)),
    column("driver", Kind::Text, DRIVER, |row, as_| as_.driver(&row.driver)),
    column("vehicle", Kind::Text, VEHICLE, |row, as_| as_.vehicle(&row.car)),
    column("registered_at", Kind::Time, REGISTERED, |row, _| rounded(row.added_at)),
    column("last_seen_at", Kind::Time, "Time of the last report of its position.",
        |row, _| rounded(row.last_seen_at)),
];

#[rustfmt::skip]
pub(super) const HAILS: &[Column<ExportedHail>] = &[
    column("made_at", Kind::Time, "Time of the hail.", |row, _| rounded(row.created_at)),
    column("status", Kind::Text, "Last status.", |row, _| row.status.word().into()),
    column("app", Kind::Whole, APP, |row, _| row.client.0.into()),
    column("operator", Kind::Whole, OPERATOR, |row, _| row.operator.0.into()),
    column("taxi", Kind::Text, TAXI, |row, as_| as_.taxi(&row.taxi)),
    column("ads", Kind::Text, LICENCE, |row, as_| as_.licence(&row.licence)),
    column("ads_town", Kind::Text, LICENCE_TOWN, |row, _| town(row.licence.town)),
    column("driver", Kind::Text, DRIVER, |row, as_| as_.driver(&row.driver)),
    column("vehicle", Kind::Text, VEHICLE, |row, as_| as_.vehicle(&row.car)),
    column("town", Kind::Text, "INSEE code of the town in which the customer stood.",
        |row, _| row.town.map_or(Value::Missing, town)),
    column("cell", Kind::Text, CELL, |row, _| cell(row.customer, row.blurred)),
    column("distance_m", Kind::Whole,
        "Distance between taxi and customer at the time of the hail, to 100 m; missing once their places were \
         blurred.", |row, _| hail_distance(row)),
    column("opens_session", Kind::Truth, "The first hail of the customer's visit.",
        |row, _| row.opens_session.into()),
    column("delivery_s", Kind::Whole, "Seconds until the operator's server had taken the hail.",
        |row, _| delay(row, &[Status::Received], &[Status::ReceivedByOperator])),
    column("answer_s", Kind::Whole, "Seconds from the question to the driver to the acceptance or the refusal.",
        |row, _| delay(row, &[Status::ReceivedByTaxi], &[Status::AcceptedByTaxi, Status::DeclinedByTaxi])),
    column("confirmation_s", Kind::Whole,
        "Seconds from the driver's acceptance to the customer's confirmation or refusal.",
        |row, _| delay(row, &[Status::AcceptedByTaxi], &[Status::AcceptedByCustomer, Status::DeclinedByCustomer])),
    column("approach_s", Kind::Whole, "Seconds from the confirmation to the begin of the ride.",
        |row, _| delay(row, &[Status::AcceptedByCustomer], &[Status::CustomerOnBoard])),
    column("ride_s", Kind::Whole, "Seconds from the begin to the end of the ride.",
        |row, _| delay(row, &[Status::CustomerOnBoard], &[Status::Finished])),
    column("refusal_ground", Kind::Text, "Legal ground of the driver's refusal (code des transports R.3121-23).",
        |row, _| row.ground.map(Ground::word).into()),
    column("taxi_reason", Kind::Text, "The driver's reason for giving up on the way.",
        |row, _| row.incident_taxi_reason.clone().into()),
    column("customer_reason", Kind::Text, "The customer's reason for giving up on the way.",
        |row, _| row.incident_customer_reason.clone().into()),
    column("rating", Kind::Whole, "The customer's rating of the ride, from 1 to 5.",
        |row, _| row.rating_ride.into()),
];

#[rustfmt::skip]
pub(super) const SEARCHES: &[Column<ExportedSearch>] = &[
    column("made_at", Kind::Time, "Time of the search.", |row, _| rounded(row.at)),
    column("app", Kind::Whole, APP, |row, _| row.account.0.into()),
    column("town", Kind::Text, "INSEE code of the town of the search.", |row, _| town(row.town)),
    column("cell", Kind::Text, CELL, |row, _| cell(row.point, row.blurred)),
    column("found", Kind::Whole, "Taxis that could be hailed within the search radius.",
        |row, _| row.found.into()),
    column("seen", Kind::Whole, "Taxis that were shown.", |row, _| row.seen.into()),
    column("nearest_m", Kind::Whole, "Distance of the nearest of them, to 10 m; missing: none was found.",
        |row, _| row.nearest_m.map(|metres| to_step(metres, 10.0)).into()),
];

#[rustfmt::skip]
pub(super) const FIGURES: &[Column<ExportedDay>] = &[
    column("day", Kind::Day, "Day on which the hails were made (UTC).", |row, _| row.day.into()),
    column("scope", Kind::Text,
        "Part that is counted: missing for all, d and a département, t and the INSEE code of a town, o and an \
         operator's account number, c and an app's, s and an account that is both; parts of one scope are \
         joined by a slash.", |row, _| given(&row.scope)),
    column("outcome", Kind::Text, "Status at the end; `all` is the sum of all.",
        |row, _| row.outcome.clone().into()),
    column("hails", Kind::Whole, "Number of hails.", |row, _| row.hails.into()),
    column("sessions", Kind::Whole, "Number of hails that opened a session.", |row, _| row.sessions.into()),
];

fn town(code: InseeCode) -> Value {
    code.as_str().to_owned().into()
}

/// A text; missing if it is empty.
fn given(text: &str) -> Value {
    Some(text).filter(|text| !text.is_empty()).map(str::to_owned).into()
}

/// A distance, to a step in metres.
fn to_step(metres: f64, step: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "no distance on earth exceeds 2⁶³ m")]
    let steps = (metres / step).round() as i64;
    #[expect(clippy::cast_possible_truncation, reason = "a step is a small whole number")]
    let step = step as i64;
    steps * step
}

fn hail_distance(hail: &ExportedHail) -> Value {
    let place = hail.taxi_place.filter(|_| !hail.blurred);
    place.map(|place| to_step(place.sphere_distance_m(hail.customer), 100.0)).into()
}

fn delay(hail: &ExportedHail, from: &[Status], to: &[Status]) -> Value {
    seconds_between(hail, from, to).into()
}

/// Seconds from the first step to one of these statuses to the next step to one of those; `None` if it took no such
/// steps.
pub(in crate::app) fn seconds_between(
    hail: &ExportedHail,
    from: &[Status],
    to: &[Status],
) -> Option<i64> {
    let mut steps = hail.steps.iter();
    let mut step_to = |statuses: &[Status]| steps.find(|(status, _)| statuses.contains(status));
    let begin = step_to(from);
    let end = step_to(to);
    begin.zip(end).map(|((_, begin), (_, end))| (*end - *begin).num_seconds())
}
