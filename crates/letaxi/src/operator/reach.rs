//! Opens a connection to a server and closes it again, for `letaxi check`: nothing is asked there.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use chrono::DateTime;
use registry::{AccountId, Time};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, RootCertStore};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use url::{Host, Url};

use super::address::{Endpoint, Refused};
use super::guard::{CONNECT_LIMIT, Guard, roots, tls_config};

/// 31 December 9999, in seconds since 1970: no certificate is valid then.
const FAR: Duration = Duration::from_secs(253_402_300_799);

/// A server that was reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reached {
    /// Its address.
    pub address: SocketAddr,
    /// End of its certificate, over https.
    pub certificate_until: Option<Time>,
}

/// Reason for which a server cannot be reached.
#[derive(Debug, thiserror::Error)]
pub enum Unreached {
    /// It may not be called, or has no address.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// It does not answer.
    #[error("it does not answer within {} s", CONNECT_LIMIT.as_secs())]
    Silent,
    /// The connection fails.
    #[error("the connection fails: {0}")]
    Connection(io::Error),
    /// It does not speak TLS as it must, or its certificate is refused.
    #[error("TLS fails: {0}")]
    Tls(io::Error),
}

impl Guard {
    /// Opens a connection to an operator's endpoint, or another that the guard decides about.
    ///
    /// # Errors
    ///
    /// Returns the reason why it cannot be reached.
    pub async fn reach(
        &self,
        asker: Option<AccountId>,
        endpoint: &str,
    ) -> Result<Reached, Unreached> {
        let endpoint = self.read(endpoint)?;
        self.open(asker, &endpoint).await
    }

    /// Opens a connection to a server that whoever runs the registry has set: its address may be private.
    ///
    /// # Errors
    ///
    /// Returns the reason why it cannot be reached.
    pub async fn reach_own(&self, url: &str) -> Result<Reached, Unreached> {
        let url = Url::parse(url).map_err(|_no_url| Refused::NotAUrl)?;
        self.open(None, &Endpoint { url, listed: true }).await
    }

    async fn open(&self, asker: Option<AccountId>, to: &Endpoint) -> Result<Reached, Unreached> {
        let addresses = self.addresses(asker, to).await?;
        let addresses = with_port(to, addresses).ok_or(Refused::NotAUrl)?;
        let opened = timeout(CONNECT_LIMIT, TcpStream::connect(&addresses[..])).await;
        let stream =
            opened.map_err(|_elapsed| Unreached::Silent)?.map_err(Unreached::Connection)?;
        let address = stream.peer_addr().map_err(Unreached::Connection)?;
        let certificate_until = match to.url.scheme() {
            "https" => {
                let name = to.url.host_str().unwrap_or_default();
                let shaken = timeout(CONNECT_LIMIT, self.shake_hands(name, stream)).await;
                shaken.map_err(|_elapsed| Unreached::Silent)??
            }
            _ => None,
        };
        Ok(Reached { address, certificate_until })
    }

    async fn shake_hands(&self, name: &str, stream: TcpStream) -> Result<Option<Time>, Unreached> {
        let bare = name.trim_start_matches('[').trim_end_matches(']');
        let name = ServerName::try_from(bare.to_owned()).map_err(|_no_name| Refused::NotAUrl)?;
        let connector = TlsConnector::from(Arc::new(self.tls.clone()));
        let stream = connector.connect(name.clone(), stream).await.map_err(Unreached::Tls)?;
        let chain = stream.get_ref().1.peer_certificates().unwrap_or_default();
        Ok(valid_until(chain, &name))
    }
}

/// A client for servers that whoever runs the registry has set, at any address. It follows no redirect and uses no proxy.
pub fn own_client() -> reqwest::Client {
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(tls_config())
        .user_agent(concat!("letaxi/", env!("CARGO_PKG_VERSION")))
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .http1_only()
        .connect_timeout(CONNECT_LIMIT);
    client.build().expect("the parts of this client depend on nothing")
}

/// The addresses to try, with the port of the endpoint; a host that is an address was not resolved.
fn with_port(to: &Endpoint, resolved: Vec<SocketAddr>) -> Option<Vec<SocketAddr>> {
    let port = to.url.port_or_known_default()?;
    let addresses = match to.url.host()? {
        Host::Domain(_) => resolved,
        Host::Ipv4(address) => vec![SocketAddr::new(address.into(), 0)],
        Host::Ipv6(address) => vec![SocketAddr::new(address.into(), 0)],
    };
    Some(addresses.into_iter().map(|address| SocketAddr::new(address.ip(), port)).collect())
}

/// End of a server's certificate. The verifier reads it: asked about a time at which none is valid, it refuses the
/// certificate and says until when it is.
fn valid_until(chain: &[CertificateDer<'_>], name: &ServerName<'_>) -> Option<Time> {
    let (own, others) = chain.split_first()?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let roots: Arc<RootCertStore> = Arc::new(roots());
    let verifier = WebPkiServerVerifier::builder_with_provider(roots, provider).build().ok()?;
    let at = UnixTime::since_unix_epoch(FAR);
    match verifier.verify_server_cert(own, others, name, &[], at) {
        Err(rustls::Error::InvalidCertificate(CertificateError::ExpiredContext {
            not_after,
            ..
        })) => DateTime::from_timestamp(not_after.as_secs().cast_signed(), 0),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A certificate of `registry.example` that is valid until 2 January 2030.
    const CERTIFICATE: &str = "\
        MIIBQjCB6qADAgECAgEHMAoGCCqGSM49BAMCMBsxGTAXBgNVBAMMEHJlZ2lzdHJ5LmV4YW1wbGUwHhcNMjAwMTAxMDAwMDAwWhcN\
        MzAwMTAyMDMwNDA1WjAbMRkwFwYDVQQDDBByZWdpc3RyeS5leGFtcGxlMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAETLWJ79Zl\
        7H0RHnejVwhdrJ54JvWc+Y6rhMzOP12h8lImD2U0uDJPSa/KPTM9nIQjUUumBCg1S6N70X6R6AFBk6MfMB0wGwYDVR0RBBQwEoIQ\
        cmVnaXN0cnkuZXhhbXBsZTAKBggqhkjOPQQDAgNHADBEAiAefIg9EXSok2QkpPtrk4R2j9H+sE5r9n25j7Y+Nt9WcwIge2JTTDMF\
        nGj0pJ+WjRzh6UXN07PLtkHCCbqUvKAXvuM=";

    #[test]
    fn the_end_of_a_certificate_is_read() {
        let bytes = data_encoding::BASE64.decode(CERTIFICATE.as_bytes()).unwrap();
        let chain = [CertificateDer::from(bytes)];
        let name = ServerName::try_from("registry.example").unwrap();
        let until = valid_until(&chain, &name).unwrap();
        assert_eq!(until.to_rfc3339(), "2030-01-02T03:04:05+00:00");
        assert_eq!(valid_until(&[], &name), None);
    }

    #[test]
    fn the_port_is_that_of_the_endpoint_and_of_its_scheme_without_one() {
        for (url, expected) in [
            ("https://192.0.2.1/x", "192.0.2.1:443"),
            ("http://192.0.2.1:81", "192.0.2.1:81"),
            ("http://[2001:db8::1]/", "[2001:db8::1]:80"),
            ("http://name/", "192.0.2.9:80"),
        ] {
            let endpoint = Endpoint { url: Url::parse(url).unwrap(), listed: true };
            let addresses = with_port(&endpoint, vec!["192.0.2.9:0".parse().unwrap()]);
            assert_eq!(addresses, Some(vec![expected.parse().unwrap()]), "{url}");
        }
    }
}
