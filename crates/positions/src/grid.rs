//! The grid: the cell of a place, and the cells that cover a circle.
//!
//! Rows are 0.0045 degrees of latitude high, 500.5 m everywhere. Each row is cut into columns about 500 m
//! wide; the rows of a band of 256 have the same number of columns. Columns start at the antimeridian and go
//! round the Earth, so the last one is a neighbour of the first.
//!
//! All arithmetic after the first rounding is on integers of 1e-7 degree: a place inside a [`Frame`] lies in
//! one of the frame's cells without any tolerance.

use std::f64::consts::FRAC_PI_2;
use std::ops::{Range, RangeInclusive};
use std::sync::LazyLock;

use territory::{MAX_LAT, Point, SPHERE_RADIUS_M};

use crate::fix::Place;

const ROW_E7: i64 = 45_000;
const QUARTER_TURN_E7: i64 = 900_000_000;
const HALF_TURN_E7: i64 = 2 * QUARTER_TURN_E7;
const TURN_E7: i64 = 2 * HALF_TURN_E7;
const ROWS: i64 = HALF_TURN_E7 / ROW_E7;
const BAND_ROWS: i64 = 256;

/// Number of columns in the rows of each band.
static COLUMNS: LazyLock<Vec<i64>> = LazyLock::new(|| {
    let bands = 0..=ROWS / BAND_ROWS;
    bands
        .map(|band| {
            let middle_row = band * BAND_ROWS + BAND_ROWS / 2;
            let lat_deg =
                ((middle_row * ROW_E7 - QUARTER_TURN_E7) as f64 / 1e7).clamp(-MAX_LAT, MAX_LAT);
            let columns = (TURN_E7 / ROW_E7) as f64 * lat_deg.to_radians().cos();
            #[expect(clippy::cast_possible_truncation, reason = "at most 80,000")]
            let columns = columns as i64;
            columns
        })
        .collect()
});

/// One cell of the grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Cell {
    row: i64,
    column: i64,
}

impl Cell {
    /// The cell that holds a place.
    pub(crate) fn of(place: Place) -> Self {
        let row = row(place.lat_e7.into());
        Self { row, column: column(row, i64::from(place.lon_e7)) }
    }

    /// The block of the cell.
    pub(crate) fn block(self) -> Block {
        Block::at(self.row / SIDE, self.column / SIDE)
    }

    /// Index of the cell in its block, below [`CELLS`]: row by row going north, each going east.
    pub(crate) fn in_block(self) -> usize {
        usize::try_from(self.row % SIDE * SIDE + self.column % SIDE).expect("below 16")
    }
}

/// A square of four by four cells: its row in the upper half of the number, its column in the lower.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Block(u64);

/// Cells along one side of a block.
const SIDE: i64 = 4;

/// Cells in a block.
pub(crate) const CELLS: usize = 16;

impl Block {
    fn at(row: i64, column: i64) -> Self {
        Self(row.cast_unsigned() << 32 | column.cast_unsigned())
    }

    /// Cells of the block, in the order of [`Cell::in_block`].
    pub(crate) fn cells(self) -> impl Iterator<Item = Cell> {
        let (row, column) = (self.0 >> 32, self.0 & 0xffff_ffff);
        let (row, column) = (row.cast_signed() * SIDE, column.cast_signed() * SIDE);
        (row..row + SIDE)
            .flat_map(move |row| (column..column + SIDE).map(move |column| Cell { row, column }))
    }

    /// A number shared by two by two blocks. The circle of an ordinary search lies in one to four such
    /// squares.
    pub(crate) fn square(self) -> u64 {
        self.0 >> 1 & 0x7fff_ffff_7fff_ffff
    }
}

/// Adjacent cells, from west to east, in one row of one block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    /// The block.
    pub(crate) block: Block,
    /// Indices of the cells in the block; see [`Cell::in_block`].
    pub(crate) cells: Range<usize>,
}

