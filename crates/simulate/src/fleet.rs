//! The taxis: enrolment, positions, and the status their drivers wish.

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};

use geo::Point;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::clock::wait_real;
use crate::figures::{Call, Duty};
use crate::hotspots::hotspot_of;
use crate::motion::{Motion, ROAM_M};
use crate::partner::{Enrolment, Failure, Partner};
use crate::places::{Area, draw_near};
use crate::random::{Stream, rng};
use crate::taxi::{Offer, Taxi};
use crate::world::{CONCURRENT_CALLS, Error, World};

/// Positions in one call: the contract's limit.
const BATCH: usize = 50;

/// Hails that may wait for a driver. One is the rule; more would be the registry's mistake, which
/// must be noticed, not lost.
const OFFERS: usize = 16;

/// A taxi to be enrolled.
struct Blueprint {
    index: u64,
    operator: usize,
    enrolment: Enrolment,
    area: Area,
    hotspot: Point<f64>,
    at: Point<f64>,
    by_hand: bool,
}

/// Enrols the fleet, in the order of its plan. A taxi that the registry refuses is counted and left
/// out. When the run is called off meanwhile, the rest stays at home.
///
/// # Errors
///
/// Fails when nobody answers, when an operator's key is refused, or when not one taxi is taken.
pub(crate) async fn enrol(
    world: &Arc<World>,
    operators: &[Partner],
) -> Result<Vec<(Arc<Taxi>, mpsc::Receiver<Offer>)>, Error> {
    let mut shares: Vec<Vec<Blueprint>> = (0..CONCURRENT_CALLS).map(|_| Vec::new()).collect();
    for (number, blueprint) in blueprints(world, operators.len())?.into_iter().enumerate() {
        shares[number % CONCURRENT_CALLS].push(blueprint);
    }
    let mut callers = JoinSet::new();
    for share in shares {
        let (world, operators) = (Arc::clone(world), operators.to_vec());
        callers.spawn(async move {
            let mut enrolled = Vec::new();
            for blueprint in share {
                if world.stop.is_cancelled() {
                    break;
                }
                let partner = operators[blueprint.operator].clone();
                enrolled.extend(enrol_one(&world, partner, blueprint).await?);
            }
            Ok::<_, Error>(enrolled)
        });
    }
    let mut fleet = Vec::new();
    while let Some(share) = callers.join_next().await {
        fleet.extend(share.expect("enrolling does not panic")?);
    }
    if fleet.is_empty() && !world.stop.is_cancelled() {
        return Err(Error::NoTaxi(world.figures.snapshot().example.unwrap_or_default()));
    }
    fleet.sort_by_key(|(taxi, _): &(Arc<Taxi>, _)| taxi.index);
    Ok(fleet)
}

async fn enrol_one(
    world: &World,
    partner: Partner,
    blueprint: Blueprint,
) -> Result<Option<(Arc<Taxi>, mpsc::Receiver<Offer>)>, Error> {
    let id = match partner.enrol(&blueprint.enrolment).await {
        Ok(id) => id,
        Err((_, failure))
            if failure.is_about_the_key() || matches!(failure, Failure::NoAnswer(_)) =>
        {
            return Err(world.cannot_start(&partner, failure));
        }
        // Counted already.
        Err(_) => return Ok(None),
    };
    let Blueprint { index, operator, area, hotspot, at, by_hand, .. } = blueprint;
    let rng = rng(world.plan.seed, Stream::Streets, index, 0);
    let motion = if by_hand {
        Motion::parked(area, at, rng)
    } else {
        Motion::cruising(area, hotspot, at, rng)
    };
    let motion = Mutex::new(motion);
    let (offers, inbox) = mpsc::channel(OFFERS);
    let taxi =
        Taxi { index, id, operator, partner, by_hand, offers, hails: AtomicU64::new(0), motion };
    Ok(Some((Arc::new(taxi), inbox)))
}

