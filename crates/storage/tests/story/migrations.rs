//! Opening a database: migrations, versions, addresses; and its files.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use registry::Role;
use storage::Error;

use crate::place::{EMPTY, Place};
use crate::world;

crate::tests![
    a_database_is_migrated_once,
    several_may_open_a_database_at_once,
    a_database_of_a_newer_version_is_refused,
    a_changed_migration_is_refused,
    columns_that_refer_to_one_another_compare_alike,
    a_step_of_an_open_hail_changes_no_index,
    only_its_owner_reads_the_file,
    a_tended_database_has_all_in_its_main_file,
];

async fn a_database_is_migrated_once(place: Place) {
    let before = place.number("select count(*) from _sqlx_migrations").await;
    storage::migrate(&place.url).await.unwrap();
    assert!(before > 0);
    assert_eq!(place.number("select count(*) from _sqlx_migrations").await, before);
}

async fn several_may_open_a_database_at_once(place: Place) {
    place.store.close().await;
    match &place.folder {
        Some(folder) => fs::remove_file(folder.path().join("letaxi.db")).unwrap(),
        None => place.execute(EMPTY).await,
    }
    let opening: Vec<_> = (0..6)
        .map(|_| {
            let url = place.url.clone();
            tokio::spawn(async move { storage::migrate(&url).await })
        })
        .collect();
    for opened in opening {
        opened.await.unwrap().unwrap();
    }
    assert_eq!(place.number("select count(*) from accounts_revision").await, 1);
}

async fn a_database_of_a_newer_version_is_refused(place: Place) {
    place
        .execute(
            "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
            select 9999, 'of tomorrow', success, checksum, 0 from _sqlx_migrations limit 1",
        )
        .await;
    let refused = storage::open(&place.url).await.err().unwrap();
    assert!(matches!(refused, Error::Newer { found: 9999 }), "{refused:?}");
    assert!(refused.to_string().contains("newer version"), "{refused}");
    // The refusal holds no lock.
    place.execute("delete from _sqlx_migrations where version = 9999").await;
    storage::migrate(&place.url).await.unwrap();
}

async fn a_changed_migration_is_refused(place: Place) {
    place
        .execute(
            "update _sqlx_migrations
            set checksum = (select checksum from _sqlx_migrations where version = 2)
            where version = 1",
        )
        .await;
    let refused = storage::open(&place.url).await.err().unwrap();
    assert!(matches!(refused, Error::Migration(_)), "{refused:?}");
}

async fn columns_that_refer_to_one_another_compare_alike(place: Place) {
    if !place.url.starts_with("postgres") {
        // The other engine compares all texts byte by byte.
        return;
    }
    let unlike = place.number(
        "select count(*) from pg_constraint c
            cross join lateral unnest(c.conkey, c.confkey) as k (own, other)
            join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.own
            join pg_attribute b on b.attrelid = c.confrelid and b.attnum = k.other
        where c.contype = 'f' and a.attcollation <> b.attcollation",
    );
    assert_eq!(unlike.await, 0, "no index would join them");
}

async fn a_step_of_an_open_hail_changes_no_index(place: Place) {
    if !place.url.starts_with("postgres") {
        // The other engine writes each index whose columns an update names, and only those.
        return;
    }
    // Of the columns that a step sets; an index depends on those of its condition, too.
    let indexed = place.number(
        "select count(*) from pg_depend d
            join pg_index i on i.indexrelid = d.objid and d.classid = 'pg_class'::regclass
            join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
        where d.refobjid = 'hails'::regclass and i.indrelid = d.refobjid
            and a.attname in ('revision', 'status', 'changed_at', 'deadline_at', 'call_leased_until')",
    );
    assert_eq!(indexed.await, 0, "PostgreSQL would write all indexes of hails anew");
}

async fn only_its_owner_reads_the_file(place: Place) {
    let Some(folder) = &place.folder else { return };
    let files: Vec<_> = fs::read_dir(folder.path()).unwrap().map(Result::unwrap).collect();
    assert!(!files.is_empty());
    for file in files {
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{file:?}");
    }
}

async fn a_tended_database_has_all_in_its_main_file(place: Place) {
    let made = world::account(&*place.store, 1, Role::Admin).await;
    place.store.tend().await.unwrap();
    let Some(folder) = &place.folder else { return };
    let copy = folder.path().join("copy.db");
    fs::copy(folder.path().join("letaxi.db"), &copy).unwrap();
    // Without the file beside it that holds what was written last.
    let store = storage::open(&format!("sqlite://{}", copy.display())).await.unwrap();
    assert!(store.account(made).await.unwrap().is_some());
}

#[test]
fn both_engines_have_the_same_migrations() {
    let list = |engine: &str| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(engine);
        let files = fs::read_dir(folder).unwrap();
        let mut names: Vec<_> = files.map(|file| file.unwrap().file_name()).collect();
        names.sort();
        names
    };
    assert_eq!(list("sqlite"), list("postgres"));
}

#[tokio::test]
async fn an_address_of_another_kind_is_refused_without_its_password() {
    let refused = storage::open("mysql://me:secret@host/letaxi").await.err().unwrap();
    assert!(matches!(refused, Error::UnknownEngine { .. }), "{refused:?}");
    assert!(!refused.to_string().contains("secret"), "{refused}");
}

#[tokio::test]
async fn a_database_in_memory_works_too() {
    let store = storage::open("sqlite::memory:").await.unwrap();
    world::paris(&*store).await;
    assert_eq!(store.territory().await.unwrap().towns.len(), 1);
}

#[tokio::test]
async fn a_file_that_cannot_be_made_is_named() {
    let refused = storage::open("sqlite:///no/such/folder/letaxi.db").await.err().unwrap();
    assert!(matches!(refused, Error::File { .. }), "{refused:?}");
    assert!(refused.to_string().contains("/no/such/folder/letaxi.db"), "{refused}");
}
