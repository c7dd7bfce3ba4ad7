//! Keys and passwords, stored so that the database alone reveals neither.
//!
//! An API key is looked up by its HMAC, and decrypted where the contract shows it; both need the secret key,
//! a file outside of the database. Passwords are hashed with argon2.

use std::fmt;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use registry::directory::KeyDigest;
use registry::short_lived::ShortLived;
use registry::{AccountId, Time};
use ring::rand::{SecureRandom, SystemRandom};
use ring::{aead, hkdf, hmac};
use storage::accounts::SealedKey;
use zeroize::Zeroizing;

use super::totp::TotpSecret;
use crate::app::nodes::bus::BusSecrets;

/// Length of the secret key in bytes.
const SECRET_BYTES: usize = 32;

/// Keys derived from the secret key.
pub struct Secrets {
    lookup: hmac::Key,
    seal: aead::LessSafeKey,
    calls: hmac::Key,
    exports: hmac::Key,
    bus: BusSecrets,
    short_lived: ShortLived,
    random: SystemRandom,
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets(…)")
    }
}

/// Reason for which the secret key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The file is missing, and the database has keys encrypted with one.
    #[error("{} is missing, and without it the keys in the database cannot be read: put the file back", .0.display())]
    Missing(PathBuf),
    /// The file was not written by this program.
    #[error("{} is no secret key: it must hold {} hexadecimal digits", .0.display(), SECRET_BYTES * 2)]
    Malformed(PathBuf),
    /// The file cannot be read or written.
    #[error("{}: {}", .0.display(), .1)]
    File(PathBuf, std::io::Error),
}

