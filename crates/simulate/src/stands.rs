//! Where taxis like to be, and passengers look for them: a stand for every few taxis, spread over the
//! land. Without such places a fleet thin enough for a demo would hardly ever meet its passengers.

use std::sync::Arc;

use geo::Point;

use crate::dice::{Whose, dice};
use crate::places::{Area, Nowhere, Places, Town, draw_town};

/// How many taxis share a stand.
const TAXIS: usize = 8;

/// A stand, and the taxis that cruise around it.
#[derive(Debug)]
pub(crate) struct Stand {
    pub(crate) at: Point<f64>,
    /// The town that licenses its taxis.
    pub(crate) town: Arc<Town>,
    /// Where they may look for customers.
    pub(crate) area: Area,
}

/// Draws enough stands for a fleet: one at least. `wanted` are the codes of the licensing towns, if
/// not all are meant.
pub(crate) fn draw_stands(
    places: &Places,
    wanted: &[String],
    seed: u64,
    taxis: usize,
) -> Result<Vec<Stand>, Nowhere> {
    let licensing = places.licensing(wanted)?;
    let draw = |number| {
        let mut dice = dice(seed, Whose::Stand, number, 0);
        let town = draw_town(&licensing, &mut dice);
        let area = places.area(town);
        let at = draw_town(area.towns(), &mut dice).draw_point(&mut dice);
        Stand { at, town: Arc::clone(town), area }
    };
    Ok((0..taxis.div_ceil(TAXIS).max(1) as u64).map(draw).collect())
}

/// The stand of a taxi, by its number.
pub(crate) fn stand_of(stands: &[Stand], taxi: usize) -> &Stand {
    &stands[taxi / TAXIS]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::places::tests::three_towns;

    #[test]
    fn every_taxi_has_a_stand_in_its_area() {
        let places = three_towns();
        for taxis in [0, 1, 8, 9, 100] {
            let stands = draw_stands(&places, &[], 1, taxis).unwrap();
            assert!(stands.iter().all(|stand| stand.area.contains(stand.at)));
            for taxi in 0..taxis {
                stand_of(&stands, taxi);
            }
        }
    }

    #[test]
    fn a_bigger_fleet_keeps_the_stands_of_a_smaller_one() {
        let at = |taxis| -> Vec<_> {
            let stands = draw_stands(&three_towns(), &[], 1, taxis).unwrap();
            stands.iter().map(|stand| stand.at).collect()
        };
        assert_eq!(at(16), at(80)[..2]);
    }
}
