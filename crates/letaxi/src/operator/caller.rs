//! One call to one operator's server: what goes out, what may come back.

use std::error::Error;
use std::fmt;
use std::iter::successors;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Response, redirect};
use serde_json::Value;
use tokio::time::timeout;

use super::address::{PrivateEndpoint, Refused, check_endpoint, read_endpoint};
use super::queue::Queue;
use super::resolver::PublicResolver;
use crate::app::delivery::{EndpointFault, OperatorCall, OperatorRequest, Outcome};
use crate::app::metrics::{Measured, Page};

/// The longest a call may take, whatever time it is given.
pub const CALL_LIMIT: Duration = Duration::from_secs(10);
/// The longest a connection may take to stand, over all addresses of the host.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);
/// The longest answer that is read, in bytes.
pub const ANSWER_LIMIT: usize = 64 * 1024;
/// How many calls to one endpoint are under way at once; more wait for their turn.
pub const CALLS_AT_ONCE: usize = 64;
/// The id of the hail: a call that is made again carries the same.
const CALL_ID: HeaderName = HeaderName::from_static("x-letaxi-call-id");
/// Shows that the call is ours; see [`OperatorRequest::signature`].
const SIGNATURE: HeaderName = HeaderName::from_static("x-letaxi-signature");
/// The longest phone number taken from an answer, in characters.
const PHONE_LIMIT: usize = 255;
/// Headers that frame the message or steer the connection: not for operators to set.
#[rustfmt::skip]
const OUR_HEADERS: &[&str] = &[
    "connection", "content-encoding", "content-length", "expect", "host", "keep-alive",
    "proxy-authorization", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
];

/// Why a call failed, as a sentence its operator can act upon.
///
/// Customers' apps read it too, in the hail's transitions: it holds no address, key or URL.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// The operator has not said where its hails go.
    #[error("the operator has no hail endpoint")]
    NoEndpoint,
    /// The endpoint may not be called.
    #[error(transparent)]
    Address(#[from] Refused),
    /// The operator's custom header cannot be sent, or would change the framing of the message.
    #[error("the name of the operator's custom header is not valid")]
    HeaderName,
    /// The value of the operator's custom header has characters no header may have.
    #[error("the value of the operator's custom header is not valid")]
    HeaderValue,
    /// No connection could be made, or its encryption failed; with the system's words for it.
    #[error("cannot connect to the operator's server: {0}")]
    Connect(String),
    /// The whole answer was not there in time.
    #[error("the operator's server did not answer within {:.1} s", .0.as_secs_f64())]
    TimedOut(Duration),
    /// Too many earlier calls to this endpoint were still waiting for their answer.
    #[error("the operator's server kept {CALLS_AT_ONCE} earlier calls waiting for {:.1} s", .0.as_secs_f64())]
    Busy(Duration),
    /// The answer is not HTTP, or the connection broke before its end; with the HTTP library's words for it.
    #[error("the operator's server gave no valid http answer: {0}")]
    Broken(String),
    /// A redirect, which is never followed.
    #[error("the operator's server answered with a redirect ({0}), which is not followed")]
    Redirect(u16),
    /// Any other status than 2xx.
    #[error("the operator's server answered with status {0}")]
    Status(u16),
    /// The answer is longer than [`ANSWER_LIMIT`].
    #[error("the answer of the operator's server is longer than {} KiB", ANSWER_LIMIT / 1024)]
    TooLarge,
    /// The answer is not JSON.
    #[error("the answer of the operator's server is not json")]
    NotJson,
}

/// Calls operators' servers. Made once; calls run side by side.
///
/// Each call has a connection of its own. A kept connection might be closed by the server just as
/// the next hail goes out, and a hail must not be lost, or sent twice, for the time of a handshake.
pub struct OperatorClient {
    private: Vec<PrivateEndpoint>,
    /// For endpoints anyone may have: names resolve to public addresses only.
    public_client: Client,
    /// For endpoints listed in the settings: names resolve as the system says.
    listed_client: Client,
    queue: Queue,
}

#[async_trait]
impl OperatorCall for OperatorClient {
    async fn call(&self, request: OperatorRequest) -> Outcome {
        match self.hand_over(request).await {
            Ok(taxi_phone) => Outcome::Delivered { taxi_phone },
            Err(reason) => Outcome::Failed(reason.to_string()),
        }
    }

    async fn check(&self, endpoint: &str) -> Result<(), EndpointFault> {
        check_endpoint(endpoint, &self.private).await.map_err(|refused| match refused {
            Refused::Unresolved => EndpointFault::Unresolved,
            Refused::NotAUrl | Refused::NotHttp | Refused::NotPublic => EndpointFault::Invalid,
        })
    }
}

impl OperatorClient {
    /// Makes the client, with the endpoints that may be called although private.
    ///
    /// # Errors
    ///
    /// Fails if the HTTP client cannot be set up on this system.
    pub fn new(private: Vec<PrivateEndpoint>) -> Result<Self, reqwest::Error> {
        let tls = tls_config();
        let builder = || {
            Client::builder()
                .tls_backend_preconfigured(tls.clone())
                .user_agent(concat!("letaxi/", env!("CARGO_PKG_VERSION")))
                .no_proxy()
                .redirect(redirect::Policy::none())
                .http1_only()
                .pool_max_idle_per_host(0)
                .connect_timeout(CONNECT_LIMIT)
        };
        let public_client = builder().dns_resolver(PublicResolver).build()?;
        let listed_client = builder().build()?;
        Ok(Self { private, public_client, listed_client, queue: Queue::default() })
    }

