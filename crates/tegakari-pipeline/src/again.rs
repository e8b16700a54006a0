//! Stored assessments → the same made again with the knowledge in use, and what moved.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde::Serialize;
use tegakari_assess::{Case, compare};
use tegakari_knowledge::{Knowledge, KnowledgeDiff, diff};
use tegakari_model::{
    Assessment, AssessmentDeed, AssessmentEvent, BlockPlan, CaseId, Change, HuntId, HuntResult,
    Language, Report, ReportId, Statement, Timestamp,
};
use tegakari_render::escape::is_blank;
use tegakari_render::{NotKnown, text, told};
use tegakari_store::{BlockBasis, StandingCase, Store, StoredId};

use crate::assess_case::Weigher;
use crate::read_reports::read_one;
use crate::stored::find;
use crate::{PipelineError, corrections, save};

/// What became of assessments that were made again.
#[derive(Debug, Default, Serialize)]
pub struct Again {
    /// Those that say something else now.
    pub changed: Vec<Changed>,
    /// Assessments that stand as they were.
    pub unchanged: Vec<tegakari_model::AssessmentId>,
    /// What could not be made again, and why.
    pub left: Vec<String>,
}

/// One assessment that says something else now.
#[derive(Debug, Serialize)]
pub struct Changed {
    /// What moved, and why.
    #[serde(flatten)]
    pub change: Change,
    /// What readers of the earlier one have to be told, by language; empty when neither the first hypothesis nor its
    /// band changed.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub correction: BTreeMap<&'static str, String>,
}

/// Cases that are loaded, weighed and kept together: what is done is kept when the run is interrupted.
const BATCH: usize = 256;
/// Reports and hunts that are held so that cases that share them read them once.
const REPORTS_HELD: usize = 1024;
const HUNTS_HELD: usize = 8;

/// Makes assessments again with the knowledge in use: those with the given ids, or all that are open. New ones are kept
/// beside the old, with what moved. A case whose facts, statements, knowledge, clusters and model are the same is told
/// by its id, without being weighed. The result does not depend on the number of threads.
///
/// # Errors
/// When an id is not there, or the database cannot be read or written.
pub fn assess_again(
    store: &mut Store,
    ids: &[String],
    threads: usize,
    at: Timestamp,
) -> Result<Again, PipelineError> {
    let mut cases = store.standing_cases()?;
    if ids.is_empty() {
        cases.retain(|case| !case.closed);
    } else {
        let mut wanted = Vec::new();
        for typed in ids {
            wanted.push(assessment_case(store, typed)?.1);
        }
        cases.retain(|case| wanted.contains(&case.case));
    }
    let mut run = Run {
        weigher: Weigher::new(store)?,
        threads,
        at,
        statements: store.all_statements()?,
        reports: BTreeMap::new(),
        hunts: BTreeMap::new(),
        read_again: BTreeSet::new(),
        diffs: BTreeMap::new(),
        kept: BTreeSet::new(),
    };
    // Cases that share a hunt or report stand together, so that it is loaded once.
    let mut order: Vec<usize> = (0..cases.len()).collect();
    order.sort_by_key(|index| {
        let case = cases.get(*index);
        case.map(|case| (&case.hunt, &case.reports))
    });
    let mut outcomes: BTreeMap<usize, Became> = BTreeMap::new();
    for batch in order.chunks(BATCH) {
        let of = batch.iter().filter_map(|i| Some((*i, cases.get(*i)?)));
        run.batch(store, &of.collect::<Vec<_>>(), &mut outcomes)?;
    }
    let mut again = Again::default();
    for outcome in outcomes.into_values() {
        match outcome {
            Became::Changed(changed) => again.changed.push(*changed),
            Became::Same(id) => again.unchanged.push(id),
            Became::Left(why) => again.left.push(why),
        }
    }
    Ok(again)
}

/// What became of a case.
enum Became {
    Changed(Box<Changed>),
    Same(tegakari_model::AssessmentId),
    Left(String),
}

/// A case with what it rests on.
struct Material {
    index: usize,
    standing: StandingCase,
    reports: Vec<Report>,
    hunt: Option<Arc<HuntResult>>,
    /// Loaded only where the case is weighed again.
    block: Option<BlockPlan>,
    said: Vec<Statement>,
}

impl Material {
    fn case(&self) -> Case<'_> {
        Case {
            reports: &self.reports,
            hunt: self.hunt.as_deref(),
            block: self.block.as_ref(),
        }
    }
}

/// What one run shares between its cases.
struct Run {
    weigher: Weigher,
    threads: usize,
    at: Timestamp,
    statements: BTreeMap<CaseId, Vec<Statement>>,
    reports: BTreeMap<ReportId, Arc<Report>>,
    hunts: BTreeMap<HuntId, Arc<HuntResult>>,
    read_again: BTreeSet<ReportId>,
    diffs: BTreeMap<String, Option<KnowledgeDiff>>,
    /// Versions of the knowledge that are in the database.
    kept: BTreeSet<String>,
}

