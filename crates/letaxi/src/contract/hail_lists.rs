//! `GET /hails` and `GET /sessions`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use dispatch::hail::{self, Status};
use dispatch::session::OUTCOME_WORDS;
use registry::Time;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use super::hails::view::HIDDEN_PHONE;
use super::words::NEUTRAL_OPERATOR;
use crate::api::envelope::{Data, naive};
use crate::api::identity::{Client, Partner};
use crate::api::input::{Fields, Kind, Read, Unknown, inputs, kind, kinds, object};
use crate::api::query::Filters;
use crate::api::route::Route;
use crate::app::App;
use crate::app::hail::list::{
    HailQuery, HailRow, MOST_SESSION_DAYS, SessionQuery, SessionsRefused,
};
use crate::app::page::{PER_PAGE, Page};
use crate::server::faults::Faults;
use crate::server::refusal::Error;

/// Routes of lists of hails.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new("GET /hails", list_hails, ["List own hails", "Lister ses courses"])
            .unpacked()
            .answers_pages_of::<Listed<'_>>(),
        Route::new(
            "GET /sessions",
            list_sessions,
            [
                "List the sessions of own customers with their hails",
                "Lister les sessions de ses clients et leurs courses",
            ],
        )
        .answers_pages_of::<Session<'_>>(),
    ]
}

inputs! {
    Hails -> (HailQuery, Page) = object(Unknown::Refused, hails_query);
    Sessions -> (SessionQuery, Page) = object(Unknown::Refused, sessions_query);
}

/// Lists the caller's hails of the last 60 days, newest first; for an admin all hails of any age.
async fn list_hails(
    State(app): State<Arc<App>>,
    who: Partner,
    Filters((query, page)): Filters<Hails>,
) -> Result<Response, Error> {
    let hails = app.hails(&who, query, page).await?;
    Ok(Data::page(&hails, Listed::new).answer(StatusCode::OK))
}

/// Lists the sessions of the caller's customers, newest first, with their hails. A filter of outcomes, statuses or
/// operators looks at sessions of the last 31 days unless it is given `since`, `date` or `customer_id`.
async fn list_sessions(
    State(app): State<Arc<App>>,
    who: Client,
    Filters((query, page)): Filters<Sessions>,
) -> Result<Response, Error> {
    let sessions = app.sessions(&who, query, page).await?;
    Ok(Data::page(&sessions, |hails| Session::new(hails)).answer(StatusCode::OK))
}

fn hails_query(fields: &mut Fields<'_>) -> Option<(HailQuery, Page)> {
    let page = fields.optional("p", kinds::page());
    let ids = fields.optional("id", kinds::many(kinds::text()));
    let statuses = fields.optional("status", kinds::many(status()));
    let operators = fields.optional("operateur", kinds::many(kinds::text()));
    let clients = fields.optional("moteur", kinds::many(kinds::text()));
    let taxis = fields.optional("taxi_id", kinds::many(kinds::text()));
    let days = fields.optional("date", kinds::many(kinds::slashed_date()));
    let customers = fields.optional("customer_id", kinds::many(kinds::text()));
    let query = HailQuery {
        ids: ids?,
        statuses: statuses?.map(|statuses| statuses.into_iter().flatten().collect()),
        operators: operators?,
        clients: clients?,
        taxis: taxis?,
        customers: customers?,
        days: days?,
    };
    Some((query, Page::of(PER_PAGE, page?)))
}

fn sessions_query(fields: &mut Fields<'_>) -> Option<(SessionQuery, Page)> {
    let page = fields.optional("p", kinds::page());
    let outcomes = kinds::many(kinds::word_for(&OUTCOME_WORDS)).about(
        "`open`: a hail is open; `ride`: a ride was finished; `customer`: the customer gave up; `none`: no ride was \
         reported. With `outcome`, `status` or `operateur` the list is of the last 31 days, unless `since`, `date` or \
         `customer_id` is given.",
    );
    let outcomes = fields.optional("outcome", outcomes);
    let statuses = kinds::many(status()).about("Status of a hail of the session.");
    let statuses = fields.optional("status", statuses);
    let operators = fields.optional("operateur", kinds::many(kinds::text()));
    let clients = fields.optional("moteur", kinds::many(kinds::text()));
    let customers = fields.optional("customer_id", kinds::many(kinds::text()));
    let days = kinds::many(kinds::slashed_date()).about("Day (UTC) on which the session began.");
    let days = fields.optional("date", days);
    let (since, until) = times(fields)?;
    let query = SessionQuery {
        outcomes: outcomes?,
        statuses: statuses?.map(|statuses| statuses.into_iter().flatten().collect()),
        operators: operators?,
        clients: clients?,
        customers: customers?,
        days: days?,
        since,
        until,
    };
    Some((query, Page::of(PER_PAGE, page?)))
}

/// The earliest time of a list, and the end of its times.
pub(super) fn times(fields: &mut Fields<'_>) -> Option<(Option<Time>, Option<Time>)> {
    let since =
        kinds::once("since", kinds::date_time()).about("Earliest time; UTC without an offset.");
    let since = fields.optional("since", since);
    let until = kinds::once("until", kinds::date_time())
        .about("First time that is too late; UTC without an offset.");
    let until = fields.optional("until", until);
    let (since, until) = (since?.map(|since| since.time), until?.map(|until| until.time));
    if let (Some(since), Some(until)) = (since, until)
        && until <= since
    {
        fields.refuse("until", "The end of the period is not after its beginning.");
    }
    Some((since, until))
}

