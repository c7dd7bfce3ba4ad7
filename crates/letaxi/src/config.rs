//! Settings: a file, then the environment, then the command line; checked before anything starts.
//!
//! Each setting is one row of [`SETTINGS`], from which [`Settings`], the reference in `docs/config.md` and the
//! options of `letaxi serve` are made.

use std::error::Error;
use std::fmt;
use std::path::{Path, PathBuf};

use toml::Value;

mod environment;
mod rows;

pub use rows::{SETTINGS, Settings};

/// Form of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Text.
    Text,
    /// One JSON object per line.
    Json,
}

/// An invalid setting, which prevents the start.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{file}: {why}")]
    File {
        /// The file.
        file: String,
        /// The reason.
        why: String,
    },
    /// An unknown key.
    #[error("{place}: unknown setting {key}{}; the settings are {}", meant(key), known())]
    Unknown {
        /// Place of the key.
        place: String,
        /// The key.
        key: String,
    },
    /// An invalid value.
    #[error("{place}: {key} is {value}, but it must be {rule}")]
    Impossible {
        /// Place of the value.
        place: String,
        /// The key.
        key: &'static str,
        /// The value.
        value: String,
        /// Rule for valid values.
        rule: &'static str,
    },
}

/// All invalid settings, displayed one per line.
#[derive(Debug, PartialEq, Eq)]
pub struct ConfigErrors(Vec<ConfigError>);

impl ConfigErrors {
    /// Each of them.
    pub fn each(&self) -> &[ConfigError] {
        &self.0
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let [only] = &self.0[..] {
            return only.fmt(f);
        }
        write!(f, "{} settings are invalid:", self.0.len())?;
        self.0.iter().try_for_each(|error| write!(f, "\n  {error}"))
    }
}

impl Error for ConfigErrors {}

/// One row of [`SETTINGS`].
pub struct Setting {
    /// Name in the file. In the environment it is `LETAXI_` and this in capitals; on the command line it has
    /// dashes.
    pub name: &'static str,
    /// Default, as TOML, or a text in parentheses.
    pub default: &'static str,
    doc: &'static str,
    /// Rule for valid values: completes "it must be …".
    pub rule: &'static str,
    /// Sets a value; `None` if it is invalid.
    set: fn(&mut Settings, &Value) -> Option<()>,
}

impl Setting {
    /// Its meaning.
    pub fn meaning(&self) -> &'static str {
        self.doc.trim_start()
    }

    /// True if it is a list, which environment and command line give separated by commas.
    fn is_list(&self) -> bool {
        self.default.starts_with('[')
    }
}

/// Prefix of settings in the environment.
pub const ENVIRONMENT_PREFIX: &str = "LETAXI_";

/// File that is read if it exists and no other was named.
pub const DEFAULT_FILE: &str = "letaxi.toml";

