//! The part of everything that newer figures speak of, and who may see it.

use registry::{AccountId, Role};
use storage::figures::Scope;
use territory::InseeCode;

use crate::app::App;
use crate::app::account::caller::Caller;

/// Limit of days of a period of figures: a quarter.
pub const MOST_DAYS: i64 = 92;

/// The part that figures are asked of; at most one field is given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OnePart {
    /// Code of a town.
    pub town: Option<String>,
    /// Id of a pick-up zone (ZUPC): all its towns.
    pub zone: Option<String>,
    /// An operator.
    pub operator: Option<AccountId>,
}

/// Reason for which figures are not shown.
#[derive(Debug, thiserror::Error)]
pub enum FiguresRefused {
    /// The caller may see its own figures only.
    #[error("the caller may not see these figures")]
    NotYours,
    /// More than one part is named.
    #[error("more than one of town, zone and operator")]
    SeveralParts,
    /// The part does not exist; with the name of its field.
    #[error("there is no such {0}")]
    Unknown(&'static str),
    /// The first day is after the last.
    #[error("the first day is after the last")]
    Backwards,
    /// The period has too many days.
    #[error("the period is too long")]
    TooLong,
    /// The store failed.
    #[error(transparent)]
    Broken(#[from] storage::Error),
}

impl App {
    /// Scopes that together cover a part: of everything for an admin who names none, of its own for an operator.
    pub(super) fn scopes_for(
        &self,
        who: &Caller,
        part: &OnePart,
    ) -> Result<Vec<Scope>, FiguresRefused> {
        let OnePart { town, zone, operator } = part;
        let named = [town.is_some(), zone.is_some(), operator.is_some()];
        if named.into_iter().filter(|named| *named).count() > 1 {
            return Err(FiguresRefused::SeveralParts);
        }
        if !who.is(Role::Admin) {
            let own = who.account.id;
            let is_own = town.is_none() && zone.is_none() && operator.is_none_or(|id| id == own);
            let own = is_own.then(|| vec![Scope::Operator(own)]);
            return own.ok_or(FiguresRefused::NotYours);
        }
        if let Some(operator) = operator {
            let account = self.directory.account(*operator).filter(|one| one.is(Role::Operator));
            let account = account.ok_or(FiguresRefused::Unknown("operator"))?;
            return Ok(vec![Scope::Operator(account.id)]);
        }
        let towns = match (town, zone) {
            (Some(town), _) => vec![self.known_town(town)?],
            (None, Some(zone)) => {
                let places = self.places.load();
                let zone = places.territory.zones().iter().find(|one| one.id == *zone);
                zone.ok_or(FiguresRefused::Unknown("zone"))?.towns.clone()
            }
            (None, None) => return Ok(vec![Scope::All]),
        };
        Ok(self.all_codes_of(&towns).into_iter().map(Scope::Town).collect())
    }

    pub(super) fn known_town(&self, code: &str) -> Result<InseeCode, FiguresRefused> {
        let code = code.parse().ok();
        let known = code.and_then(|code| self.places.load().territory.in_force(code));
        known.ok_or(FiguresRefused::Unknown("town"))
    }
}
