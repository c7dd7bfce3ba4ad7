//! A map behind a lock that is held only for a lookup or the swap of one entry.

use std::borrow::Borrow;
use std::hash::Hash;
use std::sync::{PoisonError, RwLock};

use foldhash::HashMap;

/// A concurrent map; values are cloned out.
#[derive(Debug)]
pub(super) struct Table<K, V>(RwLock<HashMap<K, V>>);

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self(RwLock::default())
    }
}

// No foreign code runs and none panics under the lock, so a poisoned lock still guards a consistent map.
impl<K: Eq + Hash, V: Clone> Table<K, V> {
    pub(super) fn get<Q>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    pub(super) fn put(&self, key: K, value: V) -> Option<V> {
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(key, value)
    }

    pub(super) fn take<Q>(&self, key: &Q)
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.0.write().unwrap_or_else(PoisonError::into_inner).remove(key);
    }

    pub(super) fn set(&self, entries: impl IntoIterator<Item = (K, V)>) {
        let fresh = entries.into_iter().collect();
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = fresh;
    }

    pub(super) fn values(&self) -> Vec<V> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }
}
