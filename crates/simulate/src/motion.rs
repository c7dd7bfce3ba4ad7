//! A taxi's way through the streets: straight pieces at city speed, inside its area, turning at the
//! border, around its hotspot.
//!
//! Every place a cruising taxi can be seen at was tested when its way was chosen: a taxi advances in
//! steps of [`STEP_M`], and these very steps are the tested points. Time is an argument, in simulated
//! seconds.

use geo::{Bearing, Destination, Distance, Haversine, Point};
use rand::{RngExt, rngs::StdRng};

use crate::places::Area;

/// Metres between two places a taxi can be seen at.
const STEP_M: f64 = 5.0;

/// City speed, in metres a second: 20 to 40 km/h.
const SPEED_MPS: std::ops::Range<f64> = 20.0 / 3.6..40.0 / 3.6;

/// Length of one piece of cruising, in metres.
const LEG_M: std::ops::Range<f64> = 100.0..800.0;

/// Distance from its hotspot at which a taxi starts turning back, in metres.
pub(crate) const ROAM_M: f64 = 400.0;

/// Time a taxi stands still when it finds no way, in simulated seconds.
const STUCK_S: f64 = 5.0;

/// Position and way of a taxi.
#[derive(Debug)]
pub(crate) struct Motion {
    area: Area,
    hotspot: Point<f64>,
    rng: StdRng,
    way: Vec<Piece>,
    set_off_s: f64,
    speed_mps: f64,
    aim: Aim,
}

/// Purpose of a drive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Aim {
    /// To be found by a customer.
    Cruise,
    /// To reach one place, and wait there.
    Errand,
    /// It stands, always.
    Parked,
}

impl Motion {
    /// A taxi that cruises in `area`, around `hotspot`, from `at`; both lie in the area.
    pub(crate) fn cruising(area: Area, hotspot: Point<f64>, at: Point<f64>, rng: StdRng) -> Self {
        Self {
            area,
            hotspot,
            rng,
            way: vec![Piece::standing(at)],
            set_off_s: 0.0,
            speed_mps: 1.0,
            aim: Aim::Cruise,
        }
    }

    /// A taxi that never moves.
    pub(crate) fn parked(area: Area, at: Point<f64>, rng: StdRng) -> Self {
        Self { aim: Aim::Parked, ..Self::cruising(area, at, at, rng) }
    }

    /// Position of the taxi.
    pub(crate) fn at(&mut self, now_s: f64) -> Point<f64> {
        if self.aim == Aim::Cruise {
            self.cruise_until(now_s);
        }
        self.seen_at(now_s)
    }

    /// Sends the taxi to a place and returns the simulated seconds that takes. A taxi that finds no way inside
    /// its area goes straight: with or for a customer it may cross the border.
    pub(crate) fn go_to(&mut self, goal: Point<f64>, now_s: f64) -> f64 {
        if self.aim == Aim::Parked {
            return 0.0;
        }
        let from = self.at(now_s);
        self.aim = Aim::Errand;
        self.way = self.way_to(from, goal);
        self.set_off_s = now_s;
        self.speed_mps = self.rng.random_range(SPEED_MPS);
        self.length_m() / self.speed_mps
    }

    /// Sends the taxi about `metres` away, to some place of its area, and returns the simulated seconds.
    pub(crate) fn go_far(&mut self, metres: f64, now_s: f64) -> f64 {
        let from = self.at(now_s);
        let far = (0..16)
            .map(|_| self.reach(from, metres))
            .max_by(|one, other| one.length_m().total_cmp(&other.length_m()))
            .map_or(from, |piece| piece.end());
        self.go_to(far, now_s)
    }

    /// Lets the taxi cruise again, from where it is.
    pub(crate) fn cruise(&mut self, now_s: f64) {
        if self.aim == Aim::Errand {
            let from = self.seen_at(now_s);
            self.aim = Aim::Cruise;
            self.way = vec![Piece::standing(from)];
            self.set_off_s = now_s;
        }
    }

