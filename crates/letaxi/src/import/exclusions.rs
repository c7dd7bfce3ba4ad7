//! `exclusions/*.geojson`: zones in which no taxi may be searched for.

use territory::Exclusion;

use super::complaint::FileLog;
use super::features::{Feature, Features};

/// Reads the exclusion zones of a file, usually one; faults are logged.
pub(super) fn parse(text: &str, log: &mut FileLog<'_>) -> Vec<Exclusion> {
    let mut exclusions = Vec::new();
    if let Some(features) = Features::of(text, log) {
        features.each(log, |_, feature, log| exclusions.extend(exclusion(&feature, log)));
    }
    exclusions
}

fn exclusion(feature: &Feature<'_>, log: &mut FileLog<'_>) -> Option<Exclusion> {
    let id = feature.id();
    if id.is_none() {
        log.fault(
            feature.line,
            "id",
            "is missing: the feature needs one, such as \"way/364430780\"",
        );
    }
    let name =
        feature.text("name:fr").or_else(|| feature.required("name", "", log)).map(str::to_owned);
    let border = feature.border(name.as_deref().unwrap_or_default(), log);
    Some(Exclusion { id: id?, name: name?, border: border? })
}
