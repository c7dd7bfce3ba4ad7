//! The live index: takes fixes, finds keys near a point, removes old ones.
//!
//! An [`Index`] stores the newest [`Fix`] of every key and finds the keys inside a circle. A key is any type
//! that converts to a number, assigned densely from 0; the index knows nothing of taxis. The meaning of a
//! key, its visibility and data that survive a restart do not belong here.
//!
//! **Invariant:** no I/O, no clock, nothing async. Times are seconds since the epoch, given by the caller.
//!
//! # Structure
//!
//! - *Tracks* (`tracks`): position and time of each key in atomics, in arrays indexed by the keys' numbers: 24
//!   bytes that never move, readable by any thread at any time.
//! - *Keys* (`index`): write locks of the tracks and the schedule of ageing, in shards with a lock each.
//! - *Cells* (`cells`): cell of a grid of about 500 m (`grid`) → numbers of the keys inside it. Sixteen cells
//!   form a block; blocks are in shards with a lock each. Only occupied blocks are stored, so memory grows
//!   with the keys and not with the Earth.
//!
//! A fix that stays in its cell is two stores under the lock of its key and takes no cell lock.
//!
//! # Queries see each key once
//!
//! 1. *One writer per key.* A writer holds the lock of the key's shard. So the rule that an older fix never
//!    replaces a newer one is checked and applied in one step.
//! 2. *A track is in the list of exactly one cell, that of its position*, whenever no cell lock is held for
//!    writing. Adding, removing and moving a key take the write locks of all cell shards concerned, so both
//!    for a move. A store without a cell lock never changes the cell.
//! 3. *A query reads one moment.* It takes the read locks of all shards of its cells before it reads the
//!    first cell, and releases them after the last; then it has the numbers of all keys inside. Meanwhile no
//!    key can enter, leave or move between these cells: a move happened entirely before or happens entirely
//!    after. Hence by (2) the query meets a track at most once, and meets every track whose position was in one
//!    of these cells at that moment. Positions are read afterwards, so they may be newer.
//! 4. *Its cells cover the circle*, because both are computed from the same rounded integers. A key that
//!    stays inside the circle is in one of these cells at that moment, and any of its positions lies in the
//!    circle: it is reported exactly once.
//! 5. *No position is half read*: longitude and latitude are one 64-bit atomic. The time is stored after the
//!    position and read before it. So a query may pair a position with the time of the previous fix, but
//!    never makes an old position look newer than it is. `make loom` tries every order in which threads may
//!    see these stores.
//! 6. *No deadlock.* Locks are taken in one order: the shard of a key, then shards of cells by ascending
//!    number. The caller's function runs after all locks are released.
//!
//! # Ageing without full scans
//!
//! Each key is filed under the second of the fix that it had at its last check. [`Index::expire`] opens only
//! the lists that are due; a key with a newer fix is filed again under its newer second. So a live key is
//! checked once per lifetime of a fix, however often it reports, and reports cost nothing extra.
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

mod blocks;
mod cells;
mod fix;
mod grid;
mod index;
mod near;
mod tracks;

pub use fix::Fix;
pub use index::Index;
