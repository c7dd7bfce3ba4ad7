//! letaxi: the registry of taxis, as one program.
//!
//! - [`app`]: the use cases;
//! - [`http`]: the le.taxi contract over HTTP;
//! - [`operator`]: the call to an operator's server;
//! - [`cli`]: the command line;
//! - [`config`]: the settings.

pub mod app;
pub mod config;
pub mod http;
pub mod operator;
