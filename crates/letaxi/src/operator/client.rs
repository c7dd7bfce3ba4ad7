//! A call to an operator's server: request, answer and errors.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use registry::AccountId;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION};
use reqwest::{Client, Response, StatusCode};
use serde_json::Value;
use tokio::time::timeout;
use url::Url;

use super::address::{Endpoint, PrivateEndpoint, Refused};
use super::answer::{self, Received};
use super::guard::{Guard, NoCalls};
use super::queue::Queue;
use super::reason::{REDIRECTS, Reason, reason_of};
use crate::app::hail::operator_call::{
    CallOutcome, EndpointFault, OperatorCall, OperatorRequest, TEST, TestedCall,
};
use crate::app::monitor::metrics::{Exposition, Measured};

/// Upper limit of the time of a call.
pub const CALL_LIMIT: Duration = Duration::from_secs(10);
/// Header with the id of the hail; a repeated call carries the same id.
const CALL_ID: HeaderName = HeaderName::from_static("x-letaxi-call-id");
/// Header with the signature of the call; see [`OperatorRequest::signature`].
const SIGNATURE: HeaderName = HeaderName::from_static("x-letaxi-signature");
/// Header of a test call.
const TEST_CALL: HeaderName = HeaderName::from_static(TEST);
/// Content type of a hail.
const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// Headers that frame the message or control the connection; operators cannot set them.
#[rustfmt::skip]
const OUR_HEADERS: &[&str] = &[
    "connection", "content-encoding", "content-length", "expect", "host", "keep-alive",
    "proxy-authorization", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
];

/// Client for operators' servers. One instance serves concurrent calls.
///
/// Connections are kept for the next call for a few seconds. If one is closed before an answer, the call is made once
/// more on a connection of its own, with the same id: the server may have closed it just as the hail was sent.
pub struct OperatorClient {
    guard: Guard,
    queue: Queue,
}

#[async_trait]
impl OperatorCall for OperatorClient {
    async fn call(&self, request: OperatorRequest) -> CallOutcome {
        match self.hand_over(request).await {
            Ok(taxi_phone) => CallOutcome::Delivered { taxi_phone },
            Err(reason) => CallOutcome::Failed(reason.to_string()),
        }
    }

    async fn test(&self, request: OperatorRequest) -> TestedCall {
        let sent = call_headers(&request).map(|mut headers| {
            headers.insert(TEST_CALL, HeaderValue::from_static("1"));
            headers
        });
        let shown = sent.as_ref().map(answer::shown_headers).unwrap_or_default();
        let received = match sent {
            Ok(headers) => self.receive(&request, headers).await,
            Err(reason) => Err(reason),
        };
        let raw = received.as_ref().ok().map(Received::raw);
        let outcome = match received.and_then(Received::judge) {
            Ok(answer) => CallOutcome::Delivered { taxi_phone: answer::phone_number(&answer) },
            Err(reason) => CallOutcome::Failed(reason.to_string()),
        };
        TestedCall { sent: shown, answer: raw, outcome }
    }

    async fn check(&self, account: AccountId, endpoint: &str) -> Result<(), EndpointFault> {
        self.guard.check(Some(account), endpoint).await.map_err(|refused| match refused {
            Refused::Unresolved => EndpointFault::Unresolved,
            Refused::NotAUrl | Refused::NotHttp | Refused::NotPublic => EndpointFault::Invalid,
        })
    }
}

impl OperatorClient {
    /// Creates the client, with the private endpoints that may be called.
    ///
    /// # Errors
    ///
    /// Fails if this system cannot make such calls.
    pub fn new(private: Vec<PrivateEndpoint>) -> Result<Self, NoCalls> {
        Ok(Self::with(Guard::new(private)?))
    }

    pub(super) fn with(guard: Guard) -> Self {
        Self { guard, queue: Queue::default() }
    }

    #[cfg(test)]
    pub(super) fn guard(&self) -> &Guard {
        &self.guard
    }

    /// Delivers a hail to its operator's server within the given time. Returns the driver's phone number, if
    /// the answer contains it.
    ///
    /// # Errors
    ///
    /// Returns the reason why the server did not accept it.
    pub async fn hand_over(&self, request: OperatorRequest) -> Result<Option<String>, Reason> {
        let hail = request.hail;
        let answer = self.deliver(request).await;
        match &answer {
            Ok(_) => tracing::debug!(%hail, "hail delivered to its operator"),
            Err(reason) => tracing::debug!(%hail, %reason, "hail not delivered to its operator"),
        }
        answer.map(|answer| answer::phone_number(&answer))
    }

    async fn deliver(&self, call: OperatorRequest) -> Result<Value, Reason> {
        let endpoint = self.endpoint(&call)?;
        let headers = call_headers(&call)?;
        self.in_time(&call, endpoint, headers, answer::read).await
    }

    /// Calls the server, and reads its answer whatever that is.
    async fn receive(
        &self,
        call: &OperatorRequest,
        headers: HeaderMap,
    ) -> Result<Received, Reason> {
        self.in_time(call, self.endpoint(call)?, headers, Received::of).await
    }

    fn endpoint(&self, call: &OperatorRequest) -> Result<Endpoint, Reason> {
        if call.endpoint.trim().is_empty() {
            return Err(Reason::NoEndpoint);
        }
        Ok(self.guard.read(&call.endpoint)?)
    }

