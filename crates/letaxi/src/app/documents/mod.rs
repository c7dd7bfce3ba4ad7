//! Documents that are published as they are: open data. Each is made once for each version of its content.

pub mod document;
mod versions;
