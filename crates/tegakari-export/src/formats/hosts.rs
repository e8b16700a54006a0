//! Hosts file (hosts(5)): the last resort where there is no resolver of one's own.

use std::io::{self, Write};

use tegakari_model::{BlockPlan, ObservableKind as K, Scope};

use super::ExportFormat;
use crate::context::{Context, Written};
use crate::select::{plain_value, select};
use crate::text::header_of;

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

    fn tier(&self) -> super::Tier {
        super::Tier::Runs
    }

    fn write(
        &self,
        plan: &BlockPlan,
        context: &Context,
        out: &mut dyn Write,
    ) -> io::Result<Written> {
        let (chosen, leaving) = select(self, plan, context, plain_value);
        let trees = chosen.iter().filter(|e| e.scope == Scope::Tree).count();
        let mut names: Vec<&str> = chosen
            .iter()
            .map(|e| e.indicator.observable.value())
            .collect();
        names.sort_unstable();
        names.dedup();
        header_of(out, "#", "hosts", &chosen, plan, context)?;
        for name in &names {
            // One name a line is the form that every reader takes.
            writeln!(out, "0.0.0.0 {name}")?;
            writeln!(out, ":: {name}")?;
        }
        let mut written = leaving.written(chosen.len());
        if trees > 0 {
            written.notes.push(format!(
                "names below {trees} domains stay reachable: a hosts file holds single names; use RPZ to block the trees"
            ));
        }
        Ok(written)
    }
}