impl Secrets {
    /// Reads the secret key, or creates one if the file is missing and `may_create` is true.
    ///
    /// # Errors
    ///
    /// If the file is missing and must not be created, cannot be read or written, or does not contain a key.
    pub fn open(file: &Path, may_create: bool) -> Result<Self, SecretError> {
        let in_file = |error| SecretError::File(file.to_owned(), error);
        let read = || std::fs::read_to_string(file);
        let text = match read() {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                if !may_create {
                    return Err(SecretError::Missing(file.to_owned()));
                }
                match write_private(file, &HEXLOWER.encode(&fresh_secret())) {
                    // Another process created the file first; its key is used.
                    Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                    written => written.map_err(in_file)?,
                }
                read()
            }
            read => read,
        };
        let secret = read_secret(text.map_err(in_file)?.trim());
        if others_may_read(file) {
            tracing::warn!(
                file = %file.display(),
                "other users of this machine may read the secret key: chmod 600 {}",
                file.display()
            );
        }
        secret.map(|secret| Self::derive(&secret)).ok_or(SecretError::Malformed(file.to_owned()))
    }

    /// Secrets of a throw-away registry.
    pub fn throw_away() -> Self {
        Self::derive(&fresh_secret())
    }

    fn derive(secret: &[u8; SECRET_BYTES]) -> Self {
        let root = hkdf::Salt::new(hkdf::HKDF_SHA256, b"letaxi").extract(secret);
        let lookup = expand(&root, b"look up API keys");
        let seal = expand(&root, b"seal API keys");
        let calls = expand(&root, b"sign calls to operators");
        let exports = expand(&root, b"pseudonyms in exports");
        let bus_name = HEXLOWER.encode(&expand(&root, b"name on the bus")[..8]);
        let bus = BusSecrets::new(bus_name, &expand(&root, b"messages on the bus"));
        let short_lived = expand(&root, b"short-lived ids of taxis");
        let seal = aead::UnboundKey::new(&aead::CHACHA20_POLY1305, &seal)
            .expect("32 bytes are a key of this cipher");
        Self {
            lookup: hmac::Key::new(hmac::HMAC_SHA256, &lookup),
            seal: aead::LessSafeKey::new(seal),
            calls: hmac::Key::new(hmac::HMAC_SHA256, &calls),
            exports: hmac::Key::new(hmac::HMAC_SHA256, &exports),
            bus,
            short_lived: ShortLived::new(std::array::from_fn(|i| short_lived[i])),
            random: SystemRandom::new(),
        }
    }

    /// Secrets that the registry's own servers share on a bus.
    pub fn bus(&self) -> &BusSecrets {
        &self.bus
    }

    /// Encoder of short-lived ids.
    pub fn short_lived(&self) -> &ShortLived {
        &self.short_lived
    }

    /// Digest of an API key, for lookups.
    pub fn digest(&self, key: &str) -> KeyDigest {
        let tag = hmac::sign(&self.lookup, key.as_bytes());
        tag.as_ref().try_into().expect("HMAC-SHA-256 has 32 bytes")
    }

    /// Secret for the signatures of calls to an operator's server, in hexadecimal digits. It is derived from
    /// the secret key, so it is stored nowhere.
    pub fn call_secret(&self, operator: AccountId) -> String {
        HEXLOWER.encode(hmac::sign(&self.calls, operator.to_string().as_bytes()).as_ref())
    }

    /// Signs the body of a call: `t=SECONDS,v1=HMAC-SHA-256 of "SECONDS.BODY"`.
    pub fn sign_call(&self, operator: AccountId, now: Time, body: &str) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.call_secret(operator).as_bytes());
        let t = now.timestamp();
        let tag = hmac::sign(&key, format!("{t}.{body}").as_bytes());
        format!("t={t},v1={}", HEXLOWER.encode(tag.as_ref()))
    }

    /// Key of the pseudonyms in exports of a year. Without the secret key, nobody can tell from whom a pseudonym
    /// was made, or which pseudonyms of two years are of one person.
    pub fn pseudonyms(&self, year: i32) -> hmac::Key {
        let of_year = hmac::sign(&self.exports, &year.to_be_bytes());
        hmac::Key::new(hmac::HMAC_SHA256, of_year.as_ref())
    }

    /// Encrypts an API key for the database.
    pub fn seal(&self, key: &str) -> SealedKey {
        SealedKey { digest: self.digest(key), sealed: self.seal_for("", key.as_bytes()) }
    }

    /// Decrypts an API key; `None` if it was encrypted with another secret or altered.
    pub fn unseal(&self, sealed: &[u8]) -> Option<String> {
        String::from_utf8(self.unseal_for("", sealed)?.to_vec()).ok()
    }

    /// Encrypts the secret of an account's second step for the database. It opens for this account only.
    pub(super) fn seal_second_step(&self, account: AccountId, secret: &TotpSecret) -> Vec<u8> {
        self.seal_for(&second_step_of(account), secret.bytes())
    }

    /// Decrypts the secret of an account's second step; `None` if it was encrypted with another secret or for another
    /// account, or altered.
    pub(super) fn unseal_second_step(
        &self,
        account: AccountId,
        sealed: &[u8],
    ) -> Option<TotpSecret> {
        TotpSecret::of(&self.unseal_for(&second_step_of(account), sealed)?)
    }

    /// Encrypts the purpose of a ticket. It opens for this account only.
    pub(super) fn seal_ticket(&self, account: AccountId, purpose: &[u8]) -> Vec<u8> {
        self.seal_for(&ticket_of(account), purpose)
    }

    /// Decrypts the purpose of a ticket; `None` as for [`Self::unseal_second_step`].
    pub(super) fn unseal_ticket(
        &self,
        account: AccountId,
        sealed: &[u8],
    ) -> Option<Zeroizing<Vec<u8>>> {
        self.unseal_for(&ticket_of(account), sealed)
    }

    /// Digest of a recovery code of an account.
    pub(super) fn digest_of_recovery(&self, account: AccountId, code: &str) -> KeyDigest {
        self.digest(&format!("recovery code of {account}: {code}"))
    }

    pub(super) fn seal_for(&self, purpose: &str, plain: &[u8]) -> Vec<u8> {
        let mut nonce = [0; aead::NONCE_LEN];
        self.random.fill(&mut nonce).expect("the system has randomness");
        let mut sealed = plain.to_vec();
        self.seal
            .seal_in_place_append_tag(
                aead::Nonce::assume_unique_for_key(nonce),
                aead::Aad::from(purpose),
                &mut sealed,
            )
            .expect("a key is short enough to seal");
        [&nonce[..], &sealed].concat()
    }

    pub(super) fn unseal_for(&self, purpose: &str, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, sealed) = sealed.split_at_checked(aead::NONCE_LEN)?;
        let nonce = aead::Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut sealed = Zeroizing::new(sealed.to_vec());
        let plain = self.seal.open_in_place(nonce, aead::Aad::from(purpose), &mut sealed).ok()?;
        Some(Zeroizing::new(plain.to_vec()))
    }
}

/// Writes a secret key to a new file, from the text of another such file.
///
/// # Errors
///
/// If the text is not a key, or the file exists or cannot be written.
pub fn put_back(file: &Path, text: &str) -> Result<(), SecretError> {
    let text = text.trim();
    read_secret(text).ok_or_else(|| SecretError::Malformed(file.to_owned()))?;
    write_private(file, text).map_err(|error| SecretError::File(file.to_owned(), error))
}

/// A fresh API key: a random UUID, like existing keys of partners.
pub fn fresh_api_key() -> String {
    uuid::Uuid::new_v4().to_string()
}

/// Hashes a password. Takes tens of milliseconds by design: do not call it on threads that serve requests.
pub fn hash_password(password: &str) -> String {
    Argon2::default()
        .hash_password(password.as_bytes())
        .expect("default parameters are valid")
        .to_string()
}

