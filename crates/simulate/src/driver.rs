//! A driver's work: wait for a hail, answer it, drive to the customer, drive the customer, be free
//! again.
//!
//! A driver does what an operator's software does: tells the registry each step, and looks from time
//! to time whether the customer or the registry has ended the hail meanwhile.

use std::sync::Arc;
use std::time::Duration;

use dispatch::hail::Status;
use reqwest::StatusCode;
use tokio::sync::mpsc;

use crate::clock::wait_real;
use crate::figures::{Call, Duty};
use crate::fleet;
use crate::habits::{DriverAnswer, Incident};
use crate::hail::frees_taxi;
use crate::taxi::{Offer, Taxi};
use crate::world::World;

/// The driver's telephone number.
pub(crate) const PHONE: &str = "0600000002";

/// Interval at which a driver's telephone reads a hail while it waits for someone else.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The same on the road, where seldom anything changes.
const GLANCE_EVERY: Duration = Duration::from_secs(3);

/// Failed reads after which a driver gives a hail up.
const PATIENCE: u32 = 10;

/// The hail ended otherwise than the driver meant: its status, if that is known.
struct Ended(Option<Status>);

/// A driver with a hail.
struct Ride<'a> {
    world: &'a World,
    taxi: &'a Taxi,
    offer: Offer,
    inbox: &'a mpsc::Receiver<Offer>,
    second_hail_noticed: bool,
}

/// Works until the run is over.
pub(crate) async fn work(world: Arc<World>, taxi: Arc<Taxi>, mut inbox: mpsc::Receiver<Offer>) {
    fleet::start_work(&world, &taxi).await;
    loop {
        let offer = tokio::select! {
            () = world.over.cancelled() => return,
            offer = inbox.recv() => offer,
        };
        let Some(offer) = offer else { return };
        world.figures.duty_changed(Duty::Free, Duty::Busy);
        let pause = offer.conduct.pause;
        let mut ride =
            Ride { world: &world, taxi: &taxi, offer, inbox: &inbox, second_hail_noticed: false };
        let end = ride.take().await;
        taxi.motion().cruise(world.clock.now_s());
        if end.is_some_and(frees_taxi) {
            world.figures.duty_changed(Duty::Busy, Duty::Free);
            continue;
        }
        world.figures.duty_changed(Duty::Busy, Duty::Off);
        if !world.clock.wait(pause, &world.over).await {
            return;
        }
        fleet::wish(&world, &taxi, "free").await;
        world.figures.duty_changed(Duty::Off, Duty::Free);
    }
}

