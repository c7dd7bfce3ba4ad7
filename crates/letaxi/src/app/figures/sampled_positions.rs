//! Faults of reported positions, found by a sample of the live index once a minute. Reports themselves cost nothing more.

use std::collections::BTreeMap;

use dispatch::eligibility::{self, POSITION_LIFE_S};
use registry::AccountId;
use territory::{InseeCode, Point};

use super::fix_sample::is_too_fast;
use super::live_sums::POSITION_MEASURES;
use crate::app::App;
use crate::app::clock::{age_s, seconds};
use crate::app::jobs::last_positions::KEPT_S;
use crate::app::territory::places::Places;

/// Time for which reports of the very same place are plausible, in seconds.
const STANDING_S: u32 = 3_600;

/// Share of the slots whose place is compared with the territory in one minute: one in so many, in turn.
const PLACED_IN_TURN: u32 = 10;

/// Numbers of faults, in the order of [`POSITION_MEASURES`].
pub(super) type Faults = [i64; POSITION_MEASURES.len()];

/// Index of a measure in [`Faults`].
#[derive(Clone, Copy)]
enum Fault {
    Sampled,
    Stale,
    Standing,
    Fast,
    Placed,
    Outside,
    Swapped,
}

/// The fault of the place of a free taxi with a licence of this town, if any.
fn fault_of_place(places: &Places, licence: InseeCode, point: Point) -> Option<Fault> {
    let territory = &places.territory;
    let Some(town) = territory.town_at(point) else {
        let swapped = Point::new(point.lat(), point.lon()).ok();
        let in_a_town = swapped.is_some_and(|point| territory.town_at(point).is_some());
        return Some(if in_a_town { Fault::Swapped } else { Fault::Outside });
    };
    let allowed = territory.licences_allowed(town.code);
    let licence = territory.in_force(licence).unwrap_or(licence);
    (!allowed.contains(&licence)).then_some(Fault::Outside)
}

impl App {
    /// Counts faults of positions, by reporting account. The turn picks the slots whose place is looked at.
    pub(super) fn sampled_positions(&self, turn: i64) -> BTreeMap<AccountId, Faults> {
        let now_s = seconds(self.now());
        let places = self.places.load();
        let fleet = self.directory.fleet();
        let mut sampled = self.live.sampled_positions();
        let mut faults: BTreeMap<AccountId, Faults> = BTreeMap::new();
        self.each_heard_of(KEPT_S, |id, fix| {
            let Some(slot) = fleet.slot(id) else { return };
            let counts = faults.entry(slot.account).or_default();
            let mut count = |fault: Fault| counts[fault as usize] += 1;
            count(Fault::Sampled);
            let is_free = fleet
                .state_word(id)
                .state()
                .is_some_and(|state| eligibility::available(state.status, state.in_open_hail));
            if age_s(fix.at_s, now_s) > POSITION_LIFE_S {
                if is_free {
                    count(Fault::Stale);
                }
                return;
            }
            let (before, here_since_s) = sampled.see(id, fix);
            if fix.at_s.saturating_sub(here_since_s) >= STANDING_S {
                count(Fault::Standing);
            }
            if before.is_some_and(|before| is_too_fast(before, fix)) {
                count(Fault::Fast);
            }
            let is_in_turn = i64::from(u32::from(id) % PLACED_IN_TURN);
            if is_free && is_in_turn == turn.rem_euclid(PLACED_IN_TURN.into()) {
                count(Fault::Placed);
                fault_of_place(&places, slot.town, fix.point).map(&mut count);
            }
        });
        faults
    }
}
