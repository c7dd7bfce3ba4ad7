//! The provider as it tells about itself (OpenID Connect Discovery): its addresses and its keys.

use chrono::TimeDelta;
use openidconnect::core::{
    CoreAuthDisplay, CoreClaimName, CoreClaimType, CoreClientAuthMethod, CoreGrantType,
    CoreJsonWebKey, CoreJsonWebKeySet, CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm, CoreResponseMode, CoreResponseType, CoreSubjectIdentifierType,
};
use openidconnect::{
    AdditionalProviderMetadata, DiscoveryError, EndSessionUrl, IssuerUrl, ProviderMetadata,
};
use registry::Time;
use serde::{Deserialize, Serialize};

use super::calls::{CallFault, Calls};
use crate::app::account::provider::ProviderFault;

/// Time after which the provider is asked about itself again.
const FRESH_FOR: TimeDelta = TimeDelta::hours(1);
/// Time between two questions for its keys because one was unknown.
pub(super) const KEYS_ASKED_EVERY: TimeDelta = TimeDelta::seconds(10);

/// Further facts that a provider tells.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Further {
    /// Address to sign out (OpenID Connect RP-Initiated Logout).
    pub(super) end_session_endpoint: Option<EndSessionUrl>,
    /// True if it names itself on the way back (RFC 9207).
    #[serde(default)]
    pub(super) authorization_response_iss_parameter_supported: bool,
}

impl AdditionalProviderMetadata for Further {}

pub(super) type Metadata = ProviderMetadata<
    Further,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// Description of a provider by itself.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) metadata: Metadata,
    pub(super) keys: CoreJsonWebKeySet,
    asked_at: Time,
    keys_asked_at: Time,
}

impl Known {
    /// Asks a provider about itself; it must call itself as the settings do.
    pub(super) async fn ask(
        issuer: &IssuerUrl,
        calls: &Calls,
        now: Time,
    ) -> Result<Self, ProviderFault> {
        let metadata = Metadata::discover_async(issuer.clone(), calls).await;
        let metadata = metadata.map_err(|error| fault("description", &error))?;
        let keys = metadata.jwks().clone();
        Ok(Self { metadata, keys, asked_at: now, keys_asked_at: now })
    }

    /// True if it need not be asked again.
    pub(super) fn is_fresh(&self, now: Time) -> bool {
        // Unless the clock was set back meanwhile.
        (TimeDelta::zero()..FRESH_FOR).contains(&(now - self.asked_at))
    }

    /// The same with the keys of this moment, unless they were asked for just now.
    pub(super) async fn with_new_keys(
        &self,
        calls: &Calls,
        now: Time,
    ) -> Result<Self, ProviderFault> {
        if (TimeDelta::zero()..KEYS_ASKED_EVERY).contains(&(now - self.keys_asked_at)) {
            return Ok(self.clone());
        }
        let keys = CoreJsonWebKeySet::fetch_async(self.metadata.jwks_uri(), calls).await;
        let keys = keys.map_err(|error| fault("keys", &error))?;
        Ok(Self { keys, keys_asked_at: now, ..self.clone() })
    }
}

fn fault(part: &str, error: &DiscoveryError<CallFault>) -> ProviderFault {
    let why = match error {
        DiscoveryError::Request(fault) => fault.to_string(),
        // The body may be anything; the status says enough.
        DiscoveryError::Response(status, _, _) => format!("status {}", status.as_u16()),
        error => error.to_string(),
    };
    ProviderFault::Unreachable(format!("{part}: {why}"))
}
