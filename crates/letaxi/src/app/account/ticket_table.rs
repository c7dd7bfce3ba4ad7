//! Tickets between the password and the second step of a sign-in: good for some minutes and a few attempts, through any
//! server. The purpose of a ticket is sealed, for it may hold the secret of a second step.

use std::fmt;

use chrono::TimeDelta;

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
    /// A sign-in on a device, by a code of the account's second step.
    Code { device: String },
    /// A second step with this secret; a sign-in on a device as well, if one is under way.
    SetUp { secret: TotpSecret, device: Option<String> },
}

/// First byte of a purpose's form, which tells its kind.
const CODE: u8 = 1;
const SET_UP: u8 = 2;
const SET_UP_AND_SIGN_IN: u8 = 3;

impl Purpose {
    /// Its form for sealing.
    pub(super) fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Code { device } => [&[CODE], device.as_bytes()].concat(),
            Self::SetUp { secret, device: None } => [&[SET_UP], secret.bytes()].concat(),
            Self::SetUp { secret, device: Some(device) } => {
                [&[SET_UP_AND_SIGN_IN], secret.bytes(), device.as_bytes()].concat()
            }
        }
    }

    /// Reads what [`Self::bytes`] wrote.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).ok();
        let (kind, rest) = bytes.split_first()?;
        if *kind == CODE {
            return Some(Self::Code { device: text(rest)? });
        }
        let (secret, device) = rest.split_at_checked(SECRET_BYTES)?;
        let secret = TotpSecret::of(secret)?;
        match *kind {
            SET_UP => Some(Self::SetUp { secret, device: None }),
            SET_UP_AND_SIGN_IN => Some(Self::SetUp { secret, device: Some(text(device)?) }),
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
        let (secret, device) = (TotpSecret::fresh(), "Firefox, Linux".to_owned());
        for purpose in [
            Purpose::Code { device: device.clone() },
            Purpose::SetUp { secret: secret.clone(), device: None },
            Purpose::SetUp { secret, device: Some(device) },
        ] {
            let read = Purpose::read(&purpose.bytes()).expect("a purpose");
            assert_eq!(read.bytes(), purpose.bytes());
        }
        assert!(Purpose::read(&[]).is_none() && Purpose::read(&[SET_UP, 7]).is_none());
    }
}
