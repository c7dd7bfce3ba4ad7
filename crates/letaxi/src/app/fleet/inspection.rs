//! Look-ups by inspectors: the drivers of a plate, a professional card or a licence (ADS), and their connection.
//!
//! Invariants: a look-up never tells where a taxi is or was; each is written with its reading, also if it finds
//! nothing; an inspector sees taxis with licences of its départements alone, and acts in person.

use dispatch::eligibility::is_live;
use registry::{Account, TaxiDetails, Time};
use storage::inspections::{InspectedDriver, Inspection, InspectionKey, NewInspection};
use territory::InseeCode;

use crate::app::App;
use crate::app::account::caller::Caller;
use crate::app::account::limits::TooMany;
use crate::app::clock::{age_s, seconds};

/// Number of look-ups in a page of the log.
pub const INSPECTIONS_LISTED: u32 = 100;

/// A look-up with the taxis that it shows.
#[derive(Clone, Debug)]
pub struct LookUp {
    /// Number in the log.
    pub id: i64,
    /// Time.
    pub at: Time,
    /// Taxis with their drivers.
    pub found: Vec<(TaxiDetails, InspectedDriver)>,
}

/// Reason for which a look-up is refused.
#[derive(Debug, thiserror::Error)]
pub enum InspectionRefused {
    /// Another account acts for the inspector: the log would name the wrong person.
    #[error("inspectors look drivers up in person")]
    NotInPerson,
    /// The inspector has no département.
    #[error("the inspector has no département")]
    NoDepartement,
    /// There were too many.
    #[error(transparent)]
    TooMany(#[from] TooMany),
    /// The store failed.
    #[error(transparent)]
    Broken(#[from] storage::Error),
}

impl App {
    /// Looks drivers up for an inspector, and writes the look-up.
    ///
    /// # Errors
    ///
    /// See [`InspectionRefused`]; nothing is read then.
    pub async fn inspect(
        &self,
        who: &Caller,
        purpose: String,
        key: InspectionKey,
    ) -> Result<LookUp, InspectionRefused> {
        if who.key_owner != who.account.id {
            return Err(InspectionRefused::NotInPerson);
        }
        if who.account.departements().next().is_none() {
            return Err(InspectionRefused::NoDepartement);
        }
        self.try_inspection(who.account.id)?;
        let new = NewInspection { account: who.account.id, purpose, key: self.in_force(key) };
        let at = self.now();
        let show = |taxi: &TaxiDetails| {
            may_see(&who.account, taxi.taxi.town).then(|| self.inspected(taxi, at))
        };
        let (id, found) = self.store.inspect(&new, &show, at).await?;
        Ok(LookUp { id, at, found })
    }

    /// Look-ups with numbers below `before`, newest first, each with the e-mail address of its inspector.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn inspections(
        &self,
        before: Option<i64>,
    ) -> storage::Result<Vec<(Inspection, String)>> {
        let listed = self.store.list_inspections(before, INSPECTIONS_LISTED).await?;
        let email = |inspection: &Inspection| {
            let account = self.directory.account(inspection.account);
            account.map(|account| account.email.clone()).unwrap_or_default()
        };
        Ok(listed.into_iter().map(|one| (one.clone(), email(&one))).collect())
    }

    /// A key with the code in force of its town.
    fn in_force(&self, key: InspectionKey) -> InspectionKey {
        match key {
            InspectionKey::Licence { number, town } => {
                let code = town.parse().ok();
                let code = code.and_then(|code| self.places.load().territory.in_force(code));
                let town = code.map_or(town, |code| code.to_string());
                InspectionKey::Licence { number, town }
            }
            other => other,
        }
    }

    /// The driver of a taxi with its connection: by any account that reports the taxi.
    fn inspected(&self, taxi: &TaxiDetails, now: Time) -> InspectedDriver {
        let fix_s = self.newest_fix(taxi.taxi.id).map(|fix| fix.at_s);
        let connected = fix_s.is_some_and(|at_s| is_live(age_s(at_s, seconds(now))));
        let heard_at = fix_s.and_then(|at_s| Time::from_timestamp_secs(at_s.into()));
        // A taxi that never reported was last seen when it was created.
        let seen_at = Some(taxi.taxi.last_seen_at).filter(|at| *at > taxi.taxi.added_at);
        let driver = &taxi.driver;
        InspectedDriver {
            first_name: driver.first_name.clone(),
            last_name: driver.last_name.clone(),
            professional_licence: driver.professional_licence.clone(),
            departement: driver.departement.clone(),
            connected,
            connected_until: heard_at.max(seen_at).filter(|_| !connected),
        }
    }
}

fn may_see(inspector: &Account, town: InseeCode) -> bool {
    inspector.departements().any(|number| town.starts_with(number))
}
