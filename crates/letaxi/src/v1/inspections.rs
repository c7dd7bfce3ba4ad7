//! `POST /v1/inspections`, `GET /v1/inspections`: look-ups by inspectors, and their log.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use registry::{LicencePlate, TaxiDetails};
use schemars::JsonSchema;
use serde::Serialize;
use storage::inspections::{InspectedDriver, Inspection, InspectionKey};
use territory::{Departement, InseeCode};

use crate::api::document::Body;
use crate::api::envelope::{Data, naive};
use crate::api::identity::{Admin, Inspector};
use crate::api::input::{Fields, Unknown, inputs, kinds, object};
use crate::api::query::Query;
use crate::api::route::Route;
use crate::app::App;
use crate::app::fleet::inspection::{InspectionRefused, LookUp};
use crate::server::refusal::Error;

/// Maximum length of a plate as it is written, in characters, with all its blanks and hyphens.
const LONGEST_PLATE: usize = 32;

/// Routes of inspections.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(
            "POST /v1/inspections",
            look_up,
            [
                "Look up the drivers of a plate, a professional card or a licence",
                "Contrôler les conducteurs d'une plaque, d'une carte professionnelle ou d'une ADS",
            ],
        )
        .creates::<View<'_>>(),
        Route::new(
            "GET /v1/inspections",
            list_inspections,
            ["List the look-ups of inspectors", "Lister les contrôles"],
        )
        .answers::<LogView<'_>>(),
    ]
}

inputs! {
    New -> Asked = object(Unknown::Refused, asked);
    Before -> i64 = object(Unknown::Refused, before);
}

/// A look-up as it is asked for.
struct Asked {
    purpose: String,
    key: InspectionKey,
}

/// Looks drivers up by a plate in any spelling, a professional card or a licence: who they are, and whether they are
/// connected; never where. Each look-up is logged.
async fn look_up(
    State(app): State<Arc<App>>,
    who: Inspector,
    body: Body<New>,
) -> Result<Response, Error> {
    let Asked { purpose, key } = body.read()?;
    let found = app.inspect(&who, purpose, key).await?;
    Ok(Data::one(View::new(&found)).answer(StatusCode::CREATED))
}

/// Lists the newest look-ups.
async fn list_inspections(
    State(app): State<Arc<App>>,
    _who: Admin,
    Query(before): Query<Before>,
) -> Result<Response, Error> {
    let inspections = app.inspections(Some(before)).await?;
    let views = inspections.iter().map(|(inspection, email)| LogView::new(inspection, email));
    Ok(Data::all(views).answer(StatusCode::OK))
}

fn before(fields: &mut Fields<'_>) -> Option<i64> {
    let before = fields.optional("before", kinds::whole())?;
    // A number above all others: the newest.
    Some(before.map_or(i64::MAX, i64::from))
}

fn asked(fields: &mut Fields<'_>) -> Option<Asked> {
    let purpose = fields.required("purpose", kinds::text_of(1..=kinds::SHORT_TEXT));
    let plate = fields.optional("plate", kinds::text_of(1..=LONGEST_PLATE));
    let card = fields.optional("card", object(Unknown::Refused, card));
    let licence = fields.optional("ads", object(Unknown::Refused, licence));
    let (purpose, plate, card, licence) = (purpose?, plate?, card?, licence?);
    if purpose.trim().is_empty() {
        fields.refuse("purpose", "Field may not be empty.");
    }
    let plate = match plate.as_deref().map(read_plate) {
        Some(None) => {
            fields.refuse("plate", "Not a valid licence plate.");
            return None;
        }
        plate => plate.flatten().map(InspectionKey::Plate),
    };
    let mut keys: Vec<_> = [plate, card, licence].into_iter().flatten().collect();
    if keys.len() != 1 {
        fields.refuse_together("Exactly one of plate, card and ads is needed.");
    }
    Some(Asked { purpose, key: keys.pop()? })
}

/// A plate however it is written: blanks and hyphens are no part of it, unless it is too short without them.
fn read_plate(text: &str) -> Option<LicencePlate> {
    let plain: String = text.chars().filter(|c| c.is_alphanumeric()).collect();
    plain.parse().or_else(|_short| text.parse()).ok()
}

fn card(fields: &mut Fields<'_>) -> Option<InspectionKey> {
    let number = fields.required("number", kinds::some_text());
    let departement = fields.required("departement", kinds::text_of(2..=3));
    let (number, departement) = (number?, departement?);
    if departement.parse::<Departement>().is_err() {
        fields.refuse("departement", "Departement not found");
        return None;
    }
    Some(InspectionKey::Card { number: number.trim().to_owned(), departement })
}

