//! The land of a run: towns, zones of towns that share their taxis, and exclusion zones.
//!
//! Borders come from files, as a partner's would. Which taxi may cruise where is worked out here anew
//! and not asked of `territory`, so that a mistake there is not repeated here.

use std::collections::BTreeMap;
use std::sync::Arc;

use geo::{
    Area as _, BoundingRect, Contains, Destination, Haversine, InteriorPoint, MultiPolygon, Point,
    Rect,
};
use rand::seq::IndexedRandom;
use rand::{RngExt, rngs::StdRng};

/// The land of a simulation.
#[derive(Debug)]
pub struct Places {
    towns: BTreeMap<String, Arc<Town>>,
    zones: Vec<Vec<String>>,
    exclusions: Vec<Rect<f64>>,
    approximate: bool,
}

/// A town: its INSEE code and its land.
#[derive(Debug)]
pub(crate) struct Town {
    code: String,
    land: MultiPolygon<f64>,
    bounds: Rect<f64>,
    /// In square degrees made square at its latitude: only good to compare towns.
    size: f64,
}

/// The towns where the taxis of one town may look for customers: that town and all it shares a zone with.
#[derive(Clone, Debug)]
pub(crate) struct Area(Arc<[Arc<Town>]>);

/// Land without a town to drive in.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Nowhere {
    /// No town has land.
    #[error("the territory has no town with a border, so there is nowhere to drive")]
    NoTown,
    /// A town was asked for that is not there.
    #[error("the territory has no town {0}")]
    Unknown(String),
}

impl Places {
    /// Makes land of towns (INSEE code and borders in degrees), of zones (the codes of towns that
    /// share their taxis; codes without a border are passed over) and of exclusion zones.
    /// `approximate` says that the borders are not to be relied on.
    ///
    /// # Errors
    ///
    /// Refuses land without a single town.
    pub fn new(
        towns: impl IntoIterator<Item = (String, MultiPolygon<f64>)>,
        zones: Vec<Vec<String>>,
        exclusions: &[MultiPolygon<f64>],
        approximate: bool,
    ) -> Result<Self, Nowhere> {
        let towns: BTreeMap<_, _> =
            towns.into_iter().filter_map(Town::new).map(|town| (town.code.clone(), town)).collect();
        if towns.is_empty() {
            return Err(Nowhere::NoTown);
        }
        // A registry may test exclusion zones by their box, so passengers keep out of all of it.
        let exclusions = exclusions.iter().filter_map(BoundingRect::bounding_rect).collect();
        Ok(Self { towns, zones, exclusions, approximate })
    }

    /// True if the borders are only roughly right, so that no one may rely on them.
    pub fn approximate(&self) -> bool {
        self.approximate
    }

    /// Number of towns.
    pub fn towns(&self) -> usize {
        self.towns.len()
    }

    /// The towns whose licences the fleet holds: the wanted ones, or those in any zone, or all.
    pub(crate) fn licensing(&self, wanted: &[String]) -> Result<Vec<Arc<Town>>, Nowhere> {
        if !wanted.is_empty() {
            let find = |code: &String| self.towns.get(code).cloned();
            return wanted
                .iter()
                .map(|code| find(code).ok_or_else(|| Nowhere::Unknown(code.clone())))
                .collect();
        }
        let zoned = |code: &String| self.zones.iter().any(|zone| zone.contains(code));
        let in_zones: Vec<_> =
            self.towns.values().filter(|town| zoned(&town.code)).cloned().collect();
        let all = || self.towns.values().cloned().collect();
        Ok(if in_zones.is_empty() { all() } else { in_zones })
    }

    /// The area in which taxis with a licence of this town may cruise.
    pub(crate) fn area(&self, town: &Arc<Town>) -> Area {
        let sharing = self.zones.iter().filter(|zone| zone.contains(&town.code)).flatten();
        let codes: std::collections::BTreeSet<_> = sharing.chain([&town.code]).collect();
        Area(codes.into_iter().filter_map(|code| self.towns.get(code)).cloned().collect())
    }

    /// The town that holds a point.
    pub(crate) fn town_at(&self, point: Point<f64>) -> Option<&Arc<Town>> {
        self.towns.values().find(|town| town.contains(point))
    }

    /// True if no exclusion zone holds this point.
    pub(crate) fn may_cruise(&self, point: Point<f64>) -> bool {
        !self.exclusions.iter().any(|bounds| bounds.contains(&point))
    }
}

impl Town {
    fn new((code, land): (String, MultiPolygon<f64>)) -> Option<Arc<Self>> {
        let bounds = land.bounding_rect()?;
        let size = land.unsigned_area() * bounds.center().y.to_radians().cos();
        Some(Arc::new(Self { code, land, bounds, size }))
    }

    pub(crate) fn code(&self) -> &str {
        &self.code
    }

    fn contains(&self, point: Point<f64>) -> bool {
        self.bounds.contains(&point) && self.land.contains(&point)
    }

