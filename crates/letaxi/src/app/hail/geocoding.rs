//! Geocoding: the address of a hail that lacks one.

use territory::Point;

use crate::app::App;

impl App {
    /// Address of a place, if a geocoder is set and knows one.
    pub(in crate::app) async fn address_of(&self, point: Point) -> Option<String> {
        match self.geocoder.as_ref()?.address(point).await {
            Ok(Some(address)) => return Some(address),
            Ok(None) => tracing::info!("the geocoder knows no address where a customer waits"),
            Err(error) => tracing::warn!(%error, "the geocoder did not answer"),
        }
        None
    }
}
