//! The territory in force: towns, zones and ranks as they are asked for, and their import.

pub mod import;
pub mod places;
pub mod zones;
