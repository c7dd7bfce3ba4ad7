//! A passenger's life: want a taxi somewhere, look for one, hail the nearest, answer the driver, ride,
//! and after a while want another.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use geo::Point;
use rand::{RngExt, rngs::StdRng};
use reqwest::StatusCode;

use crate::World;
use crate::dice::{Resolve, TripConduct, Whose, dice};
use crate::figures::{Call, Outcome};
use crate::fleet::Taxi;
use crate::hail::Status;
use crate::motion::ROAM_M;
use crate::pace::{sleep, wait_really};
use crate::partner::{Customer, Partner};
use crate::places::{Town, draw_near, draw_town};

/// How often an app looks at its customer's hail.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// After so many looks without an answer an app gives a hail up.
const PATIENCE: u32 = 20;

/// How often a passenger tries to get out of a hail when the run ends.
const TRIES_TO_LEAVE: u32 = 5;

/// Where passengers appear, and whom they leave alone.
pub(crate) struct Stage {
    towns: Vec<Arc<Town>>,
    hand_taxi: Option<String>,
}

impl Stage {
    /// Passengers appear wherever a taxi of this fleet may pick them up.
    pub(crate) fn new(world: &World, taxis: &[Arc<Taxi>]) -> Self {
        let areas = world.stands.iter().flat_map(|stand| stand.area.towns());
        let towns: BTreeMap<_, _> = areas.map(|town| (town.code(), town)).collect();
        let towns = towns.into_values().cloned().collect();
        let hand_taxi = taxis.iter().find(|taxi| taxi.by_hand).map(|taxi| taxi.id.clone());
        Self { towns, hand_taxi }
    }

    fn draw_place(&self, world: &World, near_stand: bool, dice: &mut StdRng) -> Point<f64> {
        if near_stand {
            let stand = &world.stands[dice.random_range(0..world.stands.len())];
            let may_be = |at| stand.area.contains(at) && world.places.may_cruise(at);
            return draw_near(stand.at, ROAM_M, dice, may_be);
        }
        let draw = || draw_town(&self.towns, dice).clone().draw_point(dice);
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
        let mut dice = dice(world.plan.seed, Whose::Passenger, index, turn);
        let conduct = world.plan.habits.passenger(&mut dice);
        let at = stage.draw_place(&world, conduct.near_stand, &mut dice);
        let customer = Customer {
            id: format!("passenger-{index}"),
            at,
            address: format!("{:.5}, {:.5}", at.y(), at.x()),
        };
        if !world.pace.wait(conduct.appears_after, &world.stop).await {
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
            if search > 0 && !self.world.pace.wait(pause, &self.world.stop).await {
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
            wait_really(LOOK_EVERY, &self.world.stop).await;
        }
        Outcome::LostSight
    }

    /// What this passenger says when the hail stands here, if anything.
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
        if !self.world.pace.wait(self.conduct.answers_after, &self.world.stop).await {
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
            match self.client.look(hail).await.map(|status| (status, status.way_out())) {
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

/// Whether a refusal is about the taxi, which is not free or not online any more.
fn is_about_taxi(said: &str) -> bool {
    said.contains("\"taxi_id\"")
}