impl Run {
    fn batch(
        &mut self,
        store: &mut Store,
        cases: &[(usize, &StandingCase)],
        outcomes: &mut BTreeMap<usize, Became>,
    ) -> Result<(), PipelineError> {
        let mut materials = Vec::new();
        for (index, standing) in cases {
            match self.material(store, *index, standing)? {
                Ok(material) => materials.push(material),
                Err(why) => {
                    outcomes.insert(*index, Became::Left(why));
                }
            }
        }
        let weigher = &self.weigher;
        let ids = in_parallel(self.threads, &materials, |one| {
            weigher.id(&one.case(), &one.said)
        });
        let mut changed = Vec::new();
        for (mut material, id) in materials.into_iter().zip(ids) {
            if id == material.standing.assessment {
                outcomes.insert(material.index, Became::Same(id));
                continue;
            }
            match store.assessment(&material.standing.assessment)? {
                Some(before) => {
                    let basis = BlockBasis::new(before.reports.clone(), before.hunt.clone());
                    material.block = store.block(&basis)?;
                    changed.push((material, before));
                }
                None => {
                    let why = format!(
                        "{} is no longer in the database; weigh its reports with `tegakari assess`",
                        material.standing.assessment
                    );
                    outcomes.insert(material.index, Became::Left(why));
                }
            }
        }
        self.read_again(store, &mut changed)?;
        let weigher = &self.weigher;
        let afters = in_parallel(self.threads, &changed, |(one, _)| {
            weigher.weigh(&one.case(), &one.said)
        });
        let mut save = Vec::new();
        for ((material, before), mut after) in changed.into_iter().zip(afters) {
            if after.id == before.id {
                outcomes.insert(material.index, Became::Same(after.id));
                continue;
            }
            let hunt = material.hunt.as_deref();
            self.weigher.add_commands(store, &mut after, hunt)?;
            self.keep_knowledge(store, &after.knowledge)?;
            let diff = self.diff(store, &before.knowledge)?;
            let change = compare(&before, &after, diff);
            let event = AssessmentEvent {
                at: self.at,
                what: AssessmentDeed::Again {
                    change: Box::new(change.clone()),
                },
            };
            let correction = if change.is_turn() {
                corrections_of(&event, &material)
            } else {
                BTreeMap::new()
            };
            let changed = Changed { change, correction };
            outcomes.insert(material.index, Became::Changed(Box::new(changed)));
            save.push((after, event));
        }
        store.save_assessments(&save, Timestamp::now())?;
        Ok(())
    }

    /// Loads what a case rests on; `Err` inside says what is missing.
    fn material(
        &mut self,
        store: &Store,
        index: usize,
        standing: &StandingCase,
    ) -> Result<Result<Material, String>, PipelineError> {
        let mut reports = Vec::new();
        for id in &standing.reports {
            if !self.reports.contains_key(id) {
                let Some(report) = store.report(id)? else {
                    return Ok(Err(format!(
                        "{}: its report {id} is no longer in the database; read it again",
                        standing.assessment
                    )));
                };
                if self.reports.len() >= REPORTS_HELD {
                    self.reports.clear();
                }
                self.reports.insert(id.clone(), Arc::new(report));
            }
            reports.extend(self.reports.get(id).map(|report| (**report).clone()));
        }
        let hunt = match &standing.hunt {
            None => None,
            Some(id) => {
                if !self.hunts.contains_key(id) {
                    let Some(hunt) = store.hunt(id)? else {
                        return Ok(Err(format!(
                            "{}: its hunt {id} is no longer in the database",
                            standing.assessment
                        )));
                    };
                    if self.hunts.len() >= HUNTS_HELD {
                        self.hunts.clear();
                    }
                    self.hunts.insert(id.clone(), Arc::new(hunt));
                }
                self.hunts.get(id).cloned()
            }
        };
        let incident = Assessment::incident_of(&standing.reports, standing.hunt.as_ref());
        let made = self.statements.get(&incident);
        Ok(Ok(Material {
            index,
            standing: standing.clone(),
            reports,
            hunt,
            block: None,
            said: made.map_or_else(Vec::new, |made| Statement::in_force(made)),
        }))
    }

    /// Reads the documents of cases again that were weighed with other knowledge, which may know more names.
    fn read_again(
        &mut self,
        store: &mut Store,
        cases: &mut [(Material, Assessment)],
    ) -> Result<(), PipelineError> {
        let now = crate::knowledge().version();
        let mut documents = Vec::new();
        for (material, _) in cases.iter().filter(|(_, before)| before.knowledge != now) {
            for report in &material.reports {
                if self.read_again.insert(report.id.clone())
                    && let Some(bytes) = store.document(&report.id)?
                {
                    documents.push((report.source.name.clone(), bytes));
                }
            }
        }
        let read = in_parallel(self.threads, &documents, |(name, bytes)| {
            read_one(Path::new(name), bytes)
        });
        let mut reports = Vec::new();
        for report in read {
            let mut report = report?;
            corrections::apply(store, &mut report)?;
            reports.push(report);
        }
        store.save_reports(&reports, Timestamp::now())?;
        let reports: BTreeMap<ReportId, Report> =
            reports.into_iter().map(|r| (r.id.clone(), r)).collect();
        for (material, _) in cases {
            for report in &mut material.reports {
                if let Some(again) = reports.get(&report.id) {
                    report.clone_from(again);
                }
            }
        }
        for (id, report) in reports {
            if self.reports.contains_key(&id) {
                self.reports.insert(id, Arc::new(report));
            }
        }
        Ok(())
    }

