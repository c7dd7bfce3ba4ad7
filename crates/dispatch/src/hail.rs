//! The life of a hail: one customer's request for one taxi, from `received` to its end.
//!
//! [`RULES`] is the state machine: the steps, the party that may take each, the time limits and the effect on
//! the taxi. Permissions, deadlines, the API's words and the diagram in `docs/hail.md` are derived from this
//! table only. The end of this file defines which details each party may see in each status.
//!
//! **Invariant:** no I/O and no clock in this module. Time comes in as a value.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use registry::{Role, Roles, Time, VehicleStatus};

use Cause::{Client, Operator, Registry, Silence};
use Status::{
    AcceptedByCustomer, AcceptedByTaxi, CustomerOnBoard, DeclinedByCustomer, DeclinedByTaxi,
    Failure, Finished, IncidentCustomer, IncidentTaxi, Received, ReceivedByOperator,
    ReceivedByTaxi, TimeoutAcceptedByCustomer, TimeoutCustomer, TimeoutTaxi,
};
use Taxi::{Free, Occupied, Off, Oncoming, Same};

/// Declares the statuses, each with its word in the public API and the database.
macro_rules! statuses {
    ($($(#[doc = $doc:literal])* $status:ident = $word:literal;)*) => {
        /// Status of a hail, in the order of its life.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Status { $($(#[doc = $doc])* $status,)* }

        impl Status {
            /// All statuses, in the order of a hail's life.
            pub const ALL: [Self; [$($word),*].len()] = [$(Self::$status),*];

            /// The word in the public API and the database.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$status => $word,)* }
            }
        }
    };
}

statuses! {
    /// The registry stored it; the operator is being called.
    Received = "received";
    /// The operator's server accepted it.
    ReceivedByOperator = "received_by_operator";
    /// The driver was asked.
    ReceivedByTaxi = "received_by_taxi";
    /// The driver accepts; the customer must confirm.
    AcceptedByTaxi = "accepted_by_taxi";
    /// The customer confirmed: the taxi is on its way.
    AcceptedByCustomer = "accepted_by_customer";
    /// The ride has begun.
    CustomerOnBoard = "customer_on_board";
    /// The operator could not be reached or did not react.
    Failure = "failure";
    /// The driver declined.
    DeclinedByTaxi = "declined_by_taxi";
    /// The driver gave up on the way.
    IncidentTaxi = "incident_taxi";
    /// The driver did not react: neither answered nor ended the ride.
    TimeoutTaxi = "timeout_taxi";
    /// The customer changed their mind before confirming.
    DeclinedByCustomer = "declined_by_customer";
    /// The customer gave up or was not there.
    IncidentCustomer = "incident_customer";
    /// The customer did not confirm.
    TimeoutCustomer = "timeout_customer";
    /// No party reported that the customer got on board.
    TimeoutAcceptedByCustomer = "timeout_accepted_by_customer";
    /// The ride is over.
    Finished = "finished";
}

/// Cause of a step: one of the parties, the registry's call to the operator, or a time limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A request of the taxi's operator.
    Operator,
    /// A request of the customer's app.
    Client,
    /// The outcome of the registry's call to the operator's server.
    Registry,
    /// No step for this long.
    Silence(Duration),
}

/// Effect of a step on the taxi.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taxi {
    /// Keeps its status.
    Same,
    /// Looking for customers.
    Free,
    /// On its way to the customer.
    Oncoming,
    /// With the customer.
    Occupied,
    /// Not at work.
    Off,
}

/// One row of [`RULES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Status before the step.
    pub from: Status,
    /// Status after the step.
    pub to: Status,
    /// Cause.
    pub cause: Cause,
    /// Effect on the taxi.
    pub taxi: Taxi,
}