    fn cruise_until(&mut self, now_s: f64) {
        while self.set_off_s + self.length_m() / self.speed_mps <= now_s {
            let from = self.end();
            self.set_off_s += self.length_m() / self.speed_mps;
            let piece = self.wander(from);
            self.speed_mps = self.rng.random_range(SPEED_MPS);
            if piece.length_m() < STEP_M {
                self.set_off_s += STUCK_S;
            }
            self.way = vec![piece];
        }
    }

    /// The next piece of cruising: anywhere near the hotspot, in every second case back to it from
    /// afar. Not in each, since a border may lie between.
    fn wander(&mut self, from: Point<f64>) -> Piece {
        let ahead_m = self.rng.random_range(LEG_M);
        let back = Haversine.distance(from, self.hotspot) > ROAM_M && self.rng.random_bool(0.5);
        if !back {
            return self.reach(from, ahead_m);
        }
        let bearing = Haversine.bearing(from, self.hotspot) + self.rng.random_range(-30.0..30.0);
        Piece::inside(&self.area, from, Haversine.destination(from, bearing, ahead_m))
    }

    /// The way in some direction, for so many metres or to the border.
    fn reach(&mut self, from: Point<f64>, metres: f64) -> Piece {
        let bearing = self.rng.random_range(0.0..360.0);
        Piece::inside(&self.area, from, Haversine.destination(from, bearing, metres))
    }

    fn way_to(&mut self, from: Point<f64>, goal: Point<f64>) -> Vec<Piece> {
        let direct = Piece::inside(&self.area, from, goal);
        if direct.arrives() {
            return vec![direct];
        }
        let apart_m = Haversine.distance(from, goal);
        for _ in 0..32 {
            let detour_m = self.rng.random_range(0.3..1.5) * apart_m;
            let first = self.reach(from, detour_m);
            let second = Piece::inside(&self.area, first.end(), goal);
            if second.arrives() {
                return vec![first, second];
            }
        }
        vec![Piece::straight(from, goal)]
    }

    fn length_m(&self) -> f64 {
        self.way.iter().map(Piece::length_m).sum()
    }

    fn end(&self) -> Point<f64> {
        self.way.last().expect("a way has a piece").end()
    }

    fn seen_at(&self, now_s: f64) -> Point<f64> {
        let mut along_m = (now_s - self.set_off_s).max(0.0) * self.speed_mps;
        for piece in &self.way {
            if along_m < piece.length_m() {
                return piece.at(along_m);
            }
            along_m -= piece.length_m();
        }
        self.end()
    }
}

/// A straight piece of a way, driven from `from` towards `toward` up to `stop_m`.
#[derive(Clone, Copy, Debug)]
struct Piece {
    from: Point<f64>,
    toward: Point<f64>,
    apart_m: f64,
    stop_m: f64,
}

impl Piece {
    fn straight(from: Point<f64>, toward: Point<f64>) -> Self {
        let apart_m = Haversine.distance(from, toward);
        Self { from, toward, apart_m, stop_m: apart_m }
    }

    fn standing(at: Point<f64>) -> Self {
        Self::straight(at, at)
    }

    /// The part of a straight way that lies inside an area, as far as its steps show.
    fn inside(area: &Area, from: Point<f64>, toward: Point<f64>) -> Self {
        let whole = Self::straight(from, toward);
        let mut stop_m = 0.0;
        while stop_m < whole.apart_m {
            let next_m = (stop_m + STEP_M).min(whole.apart_m);
            if !area.contains(whole.point(next_m)) {
                break;
            }
            stop_m = next_m;
        }
        Self { stop_m, ..whole }
    }

    fn arrives(&self) -> bool {
        self.stop_m >= self.apart_m
    }

    fn length_m(&self) -> f64 {
        self.stop_m
    }

    fn end(&self) -> Point<f64> {
        self.point(self.stop_m)
    }

