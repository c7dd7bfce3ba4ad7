//! Turns away who asks for too much, before anything of a request is read.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderMap, HeaderName};

use super::error::Error;
use crate::app::App;
use crate::app::limits::{Admitted, TooMany};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Lets a request on, with who was admitted among its extensions.
///
/// # Errors
///
/// Says when it may come again.
pub(super) fn admit(app: &App, mut request: Request) -> Result<Request, Error> {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    // Without a socket (in tests) all requests come from one nowhere.
    let peer = peer.map_or(Ipv4Addr::UNSPECIFIED.into(), |ConnectInfo(peer)| peer.ip());
    let from = source(peer, request.headers(), &app.settings().trusted_proxies);
    let key = request.headers().get("x-api-key").map(|key| String::from_utf8_lossy(key.as_bytes()));
    let admitted = app.admit(key.as_deref(), from)?;
    request.extensions_mut().insert::<Admitted>(admitted);
    Ok(request)
}

/// Where a request comes from: the peer; behind proxies of ours, the last address they were told that
/// is none of theirs. Whoever comes first in that list could be made up.
fn source(peer: IpAddr, headers: &HeaderMap, proxies: &[IpAddr]) -> IpAddr {
    let is_proxy = |address: &IpAddr| proxies.contains(&address.to_canonical());
    if !is_proxy(&peer) {
        return peer;
    }
    let lines = headers.get_all(FORWARDED_FOR).iter().rev();
    let told = lines.filter_map(|line| line.to_str().ok()).flat_map(|line| line.rsplit(','));
    let mut told = told.map_while(|address| address.trim().parse().ok());
    told.find(|address| !is_proxy(address)).unwrap_or(peer)
}

impl From<TooMany> for Error {
    fn from(TooMany(wait): TooMany) -> Self {
        Self::too_many(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_proxy_of_ours_is_believed_where_a_request_comes_from() {
        let proxies = ["10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap()];
        for (peer, told, from) in [
            ("192.0.2.9", &["198.51.100.7"][..], "192.0.2.9"),
            ("10.0.0.1", &["198.51.100.7"], "198.51.100.7"),
            ("::ffff:10.0.0.1", &["198.51.100.7"], "198.51.100.7"),
            ("10.0.0.1", &["1.1.1.1, 198.51.100.7, 10.0.0.2"], "198.51.100.7"),
            ("10.0.0.1", &["1.1.1.1", "198.51.100.7"], "198.51.100.7"),
            ("10.0.0.1", &["1.1.1.1, what?"], "10.0.0.1"),
            ("10.0.0.1", &[], "10.0.0.1"),
        ] {
            let mut headers = HeaderMap::new();
            for line in told {
                headers.append(FORWARDED_FOR, line.parse().unwrap());
            }
            let found = source(peer.parse().unwrap(), &headers, &proxies);
            assert_eq!(found.to_string(), from, "{peer} {told:?}");
        }
    }
}
