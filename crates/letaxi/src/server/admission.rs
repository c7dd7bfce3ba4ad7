//! Rate limits of requests, applied before anything else of a request is read.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderMap, HeaderName, StatusCode};

use super::cookie;
use super::refusal::Error;
use crate::app::App;
use crate::app::account::limits::{Admitted, Presented, RequestKind, TooMany};
use crate::app::account::origin::{Networks, Origin};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Accepts a request, with the admitted client in its extensions.
///
/// # Errors
///
/// The refusal gives the time to wait.
pub(crate) fn admit(app: &App, kind: RequestKind, mut request: Request) -> Result<Request, Error> {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    // Without a socket (in tests) all requests have the same unspecified address.
    let peer = peer.map_or(Ipv4Addr::UNSPECIFIED.into(), |ConnectInfo(peer)| peer.ip());
    let from = match source(peer, request.headers(), &app.settings().trusted_proxies) {
        Source::Address(address) => Origin::of(address),
        Source::Unreadable(entry) => app.unreadable_origin(entry),
    };
    let headers = request.headers();
    let key = headers.get("x-api-key").map(|key| String::from_utf8_lossy(key.as_bytes()));
    let presented = match (key.as_deref(), cookie::SIGN_IN.sent(headers)) {
        (Some(_), Some(_)) => return Err(both_presented()),
        (Some(key), None) => Some(Presented::Key(key)),
        (None, cookie) => cookie.map(Presented::Cookie),
    };
    let admitted = app.admit(kind, presented, from)?;
    let may_change = cookie::changes_nothing(request.method()) || cookie::is_from_own_page(headers);
    if admitted.sign_in.is_some() && !may_change {
        return Err(from_elsewhere());
    }
    request.extensions_mut().insert::<Admitted>(admitted);
    Ok(request)
}

fn both_presented() -> Error {
    let text = "Send either the header X-Api-Key or the cookie of a sign-in, not both.";
    Error::of_request(StatusCode::BAD_REQUEST, text)
}

/// The refusal of a request that a page of another site makes a signed-in browser send.
pub(crate) fn from_elsewhere() -> Error {
    let text = "This request comes from a page of another site: use the pages of this one.";
    Error::of_request(StatusCode::FORBIDDEN, text)
}

/// Source of a request, if it is readable.
#[derive(Debug, PartialEq, Eq)]
enum Source<'a> {
    Address(IpAddr),
    /// A text that is not an address.
    Unreadable(&'a [u8]),
}

/// Source of a request: the peer; behind trusted proxies the last address in their header that is not a
/// trusted proxy. Earlier entries could be forged.
fn source<'a>(peer: IpAddr, headers: &'a HeaderMap, proxies: &Networks) -> Source<'a> {
    if !proxies.contain(peer) {
        return Source::Address(peer);
    }
    let lines = headers.get_all(FORWARDED_FOR).iter().rev();
    let entries = lines.flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','));
    let told = entries.map(<[u8]>::trim_ascii).filter(|entry| !entry.is_empty());
    let mut sources = told.map(|entry| match read_address(entry) {
        Some(address) => Source::Address(address),
        None => Source::Unreadable(entry),
    });
    let is_proxy = |source: &Source<'_>| matches!(source, Source::Address(address) if proxies.contain(*address));
    sources.find(|source| !is_proxy(source)).unwrap_or(Source::Address(peer))
}

/// Parses an address; some proxies add the port, with an IPv6 address in brackets.
fn read_address(entry: &[u8]) -> Option<IpAddr> {
    let text = str::from_utf8(entry).ok()?;
    let in_brackets = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok().map(IpAddr::V6);
    let with_port = || text.parse().ok().map(|socket: SocketAddr| socket.ip());
    text.parse().ok().or_else(with_port).or_else(in_brackets)
}

impl From<TooMany> for Error {
    fn from(TooMany(wait): TooMany) -> Self {
        Self::too_many(wait)
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn only_a_proxy_of_ours_is_believed_where_a_request_comes_from() {
        let proxies = Networks::read(["10.0.0.0/30", "2001:db8::1"]).unwrap();
        for (peer, told, from) in [
            ("192.0.2.9", &["198.51.100.7"][..], "192.0.2.9"),
            ("10.0.0.1", &["198.51.100.7"], "198.51.100.7"),
            ("::ffff:10.0.0.1", &["198.51.100.7"], "198.51.100.7"),
            ("10.0.0.1", &["1.1.1.1, 198.51.100.7, 10.0.0.2"], "198.51.100.7"),
            ("10.0.0.1", &["1.1.1.1, 198.51.100.7, ::ffff:10.0.0.2,,"], "198.51.100.7"),
            ("10.0.0.1", &["1.1.1.1", "198.51.100.7"], "198.51.100.7"),
            ("10.0.0.1", &["198.51.100.7:61234, 10.0.0.2:443"], "198.51.100.7"),
            ("10.0.0.1", &["[2001:db8::7]"], "2001:db8::7"),
            ("10.0.0.1", &["[2001:db8::7]:61234,[2001:db8::1]:443,[2001:db8::1]"], "2001:db8::7"),
            ("2001:db8::1", &["2001:db8::7"], "2001:db8::7"),
            ("10.0.0.1", &["1.1.1.1, what?"], "`what?`"),
            ("10.0.0.1", &["1.1.1.1", "unknown, 10.0.0.2"], "`unknown`"),
            ("10.0.0.1", &["1.1.1.1, [198.51.100.7]"], "`[198.51.100.7]`"),
            ("10.0.0.1", &["1.1.1.1", "\u{e9}"], "`\u{e9}`"),
            ("10.0.0.1", &[], "10.0.0.1"),
            ("10.0.0.1", &[" , "], "10.0.0.1"),
        ] {
            let mut headers = HeaderMap::new();
            for line in told {
                headers.append(FORWARDED_FOR, HeaderValue::from_bytes(line.as_bytes()).unwrap());
            }
            let found = match source(peer.parse().unwrap(), &headers, &proxies) {
                Source::Address(address) => address.to_string(),
                Source::Unreadable(entry) => format!("`{}`", str::from_utf8(entry).unwrap()),
            };
            assert_eq!(found, from, "{peer} {told:?}");
        }
    }
}
