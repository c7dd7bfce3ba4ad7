//! Property tests of the index against a list that is scanned from end to end.

use positions::{Fix, Index};
use proptest::prelude::*;
use territory::Point;

use crate::{beside, point};

#[derive(Clone, Debug)]
enum Step {
    Update(u32, Point, u32),
    Remove(u32),
    Expire(u32),
    Near(Point, f64, u32),
    Everyone(u32),
}

/// Places at the edges of the grid, and some others.
fn a_point() -> impl Strategy<Value = Point> {
    let centers = prop::sample::select(vec![
        (2.352_2, 48.856_6),
        (180.0, 0.0),
        (-179.999, 61.2),
        (179.999, -17.7),
        (0.0, 0.0),
        (12.0, 85.0),
        (-168.0, 85.05),
        (12.0, -85.05),
    ]);
    let near_one = (centers, -2_000.0..2_000.0, -2_000.0..2_000.0)
        .prop_map(|((lon, lat), east_m, north_m)| beside(point(lon, lat), east_m, north_m));
    let anywhere = (-180.0..=180.0, -85.0..=85.0).prop_map(|(lon, lat)| point(lon, lat));
    prop_oneof![9 => near_one, 1 => anywhere]
}

fn a_step() -> impl Strategy<Value = Step> {
    let key = 0..60_u32;
    let at_s = 100..120_u32;
    let radius_m = prop_oneof![
        4 => 0.0..3_000.0,
        1 => prop::sample::select(vec![-1.0, f64::NAN, 40_000.0, 1.2e6, 9e6, 1.9e7, f64::INFINITY]),
    ];
    prop_oneof![
        12 => (key.clone(), a_point(), at_s.clone()).prop_map(|(k, p, at_s)| Step::Update(k, p, at_s)),
        1 => key.prop_map(Step::Remove),
        1 => (100..112_u32).prop_map(Step::Expire),
        6 => (a_point(), radius_m, at_s).prop_map(|(p, r, at_s)| Step::Near(p, r, at_s)),
        1 => (100..120_u32).prop_map(Step::Everyone),
    ]
}

/// Rounds as the index does: to 1e-7 degree, within range.
fn rounded(point: Point) -> Point {
    let round = |degrees: f64| (degrees * 1e7).round() / 1e7;
    let lat = round(point.lat()).clamp(-85.051_128_7, 85.051_128_7);
    Point::new(round(point.lon()), lat).expect("on the map")
}

#[derive(Default)]
struct List(Vec<(u32, Fix)>);

impl List {
    fn update(&mut self, key: u32, point: Point, at_s: u32) -> bool {
        if self.0.iter().any(|(other, fix)| *other == key && fix.at_s > at_s) {
            return false;
        }
        self.0.retain(|(other, _)| *other != key);
        self.0.push((key, Fix { point: rounded(point), at_s }));
        true
    }

    fn get(&self, key: u32) -> Option<Fix> {
        self.0.iter().find(|(other, _)| *other == key).map(|(_, fix)| *fix)
    }

    fn forget(&mut self, old: impl Fn(u32, Fix) -> bool) -> usize {
        let before = self.0.len();
        self.0.retain(|(key, fix)| !old(*key, *fix));
        before - self.0.len()
    }

    fn near(&self, center: Point, radius_m: f64, not_before_s: u32) -> Vec<(u32, Fix, f64)> {
        let all = self
            .0
            .iter()
            .map(|(key, fix)| (*key, *fix, center.sphere_distances().metres_to(fix.point)));
        all.filter(|(_, fix, far_m)| *far_m <= radius_m && fix.at_s >= not_before_s).collect()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_index_answers_like_a_list(steps in prop::collection::vec(a_step(), 1..250)) {
        let (index, mut list) = (Index::new(), List::default());
        for step in steps {
            match step {
                Step::Update(key, point, at_s) => {
                    prop_assert_eq!(index.update(key, point, at_s), list.update(key, point, at_s));
                }
                Step::Remove(key) => {
                    prop_assert_eq!(index.remove(key), list.get(key));
                    list.forget(|other, _| other == key);
                }
                Step::Expire(before_s) => {
                    let forgotten = list.forget(|_, fix| fix.at_s < before_s);
                    prop_assert_eq!(index.expire(before_s, usize::MAX), forgotten);
                }
                Step::Near(center, radius_m, not_before_s) => {
                    let mut found = Vec::new();
                    index.near(center, radius_m, not_before_s, |key, fix, far_m| {
                        found.push((key, fix, far_m));
                    });
                    let mut expected = list.near(center, radius_m, not_before_s);
                    found.sort_by_key(|(key, ..)| *key);
                    expected.sort_by_key(|(key, ..)| *key);
                    prop_assert_eq!(found, expected);
                }
                Step::Everyone(not_before_s) => {
                    let mut found = Vec::new();
                    index.everyone(not_before_s, |key: u32, fix| found.push((key, fix)));
                    let mut expected = list.0.clone();
                    expected.retain(|(_, fix)| fix.at_s >= not_before_s);
                    expected.sort_by_key(|(key, _)| *key);
                    prop_assert_eq!(found, expected);
                }
            }
            prop_assert_eq!(index.len(), list.0.len());
        }
        for key in 0..60 {
            prop_assert_eq!(index.get(key), list.get(key));
        }
    }
}

#[test]
fn neighbours_across_the_antimeridian_find_each_other() {
    let index = Index::new();
    // West of it, on it by both its longitudes, east of it, and elsewhere.
    for (key, lon) in (0_u32..).zip([179.999, 180.0, -180.0, -179.999, 0.0]) {
        index.update(key, point(lon, 65.0), 1);
    }
    for lon in [179.999, 180.0, -180.0, -179.999] {
        let mut found = Vec::new();
        index.near(point(lon, 65.0), 100.0, 0, |key, _, _| found.push(key));
        found.sort_unstable();
        assert_eq!(found, [0, 1, 2, 3], "from {lon}");
    }
}

#[test]
fn a_circle_over_the_pole_finds_the_other_side() {
    let index = Index::new();
    let (beyond_the_pole, on_this_side) = (0_u32, 1);
    index.update(beyond_the_pole, point(-170.0, 84.0), 1);
    index.update(on_this_side, point(10.0, 84.0), 1);
    for (radius_m, expected) in [(1_000_000.0, 1), (1_400_000.0, 2)] {
        let mut found = 0;
        index.near(point(10.0, 84.5), radius_m, 0, |_, _, _| found += 1);
        assert_eq!(found, expected, "{radius_m}");
    }
}

#[test]
fn what_is_found_may_be_moved_and_removed_at_once() {
    let index = Index::new();
    for key in 0..10_u32 {
        index.update(key, point(2.35, 48.86), 1);
    }
    index.near(point(2.35, 48.86), 10.0, 0, |key, _, _| {
        index.update(key, point(7.0, 43.0), 2);
        index.remove(key);
    });
    assert!(index.is_empty());
}
