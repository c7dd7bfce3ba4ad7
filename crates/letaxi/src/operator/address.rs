//! Allowed servers: those on public addresses, and those listed in the settings.
//!
//! Operators choose their endpoints, so an endpoint must not give access to the network of the registry.
//! Literal addresses are checked here; `guard` checks a name each time it is resolved.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;
use std::sync::LazyLock;

use ipnet::{IpNet, Ipv4Net};
use url::{Host, Url};

/// Reason for which an endpoint may not be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The text is not a URL with a host.
    #[error("the hail endpoint is not a valid url")]
    NotAUrl,
    /// The scheme is neither http nor https.
    #[error("the hail endpoint is not an http or https url")]
    NotHttp,
    /// The name has no address, or none was found in time.
    #[error("the host name of the hail endpoint cannot be resolved")]
    Unresolved,
    /// No address of the host is public, and the settings do not list the endpoint.
    #[error("the address of the hail endpoint is not public")]
    NotPublic,
}

/// An entry of the setting `private_endpoints`: a host and port that may be called although the address is
/// private.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrivateEndpoint {
    host: Host,
    port: u16,
}

/// Error: the text is not a [`PrivateEndpoint`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a host and a port, such as `127.0.0.1:9911` or `[::1]:9911`")]
pub struct NotAnEndpoint(String);

impl FromStr for PrivateEndpoint {
    type Err = NotAnEndpoint;

    fn from_str(text: &str) -> Result<Self, NotAnEndpoint> {
        let parsed = text.rsplit_once(':').and_then(|(host, port)| {
            Some(Self { host: Host::parse(host).ok()?, port: port.parse().ok()? })
        });
        parsed.filter(|endpoint| endpoint.port != 0).ok_or_else(|| NotAnEndpoint(text.to_owned()))
    }
}

/// An endpoint that passed all checks of its text.
#[derive(Debug)]
pub(super) struct Endpoint {
    pub(super) url: Url,
    /// Listed in the settings, so its address is not checked.
    pub(super) listed: bool,
}

/// Checks a literal address when an account sets it.
pub(super) fn judge_as_written(text: &str) -> Result<(), Refused> {
    let url = Url::parse(text.trim()).ok().ok_or(Refused::NotAUrl)?;
    match url.host() {
        Some(Host::Ipv4(address)) if SHARED_V4.contains(&address) => Ok(()),
        Some(Host::Ipv6(_)) => Err(Refused::Unresolved),
        _ => Err(Refused::NotPublic),
    }
}

/// Parses an endpoint and checks everything that needs no name resolution.
pub(super) fn read_endpoint(text: &str, private: &[PrivateEndpoint]) -> Result<Endpoint, Refused> {
    let text = text.trim_matches(' ');
    // A URL parser silently drops blanks and extra slashes; an error is more helpful after a wrong paste.
    if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err(Refused::NotAUrl);
    }
    let url = Url::parse(text).ok().ok_or(Refused::NotAUrl)?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Refused::NotHttp);
    }
    if text.contains(":///") {
        return Err(Refused::NotAUrl);
    }
    let (Some(host), Some(port)) = (url.host(), url.port_or_known_default()) else {
        return Err(Refused::NotAUrl);
    };
    let listed = private.iter().any(|entry| entry.host == host && entry.port == port);
    let public = match host {
        Host::Ipv4(address) => is_public(address.into()),
        Host::Ipv6(address) => is_public(address.into()),
        Host::Domain(_) => true,
    };
    if public || listed { Ok(Endpoint { url, listed }) } else { Err(Refused::NotPublic) }
}

/// True for addresses of the public internet.
///
/// Follows the special-purpose address registries of IANA (RFC 6890), on the strict side: IPv6 addresses that
/// contain an IPv4 address (mapped, compatible, NAT64, 6to4, Teredo) are never public, because they would
/// reach the inner address.
pub fn is_public(address: IpAddr) -> bool {
    let is_assigned = address.is_ipv4() || GLOBAL_V6.contains(&address);
    is_assigned && !SPECIAL.iter().any(|network| network.contains(&address))
}

/// Addresses shared by the customers of a carrier (CGNAT, RFC 6598).
const SHARED_V4: Ipv4Net = Ipv4Net::new_assert(Ipv4Addr::new(100, 64, 0, 0), 10);

