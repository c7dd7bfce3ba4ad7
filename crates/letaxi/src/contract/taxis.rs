//! `POST /taxis`, `GET` and `PUT /taxis/:id`.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use dispatch::eligibility::RADIUS_M;
use registry::VehicleStatus;
use registry::driver::DriverDetails;
use registry::vehicle::PLATE_LENGTH;
use schemars::JsonSchema;
use serde::Serialize;
use storage::enrolment::{VehicleFound, Wish};
use storage::lists::TaxiFilter;

use super::licences::LicenceView;
use super::vehicles::TaxiVehicleView;
use super::words::{Position, made};
use crate::api::document::Body;
use crate::api::envelope::{Data, naive};
use crate::api::identity::{Operator, OperatorItself};
use crate::api::input::{
    Faults, Fields, Unknown, inputs, kinds, object, one, one_or_nothing, partial_object,
};
use crate::api::query::Filters;
use crate::api::route::Route;
use crate::app::App;
use crate::app::fleet::enrol::{Missing, NewTaxi, TaxiRefused, TaxiView};
use crate::app::page::{PER_PAGE, Page};
use crate::server::refusal::Error;

/// Routes of taxis, as their operators use them.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new("POST /taxis", put_taxi, ["Create a taxi", "Créer un taxi"])
            .may_miss()
            .creates_or_finds::<View<'_>>(),
        Route::new("GET /taxis/all", list_taxis, ["List own taxis", "Lister ses taxis"])
            .answers_pages_of::<View<'_>>(),
        Route::new("GET /taxis/{id}", get_taxi, ["Get a taxi", "Consulter un taxi"])
            .unpacked()
            .of("The id of the taxi.")
            .answers::<View<'_>>(),
        Route::new(
            "PUT /taxis/{id}",
            update_taxi,
            [
                "Update the status or the radius of a taxi",
                "Modifier le statut ou le rayon d'un taxi",
            ],
        )
        .of("The id of the taxi.")
        .answers::<View<'_>>(),
    ]
}

inputs! {
    Taxi -> NewTaxi = one(object(Unknown::Ignored, taxi));
    List -> (TaxiFilter, Page) = object(Unknown::Refused, list_query);
    Change -> Option<Wish> = one_or_nothing(partial_object(Unknown::Ignored, change));
}

/// Creates the taxi of a licence, a driver and a vehicle, or finds it.
async fn put_taxi(
    State(app): State<Arc<App>>,
    who: Operator,
    body: Body<Taxi>,
) -> Result<Response, Error> {
    let new = body.read()?;
    let taxi = app.put_taxi(&who, &new).await?;
    Ok(Data::one(View::new(&taxi.value)).answer(made(&taxi)))
}

/// Lists the taxis created by the caller, newest first.
async fn list_taxis(
    State(app): State<Arc<App>>,
    who: OperatorItself,
    Filters((filter, page)): Filters<List>,
) -> Result<Response, Error> {
    let taxis = app.taxis(&who, &filter, page).await?;
    Ok(Data::page(&taxis, View::new).answer(StatusCode::OK))
}

fn list_query(fields: &mut Fields<'_>) -> Option<(TaxiFilter, Page)> {
    let page = fields.optional("p", kinds::page());
    let ids = fields.optional("id", kinds::many(kinds::text()));
    let plates = fields.optional("licence_plate", kinds::many(kinds::text()));
    Some((TaxiFilter { ids: ids?, plates: plates? }, Page::of(PER_PAGE, page?)))
}

/// Shows a taxi as known to the caller.
async fn get_taxi(
    State(app): State<Arc<App>>,
    who: Operator,
    Path(id): Path<String>,
) -> Result<Response, Error> {
    let taxi = app.taxi(&who, &id).await?.ok_or_else(|| unknown(&id))?;
    Ok(Data::one(View::new(&taxi)).answer(StatusCode::OK))
}

/// Stores the driver's status, radius, or both.
async fn update_taxi(
    State(app): State<Arc<App>>,
    who: Operator,
    Path(id): Path<String>,
    body: Body<Change>,
) -> Result<Response, Error> {
    let wish = body.read();
    if wish.is_err() {
        // A missing taxi is reported before faults of the input.
        app.taxi(&who, &id).await?.ok_or_else(|| unknown(&id))?;
    }
    let taxi = app.wish(&who, &id, wish?.unwrap_or_default()).await?;
    let taxi = taxi.ok_or_else(|| unknown(&id))?;
    Ok(Data::one(View::new(&taxi)).answer(StatusCode::OK))
}

fn unknown(id: &str) -> Error {
    let text = format!("Unknown taxi {id}, or taxi exists but you are not the owner.");
    Error::of_url(StatusCode::NOT_FOUND, &text)
}

fn taxi(fields: &mut Fields<'_>) -> Option<NewTaxi> {
    let licence = fields.required("ads", object(Unknown::Ignored, licence_part));
    let driver = fields.required("driver", object(Unknown::Ignored, driver_part));
    let plate = fields.required("vehicle", object(Unknown::Ignored, vehicle_part));
    // Fields for existing taxis only are validated and ignored.
    let wish = wish(fields);
    let ((licence_number, licence_town), (professional_licence, departement)) = (licence?, driver?);
    wish?;
    Some(NewTaxi {
        licence_number,
        licence_town,
        plate: plate?.parse().expect("its length was just checked"),
        professional_licence,
        departement,
    })
}

