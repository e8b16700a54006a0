//! Indicators → a block plan → files.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::path::Path;

use tegakari_export::formats::{self, ExportFormat};
use tegakari_export::{
    Aging, AllowList, Context, Lifetimes, OwnAssets, Policy, Rpz, Source, Written, plan, plan_with,
    write_template,
};
use tegakari_hunt::InventoryAsset;
use tegakari_model::{
    BlockPlan, Coverage, Disposition, Indicator, ObjectionKind, Observable, Problem, Report,
    Timestamp, Tlp, public_suffix,
};
use tegakari_render::WrittenFile;

use crate::refresh_blocks::{MadeWith, write_record};
use crate::{PipelineError, write_atomically};

/// What to write.
pub struct BlockRequest<'a> {
    /// The plan.
    pub plan: &'a BlockPlan,
    /// The reports the entries come from.
    pub reports: &'a [Report],
    /// Ids of formats; empty for all.
    pub formats: &'a [String],
    /// Version of the program, for headers.
    pub program: &'a str,
    /// When they are made and how long they may be.
    pub settings: ListSettings,
}

/// What a user may decide about lists besides what is on them.
#[derive(Debug, Clone, Default)]
pub struct ListSettings {
    /// When the lists are made, for their headers and for lifetimes that count from loading. `None`: they do not
    /// say, and the same input gives the same bytes on any day.
    pub made: Option<Timestamp>,
    /// Most entries of formats, by id, where it is another number than the built-in one.
    pub limits: BTreeMap<String, usize>,
    /// How lists are marked whose indicators were given beside the reports.
    pub markings: Vec<Option<Tlp>>,
    /// What the plan was made with besides reports, for the record of a folder.
    pub made_with: MadeWith,
}

/// What a user decides about blocking.
#[derive(Debug, Clone, Default)]
pub struct BlockPolicy {
    /// Values that are never blocked, with reasons.
    pub allow: AllowList,
    /// Objections that hold nothing back.
    pub waived: BTreeSet<ObjectionKind>,
    /// How long values are worth blocking, and the time of the decision; `None`: entries have no end.
    pub aging: Option<(Lifetimes, Timestamp)>,
    /// Values that lists which were given take back, each with the list and its words.
    pub called_benign: BTreeMap<Observable, String>,
}

/// The organisation's own machines: from its inventory, and from what logs showed.
pub fn own_assets(inventory: &[InventoryAsset], coverage: Option<&Coverage>) -> OwnAssets {
    let mut own = OwnAssets::default();
    for asset in inventory {
        own.names.push(asset.name.clone());
        // Who lists a name that is registered as such means all below it; a machine has a name of its own.
        let name = asset.name.trim().trim_end_matches('.').to_lowercase();
        if public_suffix::domain(name.as_bytes())
            .is_some_and(|domain| domain.as_bytes() == name.as_bytes())
        {
            own.domains.push(name);
        }
        for address in &asset.addresses {
            add_address(&mut own, address);
        }
    }
    for asset in coverage.into_iter().flat_map(|c| &c.assets) {
        own.names.push(asset.name.clone());
        for name in &asset.other_names {
            own.names.push(name.clone());
            // What follows the machine's own label is a domain of the organisation's.
            if let Some((_, domain)) = name.split_once('.').filter(|(_, rest)| rest.contains('.')) {
                own.domains.push(domain.to_owned());
            }
        }
        for address in &asset.addresses {
            add_address(&mut own, address);
        }
    }
    own.domains.sort();
    own.domains.dedup();
    own
}

fn add_address(own: &mut OwnAssets, text: &str) {
    if let Ok(address) = text.parse() {
        own.addresses.push(address);
    } else if let Ok(network) = text.parse() {
        own.networks.push(network);
    }
}

/// The time, or the one that `SOURCE_DATE_EPOCH` fixes for results that must be the same again.
pub fn decision_time() -> Timestamp {
    std::env::var("SOURCE_DATE_EPOCH")
        .ok()
        .and_then(|seconds| Timestamp::from_second(seconds.parse().ok()?).ok())
        .unwrap_or_else(Timestamp::now)
}

