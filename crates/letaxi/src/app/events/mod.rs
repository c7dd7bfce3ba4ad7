//! Events: changes of hails and taxis, for open pages.
//!
//! An event only names its subject, and the page reads that again. So a lost event costs a delay and no fact.

mod event;
mod log;
mod place;
mod reader;

pub(crate) use event::{Event, Subject};
pub(in crate::app) use log::EventLog;
pub(crate) use place::Place;
pub(crate) use reader::{Batch, Reader};

use std::sync::Arc;

use registry::{Account, Role};

use crate::app::App;
use crate::app::account::caller::Caller;
use log::MOST_STREAMS_OF_ACCOUNT;

/// Too many streams of one account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the account has {MOST_STREAMS_OF_ACCOUNT} streams of events already")]
pub(crate) struct TooManyStreams;

impl App {
    /// Starts to read the events that a caller may see, from a place that an earlier stream has told, else from now.
    ///
    /// # Errors
    ///
    /// If the account reads as many streams as it may.
    pub(crate) fn read_events(
        self: &Arc<Self>,
        who: &Caller,
        after: Option<Place>,
    ) -> Result<Reader, TooManyStreams> {
        let open = self.events.open(who.account.id).ok_or(TooManyStreams)?;
        Ok(Reader::new(Arc::clone(self), Arc::clone(&who.account), open, after))
    }

    /// True if an account may see an event: it is a party, it manages one, or it is an admin.
    pub(in crate::app) fn may_see(&self, account: &Account, event: &Event) -> bool {
        account.is(Role::Admin)
            || event.parties().any(|party| {
                let manager = || self.directory.account(party)?.manager;
                party == account.id || manager() == Some(account.id)
            })
    }

    /// Ends all streams, so that the server can stop.
    pub(crate) fn close_events(&self) {
        self.events.close();
    }
}