fn licence_part(fields: &mut Fields<'_>) -> Option<(String, String)> {
    let number = fields.required("numero", kinds::some_text());
    let town = fields.required("insee", kinds::text());
    Some((number?, town?))
}

fn driver_part(fields: &mut Fields<'_>) -> Option<(String, String)> {
    let professional_licence = fields.required("professional_licence", kinds::some_text());
    let departement = fields.required("departement", kinds::text_of(2..=3));
    Some((professional_licence?, departement?))
}

fn vehicle_part(fields: &mut Fields<'_>) -> Option<String> {
    fields.required("licence_plate", kinds::text_of(PLATE_LENGTH))
}

/// A change of a taxi: status and radius. The other fields of a taxi, as partners read it, are validated and
/// ignored.
fn change(fields: &mut Fields<'_>) -> Option<Wish> {
    let licence = fields.optional("ads", partial_object(Unknown::Ignored, part(licence_part)));
    let driver = fields.optional("driver", partial_object(Unknown::Ignored, part(driver_part)));
    let vehicle = fields.optional("vehicle", partial_object(Unknown::Ignored, part(vehicle_part)));
    let wish = wish(fields);
    licence.and(driver).and(vehicle).and(wish)
}

/// Reads the given parts.
fn part<'a, T>(
    read: impl Fn(&mut Fields<'a>) -> Option<T>,
) -> impl Fn(&mut Fields<'a>) -> Option<()> {
    move |fields| {
        read(fields);
        Some(())
    }
}

fn wish(fields: &mut Fields<'_>) -> Option<Wish> {
    let words = VehicleStatus::SETTABLE.map(VehicleStatus::word);
    let status = fields.optional("status", kinds::word_for(&words));
    let radius_m = fields.nullable("radius", kinds::whole_within(RADIUS_M));
    fields.optional("rating", kinds::number());
    fields.optional("id", kinds::text());
    fields.optional("operator", kinds::text());
    Some(Wish { status: status?, radius_m: radius_m?.change() })
}

/// A taxi in an answer.
#[derive(JsonSchema, Serialize)]
pub(super) struct View<'a> {
    id: &'a str,
    added_at: String,
    operator: &'a str,
    status: &'static str,
    radius: Option<i32>,
    last_update: Option<u32>,
    position: Position,
    crowfly_distance: Option<f64>,
    rating: Option<f64>,
    ads: LicenceView<'a>,
    driver: DriverView<'a>,
    vehicle: TaxiVehicleView<'a>,
}

#[derive(JsonSchema, Serialize)]
struct DriverView<'a> {
    professional_licence: &'a str,
    departement: &'a str,
    first_name: &'a str,
    last_name: &'a str,
}

impl<'a> View<'a> {
    fn new(view: &'a TaxiView) -> Self {
        let details = &view.details;
        Self {
            id: details.taxi.id.as_str(),
            added_at: naive(details.taxi.added_at),
            operator: &view.operator_email,
            status: details.description.status.word(),
            radius: details.description.radius_m,
            last_update: view.fix.map(|fix| fix.at_s),
            position: view.fix.map_or_else(Position::default, |fix| fix.point.into()),
            crowfly_distance: None,
            rating: None,
            ads: LicenceView::new(&details.licence, Some(&details.town_name)),
            driver: DriverView::new(&details.driver),
            vehicle: TaxiVehicleView::full(&details.vehicle, &details.description.features),
        }
    }
}

impl<'a> DriverView<'a> {
    fn new(driver: &'a DriverDetails) -> Self {
        Self {
            professional_licence: &driver.professional_licence,
            departement: &driver.departement,
            first_name: &driver.first_name,
            last_name: &driver.last_name,
        }
    }
}

impl From<TaxiRefused> for Error {
    fn from(refused: TaxiRefused) -> Self {
        match refused {
            TaxiRefused::Missing(missing) => {
                Self::new(StatusCode::NOT_FOUND, missing_parts(missing).in_data())
            }
            TaxiRefused::Broken(error) => error.into(),
        }
    }
}

fn missing_parts(missing: Missing) -> Faults {
    let mut faults = Vec::new();
    if missing.licence {
        let text = "ADS not found with this INSEE/numero";
        faults.push(("ads", Faults::each(&["insee", "numero"], text)));
    }
    if let Some(vehicle) = missing.vehicle {
        let text = match vehicle {
            VehicleFound::Unknown => "Invalid licence plate",
            VehicleFound::NotDescribed | VehicleFound::Described(_) => {
                "Vehicle exists but has not been created by the user making the request"
            }
        };
        faults.push(("vehicle", Faults::each(&["licence_plate"], text)));
    }
    let mut driver = Vec::new();
    if missing.departement {
        driver.push(("departement", Faults::message("Departement not found")));
    }
    if missing.driver {
        let text =
            "Driver not found with this professional_licence. Is it the correct departement?";
        driver.push(("professional_licence", Faults::message(text)));
    }
    if !driver.is_empty() {
        faults.push(("driver", Faults::of_fields(driver)));
    }
    Faults::of_fields(faults)
}
