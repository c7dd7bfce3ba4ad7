//! Refusals of hails by the driver, with a legal ground.

use dispatch::hail::{self, Status};
use dispatch::refusal::{self, Ground, NoGround};
use registry::{Role, Time};
use storage::hails::{Applied, HailChange, HailRecord};

use super::update::UpdateRefused;
use crate::app::App;
use crate::app::account::caller::Caller;

/// A hail that the driver declined.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// The hail.
    pub hail: HailRecord,
    /// Time of the refusal.
    pub at: Time,
    /// Delay from the creation of the hail to the refusal, in seconds.
    pub delay_s: f64,
}

/// Reason for which a refusal is not shown or taken.
#[derive(Debug, thiserror::Error)]
pub enum RefusalRefused {
    /// The hail does not exist, or is too old for the caller.
    #[error("there is no such hail")]
    Unknown,
    /// The caller is not a party to the hail, or not its operator.
    #[error("the caller may not do this with this hail")]
    NotYours,
    /// The hail was not declined, and cannot be declined in this status.
    #[error("a hail that is {0} cannot be declined")]
    NotRefused(Status),
    /// The refusal has another ground.
    #[error("the refusal has the ground {0}")]
    Given(Ground),
    /// The store failed.
    #[error(transparent)]
    Broken(#[from] storage::Error),
}

impl From<NoGround> for RefusalRefused {
    fn from(none: NoGround) -> Self {
        match none {
            NoGround::NotRefused(status) => Self::NotRefused(status),
            NoGround::Given(ground) => Self::Given(ground),
        }
    }
}

impl App {
    /// A refusal of a hail, for its parties and admins.
    ///
    /// # Errors
    ///
    /// See [`RefusalRefused`].
    pub async fn refusal(&self, who: &Caller, id: &str) -> Result<Refusal, RefusalRefused> {
        of(self.hail_of_party(who, id).await?)
    }

    /// Declines a hail for its operator, with or without a ground; or gives the ground of a hail that was declined
    /// before. The same call again changes nothing.
    ///
    /// # Errors
    ///
    /// See [`RefusalRefused`]; nothing changes then.
    pub async fn refuse_hail(
        &self,
        who: &Caller,
        id: &str,
        ground: Option<Ground>,
    ) -> Result<Refusal, RefusalRefused> {
        loop {
            let hail = self.hail_of_party(who, id).await?;
            if who.account.id != hail.operator && !who.is(Role::Admin) {
                return Err(RefusalRefused::NotYours);
            }
            let change = self.refusal_asked(who, &hail, ground)?;
            if change.is_none() {
                self.record_call(&[self.activity_of_call(who)]).await?;
                return of(hail);
            }
            if let Applied::Hail(changed) = self.change(&hail, &change, Some(who)).await? {
                return of(*changed);
            }
            // Another change was first: the decision is made again on the new state.
        }
    }

    fn refusal_asked(
        &self,
        who: &Caller,
        hail: &HailRecord,
        ground: Option<Ground>,
    ) -> Result<HailChange, RefusalRefused> {
        const DECLINED: Status = Status::DeclinedByTaxi;

        let mut change = HailChange::default();
        if hail.status != DECLINED {
            let rule = hail::step(hail.status, DECLINED, who.account.roles);
            let rule = rule.ok().ok_or(RefusalRefused::NotRefused(hail.status))?;
            change.step = Some(self.step(rule, Some(who.account.id), None));
        }
        if let Some(ground) = ground {
            refusal::take_ground(DECLINED, hail.ground, ground)?;
            change.ground = Some(ground).filter(|_| hail.ground.is_none());
        }
        Ok(change)
    }

    async fn hail_of_party(&self, who: &Caller, id: &str) -> Result<HailRecord, RefusalRefused> {
        self.visible_hail(who, id).await.map_err(|refused| match refused {
            UpdateRefused::NoParty => RefusalRefused::NotYours,
            UpdateRefused::Broken(error) => RefusalRefused::Broken(error),
            _ => RefusalRefused::Unknown,
        })
    }
}

/// The refusal that a hail ended with.
fn of(hail: HailRecord) -> Result<Refusal, RefusalRefused> {
    let mut declined = hail.transitions.iter().rev();
    let declined = declined.find(|transition| transition.to == Status::DeclinedByTaxi);
    let at = declined.ok_or(RefusalRefused::NotRefused(hail.status))?.at;
    let delay_s = (at - hail.created_at).as_seconds_f64();
    Ok(Refusal { hail, at, delay_s })
}
