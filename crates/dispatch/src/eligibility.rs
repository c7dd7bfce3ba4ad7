//! Who may be shown to a customer, and who may be hailed.
//!
//! A search shows only what a hail would be accepted for: [`Candidate::is_shown`] asks
//! [`hailable`], and so does `POST /hails`. Whether a licence allows a taxi to take a customer at a
//! point is answered by `territory`; here it is a fact like the others.

use std::ops::RangeInclusive;

use registry::VehicleStatus;

/// How long a position tells where the taxi is, in seconds; an older one is as good as none.
pub const POSITION_LIFE_S: u32 = 120;

/// How far from the customer a taxi may be to be shown, in metres, unless its driver chose less.
pub const SHOWN_WITHIN_M: f64 = 500.0;

/// How far from the customer a taxi may be to be counted in the statistics of a search, in metres.
pub const COUNTED_WITHIN_M: f64 = 1_000.0;

/// The distances a driver may choose, in metres.
pub const RADIUS_M: RangeInclusive<i32> = 150..=500;

/// Why a taxi cannot be hailed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotHailable {
    /// It sent no position lately: nobody knows where it is.
    #[error("the taxi is not online")]
    NotOnline,
    /// Its driver is not looking for customers, or its vehicle is in an open hail.
    #[error("the taxi is not free")]
    NotFree,
}

/// Whether a description is available: its status is free, and its vehicle is in no open hail,
/// whoever's. The driver's wish alone does not count: it is stored at any time.
pub fn available(status: VehicleStatus, in_open_hail: bool) -> bool {
    status == VehicleStatus::Free && !in_open_hail
}

/// Whether a position of this age, in seconds, is live.
pub fn is_live(position_age_s: u32) -> bool {
    position_age_s <= POSITION_LIFE_S
}

/// Whether a taxi can be hailed, by the `status` that its own operator (the one its hails go to)
/// says, and the age in seconds of its last position, if there is one.
///
/// # Errors
///
/// Says what stands against it; that it is not online comes first.
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

/// What is known of one taxi near a customer, as one account describes it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    /// The status in the description through which it would be shown.
    pub status: VehicleStatus,
    /// The status that the taxi's own operator says. A hail goes there, whoever's description is
    /// shown.
    pub own_status: VehicleStatus,
    /// Whether its vehicle is in an open hail.
    pub in_open_hail: bool,
    /// Age of its position, in seconds.
    pub position_age_s: u32,
    /// How far that position is from the customer, in metres.
    pub distance_m: f64,
    /// The distance its driver chose in that description, in metres, if any.
    pub radius_m: Option<i32>,
    /// Whether its licence is of a town whose taxis may take this customer.
    pub licence_allowed: bool,
}

impl Candidate {
    /// Whether the customer is shown this taxi.
    pub fn is_shown(&self) -> bool {
        let chosen_m = self.radius_m.map_or(SHOWN_WITHIN_M, f64::from);
        self.is_eligible() && self.distance_m <= chosen_m.min(SHOWN_WITHIN_M)
    }

    /// Whether the statistics of the search count this taxi: as if shown, but from further away.
    pub fn is_counted(&self) -> bool {
        self.is_eligible() && self.distance_m <= COUNTED_WITHIN_M
    }

    fn is_eligible(&self) -> bool {
        self.licence_allowed
            && available(self.status, self.in_open_hail)
            && hailable(self.own_status, self.in_open_hail, Some(self.position_age_s)).is_ok()
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

    /// Otherwise an app would be shown a taxi and then told that it cannot be had.
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
