//! Messages as bytes.
//!
//! A head of version, kind, sender, number, and the time at which it was sent; then the body of its kind; then a tag
//! (HMAC-SHA-256) under a key that only the registry's own servers have. All numbers are little-endian. Whoever can write to
//! the bus can write anything, so every byte is checked.

use std::net::{IpAddr, Ipv6Addr};

use registry::{AccountId, TaxiId};
use ring::hmac;
use storage::nodes::NodeId;
use territory::Point;

use crate::app::account::limits::RequestKind;
use crate::app::nodes::bus::{Known, Message, SharedFix, UsedAddress, UsedKey};

/// Version of the form of messages. One of another version is passed over, so that servers of two versions may work side
/// by side: memory follows the database without messages.
pub const VERSION: u8 = 2;

/// Number of a message to one server: the others, who never see it, would take a number of the row for missed.
pub(super) const UNNUMBERED: u64 = 0;

/// Length of the tag at the end.
const TAG_BYTES: usize = 32;

/// Most positions in a message.
pub(super) const MOST_FIXES: usize = 1_000;
/// Most keys or addresses in a message.
pub(super) const MOST_KEYS: usize = 1_000;

const CHANGED: u8 = 1;
const POSITIONS: u8 = 2;
const ASK: u8 = 3;
const KNOWN: u8 = 4;
const USED: u8 = 5;
const USED_BY_ADDRESS: u8 = 6;

/// All kinds. A newer version may add one; servers of this version pass it over.
const KINDS: std::ops::RangeInclusive<u8> = CHANGED..=USED_BY_ADDRESS;

/// Units of a degree in which places are told: a centimetre.
const E7: f64 = 1e7;

/// A message with its head.
#[derive(Clone, Debug, PartialEq)]
pub struct Letter {
    /// The server that tells it.
    pub sender: NodeId,
    /// Its number among those of its kind and area to all servers, from 1; 0 to one of them.
    pub number: u64,
    /// When it was sent, in milliseconds since the epoch, by the sender's clock.
    pub sent_ms: i64,
    /// The area of its positions; 0 for other kinds.
    pub area: u16,
    /// Its content.
    pub message: Message,
}

/// Reason for which bytes are no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unread {
    /// Of another version.
    #[error("a message of version {0}")]
    Version(u8),
    /// Of a kind that only a newer version knows.
    #[error("a message of kind {0}")]
    Kind(u8),
    /// Not made by a server of this registry.
    #[error("a message with a wrong tag")]
    Forged,
    /// Not made by this program.
    #[error("not a message")]
    Malformed,
}

impl Letter {
    /// The bytes of a message, with its tag.
    pub fn bytes(&self, key: &hmac::Key) -> Vec<u8> {
        let mut out = self.content();
        let tag = hmac::sign(key, &out);
        out.extend(tag.as_ref());
        out
    }

    fn content(&self) -> Vec<u8> {
        let mut out = vec![VERSION, kind(&self.message)];
        out.extend(self.sender.0.to_le_bytes());
        out.extend(self.number.to_le_bytes());
        out.extend(self.sent_ms.to_le_bytes());
        match &self.message {
            Message::Changed | Message::Ask => {}
            Message::Positions(fixes) => {
                out.extend(self.area.to_le_bytes());
                put_fixes(&mut out, fixes);
            }
            Message::Known(known) => {
                out.push(known.is_complete.into());
                out.extend(known.total.to_le_bytes());
                put_fixes(&mut out, &known.fixes);
            }
            Message::Used(keys) => {
                for key in keys {
                    out.extend(key.digest);
                    out.push((key.kind == RequestKind::Positions).into());
                    out.extend(key.requests.to_le_bytes());
                }
            }
            Message::UsedByAddress(addresses) => {
                for used in addresses {
                    let address = match used.address {
                        IpAddr::V4(address) => address.to_ipv6_mapped(),
                        IpAddr::V6(address) => address,
                    };
                    out.extend(address.octets());
                    out.extend(used.requests.to_le_bytes());
                }
            }
        }
        out
    }

