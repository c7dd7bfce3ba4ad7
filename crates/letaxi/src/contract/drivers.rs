//! `POST /drivers`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use registry::driver::DriverDetails;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;
use territory::Departement;

use super::words::made;
use crate::api::document::Body;
use crate::api::envelope::Data;
use crate::api::identity::Operator;
use crate::api::input::{Faults, Fields, Unknown, inputs, kinds, object, one};
use crate::api::route::Route;
use crate::app::App;
use crate::app::fleet::enrol::{DriverRefused, NewDriver};
use crate::server::refusal::Error;

/// Routes of drivers.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new("POST /drivers", put_driver, ["Register a driver", "Enregistrer un conducteur"])
            .may_miss()
            .refuses(409, "Several départements have this name or number.")
            .creates_or_finds::<DriverView>(),
    ]
}

inputs! {
    Driver -> NewDriver = one(object(Unknown::Refused, driver));
}

/// Creates or replaces a driver.
async fn put_driver(
    State(app): State<Arc<App>>,
    who: Operator,
    body: Body<Driver>,
) -> Result<Response, Error> {
    let new = body.read()?;
    let (driver, departement) = app.put_driver(&who, new).await?;
    let status = made(&driver);
    Ok(Data::one(view(driver.value.details, departement)).answer(status))
}

fn driver(fields: &mut Fields<'_>) -> Option<NewDriver> {
    let first_name = fields.required("first_name", kinds::text());
    let last_name = fields.required("last_name", kinds::text());
    let birth_date = fields.nullable("birth_date", kinds::date());
    let professional_licence = fields.required("professional_licence", kinds::some_text());
    let departement = fields.required("departement", object(Unknown::Refused, departement));
    let (departement_name, departement_number) = departement?;
    let details = DriverDetails {
        first_name: first_name?,
        last_name: last_name?,
        birth_date: birth_date?.value(),
        professional_licence: professional_licence?,
        departement: String::new(),
    };
    Some(NewDriver { details, departement_name, departement_number })
}

fn departement(fields: &mut Fields<'_>) -> Option<(Option<String>, Option<String>)> {
    let name = fields.optional("nom", kinds::text());
    let number = fields.optional("numero", kinds::text());
    fields.describe("anyOf", json!([{"required": ["nom"]}, {"required": ["numero"]}]));
    if name == Some(None) && number == Some(None) {
        fields.refuse("nom", "You need to specify at least \"nom\" or \"numero\"");
    }
    Some((name?, number?))
}

#[derive(JsonSchema, Serialize)]
struct DriverView {
    first_name: String,
    last_name: String,
    birth_date: Option<chrono::NaiveDate>,
    professional_licence: String,
    departement: DepartementView,
}

#[derive(JsonSchema, Serialize)]
struct DepartementView {
    nom: &'static str,
    numero: &'static str,
}

fn view(details: DriverDetails, departement: Departement) -> DriverView {
    DriverView {
        first_name: details.first_name,
        last_name: details.last_name,
        birth_date: details.birth_date,
        professional_licence: details.professional_licence,
        departement: DepartementView { nom: departement.name, numero: departement.number },
    }
}

impl From<DriverRefused> for Error {
    fn from(refused: DriverRefused) -> Self {
        let (status, text) = match refused {
            DriverRefused::NoDepartement => (StatusCode::NOT_FOUND, "Departement not found"),
            DriverRefused::ManyDepartements => {
                (StatusCode::CONFLICT, "There is more than one match for this nom/numero")
            }
            DriverRefused::Broken(error) => return error.into(),
        };
        let faults = Faults::at(&"departement", Faults::each(&["nom", "numero"], text));
        Self::new(status, faults.in_data())
    }
}
