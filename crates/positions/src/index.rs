//! The index: the newest fix of every key, kept in its cell, forgotten when it is old.
//!
//! The rules that make it safe to share are in the documentation of the crate.

use std::array;
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, Hash};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard};

use territory::Point;

use crate::cells::{Cells, Slot};
use crate::fix::Fix;
use crate::seed::Seed;

const SHARDS: usize = 64;

/// The newest fix of every key, found by key or by nearness; shared by any number of threads.
pub struct Index<K> {
    pub(crate) cells: Cells<K>,
    keys: [Mutex<Keys<K>>; SHARDS],
    hasher: Seed,
    /// Where the next ageing starts, so that no shard is always the last.
    next: AtomicUsize,
}

/// All that is known about some of the keys.
struct Keys<K> {
    known: HashMap<K, Known<K>, Seed>,
    /// Second → keys whose fix was of that second when they were last looked at. No list is empty.
    /// What no longer agrees with [`Known::filed_s`] is a left-over of a key that was removed.
    filed: BTreeMap<u32, Vec<K>>,
}

struct Known<K> {
    slot: Arc<Slot<K>>,
    /// Where the key is in [`Keys::filed`]; never later than its fix.
    filed_s: u32,
}

impl<K: Copy + Eq + Hash> Index<K> {
    /// An index that knows nobody.
    pub fn new() -> Self {
        let seed = Seed::fresh();
        let keys =
            || Mutex::new(Keys { known: HashMap::with_hasher(seed), filed: BTreeMap::new() });
        Self {
            cells: Cells::new(),
            keys: array::from_fn(|_| keys()),
            hasher: seed,
            next: AtomicUsize::new(0),
        }
    }

    /// Takes a fix; `at_s` are seconds since the epoch. Of two fixes of the same second the later call
    /// wins. Returns false, and changes nothing, if a newer fix is known.
    ///
    /// A time in the future shuts out every fix before it: the caller decides how far clocks may be off.
    pub fn update(&self, key: K, point: Point, at_s: u32) -> bool {
        let place = point.into();
        let mut keys = self.keys_with(&key);
        let Keys { known, filed } = &mut *keys;
        match known.entry(key) {
            Entry::Occupied(known) => {
                let slot = &known.get().slot;
                let newest = at_s >= slot.at_s();
                if newest {
                    self.cells.shift(slot, place, at_s);
                }
                newest
            }
            Entry::Vacant(free) => {
                let slot = Arc::new(Slot::new(key, place, at_s));
                self.cells.add(Arc::clone(&slot));
                free.insert(Known { slot, filed_s: at_s });
                filed.entry(at_s).or_default().push(key);
                true
            }
        }
    }

    /// The newest fix of a key.
    pub fn get(&self, key: &K) -> Option<Fix> {
        self.keys_with(key).known.get(key).map(|known| known.slot.fix())
    }

    /// Forgets a key; returns its last fix.
    pub fn remove(&self, key: &K) -> Option<Fix> {
        let mut keys = self.keys_with(key);
        let slot = keys.known.remove(key)?.slot;
        self.cells.remove(&slot);
        Some(slot.fix())
    }

    /// How many keys are known, old ones not yet forgotten among them. While others write, a number
    /// near the truth.
    pub fn len(&self) -> usize {
        self.keys.iter().map(|keys| lock(keys).known.len()).sum()
    }

    /// Whether no key is known.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Forgets keys whose newest fix is from before `before_s` (seconds since the epoch), looking at
    /// `at_most` keys; returns how many it forgot.
    ///
    /// It looks only at keys that were that old when last looked at, so called regularly it looks
    /// at each key once per lifetime of a fix. What it does not get to waits for the next call;
    /// [`near`](Self::near) does not show it meanwhile.
    pub fn expire(&self, before_s: u32, at_most: usize) -> usize {
        let first = self.next.fetch_add(1, Relaxed);
        let (mut looks, mut forgotten) = (at_most, 0);
        for shard in 0..SHARDS {
            let mut keys = lock(&self.keys[first.wrapping_add(shard) % SHARDS]);
            while looks > 0
                && let Some((key, filed_s)) = keys.take_filed(before_s)
            {
                looks -= 1;
                if let Some(slot) = keys.forget_or_file(key, filed_s, before_s) {
                    self.cells.remove(&slot);
                    forgotten += 1;
                }
            }
        }
        forgotten
    }

    fn keys_with(&self, key: &K) -> MutexGuard<'_, Keys<K>> {
        // The middle of the hash: its ends tell where in the shard's map the key is.
        let shards = SHARDS as u64;
        let shard = (self.hasher.hash_one(key) >> 32) % shards;
        let shard = usize::try_from(shard).expect("a small number");
        lock(&self.keys[shard])
    }
}

impl<K: Copy + Eq + Hash> Default for Index<K> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Copy + Eq + Hash> Keys<K> {
    /// Takes one key out of the oldest file, if that is from before `before_s`.
    fn take_filed(&mut self, before_s: u32) -> Option<(K, u32)> {
        let mut oldest = self.filed.first_entry().filter(|oldest| *oldest.key() < before_s)?;
        let (filed_s, key) = (*oldest.key(), oldest.get_mut().pop());
        if oldest.get().is_empty() {
            oldest.remove();
        }
        key.map(|key| (key, filed_s))
    }

    /// Decides about a key that was filed under `filed_s`: forgets it and returns its slot if its
    /// fix is still from before `before_s`, else files it again.
    fn forget_or_file(&mut self, key: K, filed_s: u32, before_s: u32) -> Option<Arc<Slot<K>>> {
        let Entry::Occupied(mut known) = self.known.entry(key) else { return None };
        if known.get().filed_s != filed_s {
            return None;
        }
        let at_s = known.get().slot.at_s();
        if at_s < before_s {
            return Some(known.remove().slot);
        }
        known.get_mut().filed_s = at_s;
        self.filed.entry(at_s).or_default().push(key);
        None
    }
}

fn lock<T>(shard: &Mutex<T>) -> MutexGuard<'_, T> {
    shard.lock().expect("nothing panics while it holds a shard of keys")
}
