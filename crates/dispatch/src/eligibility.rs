//! Eligibility: which taxis a customer may see and hail.
//!
//! Each [`Condition`] stands once: a search asks whether a [`Candidate`] meets all of them, and the explanation
//! of a search lists them one by one. A search shows only taxis that `POST /hails` would accept: [`hailable`]
//! asks the same functions. The crate `territory` decides whether a licence allows a taxi to take a customer at a
//! point; here that is one of the given facts.

use std::ops::RangeInclusive;

use registry::VehicleStatus;

/// Lifetime of a position, in seconds; an older one counts as none.
pub const POSITION_LIFE_S: u32 = 120;

/// Largest distance from the customer to a shown taxi, in metres, unless its driver chose less.
pub const SHOWN_WITHIN_M: f64 = 500.0;

/// Largest distance from the customer to a taxi in the statistics of a search, in metres.
pub const COUNTED_WITHIN_M: f64 = 1_000.0;

/// Distances that a driver may choose, in metres.
pub const RADIUS_M: RangeInclusive<i32> = 150..=500;

/// Reason for which a taxi cannot be hailed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotHailable {
    /// No recent position.
    #[error("the taxi is not online")]
    NotOnline,
    /// The driver is not looking for customers, or the vehicle is in an open hail.
    #[error("the taxi is not free")]
    NotFree,
}

/// True if a driver with this status looks for customers.
pub fn is_free(status: VehicleStatus) -> bool {
    status == VehicleStatus::Free
}

/// True if a description is available: its status is free, and its vehicle is in no open hail of any
/// operator. The status alone is not enough: drivers may set it at any time.
pub fn available(status: VehicleStatus, in_open_hail: bool) -> bool {
    is_free(status) && !in_open_hail
}

/// True if a position of this age, in seconds, is live.
pub fn is_live(position_age_s: u32) -> bool {
    position_age_s <= POSITION_LIFE_S
}

/// Checks that a taxi can be hailed, from the `status` in its own operator's description (the account that
/// receives its hails) and the age in seconds of its last position, if any.
///
/// # Errors
///
/// Returns the reason against it; the missing position comes first.
pub fn hailable(
    status: VehicleStatus,
    in_open_hail: bool,
    position_age_s: Option<u32>,
) -> Result<(), NotHailable> {
    if !position_age_s.is_some_and(is_live) {
        Err(NotHailable::NotOnline)
    } else if !available(status, in_open_hail) {
        Err(NotHailable::NotFree)
    } else {
        Ok(())
    }
}

/// Facts about a taxi near a customer, through one account's description.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    /// Status in the shown description.
    pub status: VehicleStatus,
    /// Status in the description of the taxi's own operator, which receives the hail.
    pub own_status: VehicleStatus,
    /// True if its vehicle is in an open hail.
    pub in_open_hail: bool,
    /// Age of its position, in seconds.
    pub position_age_s: u32,
    /// Distance from that position to the customer, in metres.
    pub distance_m: f64,
    /// Radius chosen in that description, in metres, if any.
    pub radius_m: Option<i32>,
    /// True if its licence allows it to take this customer.
    pub licence_allowed: bool,
}

/// A condition on a taxi near a customer. A search shows the taxis that meet all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// The licence allows it to take this customer.
    LicenceAllowed,
    /// The driver looks for customers, by the shown description.
    Free,
    /// No hail of the car is open.
    NoOpenHail,
    /// The position is not too old.
    PositionLive,
    /// The driver looks for customers, by the description of the operator that receives the hails.
    OperatorFree,
    /// The customer is within the radius: see [`limit_m`].
    WithinRadius,
}

impl Condition {
    /// All conditions.
    pub const ALL: [Self; 6] = [
        Self::LicenceAllowed,
        Self::Free,
        Self::NoOpenHail,
        Self::PositionLive,
        Self::OperatorFree,
        Self::WithinRadius,
    ];
}

/// Largest distance to a shown taxi, in metres: the radius that its driver chose, if any, or that of searches.
pub fn limit_m(radius_m: Option<i32>) -> f64 {
    radius_m.map_or(SHOWN_WITHIN_M, f64::from).min(SHOWN_WITHIN_M)
}

impl Candidate {
    /// True if the taxi meets this condition.
    // Inlined, so that a search compares the fields and looks at no condition.
    #[inline]
    pub fn meets(&self, condition: Condition) -> bool {
        match condition {
            Condition::LicenceAllowed => self.licence_allowed,
            Condition::Free => is_free(self.status),
            Condition::NoOpenHail => !self.in_open_hail,
            Condition::PositionLive => is_live(self.position_age_s),
            Condition::OperatorFree => is_free(self.own_status),
            Condition::WithinRadius => self.distance_m <= limit_m(self.radius_m),
        }
    }

    /// True if the customer sees this taxi.
    pub fn is_shown(&self) -> bool {
        self.is_eligible() && self.meets(Condition::WithinRadius)
    }

    /// True if the statistics of the search count this taxi: like [`Self::is_shown`], but with a larger
    /// distance.
    pub fn is_counted(&self) -> bool {
        self.is_eligible() && self.distance_m <= COUNTED_WITHIN_M
    }

    fn is_eligible(&self) -> bool {
        self.meets(Condition::LicenceAllowed)
            && self.meets(Condition::Free)
            && self.meets(Condition::NoOpenHail)
            && self.meets(Condition::PositionLive)
            && self.meets(Condition::OperatorFree)
    }
}

#[cfg(test)]
mod tests {
    use VehicleStatus::{Free, Occupied};

    use super::*;

    const GOOD: Candidate = Candidate {
        status: Free,
        own_status: Free,
        in_open_hail: false,
        position_age_s: 3,
        distance_m: 100.0,
        radius_m: None,
        licence_allowed: true,
    };

