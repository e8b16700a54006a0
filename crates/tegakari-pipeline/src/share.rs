//! Reports, hunt and assessment of the database → what others take.

use std::collections::BTreeMap;
use std::path::Path;

use tegakari_assess::telemetry_of_technique;
use tegakari_export::share::{self, CaseSpec, ShareFormat, Shared, Sharing, TechniqueSight};
use tegakari_model::{
    Assessment, HuntResult, Kept, ObservableKind, Problem, Report, ReportId, TechniqueId,
    Timestamp, Tlp,
};
use tegakari_render::told::{self, Saying};
use tegakari_store::Store;

use crate::{PipelineError, stored_reports, write_atomically};

/// Name of who shares when nobody says.
const PROGRAM: &str = "Tegakari";

/// How to share.
#[derive(Debug, Clone, Copy)]
pub struct ShareRequest<'a> {
    /// Ids of reports (or beginnings of them); empty for all.
    pub reports: &'a [String],
    /// Whether the hunt and the assessment are left out.
    pub reports_only: bool,
    /// Marking of everything; without it each report's own.
    pub tlp: Option<Tlp>,
    /// Whether the names of our machines are told.
    pub machines: bool,
    /// The organisation that shares.
    pub producer: Option<&'a str>,
    /// Version of the program.
    pub program: &'a str,
}

/// What is shared, as it was kept.
#[derive(Debug)]
pub struct SharedCase {
    reports: Vec<(Report, Timestamp)>,
    hunt: Option<(HuntResult, Timestamp)>,
    assessment: Option<(Assessment, Timestamp)>,
    /// What a person should know of what was chosen.
    pub sayings: Vec<Saying>,
}

impl SharedCase {
    /// Loads the reports with the latest hunt for any of them and the latest assessment of that.
    ///
    /// # Errors
    /// When a report is not there, there is none at all, one is marked narrower than `tlp`, or the database cannot be read.
    pub fn load(store: &Store, request: &ShareRequest<'_>) -> Result<Self, PipelineError> {
        let reports = stored_reports(store, request.reports)?;
        Self::of(store, reports, request)
    }

    /// The same for reports that were loaded.
    pub(crate) fn of(
        store: &Store,
        reports: Vec<Report>,
        request: &ShareRequest<'_>,
    ) -> Result<Self, PipelineError> {
        if let Some(asked) = request.tlp {
            let narrower = reports
                .iter()
                .find_map(|r| Some((r, r.tlp.filter(|own| *own > asked)?)));
            if let Some((report, own)) = narrower {
                let id = report.id.as_str();
                return Err(told::share_too_wide(id, own.label(), asked.label()).into());
            }
        }
        let saved: BTreeMap<ReportId, Timestamp> = store
            .reports()?
            .into_iter()
            .map(|summary| (summary.id, summary.saved_at))
            .collect();
        let fixed = fixed_time();
        let reports: Vec<(Report, Timestamp)> = reports
            .into_iter()
            .map(|report| {
                let at = saved
                    .get(&report.id)
                    .copied()
                    .unwrap_or(Timestamp::UNIX_EPOCH);
                (report, fixed.unwrap_or(at))
            })
            .collect();
        let mut case = Self {
            reports,
            hunt: None,
            assessment: None,
            sayings: Vec::new(),
        };
        if !request.reports_only {
            case.load_hunt(store, fixed)?;
            case.load_assessment(store, fixed)?;
        }
        if let Some(tlp) = request.tlp.filter(|tlp| *tlp < Tlp::Amber)
            && (case.hunt.is_some() || case.assessment.is_some())
        {
            case.sayings.push(told::share_own_logs(tlp.label()));
        }
        Ok(case)
    }

    fn load_hunt(&mut self, store: &Store, fixed: Option<Timestamp>) -> Result<(), PipelineError> {
        let mut latest = None;
        for (report, _) in &self.reports {
            for summary in store.hunts_of(&report.id)?.into_iter().take(1) {
                latest = latest.max(Some((summary.saved_at, summary.id)));
            }
        }
        if let Some((saved_at, id)) = latest {
            self.hunt = store
                .hunt(&id)?
                .map(|hunt| (hunt, fixed.unwrap_or(saved_at)));
        }
        Ok(())
    }

    fn load_assessment(
        &mut self,
        store: &Store,
        fixed: Option<Timestamp>,
    ) -> Result<(), PipelineError> {
        let mut found = match &self.hunt {
            Some((hunt, _)) => store.assessment_of_hunt(&hunt.id)?,
            None => None,
        };
        if let (None, Some((report, _))) = (&found, self.reports.first()) {
            found = store.assessment_of_report(&report.id)?;
        }
        let Some(assessment) = found else {
            return Ok(());
        };
        let shared = |id: &ReportId| self.reports.iter().any(|(report, _)| report.id == *id);
        if !assessment.reports.iter().all(shared) {
            self.sayings
                .push(told::share_no_assessment(assessment.id.as_str()));
            return Ok(());
        }
        let summary = store
            .assessments()?
            .into_iter()
            .find(|s| s.id == assessment.id);
        let saved_at = summary.map_or(Timestamp::UNIX_EPOCH, |s| s.saved_at);
        self.assessment = Some((assessment, fixed.unwrap_or(saved_at)));
        Ok(())
    }

