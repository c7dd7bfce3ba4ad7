//! The list of nodes.

use storage::nodes::{Node, NodeState};

use crate::app::App;

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

    /// Shows a sign of life. A node that was silent for so long that others forgot it joins again.
    ///
    /// # Errors
    ///
    /// As [`App::join_nodes`].
    pub(in crate::app) async fn show_life(&self) -> storage::Result<()> {
        let Some(membership) = &self.membership else { return Ok(()) };
        let state = NodeState {
            is_connected: self.bus_is_connected().unwrap_or_default(),
            lag_ms: self.sync.silent_ms(self.now()).unwrap_or(i64::MAX),
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
