//! Users who call programs until they are told to stop, whatever the programs answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::Deed;

/// Longest wait for the next call: this machine is busy with other tests.
const PATIENCE: Duration = Duration::from_mins(1);

/// Users, and what they have done.
pub(super) struct Users {
    deeds: UnboundedReceiver<Deed>,
    sender: UnboundedSender<Deed>,
    stop: Arc<AtomicBool>,
    tasks: JoinSet<()>,
    done: Vec<Deed>,
}

impl Users {
    /// Nobody yet.
    pub(super) fn none() -> Self {
        let (sender, deeds) = unbounded_channel();
        let (stop, tasks) = (Arc::default(), JoinSet::new());
        Self { deeds, sender, stop, tasks, done: Vec::new() }
    }

    /// Adds a user, who tells each call until the flag is true.
    pub(super) fn add<F>(&mut self, user: impl FnOnce(UnboundedSender<Deed>, Arc<AtomicBool>) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.tasks.spawn(user(self.sender.clone(), Arc::clone(&self.stop)));
    }

    /// Waits for so many more calls of a kind.
    pub(super) async fn until(&mut self, mut enough: usize, is_one: impl Fn(&Deed) -> bool) {
        while enough > 0 {
            let deed = timeout(PATIENCE, self.deeds.recv()).await.expect("they are answered");
            let deed = deed.expect("they go on until they are told to stop");
            enough -= usize::from(is_one(&deed));
            self.done.push(deed);
        }
    }

    /// Passes over what they have done so far.
    pub(super) fn skip(&mut self) {
        while let Ok(deed) = self.deeds.try_recv() {
            self.done.push(deed);
        }
    }

    /// Tells them to stop, and returns what they have done.
    pub(super) async fn leave(mut self) -> Vec<Deed> {
        self.stop.store(true, Ordering::SeqCst);
        std::mem::take(&mut self.tasks).join_all().await;
        self.skip();
        self.done
    }
}

/// True if a call was answered, and not refused for an outage.
pub(super) fn is_answered(deed: &Deed) -> bool {
    !matches!(deed, Deed::Lost { .. } | Deed::Refused)
}
