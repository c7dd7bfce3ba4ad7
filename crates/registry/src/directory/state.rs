//! State words: all facts that decide whether a taxi is shown, packed into 64 bits.
//!
//! [`State`] is the readable form; only [`StateWord`] knows the bits. Eight words fill a cache line, so a search
//! reads the words of all taxis around in one pass, before it reads any slot: among a million taxis it takes 20 µs
//! in place of 28 µs (measured together with cell blocks, see `docs/performance.md`). Words are copies; the
//! property test in `oracle.rs` compares them with plain maps after any changes.

use territory::InseeCode;

use crate::VehicleStatus;

/// The facts that decide whether a taxi is shown through one account's description.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    /// Status in the reporting account's description.
    pub status: VehicleStatus,
    /// Status in the description of the account that receives the taxi's hails.
    pub own_status: VehicleStatus,
    /// True if the car is in an open hail, under any spelling of its plate.
    pub in_open_hail: bool,
    /// True if no other account reports the vehicle and no other taxi uses it.
    pub is_alone: bool,
    /// Radius in metres in the reporting account's description, if chosen. Larger values are stored as
    /// [`MOST_RADIUS_M`].
    pub radius_m: Option<i32>,
    /// Town that issued the taxi's licence.
    pub town: InseeCode,
}

/// Largest radius that can be stored, in metres: thirty times the radius of a search.
pub const MOST_RADIUS_M: i32 = 0x7ffe;

/// Value for "no radius".
const NO_RADIUS: u64 = 0x7fff;

/// A packed [`State`], or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StateWord(pub(super) u64);

impl StateWord {
    /// The word without a state: zero.
    pub(super) const NONE: Self = Self(0);

    /// Unpacks the state.
    pub fn state(self) -> Option<State> {
        let bits = |from: u32, count: u32| self.0 >> from & ((1 << count) - 1);
        let status = |from| VehicleStatus::ALL.get(usize::try_from(bits(from, 3)).ok()?).copied();
        let is = |bit| bits(bit, 1) == 1;
        let radius_m = Some(bits(9, 15)).filter(|radius| *radius != NO_RADIUS);
        is(0).then_some(State {
            in_open_hail: is(1),
            is_alone: is(2),
            status: status(3)?,
            own_status: status(6)?,
            radius_m: radius_m.and_then(|radius| i32::try_from(radius).ok()),
            town: InseeCode::from_number(bits(24, 40))?,
        })
    }
}

impl From<State> for StateWord {
    fn from(state: State) -> Self {
        let status = |status| VehicleStatus::ALL.iter().position(|one| *one == status).unwrap_or(0);
        let radius_m = state.radius_m.map(|radius| radius.clamp(0, MOST_RADIUS_M).cast_unsigned());
        Self(
            1 | u64::from(state.in_open_hail) << 1
                | u64::from(state.is_alone) << 2
                | (status(state.status) as u64) << 3
                | (status(state.own_status) as u64) << 6
                | radius_m.map_or(NO_RADIUS, u64::from) << 9
                | state.town.number() << 24,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_decides_is_kept_without_loss() {
        assert_eq!(StateWord::NONE.state(), None);
        for status in VehicleStatus::ALL {
            for own_status in VehicleStatus::ALL {
                for [in_open_hail, is_alone] in
                    [[false, false], [false, true], [true, false], [true, true]]
                {
                    for radius_m in [None, Some(0), Some(150), Some(MOST_RADIUS_M)] {
                        for town in ["00000", "2A004", "75056", "ZZZZZ"] {
                            let town = town.parse().expect("a code");
                            let state = State {
                                status,
                                own_status,
                                in_open_hail,
                                is_alone,
                                radius_m,
                                town,
                            };
                            assert_eq!(StateWord::from(state).state(), Some(state));
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn a_radius_that_is_out_of_reach_is_known_as_the_longest_or_none() {
        let free = VehicleStatus::Free;
        for (radius_m, known) in [(i32::MAX, MOST_RADIUS_M), (-1, 0), (i32::MIN, 0)] {
            let state = State {
                status: free,
                own_status: free,
                in_open_hail: false,
                is_alone: true,
                radius_m: Some(radius_m),
                town: "75056".parse().expect("a code"),
            };
            let kept = StateWord::from(state).state();
            assert_eq!(kept, Some(State { radius_m: Some(known), ..state }));
        }
    }
}
