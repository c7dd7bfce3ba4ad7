//! Short-lived ids: apps see them in place of the ids of taxis, so that they cannot follow a taxi from search
//! to search.
//!
//! Such an id contains, encrypted, the number of the taxi and the time of issue, and is bound to the account.
//! So nothing is stored, and every server with the key can read it, also after a restart. It looks like any
//! id of a taxi: it is the image of the taxi's number and the time under a keyed permutation of all ids. An
//! id that was issued to another account, or invented, decodes to the number of a taxi in one of 2,000 cases,
//! and few of those have a time of the last hour.
//!
//! The permutation is a small Feistel network rather than FF1 of NIST SP 800-38G (crate `fpe`), which permutes
//! these ids as they are: FF1 took 8.5 µs an id and this network 1.0 µs (release build, one core), and a search,
//! which takes some 30 µs, encodes the id of each taxi that it shows.

use std::hash::Hasher;

use siphasher::sip::SipHasher24;

use crate::ids::TAXI_IDS;
use crate::{AccountId, TaxiId};

/// Lifetime of such an id, in seconds.
pub const LIFE_S: u32 = 3_600;

/// Number of taxis that can be encoded.
const NUMBERS: u64 = 1 << 22;
/// Resolution of the time, in seconds. The encoded time wraps around after [`STEPS`].
const STEP_S: u32 = 32;
const STEPS: u64 = 1 << 8;
/// Bits of each half of the Feistel network. Its domain is larger than the set of ids, so the permutation is
/// repeated until it yields an id (cycle walking).
const HALF_BITS: u32 = 21;
const HALF: u64 = 1 << HALF_BITS;
/// Number of rounds, as in the Feistel networks of NIST SP 800-38G.
const ROUNDS: u8 = 10;

/// Encoder and decoder of short-lived ids.
#[derive(Clone, Copy)]
pub struct ShortLived {
    key: [u8; 16],
}

impl ShortLived {
    /// Creates an encoder with a secret key.
    pub fn new(key: [u8; 16]) -> Self {
        Self { key }
    }

    /// The id under which this account sees the taxi of this number, issued at `now_s` (seconds since the
    /// epoch). `None` for a number above four millions, for which there is no room.
    pub fn encode(&self, number: i64, account: AccountId, now_s: u32) -> Option<TaxiId> {
        let number = u64::try_from(number).ok().filter(|number| *number < NUMBERS)?;
        let plain = number + NUMBERS * step(now_s);
        Some(TaxiId::at(walk(plain, |place| self.permute(place, account))))
    }

    /// The number of the taxi that this account saw under this id within the last hour; `None` for any other
    /// id.
    pub fn decode(&self, id: TaxiId, account: AccountId, now_s: u32) -> Option<i64> {
        let plain = walk(id.place(), |place| self.restore(place, account));
        let (number, given) = (plain % NUMBERS, plain / NUMBERS);
        let age = (step(now_s) + STEPS).checked_sub(given)? % STEPS;
        let known = given < STEPS && age <= u64::from(LIFE_S / STEP_S);
        known.then(|| i64::try_from(number).expect("22 bits"))
    }

    fn permute(&self, place: u64, account: AccountId) -> u64 {
        let (mut left, mut right) = (place / HALF, place % HALF);
        for round in 0..ROUNDS {
            (left, right) = (right, left ^ self.mix(right, round, account));
        }
        left * HALF + right
    }

    fn restore(&self, place: u64, account: AccountId) -> u64 {
        let (mut left, mut right) = (place / HALF, place % HALF);
        for round in (0..ROUNDS).rev() {
            (left, right) = (right ^ self.mix(left, round, account), left);
        }
        left * HALF + right
    }

    fn mix(&self, half: u64, round: u8, account: AccountId) -> u64 {
        let mut hasher = SipHasher24::new_with_key(&self.key);
        hasher.write_i64(account.0);
        hasher.write_u64(half << 8 | u64::from(round));
        hasher.finish() % HALF
    }
}

/// Repeats the permutation until the result is an id. It ends: a permutation returns to its start.
fn walk(mut place: u64, permute: impl Fn(u64) -> u64) -> u64 {
    loop {
        place = permute(place);
        if place < TAXI_IDS {
            return place;
        }
    }
}

fn step(now_s: u32) -> u64 {
    u64::from(now_s / STEP_S) % STEPS
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const NOW_S: u32 = 1_700_000_000;
    const APP: AccountId = AccountId(7);

    fn ids() -> ShortLived {
        ShortLived::new(*b"a key for a test")
    }

    #[test]
    fn an_id_tells_its_account_the_taxi_for_an_hour() {
        for number in [1, 2, 60_000, 4_194_303] {
            let id = ids().encode(number, APP, NOW_S).expect("there is room");
            for later_s in [0, 1, 1_800, LIFE_S] {
                assert_eq!(ids().decode(id, APP, NOW_S + later_s), Some(number), "{later_s}");
            }
            for later_s in [LIFE_S + 2 * STEP_S, 7_200, 8_000] {
                assert_eq!(ids().decode(id, APP, NOW_S + later_s), None, "{later_s}");
            }
            let other = ids().decode(id, AccountId(8), NOW_S);
            assert_ne!(other, Some(number), "another account learns nothing");
        }
        assert_eq!(ids().encode(1 << 22, APP, NOW_S), None);
        assert_eq!(ids().encode(-1, APP, NOW_S), None);
    }

    #[test]
    fn ids_look_like_ids_and_differ_from_time_to_time() {
        let id = |number, now_s| ids().encode(number, APP, now_s).expect("there is room");
        let text = id(1, NOW_S).to_string();
        assert_eq!(text.parse(), Ok(id(1, NOW_S)));
        assert_ne!(id(1, NOW_S), id(1, NOW_S + STEP_S));
        let of_a_fleet: HashSet<_> = (1..10_000).map(|number| id(number, NOW_S)).collect();
        assert_eq!(of_a_fleet.len(), 9_999, "no two taxis have one id");
    }

    #[test]
    fn hardly_any_other_id_passes_for_one() {
        let mut rng = rand::rng();
        let passed = (0..100_000)
            .filter(|_| ids().decode(TaxiId::fresh(&mut rng), APP, NOW_S).is_some())
            .count();
        assert!(passed < 100, "{passed} of 100,000 decode to some number or other");
    }
}
