//! The figures of a report, each with its word and its names.

use dispatch::hail::Status;
use dispatch::refusal::Ground;

use crate::app::figures::daily::Figures;
use crate::app::figures::quality::Quality;

/// A figure of a report.
pub(super) struct Figure {
    /// Word in CSV and JSON.
    pub(super) word: &'static str,
    /// Name in English and French.
    pub(super) names: [&'static str; 2],
    /// Number of decimals.
    pub(super) decimals: usize,
    /// Its value; `None` if there is none.
    pub(super) of: fn(&Figures, Option<&Quality>) -> Option<f64>,
}

const fn figure(
    word: &'static str,
    names: [&'static str; 2],
    decimals: usize,
    of: fn(&Figures, Option<&Quality>) -> Option<f64>,
) -> Figure {
    Figure { word, names, decimals, of }
}

fn percent(part: i64, all: i64) -> Option<f64> {
    (all > 0).then(|| 100.0 * part as f64 / all as f64)
}

fn position(quality: Option<&Quality>, fault: &str, of: &str) -> Option<f64> {
    let positions = &quality?.positions;
    percent(*positions.get(fault)?, *positions.get(of)?)
}

/// All figures, in the order of a report.
#[rustfmt::skip]
pub(super) const FIGURES: &[Figure] = &[
    figure("searches", ["searches", "recherches"], 0, |f, quality| quality.is_none().then_some(f.searches as f64)),
    figure("nobody_in_reach_percent", ["searches with no taxi in reach, %", "recherches sans taxi à portée, %"], 1, |f, _| percent(f.nobody, f.searches)),
    figure("nearest_p50_m", ["nearest taxi, median, m", "taxi le plus proche, médiane, m"], 0, |f, _| Some(f.nearest_m?.p50)),
    figure("nearest_p90_m", ["nearest taxi, 90th percentile, m", "taxi le plus proche, 90e centile, m"], 0, |f, _| Some(f.nearest_m?.p90)),
    figure("hails", ["ended hails", "courses terminées"], 0, |f, _| Some(f.all_hails() as f64)),
    figure("finished", ["rides to the end", "courses menées à bien"], 0, |f, _| Some(f.hails_of(Status::Finished) as f64)),
    figure("declined", ["refused by the taxi", "refus du taxi"], 0, |f, _| Some(f.hails_of(Status::DeclinedByTaxi) as f64)),
    figure("declined_without_ground", ["… without a legal ground", "… sans motif légal"], 0, |f, _| Some(f.without_ground() as f64)),
    figure("answer_p50_s", ["driver's answer, median, s", "réponse du taxi, médiane, s"], 0, |f, _| Some(f.answer_s?.p50)),
    figure("answer_p90_s", ["driver's answer, 90th percentile, s", "réponse du taxi, 90e centile, s"], 0, |f, _| Some(f.answer_s?.p90)),
    figure("approach_p50_s", ["approach, median, s", "approche, médiane, s"], 0, |f, _| Some(f.approach_s?.p50)),
    figure("approach_p90_s", ["approach, 90th percentile, s", "approche, 90e centile, s"], 0, |f, _| Some(f.approach_s?.p90)),
    figure("connected_hours", ["connected hours of taxis", "heures de connexion des taxis"], 1, |f, _| Some(f.connected_hours)),
    figure("taxis", ["registered taxis", "taxis enregistrés"], 0, |_, quality| quality.map(|quality| quality.taxis as f64)),
    figure("seen_percent", ["seen within a day, %", "vus depuis un jour, %"], 1, |_, quality| quality.and_then(|quality| percent(quality.seen.cast_signed(), quality.taxis.cast_signed()))),
    figure("unanswered_percent", ["hails without an answer, %", "courses sans réponse, %"], 1, |_, quality| quality.and_then(|quality| percent(quality.unanswered, quality.hails))),
    figure("calls_failed_percent", ["failed calls to the server, %", "appels au serveur en échec, %"], 1, |_, quality| quality.and_then(|quality| percent(quality.calls.failed, quality.calls.calls))),
    figure("plates_spelt_twice", ["plates spelt in two ways", "plaques écrites de deux façons"], 0, |_, quality| quality.map(|quality| quality.spelt_twice as f64)),
    figure("stale_percent", ["free without a recent position, %", "libres sans position récente, %"], 1, |_, quality| position(quality, "position_stale", "position_sampled")),
    figure("standing_percent", ["at one place for an hour, %", "au même point depuis une heure, %"], 1, |_, quality| position(quality, "position_standing", "position_sampled")),
    figure("fast_percent", ["faster than 200 km/h, %", "plus vite que 200 km/h, %"], 1, |_, quality| position(quality, "position_fast", "position_sampled")),
    figure("outside_percent", ["free outside the zone, %", "libres hors de leur zone, %"], 1, |_, quality| position(quality, "position_outside", "position_placed")),
    figure("swapped_percent", ["longitude and latitude exchanged, %", "longitude et latitude inversées, %"], 1, |_, quality| position(quality, "position_swapped", "position_placed")),
];

/// Refusals by ground: a ground and its number of hails.
pub(super) fn grounds(figures: &Figures) -> impl Iterator<Item = (Ground, i64)> {
    Ground::ALL
        .into_iter()
        .map(|ground| (ground, figures.grounds.get(&ground).copied().unwrap_or_default()))
}
