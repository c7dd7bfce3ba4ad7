//! Serialisation of figures.

use std::borrow::Cow;
use std::collections::BTreeMap;

use dispatch::hail::Status;
use registry::Account;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};
use storage::figures::outcomes_of;
use territory::Point;

use crate::api::envelope::naive;
use crate::app::figures::OverTime;
use crate::app::figures::counting::STEPS;
use crate::app::figures::hails::{HailFigures, Per, Period};
use crate::app::figures::public::PublicFigures;
use crate::app::figures::searches::{Quarters, SearchFigures};
use crate::app::figures::taxis::{DepartementCount, Fleet, TaxiFigures};

/// A number now and in the past.
#[derive(JsonSchema, Serialize)]
struct Past<T> {
    today: T,
    three_months_ago: T,
    six_months_ago: T,
    twelve_months_ago: T,
}

impl<T> From<OverTime<T>> for Past<T> {
    fn from(number: OverTime<T>) -> Self {
        Self {
            today: number.today,
            three_months_ago: number.three_months_ago,
            six_months_ago: number.six_months_ago,
            twelve_months_ago: number.twelve_months_ago,
        }
    }
}

#[derive(JsonSchema, Serialize)]
pub(super) struct TaxiView {
    registered_taxis: Past<u64>,
    /// Taxis last seen before then.
    connected_taxis: Past<u64>,
    registered_taxis_since_threshold: Past<u64>,
    connected_taxis_since_threshold: Past<u64>,
    connected_taxis_now: u64,
    /// Hails of the last month per taxi.
    monthly_hails_per_taxi: Option<f64>,
    /// Mean of the radii that drivers chose, in metres.
    average_radius: Option<f64>,
    /// Percentage of drivers who chose a radius.
    average_radius_change: Option<f64>,
    /// By hour of the day (UTC).
    connected_taxis_per_hour: BTreeMap<String, f64>,
}

impl From<TaxiFigures> for TaxiView {
    fn from(figures: TaxiFigures) -> Self {
        let by_hour = figures.connected_by_hour.into_iter();
        Self {
            registered_taxis: figures.registered.into(),
            connected_taxis: figures.connected.into(),
            registered_taxis_since_threshold: figures.registered_since.into(),
            connected_taxis_since_threshold: figures.connected_since.into(),
            connected_taxis_now: figures.connected_now,
            monthly_hails_per_taxi: figures.monthly_hails,
            average_radius: figures.mean_radius_m,
            average_radius_change: figures.radius_chosen_percent,
            connected_taxis_per_hour: by_hour.map(|(hour, n)| (hour.to_string(), n)).collect(),
        }
    }
}

#[derive(JsonSchema, Serialize)]
pub(super) struct HailsView {
    hails_received: Past<i64>,
    #[serde(flatten)]
    by_outcome: ByOutcome,
    /// From taxi to customer at the time of the hail, in metres; 0 without hails.
    average_hail_distance: Past<f64>,
    hails_total: Years,
    hails_average: Averages,
    /// Duration of each step, in seconds.
    average_times: BTreeMap<&'static str, f64>,
}

impl From<HailFigures> for HailsView {
    fn from(figures: HailFigures) -> Self {
        let means = |period| Means::new(&figures, period);
        Self {
            hails_received: figures.count(None).into(),
            by_outcome: ByOutcome::new(&figures),
            // A missing distance is 0, because pages calculate with it.
            average_hail_distance: figures.mean_distance_m().filled().into(),
            hails_average: Averages {
                last_three_months: means(Period::LastThreeMonths),
                current_year: means(Period::CurrentYear),
                last_year: means(Period::LastYear),
            },
            average_times: STEPS
                .iter()
                .map(|(word, ..)| (*word, figures.mean_time_s(word)))
                .collect(),
            hails_total: Years { current_year: figures.current_year, last_year: figures.last_year },
        }
    }
}

/// Hails by outcome: a field for each status in which a hail ends, and for rides that nobody ended.
struct ByOutcome(Vec<(String, Past<i64>)>);

