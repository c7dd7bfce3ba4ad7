//! A secret of a second step in answers.

use schemars::JsonSchema;
use serde::Serialize;

use super::qr::QrView;
use crate::app::account::second_step::SetUp;

/// A secret to be set up.
#[derive(JsonSchema, Serialize)]
pub(super) struct SetUpView {
    /// It goes with the code that confirms the secret.
    ticket: String,
    /// The secret, to be typed into an app.
    secret: String,
    /// The secret as an address that opens an app.
    link: String,
    /// The same address as a QR code.
    qr: QrView,
}

impl SetUpView {
    pub(super) fn new(set_up: &SetUp) -> Self {
        Self {
            ticket: set_up.ticket.clone(),
            secret: set_up.secret.clone(),
            link: set_up.link.clone(),
            qr: QrView::of(&set_up.link),
        }
    }
}
