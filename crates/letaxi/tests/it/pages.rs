//! Pages that are generated from the code, or list a part of it. `UPDATE=1` writes the generated ones; otherwise
//! all must be up to date.

use std::fmt::Write;
use std::path::Path;

use letaxi::config::{ENVIRONMENT_PREFIX, SETTINGS, Settings};
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

/// Settings that the Debian package sets: the data lie where Debian wants them, a proxy on the same machine is in front,
/// and the older, unencrypted way to report positions is off.
const PACKAGED: &[(&str, &str)] = &[
    ("udp", "\"none\""),
    ("database", "\"sqlite:///var/lib/letaxi/letaxi.db\""),
    ("metrics", "\"127.0.0.1:5001\""),
    ("trusted_proxies", "[\"127.0.0.1\", \"::1\"]"),
];

/// Columns of the packaged file.
const WIDTH: usize = 100;

#[test]
fn generated_settings_of_the_package_are_up_to_date() {
    let mut file = String::from(
        "# Settings of the registry. After a change: systemctl restart letaxi\n\
         #\n\
         # A line without # is set here; the others show the defaults. An unknown setting or an invalid value\n\
         # prevents the start, and the log names it: journalctl -u letaxi\n",
    );
    for setting in SETTINGS {
        let packaged = PACKAGED.iter().find(|(name, _)| *name == setting.name);
        let default = setting.default;
        file.push('\n');
        comment(&mut file, setting.meaning());
        comment(&mut file, &format!("Valid: {}.", setting.rule));
        match packaged {
            Some((name, value)) => {
                comment(&mut file, &format!("Without this line: {default}."));
                writeln!(file, "{name} = {value}").unwrap();
            }
            None => writeln!(file, "#{} = {default}", setting.name).unwrap(),
        }
    }
    generated::check("packaging/debian/letaxi.toml", &file);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packaging/debian/letaxi.toml");
    let settings = Settings::load(Some(&path), [], []).expect("the packaged settings are valid");
    assert_eq!(settings.secret_key_file(), Path::new("/var/lib/letaxi/letaxi.key"));
    assert_eq!(settings.udp, None);
    let unset = PACKAGED.iter().filter(|(name, _)| SETTINGS.iter().all(|row| row.name != *name));
    assert_eq!(unset.count(), 0, "each row of PACKAGED is a setting");
}

/// Writes a text as lines of a comment.
fn comment(file: &mut String, text: &str) {
    let mut line = String::from("#");
    for word in text.split_whitespace() {
        if line.len() + word.len() >= WIDTH {
            writeln!(file, "{line}").unwrap();
            line.truncate(1);
        }
        line.push(' ');
        line.push_str(word);
    }
    writeln!(file, "{line}").unwrap();
}

#[test]
fn the_guide_for_operation_names_the_lengths_of_a_password() {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/operate.md");
    let guide = std::fs::read_to_string(guide).unwrap();
    let row = guide.lines().find(|line| line.starts_with("| `password` |")).unwrap();
    assert!(row.contains(&format!("{SHORTEST} to {LONGEST} characters")), "{row}");
}