impl Settings {
    /// Loads the settings. A named `file` must exist; otherwise [`DEFAULT_FILE`] is read if it exists.
    /// `flags` are names and values from the command line.
    ///
    /// # Errors
    ///
    /// Returns all faults: an unreadable file, unknown keys and invalid values.
    pub fn load(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
        flags: impl IntoIterator<Item = (&'static str, String)>,
    ) -> Result<Self, ConfigErrors> {
        let mut settings = Self::default();
        let mut faults = settings.take_file(file);
        for (name, text) in environment {
            let key = name.strip_prefix(ENVIRONMENT_PREFIX).map(str::to_lowercase);
            if let Some(key) = key.filter(|key| !environment::is_of_kubernetes(key, &text)) {
                let place = format!("{name} in the environment");
                faults.extend(settings.take_text(&key, &text, place).err());
            }
        }
        for (name, text) in flags {
            faults.extend(settings.take_text(name, &text, "on the command line".to_owned()).err());
        }
        if faults.is_empty() { Ok(settings) } else { Err(ConfigErrors(faults)) }
    }

    /// Applies the settings of a file; returns all faults.
    fn take_file(&mut self, named: Option<&Path>) -> Vec<ConfigError> {
        let file = named.unwrap_or(Path::new(DEFAULT_FILE));
        let place = file.display().to_string();
        let unreadable = |why: String| vec![ConfigError::File { file: place.clone(), why }];
        let text = match std::fs::read_to_string(file) {
            Ok(text) => text,
            Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => {
                return Vec::new();
            }
            Err(error) => return unreadable(error.to_string()),
        };
        let table: toml::Table = match text.parse::<toml::Table>() {
            Ok(table) => table,
            Err(error) => {
                let line = error.span().map_or(1, |span| text[..span.start].lines().count().max(1));
                return unreadable(format!("line {line}: {}", error.message()));
            }
        };
        let taken = table.iter().map(|(key, value)| self.take(key, value, place.clone()));
        taken.filter_map(Result::err).collect()
    }

    fn take_text(&mut self, key: &str, text: &str, place: String) -> Result<(), ConfigError> {
        let is_list = SETTINGS.iter().any(|setting| setting.name == key && setting.is_list());
        let value = if is_list {
            let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
            Value::Array(parts.map(Value::from).collect())
        } else {
            match text {
                "true" => Value::Boolean(true),
                "false" => Value::Boolean(false),
                text => Value::from(text),
            }
        };
        self.take(key, &value, place)
    }

    fn take(&mut self, key: &str, value: &Value, place: String) -> Result<(), ConfigError> {
        let Some(setting) = SETTINGS.iter().find(|setting| setting.name == key) else {
            return Err(ConfigError::Unknown { place, key: key.to_owned() });
        };
        (setting.set)(self, value).ok_or_else(|| ConfigError::Impossible {
            place,
            key: setting.name,
            value: shown(setting, value),
            rule: setting.rule,
        })
    }

    /// File of the secret key: the given one, or beside the database; for PostgreSQL `letaxi.key` in the
    /// working folder.
    pub fn secret_key_file(&self) -> PathBuf {
        let beside_database = || {
            storage::sqlite_file(&self.database)
                .map_or_else(|| "letaxi.key".into(), |file| file.with_extension("key"))
        };
        self.secret_key_file.clone().unwrap_or_else(beside_database)
    }
}

/// A value for display in an error.
fn shown(setting: &Setting, value: &Value) -> String {
    match value.as_str() {
        Some(url) if matches!(setting.name, "database" | "nats" | "smtp") => {
            format!("{:?}", storage::without_password(url))
        }
        _ => value.to_string(),
    }
}

/// The setting that was probably meant by an unknown key, if one is similar enough.
fn meant(key: &str) -> String {
    let closeness = |setting: &&Setting| strsim::jaro_winkler(setting.name, key);
    let closest = SETTINGS.iter().max_by(|a, b| closeness(a).total_cmp(&closeness(b)));
    let closest = closest.filter(|setting| closeness(setting) > 0.8);
    closest.map(|setting| format!(" (did you mean {}?)", setting.name)).unwrap_or_default()
}

fn known() -> String {
    SETTINGS.iter().map(|setting| setting.name).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("letaxi.toml");
        std::fs::write(&file, text).expect("written");
        (folder, file)
    }

    fn load(text: &str, environment: &[(&str, &str)]) -> Result<Settings, String> {
        let (_folder, file) = file(text);
        let environment = environment.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        let place = file.display().to_string();
        Settings::load(Some(&file), environment, [])
            .map_err(|error| error.to_string().replace(&place, "letaxi.toml"))
    }

