//! Names to public addresses, at the moment of the connection.
//!
//! The addresses that pass the check are the very ones the connection is made to: nothing resolves
//! the name a second time, so a name server that changes its mind gains nothing.

use std::net::SocketAddr;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::net::lookup_host;
use tokio::time::timeout;

use super::address::{Refused, is_public};

/// How long a name may take to resolve.
const RESOLVE_LIMIT: Duration = Duration::from_secs(5);
/// How many addresses of one name are tried; they share the time of the connection.
const ADDRESSES_TRIED: usize = 8;

/// Resolves names for the HTTP client and hands out their public addresses only.
pub(super) struct PublicResolver;

impl Resolve for PublicResolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let addresses = resolve_public(name.as_str()).await?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

/// The public addresses of a name, with port 0; at least one.
///
/// # Errors
///
/// [`Refused::Unresolved`] if the name has no address, [`Refused::NotPublic`] if it has no public one.
pub(super) async fn resolve_public(name: &str) -> Result<Vec<SocketAddr>, Refused> {
    match timeout(RESOLVE_LIMIT, lookup_host((name, 0))).await {
        Ok(Ok(addresses)) => keep_public(addresses),
        Ok(Err(_)) | Err(_) => Err(Refused::Unresolved),
    }
}

fn keep_public(addresses: impl Iterator<Item = SocketAddr>) -> Result<Vec<SocketAddr>, Refused> {
    let mut addresses = addresses.peekable();
    if addresses.peek().is_none() {
        return Err(Refused::Unresolved);
    }
    let public = addresses.filter(|address| is_public(address.ip())).take(ADDRESSES_TRIED);
    let public = public.collect::<Vec<_>>();
    if public.is_empty() { Err(Refused::NotPublic) } else { Ok(public) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_of_a_name_are_left_out() {
        let keep = |texts: &[&str]| {
            let addresses = texts.iter().map(|text| SocketAddr::new(text.parse().unwrap(), 0));
            keep_public(addresses).map(|kept| kept.iter().map(|a| a.ip().to_string()).collect())
        };
        let kept: Result<Vec<String>, _> = keep(&["10.0.0.1", "93.184.216.34", "::1", "2a01::1"]);
        assert_eq!(kept, Ok(vec!["93.184.216.34".to_owned(), "2a01::1".to_owned()]));
        assert_eq!(keep(&["10.0.0.1", "::ffff:93.184.216.34"]), Err(Refused::NotPublic));
        assert_eq!(keep(&[]), Err(Refused::Unresolved));
        assert_eq!(keep(&["93.184.216.34"; 100]).map(|kept| kept.len()), Ok(ADDRESSES_TRIED));
    }
}
