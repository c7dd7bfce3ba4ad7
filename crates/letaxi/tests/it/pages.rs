//! Pages that are generated from the code, or list a part of it. `UPDATE=1` writes the generated ones; otherwise
//! all must be up to date.

use std::fmt::Write;
use std::path::Path;

use letaxi::config::{ENVIRONMENT_PREFIX, SETTINGS};
use registry::password::{LONGEST, SHORTEST};

use crate::generated;

#[test]
fn generated_page_about_settings_is_up_to_date() {
    let mut page = String::from(
        "# Settings\n\n\
         <!-- Written from crates/letaxi/src/config by `make bless`: do not edit. -->\n\n\
         Settings are read from `letaxi.toml` in the working folder (or the file after `--config`), then\n\
         from the environment, then from the command line; later values take precedence. In the environment\n\
         the name of a setting is in capitals after `LETAXI_`; as an option of `letaxi serve` it has dashes,\n\
         such as `--requests-per-s 100`, and `--database` is an option of every command. In both, lists are\n\
         separated by commas. An unknown setting or an invalid value prevents the start.\n\n\
         | setting | in the environment | default | meaning | valid values |\n\
         |---|---|---|---|---|\n",
    );
    for setting in SETTINGS {
        let environment = format!("{ENVIRONMENT_PREFIX}{}", setting.name.to_uppercase());
        writeln!(
            page,
            "| `{}` | `{environment}` | {} | {} | {} |",
            setting.name,
            setting.default,
            setting.meaning(),
            setting.rule
        )
        .unwrap();
    }
    generated::check("docs/config.md", &page);
}

#[test]
fn the_guide_for_operation_names_the_lengths_of_a_password() {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/operate.md");
    let guide = std::fs::read_to_string(guide).unwrap();
    let row = guide.lines().find(|line| line.starts_with("| `password` |")).unwrap();
    assert!(row.contains(&format!("{SHORTEST} to {LONGEST} characters")), "{row}");
}
