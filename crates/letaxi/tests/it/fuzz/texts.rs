//! Parsers of a single text, which need no world.

use letaxi::app::nodes::bus::BusSecrets;
use letaxi::bus::Letter;
use letaxi::operator::Guard;
use letaxi::udp::datagram::Datagram;
use tokio::runtime::Builder;
use url::{Host, Url};

use super::input::Input;
use super::{Shown, Target, fuzz};

/// A parser of texts: `Some` if the text is valid.
struct Text<R> {
    good: &'static [&'static str],
    read: R,
    could_be_read: u32,
}

impl<R: Fn(&[u8]) -> Option<()>> Text<R> {
    fn new(good: &'static [&'static str], read: R) -> Self {
        for text in good {
            assert!(read(text.as_bytes()).is_some(), "the good one is not: {text}");
        }
        Self { good, read, could_be_read: 0 }
    }
}

impl<R: Fn(&[u8]) -> Option<()>> Target for Text<R> {
    fn seeds(&self) -> Vec<Vec<u8>> {
        self.good.iter().map(|text| Input::seed(None, text.as_bytes())).collect()
    }

    fn try_one(&mut self, chosen: &[u8]) {
        let good: Vec<&[u8]> = self.good.iter().map(|text| text.as_bytes()).collect();
        let text = Input::new(chosen).document(&good);
        let _shown = Shown("the text", &text);
        self.could_be_read += u32::from((self.read)(&text).is_some());
    }

    fn end(self) {
        eprintln!("{} could be read", self.could_be_read);
        assert!(self.could_be_read > 0, "all were broken beyond recognition");
    }
}

#[test]
fn no_datagram_breaks_its_reader() {
    let good = &[
        r#"{"timestamp": "1430076493", "operator": "op", "taxi": "T1", "lat": "48,8600", "lon": 2.35,
            "device": "mobile", "status": "free", "version": "1",
            "hash": "da39a3ee5e6b4b0d3255bfef95601890afd80709"}"#,
        r#"{"timestamp":1430076493,"operator":"\u00e9","taxi":"abcdefg","lat":48.86,"lon":"2.35",
            "device":"","status":"","version":2,"hash":"DA39A3EE5E6B4B0D3255BFEF95601890AFD80709","x":[]}"#,
    ];
    let read = |bytes: &[u8]| {
        let datagram = Datagram::read(bytes).ok()?;
        assert!(datagram.point.lat().abs() <= 90.0 && datagram.point.lon().abs() <= 180.0);
        assert!(!datagram.is_signed_with(b"a key that nobody has"));
        Some(())
    };
    fuzz!(20_000, Text::new(good, read));
}

#[test]
fn no_message_on_the_bus_breaks_its_reader() {
    // Each kind, with a body where it has one: version, kind, sender, number, time.
    macro_rules! letter {
        ($kind:literal, $body:literal) => {
            concat!("\u{2}", $kind, "sender!!number!!time!!!!", $body)
        };
    }
    const FIX: &str = concat!(letter!("\u{2}", "arAAAAAAAaccount!"), "\0\0\0\0\0\0\0\0time");
    const KNOWN: &str =
        concat!(letter!("\u{4}", "\u{1}\0\0\0\0"), "AAAAAAAaccount!\0\0\0\0\0\0\0\0time");
    const USED: &str =
        concat!(letter!("\u{5}", "a digest of thirty-two bytes....\0"), "\u{5}\0\0\0");
    const USED_BY_ADDRESS: &str = concat!(letter!("\u{6}", "an address of 16"), "\u{5}\0\0\0");
    let good = &[letter!("\u{1}", ""), FIX, letter!("\u{3}", ""), KNOWN, USED, USED_BY_ADDRESS];
    // Only who has the key comes as far as the reader.
    let BusSecrets { key, .. } = BusSecrets::new(String::new(), b"a key");
    let read = |bytes: &[u8]| {
        assert!(Letter::read(bytes, &key).is_err());
        let tagged = [bytes, ring::hmac::sign(&key, bytes).as_ref()].concat();
        let letter = Letter::read(&tagged, &key).ok()?;
        // It is read as it was written; a place is a number of units, so it may have another binary form.
        let again = Letter::read(&letter.bytes(&key), &key).unwrap();
        assert_eq!((again.sender, again.number), (letter.sender, letter.number));
        Some(())
    };
    fuzz!(20_000, Text::new(good, read));
}

#[test]
fn no_endpoint_breaks_its_reader() {
    let good = &[
        "https://93.184.216.34/hails?key=x",
        "http://user:password@[2606:2800:220:1:248:1893:25c8:1946]:8080/h#x",
        "http://100.64.0.1/",
    ];
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let guard = Guard::new(Vec::new()).unwrap();
    let read = |bytes: &[u8]| {
        let text = std::str::from_utf8(bytes).ok()?;
        let url = Url::parse(text.trim()).ok();
        // No name is resolved, so nothing leaves this machine.
        if let Some(Host::Domain(_)) = url.as_ref().and_then(Url::host) {
            return None;
        }
        runtime.block_on(guard.check(None, text)).ok()
    };
    fuzz!(20_000, Text::new(good, read));
}
