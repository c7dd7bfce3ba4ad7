//! Concurrency tests. Readers run a fixed number of queries; writers continue until the last reader is done.

use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering::SeqCst};
use std::thread;

use positions::Index;
use territory::Point;

use crate::{beside, point};

const READERS: usize = 2;

/// Counts a reader as done even if it panics, so that the writers end and the test fails.
struct Done<'a>(&'a AtomicUsize);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, SeqCst);
    }
}

/// Runs `write(round)` with increasing rounds until both readers have done `queries` queries.
fn while_reading(queries: u32, read: impl Fn(u32) + Sync, write: &[&(dyn Fn(u32) + Sync)]) {
    let busy = &AtomicUsize::new(READERS);
    thread::scope(|scope| {
        for _ in 0..READERS {
            scope.spawn(|| {
                let _done = Done(busy);
                (0..queries).for_each(&read);
            });
        }
        for write in write {
            scope
                .spawn(move || (1..u32::MAX).take_while(|_| busy.load(SeqCst) > 0).for_each(write));
        }
    });
}

/// Twelve places on a circle of 800 m. Going round crosses borders of cells, of blocks and of rows with
/// another number of columns.
fn stops(center: Point) -> Vec<Point> {
    (0..12)
        .map(|hour| f64::from(hour) / 12.0 * std::f64::consts::TAU)
        .map(|angle| beside(center, 800.0 * angle.sin(), 800.0 * angle.cos()))
        .collect()
}

fn nobody_vanishes_round(center: Point) {
    const KEYS: u32 = 40;
    let (index, stops) = (Index::new(), stops(center));
    let stop = |key: u32, round: u32| stops[(key * 7 + round * 5) as usize % stops.len()];
    (0..KEYS).for_each(|key| assert!(index.update(key, stop(key, 0), 0)));
    let drive = |keys: std::ops::Range<u32>, round| {
        keys.for_each(|key| assert!(index.update(key, stop(key, round), round)));
    };
    let read = |_| {
        let mut seen = [0; KEYS as usize];
        index.near(center, 1_000.0, 0, |key: u32, _, _| seen[key as usize] += 1);
        index.everyone(0, |key: u32, _| seen[key as usize] += 1);
        assert_eq!(seen, [2; KEYS as usize], "each of them once, and anywhere, round {center:?}");
    };
    let (some, others) = (|round| drive(0..KEYS / 2, round), |round| drive(KEYS / 2..KEYS, round));
    while_reading(1_500, read, &[&some, &others]);
}

#[test]
fn a_key_that_drives_about_inside_the_circle_is_found_exactly_once() {
    nobody_vanishes_round(point(2.352_2, 48.856_6));
}

#[test]
fn that_holds_at_the_antimeridian_too() {
    nobody_vanishes_round(point(180.0, 0.0));
    nobody_vanishes_round(point(-179.995, 84.9));
}

#[test]
fn that_holds_where_rows_change_their_number_of_columns() {
    // Row 30,720 is the first of its band.
    nobody_vanishes_round(point(5.0, 30_720.0 * 0.004_5 - 90.0));
}

#[test]
fn that_holds_for_circles_that_look_through_all_cells() {
    let (index, center) = (Index::new(), point(2.352_2, 48.856_6));
    let stops = stops(center);
    (0..40).for_each(|key| assert!(index.update(key, center, 0)));
    let drive = |round: u32| {
        for key in 0..40_u32 {
            index.update(key, stops[(key + round) as usize % stops.len()], round);
        }
    };
    let read = |_| {
        let mut seen = [0; 40];
        index.near(center, 200_000.0, 0, |key: u32, _, _| seen[key as usize] += 1);
        assert_eq!(seen, [1; 40]);
    };
    while_reading(1_500, read, &[&drive]);
}

#[test]
fn who_comes_and_goes_is_found_once_at_most() {
    let (index, center) = (Index::new(), point(2.352_2, 48.856_6));
    let far = beside(center, 9_000.0, 0.0);
    let come_and_go = |round: u32| {
        for key in 0..20_u32 {
            match round % 3 {
                0 => assert!(index.update(key, center, round)),
                1 => assert!(index.update(key, far, round)),
                _ => assert!(index.remove(key).is_some()),
            }
        }
    };
    (0..20).for_each(|key| assert!(index.update(key, center, 0)));
    let read = |_| {
        let mut seen = [0; 20];
        index.near(center, 1_000.0, 0, |key: u32, _, _| seen[key as usize] += 1);
        assert!(seen.iter().all(|times| *times <= 1), "{seen:?}");
    };
    while_reading(3_000, read, &[&come_and_go]);
}

/// A place that encodes the second `n` of its fix in both longitude and latitude.
fn nth(n: u32) -> Point {
    point(f64::from(20_000_000 + n) / 1e7, f64::from(480_000_000 + n) / 1e7)
}

/// The second that is encoded in this place.
fn second_of(point: Point) -> f64 {
    let in_units = |degrees: f64, from: f64| (degrees * 1e7 - from).round();
    let (lon, lat) = (in_units(point.lon(), 2e7), in_units(point.lat(), 4.8e8));
    assert!((lon - lat).abs() < 0.5, "half of one position and half of another: {lon} and {lat}");
    lon
}

#[test]
fn no_position_is_half_read_and_none_looks_newer_than_it_is() {
    let index = Index::new();
    index.update(0_u32, nth(0), 0);
    // Two writers race for one key, each with its own rounds.
    let write = |round: u32| {
        if round < 300_000 {
            index.update(0_u32, nth(round), round);
        }
    };
    let newest = AtomicU32::new(0);
    let read = |_| {
        let known = newest.load(SeqCst);
        let fix = index.get(0).expect("never removed");
        let apart = (second_of(fix.point) - f64::from(fix.at_s)).abs();
        assert!(apart < 0.5, "position and time of one fix belong together");
        assert!(fix.at_s >= known, "an older fix replaced a newer one");
        newest.fetch_max(fix.at_s, SeqCst);
        let mut found = 0;
        index.near(nth(0), 5_000.0, 0, |_, fix, _| {
            found += 1;
            assert!(second_of(fix.point) >= f64::from(fix.at_s), "looks newer than it is");
        });
        assert_eq!(found, 1);
    };
    while_reading(3_000, read, &[&write, &write]);
}

#[test]
fn ageing_takes_nobody_who_still_reports() {
    let (index, center) = (Index::new(), point(2.352_2, 48.856_6));
    let stops = stops(center);
    // All keys have reported in this round or a later one.
    let reported = AtomicU32::new(0);
    let report = |round: u32| {
        for key in 0..40_u32 {
            index.update(key, stops[(key + round) as usize % stops.len()], round);
        }
        reported.store(round, SeqCst);
    };
    report(0);
    let age = |_| assert_eq!(index.expire(reported.load(SeqCst), 25), 0);
    let read = |_| {
        let mut seen = [0; 40];
        let not_before_s = reported.load(SeqCst);
        index.near(center, 1_000.0, not_before_s, |key: u32, _, _| seen[key as usize] += 1);
        assert_eq!(seen, [1; 40]);
    };
    while_reading(1_500, read, &[&report, &age]);
}
