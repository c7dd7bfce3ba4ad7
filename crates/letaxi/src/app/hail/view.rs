//! A hail as its parties may see it.

use std::sync::Arc;

use positions::Fix;
use registry::{Roles, TaxiId};
use storage::hails::HailRecord;

/// How long a hail can be read by others than admins.
pub const VISIBLE_FOR: chrono::TimeDelta = chrono::TimeDelta::days(60);

/// A hail as it is shown.
#[derive(Clone, Debug)]
pub struct HailView {
    /// The hail.
    pub record: Arc<HailRecord>,
    /// E-mail of the operator; none if the viewer is not told who it is.
    pub operator_email: Option<String>,
    /// The id by which the viewer knows the taxi.
    pub taxi: TaxiId,
    /// Where the taxi was last reported.
    pub fix: Option<Fix>,
    /// Roles of who looks at it.
    pub viewer: Roles,
    /// Whether this very call changed its status.
    pub just_changed: bool,
}