fn row(lat_e7: i64) -> i64 {
    (lat_e7 + QUARTER_TURN_E7) / ROW_E7
}

fn columns(row: i64) -> i64 {
    COLUMNS[usize::try_from(row / BAND_ROWS).expect("rows count from 0")]
}

/// Accepts any longitude, also beyond the antimeridian.
fn column(row: i64, lon_e7: i64) -> i64 {
    (lon_e7 + HALF_TURN_E7).rem_euclid(TURN_E7) * columns(row) / TURN_E7
}

/// The smallest upright box around a circle and the cells that cover it, both slightly enlarged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame {
    center: Place,
    half_height_e7: i64,
    /// [`HALF_TURN_E7`] if the box spans all longitudes.
    half_width_e7: i64,
    /// Square of the sine of half the radius.
    haversine: f64,
    /// Cosine of the center's latitude.
    cos_lat: f64,
}

impl Frame {
    /// Computes the box around a circle on the sphere; `radius_m` is not negative.
    pub(crate) fn around(center: Point, radius_m: f64) -> Self {
        let (radius, lat) = (radius_m / SPHERE_RADIUS_M, center.lat().to_radians());
        // A circle that reaches a pole holds every longitude.
        let half_width = if lat.abs() + radius < FRAC_PI_2 {
            (radius.sin() / lat.cos()).min(1.0).asin().to_degrees()
        } else {
            180.0
        };
        // From 179 degrees on, both ends could fall into the same column; all columns are then meant.
        let half_width_e7 = if half_width < 179.0 { units(half_width) } else { HALF_TURN_E7 };
        let half_height_e7 = units(radius.to_degrees().min(180.0));
        Self {
            center: center.into(),
            half_height_e7,
            half_width_e7,
            haversine: (radius / 2.0).sin().powi(2),
            cos_lat: lat.cos(),
        }
    }

    /// True if a place is in the box: a cheap test that excludes most places outside the circle.
    pub(crate) fn contains(&self, place: Place) -> bool {
        let high = (i64::from(place.lat_e7) - i64::from(self.center.lat_e7)).abs();
        let wide = (i64::from(place.lon_e7) - i64::from(self.center.lon_e7)).abs();
        high <= self.half_height_e7 && wide.min(TURN_E7 - wide) <= self.half_width_e7
    }

    /// Every cell in which a place of the circle can lie, each once.
    pub(crate) fn runs(&self) -> impl Iterator<Item = Run> {
        self.rows().flat_map(|row| {
            let (first, count, columns) = self.span(row);
            let (mut next, end) = (first, first + count);
            std::iter::from_fn(move || {
                let cell = Cell { row, column: next % columns };
                // A run ends with its block, with the row of the grid or with the circle.
                let most = (SIDE - cell.column % SIDE).min(columns - cell.column);
                let wide = most.min(end - next);
                next += wide;
                let first = cell.in_block();
                let wide = usize::try_from(wide).expect("at most 4");
                (wide > 0).then(|| Run { block: cell.block(), cells: first..first + wide })
            })
        })
    }

    /// True if [`Self::runs`] include this cell.
    pub(crate) fn covers(&self, cell: Cell) -> bool {
        self.rows().contains(&cell.row) && {
            let (first, count, columns) = self.span(cell.row);
            (cell.column - first).rem_euclid(columns) < count
        }
    }

    /// True if [`Self::runs`] have more than so many cells.
    pub(crate) fn is_larger_than(&self, cells: i64) -> bool {
        let mut left = cells;
        self.rows().any(|row| {
            left -= self.span(row).1;
            left < 0
        })
    }

    fn rows(&self) -> RangeInclusive<i64> {
        let lat_e7 = i64::from(self.center.lat_e7);
        let south = (lat_e7 - self.half_height_e7).max(-QUARTER_TURN_E7);
        let north = (lat_e7 + self.half_height_e7).min(QUARTER_TURN_E7);
        row(south)..=row(north)
    }

