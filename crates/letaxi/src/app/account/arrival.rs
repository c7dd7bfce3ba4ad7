//! The way on which a person comes to sign in: from a device, perhaps through the identity provider.

use std::fmt;

/// Maximum length of the name of a device, in characters.
const DEVICE_LENGTH: usize = 200;

/// The way of a person.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Arrival {
    /// Browser and system.
    pub(super) device: String,
    /// The provider's token, if the person comes from there.
    pub(super) id_token: Option<String>,
}

impl Arrival {
    pub(super) fn new(device: &str, id_token: Option<String>) -> Self {
        let device = device.chars().filter(|c| !c.is_control()).take(DEVICE_LENGTH).collect();
        Self { device, id_token }
    }

    /// Its form in a ticket: the token after a line break, which no device's name has.
    pub(super) fn text(&self) -> String {
        match &self.id_token {
            None => self.device.clone(),
            Some(id_token) => format!("{}\n{id_token}", self.device),
        }
    }

    /// Reads what [`Self::text`] wrote.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        let (device, id_token) = match text.split_once('\n') {
            None => (text, None),
            Some((device, id_token)) => (device, Some(id_token.to_owned())),
        };
        Some(Self { device: device.to_owned(), id_token })
    }
}

impl fmt::Debug for Arrival {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the token.
        write!(f, "Arrival({:?})", self.device)
    }
}
