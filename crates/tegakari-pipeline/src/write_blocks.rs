//! Indicators → a block plan → files.

use std::io::{self, Write};
use std::path::Path;

use tegakari_export::formats::{self, ExportFormat};
use tegakari_export::{Context, OwnAssets, plan};
use tegakari_hunt::InventoryAsset;
use tegakari_knowledge::Knowledge;
use tegakari_model::{BlockPlan, Coverage, Indicator, Report};
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

/// What to block, and what to hold back with the reason. Who the attacker may be does not enter.
pub fn block_plan(indicators: &[Indicator], own: &OwnAssets) -> BlockPlan {
    plan(indicators, own, Knowledge::embedded())
}

/// Writes every wanted format into `folder`, each file whole or not at all.
///
/// # Errors
/// When a file cannot be written.
pub fn write_blocks(
    request: &BlockRequest<'_>,
    folder: &Path,
) -> Result<Vec<WrittenFile>, PipelineError> {
    let mut written = Vec::new();
    for format in wanted(request.formats) {
        let path = folder.join(format.file_name());
        let done = write_atomically(&path, |out| {
            format.write(request.plan, &context(request), out)
        })?;
        written.push(WrittenFile {
            path: path.to_string_lossy().into_owned(),
            what: format.id().to_owned(),
            entries: Some(done.entries as u64),
        });
    }
    Ok(written)
}

/// Writes the first wanted format to `out`.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_one(request: &BlockRequest<'_>, out: &mut dyn Write) -> io::Result<()> {
    for format in wanted(request.formats).take(1) {
        format.write(request.plan, &context(request), out)?;
    }
    out.flush()
}

fn wanted(ids: &[String]) -> impl Iterator<Item = &'static dyn ExportFormat> {
    formats::ALL
        .iter()
        .copied()
        .filter(move |f| ids.is_empty() || ids.iter().any(|id| id == f.id()))
}

/// The narrowest marking of the reports and the earliest date among them: no clock.
fn context(request: &BlockRequest<'_>) -> Context {
    let mut reports: Vec<_> = request.reports.iter().map(|r| r.id.clone()).collect();
    reports.sort();
    Context {
        tlp: request.reports.iter().filter_map(|r| r.tlp).max(),
        valid_from: request
            .reports
            .iter()
            .filter_map(|r| r.published.as_ref()?.start())
            .min(),
        reports,
        ..Context::new(request.program)
    }
}
