//! A document, and the newest version of each.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use data_encoding::HEXLOWER;
use ring::digest::{SHA256, digest};

/// Length of a tag in bytes.
const TAG_BYTES: usize = 16;

/// A document.
#[derive(Clone, Debug)]
pub struct Document {
    /// Its content.
    pub bytes: Arc<[u8]>,
    /// A text that differs for each content.
    pub tag: String,
}

impl Document {
    /// A document with its tag.
    pub fn new(bytes: Vec<u8>) -> Self {
        let tag = HEXLOWER.encode(&digest(&SHA256, &bytes).as_ref()[..TAG_BYTES]);
        Self { bytes: bytes.into(), tag }
    }
}

/// The newest version of each document.
#[derive(Debug, Default)]
pub struct Documents(Mutex<BTreeMap<&'static str, (i64, Document)>>);

impl Documents {
    /// A document in this version, if it was made.
    pub(in crate::app) fn made(&self, name: &'static str, version: i64) -> Option<Document> {
        let documents = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, document) = documents.get(name).filter(|(known, _)| *known == version)?;
        Some(document.clone())
    }

    /// A document in this version, which is made unless it is there. Others wait meanwhile: each version is made once.
    pub(in crate::app) fn get(
        &self,
        name: &'static str,
        version: i64,
        make: impl FnOnce() -> Vec<u8>,
    ) -> Document {
        let mut documents = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match documents.get(name) {
            Some((known, document)) if *known == version => document.clone(),
            _ => {
                let document = Document::new(make());
                documents.insert(name, (version, document.clone()));
                document
            }
        }
    }
}
