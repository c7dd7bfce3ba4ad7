//! The registry of taxis, as one program.

pub mod cli;
