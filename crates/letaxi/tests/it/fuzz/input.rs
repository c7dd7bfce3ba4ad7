//! Conversion of a fuzzer's bytes to input.

use std::convert::Infallible;

use rand::TryRng;
use rand::seq::IndexedRandom;

use super::mutate::mutated;

/// First byte of an input that is used unchanged. Any other byte mutates a valid input.
const AS_IT_IS: u8 = b'=';

/// The fuzzer's bytes, one after another; zeros at the end.
pub(super) struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    /// Of all bytes.
    pub(super) fn new(chosen: &'a [u8]) -> Self {
        Self(chosen)
    }

    /// One of these, chosen by one byte, so that a seed can choose it.
    pub(super) fn one_of<'t, T>(&mut self, all: &'t [T]) -> &'t T {
        &all[usize::from(self.byte()) % all.len()]
    }

    /// The rest as a document: unchanged bytes, or one of these valid documents, mutated.
    pub(super) fn document(&mut self, good: &[&[u8]]) -> Vec<u8> {
        match self.0.split_first() {
            Some((&AS_IT_IS, rest)) => rest.to_vec(),
            _ => mutated(self, good),
        }
    }

    /// One of these, mutated or not.
    pub(super) fn part(&mut self, good: &[&[u8]]) -> Vec<u8> {
        if self.byte().is_multiple_of(2) {
            mutated(self, good)
        } else {
            good.choose(self).expect("a good input").to_vec()
        }
    }

    /// A seed: the unchanged document, after the byte of [`Input::one_of`] if there is one.
    pub(super) fn seed(which: Option<usize>, document: &[u8]) -> Vec<u8> {
        let which = which.map(|which| u8::try_from(which).unwrap());
        which.into_iter().chain([AS_IT_IS]).chain(document.iter().copied()).collect()
    }

    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }
}

/// A random generator that returns the fuzzer's bytes.
impl TryRng for Input<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        // The high bytes matter most, so one byte is one decision.
        Ok(u32::from_be_bytes([self.byte(), self.byte(), 0, 0]))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from(self.try_next_u32()?) << 32)
    }

    fn try_fill_bytes(&mut self, into: &mut [u8]) -> Result<(), Infallible> {
        into.fill_with(|| self.byte());
        Ok(())
    }
}
