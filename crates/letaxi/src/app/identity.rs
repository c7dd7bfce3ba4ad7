//! The identity of a registry, as its pages and feeds show it: name, logo, colour, contact, controller.

use std::fmt::{self, Write};
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;

use ring::digest::{SHA256, digest};

/// Name of a registry that was told none.
pub const DEFAULT_NAME: &str = "Registre des taxis";

/// Longest name, in characters: it stands in the frame of each page.
pub const LONGEST_NAME: usize = 60;

/// Largest logo, in bytes: every page shows it.
pub const LARGEST_LOGO: usize = 256 * 1024;

/// Smallest contrast of the accent and a page's background: that of marks, borders and other parts that are not text
/// ([WCAG 2.2, 1.4.11](https://www.w3.org/TR/WCAG22/#non-text-contrast)).
pub const CONTRAST_OF_MARKS: f64 = 3.0;

/// Smallest contrast of text ([WCAG 2.2, 1.4.3](https://www.w3.org/TR/WCAG22/#contrast-minimum)).
pub const CONTRAST_OF_TEXT: f64 = 4.5;

/// Darkest of the light backgrounds on which the accent stands: `--canvas` of the console.
const LIGHT: Colour = Colour([0xf6, 0xf6, 0xf3]);
/// Lightest of the dark ones: `--surface-2`.
const DARK: Colour = Colour([0x1c, 0x20, 0x24]);

/// The identity of a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Its name.
    pub name: String,
    /// Its logo, if any.
    pub logo: Option<Arc<Logo>>,
    /// Its accent, if it is not the program's own.
    pub colour: Option<Colour>,
    /// E-mail address or web page for questions.
    pub contact: Option<Contact>,
    /// The body that answers for the data, with its postal address.
    pub controller: Option<String>,
    /// True if the privacy page and the accessibility statement are shown.
    pub shows_legal_pages: bool,
}

impl Default for Identity {
    fn default() -> Self {
        Self {
            name: DEFAULT_NAME.to_owned(),
            logo: None,
            colour: None,
            contact: None,
            controller: None,
            shows_legal_pages: true,
        }
    }
}

impl Identity {
    /// Path of the logo, which changes with it.
    pub fn logo_path(&self) -> Option<String> {
        self.logo.as_ref().map(|logo| format!("/v1/registry/logo?{}", logo.tag))
    }
}

/// A picture, read once at start.
#[derive(Clone, PartialEq, Eq)]
pub struct Logo {
    /// Its content.
    pub bytes: Vec<u8>,
    /// Its content type.
    pub content_type: &'static str,
    /// Begin of its digest in hexadecimal digits, which makes its address change with it.
    pub tag: String,
}

impl fmt::Debug for Logo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} bytes", self.content_type, self.bytes.len())
    }
}

impl Logo {
    /// Reads a picture from a file. `None` if the file cannot be read, is too large, or is not what its name says.
    pub fn read(file: &Path) -> Option<Self> {
        let ending = file.extension()?.to_str()?.to_ascii_lowercase();
        let bytes = std::fs::read(file).ok().filter(|bytes| bytes.len() <= LARGEST_LOGO)?;
        let is_svg = || str::from_utf8(&bytes).is_ok_and(|text| text.contains("<svg"));
        let content_type = match ending.as_str() {
            "svg" if is_svg() => "image/svg+xml",
            "png" if bytes.starts_with(b"\x89PNG\r\n\x1a\n") => "image/png",
            "jpg" | "jpeg" if bytes.starts_with(b"\xff\xd8\xff") => "image/jpeg",
            "webp" if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") => {
                "image/webp"
            }
            _ => return None,
        };
        let mut tag = String::new();
        for byte in &digest(&SHA256, &bytes).as_ref()[..6] {
            write!(tag, "{byte:02x}").expect("a text takes all that is written to it");
        }
        Some(Self { bytes, content_type, tag })
    }
}

/// An e-mail address or an address of a web page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact(String);

impl Contact {
    /// The text, as people read it.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// The target of a link.
    pub fn link(&self) -> String {
        if self.0.contains("://") { self.0.clone() } else { format!("mailto:{}", self.0) }
    }
}

impl FromStr for Contact {
    type Err = NotAContact;

    fn from_str(text: &str) -> Result<Self, NotAContact> {
        let text = text.trim();
        let is_page = || {
            let url = url::Url::parse(text);
            url.is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
        };
        let is_plain =
            !text.contains(|c: char| c.is_whitespace() || c.is_control() || "<>\"".contains(c));
        let is_address = || {
            let parts = text.split_once('@');
            parts.is_some_and(|(name, host)| {
                !name.is_empty() && host.contains('.') && !host.contains(['@', '/', '?'])
            })
        };
        if is_plain && (is_page() || is_address()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotAContact)
        }
    }
}

/// Neither an e-mail address nor that of a web page.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("neither an e-mail address nor an http or https URL")]
pub struct NotAContact;

/// A colour: red, green and blue (sRGB).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour([u8; 3]);

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

/// The colours that follow from an accent. Of a pair, the first is for light pages, the second for dark ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Palette {
    /// Fill of buttons and marks.
    pub accent: Colour,
    /// The same under a pointer.
    pub hover: Colour,
    /// Text on the accent: black or white.
    pub on_accent: Colour,
    /// Text in the hue of the accent.
    pub ink: [Colour; 2],
    /// Background in the hue of the accent.
    pub tint: [Colour; 2],
}

const BLACK: Colour = Colour([0; 3]);
const WHITE: Colour = Colour([255; 3]);
/// Surface of pages in the dark scheme.
const DARK_SURFACE: Colour = Colour([0x18, 0x1b, 0x1f]);

