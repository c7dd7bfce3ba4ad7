//! The operators' back offices: one small server that receives hails and passes them to drivers.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use geo::Point;
use serde_json::json;
use tokio::net::TcpListener;

use crate::accounts::Operator;
use crate::driver::PHONE;
use crate::habits::DriverConduct;
use crate::hail::{Delivered, Envelope};
use crate::random::{Stream, rng};
use crate::taxi::{Offer, Taxi};
use crate::world::World;

/// The back offices of all operators.
struct Office {
    world: Arc<World>,
    operators: Vec<Operator>,
    taxis: HashMap<String, Arc<Taxi>>,
    /// The latest hail of each taxi and what is answered to it: a call may come twice.
    answered: Mutex<HashMap<String, (String, DriverConduct)>>,
}

/// Receives hails until the run is over.
pub(crate) async fn serve(
    world: Arc<World>,
    operators: Vec<Operator>,
    taxis: Vec<Arc<Taxi>>,
    listener: TcpListener,
) {
    let over = world.over.clone();
    let taxis = taxis.into_iter().map(|taxi| (taxi.id.clone(), taxi)).collect();
    let office = Arc::new(Office { world, operators, taxis, answered: Mutex::default() });
    let app = Router::new().fallback(receive).with_state(office);
    let closing = async move { over.cancelled().await };
    let served = axum::serve(listener, app).with_graceful_shutdown(closing);
    // Serving a listener that is open ends only when told to.
    let _ = served.await;
}

async fn receive(
    State(office): State<Arc<Office>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if method != Method::POST {
        return refuse(StatusCode::METHOD_NOT_ALLOWED, "hails are delivered by POST");
    }
    let hail = match serde_json::from_slice::<Envelope<Delivered>>(&body)
        .map(|mut body| body.data.pop())
    {
        Ok(Some(hail)) => hail,
        Ok(None) => return office.complain("a hail was delivered without data"),
        Err(error) => {
            return office.complain(&format!("a hail was delivered that cannot be read: {error}"));
        }
    };
    let Some(taxi) = office.taxis.get(&hail.taxi.id) else {
        return refuse(StatusCode::NOT_FOUND, "no such taxi in this fleet");
    };
    let operator = &office.operators[taxi.operator];
    if uri.path() != operator.path {
        return office.complain(&format!(
            "hail {} was delivered at {}, not {}",
            hail.id,
            uri.path(),
            operator.path
        ));
    }
    let proven = |(name, value): &(String, String)| {
        headers.get(name).is_some_and(|got| got == value.as_str())
    };
    if !operator.proof.as_ref().is_none_or(proven) {
        return office
            .complain(&format!("hail {} was delivered without the agreed header", hail.id));
    }
    office.pass_on(taxi, hail)
}

impl Office {
    fn pass_on(&self, taxi: &Taxi, hail: Delivered) -> Response {
        let mut answered = self.answered.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, conduct)) = answered.get(&taxi.id).filter(|(last, _)| *last == hail.id) {
            return accept(conduct);
        }
        let turn = taxi.hails.fetch_add(1, Ordering::Relaxed);
        let mut rng = rng(self.world.plan.seed, Stream::Driver, taxi.index, turn);
        let conduct = if taxi.by_hand {
            DriverConduct::prompt()
        } else {
            self.world.plan.habits.driver(&mut rng)
        };
        let customer = Point::new(hail.customer_lon, hail.customer_lat);
        let offer = Offer { hail: hail.id.clone(), customer, conduct };
        if taxi.offers.try_send(offer).is_err() {
            return self
                .complain(&format!("taxi {} has more hails than a driver can have", taxi.id));
        }
        answered.insert(taxi.id.clone(), (hail.id, conduct));
        accept(&conduct)
    }

    fn complain(&self, what: &str) -> Response {
        self.world.figures.promise_broken(what.to_owned());
        refuse(StatusCode::BAD_REQUEST, what)
    }
}

fn accept(conduct: &DriverConduct) -> Response {
    let hail = if conduct.phone_at_once { json!({"taxi_phone_number": PHONE}) } else { json!({}) };
    answer(StatusCode::OK, &json!({"data": [hail]}))
}

fn refuse(status: StatusCode, why: &str) -> Response {
    answer(status, &json!({"errors": {"": [why]}}))
}

fn answer(status: StatusCode, body: &serde_json::Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}
