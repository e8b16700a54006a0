//! `tegakari hunt`: were we hit, and could we have seen it?

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use serde::Serialize;
use tegakari_model::{
    FindingKind, Gap, HuntResult, Indicator, ObservedBehaviour, Problem, ReportId,
    ReportedTechnique, RuleLevel, Sighting,
};
use tegakari_pipeline::{
    HuntRequest, LOG_FORMATS, PipelineError, RulesRequest, Store, ZoneOf, assumptions,
    known_drills, load_inventory, load_list, load_rules, load_values, load_zone, merged_indicators,
    open_set, reported_techniques, run_hunt, run_hunt_on,
};
use tegakari_render::text;

use crate::arguments::{Format, Globals};
use crate::exit::Exit;
use crate::progress::Bar;
use crate::times::Window;
use crate::{database, interrupt, output};

/// Search logs for indicators, and say of every negative what was visible.
#[derive(Debug, Args)]
#[command(after_help = after_help())]
pub(crate) struct Hunt {
    /// Logs to search: files and folders, compressed or not; `-` is standard input
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Look for the indicators of a report that was read (R-… or the start of it). May be given several times
    #[arg(long, value_name = "ID", conflicts_with = "all")]
    report: Vec<String>,
    /// Look for the indicators of a file in any readable format. May be given several times
    #[arg(long, value_name = "FILE")]
    indicators: Vec<PathBuf>,
    /// Look for the indicators of a set made by `tegakari indicators build` too; those that are seen get a finding each
    #[arg(long, value_name = "FILE")]
    indicators_set: Option<PathBuf>,
    /// Look for this value: an address, name, hash, file name or registry key. May be given several times
    #[arg(long, value_name = "VALUE")]
    value: Vec<String>,
    /// Look for the indicators of every report in the database
    #[arg(long)]
    all: bool,
    /// Search only what is new since the last hunt for the same in the same paths; also goes on with one that was stopped. Files with the size and time of then are taken to be the same. Not with --indicators-set
    #[arg(long, conflicts_with_all = ["no_save", "indicators_set"])]
    incremental: bool,
    /// Keep nothing in the database (for feeds of very many indicators)
    #[arg(long)]
    no_save: bool,
    #[command(flatten)]
    rules: RuleOptions,
    #[command(flatten)]
    options: HuntOptions,
}

/// What the status says, and what can be opened.
fn after_help() -> String {
    let ids: Vec<&str> = LOG_FORMATS.iter().map(|format| format.id()).collect();
    format!(
        "Exit status:\n  \
         0  nothing was seen, and as much as --min-visibility asks for would have been\n  \
         1  something was seen, or a rule of medium level or above fired\n  \
         2  wrong arguments, a database that cannot be used, or a path that cannot be read while nothing was seen in the others\n  \
         3  cannot tell: nothing was seen, but too little was visible, or there were rules alone, whose silence proves nothing, or the hunt was stopped\n  \
         130  stopped at once (Ctrl-C twice); nothing of this run is saved but what --incremental had kept\n\n\
         Opened by what they hold, whatever their name: gzip (bgzip too), zstd, xz, bzip2, lz4; tar and zip, a member at a time; \
         Windows event files, captures (pcap, pcapng), SQLite databases with their -wal, Parquet files, files of systemd's journal and of NetFlow 5 and 9 and IPFIX; \
         one inside the other up to four deep. Text in UTF-8, UTF-16, Shift_JIS, EUC-JP or ISO-2022-JP.\n\n\
         Logs: {}. `tegakari formats` says more of each; any other text is searched line by line.",
        ids.join(", ")
    )
}

/// What a hunt needs to know besides where and what.
#[derive(Debug, Clone, Args)]
pub(crate) struct HuntOptions {
    /// The organisation's machines: CSV (also of Get-ADComputer or Windows DHCP), LDIF, leases of dhcpd or dnsmasq, nmap's XML, Zeek's known_hosts
    #[arg(long, value_name = "FILE")]
    pub(crate) inventory: Option<PathBuf>,
    /// CSV that replaces what the strength of a negative assumes: shares of victims, costs, measured detection (docs/visibility.md)
    #[arg(long, value_name = "FILE")]
    pub(crate) assumptions: Option<PathBuf>,
    /// The zone of times that say none: SOURCE is a file, a folder or a pattern (`*.csv`), ZONE is +09:00 or Asia/Tokyo. May be given several times; others are read as UTC
    #[arg(long, value_name = "SOURCE=ZONE")]
    zone: Vec<String>,
    #[command(flatten)]
    pub(crate) window: Window,
    /// Exit with 3 when nothing was seen and less than this share was visible
    #[arg(long, value_name = "PERCENT", default_value_t = 80, value_parser = clap::value_parser!(u8).range(0..=100))]
    pub(crate) min_visibility: u8,
    /// Threads [default: one a core]
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
}

