//! Visits of people at the identity provider, from the redirect to the return.

use async_trait::async_trait;
use registry::Time;
use registry::directory::KeyDigest;

use crate::Result;

/// A visit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderVisit {
    /// Digest of the state that the provider gives back.
    pub digest: KeyDigest,
    /// Digest of the cookie of the browser in which it began.
    pub browser: KeyDigest,
    /// Its end and its secrets, sealed.
    pub sealed: Vec<u8>,
    /// It is valid before this time.
    pub until: Time,
}

/// Visits. Each ends once.
#[async_trait]
pub trait ProviderVisits {
    /// Adds a visit. Those that have expired go, and the oldest beyond `most`.
    async fn add_visit(&self, visit: &ProviderVisit, most: u32, now: Time) -> Result<()>;

    /// Ends the visit of this state and this browser, and returns what it sealed, if it is valid. In another browser it
    /// stays.
    async fn end_visit(
        &self,
        digest: &KeyDigest,
        browser: &KeyDigest,
        now: Time,
    ) -> Result<Option<Vec<u8>>>;
}
