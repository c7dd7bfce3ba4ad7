//! Places in the feed of changes, up to which memory has followed it.

use registry::Time;
use storage::feed::FeedPlace;

/// Places in the feed.
#[derive(Debug, Default)]
pub(in crate::app) struct Followed {
    /// Up to where memory has followed; none if this process follows no others.
    pub(super) place: Option<FeedPlace>,
    /// An earlier place, and its time: what comes before is deleted one day.
    pub(super) kept: Option<(Time, FeedPlace)>,
}
