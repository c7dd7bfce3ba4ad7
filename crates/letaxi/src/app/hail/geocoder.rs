//! A reverse geocoder, as `operator` asks it.

use async_trait::async_trait;
use territory::Point;

/// Reason for which a geocoder found no address. It contains no place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NoAnswer(pub String);

/// Finds addresses. `operator` implements it over HTTP.
#[async_trait]
pub trait Geocoder: Send + Sync {
    /// Address of a place; `None` if it has none. Takes about a second at most, because a customer is
    /// waiting.
    async fn address(&self, point: Point) -> Result<Option<String>, NoAnswer>;
}
