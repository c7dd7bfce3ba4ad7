//! A person's phone with an authenticator app, written apart from the program's own codes.

use chrono::{DateTime, Utc};
use data_encoding::BASE32_NOPAD;
use ring::hmac;

/// The code that an app shows for a secret (RFC 6238).
pub(crate) fn code(secret: &str, now: DateTime<Utc>) -> String {
    let secret = BASE32_NOPAD.decode(secret.as_bytes()).unwrap();
    let step = u64::try_from(now.timestamp()).unwrap() / 30;
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let at = usize::from(tag.as_ref()[19] % 16);
    let word = u32::from_be_bytes(tag.as_ref()[at..at + 4].try_into().unwrap()) % (1 << 31);
    format!("{:06}", word % 1_000_000)
}
