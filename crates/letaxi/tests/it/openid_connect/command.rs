//! `letaxi user identity` by the real program.

use crate::backups::{done, letaxi, refused};

const SETTINGS: &str = r#"
public_url = "https://taxis.example"
openid_issuer = "https://login.example"
openid_client_id = "taxis"
openid_client_secret_file = "client.secret"
"#;

#[test]
fn identities_are_listed_linked_and_unlinked_by_a_command() {
    let folder = tempfile::tempdir().unwrap();
    let (folder, file) = (folder.path(), "sqlite://letaxi.db");
    let run = |words: &str| {
        done(folder, file, &words.split_whitespace().collect::<Vec<_>>());
    };
    let fails = |words: &str, why: &str| {
        refused(folder, file, &words.split_whitespace().collect::<Vec<_>>(), why);
    };
    let listed = |email: &str| {
        let output = letaxi(folder, file, &["user", "identity", email]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    run("user create one@taxis.example --role admin");
    run("user create two@taxis.example --role operateur");
    fails("user identity one@taxis.example --link 8f3a52c1", "see the setting openid_issuer");
    fails("user identity nobody@taxis.example", "nobody@taxis.example");

    std::fs::write(folder.join("letaxi.toml"), SETTINGS).unwrap();
    std::fs::write(folder.join("client.secret"), "a secret of the client").unwrap();
    run("user identity one@taxis.example --link 8f3a52c1");
    let table = listed("one@taxis.example");
    assert!(table.contains("https://login.example") && table.contains("8f3a52c1"), "{table}");
    fails("user identity two@taxis.example --link 8f3a52c1", "linked with another account");
    fails("user identity two@taxis.example --unlink 1", "no such identity");
    fails("user identity one@taxis.example --link 8f --unlink 1", "cannot be used with");
    assert!(!listed("two@taxis.example").contains("8f3a52c1"));

    run("user identity one@taxis.example --unlink 1");
    assert!(!listed("one@taxis.example").contains("8f3a52c1"));
    run("user identity two@taxis.example --link 8f3a52c1");
    assert!(listed("two@taxis.example").contains("8f3a52c1"));
}
