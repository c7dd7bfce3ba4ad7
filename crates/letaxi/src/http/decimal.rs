//! Decimal numbers of few digits, written as a search writes them by the dozen.

/// What becomes of zeros at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Zeros {
    /// They stay: `12.5000`.
    Kept,
    /// They go, and the point with them: `12.5`, `12`.
    Cut,
}

/// Writes `scaled` divided by ten to the power of `decimals`, which are 18 at the most.
pub(super) fn push(text: &mut String, scaled: i64, decimals: usize, zeros: Zeros) {
    const ROOM: usize = 20;
    let mut digits = [b'0'; ROOM];
    let (mut rest, mut first) = (scaled.unsigned_abs(), ROOM);
    while rest > 0 {
        first -= 1;
        digits[first] = b'0' + u8::try_from(rest % 10).expect("a digit");
        rest /= 10;
    }
    let point = ROOM - decimals;
    let first = first.min(point - 1);
    let mut end = ROOM;
    while zeros == Zeros::Cut && end > point && digits[end - 1] == b'0' {
        end -= 1;
    }
    let ascii = |digits| std::str::from_utf8(digits).expect("digits are ASCII");
    if scaled < 0 {
        text.push('-');
    }
    text.push_str(ascii(&digits[first..point]));
    if end > point {
        text.push('.');
        text.push_str(ascii(&digits[point..end]));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(scaled: i64, decimals: usize, zeros: Zeros) -> String {
        let mut text = String::new();
        push(&mut text, scaled, decimals, zeros);
        text
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
        fn degrees_are_written_as_numbers_always_are(e7 in -1_800_000_000..=1_800_000_000_i64) {
            prop_assert_eq!(written(e7, 7, Zeros::Cut), (e7 as f64 / 1e7).to_string());
        }
    }
}
