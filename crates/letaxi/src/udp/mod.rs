//! The older way to report positions: one signed JSON datagram each, never answered.
//!
//! [`datagram`] reads one and checks its signature, [`counts`] keeps what became of them all,
//! [`serve`] takes them from the socket. What a position means is for `app` to say.
//!
//! **Invariants:** nothing here answers a datagram, and nothing of a datagram that was dropped is
//! kept but its reason, its account and where it came from.

pub mod counts;
pub mod datagram;
mod kernel;
pub mod serve;

use registry::AccountId;

use crate::app::App;
use crate::app::fleet::signed::Unsigned;
use counts::Outcome;
use datagram::{Datagram, Fault, Numbers};

/// Takes one datagram, or says why not, and whose it is as far as that is known.
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
        // Only now, so that what is signed as agreed on costs no more than that.
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

/// The same datagram with its numbers as senders written in Python sign them, who let it print the numbers.
fn as_python_signs(bytes: &[u8]) -> impl Iterator<Item = Datagram<'_>> {
    let forms = [Numbers::AsPython, Numbers::AsPythonFloats];
    forms.into_iter().filter_map(|numbers| Datagram::read_with(bytes, numbers).ok())
}
