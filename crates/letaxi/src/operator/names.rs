//! Resolves host names; concurrent lookups of one name share a result. It uses `/etc/hosts` and the name
//! servers of `/etc/resolv.conf`, both read at start.
//!
//! **Invariants:** a lookup occupies no thread and ends when nobody waits for it; an account has at most
//! [`LOOK_UPS_AT_ONCE`] lookups at a time, so that its slow names delay nobody else.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use hickory_resolver::config::{
    LookupIpStrategy, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts,
};
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::{TokioResolver, system_conf};
use registry::AccountId;
use tokio::time::timeout;

use super::permits::Permits;

/// Time limit of a lookup, including the wait for a permit.
const PATIENCE: Duration = Duration::from_secs(5);
/// Maximum number of concurrent lookups per account; further ones wait.
pub(super) const LOOK_UPS_AT_ONCE: usize = 16;
/// Size of the cache. An entry lives as long as its name server says, at most a minute.
const NAMES_KEPT: u64 = 1_024;
const KEPT: Duration = Duration::from_mins(1);
/// Time before a silent name server is asked again.
const ASKED_AGAIN_AFTER: Duration = Duration::from_secs(2);
/// Maximum number of concurrent queries on one TCP connection to a name server.
const QUESTIONS_AT_ONCE: usize = 1_024;

/// The account for which a name is resolved; `None`: the registry itself.
pub(super) type Asker = Option<AccountId>;

/// A resolver of host names.
pub(super) struct Names {
    resolver: TokioResolver,
    permits: Permits<Asker>,
}

impl Names {
    /// Creates a resolver with the system's settings. Without a name server in `/etc/resolv.conf` it asks
    /// this machine, as the C library does.
    pub(super) fn of_system() -> Result<Self, NetError> {
        let (config, options) = system_conf::read_system_conf().unwrap_or_else(|error| {
            tracing::debug!(%error, "no name server is known; this machine is asked");
            let here = NameServerConfig::udp_and_tcp(IpAddr::V4(Ipv4Addr::LOCALHOST));
            (ResolverConfig::from_name_servers(vec![here]), ResolverOpts::default())
        });
        Self::of(config, options)
    }

    /// Creates a resolver with these name servers.
    pub(super) fn of(config: ResolverConfig, mut options: ResolverOpts) -> Result<Self, NetError> {
        options.timeout = options.timeout.min(ASKED_AGAIN_AFTER);
        options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
        options.use_hosts_file = ResolveHosts::Always;
        options.cache_size = NAMES_KEPT;
        options.positive_max_ttl = Some(KEPT);
        options.negative_max_ttl = Some(KEPT);
        options.max_active_requests = QUESTIONS_AT_ONCE;
        let provider = TokioRuntimeProvider::default();
        let resolver = TokioResolver::builder_with_config(config, provider).with_options(options);
        Ok(Self { resolver: resolver.build()?, permits: Permits::new(LOOK_UPS_AT_ONCE) })
    }

    /// Addresses of a name, with port 0; empty if it has none or they are not found in time.
    pub(super) async fn resolve(&self, asker: Asker, name: &str) -> Vec<SocketAddr> {
        let look_up = async {
            let _permit = self.permits.acquire(asker).await;
            let found = self.resolver.lookup_ip(name).await;
            let found = found.inspect_err(|error| tracing::debug!(%error, "a name was not found"));
            Some(found.ok()?.iter().map(|address| SocketAddr::new(address, 0)).collect())
        };
        timeout(PATIENCE, look_up).await.ok().flatten().unwrap_or_default()
    }
}