    /// A point of this town, any as likely as any other.
    pub(crate) fn draw_point(&self, rng: &mut StdRng) -> Point<f64> {
        let (min, max) = (self.bounds.min(), self.bounds.max());
        let mut draw =
            || Point::new(rng.random_range(min.x..=max.x), rng.random_range(min.y..=max.y));
        // A town fills a good part of its box; one of a thousand throws misses only a sliver.
        let inside =
            std::iter::repeat_with(&mut draw).take(1_000).find(|point| self.contains(*point));
        inside.or_else(|| self.land.interior_point()).unwrap_or_else(|| self.bounds.center().into())
    }
}

impl Area {
    /// True if a point lies in one of its towns.
    pub(crate) fn contains(&self, point: Point<f64>) -> bool {
        self.0.iter().any(|town| town.contains(point))
    }

    /// Its towns.
    pub(crate) fn towns(&self) -> &[Arc<Town>] {
        &self.0
    }
}

/// A point within `radius_m` metres of another where one may be; that one itself if none is found.
pub(crate) fn draw_near(
    centre: Point<f64>,
    radius_m: f64,
    rng: &mut StdRng,
    may_be: impl Fn(Point<f64>) -> bool,
) -> Point<f64> {
    let draw = || {
        let (bearing, metres) = (rng.random_range(0.0..360.0), rng.random_range(0.0..radius_m));
        Haversine.destination(centre, bearing, metres)
    };
    std::iter::repeat_with(draw).take(50).find(|point| may_be(*point)).unwrap_or(centre)
}

/// One of these towns, the larger the likelier: so taxis are as dense everywhere. There is one.
pub(crate) fn draw_town<'a>(towns: &'a [Arc<Town>], rng: &mut StdRng) -> &'a Arc<Town> {
    let drawn = towns.choose_weighted(rng, |town| town.size);
    // Only if no town has any size.
    drawn.or(towns.first().ok_or(())).expect("a fleet has towns that license it")
}

#[cfg(test)]
pub(crate) mod tests {
    use geo::polygon;

    use super::*;
    use crate::random::{Stream, rng};

    /// Three squares of a hundredth of a degree in a row, west to east. The first two share a zone.
    pub(crate) fn three_towns() -> Places {
        let square = |west: f64| {
            MultiPolygon::from(polygon![
                (x: west, y: 48.0), (x: west + 0.01, y: 48.0), (x: west + 0.01, y: 48.01), (x: west, y: 48.01),
            ])
        };
        let towns = [("75001", 2.0), ("75002", 2.01), ("75003", 2.02)];
        let towns = towns.map(|(code, west)| (code.to_owned(), square(west)));
        let zone = vec!["75001".to_owned(), "75002".to_owned(), "75999".to_owned()];
        let closed = MultiPolygon::from(polygon![
            (x: 2.011, y: 48.001), (x: 2.012, y: 48.001), (x: 2.012, y: 48.002),
        ]);
        Places::new(towns, vec![zone], &[closed], false).unwrap()
    }

    #[test]
    fn taxis_cruise_in_the_towns_of_their_zone_and_nowhere_else() {
        let places = three_towns();
        let (first, third) = (&places.towns["75001"], &places.towns["75003"]);
        assert!(places.area(first).contains(Point::new(2.015, 48.005)));
        assert!(!places.area(first).contains(Point::new(2.025, 48.005)));
        assert!(places.area(third).contains(Point::new(2.025, 48.005)));
        assert!(!places.area(third).contains(Point::new(2.015, 48.005)));
    }

    #[test]
    fn licences_come_from_towns_with_a_zone_unless_others_are_wanted() {
        let places = three_towns();
        let codes = |wanted: &[&str]| {
            let wanted: Vec<_> = wanted.iter().map(|&code| code.to_owned()).collect();
            let towns = places.licensing(&wanted)?;
            Ok::<_, Nowhere>(towns.iter().map(|town| town.code.clone()).collect::<Vec<_>>())
        };
        assert_eq!(codes(&[]).unwrap(), ["75001", "75002"]);
        assert_eq!(codes(&["75003"]).unwrap(), ["75003"]);
        assert_eq!(codes(&["75004"]), Err(Nowhere::Unknown("75004".to_owned())));
    }

    #[test]
    fn nobody_waits_in_the_box_of_an_exclusion_zone() {
        let places = three_towns();
        assert!(!places.may_cruise(Point::new(2.0111, 48.0019)));
        assert!(places.may_cruise(Point::new(2.0131, 48.0019)));
    }

    #[test]
    fn a_drawn_point_lies_in_its_town() {
        let places = three_towns();
        let mut rng = rng(1, Stream::Start, 0, 0);
        for _ in 0..100 {
            let town = draw_town(&places.licensing(&[]).unwrap(), &mut rng).clone();
            assert!(town.contains(town.draw_point(&mut rng)));
        }
    }
}
