//! Public figures: number of partners, and progress of the large towns.

use std::collections::HashSet;

use chrono::{Months, NaiveDate};
use registry::Role;
use storage::figures::Scope;
use territory::InseeCode;

use super::first_of_month;
use crate::app::App;

mod shares;

/// A large town that takes part, with the towns that share its taxis.
#[derive(Debug)]
pub struct GreatTown {
    /// Word on the public site.
    pub word: &'static str,
    /// Its code.
    pub code: &'static str,
    /// Number of licences of these towns in the national register ("Mes ADS"), as the incumbent's public site uses
    /// it: for a town that has no list of its own.
    licences: usize,
}

#[rustfmt::skip]
static GREAT_TOWNS: [GreatTown; 5] = [
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
    /// Percentage of each large town's licences with registered taxis at the begin of each month; months and
    /// towns without data are left out.
    pub connected_percent: Vec<(NaiveDate, Vec<(&'static str, f64)>)>,
    /// Licences of which the percentages are, of each large town.
    pub licences: Vec<Licences>,
    /// Growth of hails in the last month over the same month of the previous year, in percent; towns without
    /// hails then are left out.
    pub growth_percent: Vec<(&'static str, f64)>,
}

/// Licences of which a large town's percentages are.
#[derive(Clone, Debug)]
pub struct Licences {
    /// The large town.
    pub town: &'static GreatTown,
    /// Number of licences.
    pub number: usize,
    /// Towns whose lists were counted; empty if the number is that of the national register.
    pub listed_by: Vec<InseeCode>,
}

impl App {
    /// Public figures.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn public_figures(&self) -> storage::Result<PublicFigures> {
        let shares = self.shares().await?;
        Ok(PublicFigures {
            groups: self.holders(Role::Group),
            publishers: self.holders(Role::Publisher),
            connected_percent: self.connected_percent(&shares),
            licences: shares.into_iter().map(|share| share.of).collect(),
            growth_percent: self.growth_percent().await?,
        })
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