/// All steps of a hail. Its taxi is already `answering` when it is `received`.
///
/// Source: the contract of le.taxi. The deadline of `received` is ours: a call that is never answered must
/// not hold the taxi for ever.
#[rustfmt::skip]
pub const RULES: &[Rule] = &[
    //   from                to                         because         the taxi becomes
    rule(Received,           ReceivedByOperator,        Registry,       Same),
    rule(Received,           DeclinedByCustomer,        Client,         Free),
    rule(Received,           Failure,                   Registry,       Free),
    rule(Received,           Failure,                   seconds(10),    Free),

    rule(ReceivedByOperator, ReceivedByTaxi,            Operator,       Same),
    rule(ReceivedByOperator, DeclinedByCustomer,        Client,         Free),
    rule(ReceivedByOperator, Failure,                   seconds(10),    Free),

    rule(ReceivedByTaxi,     AcceptedByTaxi,            Operator,       Same),
    rule(ReceivedByTaxi,     DeclinedByTaxi,            Operator,       Off),
    rule(ReceivedByTaxi,     IncidentTaxi,              Operator,       Free),
    rule(ReceivedByTaxi,     DeclinedByCustomer,        Client,         Free),
    rule(ReceivedByTaxi,     IncidentCustomer,          Client,         Free),
    rule(ReceivedByTaxi,     TimeoutTaxi,               seconds(30),    Off),

    rule(AcceptedByTaxi,     AcceptedByCustomer,        Client,         Oncoming),
    rule(AcceptedByTaxi,     IncidentTaxi,              Operator,       Free),
    rule(AcceptedByTaxi,     DeclinedByCustomer,        Client,         Free),
    rule(AcceptedByTaxi,     IncidentCustomer,          Client,         Free),
    rule(AcceptedByTaxi,     TimeoutCustomer,           seconds(30),    Free),

    rule(AcceptedByCustomer, CustomerOnBoard,           Operator,       Occupied),
    rule(AcceptedByCustomer, IncidentTaxi,              Operator,       Free),
    rule(AcceptedByCustomer, IncidentCustomer,          Client,         Free),
    rule(AcceptedByCustomer, TimeoutAcceptedByCustomer, seconds(1_800), Occupied),

    rule(CustomerOnBoard,    Finished,                  Operator,       Free),
    rule(CustomerOnBoard,    IncidentTaxi,              Operator,       Free),
    rule(CustomerOnBoard,    IncidentCustomer,          Client,         Free),
    rule(CustomerOnBoard,    TimeoutTaxi,               seconds(7_200), Off),
];

/// A retired word for a hail on its way to the operator: filters and requests may still contain it, but no
/// hail has this status.
pub const RETIRED_WORD: &str = "sent_to_operator";

/// All words for a hail's status in the public API, in the order in which errors list them: those of
/// [`Status::ALL`], and [`RETIRED_WORD`] second.
pub const WORDS: [&str; Status::ALL.len() + 1] = {
    let mut words = [RETIRED_WORD; Status::ALL.len() + 1];
    words[0] = Status::ALL[0].word();
    let mut i = 1;
    while i < Status::ALL.len() {
        words[i + 1] = Status::ALL[i].word();
        i += 1;
    }
    words
};

impl Status {
    /// True if a step may still follow; an open hail holds its taxi.
    pub fn is_open(self) -> bool {
        rules_from(self).next().is_some()
    }

