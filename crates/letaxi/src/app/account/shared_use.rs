//! Limits of keys over several servers: each tells the others how many requests it has let through, and counts theirs as
//! its own. So a key is held to its limit within a second; without the bus each server counts alone.

use std::sync::atomic::Ordering;

use super::admission::nanoseconds;
use super::limits::{RequestKind, Usage};
use crate::app::App;
use crate::app::nodes::bus::UsedKey;

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
}
