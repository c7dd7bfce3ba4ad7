//! Guard of outgoing calls: it checks the target and pins the connection to it.
//!
//! The connection goes to the very addresses that passed the check: no second resolution takes place, so a
//! name server that changes its answer gains nothing.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Client, RequestBuilder, Response, redirect};
use url::Host;

use super::address::{
    Endpoint, PrivateEndpoint, Refused, is_public, judge_as_written, read_endpoint,
};
use super::kept::{KEPT_FOR, KeptClients, MOST_IDLE, Target};
use super::names::{Asker, Names};

/// Time limit for a connection, over all addresses of the host.
pub(super) const CONNECT_LIMIT: Duration = Duration::from_secs(5);
/// Maximum number of addresses tried for one name; they share the time limit.
const ADDRESSES_TRIED: usize = 8;

/// Error: this system cannot make calls.
#[derive(Debug, thiserror::Error)]
pub enum NoCalls {
    /// The HTTP client cannot be created.
    #[error("the http client cannot be set up")]
    Http(#[from] reqwest::Error),
    /// Names cannot be resolved.
    #[error("the resolver of names cannot be set up")]
    Names(#[from] hickory_resolver::net::NetError),
}

/// Checks endpoints, and creates clients that reach the checked addresses only.
pub struct Guard {
    private: Vec<PrivateEndpoint>,
    names: Names,
    pub(super) tls: rustls::ClientConfig,
    clients: KeptClients,
}

impl Guard {
    /// Creates the guard, with the private endpoints that may be called.
    ///
    /// # Errors
    ///
    /// Fails if names cannot be resolved on this system.
    pub fn new(private: Vec<PrivateEndpoint>) -> Result<Self, NoCalls> {
        Ok(Self::with_names(private, Names::of_system()?))
    }

    pub(super) fn with_names(private: Vec<PrivateEndpoint>, names: Names) -> Self {
        Self { private, names, tls: tls_config(), clients: KeptClients::default() }
    }

    /// Checks an endpoint that an account sets, and resolves its name.
    ///
    /// The check helps the account; it does not protect: a name may change its address at any time, so every
    /// connection is checked again. An empty text, which means "no endpoint", is [`Refused::NotAUrl`] here.
    ///
    /// The contract accepts addresses shared by carriers (100.64.0.0/10), so they may be set, but they are
    /// never called. It also accepts private literal IPv6 addresses.
    ///
    /// # Errors
    ///
    /// Returns the fault of the endpoint. Blanks and control characters anywhere but at its ends are
    /// [`Refused::NotAUrl`].
    pub async fn check(&self, asker: Asker, text: &str) -> Result<(), Refused> {
        match self.read(text) {
            Err(Refused::NotPublic) => judge_as_written(text),
            Ok(endpoint) if endpoint.listed => Ok(()),
            read => self.addresses(asker, &read?).await.map(drop),
        }
    }

    /// Parses an endpoint and checks everything that needs no name resolution.
    pub(super) fn read(&self, text: &str) -> Result<Endpoint, Refused> {
        read_endpoint(text, &self.private)
    }

    /// A client for one call to an endpoint: resolves its name now, and connects only to addresses that were
    /// found and are allowed. It follows no redirect and uses no proxy.
    pub(super) async fn client(&self, asker: Asker, to: &Endpoint) -> Result<Client, Refused> {
        let addresses = self.addresses(asker, to).await?;
        Ok(self.client_of(addresses, 0))
    }

    /// Sends a request to an endpoint as [`Self::client`] does, on a connection that was kept for the same addresses if
    /// there is one.
    pub(super) async fn send(
        &self,
        asker: Asker,
        to: &Endpoint,
        request: impl Fn(&Client) -> RequestBuilder,
    ) -> Result<Result<Response, reqwest::Error>, Refused> {
        let addresses = self.addresses(asker, to).await?;
        let target = Target::new(to.url.origin().ascii_serialization(), addresses.clone());
        let client = self.clients.get(target, || self.client_of(addresses.clone(), MOST_IDLE));
        Ok(client.send(request, || self.client_of(addresses.clone(), 0)).await)
    }

    /// A client that reaches these addresses only and keeps so many idle connections.
    fn client_of(&self, addresses: Vec<SocketAddr>, most_idle: usize) -> Client {
        let client = Client::builder()
            .tls_backend_preconfigured(self.tls.clone())
            .user_agent(concat!("letaxi/", env!("CARGO_PKG_VERSION")))
            .no_proxy()
            .redirect(redirect::Policy::none())
            .http1_only()
            .pool_max_idle_per_host(most_idle)
            .pool_idle_timeout(KEPT_FOR)
            .connect_timeout(CONNECT_LIMIT)
            .dns_resolver(Pinned(addresses.into()));
        client.build().expect("the parts of this client do not depend on the endpoint")
    }

    /// Allowed addresses of the host, with port 0; empty if the host is an address, which was checked when
    /// the endpoint was parsed.
    pub(super) async fn addresses(
        &self,
        asker: Asker,
        to: &Endpoint,
    ) -> Result<Vec<SocketAddr>, Refused> {
        let Some(Host::Domain(name)) = to.url.host() else { return Ok(Vec::new()) };
        let found = self.names.resolve(asker, name).await;
        keep(found.into_iter(), to.listed)
    }
}

/// Allowed ones among the addresses of a name: the public ones, or all if the endpoint is listed.
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

/// A resolver that returns the checked addresses for any name.
struct Pinned(Arc<[SocketAddr]>);

impl Resolve for Pinned {
    fn resolve(&self, _: Name) -> Resolving {
        let addresses = self.0.to_vec();
        Box::pin(async move { Ok(Box::new(addresses.into_iter()) as Addrs) })
    }
}

/// Authorities whose certificates are accepted.
pub(super) fn roots() -> rustls::RootCertStore {
    rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() }
}

/// TLS by ring, with the certificate authorities that browsers trust, independent of this machine.
pub(super) fn tls_config() -> rustls::ClientConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring speaks the default versions of TLS")
        .with_root_certificates(roots())
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
