//! What the three chores about attribution share: jobs, the knowledge that each may see, and predictions.
//!
//! A job is one incident (technique and software ids) with the release of the knowledge it is judged by and
//! the parts of it that are hidden, so that no incident is judged by its own report.

mod job;
mod release;

pub(crate) use job::jobs;
pub(crate) use release::Releases;
