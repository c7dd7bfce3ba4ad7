//! The territory in force: queries of towns, zones and ranks, and imports.

pub mod drawing;
pub mod import;
pub mod places;
pub mod zones;
