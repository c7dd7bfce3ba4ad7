//! Client of an identity provider (OpenID Connect): authorization code with PKCE, checked tokens, user info, and the end
//! of a sign-in.
//!
//! The messages and the checks of tokens are those of the crate `openidconnect`; calls go out through `calls`, so they
//! are bounded in time and size, follow no redirect and reach no private address.

mod calls;
mod checks;
mod known;
mod settings;

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use async_trait::async_trait;
use openidconnect::core::{CoreAuthenticationFlow, CoreClient, CoreClientAuthMethod};
use openidconnect::{
    AuthType, AuthenticationContextClass, ClientId, ClientSecret, CsrfToken, EndpointMaybeSet,
    EndpointNotSet, EndpointSet, IssuerUrl, LogoutRequest, Nonce, PkceCodeChallenge,
    PkceCodeVerifier, PostLogoutRedirectUrl, RedirectUrl, Scope,
};
use registry::Time;
use serde_json::json;
use url::Url;

use self::calls::Calls;
use self::known::Known;
pub use self::settings::{ProviderSettings, UnusableProvider, UserinfoForm};
use super::guard::Guard;
use crate::app::account::provider::{Person, Provider, ProviderFault, VisitSecrets, WayBack};

/// Time limit of a call to the provider: a person is waiting.
pub const PROVIDER_LIMIT: Duration = Duration::from_secs(5);
/// Path of the page to which the provider sends people back; registered there with the address of the registry.
pub const RETURN_PATH: &str = "/console/return";
/// Path of the page to which it sends people who have signed out.
pub const SIGNED_OUT_PATH: &str = "/console/";

/// The client's form once the provider was asked about itself.
type Ready = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// Client of one identity provider.
pub struct ProviderClient {
    settings: ProviderSettings,
    /// Addresses of the settings, read.
    issuer: IssuerUrl,
    return_to: RedirectUrl,
    signed_out: PostLogoutRedirectUrl,
    calls: Calls,
    /// The provider as it has told about itself.
    known: ArcSwapOption<Known>,
}

impl ProviderClient {
    /// Creates a client. A provider at a private address, or without TLS, must be among the private endpoints of the
    /// guard.
    ///
    /// # Errors
    ///
    /// If an address of the settings is none.
    pub fn new(guard: Guard, settings: ProviderSettings) -> Result<Self, UnusableProvider> {
        let base = settings.public_url.trim_end_matches('/');
        let no_url = |_fault| UnusableProvider::NoUrl;
        Ok(Self {
            issuer: IssuerUrl::new(settings.issuer.clone()).map_err(no_url)?,
            return_to: RedirectUrl::new(format!("{base}{RETURN_PATH}")).map_err(no_url)?,
            signed_out: PostLogoutRedirectUrl::new(format!("{base}{SIGNED_OUT_PATH}"))
                .map_err(no_url)?,
            settings,
            calls: Calls::new(guard, PROVIDER_LIMIT),
            known: ArcSwapOption::empty(),
        })
    }

    /// The same client with another time limit of a call.
    #[must_use]
    pub fn within(self, limit: Duration) -> Self {
        Self { calls: self.calls.within(limit), ..self }
    }

    fn client_id(&self) -> ClientId {
        ClientId::new(self.settings.client_id.clone())
    }

    /// The client, with what the provider has told about itself.
    fn ready(&self, known: &Known) -> Ready {
        let secret = ClientSecret::new(self.settings.client_secret.clone());
        let client = CoreClient::from_provider_metadata(
            known.metadata.clone().set_jwks(known.keys.clone()),
            self.client_id(),
            Some(secret),
        );
        // The way of the standard, unless the provider tells others.
        let ways = known.metadata.token_endpoint_auth_methods_supported();
        let in_header =
            ways.is_none_or(|ways| ways.contains(&CoreClientAuthMethod::ClientSecretBasic));
        let way = if in_header { AuthType::BasicAuth } else { AuthType::RequestBody };
        client.set_redirect_uri(self.return_to.clone()).set_auth_type(way)
    }

