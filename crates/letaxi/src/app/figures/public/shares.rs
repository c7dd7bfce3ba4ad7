//! Shares of the large towns' licences that have registered taxis.
//!
//! Both sides of a share count the same thing. Once a large town has a list of its licences, its share counts listed
//! licences: all of them below, and those with a registered taxi above, each once for all operators. Of the towns that
//! share its taxis only those with a list count, on both sides, because most of them issue few licences or none and
//! send no list. Without a list of the large town itself, registered taxis are compared with the number in the national
//! register.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{Months, NaiveDate};
use registry::Time;
use registry::licence::plain_number;
use territory::InseeCode;

use super::{GREAT_TOWNS, GreatTown, Licences, MONTHS};
use crate::app::App;
use crate::app::figures::first_of_month;

/// Share of one large town, before it is computed for a month.
pub(super) struct Share {
    /// Licences below.
    pub(super) of: Licences,
    /// Times since which licences (or, without a list, taxis) above are registered.
    since: Vec<Time>,
}

/// Registration of the first taxi with each listed licence, by town and [`plain_number`].
type Listed = BTreeMap<InseeCode, HashMap<String, Option<Time>>>;

impl App {
    /// The shares of the large towns, in their order.
    pub(super) async fn shares(&self) -> storage::Result<Vec<Share>> {
        let towns: Vec<_> = GREAT_TOWNS.iter().map(|great| self.towns_with(great.code)).collect();
        let listed = self.licences_since(&towns).await?;
        let mut taxis = self.taxis_since(&towns);
        let shares = GREAT_TOWNS.iter().enumerate().map(|(place, great)| {
            let lists: Listed = if has_list(great, &listed) {
                let of_it = listed.iter().filter(|(town, _)| towns[place].contains(town));
                of_it.map(|(town, numbers)| (*town, numbers.clone())).collect()
            } else {
                Listed::new()
            };
            let taxis = std::mem::take(&mut taxis[place]);
            share(great, lists, taxis)
        });
        Ok(shares.collect())
    }

    /// The shares as percentages, by month and word of the town.
    pub(super) fn connected_percent(
        &self,
        shares: &[Share],
    ) -> Vec<(NaiveDate, Vec<(&'static str, f64)>)> {
        let this_month = first_of_month(self.today());
        let months = (0..=MONTHS).rev().map(|back| this_month - Months::new(back));
        let months = months.map(|month| {
            (month, shares.iter().filter_map(|share| share.percent(month)).collect::<Vec<_>>())
        });
        months.filter(|(_, percents)| !percents.is_empty()).collect()
    }

    async fn licences_since(&self, towns: &[HashSet<InseeCode>]) -> storage::Result<Listed> {
        let towns: Vec<_> = towns.iter().flatten().copied().collect();
        let mut all = Listed::new();
        if towns.is_empty() {
            return Ok(all);
        }
        for licence in self.store.listed_licences(Some(&towns)).await? {
            all.entry(licence.town).or_default().insert(plain_number(&licence.number), None);
        }
        let towns: Vec<_> = all.keys().copied().collect();
        if towns.is_empty() {
            return Ok(all);
        }
        for licence in self.store.registered_licences(Some(&towns)).await? {
            let numbers = all.get_mut(&licence.town);
            let since = numbers.and_then(|all| all.get_mut(&plain_number(&licence.number)));
            if let Some(since) = since {
                *since = since.iter().copied().chain(licence.since).min();
            }
        }
        Ok(all)
    }

    /// Registrations of the taxis of each group of towns.
    fn taxis_since(&self, towns: &[HashSet<InseeCode>]) -> Vec<Vec<Time>> {
        // Indices of the groups by town: one lookup per taxi.
        let mut places: HashMap<InseeCode, Vec<usize>> = HashMap::new();
        for (place, towns) in towns.iter().enumerate() {
            for town in towns {
                places.entry(*town).or_default().push(place);
            }
        }
        let mut taxis = vec![Vec::new(); towns.len()];
        self.directory.each_taxi(|_, taxi| {
            for place in places.get(&taxi.town).into_iter().flatten() {
                taxis[*place].push(taxi.added_at);
            }
        });
        taxis
    }
}

/// True if the large town itself has a list: lists of its neighbours alone tell little of it.
fn has_list(great: &GreatTown, listed: &Listed) -> bool {
    listed.contains_key(&great.code.parse().expect("it is a code"))
}

fn share(town: &'static GreatTown, lists: Listed, taxis: Vec<Time>) -> Share {
    if lists.is_empty() {
        let of = Licences { town, number: town.licences, listed_by: Vec::new() };
        return Share { of, since: taxis };
    }
    let number = lists.values().map(HashMap::len).sum();
    let of = Licences { town, number, listed_by: lists.keys().copied().collect() };
    let since = lists.into_values().flat_map(HashMap::into_values).flatten().collect();
    Share { of, since }
}

impl Share {
    /// Percentage at the begin of a month, to two decimals; `None` if nothing was registered.
    fn percent(&self, month: NaiveDate) -> Option<(&'static str, f64)> {
        let registered = self.since.iter().filter(|since| since.date_naive() < month).count();
        let percent = 100.0 * registered as f64 / self.of.number as f64;
        (registered > 0).then_some((self.of.town.word, (percent * 100.0).round() / 100.0))
    }
}
