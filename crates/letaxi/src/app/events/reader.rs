//! A stream of events for one reader.

use std::collections::HashSet;
use std::sync::Arc;

use registry::Account;
use tokio::sync::watch;

use super::event::{Event, Subject};
use super::log::{Open, Since};
use super::place::Place;
use crate::app::App;

/// The next events of a stream.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Batch {
    /// True if earlier ones are lost: everything is to be read again.
    pub(crate) is_reset: bool,
    /// The last event of each hail and taxi, of those that the reader may see.
    pub(crate) events: Vec<Event>,
    /// The place after them.
    pub(crate) place: Place,
}

/// Reads the log for one account.
pub(crate) struct Reader {
    app: Arc<App>,
    account: Arc<Account>,
    last: watch::Receiver<Option<u64>>,
    at: Place,
    _open: Open,
}

impl Reader {
    pub(super) fn new(
        app: Arc<App>,
        account: Arc<Account>,
        open: Open,
        after: Option<Place>,
    ) -> Self {
        let last = app.events.follow();
        let at = after.unwrap_or_else(|| app.events.end());
        Self { app, account, last, at, _open: open }
    }

    /// Place after which this reads on.
    pub(crate) fn place(&self) -> Place {
        self.at
    }

    /// The events since the last batch. It may be empty.
    pub(crate) fn batch(&mut self) -> Batch {
        self.last.mark_unchanged();
        match self.app.events.since(self.at) {
            Since::Lost(place) => {
                self.at = place;
                Batch { is_reset: true, events: Vec::new(), place }
            }
            Since::Events(events, place) => {
                self.at = place;
                let seen = |event: &Event| self.app.may_see(&self.account, event);
                let events = last_of_each(events.into_iter().filter(seen));
                Batch { is_reset: false, events, place }
            }
        }
    }

    /// Waits until there is an event, whoever may see it; false once the log is closed.
    pub(crate) async fn wait(&mut self) -> bool {
        let at = self.at.number;
        let told = self.last.wait_for(|last| last.is_none_or(|last| last != at)).await;
        told.is_ok_and(|last| last.is_some())
    }
}

/// The last event of each hail and taxi, in their order.
fn last_of_each(events: impl DoubleEndedIterator<Item = Event>) -> Vec<Event> {
    let (mut hails, mut taxis) = (HashSet::new(), HashSet::new());
    let mut last: Vec<Event> = events
        .rev()
        .filter(|event| match event.subject {
            Subject::Hail(id, _) => hails.insert(id),
            Subject::Taxi(id, _) => taxis.insert(id),
        })
        .collect();
    last.reverse();
    last
}

#[cfg(test)]
mod tests {
    use dispatch::hail::Status;
    use registry::{AccountId, VehicleStatus};

    use super::*;

    #[test]
    fn of_each_hail_and_taxi_the_last_event_stays() {
        let (operator, client) = (AccountId(1), AccountId(2));
        let hail = |id: &str, status| Event::hail((id.parse().unwrap(), status), operator, client);
        let taxi = |status| Event::taxi("aaaaaa2".parse().unwrap(), status, operator);
        let told = [
            hail("aaaaaa2", Status::Received),
            taxi(VehicleStatus::Answering),
            hail("aaaaaa3", Status::Received),
            hail("aaaaaa2", Status::ReceivedByOperator),
            taxi(VehicleStatus::Free),
        ];
        assert_eq!(last_of_each(told.into_iter()), [told[2], told[3], told[4]]);
    }
}
