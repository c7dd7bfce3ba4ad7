//! The accounts a simulation acts with: operators, whose back offices it plays, and search apps.
//!
//! They come from the same `users.json` that the registry's accounts were made of, so both sides
//! agree on keys and on where hails are delivered.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;

use serde::Deserialize;
use url::{Host, Url};

/// Operators and search apps. There is at least one of each.
#[derive(Clone, Debug)]
pub struct Accounts {
    pub(crate) operators: Vec<Operator>,
    pub(crate) clients: Vec<Client>,
    back_office: SocketAddr,
    left_out: Vec<String>,
}

/// An operator and its hail endpoint.
#[derive(Clone, Debug)]
pub(crate) struct Operator {
    pub(crate) email: String,
    pub(crate) key: String,
    /// The path of its hail endpoint.
    pub(crate) path: String,
    /// Name and value of the header that proves a call to come from the registry.
    pub(crate) proof: Option<(String, String)>,
}

/// A search app.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    pub(crate) email: String,
    pub(crate) key: String,
}

/// A file of accounts that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be read.
    #[error("cannot read {0}: {1}")]
    Unreadable(String, std::io::Error),
    /// The file is not a list of accounts.
    #[error("{0} is not a list of accounts: {1}")]
    Malformed(String, serde_json::Error),
    /// No operator to play.
    #[error(
        "{0} has no operator to play: role `operateur`, an `apikey`, and a `hail_endpoint_production` \
         at a port of this machine, such as http://127.0.0.1:7000/hails (or say where to listen with --listen)"
    )]
    NoOperator(String),
    /// No search app to play.
    #[error(
        "{0} has no search app to play: an account with the role `moteur`, without `admin`, and an `apikey`"
    )]
    NoClient(String),
}

#[derive(Deserialize)]
struct User {
    email: String,
    #[serde(default)]
    apikey: Option<String>,
    #[serde(default)]
    roles: Vec<String>,
    #[serde(default)]
    hail_endpoint_production: Option<String>,
    #[serde(default)]
    operator_header_name: Option<String>,
    #[serde(default)]
    operator_api_key: Option<String>,
}

impl Accounts {
    /// Reads a `users.json`. Operators are those with a hail endpoint on this machine, all at the
    /// address of the first of them; with `listen`, those with any endpoint, whose calls then reach
    /// this machine by other means. Admins are left out.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or lacks an operator or a search app.
    pub fn read(path: &Path, listen: Option<SocketAddr>) -> Result<Self, Error> {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|error| Error::Unreadable(name.clone(), error))?;
        Self::parse(&name, &text, listen)
    }

    fn parse(name: &str, text: &str, listen: Option<SocketAddr>) -> Result<Self, Error> {
        let users: Vec<User> =
            serde_json::from_str(text).map_err(|error| Error::Malformed(name.to_owned(), error))?;
        let mut accounts = Self {
            operators: Vec::new(),
            clients: Vec::new(),
            back_office: unset(),
            left_out: Vec::new(),
        };
        let mut address = listen;
        for user in users.into_iter().filter(|user| !user.plays("admin")) {
            if user.plays("operateur") {
                accounts.add_operator(&user, listen, &mut address);
            } else if user.plays("moteur") {
                accounts
                    .clients
                    .extend(user.key().map(|key| Client { email: user.email.clone(), key }));
            }
        }
        if accounts.clients.is_empty() {
            return Err(Error::NoClient(name.to_owned()));
        }
        accounts.back_office = address
            .filter(|_| !accounts.operators.is_empty())
            .ok_or_else(|| Error::NoOperator(name.to_owned()))?;
        Ok(accounts)
    }

    /// The address at which the operators' back offices listen.
    pub fn back_office(&self) -> SocketAddr {
        self.back_office
    }

    /// The e-mails of operators that cannot be played, for want of a key or of an endpoint here.
    pub fn left_out(&self) -> &[String] {
        &self.left_out
    }

    fn add_operator(
        &mut self,
        user: &User,
        listen: Option<SocketAddr>,
        address: &mut Option<SocketAddr>,
    ) {
        let endpoint =
            user.hail_endpoint_production.as_deref().and_then(|text| Url::parse(text).ok());
        let here = endpoint.as_ref().and_then(|url| listen.or_else(|| local_address(url)));
        match (user.key(), endpoint, here) {
            (Some(key), Some(url), Some(here)) if here == *address.get_or_insert(here) => {
                let path = url.path().to_owned();
                self.operators.push(Operator {
                    email: user.email.clone(),
                    key,
                    path,
                    proof: user.proof(),
                });
            }
            _ => self.left_out.push(user.email.clone()),
        }
    }
}

