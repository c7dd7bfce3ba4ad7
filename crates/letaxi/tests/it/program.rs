//! Tests of the real binary, in a folder of its own.

use std::io::Write;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Runs the program in a folder and waits for its end.
fn letaxi(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_letaxi"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("RUST_LOG")
        .output()
        .expect("the program was built with this test")
}

/// The error message of a refusal: exactly one line, with a failing exit code.
fn complaint(folder: &Path, arguments: &[&str]) -> String {
    let output = letaxi(folder, arguments);
    let text = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {text}");
    text
}

fn write(folder: &Path, file: &str, text: &str) {
    let file = folder.join(file);
    std::fs::create_dir_all(file.parent().expect("in a folder")).expect("a folder");
    std::fs::write(file, text).expect("a file");
}

fn town(code: &str, ring: &str) -> String {
    format!(
        r#"{{"type": "FeatureCollection", "approximate": true, "features": [{{"type": "Feature",
            "properties": {{"insee": "{code}", "nom": "Town"}},
            "geometry": {{"type": "Polygon", "coordinates": [[{ring}]]}}}}]}}"#
    )
}

const SQUARE: &str = "[2, 48], [3, 48], [3, 49], [2, 49], [2, 48]";

#[test]
fn a_wrong_start_is_refused_with_what_would_be_right() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let port_taken = complaint(folder, &["serve", "--http", &address]);
    assert!(port_taken.contains(&format!("cannot listen on {address}")), "{port_taken}");
    assert!(port_taken.contains("choose with --http"), "{port_taken}");

    let taken = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let port_taken = complaint(folder, &["serve", "--http", "127.0.0.1:0", "--udp", &address]);
    assert!(port_taken.contains(&format!("cannot take datagrams on {address}")), "{port_taken}");
    assert!(port_taken.contains("choose with --udp"), "{port_taken}");

    write(folder, "letaxi.toml", "htpp = \"127.0.0.1:1\"");
    let unknown = complaint(folder, &["serve"]);
    assert!(unknown.contains("letaxi.toml: unknown setting htpp"), "{unknown}");
    let other_engine = complaint(folder, &["migrate", "--config", "none.toml"]);
    assert!(other_engine.contains("none.toml: "), "{other_engine}");
}

#[test]
fn a_database_without_its_key_does_not_start() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let made = letaxi(folder, &["user", "create", "a@b.fr", "--role", "moteur", "--json"]);
    assert!(made.status.success(), "{made:?}");
    std::fs::remove_file(folder.join("letaxi.key")).unwrap();
    let complaint = complaint(folder, &["user", "list"]);
    assert!(complaint.contains("letaxi.key is missing"), "{complaint}");
}

#[test]
fn a_key_that_others_may_read_and_one_that_is_made_anew_are_warned_of() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    // It gets as far as the port, which is in use.
    let serve = ["serve", "--http", &address];
    let log = complaint(folder, &serve);
    assert!(!log.contains("secret key"), "{log}");
    let key = folder.join("letaxi.key");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    let log = complaint(folder, &serve);
    assert!(log.contains("chmod 600 letaxi.key"), "{log}");

    std::fs::create_dir(folder.join("keys")).unwrap();
    write(folder, "letaxi.toml", "secret_key_file = \"keys/secret\"");
    let log = complaint(folder, &serve);
    assert!(log.contains("its folder may not be mounted"), "{log}");
    let log = complaint(folder, &serve);
    assert!(!log.contains("mounted"), "{log}");
}

#[test]
fn a_space_in_the_path_of_the_database_is_one_for_its_key_too() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::create_dir(folder.join("my town")).unwrap();
    let database = "sqlite://my%20town/letaxi.db";
    let made = letaxi(folder, &["migrate", "--database", database]);
    assert!(made.status.success(), "{made:?}");
    let made =
        letaxi(folder, &["user", "create", "a@b.fr", "--role", "admin", "--database", database]);
    assert!(made.status.success(), "{made:?}");
    for file in ["letaxi.db", "letaxi.key"] {
        assert!(folder.join("my town").join(file).exists(), "{file}");
    }
}

#[test]
fn a_database_without_a_fault_is_said_to_be_intact() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    assert!(letaxi(folder, &["migrate"]).status.success());
    let said = letaxi(folder, &["recover"]);
    assert_eq!(String::from_utf8_lossy(&said.stdout), "the database is intact\n", "{said:?}");
}

