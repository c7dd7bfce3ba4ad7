//! Now: the live index. Fixes in, who is near, ageing.
//!
//! An [`Index`] remembers the newest [`Fix`] of every key and finds the keys inside a circle. A key is
//! whatever stands for a number, given densely from 0; the index never hears the word taxi. Who a key stands for, and whether it may be
//! shown, does not belong here; neither does what must survive a restart.
//!
//! **Invariant:** no I/O, no clock, nothing async. Times are seconds since the epoch, given by the
//! caller.
//!
//! # How it is built
//!
//! - *Slots* (`slots`): position and time of each key in atomics, side by side by the keys' numbers: 24
//!   bytes that never move, read by anyone at any time.
//! - *Keys* (`index`): who may change a slot, and when a key is next looked at for ageing; in shards
//!   with a lock each.
//! - *Cells* (`cells`): cell of a grid of about 500 m (`grid`) → the numbers of the keys inside it; sixteen
//!   cells side by side in a block, blocks in shards with a lock each. Only blocks that hold someone
//!   exist, so memory grows with keys and not with the Earth.
//!
//! A fix that stays in its cell is two stores under the lock of its key and touches no cell lock.
//!
//! # A query sees everyone who is there, once
//!
//! 1. *One writer a key.* Whoever changes a slot holds the lock of the key's shard. So "older never
//!    replaces newer" is decided and done in one step.
//! 2. *A slot is in the list of exactly one cell, that of its position*, whenever no cell lock is
//!    held for writing. Coming, leaving and changing cell are done while holding the write locks of
//!    all cell shards concerned: both of them, for a change of cell. A store without cell lock
//!    never changes the cell.
//! 3. *A query reads one moment.* It takes the read locks of all shards its cells lie in before it reads
//!    the first cell, and releases them after the last; then it has the numbers of all keys inside.
//!    Meanwhile nobody can enter, leave or change any of these cells: a change between two of them came
//!    entirely before or comes entirely after, and so does one between them and the rest of the
//!    world. Hence by (2) it meets a slot at most once, and meets every slot whose position was in one
//!    of these cells at that moment. Positions are read afterwards, so they may be newer.
//! 4. *Its cells cover the circle*, because both are computed from the same rounded integers. A key
//!    that stays inside the circle throughout is in one of these cells at that moment, and
//!    whichever of its positions is read lies in the circle: it is reported, exactly once.
//! 5. *No position is half read*: longitude and latitude are one 64-bit atomic. The time beside it is
//!    stored after the position and read before it. So a query may pair a position with the time
//!    of the fix before, but never makes an old position look newer than it is. `make loom` tries every
//!    order in which the threads may see these stores.
//! 6. *Nobody waits in a circle.* Locks are taken in one order: the shard of a key, then shards of
//!    cells by ascending number. The caller's function runs after all locks are released.
//!
//! # Ageing without sweeps
//!
//! Each key is filed under the second of the fix it had when it was last looked at. [`Index::expire`]
//! opens only the files that are due; a key that has reported since is filed again under its newer
//! second. So a live key is looked at once per lifetime of a fix, however often it reports, and
//! reporting itself costs nothing for it.
//!
//! # Example
//!
//! ```
//! use positions::Index;
//! use territory::Point;
//!
//! # fn main() -> Result<(), territory::OutOfRange> {
//! let index = Index::new();
//! index.update(0_u32, Point::new(2.3522, 48.8566)?, 1_000);
//! index.update(1, Point::new(2.3622, 48.8566)?, 1_000);
//!
//! let mut found = Vec::new();
//! index.near(Point::new(2.3525, 48.8570)?, 500.0, 880, |key, _fix, distance_m| {
//!     found.push((key, distance_m.round()));
//! });
//! assert_eq!(found, [(0, 50.0)]);
//! # Ok(())
//! # }
//! ```

mod cells;
mod fix;
mod grid;
mod index;
mod near;
mod seed;
mod slots;

pub use fix::Fix;
pub use index::Index;