    /// Makes a call in its turn, and reads the answer, all within the call's time.
    async fn in_time<T>(
        &self,
        call: &OperatorRequest,
        endpoint: Endpoint,
        headers: HeaderMap,
        read: impl AsyncFnOnce(Response) -> Result<T, Reason>,
    ) -> Result<T, Reason> {
        let limit = call.time_left.min(CALL_LIMIT);
        let mut waiting = true;
        let place = self.queue.enter();
        let exchange = async {
            let _permit = place.acquire(endpoint.url.as_str()).await;
            waiting = false;
            read(self.exchange(call, endpoint, headers).await?).await
        };
        let ended = timeout(limit, exchange).await;
        let too_late = if waiting { Reason::Busy(limit) } else { Reason::TimedOut(limit) };
        ended.unwrap_or(Err(too_late))
    }

    /// Posts the hail and follows redirects. Each hop passes the same checks as the first.
    async fn exchange(
        &self,
        call: &OperatorRequest,
        first: Endpoint,
        headers: HeaderMap,
    ) -> Result<Response, Reason> {
        let host = first.url.host_str().map(str::to_owned);
        let mut endpoint = first;
        for hop in 0..=REDIRECTS {
            let mut headers = headers.clone();
            if endpoint.url.host_str() != host.as_deref() {
                // The header is a secret between the operator and the first host.
                headers.remove(call.header_name.as_str());
                headers.entry(CONTENT_TYPE).or_insert(JSON);
            }
            let refused = if hop == 0 { Reason::Address } else { Reason::RedirectedTo };
            let request = |client: &Client| {
                client.post(endpoint.url.clone()).headers(headers.clone()).body(call.body.clone())
            };
            let sent = self.guard.send(Some(call.account), &endpoint, request).await;
            let response = sent.map_err(refused)?.map_err(reason_of)?;
            let Some(next) = redirected(&response, &endpoint.url) else {
                return Ok(response);
            };
            endpoint = self.guard.read(next.as_str()).map_err(Reason::RedirectedTo)?;
        }
        Err(Reason::Redirects)
    }
}

/// Target of a redirect; `None` if it is not followed. A redirect from https to http is not followed, because
/// a hail contains personal data.
fn redirected(response: &Response, from: &Url) -> Option<Url> {
    let followed = [StatusCode::TEMPORARY_REDIRECT, StatusCode::PERMANENT_REDIRECT];
    followed.contains(&response.status()).then_some(())?;
    let location = response.headers().get(LOCATION)?.to_str().ok()?;
    let to = from.join(location).ok()?;
    (from.scheme() == "http" || to.scheme() == "https").then_some(to)
}

impl Measured for OperatorClient {
    fn show(&self, exposition: &mut Exposition<'_>) -> fmt::Result {
        self.queue.show(exposition)
    }
}

/// Headers of a call, with our own set after the operator's, which must not replace them.
fn call_headers(call: &OperatorRequest) -> Result<HeaderMap, Reason> {
    let mut headers = headers(&call.header_name, &call.header_value)?;
    let call_id = HeaderValue::from_str(call.hail.as_str()).expect("seven digits");
    headers.insert(CALL_ID, call_id);
    let signature = HeaderValue::from_str(&call.signature).expect("digits and signs");
    headers.insert(SIGNATURE, signature);
    Ok(headers)
}

/// Headers of the operator's choice. Its custom header replaces ours, as `authorization` replaces the user in its
/// URL.
fn headers(name: &str, value: &str) -> Result<HeaderMap, Reason> {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, JSON);
    if name.is_empty() {
        return Ok(headers);
    }
    let name: HeaderName = name.parse().ok().ok_or(Reason::HeaderName)?;
    if OUR_HEADERS.contains(&name.as_str()) {
        return Err(Reason::HeaderName);
    }
    let mut value: HeaderValue = value.parse().ok().ok_or(Reason::HeaderValue)?;
    value.set_sensitive(true);
    headers.insert(name, value);
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operator_may_name_any_header_that_does_not_frame_the_message() {
        for (name, value, expected) in [
            ("", "", Ok(1)),
            ("", "no name, so not sent", Ok(1)),
            ("X-Test-Auth", "", Ok(2)),
            ("X-Test-Auth", "clé", Ok(2)),
            ("Authorization", "Bearer x", Ok(2)),
            ("content-type", "application/json; charset=utf-8", Ok(1)),
            ("Content-Length", "1", Err(Reason::HeaderName)),
            ("Transfer-Encoding", "chunked", Err(Reason::HeaderName)),
            ("host", "example.org", Err(Reason::HeaderName)),
            ("X Test", "x", Err(Reason::HeaderName)),
            ("X-Test:", "x", Err(Reason::HeaderName)),
            ("X-Clé", "x", Err(Reason::HeaderName)),
            ("X-Test", "x\r\nX-More: y", Err(Reason::HeaderValue)),
            ("X-Test", "x\0", Err(Reason::HeaderValue)),
        ] {
            assert_eq!(
                headers(name, value).map(|headers| headers.len()),
                expected,
                "{name}: {value:?}"
            );
        }
    }
}
