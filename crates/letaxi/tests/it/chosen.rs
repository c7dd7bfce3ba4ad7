//! Length and random seed of a test, from the environment.

use std::fmt::Debug;
use std::str::FromStr;

/// A number that whoever runs the test may choose by a variable of the environment, as `SEED`.
pub(crate) fn chosen<T: FromStr<Err: Debug>>(name: &str) -> Option<T> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|error| panic!("{name}={text}: {error:?}")))
}
