//! The guard of every call that we make: where it may go, and that it goes nowhere else.
//!
//! The addresses that pass the check are the very ones the connection is made to: nothing resolves
//! the name a second time, so a name server that changes its mind gains nothing.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Client, redirect};
use url::Host;

use super::address::{
    Endpoint, PrivateEndpoint, Refused, is_public, judge_as_written, read_endpoint,
};
use super::names::{Asker, Names};

/// The longest a connection may take to stand, over all addresses of the host.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);
/// Limit of addresses of one name that are tried; they share the time of the connection.
const ADDRESSES_TRIED: usize = 8;

/// Reason why calls cannot be made on this system.
#[derive(Debug, thiserror::Error)]
pub enum NoCalls {
    /// The HTTP client cannot be set up.
    #[error("the http client cannot be set up")]
    Http(#[from] reqwest::Error),
    /// Names cannot be looked up.
    #[error("the resolver of names cannot be set up")]
    Names(#[from] hickory_resolver::net::NetError),
}

/// Judges endpoints, and makes clients that reach what was judged and nothing else.
pub struct Guard {
    private: Vec<PrivateEndpoint>,
    names: Names,
    tls: rustls::ClientConfig,
}

impl Guard {
    /// Makes the guard, with the endpoints that may be called although private.
    ///
    /// # Errors
    ///
    /// If names cannot be looked up on this system.
    pub fn new(private: Vec<PrivateEndpoint>) -> Result<Self, NoCalls> {
        Ok(Self::with_names(private, Names::of_system()?))
    }

    pub(super) fn with_names(private: Vec<PrivateEndpoint>, names: Names) -> Self {
        Self { private, names, tls: tls_config() }
    }

    /// Checks that an account may write this endpoint, resolving its name.
    ///
    /// This is help for who writes the endpoint, not protection: a name may change its address at any
    /// time, so every connection is checked again. An empty text, which means "no endpoint", is
    /// [`Refused::NotAUrl`] here.
    ///
    /// The contract lets addresses that carriers share (100.64.0.0/10) be written, so they may; no call
    /// goes there. And it has never resolved a literal address of IPv6 that is not public.
    ///
    /// # Errors
    ///
    /// Says what is wrong with the endpoint. Blanks and control characters anywhere but at its ends are
    /// [`Refused::NotAUrl`].
    pub async fn check(&self, asker: Asker, text: &str) -> Result<(), Refused> {
        match self.read(text) {
            Err(Refused::NotPublic) => judge_as_written(text),
            Ok(endpoint) if endpoint.listed => Ok(()),
            read => self.addresses(asker, &read?).await.map(drop),
        }
    }

    /// Reads an endpoint and judges what can be judged without resolving its name.
    pub(super) fn read(&self, text: &str) -> Result<Endpoint, Refused> {
        read_endpoint(text, &self.private)
    }

    /// A client for one call to an endpoint: its name is resolved now, and no address is reached but those
    /// that were found and may be called. It follows no redirect and asks no proxy.
    pub(super) async fn client(&self, asker: Asker, to: &Endpoint) -> Result<Client, Refused> {
        let addresses = self.addresses(asker, to).await?;
        let client = Client::builder()
            .tls_backend_preconfigured(self.tls.clone())
            .user_agent(concat!("letaxi/", env!("CARGO_PKG_VERSION")))
            .no_proxy()
            .redirect(redirect::Policy::none())
            .http1_only()
            .pool_max_idle_per_host(0)
            .connect_timeout(CONNECT_LIMIT)
            .dns_resolver(Pinned(addresses.into()));
        Ok(client.build().expect("the parts of this client do not depend on the endpoint"))
    }

    /// The addresses of the host that may be called, with port 0; none if the host is an address itself, which
    /// was judged when the endpoint was read.
    async fn addresses(&self, asker: Asker, to: &Endpoint) -> Result<Vec<SocketAddr>, Refused> {
        let Some(Host::Domain(name)) = to.url.host() else { return Ok(Vec::new()) };
        let found = self.names.resolve(asker, name).await;
        keep(found.into_iter(), to.listed)
    }
}

/// The addresses that may be called, of all that a name has: the public ones, or all if it is listed.
fn keep(
    addresses: impl Iterator<Item = SocketAddr>,
    listed: bool,
) -> Result<Vec<SocketAddr>, Refused> {
    let mut addresses = addresses.peekable();
    if addresses.peek().is_none() {
        return Err(Refused::Unresolved);
    }
    let may = addresses.filter(|address| listed || is_public(address.ip()));
    let may = may.take(ADDRESSES_TRIED).collect::<Vec<_>>();
    if may.is_empty() { Err(Refused::NotPublic) } else { Ok(may) }
}

/// Hands the HTTP client the addresses that were found already, whatever it asks for.
struct Pinned(Arc<[SocketAddr]>);

impl Resolve for Pinned {
    fn resolve(&self, _: Name) -> Resolving {
        let addresses = self.0.to_vec();
        Box::pin(async move { Ok(Box::new(addresses.into_iter()) as Addrs) })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_of_a_name_are_left_out() {
        let kept = |texts: &[&str], listed| {
            let addresses = texts.iter().map(|text| SocketAddr::new(text.parse().unwrap(), 0));
            keep(addresses, listed)
                .map(|kept| kept.iter().map(|a| a.ip().to_string()).collect::<Vec<_>>())
        };
        let mixed = ["10.0.0.1", "93.184.216.34", "::1", "2a01::1"];
        assert_eq!(kept(&mixed, false).unwrap(), ["93.184.216.34", "2a01::1"]);
        assert_eq!(kept(&mixed, true).unwrap(), mixed);
        let private = ["10.0.0.1", "::ffff:93.184.216.34"];
        assert_eq!(kept(&private, false), Err(Refused::NotPublic));
        assert_eq!(kept(&[], false), Err(Refused::Unresolved));
        assert_eq!(kept(&[], true), Err(Refused::Unresolved));
        let many = kept(&["93.184.216.34"; 100], false);
        assert_eq!(many.map(|kept| kept.len()), Ok(ADDRESSES_TRIED));
    }
}
