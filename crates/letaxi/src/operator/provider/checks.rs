//! Checks of a provider's answer to a person's way back.

use openidconnect::core::{
    CoreIdToken, CoreIdTokenClaims, CoreIdTokenVerifier, CoreJwsSigningAlgorithm,
    CoreUserInfoClaims,
};
use openidconnect::{
    AccessToken, AccessTokenHash, AuthorizationCode, ClaimsVerificationError, Nonce,
    OAuth2TokenResponse, PkceCodeVerifier, RequestTokenError, SignatureVerificationError,
    SubjectIdentifier, TokenResponse, UserInfoError, UserInfoResponseType,
};
use registry::Time;

use super::known::Known;
use super::{ProviderClient, UserinfoForm};
use crate::app::account::provider::{Person, ProviderFault, VisitSecrets, WayBack};

/// Algorithms of signatures that are accepted: those with a public key. With a shared secret (HS256), whoever reads the
/// secret could sign, and `none` signs nothing.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 5] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// Maximum length of a word of the provider in the log.
const LONGEST_WORD: usize = 60;

/// Tokens that the provider hands for a code.
struct Tokens {
    id: CoreIdToken,
    access: AccessToken,
}

/// An e-mail address, and whether the provider has verified it.
type Email = (Option<String>, bool);

impl ProviderClient {
    /// The person who comes back from a visit, once all checks have passed.
    pub(super) async fn checked_person(
        &self,
        visit: &VisitSecrets,
        back: &WayBack,
        now: Time,
    ) -> Result<Person, ProviderFault> {
        let mut known = self.known(now).await?;
        self.check_issuer_of(back, &known)?;
        let code = back.code.clone();
        let code = code.ok_or_else(|| ProviderFault::Refused("it sent no code".to_owned()))?;
        let tokens = self.tokens(&known, visit, code).await?;
        let mut claims = self.checked(&tokens, visit, &known, now);
        if claims.as_ref().is_err_and(is_unknown_key) {
            known = self.with_new_keys(&known, now).await?;
            claims = self.checked(&tokens, visit, &known, now);
        }
        let claims = claims.map_err(untrusted)?;
        let (email, email_is_verified) = match self.settings.userinfo {
            UserinfoForm::None => {
                let email = claims.email().map(|email| email.as_str().to_owned());
                (email, claims.email_verified() == Some(true))
            }
            form => self.email_of(claims.subject(), form, &tokens.access, &known, now).await?,
        };
        Ok(Person {
            subject: claims.subject().as_str().to_owned(),
            email,
            email_is_verified,
            took_second_step: self.tells_second_step(&claims),
            id_token: tokens.id.to_string(),
        })
    }

    /// A person who was sent back by another provider brings a code that must not go to this one (RFC 9207).
    fn check_issuer_of(&self, back: &WayBack, known: &Known) -> Result<(), ProviderFault> {
        let further = known.metadata.additional_metadata();
        let is_right = match &back.issuer {
            Some(issuer) => *issuer == self.settings.issuer,
            None => !further.authorization_response_iss_parameter_supported,
        };
        if is_right {
            return Ok(());
        }
        Err(ProviderFault::Untrusted("the way back is of another issuer, or of none".to_owned()))
    }

    /// Hands the code in for tokens.
    async fn tokens(
        &self,
        known: &Known,
        visit: &VisitSecrets,
        code: String,
    ) -> Result<Tokens, ProviderFault> {
        let client = self.ready(known);
        let unusable = |why: &str| ProviderFault::Unreachable(why.to_owned());
        let request = client.exchange_code(AuthorizationCode::new(code));
        let request = request.map_err(|_none| unusable("it tells no address for tokens"))?;
        let request = request.set_pkce_verifier(PkceCodeVerifier::new(visit.verifier.clone()));
        let answer = request.request_async(&self.calls).await.map_err(|error| match error {
            RequestTokenError::ServerResponse(refusal) => {
                ProviderFault::Refused(shown(refusal.error().as_ref()))
            }
            RequestTokenError::Request(fault) => unusable(&format!("tokens: {fault}")),
            // Its texts may quote the answer, and so a token.
            RequestTokenError::Parse(..) => unreadable("tokens"),
            RequestTokenError::Other(_) => unusable("tokens: the answer is none"),
        })?;
        let id = answer.id_token().cloned();
        let id = id.ok_or_else(|| ProviderFault::Untrusted("it sent no ID token".to_owned()))?;
        Ok(Tokens { id, access: answer.access_token().clone() })
    }

