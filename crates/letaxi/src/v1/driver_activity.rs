//! `GET /v1/driver-activity`: the activity of an operator's drivers in a month, for its report to the state.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use registry::AccountId;
use serde_json::json;

use super::exports::month;
use crate::api::identity::Operator;
use crate::api::input::{Fields, Unknown, inputs, kinds, object};
use crate::api::query::Query;
use crate::api::route::Route;
use crate::app::App;
use crate::app::exports::Month;
use crate::app::figures::driver_activity::{ActivityRefused, DriverActivity, DriversActivity};
use crate::server::refusal::Error;

const CSV: &str = "text/csv; charset=utf-8";

/// Columns: French, as the operator sends them on, with their units.
const COLUMNS: [&str; 12] = [
    "mois",
    "departement_carte",
    "numero_carte_professionnelle",
    "demandes_recues",
    "demandes_acceptees",
    "demandes_refusees",
    "demandes_sans_reponse",
    "courses_effectuees",
    "delai_reponse_moyen_s",
    "attente_client_moyenne_s",
    "approche_moyenne_s",
    "duree_courses_s",
];

/// Routes of the activity of drivers.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(
            "GET /v1/driver-activity",
            get_activity,
            [
                "Activity of an operator's drivers in a month, for its report to the state (R3120-41)",
                "Activité des conducteurs d'un opérateur pendant un mois, pour sa déclaration à l'État (R3120-41)",
            ],
        )
        .refuses(404, "The operator is not known, or the registry has no hails of the month.")
        .refuses(429, "Other exports are under way: `Retry-After` gives the seconds to wait.")
        .answers_with(200, "The file.", CSV, || json!({"type": "string"})),
    ]
}

/// A month, and an operator if one is named.
type Asked = (Month, Option<AccountId>);

inputs! {
    ActivityQuery -> Asked = object(Unknown::Refused, activity_fields);
}

fn activity_fields(fields: &mut Fields<'_>) -> Option<Asked> {
    let month = fields.required("month", month());
    let operator = fields.optional("operator", kinds::identifier());
    Some((month?, operator?.map(AccountId)))
}

/// The rides, hails and delays of each driver in a month: of its own drivers for an operator, of one operator's for an
/// admin.
async fn get_activity(
    State(app): State<Arc<App>>,
    who: Operator,
    Query((month, operator)): Query<ActivityQuery>,
) -> Result<Response, Error> {
    let drivers = app.driver_activity(&who, operator, month).await?;
    let name = format!("attachment; filename=\"activite-conducteurs-{month}.csv\"");
    let headers = [
        (CONTENT_TYPE, CSV.to_owned()),
        (CONTENT_DISPOSITION, name),
        (CACHE_CONTROL, "no-store".to_owned()),
    ];
    let file = csv_of(&drivers, month).expect("memory takes what is written");
    Ok((headers, file).into_response())
}

/// The file, with the semicolons that French spreadsheet programs expect.
fn csv_of(drivers: &DriversActivity, month: Month) -> csv::Result<String> {
    let mut csv = csv::WriterBuilder::new().delimiter(b';').from_writer(Vec::new());
    csv.write_record(COLUMNS)?;
    for ((departement, card), activity) in drivers {
        csv.write_record(record([month.to_string(), departement.clone(), card.clone()], activity))?;
    }
    let bytes = csv.into_inner().map_err(csv::IntoInnerError::into_error)?;
    Ok(String::from_utf8(bytes).expect("texts and numbers are UTF-8"))
}

fn record(driver: [String; 3], activity: &DriverActivity) -> [String; COLUMNS.len()] {
    let [month, departement, card] = driver;
    let mean =
        |seconds: Option<i64>| seconds.map(|seconds| seconds.to_string()).unwrap_or_default();
    [
        month,
        departement,
        card,
        activity.hails.to_string(),
        activity.accepted.to_string(),
        activity.declined.to_string(),
        activity.unanswered.to_string(),
        activity.rides.to_string(),
        mean(activity.answer.seconds()),
        mean(activity.wait.seconds()),
        mean(activity.approach.seconds()),
        activity.ride.sum_s.to_string(),
    ]
}

impl From<ActivityRefused> for Error {
    fn from(refused: ActivityRefused) -> Self {
        match refused {
            ActivityRefused::Operator(refused) => refused.into(),
            ActivityRefused::NoOperator => Self::of_field(
                StatusCode::BAD_REQUEST,
                "operator",
                "Give the account number of an operator.",
            ),
            ActivityRefused::Month(refused) => refused.into(),
        }
    }
}
