//! A list while it is written: what goes on it, and the frames that forms share.
//!
//! Most forms are a header, fixed lines, one or more lines for each value, and fixed lines again. Such a form says what
//! its lines look like and hands the rest to [`List::lines`], [`List::names`] or [`List::networks`].

use std::collections::HashSet;
use std::io::{self, Write};

use ipnet::IpNet;
use serde::Serialize;
use tegakari_model::{BlockEntry, BlockPlan, ObservableKind as K, Scope};

use crate::context::{Context, Leaving, Written};
use crate::formats::{ExportFormat, NO_PLACE};
use crate::limits::{limit_of, worth};
use crate::networks;
use crate::text::{Buffered, one_line};

/// Why a value is not on a list that is full.
pub(crate) const FULL: &str = "the target takes no more; the least valuable were left out";

/// The entries that go on one list, and everything the list says about itself.
#[derive(Debug)]
pub struct List<'a> {
    /// What goes on it, in the plan's order.
    pub(crate) entries: Vec<&'a BlockEntry>,
    /// The whole plan.
    pub(crate) plan: &'a BlockPlan,
    /// What the list is told besides.
    pub(crate) context: &'a Context,
    leaving: Leaving,
}

/// What stands around the lines of a list.
#[derive(Debug)]
pub(crate) struct Frame<'a> {
    /// What marks a comment; `None` where the reader knows no comments, so that there is no header.
    pub(crate) mark: Option<&'a str>,
    /// What the list is, for its header.
    pub(crate) what: &'a str,
    /// How it is loaded, a line each, for its header.
    pub(crate) uses: &'a [&'a str],
    /// Fixed lines in front of the entries.
    pub(crate) before: &'a [&'a str],
    /// Fixed lines behind them.
    pub(crate) after: &'a [&'a str],
}

impl<'a> Frame<'a> {
    /// A header behind `#` that says what the list is.
    pub(crate) const fn headed(what: &'a str) -> Self {
        Frame {
            what,
            ..Frame::PLAIN
        }
    }

    /// Nothing but a header behind `#`.
    pub(crate) const PLAIN: Frame<'static> = Frame {
        mark: Some("#"),
        what: "",
        uses: &[],
        before: &[],
        after: &[],
    };
    /// Nothing at all: the reader knows no comments.
    pub(crate) const BARE: Frame<'static> = Frame {
        mark: None,
        ..Frame::PLAIN
    };
}

impl<'a> List<'a> {
    /// The entries of a plan that a form takes, no more than its limit, and what was left out of them.
    pub(crate) fn of<F: ExportFormat + ?Sized>(
        format: &F,
        plan: &'a BlockPlan,
        context: &'a Context,
    ) -> Self {
        let mut leaving = Leaving::default();
        let mut entries: Vec<&BlockEntry> = Vec::new();
        for entry in &plan.entries {
            let observable = &entry.indicator.observable;
            let judged = if format.accepts(observable.kind()) {
                format.fits(entry, context)
            } else {
                Err(NO_PLACE)
            };
            match judged {
                Ok(()) => entries.push(entry),
                Err(why) => leaving.out(observable, why),
            }
        }
        if let Some(most) = limit_of(format.id(), context) {
            entries = most_valuable(entries, most, &mut leaving);
        }
        for (kind, count) in &context.withheld {
            if format.accepts(*kind) {
                leaving.withheld(*kind, *count);
            }
        }
        Self {
            entries,
            plan,
            context,
            leaving,
        }
    }

    /// What the list says about itself, one fact a line, without comment marks.
    pub(crate) fn facts(&self, what: &str) -> Vec<String> {
        let context = self.context;
        let tlp = context.tlp.map_or("not stated", |tlp| tlp.label());
        let mut reports: Vec<String> = context
            .reports
            .iter()
            .map(|id| one_line(id.as_str()))
            .collect();
        reports.sort();
        reports.dedup();
        let mut out = vec![format!(
            "{what}, made by Tegakari {}",
            one_line(&context.generator_version)
        )];
        if let Some(made) = context.made {
            out.push(format!("made: {made}"));
        }
        out.push(format!("TLP: {tlp}"));
        out.push(format!("entries: {}", self.entries.len()));
        match self.entries.iter().filter_map(|e| e.expires).min() {
            Some(next) => out.push(format!("next expiry: {next}")),
            None => out.push("next expiry: not set".to_owned()),
        }
        out.push(format!(
            "held back: {} (see held-back.csv)",
            self.plan.held_back.len()
        ));
        out.extend(
            self.leaving
                .in_words()
                .map(|words| format!("left out: {words}")),
        );
        for chunk in reports.chunks(10) {
            out.push(format!("from: {}", chunk.join(" ")));
        }
        out
    }

    /// Writes the header with each line behind `mark`.
    pub(crate) fn header(&self, out: &mut dyn Write, mark: &str, what: &str) -> io::Result<()> {
        for line in self.facts(what) {
            writeln!(out, "{mark} {line}")?;
        }
        Ok(())
    }

    /// What came of it.
    pub(crate) fn written(self) -> Written {
        self.leaving.written(self.entries.len())
    }

    /// Writes one or more lines an entry, sorted and without repetition.
    pub(crate) fn lines(
        self,
        frame: &Frame<'_>,
        out: &mut dyn Write,
        line: impl Fn(&BlockEntry) -> String,
    ) -> io::Result<Written> {
        let body = sorted(self.entries.iter().map(|entry| line(entry)));
        self.body(frame, out, body)
    }

