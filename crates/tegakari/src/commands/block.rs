//! `tegakari block`: what to block now, whoever it is.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use serde::Serialize;
use tegakari_model::{
    BlockPlan, HuntResult, Indicator, Objection, ObjectionKind, Observable, Problem, Report, Tlp,
};
use tegakari_pipeline::{
    AllowList, BlockBasis, BlockPolicy, BlockRequest, EVERY_FORMAT, EXPORT_FORMATS, Lifetimes,
    ListSettings, LoadedList, MadeWith, PipelineError, Refreshed, allow_value, block_plan_with,
    called_benign, cleared_outright, decision_time, listed_formats, load_allow_list,
    load_inventory, load_list, made_with, merged_indicators, own_assets, refresh_blocks,
    write_from_template, write_one,
};
use tegakari_render::{BlockChange, ChangeReason, text, told};

use crate::arguments::{Format, Globals};
use crate::exit::Exit;
use crate::{database, output};

/// Write block lists. What should not be blocked is held back and listed with the reason.
#[derive(Debug, Args)]
pub(crate) struct Block {
    /// Reports whose indicators to block (R-… or the start of one) [default: every report in the database]
    #[arg(long, value_name = "ID")]
    report: Vec<String>,
    /// Block the indicators of a file in any readable format instead. May be given several times
    #[arg(long, value_name = "FILE", conflicts_with = "report")]
    indicators: Vec<PathBuf>,
    /// CSV of the organisation's machines, which are never blocked
    #[arg(long, value_name = "FILE")]
    inventory: Option<PathBuf>,
    /// Never block this value, nor what is below a domain or inside a network. May be given several times
    #[arg(long, value_name = "VALUE")]
    allow: Vec<String>,
    /// Never block the values of a file: one a line, its reason behind it. May be given several times
    #[arg(long, value_name = "FILE")]
    allow_list: Vec<PathBuf>,
    /// Block in spite of an objection of this kind (popular, expired, documentation, …). May be given several times
    #[arg(long, value_name = "OBJECTION")]
    in_spite_of: Vec<String>,
    /// Days that values of a kind are worth blocking after somebody last named them, as in ipv4=30. May be given several times
    #[arg(long, value_name = "KIND=DAYS")]
    lifetime: Vec<String>,
    /// Most entries of a format, as in umbrella=500; the least valuable are left out. May be given several times
    #[arg(long, value_name = "FORMAT=N")]
    limit: Vec<String>,
    /// Formats to write, as `tegakari formats` names them, or `all` [default: the general ones and those of tier 1]
    #[arg(long, value_name = "FORMAT")]
    to: Vec<String>,
    /// Fill a template of your own (Jinja; docs/blocking.md) and write it to standard output
    #[arg(long, value_name = "FILE", conflicts_with_all = ["to", "output", "refresh"])]
    template: Option<PathBuf>,
    /// Folder for the lists; `-` writes one format to standard output
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Bring the lists of the folder up to date: write only what changed, and say what came and went and why
    #[arg(long, requires = "output")]
    refresh: bool,
}

/// Tells what could not be used of what was given, and remembers that there was something.
fn told_loss(lost: &Cell<bool>, problems: &[Problem]) {
    output::losses(problems);
    if !problems.is_empty() {
        lost.set(true);
    }
}

fn ended(lost: &Cell<bool>) -> Exit {
    if lost.get() { Exit::Error } else { Exit::Fine }
}

