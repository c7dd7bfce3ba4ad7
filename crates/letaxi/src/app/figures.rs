//! Figures about taxis, hails and searches, and public figures.
//!
//! Taxis are counted in memory. Hails and searches are summed when they end or happen ([`counting`],
//! [`searches`]), because there are millions of them.
//!
//! All days are days in UTC.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{Datelike, Months, NaiveDate};
use registry::{Account, AccountId, Role, TaxiId};
use storage::figures::Scope;
use territory::InseeCode;

use super::App;

pub mod counting;
pub mod daily;
pub mod driver_activity;
mod fix_sample;
pub mod hails;
pub mod heat;
pub mod live;
pub(in crate::app) mod live_metrics;
mod live_sums;
pub mod part;
pub mod public;
pub mod quality;
pub mod refusals;
pub mod report;
mod sampled_positions;
pub(in crate::app) mod search_queue;
pub mod searches;
pub mod taxis;

/// First day of figures "since the decree": by the decree 2021-1797 of 23 December 2021, in force since that
/// day, apps must query le.taxi.
pub const SINCE: NaiveDate = NaiveDate::from_ymd_opt(2022, 1, 1).expect("the year has a first day");

/// Maximum number of points on a map: the newest.
pub const POINTS: u32 = 2_000;

/// Filter of figures. A given list must contain the value of a counted item.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// Numbers of départements; `97` means all of them overseas.
    pub departements: Option<Vec<String>>,
    /// Codes of towns.
    pub towns: Option<Vec<InseeCode>>,
    /// Operators.
    pub operators: Option<Vec<AccountId>>,
    /// The account that manages the operator.
    pub manager: Option<AccountId>,
}

/// A number now and in the past.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct OverTime<T> {
    /// Now.
    pub today: T,
    /// Three months ago.
    pub three_months_ago: T,
    /// Six months ago.
    pub six_months_ago: T,
    /// Twelve months ago.
    pub twelve_months_ago: T,
}

impl<T: Copy> OverTime<T> {
    /// Creates it from the four numbers, in this order.
    pub fn of([today, three_months_ago, six_months_ago, twelve_months_ago]: [T; 4]) -> Self {
        Self { today, three_months_ago, six_months_ago, twelve_months_ago }
    }
}

impl OverTime<Option<f64>> {
    /// Replaces missing numbers by 0.
    pub fn filled(self) -> OverTime<f64> {
        let of = Option::unwrap_or_default;
        OverTime {
            today: of(self.today),
            three_months_ago: of(self.three_months_ago),
            six_months_ago: of(self.six_months_ago),
            twelve_months_ago: of(self.twelve_months_ago),
        }
    }
}

/// The number of the département of a town: the first two characters of its code, or three overseas.
pub fn departement_of(code: InseeCode) -> String {
    departement_in(&code).to_owned()
}

fn departement_in(code: &InseeCode) -> &str {
    let digits = if code.starts_with(OVERSEAS) { 3 } else { 2 };
    &code.as_str()[..digits]
}

/// Begin of the numbers overseas. As a number of its own it means all of them: the incumbent compares the first two
/// characters of a town's code.
const OVERSEAS: &str = "97";

/// Each named number of a département, with the numbers that `97` means.
fn all_departements(named: &[String]) -> Vec<String> {
    let overseas = (0..10).map(|digit| format!("{OVERSEAS}{digit}"));
    let overseas = overseas.filter(|_| named.iter().any(|number| number == OVERSEAS));
    let numbers = named.iter().filter(|number| *number != OVERSEAS).cloned();
    numbers.chain(overseas).collect::<BTreeSet<_>>().into_iter().collect()
}

/// This day, and the same day three, six and twelve months ago.
fn milestones(today: NaiveDate) -> [NaiveDate; 4] {
    [0, 3, 6, 12].map(|months| today - Months::new(months))
}

fn first_of_year(year: i32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, 1, 1).expect("a year of our time has a first day")
}

fn first_of_month(day: NaiveDate) -> NaiveDate {
    day.with_day(1).expect("every month has a first day")
}

/// A resolved filter, with each value once.
struct Asked {
    /// Numbers of départements.
    departements: Option<Vec<String>>,
    /// Codes of towns, and all old codes of them: ended hails were counted for the town of their time.
    towns: Option<Vec<InseeCode>>,
    operators: Option<Vec<AccountId>>,
}

impl Asked {
    fn town(&self, code: InseeCode) -> bool {
        let number = departement_in(&code);
        let listed = |numbers: &Vec<String>| numbers.iter().any(|listed| listed == number);
        self.departements.as_ref().is_none_or(listed)
            && self.towns.as_ref().is_none_or(|towns| towns.contains(&code))
    }

    fn operator(&self, account: AccountId) -> bool {
        self.operators.as_ref().is_none_or(|operators| operators.contains(&account))
    }

