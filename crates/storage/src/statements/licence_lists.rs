//! Towns' lists of licences.

use std::collections::BTreeSet;

use async_trait::async_trait;
use registry::Time;
use sqlx::{QueryBuilder, Row as _};
use territory::InseeCode;

use super::Db;
use super::change::Change;
use super::engine::{Engine, Row, readable_rows};
use super::list_filters::push_list;
use super::territory_parts::{ROWS_A_STATEMENT, add_names};
use crate::licence_lists::{ListedLicence, RegisteredLicence};
use crate::territory_rows::{Changed, Names};
use crate::{LicenceLists, Result, words};

fn read_listed(row: &Row) -> Result<ListedLicence> {
    Ok(ListedLicence {
        town: words::read("a town's code", row.try_get("insee")?)?,
        number: row.try_get("number")?,
        listed_at: row.try_get("listed_at")?,
    })
}

fn read_registered(row: &Row) -> Result<RegisteredLicence> {
    Ok(RegisteredLicence {
        town: words::read("a town's code", row.try_get("insee")?)?,
        number: row.try_get("number")?,
        since: row.try_get("since")?,
        last_seen_at: row.try_get("last_seen_at")?,
    })
}

/// Puts lists in place of those of the same towns. Tells the number of licences that these had, and the changes.
pub(super) async fn put_lists(
    tx: &mut Change,
    lists: &[(InseeCode, Vec<String>)],
    now: Time,
    names: &mut Names,
) -> Result<(usize, Changed)> {
    let (mut before, mut all) = (0, Changed::default());
    for (town, numbers) in lists {
        let (count, changed) = put_list(tx, *town, numbers, now, names).await?;
        before += count;
        all.added += changed.added;
        all.removed += changed.removed;
    }
    Ok((before, all))
}

/// Puts the list of a town in place of the one that is there.
async fn put_list(
    tx: &mut Change,
    town: InseeCode,
    numbers: &[String],
    now: Time,
    names: &mut Names,
) -> Result<(usize, Changed)> {
    let present: Vec<String> =
        sqlx::query_scalar("select number from listed_licences where insee = $1")
            .bind(town.as_str())
            .fetch_all(&mut *tx)
            .await?;
    let wanted: BTreeSet<&String> = numbers.iter().collect();
    let present: BTreeSet<&String> = present.iter().collect();
    let gone: Vec<_> = present.difference(&wanted).copied().collect();
    for numbers in gone.chunks(ROWS_A_STATEMENT) {
        let mut delete = QueryBuilder::<Db>::new("delete from listed_licences where insee = ");
        delete.push_bind(town.as_str()).push(" and number in ");
        push_list(&mut delete, numbers.iter().map(|number| number.as_str()));
        delete.build().persistent(false).execute(&mut *tx).await?;
    }
    let wanted_rows: Vec<_> = wanted.iter().copied().collect();
    for numbers in wanted_rows.chunks(ROWS_A_STATEMENT) {
        let mut insert =
            QueryBuilder::<Db>::new("insert into listed_licences (insee, number, listed_at) ");
        insert.push_values(numbers, |mut row, number| {
            row.push_bind(town.as_str()).push_bind(number.as_str()).push_bind(now);
        });
        insert.push(" on conflict (insee, number) do update set listed_at = excluded.listed_at");
        insert.build().persistent(false).execute(&mut *tx).await?;
    }
    let new: Vec<_> = wanted.difference(&present).collect();
    let name = |number: &str| format!("{town} {number}");
    add_names(&mut names.added, new.iter().map(|number| name(number)));
    add_names(&mut names.removed, gone.iter().map(|number| name(number)));
    Ok((present.len(), Changed { added: new.len(), updated: 0, removed: gone.len() }))
}

/// ` where insee in (…)`, for these towns.
fn of_towns(query: &mut QueryBuilder<Db>, column: &str, towns: Option<&[InseeCode]>) {
    if let Some(towns) = towns {
        query.push(format!(" where {column} in "));
        push_list(query, towns.iter().map(ToString::to_string));
    }
}

#[async_trait]
impl LicenceLists for Engine {
    // One statement.
    async fn listed_licences(&self, towns: Option<&[InseeCode]>) -> Result<Vec<ListedLicence>> {
        let mut query =
            QueryBuilder::<Db>::new("select insee, number, listed_at from listed_licences");
        of_towns(&mut query, "insee", towns);
        query.push(" order by insee, number");
        let rows = query.build().fetch_all(&self.readers).await?;
        readable_rows(&rows, "listed_licences", "number", read_listed)
    }

    // One statement.
    async fn registered_licences(
        &self,
        towns: Option<&[InseeCode]>,
    ) -> Result<Vec<RegisteredLicence>> {
        let mut query = QueryBuilder::<Db>::new(
            "select l.insee, l.number, min(t.added_at) as since, max(t.last_seen_at) as last_seen_at
            from licences l left join taxis t on t.licence_id = l.id",
        );
        of_towns(&mut query, "l.insee", towns);
        query.push(" group by l.id, l.insee, l.number order by l.insee, l.number");
        let rows = query.build().fetch_all(&self.readers).await?;
        readable_rows(&rows, "licences", "number", read_registered)
    }
}