/// The word of a status; `None` for the retired one.
pub(super) fn status() -> impl for<'a> Kind<'a, Value = Option<Status>> {
    let read = |value: &Value| -> Read<Option<Status>> {
        let word = kinds::word(&hail::WORDS).read(value)?;
        Ok(word.parse().ok())
    };
    kind(read, || json!({"enum": hail::WORDS}))
}

#[derive(JsonSchema, Serialize)]
struct Listed<'a> {
    id: &'a str,
    added_by: &'a str,
    operateur: &'a str,
    status: &'static str,
    creation_datetime: String,
    taxi_id: &'a str,
    customer_id: &'a str,
}

impl<'a> Listed<'a> {
    fn new(row: &'a HailRow) -> Self {
        let hail = &row.summary;
        Self {
            id: hail.id.as_str(),
            added_by: row.client.as_ref().map_or("", |client| client.email.as_str()),
            operateur: operator_email(row),
            status: hail.status.word(),
            creation_datetime: naive(hail.created_at),
            taxi_id: row.taxi.as_str(),
            customer_id: &hail.customer.id.0,
        }
    }
}

/// E-mail address of the operator, if the viewer may see it.
fn operator_email(row: &HailRow) -> &str {
    if !row.names_operator {
        return NEUTRAL_OPERATOR;
    }
    row.operator.as_ref().map_or("", |operator| operator.email.as_str())
}

#[expect(clippy::struct_field_names, reason = "the contract's own words")]
#[derive(JsonSchema, Serialize)]
struct Session<'a> {
    customer_id: &'a str,
    session_id: String,
    added_by_id: String,
    added_at: String,
    hails: Vec<InSession<'a>>,
}

#[derive(JsonSchema, Serialize)]
struct InSession<'a> {
    id: &'a str,
    status: &'static str,
    operateur: Party<'a>,
    moteur: Party<'a>,
    taxi: TaxiId<'a>,
    added_at: String,
    customer_lon: f64,
    customer_lat: f64,
    customer_address: &'a str,
    customer_phone_number: &'a str,
    taxi_phone_number: &'a str,
    initial_taxi_lat: Option<f64>,
    initial_taxi_lon: Option<f64>,
}

#[derive(JsonSchema, Serialize)]
struct Party<'a> {
    id: String,
    email: &'a str,
    commercial_name: Option<&'a str>,
}

#[derive(JsonSchema, Serialize)]
struct TaxiId<'a> {
    id: &'a str,
}

impl<'a> Session<'a> {
    fn new(hails: &'a [HailRow]) -> Self {
        let first = &hails.first().expect("no session is without a hail").summary;
        Self {
            customer_id: &first.customer.id.0,
            session_id: first.session.to_string(),
            added_by_id: first.client.to_string(),
            added_at: naive(first.created_at),
            hails: hails.iter().map(InSession::new).collect(),
        }
    }
}

impl<'a> InSession<'a> {
    fn new(row: &'a HailRow) -> Self {
        let hail = &row.summary;
        let phones = hail::shows_phones(hail.status, row.viewer);
        let phone = |number: &'a str| if phones { number } else { HIDDEN_PHONE };
        let client = row.client.as_deref();
        Self {
            id: hail.id.as_str(),
            status: hail.status.word(),
            operateur: Party {
                id: hail.operator.to_string(),
                email: operator_email(row),
                commercial_name: if row.names_operator {
                    row.operator.as_deref().and_then(|operator| operator.commercial_name.as_deref())
                } else {
                    Some(NEUTRAL_OPERATOR)
                },
            },
            moteur: Party {
                id: hail.client.to_string(),
                email: client.map_or("", |client| client.email.as_str()),
                commercial_name: client.and_then(|client| client.commercial_name.as_deref()),
            },
            taxi: TaxiId { id: row.taxi.as_str() },
            added_at: without_zeros(hail.created_at),
            customer_lon: hail.customer.point.lon(),
            customer_lat: hail.customer.point.lat(),
            customer_address: &hail.customer.address,
            customer_phone_number: phone(&hail.customer.phone),
            taxi_phone_number: phone(hail.taxi_phone.as_deref().unwrap_or_default()),
            initial_taxi_lat: hail.initial_position.map(territory::Point::lat),
            initial_taxi_lon: hail.initial_position.map(territory::Point::lon),
        }
    }
}

impl From<SessionsRefused> for Error {
    fn from(refused: SessionsRefused) -> Self {
        match refused {
            SessionsRefused::TooLong => {
                let text = format!(
                    "With outcome, status or operateur a list is of at most {MOST_SESSION_DAYS} days: give a later since."
                );
                Self::new(StatusCode::BAD_REQUEST, Faults::at(&"since", Faults::message(text)))
            }
            SessionsRefused::Broken(error) => error.into(),
        }
    }
}

/// A time in the format of the incumbent's database: without zeros at the end of a fraction.
fn without_zeros(time: Time) -> String {
    let text = naive(time);
    if text.contains('.') { text.trim_end_matches('0').to_owned() } else { text }
}
