//! Calls to the identity provider: bounded in time and size, over TLS, without redirects.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use reqwest::Request;
use tokio::time::timeout;

use crate::operator::address::{Endpoint, Refused};
use crate::operator::guard::Guard;
use crate::operator::reason::{Reason, reason_of};

/// Maximum length of an answer in bytes: enough for many keys with their certificates.
pub(super) const ANSWER_LIMIT: usize = 256 * 1024;

/// Reason for which a call failed. It names no secret.
#[derive(Debug, thiserror::Error)]
pub(super) enum CallFault {
    #[error("its address is not a url")]
    NotAUrl,
    #[error("its address is without TLS (http), and private_endpoints does not list it")]
    NoTls,
    #[error("its host name cannot be resolved")]
    Unresolved,
    #[error("its address is private, and private_endpoints does not list it")]
    NotPublic,
    #[error("no answer within {:.1} s", .0.as_secs_f64())]
    Late(Duration),
    #[error("it answered with status {0}")]
    Status(u16),
    #[error("the answer is longer than {} KiB", ANSWER_LIMIT / 1024)]
    TooLarge,
    #[error("no connection, or no valid http: {0}")]
    Broken(String),
}

impl From<Refused> for CallFault {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::NotAUrl | Refused::NotHttp => Self::NotAUrl,
            Refused::Unresolved => Self::Unresolved,
            Refused::NotPublic => Self::NotPublic,
        }
    }
}

/// Makes the calls.
pub(super) struct Calls {
    guard: Guard,
    limit: Duration,
}

impl Calls {
    pub(super) fn new(guard: Guard, limit: Duration) -> Self {
        Self { guard, limit }
    }

    pub(super) fn within(self, limit: Duration) -> Self {
        Self { limit, ..self }
    }

    /// Checks an address that the provider has told: TLS, unless the settings list it.
    pub(super) fn check(&self, address: &str) -> Result<Endpoint, CallFault> {
        let endpoint = self.guard.read(address)?;
        if endpoint.url.scheme() == "https" || endpoint.listed {
            Ok(endpoint)
        } else {
            Err(CallFault::NoTls)
        }
    }

    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, CallFault> {
        let broken = |error| match reason_of(error) {
            Reason::Connect(words) | Reason::Broken(words) => CallFault::Broken(words),
            reason => CallFault::Broken(reason.to_string()),
        };
        let endpoint = self.check(&request.uri().to_string())?;
        let client = self.guard.client(None, &endpoint).await?;
        let mut request = Request::try_from(request).map_err(broken)?;
        *request.url_mut() = endpoint.url;
        let mut response = client.execute(request).await.map_err(broken)?;
        if response.status().is_server_error() {
            return Err(CallFault::Status(response.status().as_u16()));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(broken)? {
            if body.len() + chunk.len() > ANSWER_LIMIT {
                return Err(CallFault::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        let mut answer = HttpResponse::new(body);
        *answer.status_mut() = response.status();
        *answer.headers_mut() = std::mem::take(response.headers_mut());
        Ok(answer)
    }
}

impl<'c> AsyncHttpClient<'c> for Calls {
    type Error = CallFault;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, CallFault>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let answer = timeout(self.limit, self.exchange(request)).await;
            answer.unwrap_or(Err(CallFault::Late(self.limit)))
        })
    }
}
