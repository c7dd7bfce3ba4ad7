//! The list of nodes.

use async_trait::async_trait;
use registry::Time;
use sqlx::{AssertSqlSafe, PgConnection, Row as _};

use super::engine::{Engine, Row, readable_rows};
use crate::nodes::{Node, NodeCard, NodeId, NodeState, SILENCE_S};
use crate::{Error, Nodes, Result};

/// Held by whoever joins until the transaction ends, so that each sees those who came before. The number is only ours to
/// use.
const LOCK: &str = "select pg_advisory_xact_lock(7835326493)";

/// Stands for a server whose memory was never in step with the database.
const NEVER: i64 = i64::MAX;

fn read_node(row: &Row) -> Result<Node> {
    let card = NodeCard {
        id: NodeId(row.try_get("id")?),
        name: row.try_get("name")?,
        version: row.try_get("version")?,
        bus: row.try_get("bus")?,
        areas: row.try_get("areas")?,
    };
    let lag_ms = Some(row.try_get("lag_ms")?).filter(|lag_ms| *lag_ms != NEVER);
    let state = NodeState { is_connected: row.try_get("is_connected")?, lag_ms };
    Ok(Node { card, state, since: row.try_get("since")?, silent_ms: row.try_get("silent_ms")? })
}

/// See [`Nodes::nodes`].
pub(super) async fn list(db: &mut PgConnection) -> Result<Vec<Node>> {
    let nodes = format!(
        "select *, (extract(epoch from clock_timestamp() - seen_at) * 1000)::bigint as silent_ms
        from nodes where seen_at >= clock_timestamp() - interval '{SILENCE_S} seconds'
        order by since, id"
    );
    let rows = sqlx::query(AssertSqlSafe(nodes)).fetch_all(db).await?;
    readable_rows(&rows, "nodes", "id", read_node)
}

#[async_trait]
impl Nodes for Engine {
    // Four statements.
    async fn join(&self, card: &NodeCard) -> Result<()> {
        self.write(|| async {
            let mut tx = self.begin().await?;
            sqlx::query(LOCK).execute(&mut tx).await?;
            // Whoever holds the lock alone has no others, and whoever shares it has none that are alone: their
            // processes are gone.
            let forget = format!(
                "delete from nodes where id <> $1 and ($2 = '' or bus = ''
                    or seen_at < clock_timestamp() - interval '{SILENCE_S} seconds')"
            );
            let forget = sqlx::query(AssertSqlSafe(forget)).bind(card.id.0).bind(&card.bus);
            forget.execute(&mut tx).await?;
            let other: Option<(String, String)> =
                sqlx::query_as("select name, bus from nodes where id <> $1 and bus <> $2 limit 1")
                    .bind(card.id.0)
                    .bind(&card.bus)
                    .fetch_optional(&mut tx)
                    .await?;
            if let Some((name, bus)) = other {
                return Err(Error::OtherBus { name, bus });
            }
            sqlx::query(
                "insert into nodes
                    (id, name, version, bus, areas, since, seen_at, is_connected, lag_ms)
                values ($1, $2, $3, $4, $5, clock_timestamp(), clock_timestamp(), false, $6)
                on conflict (id) do update set seen_at = excluded.seen_at",
            )
            .bind(card.id.0)
            .bind(&card.name)
            .bind(&card.version)
            .bind(&card.bus)
            .bind(&card.areas)
            .bind(NEVER)
            .execute(&mut tx)
            .await?;
            tx.commit().await
        })
        .await
    }

    // One statement.
    async fn database_time(&self) -> Result<Option<Time>> {
        let now = sqlx::query_scalar("select clock_timestamp()");
        Ok(Some(now.fetch_one(&self.readers).await?))
    }

    // One statement.
    async fn note_alive(&self, id: NodeId, state: NodeState) -> Result<bool> {
        self.write(|| async {
            let mut tx = self.begin_single().await?;
            let update = sqlx::query(
                "update nodes set seen_at = clock_timestamp(), is_connected = $2, lag_ms = $3
                where id = $1",
            );
            let update =
                update.bind(id.0).bind(state.is_connected).bind(state.lag_ms.unwrap_or(NEVER));
            let rows = update.execute(&mut tx).await?.rows_affected();
            tx.commit().await?;
            Ok(rows > 0)
        })
        .await
    }

    // One statement.
    async fn leave(&self, id: NodeId) -> Result<()> {
        self.write(|| async {
            let mut tx = self.begin_single().await?;
            sqlx::query("delete from nodes where id = $1").bind(id.0).execute(&mut tx).await?;
            tx.commit().await
        })
        .await
    }

    // One statement.
    async fn nodes(&self) -> Result<Vec<Node>> {
        list(&mut *self.readers.acquire().await?).await
    }
}
