//! `POST /ads`: taxi licences.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use registry::licence::LicenceDetails;
use registry::{OwnerType, VehicleId};
use schemars::JsonSchema;
use serde::Serialize;
use territory::Town;

use super::words::made;
use crate::api::document::Body;
use crate::api::envelope::Data;
use crate::api::identity::Operator;
use crate::api::input::{Fields, Unknown, inputs, kinds, object, one};
use crate::api::route::Route;
use crate::app::App;
use crate::app::fleet::enrol::{LicenceRefused, NewLicence};
use crate::server::refusal::Error;

/// Routes of licences.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(
            "POST /ads",
            put_licence,
            [
                "Register a taxi licence (ADS)",
                "Enregistrer une autorisation de stationnement (ADS)",
            ],
        )
        .may_miss()
        .creates_or_finds::<LicenceView<'_>>(),
    ]
}

inputs! {
    Licence -> NewLicence = one(object(Unknown::Refused, licence));
}

/// Creates or replaces a licence.
async fn put_licence(
    State(app): State<Arc<App>>,
    who: Operator,
    body: Body<Licence>,
) -> Result<Response, Error> {
    let new = body.read()?;
    let licence = match app.put_licence(&who, new).await {
        Err(LicenceRefused::UnknownTown(code)) => return Err(unknown_town(&app, &code)),
        put => put?,
    };
    Ok(Data::one(LicenceView::new(&licence.value.details, None)).answer(made(&licence)))
}

fn licence(fields: &mut Fields<'_>) -> Option<NewLicence> {
    let number = fields.required("numero", kinds::some_text());
    let town = fields.required("insee", kinds::text());
    let vehicle = fields.nullable("vehicle_id", kinds::identifier());
    let owner_name = fields.optional("owner_name", kinds::text());
    let owner_words = OwnerType::ALL.map(OwnerType::word);
    let owner_type = fields.nullable("owner_type", kinds::word_for(&owner_words));
    let double_shift = fields.nullable("doublage", kinds::boolean());
    let category = fields.optional("category", kinds::text());
    Some(NewLicence {
        number: number?,
        town: town?,
        vehicle: vehicle?.value().map(VehicleId),
        owner_name: owner_name?.unwrap_or_default(),
        owner_type: owner_type?.value(),
        double_shift: double_shift?.value(),
        category: category?.unwrap_or_default(),
    })
}

/// A licence in an answer, alone or in a taxi.
#[derive(JsonSchema, Serialize)]
pub(super) struct LicenceView<'a> {
    numero: &'a str,
    insee: &'a str,
    vehicle_id: Option<i64>,
    owner_name: &'a str,
    owner_type: Option<&'static str>,
    doublage: Option<bool>,
    category: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    town: Option<TownView<'a>>,
}

#[derive(JsonSchema, Serialize)]
struct TownView<'a> {
    name: &'a str,
}

impl<'a> LicenceView<'a> {
    /// With the name of its town in a taxi.
    pub(super) fn new(details: &'a LicenceDetails, town_name: Option<&'a str>) -> Self {
        Self {
            numero: &details.number,
            insee: details.town.as_str(),
            vehicle_id: details.vehicle.map(|vehicle| vehicle.0),
            owner_name: &details.owner_name,
            owner_type: details.owner_type.map(OwnerType::word),
            doublage: details.double_shift,
            // In a taxi this obsolete field has always been empty.
            category: if town_name.is_some() { "" } else { &details.category },
            town: town_name.map(|name| TownView { name }),
        }
    }
}

fn no_such_town(code: &str) -> String {
    format!("Unable to find town for INSEE code {code}.")
}

/// The refusal of an unknown code, with the town of an arrondissement.
fn unknown_town(app: &App, code: &str) -> Error {
    let text = no_such_town(code);
    let text = match app.town_of_arrondissement(code) {
        Some(Town { code, name, .. }) => {
            format!("{text} It is an arrondissement; licences are of the town: {code} {name}.")
        }
        None => text,
    };
    Error::of_field(StatusCode::NOT_FOUND, "insee", &text)
}

impl From<LicenceRefused> for Error {
    fn from(refused: LicenceRefused) -> Self {
        let (field, text) = match refused {
            LicenceRefused::UnknownVehicle(id) => {
                ("vehicle_id", format!("Unable to find vehicle {id}."))
            }
            LicenceRefused::UnknownTown(code) => ("insee", no_such_town(&code)),
            LicenceRefused::Broken(error) => return error.into(),
        };
        Self::of_field(StatusCode::NOT_FOUND, field, &text)
    }
}
