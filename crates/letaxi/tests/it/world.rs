//! A registry of its own for each test: a fresh database, a clock that is moved by hand, operators'
//! servers that are played, and the service as it is, called without a socket.
//!
//! Only outsiders are played. Whatever is due is done before a call returns, so no test waits.

mod schemas;
mod servers;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{Method, Request, StatusCode};
use chrono::{DateTime, TimeDelta, Utc};
use geo::{MultiPolygon, Rect};
use http_body_util::BodyExt;
use letaxi::app::clock::{Clock, HandClock};
use letaxi::app::secrets::Secrets;
use letaxi::app::{App, Parts, Settings};
use letaxi::http;
use registry::{AccountId, Role};
use serde_json::{Value, json};
use storage::Store;
use storage::accounts::AccountFields;
use storage::territory_rows::TerritoryImport;
use tempfile::TempDir;
use territory::{Exclusion, InseeCode, Town, Zone};
use tower::ServiceExt;

pub(crate) use servers::Behaviour;
use servers::Servers;

/// The engine a test's database is kept by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

/// Name of the account that anyone may act for, once a test has made it.
const INTEGRATION_ACCOUNT: &str = "integration";

/// What the keys of every test are sealed with, so that a registry can be restarted.
static SECRET: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().unwrap());

/// A square of the land: west, south, east, north, in degrees.
pub(crate) type Square = [f64; 4];

/// A taxi to be enrolled.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct NewTaxi<'a> {
    /// What the test calls it: its licence, its driver and its vehicle are named after it.
    pub(crate) name: &'a str,
    /// The town of its licence; none: the first town there is.
    pub(crate) town: Option<&'a str>,
    /// The plate of its vehicle; none: one of its own.
    pub(crate) plate: Option<&'a str>,
    /// Whether its driver is looking for customers.
    pub(crate) free: bool,
    /// Where it is, if it says so: longitude and latitude.
    pub(crate) at: Option<[f64; 2]>,
}

/// A call to the service.
#[derive(Clone, Debug, Default)]
pub(crate) struct Call {
    /// The key, if one is sent.
    pub(crate) key: Option<String>,
    /// The e-mail of the account to act as.
    pub(crate) act_as: Option<String>,
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) content_type: Option<String>,
    pub(crate) body: String,
}

/// What the service answers.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) content_type: String,
    pub(crate) body: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// A registry and those who have to do with it.
pub(crate) struct World {
    app: Arc<App>,
    router: Router,
    store: Arc<dyn Store>,
    clock: HandClock,
    pub(crate) servers: Arc<Servers>,
    accounts: BTreeMap<String, AccountId>,
    towns: Vec<Town>,
    zones: Vec<Zone>,
    exclusions: Vec<Exclusion>,
}

/// The key of an account that a test made.
pub(crate) fn key_of(name: &str) -> String {
    format!("key of {name}")
}

/// The e-mail of an account that a test made.
pub(crate) fn email_of(name: &str) -> String {
    format!("{name}@example.org")
}

fn noon() -> DateTime<Utc> {
    "2024-02-29T12:00:00Z".parse().unwrap()
}

async fn open(store: &Arc<dyn Store>, clock: &HandClock, servers: &Arc<Servers>) -> Arc<App> {
    let parts = Parts {
        store: store.clone(),
        clock: Clock::Hand(clock.clone()),
        secrets: Secrets::open(&SECRET.path().join("letaxi.key"), true).unwrap(),
        settings: Settings {
            integration_account: Some(email_of(INTEGRATION_ACCOUNT)),
            ..Settings::default()
        },
        wording: http::WORDING,
        operators: servers.clone(),
    };
    App::start(parts).await.unwrap()
}