impl Colour {
    /// Reads `#rrggbb`; `None` if it is something else, or cannot be told from light or dark pages.
    pub fn accent(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6)?;
        let number = u32::from_str_radix(digits, 16).ok().filter(|_| !digits.contains('+'))?;
        let [_, red, green, blue] = number.to_be_bytes();
        let colour = Self([red, green, blue]);
        let is_seen = |on| colour.contrast(on) >= CONTRAST_OF_MARKS;
        (is_seen(LIGHT) && is_seen(DARK)).then_some(colour)
    }

    /// Colours of text, fills and backgrounds that go with this accent.
    pub fn palette(self) -> Palette {
        let on_accent = if self.contrast(WHITE) >= self.contrast(BLACK) { WHITE } else { BLACK };
        // Away from the text that stands on it.
        let away = if on_accent == WHITE { BLACK } else { WHITE };
        Palette {
            accent: self,
            hover: self.mixed(away, 0.12),
            on_accent,
            ink: [self.mixed(BLACK, 0.42), self.mixed(WHITE, 0.45)],
            tint: [self.mixed(WHITE, 0.9), self.mixed(DARK_SURFACE, 0.82)],
        }
    }

    /// Contrast of two colours, from 1 to 21 (WCAG 2.2).
    pub fn contrast(self, other: Self) -> f64 {
        let (one, other) = (self.luminance() + 0.05, other.luminance() + 0.05);
        one.max(other) / one.min(other)
    }

    /// This colour with a part of another, from 0 to 1.
    fn mixed(self, other: Self, part: f64) -> Self {
        let mut channels = self.0;
        for (channel, other) in channels.iter_mut().zip(other.0) {
            let mixed = f64::from(*channel) * (1.0 - part) + f64::from(other) * part;
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 255")]
            let rounded = mixed.round() as u8;
            *channel = rounded;
        }
        Self(channels)
    }

    fn luminance(self) -> f64 {
        let linear = |channel: u8| {
            let part = f64::from(channel) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        let [red, green, blue] = self.0.map(linear);
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrast_is_that_of_the_guidelines() {
        assert!((BLACK.contrast(WHITE) - 21.0).abs() < 1e-9);
        assert!((Colour([0x77; 3]).contrast(WHITE) - 4.478).abs() < 0.001);
    }

    #[test]
    fn an_accent_must_be_seen_on_light_and_on_dark_pages() {
        for (text, is_accent) in [
            ("#1f8a55", true),
            ("#2F66C9", true),
            ("#f5b31c", false),
            ("#000091", false),
            ("#ffffff", false),
            ("1f8a55", false),
            ("#1f8", false),
            ("#+f8a55", false),
            ("green", false),
            ("#1f8a5é", false),
            ("", false),
        ] {
            assert_eq!(Colour::accent(text).is_some(), is_accent, "{text}");
        }
    }

    #[test]
    fn text_can_be_read_with_every_accent() {
        let mut accents = 0;
        let steps = || (0..=255).step_by(5);
        for red in steps() {
            for green in steps() {
                for blue in steps() {
                    let Some(accent) = Colour::accent(&Colour([red, green, blue]).to_string())
                    else {
                        continue;
                    };
                    accents += 1;
                    let palette = accent.palette();
                    for (text, on) in [
                        (palette.on_accent, palette.accent),
                        (palette.on_accent, palette.hover),
                        (palette.ink[0], palette.tint[0]),
                        (palette.ink[0], LIGHT),
                        (palette.ink[1], palette.tint[1]),
                        (palette.ink[1], DARK),
                    ] {
                        let contrast = text.contrast(on);
                        assert!(
                            contrast >= CONTRAST_OF_TEXT,
                            "{accent}: {text} on {on}: {contrast}"
                        );
                    }
                }
            }
        }
        assert!(accents > 1_000, "{accents}");
    }

    #[test]
    fn a_contact_is_an_address_that_a_link_can_lead_to() {
        for (text, link) in [
            ("taxis@ville.example", Some("mailto:taxis@ville.example")),
            (" https://ville.example/taxis ", Some("https://ville.example/taxis")),
            ("javascript:alert(1)", None),
            ("ville.example", None),
            ("a@b", None),
            ("a b@ville.example", None),
            ("a@ville.example?bcc=b@ville.example", None),
            ("ftp://ville.example", None),
        ] {
            let contact = text.parse::<Contact>().ok();
            assert_eq!(contact.map(|contact| contact.link()).as_deref(), link, "{text}");
        }
    }

    #[test]
    fn a_logo_is_the_picture_that_its_name_says() {
        let folder = tempfile::tempdir().expect("a folder");
        let large = vec![b' '; LARGEST_LOGO + 1];
        for (name, bytes, content_type) in [
            ("a.svg", &b"<?xml version=\"1.0\"?><svg/>"[..], Some("image/svg+xml")),
            ("a.PNG", b"\x89PNG\r\n\x1a\n...", Some("image/png")),
            ("a.jpeg", b"\xff\xd8\xff\xe0", Some("image/jpeg")),
            ("a.webp", b"RIFF\0\0\0\0WEBPVP8 ", Some("image/webp")),
            ("b.png", b"<svg/>", None),
            ("b.svg", b"<html>", None),
            ("b.html", b"<svg/>", None),
            ("c.svg", &large, None),
        ] {
            let file = folder.path().join(name);
            std::fs::write(&file, bytes).expect("written");
            let logo = Logo::read(&file);
            assert_eq!(logo.map(|logo| logo.content_type), content_type, "{name}");
        }
        assert_eq!(Logo::read(&folder.path().join("none.svg")), None);
    }
}
