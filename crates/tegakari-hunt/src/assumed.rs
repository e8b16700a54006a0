//! What the strength of a negative assumes, in one table that a user can replace line by line.

use std::collections::{BTreeMap, BTreeSet};

use tegakari_model::{Measure, MeasuredDetection, ObservableKind, Problem, Telemetry};

/// Stated priors and costs.
#[derive(Debug, Clone, PartialEq)]
pub struct Assumptions {
    /// For each kind of indicator: the share of victims at which at least one of those listed is used, and for how many
    /// hours in a row it is then to be seen.
    pub used: BTreeMap<ObservableKind, (f64, u32)>,
    /// The share of victims at which a technique that the report names is used, and for how many hours in a row it is
    /// then to be seen.
    pub technique: (f64, u32),
    /// Probability that rules for a technique match the way in which it is carried out.
    pub rule: f64,
    /// Probability that a log that is there shows what it should.
    pub detection: f64,
    /// How far kinds of different families depend on each other, 0 to 1.
    pub dependence: f64,
    /// Cost of a measure on one machine; turning on process auditing is 1.
    pub costs: BTreeMap<Measure, f64>,
    /// For how many hours a kind of record that a machine makes seldom (services and tasks installed) may be silent
    /// between two records of it, and still count as turned on in the hours that have other records of the source.
    pub quiet: u32,
    /// Sources that were filtered on purpose when they were exported, so that numbers that are left out say nothing
    /// (`*`: all).
    pub filtered: BTreeSet<String>,
    /// Machines that the table names, in lower case.
    pub named: BTreeSet<String>,
    /// What a drill has measured; it takes the place of `detection`.
    pub measured: Vec<MeasuredDetection>,
}

/// Kind, share of victims, hours. They are cautious judgements, not measurements: infrastructure changes less from
/// victim to victim than files do, and files built for one victim are common. A beacon goes on, a start does not.
const USED: [(ObservableKind, f64, u32); 18] = [
    (ObservableKind::Ipv4, 0.55, 8),
    (ObservableKind::Ipv6, 0.30, 8),
    (ObservableKind::Cidr, 0.55, 8),
    (ObservableKind::Domain, 0.60, 8),
    (ObservableKind::Url, 0.35, 2),
    (ObservableKind::UserAgent, 0.30, 8),
    (ObservableKind::Email, 0.30, 1),
    (ObservableKind::Md5, 0.25, 1),
    (ObservableKind::Sha1, 0.25, 1),
    (ObservableKind::Sha256, 0.25, 1),
    (ObservableKind::Sha512, 0.25, 1),
    (ObservableKind::FileName, 0.40, 1),
    (ObservableKind::FilePath, 0.35, 1),
    (ObservableKind::RegistryKey, 0.40, 1),
    (ObservableKind::ServiceName, 0.30, 1),
    (ObservableKind::NamedPipe, 0.25, 1),
    (ObservableKind::Mutex, 0.30, 1),
    (ObservableKind::CommandLine, 0.35, 1),
];

/// Of a technique, and of the rules for it. An actor repeats most of what was reported of it, in part by other means;
/// a rule knows some of the ways.
const TECHNIQUE: (f64, u32) = (0.60, 1);
const RULE: f64 = 0.30;

const COSTS: [(Measure, f64); 9] = [
    (Measure::AskRules, 0.02),
    (Measure::DnsLog, 0.1),
    (Measure::FlowRecords, 0.2),
    (Measure::ProxyLog, 0.3),
    (Measure::TlsSensor, 0.4),
    (Measure::ProcessAudit, 1.0),
    (Measure::EndpointSensor, 3.0),
    (Measure::SystemEvents, 0.8),
    (Measure::MailLog, 0.3),
];

impl Default for Assumptions {
    fn default() -> Self {
        Self {
            used: USED
                .iter()
                .map(|(kind, share, hours)| (*kind, (*share, *hours)))
                .collect(),
            technique: TECHNIQUE,
            rule: RULE,
            detection: 0.95,
            dependence: 0.5,
            costs: COSTS.into_iter().collect(),
            quiet: 24,
            filtered: BTreeSet::new(),
            named: BTreeSet::new(),
            measured: Vec::new(),
        }
    }
}

/// A run is never taken for longer than a month.
const MOST_HOURS: u32 = 744;

impl Assumptions {
    /// Puts measured detection probabilities in the place of the assumed one: per kind of telemetry, or per kind and
    /// machine (which goes before). Values that are no probability are left out.
    #[must_use]
    pub fn with_measured(mut self, measured: impl IntoIterator<Item = MeasuredDetection>) -> Self {
        self.measured.extend(
            measured
                .into_iter()
                .filter(|one| (0.0..=1.0).contains(&one.probability)),
        );
        self.measured.sort_by(|a, b| {
            (a.telemetry, &a.asset)
                .cmp(&(b.telemetry, &b.asset))
                .then(a.probability.total_cmp(&b.probability))
        });
        // Of two values for the same the lower one stays.
        self.measured
            .dedup_by(|next, kept| (next.telemetry, &next.asset) == (kept.telemetry, &kept.asset));
        self
    }

    /// The probability that a log of this kind about this machine shows what it should.
    pub(crate) fn detection_of(&self, telemetry: Telemetry, asset: &str) -> f64 {
        let of = |asset: Option<&str>| {
            self.measured
                .iter()
                .find(|one| one.telemetry == telemetry && one.asset.as_deref() == asset)
                .map(|one| one.probability)
        };
        of(Some(asset))
            .or_else(|| of(None))
            .unwrap_or(self.detection)
    }

