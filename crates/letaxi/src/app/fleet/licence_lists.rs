//! Comparison of the licences that towns list with those that operators register.
//!
//! Each town's list is the denominator of its share of connected licences.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use registry::Time;
use registry::licence::plain_number;
use territory::InseeCode;

use crate::app::App;

/// Age of the last connection up to which a licence counts as connected.
const CONNECTED_FOR: TimeDelta = TimeDelta::days(1);

/// Comparison of one town's list with its registered licences. Numbers are compared by
/// [`plain_number`], and shown as they are written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LicenceComparison {
    /// Import of the list; `None` if the town has none.
    pub listed_at: Option<Time>,
    /// Number of licences on the list.
    pub listed: usize,
    /// Number of registered licences, each once.
    pub registered: usize,
    /// Number of listed licences whose taxi was connected in the last day.
    pub connected: usize,
    /// Numbers of listed licences that nobody registered.
    pub not_registered: Vec<String>,
    /// Numbers of registered licences that the list lacks.
    pub not_listed: Vec<String>,
}

/// A licence by its plain number.
#[derive(Default)]
struct Compared {
    listed: Option<String>,
    registered: Option<String>,
    is_connected: bool,
}

impl App {
    /// Compares the lists of a town, or of all towns with a list, with the registered licences.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn compare_licences(
        &self,
        town: Option<InseeCode>,
    ) -> storage::Result<BTreeMap<InseeCode, LicenceComparison>> {
        let towns_asked = town.as_ref().map(std::slice::from_ref);
        let connected_since = self.now() - CONNECTED_FOR;
        let mut towns = BTreeMap::<InseeCode, (Option<Time>, BTreeMap<String, Compared>)>::new();
        for licence in self.store.listed_licences(towns_asked).await? {
            let (listed_at, numbers) = towns.entry(licence.town).or_default();
            *listed_at = (*listed_at).max(Some(licence.listed_at));
            let plain = plain_number(&licence.number);
            numbers.entry(plain).or_default().listed = Some(licence.number);
        }
        for licence in self.store.registered_licences(towns_asked).await? {
            // Towns without a list have nothing to be compared with.
            let Some((_, numbers)) = towns.get_mut(&licence.town) else { continue };
            let compared = numbers.entry(plain_number(&licence.number)).or_default();
            compared.registered.get_or_insert(licence.number);
            compared.is_connected |= licence.last_seen_at.is_some_and(|at| at >= connected_since);
        }
        let compared = towns.into_iter().map(|(town, (listed_at, numbers))| {
            (town, LicenceComparison { listed_at, ..compare(numbers.into_values()) })
        });
        Ok(compared.collect())
    }
}

fn compare(licences: impl Iterator<Item = Compared>) -> LicenceComparison {
    let mut all = LicenceComparison::default();
    for licence in licences {
        all.listed += usize::from(licence.listed.is_some());
        all.registered += usize::from(licence.registered.is_some());
        match (licence.listed, licence.registered) {
            (Some(_), Some(_)) => all.connected += usize::from(licence.is_connected),
            (Some(number), None) => all.not_registered.push(number),
            (None, Some(number)) => all.not_listed.push(number),
            (None, None) => {}
        }
    }
    all
}
