//! `ads.csv`: the licences (ADS) of towns, as the towns or the national register list them.

use std::collections::{BTreeMap, HashMap};

use territory::InseeCode;

use super::codes::{Codes, hint};
use super::complaint::FileLog;
use super::table::Table;

/// Columns that are read; others are ignored with a warning.
const COLUMNS: [&str; 2] = ["insee", "numero"];

/// Longest number of a licence, as the API accepts it.
const MOST_CHARACTERS: usize = 255;

/// Lists of licences by town, with semicolons or commas; faults are logged.
pub(super) fn parse(
    text: &str,
    codes: &Codes<'_>,
    log: &mut FileLog<'_>,
) -> Vec<(InseeCode, Vec<String>)> {
    let Table { header, rows } = Table::read(text, log);
    let place = |column: &str| header.iter().position(|name| name.trim() == column);
    let [Some(insee), Some(number)] = COLUMNS.map(place) else {
        log.fault(1, "columns", format!("the columns {} are expected", COLUMNS.join(" and ")));
        return Vec::new();
    };
    let others: Vec<_> =
        header.iter().map(str::trim).filter(|name| !COLUMNS.contains(name)).collect();
    if !others.is_empty() {
        log.warn(1, "columns", format!("ignored: {}", others.join(", ")));
    }
    let mut lists = BTreeMap::<InseeCode, Vec<String>>::new();
    let mut seen = HashMap::<(InseeCode, String), usize>::new();
    for (line, record) in rows {
        let cell = |place| record.get(place).unwrap_or_default().trim();
        let town = town(cell(insee), codes).map_err(|why| log.fault(line, "insee", why));
        let number = number_of(cell(number)).map_err(|why| log.fault(line, "numero", why));
        let (Ok(town), Ok(number)) = (town, number) else { continue };
        if let Some(first) = seen.insert((town, number.to_owned()), line) {
            let text = format!("`{number}` of {town} is in line {first}, too: list it once");
            log.fault(line, "numero", text);
            continue;
        }
        lists.entry(town).or_default().push(number.to_owned());
    }
    lists.into_iter().collect()
}

fn town(text: &str, codes: &Codes<'_>) -> Result<InseeCode, String> {
    let code: InseeCode = text.parse().map_err(|error| format!("{error}"))?;
    codes.in_force(code).ok_or_else(|| format!("`{code}` is an unknown town{}", hint(code)))
}

fn number_of(text: &str) -> Result<&str, String> {
    if text.is_empty() {
        return Err("is empty: the number of the licence is required".to_owned());
    }
    if text.chars().count() > MOST_CHARACTERS {
        return Err(format!("is longer than {MOST_CHARACTERS} characters"));
    }
    Ok(text)
}

#[cfg(test)]
#[path = "tests/ads.rs"]
mod tests;
