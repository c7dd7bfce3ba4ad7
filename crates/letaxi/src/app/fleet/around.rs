//! The taxis around a place: those that may take a customer there, and why others may not.
//!
//! Each taxi is explained as [`App::visibility`] explains it, by the conditions of a search. It is no search, and none is
//! counted.

use std::sync::Arc;

use dispatch::eligibility::COUNTED_WITHIN_M;
use positions::Fix;
use registry::{TaxiId, VehicleStatus};
use territory::{InseeCode, Point};

use super::map::MAP_KEPT_S;
use super::visibility::{Place, Visibility};
use crate::app::App;
use crate::app::account::caller::Caller;
use crate::app::clock::seconds;
use crate::app::territory::places::Places;

/// Radius of the circle, in metres: that in which searches count taxis.
pub const AROUND_M: f64 = COUNTED_WITHIN_M;

/// Maximum number of explained descriptions: the nearest.
pub const MOST_AROUND: usize = 200;

/// A place, and the taxis around it that the caller may see.
#[derive(Clone, Debug)]
pub struct Around {
    /// The town of the place, if it lies in one.
    pub town: Option<Place>,
    /// Names of the pick-up zones that the town belongs to.
    pub zones: Vec<String>,
    /// Name of the exclusion zone around the place, if it lies in one.
    pub exclusion: Option<String>,
    /// Descriptions of taxis within [`AROUND_M`], at most [`MOST_AROUND`], nearest first.
    pub taxis: Vec<TaxiAround>,
    /// Number of descriptions beyond [`MOST_AROUND`].
    pub left_out: usize,
}

/// A taxi near a place, through one account's description.
#[derive(Clone, Debug)]
pub struct TaxiAround {
    /// The taxi.
    pub taxi: TaxiId,
    /// Its plate as text for a search answer: see [`registry::directory::Card::plate`].
    pub plate: Box<str>,
    /// Status in the description.
    pub status: VehicleStatus,
    /// Its last position, of a day at most.
    pub fix: Fix,
    /// Distance to the place, in metres.
    pub distance_m: f64,
    /// The conditions of a search there.
    pub visibility: Visibility,
}

impl App {
    /// Explains for each taxi around a place whether a search there shows it, through the descriptions that the caller
    /// may see.
    pub fn around(&self, who: &Caller, point: Point) -> Around {
        let (town, zones, exclusion) = named(&self.places.load(), point);
        let mut around = Around { town, zones, exclusion, taxis: Vec::new(), left_out: 0 };
        let Some(seen) = self.accounts_seen(who, None) else { return around };
        let not_before_s = seconds(self.now()).saturating_sub(MAP_KEPT_S);
        let mut near = Vec::new();
        self.positions.near(point, AROUND_M, not_before_s, |id, fix, distance_m| {
            near.push((id, fix, distance_m));
        });
        near.sort_unstable_by(|(_, _, a), (_, _, b)| a.total_cmp(b));
        let fleet = self.directory.fleet();
        let described = near.into_iter().filter_map(|(id, fix, distance_m)| {
            let slot = fleet.slot(id).filter(|slot| seen.has(slot.account))?;
            let description = slot.description().as_ref().map(Arc::clone)?;
            Some((slot.taxi, slot.account, description, fix, distance_m))
        });
        let mut described: Vec<_> = described.collect();
        drop(fleet);
        around.left_out = described.len().saturating_sub(MOST_AROUND);
        described.truncate(MOST_AROUND);
        let explained =
            described.into_iter().filter_map(|(taxi, account, described, fix, distance_m)| {
                let entry = self.directory.taxi(taxi)?;
                let visibility =
                    self.visibility_through(account, taxi, entry, None, Some(point))?;
                let (plate, status) = (described.card.plate.clone(), described.status);
                Some(TaxiAround { taxi, plate, status, fix, distance_m, visibility })
            });
        around.taxis = explained.collect();
        around
    }
}

/// The town, the zones and the exclusion zone at a point.
fn named(places: &Places, point: Point) -> (Option<Place>, Vec<String>, Option<String>) {
    let territory = &places.territory;
    let town = territory.town_at(point);
    let zones_of = |code: InseeCode| territory.zones_of(code).map(|zone| zone.name.clone());
    let zones = town.map(|town| zones_of(town.code).collect()).unwrap_or_default();
    let exclusion = territory.exclusion_at(point).map(|zone| zone.name.clone());
    (town.map(Place::from), zones, exclusion)
}
