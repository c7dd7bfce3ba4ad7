//! Tracks: position and time of each key, in arrays indexed by the keys' numbers.
//!
//! Tracks never move and are never freed, so they can be read while others are added. They lie in blocks, each
//! twice as large as the previous one and allocated when its first key comes.

use std::array;
use std::sync::OnceLock;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
#[cfg(not(loom))]
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64};

#[cfg(loom)]
use loom::sync::atomic::{AtomicBool, AtomicU32, AtomicU64};

use crate::fix::{Fix, Place};

/// Number of tracks in the first block.
const FIRST: u64 = 1_024;
/// Number of blocks that gives every `u32` a track.
const BLOCKS: usize = 23;

/// Position and time of one key. Writers hold the lock of the key's shard.
///
/// A query reads hundreds of tracks, scattered over memory, and nothing else; so they are small, and none
/// crosses a cache line.
#[repr(align(16))]
pub(crate) struct Track {
    place: AtomicU64,
    at_s: AtomicU32,
    /// Index of the key in the list of its cell; read and changed only under the cell's write lock.
    rank: AtomicU32,
}

/// Ageing state of one key. Writers hold the lock of the key's shard.
pub(crate) struct Life {
    /// Second under which the key is filed for ageing; never later than its fix.
    filed_s: AtomicU32,
    /// True if the track holds a fix: false before the first fix and after removal.
    known: AtomicBool,
}

impl Track {
    fn new() -> Self {
        let [at_s, rank] = array::from_fn(|_| AtomicU32::new(0));
        Self { place: AtomicU64::new(0), at_s, rank }
    }

    /// Time of the newest fix, in seconds since the epoch.
    pub(crate) fn at_s(&self) -> u32 {
        // Pairs with the store in `set`: a reader of this time then reads the position stored with it, or a
        // newer one.
        self.at_s.load(Acquire)
    }

    /// Newest position.
    pub(crate) fn place(&self) -> Place {
        Place::unpack(self.place.load(Relaxed))
    }

    /// The newest fix with matching time and position. The caller holds the lock of the key's shard.
    pub(crate) fn fix(&self) -> Fix {
        Fix { point: self.place().into(), at_s: self.at_s() }
    }

    pub(crate) fn set(&self, place: Place, at_s: u32) {
        self.place.store(place.pack(), Relaxed);
        self.at_s.store(at_s, Release);
    }

    pub(crate) fn rank(&self) -> u32 {
        self.rank.load(Relaxed)
    }

    pub(crate) fn set_rank(&self, rank: u32) {
        self.rank.store(rank, Relaxed);
    }
}

impl Life {
    fn new() -> Self {
        Self { filed_s: AtomicU32::new(0), known: AtomicBool::new(false) }
    }

    /// True if the key has a fix.
    pub(crate) fn is_known(&self) -> bool {
        // Pairs with the store in `know`: a reader that sees the key reads its first fix or a newer one.
        self.known.load(Acquire)
    }

    pub(crate) fn know(&self, known: bool) {
        self.known.store(known, Release);
    }

    pub(crate) fn filed_s(&self) -> u32 {
        self.filed_s.load(Relaxed)
    }

    pub(crate) fn file(&self, filed_s: u32) {
        self.filed_s.store(filed_s, Relaxed);
    }
}

/// Tracks of all keys ever stored.
pub(crate) struct Tracks {
    blocks: [OnceLock<Block>; BLOCKS],
}

/// Tracks and ageing state of consecutive keys.
struct Block {
    tracks: Box<[Track]>,
    lives: Box<[Life]>,
}

impl Block {
    fn of(keys: u64) -> Self {
        let (tracks, lives) =
            (0..keys).map(|_| (Track::new(), Life::new())).unzip::<_, _, Vec<_>, Vec<_>>();
        Self { tracks: tracks.into(), lives: lives.into() }
    }
}

impl Tracks {
    /// Creates a list without tracks.
    pub(crate) fn new() -> Self {
        Self { blocks: array::from_fn(|_| OnceLock::new()) }
    }

