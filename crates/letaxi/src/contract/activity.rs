//! `GET /activity_logs`: the activity log.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::value::RawValue;
use storage::lists::{ActivityFilter, ActivityLine};
use storage::{Action, Resource};

use super::hail_lists::times;
use crate::api::envelope::{Data, naive};
use crate::api::identity::Admin;
use crate::api::input::{Fields, Unknown, inputs, kinds, object};
use crate::api::query::Filters;
use crate::api::route::Route;
use crate::app::App;
use crate::app::page::{PER_PAGE, Page};
use crate::server::refusal::Error;

const ACTIONS: [&str; Action::ALL.len()] = {
    let mut words = [""; Action::ALL.len()];
    let mut i = 0;
    while i < words.len() {
        words[i] = Action::ALL[i].word();
        i += 1;
    }
    words
};

const RESOURCES: [&str; Resource::ALL.len()] = {
    let mut words = [""; Resource::ALL.len()];
    let mut i = 0;
    while i < words.len() {
        words[i] = Resource::ALL[i].word();
        i += 1;
    }
    words
};

/// Routes of the activity log.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(
            "GET /activity_logs",
            list_activity,
            ["List the activity log", "Consulter le journal d'activité"],
        )
        .answers_pages_of::<Line<'_>>(),
    ]
}

inputs! {
    Log -> (ActivityFilter, Page) = object(Unknown::Refused, log_query);
}

/// Lists the activity log, newest entry first.
async fn list_activity(
    State(app): State<Arc<App>>,
    _who: Admin,
    Filters((filter, page)): Filters<Log>,
) -> Result<Response, Error> {
    let lines = app.activity_log(&filter, page).await?;
    Ok(Data::page(&lines, Line::new).answer(StatusCode::OK))
}

/// Of a repeated filter the first value counts.
fn log_query(fields: &mut Fields<'_>) -> Option<(ActivityFilter, Page)> {
    let page = fields.optional("p", kinds::page());
    let resource = fields.optional("resource", kinds::many(kinds::word(&RESOURCES)));
    let resource_id = fields.optional("resource_id", kinds::many(kinds::text()));
    let action = fields.optional("action", kinds::many(kinds::word(&ACTIONS)));
    let (since, until) = times(fields)?;
    let filter = ActivityFilter {
        resources: first(resource?),
        resource_ids: first(resource_id?),
        actions: first(action?),
        since,
        until,
    };
    Some((filter, Page::of(PER_PAGE, page?)))
}

fn first<T>(values: Option<Vec<T>>) -> Option<Vec<T>> {
    values.map(|values| values.into_iter().take(1).collect())
}

#[derive(JsonSchema, Serialize)]
struct Line<'a> {
    id: String,
    time: String,
    action: &'a str,
    resource: &'a str,
    resource_id: &'a str,
    #[schemars(with = "Option<serde_json::Map<String, serde_json::Value>>")]
    extra: Option<&'a RawValue>,
}

impl<'a> Line<'a> {
    fn new(line: &'a ActivityLine) -> Self {
        Self {
            id: line.id.to_string(),
            time: naive(line.at),
            action: &line.action,
            resource: &line.resource,
            resource_id: &line.resource_id,
            extra: serde_json::from_str(&line.extra).ok(),
        }
    }
}
