//! Hails as clients make them.

use axum::http::Method;
use serde_json::json;

use super::{CUSTOMER, World};

impl World {
    /// Hails a taxi for a customer at a point, like a client, and returns the hail's id.
    pub(crate) async fn hail(&self, client: &str, taxi: &str, [lon, lat]: [f64; 2]) -> String {
        let hail = json!({
            "taxi_id": taxi, "customer_id": CUSTOMER, "customer_phone_number": "0611223344",
            "customer_lon": lon, "customer_lat": lat, "customer_address": "1 rue de Rivoli",
        });
        let made = self.make(client, Method::POST, "/hails", hail).await;
        made.json()["data"][0]["id"].as_str().unwrap().to_owned()
    }

    /// Hails a taxi repeatedly, and cancels each hail at once.
    pub(crate) async fn hails(&self, client: &str, taxi: &str, times: u32, at: [f64; 2]) {
        for _ in 0..times {
            let hail = self.hail(client, taxi, at).await;
            let path = format!("/hails/{hail}");
            self.make(client, Method::PUT, &path, json!({"status": "declined_by_customer"})).await;
        }
    }

    /// Hails a taxi, whose driver declines.
    pub(crate) async fn declined_hail(
        &self,
        client: &str,
        taxi: (&str, &str),
        at: [f64; 2],
    ) -> String {
        let (operator, taxi) = taxi;
        let hail = self.hail(client, taxi, at).await;
        for status in ["received_by_taxi", "declined_by_taxi"] {
            let path = format!("/hails/{hail}");
            self.make(operator, Method::PUT, &path, json!({"status": status})).await;
        }
        hail
    }
}