    /// Claims that the token shall have beyond the ordinary ones (OpenID Connect Core, 5.5): `ProConnect` tells of a second
    /// step only so.
    fn asked_claims(&self) -> Option<String> {
        let mut claims = serde_json::Map::new();
        if !self.settings.second_step.is_empty() {
            claims.insert("amr".to_owned(), json!({"essential": true}));
        }
        if !self.settings.acr_values.is_empty() {
            let values = &self.settings.acr_values;
            claims.insert("acr".to_owned(), json!({"essential": true, "values": values}));
        }
        (!claims.is_empty()).then(|| json!({ "id_token": claims }).to_string())
    }

    /// An address to which a browser may be sent.
    fn page(&self, address: &Url) -> Result<String, ProviderFault> {
        let refused = |fault: calls::CallFault| ProviderFault::Unreachable(fault.to_string());
        self.calls.check(address.as_str()).map_err(refused)?;
        Ok(address.to_string())
    }
}

#[async_trait]
impl Provider for ProviderClient {
    fn name(&self) -> &str {
        &self.settings.name
    }

    fn issuer(&self) -> &str {
        &self.settings.issuer
    }

    fn links_by_email(&self) -> bool {
        self.settings.links_by_email
    }

    async fn entrance(&self, visit: &VisitSecrets, now: Time) -> Result<String, ProviderFault> {
        let known = self.known(now).await?;
        let client = self.ready(&known);
        let verifier = PkceCodeVerifier::new(visit.verifier.clone());
        let (state, nonce) = (CsrfToken::new(visit.state.clone()), Nonce::new(visit.nonce.clone()));
        let mut request = client
            .authorize_url(CoreAuthenticationFlow::AuthorizationCode, move || state, move || nonce)
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
        // `openid` is asked for anyway.
        for scope in self.settings.scopes.iter().filter(|scope| *scope != "openid") {
            request = request.add_scope(Scope::new(scope.clone()));
        }
        for value in &self.settings.acr_values {
            request =
                request.add_auth_context_value(AuthenticationContextClass::new(value.clone()));
        }
        if let Some(claims) = self.asked_claims() {
            request = request.add_extra_param("claims", claims);
        }
        self.page(&request.url().0)
    }

    async fn person(
        &self,
        visit: &VisitSecrets,
        back: &WayBack,
        now: Time,
    ) -> Result<Person, ProviderFault> {
        self.checked_person(visit, back, now).await
    }

    async fn exit(
        &self,
        id_token: &str,
        state: &str,
        now: Time,
    ) -> Result<Option<String>, ProviderFault> {
        let known = self.known(now).await?;
        let Some(end) = known.metadata.additional_metadata().end_session_endpoint.clone() else {
            return Ok(None);
        };
        let request = LogoutRequest::from(end)
            .set_post_logout_redirect_uri(self.signed_out.clone())
            .set_state(CsrfToken::new(state.to_owned()));
        // Handed over as it came: it was checked at the sign-in, and its age is the provider's affair.
        let mut address = request.http_get_url();
        address.query_pairs_mut().append_pair("id_token_hint", id_token);
        self.page(&address).map(Some)
    }
}

impl ProviderClient {
    /// Description of the provider by itself, asked for again if it is too old.
    async fn known(&self, now: Time) -> Result<Arc<Known>, ProviderFault> {
        if let Some(known) = self.known.load_full().filter(|known| known.is_fresh(now)) {
            return Ok(known);
        }
        let known = Arc::new(Known::ask(&self.issuer, &self.calls, now).await?);
        self.known.store(Some(Arc::clone(&known)));
        Ok(known)
    }

    /// The same with the keys of this moment, because one was unknown; the old ones if they were asked for just now.
    async fn with_new_keys(&self, known: &Known, now: Time) -> Result<Arc<Known>, ProviderFault> {
        let known = Arc::new(known.with_new_keys(&self.calls, now).await?);
        self.known.store(Some(Arc::clone(&known)));
        Ok(known)
    }
}
