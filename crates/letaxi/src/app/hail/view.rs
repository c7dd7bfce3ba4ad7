//! A hail as its parties may see it.

use std::sync::Arc;

use positions::Fix;
use registry::{Roles, TaxiId};
use storage::hails::HailRecord;

/// Time for which a hail is visible to others than admins.
pub const VISIBLE_FOR: chrono::TimeDelta = chrono::TimeDelta::days(60);

/// A hail for display.
#[derive(Clone, Debug)]
pub struct HailView {
    /// The hail.
    pub record: Arc<HailRecord>,
    /// E-mail address of the operator; `None` if the viewer may not see it.
    pub operator_email: Option<String>,
    /// Id of the taxi for the viewer.
    pub taxi: TaxiId,
    /// Last reported position of the taxi.
    pub fix: Option<Fix>,
    /// Roles of the viewer.
    pub viewer: Roles,
    /// True if this call changed its status.
    pub just_changed: bool,
}
