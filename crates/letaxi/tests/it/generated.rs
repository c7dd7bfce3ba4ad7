//! Files that tests write. `UPDATE=1` (`make bless`) writes them; otherwise they are compared.
//!
//! Tests that write a file have names that begin with `generated_`: `make bless` runs these alone. The answers of
//! the stories come first, since the reference shows them as examples.

use std::path::Path;

/// True if generated files are to be written.
pub(crate) fn updating() -> bool {
    std::env::var_os("UPDATE").is_some_and(|value| value == "1")
}

/// Writes a file if files are to be written, and compares it with the text that it should hold.
pub(crate) fn check(file: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(file);
    if updating() {
        std::fs::write(&path, text).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == text, "{file} is out of date: run `make bless`");
}
