//! The address of a place, for hails that come without one.

use async_trait::async_trait;
use territory::Point;

use crate::app::App;

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

impl App {
    /// The address of a place, if there is a geocoder and it knows one.
    pub(in crate::app) async fn address_of(&self, point: Point) -> Option<String> {
        match self.geocoder.as_ref()?.address(point).await {
            Ok(Some(address)) => return Some(address),
            Ok(None) => tracing::info!("the geocoder knows no address where a customer waits"),
            Err(error) => tracing::warn!(%error, "the geocoder did not answer"),
        }
        None
    }
}
