//! Sampled fixes: the last one of each slot, and how a taxi came from one to the next.

use positions::Fix;
use registry::directory::SlotId;

/// Speed above which a taxi did not drive from one fix to the next, in metres per second: 200 km/h.
const MOST_SPEED_M_S: f64 = 200.0 / 3.6;

/// Distance below which nobody looks at the speed, in metres: GPS is not more exact in a street of high houses.
const LEAST_JUMP_M: f64 = 500.0;

/// The last sampled fix of a slot.
#[derive(Clone, Copy)]
struct Seen {
    fix: Fix,
    /// Time since which it has been at this place, in seconds since the epoch.
    here_since_s: u32,
}

/// The last sampled fix of each slot, by its number.
#[derive(Default)]
pub(in crate::app) struct Sampled(Vec<Option<Seen>>);

impl Sampled {
    /// Takes a fix of a slot. Returns the one before, and the time since which the taxi has been at its place.
    pub(super) fn see(&mut self, slot: SlotId, fix: Fix) -> (Option<Fix>, u32) {
        let number = u32::from(slot) as usize;
        if number >= self.0.len() {
            self.0.resize(number + 1, None);
        }
        let before = self.0[number].replace(Seen { fix, here_since_s: fix.at_s });
        let same_place = before.filter(|before| before.fix.point == fix.point);
        let here_since_s = same_place.map_or(fix.at_s, |before| before.here_since_s);
        self.0[number] = Some(Seen { fix, here_since_s });
        (before.map(|before| before.fix), here_since_s)
    }
}

/// True if a taxi cannot have driven from one fix to the other.
pub(super) fn is_too_fast(from: Fix, to: Fix) -> bool {
    let distance_m = from.point.sphere_distance_m(to.point);
    let took_s = f64::from(to.at_s.saturating_sub(from.at_s).max(1));
    distance_m > LEAST_JUMP_M && distance_m / took_s > MOST_SPEED_M_S
}

#[cfg(test)]
mod tests {
    use territory::Point;

    use super::*;

    fn fix(lon: f64, at_s: u32) -> Fix {
        Fix { point: Point::new(lon, 0.0).expect("a point"), at_s }
    }

    #[test]
    fn a_jump_is_too_fast_if_it_is_long_and_short_in_time() {
        // A degree of the equator is 111 km: 0.06 degrees are 6.7 km.
        for (to, at_s, expected) in [
            (0.06, 60, true),
            (0.06, 240, false),
            (0.004, 1, false),
            (0.006, 0, true),
            (0.0, 60, false),
        ] {
            assert_eq!(is_too_fast(fix(0.0, 0), fix(to, at_s)), expected, "{to} in {at_s} s");
        }
    }

    #[test]
    fn a_taxi_stands_since_it_was_first_seen_at_its_place() {
        let mut sampled = Sampled::default();
        let slot = SlotId::from(7);
        assert_eq!(sampled.see(slot, fix(1.0, 10)), (None, 10));
        assert_eq!(sampled.see(slot, fix(1.0, 70)), (Some(fix(1.0, 10)), 10));
        assert_eq!(sampled.see(slot, fix(1.1, 90)), (Some(fix(1.0, 70)), 90));
        assert_eq!(sampled.see(SlotId::from(3), fix(1.1, 90)), (None, 90));
    }
}