    /// The content of a token: signature, issuer, audience, end, nonce, level of assurance, and the access token that
    /// belongs to it.
    fn checked(
        &self,
        tokens: &Tokens,
        visit: &VisitSecrets,
        known: &Known,
        now: Time,
    ) -> Result<CoreIdTokenClaims, ClaimsVerificationError> {
        let wanted = &self.settings.acr_values;
        // As a client without a secret, so that no algorithm can take the secret for a key.
        let verifier = CoreIdTokenVerifier::new_public_client(
            self.client_id(),
            self.issuer.clone(),
            known.keys.clone(),
        )
        .set_allowed_algs(ALGORITHMS)
        .set_time_fn(move || now)
        .set_auth_context_verifier_fn(move |acr| {
            let is_one = |acr: &str| wanted.iter().any(|wanted| wanted == acr);
            if wanted.is_empty() || acr.is_some_and(|acr| is_one(acr.as_str())) {
                Ok(())
            } else {
                Err("the level of assurance is none that was asked for".to_owned())
            }
        });
        let nonce = Nonce::new(visit.nonce.clone());
        let claims = tokens.id.claims(&verifier, &nonce)?;
        let other = |why: &str| ClaimsVerificationError::Other(why.to_owned());
        if claims.authorized_party().is_some_and(|party| *party != self.client_id()) {
            return Err(other("the token was made for another client (azp)"));
        }
        if let Some(expected) = claims.access_token_hash() {
            let signature = ClaimsVerificationError::SignatureVerification;
            let algorithm = tokens.id.signing_alg().map_err(signature)?;
            let key = tokens.id.signing_key(&verifier).map_err(signature)?;
            let hash = AccessTokenHash::from_token(&tokens.access, algorithm, key);
            let hash = hash.map_err(|_fault| other("the access token has no hash"))?;
            if hash != *expected {
                return Err(other("the access token is another one (at_hash)"));
            }
        }
        Ok(claims.clone())
    }

    /// True if the token tells of a second step that the settings accept.
    fn tells_second_step(&self, claims: &CoreIdTokenClaims) -> bool {
        let accepted = |value: &str| self.settings.second_step.iter().any(|it| it == value);
        let methods = claims.auth_method_refs().into_iter().flatten();
        claims.auth_context_ref().is_some_and(|acr| accepted(acr.as_str()))
            || methods.into_iter().any(|method| accepted(method.as_str()))
    }

    /// The e-mail address of a person, by the user info.
    async fn email_of(
        &self,
        subject: &SubjectIdentifier,
        form: UserinfoForm,
        access: &AccessToken,
        known: &Known,
        now: Time,
    ) -> Result<Email, ProviderFault> {
        let mut info = self.userinfo(subject, form, access, known).await;
        if matches!(&info, Err(UserInfoError::ClaimsVerification(fault)) if is_unknown_key(fault)) {
            let known = self.with_new_keys(known, now).await?;
            info = self.userinfo(subject, form, access, &known).await;
        }
        let unusable = |why: String| ProviderFault::Unreachable(format!("user info: {why}"));
        let info = info.map_err(|error| match error {
            UserInfoError::ClaimsVerification(fault) => untrusted(fault),
            UserInfoError::Request(fault) => unusable(fault.to_string()),
            UserInfoError::Response(status, _, _) => {
                unusable(format!("status {}", status.as_u16()))
            }
            _ => unreadable("user info"),
        })?;
        let email = info.email().map(|email| email.as_str().to_owned());
        Ok((email, info.email_verified() == Some(true)))
    }

    /// The user info, of this very person; if it is signed, for this client and by this provider.
    async fn userinfo(
        &self,
        subject: &SubjectIdentifier,
        form: UserinfoForm,
        access: &AccessToken,
        known: &Known,
    ) -> Result<CoreUserInfoClaims, UserInfoError<super::calls::CallFault>> {
        let client = self.ready(known);
        let request = client.user_info(access.clone(), Some(subject.clone()));
        let request =
            request.map_err(|_none| UserInfoError::Other("it tells no address".to_owned()))?;
        let is_signed = form == UserinfoForm::Signed;
        let wanted = if is_signed { UserInfoResponseType::Jwt } else { UserInfoResponseType::Json };
        let request = request.require_signed_response(is_signed).set_response_type(wanted);
        request.request_async(&self.calls).await
    }
}

/// A word of the provider for the log, on one line and not too long.
fn shown(word: &str) -> String {
    word.chars().filter(char::is_ascii_graphic).take(LONGEST_WORD).collect()
}

/// True if the token is signed by a key that the provider has not told yet.
fn is_unknown_key(fault: &ClaimsVerificationError) -> bool {
    let unknown = SignatureVerificationError::NoMatchingKey;
    matches!(fault, ClaimsVerificationError::SignatureVerification(why) if *why == unknown)
}

/// An answer that is none, or lacks what it must have, such as a token without an issuer.
fn unreadable(part: &str) -> ProviderFault {
    ProviderFault::Untrusted(format!("{part}: the answer cannot be read"))
}

fn untrusted(fault: ClaimsVerificationError) -> ProviderFault {
    ProviderFault::Untrusted(match fault {
        ClaimsVerificationError::SignatureVerification(why) => format!("signature: {why}"),
        fault => fault.to_string(),
    })
}
