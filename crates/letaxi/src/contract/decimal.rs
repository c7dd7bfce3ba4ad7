//! A fast writer of decimal numbers, for the distances and positions in answers of searches.
//!
//! The values are integers of a fixed scale, so no floating-point number is formatted: `itoa` writes the digits,
//! and this module puts the point among them. It replaced `write!` of an `f64`, whose output is the oracle of the
//! tests below. A search writes some 75 numbers; with these digits, and without haversines, it took 66 to 69 µs of
//! a processor in place of 89 to 101 µs (see `docs/performance.md`).

/// Treatment of trailing zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Zeros {
    /// Kept: `12.5000`.
    Kept,
    /// Removed, and the point with them: `12.5`, `12`.
    Cut,
}

/// Writes `scaled` divided by ten to the power of `decimals`, at most 18.
pub(super) fn push(text: &mut Vec<u8>, scaled: i64, decimals: usize, zeros: Zeros) {
    const ZEROS: &[u8] = &[b'0'; 18];
    let mut digits = itoa::Buffer::new();
    let digits = digits.format(scaled.unsigned_abs()).as_bytes();
    let (whole, parts) = digits.split_at(digits.len().saturating_sub(decimals));
    let missing = &ZEROS[..decimals - parts.len()];
    let needed = match zeros {
        Zeros::Kept => parts.len(),
        Zeros::Cut => parts.iter().rposition(|digit| *digit != b'0').map_or(0, |last| last + 1),
    };
    if scaled < 0 {
        text.push(b'-');
    }
    text.extend_from_slice(if whole.is_empty() { b"0" } else { whole });
    if needed > 0 {
        text.push(b'.');
        text.extend_from_slice(missing);
        text.extend_from_slice(&parts[..needed]);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(scaled: i64, decimals: usize, zeros: Zeros) -> String {
        let mut text = Vec::new();
        push(&mut text, scaled, decimals, zeros);
        String::from_utf8(text).expect("digits are ASCII")
    }

    #[test]
    fn zeros_at_the_end_stay_or_go() {
        for (scaled, kept, cut) in [
            (0, "0.0000", "0"),
            (5, "0.0005", "0.0005"),
            (-5_000, "-0.5000", "-0.5"),
            (120_000, "12.0000", "12"),
            (i64::MIN, "-922337203685477.5808", "-922337203685477.5808"),
        ] {
            assert_eq!(written(scaled, 4, Zeros::Kept), kept);
            assert_eq!(written(scaled, 4, Zeros::Cut), cut);
        }
    }

    proptest! {
        #[test]
        fn degrees_are_written_as_the_standard_library_does(
            e7 in -1_800_000_000..=1_800_000_000_i64,
        ) {
            prop_assert_eq!(written(e7, 7, Zeros::Cut), (e7 as f64 / 1e7).to_string());
        }

        #[test]
        fn distances_are_written_as_the_standard_library_does(e4 in -100_000_000..=100_000_000_i64) {
            prop_assert_eq!(written(e4, 4, Zeros::Kept), format!("{:.4}", e4 as f64 / 1e4));
        }
    }
}
