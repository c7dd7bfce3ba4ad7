//! Nodes and the feed: SQLite has one server, so there is no list and nothing to follow.

use async_trait::async_trait;
use registry::{AccountId, HailId, Taxi, TaxiId, Time, Vehicle, VehicleId};

use super::engine::Engine;
use crate::feed::{DescriptionNow, Feed, FeedPlace, HailNow};
use crate::nodes::{Node, NodeCard, NodeId, NodeState};
use crate::{Feeds, Nodes, Result};

#[async_trait]
impl Nodes for Engine {
    async fn join(&self, _card: &NodeCard) -> Result<()> {
        Ok(())
    }

    async fn database_time(&self) -> Result<Option<Time>> {
        Ok(None)
    }

    async fn note_alive(&self, _id: NodeId, _state: NodeState) -> Result<bool> {
        Ok(true)
    }

    async fn leave(&self, _id: NodeId) -> Result<()> {
        Ok(())
    }

    async fn nodes(&self) -> Result<Vec<Node>> {
        Ok(Vec::new())
    }
}

#[async_trait]
impl Feeds for Engine {
    async fn feed_place(&self) -> Result<Option<FeedPlace>> {
        debug_assert!(self.node.is_none(), "a database of SQLite has one server");
        Ok(None)
    }

    async fn feed(&self, after: &FeedPlace) -> Result<Feed> {
        Ok(Feed::Changes(Vec::new(), after.clone()))
    }

    async fn prune_feed(&self, _before: &FeedPlace) -> Result<()> {
        Ok(())
    }

    async fn descriptions_now(
        &self,
        _wanted: &[(VehicleId, AccountId)],
    ) -> Result<Vec<DescriptionNow>> {
        Ok(Vec::new())
    }

    async fn taxis_now(&self, _wanted: &[TaxiId]) -> Result<Vec<Taxi>> {
        Ok(Vec::new())
    }

    async fn vehicles_now(&self, _wanted: &[VehicleId]) -> Result<Vec<Vehicle>> {
        Ok(Vec::new())
    }

    async fn open_hails_now(&self, _vehicles: &[VehicleId]) -> Result<Vec<(VehicleId, HailId)>> {
        Ok(Vec::new())
    }

    async fn hails_now(&self, _wanted: &[HailId]) -> Result<Vec<HailNow>> {
        Ok(Vec::new())
    }
}
