//! All of memory compared with the database, when changes of other servers may have been missed.

use std::collections::{BTreeMap, BTreeSet};

use registry::directory::TaxiEntry;

use super::follow::Stale;
use crate::app::App;

impl App {
    /// Compares all of memory with the database, and reads again what differs: not what the comparison has read, which may
    /// be older than a change of this server.
    pub(super) async fn compare_all(&self) -> storage::Result<()> {
        self.details_cache.forget_all();
        self.compare_taxis().await?;
        let (mut stale, mut closed) = (Stale::new(), BTreeMap::new());
        self.directory.fleet().each_vehicle(|vehicle, accounts, open| {
            stale.insert(vehicle, accounts.collect());
            closed.extend(open.map(|hail| (vehicle, hail)));
        });
        let mut operators = BTreeMap::new();
        for (vehicle, description) in self.store.descriptions().await? {
            operators.insert(vehicle.id, description.account);
            let known = self.directory.description(vehicle.id, description.account);
            let same = known.is_some_and(|known| *known == self.entry_of(&vehicle, &description));
            let accounts = stale.entry(vehicle.id).or_default();
            if same {
                accounts.remove(&description.account);
            } else {
                accounts.insert(description.account);
            }
        }
        stale.retain(|_, accounts| !accounts.is_empty());
        for (vehicle, hail) in self.store.open_hails().await? {
            if closed.remove(&vehicle) != Some(hail) {
                stale.entry(vehicle).or_default().extend(operators.get(&vehicle));
            }
        }
        for vehicle in closed.into_keys() {
            stale.entry(vehicle).or_default().extend(operators.get(&vehicle));
        }
        self.read_vehicles_again(&stale).await
    }

    async fn compare_taxis(&self) -> storage::Result<()> {
        let mut known = BTreeMap::new();
        self.directory.each_taxi(|id, taxi| {
            known.insert(id, *taxi);
        });
        let mut differ = BTreeSet::new();
        for taxi in self.store.taxis().await? {
            let known = known.remove(&taxi.id);
            let now = self.taxi_entry(&taxi);
            // Each server sees taxis at its own times.
            let is_same = |known| TaxiEntry { last_seen_at: now.last_seen_at, ..known } == now;
            if !known.is_some_and(is_same) {
                differ.insert(taxi.id);
            }
        }
        differ.extend(known.into_keys());
        self.read_taxis_again(&differ.into_iter().collect::<Vec<_>>()).await
    }
}
