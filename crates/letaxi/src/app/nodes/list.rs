//! The list of nodes.

use chrono::TimeDelta;
use storage::nodes::{Node, NodeState};

use crate::app::App;
use crate::app::clock::Clock;

/// Correction of the clock from which on the log tells it.
const WORTH_A_WORD: TimeDelta = TimeDelta::seconds(1);

impl App {
    /// Takes this server into the list of nodes, if it is one.
    ///
    /// # Errors
    ///
    /// [`storage::Error::OtherBus`] if a node of another bus is there.
    pub async fn join_nodes(&self) -> storage::Result<()> {
        match &self.membership {
            Some(membership) => self.store.join(&membership.card).await,
            None => Ok(()),
        }
    }

    /// Steers this server's clock after that of the database, if it is one of several.
    ///
    /// # Errors
    ///
    /// If the store fails; the clock goes on as before.
    pub async fn steer_clock(&self) -> storage::Result<()> {
        let Clock::Database(clock) = &self.clock else { return Ok(()) };
        let asked_at = Clock::System.now();
        let told = self.store.database_time().await?;
        let Some(told) = told else { return Ok(()) };
        let corrected = clock.steer(asked_at, told, Clock::System.now());
        if corrected.abs() >= WORTH_A_WORD {
            tracing::warn!(
                milliseconds = corrected.num_milliseconds(),
                "this machine's clock and that of the database are apart, or one was set: the database's counts"
            );
        }
        Ok(())
    }

    /// Shows a sign of life. A node that was silent for so long that others forgot it joins again.
    ///
    /// # Errors
    ///
    /// As [`App::join_nodes`].
    pub(in crate::app) async fn show_life(&self) -> storage::Result<()> {
        let Some(membership) = &self.membership else { return Ok(()) };
        self.steer_clock().await?;
        let state = NodeState {
            is_connected: self.bus_is_connected().unwrap_or_default(),
            lag_ms: self.sync.silent_ms(self.now()),
        };
        if self.store.note_alive(membership.card.id, state).await? {
            return Ok(());
        }
        tracing::warn!("others had taken this server for gone; it joins them again");
        self.join_nodes().await
    }

    /// Takes this server off the list.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn leave_nodes(&self) -> storage::Result<()> {
        match &self.membership {
            Some(membership) => self.store.leave(membership.card.id).await,
            None => Ok(()),
        }
    }

    /// The servers of this database that show signs of life.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn nodes(&self) -> storage::Result<Vec<Node>> {
        self.store.nodes().await
    }
}
