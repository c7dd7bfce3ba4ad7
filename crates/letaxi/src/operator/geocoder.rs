//! Client of a reverse geocoder with the interface of the Base Adresse Nationale: `GET
//! {url}/reverse/?lon=…&lat=…` returns GeoJSON whose nearest feature comes first.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;
use territory::Point;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::answer;
use super::guard::Guard;
use crate::app::hail::geocoder::{Geocoder, NoAnswer};

/// Time limit of a request: a customer is waiting.
pub const GEOCODER_LIMIT: Duration = Duration::from_secs(1);
/// Maximum number of concurrent requests; further requests wait.
const AT_ONCE: usize = 32;
/// Maximum length of an address, in characters.
const ADDRESS_LIMIT: usize = 255;

/// Client of one geocoder.
pub struct GeocoderClient {
    guard: Guard,
    url: String,
    permits: Semaphore,
}

impl GeocoderClient {
    /// Creates a client of the geocoder at a URL; a private one must be listed.
    pub fn new(guard: Guard, url: &str) -> Self {
        let url = url.trim_end_matches('/').to_owned();
        Self { guard, url, permits: Semaphore::new(AT_ONCE) }
    }

    async fn ask(&self, point: Point) -> Result<Value, String> {
        let _permit = self.permits.acquire().await.map_err(|closed| closed.to_string())?;
        let url = format!("{}/reverse/?lon={}&lat={}", self.url, point.lon(), point.lat());
        let refused = |error: super::Refused| format!("the setting geocoder: {error}");
        let endpoint = self.guard.read(&url).map_err(refused)?;
        let client = self.guard.client(None, &endpoint).await.map_err(refused)?;
        let response = client.get(endpoint.url).send().await;
        let response = response.map_err(|error| super::reason::reason_of(error).to_string())?;
        answer::read(response).await.map_err(|reason| reason.to_string())
    }
}

#[async_trait]
impl Geocoder for GeocoderClient {
    async fn address(&self, point: Point) -> Result<Option<String>, NoAnswer> {
        let answer = timeout(GEOCODER_LIMIT, self.ask(point)).await;
        let answer = answer.unwrap_or_else(|_late| {
            Err(format!("no answer within {} s", GEOCODER_LIMIT.as_secs()))
        });
        Ok(label(&answer.map_err(NoAnswer)?))
    }
}

fn label(answer: &Value) -> Option<String> {
    let label = answer.pointer("/features/0/properties/label")?.as_str()?.trim();
    let fits = label.chars().count() <= ADDRESS_LIMIT && !label.contains(char::is_control);
    (fits && !label.is_empty()).then(|| label.to_owned())
}
