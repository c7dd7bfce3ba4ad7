//! Forms of a report.

use comfy_table::{CellAlignment, Table, presets};
use serde_json::{Map, Value, json};

use super::figures::{FIGURES, Figure, grounds};
use super::language::Language;
use crate::app::figures::daily::Figures;
use crate::app::figures::quality::Quality;
use crate::app::figures::report::Report;

/// Part of a report: everything, or an operator.
struct Part<'a> {
    figures: &'a Figures,
    quality: Option<&'a Quality>,
}

impl Part<'_> {
    fn operator(&self) -> Option<&str> {
        self.quality.map(|quality| quality.operator.email.as_str())
    }

    /// The figures of this part that have a value.
    fn values(&self) -> impl Iterator<Item = (&'static Figure, f64)> {
        FIGURES.iter().filter_map(|figure| Some((figure, (figure.of)(self.figures, self.quality)?)))
    }
}

fn parts(report: &Report) -> Vec<Part<'_>> {
    let operators =
        report.operators.iter().map(|(quality, figures)| Part { figures, quality: Some(quality) });
    std::iter::once(Part { figures: &report.all, quality: None }).chain(operators).collect()
}

fn number(figure: &Figure, value: f64) -> String {
    format!("{value:.*}", figure.decimals)
}

fn name(figure: &Figure, language: Language) -> &'static str {
    language.choose(figure.names[0], figure.names[1])
}

/// Tables for people: one of everything, one of each operator.
pub(super) fn table(report: &Report, language: Language) -> String {
    let days = report.period;
    let title = language.choose(
        format!("Report from {} to {} (days of UTC)", days.first, days.last),
        format!("Rapport du {} au {} (jours UTC)", days.first, days.last),
    );
    let mut text = vec![title];
    for part in parts(report) {
        let all = language.choose("All", "Ensemble");
        text.push(format!("\n{}", part.operator().unwrap_or(all)));
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        for (figure, value) in part.values() {
            table.add_row([name(figure, language).to_owned(), number(figure, value)]);
        }
        for (ground, hails) in grounds(part.figures).filter(|(_, hails)| *hails > 0) {
            let refused = language.choose("refused, ground", "refus, motif");
            let text = language.choose(ground.word(), ground.text());
            let number = ground.number();
            table.add_row([format!("{refused} {number}: {text}"), hails.to_string()]);
        }
        if let Some(column) = table.column_mut(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        text.extend(table.lines().map(|line| line.trim_end().to_owned()));
    }
    text.join("\n")
}

/// One figure a line; the operator is empty for everything.
pub(super) fn csv(report: &Report, language: Language) -> anyhow::Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(language.choose(
        ["operator", "figure", "name", "value"],
        ["operateur", "chiffre", "nom", "valeur"],
    ))?;
    for part in parts(report) {
        let operator = part.operator().unwrap_or_default();
        for (figure, value) in part.values() {
            let value = number(figure, value);
            writer.write_record([operator, figure.word, name(figure, language), &value])?;
        }
        for (ground, hails) in grounds(part.figures) {
            let word = format!("declined_{ground}");
            let text = language.choose(ground.word(), ground.text());
            writer.write_record([operator, &word, text, &hails.to_string()])?;
        }
    }
    let text = String::from_utf8(writer.into_inner()?)?;
    Ok(text.trim_end().to_owned())
}

