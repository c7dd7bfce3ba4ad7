//! The life of a hail: one customer asking for one taxi, from `received` to its end.
//!
//! All we know about that life is in [`RULES`]: which step may follow which, who may take it, how
//! long we wait for it, and what becomes of the taxi. Permissions, deadlines, the API's words and
//! the diagram in `docs/hail.md` are read from this table and from nowhere else. What each party
//! may see on the way is at the end of this file.
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

/// Where a hail stands, in the order of its life. The names are those of the public API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// The registry has it; its operator is being called.
    Received,
    /// The operator's server took it.
    ReceivedByOperator,
    /// The driver was asked.
    ReceivedByTaxi,
    /// The driver will come, if the customer confirms.
    AcceptedByTaxi,
    /// The customer confirmed: the taxi is on its way.
    AcceptedByCustomer,
    /// The ride has begun.
    CustomerOnBoard,
    /// The operator could not be reached, or did nothing with it.
    Failure,
    /// The driver said no.
    DeclinedByTaxi,
    /// The driver gave up on the way.
    IncidentTaxi,
    /// The driver said nothing: neither yes or no, nor that the ride is over.
    TimeoutTaxi,
    /// The customer changed their mind before confirming.
    DeclinedByCustomer,
    /// The customer gave up, or was not there.
    IncidentCustomer,
    /// The customer did not confirm.
    TimeoutCustomer,
    /// Nobody said that the customer got on board.
    TimeoutAcceptedByCustomer,
    /// The ride is over.
    Finished,
}

/// What makes a step happen: one of the two parties, our own call to the operator, or nobody
/// doing anything for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The operator of the taxi says so.
    Operator,
    /// The app of the customer says so.
    Client,
    /// The outcome of our call to the operator's server says so.
    Registry,
    /// Nobody did anything for so long.
    Silence(Duration),
}

/// What the taxi becomes when the step is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taxi {
    /// What it is already.
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
    /// The status before the step.
    pub from: Status,
    /// The status after the step.
    pub to: Status,
    /// What makes it happen.
    pub cause: Cause,
    /// What becomes of the taxi.
    pub taxi: Taxi,
}

/// Every step a hail can take. Its taxi is already `answering` when it is `received`.
///
/// Source: the contract of le.taxi. The deadline of `received` is ours: a call that is never
/// answered must not hold the taxi for ever.
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

/// A word of old for a hail on its way to the operator: filters and requests may still name it,
/// but no hail is ever in it.
pub const RETIRED_WORD: &str = "sent_to_operator";

/// Every word the public API knows for a hail's status, in the order in which errors list them:
/// those of [`Status::ALL`], and [`RETIRED_WORD`] second.
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
    // Its length follows from the last status, so that a new one cannot be forgotten here.
    /// Every status, in the order of a hail's life.
    pub const ALL: [Self; Finished as usize + 1] = [
        Received,
        ReceivedByOperator,
        ReceivedByTaxi,
        AcceptedByTaxi,
        AcceptedByCustomer,
        CustomerOnBoard,
        Failure,
        DeclinedByTaxi,
        IncidentTaxi,
        TimeoutTaxi,
        DeclinedByCustomer,
        IncidentCustomer,
        TimeoutCustomer,
        TimeoutAcceptedByCustomer,
        Finished,
    ];

    /// The word of the public API and the database.
    pub const fn word(self) -> &'static str {
        match self {
            Received => "received",
            ReceivedByOperator => "received_by_operator",
            ReceivedByTaxi => "received_by_taxi",
            AcceptedByTaxi => "accepted_by_taxi",
            AcceptedByCustomer => "accepted_by_customer",
            CustomerOnBoard => "customer_on_board",
            Failure => "failure",
            DeclinedByTaxi => "declined_by_taxi",
            IncidentTaxi => "incident_taxi",
            TimeoutTaxi => "timeout_taxi",
            DeclinedByCustomer => "declined_by_customer",
            IncidentCustomer => "incident_customer",
            TimeoutCustomer => "timeout_customer",
            TimeoutAcceptedByCustomer => "timeout_accepted_by_customer",
            Finished => "finished",
        }
    }

    /// Whether the hail still holds its taxi: something can still happen to it.
    pub fn is_open(self) -> bool {
        rules_from(self).next().is_some()
    }

    /// Whether the hail has come to its end, whichever.
    pub fn is_over(self) -> bool {
        !self.is_open()
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// A word that names no status a hail can be in.
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
    /// The role that gives the right to take such a step; `None` if nobody has it, because the
    /// step happens by itself.
    pub fn role(self) -> Option<Role> {
        match self {
            Operator => Some(Role::Operator),
            Client => Some(Role::Client),
            Registry | Silence(_) => None,
        }
    }

    /// How long nobody must have done anything; `None` if the step does not come from silence.
    pub fn silence(self) -> Option<Duration> {
        match self {
            Silence(duration) => Some(duration),
            Operator | Client | Registry => None,
        }
    }
}

