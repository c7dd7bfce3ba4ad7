//! The one integration-test binary of the program. Every file here is a module of it, because each
//! binary more would link the whole program once more.

mod access;
mod pages;
mod program;
mod tidy;
mod transcripts;
mod world;