#[test]
fn an_account_is_made_once_and_keeps_the_key_it_brought() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let create = ["user", "create", "op@b.fr", "--role", "operateur", "--key", "brought-along"];
    assert!(letaxi(folder, &create).status.success());
    let again = complaint(folder, &create);
    assert!(again.contains("there is already an account op@b.fr"), "{again}");
    let key = letaxi(folder, &["user", "key", "op@b.fr"]);
    assert_eq!(String::from_utf8_lossy(&key.stdout), "brought-along\n");
    let unknown = complaint(folder, &["user", "key", "nobody@b.fr"]);
    assert!(unknown.contains("there is no account nobody@b.fr"), "{unknown}");
}

#[test]
fn an_account_is_changed_disabled_and_deleted_by_command() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let user = |arguments: &[&str]| {
        let output = letaxi(folder, &[&["user"], arguments].concat());
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let known = || serde_json::from_str::<serde_json::Value>(&user(&["list", "--json"])).unwrap();
    user(&["create", "op@b.fr", "--role", "moteur"]);
    user(&["change", "OP@b.fr", "--role", "operateur", "--role", "groupement", "--name", "Bleus"]);
    let op = &known()[0];
    assert_eq!(op["roles"], serde_json::json!(["operateur", "groupement"]));
    assert_eq!(
        (&op["commercial_name"], &op["disabled_at"]),
        (&"Bleus".into(), &serde_json::Value::Null)
    );
    user(&["change", "op@b.fr", "--name", ""]);
    assert_eq!(known()[0]["commercial_name"], serde_json::Value::Null);
    for endpoint in ["http://127.0.0.1/hails", "ftp://x.fr"] {
        let change = ["user", "change", "op@b.fr", "--hail-endpoint", endpoint];
        let create =
            ["user", "create", "b@b.fr", "--role", "operateur", "--hail-endpoint", endpoint];
        for refused in [complaint(folder, &change), complaint(folder, &create)] {
            assert!(refused.contains("this is no public http or https url"), "{refused}");
        }
    }
    user(&["change", "op@b.fr", "--hail-endpoint", "https://1.1.1.1/hails"]);
    user(&["change", "op@b.fr", "--hail-endpoint", ""]);

    user(&["disable", "op@b.fr"]);
    assert!(known()[0]["disabled_at"].is_string());
    user(&["enable", "op@b.fr"]);
    assert!(known()[0]["disabled_at"].is_null());

    user(&["create", "boss@b.fr", "--role", "groupement"]);
    user(&["manager", "op@b.fr", "boss@b.fr"]);
    let refused = complaint(folder, &["user", "delete", "boss@b.fr"]);
    assert!(refused.contains("managed accounts: 1"), "{refused}");
    assert!(refused.contains("letaxi user disable boss@b.fr"), "{refused}");
    user(&["delete", "op@b.fr"]);
    user(&["delete", "boss@b.fr"]);
    assert_eq!(known(), serde_json::json!([]));
}

#[test]
fn an_invitation_prints_a_link_and_says_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let output = letaxi(folder.path(), &[&["user"], arguments].concat());
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        (output.status.success(), text(&output.stdout) + &text(&output.stderr))
    };
    let page = "http://127.0.0.1:5000/console/welcome#";
    let invite = ["invite", "op@b.fr", "--role", "operateur", "--name", "Bleus"];
    let (is_well, said) = run(&invite);
    assert!(is_well && said.starts_with(page), "{said}");
    assert!(said.contains("op@b.fr sets a password there, once and before"), "{said}");
    let (is_well, again) = run(&["invite", "OP@b.fr", "--json"]);
    assert!(is_well && again.contains(page) && !said.contains(&again), "{again}");
    for (arguments, complaint) in [
        (&invite[..], "there is already an account op@b.fr: leave out --role"),
        (&["invite", "new@b.fr"], "name the role of a new one with --role"),
        (&["invite", "new", "--role", "admin"], "\"new\" is not a valid e-mail address"),
        (&["invite", "x@b.fr", "--name", "X"], "--role"),
        (&["second-step", "op@b.fr", "--remove"], "op@b.fr has no second step"),
        (&["second-step", "new@b.fr"], "there is no account new@b.fr"),
    ] {
        let (is_well, said) = run(arguments);
        assert!(!is_well && said.contains(complaint), "{arguments:?}: {said}");
    }
    assert_eq!(run(&["second-step", "op@b.fr"]), (true, "op@b.fr has no second step\n".into()));
    run(&["disable", "op@b.fr"]);
    let (is_well, said) = run(&["invite", "op@b.fr"]);
    assert!(!is_well && said.contains("the account is disabled: enable it first"), "{said}");
}