    /// Reads a message.
    ///
    /// # Errors
    ///
    /// If the bytes are none that this version knows.
    pub fn read(bytes: &[u8], key: &hmac::Key) -> Result<Self, Unread> {
        match bytes.first() {
            Some(&VERSION) => {}
            Some(&version) => return Err(Unread::Version(version)),
            None => return Err(Unread::Malformed),
        }
        let (content, tag) = bytes.split_last_chunk::<TAG_BYTES>().ok_or(Unread::Malformed)?;
        hmac::verify(key, content, tag).map_err(|_unspecified| Unread::Forged)?;
        match content.get(1) {
            Some(kind) if !KINDS.contains(kind) => Err(Unread::Kind(*kind)),
            Some(_) => Self::read_known(&content[1..]).ok_or(Unread::Malformed),
            None => Err(Unread::Malformed),
        }
    }

    fn read_known(bytes: &[u8]) -> Option<Self> {
        let mut rest = Rest(bytes);
        let [kind] = rest.take()?;
        let sender = NodeId(i64::from_le_bytes(rest.take()?));
        let number = u64::from_le_bytes(rest.take()?);
        let sent_ms = i64::from_le_bytes(rest.take()?);
        let mut area = 0;
        let message = match kind {
            CHANGED => Message::Changed,
            ASK => Message::Ask,
            POSITIONS => {
                area = u16::from_le_bytes(rest.take()?);
                Message::Positions(rest.many(MOST_FIXES, read_fix)?)
            }
            KNOWN => {
                let is_complete = rest.flag()?;
                let total = u32::from_le_bytes(rest.take()?);
                let fixes = rest.many(MOST_FIXES, read_fix)?;
                Message::Known(Known { fixes, total, is_complete })
            }
            USED => Message::Used(rest.many(MOST_KEYS, read_key)?),
            USED_BY_ADDRESS => Message::UsedByAddress(rest.many(MOST_KEYS, read_address)?),
            _ => return None,
        };
        rest.0.is_empty().then_some(Self { sender, number, sent_ms, area, message })
    }
}

/// The number of a message's kind.
pub(super) fn kind(message: &Message) -> u8 {
    match message {
        Message::Changed => CHANGED,
        Message::Positions(_) => POSITIONS,
        Message::Ask => ASK,
        Message::Known(_) => KNOWN,
        Message::Used(_) => USED,
        Message::UsedByAddress(_) => USED_BY_ADDRESS,
    }
}

fn put_fixes(out: &mut Vec<u8>, fixes: &[SharedFix]) {
    for fix in fixes {
        out.extend(fix.taxi.as_bytes());
        out.extend(fix.account.0.to_le_bytes());
        out.extend(units(fix.point.lon()).to_le_bytes());
        out.extend(units(fix.point.lat()).to_le_bytes());
        out.extend(fix.at_s.to_le_bytes());
    }
}

fn read_fix(rest: &mut Rest<'_>) -> Option<SharedFix> {
    let taxi: [u8; 7] = rest.take()?;
    let taxi: TaxiId = std::str::from_utf8(&taxi).ok()?.parse().ok()?;
    let account = AccountId(i64::from_le_bytes(rest.take()?));
    let lon = f64::from(i32::from_le_bytes(rest.take()?)) / E7;
    let lat = f64::from(i32::from_le_bytes(rest.take()?)) / E7;
    let at_s = u32::from_le_bytes(rest.take()?);
    Some(SharedFix { taxi, account, point: Point::new(lon, lat).ok()?, at_s })
}

fn read_key(rest: &mut Rest<'_>) -> Option<UsedKey> {
    let digest = rest.take()?;
    let kind = if rest.flag()? { RequestKind::Positions } else { RequestKind::Other };
    Some(UsedKey { digest, kind, requests: u32::from_le_bytes(rest.take()?) })
}

fn read_address(rest: &mut Rest<'_>) -> Option<UsedAddress> {
    let address = Ipv6Addr::from_octets(rest.take()?);
    let requests = u32::from_le_bytes(rest.take()?);
    Some(UsedAddress { address: IpAddr::from(address).to_canonical(), requests })
}