fn licence(fields: &mut Fields<'_>) -> Option<InspectionKey> {
    let number = fields.required("number", kinds::some_text());
    let town = fields.required("insee", kinds::text_of(5..=5));
    let (number, town) = (number?, town?);
    if town.parse::<InseeCode>().is_err() {
        fields.refuse("insee", "Not a valid INSEE code.");
        return None;
    }
    Some(InspectionKey::Licence { number: number.trim().to_owned(), town })
}

#[derive(JsonSchema, Serialize)]
struct View<'a> {
    /// Number of the look-up in the log.
    id: i64,
    at: String,
    /// Taxis with licences of the inspector's départements.
    taxis: Vec<TaxiView<'a>>,
}

#[derive(JsonSchema, Serialize)]
struct TaxiView<'a> {
    driver: DriverView<'a>,
    ads: LicenceView<'a>,
    plate: &'a str,
}

#[derive(JsonSchema, Serialize)]
struct LicenceView<'a> {
    number: &'a str,
    insee: &'a str,
    town: &'a str,
}

#[derive(JsonSchema, Serialize)]
struct DriverView<'a> {
    first_name: &'a str,
    last_name: &'a str,
    card_number: &'a str,
    card_departement: &'a str,
    /// True if the taxi was connected at that moment.
    connected: bool,
    /// Time of its last connection, if that was over; null: none is known.
    connected_until: Option<String>,
}

#[derive(JsonSchema, Serialize)]
struct LogView<'a> {
    /// Number of the look-up, for the argument `before`.
    id: i64,
    at: String,
    /// Number of the inspector's account.
    account: i64,
    /// E-mail address of the inspector.
    inspector: &'a str,
    purpose: &'a str,
    asked: AskedView<'a>,
    /// Drivers that were shown; none if nothing was found.
    drivers: Vec<DriverView<'a>>,
}

/// The key of a look-up.
#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
enum AskedView<'a> {
    Plate(&'a str),
    Card { number: &'a str, departement: &'a str },
    Ads { number: &'a str, insee: &'a str },
}

impl<'a> View<'a> {
    fn new(found: &'a LookUp) -> Self {
        let taxis = found.found.iter().map(|(taxi, driver)| TaxiView::new(taxi, driver));
        Self { id: found.id, at: naive(found.at), taxis: taxis.collect() }
    }
}

impl<'a> TaxiView<'a> {
    fn new(taxi: &'a TaxiDetails, driver: &'a InspectedDriver) -> Self {
        Self {
            driver: DriverView::new(driver),
            ads: LicenceView {
                number: &taxi.licence.number,
                insee: taxi.licence.town.as_str(),
                town: &taxi.town_name,
            },
            plate: taxi.vehicle.plate.as_str(),
        }
    }
}

impl<'a> DriverView<'a> {
    fn new(driver: &'a InspectedDriver) -> Self {
        Self {
            first_name: &driver.first_name,
            last_name: &driver.last_name,
            card_number: &driver.professional_licence,
            card_departement: &driver.departement,
            connected: driver.connected,
            connected_until: driver.connected_until.map(naive),
        }
    }
}

impl<'a> LogView<'a> {
    fn new(inspection: &'a Inspection, email: &'a str) -> Self {
        Self {
            id: inspection.id,
            at: naive(inspection.at),
            account: inspection.account.0,
            inspector: email,
            purpose: &inspection.purpose,
            asked: AskedView::new(&inspection.key),
            drivers: inspection.drivers.iter().map(DriverView::new).collect(),
        }
    }
}

impl<'a> AskedView<'a> {
    fn new(key: &'a InspectionKey) -> Self {
        match key {
            InspectionKey::Plate(plate) => Self::Plate(plate.as_str()),
            InspectionKey::Card { number, departement } => Self::Card { number, departement },
            InspectionKey::Licence { number, town } => Self::Ads { number, insee: town },
        }
    }
}

impl From<InspectionRefused> for Error {
    fn from(refused: InspectionRefused) -> Self {
        match refused {
            InspectionRefused::NotInPerson => Self::of_request(
                StatusCode::FORBIDDEN,
                "Inspectors look drivers up with their own key.",
            ),
            InspectionRefused::NoDepartement => Self::of_request(
                StatusCode::FORBIDDEN,
                "The account has no départements in which it may look drivers up.",
            ),
            InspectionRefused::TooMany(too_many) => too_many.into(),
            InspectionRefused::Broken(error) => error.into(),
        }
    }
}
