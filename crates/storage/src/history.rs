//! The activity log: who did what, as whom. Rows of a successful write stand in its transaction.

use async_trait::async_trait;
use dispatch::hail::Status;
use registry::{AccountId, HailId, TaxiId, Time, VehicleStatus};

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
    /// Exported rows. It and those below are not among the words that the contract lists.
    Export,
    /// Set up or replaced the second step of an account, or its recovery codes.
    SecondStepSet,
    /// Removed the second step of an account.
    SecondStepRemoved,
    /// Signed in with a recovery code.
    RecoveryCode,
    /// Made a link by which a person sets the password of an account.
    PasswordLink,
    /// Set a password by such a link.
    PasswordByLink,
    /// Imported territory.
    Import,
    /// Signed in through the identity provider.
    LoginProvider,
    /// Linked an identity at the provider with an account.
    IdentityLinked,
    /// Unlinked one.
    IdentityUnlinked,
}

impl Action {
    /// Every action of the contract, in the order in which errors list them.
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
            Self::Export => "export",
            Self::SecondStepSet => "second_step_set",
            Self::SecondStepRemoved => "second_step_removed",
            Self::RecoveryCode => "recovery_code",
            Self::PasswordLink => "password_link",
            Self::PasswordByLink => "password_by_link",
            Self::Import => "import",
            Self::LoginProvider => "login_provider",
            Self::IdentityLinked => "identity_linked",
            Self::IdentityUnlinked => "identity_unlinked",
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
    /// The change of a taxi's status that it tells of, for the history of the taxi.
    pub change: Option<StatusChange>,
}

/// A change of a taxi's status in one account's description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusChange {
    /// The account of the description.
    pub account: AccountId,
    /// Status before.
    pub from: VehicleStatus,
    /// Status after.
    pub to: VehicleStatus,
    /// The account that changed it; `None`: the registry itself.
    pub by: Option<AccountId>,
    /// The account whose key was sent, if that is known.
    pub key_owner: Option<AccountId>,
    /// The hail that changed it, if one did, with the status that the hail took.
    pub hail: Option<(HailId, Status)>,
    /// Reason of the hail's step, if the registry took it.
    pub reason: Option<String>,
}

/// The activity log as it is read and written apart from other changes.
#[async_trait]
pub trait History {
    /// Writes lines that belong to no other change: log-ins, refused and reading calls.
    async fn record(&self, activity: &[(Activity, Time)]) -> Result<()>;

    /// Changes of a taxi's status before a time in the descriptions of these accounts, newest first, each with its
    /// time. Of more than `take` the newest, and all others of the same moment as the last of them, so that the next
    /// question may begin before that moment.
    async fn status_changes(
        &self,
        taxi: TaxiId,
        accounts: &[AccountId],
        before: Time,
        take: u32,
    ) -> Result<Vec<(Time, StatusChange)>>;
}
