//! letaxi: a taxi registry in a single program.
//!
//! - [`app`]: the use cases;
//! - [`contract`]: the le.taxi contract over HTTP; `v1`: our own API; `web`: pages for people;
//! - [`api`]: the parts that these interfaces share; [`server`]: the HTTP server below them;
//! - [`service`]: every route, with what holds for all of them;
//! - [`operator`]: calls to operators' servers, and to a geocoder;
//! - [`bus`]: messages between several servers, over NATS;
//! - [`mail`]: letters to people;
//! - [`traces`]: spans of requests, changes and calls, for a collector;
//! - `formats`: files of exports, made of rows of `app`;
//! - [`import`]: a folder of plain files, read into domain values;
//! - [`udp`]: the older position datagrams;
//! - [`cli`]: the command line;
//! - [`config`]: the settings.

pub mod api;
pub mod app;
pub mod bus;
pub mod cli;
pub mod config;
pub mod contract;
mod formats;
pub mod import;
mod json;
pub mod mail;
pub mod operator;
pub mod server;
pub mod service;
pub mod traces;
pub mod udp;
mod v1;
mod web;