/// What to block, and what to hold back with the reason. Who the attacker may be does not enter.
pub fn block_plan(indicators: &[Indicator], own: &OwnAssets) -> BlockPlan {
    plan(indicators, own, crate::knowledge())
}

/// [`block_plan`] as a user wants it. When reports came out, and what they call harmless, is taken from them.
pub fn block_plan_with(
    indicators: &[Indicator],
    own: &OwnAssets,
    reports: &[Report],
    policy: BlockPolicy,
) -> BlockPlan {
    plan_with(
        indicators,
        own,
        crate::knowledge(),
        &full_policy(reports, policy),
    )
}

/// How sure a report has to be that a value is harmless, for that to hold the value back.
const SURE: f32 = 0.8;

fn full_policy(reports: &[Report], policy: BlockPolicy) -> Policy {
    let mut called_benign = policy.called_benign;
    for report in reports {
        for mention in &report.mentions {
            if mention.disposition == Disposition::Benign && mention.confidence >= SURE {
                called_benign
                    .entry(mention.observable.clone())
                    .or_insert_with(|| report.id.to_string());
            }
        }
    }
    Policy {
        waived: policy.waived,
        allow: policy.allow,
        called_benign,
        aging: policy.aging.map(|(lifetimes, now)| Aging {
            lifetimes,
            now,
            published: reports
                .iter()
                .filter_map(|r| Some((r.id.clone(), r.published.as_ref()?.start()?)))
                .collect(),
        }),
    }
}

/// What reports, or people who corrected them, call harmless outright: no indicators, but whoever asks why they are on no
/// list finds them among what was held back.
pub fn cleared_outright(report: &Report) -> Vec<Indicator> {
    let cleared = report
        .mentions
        .iter()
        .filter(|mention| mention.disposition == Disposition::Benign && mention.confidence >= 1.0);
    cleared
        .filter(|mention| {
            mention.observable.kind().is_network() || mention.observable.kind().is_file_hash()
        })
        .map(|mention| Indicator {
            citations: mention.citations.clone(),
            ..Indicator::new(mention.observable.clone())
        })
        .collect()
}

/// Reads an allow-list: a value a line, its reason behind it.
///
/// # Errors
/// When the file cannot be read.
pub fn load_allow_list(path: &Path, allow: &mut AllowList) -> Result<Vec<Problem>, PipelineError> {
    let bytes = std::fs::read(path).map_err(|error| PipelineError::reading(path, &error))?;
    let text = String::from_utf8_lossy(&bytes);
    // What people paste from reports and from this program is defanged.
    let lines: Vec<String> = text.lines().map(tegakari_read::refanged).collect();
    Ok(allow.read(&path.to_string_lossy(), &lines.join("\n")))
}

/// Adds a value that was typed, in any spelling.
///
/// # Errors
/// A sentence that says what is wrong, when it is nothing that can be blocked.
pub fn allow_value(value: &str, reason: &str, allow: &mut AllowList) -> Result<(), String> {
    allow.add(&tegakari_read::refanged(value), reason)
}

/// Writes every wanted format into `folder`, each file whole or not at all.
///
/// # Errors
/// When a file cannot be written.
pub fn write_blocks(
    request: &BlockRequest<'_>,
    folder: &Path,
) -> Result<(Vec<WrittenFile>, Vec<Problem>), PipelineError> {
    let mut written = Vec::new();
    let mut problems = Vec::new();
    let mut lists = BTreeMap::new();
    for format in &wanted(request.formats) {
        let path = folder.join(format.file_name());
        let done = write_atomically(&path, |out| {
            format.write(request.plan, &context(request), out)
        })?;
        written.push(told(&path, *format, &done, &mut problems));
        lists.insert(format.id().to_owned(), request.settings.made);
    }
    write_record(folder, lists, request)?;
    Ok((written, problems))
}

