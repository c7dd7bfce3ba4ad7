//! Merged towns: their old codes, and moving what names one of them to the town in force.

use std::collections::HashSet;

use registry::AccountId;
use registry::licence::number_beside;
use sqlx::{AssertSqlSafe, QueryBuilder};
use territory::{InseeCode, Mergers};

use super::change::Change;
use super::engine::Connection;
use super::list_filters::push_list;
use super::territory_parts::ROWS_A_STATEMENT;
use super::{Db, FOR_UPDATE};
use crate::territory_rows::{Changed, MovedLicences, RenamedLicence};
use crate::unreadable::readable;
use crate::{Result, words};

fn read_code(text: &str) -> Result<InseeCode> {
    words::read("a town's code", text)
}

/// All mergers that were ever imported.
pub(super) async fn read_mergers(connection: &mut Connection) -> Result<Mergers> {
    let rows: Vec<(String, String)> =
        sqlx::query_as("select old_insee, new_insee from mergers").fetch_all(connection).await?;
    let mergers = rows.iter().map(|(old, new)| {
        let merger = read_code(old).and_then(|old| Ok((old, read_code(new)?)));
        readable(merger, "mergers", || old.clone())
    });
    mergers.filter_map(Result::transpose).collect()
}

/// Adds mergers to those that are there; of two of one code the new one counts.
pub(super) async fn put_mergers(tx: &mut Change, wanted: &Mergers) -> Result<Changed> {
    let present = read_mergers(tx.connection().await?).await?;
    let put: Vec<_> = wanted.iter().filter(|(old, new)| present.get(*old) != Some(*new)).collect();
    let updated = put.iter().filter(|(old, _)| present.get(*old).is_some()).count();
    for mergers in put.chunks(ROWS_A_STATEMENT) {
        let mut insert = QueryBuilder::<Db>::new("insert into mergers (old_insee, new_insee) ");
        insert.push_values(mergers, |mut row, (old, new)| {
            row.push_bind(old.to_string()).push_bind(new.to_string());
        });
        insert.push(" on conflict (old_insee) do update set new_insee = excluded.new_insee");
        insert.build().persistent(false).execute(&mut *tx).await?;
    }
    Ok(Changed { added: put.len() - updated, updated, removed: 0 })
}

/// Keeps licences from being issued by these towns until the end of the transaction.
pub(super) async fn lock_towns(tx: &mut Change, codes: &[String]) -> Result<()> {
    for codes in codes.chunks(ROWS_A_STATEMENT) {
        let mut lock = QueryBuilder::<Db>::new("select insee from towns where insee in ");
        push_list(&mut lock, codes.iter().map(String::as_str));
        lock.push(" ").push(FOR_UPDATE);
        lock.build().persistent(false).fetch_all(&mut *tx).await?;
    }
    Ok(())
}

/// Codes in this table that are no town's any more, each with the one in force.
async fn to_move(
    tx: &mut Change,
    table: &'static str,
    mergers: &Mergers,
    towns: &HashSet<InseeCode>,
) -> Result<Vec<(InseeCode, InseeCode)>> {
    let sql = format!("select distinct insee from {table} order by insee");
    let used: Vec<String> = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(tx).await?;
    let mut moves = Vec::new();
    for old in &used {
        let Some(old) = readable(read_code(old), table, || format!("of {old}"))? else { continue };
        let new = mergers.in_force(old, |code| towns.contains(&code));
        moves.extend(new.filter(|new| *new != old).map(|new| (old, new)));
    }
    Ok(moves)
}

/// Moves licences of merged towns to the towns in force. None is lost: one whose number the account has there
/// already gets another one.
pub(super) async fn move_licences(
    tx: &mut Change,
    mergers: &Mergers,
    towns: &HashSet<InseeCode>,
) -> Result<MovedLicences> {
    let mut moved = MovedLicences::default();
    for (old, new) in to_move(tx, "licences", mergers, towns).await? {
        let taken: Vec<(i64, i64, String)> = sqlx::query_as(
            "select id, account_id, number from licences l
            where insee = $1 and exists (select 1 from licences other
                where other.account_id = l.account_id and other.number = l.number
                and other.insee = $2)
            order by id",
        )
        .bind(old.as_str())
        .bind(new.as_str())
        .fetch_all(&mut *tx)
        .await?;
        for (id, account, number) in taken {
            let renamed = number_beside(&number, old);
            sqlx::query("update licences set number = $2 where id = $1")
                .bind(id)
                .bind(&renamed)
                .execute(&mut *tx)
                .await?;
            let account = AccountId(account);
            moved.renamed.push(RenamedLicence { account, number, old, new, renamed });
        }
        let licences = sqlx::query("update licences set insee = $2 where insee = $1")
            .bind(old.as_str())
            .bind(new.as_str())
            .execute(&mut *tx)
            .await?;
        moved.count += usize::try_from(licences.rows_affected()).unwrap_or(usize::MAX);
    }
    Ok(moved)
}

/// Moves zones and taxi ranks that name merged towns to the towns in force. Says whether there were any.
pub(super) async fn move_places(
    tx: &mut Change,
    mergers: &Mergers,
    towns: &HashSet<InseeCode>,
) -> Result<bool> {
    let zones = to_move(tx, "zone_towns", mergers, towns).await?;
    for (old, new) in &zones {
        sqlx::query(
            "insert into zone_towns (zone_id, insee)
            select zone_id, $2 from zone_towns where insee = $1
            on conflict (zone_id, insee) do nothing",
        )
        .bind(old.as_str())
        .bind(new.as_str())
        .execute(&mut *tx)
        .await?;
        sqlx::query("delete from zone_towns where insee = $1")
            .bind(old.as_str())
            .execute(&mut *tx)
            .await?;
    }
    let stations = to_move(tx, "stations", mergers, towns).await?;
    for (old, new) in &stations {
        sqlx::query("update stations set insee = $2 where insee = $1")
            .bind(old.as_str())
            .bind(new.as_str())
            .execute(&mut *tx)
            .await?;
    }
    Ok(!zones.is_empty() || !stations.is_empty())
}
