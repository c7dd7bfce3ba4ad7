//! Rules for passwords.

use std::fmt;

/// Minimum length in characters, from the public contract.
pub const SHORTEST: usize = 8;

/// Maximum length in characters: the log-in accepts no longer text.
pub const LONGEST: usize = 255;

/// Byte order mark, which some shells add to piped text.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// A valid password. The same rule applies wherever one is set, so every password can be used to log in.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

/// Faults of a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordFault {
    /// Shorter than [`SHORTEST`].
    #[error("is too short: it needs {SHORTEST} characters at least")]
    TooShort,
    /// Longer than [`LONGEST`].
    #[error("is too long: it may have {LONGEST} characters")]
    TooLong,
    /// Contains a NUL character, which no log-in accepts.
    #[error("holds a NUL character: leave it out")]
    Nul,
}

impl Password {
    /// Checks a password.
    ///
    /// # Errors
    ///
    /// Refuses a text that is too short, too long or contains NUL.
    pub fn new(text: &str) -> Result<Self, PasswordFault> {
        let text = as_typed(text);
        match text.chars().count() {
            _ if text.contains('\0') => Err(PasswordFault::Nul),
            ..SHORTEST => Err(PasswordFault::TooShort),
            SHORTEST..=LONGEST => Ok(Self(text.to_owned())),
            _ => Err(PasswordFault::TooLong),
        }
    }

    /// The text, for hashing.
    pub fn text(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    /// Hides the text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password")
    }
}

/// A typed or piped password without its byte order mark.
pub fn as_typed(text: &str) -> &str {
    text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_has_eight_to_255_characters_and_no_mark_before_them() {
        for (text, read) in [
            ("\u{e9}".repeat(8), Ok(())),
            ("\u{e9}".repeat(255), Ok(())),
            (format!("\u{feff}{}", "x".repeat(255)), Ok(())),
            (String::new(), Err(PasswordFault::TooShort)),
            ("\u{e9}".repeat(7), Err(PasswordFault::TooShort)),
            (format!("\u{feff}{}", "x".repeat(7)), Err(PasswordFault::TooShort)),
            ("x".repeat(256), Err(PasswordFault::TooLong)),
            ("12345678\0".to_owned(), Err(PasswordFault::Nul)),
        ] {
            let password = Password::new(&text);
            assert_eq!(password.as_ref().map(|_| ()).map_err(|fault| *fault), read, "{text:?}");
            if let Ok(password) = password {
                assert_eq!(password.text(), text.trim_start_matches('\u{feff}'));
                assert_eq!(format!("{password:?}"), "Password");
            }
        }
    }
}
