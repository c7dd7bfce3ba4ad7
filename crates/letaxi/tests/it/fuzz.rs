//! Every parser that meets the outside, fed with broken input: never a panic, never a 500.
//!
//! Each test is a target of bolero. Here it takes some inputs that were broken at random; `INPUTS=` makes it
//! more. `make fuzz TARGET=` breaks them for hours, led by the code that they reach.

mod bodies;
mod folders;
mod input;
mod mutate;
mod texts;

use std::path::PathBuf;

use crate::chosen::chosen;

/// A parser under fire.
trait Target {
    /// Inputs to begin with, as a fuzzer chooses them: see [`input::Input`].
    fn seeds(&self) -> Vec<Vec<u8>>;

    /// Reads one input, made of what a fuzzer chose.
    fn try_one(&mut self, chosen: &[u8]);

    /// Afterwards: was anything reached at all?
    fn end(self);
}

/// Makes the test around it a target: so many inputs, if nobody says otherwise.
macro_rules! fuzz {
    ($usually:expr, $target:expr) => {{
        let check = bolero::check!().with_iterations($crate::fuzz::inputs($usually));
        // What a panic leaves behind is not looked at again.
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

/// Number of inputs that a test tries.
fn inputs(usually: usize) -> usize {
    chosen("INPUTS").unwrap_or(usually)
}

/// Shows an input if its reader panics: a fuzzer only knows what it chose. The last that is shown is the
/// smallest that was found.
struct Shown<'a>(&'a str, &'a [u8]);

impl Drop for Shown<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}, as it was read:\n{}", self.0, self.1.escape_ascii());
        }
    }
}

/// Leaves the seeds in the folder that `make fuzz` names, for its engine to begin with.
fn keep_seeds(target: &impl Target) {
    let Some(folder) = chosen::<PathBuf>("SEEDS") else { return };
    std::fs::create_dir_all(&folder).unwrap();
    for (number, seed) in target.seeds().into_iter().enumerate() {
        std::fs::write(folder.join(format!("seed-{number}")), seed).unwrap();
    }
}
