//! The call to an operator's server: bounded, and never to a private address.
//!
//! [`address`] says which servers may be called, [`caller`] calls one. What is sent and what becomes
//! of the hail are decided elsewhere.
//!
//! **Invariants:** every call ends within the time it is given; it keeps at most [`ANSWER_LIMIT`]
//! bytes of an answer; an endpoint has at most [`CALLS_AT_ONCE`] connections; redirects and proxies
//! are never followed; and unless the settings list the very `host:port`, each connection goes to an
//! address that was resolved and found public for that connection.

pub mod address;
pub mod caller;
mod names;
mod queue;
mod resolver;

pub use address::{PrivateEndpoint, Refused, check_endpoint};
pub use caller::{ANSWER_LIMIT, CALL_LIMIT, CALLS_AT_ONCE, OperatorClient, Reason};

#[cfg(test)]
mod tests;
