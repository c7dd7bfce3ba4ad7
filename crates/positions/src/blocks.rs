//! Cell blocks: the keys of each grid cell, with sixteen cells stored together.
//!
//! A map from [`Cell`] to a `Vec` would do the same, and is the oracle of the test below. Blocks are faster:
//! the cells of a circle take few lookups, and lists that lie together few cache misses. Among a million keys
//! a query takes 3.3 µs in place of 4.7 µs (measured together with state words, see `docs/performance.md`).
//! A list is one word that knows its length at its elements (`thin-vec`), because most cells hold no or few
//! keys: with three words a key that is alone in its block takes 413 bytes in place of 218.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use foldhash::fast::RandomState;
use thin_vec::ThinVec;

use crate::grid::{Block, CELLS, Cell};

/// Numbers of the keys in one cell.
pub(crate) type Keys = ThinVec<u32>;

/// Numbers of the keys in each cell, in no order. Empty blocks are removed.
#[derive(Default)]
pub(crate) struct Blocks(HashMap<Block, Box<[Keys; CELLS]>, RandomState>);

impl Blocks {
    /// The cells of a block, in the order of [`Cell::in_block`]; `None` if all are empty.
    pub(crate) fn get(&self, block: Block) -> Option<&[Keys; CELLS]> {
        self.0.get(&block).map(|cells| &**cells)
    }

    /// All occupied cells.
    pub(crate) fn cells(&self) -> impl Iterator<Item = (Cell, &Keys)> {
        let cells = self.0.iter().flat_map(|(block, keys)| block.cells().zip(keys.iter()));
        cells.filter(|(_, keys)| !keys.is_empty())
    }

    /// Adds a key to a cell and returns its rank there.
    pub(crate) fn push(&mut self, cell: Cell, number: u32) -> u32 {
        let keys = &mut self.0.entry(cell.block()).or_default()[cell.in_block()];
        keys.push(number);
        u32::try_from(keys.len() - 1).expect("fewer than 2^32 keys")
    }

    /// Removes the key of this rank from a cell. Returns its number, and that of the key that has its rank now,
    /// if any.
    ///
    /// # Panics
    ///
    /// Panics if the cell has no such rank.
    pub(crate) fn swap_remove(&mut self, cell: Cell, rank: u32) -> (u32, Option<u32>) {
        let Entry::Occupied(mut block) = self.0.entry(cell.block()) else {
            unreachable!("a key is in the cell of its place");
        };
        let keys = &mut block.get_mut()[cell.in_block()];
        let taken = keys.swap_remove(rank as usize);
        let moved = keys.get(rank as usize).copied();
        if keys.len() * 4 <= keys.capacity() {
            // Frees the capacity of a cell that was full for a while, such as a car park at noon.
            keys.shrink_to_fit();
        }
        if keys.is_empty() && block.get().iter().all(Keys::is_empty) {
            block.remove();
        }
        (taken, moved)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use territory::Point;

    use super::*;
    use crate::fix::Place;

    /// A cell among 36 in a few adjacent blocks.
    fn cell() -> impl Strategy<Value = Cell> {
        (0..6_u8, 0..6_u8).prop_map(|(x, y)| {
            let (lon, lat) = (2.35 + f64::from(x) * 0.007, 48.85 + f64::from(y) * 0.0045);
            Cell::of(Place::from(Point::new(lon, lat).expect("a point")))
        })
    }

    proptest! {
        #[test]
        fn blocks_hold_what_a_map_of_lists_holds(
            changes in prop::collection::vec((cell(), any::<Option<u32>>()), 1..200),
        ) {
            let (mut blocks, mut map) = (Blocks::default(), HashMap::<Cell, Vec<u32>>::new());
            for (number, (cell, rank)) in (0..).zip(changes) {
                let list = map.entry(cell).or_default();
                if let Some(rank) = rank.filter(|_| !list.is_empty()) {
                    let rank = rank as usize % list.len();
                    let taken = list.swap_remove(rank);
                    let expected = (taken, list.get(rank).copied());
                    let rank = u32::try_from(rank).expect("a rank");
                    prop_assert_eq!(blocks.swap_remove(cell, rank), expected);
                } else {
                    list.push(number);
                    prop_assert_eq!(blocks.push(cell, number) as usize, list.len() - 1);
                }
            }
            map.retain(|_, list| !list.is_empty());
            for (cell, list) in &map {
                let block = blocks.get(cell.block()).expect("it is occupied");
                prop_assert_eq!(&block[cell.in_block()][..], &list[..]);
            }
            let found: HashMap<_, _> = blocks.cells().map(|(cell, keys)| (cell, keys.to_vec())).collect();
            prop_assert_eq!(found, map);
            prop_assert!(blocks.0.values().all(|cells| cells.iter().any(|keys| !keys.is_empty())));
        }
    }
}