impl World {
    /// A registry with nothing in it. It is noon.
    pub(crate) async fn new(engine: Engine) -> Self {
        let url = match engine {
            Engine::Sqlite => "sqlite::memory:".to_owned(),
            Engine::Postgres => schemas::fresh_schema(),
        };
        let store = storage::open(&url).await.unwrap();
        let (clock, servers) = (HandClock::at(noon()), Arc::<Servers>::default());
        let app = open(&store, &clock, &servers).await;
        Self {
            router: http::router(app.clone()),
            app,
            store,
            clock,
            servers,
            accounts: BTreeMap::new(),
            towns: Vec::new(),
            zones: Vec::new(),
            exclusions: Vec::new(),
        }
    }

    /// Ends the process and starts another on the same database.
    pub(crate) async fn restart(&mut self) {
        self.servers.drop_calls();
        self.app = open(&self.store, &self.clock, &self.servers).await;
        self.router = http::router(self.app.clone());
        self.settle().await;
    }

    /// Lets go of the database.
    pub(crate) async fn close(self) {
        self.store.close().await;
    }

    /// Makes an account. An operator's server takes hails until a test says otherwise.
    pub(crate) async fn account(&mut self, name: &str, roles: &[Role]) {
        let operator = roles.contains(&Role::Operator);
        let hail_endpoint = format!("https://{name}.example.org/hails");
        let fields = AccountFields {
            email: email_of(name),
            roles: roles.iter().copied().collect(),
            hail_endpoint: if operator { hail_endpoint } else { String::new() },
            ..AccountFields::default()
        };
        let (account, _) = self.app.create_account(fields, None, Some(key_of(name))).await.unwrap();
        self.accounts.insert(name.to_owned(), account.id);
    }

    /// Lets an account look after another.
    pub(crate) async fn manages(&self, manager: &str, name: &str) {
        let account = self.app.account_of_email(&email_of(name)).await.unwrap();
        let manager = self.accounts[manager];
        let change = |fields: &mut AccountFields| fields.manager = Some(manager);
        self.app.update_account(account.id, &change).await.unwrap();
    }

    pub(crate) async fn town(&mut self, code: &str, name: &str, square: Square) {
        let (code, border) = (insee(code), border(square));
        self.towns.push(Town { code, name: name.to_owned(), border });
        self.import().await;
    }

    pub(crate) async fn zone(&mut self, name: &str, towns: &[&str]) {
        let towns = towns.iter().map(|code| insee(code)).collect();
        let id = format!("00000000-0000-4000-8000-{:012}", self.zones.len());
        self.zones.push(Zone { id, name: name.to_owned(), towns, border: None });
        self.import().await;
    }

    pub(crate) async fn exclusion(&mut self, name: &str, square: Square) {
        let (id, border) = (format!("way/{}", self.exclusions.len()), border(square));
        self.exclusions.push(Exclusion { id, name: name.to_owned(), border });
        self.import().await;
    }

    async fn import(&self) {
        let import = TerritoryImport {
            towns: Some(self.towns.clone()),
            zones: Some(self.zones.clone()),
            exclusions: Some(self.exclusions.clone()),
            ..TerritoryImport::default()
        };
        self.store.import_territory(import, &|_| {}).await.unwrap();
        self.settle().await;
    }

    /// Enrols a taxi as its operator would, and gives its id.
    pub(crate) async fn taxi(&self, operator: &str, taxi: &NewTaxi<'_>) -> String {
        let name = taxi.name;
        let town = taxi.town.unwrap_or_else(|| self.towns[0].code.as_str());
        let plate = taxi.plate.map_or_else(|| format!("{name}-TAXI"), str::to_owned);
        let (licence, number) = (format!("driver-{name}"), format!("ads-{name}"));
        let driver = json!({
            "first_name": "Ada", "last_name": format!("Driver-{name}"),
            "professional_licence": licence, "departement": {"numero": "75"},
        });
        let vehicle = json!({
            "licence_plate": plate, "constructor": "Renault", "model": "Zoé", "color": "blue",
        });
        self.make(operator, Method::POST, "/drivers", driver).await;
        self.make(operator, Method::POST, "/vehicles", vehicle).await;
        self.make(operator, Method::POST, "/ads", json!({"numero": number, "insee": town})).await;
        let parts = json!({
            "driver": {"professional_licence": licence, "departement": "75"},
            "vehicle": {"licence_plate": plate},
            "ads": {"numero": number, "insee": town},
        });
        let bound = self.make(operator, Method::POST, "/taxis", parts).await;
        let id = bound.json()["data"][0]["id"].as_str().unwrap().to_owned();
        if taxi.free {
            let path = format!("/taxis/{id}");
            self.make(operator, Method::PUT, &path, json!({"status": "free"})).await;
        }
        if let Some(at) = taxi.at {
            self.report(operator, &id, at).await;
        }
        id
    }

