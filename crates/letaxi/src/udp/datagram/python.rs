//! Numbers of JSON as Python prints them once it has read them: `str(json.loads("48.70"))` is `48.7`.

use std::borrow::Cow;

/// A number of JSON as Python prints it. Whole numbers stay whole unless they are read as floating-point ones.
pub(super) fn printed(number: &str, as_float: bool) -> Cow<'_, str> {
    let is_whole = !number.contains(['.', 'e', 'E']);
    match number {
        // Python knows no negative zero that is whole.
        "-0" => Cow::Borrowed(if as_float { "0.0" } else { "0" }),
        _ if is_whole && !as_float => Cow::Borrowed(number),
        _ => {
            number.parse().map_or(Cow::Borrowed(number), |number| Cow::Owned(printed_float(number)))
        }
    }
}

/// Both languages write the fewest digits that mean the same number, and an exponent for the same numbers.
/// Python's exponent has a sign and two digits at least.
fn printed_float(number: f64) -> String {
    let text = format!("{number:?}");
    let Some((digits, exponent)) = text.split_once('e') else { return text };
    let (sign, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |size| ('-', size));
    format!("{digits}e{sign}{exponent:0>2}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made by Python 3.11: `str(json.loads(number))`.
    #[test]
    fn numbers_are_printed_as_python_prints_them() {
        for (number, python) in [
            ("48.70", "48.7"),
            ("4.87e1", "48.7"),
            ("1e2", "100.0"),
            ("0e0", "0.0"),
            ("-0.0", "-0.0"),
            ("-0", "0"),
            ("100", "100"),
            ("123456789012345678901234567890", "123456789012345678901234567890"),
            ("0.0001", "0.0001"),
            ("0.1e-3", "0.0001"),
            ("0.00001", "1e-05"),
            ("-1e-5", "-1e-05"),
            ("-1.5e-7", "-1.5e-07"),
            ("1e15", "1000000000000000.0"),
            ("9999999999999998.0", "9999999999999998.0"),
            ("1e16", "1e+16"),
            ("99999999999999990.0", "9.999999999999998e+16"),
            ("123456789012345680.0", "1.2345678901234568e+17"),
            ("1e22", "1e+22"),
            ("1e23", "1e+23"),
            ("9007199254740993.0", "9007199254740992.0"),
            ("5e-324", "5e-324"),
            ("2.2250738585072014e-308", "2.2250738585072014e-308"),
            ("1.7976931348623157e308", "1.7976931348623157e+308"),
            ("1e-400", "0.0"),
            ("1e999", "inf"),
        ] {
            assert_eq!(printed(number, false), python, "{number}");
        }
    }

    /// Made by Python 3.11: `str(float(json.loads(number)))`.
    #[test]
    fn whole_numbers_are_printed_as_floats_where_they_are_read_as_floats() {
        for (number, python) in
            [("48", "48.0"), ("-0", "0.0"), ("-0.0", "-0.0"), ("10000000000000000", "1e+16")]
        {
            assert_eq!(printed(number, true), python, "{number}");
        }
    }
}
