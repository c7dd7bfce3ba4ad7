//! Public figures: number of partners, and progress of the large towns.

use std::collections::{HashMap, HashSet};

use chrono::{Months, NaiveDate};
use registry::Role;
use storage::figures::Scope;
use territory::InseeCode;

use super::first_of_month;
use crate::app::App;

/// A large town that takes part, with the towns that share its taxis.
struct GreatTown {
    /// Word on the public site.
    word: &'static str,
    /// Its code.
    code: &'static str,
    /// Number of licences in the national register ("Mes ADS"), as used by the incumbent's public site.
    licences: u32,
}

#[rustfmt::skip]
const GREAT_TOWNS: [GreatTown; 5] = [
    GreatTown { word: "lyon",      code: "69123", licences: 1417 },
    GreatTown { word: "grenoble",  code: "38185", licences: 213 },
    GreatTown { word: "rouen",     code: "76540", licences: 301 },
    GreatTown { word: "toulouse",  code: "31555", licences: 251 },
    GreatTown { word: "stetienne", code: "42218", licences: 86 },
];

/// The large town whose growth is reported.
const GROWTH_OF: &str = "lyon";

/// Counts below this are hidden from the public, 0 too: small ones would tell of persons.
pub const SHOWN_FROM: u64 = 10;

/// Number of months in the past.
const MONTHS: u32 = 12;

/// Public figures.
#[derive(Clone, Debug, Default)]
pub struct PublicFigures {
    /// Groups of operators.
    pub groups: usize,
    /// Publishers of software for drivers.
    pub publishers: usize,
    /// Percentage of each large town's licences with connected taxis at the begin of each month; months and
    /// towns without data are left out.
    pub connected_percent: Vec<(NaiveDate, Vec<(&'static str, f64)>)>,
    /// Growth of hails in the last month over the same month of the previous year, in percent; towns without
    /// hails then are left out.
    pub growth_percent: Vec<(&'static str, f64)>,
}

impl App {
    /// Public figures.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn public_figures(&self) -> storage::Result<PublicFigures> {
        Ok(PublicFigures {
            groups: self.holders(Role::Group),
            publishers: self.holders(Role::Publisher),
            connected_percent: self.connected_percent(),
            growth_percent: self.growth_percent().await?,
        })
    }

    fn connected_percent(&self) -> Vec<(NaiveDate, Vec<(&'static str, f64)>)> {
        let this_month = first_of_month(self.today());
        let months: Vec<NaiveDate> =
            (0..=MONTHS).rev().map(|back| this_month - Months::new(back)).collect();
        // Indices of the large towns by town: one lookup per taxi.
        let mut great_towns: HashMap<InseeCode, Vec<usize>> = HashMap::new();
        for (place, great) in GREAT_TOWNS.iter().enumerate() {
            for town in self.towns_with(great.code) {
                great_towns.entry(town).or_default().push(place);
            }
        }
        let mut taxis = vec![[0_u64; GREAT_TOWNS.len()]; months.len()];
        self.directory.each_taxi(|_, taxi| {
            for place in great_towns.get(&taxi.town).into_iter().flatten() {
                let added = taxi.added_at.date_naive();
                for (month, counts) in months.iter().zip(&mut taxis) {
                    counts[*place] += u64::from(added < *month);
                }
            }
        });
        let percent = |(great, taxis): (&GreatTown, &u64)| {
            let percent = 100.0 * *taxis as f64 / f64::from(great.licences);
            (*taxis > 0).then_some((great.word, (percent * 100.0).round() / 100.0))
        };
        let months = months.into_iter().zip(&taxis);
        let months = months.map(|(month, taxis)| {
            (month, GREAT_TOWNS.iter().zip(taxis).filter_map(percent).collect::<Vec<_>>())
        });
        months.filter(|(_, percents)| !percents.is_empty()).collect()
    }

    async fn growth_percent(&self) -> storage::Result<Vec<(&'static str, f64)>> {
        let great = GREAT_TOWNS.iter().find(|great| great.word == GROWTH_OF);
        let great = great.expect("it is one of the great towns");
        let towns: Vec<_> = self.towns_with(great.code).into_iter().collect();
        // Old codes, too: ended hails were counted for the town of their time.
        let scopes: Vec<_> = self.all_codes_of(&towns).into_iter().map(Scope::Town).collect();
        if scopes.is_empty() {
            return Ok(Vec::new());
        }
        let end = first_of_month(self.today());
        let month = |back| {
            let since = end - Months::new(back);
            (since, since + Months::new(1))
        };
        let hails_of = async |back| {
            let (since, until) = month(back);
            let months = self.store.months(&scopes, since, until).await?;
            storage::Result::Ok(months.iter().map(|(_, hails)| *hails).sum::<i64>() as f64)
        };
        let (now, then) = tokio::try_join!(hails_of(1), hails_of(13))?;
        Ok(if then > 0.0 { vec![(great.word, 100.0 * (now - then) / then)] } else { Vec::new() })
    }

    /// A town, if it exists, and those that share their taxis with it.
    fn towns_with(&self, code: &str) -> HashSet<InseeCode> {
        let places = self.places.load();
        let code = code.parse().expect("it is a code");
        places.territory.licences_allowed(code).iter().copied().collect()
    }
}
