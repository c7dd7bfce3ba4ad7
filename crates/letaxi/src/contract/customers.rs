//! `PUT /customers/:id`: an app bans its customer, or lifts a ban.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use registry::Time;
use schemars::JsonSchema;
use serde::Serialize;
use storage::customers::CustomerChange;

use crate::api::document::Body;
use crate::api::envelope::{Data, naive};
use crate::api::identity::Client;
use crate::api::input::{Fields, Given, Moment, Unknown, inputs, kinds, object, one};
use crate::api::route::Route;
use crate::app::App;
use crate::server::refusal::Error;

/// Routes of customers.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(
            "PUT /customers/{id}",
            update_customer,
            ["Ban a customer or lift a ban", "Bannir un client ou lever un bannissement"],
        )
        .of("The id of the customer, as the app numbers them.")
        .answers::<CustomerView>(),
    ]
}

inputs! {
    Change -> Sent = one(object(Unknown::Refused, change));
}

/// Bans a customer of the caller, or lifts a ban.
async fn update_customer(
    State(app): State<Arc<App>>,
    who: Client,
    Path(id): Path<String>,
    body: Body<Change>,
) -> Result<Response, Error> {
    let sent = body.read()?;
    let email = who.account.email.clone();
    let unknown = || {
        let text = format!("No customer {id} found associated to user {email}");
        Error::of_url(StatusCode::NOT_FOUND, &text)
    };
    if id.contains('\0') {
        return Err(unknown());
    }
    let changed = app.change_customer(&who, id.clone(), sent.change()).await?;
    let customer = changed.ok_or_else(unknown)?;
    let view = CustomerView {
        ban_begin: echo(&sent.ban_begin, customer.ban_begin),
        ban_end: echo(&sent.ban_end, customer.ban_end),
        reprieve_begin: echo(&sent.reprieve_begin, customer.reprieve_begin),
        reprieve_end: echo(&sent.reprieve_end, customer.reprieve_end),
    };
    Ok(Data::one(view).answer(StatusCode::OK))
}

struct Sent {
    ban_begin: Given<Moment>,
    ban_end: Given<Moment>,
    reprieve_begin: Given<Moment>,
    reprieve_end: Given<Moment>,
}

impl Sent {
    fn change(&self) -> CustomerChange {
        let time = |given: &Given<Moment>| given.change().map(|moment| moment.map(|m| m.time));
        CustomerChange {
            ban_begin: time(&self.ban_begin),
            ban_end: time(&self.ban_end),
            reprieve_begin: time(&self.reprieve_begin),
            reprieve_end: time(&self.reprieve_end),
        }
    }
}

fn change(fields: &mut Fields<'_>) -> Option<Sent> {
    let ban_begin = fields.nullable("ban_begin", kinds::date_time());
    let ban_end = fields.nullable("ban_end", kinds::date_time());
    let reprieve_begin = fields.nullable("reprieve_begin", kinds::date_time());
    let reprieve_end = fields.nullable("reprieve_end", kinds::date_time());
    Some(Sent {
        ban_begin: ban_begin?,
        ban_end: ban_end?,
        reprieve_begin: reprieve_begin?,
        reprieve_end: reprieve_end?,
    })
}

/// A sent time in its written form, any other in UTC.
fn echo(sent: &Given<Moment>, known: Option<Time>) -> Option<String> {
    match sent {
        Given::Value(moment) => Some(moment.echo()),
        Given::Null => None,
        Given::Absent => known.map(naive),
    }
}

#[derive(JsonSchema, Serialize)]
struct CustomerView {
    reprieve_begin: Option<String>,
    reprieve_end: Option<String>,
    ban_begin: Option<String>,
    ban_end: Option<String>,
}
