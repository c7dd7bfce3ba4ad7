//! The table of speeds, each compared with a floor of the same run.
//!
//!     cargo bench -p letaxi --bench table
//!     ROUNDS=3 ROWS="search geotaxi" cargo bench -p letaxi --bench table
//!     ENGINES=postgres ROWS=changes cargo bench -p letaxi --bench table
//!
//! Every row is measured in rounds, floor and program alternately, and medians are compared, so that a noisy
//! machine affects both. The server is the real program in a process of its own; so is the floor's. The table
//! goes to standard output, figures for programs to `bench.json` in cargo's target folder. `wrk` loads over
//! the wire.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a program to measure with")]

#[path = "../country/mod.rs"]
mod country;
mod fleet;
mod floor;
#[path = "../../tests/it/world/nats.rs"]
#[expect(dead_code, reason = "tests do more with it")]
mod nats;
mod report;
mod rows;
mod server;
mod wire;

use report::Report;

fn main() {
    if let Some(folder) = std::env::var_os("LETAXI_BENCH_FLOOR") {
        return floor::serve(folder.as_ref());
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        rustls::crypto::ring::default_provider().install_default().unwrap();
        let mut report = Report::default();
        rows::all(&mut report).await;
        report.finish();
    });
}