    #[test]
    fn the_environment_comes_after_the_file_and_flags_come_last() {
        let (_folder, file) = file("http = \"127.0.0.1:1\"\nlog = \"json\"");
        let environment = [
            ("LETAXI_HTTP".to_owned(), "127.0.0.1:2".to_owned()),
            ("LETAXI_PRIVATE_ENDPOINTS".to_owned(), "127.0.0.1:9911, localhost:80".to_owned()),
            ("HOME".to_owned(), "/root".to_owned()),
        ];
        let flags = [("http", "127.0.0.1:3".to_owned()), ("udp", "none".to_owned())];
        let settings = Settings::load(Some(&file), environment, flags).expect("all is right");
        assert_eq!(settings.http.port(), 3);
        assert_eq!(settings.udp, None);
        assert_eq!(settings.log, LogFormat::Json);
        assert_eq!(settings.private_endpoints.len(), 2);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place_and_what_would_be_right() {
        for (text, environment, says) in [
            (
                "htpp = \"127.0.0.1:1\"",
                &[][..],
                "letaxi.toml: unknown setting htpp (did you mean http?); the settings are http, udp, database, ",
            ),
            (
                "http = 5000",
                &[],
                "letaxi.toml: http is 5000, but it must be an address and a port, such as 127.0.0.1:5000",
            ),
            (
                "udp = \"\"",
                &[],
                "letaxi.toml: udp is \"\", but it must be an address and a port, such as \
                 127.0.0.1:8080, or \"none\"",
            ),
            ("http = ", &[], "letaxi.toml: line 1: "),
            (
                "",
                &[("LETAXI_LOG", "xml")],
                "LETAXI_LOG in the environment: log is \"xml\", but it must be \"text\" or \"json\"",
            ),
        ] {
            let error = load(text, environment).expect_err(text);
            assert!(error.starts_with(says), "{error}\nshould begin with\n{says}");
        }
    }

    #[test]
    fn the_secret_key_lies_beside_the_database() {
        for (database, key) in [
            ("sqlite:///var/lib/x.db", "/var/lib/x.key"),
            ("sqlite://my%20town/x.db", "my town/x.key"),
            ("sqlite://x.db?mode=rwc", "x.key"),
            ("postgres://letaxi@db/letaxi", "letaxi.key"),
        ] {
            let settings = Settings { database: database.to_owned(), ..Settings::default() };
            assert_eq!(settings.secret_key_file(), Path::new(key));
        }
    }

    #[test]
    fn all_faults_are_told_at_once() {
        let environment = [("LETAXI_LOG", "xml"), ("LETAXI_HTPP", "1")];
        let faults = load("htpp = 1\nudp = 5", &environment).expect_err("four faults");
        let lines: Vec<&str> = faults.lines().collect();
        assert_eq!(lines.len(), 5, "{faults}");
        assert_eq!(lines[0], "4 settings are invalid:");
        for (line, begin) in lines[1..].iter().zip([
            "  letaxi.toml: unknown setting htpp (did you mean http?); the settings are ",
            "  letaxi.toml: udp is 5, ",
            "  LETAXI_LOG in the environment: log is \"xml\", ",
            "  LETAXI_HTPP in the environment: unknown setting htpp ",
        ]) {
            assert!(line.starts_with(begin), "{line}\nshould begin with\n{begin}");
        }
    }

    #[test]
    fn a_mistyped_address_does_not_show_its_password() {
        let error = load("", &[("LETAXI_SMTP", "smpt://me:s3cret@db/x")]).expect_err("a typo");
        assert!(error.contains("smtp is") && !error.contains("s3cret"), "{error}");
        for url in ["postgre://me:s3cret@db/x", "postgres:/me:s3cret@db/x", "me:s3cret@db/x"] {
            let error = load("", &[("LETAXI_DATABASE", url)]).expect_err(url);
            assert!(!error.contains("s3cret"), "{error}");
            assert!(error.contains("@db/x"), "{error}");
        }
    }

    #[test]
    fn variables_that_kubernetes_sets_for_a_service_are_passed_over() {
        let environment = [
            ("LETAXI_SERVICE_HOST", "10.0.0.1"),
            ("LETAXI_SERVICE_PORT", "5000"),
            ("LETAXI_SERVICE_PORT_HTTP", "5000"),
            ("LETAXI_PORT", "tcp://10.0.0.1:5000"),
            ("LETAXI_PORT_5000_TCP", "tcp://10.0.0.1:5000"),
            ("LETAXI_PORT_5000_TCP_PROTO", "tcp"),
            ("LETAXI_PORT_5000_TCP_PORT", "5000"),
            ("LETAXI_PORT_5000_TCP_ADDR", "10.0.0.1"),
            ("LETAXI_CONSOLE_SERVICE_HOST", "10.0.0.2"),
            ("LETAXI_CONSOLE_PORT_80_TCP", "tcp://10.0.0.2:80"),
        ];
        assert_eq!(load("", &environment), Ok(Settings::default()));
        let error =
            load("", &[("LETAXI_PORT", "5000")]).expect_err("nobody sets it so but by mistake");
        assert!(error.contains("unknown setting port"), "{error}");
    }
}
