//! Who it may be, how sure that is, and whether it matters.
//!
//! [`assess`] turns a [`Case`] (reports, and what the hunt and the block plan made of them) into an
//! [`Assessment`]: hypotheses over every documented intrusion set and over "none of the known", each
//! with what speaks for and against it. In order:
//!
//! 1. `origin`, `observed`, `claim`, `evidence`: every fact once, with place, grade and source;
//! 2. `likeness`, `likelihood`: what each fact says about each actor, against the background;
//! 3. `posterior`: probabilities, with discounts for facts that depend on each other;
//! 4. `sensitivity`: the range, and the answer without its strongest fact;
//! 5. `confidence`, `reading`, `matter`: how good the basis is, how else it can be read, what to do;
//! 6. `expected`, `inquiry`, `leads`: what to look for next, and which answer would change the judgement;
//!    `absence`: what was looked for and not found; `phases`: how the attacker got in, apart from what came after.
//!
//! `own` puts the user's clusters among the hypotheses, `ladder` says how far one has come, and `compare` what moved
//! between two assessments of one case.
//!
//! `assessor` is the whole way; `parameters` and `fitted` hold every number; `from_knowledge` is the only file
//! that knows how the knowledge is kept.
//!
//! The answer speaks of clusters of activity, never of the people behind one. Nothing here does I/O,
//! and equal input gives an equal answer.
#![warn(clippy::disallowed_methods)]

mod absence;
mod assessor;
mod behind;
mod case;
mod claim;
mod compare;
mod confidence;
mod evidence;
mod expected;
mod fitted;
mod from_knowledge;
mod gaps;
mod inquiry;
mod ladder;
mod leads;
mod likelihood;
mod likeness;
mod matter;
mod nexus;
mod observed;
mod origin;
mod own;
mod parameters;
mod phases;
mod posterior;
mod profiles;
mod reading;
mod related;
mod sensitivity;
mod things;
mod vulnerability;

pub use assessor::{Assessor, Probabilities, Seen, on_one_fact};
pub use case::Case;
pub use compare::compare;
pub use fitted::Fitted;
pub use from_knowledge::{shows_at_victim, telemetry_of_technique};
pub use ladder::ladder;
pub use own::{OwnCluster, cluster_actor};
pub use parameters::{Habit, Parameters, Treatment};
pub use profiles::{
    Account, ActorProfile, InfrastructureClaim, Profiles, ProfilesBuilder, SoftwareProfile,
    TechniqueSigns,
};

use tegakari_knowledge::Knowledge;
use tegakari_model::Assessment;

/// Weighs a case against the knowledge, with the parameters that this version ships.
///
/// Prepares the profiles anew each time; to assess many cases, keep an [`Assessor`].
pub fn assess(case: &Case<'_>, knowledge: &Knowledge) -> Assessment {
    Assessor::new(knowledge).assess(case)
}