    /// Hands everything to `use_it`, as the writers want it.
    pub fn with<T>(&self, request: &ShareRequest<'_>, use_it: impl FnOnce(&Sharing<'_>) -> T) -> T {
        let reports: Vec<Kept<'_, Report>> = self.reports.iter().map(kept).collect();
        let case = CaseSpec {
            producer: request.producer.unwrap_or(PROGRAM),
            is_organisation: request.producer.is_some(),
            reports: &reports,
            hunt: self.hunt.as_ref().map(kept),
            assessment: self.assessment.as_ref().map(kept),
            tlp: request.tlp,
            machines: request.machines,
        };
        use_it(&Sharing {
            case,
            techniques: self.techniques(),
            program: request.program,
        })
    }

    fn techniques(&self) -> BTreeMap<TechniqueId, TechniqueSight> {
        let mut shares: BTreeMap<Vec<tegakari_model::Telemetry>, f64> = BTreeMap::new();
        let mut all = BTreeMap::new();
        for (report, _) in &self.reports {
            for mention in &report.techniques {
                let Some(technique) = crate::knowledge().technique(&mention.id) else {
                    continue;
                };
                let needs = telemetry_of_technique(technique);
                let hunt = self.hunt.as_ref().filter(|_| !needs.is_empty());
                let visible = hunt.map(|(hunt, _)| {
                    *shares
                        .entry(needs.clone())
                        .or_insert_with(|| hunt.coverage.share_with(&needs))
                });
                let domain = technique.domain.clone();
                all.insert(mention.id.clone(), TechniqueSight { domain, visible });
            }
        }
        all
    }
}

fn kept<T>((what, saved_at): &(T, Timestamp)) -> Kept<'_, T> {
    Kept {
        what,
        saved_at: *saved_at,
    }
}

/// The time that `SOURCE_DATE_EPOCH` fixes for results that must be the same again.
fn fixed_time() -> Option<Timestamp> {
    let seconds = std::env::var("SOURCE_DATE_EPOCH").ok()?;
    Timestamp::from_second(seconds.parse().ok()?).ok()
}

/// The form of sharing with this id.
pub fn share_format(id: &str) -> Option<&'static dyn ShareFormat> {
    share::by_id(id)
}

/// The objects of a case, as they are added to a collection of TAXII.
pub fn shared_objects(sharing: &Sharing<'_>) -> Vec<serde_json::Value> {
    tegakari_stix::write::case(&sharing.case).objects
}

/// Writes a case in one form: to `path` (a folder for a form of several files), or to `out`.
///
/// # Errors
/// When something cannot be written, or a form of several files has no folder.
pub fn write_shared(
    format: &dyn ShareFormat,
    sharing: &Sharing<'_>,
    path: Option<&Path>,
    out: &mut dyn std::io::Write,
) -> Result<(Shared, Vec<Problem>), PipelineError> {
    let mut failed = None;
    let shared = match path {
        None if format.is_folder() => return Err(told::share_needs_folder(format.id()).into()),
        None => format.write(sharing, &mut |_, bytes| out.write_all(bytes)),
        Some(path) => format.write(sharing, &mut |name, bytes| {
            let file = if format.is_folder() {
                path.join(name)
            } else {
                path.to_owned()
            };
            write_atomically(&file, |out| out.write_all(bytes)).map_err(|error| {
                failed = Some(error);
                std::io::Error::other("not written")
            })
        }),
    };
    if let Some(error) = failed {
        return Err(error);
    }
    let place = path.unwrap_or(Path::new("-"));
    let shared = shared.map_err(|error| PipelineError::writing(place, &error))?;
    let problems = left_out(format.id(), &shared);
    Ok((shared, problems))
}

/// What a form has no place for.
fn left_out(place: &str, shared: &Shared) -> Vec<Problem> {
    let mut kinds: BTreeMap<ObservableKind, Vec<&str>> = BTreeMap::new();
    for observable in &shared.left_out {
        kinds
            .entry(observable.kind())
            .or_default()
            .push(observable.value());
    }
    kinds
        .into_iter()
        .map(|(kind, values)| {
            let some: Vec<&str> = values.iter().take(5).copied().collect();
            Problem::new(
                place,
                format!(
                    "{} of kind {} left out: the form has no place for them",
                    values.len(),
                    kind.name()
                ),
                format!("share them another way: {}", some.join(", ")),
            )
        })
        .collect()
}
