//! The older protocol for positions: one signed JSON datagram each, without an answer.
//!
//! [`datagram`] parses a datagram and checks its signature, [`counts`] counts outcomes, [`serve`] reads the
//! socket. `app` interprets the position.
//!
//! **Invariants:** this module never answers a datagram, and keeps of a dropped one only its reason, its
//! account and its source.

pub mod counts;
pub mod datagram;
mod kernel;
pub mod serve;

use registry::AccountId;

use crate::app::App;
use crate::app::fleet::signed::Unsigned;
use counts::Outcome;
use datagram::{Datagram, Fault, Numbers};

/// Processes a datagram; returns its outcome, and its account if known.
pub fn take(app: &App, bytes: &[u8]) -> (Outcome, Option<AccountId>) {
    let datagram = match Datagram::read(bytes) {
        Ok(datagram) => datagram,
        Err(Fault::TooLong) => return (Outcome::TooLong, None),
        Err(Fault::Malformed) => return (Outcome::Malformed, None),
        Err(Fault::OutOfRange) => return (Outcome::OutOfRange, None),
    };
    let signer = |datagram: &Datagram<'_>| {
        app.signer(&datagram.operator, |key| datagram.is_signed_with(key))
    };
    let signer = signer(&datagram).or_else(|unsigned| match unsigned {
        Unsigned::UnknownName => Err(unsigned),
        // Tried last, so that datagrams that follow the protocol cost no extra time.
        Unsigned::WrongKey(_) => {
            as_python_signs(bytes).find_map(|other| signer(&other).ok()).ok_or(unsigned)
        }
    });
    match signer {
        Err(Unsigned::UnknownName) => (Outcome::UnknownOperator, None),
        Err(Unsigned::WrongKey(account)) => (Outcome::BadSignature, Some(account)),
        Ok(account) => {
            let taken = app.report_one(account, &datagram.taxi, datagram.point);
            (taken.map_or(Outcome::UnknownTaxi, |()| Outcome::Taken), Some(account))
        }
    }
}

/// The same datagram with its numbers as signed by senders written in Python.
fn as_python_signs(bytes: &[u8]) -> impl Iterator<Item = Datagram<'_>> {
    let forms = [Numbers::AsPython, Numbers::AsPythonFloats];
    forms.into_iter().filter_map(|numbers| Datagram::read_with(bytes, numbers).ok())
}
