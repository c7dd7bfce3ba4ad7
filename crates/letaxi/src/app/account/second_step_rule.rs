//! The accounts that must have a second step to sign in.

use std::str::FromStr;

use registry::{Account, Role};

/// The accounts that must have a second step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SecondStepRule {
    /// None must, each may.
    #[default]
    Off,
    /// Admins and inspectors.
    Privileged,
    /// All that sign in.
    All,
}

impl FromStr for SecondStepRule {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        match word {
            "off" => Ok(Self::Off),
            "privileged" => Ok(Self::Privileged),
            "all" => Ok(Self::All),
            _ => Err(()),
        }
    }
}

impl SecondStepRule {
    /// True if this account must have a second step.
    pub fn is_for(self, account: &Account) -> bool {
        match self {
            Self::Off => false,
            Self::Privileged => account.roles.has_any(&[Role::Admin, Role::Inspector]),
            Self::All => true,
        }
    }
}
