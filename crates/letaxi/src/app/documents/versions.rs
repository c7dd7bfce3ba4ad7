//! Documents about the registry, made once for each version.

use super::document::Document;
use crate::app::App;
use crate::app::territory::places::Places;

impl App {
    /// A document about the territory in force. Making it may take seconds: do not call this on threads that serve
    /// requests.
    pub fn document_of_territory(
        &self,
        name: &'static str,
        make: impl FnOnce(&Places) -> Vec<u8>,
    ) -> Document {
        let places = self.places();
        self.documents.get(name, places.revision, || make(&places))
    }

    /// A document about the present minute, which changes at most once in it.
    pub fn document_of_minute(
        &self,
        name: &'static str,
        make: impl FnOnce(&Self) -> Vec<u8>,
    ) -> Document {
        self.documents.get(name, self.now().timestamp() / 60, || make(self))
    }
}