impl ByOutcome {
    fn new(figures: &HailFigures) -> Self {
        let count = |outcome| (Self::field(outcome), figures.count(Some(outcome)).into());
        Self(Self::outcomes().into_iter().map(count).collect())
    }

    fn outcomes() -> Vec<&'static str> {
        let ends: Vec<_> = Status::ALL.into_iter().filter(|status| status.is_over()).collect();
        outcomes_of(&ends)
    }

    fn field(outcome: &str) -> String {
        format!("hails_{outcome}")
    }
}

impl Serialize for ByOutcome {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(field, number)| (field, number)))
    }
}

impl JsonSchema for ByOutcome {
    fn schema_name() -> Cow<'static, str> {
        "ByOutcome".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let fields: Vec<_> = Self::outcomes().into_iter().map(Self::field).collect();
        let number = generator.subschema_for::<Past<i64>>();
        let properties: BTreeMap<_, _> = fields.iter().map(|field| (field, &number)).collect();
        json_schema!({"type": "object", "properties": properties, "required": fields})
    }
}

/// Pairs of a month, from 1, and its number of hails.
#[derive(JsonSchema, Serialize)]
struct Years {
    current_year: Vec<(u32, i64)>,
    last_year: Vec<(u32, i64)>,
}

#[derive(JsonSchema, Serialize)]
struct Averages {
    last_three_months: Means,
    current_year: Means,
    last_year: Means,
}

/// Hails per day, week and month.
#[derive(JsonSchema, Serialize)]
struct Means {
    daily: MeansByOutcome,
    weekly: MeansByOutcome,
    monthly: MeansByOutcome,
}

impl Means {
    fn new(figures: &HailFigures, period: Period) -> Self {
        let per = |per| MeansByOutcome::new(figures, period, per);
        Self { daily: per(Per::Day), weekly: per(Per::Week), monthly: per(Per::Month) }
    }
}

#[derive(JsonSchema, Serialize)]
struct MeansByOutcome {
    total: f64,
    timeout_customer: f64,
    declined_by_customer: f64,
    incident_taxi: f64,
    declined_by_taxi: f64,
}

impl MeansByOutcome {
    fn new(figures: &HailFigures, period: Period, per: Per) -> Self {
        let mean = |outcome| figures.mean(period, per, outcome);
        Self {
            total: mean(None),
            timeout_customer: mean(Some("timeout_customer")),
            declined_by_customer: mean(Some("declined_by_customer")),
            incident_taxi: mean(Some("incident_taxi")),
            declined_by_taxi: mean(Some("declined_by_taxi")),
        }
    }
}

#[derive(JsonSchema, Serialize)]
pub(super) struct FleetsView<'a> {
    /// Always empty; pages count the list.
    registered_groupements: u64,
    fleet_data: Vec<FleetView<'a>>,
}

impl<'a> FleetsView<'a> {
    pub(super) fn new(fleets: &'a [Fleet]) -> Self {
        let fleet_data = fleets.iter().map(FleetView::new).collect();
        Self { registered_groupements: 0, fleet_data }
    }
}

#[derive(JsonSchema, Serialize)]
struct FleetView<'a> {
    id: i64,
    email: &'a str,
    /// Number of taxis, as stated by the group.
    fleet_size: Option<i32>,
    count: u64,
    /// Percentage of registered taxis.
    ratio: Option<f64>,
    last_taxi: Option<String>,
    manager: Option<&'a str>,
}

impl<'a> FleetView<'a> {
    fn new(fleet: &'a Fleet) -> Self {
        let size = fleet.account.fleet_size.filter(|size| *size > 0);
        Self {
            id: fleet.account.id.0,
            email: &fleet.account.email,
            fleet_size: fleet.account.fleet_size,
            count: fleet.taxis,
            ratio: size.map(|size| 100.0 * fleet.taxis as f64 / f64::from(size)),
            last_taxi: fleet.last_added_at.map(naive),
            manager: fleet.manager.as_ref().map(|manager| manager.email.as_str()),
        }
    }
}

#[derive(JsonSchema, Serialize)]
pub(super) struct DepartementView<'a> {
    count: u64,
    insee: &'a str,
    name: &'a str,
    position: Option<PointView>,
}

