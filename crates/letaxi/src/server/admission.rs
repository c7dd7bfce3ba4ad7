//! Turns away who asks for too much, before anything of a request is read.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderMap, HeaderName};

use super::refusal::Error;
use crate::app::App;
use crate::app::account::limits::{Admitted, RequestKind, TooMany};
use crate::app::account::origin::{Networks, Origin};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Lets a request on, with who was admitted among its extensions.
///
/// # Errors
///
/// Says when it may come again.
pub(crate) fn admit(app: &App, kind: RequestKind, mut request: Request) -> Result<Request, Error> {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    // Without a socket (in tests) all requests come from one nowhere.
    let peer = peer.map_or(Ipv4Addr::UNSPECIFIED.into(), |ConnectInfo(peer)| peer.ip());
    let from = match source(peer, request.headers(), &app.settings().trusted_proxies) {
        Source::Address(address) => Origin::of(address),
        Source::Unreadable(entry) => app.unreadable_origin(entry),
    };
    let key = request.headers().get("x-api-key").map(|key| String::from_utf8_lossy(key.as_bytes()));
    let admitted = app.admit(kind, key.as_deref(), from)?;
    request.extensions_mut().insert::<Admitted>(admitted);
    Ok(request)
}

/// Source of a request, as far as it can be read.
#[derive(Debug, PartialEq, Eq)]
enum Source<'a> {
    Address(IpAddr),
    /// Text in place of the address.
    Unreadable(&'a [u8]),
}

/// Where a request comes from: the peer; behind proxies of ours, the last address they were told that
/// is none of theirs. Whoever comes first in that list could be made up.
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

/// Reads an address, which some proxies write with the port, and an IPv6 address then in brackets.
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
