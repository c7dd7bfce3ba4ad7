//! Origins of requests, and networks of trusted proxies.

use std::hash::{BuildHasher, Hash};
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// Origin of a request, the unit of rate limits without a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// A network that belongs to one party: see [`network`].
    Network(IpAddr),
    /// Hash of a text that a trusted proxy sent in place of an address, so that each takes the same memory.
    Unreadable(u64),
}

impl Origin {
    /// The origin of an address.
    pub fn of(address: IpAddr) -> Self {
        Self::Network(network(address))
    }

    /// The origin of an invalid address.
    pub(in crate::app) fn unreadable(entry: &[u8], hasher: &impl BuildHasher) -> Self {
        Self::Unreadable(hasher.hash_one(entry))
    }
}

/// The network that an address represents: an IPv6 client commonly has a network of 64 bits.
pub fn network(address: IpAddr) -> IpAddr {
    const NETWORK: u128 = !(u64::MAX as u128);
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & NETWORK).into(),
        address @ IpAddr::V4(_) => address,
    }
}

/// Networks, and single addresses as networks of one. An IPv6 address that maps an IPv4 address
/// (`::ffff:192.0.2.1`) counts as that one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Networks(Vec<IpNet>);

impl Networks {
    /// True if one of them holds the address.
    pub fn contain(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Parses addresses and networks, such as `192.0.2.0/24`; `None` if one is neither.
    pub fn read<'a>(texts: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        texts.into_iter().map(read_network).collect::<Option<_>>().map(Self)
    }
}

fn read_network(text: &str) -> Option<IpNet> {
    let network = match IpAddr::from_str(text) {
        Ok(address) => IpNet::from(address),
        Err(_no_address) => text.parse().ok()?,
    };
    Some(match network {
        IpNet::V6(six) => four_in_six(six).map_or(network, IpNet::V4),
        IpNet::V4(_) => network,
    })
}

/// The IPv4 network that a network within `::ffff:0:0/96` maps.
fn four_in_six(six: Ipv6Net) -> Option<Ipv4Net> {
    let length = six.prefix_len().checked_sub(96)?;
    Ipv4Net::new(six.addr().to_ipv4_mapped()?, length).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_network_are_one() {
        let network = |text: &str| network(text.parse().unwrap()).to_string();
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(network("::ffff:192.0.2.1"), "192.0.2.1");
        assert_eq!(network("192.0.2.1"), "192.0.2.1");
    }

    #[test]
    fn networks_hold_their_addresses_in_either_form() {
        for (networks, inside, outside) in [
            (
                "192.0.2.1",
                &["192.0.2.1", "::ffff:192.0.2.1"][..],
                &["192.0.2.2", "::192.0.2.1"][..],
            ),
            ("::ffff:192.0.2.1", &["192.0.2.1", "::ffff:192.0.2.1"], &["192.0.2.2"]),
            ("192.0.2.7/24", &["192.0.2.1", "::ffff:192.0.2.255"], &["192.0.3.1"]),
            ("::ffff:10.0.0.0/104", &["10.1.2.3"], &["11.0.0.0", "::1"]),
            ("2001:db8::/32", &["2001:db8:1::1"], &["2001:db9::1", "32.1.13.184"]),
            ("0.0.0.0/0", &["192.0.2.1", "::ffff:192.0.2.1"], &["2001:db8::1"]),
        ] {
            let read = Networks::read([networks]).expect(networks);
            let contain = |address: &&&str| read.contain(address.parse().unwrap());
            assert_eq!(inside.iter().filter(contain).count(), inside.len(), "{networks}");
            assert_eq!(outside.iter().filter(contain).count(), 0, "{networks}");
        }
        for text in ["", "x", "192.0.2.0/33", "192.0.2", "192.0.2.1:80", "[::1]"] {
            assert_eq!(Networks::read(["192.0.2.1", text]), None, "{text}");
        }
    }
}