#[expect(clippy::cast_possible_truncation, reason = "180 degrees are 1.8e9 units")]
fn units(degrees: f64) -> i32 {
    (degrees * E7).round() as i32
}

/// Bytes that are not read yet.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }

    fn flag(&mut self) -> Option<bool> {
        match self.take()? {
            [0] => Some(false),
            [1] => Some(true),
            _ => None,
        }
    }

    /// Things up to the end, of which there may be so many.
    fn many<T>(
        &mut self,
        most: usize,
        mut read: impl FnMut(&mut Self) -> Option<T>,
    ) -> Option<Vec<T>> {
        let mut all = Vec::new();
        while !self.0.is_empty() {
            if all.len() == most {
                return None;
            }
            all.push(read(self)?);
        }
        Some(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letters() -> Vec<Letter> {
        let fix = |taxi: &str, lon, lat| SharedFix {
            taxi: taxi.parse().expect("an id"),
            account: AccountId(7),
            point: Point::new(lon, lat).expect("a point"),
            at_s: 1_700_000_000,
        };
        let fixes = vec![fix("aaaaaaa", 2.35, 48.86), fix("bbbbbbb", -180.0, -85.05)];
        let known = Known { fixes: fixes.clone(), total: 60_000, is_complete: true };
        let key = UsedKey { digest: [9; 32], kind: RequestKind::Positions, requests: 5 };
        let addresses = ["192.0.2.1", "2001:db8:1:2::"].map(|address| UsedAddress {
            address: address.parse().expect("an address"),
            requests: 70_000,
        });
        let messages = [
            Message::Changed,
            Message::Positions(fixes),
            Message::Ask,
            Message::Known(known),
            Message::Used(vec![key, UsedKey { kind: RequestKind::Other, ..key }]),
            Message::UsedByAddress(addresses.into()),
        ];
        let letter = |message: Message| Letter {
            sender: NodeId(i64::MAX),
            number: 3,
            sent_ms: 1_700_000_000_123,
            area: if matches!(message, Message::Positions(_)) { 1_234 } else { 0 },
            message,
        };
        messages.into_iter().map(letter).collect()
    }

    fn key() -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, &[7; 32])
    }

    fn tagged(mut content: Vec<u8>) -> Vec<u8> {
        let tag = hmac::sign(&key(), &content);
        content.extend(tag.as_ref());
        content
    }

    #[test]
    fn a_message_is_read_as_it_was_written() {
        for letter in letters() {
            assert_eq!(Letter::read(&letter.bytes(&key()), &key()), Ok(letter));
        }
    }

    #[test]
    fn bytes_that_end_early_or_late_and_other_versions_are_no_message() {
        let read = |bytes: &[u8]| Letter::read(bytes, &key());
        assert_eq!(read(&[]), Err(Unread::Malformed));
        assert_eq!(read(&[VERSION]), Err(Unread::Malformed));
        assert_eq!(read(&tagged(vec![VERSION])), Err(Unread::Malformed));
        for letter in letters() {
            let mut content = letter.content();
            assert_eq!(read(&tagged(content[..content.len() - 1].into())), Err(Unread::Malformed));
            content.push(0);
            assert_eq!(read(&tagged(content.clone())), Err(Unread::Malformed), "{letter:?}");
            content[..2].copy_from_slice(&[VERSION, KINDS.end() + 1]);
            assert_eq!(read(&tagged(content.clone())), Err(Unread::Kind(KINDS.end() + 1)));
            content[0] = VERSION + 1;
            assert_eq!(read(&content), Err(Unread::Version(VERSION + 1)));
        }
    }

    #[test]
    fn a_message_of_somebody_else_is_none() {
        for letter in letters() {
            let other = hmac::Key::new(hmac::HMAC_SHA256, &[8; 32]);
            assert_eq!(Letter::read(&letter.bytes(&other), &key()), Err(Unread::Forged));
            let bytes = letter.bytes(&key());
            for place in 1..bytes.len() {
                let mut changed = bytes.clone();
                changed[place] ^= 1;
                assert_eq!(Letter::read(&changed, &key()), Err(Unread::Forged), "byte {place}");
            }
        }
    }
}