/// A GeoJSON point.
#[derive(JsonSchema, Serialize)]
struct PointView {
    #[serde(rename = "type")]
    kind: &'static str,
    coordinates: [f64; 2],
}

impl<'a> From<&'a DepartementCount> for DepartementView<'a> {
    fn from(count: &'a DepartementCount) -> Self {
        Self {
            count: count.taxis,
            insee: count.departement.number,
            name: count.departement.name,
            position: count
                .point
                .map(|point| PointView { kind: "Point", coordinates: [point.lon, point.lat] }),
        }
    }
}

#[derive(JsonSchema, Serialize)]
pub(super) struct AccountView<'a> {
    id: i64,
    email: &'a str,
    commercial_name: Option<&'a str>,
}

impl<'a> AccountView<'a> {
    pub(super) fn new(account: &'a Account) -> Self {
        let commercial_name = account.commercial_name.as_deref();
        Self { id: account.id.0, email: &account.email, commercial_name }
    }
}

#[derive(JsonSchema, Serialize)]
pub(super) struct SearchesView {
    taxis: QuartersView,
    moteurs: Vec<AppView>,
}

/// Quartiles over the searches: of taxis found, of taxis seen, and of the distance to the closest in metres.
#[derive(JsonSchema, Serialize)]
struct QuartersView {
    taxis_found_25: Option<f64>,
    taxis_found_50: Option<f64>,
    taxis_found_75: Option<f64>,
    taxis_seen_25: Option<f64>,
    taxis_seen_50: Option<f64>,
    taxis_seen_75: Option<f64>,
    closest_taxi_25: Option<f64>,
    closest_taxi_50: Option<f64>,
    closest_taxi_75: Option<f64>,
}

/// Number of searches of an app.
#[derive(JsonSchema, Serialize)]
struct AppView {
    moteur: String,
    count: i64,
}

impl From<SearchFigures> for SearchesView {
    fn from(figures: SearchFigures) -> Self {
        let of = |quarters: Option<Quarters>| match quarters {
            Some(of) => [Some(of.first), Some(of.median), Some(of.third)],
            None => [None; 3],
        };
        let (found, seen, nearest) = (of(figures.found), of(figures.seen), of(figures.nearest_m));
        let apps = figures.apps.into_iter();
        Self {
            taxis: QuartersView {
                taxis_found_25: found[0],
                taxis_found_50: found[1],
                taxis_found_75: found[2],
                taxis_seen_25: seen[0],
                taxis_seen_50: seen[1],
                taxis_seen_75: seen[2],
                closest_taxi_25: nearest[0],
                closest_taxi_50: nearest[1],
                closest_taxi_75: nearest[2],
            },
            moteurs: apps
                .map(|(app, count)| AppView { moteur: app.email.clone(), count })
                .collect(),
        }
    }
}

#[derive(JsonSchema, Serialize)]
pub(super) struct PointsView {
    /// Latitude and longitude, in this order, as heat maps expect.
    points: Vec<(f64, f64)>,
}

impl PointsView {
    pub(super) fn new(points: &[Point]) -> Self {
        Self { points: points.iter().map(|point| (point.lat(), point.lon())).collect() }
    }
}

#[derive(JsonSchema, Serialize)]
pub(super) struct PublicView {
    groups: usize,
    apps: usize,
    /// By month, the percentage of each large town's licences with registered taxis, see `docs/figures.md`.
    taxis_connected: Vec<(String, BTreeMap<&'static str, f64>)>,
    /// Growth of hails in the last month over a year, in percent, by town.
    hails_growth: BTreeMap<&'static str, f64>,
}

impl From<PublicFigures> for PublicView {
    fn from(figures: PublicFigures) -> Self {
        let months = figures.connected_percent.into_iter().map(|(month, percents)| {
            (format!("{month}T00:00:00+00:00"), percents.into_iter().collect())
        });
        Self {
            groups: figures.groups,
            apps: figures.publishers,
            taxis_connected: months.collect(),
            hails_growth: figures.growth_percent.into_iter().collect(),
        }
    }
}