    /// Keeps the knowledge that is used, once.
    fn keep_knowledge(&mut self, store: &mut Store, version: &str) -> Result<(), PipelineError> {
        if self.kept.insert(version.to_owned()) {
            save::knowledge(store, version)?;
        }
        Ok(())
    }

    /// What changed in the knowledge since an earlier version.
    fn diff(
        &mut self,
        store: &Store,
        version: &str,
    ) -> Result<Option<&KnowledgeDiff>, PipelineError> {
        if !self.diffs.contains_key(version) {
            let from = earlier(store, version)?;
            let diff = from.map(|from| diff(&from, crate::knowledge()));
            self.diffs.insert(version.to_owned(), diff);
        }
        Ok(self.diffs.get(version).and_then(Option::as_ref))
    }
}

/// Does `work` on each item, on so many threads; the results are in the order of the items.
fn in_parallel<T: Sync, R: Send>(
    threads: usize,
    items: &[T],
    work: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    let threads = threads.clamp(1, items.len().max(1));
    if threads == 1 {
        return items.iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let one = || {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(index) else {
                return done;
            };
            done.push((index, work(item)));
        }
    };
    let mut all: Vec<(usize, R)> = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(one)).collect();
        let mut all = one();
        for other in others {
            match other.join() {
                Ok(done) => all.extend(done),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        all
    });
    all.sort_by_key(|(index, _)| *index);
    all.into_iter().map(|(_, result)| result).collect()
}

/// What readers have to be told, by language.
fn corrections_of(event: &AssessmentEvent, of: &Material) -> BTreeMap<&'static str, String> {
    let title = match of.reports.first() {
        Some(report) => report.title.as_ref().unwrap_or(&report.source.name).clone(),
        None => of.standing.assessment.to_string(),
    };
    let since = of.standing.since.to_string();
    let day = since.get(..10).unwrap_or_default();
    [("en", Language::En), ("ja", Language::Ja)]
        .into_iter()
        .filter_map(|(tag, language)| Some((tag, text::correction(event, day, &title, language)?)))
        .collect()
}

/// The assessment that a person means, and what it assesses.
fn assessment_case(store: &Store, typed: &str) -> Result<(Assessment, CaseId), PipelineError> {
    let StoredId::Assessment(id) = find(store, typed)? else {
        return Err(told::no_assessment(typed).into());
    };
    match store.assessment(&id)? {
        Some(found) => {
            let case = found.case();
            Ok((found, case))
        }
        None => Err(PipelineError::Missing(NotKnown::Gone {
            id: id.as_str().to_owned(),
        })),
    }
}

/// Closes assessments, so that they are not made again with the others, or opens them again.
///
/// # Errors
/// When an id is not there, the state is the wanted one already, or the database cannot be written.
pub fn close_assessments(
    store: &mut Store,
    ids: &[String],
    why: &str,
    close: bool,
    at: Timestamp,
) -> Result<usize, PipelineError> {
    let why = why.trim().to_owned();
    if is_blank(&why) {
        return Err(told::reason_needed().into());
    }
    let mut cases = Vec::new();
    for typed in ids {
        let (found, case) = assessment_case(store, typed)?;
        if store.is_closed(&case)? == close {
            let id = found.id.as_str();
            return Err(if close {
                told::closed_already(id)
            } else {
                told::open_already(id)
            }
            .into());
        }
        if !cases.contains(&case) {
            cases.push(case);
        }
    }
    for case in &cases {
        let why = why.clone();
        let what = if close {
            AssessmentDeed::Closed { why }
        } else {
            AssessmentDeed::Reopened { why }
        };
        store.add_assessment_event(case, &AssessmentEvent { at, what })?;
    }
    Ok(cases.len())
}

/// The knowledge of an earlier version, where it is kept and this program can read it.
fn earlier(store: &Store, version: &str) -> Result<Option<Knowledge>, PipelineError> {
    if version == Knowledge::embedded().version() {
        return Ok(Knowledge::decode(Knowledge::embedded_bytes()).ok());
    }
    let bytes = store.knowledge_file(version)?;
    Ok(bytes.and_then(|bytes| Knowledge::decode(&bytes).ok()))
}

/// Number of assessments that nobody closed.
///
/// # Errors
/// When the database cannot be read.
pub fn open_assessments(store: &Store) -> Result<usize, PipelineError> {
    Ok(store.open_cases()?)
}

/// What happened to an assessment and to the others of its case, oldest first.
///
/// # Errors
/// When the database cannot be read.
pub fn assessment_history(
    store: &Store,
    assessment: &Assessment,
) -> Result<Vec<AssessmentEvent>, PipelineError> {
    Ok(store.assessment_events(&assessment.case())?)
}
