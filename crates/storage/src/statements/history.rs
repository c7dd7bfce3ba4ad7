//! The activity log.

use async_trait::async_trait;
use dispatch::hail::Status;
use registry::{AccountId, TaxiId, Time, VehicleStatus};
use sqlx::{QueryBuilder, Row as _};

use super::Db;
use super::change::Change;
use super::engine::{Engine, Row, readable_rows};
use super::list_filters::push_list;
use super::together::Together;
use crate::history::StatusChange;
use crate::{Activity, History, Result, words};

/// Most lines of one statement.
const LINES_A_STATEMENT: usize = 500;

/// Writes lines of one moment: one statement, or none for no lines.
pub(super) async fn record(connection: &mut Change, activity: &[Activity], at: Time) -> Result<()> {
    let lines: Vec<_> = activity.iter().map(|activity| (activity, at)).collect();
    record_all(connection, &lines).await
}

async fn record_all(connection: &mut Change, lines: &[(&Activity, Time)]) -> Result<()> {
    for lines in lines.chunks(LINES_A_STATEMENT) {
        let mut insert = QueryBuilder::new("");
        add_lines(&mut insert, lines);
        insert.build().execute(&mut *connection).await?;
    }
    Ok(())
}

/// Writes lines of one moment together with other changes: a few.
pub(super) fn record_with<'a>(
    changes: &mut Together,
    activity: impl IntoIterator<Item = &'a Activity>,
    at: Time,
) {
    let lines: Vec<_> = activity.into_iter().map(|activity| (activity, at)).collect();
    if !lines.is_empty() {
        add_lines(changes.change(), &lines);
    }
}

/// Adds the text that writes these lines.
fn add_lines(insert: &mut QueryBuilder<Db>, lines: &[(&Activity, Time)]) {
    insert.push(
        "insert into activity
            (at, action, resource, resource_id, extra, account_id, old_status, new_status,
            by_account_id, key_owner_id, hail_id, hail_status, reason) ",
    );
    insert.push_values(lines, |mut row, (activity, at)| {
        row.push_bind(at)
            .push_bind(activity.action.word())
            .push_bind(activity.resource.word())
            .push_bind(&activity.resource_id)
            .push_bind(&activity.extra);
        let change = activity.change.as_ref();
        let hail = change.and_then(|change| change.hail);
        row.push_bind(change.map(|change| change.account.0))
            .push_bind(change.map(|change| change.from.word()))
            .push_bind(change.map(|change| change.to.word()))
            .push_bind(change.and_then(|change| change.by).map(|id| id.0))
            .push_bind(change.and_then(|change| change.key_owner).map(|id| id.0))
            .push_bind(hail.map(|(id, _)| id.to_string()))
            .push_bind(hail.map(|(_, status)| status.word()))
            .push_bind(change.and_then(|change| change.reason.as_deref()));
    });
}

fn read_change(row: &Row) -> Result<(Time, StatusChange)> {
    let account =
        |column| Ok::<_, sqlx::Error>(row.try_get::<Option<_>, _>(column)?.map(AccountId));
    let hail = words::read_optional("a hail's id", row.try_get("hail_id")?)?;
    let status = words::read_optional::<Status>("a hail's status", row.try_get("hail_status")?)?;
    let change = StatusChange {
        account: AccountId(row.try_get("account_id")?),
        from: words::read("a taxi's status", row.try_get("old_status")?)?,
        to: words::read("a taxi's status", row.try_get("new_status")?)?,
        by: account("by_account_id")?,
        key_owner: account("key_owner_id")?,
        hail: hail.zip(status),
        reason: row.try_get("reason")?,
    };
    Ok((row.try_get("at")?, change))
}

#[async_trait]
impl History for Engine {
    // One statement for each 500 lines.
    async fn record(&self, activity: &[(Activity, Time)]) -> Result<()> {
        if activity.is_empty() {
            return Ok(());
        }
        let lines: Vec<_> = activity.iter().map(|(activity, at)| (activity, *at)).collect();
        self.write(|| async {
            let mut tx = self.begin().await?;
            record_all(&mut tx, &lines).await?;
            tx.commit().await
        })
        .await
    }

    // One statement. A new hail writes no line about its taxi's status, since the contract has none: its own row tells
    // that a free taxi was asked to answer.
    async fn status_changes(
        &self,
        taxi: TaxiId,
        accounts: &[AccountId],
        before: Time,
        take: u32,
    ) -> Result<Vec<(Time, StatusChange)>> {
        let accounts = || accounts.iter().map(|account| account.0);
        let mut query = QueryBuilder::<Db>::new(
            "with changes as (
                select at, id as line, account_id, old_status, new_status, by_account_id,
                    key_owner_id, hail_id, hail_status, reason
                from activity
                where action = 'taxi_status' and resource = 'taxi' and resource_id = ",
        );
        query.push_bind(taxi.to_string()).push(" and at < ").push_bind(before);
        query.push(" and account_id in ");
        push_list(&mut query, accounts());
        query.push(" union all select created_at, 0, operator_id, ");
        query.push_bind(VehicleStatus::Free.word()).push(", ");
        query.push_bind(VehicleStatus::Answering.word()).push(", client_id, null, id, ");
        query.push_bind(Status::Received.word());
        query.push(", null from hails where lower(taxi_id) = lower(").push_bind(taxi.to_string());
        query.push(") and taxi_id = ").push_bind(taxi.to_string());
        query.push(" and created_at < ").push_bind(before).push(" and operator_id in ");
        push_list(&mut query, accounts());
        query.push(
            ")
            select at, account_id, old_status, new_status, by_account_id, key_owner_id, hail_id,
                hail_status, reason
            from changes
            where at >= (select min(at) from (select at from changes order by at desc limit ",
        );
        query.push_bind(i64::from(take)).push(") newest) order by at desc, line desc");
        let rows = query.build().persistent(false).fetch_all(&self.readers).await?;
        readable_rows(&rows, "activity", "hail_id", read_change)
    }
}