impl Ride<'_> {
    /// Plays the hail to its end and returns its last status, if it could be read.
    async fn take(&mut self) -> Option<Status> {
        match self.play().await {
            Ok(()) => Some(Status::Finished),
            Err(Ended(status)) => status,
        }
    }

    async fn play(&mut self) -> Result<(), Ended> {
        use Status::{
            AcceptedByCustomer, AcceptedByTaxi, CustomerOnBoard, DeclinedByTaxi, Finished,
            IncidentTaxi, Received, ReceivedByOperator, ReceivedByTaxi,
        };
        let conduct = self.offer.conduct;
        // The registry notes that the back office has the hail after the back office has said so.
        self.await_leaving(Received, ReceivedByOperator).await?;
        if conduct.answer == DriverAnswer::Unreachable {
            return self.do_nothing(ReceivedByOperator).await;
        }
        self.pass(ReceivedByOperator, conduct.reads_after).await?;
        self.step(ReceivedByOperator, ReceivedByTaxi).await?;
        if conduct.answer == DriverAnswer::Ignores {
            return self.do_nothing(ReceivedByTaxi).await;
        }
        self.pass(ReceivedByTaxi, conduct.answers_after).await?;
        if conduct.answer == DriverAnswer::Refuses {
            return self.end(ReceivedByTaxi, DeclinedByTaxi).await;
        }
        self.step(ReceivedByTaxi, AcceptedByTaxi).await?;
        self.await_leaving(AcceptedByTaxi, AcceptedByCustomer).await?;

        let customer = self.offer.customer;
        let way =
            Duration::from_secs_f64(self.taxi.motion().go_to(customer, self.world.clock.now_s()));
        if conduct.incident == Incident::OnTheWay {
            self.pass(AcceptedByCustomer, way / 2).await?;
            return self.end(AcceptedByCustomer, IncidentTaxi).await;
        }
        self.pass(AcceptedByCustomer, way + conduct.boards_after).await?;
        self.step(AcceptedByCustomer, CustomerOnBoard).await?;

        let way = self.taxi.motion().go_far(conduct.ride_m, self.world.clock.now_s());
        let way = Duration::from_secs_f64(way);
        if conduct.incident == Incident::Aboard {
            self.pass(CustomerOnBoard, way / 2).await?;
            return self.end(CustomerOnBoard, IncidentTaxi).await;
        }
        self.pass(CustomerOnBoard, way).await?;
        self.step(CustomerOnBoard, Finished).await
    }

    /// Lets a simulated span pass while the hail stands still; looks at it now and then.
    async fn pass(&mut self, standing: Status, span: Duration) -> Result<(), Ended> {
        let mut left = self.world.clock.real(span);
        while left > Duration::ZERO {
            let nap = left.min(GLANCE_EVERY);
            left -= nap;
            self.sleep(nap).await?;
            if left > Duration::ZERO {
                self.expect(standing).await?;
            }
        }
        Ok(())
    }

    /// Waits until someone else takes the hail from one status to the other.
    async fn await_leaving(&mut self, from: Status, to: Status) -> Result<(), Ended> {
        loop {
            match self.look().await? {
                status if status == to => return Ok(()),
                status if status == from => self.sleep(LOOK_EVERY).await?,
                status => return Err(Ended(Some(status))),
            }
        }
    }

    /// Leaves the hail alone until the registry or the customer ends it.
    async fn do_nothing(&mut self, standing: Status) -> Result<(), Ended> {
        loop {
            self.sleep(LOOK_EVERY).await?;
            self.expect(standing).await?;
        }
    }

    async fn expect(&mut self, standing: Status) -> Result<(), Ended> {
        match self.look().await? {
            status if status == standing => Ok(()),
            status => Err(Ended(Some(status))),
        }
    }

    /// Takes the hail's last step.
    async fn end(&mut self, from: Status, to: Status) -> Result<(), Ended> {
        self.step(from, to).await?;
        Err(Ended(Some(to)))
    }

    /// Takes the hail a step on. That someone else was faster is no error.
    async fn step(&mut self, from: Status, to: Status) -> Result<(), Ended> {
        let at_once = self.offer.conduct.phone_at_once;
        let phone = (to == Status::AcceptedByTaxi && !at_once).then_some(PHONE);
        match self.taxi.partner.put_hail(&self.offer.hail, to, phone).await {
            Ok(status) if status == to => {
                self.seen(to);
                Ok(())
            }
            Ok(status) => Err(Ended(Some(status))),
            Err(failure) => {
                let now = self.look().await?;
                if now == from || failure.status() != Some(StatusCode::BAD_REQUEST) {
                    self.taxi.partner.complain(Call::PutHail, &failure);
                }
                Err(Ended(Some(now).filter(|status| status.is_over())))
            }
        }
    }

    async fn look(&mut self) -> Result<Status, Ended> {
        for _ in 0..PATIENCE {
            let another_waits = !self.inbox.is_empty();
            match self.taxi.partner.look(&self.offer.hail).await {
                Ok(status) => {
                    self.seen(status);
                    if another_waits && !status.is_over() {
                        self.notice_second_hail(status);
                    }
                    return Ok(status);
                }
                Err(failure) => {
                    self.taxi.partner.complain(Call::GetHail, &failure);
                    self.sleep(LOOK_EVERY).await?;
                }
            }
        }
        Err(Ended(None))
    }

    /// The registry's promise is one open hail a vehicle. The second was there before this look.
    fn notice_second_hail(&mut self, status: Status) {
        if !self.second_hail_noticed {
            self.second_hail_noticed = true;
            let (taxi, hail) = (&self.taxi.id, &self.offer.hail);
            let what =
                format!("taxi {taxi} got another hail while hail {hail} was {}", status.word());
            self.world.figures.promise_broken(what);
        }
    }

    fn seen(&self, status: Status) {
        if self.taxi.by_hand {
            self.world.figures.hailed_by_hand(&self.offer.hail, status);
        }
    }

    async fn sleep(&self, real: Duration) -> Result<(), Ended> {
        if wait_real(real, &self.world.over).await { Ok(()) } else { Err(Ended(None)) }
    }
}
