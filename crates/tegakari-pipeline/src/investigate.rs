//! The whole way: read → hunt → block → assess → show → keep.

use std::path::{Path, PathBuf};

use serde::Serialize;
use tegakari_hunt::ZoneOf;
use tegakari_knowledge::Knowledge;
use tegakari_model::{Assessment, BlockPlan, HuntResult, Language, Problem, Report, TimeRange};
use tegakari_render::{ExploitedNote, KnowledgeNote, Made, Story, WrittenFile, html};
use tegakari_store::{BlockBasis, Store};

use crate::assess_case::Weigher;
use crate::exploited::{exploited, exploited_notes};
use crate::{
    BlockRequest, HuntRequest, PipelineError, Progress, RulesRequest, assumptions, block_plan,
    known_drills, load_inventory, load_rules, merged_indicators, own_assets, read_reports,
    reported_techniques, run_hunt, save, write_atomically, write_blocks, write_json,
};

/// What to investigate.
pub struct InvestigationRequest<'a> {
    /// The reports.
    pub reports: &'a [PathBuf],
    /// Files and folders with logs; none: nothing is searched.
    pub logs: &'a [PathBuf],
    /// The organisation's list of machines.
    pub inventory: Option<&'a Path>,
    /// A table that replaces what the strength of a negative assumes.
    pub assumptions: Option<&'a Path>,
    /// Rules of behaviour to ask of the logs.
    pub rules: Option<RulesRequest<'a>>,
    /// What zones the times of logs are of that say none.
    pub zones: Vec<ZoneOf>,
    /// The time asked about.
    pub window: TimeRange,
    /// How many threads.
    pub threads: usize,
    /// Folder for what is written.
    pub output: &'a Path,
    /// Language of the HTML report.
    pub language: Language,
    /// Version of the program.
    pub program: &'a str,
}

/// Everything an investigation yielded.
#[derive(Debug)]
pub struct Investigation {
    /// The reports, as read.
    pub reports: Vec<Report>,
    /// The hunt; `None` when no logs were given.
    pub hunt: Option<HuntResult>,
    /// Who it may be.
    pub assessment: Assessment,
    /// What to block.
    pub block: BlockPlan,
    /// Files written.
    pub written: Vec<WrittenFile>,
    /// What some of the lists could not take.
    pub left_out: Vec<Problem>,
    /// Vulnerabilities that the reports name and that are exploited in the wild.
    pub exploited: Vec<ExploitedNote>,
}

impl Investigation {
    /// The investigation as something to show.
    pub fn story<'a>(
        &'a self,
        program: &'a str,
        knowledge: &'a str,
        sources: &'a [KnowledgeNote],
    ) -> Story<'a> {
        Story {
            reports: &self.reports,
            hunt: self.hunt.as_ref(),
            assessment: Some(&self.assessment),
            block: Some(&self.block),
            written: &self.written,
            exploited: &self.exploited,
            made: Made {
                program,
                knowledge,
                sources,
            },
        }
    }

    /// The sources of the knowledge that was used.
    pub fn knowledge_notes(&self, knowledge: &Knowledge) -> Vec<KnowledgeNote> {
        crate::knowledge_list::notes(knowledge)
    }
}

