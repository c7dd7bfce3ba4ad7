//! A run, from the enrolment of the fleet to its report.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::accounts::Accounts;
use crate::clock::{self, Clock};
use crate::figures::Figures;
use crate::hotspots::draw_hotspots;
use crate::partner::Registry;
use crate::places::Places;
use crate::report::Report;
use crate::taxi::Taxi;
use crate::world::{CONCURRENT_CALLS, Error, Plan, Until, World};
use crate::{back_office, driver, fleet, passenger};

/// Interval at which a run checks whether it is over.
const LOOK_EVERY: Duration = Duration::from_millis(200);

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
