//! Figures about taxis and operators, from memory.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use chrono::{NaiveDate, NaiveTime};
use dispatch::eligibility::{self, POSITION_LIFE_S};
use foldhash::HashMap;
use registry::{Account, AccountId, Role, TaxiId, Time, VehicleId};
use storage::figures::Scope;
use territory::{Departement, InseeCode, Inside, Point};

use super::{OverTime, POINTS, Part, SINCE, departement_of, milestones};
use crate::app::App;
use crate::app::clock::seconds;

/// Figures about taxis.
#[derive(Clone, Debug, Default)]
pub struct TaxiFigures {
    /// Number of taxis registered before each time.
    pub registered: OverTime<u64>,
    /// Number of taxis registered since [`SINCE`] and before each time.
    pub registered_since: OverTime<u64>,
    /// Number of taxis last seen before each time.
    pub connected: OverTime<u64>,
    /// Of these, taxis last seen since [`SINCE`].
    pub connected_since: OverTime<u64>,
    /// Taxis connected now.
    pub connected_now: u64,
    /// Hails of the last month per taxi; `None` without taxis.
    pub monthly_hails: Option<f64>,
    /// Mean of the radii chosen by drivers, in metres; `None` if none was chosen.
    pub mean_radius_m: Option<f64>,
    /// Percentage of drivers who chose a radius; `None` without taxis.
    pub radius_chosen_percent: Option<f64>,
    /// Taxis connected on average in each hour of the day (UTC).
    pub connected_by_hour: Vec<(i32, f64)>,
}

/// A group of operators with its fleet.
#[derive(Clone, Debug)]
pub struct Fleet {
    /// The group.
    pub account: Arc<Account>,
    /// The account that manages it.
    pub manager: Option<Arc<Account>>,
    /// Number of registered taxis.
    pub taxis: u64,
    /// Time of its last registration.
    pub last_added_at: Option<Time>,
}

/// The taxis of a département.
#[derive(Clone, Debug)]
pub struct DepartementCount {
    /// The département.
    pub departement: Departement,
    /// Number of taxis.
    pub taxis: u64,
    /// A point inside the towns that licensed them.
    pub point: Option<Inside>,
}

/// Histogram of taxis by the number of milestones after their time. Milestones are sorted from late to early,
/// so each taxi takes one step.
#[derive(Default)]
struct Counts {
    all: [u64; 5],
    since: [u64; 5],
}

impl Counts {
    fn count(&mut self, time: Time, milestones: &[Time; 4], since: Time) {
        let passed = milestones.partition_point(|milestone| time < *milestone);
        self.all[passed] += 1;
        self.since[passed] += u64::from(time >= since);
    }

    /// Number of taxis before each milestone.
    fn before(counts: [u64; 5]) -> OverTime<u64> {
        OverTime::of(std::array::from_fn(|milestone| counts[milestone + 1..].iter().sum()))
    }
}

/// Number of taxis of each vehicle. Vehicles are numbered from 1, so a list is enough.
#[derive(Default)]
struct OfVehicle(Vec<u32>);

impl OfVehicle {
    fn add(&mut self, vehicle: VehicleId) {
        let Ok(place) = usize::try_from(vehicle.0) else { return };
        if place >= self.0.len() {
            self.0.resize(place + 1, 0);
        }
        self.0[place] += 1;
    }

    fn count(&self, vehicle: VehicleId) -> u64 {
        let taxis = usize::try_from(vehicle.0).ok().and_then(|place| self.0.get(place));
        taxis.copied().unwrap_or_default().into()
    }
}