    /// Disjoint scopes that together cover the filter.
    fn scopes(&self) -> Vec<Scope> {
        let towns = self.towns.as_ref().map(|towns| {
            let asked = towns.iter().copied().filter(|code| self.town(*code));
            asked.map(Where::Town).collect::<Vec<_>>()
        });
        let departements = || {
            let numbers = self.departements.as_ref()?.iter();
            Some(numbers.map(|number| Where::Departement(number.clone())).collect())
        };
        let places: Option<Vec<Where>> = towns.or_else(departements);
        match (places, &self.operators) {
            (None, None) => vec![Scope::All],
            (None, Some(operators)) => operators.iter().copied().map(Scope::Operator).collect(),
            (Some(places), None) => places.iter().map(Where::alone).collect(),
            (Some(places), Some(operators)) => places
                .iter()
                .flat_map(|place| operators.iter().map(|operator| place.and(*operator)))
                .collect(),
        }
    }
}

enum Where {
    Town(InseeCode),
    Departement(String),
}

impl Where {
    fn alone(&self) -> Scope {
        match self {
            Self::Town(code) => Scope::Town(*code),
            Self::Departement(number) => Scope::Departement(number.clone()),
        }
    }

    fn and(&self, operator: AccountId) -> Scope {
        match self {
            Self::Town(code) => Scope::TownOperator(*code, operator),
            Self::Departement(number) => Scope::DepartementOperator(number.clone(), operator),
        }
    }
}

impl App {
    /// Resolves a filter to operators; `None`: all of them.
    fn asked(&self, part: &Part) -> Asked {
        let operators = match (&part.operators, part.manager) {
            (None, None) => None,
            (operators, manager) => {
                let accounts = self.directory.accounts();
                let fits = accounts.iter().filter(|account| {
                    operators.as_ref().is_none_or(|ids| ids.contains(&account.id))
                        && manager.is_none_or(|manager| account.manager == Some(manager))
                });
                Some(fits.map(|account| account.id).collect())
            }
        };
        let towns = part.towns.as_ref().map(|towns| self.all_codes_of(towns));
        let departements = part.departements.as_deref().map(all_departements);
        Asked { departements, towns, operators }
    }

    /// All codes of these towns, each once.
    fn all_codes_of(&self, towns: &[InseeCode]) -> Vec<InseeCode> {
        let places = self.places.load();
        let codes = towns.iter().flat_map(|code| match places.territory.in_force(*code) {
            Some(town) => places.territory.codes_of(town),
            None => vec![*code],
        });
        codes.collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// All operators, by e-mail address.
    fn operators(&self) -> Vec<Arc<Account>> {
        let mut operators = self.directory.accounts();
        operators.retain(|account| account.is(Role::Operator));
        operators.sort_by(|one, other| one.email.cmp(&other.email));
        operators
    }

    fn today(&self) -> NaiveDate {
        self.now().date_naive()
    }

    /// Calls a function for every taxi that matches, with its data in the directory.
    fn each_asked_taxi(
        &self,
        part: &Part,
        mut look: impl FnMut(TaxiId, &registry::directory::TaxiEntry),
    ) {
        let asked = self.asked(part);
        self.directory.each_taxi(|id, taxi| {
            if asked.town(taxi.town) && asked.operator(taxi.operator) {
                look(id, taxi);
            }
        });
    }

    /// Number of accounts with a role.
    fn holders(&self, role: Role) -> usize {
        self.directory.accounts().iter().filter(|account| account.is(role)).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> InseeCode {
        text.parse().expect("a code")
    }

    #[test]
    fn a_town_is_in_the_departement_its_code_begins_with() {
        for (town, departement) in [("75056", "75"), ("2A004", "2A"), ("97105", "971")] {
            assert_eq!(departement_of(code(town)), departement);
        }
    }

    #[test]
    fn scopes_cover_what_is_asked_for_once() {
        let scopes = |part: &Part, operators: Option<Vec<AccountId>>| {
            let departements = part.departements.as_deref().map(all_departements);
            let towns = part.towns.clone();
            Asked { departements, towns, operators }
                .scopes()
                .iter()
                .map(Scope::key)
                .collect::<Vec<_>>()
        };
        let two = Some(vec![AccountId(1), AccountId(2)]);
        assert_eq!(scopes(&Part::default(), None), [""]);
        assert_eq!(scopes(&Part::default(), two.clone()), ["o1", "o2"]);
        let paris = Part { departements: Some(vec!["75".into()]), ..Part::default() };
        assert_eq!(scopes(&paris, None), ["d75"]);
        assert_eq!(scopes(&paris, two), ["d75/o1", "d75/o2"]);
        let named =
            |number: &str| Part { departements: Some(vec![number.into()]), ..Part::default() };
        assert_eq!(scopes(&named("97"), None).len(), 10);
        assert_eq!(scopes(&named("974"), None), ["d974"]);
        let towns = Some(vec![code("75056"), code("97411"), code("69123")]);
        let overseas = Part { towns: towns.clone(), ..named("97") };
        assert_eq!(scopes(&overseas, None), ["t97411"]);
        let both = Part { towns, ..paris };
        assert_eq!(scopes(&both, None), ["t75056"], "a town must also be in the département");
        assert!(scopes(&Part::default(), Some(Vec::new())).is_empty());
    }
}