    /// Writes one or more lines a domain, without those that a listed tree holds already.
    pub(crate) fn names(
        self,
        frame: &Frame<'_>,
        out: &mut dyn Write,
        line: impl Fn(&str, Scope) -> String,
    ) -> io::Result<Written> {
        let uncovered = self.uncovered_names();
        let body = sorted(uncovered.map(|(name, scope)| line(name, scope)));
        self.body(frame, out, body)
    }

    /// Writes one or more lines a network, without those that lie in others.
    pub(crate) fn networks(
        self,
        frame: &Frame<'_>,
        out: &mut dyn Write,
        line: impl Fn(IpNet) -> String,
    ) -> io::Result<Written> {
        let nets = self.nets();
        self.body(frame, out, nets.into_iter().map(line))
    }

    /// Writes header, fixed lines and these lines between them.
    pub(crate) fn body(
        self,
        frame: &Frame<'_>,
        out: &mut dyn Write,
        lines: impl IntoIterator<Item = String>,
    ) -> io::Result<Written> {
        if let Some(mark) = frame.mark {
            self.header(out, mark, frame.what)?;
            for text in frame.uses {
                writeln!(out, "{mark} use: {text}")?;
            }
        }
        let mut all = Buffered::new(out);
        for line in frame.before {
            all.push(&[line, "\n"])?;
        }
        for line in lines {
            all.push(&[&line, "\n"])?;
        }
        for line in frame.after {
            all.push(&[line, "\n"])?;
        }
        all.end()?;
        Ok(self.written())
    }

    /// [`List::body`] of single names, with a note that what is below the domains stays reachable.
    pub(crate) fn single_names(
        self,
        frame: &Frame<'_>,
        out: &mut dyn Write,
        lines: impl IntoIterator<Item = String>,
    ) -> io::Result<Written> {
        let is_tree = |entry: &&&BlockEntry| {
            entry.indicator.observable.kind() == K::Domain && entry.scope == Scope::Tree
        };
        let trees = self.entries.iter().filter(is_tree).count();
        let mut written = self.body(frame, out, lines)?;
        if trees > 0 {
            written.notes.push(format!(
                "names below {trees} domains stay reachable: this list holds single names; use another (rpz, unbound, dnsmasq) to close the trees"
            ));
        }
        Ok(written)
    }

    /// A list of the same plan without entries, for forms whose lines are no entries.
    pub(crate) fn beside(&self) -> Self {
        Self {
            entries: Vec::new(),
            plan: self.plan,
            context: self.context,
            leaving: Leaving::default(),
        }
    }

    /// Writes one document of JSON.
    pub(crate) fn json(
        self,
        out: &mut dyn Write,
        document: &impl Serialize,
    ) -> io::Result<Written> {
        serde_json::to_writer_pretty(&mut *out, document)?;
        out.write_all(b"\n")?;
        Ok(self.written())
    }

    /// Networks of the entries, without those that lie in others; sorted.
    pub(crate) fn nets(&self) -> Vec<IpNet> {
        let nets = self.entries.iter();
        let nets = nets.filter_map(|e| networks::parse(e.indicator.observable.value()));
        let nets = networks::merged(nets.map(|net| (net, ())).collect(), |(), ()| ());
        nets.into_iter().map(|(net, ())| net).collect()
    }

    /// The domains without those that a listed tree holds already, in the plan's order. A more special entry would take
    /// the names below it out of the tree, or draw a warning a line.
    pub(crate) fn uncovered_names(&self) -> impl Iterator<Item = (&'a str, Scope)> + use<'a> {
        let names: Vec<(&str, Scope)> = self
            .entries
            .iter()
            .filter(|e| e.indicator.observable.kind() == K::Domain)
            .map(|e| (e.indicator.observable.value(), e.scope))
            .collect();
        let mut trees: HashSet<&str> = HashSet::new();
        // Most names above a name are as long as no tree is, and are not asked for.
        let mut lengths = [false; 256];
        for (name, _) in names.iter().filter(|(_, scope)| *scope == Scope::Tree) {
            trees.insert(name);
            if let Some(length) = lengths.get_mut(name.len()) {
                *length = true;
            }
        }
        let covered = move |name: &str| {
            let mut rest = name;
            while let Some((_, parent)) = rest.split_once('.') {
                let known = lengths.get(parent.len()).copied().unwrap_or(true);
                if known && trees.contains(parent) {
                    return true;
                }
                rest = parent;
            }
            false
        };
        names.into_iter().filter(move |(name, _)| !covered(name))
    }
}

/// The most valuable of the entries, in their order; the others are left out.
fn most_valuable<'a>(
    entries: Vec<&'a BlockEntry>,
    most: usize,
    leaving: &mut Leaving,
) -> Vec<&'a BlockEntry> {
    if entries.len() <= most {
        return entries;
    }
    let mut order: Vec<(usize, _)> = entries.iter().map(|e| worth(e)).enumerate().collect();
    // Stable, so that what is worth the same stays in the plan's order.
    order.sort_by(|(_, a), (_, b)| b.cmp(a));
    let mut keep = vec![false; entries.len()];
    for (index, _) in order.iter().take(most) {
        if let Some(slot) = keep.get_mut(*index) {
            *slot = true;
        }
    }
    let mut kept = Vec::with_capacity(most);
    for (entry, keep) in entries.into_iter().zip(keep) {
        if keep {
            kept.push(entry);
        } else {
            leaving.out(&entry.indicator.observable, FULL);
        }
    }
    kept
}

/// The lines of a list: sorted, without repetition.
pub(crate) fn sorted(lines: impl Iterator<Item = String>) -> Vec<String> {
    let mut body: Vec<String> = lines.collect();
    body.sort_unstable();
    body.dedup();
    body
}
