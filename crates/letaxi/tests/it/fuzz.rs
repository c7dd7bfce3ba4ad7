//! Every parser that meets the outside, fed with broken input: never a panic, never a 500.
//!
//! Inputs are good ones that were broken at random. `SEED=` breaks them the same way again, `INPUTS=` goes
//! on for longer.

mod bodies;
mod folders;
mod mutate;

use letaxi::udp::datagram::Datagram;
use rand::SeedableRng;
use rand::rngs::StdRng;

use crate::chosen::chosen;
use mutate::mutated;

/// The dice of a test, and how many inputs it is to try.
fn dice(usually: u32) -> (StdRng, u32) {
    let seed: u64 = chosen("SEED").unwrap_or_else(rand::random);
    let inputs = chosen("INPUTS").unwrap_or(usually);
    eprintln!("SEED={seed} INPUTS={inputs}");
    (StdRng::seed_from_u64(seed), inputs)
}

#[test]
fn no_datagram_breaks_its_reader() {
    let good: [&[u8]; 2] = [
        br#"{"timestamp": "1430076493", "operator": "op", "taxi": "T1", "lat": "48,8600", "lon": 2.35,
            "device": "mobile", "status": "free", "version": "1",
            "hash": "da39a3ee5e6b4b0d3255bfef95601890afd80709"}"#,
        br#"{"timestamp":1430076493,"operator":"\u00e9","taxi":"abcdefg","lat":48.86,"lon":"2.35",
            "device":"","status":"","version":2,"hash":"DA39A3EE5E6B4B0D3255BFEF95601890AFD80709","x":[]}"#,
    ];
    let (mut dice, inputs) = dice(20_000);
    let mut read = 0;
    for _ in 0..inputs {
        let input = mutated(&mut dice, &good);
        if let Ok(datagram) = Datagram::read(&input) {
            assert!(datagram.point.lat().abs() <= 90.0 && datagram.point.lon().abs() <= 180.0);
            assert!(!datagram.is_signed_with(b"a key that nobody has"));
            read += 1;
        }
    }
    eprintln!("{read} could be read");
    assert!(read > 0, "all were broken beyond recognition");
}
