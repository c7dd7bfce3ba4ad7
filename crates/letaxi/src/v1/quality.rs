//! `GET /v1/quality`: the quality of operators' data.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use registry::AccountId;
use schemars::JsonSchema;
use serde::Serialize;

use super::live::NO_SUCH_PART;
use crate::api::envelope::Data;
use crate::api::identity::Operator;
use crate::api::input::{Fields, Unknown, inputs, kinds, object};
use crate::api::query::Query;
use crate::api::route::Route;
use crate::app::App;
use crate::app::figures::quality::Quality;
use crate::server::refusal::Error;

/// Routes of the quality of data.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(
            "GET /v1/quality",
            quality,
            ["Quality of operators' data", "Qualité des données des opérateurs"],
        )
        .refuses(404, NO_SUCH_PART)
        .answers::<QualityView<'_>>(),
    ]
}

inputs! {
    Asked -> Option<AccountId> = object(Unknown::Refused, quality_fields);
}

/// The quality of the data of the last seven days: of all operators or one for admins, of its own for an operator.
async fn quality(
    State(app): State<Arc<App>>,
    who: Operator,
    Query(operator): Query<Asked>,
) -> Result<Response, Error> {
    let qualities = app.quality(&who, operator).await?;
    Ok(Data::all(qualities.iter().map(QualityView::new)).answer(StatusCode::OK))
}

#[expect(clippy::option_option, reason = "the outer one tells of a fault")]
fn quality_fields(fields: &mut Fields<'_>) -> Option<Option<AccountId>> {
    fields.optional("operator", kinds::identifier()).map(|id| id.map(AccountId))
}

#[derive(JsonSchema, Serialize)]
struct QualityView<'a> {
    operator: i64,
    email: &'a str,
    taxis: u64,
    /// Taxis that were heard of within a day, to an hour.
    taxis_seen: u64,
    /// Cars that the operator describes under several spellings of the plate.
    plates_spelt_twice: i64,
    /// Ended hails of the last seven days.
    hails: i64,
    /// Those to which neither operator nor driver reacted in time.
    hails_unanswered: i64,
    calls: i64,
    calls_failed: i64,
    /// Sampled positions by fault, and the number of samples.
    positions: BTreeMap<&'static str, i64>,
}

impl<'a> QualityView<'a> {
    fn new(quality: &'a Quality) -> Self {
        let word = |word: &'static str| word.strip_prefix("position_").unwrap_or(word);
        let positions = quality.positions.iter().map(|(name, count)| (word(name), *count));
        Self {
            operator: quality.operator.id.0,
            email: &quality.operator.email,
            taxis: quality.taxis,
            taxis_seen: quality.seen,
            plates_spelt_twice: quality.spelt_twice,
            hails: quality.hails,
            hails_unanswered: quality.unanswered,
            calls: quality.calls.calls,
            calls_failed: quality.calls.failed,
            positions: positions.collect(),
        }
    }
}
