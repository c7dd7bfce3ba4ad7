//! Documents about the registry, made once for each version.

use super::document::Document;
use crate::app::App;
use crate::app::figures::public::PublicFigures;
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

    /// A document of the public figures, which are computed at most once a minute, unless several callers are the
    /// first of it.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn document_of_figures(
        &self,
        name: &'static str,
        make: impl FnOnce(&PublicFigures) -> Vec<u8>,
    ) -> storage::Result<Document> {
        let minute = self.minute();
        if let Some(document) = self.documents.made(name, minute) {
            return Ok(document);
        }
        let figures = self.public_figures().await?;
        Ok(self.documents.get(name, minute, || make(&figures)))
    }

    /// A document about the present minute, which changes at most once in it.
    pub fn document_of_minute(
        &self,
        name: &'static str,
        make: impl FnOnce(&Self) -> Vec<u8>,
    ) -> Document {
        self.documents.get(name, self.minute(), || make(self))
    }

    /// Number of the present minute.
    fn minute(&self) -> i64 {
        self.now().timestamp() / 60
    }
}