/// Rules of behaviour to ask of the logs.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct RuleOptions {
    /// Ask these Sigma rules of every record: files, or folders with .yml and .yaml files. May be given several times
    #[arg(long, value_name = "PATH")]
    pub(crate) rules: Vec<PathBuf>,
    /// Change the rules by a processing pipeline in pySigma's YAML form. May be given several times
    #[arg(long, value_name = "FILE", requires = "rules")]
    pipeline: Vec<PathBuf>,
    /// Leave out rules that are less grave
    #[arg(long, value_name = "LEVEL", value_enum, default_value_t = Level::Informational, requires = "rules")]
    min_level: Level,
}

/// How grave a rule is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Level {
    /// All rules
    #[default]
    Informational,
    /// Low and above
    Low,
    /// Medium and above
    Medium,
    /// High and above
    High,
    /// Critical alone
    Critical,
}

impl From<Level> for RuleLevel {
    fn from(level: Level) -> Self {
        match level {
            Level::Informational => Self::Informational,
            Level::Low => Self::Low,
            Level::Medium => Self::Medium,
            Level::High => Self::High,
            Level::Critical => Self::Critical,
        }
    }
}

impl RuleOptions {
    /// What was asked for; `None` without rules.
    pub(crate) fn wanted(&self) -> Option<RulesRequest<'_>> {
        (!self.rules.is_empty()).then_some(RulesRequest {
            rules: &self.rules,
            pipelines: &self.pipeline,
            least: self.min_level.into(),
        })
    }

    /// Files and folders that rules are made of.
    pub(crate) fn files(&self) -> impl Iterator<Item = PathBuf> + '_ {
        self.rules.iter().chain(&self.pipeline).cloned()
    }
}

/// Zones as they were typed.
pub(crate) fn zones(typed: &[String]) -> Result<Vec<ZoneOf>> {
    let each = typed.iter().map(|one| load_zone(one));
    Ok(each.collect::<Result<_, _>>()?)
}

impl HuntOptions {
    /// The tables that were given beside the logs.
    pub(crate) fn tables(&self) -> [Option<&Path>; 2] {
        [self.inventory.as_deref(), self.assumptions.as_deref()]
    }

    /// The zones of times that say none.
    pub(crate) fn zones(&self) -> Result<Vec<ZoneOf>> {
        zones(&self.zone)
    }

    /// As given, or one a core.
    pub(crate) fn threads(&self) -> usize {
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        self.threads.unwrap_or_else(cores).max(1)
    }
}

impl Hunt {
    pub(crate) fn run(self, globals: &Globals) -> Result<Exit> {
        let mut store = database::open(globals)?;
        let wanted = self.wanted(&store)?;
        let set = self.indicators_set.as_deref().map(open_set).transpose()?;
        interrupt::listen(globals.quiet);
        let inventory = self
            .options
            .inventory
            .as_deref()
            .map(load_inventory)
            .transpose()?;
        let (inventory, mut problems) = inventory.unwrap_or_default();
        problems.extend(wanted.problems);
        let (assumptions, doubts) = assumptions(&store, self.options.assumptions.as_deref())?;
        problems.extend(doubts);
        let rules = match self.rules.wanted() {
            Some(wanted) => {
                let loaded = load_rules(wanted)?;
                problems.extend(loaded.problems);
                Some(loaded.rules)
            }
            None => None,
        };
        let bar = Bar::new(globals);
        let request = HuntRequest {
            indicators: wanted.indicators,
            set,
            reports: wanted.reports,
            techniques: wanted.techniques,
            paths: &self.paths,
            window: self.options.window.range()?,
            inventory: &inventory,
            zones: self.options.zones()?,
            assumptions,
            problems,
            threads: self.options.threads(),
            examples: None,
            drills: Some(known_drills(&store)?),
            rules,
        };
        let hunt = if self.incremental {
            run_hunt_on(request, &mut store, &bar)
        } else {
            run_hunt(request, &bar)
        };
        bar.finish();
        let hunt = hunt?;
        // What was found is shown even where it cannot be kept.
        let kept = if self.no_save {
            Ok(())
        } else {
            tegakari_pipeline::save_hunt(&mut store, &hunt)
        };
        match globals.format {
            Format::Text => {
                output::text(&text::hunt(
                    &hunt,
                    globals.lang.into(),
                    &output::style(globals),
                ))?;
            }
            Format::Json => output::json("tegakari/hunt/1", &hunt)?,
            Format::Jsonl => {
                lines(&hunt)?;
                // A line an indicator has no place for them.
                output::problems(globals, &hunt.problems);
            }
        }
        kept?;
        Ok(Exit::of_hunt(
            &hunt,
            self.options.min_visibility,
            &self.paths,
            self.options.tables(),
        )
        // A line an indicator has told them already.
        .without(&wanted.lost, globals.format != Format::Jsonl))
    }

