//! Pages that are written from the code. `UPDATE=1` writes them; otherwise they must be up to date.

use std::fmt::Write;
use std::path::Path;

use letaxi::config::{ENVIRONMENT_PREFIX, SETTINGS};

#[test]
fn the_reference_of_the_settings_is_up_to_date() {
    let mut page = String::from(
        "# Settings\n\n\
         <!-- Written from crates/letaxi/src/config by `make bless`: do not edit. -->\n\n\
         Read from `letaxi.toml` where the program runs (or the file after `--config`), then from the\n\
         environment, then from the command line; what is read later wins. In the environment a setting\n\
         is its name in capitals behind `LETAXI_`, and a list is separated by commas. A setting that\n\
         nobody knows, or a value that cannot be, stops the start.\n\n\
         | setting | in the environment | default | what it is good for | it must be |\n\
         |---|---|---|---|---|\n",
    );
    for setting in SETTINGS {
        let environment = format!("{ENVIRONMENT_PREFIX}{}", setting.name.to_uppercase());
        writeln!(
            page,
            "| `{}` | `{environment}` | {} | {} | {} |",
            setting.name, setting.default, setting.meaning, setting.rule
        )
        .unwrap();
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/config.md");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&file, &page).unwrap();
    }
    let written = std::fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(written, page, "docs/config.md is out of date: run `make bless`");
}