/// Goes the whole way. Everything is kept in `store`, also when a later step fails.
///
/// # Errors
/// When a report cannot be read, there are logs but none that could be opened, the reports hold no
/// indicator while logs are to be searched, or results cannot be kept or written.
pub fn investigate(
    store: &mut Store,
    request: &InvestigationRequest<'_>,
    progress: &dyn Progress,
) -> Result<Investigation, PipelineError> {
    let reports = read_reports(request.reports, Some(store))?;
    let (assumptions, doubts) = assumptions(store, request.assumptions)?;
    let (inventory, mut problems) = request
        .inventory
        .map(load_inventory)
        .transpose()?
        .unwrap_or_default();
    problems.extend(doubts);
    let rules = match request.rules {
        Some(wanted) => {
            let loaded = load_rules(wanted)?;
            problems.extend(loaded.problems);
            Some(loaded.rules)
        }
        None => None,
    };
    let indicators = merged_indicators(reports.iter().flat_map(Report::indicators));
    let hunt = if request.logs.is_empty() {
        None
    } else {
        let mut ids: Vec<_> = reports.iter().map(|r| r.id.clone()).collect();
        ids.sort();
        let hunt = HuntRequest {
            indicators: indicators.clone(),
            set: None,
            reports: ids,
            techniques: reported_techniques(&reports, crate::knowledge()),
            paths: request.logs,
            window: request.window,
            inventory: &inventory,
            zones: request.zones.clone(),
            assumptions,
            problems,
            threads: request.threads,
            examples: None,
            drills: Some(known_drills(store)?),
            rules,
        };
        Some(run_hunt(hunt, progress)?)
    };
    if let Some(hunt) = &hunt {
        save::hunt(store, hunt)?;
    }
    let own = own_assets(&inventory, hunt.as_ref().map(|h| &h.coverage));
    let block = block_plan(&indicators, &own);
    let basis = BlockBasis::new(
        reports.iter().map(|r| r.id.clone()).collect(),
        hunt.as_ref().map(|h| h.id.clone()),
    );
    save::block(store, &basis, &block)?;
    let weigher = Weigher::new(store)?;
    let assessment = weigher.assess(store, &reports, hunt.as_ref(), Some(&block))?;
    save::assessment(store, &assessment)?;

    let lists = BlockRequest {
        plan: &block,
        reports: &reports,
        formats: &[],
        program: request.program,
        settings: crate::ListSettings {
            made_with: crate::MadeWith {
                inventory: request.inventory.map(crate::MadeWith::place),
                hunt: hunt.as_ref().map(|h| h.id.clone()),
                ..crate::MadeWith::default()
            },
            ..crate::ListSettings::default()
        },
    };
    let (written, left_out) = write_blocks(&lists, &request.output.join("block"))?;
    let exploited = exploited_notes(exploited(&reports, crate::knowledge()), crate::knowledge());
    let mut done = Investigation {
        exploited,
        reports,
        hunt,
        assessment,
        block,
        written,
        left_out,
    };
    write_documents(&mut done, request)?;
    Ok(done)
}

#[derive(Serialize)]
struct Whole<'a> {
    schema: &'static str,
    reports: &'a [Report],
    hunt: Option<&'a HuntResult>,
    assessment: &'a Assessment,
    block: &'a BlockPlan,
    left_out: &'a [Problem],
}

/// The page to show and the same as data.
fn write_documents(
    done: &mut Investigation,
    request: &InvestigationRequest<'_>,
) -> Result<(), PipelineError> {
    let mut files = Vec::new();
    let path = request.output.join("investigation.json");
    let whole = Whole {
        schema: "tegakari/investigate/1",
        reports: &done.reports,
        hunt: done.hunt.as_ref(),
        assessment: &done.assessment,
        block: &done.block,
        left_out: &done.left_out,
    };
    write_atomically(&path, |out| write_json(out, &whole, true))?;
    files.push(named(&path, "json"));

    let page_path = request.output.join("report.html");
    files.push(named(&page_path, "html"));
    files.append(&mut done.written);
    done.written = files;
    let knowledge = crate::knowledge();
    let notes = done.knowledge_notes(knowledge);
    let story = done.story(request.program, knowledge.version(), &notes);
    let page = html::report(&story, request.language);
    write_atomically(&page_path, |out| out.write_all(page.as_bytes()))
}

fn named(path: &Path, what: &str) -> WrittenFile {
    WrittenFile {
        path: path.to_string_lossy().into_owned(),
        what: what.to_owned(),
        entries: None,
    }
}
