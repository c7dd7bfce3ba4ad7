//! Limits of keys and of addresses over several servers: each tells the others how many requests it has let through, and
//! counts theirs as its own. So a key is held to its limit within a second; without the bus each server counts alone.

use std::sync::atomic::Ordering;

use super::admission::nanoseconds;
use super::limits::{Bucket, MOST_REMEMBERED, RequestKind, Usage};
use super::origin::Origin;
use crate::app::App;
use crate::app::nodes::bus::{UsedAddress, UsedKey};

impl Usage {
    /// Requests that other servers were not told of yet.
    pub(in crate::app) fn take_untold(&self) -> Vec<UsedKey> {
        let mut used = Vec::new();
        for entry in &self.keys {
            for kind in [RequestKind::Positions, RequestKind::Other] {
                let requests = entry.untold(kind).swap(0, Ordering::Relaxed);
                if requests > 0 {
                    used.push(UsedKey { digest: *entry.key(), kind, requests });
                }
            }
        }
        used
    }

    /// Counts a request without a valid key for the other servers. An origin that cannot be read has a name in this process
    /// only.
    pub(super) fn note_stranger(&self, from: Origin) {
        let Origin::Network(address) = from else { return };
        let untold = &self.untold_strangers;
        if untold.len() < MOST_REMEMBERED || untold.contains_key(&address) {
            *untold.entry(address).or_default() += 1;
        }
    }

    /// Requests without a valid key that other servers were not told of yet.
    pub(in crate::app) fn take_untold_strangers(&self) -> Vec<UsedAddress> {
        let mut used = Vec::new();
        self.untold_strangers.retain(|address, requests| {
            used.push(UsedAddress { address: *address, requests: *requests });
            false
        });
        used
    }
}

impl App {
    /// Counts requests that other servers have let through; returns their number.
    pub(in crate::app) fn note_use_elsewhere(&self, used: &[UsedKey]) -> u64 {
        let mut counted = 0;
        let now_ns = nanoseconds(self.now());
        for key in used {
            let Some(owner) = self.directory.account_of_key(&key.digest) else { continue };
            let Some(rate) = self.settings.limits.of(key.kind, &owner) else { continue };
            let usage = self.usage.keys.entry(key.digest).or_default();
            usage.bucket(key.kind).take_many(rate, key.requests, now_ns);
            counted += u64::from(key.requests);
        }
        counted
    }

    /// Counts requests without a valid key that other servers have let through; returns their number.
    pub(in crate::app) fn note_strangers_elsewhere(&self, used: &[UsedAddress]) -> u64 {
        let Some(rate) = self.settings.limits.of_stranger() else { return 0 };
        let now_ns = nanoseconds(self.now());
        for used in used {
            let take = |bucket: &Bucket| bucket.take_many(rate, used.requests, now_ns);
            self.usage.strangers.with(Origin::of(used.address), take);
        }
        used.iter().map(|used| u64::from(used.requests)).sum()
    }
}