    /// Whether a source was filtered on purpose.
    pub(crate) fn is_filtered(&self, source: &str) -> bool {
        self.filtered.contains("*") || self.filtered.contains(source)
    }

    /// The share of victims and the hours of a kind of indicator; nothing for kinds that show in no log.
    pub(crate) fn used_of(&self, kind: ObservableKind) -> (f64, u32) {
        self.used.get(&kind).copied().unwrap_or((0.0, 1))
    }

    /// Reads a table that replaces values: CSV lines `used,KIND,SHARE,HOURS` (also of the kind `technique`),
    /// `cost,MEASURE,NUMBER`, `detection,,SHARE`, `rule,,SHARE`, `dependence,,SHARE` and `measured,TELEMETRY,SHARE,ASSET` (without an asset: every one);
    /// `filtered,SOURCE` and `quiet,,HOURS`; `#` begins a remark. A line that cannot be read costs that line.
    pub fn read(text: &str) -> (Self, Vec<Problem>) {
        let mut all = Self::default();
        let mut measured = Vec::new();
        let mut problems = Vec::new();
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.split('#').next().unwrap_or_default().trim();
            if line.is_empty() {
                continue;
            }
            let cells: Vec<&str> = line.split(',').map(str::trim).collect();
            if all.take(&cells, &mut measured).is_none() {
                problems.push(
                    Problem::new(
                        format!("assumptions:{number}"),
                        "this line is not understood",
                        "write used,KIND,SHARE,HOURS or cost,MEASURE,NUMBER or detection,,SHARE or rule,,SHARE or dependence,,SHARE or measured,TELEMETRY,SHARE,ASSET or filtered,SOURCE or quiet,,HOURS; shares are 0 to 1",
                    )
                    .losing_records(1),
                );
            }
        }
        all.named = measured
            .iter()
            .filter_map(|one| one.asset.clone())
            .collect();
        (all.with_measured(measured), problems)
    }

    fn take(&mut self, cells: &[&str], measured: &mut Vec<MeasuredDetection>) -> Option<()> {
        let cell = |at: usize| cells.get(at).copied().unwrap_or_default();
        match cell(0) {
            "filtered" => {
                let source = cell(1).to_lowercase();
                self.filtered
                    .insert(Some(source).filter(|name| !name.is_empty())?);
                return Some(());
            }
            "quiet" => {
                self.quiet = cell(2).parse().ok().filter(|h| *h <= MOST_HOURS)?;
                return Some(());
            }
            _ => {}
        }
        let number: f64 = cell(2).parse().ok()?;
        let share = (0.0..=1.0).contains(&number).then_some(number);
        let plain = |name: &str| name.to_lowercase().replace([' ', '-'], "_");
        let name = plain(cell(1));
        match cell(0) {
            "used" if name == "technique" => {
                let hours = match cell(3) {
                    "" => self.technique.1,
                    text => text.parse().ok().filter(|h| (1..=MOST_HOURS).contains(h))?,
                };
                self.technique = (share?, hours);
            }
            "used" => {
                let kind = ObservableKind::ALL
                    .into_iter()
                    .find(|kind| plain(kind.name()) == name)?;
                let hours = match cell(3) {
                    "" => self.used_of(kind).1,
                    text => text.parse().ok().filter(|h| (1..=MOST_HOURS).contains(h))?,
                };
                self.used.insert(kind, (share?, hours));
            }
            "cost" => {
                let measure = Measure::ALL.into_iter().find(|one| one.name() == name)?;
                let cost = (number.is_finite() && number > 0.0).then_some(number)?;
                self.costs.insert(measure, cost);
            }
            "detection" => self.detection = share?,
            "rule" => self.rule = share?,
            "dependence" => self.dependence = share?,
            "measured" => measured.push(MeasuredDetection {
                telemetry: Telemetry::ALL
                    .into_iter()
                    .find(|kind| plain(kind.label()) == name)?,
                asset: Some(cell(3).to_lowercase()).filter(|name| !name.is_empty()),
                probability: share?,
            }),
            _ => return None,
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use tegakari_model::{Measure, ObservableKind, Telemetry};

    use super::Assumptions;

    #[test]
    fn a_table_replaces_what_it_names_and_a_bad_line_costs_that_line() {
        let (all, problems) = Assumptions::read(
            "# ours\nused,domain,0.9,24\ncost,process_audit,2.5\nmeasured,dns,0.4\nmeasured,dns,0.1,WS-01\n\
             used,technique,0.4\nrule,,0.5\nrule,,5\nused,domain,7\nused,nothing,0.1\ncost,mail_log,-1\ncost,mail_log,NaN\ndependence,,1\nwhat\n",
        );
        assert_eq!(problems.len(), 6, "{problems:?}");
        assert_eq!((all.technique, all.rule), ((0.4, 1), 0.5));
        assert_eq!(all.used_of(ObservableKind::Domain), (0.9, 24));
        assert_eq!(all.costs[&Measure::ProcessAudit], 2.5);
        assert_eq!(all.dependence, 1.0);
        assert_eq!(all.detection_of(Telemetry::Dns, "ws-01"), 0.1);
        assert_eq!(all.detection_of(Telemetry::Dns, "ws-02"), 0.4);
        assert_eq!(all.detection_of(Telemetry::Flow, "ws-02"), 0.95);
    }
}