    #[test]
    fn only_free_and_in_no_open_hail_is_available() {
        for status in VehicleStatus::ALL {
            assert_eq!(available(status, false), status == Free, "{status}");
            assert!(!available(status, true), "{status}");
        }
    }

    #[test]
    fn a_refused_hail_says_whether_the_taxi_is_away_or_busy() {
        for (status, in_open_hail, position_age_s, verdict) in [
            (Free, false, Some(0), Ok(())),
            (Free, false, Some(120), Ok(())),
            (Free, false, Some(121), Err(NotHailable::NotOnline)),
            (Free, false, None, Err(NotHailable::NotOnline)),
            (Occupied, false, None, Err(NotHailable::NotOnline)),
            (Occupied, false, Some(0), Err(NotHailable::NotFree)),
            (Free, true, Some(0), Err(NotHailable::NotFree)),
        ] {
            assert_eq!(
                hailable(status, in_open_hail, position_age_s),
                verdict,
                "{status}, in an open hail: {in_open_hail}, age {position_age_s:?}"
            );
        }
    }

    #[test]
    fn each_single_fault_hides_a_taxi_and_takes_it_out_of_the_count() {
        assert!(GOOD.is_shown() && GOOD.is_counted());
        for bad in [
            Candidate { status: Occupied, ..GOOD },
            Candidate { own_status: Occupied, ..GOOD },
            Candidate { in_open_hail: true, ..GOOD },
            Candidate { position_age_s: 121, ..GOOD },
            Candidate { distance_m: 1_000.1, ..GOOD },
            Candidate { distance_m: f64::NAN, ..GOOD },
            Candidate { licence_allowed: false, ..GOOD },
        ] {
            assert!(!bad.is_shown() && !bad.is_counted(), "{bad:?}");
        }
    }

    #[test]
    fn a_taxi_is_shown_up_to_its_drivers_radius_and_counted_beyond() {
        for (radius_m, distance_m, shown) in [
            (None, 500.0, true),
            (None, 500.1, false),
            (Some(150), 150.0, true),
            (Some(150), 150.1, false),
            (Some(900), 500.1, false),
        ] {
            let taxi = Candidate { distance_m, radius_m, ..GOOD };
            assert_eq!(taxi.is_shown(), shown, "{taxi:?}");
            assert!(taxi.is_counted(), "{taxi:?}");
        }
        assert!(Candidate { distance_m: 1_000.0, ..GOOD }.is_counted());
    }

    /// All combinations, with values on both sides of each limit. Otherwise a taxi would be hidden, and its
    /// operator would be told that nothing hides it, or the other way round.
    #[test]
    fn a_taxi_is_shown_exactly_if_it_meets_all_conditions() {
        let mut seen = [false; 2];
        for (status, own_status) in pairs(&VehicleStatus::ALL, &VehicleStatus::ALL) {
            for (in_open_hail, licence_allowed) in pairs(&[false, true], &[false, true]) {
                for (position_age_s, radius_m) in
                    pairs(&[0, 120, 121, u32::MAX], &[None, Some(150), Some(500), Some(900)])
                {
                    for distance_m in [0.0, 150.0, 150.1, 500.0, 500.1, 1_000.1, f64::NAN] {
                        let taxi = Candidate {
                            status,
                            own_status,
                            in_open_hail,
                            position_age_s,
                            distance_m,
                            radius_m,
                            licence_allowed,
                        };
                        let all = Condition::ALL.iter().all(|condition| taxi.meets(*condition));
                        assert_eq!(taxi.is_shown(), all, "{taxi:?}");
                        seen[usize::from(all)] = true;
                    }
                }
            }
        }
        assert_eq!(seen, [true, true], "some are shown, and some are not");
    }

    fn pairs<A: Copy, B: Copy>(firsts: &[A], seconds: &[B]) -> Vec<(A, B)> {
        firsts.iter().flat_map(|a| seconds.iter().map(|b| (*a, *b))).collect()
    }

    /// Each condition hides a taxi by itself, so none is missing from the list or implied by another.
    #[test]
    fn each_condition_can_be_the_only_one_that_is_not_met() {
        for (condition, bad) in [
            (Condition::LicenceAllowed, Candidate { licence_allowed: false, ..GOOD }),
            (Condition::Free, Candidate { status: Occupied, ..GOOD }),
            (Condition::NoOpenHail, Candidate { in_open_hail: true, ..GOOD }),
            (Condition::PositionLive, Candidate { position_age_s: 121, ..GOOD }),
            (Condition::OperatorFree, Candidate { own_status: Occupied, ..GOOD }),
            (Condition::WithinRadius, Candidate { distance_m: 500.1, ..GOOD }),
        ] {
            let unmet = Condition::ALL.into_iter().filter(|condition| !bad.meets(*condition));
            assert_eq!(unmet.collect::<Vec<_>>(), [condition], "{bad:?}");
            assert!(!bad.is_shown(), "{bad:?}");
        }
    }

    /// Otherwise an app would see a taxi and then be refused.
    #[test]
    fn whoever_is_shown_can_be_hailed() {
        for status in VehicleStatus::ALL {
            for own_status in VehicleStatus::ALL {
                for in_open_hail in [false, true] {
                    for position_age_s in [0, 119, 120, 121, u32::MAX] {
                        let taxi =
                            Candidate { status, own_status, in_open_hail, position_age_s, ..GOOD };
                        let hailable = hailable(own_status, in_open_hail, Some(position_age_s));
                        assert!(!taxi.is_shown() || hailable.is_ok(), "{taxi:?}");
                    }
                }
            }
        }
    }
}
