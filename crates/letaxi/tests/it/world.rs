//! A registry for each test: a fresh database, a manual clock, fake operators' servers, and the real service,
//! called without a socket.
//!
//! Only outside parties are fakes. Due work is done before a call returns, so no test waits.

mod call;
mod hails;
mod land;
mod mailbox;
mod nats;
mod nodes;
mod phone;
mod schemas;
mod servers;
mod statements;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{Method, Request};
use chrono::{DateTime, TimeDelta, Utc};
use http_body_util::BodyExt;
use letaxi::app::account::limits::Limits;
use letaxi::app::account::post::Post;
use letaxi::app::account::provider::Provider;
use letaxi::app::account::secrets::Secrets;
use letaxi::app::clock::{Clock, HandClock};
use letaxi::app::nodes::Membership;
use letaxi::app::{App, Parts, Settings};
use letaxi::contract;
use letaxi::server::listener::{self, Connections};
use letaxi::service;
use registry::{AccountFields, AccountId, Password, Role};
use serde_json::{Value, json};
use storage::Store;
use storage::territory_rows::TerritoryImport;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tower::ServiceExt;

pub(crate) use call::{Answer, Call};
use land::Land;
pub(crate) use land::{NewRank, Square, Stand};
pub(crate) use nats::Nats;
pub(crate) use nodes::{Running, shared_url};
pub(crate) use phone::code;
pub(crate) use schemas::{postgres, sql};
pub(crate) use servers::Behaviour;
use servers::Servers;

/// Engine of a test's database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

/// Name of the integration account, if a test creates it.
pub(crate) const INTEGRATION_ACCOUNT: &str = "integration";

/// Default name of the customer of every client.
pub(crate) const CUSTOMER: &str = "ada";

/// Secret key of all tests, so that a registry can be restarted.
static SECRET: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().unwrap());

/// A taxi to be registered.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct NewTaxi<'a> {
    /// Name in the test; also used for its licence, its driver and its vehicle.
    pub(crate) name: &'a str,
    /// Town of its licence; `None`: the first town.
    pub(crate) town: Option<&'a str>,
    /// Plate of its vehicle; `None`: a plate of its own.
    pub(crate) plate: Option<&'a str>,
    /// True if its driver is looking for customers.
    pub(crate) free: bool,
    /// Position, if any: longitude and latitude.
    pub(crate) at: Option<[f64; 2]>,
}

/// A registry with its partners.
pub(crate) struct World {
    /// Address of its database.
    url: String,
    pub(crate) app: Arc<App>,
    router: Router,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: HandClock,
    settings: Settings,
    pub(crate) servers: Arc<Servers>,
    post: Option<Arc<dyn Post>>,
    provider: Option<Arc<dyn Provider>>,
    accounts: BTreeMap<String, AccountId>,
    land: Land,
}

/// The key of an account of a test.
pub(crate) fn key_of(name: &str) -> String {
    format!("key of {name}")
}

/// The e-mail address of an account of a test.
pub(crate) fn email_of(name: &str) -> String {
    format!("{name}@example.org")
}

/// File of the secret key of all tests.
pub(crate) fn secret_file() -> PathBuf {
    SECRET.path().join("letaxi.key")
}

fn noon() -> DateTime<Utc> {
    "2024-02-29T12:00:00Z".parse().unwrap()
}

async fn open(
    store: &Arc<dyn Store>,
    clock: &HandClock,
    settings: &Settings,
    servers: &Arc<Servers>,
    post: Option<&Arc<dyn Post>>,
    provider: Option<&Arc<dyn Provider>>,
    membership: Option<&Membership>,
) -> Arc<App> {
    let parts = Parts {
        store: store.clone(),
        clock: Clock::Hand(clock.clone()),
        secrets: Secrets::open(&secret_file(), true).unwrap(),
        settings: settings.clone(),
        wording: contract::WORDING,
        operators: servers.clone(),
        geocoder: None,
        post: post.cloned(),
        provider: provider.cloned(),
        membership: membership.cloned(),
    };
    // Boxed, as the work of a tick: stories would carry the whole of it in their futures.
    Box::pin(App::start(parts)).await.unwrap()
}

