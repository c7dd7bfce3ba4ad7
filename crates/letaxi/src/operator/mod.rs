//! Outgoing calls to operators' servers, the geocoder and the identity provider: bounded, and never to a private address.
//!
//! [`address`] decides which servers may be called, [`guard`] creates a client that reaches no other,
//! [`client`] calls operators' servers, [`geocoder`] looks up an address, [`provider`] lets people sign in elsewhere,
//! [`reach`] only opens a connection. The content of a call and its
//! effect on the hail are decided elsewhere.
//!
//! **Invariants:** every call ends within its time limit; it keeps at most [`ANSWER_LIMIT`] bytes of an operator's
//! answer, before and after decompression; an endpoint has at most [`CALLS_PER_ENDPOINT`] connections; proxies are
//! never used; at most [`REDIRECTS`] redirects are followed; and unless the settings list the `host:port`,
//! each connection goes to an address that was resolved and found public for that connection. A kept connection is used
//! again only if the name still has the same addresses.

pub mod address;
mod answer;
pub mod client;
pub mod geocoder;
pub mod guard;
mod kept;
mod names;
mod permits;
pub mod provider;
mod queue;
pub mod reach;
mod reason;

pub use address::{PrivateEndpoint, Refused};
pub use client::{CALL_LIMIT, OperatorClient};
pub use geocoder::GeocoderClient;
pub use guard::{Guard, NoCalls};
pub use reach::{Reached, Unreached, own_client};
pub use reason::{ANSWER_LIMIT, CALLS_PER_ENDPOINT, REDIRECTS, Reason};

#[cfg(test)]
mod tests;