    /// First column of the circle, number of columns going east, and number of columns in the row.
    fn span(&self, row: i64) -> (i64, i64, i64) {
        let columns = columns(row);
        if self.half_width_e7 == HALF_TURN_E7 {
            return (0, columns, columns);
        }
        let (lon_e7, half_width_e7) = (i64::from(self.center.lon_e7), self.half_width_e7_at(row));
        let west = column(row, lon_e7 - half_width_e7);
        let east = column(row, lon_e7 + half_width_e7);
        (west, (east - west).rem_euclid(columns) + 1, columns)
    }

    /// Half the width of the circle within a row, in 1e-7 degree: at least the true one, at most that of the
    /// box.
    ///
    /// Computed by the haversine formula with cheap bounds in place of trigonometric functions. The bounds
    /// are tight for small circles; the cover of a large circle may have some cells too many.
    fn half_width_e7_at(&self, row: i64) -> i64 {
        let lat_e7 = i64::from(self.center.lat_e7);
        let south = row * ROW_E7 - QUARTER_TURN_E7;
        let north = south + ROW_E7;
        // The nearest latitude of the row, less the rounding error of two places, and the farthest.
        let gap = (south - lat_e7).max(lat_e7 - north).max(2) - 2;
        let reach = (lat_e7 - south).max(north - lat_e7);
        let [gap, reach] = [gap, reach].map(|e7| (e7 as f64 / 1e7).to_radians());
        let half_gap = gap / 2.0;
        // sin² x ≥ x² − x⁴ ∕ 3, and a cosine falls by no more than its angle grows.
        let left = self.haversine - half_gap.powi(2) * (1.0 - half_gap.powi(2) / 3.0).max(0.0);
        let cosines = self.cos_lat * (self.cos_lat - reach);
        let sine = (left.max(0.0) / cosines).sqrt();
        if cosines <= 0.0 || sine >= 1.0 {
            return self.half_width_e7;
        }
        // asin x ≤ x + (π ∕ 2 − 1) x³ up to 1.
        let half_width = 2.0 * sine * (1.0 + (FRAC_PI_2 - 1.0) * sine * sine);
        units(half_width.to_degrees().min(180.0)).min(self.half_width_e7)
    }
}

