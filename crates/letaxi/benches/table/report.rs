//! Report of measurements, for people and for programs.

use std::path::Path;

use serde::Serialize;

/// Direction in which a ratio is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Better {
    /// A rate.
    Higher,
    /// A time or a size.
    Lower,
}

/// A row of the table.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Row {
    /// Description of the work.
    #[serde(rename = "row")]
    pub(crate) work: String,
    /// Unit of both figures.
    pub(crate) unit: &'static str,
    /// Figure of the floor, or the limit if there is no floor.
    pub(crate) floor: f64,
    /// Figure of the program.
    pub(crate) ours: f64,
    /// Ratio of the program to the floor.
    pub(crate) ratio: f64,
    /// Direction in which the ratio is better.
    pub(crate) better: Better,
    /// Required ratio.
    pub(crate) required: f64,
    /// Ratio to be reached eventually.
    pub(crate) aim: f64,
    /// True if the required ratio is reached.
    pub(crate) met: bool,
}

/// Rows and remarks.
#[derive(Debug, Default)]
pub(crate) struct Report {
    rows: Vec<Row>,
    remarks: Vec<String>,
}

impl Report {
    /// Adds a row.
    pub(crate) fn row(
        &mut self,
        row: impl Into<String>,
        unit: &'static str,
        (floor, ours): (f64, f64),
        better: Better,
        (required, aim): (f64, f64),
    ) {
        let (row, ratio) = (row.into(), ours / floor);
        let met = match better {
            Better::Higher => ratio >= required,
            Better::Lower => ratio <= required,
        };
        println!("{row}: {ours:.3} {unit}, floor {floor:.3}: {ratio:.2}");
        self.rows.push(Row { work: row, unit, floor, ours, ratio, better, required, aim, met });
    }

    /// Adds a remark.
    pub(crate) fn remark(&mut self, remark: String) {
        println!("{remark}");
        self.remarks.push(remark);
    }

    /// Prints the table, and writes it for programs.
    pub(crate) fn finish(&self) {
        println!("\n| work | floor | ours | ratio | required | aim | met |");
        println!("|---|---|---|---|---|---|---|");
        for Row { work, unit, floor, ours, ratio, better, required, aim, met } in &self.rows {
            let sign = if *better == Better::Higher { "≥" } else { "≤" };
            let met = if *met { "yes" } else { "no" };
            println!(
                "| {work} | {floor:.2} {unit} | {ours:.2} {unit} | {ratio:.2} | {sign} {required} | \
                 {sign} {aim} | {met} |"
            );
        }
        println!();
        for remark in &self.remarks {
            println!("- {remark}");
        }
        // Cargo's target folder, which need not be `target`; its folder for temporary files exists at build
        // time.
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
        std::fs::create_dir_all(folder).unwrap();
        let file = folder.join("bench.json");
        std::fs::write(&file, serde_json::to_string_pretty(&self.rows).unwrap()).unwrap();
        println!("\nalso in {}", file.display());
    }
}

/// The median.
pub(crate) fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// The lowest and the highest, for people.
pub(crate) fn spread(figures: &[f64], decimals: usize) -> String {
    let lowest = figures.iter().copied().fold(f64::INFINITY, f64::min);
    let highest = figures.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    format!("{lowest:.decimals$} to {highest:.decimals$}")
}