/// True if the password fits the hash. As slow as [`hash_password`].
pub fn verify_password(password: &str, hash: &str) -> bool {
    argon2::PasswordHash::new(hash)
        .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

/// Purpose under which that of a ticket of an account is sealed.
fn ticket_of(account: AccountId) -> String {
    format!("ticket of {account}")
}

/// Purpose under which the secret of an account's second step is sealed.
fn second_step_of(account: AccountId) -> String {
    format!("second step of {account}")
}

fn expand(root: &hkdf::Prk, purpose: &[u8]) -> [u8; SECRET_BYTES] {
    let mut key = [0; SECRET_BYTES];
    root.expand(&[purpose], hkdf::HKDF_SHA256)
        .and_then(|bytes| bytes.fill(&mut key))
        .expect("one block of output is never too long");
    key
}

pub(super) fn fresh_secret() -> [u8; SECRET_BYTES] {
    let mut secret = [0; SECRET_BYTES];
    SystemRandom::new().fill(&mut secret).expect("the system has randomness");
    secret
}

/// Reads a secret key from hexadecimal digits, in either case.
fn read_secret(digits: &str) -> Option<[u8; SECRET_BYTES]> {
    HEXLOWER_PERMISSIVE.decode(digits.as_bytes()).ok()?.try_into().ok()
}

/// True if other users may read the file, for example after a careless copy.
pub fn others_may_read(file: &Path) -> bool {
    std::fs::metadata(file).is_ok_and(|about| about.permissions().mode() & 0o077 != 0)
}

/// Creates a file that only its owner can read, atomically if the file system supports it: no process reads a
/// part of it, and an existing one is not touched.
fn write_private(file: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write;
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    // Such a file belongs to its owner only, and is removed if this fails.
    let mut made = tempfile::NamedTempFile::new_in(folder)?;
    writeln!(made, "{text}")?;
    made.as_file().sync_all()?;
    if let Err(refused) = made.persist_noclobber(file) {
        if refused.error.kind() == ErrorKind::AlreadyExists {
            return Err(refused.error);
        }
        // Some shared folders support neither operation; then the content is copied into a new file.
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut made = options.open(file)?;
        writeln!(made, "{text}")?;
        made.sync_all()?;
    }
    // The file's name must also survive a power cut, like the keys that it encrypts.
    if let Err(error) = std::fs::File::open(folder).and_then(|folder| folder.sync_all()) {
        tracing::debug!(%error, "the folder of the secret key cannot be synced");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_key_opens_only_under_the_secret_that_sealed_it() {
        let (ours, theirs) = (Secrets::throw_away(), Secrets::throw_away());
        let sealed = ours.seal("0b9c-key");
        assert_eq!(ours.unseal(&sealed.sealed).as_deref(), Some("0b9c-key"));
        assert_eq!(theirs.unseal(&sealed.sealed), None);
        assert_eq!(ours.digest("0b9c-key"), sealed.digest);
        assert_ne!(theirs.digest("0b9c-key"), sealed.digest);
        assert!(!sealed.sealed.windows(4).any(|bytes| bytes == b"0b9c"));
    }

    #[test]
    fn the_secret_of_a_second_step_opens_for_its_account_only() {
        let ours = Secrets::throw_away();
        let secret = TotpSecret::fresh();
        let sealed = ours.seal_second_step(AccountId(3), &secret);
        let opened = ours.unseal_second_step(AccountId(3), &sealed).unwrap();
        assert_eq!(opened.bytes(), secret.bytes());
        assert!(ours.unseal_second_step(AccountId(4), &sealed).is_none());
        assert!(ours.unseal_for("", &sealed).is_none());
        assert!(Secrets::throw_away().unseal_second_step(AccountId(3), &sealed).is_none());
        assert!(!sealed.windows(4).any(|bytes| bytes == &secret.bytes()[..4]));
    }

    #[test]
    fn a_signature_is_checked_with_the_operators_secret_alone() {
        let ours = Secrets::throw_away();
        let now = chrono::DateTime::from_timestamp(1_709_208_000, 0).unwrap();
        let signed = ours.sign_call(AccountId(3), now, r#"{"data": []}"#);
        let v1 = signed.strip_prefix("t=1709208000,v1=").unwrap();
        let secret = ours.call_secret(AccountId(3));
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        let expected = hmac::sign(&key, br#"1709208000.{"data": []}"#);
        assert_eq!(v1, HEXLOWER.encode(expected.as_ref()));
        assert_ne!(secret, ours.call_secret(AccountId(4)));
        assert_ne!(secret, Secrets::throw_away().call_secret(AccountId(3)));
    }

    #[test]
    fn the_secret_file_is_made_once_for_its_owner_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("letaxi.key");
        assert!(matches!(Secrets::open(&file, false), Err(SecretError::Missing(_))));
        let first = Secrets::open(&file, true).expect("a fresh key");
        let again = Secrets::open(&file, false).expect("the same key");
        assert_eq!(first.digest("x"), again.digest("x"));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(&file).expect("the file").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        std::fs::write(&file, "short").expect("overwritten");
        assert!(matches!(Secrets::open(&file, true), Err(SecretError::Malformed(_))));
    }

    #[test]
    fn a_password_is_recognised_by_its_hash_and_no_other_is() {
        let hash = hash_password("correct horse");
        assert!(verify_password("correct horse", &hash));
        assert!(!verify_password("wrong horse", &hash));
        assert!(!verify_password("correct horse", "no hash at all"));
    }
}
