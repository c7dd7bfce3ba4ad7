//! Semaphores by key: a slow endpoint, or an account with slow names, delays nobody else.

use std::hash::Hash;
use std::sync::Arc;

use dashmap::DashMap;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Limit of keys; above it those without a permit are forgotten.
const KEYS_KEPT: usize = 1_024;

/// A semaphore for each key.
pub(super) struct Permits<K: Eq + Hash> {
    each: usize,
    semaphores: DashMap<K, Arc<Semaphore>>,
}

impl<K: Eq + Hash> Permits<K> {
    /// Semaphores of so many permits each.
    pub(super) fn new(each: usize) -> Self {
        Self { each, semaphores: DashMap::new() }
    }

    /// Waits for a permit of a key.
    pub(super) async fn acquire(&self, key: K) -> OwnedSemaphorePermit {
        if self.semaphores.len() >= KEYS_KEPT {
            // Whoever waits for a permit, or has one, holds its semaphore, too.
            self.semaphores.retain(|_, semaphore| Arc::strong_count(semaphore) > 1);
        }
        let semaphore = self.semaphores.entry(key);
        let semaphore = semaphore.or_insert_with(|| Arc::new(Semaphore::new(self.each))).clone();
        semaphore.acquire_owned().await.expect("no semaphore is ever closed")
    }
}
