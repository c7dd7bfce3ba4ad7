//! A partner's calls to the registry's public interface, each timed, each failure counted.

use std::sync::Arc;
use std::time::Duration;

use dispatch::hail::Status;
use geo::Point;
use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use url::Url;

use crate::clock::Stopwatch;
use crate::figures::{Call, Figures};
use crate::hail::{Envelope, Hail};

/// Time after which a call counts as failed.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The registry's address and the HTTP client, shared by all partners.
#[derive(Clone, Debug)]
pub(crate) struct Registry {
    http: reqwest::Client,
    base: Url,
    figures: Arc<Figures>,
}

/// An account and its access to the registry.
#[derive(Clone, Debug)]
pub(crate) struct Partner {
    registry: Registry,
    email: String,
    key: String,
}

/// A call that did not give what was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Failure {
    #[error("no answer: {0}")]
    NoAnswer(String),
    #[error("{0} {1}")]
    Refused(StatusCode, String),
    #[error("the answer makes no sense: {0}")]
    Nonsense(String),
}

/// A taxi in the answer to a search.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct FoundTaxi {
    pub(crate) id: String,
    pub(crate) operator: String,
}

/// Identity of a taxi to be enrolled.
#[derive(Clone, Debug)]
pub(crate) struct Enrolment {
    pub(crate) plate: String,
    pub(crate) licence: String,
    pub(crate) number: String,
    pub(crate) town: String,
}

/// A customer who hails.
#[derive(Clone, Debug)]
pub(crate) struct Customer {
    pub(crate) id: String,
    pub(crate) at: Point<f64>,
    pub(crate) address: String,
}

impl Failure {
    pub(crate) fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Refused(status, _) => Some(*status),
            _ => None,
        }
    }

    /// True if a search was refused because it was made in an exclusion zone: the contract's 404,
    /// whose envelope a server that is not a registry would not send.
    pub(crate) fn is_about_exclusion(&self) -> bool {
        matches!(self, Self::Refused(StatusCode::NOT_FOUND, said) if said.contains("\"url\""))
    }

    /// True if the registry refuses this key, or refuses it this call.
    pub(crate) fn is_about_the_key(&self) -> bool {
        matches!(self.status(), Some(StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN))
    }
}

