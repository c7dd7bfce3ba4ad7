//! Fuzz targets for every parser of outside input: no panic and no 500.
//!
//! Each test is a target of bolero and takes some randomly mutated inputs; `INPUTS=` sets their number. `make
//! fuzz TARGET=` fuzzes for hours, guided by coverage.

mod bodies;
mod folders;
mod input;
mod mutate;
mod texts;

use std::path::PathBuf;

use crate::chosen::chosen;

/// A parser under test.
trait Target {
    /// Seed inputs, in the form of a fuzzer's choices: see [`input::Input`].
    fn seeds(&self) -> Vec<Vec<u8>>;

    /// Parses one input, made from the fuzzer's bytes.
    fn try_one(&mut self, chosen: &[u8]);

    /// Final check that the inputs reached the code.
    fn end(self);
}

/// Makes a fuzz target of the surrounding test, with a default number of inputs.
macro_rules! fuzz {
    ($usually:expr, $target:expr) => {{
        let check = bolero::check!().with_iterations($crate::fuzz::inputs($usually));
        // The state after a panic is not used again.
        let mut target = std::panic::AssertUnwindSafe($target);
        $crate::fuzz::keep_seeds(&target.0);
        check.for_each(|chosen: &[u8]| {
            let target = &mut target;
            $crate::fuzz::Target::try_one(&mut target.0, chosen);
        });
        $crate::fuzz::Target::end(target.0);
    }};
}
use fuzz;

/// Number of inputs of a test.
fn inputs(usually: usize) -> usize {
    chosen("INPUTS").unwrap_or(usually)
}

/// Prints an input if its parser panics; the fuzzer only knows its own bytes. The last one printed is the
/// smallest that was found.
struct Shown<'a>(&'a str, &'a [u8]);

impl Drop for Shown<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}, as it was read:\n{}", self.0, self.1.escape_ascii());
        }
    }
}

/// Writes the seeds to the folder of `make fuzz`, as a start for its engine.
fn keep_seeds(target: &impl Target) {
    let Some(folder) = chosen::<PathBuf>("SEEDS") else { return };
    std::fs::create_dir_all(&folder).unwrap();
    for (number, seed) in target.seeds().into_iter().enumerate() {
        std::fs::write(folder.join(format!("seed-{number}")), seed).unwrap();
    }
}
