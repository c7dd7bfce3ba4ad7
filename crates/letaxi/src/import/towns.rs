//! `towns.geojson`: towns and their borders.

use std::collections::{HashMap, HashSet};

use territory::{InseeCode, Town};

use super::complaint::FileLog;
use super::features::{Feature, Features};
use super::{Options, Progress};

const OTHER_CODE: &str = "; --code-property names the one to read";
const OTHER_NAME: &str = "; --name-property names the one to read";

/// Towns of a file.
#[derive(Debug, Default)]
pub(super) struct Towns {
    /// Valid towns, in the order of the file.
    pub(super) sound: Vec<Town>,
    /// True if the file declares its borders as approximate, not for service.
    pub(super) approximate: bool,
    /// Towns that were left out because of a faulty border.
    pub(super) left_out: HashSet<InseeCode>,
}

/// Reads the towns of a file; faults are logged.
pub(super) fn parse(
    text: &str,
    options: &Options,
    log: &mut FileLog<'_>,
    progress: &mut Progress<'_>,
) -> Towns {
    let Some(features) = Features::of(text, log) else { return Towns::default() };
    let count = features.len();
    if count == 0 {
        log.fault(None, "features", "is empty: at least one town is expected");
    }
    let approximate = features.are_approximate();
    let mut towns = Vec::with_capacity(count);
    let mut lines = HashMap::new();
    let mut left_out = HashSet::new();
    features.each(log, |place, feature, log| {
        progress(&log.file, place + 1, count);
        let Some(town) = town(&feature, options, &mut left_out, log) else { return };
        if let Some(line) = lines.insert(town.code, feature.line) {
            let field = format!("properties.{}", options.code_property);
            let text = format!(
                "{} is also in line {line}: one feature holds all parts of a town",
                town.code
            );
            log.fault(feature.line, &field, text);
        }
        towns.push(town);
    });
    Towns { sound: towns, approximate, left_out }
}

fn town(
    feature: &Feature<'_>,
    options: &Options,
    left_out: &mut HashSet<InseeCode>,
    log: &mut FileLog<'_>,
) -> Option<Town> {
    let code_text = feature.required(&options.code_property, OTHER_CODE, log);
    let code = code_text.and_then(|text| {
        let code = text.parse::<InseeCode>();
        let field = format!("properties.{}", options.code_property);
        code.map_err(|error| log.fault(feature.line, &field, error.to_string())).ok()
    });
    let name = feature.required(&options.name_property, OTHER_NAME, log).map(str::to_owned);
    let owner = [code_text, name.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" ");
    // The check of a border is slow, so it runs once, except with this option.
    if options.skip_faulty
        && let (Some(code), Err(flaws)) = (code, feature.check_border())
    {
        let field = format!("geometry of {owner}");
        log.warn(feature.line, &field, format!("{}: the town is left out", flaws.join("; ")));
        left_out.insert(code);
        return None;
    }
    let border = feature.border(&owner, log);
    Some(Town { code: code?, name: name?, border: border? })
}
