//! Plays a fleet, its operators' back offices and passengers against a registry.
//!
//! A run uses a registry as its partners do: taxis are enrolled, drive and report; back
//! offices receive hails on an HTTP endpoint of their own and drivers answer them; passengers search,
//! hail, confirm, decline or disappear. Random choices come from a seed, so that a run can be
//! repeated as far as the registry and the network allow. Faults of the registry are counted and shown,
//! with an example; they never end a run.
//!
//! **Invariants:** a registry is reached over HTTP alone, also one in the same process; of our
//! own crates only the words of a hail's status are used. Only `clock` reads a clock and waits.

mod accounts;
mod back_office;
mod clock;
mod driver;
mod figures;
mod fleet;
mod habits;
mod hail;
mod hotspots;
mod motion;
mod partner;
mod passenger;
mod places;
mod random;
mod report;
mod screen;

use std::sync::Arc;
use std::time::Duration;

use geo::Point;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use url::Url;

pub use accounts::{Accounts, Error as AccountsError};
pub use clock::Clock;
pub use figures::{Call, Figures, Outcome, Snapshot};
pub use habits::{Habits, ImpossibleHabits};
pub use places::{Nowhere, Places};
pub use report::{CallReport, Report};
pub use screen::Screen;

use fleet::Taxi;
use hotspots::{Hotspot, draw_hotspots};
use partner::{Failure, Partner, Registry};

/// Enrolments and changes of a taxi's status that are under way at once.
const CONCURRENT_CALLS: usize = 8;

/// Interval at which a run checks whether it is over.
const LOOK_EVERY: Duration = Duration::from_millis(200);

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
struct World {
    plan: Plan,
    clock: Clock,
    places: Places,
    /// At least one.
    hotspots: Vec<Hotspot>,
    figures: Arc<Figures>,
    /// Permits for [`CONCURRENT_CALLS`].
    calls: Semaphore,
    /// Cancelled when the run is to end: passengers get out of their hails.
    stop: CancellationToken,
    /// Cancelled once passengers are gone: drivers and back offices end.
    over: CancellationToken,
}

/// A run.
#[derive(Debug)]
pub struct Simulation {
    world: Arc<World>,
    taxis: Vec<Arc<Taxi>>,
    passengers: JoinSet<()>,
    workers: JoinSet<()>,
    /// Time at which the fleet was enrolled, on the run's clock.
    enrolled: Duration,
}

impl Simulation {
    /// Enrols the fleet, opens the back offices on `listener` (where the accounts' hail endpoints
    /// point) and lets passengers appear. `figures` fill as things happen; cancelling `stop`
    /// ends the run.
    ///
    /// # Errors
    ///
    /// The plan, the accounts or the registry do not allow a run: see [`Error`].
    pub async fn start(
        plan: Plan,
        accounts: Accounts,
        places: Places,
        listener: TcpListener,
        figures: Arc<Figures>,
        stop: CancellationToken,
    ) -> Result<Self, Error> {
        plan.habits.check()?;
        if !matches!(plan.url.scheme(), "http" | "https") || plan.url.host().is_none() {
            return Err(Error::NotHttp(plan.url));
        }
        let hotspots = draw_hotspots(&places, &plan.towns, plan.seed, plan.taxis)?;
        let registry = Registry::new(plan.url.clone(), Arc::clone(&figures))?;
        let clock = Clock::start(plan.pace);
        let (calls, over) = (Semaphore::new(CONCURRENT_CALLS), CancellationToken::new());
        let world = Arc::new(World { plan, clock, places, hotspots, figures, calls, stop, over });
        let line = |email: &str, key: &str| registry.partner(email, key);
        let clients: Vec<_> =
            accounts.clients.iter().map(|one| line(&one.email, &one.key)).collect();
        let operators: Vec<_> =
            accounts.operators.iter().map(|one| line(&one.email, &one.key)).collect();
        world.try_keys(&clients).await?;

        let enrolled = fleet::enrol(&world, &operators).await?;
        let taxis: Vec<_> = enrolled.iter().map(|(taxi, _)| Arc::clone(taxi)).collect();
        let mut workers = JoinSet::new();
        workers.spawn(back_office::serve(
            Arc::clone(&world),
            accounts.operators,
            taxis.clone(),
            listener,
        ));
        for (index, operator) in operators.into_iter().enumerate() {
            let its = taxis.iter().filter(|taxi| taxi.operator == index).cloned().collect();
            workers.spawn(fleet::report(Arc::clone(&world), operator, index, its));
        }
        for (taxi, offers) in enrolled {
            workers.spawn(driver::work(Arc::clone(&world), taxi, offers));
        }
        let mut passengers = JoinSet::new();
        let stage = Arc::new(passenger::Stage::new(&world, &taxis));
        for (index, client) in (0..world.plan.passengers).zip(clients.iter().cycle()) {
            passengers.spawn(passenger::live(
                Arc::clone(&world),
                Arc::clone(&stage),
                client.clone(),
                index as u64,
            ));
        }
        let enrolled = world.clock.elapsed();
        Ok(Self { world, taxis, passengers, workers, enrolled })
    }

    /// The id of the taxi kept for trying by hand, if there is one.
    pub fn hand_taxi(&self) -> Option<&str> {
        self.taxis.iter().find(|taxi| taxi.by_hand).map(|taxi| taxi.id.as_str())
    }

    /// Waits for the end that the plan foresees or until it is stopped, then ends cleanly: passengers get out of
    /// their hails, drivers go home. Returns the figures of the whole run.
    pub async fn finish(mut self) -> Report {
        while !self.is_done() && clock::wait_real(LOOK_EVERY, &self.world.stop).await {}
        self.world.stop.cancel();
        while self.passengers.join_next().await.is_some() {}
        self.world.over.cancel();
        while self.workers.join_next().await.is_some() {}
        fleet::go_home(&self.world, &self.taxis).await;
        Report::new(&self.world.plan, self.taxis.len(), &self.world.figures)
    }

    fn is_done(&self) -> bool {
        let Until { duration, rides } = self.world.plan.until;
        let since = self.world.clock.elapsed().saturating_sub(self.enrolled);
        duration.is_some_and(|duration| since >= duration)
            || rides.is_some_and(|rides| self.world.figures.snapshot().finished() >= rides)
    }
}

impl World {
    /// Lets each search app ask for taxis once, so that a wrong address or key shows at once.
    async fn try_keys(&self, clients: &[Partner]) -> Result<(), Error> {
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

    fn cannot_start(&self, partner: &Partner, failure: Failure) -> Error {
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
