//! Exports for researchers and authorities: tables of disguised rows, a month at a time.
//!
//! A table declares each of its columns once: name, type, description and value. Every format of a file is made
//! of these declarations and of one run over the rows. Rows are read a page at a time.

mod disguise;
mod month;
mod permits;
mod run;
mod table;
mod tables;
mod values;

pub use disguise::{CELL_RESOLUTION, ROUNDED_TO};
pub use month::{Month, NotAMonth};
pub use permits::{Permit, Permits};
pub use run::{ExportRefused, ExportRun};
pub use tables::ExportTable;
pub(in crate::app) use tables::seconds_between;
pub use values::{Head, Kind, Value};
