//! Changes of taxis' statuses.

use std::time::Instant;

use sqlx::Executor;

use super::{now, postgres, sqlite};

const READ: &str = "select d.id, d.status, d.status_at, l.number, v.licence_plate, r.last_name
    from taxis t
    join licences l on l.id = t.licence_id
    join vehicles v on v.id = t.vehicle_id
    join drivers r on r.id = t.driver_id
    join descriptions d on d.vehicle_id = t.vehicle_id and d.account_id = t.account_id
    where t.id = $1";
const TAXIS: &str = "select t.id, d.id from taxis t
    join descriptions d on d.vehicle_id = t.vehicle_id and d.account_id = t.account_id order by t.id";

pub(super) async fn on_sqlite(url: &str, at_once: usize, end: Instant) -> u32 {
    let mut connection = sqlite(url).await;
    let taxis: Vec<(String, i64)> =
        sqlx::query_as(TAXIS).fetch_all(&mut connection).await.expect("taxis");
    let mut changes = 0;
    let mut next = taxis.iter().cycle();
    while now() < end {
        connection.execute("begin immediate").await.expect("begun");
        for (taxi, description) in next.by_ref().take(at_once) {
            changes += 1;
            sqlx::query(READ).bind(taxi).fetch_all(&mut connection).await.expect("read");
            sqlx::query(
                "update descriptions set status = case status when 'free' then 'off' else 'free' end,
                    status_at = ? where id = ?;
                insert into activity (at, action, resource, resource_id, extra)
                    values (?, 'auth_apikey', 'user', '1', '{}'), (?, 'taxi_status', 'taxi', ?, '{}')",
            )
            .bind("2024-01-01T00:00:00.000001+00:00")
            .bind(description)
            .bind("2024-01-01T00:00:00.000001+00:00")
            .bind("2024-01-01T00:00:00.000001+00:00")
            .bind(taxi)
            .execute(&mut connection)
            .await
            .expect("written");
        }
        connection.execute("commit").await.expect("committed");
    }
    changes
}

pub(super) async fn on_postgres(url: &str, at_once: usize, end: Instant) -> u32 {
    let mut connection = postgres(url).await;
    let taxis: Vec<(String, i64)> =
        sqlx::query_as(TAXIS).fetch_all(&mut connection).await.expect("taxis");
    let share = taxis.len().div_ceil(at_once);
    let mut changing = tokio::task::JoinSet::new();
    for taxis in taxis.chunks(share) {
        let (url, taxis) = (url.to_owned(), taxis.to_vec());
        changing.spawn(async move {
            let mut connection = postgres(&url).await;
            let mut changes = 0;
            for (taxi, description) in taxis.iter().cycle() {
                if now() >= end {
                    break;
                }
                changes += 1;
                sqlx::query(READ).bind(taxi).fetch_all(&mut connection).await.expect("read");
                sqlx::query(
                    "with changed as (update descriptions
                        set status = case status when 'free' then 'off' else 'free' end, status_at = now()
                        where id = $1)
                    insert into activity (at, action, resource, resource_id, extra)
                        values (now(), 'auth_apikey', 'user', '1', '{}'),
                            (now(), 'taxi_status', 'taxi', $2, '{}')",
                )
                .bind(description)
                .bind(taxi)
                .execute(&mut connection)
                .await
                .expect("written");
            }
            changes
        });
    }
    changing.join_all().await.into_iter().sum()
}