/// A written list, for the terminal.
pub(crate) fn told(
    path: &Path,
    format: &dyn ExportFormat,
    done: &Written,
    problems: &mut Vec<Problem>,
) -> WrittenFile {
    let path = path.to_string_lossy().into_owned();
    problems.extend(left_out(&path, done));
    WrittenFile {
        path,
        what: format.id().to_owned(),
        entries: Some(done.entries as u64),
    }
}

/// What a list should have taken and could not.
fn left_out(place: &str, written: &Written) -> Vec<Problem> {
    written
        .left_out
        .iter()
        .filter(|left| left.why != formats::NO_PLACE)
        .map(|left| {
            Problem::new(
                place,
                format!(
                    "{} of kind {} left out: {}",
                    left.count,
                    left.kind.name(),
                    left.why
                ),
                format!("block them another way: {}", left.examples.join(", ")),
            )
        })
        .collect()
}

/// Writes the first wanted format to `out`, and says what it could not take.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_one(request: &BlockRequest<'_>, out: &mut dyn Write) -> io::Result<Vec<Problem>> {
    let mut problems = Vec::new();
    for format in wanted(request.formats).into_iter().take(1) {
        let done = format.write(request.plan, &context(request), out)?;
        problems.extend(left_out(format.id(), &done));
    }
    out.flush()?;
    Ok(problems)
}

/// Writes the plan in the form of a user's own template.
///
/// # Errors
/// When the template cannot be read or is wrong (the line is named), or `out` cannot be written.
pub fn write_from_template(
    request: &BlockRequest<'_>,
    template: &Path,
    out: &mut dyn Write,
) -> Result<(), PipelineError> {
    let text = std::fs::read_to_string(template)
        .map_err(|error| PipelineError::reading(template, &error))?;
    let name = template.to_string_lossy();
    // As a whole first, so that a wrong template writes nothing.
    let mut whole = Vec::new();
    write_template(&name, &text, request.plan, &context(request), &mut whole)
        .map_err(|error| PipelineError::Template(error.to_string()))?;
    out.write_all(&whole)
        .and_then(|()| out.flush())
        .map_err(|error| PipelineError::writing(Path::new("-"), &error))
}

/// The formats of these ids; without any, the usual ones; with `all`, all.
pub(crate) fn wanted(ids: &[String]) -> Vec<&'static dyn ExportFormat> {
    if ids.is_empty() {
        return formats::usual().collect();
    }
    formats::ALL
        .iter()
        .copied()
        .filter(|f| ids.iter().any(|id| id == f.id() || id == EVERY_FORMAT))
        .collect()
}

/// Stands for every format there is.
pub const EVERY_FORMAT: &str = "all";

/// The narrowest marking of the reports, and the earliest date among them. Lists without any date are
/// valid from now on: STIX wants a time, and the day somebody decides to block is a true one.
pub(crate) fn context(request: &BlockRequest<'_>) -> Context {
    let mut reports: Vec<_> = request.reports.iter().map(|r| r.id.clone()).collect();
    reports.sort();
    let markings = request.reports.iter().map(|report| report.tlp);
    let sources = request.reports.iter().map(|report| {
        let source = Source {
            tlp: report.tlp,
            published: report.published.as_ref().and_then(|date| date.start()),
        };
        (report.id.clone(), source)
    });
    Context {
        tlp: Tlp::of_all(markings.chain(request.settings.markings.iter().copied())),
        sources: sources.collect(),
        valid_from: request
            .reports
            .iter()
            .filter_map(|r| r.published.as_ref()?.start())
            .min()
            .or_else(|| Some(request.settings.made.unwrap_or_else(decision_time))),
        reports,
        made: request.settings.made,
        limits: request.settings.limits.clone(),
        rpz: Rpz {
            // Seconds rise whenever a list is made anew (RFC 1982 lets them wrap).
            serial: request
                .settings
                .made
                .map_or(1, |made| (made.as_second() & 0xffff_ffff) as u32),
            ..Rpz::default()
        },
        ..Context::new(request.program)
    }
}