impl App {
    /// Figures about taxis.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn taxi_figures(&self, part: &Part) -> storage::Result<TaxiFigures> {
        let mut figures = self.counted_taxis(part);
        let scopes = self.asked(part).scopes();
        if scopes.is_empty() {
            return Ok(figures);
        }
        self.count_hails().await?;
        let today = self.today();
        let [_, month_ago, ..] = [0, 1, 0, 0].map(|months| today - chrono::Months::new(months));
        let months = self.store.periods(&scopes, &[(month_ago, today)]).await?;
        let hails = months.iter().find(|count| count.outcome == storage::figures::ALL_OUTCOMES);
        let hails = hails.map_or(0, |count| count.hails);
        let taxis = figures.registered.today;
        figures.monthly_hails = (taxis > 0).then(|| hails as f64 / taxis as f64);
        if part.operators.is_none() && part.manager.is_none() {
            figures.connected_by_hour = self.store.connected_by_hour(&scopes).await?;
        }
        Ok(figures)
    }

    fn counted_taxis(&self, part: &Part) -> TaxiFigures {
        let midnight = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
        let now = self.now();
        let [_, three, six, twelve] = milestones(now.date_naive()).map(midnight);
        // "Today" includes all taxis: none was registered in the future.
        let milestones = [Time::MAX_UTC, three, six, twelve];
        let since = midnight(SINCE);
        let (mut registered, mut connected) = (Counts::default(), Counts::default());
        let mut of_vehicle = OfVehicle::default();
        self.each_asked_taxi(part, |_, taxi| {
            registered.count(taxi.added_at, &milestones, since);
            connected.count(taxi.last_seen_at, &milestones, since);
            of_vehicle.add(taxi.vehicle);
        });
        let (mut described, mut chosen, mut radii_m) = (0, 0, 0.0);
        self.directory.each_radii(|vehicle, radii| {
            let taxis = of_vehicle.count(vehicle);
            described += taxis * u64::from(radii.described);
            chosen += taxis * u64::from(radii.chosen);
            radii_m += taxis as f64 * radii.sum_m as f64;
        });
        let mut connected_now = 0;
        if part.operators.is_none() && part.manager.is_none() {
            let asked = self.asked(part);
            self.each_connected(|slot, _, counts_as_taxi| {
                connected_now += u64::from(counts_as_taxi && asked.town(slot.town));
            });
        }
        TaxiFigures {
            registered: Counts::before(registered.all),
            registered_since: Counts::before(registered.since),
            connected: Counts::before(connected.all),
            connected_since: Counts::before(connected.since),
            connected_now,
            mean_radius_m: (chosen > 0).then(|| radii_m / chosen as f64),
            radius_chosen_percent: (described > 0)
                .then(|| 100.0 * chosen as f64 / described as f64),
            ..TaxiFigures::default()
        }
    }

    /// Groups of operators with their fleets, sorted by e-mail address. With a filter by place, groups
    /// without taxis there are left out.
    pub fn fleets(&self, part: &Part) -> Vec<Fleet> {
        let mut fleets: HashMap<AccountId, (u64, Option<Time>)> = HashMap::default();
        self.each_asked_taxi(part, |_, taxi| {
            let (taxis, last) = fleets.entry(taxi.operator).or_default();
            *taxis += 1;
            *last = (*last).max(Some(taxi.added_at));
        });
        let asked = self.asked(part);
        let everywhere = part.departements.is_none() && part.towns.is_none();
        let mut found = Vec::new();
        for account in self.directory.accounts() {
            let (taxis, last_added_at) = fleets.get(&account.id).copied().unwrap_or_default();
            if account.is(Role::Group) && asked.operator(account.id) && (everywhere || taxis > 0) {
                let manager = account.manager.and_then(|id| self.directory.account(id));
                found.push(Fleet { account, manager, taxis, last_added_at });
            }
        }
        found.sort_by(|a, b| a.account.email.cmp(&b.account.email));
        found
    }

    /// Groups of operators with this text in e-mail address or commercial name, in any case; sorted by e-mail
    /// address.
    pub fn groups(&self, search: &str) -> Vec<Arc<Account>> {
        let search = search.to_lowercase();
        let holds = |text: &str| text.to_lowercase().contains(&search);
        let mut groups = self.directory.accounts();
        groups.retain(|account| {
            let named = account.commercial_name.as_deref().is_some_and(holds);
            account.is(Role::Group) && (named || holds(&account.email))
        });
        groups.sort_by(|a, b| a.email.cmp(&b.email));
        groups
    }

    /// Accounts that manage others, sorted by e-mail address.
    pub fn managers(&self) -> Vec<Arc<Account>> {
        let accounts = self.directory.accounts();
        let managers: BTreeSet<_> = accounts.iter().filter_map(|account| account.manager).collect();
        let mut managers: Vec<_> =
            accounts.into_iter().filter(|account| managers.contains(&account.id)).collect();
        managers.sort_by(|a, b| a.email.cmp(&b.email));
        managers
    }

    /// Number of taxis licensed in each département, sorted by its number.
    pub fn taxis_by_departement(&self, part: &Part) -> Vec<DepartementCount> {
        let places = self.places.load();
        let room = places.territory.towns().len();
        let mut licensed =
            HashMap::<InseeCode, u64>::with_capacity_and_hasher(room, <_>::default());
        self.each_asked_taxi(part, |_, taxi| *licensed.entry(taxi.town).or_default() += 1);
        let mut towns: Vec<_> = licensed.into_iter().collect();
        towns.sort_unstable_by_key(|(town, _)| *town);
        let count = |departement: &Departement| {
            // Codes of a département's towns are consecutive.
            let first = towns.partition_point(|(town, _)| town.as_str() < departement.number);
            let from_first = towns[first..].iter();
            let towns = from_first.take_while(|(town, _)| town.starts_with(departement.number));
            let taxis = towns.clone().map(|(_, taxis)| taxis).sum();
            let point = places.point_in(towns.map(|(town, _)| *town));
            (taxis > 0).then_some(DepartementCount { departement: *departement, taxis, point })
        };
        let mut counts: Vec<_> = territory::DEPARTEMENTS.iter().filter_map(count).collect();
        counts.sort_unstable_by_key(|count| count.departement.number);
        counts
    }

    /// Positions of free connected taxis: at most [`POINTS`], in no order.
    pub fn free_taxi_points(&self) -> Vec<Point> {
        let mut points = Vec::new();
        let fleet = self.directory.fleet();
        self.each_heard_of(POSITION_LIFE_S, |slot, fix| {
            let is_available = || {
                let state = fleet.state_word(slot).state();
                state.is_some_and(|state| eligibility::available(state.status, state.in_open_hail))
            };
            if points.len() < POINTS as usize && is_available() {
                points.push(fix.point);
            }
        });
        points
    }

    /// Number of free connected taxis by the towns of their licences, in the order of the towns.
    pub fn free_taxis_by_town(&self) -> Vec<(InseeCode, u64)> {
        let (mut counted, mut towns) = (HashSet::new(), BTreeMap::<InseeCode, u64>::new());
        let fleet = self.directory.fleet();
        self.each_heard_of(POSITION_LIFE_S, |id, _| {
            let state = fleet.state_word(id).state();
            let is_free =
                state.is_some_and(|state| eligibility::available(state.status, state.in_open_hail));
            if let Some(slot) = fleet.slot(id).filter(|_| is_free)
                && counted.insert(slot.taxi)
            {
                *towns.entry(slot.town).or_default() += 1;
            }
        });
        towns.into_iter().collect()
    }

    /// Counts the taxis connected in the last full hour, and marks them as seen. The store counts each hour
    /// once, however often this is called.
    pub(in crate::app) async fn count_connected(&self) -> storage::Result<()> {
        use std::sync::atomic::Ordering;

        use chrono::{DurationRound, TimeDelta, Timelike};

        let now = self.now();
        let hour_at = now.duration_trunc(TimeDelta::hours(1)).unwrap_or(now);
        let last_counted = self.hour_counted.load(Ordering::Relaxed);
        // After a start the previous hour is unknown, so it is not counted.
        if last_counted == i64::MIN {
            self.hour_counted.store(hour_at.timestamp(), Ordering::Relaxed);
        }
        if [hour_at.timestamp(), i64::MIN].contains(&last_counted) {
            return Ok(());
        }
        let ended_at = hour_at - TimeDelta::hours(1);
        let hour = i32::try_from(ended_at.hour()).expect("an hour of the day");
        let (taxis, seen) = self.seen_within(seconds(now).saturating_sub(seconds(ended_at)));
        self.store.count_connected(hour_at, hour, &taxis).await?;
        self.store.see_taxis(&seen, now).await?;
        self.directory.see_taxis(&seen, now);
        // Set only after success, so that a failed or cancelled round is repeated.
        self.hour_counted.store(hour_at.timestamp(), Ordering::Relaxed);
        Ok(())
    }

    /// Number of taxis in each scope that were seen within so many seconds, and these taxis.
    fn seen_within(&self, within_s: u32) -> (Vec<(Scope, i64)>, Vec<TaxiId>) {
        let mut taxis = BTreeMap::from([(Scope::All, 0)]);
        let mut seen = HashSet::new();
        let fleet = self.directory.fleet();
        self.each_heard_of(within_s, |slot, _| {
            let Some(taxi) = fleet.slot(slot).filter(|slot| seen.insert(slot.taxi)) else {
                return;
            };
            let departement = Scope::Departement(departement_of(taxi.town));
            for scope in [Scope::All, departement, Scope::Town(taxi.town)] {
                *taxis.entry(scope).or_default() += 1;
            }
        });
        (taxis.into_iter().collect(), seen.into_iter().collect())
    }
}
