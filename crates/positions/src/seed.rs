//! Hashes small numbers, which an index does dozens of times for each question.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};

/// 2^64 divided by the golden ratio: multiplying by it spreads neighbours far apart.
pub(crate) const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;

/// Seeded, so that nobody can choose places or keys that collide.
#[derive(Clone, Copy)]
pub(crate) struct Seed(u64);

impl Seed {
    /// Another one for each index.
    pub(crate) fn fresh() -> Self {
        Self(RandomState::new().hash_one(0))
    }
}

impl BuildHasher for Seed {
    type Hasher = NumberHasher;

    fn build_hasher(&self) -> NumberHasher {
        NumberHasher(self.0)
    }
}

/// See the module.
pub(crate) struct NumberHasher(u64);

impl Hasher for NumberHasher {
    fn write_u64(&mut self, number: u64) {
        // Both halves of the product, so that every bit of the number reaches every bit of the hash.
        let product = u128::from(self.0 ^ number) * u128::from(SPREAD);
        #[expect(clippy::cast_possible_truncation, reason = "the lower half is meant")]
        let lower = product as u64;
        self.0 = lower ^ (product >> 64) as u64;
    }

    fn write_u32(&mut self, number: u32) {
        self.write_u64(number.into());
    }

    fn write(&mut self, bytes: &[u8]) {
        for part in bytes.chunks(8) {
            let mut number = [0; 8];
            number[..part.len()].copy_from_slice(part);
            self.write_u64(u64::from_le_bytes(number));
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