    /// The track of a key, if its block was allocated.
    pub(crate) fn get(&self, number: u32) -> Option<&Track> {
        let (block, place) = block_of(number);
        self.blocks[block].get()?.tracks.get(place)
    }

    /// The track of a key that has a fix.
    pub(crate) fn known(&self, number: u32) -> Option<(&Track, &Life)> {
        let (block, place) = block_of(number);
        let block = self.blocks[block].get()?;
        let life = block.lives.get(place).filter(|life| life.is_known())?;
        Some((block.tracks.get(place)?, life))
    }

    /// The track and ageing state of a key; allocates its block if needed.
    pub(crate) fn make(&self, number: u32) -> (&Track, &Life) {
        let (block, place) = block_of(number);
        let block = self.blocks[block].get_or_init(|| Block::of(FIRST << block));
        (&block.tracks[place], &block.lives[place])
    }

    /// Tracks of all keys that have a fix, with their numbers.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &Track)> {
        let firsts = (0..).map(|block| (FIRST << block) - FIRST);
        self.blocks.iter().zip(firsts).flat_map(|(block, first)| {
            let first = u32::try_from(first).expect("a block begins below 2^32");
            let tracks =
                block.get().into_iter().flat_map(|block| block.lives.iter().zip(&block.tracks));
            let known = (first..=u32::MAX).zip(tracks).filter(|(_, (life, _))| life.is_known());
            known.map(|(number, (_, track))| (number, track))
        })
    }
}

/// Block of a track, and its position in the block.
fn block_of(number: u32) -> (usize, usize) {
    let count = u64::from(number) + FIRST;
    let block = count.ilog2() - FIRST.ilog2();
    let place = count - (FIRST << block);
    (block as usize, usize::try_from(place).expect("a number of 32 bits"))
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn every_number_has_a_place_of_its_own_and_blocks_follow_one_another() {
        let mut expected = (0, 0);
        for number in 0..1_000_000 {
            assert_eq!(block_of(number), expected, "{number}");
            expected.1 += 1;
            if expected.1 as u64 == FIRST << expected.0 {
                expected = (expected.0 + 1, 0);
            }
        }
        assert_eq!(block_of(u32::MAX), (BLOCKS - 1, 1_023));
    }

    #[test]
    fn tracks_are_told_with_their_numbers_also_where_a_block_is_missing() {
        let tracks = Tracks::new();
        for number in [5_000, 3] {
            tracks.make(number).1.know(true);
        }
        let known = tracks.iter().map(|(number, _)| number);
        assert_eq!(known.collect::<Vec<_>>(), [3, 5_000]);
        assert!(tracks.get(2_000).is_none());
    }

    #[test]
    fn a_track_is_a_quarter_of_a_line_of_a_cache() {
        assert_eq!((size_of::<Track>(), size_of::<Life>()), (16, 8));
    }
}

/// A model of two threads: `make loom` tries every order in which they may see each other's stores.
#[cfg(all(test, loom))]
mod model {
    use loom::sync::Arc;
    use loom::thread;

    use super::*;

    /// A place that encodes the second of its fix in its longitude.
    fn place(at_s: u32) -> Place {
        Place { lon_e7: at_s.cast_signed(), lat_e7: 7 }
    }

    #[test]
    fn nobody_sees_a_position_older_than_its_time_or_a_key_before_its_fix() {
        loom::model(|| {
            let both = Arc::new((Track::new(), Life::new()));
            let writer = thread::spawn({
                let both = Arc::clone(&both);
                move || {
                    let (track, life) = &*both;
                    track.set(place(1), 1);
                    life.know(true);
                    track.set(place(2), 2);
                }
            });
            let (track, life) = &*both;
            if life.is_known() {
                let at_s = track.at_s();
                let place = track.place();
                assert!(at_s >= 1 && place.lat_e7 == 7, "{at_s} {place:?}");
                assert!(place.lon_e7 >= at_s.cast_signed(), "{at_s} {place:?}");
            }
            writer.join().expect("the writer asserts nothing");
            assert_eq!((track.at_s(), track.place()), (2, place(2)));
        });
    }
}