impl Registry {
    /// A client of the registry at `base`. Redirects are not followed: a partner's calls go where
    /// they were sent.
    pub(crate) fn new(mut base: Url, figures: Arc<Figures>) -> Result<Self, reqwest::Error> {
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("ring knows the default versions of TLS")
            .with_root_certificates(roots)
            .with_no_client_auth();
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .timeout(TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("letaxi-simulate/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { http, base, figures })
    }

    pub(crate) fn partner(&self, email: &str, key: &str) -> Partner {
        Partner { registry: self.clone(), email: email.to_owned(), key: key.to_owned() }
    }

    fn url(&self, path: &[&str]) -> Url {
        let mut url = self.base.clone();
        url.path_segments_mut().expect("the address is http(s)").pop_if_empty().extend(path);
        url
    }
}

impl Partner {
    pub(crate) fn email(&self) -> &str {
        &self.email
    }

    /// Counts a failure that nothing explains, with its text as an example.
    pub(crate) fn complain(&self, call: Call, failure: &Failure) {
        self.registry.figures.call_failed(call, &failure.to_string());
    }

    /// Enrols a taxi in four calls and returns its id. Failures are counted.
    pub(crate) async fn enrol(&self, taxi: &Enrolment) -> Result<String, (Call, Failure)> {
        let departement = departement(&taxi.town);
        let driver = json!({
            "first_name": "Sim", "last_name": taxi.number, "birth_date": "1980-01-01",
            "professional_licence": taxi.licence, "departement": {"numero": departement},
        });
        self.one::<Value>(Call::PostDrivers, &["drivers"], driver).await?;
        let vehicle = json!({
            "licence_plate": taxi.plate, "constructor": "Simulated", "model": "Taxi",
            "color": "grey", "nb_seats": 4,
        });
        let vehicle: EnrolledVehicle = self.one(Call::PostVehicles, &["vehicles"], vehicle).await?;
        let ads = json!({
            "numero": taxi.number, "insee": taxi.town, "vehicle_id": vehicle.id,
            "owner_name": "Simulated", "owner_type": "individual", "doublage": false,
        });
        self.one::<Value>(Call::PostAds, &["ads"], ads).await?;
        let enrolled = json!({
            "ads": {"numero": taxi.number, "insee": taxi.town},
            "driver": {"professional_licence": taxi.licence, "departement": departement},
            "vehicle": {"licence_plate": taxi.plate},
        });
        Ok(self.one::<EnrolledTaxi>(Call::PostTaxis, &["taxis"], enrolled).await?.id)
    }

    /// Sets the status a driver wishes: free, occupied or off.
    pub(crate) async fn put_taxi(&self, taxi: &str, status: &str) -> Result<(), Failure> {
        let path = self.registry.url(&["taxis", taxi]);
        self.ask(Call::PutTaxi, Method::PUT, path, Some(envelope(&json!({"status": status}))))
            .await?;
        Ok(())
    }

    /// Reports positions of taxis: 50 at most, the contract's limit.
    pub(crate) async fn report(&self, positions: &[(String, Point<f64>)]) -> Result<(), Failure> {
        let positions: Vec<_> = positions
            .iter()
            .map(|(taxi, at)| json!({"taxi_id": taxi, "lon": micro(at.x()), "lat": micro(at.y())}))
            .collect();
        let count = positions.len();
        let path = self.registry.url(&["geotaxi"]);
        let body = envelope(&json!({"positions": positions}));
        self.ask(Call::PostGeotaxi, Method::POST, path, Some(body)).await?;
        self.registry.figures.positions_sent(count);
        Ok(())
    }

    /// Looks for taxis near a point, nearest first.
    pub(crate) async fn search(&self, at: Point<f64>) -> Result<Vec<FoundTaxi>, Failure> {
        let mut url = self.registry.url(&["taxis"]);
        url.set_query(Some(&format!("lon={:.6}&lat={:.6}", at.x(), at.y())));
        parse::<FoundTaxi>(&self.ask(Call::GetTaxis, Method::GET, url, None).await?)
    }

    /// Hails a taxi.
    pub(crate) async fn hail(
        &self,
        taxi: &FoundTaxi,
        customer: &Customer,
    ) -> Result<Hail, Failure> {
        let body = envelope(&json!({
            "customer_id": customer.id, "customer_address": customer.address,
            "customer_lon": micro(customer.at.x()), "customer_lat": micro(customer.at.y()),
            "customer_phone_number": "0600000001", "taxi_id": taxi.id, "operateur": taxi.operator,
        }));
        let path = self.registry.url(&["hails"]);
        only(&self.ask(Call::PostHails, Method::POST, path, Some(body)).await?)
    }

    /// Looks how a hail stands.
    pub(crate) async fn look(&self, hail: &str) -> Result<Status, Failure> {
        let path = self.registry.url(&["hails", hail]);
        Ok(only::<Hail>(&self.ask(Call::GetHail, Method::GET, path, None).await?)?.status)
    }

    /// Takes a hail a step on, with the taxi's telephone number where one is given.
    pub(crate) async fn put_hail(
        &self,
        hail: &str,
        status: Status,
        taxi_phone: Option<&str>,
    ) -> Result<Status, Failure> {
        let mut change = json!({"status": status.word()});
        if let Some(phone) = taxi_phone {
            change["taxi_phone_number"] = json!(phone);
        }
        let path = self.registry.url(&["hails", hail]);
        Ok(only::<Hail>(
            &self.ask(Call::PutHail, Method::PUT, path, Some(envelope(&change))).await?,
        )?
        .status)
    }

    async fn one<T: DeserializeOwned>(
        &self,
        call: Call,
        path: &[&str],
        body: Value,
    ) -> Result<T, (Call, Failure)> {
        let path = self.registry.url(path);
        let answer = self.ask(call, Method::POST, path, Some(envelope(&body))).await;
        answer.and_then(|text| only(&text)).map_err(|failure| {
            self.complain(call, &failure);
            (call, failure)
        })
    }

    async fn ask(
        &self,
        call: Call,
        method: Method,
        url: Url,
        body: Option<Value>,
    ) -> Result<String, Failure> {
        let mut request = self.registry.http.request(method, url).header("X-Api-Key", &self.key);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let watch = Stopwatch::start();
        let response = request.send().await.map_err(|error| Failure::NoAnswer(chain(&error)))?;
        let status = response.status();
        let text = response.text().await.map_err(|error| Failure::NoAnswer(chain(&error)))?;
        self.registry.figures.call_took(call, watch.elapsed());
        if status.is_success() { Ok(text) } else { Err(Failure::Refused(status, text)) }
    }
}

#[derive(Deserialize)]
struct EnrolledVehicle {
    id: i64,
}

#[derive(Deserialize)]
struct EnrolledTaxi {
    id: String,
}

fn envelope(element: &Value) -> Value {
    json!({"data": [element]})
}

fn parse<T: DeserializeOwned>(text: &str) -> Result<Vec<T>, Failure> {
    let envelope: Envelope<T> = serde_json::from_str(text)
        .map_err(|error| Failure::Nonsense(format!("{error}: {text}")))?;
    Ok(envelope.data)
}

fn only<T: DeserializeOwned>(text: &str) -> Result<T, Failure> {
    parse(text)?.pop().ok_or_else(|| Failure::Nonsense(format!("empty: {text}")))
}

/// The département of a town: the first digits of its code.
fn departement(town: &str) -> &str {
    let digits = if town.starts_with("97") { 3 } else { 2 };
    town.get(..digits).unwrap_or(town)
}

/// Degrees to the tenth of a metre, as telephones send them.
fn micro(degrees: f64) -> f64 {
    (degrees * 1e6).round() / 1e6
}

/// An error with its causes, since the outermost only says that sending failed.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_town_lies_in_the_departement_of_its_first_digits() {
        assert_eq!(departement("75056"), "75");
        assert_eq!(departement("2A004"), "2A");
        assert_eq!(departement("97411"), "974");
    }

    #[test]
    fn the_registry_may_live_under_a_path() {
        for base in ["http://localhost:5000/api", "http://localhost:5000/api/"] {
            let registry = Registry::new(base.parse().unwrap(), Arc::default()).unwrap();
            assert_eq!(
                registry.url(&["hails", "a/b"]).as_str(),
                "http://localhost:5000/api/hails/a%2Fb"
            );
        }
        let registry =
            Registry::new("http://localhost:5000".parse().unwrap(), Arc::default()).unwrap();
        assert_eq!(registry.url(&["taxis"]).as_str(), "http://localhost:5000/taxis");
    }
}