fn blueprints(world: &World, operators: usize) -> Result<Vec<Blueprint>, Error> {
    let mut fleet: Vec<_> = (0..world.plan.taxis)
        .map(|index| {
            let hotspot = hotspot_of(&world.hotspots, index);
            let mut rng = rng(world.plan.seed, Stream::Start, index as u64, 0);
            let at = draw_near(hotspot.at, ROAM_M, &mut rng, |point| hotspot.area.contains(point));
            let (town, area) = (hotspot.town.code(), hotspot.area.clone());
            Blueprint { at, hotspot: hotspot.at, ..blueprint(index, operators, town, area, at) }
        })
        .collect();
    if let Some(at) = world.plan.hand_taxi {
        let nowhere = Error::HandTaxiNowhere { lon: at.x(), lat: at.y() };
        let town = world.places.town_at(at).ok_or(nowhere)?;
        let area = world.places.area(town);
        let by_hand = blueprint(fleet.len(), operators, town.code(), area, at);
        fleet.push(Blueprint { by_hand: true, ..by_hand });
    }
    Ok(fleet)
}

fn blueprint(index: usize, operators: usize, town: &str, area: Area, at: Point<f64>) -> Blueprint {
    let operator = index % operators;
    // Plates have 7 to 10 characters. The operator is in all of them, so that a car never has two.
    let name = format!("S{operator:02}-{index:05}");
    let enrolment = Enrolment {
        plate: name.clone(),
        licence: format!("lic-{name}"),
        number: format!("ads-{name}"),
        town: town.to_owned(),
    };
    let index = index as u64;
    Blueprint { index, operator, enrolment, area, hotspot: at, at, by_hand: false }
}

/// Reports the positions of an operator's taxis, again and again, in batches.
pub(crate) async fn report(
    world: Arc<World>,
    partner: Partner,
    number: usize,
    taxis: Vec<Arc<Taxi>>,
) {
    let every = world.plan.report_every;
    // Operators do not all report in the same instant.
    let mut due = world.clock.elapsed() + every.mul_f64(number as f64 % 8.0 / 40.0);
    while wait_real(due.saturating_sub(world.clock.elapsed()), &world.over).await {
        let now_s = world.clock.now_s();
        let positions: Vec<_> =
            taxis.iter().map(|taxi| (taxi.id.clone(), taxi.motion().at(now_s))).collect();
        for batch in positions.chunks(BATCH) {
            if let Err(failure) = partner.report(batch).await {
                partner.complain(Call::PostGeotaxi, &failure);
            }
        }
        due = (due + every).max(world.clock.elapsed());
    }
}

/// Sets all taxis to `off`.
pub(crate) async fn go_home(world: &Arc<World>, taxis: &[Arc<Taxi>]) {
    let mut ways = JoinSet::new();
    for taxi in taxis {
        let (world, taxi) = (Arc::clone(world), Arc::clone(taxi));
        ways.spawn(async move { wish(&world, &taxi, "off").await });
    }
    while ways.join_next().await.is_some() {}
}

/// Tells the registry the status a driver wishes: free or off. A failure is counted.
pub(crate) async fn wish(world: &World, taxi: &Taxi, status: &str) {
    let _permit = world.calls.acquire().await.expect("the semaphore is never closed");
    if let Err(failure) = taxi.partner.put_taxi(&taxi.id, status).await {
        taxi.partner.complain(Call::PutTaxi, &failure);
    }
}

/// Counts a driver in, and lets the registry know.
pub(crate) async fn start_work(world: &World, taxi: &Taxi) {
    wish(world, taxi, "free").await;
    world.figures.on_duty(Duty::Free);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::places::tests::three_towns;

    #[test]
    fn plates_are_as_long_as_the_contract_wants_and_never_shared() {
        let land = three_towns();
        let town = &land.licensing(&[]).unwrap()[0];
        let plate = |index| {
            let at = Point::new(2.005, 48.005);
            blueprint(index, 3, town.code(), land.area(town), at).enrolment.plate
        };
        let plates: std::collections::BTreeSet<_> = (0..500).map(plate).collect();
        assert_eq!(plates.len(), 500);
        assert!(plates.iter().all(|plate| (7..=10).contains(&plate.len())), "{plates:?}");
    }
}