impl World {
    /// An empty registry. It is noon.
    pub(crate) async fn new(engine: Engine) -> Self {
        Self::at(&Self::fresh_url(engine)).await
    }

    /// Address of an empty database.
    pub(crate) fn fresh_url(engine: Engine) -> String {
        match engine {
            Engine::Sqlite => "sqlite::memory:".to_owned(),
            Engine::Postgres => schemas::fresh_schema(),
        }
    }

    /// Like [`World::new`], in the database at an address.
    pub(crate) async fn at(url: &str) -> Self {
        let store = storage::open(url).await.unwrap();
        let (clock, servers) = (HandClock::at(noon()), Arc::<Servers>::default());
        let settings = Settings {
            integration_account: Some(email_of(INTEGRATION_ACCOUNT)),
            // The clock stands still unless it is moved, and nothing is earned meanwhile: on a fast
            // machine a story of many calls would be told to wait.
            limits: Limits::default(),
            ..Settings::default()
        };
        let app = open(&store, &clock, &settings, &servers, None, None, None).await;
        Self {
            url: url.to_owned(),
            router: service::router(app.clone()),
            app,
            store,
            clock,
            settings,
            servers,
            post: None,
            provider: None,
            accounts: BTreeMap::new(),
            land: Land::default(),
        }
    }

    /// Ends the process and starts another one on the same database.
    pub(crate) async fn restart(&mut self) {
        self.servers.drop_calls();
        self.app = self.command().await;
        self.router = service::router(self.app.clone());
        self.settle().await;
    }

    /// Another process on the same database, such as a command beside a running server.
    pub(crate) async fn command(&self) -> Arc<App> {
        let (post, provider) = (self.post.as_ref(), self.provider.as_ref());
        open(&self.store, &self.clock, &self.settings, &self.servers, post, provider, None).await
    }

