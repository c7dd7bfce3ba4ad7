//! Activity of an operator's drivers in a month, as booking centres report it to the state (code des transports
//! R.3120-41, arrêtés of 20/10/2021).
//!
//! All of it is read from the hails of the month and their steps. The time of connection is not among the figures: the
//! registry keeps it by operator and by town, never by driver.

use std::collections::BTreeMap;

use dispatch::hail::Status;
use registry::{AccountId, Role};
use storage::exports::{DriverKey, ExportedHail};

use super::part::FiguresRefused;
use crate::app::App;
use crate::app::account::caller::Caller;
use crate::app::exports::{ExportRefused, Month, Permit, seconds_between};
use crate::app::retention::clocks::Clock;

/// Hails of one page.
const PAGE: i64 = 2_000;

/// Purpose of these figures, as the activity log keeps it.
const PURPOSE: &str = "R3120-41";

/// Activity of one driver in a month.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DriverActivity {
    /// Hails that the operator received for the driver.
    pub hails: u64,
    /// Hails that the driver accepted.
    pub accepted: u64,
    /// Hails that the driver declined.
    pub declined: u64,
    /// Hails to which neither operator nor driver reacted in time.
    pub unanswered: u64,
    /// Rides that began: the customer was on board.
    pub rides: u64,
    /// Seconds from the question to the driver's answer.
    pub answer: Mean,
    /// Seconds that customers waited, from the hail to the begin of the ride.
    pub wait: Mean,
    /// Seconds of the approach, from the customer's confirmation to the begin of the ride.
    pub approach: Mean,
    /// Seconds of rides, from their begin to their end, of those whose end was reported.
    pub ride: Mean,
}

/// A sum of seconds, with the number of its parts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mean {
    /// Sum, in seconds.
    pub sum_s: i64,
    /// Number of parts.
    pub count: u32,
}

/// Activity by driver, in the order of départements and card numbers.
pub type DriversActivity = BTreeMap<(String, String), DriverActivity>;

/// Reason for which the activity of drivers is not shown.
#[derive(Debug, thiserror::Error)]
pub enum ActivityRefused {
    /// The operator may not be asked for, or does not exist.
    #[error(transparent)]
    Operator(#[from] FiguresRefused),
    /// The caller has no drivers of its own and names no operator.
    #[error("no operator is named")]
    NoOperator,
    /// The month cannot be asked for, or other exports are under way.
    #[error(transparent)]
    Month(#[from] ExportRefused),
}

impl From<storage::Error> for ActivityRefused {
    fn from(error: storage::Error) -> Self {
        Self::Month(error.into())
    }
}

impl App {
    /// Activity of an operator's drivers in a month: of its own for an operator, of any for an admin. Drivers without a
    /// hail in the month are left out. Takes one of the permits of exports, and is written to the activity log as they
    /// are.
    ///
    /// # Errors
    ///
    /// See [`ActivityRefused`].
    pub async fn driver_activity(
        &self,
        who: &Caller,
        operator: Option<AccountId>,
        month: Month,
    ) -> Result<DriversActivity, ActivityRefused> {
        let operator = self.operator_for(who, operator)?;
        self.check_export_month(month).await?;
        let kept_since = self.settings.kept.before(Clock::Hails, self.now());
        if month.span().since < kept_since {
            return Err(ExportRefused::Deleted {
                asked: month,
                first: Month::of(kept_since).next(),
            }
            .into());
        }
        let _permit: Permit = self.export_permit()?;
        self.record_export(Some(who), "driver-activity", month, PURPOSE).await?;
        let mut drivers = DriversActivity::new();
        let mut after = None;
        loop {
            let page =
                self.store.export_hails(Some(operator), month.span(), after.as_ref(), PAGE).await?;
            for hail in &page.rows {
                let DriverKey { departement, professional_licence } = hail.driver.clone();
                drivers.entry((departement, professional_licence)).or_default().add(hail);
            }
            after = page.last;
            if after.is_none() {
                return Ok(drivers);
            }
        }
    }

    fn operator_for(
        &self,
        who: &Caller,
        operator: Option<AccountId>,
    ) -> Result<AccountId, ActivityRefused> {
        let own = who.account.id;
        match operator {
            None if who.is(Role::Operator) => Ok(own),
            None => Err(ActivityRefused::NoOperator),
            Some(asked) if !who.is(Role::Admin) && asked != own => {
                Err(FiguresRefused::NotYours.into())
            }
            Some(asked) => {
                let account = self.directory.account(asked).filter(|one| one.is(Role::Operator));
                Ok(account.ok_or(FiguresRefused::Unknown("operator"))?.id)
            }
        }
    }
}

impl DriverActivity {
    fn add(&mut self, hail: &ExportedHail) {
        use Status::{
            AcceptedByCustomer, AcceptedByTaxi, CustomerOnBoard, DeclinedByTaxi, Failure, Finished,
            Received, ReceivedByTaxi, TimeoutTaxi,
        };
        let took = |status| hail.steps.iter().any(|(step, _)| *step == status);
        let count = |counted: bool| u64::from(counted);
        let is_accepted = took(AcceptedByTaxi);
        self.hails += 1;
        self.accepted += count(is_accepted);
        self.declined += count(took(DeclinedByTaxi));
        self.unanswered += count(!is_accepted && (took(Failure) || took(TimeoutTaxi)));
        self.rides += count(took(CustomerOnBoard));
        let answers = [AcceptedByTaxi, DeclinedByTaxi];
        self.answer.add(seconds_between(hail, &[ReceivedByTaxi], &answers));
        self.wait.add(seconds_between(hail, &[Received], &[CustomerOnBoard]));
        self.approach.add(seconds_between(hail, &[AcceptedByCustomer], &[CustomerOnBoard]));
        self.ride.add(seconds_between(hail, &[CustomerOnBoard], &[Finished]));
    }
}

impl Mean {
    fn add(&mut self, seconds: Option<i64>) {
        if let Some(seconds) = seconds {
            self.sum_s += seconds;
            self.count += 1;
        }
    }

    /// The mean in whole seconds; `None` of nothing.
    pub fn seconds(self) -> Option<i64> {
        let count = i64::from(self.count);
        (count > 0).then(|| (self.sum_s + count / 2) / count)
    }
}
