//! The identity provider, by which people sign in (OpenID Connect): how the registry speaks with it.

use async_trait::async_trait;
use registry::Time;

/// Secrets of a person's visit at the provider. Each has 32 random bytes, as 43 letters, digits, `-` and `_`: `ProConnect`
/// asks for 32 characters at least.
#[derive(Clone, PartialEq, Eq)]
pub struct VisitSecrets {
    /// It comes back with the person.
    pub state: String,
    /// It comes back in the signed token, which is then of this visit and no other.
    pub nonce: String,
    /// The provider hands the token only to who knows it (PKCE, RFC 7636).
    pub verifier: String,
}

/// The person's way back: the query of the address.
#[derive(Clone, PartialEq, Eq)]
pub struct WayBack {
    /// State of the visit.
    pub state: String,
    /// Code for which the provider hands the token; none if it refused the person.
    pub code: Option<String>,
    /// The provider, as it calls itself (RFC 9207).
    pub issuer: Option<String>,
}

/// A person as the provider knows them; all checks have passed.
#[derive(Clone, PartialEq, Eq)]
pub struct Person {
    /// The provider's name of the person, which stays.
    pub subject: String,
    /// E-mail address.
    pub email: Option<String>,
    /// True if the provider says that it has verified the address.
    pub email_is_verified: bool,
    /// True if it says that it asked for a second step that the settings accept.
    pub took_second_step: bool,
    /// The signed token, for the end of the sign-in.
    pub id_token: String,
}

/// Reason for which the provider does not help.
#[derive(Debug, thiserror::Error)]
pub enum ProviderFault {
    /// It does not answer, or not as it should.
    #[error("the identity provider gives no useful answer: {0}")]
    Unreachable(String),
    /// It refused the code.
    #[error("the identity provider refused: {0}")]
    Refused(String),
    /// A check of its answer failed.
    #[error("the answer of the identity provider failed a check: {0}")]
    Untrusted(String),
}

/// An identity provider.
#[async_trait]
pub trait Provider: Send + Sync {
    /// Name for people.
    fn name(&self) -> &str;

    /// Its identifier, with which its subjects are unique.
    fn issuer(&self) -> &str;

    /// True if an account is found by its e-mail address, once the provider has verified that.
    fn links_by_email(&self) -> bool;

    /// Address to which a browser is sent for a visit.
    ///
    /// # Errors
    ///
    /// If the provider is not reached.
    async fn entrance(&self, visit: &VisitSecrets, now: Time) -> Result<String, ProviderFault>;

    /// The person who comes back from a visit.
    ///
    /// # Errors
    ///
    /// If the provider is not reached, refuses, or its answer fails a check.
    async fn person(
        &self,
        visit: &VisitSecrets,
        back: &WayBack,
        now: Time,
    ) -> Result<Person, ProviderFault>;

    /// Address to which a browser is sent to sign out at the provider, if it has one.
    ///
    /// # Errors
    ///
    /// If the provider is not reached.
    async fn exit(
        &self,
        id_token: &str,
        state: &str,
        now: Time,
    ) -> Result<Option<String>, ProviderFault>;
}
