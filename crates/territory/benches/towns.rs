//! Benchmarks of the town lookup and of building a territory, with as many towns as France has and borders as
//! detailed.

use std::f64::consts::TAU;
use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use geo::{Coord, LineString, Polygon};
use territory::{Point, Territory, Town};

/// Number of towns, in rows; each town is a hundredth of a degree wide.
const TOWNS: usize = 35_000;
const TOWNS_A_ROW: usize = 250;
/// Number of corners of a border: real borders have about 60 on average, at a detail of 10 m.
const CORNERS: usize = 60;

fn towns() -> Vec<Town> {
    let town = |index: usize| {
        let (row, column) = (index / TOWNS_A_ROW, index % TOWNS_A_ROW);
        let (lon, lat) = (1.0 + column as f64 * 0.01, 47.5 + row as f64 * 0.01);
        // A ragged circle, so that the boxes of neighbours overlap.
        let corner = |corner: usize| {
            let angle = corner as f64 / CORNERS as f64 * TAU;
            let radius = 0.006 + 0.0008 * (corner * 7 % 5) as f64;
            Coord { x: lon + radius * angle.cos(), y: lat + radius * angle.sin() }
        };
        let ring: LineString<f64> = (0..CORNERS).map(corner).collect();
        Town {
            code: format!("{:02}{:03}", 1 + index / 1_000, index % 1_000).parse().expect("a code"),
            name: format!("Ville-{index}"),
            border: Polygon::new(ring, Vec::new()).into(),
        }
    };
    (0..TOWNS).map(town).collect()
}

fn points(criterion: &mut Criterion) {
    let territory = Territory::new(towns(), Vec::new(), Vec::new());
    let mut turn = 0_u32;
    criterion.bench_function("the town of a point", |bencher| {
        bencher.iter(|| {
            turn = turn.wrapping_add(7_919);
            let (east, north) = (f64::from(turn % 25_013) / 1e4, f64::from(turn % 13_997) / 1e4);
            let point = Point::new(1.0 + east, 47.5 + north).expect("in France");
            territory.town_at(black_box(point))
        });
    });
}

fn building(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("35,000 towns");
    group.sample_size(10);
    group.bench_function("are built", |bencher| {
        bencher.iter_batched(
            towns,
            |towns| Territory::new(towns, Vec::new(), Vec::new()),
            criterion::BatchSize::PerIteration,
        );
    });
}

criterion_group!(territory, points, building);
criterion_main!(territory);
