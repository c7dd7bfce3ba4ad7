//! Names to public addresses, at the moment of the connection.
//!
//! The addresses that pass the check are the very ones the connection is made to: nothing resolves
//! the name a second time, so a name server that changes its mind gains nothing.

use std::net::SocketAddr;
use std::sync::{Arc, LazyLock};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::address::{Refused, is_public};
use super::names::Names;

/// How many names are asked for at once, of the runtime's 512 threads. Only names that were found once
/// are called, so an operator has few of them.
static CALLED: LazyLock<Arc<Names>> = LazyLock::new(|| Names::of_system(128));
/// How many are asked for at once for those who write their endpoint. They may think up any number of
/// names, and must not delay calls with them.
static CHECKED: LazyLock<Arc<Names>> = LazyLock::new(|| Names::of_system(16));
/// How many addresses of one name are tried; they share the time of the connection.
const ADDRESSES_TRIED: usize = 8;

/// Resolves names for the HTTP client and hands out their public addresses only.
pub(super) struct PublicResolver;

impl Resolve for PublicResolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let addresses = public_of(&CALLED, name.as_str()).await?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

/// Looks whether a name that somebody writes has a public address.
///
/// # Errors
///
/// [`Refused::Unresolved`] if it has no address, [`Refused::NotPublic`] if it has no public one.
pub(super) async fn check_name(name: &str) -> Result<(), Refused> {
    public_of(&CHECKED, name).await.map(drop)
}

/// The public addresses of a name, with port 0; at least one.
async fn public_of(names: &Arc<Names>, name: &str) -> Result<Vec<SocketAddr>, Refused> {
    let addresses = names.resolve(name).await.ok_or(Refused::Unresolved)?;
    keep_public(addresses.iter().copied())
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
