//! Retention: data are blurred or deleted when the law's time for them has passed.
//!
//! A round runs all clocks. It makes many small changes with pauses between them, and leaves all its progress in the
//! database, so that it can be interrupted at any moment and holds nobody up.

pub mod clocks;
mod rounds;
mod state;

pub use rounds::{ClockState, REDACTED, Round};
pub(in crate::app) use state::RetentionState;
