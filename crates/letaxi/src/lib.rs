//! letaxi: the registry of taxis, as one program.
//!
//! - [`app`]: the use cases;
//! - [`http`]: the le.taxi contract over HTTP;
//! - [`operator`]: calls to operators' servers, and to a geocoder;
//! - [`import`]: a folder of plain files, read into domain values;
//! - [`udp`]: the older position datagrams;
//! - [`cli`]: the command line;
//! - [`config`]: the settings.

pub mod app;
pub mod cli;
pub mod config;
pub mod http;
pub mod import;
mod json;
pub mod operator;
pub mod udp;
