//! Hosts file (hosts(5)): the last resort where there is no resolver of one's own.

use std::io::{self, Write};

use tegakari_model::{BlockPlan, ObservableKind as K, Scope};

use super::{ExportFormat, NO_PLACE};
use crate::context::{Context, Leaving, Written};
use crate::text::header;

/// `hosts`
#[derive(Debug)]
pub(super) struct Hosts;

impl ExportFormat for Hosts {
    fn id(&self) -> &'static str {
        "hosts"
    }

    fn about(&self) -> &'static str {
        "Hosts file: names answered with 0.0.0.0 and ::; does not cover sub-domains"
    }

    fn file_name(&self) -> &'static str {
        "block.hosts"
    }

    fn media_type(&self) -> &'static str {
        "text/plain; charset=utf-8"
    }

    fn accepts(&self, kind: K) -> bool {
        kind == K::Domain
    }

    fn write(
        &self,
        plan: &BlockPlan,
        context: &Context,
        out: &mut dyn Write,
    ) -> io::Result<Written> {
        let mut leaving = Leaving::default();
        let mut names = Vec::new();
        let mut trees = 0_usize;
        for entry in &plan.entries {
            let observable = &entry.indicator.observable;
            if observable.kind() != K::Domain {
                leaving.out(observable, NO_PLACE);
            } else if !super::rpz::is_wire_name(observable.value()) {
                leaving.out(observable, "it is no name that a resolver asks for");
            } else {
                trees += usize::from(entry.scope == Scope::Tree);
                names.push(observable.value());
            }
        }
        names.sort_unstable();
        names.dedup();
        header(out, "#", "hosts", names.len(), plan, context)?;
        for name in &names {
            // One name a line is the form that every reader takes.
            writeln!(out, "0.0.0.0 {name}")?;
            writeln!(out, ":: {name}")?;
        }
        let mut written = leaving.written(names.len());
        if trees > 0 {
            written.notes.push(format!(
                "names below {trees} domains stay reachable: a hosts file holds single names; use RPZ to block the trees"
            ));
        }
        Ok(written)
    }
}
