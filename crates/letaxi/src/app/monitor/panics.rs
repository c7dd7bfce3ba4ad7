//! Handling of panics, which are faults of this program. A panic ends only the request, round, call or
//! datagram in which it occurs: it is caught there, logged and counted.
//!
//! Interrupted work is safe: a dropped transaction is rolled back, and memory is read again for each
//! unconfirmed change (`sync`).

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;

use futures_util::FutureExt;

use crate::app::App;

/// A panic that was caught, with its message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a panic: {0}")]
pub struct Panicked(String);

impl Panicked {
    #[expect(clippy::needless_pass_by_value, reason = "as it is caught")]
    fn of(payload: Box<dyn Any + Send>) -> Self {
        let message = payload
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| payload.downcast_ref::<String>().cloned());
        Self(message.unwrap_or_else(|| "without a message".to_owned()))
    }
}

impl App {
    /// Awaits a future; a panic is counted, and returned for the caller's log.
    ///
    /// # Errors
    ///
    /// If the future panicked.
    pub async fn caught<T>(&self, work: impl Future<Output = T>) -> Result<T, Panicked> {
        let done = AssertUnwindSafe(work).catch_unwind().await;
        done.map_err(|payload| self.count_panic(payload))
    }

    /// Like [`App::caught`], for work without waiting.
    ///
    /// # Errors
    ///
    /// If the work panicked.
    pub fn caught_now<T>(&self, work: impl FnOnce() -> T) -> Result<T, Panicked> {
        catch_unwind(AssertUnwindSafe(work)).map_err(|payload| self.count_panic(payload))
    }

    fn count_panic(&self, payload: Box<dyn Any + Send>) -> Panicked {
        self.measures.panics.fetch_add(1, Ordering::Relaxed);
        Panicked::of(payload)
    }
}