#[test]
fn listed_accounts_can_be_imported_again_and_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let (here, there) = (folder.path(), folder.path().join("there"));
    std::fs::create_dir(&there).unwrap();
    let said = |folder: &Path, arguments: &[&str]| {
        let output = letaxi(folder, arguments);
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let create =
        ["user", "create", "op@b.fr", "--role", "operateur", "--name", "Bleus", "--key", "its-key"];
    said(here, &create);
    said(here, &["user", "create", "boss@b.fr", "--role", "groupement"]);
    let inspector =
        ["user", "create", "eve@b.fr", "--role", "inspector", "--departements", "06,83"];
    said(here, &inspector);
    for (arguments, complaint) in [
        (["--departements", "99"], "no département has the number \"99\""),
        (["--role", "admin"], "an inspector has no other role"),
    ] {
        let wrong = ["user", "create", "x@b.fr", "--role", "inspector"];
        let said = letaxi(here, &[&wrong[..], &arguments].concat());
        assert!(
            !said.status.success() && String::from_utf8_lossy(&said.stderr).contains(complaint)
        );
    }
    said(here, &["user", "manager", "op@b.fr", "boss@b.fr"]);
    said(here, &["user", "disable", "boss@b.fr"]);
    let list = said(here, &["user", "list", "--json"]);
    assert!(!list.contains("its-key"), "{list}");
    assert!(list.contains(r#""departements":["06","83"]"#), "{list}");
    write(here, "town/users.json", &list);

    // For existing accounts nothing changes, in particular not their keys.
    let report = said(here, &["import", "town", "--json"]);
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    assert_eq!(
        (&report["accounts"]["added"], &report["accounts"]["updated"]),
        (&0.into(), &0.into())
    );
    assert_eq!(said(here, &["user", "key", "op@b.fr"]), "its-key\n");

    said(&there, &["import", "../town"]);
    let facts = |list: &str| {
        let mut accounts: serde_json::Value = serde_json::from_str(list).unwrap();
        for account in accounts.as_array_mut().unwrap() {
            account["id"].take();
        }
        accounts
    };
    assert_eq!(facts(&said(&there, &["user", "list", "--json"])), facts(&list));
    assert_ne!(said(&there, &["user", "key", "op@b.fr"]), "its-key\n");
}

#[test]
fn a_password_from_a_pipe_is_the_one_that_is_typed() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    assert!(letaxi(folder, &["user", "create", "op@x.fr", "--role", "operateur"]).status.success());
    let long = "x".repeat(256);
    for (piped, refusal) in [
        ("\u{feff}open sesame\r\n", None),
        ("sesame\n", Some("the password is too short: it needs 8 characters at least")),
        ("\u{feff}sesame!\n", Some("the password is too short: it needs 8 characters at least")),
        (long.as_str(), Some("the password is too long: it may have 255 characters")),
    ] {
        let mut program = Command::new(env!("CARGO_BIN_EXE_letaxi"))
            .args(["user", "password", "OP@x.fr"])
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program was built with this test");
        program.stdin.take().unwrap().write_all(piped.as_bytes()).unwrap();
        let output = program.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.success(), refusal.is_none(), "{piped:?} {said}");
        assert!(said.contains(refusal.unwrap_or_default()), "{piped:?} {said}");
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let hash = runtime.block_on(async {
        let store =
            storage::open(&format!("sqlite://{}/letaxi.db", folder.display())).await.unwrap();
        store.password_hash(registry::AccountId(1)).await.unwrap().unwrap()
    });
    assert!(letaxi::app::account::secrets::verify_password("open sesame", &hash));
}

#[test]
fn an_import_takes_all_or_nothing_and_twice_is_once() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let bow_tie = "[2, 48], [3, 49], [3, 48], [2, 49], [2, 48]";
    write(folder, "bad/towns.geojson", &town("75056", bow_tie));
    let complaint = complaint(folder, &["import", "bad"]);
    assert!(complaint.contains("towns.geojson:1: geometry of 75056 Town"), "{complaint}");
    assert!(complaint.contains("nothing was imported"), "{complaint}");

    write(folder, "good/towns.geojson", &town("75056", SQUARE));
    write(
        folder,
        "good/zupc/a/zone.yaml",
        "id: 11111111-aaaa-4aaa-8aaa-000000000001\nname: A\nallowed:\n  '75056': Town\n",
    );
    let import = ["import", "good", "--json"];
    let said = |output: Output| -> serde_json::Value {
        assert!(output.status.success(), "{output:?}");
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let first = said(letaxi(folder, &import));
    assert_eq!(first["towns"]["added"], 1, "{first}");
    let second = said(letaxi(folder, &import));
    assert_eq!(second["towns"], serde_json::json!({"added": 0, "updated": 0, "removed": 0}));
}

#[test]
fn much_is_removed_only_if_told_and_a_dry_run_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let area = |id: u32| {
        format!(
            r#"{{"type":"Feature","id":"way/{id}","properties":{{"name":"A"}},"geometry":{{"type":"Polygon","coordinates":[[{SQUARE}]]}}}}"#
        )
    };
    write(folder, "two/exclusions/1.geojson", &area(1));
    write(folder, "two/exclusions/2.geojson", &area(2));
    let users = r#"[{"name":"a","email":"a@b.fr","roles":[]}]"#;
    write(folder, "two/users.json", users);
    let run = |arguments: &[&str]| {
        let output = letaxi(folder, arguments);
        let said = serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap();
        (output.status.success(), said, String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (ok, dry, _) = run(&["import", "two", "--dry-run", "--json"]);
    assert!(ok);
    let added = |said: &serde_json::Value| {
        (said["exclusion zones"]["added"].clone(), said["accounts"]["added"].clone())
    };
    assert_eq!(added(&dry), (2.into(), 1.into()));
    assert_eq!(added(&run(&["import", "two", "--json"]).1), (2.into(), 1.into()));
    assert_eq!(added(&run(&["import", "two", "--dry-run", "--json"]).1), (0.into(), 0.into()));

    // A name in capitals is accepted; but the other zone would be removed.
    write(folder, "one/exclusions/1.GEOJSON", &area(1));
    write(folder, "one/users.json", &users.replace("a@b.fr", "c@d.fr"));
    let (ok, said, complaint) = run(&["import", "one", "--json"]);
    assert!(!ok && said["stored"] == false, "{said}");
    assert!(
        complaint.contains("exclusion zones: 1 of the 2 that are there would be removed"),
        "{complaint}"
    );
    assert!(complaint.contains("letaxi import one --replace"), "{complaint}");
    assert!(!run(&["import", "one", "--json", "--dry-run"]).0);
    let (ok, said, _) = run(&["import", "one", "--json", "--replace"]);
    assert!(ok, "{said}");
    assert_eq!(
        said["exclusion zones"],
        serde_json::json!({"added": 0, "updated": 0, "removed": 1})
    );
    assert_eq!(said["accounts"]["added"], 1);
    // A folder without readable files does not mean no zones.
    write(folder, "none/exclusions/1.kml", "");
    assert!(!letaxi(folder, &["import", "none", "--replace"]).status.success());
}

#[test]
fn approximate_borders_are_not_served_unless_told() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(folder, "demo/towns.geojson", &town("75056", SQUARE));
    assert!(letaxi(folder, &["import", "demo"]).status.success());
    let complaint = complaint(folder, &["serve", "--http", "127.0.0.1:0", "--udp", "none"]);
    assert!(complaint.contains("approximate borders, not for service"), "{complaint}");
    assert!(complaint.contains("--allow-approximate"), "{complaint}");
}

#[test]
fn the_demo_reaches_the_end_of_a_first_ride_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = [
        "demo",
        "--taxis",
        "40",
        "--passengers",
        "40",
        "--pace",
        "60",
        "--until-first-ride",
        "--for",
        "100s",
    ];
    let output = letaxi(folder.path(), &arguments);
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{complained}");
    assert!(said.contains("approximate borders, not for service"), "{said}");
    assert!(said.contains("first ride finished"), "{said}");
    assert!(!complained.contains("ERROR") && !complained.contains("WARN"), "{complained}");
}
