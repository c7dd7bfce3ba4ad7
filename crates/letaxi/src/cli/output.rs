//! Standard output, for the facts that a command prints.

use std::io::Write;

/// Says a fact on standard output.
///
/// # Errors
///
/// If nobody reads any more.
pub(super) fn say(text: impl std::fmt::Display) -> anyhow::Result<()> {
    Ok(writeln!(std::io::stdout(), "{text}")?)
}