impl User {
    fn plays(&self, role: &str) -> bool {
        self.roles.iter().any(|one| one == role)
    }

    fn key(&self) -> Option<String> {
        self.apikey.clone().filter(|key| !key.is_empty())
    }

    fn proof(&self) -> Option<(String, String)> {
        let name = self.operator_header_name.clone().filter(|name| !name.is_empty())?;
        Some((name, self.operator_api_key.clone().unwrap_or_default()))
    }
}

fn unset() -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 0))
}

fn local_address(endpoint: &Url) -> Option<SocketAddr> {
    let ip = match endpoint.host()? {
        Host::Ipv4(ip) => IpAddr::V4(ip),
        Host::Ipv6(ip) => IpAddr::V6(ip),
        Host::Domain("localhost") => IpAddr::V4(Ipv4Addr::LOCALHOST),
        Host::Domain(_) => return None,
    };
    ip.is_loopback().then_some(SocketAddr::new(ip, endpoint.port_or_known_default()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const USERS: &str = r#"[
        {"email": "admin@x", "apikey": "k0", "roles": ["admin", "moteur", "operateur"], "hail_endpoint_production": ""},
        {"email": "a@x", "apikey": "k1", "roles": ["operateur"], "hail_endpoint_production": "http://127.0.0.1:7000/a",
         "operator_header_name": "X-Proof", "operator_api_key": "secret"},
        {"email": "b@x", "apikey": "k2", "roles": ["operateur"], "hail_endpoint_production": "http://localhost:7000/b"},
        {"email": "c@x", "apikey": "k3", "roles": ["operateur"], "hail_endpoint_production": "http://127.0.0.1:7001/c"},
        {"email": "d@x", "apikey": "k4", "roles": ["operateur"], "hail_endpoint_production": "https://operator.example/hails"},
        {"email": "app@x", "apikey": "k5", "roles": ["moteur"]}
    ]"#;

    fn emails(accounts: &Accounts) -> Vec<&str> {
        accounts.operators.iter().map(|operator| operator.email.as_str()).collect()
    }

    #[test]
    fn operators_are_those_whose_hails_arrive_at_one_port_here() {
        let accounts = Accounts::parse("users.json", USERS, None).unwrap();
        assert_eq!(emails(&accounts), ["a@x", "b@x"]);
        assert_eq!(accounts.left_out(), ["c@x", "d@x"]);
        assert_eq!(accounts.back_office().to_string(), "127.0.0.1:7000");
        assert_eq!(accounts.operators[0].proof, Some(("X-Proof".to_owned(), "secret".to_owned())));
        assert_eq!(accounts.clients.len(), 1);
    }

    #[test]
    fn told_where_to_listen_it_plays_every_operator_with_an_endpoint() {
        let listen = "0.0.0.0:9000".parse().unwrap();
        let accounts = Accounts::parse("users.json", USERS, Some(listen)).unwrap();
        assert_eq!(emails(&accounts), ["a@x", "b@x", "c@x", "d@x"]);
        assert_eq!(accounts.operators[3].path, "/hails");
        assert_eq!(accounts.back_office(), listen);
    }

    #[test]
    fn a_file_without_players_says_who_is_missing() {
        let only_app = r#"[{"email": "app@x", "apikey": "k", "roles": ["moteur"]}]"#;
        let error = Accounts::parse("users.json", only_app, None).unwrap_err().to_string();
        assert!(error.starts_with("users.json has no operator to play"), "{error}");
        let error = Accounts::parse("users.json", "[]", None).unwrap_err().to_string();
        assert!(error.starts_with("users.json has no search app to play"), "{error}");
    }
}
