//! Lists of keys by grid cell, under one lock for each of [`SHARDS`] groups of cells.
//!
//! The documentation of the crate gives the rules for writers and queries.

use std::array;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

use thin_vec::ThinVec;

use crate::fix::Place;
use crate::grid::{Block, CELLS, Cell, Frame, Run};
use crate::seed::{SPREAD, Seed};
use crate::slots::{Slot, Slots};

/// Number of locks: one bit of a `u64` each.
const SHARDS: usize = 64;

/// Number of cells from which a scan of all occupied cells is faster than a lookup of each covered cell: a
/// circle of about 30 km.
const MOST_LOOKUPS: i64 = 16_384;

/// Initial capacity for the cells of a circle and its runs.
const CELLS_AROUND: usize = 64;
const RUNS_AROUND: usize = 16;

/// Numbers of the keys in each cell. The cells of a block are stored together, so that the cells of a circle
/// take few lookups and cache misses. Empty blocks are removed.
type Shard = HashMap<Block, Box<[ThinVec<u32>; CELLS]>, Seed>;

/// All occupied cells.
pub(crate) struct Cells {
    shards: [RwLock<Shard>; SHARDS],
}

impl Cells {
    /// Creates a grid without keys.
    pub(crate) fn new() -> Self {
        let seed = Seed::fresh();
        Self { shards: array::from_fn(|_| RwLock::new(Shard::with_hasher(seed))) }
    }

    /// Adds a new key to the cell of its place.
    pub(crate) fn add(&self, slots: &Slots, number: u32) {
        let (slot, _) = slots.make(number);
        let cell = Cell::of(slot.place());
        push(&mut self.write(shard_of(cell.block())), cell, slot, number);
    }

    /// Removes a key from its cell.
    pub(crate) fn remove(&self, slots: &Slots, slot: &Slot) {
        let cell = Cell::of(slot.place());
        take(&mut self.write(shard_of(cell.block())), cell, slots, slot);
    }

    /// Stores a new position; moves the key to another cell if it changed.
    pub(crate) fn shift(&self, slots: &Slots, slot: &Slot, place: Place, at_s: u32) {
        let (from, to) = (Cell::of(slot.place()), Cell::of(place));
        if from == to {
            slot.set(place, at_s);
            return;
        }
        let (old, new) = (shard_of(from.block()), shard_of(to.block()));
        // Both locks before anything changes, the lower number first.
        let mut low = self.write(old.min(new));
        let mut high = (old != new).then(|| self.write(old.max(new)));
        let number = match &mut high {
            Some(high) if old > new => take(high, from, slots, slot),
            _ => take(&mut low, from, slots, slot),
        };
        slot.set(place, at_s);
        match &mut high {
            Some(high) if new > old => push(high, to, slot, number),
            _ => push(&mut low, to, slot, number),
        }
    }

    /// Numbers of all keys in the cells of a frame, at one moment.
    pub(crate) fn numbers(&self, frame: &Frame) -> Vec<u32> {
        let everywhere = frame.is_larger_than(MOST_LOOKUPS);
        let mut runs = Vec::with_capacity(RUNS_AROUND);
        let wanted = if everywhere {
            u64::MAX
        } else {
            runs.extend(frame.runs());
            runs.iter().fold(0, |wanted, run: &Run| wanted | 1 << shard_of(run.block))
        };
        // All locks before the first read, by ascending number.
        let shards: [Option<RwLockReadGuard<'_, Shard>>; SHARDS] =
            array::from_fn(|shard| (wanted >> shard & 1 == 1).then(|| self.read(shard)));
        // Three passes: all blocks, then all lists, then all numbers, so that the cache misses of each pass
        // overlap.
        let mut lists: Vec<&ThinVec<u32>> = Vec::with_capacity(CELLS_AROUND);
        if everywhere {
            let blocks = shards.iter().flatten().flat_map(|shard| shard.iter());
            let cells = blocks.flat_map(|(block, lists)| block.cells().zip(lists.iter()));
            let covered = cells.filter(|(cell, list)| !list.is_empty() && frame.covers(*cell));
            lists.extend(covered.map(|(_, list)| list));
        } else {
            let mut blocks = Vec::with_capacity(RUNS_AROUND);
            blocks.extend(runs.into_iter().filter_map(|Run { block, cells }| {
                Some((shards[shard_of(block)].as_ref()?.get(&block)?, cells))
            }));
            lists.extend(blocks.into_iter().flat_map(|(block, cells)| &block[cells]));
        }
        let mut numbers = Vec::with_capacity(lists.iter().map(|list| list.len()).sum());
        for list in lists {
            numbers.extend_from_slice(list);
        }
        numbers
    }

    fn read(&self, shard: usize) -> RwLockReadGuard<'_, Shard> {
        self.shards[shard].read().expect("nothing panics while it holds a cell")
    }

    fn write(&self, shard: usize) -> RwLockWriteGuard<'_, Shard> {
        self.shards[shard].write().expect("nothing panics while it holds a cell")
    }
}

/// The shard of a block. Blocks of one square share a shard; squares are spread over all shards.
fn shard_of(block: Block) -> usize {
    // Fibonacci hashing: the upper bits of the product depend on all bits of the square.
    let spread = block.square().wrapping_mul(SPREAD);
    usize::try_from(spread >> (u64::BITS - SHARDS.ilog2())).expect("less than the number of shards")
}

fn push(shard: &mut Shard, cell: Cell, slot: &Slot, number: u32) {
    let keys = &mut shard.entry(cell.block()).or_default()[cell.in_block()];
    slot.set_rank(u32::try_from(keys.len()).expect("fewer than 2^32 keys"));
    keys.push(number);
}

/// Removes the key of this slot from a cell and returns its number.
fn take(shard: &mut Shard, cell: Cell, slots: &Slots, slot: &Slot) -> u32 {
    let Entry::Occupied(mut block) = shard.entry(cell.block()) else {
        unreachable!("a key is in the cell of its place");
    };
    let keys = &mut block.get_mut()[cell.in_block()];
    let rank = slot.rank();
    let taken = keys.swap_remove(rank as usize);
    if let Some(moved) = keys.get(rank as usize).and_then(|moved| slots.get(*moved)) {
        moved.set_rank(rank);
    }
    if keys.len() * 4 <= keys.capacity() {
        // Frees the capacity of a cell that was full for a while, such as a car park at noon.
        keys.shrink_to_fit();
    }
    if keys.is_empty() && block.get().iter().all(ThinVec::is_empty) {
        block.remove();
    }
    taken
}
