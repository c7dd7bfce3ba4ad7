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

/// Sorts the taxis for display: each taxi once, through the description whose status changed last, nearest
/// first. Ties go to the taxi that was registered first, so that the same question always has the same
/// answer.
pub fn rank<T>(mut found: Vec<Found<T>>) -> Vec<Found<T>> {
    // Most taxis are reported by one account only.
    if found.iter().any(|one| !one.is_alone) {
        found.sort_unstable_by_key(|one| (one.number, Reverse(one.status_at), one.account));
        found.dedup_by_key(|one| one.number);
    }
    found.sort_unstable_by(|a, b| {
        a.distance_m.total_cmp(&b.distance_m).then_with(|| a.number.cmp(&b.number))
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

    fn shown(ranked: &[Found<()>]) -> Vec<(&str, i64)> {
        ranked.iter().map(|one| (one.taxi.as_str(), one.account.0)).collect()
    }

    #[test]
    fn the_nearest_comes_first_and_the_older_of_two_as_near() {
        let ranked = rank(vec![
            found("taxiCCC", 1, 0, 80.0),
            found("taxiBBB", 1, 0, 80.0),
            found("taxiDDD", 1, 0, 9.5),
        ]);
        assert_eq!(shown(&ranked), [("taxiDDD", 1), ("taxiCCC", 1), ("taxiBBB", 1)]);
    }

    #[test]
    fn a_taxi_is_shown_once_through_the_description_that_changed_last() {
        let ranked = rank(vec![
            found("taxiAAA", 1, 10, 5.0),
            found("taxiAAA", 2, 30, 90.0),
            found("taxiAAA", 3, 20, 1.0),
        ]);
        assert_eq!(shown(&ranked), [("taxiAAA", 2)]);
        assert!((ranked[0].distance_m - 90.0).abs() < f64::EPSILON, "and from its own position");
    }

    #[test]
    fn of_two_descriptions_that_changed_at_once_the_older_account_is_shown() {
        let both = [found("taxiAAA", 2, 10, 5.0), found("taxiAAA", 1, 10, 5.0)];
        assert_eq!(shown(&rank(both.to_vec())), [("taxiAAA", 1)]);
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
            prop_assert_eq!(rank(list), rank(turned));
        }
    }
}
