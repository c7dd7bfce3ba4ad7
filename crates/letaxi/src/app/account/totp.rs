//! Codes of the second step: six digits that change every 30 seconds, by RFC 6238 over HMAC-SHA-1, as authenticator
//! apps compute them; and recovery codes.

use std::fmt;

use data_encoding::BASE32_NOPAD;
use registry::Time;
use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// Length of a secret in bytes: that of the hash (RFC 4226, 4).
pub(super) const SECRET_BYTES: usize = 20;
/// Duration of a step in seconds (RFC 6238, 5.2).
const STEP_S: i64 = 30;
/// Steps by which a phone's clock may differ, each way.
const SKEW: i64 = 1;
/// Number of digits of a code.
const DIGITS: usize = 6;
/// Number of recovery codes of an account.
const RECOVERY_CODES: usize = 10;
/// Length of a recovery code without its hyphen: 50 bits, in letters and digits that do not look alike.
const RECOVERY_CHARS: usize = 10;
/// Name of the registry in the app of the person.
const ISSUER: &str = "letaxi";

/// A secret that the registry and a person's app share.
#[derive(Clone)]
pub(super) struct TotpSecret(Zeroizing<[u8; SECRET_BYTES]>);

impl fmt::Debug for TotpSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TotpSecret(…)")
    }
}

impl TotpSecret {
    pub(super) fn fresh() -> Self {
        let mut secret = Zeroizing::new([0; SECRET_BYTES]);
        fill(&mut secret[..]);
        Self(secret)
    }

    /// The secret of these bytes, if they are as many as it has.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        Some(Self(Zeroizing::new(bytes.try_into().ok()?)))
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0[..]
    }

    /// The secret as a person may type it.
    pub(super) fn text(&self) -> String {
        BASE32_NOPAD.encode(self.bytes())
    }

    /// The address that an app reads from a QR code (Key URI Format of Google Authenticator).
    pub(super) fn link(&self, email: &str) -> String {
        let email: String = url::form_urlencoded::byte_serialize(email.as_bytes()).collect();
        let secret = self.text();
        format!(
            "otpauth://totp/{ISSUER}:{email}?secret={secret}&issuer={ISSUER}&algorithm=SHA1&digits={DIGITS}&period={STEP_S}"
        )
    }

    /// The latest step after `used` in whose time this code is right, if there is one near now.
    pub(super) fn step_of(&self, code: &str, now: Time, used: i64) -> Option<i64> {
        let present = now.timestamp().div_euclid(STEP_S);
        let steps = (present - SKEW..=present + SKEW).rev().filter(|step| *step > used);
        let given = code.as_bytes();
        // All are compared, so that the time tells nothing.
        let right = steps.filter(|step| self.code(*step).as_bytes().ct_eq(given).into());
        right.collect::<Vec<_>>().first().copied()
    }

    /// The code of a step (RFC 4226, 5.3).
    fn code(&self, step: i64) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, self.bytes());
        let tag = hmac::sign(&key, &step.to_be_bytes());
        let tag = tag.as_ref();
        let at = usize::from(tag[SECRET_BYTES - 1] & 0xf);
        let number = u32::from_be_bytes([tag[at] & 0x7f, tag[at + 1], tag[at + 2], tag[at + 3]]);
        format!("{:0DIGITS$}", number % 10_u32.pow(6))
    }
}

/// Fresh recovery codes, such as `k3f7x-q2wmp`.
pub(super) fn fresh_recovery_codes() -> Vec<String> {
    let fresh = || {
        let mut bytes = [0; 7];
        fill(&mut bytes);
        let text = BASE32_NOPAD.encode(&bytes).to_lowercase();
        let (one, other) = text[..RECOVERY_CHARS].split_at(RECOVERY_CHARS / 2);
        format!("{one}-{other}")
    };
    (0..RECOVERY_CODES).map(|_| fresh()).collect()
}

/// A typed code, as codes are compared: without spaces and hyphens, in lower case.
pub(super) fn as_typed(code: &str) -> String {
    let kept = code.chars().filter(|char| !char.is_whitespace() && *char != '-');
    kept.flat_map(char::to_lowercase).collect()
}

/// True if a code as typed is one of an app, not a recovery code.
pub(super) fn is_of_app(code: &str) -> bool {
    code.len() == DIGITS && code.bytes().all(|byte| byte.is_ascii_digit())
}

fn fill(bytes: &mut [u8]) {
    SystemRandom::new().fill(bytes).expect("the system has randomness");
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use chrono::DateTime;

    use super::*;

    fn at(seconds: i64) -> Time {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    /// RFC 6238, appendix B, for SHA-1, of whose eight digits these are the last six.
    #[test]
    fn codes_are_those_of_the_rfc() {
        let secret = TotpSecret::of(b"12345678901234567890").unwrap();
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(secret.code(seconds / STEP_S), code);
            assert_eq!(secret.step_of(code, at(seconds), 0), Some(seconds / STEP_S));
        }
        assert_eq!(secret.text(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    }

    #[test]
    fn a_code_is_right_a_step_around_its_own_and_after_the_last_used() {
        let secret = TotpSecret::of(b"12345678901234567890").unwrap();
        let step = 1_111_111_111 / STEP_S;
        let code = secret.code(step);
        for (shift, used, right) in [
            (0, 0, true),
            (-1, 0, true),
            (1, 0, true),
            (-2, 0, false),
            (2, 0, false),
            (0, step - 1, true),
            (0, step, false),
            (1, step + 1, false),
        ] {
            let found = secret.step_of(&code, at((step + shift) * STEP_S), used);
            assert_eq!(found, right.then_some(step), "{shift} {used}");
        }
        for wrong in ["", "05047", "0504711", "\u{663}\u{663}\u{663}"] {
            assert_eq!(secret.step_of(wrong, at(step * STEP_S), 0), None, "{wrong}");
        }
    }

    #[test]
    fn recovery_codes_differ_and_are_read_as_people_type_them() {
        let codes = fresh_recovery_codes();
        assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), RECOVERY_CODES);
        for code in &codes {
            let plain = as_typed(code);
            assert_eq!(plain.len(), RECOVERY_CHARS, "{code}");
            assert_eq!(as_typed(&code.to_uppercase().replace('-', " - ")), plain);
            assert!(!is_of_app(&plain), "{code}");
        }
        assert!(is_of_app(&as_typed("050 471")));
    }

    #[test]
    fn an_app_reads_the_secret_from_its_link() {
        let secret = TotpSecret::of(b"12345678901234567890").unwrap();
        assert_eq!(
            secret.link("a+b@example.org"),
            "otpauth://totp/letaxi:a%2Bb%40example.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=letaxi\
             &algorithm=SHA1&digits=6&period=30"
        );
        assert_eq!(format!("{secret:?}"), "TotpSecret(…)");
    }
}
