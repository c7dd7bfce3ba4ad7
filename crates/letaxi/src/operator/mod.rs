//! Calls to servers of others, operators' and the geocoder: bounded, and never to a private address.
//!
//! [`address`] says which servers may be called, [`guard`] makes a client that reaches no other, [`caller`]
//! calls an operator's, [`geocoder`] asks for an address. What is sent and what becomes of the hail are
//! decided elsewhere.
//!
//! **Invariants:** every call ends within the time it is given; it keeps at most [`ANSWER_LIMIT`]
//! bytes of an answer, before and after it is unpacked; an endpoint has at most [`CALLS_AT_ONCE`]
//! connections; proxies are never asked, redirects followed [`REDIRECTS`] times at most; and unless the
//! settings list the very `host:port`, each connection goes to an address that was resolved and found
//! public for that connection.

pub mod address;
mod answer;
pub mod client;
pub mod geocoder;
pub mod guard;
mod names;
mod queue;

pub use address::{PrivateEndpoint, Refused};
pub use client::{ANSWER_LIMIT, CALL_LIMIT, CALLS_AT_ONCE, OperatorClient, REDIRECTS, Reason};
pub use geocoder::GeocoderClient;
pub use guard::{Guard, NoCalls};

#[cfg(test)]
mod tests;
