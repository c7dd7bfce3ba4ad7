//! Queries: all keys inside a circle.

use territory::Point;

use crate::fix::{Fix, Place};
use crate::grid::Frame;
use crate::index::Index;

impl<K: Copy + From<u32> + Into<u32>> Index<K> {
    /// Calls `found` for every key whose newest fix is at most `radius_m` metres from `center` on the sphere
    /// and not from before `not_before_s` (seconds since the epoch), with the key, its fix and the distance
    /// in metres, in no particular order.
    ///
    /// A key that stays inside and fresh during the query is reported exactly once, however it moves; one
    /// that comes or goes meanwhile is reported once or not at all. `found` runs after the query and without
    /// locks, so it may use the index. An infinite radius finds all keys; a negative one or NaN finds none.
    pub fn near(
        &self,
        center: Point,
        radius_m: f64,
        not_before_s: u32,
        mut found: impl FnMut(K, Fix, f64),
    ) {
        if radius_m.is_nan() || radius_m < 0.0 {
            return;
        }
        let frame = Frame::around(center, radius_m);
        let distances = center.sphere_distances();
        for (number, at_s, place) in self.fixes(&self.cells.numbers(&frame)) {
            if at_s < not_before_s || !frame.contains(place) {
                continue;
            }
            let point = Point::from(place);
            let distance_m = distances.metres_to(point);
            if distance_m <= radius_m {
                found(number.into(), Fix { point, at_s }, distance_m);
            }
        }
    }

    /// Calls `found` for every key whose newest fix is not from before `not_before_s`, in the order of the
    /// keys.
    ///
    /// It visits all keys ever stored and takes no lock, so it delays nobody: a key that comes or goes
    /// meanwhile is reported once or not at all.
    pub fn everyone(&self, not_before_s: u32, mut found: impl FnMut(K, Fix)) {
        for (number, track) in self.tracks.iter() {
            // The time before the position: see the documentation of the crate.
            let at_s = track.at_s();
            if at_s >= not_before_s {
                found(number.into(), Fix { point: track.place().into(), at_s });
            }
        }
    }

    /// Number, time and place of the keys with these numbers that are known.
    fn fixes(&self, numbers: &[u32]) -> Vec<(u32, u32, Place)> {
        // Two passes: the first finds the tracks, the second reads them without a branch, so that the
        // processor fetches many tracks from memory at once. The less it does for each, the farther it runs
        // ahead. Among a million keys a query takes 3.2 µs, and 3.6 µs in one pass. The oracle of both is the
        // scan of a list in `tests/it/naive.rs`.
        let mut tracks = Vec::with_capacity(numbers.len());
        tracks
            .extend(numbers.iter().filter_map(|number| Some((*number, self.tracks.get(*number)?))));
        // The time before the position, as above.
        tracks.iter().map(|(number, track)| (*number, track.at_s(), track.place())).collect()
    }
}
