//! The clock of a run: simulated time, and waiting.
//!
//! A run plays in real time, since the registry it calls has a clock of its own. No other file reads a clock or
//! waits for time to pass.

use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

/// Simulated time. Everything people and cars do (thinking, walking, driving) is measured in simulated
/// seconds; reports of positions and reads of a hail are in real ones, as partners' software does them.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    pace: f64,
    began: Instant,
}

impl Clock {
    /// Starts simulated time now. `pace` simulated seconds pass in a real one; it is positive.
    pub fn start(pace: f64) -> Self {
        debug_assert!(pace > 0.0, "time runs forward");
        Self { pace, began: now() }
    }

    /// Simulated seconds since the start.
    pub fn now_s(&self) -> f64 {
        self.elapsed().as_secs_f64() * self.pace
    }

    /// Real time since the start.
    pub fn elapsed(&self) -> Duration {
        since(self.began)
    }

    /// The real span of a simulated one.
    pub fn real(&self, simulated: Duration) -> Duration {
        simulated.div_f64(self.pace)
    }

    /// Waits for a simulated span, or until `stop` is cancelled. True if the whole span passed.
    pub async fn wait(&self, simulated: Duration, stop: &CancellationToken) -> bool {
        wait_real(self.real(simulated), stop).await
    }
}

/// Measures how long a call takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    pub(crate) fn start() -> Self {
        Self(now())
    }

    pub(crate) fn elapsed(self) -> Duration {
        since(self.0)
    }
}

/// Waits for a real span, or until `stop` is cancelled. True if the whole span passed.
pub(crate) async fn wait_real(real: Duration, stop: &CancellationToken) -> bool {
    stop.run_until_cancelled(sleep(real)).await.is_some()
}

/// Waits for a real span, whatever happens.
#[expect(clippy::disallowed_methods, reason = "the simulator's one place to wait")]
pub(crate) async fn sleep(real: Duration) {
    tokio::time::sleep(real).await;
}

#[expect(clippy::disallowed_methods, reason = "the simulator's one place to read the clock")]
fn now() -> Instant {
    Instant::now()
}

fn since(then: Instant) -> Duration {
    now().saturating_duration_since(then)
}