    /// True if the hail has ended.
    pub fn is_over(self) -> bool {
        !self.is_open()
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// A word that is not a status.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no status of a hail")]
pub struct UnknownStatus(pub String);

impl FromStr for Status {
    type Err = UnknownStatus;

    fn from_str(word: &str) -> Result<Self, UnknownStatus> {
        let found = Self::ALL.into_iter().find(|status| status.word() == word);
        found.ok_or_else(|| UnknownStatus(word.to_owned()))
    }
}

impl Cause {
    /// The role that may take the step; `None` if only the registry or a time limit takes it.
    pub fn role(self) -> Option<Role> {
        match self {
            Operator => Some(Role::Operator),
            Client => Some(Role::Client),
            Registry | Silence(_) => None,
        }
    }

    /// Time limit that causes the step; `None` if another cause does.
    pub fn silence(self) -> Option<Duration> {
        match self {
            Silence(duration) => Some(duration),
            Operator | Client | Registry => None,
        }
    }
}

impl Taxi {
    /// New status in the description of the taxi's own operator; `None`: unchanged.
    pub fn status(self) -> Option<VehicleStatus> {
        match self {
            Same => None,
            Free => Some(VehicleStatus::Free),
            Oncoming => Some(VehicleStatus::Oncoming),
            Occupied => Some(VehicleStatus::Occupied),
            Off => Some(VehicleStatus::Off),
        }
    }
}

/// Reason of a refused step. `http` words it as the contract requires.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The hail has ended.
    #[error("a hail that is {from} is over and cannot become {to}")]
    Over {
        /// Final status.
        from: Status,
        /// Requested status.
        to: Status,
    },
    /// No party may request this step.
    #[error("a hail cannot be taken from {from} to {to}")]
    NoSuchStep {
        /// Present status.
        from: Status,
        /// Requested status.
        to: Status,
    },
    /// Only the other party may request the step.
    #[error("only an account with the role {needs} may take a hail from {from} to {to}")]
    NotYours {
        /// Present status.
        from: Status,
        /// Requested status.
        to: Status,
        /// Role that may take the step.
        needs: Role,
    },
}

/// Finds the rule by which a caller with these `roles` takes a hail `from` one status `to` another.
///
/// Only the caller's roles matter, not its part in this hail (the contract says so); an admin may take the
/// steps of both parties. A request for the present status is not a step: the caller of this function handles
/// it first.
///
/// # Errors
///
/// Distinguishes a hail that has ended, a step that no party may request, and a step of the other party.
pub fn step(from: Status, to: Status, roles: Roles) -> Result<Rule, Refused> {
    if from.is_over() {
        return Err(Refused::Over { from, to });
    }
    let mut steps = rules_from(from).filter(|rule| rule.to == to);
    let party = steps.find_map(|rule| Some((rule, rule.cause.role()?)));
    let (rule, needs) = party.ok_or(Refused::NoSuchStep { from, to })?;
    if roles.has_any(&[needs, Role::Admin]) {
        Ok(rule)
    } else {
        Err(Refused::NotYours { from, to, needs })
    }
}

/// Finds the rule by which the outcome of the registry's call to the operator takes a hail `from` one status
/// `to` another.
///
/// # Errors
///
/// The outcome comes too late: the hail has moved on, and nothing changes.
pub fn step_of_call(from: Status, to: Status) -> Result<Rule, Refused> {
    if from.is_over() {
        return Err(Refused::Over { from, to });
    }
    let mut steps = rules_from(from).filter(|rule| rule.to == to);
    steps.find(|rule| rule.cause == Registry).ok_or(Refused::NoSuchStep { from, to })
}

/// The rule that applies when the time limit of this status passes. Only ended hails have none.
pub fn deadline(status: Status) -> Option<Rule> {
    rules_from(status).find(|rule| rule.cause.silence().is_some())
}

/// Time at which [`deadline`] applies to a hail that took its status at `changed_at`.
pub fn deadline_at(status: Status, changed_at: Time) -> Option<Time> {
    Some(changed_at + deadline(status)?.cause.silence()?)
}

/// The rule that applies at `now`, at the deadline or later, to a hail that took its status at `changed_at`;
/// `None` before the deadline.
pub fn overdue(status: Status, changed_at: Time, now: Time) -> Option<Rule> {
    deadline(status).filter(|_| deadline_at(status, changed_at).is_some_and(|at| at <= now))
}

/// True if the driver's phone number must be known before a hail takes this status: a customer who confirms
/// must be able to call.
pub fn needs_taxi_phone(to: Status) -> bool {
    to == AcceptedByTaxi
}

/// True if the parties see the taxi's position and distance: while the hail is in progress.
pub fn shows_position(status: Status) -> bool {
    status.is_open()
}

/// True if a viewer with these roles sees the phone numbers of customer and driver: admins always, the
/// parties only while the taxi is on its way and they may have to find each other.
pub fn shows_phones(status: Status, viewer: Roles) -> bool {
    status == AcceptedByCustomer || viewer.has(Role::Admin)
}

/// True if the parties see the driver's name and the vehicle's plate and colour: from the driver's acceptance
/// to the end of the ride.
pub fn shows_driver(status: Status) -> bool {
    matches!(status, AcceptedByTaxi | AcceptedByCustomer | CustomerOnBoard)
}

fn rules_from(status: Status) -> impl Iterator<Item = Rule> {
    RULES.iter().copied().filter(move |rule| rule.from == status)
}

const fn rule(from: Status, to: Status, cause: Cause, taxi: Taxi) -> Rule {
    Rule { from, to, cause, taxi }
}

const fn seconds(seconds: u64) -> Cause {
    Silence(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests;
