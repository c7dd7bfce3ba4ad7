//! The integration tests of the program, in one binary: every file here is a module of it, because each
//! further binary would link the whole program again.

#![expect(clippy::unwrap_used, reason = "all of this is tests")]

mod access;
mod backups;
mod bodies;
mod browsers;
mod chosen;
mod commands;
mod console;
mod cut;
mod datagrams;
mod emails;
mod events;
mod exports;
mod french;
mod fuzz;
mod generated;
mod geocoder;
mod guides;
mod heat;
mod identity;
mod imports;
mod inspections;
mod keys;
mod kill;
mod leases;
mod licence_lists;
mod limits;
mod managed_accounts;
mod merger;
mod monitor;
mod nodes;
mod once;
mod open_data;
mod packed;
mod pages;
mod panics;
mod password_links;
mod program;
mod queue;
mod race;
mod recomputed;
mod reference;
mod report;
mod retention;
mod samples;
mod second_step;
mod secrets;
mod sign_ins;
mod tidy;
mod transcripts;
mod unreadable;
mod visibility;
mod walk;
mod world;
