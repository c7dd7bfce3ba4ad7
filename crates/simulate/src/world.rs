//! The plan of a run, and the state that everyone in it shares.

use std::sync::Arc;
use std::time::Duration;

use geo::Point;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::clock::Clock;
use crate::figures::Figures;
use crate::habits::{Habits, ImpossibleHabits};
use crate::hotspots::Hotspot;
use crate::partner::{Failure, Partner};
use crate::places::{Nowhere, Places};

/// Enrolments and changes of a taxi's status that are under way at once.
pub(crate) const CONCURRENT_CALLS: usize = 8;

/// Plan of a run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Address of the registry.
    pub url: Url,
    /// Number of taxis, beside the one for trying by hand.
    pub taxis: usize,
    /// Number of passengers, who want a taxi again and again.
    pub passengers: usize,
    /// Random seed.
    pub seed: u64,
    /// Simulated seconds in a real one: 1 is life as it is.
    pub pace: f64,
    /// Interval of each taxi's reports of its position, in real time.
    pub report_every: Duration,
    /// Habits of drivers and passengers.
    pub habits: Habits,
    /// INSEE codes of the towns that license the taxis; none: all towns of all zones.
    pub towns: Vec<String>,
    /// End of the run.
    pub until: Until,
    /// Place of one more taxi, for trying by hand: its driver accepts at once.
    pub hand_taxi: Option<Point<f64>>,
}

/// End of a run: the first of these; without any, when it is stopped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Until {
    /// Real time from when the fleet is enrolled.
    pub duration: Option<Duration>,
    /// Finished rides.
    pub rides: Option<u64>,
}

/// A run that cannot start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The shares of the habits do not fit together.
    #[error(transparent)]
    Habits(#[from] ImpossibleHabits),
    /// There is nowhere to drive.
    #[error(transparent)]
    Nowhere(#[from] Nowhere),
    /// The place for the taxi to try by hand lies in no town.
    #[error("no town holds {lon} {lat}, where the taxi to try by hand would stand")]
    HandTaxiNowhere {
        /// Degrees east.
        lon: f64,
        /// Degrees north.
        lat: f64,
    },
    /// The address of the registry is not one that can be called.
    #[error("{0} is not the address of a registry: it must begin with http:// or https://")]
    NotHttp(Url),
    /// The means to call could not be made.
    #[error("cannot make calls: {0}")]
    NoCalls(#[from] reqwest::Error),
    /// No registry answers.
    #[error("no registry answers at {url}: {why}")]
    NoAnswer {
        /// Its address.
        url: Url,
        /// The error.
        why: String,
    },
    /// The registry does not know a key, or does not let its account do what it must.
    #[error(
        "the registry refuses the key of {email}: {said} (were its accounts made of this file?)"
    )]
    KeyRefused {
        /// The account.
        email: String,
        /// The registry's answer.
        said: String,
    },
    /// The answer is not that of a registry.
    #[error("{url} does not answer a search as a registry does: {said}")]
    Odd {
        /// Its address.
        url: Url,
        /// Its answer.
        said: String,
    },
    /// The registry refused every taxi.
    #[error("the registry took none of the taxis: {0}")]
    NoTaxi(String),
}

/// State that everyone in a run shares.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) plan: Plan,
    pub(crate) clock: Clock,
    pub(crate) places: Places,
    /// At least one.
    pub(crate) hotspots: Vec<Hotspot>,
    pub(crate) figures: Arc<Figures>,
    /// Permits for [`CONCURRENT_CALLS`].
    pub(crate) calls: Semaphore,
    /// Cancelled when the run is to end: passengers get out of their hails.
    pub(crate) stop: CancellationToken,
    /// Cancelled once passengers are gone: drivers and back offices end.
    pub(crate) over: CancellationToken,
}

impl World {
    /// Lets each search app ask for taxis once, so that a wrong address or key shows at once.
    pub(crate) async fn try_keys(&self, clients: &[Partner]) -> Result<(), Error> {
        for client in clients {
            match client.search(self.hotspots[0].at).await {
                Err(failure) if !failure.is_about_exclusion() => {
                    return Err(self.cannot_start(client, failure));
                }
                _ => {}
            }
        }
        Ok(())
    }

    pub(crate) fn cannot_start(&self, partner: &Partner, failure: Failure) -> Error {
        let url = self.plan.url.clone();
        match failure {
            Failure::NoAnswer(why) => Error::NoAnswer { url, why },
            refused if refused.is_about_the_key() => {
                Error::KeyRefused { email: partner.email().to_owned(), said: refused.to_string() }
            }
            odd => Error::Odd { url, said: odd.to_string() },
        }
    }
}
