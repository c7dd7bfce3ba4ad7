//! Who is near: the keys inside a circle.

use std::hash::Hash;

use territory::Point;

use crate::fix::{Fix, Place};
use crate::grid::Frame;
use crate::index::Index;

/// How many keys around a circle are noted before memory is asked for again.
const ROOM: usize = 256;

impl<K: Copy + Eq + Hash> Index<K> {
    /// Tells `found` of every key whose newest fix is at most `radius_m` metres from `center` on the
    /// sphere and not from before `not_before_s` (seconds since the epoch): the key, its fix and
    /// the distance in metres, in no particular order.
    ///
    /// A key that is inside and fresh as long as the query lasts is told exactly once, however it moves;
    /// one that comes or goes meanwhile is told once or not at all. `found` runs after the
    /// query, holding nothing: it may use the index. An infinite radius finds everyone; one that
    /// is negative or not a number finds nobody.
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
        for (key, at_s, place) in self.around(&frame) {
            if at_s < not_before_s || !frame.contains(place) {
                continue;
            }
            let point = Point::from(place);
            let distance_m = distances.metres_to(point);
            if distance_m <= radius_m {
                found(key, Fix { point, at_s }, distance_m);
            }
        }
    }

    /// Tells `found` of every key whose newest fix is not from before `not_before_s`; as
    /// [`near`](Self::near), with no place to be near to.
    pub fn everyone(&self, not_before_s: u32, mut found: impl FnMut(K, Fix)) {
        for (key, at_s, place) in self.around(&Frame::anywhere()) {
            if at_s >= not_before_s {
                found(key, Fix { point: place.into(), at_s });
            }
        }
    }

    /// Every key whose newest fix is not from before `not_before_s`; as [`everyone`](Self::everyone), for
    /// who does not ask where.
    pub fn live(&self, not_before_s: u32) -> Vec<K> {
        let all = self.around(&Frame::anywhere());
        all.into_iter().filter(|(_, at_s, _)| *at_s >= not_before_s).map(|(key, ..)| key).collect()
    }

    /// All slots in the cells of a frame.
    fn around(&self, frame: &Frame) -> Vec<(K, u32, Place)> {
        // Everyone around is noted without a question asked, so that the memory of many slots is fetched
        // at once: a branch on each would wait for each.
        let mut around = Vec::with_capacity(ROOM);
        self.cells.visit(frame, |slot| {
            // The time first, then the position: see the documentation of the crate.
            let at_s = slot.at_s();
            around.push((slot.key, at_s, slot.place()));
        });
        around
    }
}
