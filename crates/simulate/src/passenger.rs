//! A passenger: searches for a taxi, hails the nearest, answers the driver, rides, and after a while wants
//! another.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use dispatch::hail::Status;
use geo::Point;
use rand::{RngExt, rngs::StdRng};
use reqwest::StatusCode;

use crate::clock::{sleep, wait_real};
use crate::figures::{Call, Outcome};
use crate::habits::{Resolve, TripConduct};
use crate::hail::way_out;
use crate::motion::ROAM_M;
use crate::partner::{Customer, Partner};
use crate::places::{Town, draw_near, draw_town};
use crate::random::{Stream, rng};
use crate::taxi::Taxi;
use crate::world::World;

/// Interval at which an app reads its customer's hail.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Failed reads after which an app gives a hail up.
const PATIENCE: u32 = 20;

/// Attempts of a passenger to get out of a hail when the run ends.
const TRIES_TO_LEAVE: u32 = 5;

/// The towns where passengers appear, and the taxi they leave alone.
pub(crate) struct Stage {
    towns: Vec<Arc<Town>>,
    hand_taxi: Option<String>,
}

impl Stage {
    /// Passengers appear wherever a taxi of this fleet may pick them up.
    pub(crate) fn new(world: &World, taxis: &[Arc<Taxi>]) -> Self {
        let areas = world.hotspots.iter().flat_map(|hotspot| hotspot.area.towns());
        let towns: BTreeMap<_, _> = areas.map(|town| (town.code(), town)).collect();
        let towns = towns.into_values().cloned().collect();
        let hand_taxi = taxis.iter().find(|taxi| taxi.by_hand).map(|taxi| taxi.id.clone());
        Self { towns, hand_taxi }
    }

    fn draw_place(&self, world: &World, near_hotspot: bool, rng: &mut StdRng) -> Point<f64> {
        if near_hotspot {
            let hotspot = &world.hotspots[rng.random_range(0..world.hotspots.len())];
            let may_be = |at| hotspot.area.contains(at) && world.places.may_cruise(at);
            return draw_near(hotspot.at, ROAM_M, rng, may_be);
        }
        let draw = || draw_town(&self.towns, rng).clone().draw_point(rng);
        // An exclusion zone is small. Where it is not, the search will say so.
        let mut places = std::iter::repeat_with(draw).take(100).peekable();
        let first = *places.peek().expect("a hundred draws have a first");
        places.find(|at| world.places.may_cruise(*at)).unwrap_or(first)
    }
}

/// A passenger on one trip.
struct Trip<'a> {
    world: &'a World,
    stage: &'a Stage,
    client: &'a Partner,
    customer: Customer,
    conduct: TripConduct,
}

/// Takes trips until the run is called off.
pub(crate) async fn live(world: Arc<World>, stage: Arc<Stage>, client: Partner, index: u64) {
    for turn in 0.. {
        let mut rng = rng(world.plan.seed, Stream::Passenger, index, turn);
        let conduct = world.plan.habits.passenger(&mut rng);
        let at = stage.draw_place(&world, conduct.near_hotspot, &mut rng);
        let customer = Customer {
            id: format!("passenger-{index}"),
            at,
            address: format!("{:.5}, {:.5}", at.y(), at.x()),
        };
        if !world.clock.wait(conduct.appears_after, &world.stop).await {
            return;
        }
        let trip = Trip { world: &world, stage: &stage, client: &client, customer, conduct };
        if let Some(hail) = trip.find_taxi().await {
            world.figures.hail_opened();
            let outcome = trip.see_through(&hail).await;
            world.figures.hail_ended(outcome);
        }
    }
}

