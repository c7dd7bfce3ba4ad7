//! Waiting, and reading the clock. A simulation plays in real time by nature: it talks to a registry
//! that has a clock of its own. This is its one place for both.

use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

/// How fast simulated time runs, and since when. Everything people and cars do (thinking, walking,
/// driving) is measured in simulated seconds; reports and looks at a hail are in real ones, as
/// partners' software does them.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    factor: f64,
    began: Instant,
}

impl Pace {
    /// Starts simulated time now. `factor` simulated seconds pass in a real one; it is positive.
    pub fn start(factor: f64) -> Self {
        debug_assert!(factor > 0.0, "time runs forward");
        Self { factor, began: now() }
    }

    /// Simulated seconds since the start.
    pub fn now_s(&self) -> f64 {
        self.elapsed().as_secs_f64() * self.factor
    }

    /// Real time since the start.
    pub fn elapsed(&self) -> Duration {
        since(self.began)
    }

    /// What a simulated span takes in reality.
    pub fn real(&self, simulated: Duration) -> Duration {
        simulated.div_f64(self.factor)
    }

    /// Waits for a simulated span, or until called off. True if the whole span passed.
    pub async fn wait(&self, simulated: Duration, stop: &CancellationToken) -> bool {
        wait_really(self.real(simulated), stop).await
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

/// Waits for a real span, or until called off. True if the whole span passed.
pub(crate) async fn wait_really(real: Duration, stop: &CancellationToken) -> bool {
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
