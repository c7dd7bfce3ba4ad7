//! Small parts of the contract's wording that several answers share.

use axum::http::StatusCode;
use registry::Time;
use schemars::JsonSchema;
use serde::Serialize;
use storage::enrolment::Upserted;

use crate::api::envelope::naive;
use crate::app::account::caller::Extra;

/// Operator's name for apps that do not see operators.
pub(super) const NEUTRAL_OPERATOR: &str = "chauffeur professionnel";

/// 201 for a new object, 200 for an existing one.
pub(super) fn made<T>(upserted: &Upserted<T>) -> StatusCode {
    if upserted.created { StatusCode::CREATED } else { StatusCode::OK }
}

/// A point, or null for both coordinates if it is unknown or hidden.
#[derive(Clone, Copy, Debug, Default, JsonSchema, Serialize)]
pub(super) struct Position {
    lon: Option<f64>,
    lat: Option<f64>,
}

impl From<territory::Point> for Position {
    fn from(point: territory::Point) -> Self {
        Self { lon: Some(point.lon()), lat: Some(point.lat()) }
    }
}

/// A time with its offset, as in the transitions of a hail.
pub(super) fn with_offset(time: Time) -> String {
    format!("{}+00:00", naive(time))
}

/// Additional data of an activity entry.
pub(super) fn extra(extra: &Extra<'_>) -> String {
    match extra {
        Extra::Nothing => serde_json::json!({}),
        Extra::By(account) => serde_json::json!({"by": account.to_string()}),
        Extra::Own(call) => {
            serde_json::json!({"method": call.method, "location": call.location})
        }
        Extra::As(call, owner) => serde_json::json!({
            "method": call.method,
            "location": call.location,
            "apikey_belongs_to": owner.to_string(),
        }),
        Extra::Status(old, new, None) => {
            serde_json::json!({"old_status": old.word(), "new_status": new.word()})
        }
        Extra::Status(old, new, Some(hail)) => serde_json::json!({
            "old_status": old.word(),
            "new_status": new.word(),
            "hail_id": hail.as_str(),
        }),
        Extra::Hail(hail, taxi) => serde_json::json!({"hail_id": hail, "taxi_id": taxi}),
        Extra::Export { table, month, purpose } => {
            serde_json::json!({"table": table, "month": month, "purpose": purpose})
        }
        Extra::Import { parts, digest } => serde_json::json!({"parts": parts, "digest": digest}),
    }
    .to_string()
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    #[test]
    fn a_time_has_six_decimals_or_none() {
        let full = DateTime::from_timestamp(1_643_733_778, 0).expect("a time");
        let part = DateTime::from_timestamp(1_643_733_778, 258_000_000).expect("a time");
        assert_eq!(naive(full), "2022-02-01T16:42:58");
        assert_eq!(naive(part), "2022-02-01T16:42:58.258000");
        assert_eq!(with_offset(part), "2022-02-01T16:42:58.258000+00:00");
    }
}
