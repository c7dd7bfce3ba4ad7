//! Refusals of hails by legal ground, of each operator or town.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use chrono::NaiveDate;
use dispatch::hail::Status;
use dispatch::refusal::Ground;
use registry::{Account, Role};
use storage::daily::Measure;
use storage::figures::{ALL_OUTCOMES, Scope};
use territory::InseeCode;

use super::counting::GROUND;
use super::daily::without_ground;
use super::part::FiguresRefused;
use crate::app::App;
use crate::app::account::caller::Caller;

/// The part of everything that a row speaks of.
#[derive(Clone, Debug, PartialEq)]
pub enum RefusedBy {
    /// Hails that this operator received.
    Operator(Arc<Account>),
    /// Hails of customers who stood in this town, with its name.
    Town(InseeCode, String),
}

/// Refusals of hails that were made in a period.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusals {
    /// Of which part.
    pub by: RefusedBy,
    /// Ended hails.
    pub hails: i64,
    /// Those that the driver declined.
    pub declined: i64,
    /// Those of them with a legal ground, by ground.
    pub grounds: BTreeMap<Ground, i64>,
}

impl Refusals {
    /// Number of refusals without a ground.
    pub fn without_ground(&self) -> i64 {
        without_ground(self.declined, &self.grounds)
    }
}

impl App {
    /// Refusals in a period, of the last seven days if no day is named: of these towns, each once, or, if none is named, of each
    /// operator, by e-mail address, for an admin; of its own for an operator.
    ///
    /// # Errors
    ///
    /// See [`FiguresRefused`].
    pub async fn refusals(
        &self,
        who: &Caller,
        towns: &[String],
        since: Option<NaiveDate>,
        until: Option<NaiveDate>,
    ) -> Result<Vec<Refusals>, FiguresRefused> {
        let parts = self.refusing(who, towns)?;
        let period = self.period(since, until)?;
        self.count_hails().await?;
        let scopes: Vec<_> = parts.iter().flat_map(|(_, scopes)| scopes).cloned().collect();
        let grounds = Measure::OfHails(GROUND);
        let grounds = by_scope(self.store.bars_by_scope(grounds, &scopes, period).await?);
        let outcomes = by_scope(self.store.outcomes_by_scope(&scopes, period).await?);
        let refusals = parts.into_iter().map(|(by, scopes)| {
            let hails = sums(&scopes, &outcomes);
            let of = |word: &str| hails.get(word).copied().unwrap_or_default();
            let grounds = sums(&scopes, &grounds);
            Refusals {
                by,
                hails: of(ALL_OUTCOMES),
                declined: of(Status::DeclinedByTaxi.word()),
                grounds: grounds
                    .into_iter()
                    .filter_map(|(number, hails)| Some((Ground::of_number(number)?, hails)))
                    .collect(),
            }
        });
        Ok(refusals.collect())
    }

    /// The parts that rows are asked of, each with its scopes.
    fn refusing(
        &self,
        who: &Caller,
        towns: &[String],
    ) -> Result<Vec<(RefusedBy, Vec<Scope>)>, FiguresRefused> {
        let is_admin = who.is(Role::Admin);
        if !is_admin && !towns.is_empty() {
            return Err(FiguresRefused::NotYours);
        }
        if towns.is_empty() {
            let operators = if is_admin { self.operators() } else { vec![who.account.clone()] };
            let part = |account: Arc<Account>| {
                let scopes = vec![Scope::Operator(account.id)];
                (RefusedBy::Operator(account), scopes)
            };
            return Ok(operators.into_iter().map(part).collect());
        }
        let mut codes = Vec::new();
        for town in towns {
            let code = self.known_town(town)?;
            // An old code is that of the town into which it was merged.
            if !codes.contains(&code) {
                codes.push(code);
            }
        }
        let part = |code| {
            let name = self.places.load().territory.town(code).map(|town| town.name.clone());
            let scopes = self.all_codes_of(&[code]).into_iter().map(Scope::Town).collect();
            (RefusedBy::Town(code, name.unwrap_or_default()), scopes)
        };
        Ok(codes.into_iter().map(part).collect())
    }
}

/// Numbers of a kind, in their scopes.
type ByScope<K> = HashMap<Scope, Vec<(K, i64)>>;

fn by_scope<K>(rows: Vec<(Scope, K, i64)>) -> ByScope<K> {
    let mut of: ByScope<K> = HashMap::new();
    for (scope, kind, number) in rows {
        of.entry(scope).or_default().push((kind, number));
    }
    of
}

/// Numbers by kind of several scopes together.
fn sums<K: Clone + Ord>(scopes: &[Scope], of: &ByScope<K>) -> BTreeMap<K, i64> {
    let mut sums = BTreeMap::new();
    for (kind, number) in scopes.iter().filter_map(|scope| of.get(scope)).flatten() {
        *sums.entry(kind.clone()).or_default() += number;
    }
    sums
}
