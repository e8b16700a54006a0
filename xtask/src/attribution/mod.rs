//! What the three chores about attribution share: jobs, the knowledge that each may see, and how they are tampered with.
//!
//! A job is one incident (technique and software ids) with the release of the knowledge it is judged by and
//! the parts of it that are hidden, so that no incident is judged by its own report.

mod job;
mod release;
mod stress;

pub(crate) use job::{Job, jobs, truths};
pub(crate) use release::Releases;
pub(crate) use stress::{Tampering, Toll, fnv, stressed, thinned};
