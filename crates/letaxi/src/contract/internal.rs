//! Calls of the console: `POST /internal/auth`, `GET /internal/customers`.

use std::sync::Arc;

use axum::extract::{Extension, State};
use axum::http::StatusCode;
use axum::response::Response;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use super::hail_lists;
use super::users::User;
use crate::api::document::Body;
use crate::api::envelope::{Data, naive};
use crate::api::identity::Admin;
use crate::api::input::{Fields, Kind, Unknown, inputs, kind, kinds, object, one};
use crate::api::query::Filters;
use crate::api::route::Route;
use crate::app::App;
use crate::app::account::limits::Admitted;
use crate::app::account::users::{Credential, LogInRefused};
use crate::app::hail::list::{HailQuery, HailRow};
use crate::app::page::Page;
use crate::server::refusal::Error;

/// Number of hails per page of customer support.
const HAILS_PER_PAGE: i64 = 100;

/// Routes of the console.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(
            "POST /internal/auth",
            log_in,
            ["Log in to the console", "Se connecter à la console"],
        )
        .refuses(401, "E-mail, password or key is wrong.")
        .answers::<User<'_>>(),
        Route::new(
            "GET /internal/customers",
            list_customers,
            [
                "List hails older than 12 hours for customer support",
                "Lister les courses de plus de 12 heures pour le support client",
            ],
        )
        .answers_pages_of::<FollowUp<'_>>(),
    ]
}

inputs! {
    LogIn -> (String, Credential) = one(object(Unknown::Refused, log_in_fields));
    Customers -> (HailQuery, Page) = object(Unknown::Refused, customers_query);
}

/// Logs in by e-mail address and password or API key. The answer contains the key.
async fn log_in(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Admitted>,
    body: Body<LogIn>,
) -> Result<Response, Error> {
    let (email, credential) = body.read()?;
    let user = app.log_in(&email, credential, caller.from).await?;
    Ok(Data::one(User::new(&user)).answer(StatusCode::OK))
}

/// Hails that customer support may follow up: older than 12 hours.
async fn list_customers(
    State(app): State<Arc<App>>,
    who: Admin,
    Filters((query, page)): Filters<Customers>,
) -> Result<Response, Error> {
    let hails = app.hails_to_follow_up(&who, query, page).await?;
    Ok(Data::page(&hails, FollowUp::new).answer(StatusCode::OK))
}

fn log_in_fields(fields: &mut Fields<'_>) -> Option<(String, Credential)> {
    let email = fields.required("email", kinds::text());
    let key = fields.optional("apikey", credential());
    let password = fields.optional("password", credential());
    fields.describe("oneOf", json!([{"required": ["apikey"]}, {"required": ["password"]}]));
    // Accepted and ignored.
    fields.optional("referrer", kinds::whole());
    let given = |text: Option<Option<String>>| text.flatten().filter(|text| !text.is_empty());
    match (given(key), given(password)) {
        (Some(_), Some(_)) => {
            fields.refuse_together("Specify either apikey or password, not both.");
            None
        }
        (None, None) => {
            fields.refuse_together("Specify apikey or password.");
            None
        }
        (Some(key), None) => Some((email?, Credential::Key(key))),
        (None, Some(password)) => Some((email?, Credential::Password(password))),
    }
}

/// A key or a password; an empty one counts as missing.
fn credential() -> impl for<'a> Kind<'a, Value = String> {
    let schema = || json!({"type": "string", "minLength": 1, "maxLength": kinds::SHORT_TEXT});
    kind(|value: &Value| kinds::text().read(value), schema)
}

fn customers_query(fields: &mut Fields<'_>) -> Option<(HailQuery, Page)> {
    let page = fields.optional("p", kinds::page());
    let ids = fields.optional("id", kinds::many(kinds::text()));
    let clients = fields.optional("moteur", kinds::many(kinds::text()));
    let operators = fields.optional("operateur", kinds::many(kinds::text()));
    let statuses = fields.optional("status", kinds::many(hail_lists::status()));
    let query = HailQuery {
        ids: ids?,
        clients: clients?,
        operators: operators?,
        statuses: statuses?.map(|statuses| statuses.into_iter().flatten().collect()),
        ..HailQuery::default()
    };
    Some((query, Page::of(HAILS_PER_PAGE, page?)))
}

#[derive(JsonSchema, Serialize)]
struct FollowUp<'a> {
    added_at: String,
    id: &'a str,
    moteur: &'a str,
    customer_lon: f64,
    customer_lat: f64,
    customer_phone_number: &'a str,
    operateur: &'a str,
    status: &'static str,
    taxi_phone_number: &'a str,
}

impl<'a> FollowUp<'a> {
    fn new(row: &'a HailRow) -> Self {
        let hail = &row.summary;
        let email = |account: &'a Option<Arc<registry::Account>>| {
            account.as_ref().map_or("", |account| account.email.as_str())
        };
        Self {
            added_at: naive(hail.created_at),
            id: hail.id.as_str(),
            moteur: email(&row.client),
            customer_lon: hail.customer.point.lon(),
            customer_lat: hail.customer.point.lat(),
            customer_phone_number: &hail.customer.phone,
            operateur: email(&row.operator),
            status: hail.status.word(),
            taxi_phone_number: hail.taxi_phone.as_deref().unwrap_or_default(),
        }
    }
}

impl From<LogInRefused> for Error {
    fn from(refused: LogInRefused) -> Self {
        match refused {
            LogInRefused::Invalid => {
                Self::of_field(StatusCode::UNAUTHORIZED, "", "Invalid credentials.")
            }
            LogInRefused::TooMany(too_many) => too_many.into(),
            LogInRefused::Broken(error) => error.into(),
        }
    }
}
