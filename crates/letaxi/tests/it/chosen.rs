//! Length and seed of a test, if set in the environment.

use std::fmt::Debug;
use std::str::FromStr;

/// A number from an environment variable such as `SEED`.
pub(crate) fn chosen<T: FromStr<Err: Debug>>(name: &str) -> Option<T> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|error| panic!("{name}={text}: {error:?}")))
}
