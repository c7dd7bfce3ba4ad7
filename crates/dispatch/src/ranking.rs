//! Order of the shown taxis, and choice of one description for each.
//!
//! The input has passed [`crate::eligibility`].

use std::cmp::Reverse;

use registry::{AccountId, TaxiId, Time};

/// A taxi to be shown, through one account's description.
#[derive(Clone, Debug, PartialEq)]
pub struct Found<T> {
    /// The taxi.
    pub taxi: TaxiId,
    /// Number in the order of registration.
    pub number: i64,
    /// Account of the description.
    pub account: AccountId,
    /// Time of the last change of the status in that description.
    pub status_at: Time,
    /// True if no other account reports the taxi.
    pub is_alone: bool,
    /// Distance to the customer, in metres.
    pub distance_m: f64,
    /// Further data for the caller.
    pub details: T,
}

/// Key of a search, which decides between taxis at the same distance: another one for each time and place, so that no
/// operator and no taxi is preferred (décret 2016-335: apps may not discriminate between available taxis).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SearchKey(u64);

impl SearchKey {
    /// The key of a search at that time and place, in degrees.
    pub fn new(at: Time, lon: f64, lat: f64) -> Self {
        let parts = [at.timestamp_micros().cast_unsigned(), lon.to_bits(), lat.to_bits()];
        Self(parts.into_iter().fold(0, |key, part| mixed(key ^ part)))
    }

    /// True for one search in so many, at random; for none if that is 0.
    pub fn is_one_in(self, searches: u32) -> bool {
        searches > 0 && self.0.is_multiple_of(searches.into())
    }

    /// Place of a taxi among those at its distance.
    fn place_of(self, number: i64) -> u64 {
        mixed(self.0 ^ number.cast_unsigned())
    }
}

/// A number that differs in about half of its bits if one bit of the other changes: the finaliser of `SplitMix64`
/// (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
fn mixed(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// Sorts the taxis for display: each taxi once, through the description whose status changed last, nearest
/// first. The key of the search decides between taxis at the same distance.
pub fn rank<T>(mut found: Vec<Found<T>>, key: SearchKey) -> Vec<Found<T>> {
    // Most taxis are reported by one account only.
    if found.iter().any(|one| !one.is_alone) {
        found.sort_unstable_by_key(|one| (one.number, Reverse(one.status_at), one.account));
        found.dedup_by_key(|one| one.number);
    }
    found.sort_unstable_by(|a, b| {
        let by_key = || key.place_of(a.number).cmp(&key.place_of(b.number));
        a.distance_m.total_cmp(&b.distance_m).then_with(by_key)
    });
    found
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};
    use proptest::prelude::*;

    use super::*;

    /// A description of a taxi by an account whose status changed at that second. The earlier the taxi's id,
    /// the later it was registered.
    fn found(taxi: &str, account: i64, changed_s: i64, distance_m: f64) -> Found<()> {
        Found {
            taxi: taxi.parse().expect("a taxi id"),
            number: -i64::from(taxi.as_bytes()[4]),
            account: AccountId(account),
            status_at: DateTime::UNIX_EPOCH + TimeDelta::seconds(changed_s),
            is_alone: false,
            distance_m,
            details: (),
        }
    }

    /// Key of a search of that second.
    fn key(second: i64) -> SearchKey {
        let at = DateTime::UNIX_EPOCH + TimeDelta::seconds(second);
        SearchKey::new(at, 2.35, 48.86)
    }

    fn shown(ranked: &[Found<()>]) -> Vec<(&str, i64)> {
        ranked.iter().map(|one| (one.taxi.as_str(), one.account.0)).collect()
    }

    #[test]
    fn the_nearest_comes_first() {
        let ranked = rank(
            vec![
                found("taxiCCC", 1, 0, 80.0),
                found("taxiBBB", 1, 0, 80.1),
                found("taxiDDD", 1, 0, 9.5),
            ],
            key(0),
        );
        assert_eq!(shown(&ranked), [("taxiDDD", 1), ("taxiCCC", 1), ("taxiBBB", 1)]);
    }

    /// Neither the oldest taxi nor any operator comes first more often than others as near.
    #[test]
    fn each_of_several_as_near_comes_first_as_often() {
        const SEARCHES: i64 = 6_000;
        let taxis = ["taxiAAA", "taxiBBB", "taxiCCC", "taxiDDD", "taxiEEE", "taxiFFF"];
        let mut first = std::collections::BTreeMap::new();
        for second in 0..SEARCHES {
            let as_near = taxis.map(|taxi| found(taxi, 1, 0, 80.0));
            *first.entry(shown(&rank(as_near.into(), key(second)))[0].0.to_owned()).or_insert(0) +=
                1;
        }
        // A thousand each, with a standard deviation of 29.
        assert!(first.values().all(|times| (850..1_150).contains(times)), "{first:?}");
    }

    #[test]
    fn a_taxi_is_shown_once_through_the_description_that_changed_last() {
        let ranked = rank(
            vec![
                found("taxiAAA", 1, 10, 5.0),
                found("taxiAAA", 2, 30, 90.0),
                found("taxiAAA", 3, 20, 1.0),
            ],
            key(0),
        );
        assert_eq!(shown(&ranked), [("taxiAAA", 2)]);
        assert!((ranked[0].distance_m - 90.0).abs() < f64::EPSILON, "and from its own position");
    }

    #[test]
    fn of_two_descriptions_that_changed_at_once_the_older_account_is_shown() {
        let both = [found("taxiAAA", 2, 10, 5.0), found("taxiAAA", 1, 10, 5.0)];
        assert_eq!(shown(&rank(both.to_vec(), key(0))), [("taxiAAA", 1)]);
    }

    proptest! {
        #[test]
        fn the_order_in_which_taxis_are_found_does_not_matter(
            facts in prop::collection::vec((0..3_usize, 0..3_i64, 0..3_u8), 0..12),
            order in any::<prop::sample::Index>(),
        ) {
            let taxis = ["taxiAAA", "taxiBBB", "taxiCCC"];
            // One description per taxi and account, as in the registry.
            let mut once = std::collections::BTreeMap::new();
            for (taxi, account, number) in facts {
                once.insert((taxi, account), number);
            }
            let list: Vec<_> = once
                .into_iter()
                .map(|((taxi, account), n)| found(taxis[taxi], account, i64::from(n), f64::from(n)))
                .collect();
            let mut turned = list.clone();
            if !turned.is_empty() {
                turned.rotate_left(order.index(list.len()));
            }
            prop_assert_eq!(rank(list, key(0)), rank(turned, key(0)));
        }
    }
}
