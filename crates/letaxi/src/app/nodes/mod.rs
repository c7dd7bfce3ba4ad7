//! Nodes: several servers of one registry, on one database of `PostgreSQL`.
//!
//! Each is in the list of nodes as long as it shows signs of life, by the database's clock. Memory follows the changes
//! of the others by the feed (`app::sync::follow`). The database is the truth; the bus tells sooner that there is something
//! to read, and it alone carries positions and counts of requests. While it is away each server knows only those positions
//! that are reported to it, and all else goes on.

pub mod bus;
mod early;
mod joining;
mod list;
mod outgoing;
mod share;
pub(in crate::app) mod shared;

use std::sync::Arc;

use storage::nodes::NodeCard;

use bus::Bus;

/// The part of this process among the servers of its database.
#[derive(Clone)]
pub struct Membership {
    /// Its entry in the list.
    pub card: NodeCard,
    /// The bus to the others; none if it is alone.
    pub bus: Option<Arc<dyn Bus>>,
}