    /// What to look for: from reports in the database, from files, or from both.
    fn wanted(&self, store: &Store) -> Result<Wanted> {
        let mut reports = Vec::new();
        let mut problems = Vec::new();
        let mut all = Vec::new();
        let mut lost = Vec::new();
        let mut techniques = Vec::new();
        if self.all || !self.report.is_empty() {
            let stored = tegakari_pipeline::stored_reports(store, &self.report)?;
            techniques = reported_techniques(&stored, tegakari_pipeline::knowledge());
            for report in &stored {
                reports.push(report.id.clone());
                all.extend(report.indicators());
            }
        }
        for file in &self.indicators {
            let list = load_list(Path::new(file))?;
            lost.extend(list.lost().cloned());
            problems.extend(list.problems);
            problems.extend(list.not_sought);
            all.extend(list.indicators);
        }
        all.extend(load_values(&self.value)?);
        let other = self.indicators_set.is_some() || !self.rules.rules.is_empty();
        if all.is_empty() && !other {
            if self.report.is_empty() && self.indicators.is_empty() && !self.all {
                bail!(
                    "nothing to look for: say --report ID, --indicators FILE, --indicators-set FILE, --value VALUE, --rules PATH or --all"
                );
            }
            return Err(PipelineError::NothingToLookFor(
                "nothing to look for: the given reports and lists hold no indicator that a log could show"
                    .to_owned(),
            )
            .into());
        }
        reports.sort();
        reports.dedup();
        Ok(Wanted {
            indicators: merged_indicators(all),
            reports,
            techniques,
            problems,
            lost,
        })
    }
}

/// What to look for, and what of it could not be read.
struct Wanted {
    indicators: Vec<Indicator>,
    reports: Vec<ReportId>,
    techniques: Vec<ReportedTechnique>,
    problems: Vec<Problem>,
    /// Of those, what lists state and nobody looks for.
    lost: Vec<Problem>,
}

/// A finding on a line: as in the JSON document, but without the names of all assets, which would be
/// repeated for every indicator.
#[derive(Serialize)]
struct Line<'a> {
    finding: FindingKind,
    indicator: &'a Indicator,
    #[serde(skip_serializing_if = "<[Sighting]>::is_empty")]
    sightings: &'a [Sighting],
    visibility: LineVisibility<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    missing: Vec<Missing<'a>>,
}

#[derive(Serialize)]
struct LineVisibility<'a> {
    visible: u64,
    total: u64,
    share: f64,
    sources: &'a [String],
}

#[derive(Serialize)]
struct Missing<'a> {
    needs: &'a [tegakari_model::Telemetry],
    assets: usize,
    asset_hours: u64,
}

impl<'a> From<&'a Gap> for Missing<'a> {
    fn from(gap: &'a Gap) -> Self {
        Self {
            needs: &gap.needs,
            assets: gap.assets.len(),
            asset_hours: gap.asset_hours,
        }
    }
}

/// A rule that fired, on a line.
#[derive(Serialize)]
struct BehaviourLine<'a> {
    behaviour: &'static str,
    #[serde(flatten)]
    observed: &'a ObservedBehaviour,
}

/// Writes one line an indicator, then one a rule that fired.
pub(crate) fn lines(hunt: &HuntResult) -> Result<()> {
    indicator_lines(hunt)?;
    let observed = hunt.behaviours.iter().flat_map(|of| &of.observed);
    output::json_lines(observed.map(|observed| BehaviourLine {
        behaviour: "observed",
        observed,
    }))
}

fn indicator_lines(hunt: &HuntResult) -> Result<()> {
    output::json_lines(hunt.findings.iter().map(|one| {
        let visibility = one.finding.visibility();
        Line {
            finding: one.finding.kind(),
            indicator: &one.indicator,
            sightings: one.finding.sightings(),
            visibility: LineVisibility {
                visible: visibility.visible,
                total: visibility.total,
                share: (visibility.share() * 1e4).round() / 1e4,
                sources: &visibility.sources,
            },
            missing: one.finding.gaps().iter().map(Missing::from).collect(),
        }
    }))
}
