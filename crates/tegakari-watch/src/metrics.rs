//! What a watch counts, and its text for Prometheus (exposition format 0.0.4).

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Counts of one input.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InputCounts {
    /// Records read.
    pub events: u64,
    /// Bytes taken.
    pub bytes: u64,
    /// Sightings found.
    pub sightings: u64,
    /// Records that could not be understood; they were searched as text.
    pub not_understood: u64,
    /// Messages that were lost before they could be read.
    pub dropped: u64,
    /// Messages that were longer than the limit, and were cut.
    pub too_long: u64,
    /// Bytes that are there but were not read yet.
    pub lag_bytes: u64,
    /// Connections refused because there were too many.
    pub refused: u64,
    /// Connections given up because no TLS came about.
    pub failed_handshakes: u64,
}

/// Counts of one output.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OutputCounts {
    /// Sightings that were taken over.
    pub sent: u64,
    /// Attempts that failed.
    pub failures: u64,
    /// Bytes that wait on the disk.
    pub waiting_bytes: u64,
}

/// Everything that is counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Metrics {
    /// By input.
    pub inputs: BTreeMap<String, InputCounts>,
    /// By output.
    pub outputs: BTreeMap<String, OutputCounts>,
    /// Pieces of input that wait to be searched.
    pub queue: u64,
    /// How many can wait before inputs do.
    pub queue_room: u64,
    /// Reloads of what is looked for.
    pub reloads: u64,
    /// Reloads that failed: what was looked for before still is.
    pub reload_failures: u64,
    /// Indicators looked for.
    pub indicators: u64,
    /// Matches held for correlations.
    pub correlated: u64,
    /// Such matches that were let go because there were too many.
    pub correlated_dropped: u64,
    /// Positions that were saved.
    pub saves: u64,
    /// Attempts to save them that failed.
    pub save_failures: u64,
}

impl Metrics {
    /// The counts of an input, begun at nothing.
    pub fn input(&mut self, name: &str) -> &mut InputCounts {
        self.inputs.entry(name.to_owned()).or_default()
    }

    /// The counts of an output, begun at nothing.
    pub fn output(&mut self, name: &str) -> &mut OutputCounts {
        self.outputs.entry(name.to_owned()).or_default()
    }

    /// The text that `/metrics` answers with.
    pub fn text(&self) -> String {
        let mut out = String::new();
        let inputs = |get: fn(&InputCounts) -> u64| -> Vec<(&str, u64)> {
            self.inputs
                .iter()
                .map(|(n, c)| (n.as_str(), get(c)))
                .collect()
        };
        let outputs = |get: fn(&OutputCounts) -> u64| -> Vec<(&str, u64)> {
            self.outputs
                .iter()
                .map(|(n, c)| (n.as_str(), get(c)))
                .collect()
        };
        let families: [Family<'_>; 12] = [
            (
                "events_total",
                "counter",
                "Records read.",
                "input",
                inputs(|c| c.events),
            ),
            (
                "bytes_total",
                "counter",
                "Bytes taken.",
                "input",
                inputs(|c| c.bytes),
            ),
            (
                "sightings_total",
                "counter",
                "Sightings found.",
                "input",
                inputs(|c| c.sightings),
            ),
            (
                "not_understood_total",
                "counter",
                "Records that could not be understood; they were searched as text.",
                "input",
                inputs(|c| c.not_understood),
            ),
            (
                "dropped_total",
                "counter",
                "Messages lost before they could be read.",
                "input",
                inputs(|c| c.dropped),
            ),
            (
                "too_long_total",
                "counter",
                "Messages cut because they were too long.",
                "input",
                inputs(|c| c.too_long),
            ),
            (
                "refused_connections_total",
                "counter",
                "Connections refused because there were too many.",
                "input",
                inputs(|c| c.refused),
            ),
            (
                "failed_handshakes_total",
                "counter",
                "Connections given up because no TLS came about.",
                "input",
                inputs(|c| c.failed_handshakes),
            ),
            (
                "lag_bytes",
                "gauge",
                "Bytes that are there but were not read yet.",
                "input",
                inputs(|c| c.lag_bytes),
            ),
            (
                "output_sent_total",
                "counter",
                "Sightings that an output took over.",
                "output",
                outputs(|c| c.sent),
            ),
            (
                "output_failures_total",
                "counter",
                "Attempts of an output that failed.",
                "output",
                outputs(|c| c.failures),
            ),
            (
                "output_waiting_bytes",
                "gauge",
                "Bytes that wait on the disk for an output.",
                "output",
                outputs(|c| c.waiting_bytes),
            ),
        ];
        for (name, kind, help, label, rows) in families {
            head(&mut out, name, kind, help);
            for (of, value) in rows {
                let _ = writeln!(
                    out,
                    "tegakari_watch_{name}{{{label}=\"{}\"}} {value}",
                    quoted(of)
                );
            }
        }
        let single = [
            (
                "queue_length",
                "gauge",
                "Pieces of input that wait to be searched.",
                self.queue,
            ),
            (
                "queue_room",
                "gauge",
                "How many can wait before inputs do.",
                self.queue_room,
            ),
            (
                "indicators",
                "gauge",
                "Indicators looked for.",
                self.indicators,
            ),
            (
                "correlated_matches",
                "gauge",
                "Matches held for correlations.",
                self.correlated,
            ),
            (
                "correlated_dropped_total",
                "counter",
                "Matches for correlations let go because there were too many.",
                self.correlated_dropped,
            ),
            (
                "reloads_total",
                "counter",
                "Reloads of what is looked for.",
                self.reloads,
            ),
            (
                "reload_failures_total",
                "counter",
                "Reloads that failed; what was looked for before still is.",
                self.reload_failures,
            ),
            (
                "position_saves_total",
                "counter",
                "Positions saved.",
                self.saves,
            ),
            (
                "position_save_failures_total",
                "counter",
                "Attempts to save positions that failed.",
                self.save_failures,
            ),
        ];
        for (name, kind, help, value) in single {
            head(&mut out, name, kind, help);
            let _ = writeln!(out, "tegakari_watch_{name} {value}");
        }
        out
    }
}

/// Name, kind, help, the name of its label, and the values by label.
type Family<'a> = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    Vec<(&'a str, u64)>,
);

fn head(out: &mut String, name: &str, kind: &str, help: &str) {
    let _ = writeln!(out, "# HELP tegakari_watch_{name} {help}");
    let _ = writeln!(out, "# TYPE tegakari_watch_{name} {kind}");
}

/// The value of a label: what could end it or its line is escaped or gone.
fn quoted(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars().take(300) {
        match c {
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            '\n' => out.push_str("\\n"),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::Metrics;

    #[test]
    fn every_line_is_one_of_the_format_whatever_a_file_is_called() {
        let mut metrics = Metrics::default();
        metrics.input("/var/log/a\"b\\c\nd\u{7}").events = 7;
        metrics.output("webhook").failures = 2;
        let text = metrics.text();
        assert!(text.contains(
            "tegakari_watch_events_total{input=\"/var/log/a\\\"b\\\\c\\nd\u{fffd}\"} 7\n"
        ));
        assert!(text.contains("tegakari_watch_output_failures_total{output=\"webhook\"} 2\n"));
        for line in text.lines() {
            let fine = line.starts_with("# HELP tegakari_watch_")
                || line.starts_with("# TYPE tegakari_watch_")
                || line.starts_with("tegakari_watch_")
                    && line
                        .rsplit_once(' ')
                        .is_some_and(|(_, n)| n.parse::<u64>().is_ok());
            assert!(fine, "{line}");
        }
    }
}
