//! Answers that can be given again.

use async_trait::async_trait;
use registry::{AccountId, Time};

use super::change::Change;
use super::engine::Engine;
use super::together::Together;
use crate::Result;
use crate::answers::{GivenAnswer, GivenAnswers};
use crate::hails::Once;

/// Takes an app's key for the hail that is being made; whether it was free. Whoever comes second
/// with it waits here until the first has committed.
pub(super) async fn take_key(
    tx: &mut Change,
    client: AccountId,
    once: &Once<'_>,
    now: Time,
) -> Result<bool> {
    let taken = sqlx::query(
        "insert into given_answers (account_id, key, digest, answer, at)
        values ($1, $2, $3, '', $4)
        on conflict (account_id, key) do update
            set digest = excluded.digest, answer = excluded.answer, at = excluded.at
            where given_answers.at <= $5",
    )
    .bind(client.0)
    .bind(once.key)
    .bind(&once.digest[..])
    .bind(now)
    .bind(once.forgotten)
    .execute(tx)
    .await?;
    Ok(taken.rows_affected() == 1)
}

/// Keeps the answer under a key that [`take_key`] took.
pub(super) fn keep_answer(changes: &mut Together, client: AccountId, key: &str, answer: String) {
    let update = changes.change();
    update.push("update given_answers set answer = ").push_bind(answer);
    update.push(" where account_id = ").push_bind(client.0);
    update.push(" and key = ").push_bind(key);
}

#[async_trait]
impl GivenAnswers for Engine {
    // One statement.
    async fn given_answer(
        &self,
        client: AccountId,
        key: &str,
        forgotten: Time,
    ) -> Result<Option<GivenAnswer>> {
        let given: Option<(Vec<u8>, String)> = sqlx::query_as(
            "select digest, answer from given_answers
            where account_id = $1 and key = $2 and at > $3",
        )
        .bind(client.0)
        .bind(key)
        .bind(forgotten)
        .fetch_optional(&self.readers)
        .await?;
        Ok(given.map(|(digest, answer)| GivenAnswer { digest, answer }))
    }

    // One statement for each 500 answers.
    async fn forget_answers(&self, forgotten: Time) -> Result<u64> {
        self.delete_old(("given_answers", "account_id, key"), "at <= $1", forgotten).await
    }
}
