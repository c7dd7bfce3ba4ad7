//! Seeded random numbers.
//!
//! Each taxi and each passenger has a generator of its own, started anew for every hail and every trip. So
//! the third hail of taxi 7 depends on the seed alone, not on what happened meanwhile.

use rand::{SeedableRng, rngs::StdRng};

/// Purpose of a generator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stream {
    /// Place of a hotspot.
    Hotspot = 0,
    /// A taxi's way through the streets.
    Streets = 1,
    /// A driver's answer to a hail.
    Driver = 2,
    /// A passenger's trip.
    Passenger = 3,
    /// Start of a taxi.
    Start = 4,
}

/// The generator for the `turn`th hail or trip of the taxi, passenger or hotspot with this `index`.
pub(crate) fn rng(seed: u64, stream: Stream, index: u64, turn: u64) -> StdRng {
    let words = [seed, stream as u64, index, turn];
    let mut bytes = [0; 32];
    for (slot, word) in bytes.chunks_exact_mut(8).zip(words) {
        slot.copy_from_slice(&word.to_le_bytes());
    }
    StdRng::from_seed(bytes)
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;

    #[test]
    fn no_two_generators_are_alike() {
        let drawn: std::collections::BTreeSet<u64> = [
            (Stream::Driver, 0, 0),
            (Stream::Passenger, 0, 0),
            (Stream::Driver, 1, 0),
            (Stream::Driver, 0, 1),
        ]
        .into_iter()
        .map(|(stream, index, turn)| rng(5, stream, index, turn).random())
        .collect();
        assert_eq!(drawn.len(), 4);
    }
}
