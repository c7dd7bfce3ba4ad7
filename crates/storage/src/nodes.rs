//! Nodes: the servers of one database. Only PostgreSQL has several.
//!
//! [`crate::lock()`] keeps a server that shares no bus away from all others. Those that share one are in this list, which
//! says who they are. Times are those of the database's clock, so that the clocks of the nodes do not matter.

use async_trait::async_trait;
use registry::Time;

use crate::Result;

/// Seconds without a sign of life after which a node has left.
pub const SILENCE_S: i64 = 10;

/// Number of a node, drawn at its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub i64);

impl std::fmt::Display for NodeId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// The kind of process that uses a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Process {
    /// A command: the servers hear of its changes.
    Command,
    /// The only server: nobody has to hear of its changes.
    Alone,
    /// One of several servers.
    Node(NodeId),
}

/// A server, as it describes itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeCard {
    /// Its number.
    pub id: NodeId,
    /// Its name: machine and port.
    pub name: String,
    /// Version of the program.
    pub version: String,
    /// Servers of its bus, without passwords; empty if it is alone.
    pub bus: String,
    /// Areas whose positions it follows; empty: all.
    pub areas: String,
}

/// State of a server, as it tells with each sign of life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NodeState {
    /// True if it is connected to the bus.
    pub is_connected: bool,
    /// Milliseconds since its memory was in step with the database; `None` before the first time.
    pub lag_ms: Option<i64>,
}

/// A server in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Its entry.
    pub card: NodeCard,
    /// Its last known state.
    pub state: NodeState,
    /// Time of its start.
    pub since: Time,
    /// Milliseconds since its last sign of life.
    pub silent_ms: i64,
}

/// The list of nodes. On SQLite it is empty.
#[async_trait]
pub trait Nodes {
    /// Adds or renews a node, once those that have left are removed. The caller holds the lock ([`crate::lock()`]) as its
    /// bus demands. Of two that join at once with different buses, one wins.
    ///
    /// # Errors
    ///
    /// [`crate::Error::OtherBus`] if a node on another bus is in the list.
    async fn join(&self, card: &NodeCard) -> Result<()>;

    /// The time of the database's clock, which decides for all nodes; none on SQLite.
    async fn database_time(&self) -> Result<Option<Time>>;

    /// Notes a sign of life; false if the node is not in the list any more.
    async fn note_alive(&self, id: NodeId, state: NodeState) -> Result<bool>;

    /// Removes a node.
    async fn leave(&self, id: NodeId) -> Result<()>;

    /// All nodes that have not left, by their start.
    async fn nodes(&self) -> Result<Vec<Node>>;
}