impl Block {
    pub(crate) fn run(self, globals: &Globals) -> Result<Exit> {
        self.check_formats()?;
        // What was given and could not be used: the lists protect less than was asked for.
        let lost = Cell::new(false);
        let made_with = self.made_with();
        let mut policy = self.policy(&lost, &made_with)?;
        let mut settings = ListSettings {
            made: policy.aging.as_ref().map(|(_, now)| *now),
            limits: limits(&self.limit)?,
            markings: Vec::new(),
            made_with,
        };
        let mut store = database::open(globals)?;
        let lists = self.lists(&lost, globals)?;
        let named = self.indicators.iter().zip(&lists);
        let named: Vec<_> = named
            .map(|(file, list)| (file.to_string_lossy(), list))
            .collect();
        policy.called_benign = called_benign(named.iter().map(|(name, list)| (&**name, *list)));
        let (reports, indicators) = self.gather(lists, &store, &mut settings.markings)?;
        let to_stdout = self.output.as_deref() == Some(Path::new("-"));
        if to_stdout && self.refresh {
            bail!("--refresh brings a folder up to date: give one with -o");
        }
        // A folder that is kept up to date becomes empty when its last report is taken away.
        if indicators.is_empty() && !self.refresh {
            bail!("nothing to block: read a report first, or give --indicators FILE");
        }
        let inventory = match (&self.inventory, &settings.made_with.inventory) {
            (Some(file), _) => Some(load_inventory(file)?),
            (None, Some(file)) => {
                Some(load_inventory(Path::new(file)).map_err(|why| of_lists(why, file))?)
            }
            (None, None) => None,
        };
        let (inventory, problems) = inventory.unwrap_or_default();
        told_loss(&lost, &problems);
        let hunt = self.hunt(&store, &mut settings.made_with)?;
        let own = own_assets(&inventory, hunt.as_ref().map(|hunt| &hunt.coverage));
        let plan = block_plan_with(&indicators, &own, &reports, policy);
        let basis = BlockBasis::new(reports.iter().map(|r| r.id.clone()).collect(), None);
        let mut formats = self.to.clone();
        if let (true, Some(folder)) = (self.refresh, &self.output) {
            // All lists of a folder are of one day: none is left behind when others are asked for.
            formats.extend(listed_formats(folder));
            // Formats that a later version no longer has are not asked for.
            formats.retain(|id| id == EVERY_FORMAT || EXPORT_FORMATS.iter().any(|f| f.id() == id));
        }
        let request = BlockRequest {
            plan: &plan,
            reports: &reports,
            formats: &formats,
            program: env!("CARGO_PKG_VERSION"),
            settings,
        };
        if let Some(template) = &self.template {
            write_from_template(&request, template, &mut std::io::stdout().lock())?;
            output::problems(globals, &expired(&plan).into_iter().collect::<Vec<_>>());
            tegakari_pipeline::save_block(&mut store, &basis, &plan)?;
            return Ok(ended(&lost));
        }
        if to_stdout || (self.output.is_none() && self.to.len() == 1) {
            if self.to.len() != 1 || self.to.iter().any(|id| id == EVERY_FORMAT) {
                bail!("standard output takes one format: say which with --to");
            }
            let mut left_out = write_one(&request, &mut std::io::stdout().lock())?;
            left_out.extend(expired(&plan));
            output::problems(globals, &left_out);
            tegakari_pipeline::save_block(&mut store, &basis, &plan)?;
            return Ok(ended(&lost));
        }
        let done = match &self.output {
            Some(folder) => refresh_blocks(&request, folder, self.refresh)?,
            None => Refreshed::default(),
        };
        output::problems(globals, &done.problems);
        tegakari_pipeline::save_block(&mut store, &basis, &plan)?;
        self.tell(globals, &plan, &done)?;
        Ok(ended(&lost))
    }

    fn check_formats(&self) -> Result<()> {
        for name in &self.to {
            if name != EVERY_FORMAT && !EXPORT_FORMATS.iter().any(|f| f.id() == name) {
                let known: Vec<&str> = EXPORT_FORMATS.iter().map(|f| f.id()).collect();
                bail!(
                    "there is no format {name:?}; there are {}",
                    known.join(", ")
                );
            }
        }
        Ok(())
    }

    /// What holds entries back: as it is given, and where it is not, as the lists of the folder were made.
    fn made_with(&self) -> MadeWith {
        let mut known = match &self.output {
            Some(folder) if self.refresh => made_with(folder),
            _ => MadeWith::default(),
        };
        if let Some(file) = &self.inventory {
            known.inventory = Some(MadeWith::place(file));
        }
        if !self.allow.is_empty() {
            known.allow.clone_from(&self.allow);
        }
        if !self.allow_list.is_empty() {
            known.allow_lists = self.allow_list.iter().map(|f| MadeWith::place(f)).collect();
        }
        known
    }

    /// The hunt whose logs showed the machines of ours that the lists spare.
    fn hunt(
        &self,
        store: &tegakari_pipeline::Store,
        made_with: &mut MadeWith,
    ) -> Result<Option<HuntResult>> {
        let Some(id) = &made_with.hunt else {
            return Ok(None);
        };
        let hunt = store.hunt(id)?;
        if hunt.is_none() {
            if self.inventory.is_none() {
                return Err(PipelineError::from(told::block_hunt_gone(id.as_str())).into());
            }
            made_with.hunt = None;
        }
        Ok(hunt)
    }

    fn policy(&self, lost: &Cell<bool>, made_with: &MadeWith) -> Result<BlockPolicy> {
        let mut allow = AllowList::default();
        for value in &made_with.allow {
            allow_value(value, "--allow", &mut allow)
                .map_err(|why| anyhow::anyhow!("--allow: {why}"))?;
        }
        if self.allow_list.is_empty() {
            for file in &made_with.allow_lists {
                let problems = load_allow_list(Path::new(file), &mut allow)
                    .map_err(|why| of_lists(why, file))?;
                told_loss(lost, &problems);
            }
        }
        for file in &self.allow_list {
            let problems = load_allow_list(file, &mut allow)?;
            told_loss(lost, &problems);
        }
        let mut waived = BTreeSet::new();
        for name in &self.in_spite_of {
            let kind: ObjectionKind = serde_json::from_value(name.replace('-', "_").into())
                .with_context(|| format!("there is no objection {name:?}"))?;
            waived.insert(kind);
        }
        let mut lifetimes = Lifetimes::default();
        for text in &self.lifetime {
            lifetimes
                .set(text)
                .map_err(|why| anyhow::anyhow!("--lifetime: {why}"))?;
        }
        Ok(BlockPolicy {
            allow,
            waived,
            aging: Some((lifetimes, decision_time())),
            called_benign: BTreeMap::new(),
        })
    }