    /// The last step of a taxi that has driven this far.
    fn at(&self, along_m: f64) -> Point<f64> {
        self.point((along_m / STEP_M).floor() * STEP_M)
    }

    fn point(&self, along_m: f64) -> Point<f64> {
        // Zero keeps the start, and a taxi that stands, exactly in place.
        if along_m <= 0.0 || self.apart_m <= 0.0 {
            return self.from;
        }
        self.from + (self.toward - self.from) * (along_m / self.apart_m)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::places::tests::three_towns;
    use crate::random::{Stream, rng};

    fn home() -> (Area, Point<f64>) {
        let places = three_towns();
        let town = &places.licensing(&[]).unwrap()[0];
        let at = town.draw_point(&mut rng(9, Stream::Start, 0, 0));
        (places.area(town), at)
    }

    proptest! {
        #[test]
        fn a_cruising_taxi_never_leaves_its_area(seed: u64, looks in prop::collection::vec(0.0..40.0, 1..60)) {
            let (area, at) = home();
            let mut motion = Motion::cruising(area.clone(), at, at, rng(seed, Stream::Streets, 0, 0));
            let mut now_s = 0.0;
            for pause_s in looks {
                now_s += pause_s;
                let seen = motion.at(now_s);
                prop_assert!(area.contains(seen), "{seen:?} after {now_s} s");
            }
        }

        #[test]
        fn a_taxi_drives_at_city_speed_at_most(seed: u64) {
            let (area, at) = home();
            let mut motion = Motion::cruising(area, at, at, rng(seed, Stream::Streets, 0, 0));
            let mut last = motion.at(0.0);
            for second in 1..300 {
                let seen = motion.at(f64::from(second));
                // A step may fall into this second although it was driven in the one before.
                prop_assert!(Haversine.distance(last, seen) <= SPEED_MPS.end + STEP_M + 0.01);
                last = seen;
            }
        }

        #[test]
        fn a_taxi_on_an_errand_arrives_when_it_said_and_cruises_again_inside(seed: u64) {
            let (area, at) = home();
            let mut motion = Motion::cruising(area.clone(), at, at, rng(seed, Stream::Streets, 0, 0));
            let took_s = motion.go_far(800.0, 30.0);
            prop_assert!(took_s > 10.0 && took_s < 200.0, "{took_s}");
            let halfway = motion.at(30.0 + took_s / 2.0);
            let there = motion.at(30.1 + took_s);
            prop_assert!(Haversine.distance(halfway, there) > 30.0);
            prop_assert_eq!(motion.at(60.0 + took_s), there);
            motion.cruise(60.0 + took_s);
            for second in 0..60 {
                prop_assert!(area.contains(motion.at(60.0 + took_s + f64::from(second))));
            }
        }
    }

    #[test]
    fn a_taxi_really_moves() {
        let (area, at) = home();
        let mut motion = Motion::cruising(area, at, at, rng(3, Stream::Streets, 0, 0));
        let seen: Vec<_> = (0..10).map(|minute| motion.at(f64::from(minute) * 60.0)).collect();
        assert!(
            seen.windows(2).all(|pair| Haversine.distance(pair[0], pair[1]) > 20.0),
            "{seen:?}"
        );
    }

    #[test]
    fn the_way_depends_on_the_seed_alone() {
        let drive = |seed| {
            let (area, at) = home();
            let mut motion = Motion::cruising(area, at, at, rng(seed, Stream::Streets, 4, 0));
            motion.at(1_000.0)
        };
        assert_eq!(drive(1), drive(1));
        assert_ne!(drive(1), drive(2));
    }

    #[test]
    fn a_parked_taxi_stays_even_when_sent_away() {
        let (area, at) = home();
        let mut motion = Motion::parked(area, at, rng(3, Stream::Streets, 0, 0));
        assert!(motion.go_to(Point::new(2.015, 48.005), 10.0).abs() < f64::EPSILON);
        motion.cruise(20.0);
        assert_eq!(motion.at(500.0), at);
    }
}
