//! The command `report`, as the real program runs it.

use std::path::Path;
use std::process::Command;

/// Runs `letaxi report` with a fresh database; whether it succeeded, and what it said.
fn report(folder: &Path, arguments: &[&str]) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_letaxi"));
    command.current_dir(folder).env_clear().env("LANG", "fr_FR.UTF-8");
    let ran =
        command.args(["--database", "sqlite://x.db", "report"]).args(arguments).output().unwrap();
    let said = [ran.stdout, ran.stderr].concat();
    (ran.status.success(), String::from_utf8(said).unwrap())
}

#[test]
fn a_report_is_said_in_the_language_and_form_that_are_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, says) in [
        (&[][..], "heures de connexion"),
        (&["--lang", "en"], "connected hours"),
        (&["--format", "csv"], "operateur,chiffre,nom,valeur"),
        (
            &["--format", "json", "--since", "2024-02-28", "--until", "2024-02-29"],
            r#""until": "2024-02-29""#,
        ),
    ] {
        let (good, said) = report(folder.path(), arguments);
        assert!(good && said.contains(says), "{arguments:?}: {said}");
    }
}

#[test]
fn a_report_of_a_bad_period_says_why_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, says) in [
        (&["--since", "2024-02-30"][..], "2024-02-30"),
        (&["--since", "2024-13-01"], "2024-13-01"),
        (&["--since", "2024-03-01", "--until", "2024-02-29"], "--since is after --until"),
        (&["--since", "2024-01-01", "--until", "2024-12-31"], "at most 92 days"),
        (&["--lang", "de"], "possible values: en, fr"),
    ] {
        let (good, said) = report(folder.path(), arguments);
        assert!(!good && said.contains(says), "{arguments:?}: {said}");
    }
}