    /// The lists asked for, in their order.
    fn lists(&self, lost: &Cell<bool>, globals: &Globals) -> Result<Vec<LoadedList>> {
        let mut lists = Vec::new();
        for file in &self.indicators {
            let list = load_list(Path::new(file))?;
            told_loss(lost, &list.problems);
            output::problems(globals, &list.not_sought);
            lists.push(list);
        }
        Ok(lists)
    }

    /// The reports and indicators asked for; how lists are marked is added to `markings`.
    fn gather(
        &self,
        lists: Vec<LoadedList>,
        store: &tegakari_pipeline::Store,
        markings: &mut Vec<Option<Tlp>>,
    ) -> Result<(Vec<Report>, Vec<Indicator>)> {
        let mut reports = Vec::new();
        let mut all = Vec::new();
        if self.indicators.is_empty() {
            for report in tegakari_pipeline::stored_reports(store, &self.report)? {
                all.extend(report.indicators());
                all.extend(cleared_outright(&report));
                reports.push(report);
            }
        }
        for list in lists {
            all.extend(list.indicators);
            markings.extend(list.markings);
        }
        Ok((reports, merged_indicators(all)))
    }

    fn tell(&self, globals: &Globals, plan: &BlockPlan, done: &Refreshed) -> Result<()> {
        let style = output::style(globals);
        match globals.format {
            Format::Text if self.refresh => output::text(&text::refreshed(
                &done.added,
                &done.removed,
                &done.written,
                done.unchanged.len(),
                globals.lang.into(),
                &style,
            )),
            Format::Text => output::text(&text::block(
                plan,
                &done.written,
                globals.lang.into(),
                &style,
            )),
            Format::Json if self.refresh => output::json(
                "tegakari/block-refresh/1",
                &RefreshJson {
                    added: done.added.iter().map(ChangeJson::of).collect(),
                    removed: done.removed.iter().map(ChangeJson::of).collect(),
                    written: done.written.iter().map(|file| file.path.as_str()).collect(),
                    unchanged: &done.unchanged,
                },
            ),
            Format::Json => output::json("tegakari/block/1", plan),
            Format::Jsonl if self.refresh => {
                let changes: Vec<ChangeJson<'_>> = done
                    .added
                    .iter()
                    .chain(&done.removed)
                    .map(ChangeJson::of)
                    .collect();
                output::json_lines(&changes)
            }
            Format::Jsonl => output::json_lines(&plan.entries),
        }
    }
}

/// Why a file that the lists of a folder were made with cannot be used.
fn of_lists(why: PipelineError, file: &str) -> PipelineError {
    match why {
        PipelineError::Read { why, .. } => told::block_file_gone(file, why).into(),
        why => told::block_file_gone(file, why.to_string()).into(),
    }
}

/// Limits of formats as they are typed: `umbrella=500`.
pub(super) fn limits(typed: &[String]) -> Result<BTreeMap<String, usize>> {
    let mut limits = BTreeMap::new();
    for text in typed {
        let limit = text.split_once('=').and_then(|(id, number)| {
            let known = EXPORT_FORMATS.iter().any(|f| f.id() == id);
            Some((known.then_some(id)?, number.parse().ok()?))
        });
        let Some((id, number)) = limit else {
            bail!("{text:?} is no limit: write FORMAT=N, as in umbrella=500");
        };
        limits.insert(id.to_owned(), number);
    }
    Ok(limits)
}

/// Whoever gets a list on standard output sees no list of what was held back; that much is gone is told.
fn expired(plan: &BlockPlan) -> Option<Problem> {
    let count = plan
        .held_back
        .iter()
        .filter(|held| {
            held.objections
                .iter()
                .any(|o| o.kind == ObjectionKind::Expired)
        })
        .count();
    (count > 0).then(|| {
        Problem::new(
            "block",
            format!(
                "{count} indicators are left out because it is long ago that anybody named them"
            ),
            "to block them all the same: --in-spite-of expired, or --lifetime KIND=DAYS",
        )
    })
}

#[derive(Serialize)]
struct RefreshJson<'a> {
    added: Vec<ChangeJson<'a>>,
    removed: Vec<ChangeJson<'a>>,
    written: Vec<&'a str>,
    unchanged: &'a [String],
}

#[derive(Serialize)]
struct ChangeJson<'a> {
    #[serde(flatten)]
    observable: &'a Observable,
    why: &'static str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    reports: &'a [String],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    objections: &'a [Objection],
}

impl<'a> ChangeJson<'a> {
    fn of(change: &'a BlockChange) -> Self {
        let (why, reports, objections): (_, &[String], &[Objection]) = match &change.why {
            ChangeReason::New { reports } => ("new", reports, &[]),
            ChangeReason::HeldBack { objections } => ("held_back", &[], objections),
            ChangeReason::Gone => ("gone", &[], &[]),
        };
        Self {
            observable: &change.observable,
            why,
            reports,
            objections,
        }
    }
}
