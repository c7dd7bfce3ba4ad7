//! A word that everyone hears once it is said: stop.

use tokio::sync::watch;

/// Calls a run off. Copies hear of it together, also those that ask later.
#[derive(Clone, Debug)]
pub struct Halt(watch::Sender<bool>);

impl Default for Halt {
    fn default() -> Self {
        Self(watch::Sender::new(false))
    }
}

impl Halt {
    /// Calls it off. Doing so again changes nothing.
    pub fn call(&self) {
        self.0.send_replace(true);
    }

    /// Whether it has been called off.
    pub fn is_called(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it is called off.
    pub async fn called(&self) {
        // The sender lives as long as `self`, so waiting cannot fail.
        let _ = self.0.subscribe().wait_for(|called| *called).await;
    }
}