/// The only IPv6 network assigned to the public internet.
const GLOBAL_V6: IpNet =
    IpNet::new_assert(IpAddr::V6(Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0)), 3);

/// Special-purpose networks: of IPv4, and inside [`GLOBAL_V6`].
static SPECIAL: LazyLock<Vec<IpNet>> = LazyLock::new(|| {
    #[rustfmt::skip]
    let networks = [
        "0.0.0.0/8",        // this network
        "10.0.0.0/8",       // private
        "100.64.0.0/10",    // carriers, SHARED_V4
        "127.0.0.0/8",      // loopback
        "169.254.0.0/16",   // link-local, where clouds keep their metadata
        "172.16.0.0/12",    // private
        "192.0.0.0/24",     // protocol assignments
        "192.0.2.0/24",     // documentation
        "192.88.99.0/24",   // 6to4 relays
        "192.168.0.0/16",   // private
        "198.18.0.0/15",    // benchmarking
        "198.51.100.0/24",  // documentation
        "203.0.113.0/24",   // documentation
        "224.0.0.0/4",      // multicast
        "240.0.0.0/4",      // reserved, and broadcast
        "2001::/23",        // Teredo, benchmarking, ORCHID…
        "2001:db8::/32",    // documentation
        "2002::/16",        // 6to4
        "3ffe::/16",        // 6bone, returned
        "3fff::/20",        // documentation
    ];
    networks.map(|network| network.parse().expect("a network in CIDR notation")).to_vec()
});

#[cfg(test)]
mod tests {
    use super::*;