impl Taxi {
    /// The status that the taxi's own operator's description takes; `None`: it keeps its own.
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

/// Why a step is refused. `http` turns it into the contract's sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The hail has ended; it can become nothing else.
    #[error("a hail that is {from} is over and cannot become {to}")]
    Over {
        /// How it ended.
        from: Status,
        /// What was asked for.
        to: Status,
    },
    /// Nobody may take such a step by asking for it.
    #[error("a hail cannot be taken from {from} to {to}")]
    NoSuchStep {
        /// Where it stands.
        from: Status,
        /// What was asked for.
        to: Status,
    },
    /// The step is the other party's.
    #[error("only an account with the role {needs} may take a hail from {from} to {to}")]
    NotYours {
        /// Where it stands.
        from: Status,
        /// What was asked for.
        to: Status,
        /// The role that gives the right.
        needs: Role,
    },
}

/// Finds the rule by which a caller with these `roles` takes a hail `from` one status `to` another.
///
/// What counts is which roles the caller holds, not its part in this hail (the contract has it so);
/// an admin may do what either party may. Asking for the status the hail is in is no step: the
/// caller handles it before.
///
/// # Errors
///
/// Tells a hail that is over from a step that nobody may ask for, and both from a step that is the
/// other party's.
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

/// Finds the rule by which the outcome of our call to the operator takes a hail `from` one status
/// `to` another.
///
/// # Errors
///
/// The outcome comes too late: the hail went on without it. Nothing is to be changed.
pub fn step_of_call(from: Status, to: Status) -> Result<Rule, Refused> {
    if from.is_over() {
        return Err(Refused::Over { from, to });
    }
    let mut steps = rules_from(from).filter(|rule| rule.to == to);
    steps.find(|rule| rule.cause == Registry).ok_or(Refused::NoSuchStep { from, to })
}

/// The rule that fires by itself if nobody moves. Only a hail that is over has none.
pub fn deadline(status: Status) -> Option<Rule> {
    rules_from(status).find(|rule| rule.cause.silence().is_some())
}

/// When [`deadline`] fires for a hail that took its status at `changed_at`.
pub fn deadline_at(status: Status, changed_at: Time) -> Option<Time> {
    Some(changed_at + deadline(status)?.cause.silence()?)
}

/// The rule that has fired by `now`, at its very deadline or later, for a hail that took its status
/// at `changed_at`; `None` while there is time left.
pub fn overdue(status: Status, changed_at: Time, now: Time) -> Option<Rule> {
    deadline(status).filter(|_| deadline_at(status, changed_at).is_some_and(|at| at <= now))
}

/// Whether the number at which the driver can be called must be known, then or earlier, for a hail
/// to take this status: a customer who confirms must be able to call.
pub fn needs_taxi_phone(to: Status) -> bool {
    to == AcceptedByTaxi
}

/// Whether the parties are shown where the taxi is and how far: while the hail is in progress.
pub fn shows_position(status: Status) -> bool {
    status.is_open()
}

/// Whether a viewer with these roles is shown the phone numbers of customer and driver: admins
/// always, the parties only while the taxi is on its way and they may have to find one another.
pub fn shows_phones(status: Status, viewer: Roles) -> bool {
    status == AcceptedByCustomer || viewer.has(Role::Admin)
}

/// Whether the parties are shown who drives, and the plate and colour of the vehicle: from the
/// driver's yes to the end of the ride.
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