impl Trip<'_> {
    /// Searches, and hails the nearest taxi, as often as the passenger's patience allows.
    async fn find_taxi(&self) -> Option<String> {
        for search in 0..self.conduct.searches {
            let pause = self.conduct.search_again_after;
            if search > 0 && !self.world.clock.wait(pause, &self.world.stop).await {
                return None;
            }
            if self.world.stop.is_cancelled() {
                return None;
            }
            if let Some(hail) = self.hail_nearest().await {
                return Some(hail);
            }
        }
        None
    }

    async fn hail_nearest(&self) -> Option<String> {
        let found = match self.client.search(self.customer.at).await {
            Ok(found) => found,
            Err(failure) => {
                self.client.complain(Call::GetTaxis, &failure);
                return None;
            }
        };
        let nearest = found.iter().find(|taxi| Some(&taxi.id) != self.stage.hand_taxi.as_ref());
        self.world.figures.searched(nearest.is_some());
        match self.client.hail(nearest?, &self.customer).await {
            Ok(hail) => Some(hail.id),
            // Someone else was faster, or the driver has just gone: the contract's 400.
            Err(failure)
                if failure.status() == Some(StatusCode::BAD_REQUEST)
                    && is_about_taxi(&failure.to_string()) =>
            {
                self.world.figures.hail_refused();
                None
            }
            Err(failure) => {
                self.client.complain(Call::PostHails, &failure);
                None
            }
        }
    }

    /// Follows a hail to its end, answering the driver as this passenger does.
    async fn see_through(&self, hail: &str) -> Outcome {
        let (mut answered, mut unseen) = (false, 0);
        while unseen < PATIENCE {
            if self.world.stop.is_cancelled() {
                return self.leave(hail).await;
            }
            match self.client.look(hail).await {
                Ok(status) if status.is_over() => return Outcome::Ended(status),
                Ok(status) => {
                    unseen = 0;
                    if let Some(answer) = self.answer_to(status).filter(|_| !answered) {
                        answered = true;
                        self.answer(hail, status, answer).await;
                        continue;
                    }
                }
                Err(failure) => {
                    unseen += 1;
                    self.client.complain(Call::GetHail, &failure);
                }
            }
            wait_real(LOOK_EVERY, &self.world.stop).await;
        }
        Outcome::LostSight
    }

    /// The passenger's answer to this status, if any.
    fn answer_to(&self, status: Status) -> Option<Status> {
        match (status, self.conduct.resolve) {
            (Status::AcceptedByTaxi, Resolve::Confirms) => Some(Status::AcceptedByCustomer),
            (Status::ReceivedByTaxi, Resolve::DeclinesEarly)
            | (Status::AcceptedByTaxi, Resolve::DeclinesEarly | Resolve::DeclinesLate) => {
                Some(Status::DeclinedByCustomer)
            }
            _ => None,
        }
    }

    async fn answer(&self, hail: &str, standing: Status, answer: Status) {
        if !self.world.clock.wait(self.conduct.answers_after, &self.world.stop).await {
            return;
        }
        if let Err(failure) = self.client.put_hail(hail, answer, None).await {
            // The driver, or the registry's patience, may have been faster.
            let now = self.client.look(hail).await;
            let overtaken = now.is_ok_and(|status| status != standing);
            if !overtaken || failure.status() != Some(StatusCode::BAD_REQUEST) {
                self.client.complain(Call::PutHail, &failure);
            }
        }
    }

    /// Gets out of a hail because the run ends, so that it does not block the taxi for hours.
    async fn leave(&self, hail: &str) -> Outcome {
        for _ in 0..TRIES_TO_LEAVE {
            match self.client.look(hail).await.map(|status| (status, way_out(status))) {
                Ok((status, None)) => return Outcome::Ended(status),
                Ok((_, Some(out))) => {
                    if self.client.put_hail(hail, out, None).await.is_ok() {
                        return Outcome::CutShort;
                    }
                }
                Err(failure) => self.client.complain(Call::GetHail, &failure),
            }
            sleep(LOOK_EVERY / 4).await;
        }
        Outcome::LostSight
    }
}

/// True if a refusal says that the taxi is no longer free or no longer online.
fn is_about_taxi(said: &str) -> bool {
    said.contains("\"taxi_id\"")
}