/// Converts degrees to whole units, rounded up, plus two: one for the rounding of each of two places.
fn units(degrees: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "at most 180 degrees")]
    let units = (degrees * 1e7).ceil() as i64;
    units + 2
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use proptest::prelude::*;

    use super::*;

    fn point(lon: f64, lat: f64) -> Point {
        Point::new(lon, lat).expect("in range")
    }

    /// Cells of all runs.
    fn cells(frame: &Frame) -> Vec<Cell> {
        frame
            .runs()
            .flat_map(|run| run.block.cells().collect::<Vec<_>>()[run.cells].to_vec())
            .collect()
    }

    proptest! {
        #[test]
        fn every_place_of_a_circle_is_in_its_frame_and_in_one_of_its_cells(
            lon in -180.0..=180.0_f64, lat in -85.0..=85.0_f64,
            radius_m in prop::sample::select(vec![1.0, 500.0, 1_000.0, 12_000.0]),
            bearing in 0.0..std::f64::consts::TAU, part in 0.0..=1.0_f64,
        ) {
            let frame = Frame::around(point(lon, lat), radius_m);
            let deg = (radius_m * part / SPHERE_RADIUS_M).to_degrees();
            let stretch = lat.to_radians().cos();
            let east = (lon + deg * bearing.sin() / stretch + 540.0).rem_euclid(360.0) - 180.0;
            let other = point(east, (lat + deg * bearing.cos()).clamp(-MAX_LAT, MAX_LAT));
            prop_assume!(point(lon, lat).sphere_distance_m(other) <= radius_m);
            let place = Place::from(other);
            prop_assert!(frame.contains(place));
            prop_assert!(frame.covers(Cell::of(place)));
            prop_assert!(cells(&frame).contains(&Cell::of(place)));
        }
    }

    proptest! {
        #[test]
        fn no_row_ends_before_the_rim_of_the_circle_nor_far_beyond(
            lon in -180.0..=180.0_f64, lat in -80.0..=80.0_f64,
            radius_m in prop::sample::select(vec![3.0, 500.0, 1_000.0, 12_000.0]),
            bearings in prop::collection::vec(0.0..std::f64::consts::TAU, 64),
        ) {
            let frame = Frame::around(point(lon, lat), radius_m);
            let (angle, from) = (radius_m / SPHERE_RADIUS_M, lat.to_radians());
            let mut far_e7 = HashMap::<i64, (i64, i64)>::new();
            for bearing in bearings {
                // The place at this distance and bearing.
                let sin_lat = from.sin() * angle.cos() + from.cos() * angle.sin() * bearing.cos();
                let lon = (bearing.sin() * angle.sin() * from.cos())
                    .atan2(angle.cos() - from.sin() * sin_lat);
                let [lat_e7, lon_e7] = [sin_lat.asin(), lon].map(|angle| {
                    #[expect(clippy::cast_possible_truncation, reason = "an angle of the Earth")]
                    let e7 = (angle.to_degrees() * 1e7).trunc() as i64;
                    e7
                });
                let half_width_e7 = frame.half_width_e7_at(row(lat_e7));
                prop_assert!(lon_e7.abs() <= half_width_e7, "{lon_e7} > {half_width_e7}");
                let row = far_e7.entry(row(lat_e7)).or_insert((0, half_width_e7));
                row.0 = row.0.max(lon_e7.abs());
            }
            // Where the rim is nearly upright, some of these places are near the row's widest.
            let widest = far_e7.values().max().expect("some rows");
            prop_assert!(widest.1 <= widest.0 * 12 / 10 + 10, "{widest:?}");
        }
    }

    #[test]
    fn a_frame_has_each_cell_once_and_not_many_for_a_search() {
        for (lon, lat) in
            [(2.35, 48.86), (180.0, 0.0), (-180.0, 85.0), (179.999, -84.99), (0.0, 52.1)]
        {
            let frame = Frame::around(point(lon, lat), 1_000.0);
            let cells = cells(&frame);
            assert_eq!(cells.iter().collect::<HashSet<_>>().len(), cells.len(), "{lon} {lat}");
            assert!((16..=36).contains(&cells.len()), "{} cells at {lon} {lat}", cells.len());
            assert!(cells.iter().all(|&cell| frame.covers(cell)));
            let count = i64::try_from(cells.len()).expect("few");
            assert!(!frame.is_larger_than(count) && frame.is_larger_than(count - 1));
        }
    }

    #[test]
    fn cells_are_about_500_m_wide_everywhere() {
        for lat in -85..=85_i32 {
            let row = row(i64::from(lat) * 10_000_000);
            let width_m = point(0.0, lat.into())
                .sphere_distance_m(point(360.0 / columns(row) as f64, lat.into()));
            assert!((440.0..580.0).contains(&width_m), "{width_m} m at {lat}");
        }
    }

    #[test]
    fn both_names_of_the_antimeridian_are_one_cell() {
        assert_eq!(Cell::of(point(180.0, 12.0).into()), Cell::of(point(-180.0, 12.0).into()));
    }

    #[test]
    fn a_circle_round_the_pole_or_the_earth_covers_all_longitudes() {
        for (lat, radius_m) in
            [(84.0, 800_000.0), (-84.0, 800_000.0), (0.0, 1e9), (30.0, f64::INFINITY)]
        {
            let frame = Frame::around(point(10.0, lat), radius_m);
            let across = Place::from(point(-170.0, lat));
            assert!(frame.contains(across) && frame.covers(Cell::of(across)), "{lat} {radius_m}");
        }
    }
}
