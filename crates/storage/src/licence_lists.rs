//! Towns' lists of their licences (ADS), to be compared with those that operators register.

use async_trait::async_trait;
use registry::Time;
use territory::InseeCode;

use crate::Result;

/// A licence on the list of its town.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedLicence {
    /// The town that issued it.
    pub town: InseeCode,
    /// Number, as the town writes it.
    pub number: String,
    /// Import of the list.
    pub listed_at: Time,
}

/// A licence that an operator registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisteredLicence {
    /// The town that issued it.
    pub town: InseeCode,
    /// Number, as the operator writes it.
    pub number: String,
    /// Registration of the first of its taxis; `None` if it is in no taxi.
    pub since: Option<Time>,
    /// Last connection of a taxi with this licence; `None` if it is in no taxi.
    pub last_seen_at: Option<Time>,
}

/// Questions about lists of licences. They are changed by an import of territory.
#[async_trait]
pub trait LicenceLists {
    /// The listed licences of these towns, or of all towns, by town and number.
    async fn listed_licences(&self, towns: Option<&[InseeCode]>) -> Result<Vec<ListedLicence>>;

    /// The registered licences of these towns, or of all towns, by town and number, each once for each account.
    async fn registered_licences(
        &self,
        towns: Option<&[InseeCode]>,
    ) -> Result<Vec<RegisteredLicence>>;
}
