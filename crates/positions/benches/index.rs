//! Benchmarks of updates and queries of the index, from ten thousand to a million keys.
//!
//! Keys are spread evenly at a constant density of 30 in a circle of 1 km, so the area grows with their
//! number.

use std::fs;
use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use positions::Index;
use territory::Point;

const SIZES: [u32; 3] = [10_000, 100_000, 1_000_000];
const PER_SQUARE_KM: f64 = 30.0 / std::f64::consts::PI;
/// Density in the country, where two keys rarely share a block of cells.
const THIN_PER_SQUARE_KM: f64 = 0.1;

/// A cheap seeded generator of numbers from 0 to 1.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> f64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A random point in a square around the middle of France that is large enough for so many keys.
    fn point(&mut self, keys: u32) -> Point {
        self.point_among(keys, PER_SQUARE_KM)
    }

    fn point_among(&mut self, keys: u32, per_square_km: f64) -> Point {
        let side_km = (f64::from(keys) / per_square_km).sqrt();
        let (east_km, north_km) = ((self.roll() - 0.5) * side_km, (self.roll() - 0.5) * side_km);
        Point::new(2.4 + east_km / 76.0, 46.5 + north_km / 111.2).expect("in France")
    }
}

fn filled(keys: u32) -> (Index<u32>, Vec<Point>) {
    let (index, mut dice) = (Index::new(), Dice(1));
    let homes: Vec<_> = (0..keys).map(|_| dice.point(keys)).collect();
    for (number, home) in (0..).zip(&homes) {
        index.update(number, *home, 1);
    }
    (index, homes)
}

/// Resident memory of this program in kilobytes, if the system tells.
fn resident_kb() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().trim_end_matches("kB").trim().parse().ok()
}

fn memory(_: &mut Criterion) {
    let keys: u32 = 500_000;
    for per_square_km in [PER_SQUARE_KM, THIN_PER_SQUARE_KM] {
        let before = resident_kb();
        let (index, mut dice) = (Index::<u32>::new(), Dice(1));
        for number in 0..keys {
            index.update(number, dice.point_among(keys, per_square_km), number / 8_333);
        }
        if let (Some(before), Some(after)) = (before, resident_kb()) {
            eprintln!(
                "memory: {} bytes a key, of {} keys, {per_square_km:.2} a square kilometre",
                (after - before) * 1024 / u64::from(keys),
                index.len()
            );
        }
        // Freed memory would be reused by the next index and distort its figure.
        std::mem::forget(index);
    }
}

fn updates(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("update");
    for keys in SIZES {
        let (index, homes) = filled(keys);
        let mut round = 0_u32;
        group.bench_function(BenchmarkId::new("in its cell", keys), |bencher| {
            bencher.iter(|| {
                round += 1;
                let number = scattered(round, keys);
                index.update(number, black_box(homes[number as usize]), 1)
            });
        });
        let mut round = 0_u32;
        group.bench_function(BenchmarkId::new("to the next cell", keys), |bencher| {
            bencher.iter(|| {
                round += 1;
                let number = scattered(round, keys);
                let home = homes[number as usize];
                // All keys go 600 m east one after the other, then all go back, and so on.
                let away = f64::from(round / keys % 2) * 0.6 / 76.0;
                let point = Point::new(home.lon() + away, home.lat()).expect("in France");
                index.update(number, black_box(point), 1)
            });
        });
    }
}

/// A key far from that of the previous round, so that no cache holds it; each key once in `keys` rounds.
fn scattered(round: u32, keys: u32) -> u32 {
    #[expect(clippy::cast_possible_truncation, reason = "below `keys`")]
    let number = (u64::from(round) * 7_919 % u64::from(keys)) as u32;
    number
}

fn queries(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("near");
    for keys in SIZES {
        let (index, _) = filled(keys);
        for radius_m in [500, 1_000] {
            let mut dice = Dice(3);
            group.bench_function(BenchmarkId::new(format!("{radius_m} m"), keys), |bencher| {
                bencher.iter(|| {
                    let mut found = 0;
                    index.near(dice.point(keys), f64::from(radius_m), 1, |_, _, _| found += 1);
                    found
                });
            });
        }
    }
}

criterion_group! {
    name = index;
    config = Criterion::default().measurement_time(Duration::from_secs(2)).warm_up_time(Duration::from_secs(1));
    targets = memory, updates, queries
}
criterion_main!(index);
