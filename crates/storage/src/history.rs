//! The activity log: who did what, as whom. Rows of a successful write stand in its transaction.

use async_trait::async_trait;
use registry::Time;

use crate::Result;

/// Kind of action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Logged in with a password.
    LoginPassword,
    /// Logged in with an API key.
    LoginApikey,
    /// Wrote with its own key.
    AuthApikey,
    /// Wrote as another account.
    AuthLogas,
    /// Changed a taxi's status.
    TaxiStatus,
    /// Hailed for a customer.
    CustomerHail,
}

impl Action {
    /// Every action, in the order in which errors list them.
    pub const ALL: [Self; 6] = [
        Self::LoginPassword,
        Self::LoginApikey,
        Self::AuthApikey,
        Self::AuthLogas,
        Self::TaxiStatus,
        Self::CustomerHail,
    ];

    /// The word of the public contract and the database.
    pub const fn word(self) -> &'static str {
        match self {
            Self::LoginPassword => "login_password",
            Self::LoginApikey => "login_apikey",
            Self::AuthApikey => "auth_apikey",
            Self::AuthLogas => "auth_logas",
            Self::TaxiStatus => "taxi_status",
            Self::CustomerHail => "customer_hail",
        }
    }
}

/// Kind of resource that an action concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Resource {
    /// An account.
    User,
    /// A taxi.
    Taxi,
    /// A customer.
    Customer,
}

impl Resource {
    /// Every resource, in the order in which errors list them.
    pub const ALL: [Self; 3] = [Self::User, Self::Taxi, Self::Customer];

    /// The word of the public contract and the database.
    pub const fn word(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Taxi => "taxi",
            Self::Customer => "customer",
        }
    }
}

/// One line of the activity log, to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activity {
    /// Action.
    pub action: Action,
    /// Kind of resource.
    pub resource: Resource,
    /// To which one: its public id.
    pub resource_id: String,
    /// More about it, a JSON object as text.
    pub extra: String,
}

/// The activity log as it is read and written apart from other changes.
#[async_trait]
pub trait History {
    /// Writes lines that belong to no other change: log-ins, refused and reading calls.
    async fn record(&self, activity: &[(Activity, Time)]) -> Result<()>;
}
