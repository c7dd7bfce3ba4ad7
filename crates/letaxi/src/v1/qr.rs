//! QR codes, as squares that a page draws.

use qrcodegen::{QrCode, QrCodeEcc};
use schemars::JsonSchema;
use serde::Serialize;

/// A QR code, without the quiet zone of four squares around it.
#[derive(JsonSchema, Serialize)]
pub(super) struct QrView {
    /// Number of squares along a side.
    size: i32,
    /// The dark squares as the `d` of an SVG path, in squares.
    path: String,
}

impl QrView {
    /// The code of a text of some hundred characters.
    pub(super) fn of(text: &str) -> Self {
        let code = QrCode::encode_text(text, QrCodeEcc::Medium).expect("the text fits a QR code");
        let size = code.size();
        let rows = (0..size).flat_map(|y| runs(&code, y));
        Self { size, path: rows.collect() }
    }
}

/// The dark runs of a row, each as a rectangle.
fn runs(code: &QrCode, y: i32) -> Vec<String> {
    let mut runs = Vec::new();
    let mut x = 0;
    while x < code.size() {
        let length = (x..code.size()).take_while(|x| code.get_module(*x, y)).count();
        if length > 0 {
            runs.push(format!("M{x} {y}h{length}v1h-{length}z"));
        }
        x += i32::try_from(length).expect("a code has 177 squares a side at most") + 1;
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_covers_the_dark_squares_and_no_others() {
        let text = "otpauth://totp/letaxi:a%40example.org?secret=GEZDGNBVGY3TQOJQ";
        let (view, code) =
            (QrView::of(text), QrCode::encode_text(text, QrCodeEcc::Medium).unwrap());
        let mut dark = Vec::new();
        for run in view.path.split_terminator('z') {
            let numbers: Vec<i32> =
                run.split(['M', ' ', 'h', 'v']).filter_map(|it| it.parse().ok()).collect();
            let [x, y, length, 1, back] = numbers[..] else { panic!("{run}") };
            assert_eq!(back, -length);
            dark.extend((x..x + length).map(|x| (x, y)));
        }
        let square = |i: i32| (i % view.size, i / view.size);
        let all = (0..view.size * view.size).map(square);
        assert_eq!(dark, all.filter(|(x, y)| code.get_module(*x, *y)).collect::<Vec<_>>());
    }
}
