//! A fleet, its operators' back offices and passengers, who use nothing but the public interface.
//!
//! A run is for trying a registry as its partners do: taxis are enrolled, drive and report; back
//! offices receive hails on an HTTP endpoint of their own and drivers answer them; passengers search,
//! hail, confirm, decline or disappear. What chance decides comes from a seed, so that a run can be
//! repeated as far as the registry and the network allow. What the registry does wrong is counted
//! and shown, with an example; it never ends a run.
//!
//! **Invariants:** a registry is reached over HTTP alone, also one in the same process; none of our
//! own crates is used. Only `pace` waits and reads a clock.

mod accounts;
mod back_office;
mod dice;
mod driver;
mod figures;
mod fleet;
mod hail;
mod motion;
mod pace;
mod partner;
mod passenger;
mod places;
mod report;
mod screen;
mod stands;

use std::sync::Arc;
use std::time::Duration;

use geo::Point;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use url::Url;

pub use accounts::{Accounts, Error as AccountsError};
pub use dice::{Habits, ImpossibleHabits};
pub use figures::{Call, Figures, Outcome, Snapshot};
pub use hail::Status;
pub use pace::Pace;
pub use places::{Nowhere, Places};
pub use report::{CallReport, Report};
pub use screen::Screen;

use fleet::Taxi;
use partner::{Failure, Partner, Registry};
use stands::{Stand, draw_stands};

/// How many enrolments and changes of a taxi's status are under way at once.
const HANDS: usize = 8;

/// How often a run looks whether it is over.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// What a run is to be.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Where the registry answers.
    pub url: Url,
    /// How many taxis there are, beside the one for trying by hand.
    pub taxis: usize,
    /// How many passengers want a taxi, again and again.
    pub passengers: usize,
    /// What chance starts from.
    pub seed: u64,
    /// How many simulated seconds pass in a real one: 1 is life as it is.
    pub pace: f64,
    /// How often each taxi's position is reported, in real time.
    pub report_every: Duration,
    /// How people behave.
    pub habits: Habits,
    /// INSEE codes of the towns that license the taxis; none: all towns of all zones.
    pub towns: Vec<String>,
    /// When the run ends by itself.
    pub until: Until,
    /// Where one more taxi stands, for someone to try by hand: its driver accepts at once.
    pub hand_taxi: Option<Point<f64>>,
}

/// When a run ends by itself: at the first of these; without any, when it is called off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Until {
    /// After so much real time, counted from when the fleet is enrolled.
    pub duration: Option<Duration>,
    /// After so many finished rides.
    pub rides: Option<u64>,
}

/// Why a run cannot start.
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
    #[error("{0} is no address of a registry: it must begin with http:// or https://")]
    NotHttp(Url),
    /// The means to call could not be made.
    #[error("cannot make calls: {0}")]
    NoCalls(#[from] reqwest::Error),
    /// Nobody answers.
    #[error("no registry answers at {url}: {why}")]
    NoAnswer {
        /// Where it was looked for.
        url: Url,
        /// What went wrong.
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
    /// Something answers, but not as a registry does.
    #[error("{url} does not answer a search as a registry does: {said}")]
    Odd {
        /// Where it was asked.
        url: Url,
        /// Its answer.
        said: String,
    },
    /// The registry took not a single taxi.
    #[error("the registry took none of the taxis: {0}")]
    NoTaxi(String),
}

/// What everyone in a run shares.
#[derive(Debug)]
struct World {
    plan: Plan,
    pace: Pace,
    places: Places,
    /// Where taxis like to be; there is one at least.
    stands: Vec<Stand>,
    figures: Arc<Figures>,
    hands: Semaphore,
    /// Cancelled when the run is to end: passengers get out of their hails.
    stop: CancellationToken,
    /// Cancelled once passengers are gone: drivers and back offices end.
    over: CancellationToken,
}

/// A run that is on.
#[derive(Debug)]
pub struct Simulation {
    world: Arc<World>,
    taxis: Vec<Arc<Taxi>>,
    passengers: JoinSet<()>,
    workers: JoinSet<()>,
    /// When the fleet was enrolled, on the run's clock.
    enrolled: Duration,
}

impl Simulation {
    /// Enrols the fleet, opens the back offices on `listener` (where the accounts' hail endpoints
    /// point) and lets passengers appear. `figures` fill as things happen; cancelling `stop`
    /// ends the run.
    ///
    /// # Errors
    ///
    /// Says why there can be no run: see [`Error`].
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
        let stands = draw_stands(&places, &plan.towns, plan.seed, plan.taxis)?;
        let registry = Registry::new(plan.url.clone(), Arc::clone(&figures))?;
        let pace = Pace::start(plan.pace);
        let (hands, over) = (Semaphore::new(HANDS), CancellationToken::new());
        let world = Arc::new(World { plan, pace, places, stands, figures, hands, stop, over });
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
        for (taxi, rings) in enrolled {
            workers.spawn(driver::work(Arc::clone(&world), taxi, rings));
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
        let enrolled = world.pace.elapsed();
        Ok(Self { world, taxis, passengers, workers, enrolled })
    }

    /// The id of the taxi kept for trying by hand, if there is one.
    pub fn hand_taxi(&self) -> Option<&str> {
        self.taxis.iter().find(|taxi| taxi.by_hand).map(|taxi| taxi.id.as_str())
    }

    /// Waits for the end that the plan foresees or until it is stopped, then ends cleanly: passengers get out of
    /// their hails, drivers go home. Gives the figures of the whole run.
    pub async fn finish(mut self) -> Report {
        while !self.is_done() && pace::wait_really(LOOK_EVERY, &self.world.stop).await {}
        self.world.stop.cancel();
        while self.passengers.join_next().await.is_some() {}
        self.world.over.cancel();
        while self.workers.join_next().await.is_some() {}
        fleet::go_home(&self.world, &self.taxis).await;
        Report::new(&self.world.plan, self.taxis.len(), &self.world.figures)
    }

    fn is_done(&self) -> bool {
        let Until { duration, rides } = self.world.plan.until;
        let since = self.world.pace.elapsed().saturating_sub(self.enrolled);
        duration.is_some_and(|duration| since >= duration)
            || rides.is_some_and(|rides| self.world.figures.snapshot().finished() >= rides)
    }
}

impl World {
    /// Lets each search app ask for taxis once, so that a wrong address or key shows at once.
    async fn try_keys(&self, clients: &[Partner]) -> Result<(), Error> {
        for client in clients {
            match client.search(self.stands[0].at).await {
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