    /// Networks that are not public: purpose, first and last address.
    const NOT_PUBLIC: &[(&str, &str, &str)] = &[
        ("this network", "0.0.0.0", "0.255.255.255"),
        ("private", "10.0.0.0", "10.255.255.255"),
        ("carriers", "100.64.0.0", "100.127.255.255"),
        ("loopback", "127.0.0.0", "127.255.255.255"),
        ("link-local", "169.254.0.0", "169.254.255.255"),
        ("private", "172.16.0.0", "172.31.255.255"),
        ("protocols", "192.0.0.0", "192.0.0.255"),
        ("documentation", "192.0.2.0", "192.0.2.255"),
        ("6to4 relays", "192.88.99.0", "192.88.99.255"),
        ("private", "192.168.0.0", "192.168.255.255"),
        ("benchmarking", "198.18.0.0", "198.19.255.255"),
        ("documentation", "198.51.100.0", "198.51.100.255"),
        ("documentation", "203.0.113.0", "203.0.113.255"),
        ("multicast", "224.0.0.0", "239.255.255.255"),
        ("reserved", "240.0.0.0", "255.255.255.255"),
        ("unspecified, loopback", "::", "::1"),
        ("compatible", "::10.0.0.1", "::93.184.216.34"),
        ("mapped", "::ffff:127.0.0.1", "::ffff:93.184.216.34"),
        ("translated", "::ffff:0:10.0.0.1", "::ffff:0:93.184.216.34"),
        ("NAT64", "64:ff9b::10.0.0.1", "64:ff9b::93.184.216.34"),
        ("local NAT64", "64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff"),
        ("discard", "100::", "100::ffff:ffff:ffff:ffff"),
        ("not given out", "200::", "1fff:ffff::"),
        ("Teredo", "2001::", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("benchmarking", "2001:2::", "2001:2:0:ffff:ffff:ffff:ffff:ffff"),
        ("ORCHID", "2001:10::", "2001:2f:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("documentation", "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("6to4", "2002:a00:1::", "2002:5db8:d822::1"),
        ("6bone", "3ffe::", "3ffe:ffff::"),
        ("documentation", "3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("not given out", "4000::", "fbff:ffff::"),
        ("unique local", "fc00::", "fdff:ffff::"),
        ("link-local", "fe80::1", "febf:ffff::"),
        ("site-local", "fec0::1", "feff:ffff::"),
        ("multicast", "ff00::", "ff02::1"),
    ];

    /// Addresses of the public internet, many of them adjacent to special-purpose networks.
    #[rustfmt::skip]
    const PUBLIC: &[&str] = &[
        "1.0.0.0", "9.255.255.255", "11.0.0.0", "93.184.216.34",
        "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0",
        "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0",
        "192.0.1.0", "192.0.3.0", "192.167.255.255", "192.169.0.0",
        "198.17.255.255", "198.20.0.0", "223.255.255.255", "2000::",
        "2001:200::1", "2001:4860:4860::8888", "2a01:e0a::1", "3fff:1000::",
    ];

    #[test]
    fn only_addresses_of_the_public_internet_are_public() {
        for (network, first, last) in NOT_PUBLIC {
            for address in [first, last] {
                assert!(!is_public(address.parse().unwrap()), "{address} is {network}");
            }
        }
        for address in PUBLIC {
            assert!(is_public(address.parse().unwrap()), "{address} is public");
        }
    }

    #[test]
    fn an_endpoint_is_judged_by_its_text_before_any_resolution() {
        let private = ["127.0.0.1:9911", "[::1]:9911", "Operator.LAN:80"]
            .map(|text| text.parse::<PrivateEndpoint>().unwrap());
        for (text, expected) in [
            ("http://93.184.216.34/hail", Ok(false)),
            ("https://93.184.216.34:8443/hail?x=1", Ok(false)),
            ("https://[2001:4860:4860::8888]/", Ok(false)),
            ("HTTPS://Example.ORG/hail", Ok(false)),
            ("http://u:p@93.184.216.34/", Ok(false)),
            ("http://127.0.0.1:9911/ok", Ok(true)),
            ("https://127.0.0.1:9911/ok", Ok(true)),
            ("http://[::1]:9911/ok", Ok(true)),
            ("http://operator.lan/ok", Ok(true)),
            ("http://operator.lan:81/ok", Ok(false)),
            ("http://127.0.0.1:9912/ok", Err(Refused::NotPublic)),
            ("http://127.0.0.1/ok", Err(Refused::NotPublic)),
            ("http://2130706433/", Err(Refused::NotPublic)),
            ("http://0x7f.1/", Err(Refused::NotPublic)),
            ("http://0177.0.0.1./", Err(Refused::NotPublic)),
            ("http://１２７.0.0.1/", Err(Refused::NotPublic)),
            ("http://93.184.216.34@10.0.0.1/", Err(Refused::NotPublic)),
            ("http://[::ffff:10.0.0.1]/", Err(Refused::NotPublic)),
            ("http://100.64.0.1/", Err(Refused::NotPublic)),
            ("ftp://1.1.1.1/", Err(Refused::NotHttp)),
            ("file:///etc/passwd", Err(Refused::NotHttp)),
            ("mailto:me@example.org", Err(Refused::NotHttp)),
            ("", Err(Refused::NotAUrl)),
            ("example.org/hail", Err(Refused::NotAUrl)),
            ("http://", Err(Refused::NotAUrl)),
            ("http://example.org:99999/", Err(Refused::NotAUrl)),
            ("http://[::1", Err(Refused::NotAUrl)),
            (" http://93.184.216.34/", Ok(false)),
            ("http://93.184. 216.34/", Err(Refused::NotAUrl)),
            ("http://93.184.\t216.34/", Err(Refused::NotAUrl)),
        ] {
            let listed = read_endpoint(text, &private).map(|endpoint| endpoint.listed);
            assert_eq!(listed, expected, "{text}");
        }
    }

    #[tokio::test]
    async fn who_writes_an_endpoint_is_told_what_the_contract_says() {
        let guard = super::super::Guard::new(Vec::new()).unwrap();
        for (text, expected) in [
            ("http://93.184.216.34/hail", Ok(())),
            ("http://100.64.0.1/", Ok(())),
            ("http://127.0.0.1/hail", Err(Refused::NotPublic)),
            ("http://[::1]/", Err(Refused::Unresolved)),
            ("ftp://1.1.1.1/", Err(Refused::NotHttp)),
            ("http:///x", Err(Refused::NotAUrl)),
        ] {
            assert_eq!(guard.check(None, text).await, expected, "{text}");
        }
    }

    #[test]
    fn a_private_endpoint_is_a_host_and_a_port() {
        for text in
            ["", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0", ":80", "a b:80", "::1:x", "h:70000"]
        {
            let complaint = text.parse::<PrivateEndpoint>().unwrap_err().to_string();
            assert!(
                complaint.starts_with(&format!("`{text}` is not a host and a port")),
                "{complaint}"
            );
        }
    }
}
