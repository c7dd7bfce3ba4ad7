//! The index: the newest fix of every key, listed in its grid cell, removed when it is old.
//!
//! The documentation of the crate gives the rules of concurrent access.

use std::array;
use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard};

use territory::Point;

use crate::cells::Cells;
use crate::fix::Fix;
use crate::tracks::{Life, Track, Tracks};

const SHARDS: usize = 64;

/// The newest fix of every key, found by key or by distance; shared by any number of threads.
///
/// Keys are numbers assigned densely from 0: memory grows with the largest.
pub struct Index<K> {
    pub(crate) tracks: Tracks,
    pub(crate) cells: Cells,
    keys: [Mutex<Keys>; SHARDS],
    /// Shard with which the next [`expire`](Self::expire) starts, so that no shard is always the last.
    next: AtomicUsize,
    of: PhantomData<fn(K) -> K>,
}

/// Ageing state of the keys of one shard. Its lock also guards all writes to the tracks of these keys.
#[derive(Default)]
struct Keys {
    known: usize,
    /// Second → numbers of the keys that are due for a check once that second is old. No list is empty. An
    /// entry that disagrees with [`Life::filed_s`] belongs to a removed key and is skipped.
    filed: BTreeMap<u32, Vec<u32>>,
}

impl<K: Copy + From<u32> + Into<u32>> Index<K> {
    /// Creates an empty index.
    pub fn new() -> Self {
        Self {
            tracks: Tracks::new(),
            cells: Cells::new(),
            keys: array::from_fn(|_| Mutex::default()),
            next: AtomicUsize::new(0),
            of: PhantomData,
        }
    }

    /// Stores a fix; `at_s` is in seconds since the epoch. Of two fixes of the same second the later call
    /// wins. Returns false and changes nothing if a newer fix is stored.
    ///
    /// A time in the future shuts out every earlier fix: the caller decides which clock errors it tolerates.
    pub fn update(&self, key: K, point: Point, at_s: u32) -> bool {
        self.store(key, point, at_s, |stored_s| at_s >= stored_s)
    }

    /// As [`update`](Self::update), for a fix that somebody else may have known for a while: of two fixes of the
    /// same second the stored one stays.
    pub fn update_older(&self, key: K, point: Point, at_s: u32) -> bool {
        self.store(key, point, at_s, |stored_s| at_s > stored_s)
    }

    /// Stores a fix, unless one is stored whose second it must not replace.
    fn store(&self, key: K, point: Point, at_s: u32, replaces: impl FnOnce(u32) -> bool) -> bool {
        let (number, place) = (key.into(), point.into());
        let mut keys = self.keys_with(number);
        let (track, life) = self.tracks.make(number);
        if life.is_known() {
            let is_stored = replaces(track.at_s());
            if is_stored {
                self.cells.shift(&self.tracks, track, place, at_s);
            }
            return is_stored;
        }
        track.set(place, at_s);
        self.cells.add(&self.tracks, number);
        life.know(true);
        keys.known += 1;
        keys.file(life, number, at_s);
        true
    }

    /// The newest fix of a key.
    pub fn get(&self, key: K) -> Option<Fix> {
        let number = key.into();
        let _keys = self.keys_with(number);
        self.tracks.known(number).map(|(track, _)| track.fix())
    }

    /// Removes a key and returns its last fix.
    pub fn remove(&self, key: K) -> Option<Fix> {
        let number = key.into();
        let mut keys = self.keys_with(number);
        let (track, life) = self.tracks.known(number)?;
        self.forget(&mut keys, track, life);
        Some(track.fix())
    }

    /// Number of keys, including old ones that are not yet removed. Approximate while other threads write.
    pub fn len(&self) -> usize {
        self.keys.iter().map(|keys| lock(keys).known).sum()
    }

    /// True if the index has no key.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Removes keys whose newest fix is from before `before_s` (seconds since the epoch), checking at most
    /// `at_most` keys; returns the number of keys removed.
    ///
    /// It checks only keys that were due, so with regular calls each key is checked once per lifetime of a
    /// fix. Keys beyond `at_most` wait for the next call; [`near`](Self::near) does not show them meanwhile.
    pub fn expire(&self, before_s: u32, at_most: usize) -> usize {
        let first = self.next.fetch_add(1, Relaxed);
        let (mut looks, mut forgotten) = (at_most, 0);
        for shard in 0..SHARDS {
            let mut keys = lock(&self.keys[first.wrapping_add(shard) % SHARDS]);
            while looks > 0
                && let Some((number, filed_s)) = keys.take_filed(before_s)
            {
                looks -= 1;
                let (track, life) = self.tracks.make(number);
                if !life.is_known() || life.filed_s() != filed_s {
                    continue;
                }
                let at_s = track.at_s();
                if at_s < before_s {
                    self.forget(&mut keys, track, life);
                    forgotten += 1;
                } else {
                    keys.file(life, number, at_s);
                }
            }
        }
        forgotten
    }

    fn forget(&self, keys: &mut Keys, track: &Track, life: &Life) {
        self.cells.remove(&self.tracks, track);
        life.know(false);
        keys.known -= 1;
    }

    fn keys_with(&self, number: u32) -> MutexGuard<'_, Keys> {
        lock(&self.keys[number as usize % SHARDS])
    }
}

impl<K: Copy + From<u32> + Into<u32>> Default for Index<K> {
    fn default() -> Self {
        Self::new()
    }
}

impl Keys {
    /// Schedules the check of a key for when its fix of this second is old.
    fn file(&mut self, life: &Life, number: u32, at_s: u32) {
        life.file(at_s);
        self.filed.entry(at_s).or_default().push(number);
    }

    /// Takes one key from the oldest list, if that is from before `before_s`.
    fn take_filed(&mut self, before_s: u32) -> Option<(u32, u32)> {
        let mut oldest = self.filed.first_entry().filter(|oldest| *oldest.key() < before_s)?;
        let (filed_s, number) = (*oldest.key(), oldest.get_mut().pop());
        if oldest.get().is_empty() {
            oldest.remove();
        }
        number.map(|number| (number, filed_s))
    }
}

fn lock<T>(shard: &Mutex<T>) -> MutexGuard<'_, T> {
    shard.lock().expect("nothing panics while it holds a shard of keys")
}
