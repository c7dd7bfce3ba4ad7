//! Tickets between the password and the second step of a sign-in: good for some minutes and a few attempts, through any
//! server. The purpose of a ticket is sealed, for it may hold the secret of a second step.

use std::fmt;

use chrono::TimeDelta;

use super::arrival::Arrival;
use super::totp::{SECRET_BYTES, TotpSecret};

/// Time for which a ticket is valid: enough to install an app on a phone.
pub(super) const VALID_FOR: TimeDelta = TimeDelta::minutes(10);
/// Maximum number of attempts with a ticket.
pub const MOST_ATTEMPTS: u32 = 5;
/// Maximum number of tickets of an account; a further one ends the oldest.
pub(super) const MOST_OF_ACCOUNT: u32 = 5;

/// The end to which a ticket leads.
#[derive(Clone, Debug)]
pub(super) enum Purpose {
    /// A sign-in, by a code of the account's second step.
    Code { arrival: Arrival },
    /// A second step with this secret; a sign-in as well, if one is under way.
    SetUp { secret: TotpSecret, arrival: Option<Arrival> },
}

/// First byte of a purpose's form, which tells its kind.
const CODE: u8 = 1;
const SET_UP: u8 = 2;
const SET_UP_AND_SIGN_IN: u8 = 3;

impl Purpose {
    /// Its form for sealing.
    pub(super) fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Code { arrival } => [&[CODE], arrival.text().as_bytes()].concat(),
            Self::SetUp { secret, arrival: None } => [&[SET_UP], secret.bytes()].concat(),
            Self::SetUp { secret, arrival: Some(arrival) } => {
                [&[SET_UP_AND_SIGN_IN], secret.bytes(), arrival.text().as_bytes()].concat()
            }
        }
    }

    /// Reads what [`Self::bytes`] wrote.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let (kind, rest) = bytes.split_first()?;
        if *kind == CODE {
            return Some(Self::Code { arrival: Arrival::read(rest)? });
        }
        let (secret, arrival) = rest.split_at_checked(SECRET_BYTES)?;
        let secret = TotpSecret::of(secret)?;
        match *kind {
            SET_UP => Some(Self::SetUp { secret, arrival: None }),
            SET_UP_AND_SIGN_IN => {
                Some(Self::SetUp { secret, arrival: Some(Arrival::read(arrival)?) })
            }
            _ => None,
        }
    }
}

/// A valid ticket: somebody has given the password of an account.
#[derive(Clone)]
pub(super) struct Ticket {
    pub(super) known: storage::tickets::Ticket,
    pub(super) purpose: Purpose,
}

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ticket(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_purpose_is_read_as_it_was_written() {
        let secret = TotpSecret::fresh();
        let by_password = Arrival::new("Firefox, Linux", None);
        let by_provider = Arrival::new("Firefox, Linux", Some("a.b.c".to_owned()));
        for purpose in [
            Purpose::Code { arrival: by_password.clone() },
            Purpose::Code { arrival: by_provider.clone() },
            Purpose::SetUp { secret: secret.clone(), arrival: None },
            Purpose::SetUp { secret: secret.clone(), arrival: Some(by_password) },
            Purpose::SetUp { secret, arrival: Some(by_provider) },
        ] {
            let read = Purpose::read(&purpose.bytes()).expect("a purpose");
            assert_eq!(format!("{read:?}"), format!("{purpose:?}"));
            assert_eq!(read.bytes(), purpose.bytes());
        }
        assert!(Purpose::read(&[]).is_none() && Purpose::read(&[SET_UP, 7]).is_none());
    }
}
