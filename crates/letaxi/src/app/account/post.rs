//! Letters to people, as `mail` sends them.

use async_trait::async_trait;
use registry::Time;

/// Reason of a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// Somebody gives the person an account.
    Invitation,
    /// The person, or somebody who knows the e-mail address, has asked for a new password.
    NewPassword,
}

/// A letter with a link. It opens an account, so it has no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Letter {
    /// E-mail address of the account.
    pub to: String,
    /// Its reason.
    pub occasion: Occasion,
    /// The link by which the person sets a password.
    pub link: String,
    /// Time from which the link is not valid any more.
    pub expires_at: Time,
    /// True if the letter is in French, else it is in English.
    pub in_french: bool,
}

/// A letter that was not sent, with the reason.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the letter was not sent: {0}")]
pub struct NotSent(pub String);

/// Sends letters. `mail` implements it over SMTP.
#[async_trait]
pub trait Post: Send + Sync {
    /// Sends a letter; returns when the mail server has taken it, within some seconds.
    async fn send(&self, letter: &Letter) -> Result<(), NotSent>;
}
