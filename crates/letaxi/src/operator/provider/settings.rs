//! Settings of the client of an identity provider.

use std::fmt;
use std::str::FromStr;

/// The form in which the provider tells more about a person than its token says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UserinfoForm {
    /// It is not asked.
    None,
    /// JSON.
    #[default]
    Plain,
    /// A signed token (`ProConnect`); another form is refused.
    Signed,
}

impl FromStr for UserinfoForm {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        match word {
            "none" => Ok(Self::None),
            "plain" => Ok(Self::Plain),
            "signed" => Ok(Self::Signed),
            _ => Err(()),
        }
    }
}

/// Settings of the client.
#[derive(Clone, PartialEq, Eq)]
pub struct ProviderSettings {
    /// The provider's identifier, an address.
    pub issuer: String,
    /// Name of the registry at the provider.
    pub client_id: String,
    /// Secret of the registry at the provider.
    pub client_secret: String,
    /// Name of the provider for people.
    pub name: String,
    /// Scopes that are asked for.
    pub scopes: Vec<String>,
    /// Form of the user info.
    pub userinfo: UserinfoForm,
    /// Levels of assurance (`acr`) of which one is asked for; another one is refused.
    pub acr_values: Vec<String>,
    /// Values of `acr` and `amr` that tell of a second step.
    pub second_step: Vec<String>,
    /// True if accounts are found by verified e-mail addresses.
    pub links_by_email: bool,
    /// Address at which people reach the registry.
    pub public_url: String,
}

impl fmt::Debug for ProviderSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the secret.
        write!(f, "ProviderSettings({}, {})", self.issuer, self.client_id)
    }
}

/// Reason for which a provider cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnusableProvider {
    /// The issuer or the address of the registry is not a URL.
    #[error("the issuer or public_url is not a url")]
    NoUrl,
}
