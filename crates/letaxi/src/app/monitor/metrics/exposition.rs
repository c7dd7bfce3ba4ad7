//! The exposition: the text that Prometheus reads, written by each part that has metrics.

use std::fmt;
use std::sync::Arc;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;

use super::times::Times;

/// A part with metrics.
pub trait Measured: Send + Sync {
    /// Writes its metrics.
    ///
    /// # Errors
    ///
    /// If the exposition fails.
    fn show(&self, exposition: &mut Exposition<'_>) -> fmt::Result;
}

/// Prefix of every name.
const PREFIX: &str = "letaxi";

/// Labels, which distinguish the rows of a metric.
pub type Labels = Vec<(&'static str, String)>;

/// One label of a row.
pub fn label(name: &'static str, value: impl Into<String>) -> (&'static str, String) {
    (name, value.into())
}

/// An exposition being written. Names are given without the common prefix, and counters' names without their
/// `_total`.
#[derive(Debug)]
pub struct Exposition<'a>(DescriptorEncoder<'a>);

impl Exposition<'_> {
    /// Writes counters.
    ///
    /// # Errors
    ///
    /// If the exposition fails.
    pub fn counter(
        &mut self,
        name: &str,
        help: &str,
        rows: impl IntoIterator<Item = (Labels, u64)>,
    ) -> fmt::Result {
        self.rows(name, help, MetricType::Counter, rows, |row, count| {
            row.encode_counter::<NoLabelSet, u64, u64>(&count, None)
        })
    }

    /// Writes a gauge.
    ///
    /// # Errors
    ///
    /// If the exposition fails.
    pub fn gauge(&mut self, name: &str, help: &str, value: i64) -> fmt::Result {
        self.gauges(name, help, [(Labels::new(), value)])
    }

    /// Writes gauges with labels.
    ///
    /// # Errors
    ///
    /// If the exposition fails.
    pub fn gauges(
        &mut self,
        name: &str,
        help: &str,
        rows: impl IntoIterator<Item = (Labels, i64)>,
    ) -> fmt::Result {
        self.rows(name, help, MetricType::Gauge, rows, |row, value| row.encode_gauge(&value))
    }

    /// Writes histograms of durations.
    ///
    /// # Errors
    ///
    /// If the exposition fails.
    pub fn times<'t>(
        &mut self,
        name: &str,
        help: &str,
        rows: impl IntoIterator<Item = (Labels, &'t Times)>,
    ) -> fmt::Result {
        self.rows(name, help, MetricType::Histogram, rows, |row, times| {
            let classes = times.classes();
            // Summed from the same classes, so that the last of them is the total.
            let count = classes.iter().map(|(_, count)| count).sum();
            row.encode_histogram::<NoLabelSet>(times.sum_s(), count, &classes, None)
        })
    }

    fn rows<T>(
        &mut self,
        name: &str,
        help: &str,
        kind: MetricType,
        rows: impl IntoIterator<Item = (Labels, T)>,
        write: impl Fn(&mut MetricEncoder<'_>, T) -> fmt::Result,
    ) -> fmt::Result {
        let mut metric = self.0.encode_descriptor(name, help, None, kind)?;
        for (labels, value) in rows {
            // Without braces if there are no labels.
            if labels.is_empty() {
                write(&mut metric, value)?;
            } else {
                write(&mut metric.encode_family(&labels)?, value)?;
            }
        }
        Ok(())
    }
}

/// Writes an exposition.
pub(crate) fn written(parts: Vec<Arc<dyn Measured>>) -> String {
    let mut registry = Registry::with_prefix(PREFIX);
    registry.register_collector(Box::new(Parts(parts)));
    let mut written = String::new();
    text::encode(&mut written, &registry).expect("a text takes whatever is written to it");
    written
}

struct Parts(Vec<Arc<dyn Measured>>);

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} parts", self.0.len())
    }
}

impl Collector for Parts {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut exposition = Exposition(encoder);
        self.0.iter().try_for_each(|part| part.show(&mut exposition))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    struct Part;

    impl Measured for Part {
        fn show(&self, exposition: &mut Exposition<'_>) -> fmt::Result {
            exposition.counter("calls", "Calls", [(vec![label("by", "a \"b\"\n")], 7)])?;
            exposition.gauge("taxis", "Taxis", -1)?;
            let times = Times::default();
            times.add(Duration::from_mins(1));
            exposition.times("time_seconds", "Time", [(Labels::new(), &times)])
        }
    }

    #[test]
    fn a_page_is_what_prometheus_reads() {
        let shown = written(vec![Arc::new(Part)]);
        let lines: Vec<&str> =
            shown.lines().filter(|line| !line.contains("_bucket{le=\"0.")).collect();
        assert_eq!(
            lines,
            [
                "# HELP letaxi_calls Calls",
                "# TYPE letaxi_calls counter",
                r#"letaxi_calls_total{by="a \"b\"\n"} 7"#,
                "# HELP letaxi_taxis Taxis",
                "# TYPE letaxi_taxis gauge",
                "letaxi_taxis -1",
                "# HELP letaxi_time_seconds Time",
                "# TYPE letaxi_time_seconds histogram",
                "letaxi_time_seconds_sum 60.0",
                "letaxi_time_seconds_count 1",
                r#"letaxi_time_seconds_bucket{le="1.0"} 0"#,
                r#"letaxi_time_seconds_bucket{le="2.5"} 0"#,
                r#"letaxi_time_seconds_bucket{le="5.0"} 0"#,
                r#"letaxi_time_seconds_bucket{le="10.0"} 0"#,
                r#"letaxi_time_seconds_bucket{le="+Inf"} 1"#,
                "# EOF",
            ]
        );
    }
}
