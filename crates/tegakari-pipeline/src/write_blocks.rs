//! Indicators → a block plan → files.

use std::io::{self, Write};
use std::path::Path;

use tegakari_export::formats::{self, ExportFormat};
use tegakari_export::{Context, OwnAssets, Written, plan};
use tegakari_hunt::InventoryAsset;
use tegakari_model::{BlockPlan, Coverage, Indicator, Problem, Report, Timestamp};
use tegakari_render::WrittenFile;

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
}

/// The organisation's own machines: from its inventory, and from what logs showed.
pub fn own_assets(inventory: &[InventoryAsset], coverage: Option<&Coverage>) -> OwnAssets {
    let mut own = OwnAssets::default();
    for asset in inventory {
        own.names.push(asset.name.clone());
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
pub(crate) fn now() -> Timestamp {
    std::env::var("SOURCE_DATE_EPOCH")
        .ok()
        .and_then(|seconds| Timestamp::from_second(seconds.parse().ok()?).ok())
        .unwrap_or_else(Timestamp::now)
}

/// What to block, and what to hold back with the reason. Who the attacker may be does not enter.
pub fn block_plan(indicators: &[Indicator], own: &OwnAssets) -> BlockPlan {
    plan(indicators, own, crate::knowledge())
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
    for format in wanted(request.formats) {
        let path = folder.join(format.file_name());
        let done = write_atomically(&path, |out| {
            format.write(request.plan, &context(request), out)
        })?;
        let path = path.to_string_lossy().into_owned();
        problems.extend(left_out(&path, &done));
        written.push(WrittenFile {
            path,
            what: format.id().to_owned(),
            entries: Some(done.entries as u64),
        });
    }
    Ok((written, problems))
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
    for format in wanted(request.formats).take(1) {
        let done = format.write(request.plan, &context(request), out)?;
        problems.extend(left_out(format.id(), &done));
    }
    out.flush()?;
    Ok(problems)
}

fn wanted(ids: &[String]) -> impl Iterator<Item = &'static dyn ExportFormat> {
    formats::ALL
        .iter()
        .copied()
        .filter(move |f| ids.is_empty() || ids.iter().any(|id| id == f.id()))
}

/// The narrowest marking of the reports, and the earliest date among them. Lists without any date are
/// valid from now on: STIX wants a time, and the day somebody decides to block is a true one.
fn context(request: &BlockRequest<'_>) -> Context {
    let mut reports: Vec<_> = request.reports.iter().map(|r| r.id.clone()).collect();
    reports.sort();
    Context {
        tlp: request.reports.iter().filter_map(|r| r.tlp).max(),
        valid_from: request
            .reports
            .iter()
            .filter_map(|r| r.published.as_ref()?.start())
            .min()
            .or_else(|| Some(now())),
        reports,
        ..Context::new(request.program)
    }
}