    /// Says where a taxi is, as its operator would.
    pub(crate) async fn report(&self, operator: &str, taxi: &str, [lon, lat]: [f64; 2]) {
        let positions = json!({"positions": [{"taxi_id": taxi, "lon": lon, "lat": lat}]});
        self.make(operator, Method::POST, "/geotaxi", positions).await;
    }

    /// Hails a taxi as a client would, and gives the hail's id.
    pub(crate) async fn hail(&self, client: &str, taxi: &str) -> String {
        let hail = json!({
            "taxi_id": taxi, "customer_id": "ada", "customer_phone_number": "0611223344",
            "customer_lon": 2.35, "customer_lat": 48.86, "customer_address": "1 rue de Rivoli",
        });
        let made = self.make(client, Method::POST, "/hails", hail).await;
        made.json()["data"][0]["id"].as_str().unwrap().to_owned()
    }

    async fn make(&self, who: &str, method: Method, path: &str, element: Value) -> Answer {
        let call = Call {
            key: Some(key_of(who)),
            method,
            path: path.to_owned(),
            body: json!({"data": [element]}).to_string(),
            ..Call::default()
        };
        let answer = self.call(&call).await;
        assert!(answer.status.is_success(), "{call:?}\nis answered by\n{answer:?}");
        answer
    }

    /// Makes a call, and then does what is due.
    pub(crate) async fn call(&self, call: &Call) -> Answer {
        let mut request = Request::builder().method(&call.method).uri(&call.path);
        let headers = [
            ("x-api-key", &call.key),
            ("x-logas", &call.act_as),
            (CONTENT_TYPE.as_str(), &call.content_type),
        ];
        for (name, value) in headers {
            if let Some(value) = value {
                request = request.header(name, value);
            }
        }
        let request = request.body(Body::from(call.body.clone())).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let content_type = response.headers().get(CONTENT_TYPE);
        let content_type = content_type.map(|value| value.to_str().unwrap().to_owned());
        let status = response.status();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let body = String::from_utf8(body.into()).unwrap();
        self.settle().await;
        Answer { status, content_type: content_type.unwrap_or_default(), body }
    }

    /// Lets time pass, from one deadline to the next.
    pub(crate) async fn pass(&self, time: Duration) {
        let mut left = time;
        loop {
            let next = self.settle().await;
            if left.is_zero() {
                return;
            }
            let step = next.map_or(left, |next| next.min(left));
            self.clock.advance(TimeDelta::from_std(step).unwrap());
            left -= step;
        }
    }

    /// Says what an operator's server does from now on, also with the calls it has not answered.
    pub(crate) async fn server(&self, operator: &str, behaviour: Behaviour) {
        self.servers.set(operator, behaviour).await;
        self.settle().await;
    }

    /// Does all that is due, and tells how long until the next deadline.
    async fn settle(&self) -> Option<Duration> {
        loop {
            let work = self.app.tick().await.unwrap();
            if work.expired == 0 && work.calls.is_empty() {
                return work.next_in;
            }
            for hail in work.calls {
                let app = self.app.clone();
                let delivery = tokio::spawn(async move { app.deliver(hail).await.unwrap() });
                self.servers.answered_or_kept(delivery).await;
            }
        }
    }
}

fn insee(code: &str) -> InseeCode {
    code.parse().unwrap_or_else(|error| panic!("{error}"))
}

fn border([west, south, east, north]: Square) -> MultiPolygon<f64> {
    Rect::new((west, south), (east, north)).to_polygon().into()
}
