//! Sessions: the hails of one customer of one app in search of one ride.
//!
//! A customer whose hail fails hails another taxi; statistics count the visit as well as its hails.

use std::str::FromStr;
use std::time::Duration;

use registry::{AccountId, CustomerId, Time};
use uuid::Uuid;

use crate::hail::Status;

/// Time after the last change of one of its hails during which a session takes in the next hail.
pub const GOES_ON_FOR: Duration = Duration::from_mins(5);

/// A session named by the app for a new hail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Named id.
    pub id: Uuid,
    /// App and customer of that session, if it exists.
    pub owner: Option<(AccountId, CustomerId)>,
}

/// The session of a customer with the most recent change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Latest {
    /// Its id.
    pub id: Uuid,
    /// Time of the last change of status of its hails.
    pub changed_at: Time,
}

/// Session of a new hail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Session {
    /// An existing session.
    Existing(Uuid),
    /// A new session.
    New,
}

/// Error: the app named a session that does not belong to this customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotTheirs {
    /// The app has no session of this id.
    #[error("{0} is no session of this app: leave it out to begin one")]
    Unknown(Uuid),
    /// The session belongs to another customer of the app.
    #[error("{0} is the session of another customer: leave it out to begin one")]
    OfAnother(Uuid),
}

/// Outcome of a session, by its hails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// A hail is open.
    Open,
    /// No hail is open, and one led to a ride that was finished.
    Ride,
    /// Neither, and the customer ended the last hail: see [`GIVEN_UP`].
    Customer,
    /// Any other: no ride that anybody reported.
    None,
}

/// Last statuses of a hail that its customer ended.
pub const GIVEN_UP: [Status; 3] =
    [Status::DeclinedByCustomer, Status::IncidentCustomer, Status::TimeoutCustomer];

/// All words for outcomes of sessions.
pub const OUTCOME_WORDS: [&str; Outcome::ALL.len()] = {
    let mut words = [""; Outcome::ALL.len()];
    let mut i = 0;
    while i < words.len() {
        words[i] = Outcome::ALL[i].word();
        i += 1;
    }
    words
};

impl Outcome {
    /// All outcomes.
    pub const ALL: [Self; 4] = [Self::Open, Self::Ride, Self::Customer, Self::None];

    /// The word in the public API.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Ride => "ride",
            Self::Customer => "customer",
            Self::None => "none",
        }
    }
}

impl FromStr for Outcome {
    type Err = UnknownOutcome;

    fn from_str(word: &str) -> Result<Self, UnknownOutcome> {
        Self::ALL.into_iter().find(|outcome| outcome.word() == word).ok_or(UnknownOutcome)
    }
}

/// Error: no outcome of a session has this word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not the outcome of a session")]
pub struct UnknownOutcome;

/// Chooses the session of a new hail of this `customer` of the app `client`: the named one, else the
/// customer's `latest` with this app if it has not timed out, else a new one. Any session of the customer may
/// be named, however old.
///
/// # Errors
///
/// The named session does not exist or belongs to another customer. Sessions of other apps count as unknown,
/// so that their existence is not revealed.
pub fn of_new_hail(
    client: AccountId,
    customer: &CustomerId,
    named: Option<&Named>,
    latest: Option<Latest>,
    now: Time,
) -> Result<Session, NotTheirs> {
    if let Some(Named { id, owner }) = named {
        return match owner {
            Some((app, of)) if *app == client && of == customer => Ok(Session::Existing(*id)),
            Some((app, _)) if *app == client => Err(NotTheirs::OfAnother(*id)),
            _ => Err(NotTheirs::Unknown(*id)),
        };
    }
    let going_on = latest.filter(|latest| now <= latest.changed_at + GOES_ON_FOR);
    Ok(going_on.map_or(Session::New, |latest| Session::Existing(latest.id)))
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};

    use super::*;

    const APP: AccountId = AccountId(1);
    const MINE: Uuid = Uuid::from_u128(1);
    const OTHER: Uuid = Uuid::from_u128(2);

    fn seconds_later(seconds: i64) -> Time {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    fn customer(name: &str) -> CustomerId {
        CustomerId(name.to_owned())
    }

    /// The customer "Ada" of `APP` hails, some seconds after the last change of her session `MINE`.
    fn ada_hails(named: Option<&Named>, after_s: i64) -> Result<Session, NotTheirs> {
        let latest = Latest { id: MINE, changed_at: seconds_later(0) };
        of_new_hail(APP, &customer("Ada"), named, Some(latest), seconds_later(after_s))
    }

    #[test]
    fn a_hail_within_five_minutes_goes_on_with_the_session() {
        for (after_s, session) in [
            (0, Session::Existing(MINE)),
            (300, Session::Existing(MINE)),
            (301, Session::New),
            (86_400, Session::New),
        ] {
            assert_eq!(ada_hails(None, after_s), Ok(session), "after {after_s} s");
        }
    }

    #[test]
    fn a_customer_without_sessions_begins_one() {
        let session = of_new_hail(APP, &customer("Ada"), None, None, seconds_later(0));
        assert_eq!(session, Ok(Session::New));
    }

    #[test]
    fn a_session_of_ones_own_may_be_named_at_any_time() {
        let named = Named { id: OTHER, owner: Some((APP, customer("Ada"))) };
        for after_s in [10, 86_400] {
            assert_eq!(ada_hails(Some(&named), after_s), Ok(Session::Existing(OTHER)));
        }
    }

    #[test]
    fn a_session_that_is_not_ones_own_is_refused() {
        for (owner, refusal) in [
            (None, NotTheirs::Unknown(OTHER)),
            (Some((AccountId(2), customer("Ada"))), NotTheirs::Unknown(OTHER)),
            (Some((AccountId(2), customer("Bob"))), NotTheirs::Unknown(OTHER)),
            (Some((APP, customer("Bob"))), NotTheirs::OfAnother(OTHER)),
        ] {
            let named = Named { id: OTHER, owner };
            assert_eq!(ada_hails(Some(&named), 10), Err(refusal), "{named:?}");
        }
    }
}
