//! Cookies of a sign-in: their names, and the rule that keeps other sites from using it.
//!
//! A browser sends the cookie with every request to this server, also with those that another site makes it send. So a
//! request that may change something must come from a page of this server: `Sec-Fetch-Site` says so, or `Origin` in
//! browsers without it. `SameSite` alone is not enough: another port of the same host is the same site.

use std::net::Ipv4Addr;

use axum::http::header::{COOKIE, HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};

/// The cookie of a sign-in. It is kept until the browser is closed or the sign-in ends, whichever a person does first on a
/// shared computer.
pub(crate) const SIGN_IN: Cookie =
    Cookie { secure: "__Host-letaxi", loopback: "letaxi", kept_for: "" };

/// The cookie of a visit at the identity provider, as long as one lasts: it ties the way back to the browser.
pub(crate) const VISIT: Cookie =
    Cookie { secure: "__Host-letaxi-visit", loopback: "letaxi-visit", kept_for: "; Max-Age=600" };

/// A cookie of this server.
pub(crate) struct Cookie {
    /// Name over TLS: browsers take it only from this very host, over TLS.
    secure: &'static str,
    /// Name on this machine without TLS, as in the demo.
    loopback: &'static str,
    /// Attribute of its age.
    kept_for: &'static str,
}

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

impl Cookie {
    /// Its value in a request, if it was sent.
    pub(crate) fn sent<'a>(&self, headers: &'a HeaderMap) -> Option<&'a str> {
        let name = self.name(headers);
        let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
        let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|it| it.split_once('='));
        pairs.find_map(|(of, value)| (of.trim() == name).then_some(value.trim()))
    }

    /// The header that makes a browser keep it.
    pub(crate) fn kept(&self, headers: &HeaderMap, value: &str) -> HeaderValue {
        self.header(headers, value, self.kept_for)
    }

    /// The header that makes a browser forget it.
    pub(crate) fn forgotten(&self, headers: &HeaderMap) -> HeaderValue {
        self.header(headers, "", "; Max-Age=0")
    }

    fn header(&self, headers: &HeaderMap, value: &str, more: &str) -> HeaderValue {
        let name = self.name(headers);
        let secure = if name == self.secure { "; Secure" } else { "" };
        // Lax: the way back from an identity provider must carry it.
        let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{more}");
        HeaderValue::from_str(&text).expect("a cookie of ours has letters, digits, - and _ only")
    }

    fn name(&self, headers: &HeaderMap) -> &'static str {
        if is_on_loopback(headers) { self.loopback } else { self.secure }
    }
}

/// True if a request surely comes from a page of this server.
pub(crate) fn is_from_own_page(headers: &HeaderMap) -> bool {
    if let Some(site) = headers.get(FETCH_SITE) {
        return site == "same-origin";
    }
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let origin = text(ORIGIN).and_then(|origin| origin.split_once("://"));
    origin.is_some_and(|(_, host)| text(HOST) == Some(host))
}

/// True if a browser says that another site made it send this request.
pub(crate) fn is_from_elsewhere(headers: &HeaderMap) -> bool {
    (headers.contains_key(FETCH_SITE) || headers.contains_key(ORIGIN)) && !is_from_own_page(headers)
}

/// True for methods that change nothing (RFC 9110, 9.2.1).
pub(crate) fn changes_nothing(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// True if the browser runs on this machine, without TLS. The host is the browser's word: whoever forges it gets a
/// cookie of his own without `Secure`, and nobody else's.
fn is_on_loopback(headers: &HeaderMap) -> bool {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let host = host.rsplit_once(':').map_or(host, |(host, _port)| host);
    let is_address = || host.parse().is_ok_and(|address: Ipv4Addr| address.is_loopback());
    let is_loopback = host == "localhost" || host == "[::1]" || is_address();
    is_loopback && headers.get(FORWARDED_PROTO).is_none_or(|proto| proto != "https")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &str)| {
            (HeaderName::from_static(name), value.parse().unwrap())
        };
        pairs.iter().map(pair).collect()
    }

    #[test]
    fn only_a_page_of_this_server_is_trusted() {
        for (pairs, own, elsewhere) in [
            (&[("sec-fetch-site", "same-origin")][..], true, false),
            (&[("sec-fetch-site", "same-site")], false, true),
            (&[("sec-fetch-site", "cross-site"), ("origin", "https://a.example")], false, true),
            (&[("sec-fetch-site", "none")], false, true),
            (&[("host", "a.example"), ("origin", "https://a.example")], true, false),
            (&[("host", "a.example:1"), ("origin", "https://a.example:2")], false, true),
            (&[("host", "a.example"), ("origin", "null")], false, true),
            (&[("host", "a.example")], false, false),
        ] {
            let headers = headers(pairs);
            assert_eq!(is_from_own_page(&headers), own, "{pairs:?}");
            assert_eq!(is_from_elsewhere(&headers), elsewhere, "{pairs:?}");
        }
    }

    #[test]
    fn the_cookie_without_tls_is_for_this_machine_alone() {
        let both = ("cookie", "x=1; letaxi=plain; __Host-letaxi=secure");
        for (host, name, value) in [
            ("registry.example", SIGN_IN.secure, "secure"),
            ("registry.example:5000", SIGN_IN.secure, "secure"),
            ("127.0.0.1:5000", SIGN_IN.loopback, "plain"),
            ("localhost", SIGN_IN.loopback, "plain"),
            ("[::1]:5000", SIGN_IN.loopback, "plain"),
            ("127.0.0.1.example", SIGN_IN.secure, "secure"),
        ] {
            let headers = headers(&[("host", host), both]);
            assert_eq!(SIGN_IN.sent(&headers), Some(value), "{host}");
            let set = SIGN_IN.kept(&headers, "abc");
            let set = set.to_str().unwrap();
            assert!(
                set.starts_with(&format!("{name}=abc; Path=/; HttpOnly; SameSite=Lax")),
                "{set}"
            );
            assert_eq!(set.contains("Secure"), name == SIGN_IN.secure, "{set}");
        }
        let proxied = headers(&[("host", "127.0.0.1"), ("x-forwarded-proto", "https"), both]);
        assert_eq!(SIGN_IN.sent(&proxied), Some("secure"));
        assert_eq!(SIGN_IN.sent(&headers(&[("host", "registry.example")])), None);
    }
}
