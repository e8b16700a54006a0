//! Incidents that somebody tampered with, to see what one planted tool or a false flag does to the answer.
//!
//! * planted: software that is on record for one other actor alone is put beside what was found;
//! * false flag: a quarter of the techniques is replaced by techniques of one other actor.
//!
//! * thinned: little was told, as in a short article: a handful of techniques at most, and half of the software.
//!
//! What is planted is drawn by a hash of the incident's name, so that every run draws the same.

use std::collections::BTreeSet;

use tegakari_assess::Profiles;
use tegakari_model::TechniqueId;

use super::job::Job;
use super::release::Release;

/// Part of the techniques that a false flag replaces.
const FLAGGED: f64 = 0.25;
/// A decoy has so many techniques more than are needed of it.
const SPARE: usize = 3;

/// What was done to an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tampering {
    Planted,
    FalseFlag,
}

/// Most techniques that a thinned incident has.
const THINNED: u64 = 4;

/// The incident as a short article would tell it: none to four of its techniques and each piece of its software with an
/// even chance; `None` when nothing is left.
pub(crate) fn thinned(job: &Job) -> Option<Job> {
    let order = |id: &String| fnv(&format!("{id} thinned {}", job.job_id));
    let kept = mixed(fnv(&format!("thinned {}", job.job_id))) % (THINNED + 1);
    let mut thin = job.clone();
    thin.techniques.sort_by_key(order);
    thin.techniques.truncate(usize::try_from(kept).unwrap_or(0));
    thin.software
        .retain(|id| mixed(order(id)).is_multiple_of(2));
    let empty = thin.techniques.is_empty() && thin.software.is_empty();
    (!empty).then_some(thin)
}

/// The low bits of FNV depend on few of those of the text; those above are better mixed.
fn mixed(hash: u64) -> u64 {
    hash >> 32
}

/// An incident that was tampered with.
#[derive(Debug, Clone)]
pub(crate) struct Stressed {
    pub(crate) tampering: Tampering,
    /// Whom the tampering points to.
    pub(crate) decoy: String,
    pub(crate) job: Job,
}

/// The tampered forms of an incident whose actors are `right`, one of each kind a draw.
pub(crate) fn stressed(
    job: &Job,
    release: &Release,
    profiles: &Profiles,
    right: &BTreeSet<String>,
    draw: u32,
) -> Vec<Stressed> {
    let salt = |what: &str| format!(" {what} {draw} {}", job.job_id);
    let mut all = Vec::new();
    let others = || {
        let actors = profiles.actors().iter();
        actors.filter(|one| one.tracked && !right.contains(&one.actor.id.0))
    };
    let lone = others().flat_map(|one| {
        let software = one.software.keys();
        software
            .filter(|id| profiles.software_used_by(id) == 1 && !job.software.contains(&id.0))
            .map(move |id| (id.0.clone(), one.actor.id.0.clone()))
    });
    let planted = salt("planted");
    if let Some((software, decoy)) = lone.min_by_key(|(id, _)| fnv(&format!("{id}{planted}"))) {
        let mut job = job.clone();
        job.software.push(software);
        all.push(Stressed {
            tampering: Tampering::Planted,
            decoy,
            job,
        });
    }
    let own: BTreeSet<TechniqueId> = job
        .techniques
        .iter()
        .filter_map(|id| TechniqueId::parse(release.current(id)))
        .collect();
    let replaced = replaced(own.len());
    let flag = salt("flag");
    let decoy = others()
        .filter(|one| one.techniques.len() >= replaced + SPARE)
        .min_by_key(|one| fnv(&format!("{}{flag}", one.actor.id.0)));
    if let Some(decoy) = decoy.filter(|_| replaced > 0) {
        let order = |id: &&TechniqueId| fnv(&format!("{id}{flag}"));
        let mut kept: Vec<&TechniqueId> = own.iter().collect();
        kept.sort_by_key(order);
        kept.truncate(own.len() - replaced);
        let mut put: Vec<&TechniqueId> = decoy
            .techniques
            .keys()
            .filter(|id| !own.contains(*id))
            .collect();
        put.sort_by_key(order);
        put.truncate(replaced);
        let mut job = job.clone();
        job.techniques = kept
            .into_iter()
            .chain(put)
            .map(ToString::to_string)
            .collect();
        all.push(Stressed {
            tampering: Tampering::FalseFlag,
            decoy: decoy.actor.id.0.clone(),
            job,
        });
    }
    all
}

