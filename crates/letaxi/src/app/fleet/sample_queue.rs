//! Sampled searches that wait to be written.

use storage::samples::SampledSearch;

use crate::app::jobs::write_behind::WriteBehind;

/// Maximum number of waiting samples, of some 10 kB each; further ones are dropped and counted.
const QUEUE: usize = 1_000;

/// Sampled searches that wait to be written.
#[derive(Debug)]
pub(in crate::app) struct SampleQueue(pub(super) WriteBehind<SampledSearch>);

impl Default for SampleQueue {
    fn default() -> Self {
        Self(WriteBehind::new("sampled searches", QUEUE))
    }
}
