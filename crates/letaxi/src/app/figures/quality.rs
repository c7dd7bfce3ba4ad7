//! Quality of operators' data, by operator.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use chrono::TimeDelta;
use dispatch::hail::Status;
use registry::{Account, AccountId, Role};
use storage::daily::Days;
use storage::figures::{ALL_OUTCOMES, Scope};
use storage::live::Grain;
use storage::quality::CallCount;

use super::live_sums::POSITION_MEASURES;
use super::part::FiguresRefused;
use crate::app::App;
use crate::app::account::caller::Caller;

/// Time since when a taxi must have been heard of to count as seen.
const SEEN_WITHIN: TimeDelta = TimeDelta::days(1);

/// Quality of an operator's data.
#[derive(Clone, Debug)]
pub struct Quality {
    /// The operator.
    pub operator: Arc<Account>,
    /// Its registered taxis.
    pub taxis: u64,
    /// Those that were heard of within a day, to an hour.
    pub seen: u64,
    /// Cars that it describes under several spellings of the plate.
    pub spelt_twice: i64,
    /// Hails of the period that ended.
    pub hails: i64,
    /// Those to which nobody answered: the operator or the driver did not react in time.
    pub unanswered: i64,
    /// Calls to its server in the period.
    pub calls: CallCount,
    /// Counts of sampled positions, by their word.
    pub positions: BTreeMap<&'static str, i64>,
}

impl App {
    /// Quality of the data of operators in the last seven days: of all for an admin, sorted by e-mail address; of its
    /// own for an operator.
    ///
    /// # Errors
    ///
    /// See [`FiguresRefused`].
    pub async fn quality(
        &self,
        who: &Caller,
        operator: Option<AccountId>,
    ) -> Result<Vec<Quality>, FiguresRefused> {
        let own = who.account.id;
        let asked = if who.is(Role::Admin) { operator } else { operator.or(Some(own)) };
        if !who.is(Role::Admin) && asked != Some(own) {
            return Err(FiguresRefused::NotYours);
        }
        let qualities = self.qualities(asked, self.period(None, None)?).await?;
        if asked.is_some() && qualities.is_empty() {
            return Err(FiguresRefused::Unknown("operator"));
        }
        Ok(qualities)
    }

    /// Quality of the data of operators in a period: of one, or of all.
    pub(super) async fn qualities(
        &self,
        operator: Option<AccountId>,
        period: Days,
    ) -> storage::Result<Vec<Quality>> {
        let mut operators = self.operators();
        operators.retain(|account| operator.is_none_or(|asked| account.id == asked));
        let since = period.first.and_time(chrono::NaiveTime::MIN).and_utc();
        let spelt_twice: HashMap<_, _> =
            self.store.plates_spelt_twice().await?.into_iter().collect();
        let calls: HashMap<_, _> = self.store.calls_since(since).await?.into_iter().collect();
        let mut taxis: HashMap<AccountId, [u64; 2]> = HashMap::new();
        let seen_since = self.now() - SEEN_WITHIN;
        self.directory.each_taxi(|_, taxi| {
            let [all, seen] = taxis.entry(taxi.operator).or_default();
            *all += 1;
            *seen += u64::from(taxi.last_seen_at >= seen_since);
        });
        let mut qualities = Vec::new();
        for operator in operators {
            let id = operator.id;
            let scopes = [Scope::Operator(id)];
            let [taxis, seen] = taxis.get(&id).copied().unwrap_or_default();
            let outcomes = self.store.outcomes_by_day(&scopes, period).await?;
            let hails_of = |words: &[&str]| {
                let hails =
                    outcomes.iter().filter(|(_, outcome, _)| words.contains(&outcome.as_str()));
                hails.map(|(.., hails)| hails).sum()
            };
            qualities.push(Quality {
                taxis,
                seen,
                spelt_twice: spelt_twice.get(&id).copied().unwrap_or_default(),
                hails: hails_of(&[ALL_OUTCOMES]),
                unanswered: hails_of(&[Status::Failure.word(), Status::TimeoutTaxi.word()]),
                calls: calls.get(&id).copied().unwrap_or_default(),
                positions: self.position_counts(&scopes, period).await?,
                operator,
            });
        }
        Ok(qualities)
    }

    async fn position_counts(
        &self,
        scopes: &[Scope],
        period: Days,
    ) -> storage::Result<BTreeMap<&'static str, i64>> {
        let mut counts: BTreeMap<_, i64> =
            POSITION_MEASURES.iter().map(|word| (*word, 0)).collect();
        for grain in [Grain::Day, Grain::Minute] {
            let begins = match grain {
                Grain::Minute => self.single_minutes(),
                _ => period
                    .first
                    .iter_days()
                    .take_while(|day| *day <= period.last)
                    .map(|day| day.and_time(chrono::NaiveTime::MIN).and_utc())
                    .collect(),
            };
            for sum in self.store.live_sums(grain, &begins, scopes).await? {
                let is_asked = (period.first..=period.last).contains(&sum.at.date_naive());
                if let Some(count) = counts.get_mut(sum.measure.as_str()).filter(|_| is_asked) {
                    *count += sum.number;
                }
            }
        }
        Ok(counts)
    }
}