/// An object with the figures of everything and of each operator by their words.
pub(super) fn json(report: &Report) -> String {
    let values = |part: &Part<'_>| {
        let mut object: Map<String, Value> =
            part.values().map(|(figure, value)| (figure.word.to_owned(), json!(value))).collect();
        let grounds: Map<_, _> = grounds(part.figures)
            .map(|(ground, hails)| (ground.to_string(), json!(hails)))
            .collect();
        object.insert("grounds".to_owned(), grounds.into());
        if let Some(operator) = part.operator() {
            object.insert("operator".to_owned(), operator.into());
        }
        Value::Object(object)
    };
    let parts: Vec<Value> = parts(report).iter().map(values).collect();
    let (all, operators) = parts.split_first().expect("the first part is everything");
    let document = json!({
        "since": report.period.first,
        "until": report.period.last,
        "all": all,
        "operators": operators,
    });
    serde_json::to_string_pretty(&document).expect("a value is JSON")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use chrono::NaiveDate;
    use dispatch::refusal::Ground;
    use registry::{Account, AccountFields, AccountId};
    use storage::daily::Days;
    use storage::quality::CallCount;

    use super::*;
    use crate::app::figures::daily::Percentiles;

    /// A report with a value for every figure.
    fn report() -> Report {
        let figures = Figures {
            searches: 1_200,
            nobody: 30,
            nearest_m: Some(Percentiles { p50: 240.0, p90: 780.0 }),
            hails: [("finished", 80), ("declined_by_taxi", 12), ("failure", 8)]
                .map(|(word, hails)| (word.to_owned(), hails))
                .into(),
            answer_s: Some(Percentiles { p50: 9.0, p90: 21.0 }),
            approach_s: Some(Percentiles { p50: 240.0, p90: 510.0 }),
            grounds: BTreeMap::from([(Ground::PriorBooking, 5), (Ground::Safety, 1)]),
            connected_hours: 412.5,
        };
        let positions = [
            ("position_sampled", 1_000),
            ("position_stale", 20),
            ("position_standing", 5),
            ("position_fast", 1),
            ("position_placed", 100),
            ("position_outside", 3),
            ("position_swapped", 0),
        ];
        let fields = AccountFields { email: "op@taxis.example".into(), ..AccountFields::default() };
        let quality = Quality {
            operator: Arc::new(Account { id: AccountId(2), fields }),
            taxis: 40,
            seen: 31,
            spelt_twice: 1,
            hails: 100,
            unanswered: 8,
            calls: CallCount { calls: 100, failed: 4 },
            positions: positions.into(),
        };
        let day = |number| NaiveDate::from_ymd_opt(2024, 2, number).expect("a day");
        let of_operator = Figures { searches: 0, nobody: 0, nearest_m: None, ..figures.clone() };
        let period = Days { first: day(23), last: day(29) };
        Report { period, all: figures, operators: vec![(quality, of_operator)] }
    }

    #[test]
    fn generated_sample_of_the_report_is_up_to_date() {
        let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/figures.md");
        let guide = std::fs::read_to_string(&file).expect("the guide");
        let head = "## A report\n";
        let (before, _) = guide.split_once(head).expect("the guide has a sample");
        let block = |text: String| format!("```\n{text}\n```\n");
        let written = format!(
            "{before}{head}\n`letaxi report`:\n\n{}\n`letaxi report --lang fr`:\n\n{}\n`letaxi report --format csv`:\n\n{}\n`letaxi report --format json`:\n\n{}",
            block(table(&report(), Language::En)),
            block(table(&report(), Language::Fr)),
            block(csv(&report(), Language::En).expect("texts are CSV")),
            block(json(&report())),
        );
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&file, &written).expect("the guide");
        }
        let guide = std::fs::read_to_string(&file).expect("the guide");
        assert_eq!(guide, written, "docs/figures.md is out of date: run `make bless`");
    }

    #[test]
    fn every_figure_is_in_every_form() {
        let report = report();
        let csv = csv(&report, Language::Fr).expect("texts are CSV");
        let json = json(&report);
        for figure in FIGURES {
            assert!(csv.contains(&format!(",{},", figure.word)), "{}", figure.word);
            assert!(json.contains(&format!("{:?}: ", figure.word)), "{}", figure.word);
            assert!(table(&report, Language::En).contains(figure.names[0]), "{}", figure.word);
            assert!(table(&report, Language::Fr).contains(figure.names[1]), "{}", figure.word);
        }
    }
}
