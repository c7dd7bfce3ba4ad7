//! Tests of name resolution, with a small name server in this process.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig, ResolverOpts};
use registry::AccountId;
use tokio::net::UdpSocket;
use tokio::sync::watch;

use super::*;
use crate::operator::guard::Guard;
use crate::operator::names::{LOOK_UPS_AT_ONCE, Names};

/// A name server: names that begin with `slow` get no answer, `public…` a public address, `private…` and all
/// others that of this machine.
struct NameServer {
    port: u16,
    /// Names that were queried.
    asked: watch::Receiver<BTreeSet<String>>,
}

/// Name in a query, true if it asks for an IPv4 address, and the end of the query.
fn question(message: &[u8]) -> (String, bool, usize) {
    let (mut name, mut at) = (String::new(), 12);
    while message[at] > 0 {
        let length = usize::from(message[at]);
        name.push_str(std::str::from_utf8(&message[at + 1..=at + length]).unwrap());
        name.push('.');
        at += length + 1;
    }
    (name.to_ascii_lowercase(), message[at + 1..at + 3] == [0, 1], at + 5)
}

/// A correct answer with these addresses (RFC 1035, section 4).
fn reply(message: &[u8], end: usize, addresses: &[Ipv4Addr]) -> Vec<u8> {
    let mut reply = message[..2].to_vec();
    let count = u8::try_from(addresses.len()).unwrap();
    reply.extend([0x81, 0x80, 0, 1, 0, count, 0, 0, 0, 0]);
    reply.extend(&message[12..end]);
    for address in addresses {
        // The name of the query, A, IN, a minute, four bytes.
        reply.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4]);
        reply.extend(address.octets());
    }
    reply
}

impl NameServer {
    async fn start() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let port = socket.local_addr().unwrap().port();
        let (note, asked) = watch::channel(BTreeSet::new());
        tokio::spawn(async move {
            let mut buffer = [0; 1024];
            loop {
                let (length, from) = socket.recv_from(&mut buffer).await.unwrap();
                let (name, is_v4, end) = question(&buffer[..length]);
                note.send_modify(|asked| {
                    asked.insert(name.clone());
                });
                if name.starts_with("slow") {
                    continue;
                }
                let public = name.starts_with("public");
                let address =
                    if public { Ipv4Addr::new(93, 184, 216, 34) } else { Ipv4Addr::LOCALHOST };
                let addresses = if is_v4 { &[address][..] } else { &[] };
                let reply = reply(&buffer[..length], end, addresses);
                socket.send_to(&reply, from).await.unwrap();
            }
        });
        Self { port, asked }
    }

    fn names(&self) -> Names {
        let mut connection = ConnectionConfig::udp();
        connection.port = self.port;
        let server = NameServerConfig::new(Ipv4Addr::LOCALHOST.into(), true, vec![connection]);
        let config = ResolverConfig::from_name_servers(vec![server]);
        Names::of(config, ResolverOpts::default()).unwrap()
    }

    fn slow_names(asked: &BTreeSet<String>) -> usize {
        asked.iter().filter(|name| name.starts_with("slow")).count()
    }
}

const FLOODER: Option<AccountId> = Some(AccountId(7));

#[tokio::test]
async fn an_account_with_slow_names_delays_nobody_elses_calls() {
    let name_server = NameServer::start().await;
    let server = Server::start(answer("200 OK", "{}")).await;
    let listed = format!("op.example.org:{}", server.port).parse().unwrap();
    let guard = Guard::with_names(vec![listed], name_server.names());
    let client = Arc::new(OperatorClient::with(guard));
    let mut flood = JoinSet::new();
    for one in 0..2_000 {
        let client = Arc::clone(&client);
        flood.spawn(async move {
            let endpoint = format!("https://slow{one}.example.org/hails");
            client.guard().check(FLOODER, &endpoint).await
        });
    }
    let mut asked = name_server.asked.clone();
    let enough = |asked: &BTreeSet<String>| NameServer::slow_names(asked) >= LOOK_UPS_AT_ONCE;
    asked.wait_for(enough).await.unwrap();
    let endpoint = format!("http://op.example.org:{}/hail", server.port);
    for _ in 0..10 {
        assert_eq!(client.hand_over(call(&endpoint)).await, Ok(None));
    }
    assert_eq!(flood.try_join_next().map(drop), None, "all slow names still have no answer");
    assert_eq!(NameServer::slow_names(&asked.borrow()), LOOK_UPS_AT_ONCE, "the others wait");
    // Nobody waits for these names any more, so their permits are free at once.
    flood.shutdown().await;
    let quick = client.guard().check(FLOODER, "http://public.example.org/").await;
    assert_eq!(quick, Ok(()));
}

#[tokio::test]
async fn a_name_is_judged_by_the_addresses_it_has() {
    let name_server = NameServer::start().await;
    let server = Server::start(answer("200 OK", "{}")).await;
    let client = OperatorClient::with(Guard::with_names(Vec::new(), name_server.names()));
    let endpoint = format!("http://private.example.org:{}/hail", server.port);
    let refused = Err(Reason::Address(Refused::NotPublic));
    assert_eq!(client.hand_over(call(&endpoint)).await, refused);
    assert_eq!(client.guard().check(None, &endpoint).await, Err(Refused::NotPublic));
    assert_eq!(client.guard().check(None, "http://public.example.org/").await, Ok(()));
    assert_eq!(server.connections.load(Ordering::SeqCst), 0);
}
