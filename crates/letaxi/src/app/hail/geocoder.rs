//! A reverse geocoder, as `operator` asks it.

use async_trait::async_trait;
use territory::Point;

/// Reasons of a geocoder that found no address. None holds a place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NoAnswer(pub String);

/// Finds addresses. `operator` asks one over HTTP.
#[async_trait]
pub trait Geocoder: Send + Sync {
    /// The address of a place; none if none is known there. Never takes longer than a second or so: a customer
    /// waits.
    async fn address(&self, point: Point) -> Result<Option<String>, NoAnswer>;
}