    /// Restarts the process with other settings.
    pub(crate) async fn set(&mut self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.settings);
        self.restart().await;
    }

    /// Restarts the process with an identity provider.
    pub(crate) async fn provide(&mut self, provider: impl Provider + 'static) {
        self.provider = Some(Arc::new(provider));
        self.restart().await;
    }

    /// The service.
    pub(crate) fn router(&self) -> Router {
        self.router.clone()
    }

    /// The use cases of the service.
    pub(crate) fn app(&self) -> Arc<App> {
        self.app.clone()
    }

    /// The store of the use cases.
    pub(crate) fn store(&self) -> &dyn Store {
        &*self.store
    }

    /// Closes the database of a running registry.
    pub(crate) async fn break_database(&self) {
        self.store.close().await;
    }

    /// Closes the database.
    pub(crate) async fn close(self) {
        self.store.close().await;
    }

    /// Creates an account. An operator's server accepts hails by default.
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

    /// Changes an account.
    pub(crate) async fn change_account(
        &self,
        name: &str,
        change: impl Fn(&mut AccountFields) + Send + Sync,
    ) {
        self.app.update_account(self.accounts[name], &change).await.unwrap();
    }

    /// Makes an account the manager of another.
    pub(crate) async fn manages(&self, manager: &str, name: &str) {
        let manager = self.accounts[manager];
        self.change_account(name, |fields| fields.manager = Some(manager)).await;
    }

    /// Sets the password of an account.
    pub(crate) async fn password(&self, name: &str, password: &str) {
        let password = Password::new(password).unwrap();
        self.app.set_password(self.accounts[name], Some(&password)).await.unwrap();
    }

    /// The id of an account.
    pub(crate) fn account_id(&self, name: &str) -> AccountId {
        self.accounts[name]
    }

    /// The import after a change of the territory.
    pub(crate) fn import(&mut self, change: impl FnOnce(&mut Land)) -> TerritoryImport {
        change(&mut self.land);
        self.land.import()
    }

    /// Imports a change of the territory.
    pub(crate) async fn land(&mut self, change: impl FnOnce(&mut Land)) {
        let import = self.import(change);
        self.store.import_territory(import, &|_| {}).await.unwrap();
        self.settle().await;
    }

    /// Registers a taxi like its operator, and returns its id.
    pub(crate) async fn taxi(&self, operator: &str, taxi: &NewTaxi<'_>) -> String {
        let name = taxi.name;
        let town = taxi.town.unwrap_or_else(|| self.land.first_town());
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

    /// Reports a position like the taxi's operator.
    pub(crate) async fn report(&self, operator: &str, taxi: &str, [lon, lat]: [f64; 2]) {
        let positions = json!({"positions": [{"taxi_id": taxi, "lon": lon, "lat": lat}]});
        self.make(operator, Method::POST, "/geotaxi", positions).await;
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

    /// Runs the work of the next second.
    pub(crate) async fn tick(&self) {
        self.settle().await;
    }

    /// Moves the clock, without the work that becomes due.
    pub(crate) fn move_clock(&self, by: Duration) {
        self.clock.advance(TimeDelta::from_std(by).unwrap());
    }

    /// Serves on a socket until the test ends.
    pub(crate) async fn serve(&self, connections: Connections) -> SocketAddr {
        Self::serve_by(self.router.clone(), connections).await
    }

    /// Serves a process on a socket until the test ends.
    pub(crate) async fn serve_by(router: Router, connections: Connections) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stopper, stop) = watch::channel(false);
        let serving = listener::serve(listener, router, connections, stop);
        tokio::spawn(async move {
            let _never_stopped = stopper;
            serving.await;
        });
        address
    }

    /// Makes a call, and then does the due work.
    pub(crate) async fn call(&self, call: &Call) -> Answer {
        let answer = self.answer(call).await;
        self.settle().await;
        answer
    }

    /// Number of SQL statements of a successful call.
    pub(crate) async fn statements_of(&self, call: &Call) -> u32 {
        let (answer, statements) = statements::counted(self.answer(call)).await;
        assert!(answer.status.is_success(), "{call:?}\nis answered by\n{answer:?}");
        self.settle().await;
        statements
    }

    /// Number of SQL statements by which memory catches up with the database.
    pub(crate) async fn statements_to_sync(&self) -> u32 {
        let (synced, statements) = statements::counted(self.app.sync_memory()).await;
        synced.unwrap();
        statements
    }

    /// Makes a call, without the due work.
    pub(crate) async fn answer(&self, call: &Call) -> Answer {
        Self::answer_by(&self.router, call).await
    }

    /// Makes a call with a body of bytes.
    pub(crate) async fn answer_bytes(&self, call: &Call, body: &[u8]) -> Answer {
        Self::answer_body(&self.router, call, Body::from(body.to_vec())).await
    }

    /// Makes a call to a process.
    pub(crate) async fn answer_by(router: &Router, call: &Call) -> Answer {
        Self::answer_body(router, call, Body::from(call.body.clone())).await
    }

    async fn answer_body(router: &Router, call: &Call, body: Body) -> Answer {
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
        for (name, value) in &call.headers {
            request = request.header(*name, value);
        }
        let request = request.body(body).unwrap();
        let response = router.clone().oneshot(request).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let content_type = headers.get(CONTENT_TYPE);
        let content_type = content_type.map(|value| value.to_str().unwrap().to_owned());
        let bytes: Vec<u8> = response.into_body().collect().await.unwrap().to_bytes().into();
        let body = str::from_utf8(&bytes).unwrap_or_default().to_owned();
        Answer { status, headers, content_type: content_type.unwrap_or_default(), body, bytes }
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

    /// Sets the behaviour of an operator's server, also for the calls that it has not answered.
    pub(crate) async fn server(&self, operator: &str, behaviour: Behaviour) {
        self.servers.set(operator, behaviour).await;
        self.settle().await;
    }

    /// Does all due work, and returns the time until the next deadline.
    async fn settle(&self) -> Option<Duration> {
        loop {
            self.app.sync_memory().await.unwrap();
            let work = Box::pin(self.app.tick()).await.unwrap();
            Box::pin(self.app.count()).await.unwrap();
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
