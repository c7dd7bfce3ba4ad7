//! Hotspots: places where taxis gather and passengers look for them, one for every few taxis, spread over
//! the land. Without them a fleet thin enough for a demo would hardly ever meet its passengers.

use std::sync::Arc;

use geo::Point;

use crate::places::{Area, Nowhere, Places, Town, draw_town};
use crate::random::{Stream, rng};

/// Taxis that share a hotspot.
const TAXIS: usize = 8;

/// A hotspot, and the taxis that cruise around it.
#[derive(Debug)]
pub(crate) struct Hotspot {
    pub(crate) at: Point<f64>,
    /// The town that licenses its taxis.
    pub(crate) town: Arc<Town>,
    /// The towns where they may look for customers.
    pub(crate) area: Area,
}

/// Draws enough hotspots for a fleet: one at least. `wanted` are the codes of the licensing towns, if
/// not all are meant.
pub(crate) fn draw_hotspots(
    places: &Places,
    wanted: &[String],
    seed: u64,
    taxis: usize,
) -> Result<Vec<Hotspot>, Nowhere> {
    let licensing = places.licensing(wanted)?;
    let draw = |number| {
        let mut rng = rng(seed, Stream::Hotspot, number, 0);
        let town = draw_town(&licensing, &mut rng);
        let area = places.area(town);
        let at = draw_town(area.towns(), &mut rng).draw_point(&mut rng);
        Hotspot { at, town: Arc::clone(town), area }
    };
    Ok((0..taxis.div_ceil(TAXIS).max(1) as u64).map(draw).collect())
}

/// The hotspot of a taxi, by its number.
pub(crate) fn hotspot_of(hotspots: &[Hotspot], taxi: usize) -> &Hotspot {
    &hotspots[taxi / TAXIS]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::places::tests::three_towns;

    #[test]
    fn every_taxi_has_a_hotspot_in_its_area() {
        let places = three_towns();
        for taxis in [0, 1, 8, 9, 100] {
            let hotspots = draw_hotspots(&places, &[], 1, taxis).unwrap();
            assert!(hotspots.iter().all(|hotspot| hotspot.area.contains(hotspot.at)));
            for taxi in 0..taxis {
                hotspot_of(&hotspots, taxi);
            }
        }
    }

    #[test]
    fn a_bigger_fleet_keeps_the_hotspots_of_a_smaller_one() {
        let at = |taxis| -> Vec<_> {
            let hotspots = draw_hotspots(&three_towns(), &[], 1, taxis).unwrap();
            hotspots.iter().map(|hotspot| hotspot.at).collect()
        };
        assert_eq!(at(16), at(80)[..2]);
    }
}