#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a quarter of a small count"
)]
fn replaced(techniques: usize) -> usize {
    if techniques == 0 {
        return 0;
    }
    ((techniques as f64 * FLAGGED).round() as usize).max(1)
}

/// FNV-1a, 64 bits: the same on every machine and in every version.
pub(crate) fn fnv(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// What came of tampered incidents.
#[derive(Debug, Clone, Default)]
pub(crate) struct Toll {
    untouched: Share,
    planted: Share,
    flagged: Share,
    /// Highest probability of a decoy: planted, false flag.
    decoy: [f64; 2],
    /// Decoys that were given more than 80 %.
    believed: usize,
}

#[derive(Debug, Clone, Default)]
struct Share {
    right: usize,
    of: usize,
}

impl Share {
    fn add(&mut self, right: bool) {
        self.right += usize::from(right);
        self.of += 1;
    }

    #[allow(clippy::cast_precision_loss, reason = "counts of incidents")]
    fn get(&self) -> f64 {
        self.right as f64 / self.of.max(1) as f64
    }
}

impl Toll {
    /// Counts an incident as it is.
    pub(crate) fn untouched(&mut self, right: bool) {
        self.untouched.add(right);
    }

    /// Counts a tampered one, with the probability of its decoy.
    pub(crate) fn tampered(&mut self, tampering: Tampering, right: bool, decoy: f64) {
        let place = match tampering {
            Tampering::Planted => {
                self.planted.add(right);
                0
            }
            Tampering::FalseFlag => {
                self.flagged.add(right);
                1
            }
        };
        self.decoy[place] = self.decoy[place].max(decoy);
        self.believed += usize::from(decoy > 0.8);
    }

    /// The measures with their bars.
    pub(crate) fn lines(&self) -> [(&'static str, f64, f64); 4] {
        [
            (
                "top-1 lost by one planted tool",
                self.untouched.get() - self.planted.get(),
                0.02,
            ),
            (
                "top-1 lost by 25 % false flag",
                self.untouched.get() - self.flagged.get(),
                0.04,
            ),
            ("most for a planted decoy", self.decoy[0], 0.80),
            ("most for a flagged decoy", self.decoy[1], 0.80),
        ]
    }

    /// Prints them.
    #[allow(clippy::print_stdout, reason = "a developer's tool at a terminal")]
    pub(crate) fn print(&self) {
        println!(
            "tampered: {} known incidents, {} planted, {} false flags; decoys above 80 %: {}",
            self.untouched.of, self.planted.of, self.flagged.of, self.believed
        );
        for (name, got, bar) in self.lines() {
            let mark = if got <= bar { "" } else { "  short" };
            println!("{name:<30} {got:>8.3} {bar:>8.2}{mark}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarter_is_replaced_and_never_nothing() {
        assert_eq!([0, 1, 3, 8, 20].map(replaced), [0, 1, 1, 2, 5]);
    }

    #[test]
    fn what_is_lost_is_counted_against_the_untouched() {
        let mut toll = Toll::default();
        toll.untouched(true);
        toll.untouched(true);
        toll.tampered(Tampering::Planted, true, 0.3);
        toll.tampered(Tampering::Planted, false, 0.9);
        let [planted, _, decoy, _] = toll.lines();
        assert!((planted.1 - 0.5).abs() < 1e-9 && (decoy.1 - 0.9).abs() < 1e-9);
    }
}
