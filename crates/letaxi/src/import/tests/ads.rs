//! Tests of towns' lists of licences, and of the message for each invalid cell.

use std::collections::HashSet;

use super::*;
use crate::import::complaint::Log;

fn code(text: &str) -> InseeCode {
    text.parse().expect("a code")
}

/// Numbers of licences by town.
type Lists = Vec<(InseeCode, Vec<String>)>;

/// Lists of a text, its faults and its warnings, as displayed.
fn read(text: &str) -> (Lists, Vec<String>, Vec<String>) {
    let mut log = Log::default();
    let known = HashSet::from([code("75056"), code("06088")]);
    let mergers =
        [("75001", "75056")].map(|(old, new)| (code(old), code(new))).into_iter().collect();
    let codes = Codes { known: Some(&known), mergers: &mergers };
    let lists = parse(text, &codes, &mut log.about("ads.csv"));
    let said = |complaints: &[super::super::Complaint]| {
        complaints.iter().map(ToString::to_string).collect()
    };
    (lists, said(&log.faults), said(&log.warnings))
}

#[test]
fn lists_are_read_by_town_with_other_columns_and_old_codes() {
    let (lists, faults, warnings) = read(
        "numero,titulaire,insee\r\n12,Taxis réunis,75056\r\n 7 ,,06088\r\n13,,75001\r\n,,\r\n",
    );
    assert!(faults.is_empty(), "{faults:?}");
    assert_eq!(warnings, ["ads.csv:1: columns: ignored: titulaire"]);
    let numbers = |numbers: &[&str]| numbers.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(lists, [(code("06088"), numbers(&["7"])), (code("75056"), numbers(&["12", "13"]))]);
    assert_eq!(read("insee;numero\n75056;12\n").0, [(code("75056"), numbers(&["12"]))]);
}

#[test]
fn each_faulty_line_is_told() {
    let (_, faults, _) = read("insee;numero\n75056;1\n99999;1\n75056;\n1;2\n75056;1\n");
    assert_eq!(
        faults,
        [
            "ads.csv:3: insee: `99999` is an unknown town",
            "ads.csv:4: numero: is empty: the number of the licence is required",
            "ads.csv:5: insee: `1` is no INSEE code: it takes five digits or capital letters, such as 75056 or 2A004",
            "ads.csv:6: numero: `1` of 75056 is in line 2, too: list it once",
        ]
    );
    let (_, faults, _) = read("commune;numero\n75056;1\n");
    assert_eq!(faults, ["ads.csv:1: columns: the columns insee and numero are expected"]);
}