    /// Hands one hail to its operator's server; ends within the time given. Returns the number at
    /// which the driver can be called, if the answer tells it.
    ///
    /// # Errors
    ///
    /// Says why the server did not take it.
    pub async fn hand_over(&self, request: OperatorRequest) -> Result<Option<String>, Reason> {
        let hail = request.hail;
        let answer = self.deliver(request).await;
        match &answer {
            Ok(_) => tracing::debug!(%hail, "hail delivered to its operator"),
            Err(reason) => tracing::debug!(%hail, %reason, "hail not delivered to its operator"),
        }
        answer.map(|answer| phone_number(&answer))
    }

    async fn deliver(&self, call: OperatorRequest) -> Result<Value, Reason> {
        if call.endpoint.trim().is_empty() {
            return Err(Reason::NoEndpoint);
        }
        let endpoint = read_endpoint(&call.endpoint, &self.private)?;
        let mut headers = headers(&call.header_name, &call.header_value)?;
        // After the operator's own header, which must not stand in for these.
        let call_id = HeaderValue::from_str(call.hail.as_str()).expect("seven digits");
        headers.insert(CALL_ID, call_id);
        let signature = HeaderValue::from_str(&call.signature).expect("digits and signs");
        headers.insert(SIGNATURE, signature);
        let client = if endpoint.listed { &self.listed_client } else { &self.public_client };
        let limit = call.time_left.min(CALL_LIMIT);
        let mut waiting = true;
        let place = self.queue.enter();
        let exchange = async {
            let _turn = place.take_turn(endpoint.url.as_str()).await;
            waiting = false;
            let request = client.post(endpoint.url).headers(headers).body(call.body);
            let response = request.send().await.map_err(reason_of)?;
            let body = read_body(response).await?;
            serde_json::from_slice(without_mark(&body)).map_err(|_syntax| Reason::NotJson)
        };
        let ended = timeout(limit, exchange).await;
        let too_late = if waiting { Reason::Busy(limit) } else { Reason::TimedOut(limit) };
        ended.unwrap_or(Err(too_late))
    }
}

impl Measured for OperatorClient {
    fn show(&self, page: &mut Page<'_>) -> fmt::Result {
        self.queue.show(page)
    }
}

/// TLS by ring, trusting the authorities that browsers trust, whatever this machine has installed.
fn tls_config() -> rustls::ClientConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring speaks the default versions of TLS")
        .with_root_certificates(roots)
        .with_no_client_auth()
}

/// The headers of a call. An operator's own one wins over ours, as `authorization` does over the
/// user in its URL.
fn headers(name: &str, value: &str) -> Result<HeaderMap, Reason> {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
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

/// Reads a 2xx answer, chunk by chunk, no further than [`ANSWER_LIMIT`].
async fn read_body(mut response: Response) -> Result<Vec<u8>, Reason> {
    let status = response.status();
    if status.is_redirection() {
        return Err(Reason::Redirect(status.as_u16()));
    }
    if !status.is_success() {
        return Err(Reason::Status(status.as_u16()));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(reason_of)? {
        if body.len() + chunk.len() > ANSWER_LIMIT {
            return Err(Reason::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Some servers put a byte order mark before their JSON, which is not JSON but harmless.
fn without_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)
}

/// Finds in the HTTP library's error what an operator can use.
fn reason_of(error: reqwest::Error) -> Reason {
    let error = error.without_url();
    let causes = || successors(Some(&error as &dyn Error), |&cause| cause.source());
    if let Some(refused) = causes().find_map(|cause| cause.downcast_ref::<Refused>()) {
        return Reason::Address(*refused);
    }
    let words = causes().last().map(ToString::to_string).unwrap_or_default();
    if error.is_connect() { Reason::Connect(words) } else { Reason::Broken(words) }
}

/// The taxi's phone number in an answer like `{"data": [{"taxi_phone_number": "…"}]}`.
///
/// An answer of any other shape is as good: it has no number. Nor has one whose number is longer
/// than [`PHONE_LIMIT`] or holds characters that no text column takes.
fn phone_number(answer: &Value) -> Option<String> {
    let number = answer.pointer("/data/0/taxi_phone_number")?.as_str()?;
    let fits = number.chars().count() <= PHONE_LIMIT && !number.contains(char::is_control);
    (fits && !number.trim().is_empty()).then(|| number.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_phone_number_is_taken_from_its_place_only() {
        let with = |number: Value| phone_number(&json!({"data": [{"taxi_phone_number": number}]}));
        assert_eq!(with(json!("0611223344")), Some("0611223344".to_owned()));
        assert_eq!(with(json!("+33 6 11 22 33 44")), Some("+33 6 11 22 33 44".to_owned()));
        for odd in [
            json!(""),
            json!("  "),
            json!(611_223_344),
            json!(null),
            json!(["06"]),
            json!("06\u{0}"),
        ] {
            assert_eq!(with(odd.clone()), None, "{odd}");
        }
        assert_eq!(with(json!("0".repeat(PHONE_LIMIT))), Some("0".repeat(PHONE_LIMIT)));
        assert_eq!(with(json!("0".repeat(PHONE_LIMIT + 1))), None);
        for answer in [
            json!(null),
            json!([]),
            json!({"data": {}}),
            json!({"data": []}),
            json!({"data": [null]}),
        ] {
            assert_eq!(phone_number(&answer), None, "{answer}");
        }
    }

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
