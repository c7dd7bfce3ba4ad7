//! `GET /v1/licence-lists`: licences that towns list, beside those that operators register.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use schemars::JsonSchema;
use serde::Serialize;
use territory::InseeCode;

use crate::api::envelope::{Data, naive};
use crate::api::identity::Admin;
use crate::api::input::{Fields, Unknown, inputs, kinds, object};
use crate::api::query::Query;
use crate::api::route::Route;
use crate::app::App;
use crate::app::fleet::licence_lists::LicenceComparison;
use crate::server::refusal::Error;

/// Limit of numbers in each list of differences.
const NUMBERS_SHOWN: usize = 1_000;

/// Routes of lists of licences.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(
            "GET /v1/licence-lists",
            compare,
            [
                "Compare towns' lists of licences with the registered ones",
                "Comparer les listes d'ADS des communes avec les ADS enregistrées",
            ],
        )
        .answers::<TownView>(),
    ]
}

inputs! {
    OfTown -> Option<InseeCode> = object(Unknown::Refused, town_query);
}

/// Compares the list of each town that has one. Lists are imported from `ads.csv`.
async fn compare(
    State(app): State<Arc<App>>,
    _who: Admin,
    Query(town): Query<OfTown>,
) -> Result<Response, Error> {
    let compared = app.compare_licences(town).await?;
    let shows_numbers = town.is_some();
    let views = compared.into_iter().map(|(town, of)| TownView::new(town, of, shows_numbers));
    Ok(Data::all(views).answer(StatusCode::OK))
}

#[expect(clippy::option_option, reason = "the inner one is a town that is not asked for")]
fn town_query(fields: &mut Fields<'_>) -> Option<Option<InseeCode>> {
    fields.optional("insee", kinds::town_code())
}

#[derive(JsonSchema, Serialize)]
struct TownView {
    insee: String,
    /// Time of the import of the list.
    listed_at: Option<String>,
    /// Number of licences on the list.
    listed: usize,
    /// Number of registered licences; two operators with one licence count once.
    registered: usize,
    /// Number of listed licences whose taxi was connected in the last day.
    connected: usize,
    /// Share of listed licences whose taxi was connected in the last day, in percent.
    connected_percent: Option<f64>,
    /// Number of listed licences that nobody registered.
    not_registered_count: usize,
    /// Number of registered licences that the list lacks.
    not_listed_count: usize,
    /// Numbers of the listed licences that nobody registered, if one town is asked for; a thousand at most.
    not_registered: Vec<String>,
    /// Numbers of the registered licences that the list lacks, likewise.
    not_listed: Vec<String>,
}

impl TownView {
    fn new(town: InseeCode, of: LicenceComparison, shows_numbers: bool) -> Self {
        let percent =
            |connected: usize| (1000.0 * connected as f64 / of.listed as f64).round() / 10.0;
        let shown = |numbers: Vec<String>| {
            let most = if shows_numbers { NUMBERS_SHOWN } else { 0 };
            numbers.into_iter().take(most).collect()
        };
        Self {
            insee: town.to_string(),
            listed_at: of.listed_at.map(naive),
            listed: of.listed,
            registered: of.registered,
            connected: of.connected,
            connected_percent: (of.listed > 0).then(|| percent(of.connected)),
            not_registered_count: of.not_registered.len(),
            not_listed_count: of.not_listed.len(),
            not_registered: shown(of.not_registered),
            not_listed: shown(of.not_listed),
        }
    }
}
