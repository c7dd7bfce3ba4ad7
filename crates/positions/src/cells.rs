//! Who is in which cell, under one lock for each of [`SHARDS`] groups of cells.
//!
//! The rules that writers and queries keep here are in the documentation of the crate.

use std::array;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicU32, AtomicU64};
use std::sync::{Arc, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::fix::{Fix, Place};
use crate::grid::{Cell, Frame};
use crate::seed::{SPREAD, Seed};

/// One bit of a `u64` for each.
const SHARDS: usize = 64;

/// From this many cells on it is better to ask every cell that holds someone whether it is meant than
/// to look up every cell that is meant. A circle of about 30 km.
const MOST_LOOKUPS: i64 = 16_384;

/// How many cells of a circle there is room for before memory is asked for again.
const ROOM: usize = 64;

/// Where one key is, and since when. Changed only by who holds the lock of the key's shard.
pub(crate) struct Slot<K> {
    /// Whose slot it is.
    pub(crate) key: K,
    place: AtomicU64,
    at_s: AtomicU32,
    /// Where the slot stands in the list of its cell; read and changed only under the cell's write lock.
    rank: AtomicU32,
}

impl<K> Slot<K> {
    /// A slot that is in no cell yet.
    pub(crate) fn new(key: K, place: Place, at_s: u32) -> Self {
        let place = AtomicU64::new(place.pack());
        Self { key, place, at_s: AtomicU32::new(at_s), rank: AtomicU32::new(0) }
    }

    /// The time of the newest fix.
    pub(crate) fn at_s(&self) -> u32 {
        // Pairs with the store in `set`: who reads this time reads its position afterwards, or a newer one.
        self.at_s.load(Acquire)
    }

    /// The newest position.
    pub(crate) fn place(&self) -> Place {
        Place::unpack(self.place.load(Relaxed))
    }

    /// The newest fix, whole. Only for who holds the lock of the key's shard.
    pub(crate) fn fix(&self) -> Fix {
        Fix { point: self.place().into(), at_s: self.at_s() }
    }

    fn set(&self, place: Place, at_s: u32) {
        self.place.store(place.pack(), Relaxed);
        self.at_s.store(at_s, Release);
    }
}

/// The slots of some cells; a cell that holds nobody is not there.
type Shard<K> = HashMap<Cell, Vec<Arc<Slot<K>>>, Seed>;

/// All cells that hold someone.
pub(crate) struct Cells<K> {
    shards: [RwLock<Shard<K>>; SHARDS],
}

impl<K> Cells<K> {
    /// Nobody anywhere.
    pub(crate) fn new() -> Self {
        let seed = Seed::fresh();
        Self { shards: array::from_fn(|_| RwLock::new(Shard::with_hasher(seed))) }
    }

    /// Puts a new slot into the cell of its place.
    pub(crate) fn add(&self, slot: Arc<Slot<K>>) {
        let cell = Cell::of(slot.place());
        push(&mut self.write(shard_of(cell)), cell, slot);
    }

    /// Takes a slot out of its cell.
    pub(crate) fn remove(&self, slot: &Slot<K>) {
        let cell = Cell::of(slot.place());
        take(&mut self.write(shard_of(cell)), cell, slot);
    }

    /// Stores a new position, and changes cell with it if need be.
    pub(crate) fn shift(&self, slot: &Slot<K>, place: Place, at_s: u32) {
        let (from, to) = (Cell::of(slot.place()), Cell::of(place));
        if from == to {
            slot.set(place, at_s);
            return;
        }
        let (old, new) = (shard_of(from), shard_of(to));
        // Both locks before anything changes, the lower number first.
        let mut low = self.write(old.min(new));
        let mut high = (old != new).then(|| self.write(old.max(new)));
        let taken = match &mut high {
            Some(high) if old > new => take(high, from, slot),
            _ => take(&mut low, from, slot),
        };
        slot.set(place, at_s);
        match &mut high {
            Some(high) if new > old => push(high, to, taken),
            _ => push(&mut low, to, taken),
        }
    }

    /// Shows every slot in the cells of a frame, and no other change of cell in between.
    pub(crate) fn visit(&self, frame: &Frame, mut see: impl FnMut(&Slot<K>)) {
        let everywhere = frame.is_larger_than(MOST_LOOKUPS);
        let wanted = if everywhere {
            u64::MAX
        } else {
            frame.cells().fold(0, |wanted, cell| wanted | 1 << shard_of(cell))
        };
        // All locks before the first look, by ascending number.
        let shards: [Option<RwLockReadGuard<'_, Shard<K>>>; SHARDS] =
            array::from_fn(|shard| (wanted >> shard & 1 == 1).then(|| self.read(shard)));
        if everywhere {
            let cells = shards.iter().flatten().flat_map(|shard| shard.iter());
            cells
                .filter(|(cell, _)| frame.covers(**cell))
                .for_each(|(_, slots)| slots.iter().for_each(|slot| see(slot)));
        } else {
            // All lists before the first slot: what a list waits for in memory, others wait for meanwhile.
            let mut lists = Vec::with_capacity(ROOM);
            lists.extend(
                frame.cells().filter_map(|cell| shards[shard_of(cell)].as_ref()?.get(&cell)),
            );
            lists.into_iter().flatten().for_each(|slot| see(slot));
        }
    }

    fn read(&self, shard: usize) -> RwLockReadGuard<'_, Shard<K>> {
        self.shards[shard].read().expect("nothing panics while it holds a cell")
    }

    fn write(&self, shard: usize) -> RwLockWriteGuard<'_, Shard<K>> {
        self.shards[shard].write().expect("nothing panics while it holds a cell")
    }
}

/// The shard of a cell: that of its whole block, spread over all shards.
fn shard_of(cell: Cell) -> usize {
    // Fibonacci hashing: the upper bits of the product depend on all bits of the block.
    let spread = cell.block().wrapping_mul(SPREAD);
    usize::try_from(spread >> (u64::BITS - SHARDS.ilog2())).expect("less than the number of shards")
}

fn push<K>(shard: &mut Shard<K>, cell: Cell, slot: Arc<Slot<K>>) {
    let slots = shard.entry(cell).or_default();
    slot.rank.store(u32::try_from(slots.len()).expect("fewer than 2^32 keys"), Relaxed);
    slots.push(slot);
}

fn take<K>(shard: &mut Shard<K>, cell: Cell, slot: &Slot<K>) -> Arc<Slot<K>> {
    let Entry::Occupied(mut entry) = shard.entry(cell) else {
        unreachable!("a slot is in the cell of its place");
    };
    let slots = entry.get_mut();
    let rank = slot.rank.load(Relaxed);
    let taken = slots.swap_remove(rank as usize);
    if let Some(moved) = slots.get(rank as usize) {
        moved.rank.store(rank, Relaxed);
    }
    if slots.is_empty() {
        entry.remove();
    } else if slots.len() * 4 <= slots.capacity() {
        // A car park that was full at noon need not keep its room all night.
        slots.shrink_to(slots.len() * 2);
    }
    taken
}
