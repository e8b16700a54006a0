//! Which entries of a plan go on a list, and how lists of lines are written.

use std::collections::HashSet;
use std::io::{self, Write};

use ipnet::IpNet;
use tegakari_model::{BlockEntry, BlockPlan, ObservableKind as K, Scope};

use crate::context::{Context, Leaving, Written};
use crate::formats::{ExportFormat, NO_PLACE};
use crate::limits::{limit_of, worth};
use crate::networks;
use crate::text::{Buffered, header_of};

/// Why a value is not on a list that holds names.
pub(crate) const NO_NAME: &str = "it is no name that a resolver asks for";
/// Why a value is not on a list that holds addresses.
pub(crate) const NO_ADDRESS: &str = "it is no address";
/// Why a value is not on a list that is full.
pub(crate) const FULL: &str = "the target takes no more; the least valuable were left out";
/// Why a value is not on a list of hashes.
pub(crate) const NO_HASH: &str = "it is no hash in lower case";
/// Why a URL is not on a list for a program that sees no further than TLS.
pub(crate) const IN_TLS: &str = "the path is inside TLS (or another protocol) and cannot be seen";

/// The entries of a plan that a format takes, in the plan's order, and what was left out of them.
pub(crate) fn select<'a>(
    format: &dyn ExportFormat,
    plan: &'a BlockPlan,
    context: &Context,
    fits: impl Fn(&BlockEntry) -> Result<(), &'static str>,
) -> (Vec<&'a BlockEntry>, Leaving) {
    let mut leaving = Leaving::default();
    let mut chosen: Vec<&BlockEntry> = Vec::new();
    for entry in &plan.entries {
        let observable = &entry.indicator.observable;
        let judged = if format.accepts(observable.kind()) {
            fits(entry)
        } else {
            Err(NO_PLACE)
        };
        match judged {
            Ok(()) => chosen.push(entry),
            Err(why) => leaving.out(observable, why),
        }
    }
    if let Some(most) = limit_of(format.id(), context)
        && chosen.len() > most
    {
        let mut order: Vec<(usize, _)> = chosen.iter().map(|e| worth(e)).enumerate().collect();
        // Stable, so that what is worth the same stays in the plan's order.
        order.sort_by(|(_, a), (_, b)| b.cmp(a));
        let mut keep = vec![false; chosen.len()];
        for (index, _) in order.iter().take(most) {
            if let Some(slot) = keep.get_mut(*index) {
                *slot = true;
            }
        }
        let mut kept = Vec::with_capacity(most);
        for (entry, keep) in chosen.into_iter().zip(keep) {
            if keep {
                kept.push(entry);
            } else {
                leaving.out(&entry.indicator.observable, FULL);
            }
        }
        chosen = kept;
    }
    (chosen, leaving)
}

/// What fits by its kind: names as they stand on the wire, addresses, hashes in lower case, URLs of plain
/// characters.
pub(crate) fn plain_value(entry: &BlockEntry) -> Result<(), &'static str> {
    let observable = &entry.indicator.observable;
    let value = observable.value();
    match observable.kind() {
        K::Domain if !crate::formats::is_wire_name(value) => Err(NO_NAME),
        K::Ipv4 | K::Ipv6 | K::Cidr if networks::parse(value).is_none() => Err(NO_ADDRESS),
        K::Md5 | K::Ja3 if !is_hash(value, 32) => Err(NO_HASH),
        K::Sha1 if !is_hash(value, 40) => Err(NO_HASH),
        K::Sha256 if !is_hash(value, 64) => Err(NO_HASH),
        K::Sha512 if !is_hash(value, 128) => Err(NO_HASH),
        K::Url | K::Email if !is_plain(value) => {
            Err("it has characters that the target could take for something else")
        }
        _ => Ok(()),
    }
}

/// [`plain_value`], and of URLs only those whose path can be seen on the network.
pub(crate) fn plain_and_seen(entry: &BlockEntry) -> Result<(), &'static str> {
    let observable = &entry.indicator.observable;
    if observable.kind() == K::Url && !observable.value().starts_with("http://") {
        return Err(IN_TLS);
    }
    plain_value(entry)
}

fn is_hash(value: &str, digits: usize) -> bool {
    value.len() == digits && is_lower_hex(value)
}

/// Whether a text is digits and `a` to `f` throughout.
pub(crate) fn is_lower_hex(value: &str) -> bool {
    let lower_hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    !value.is_empty() && value.bytes().all(lower_hex)
}

/// Visible ASCII without what quotes, comments and separators are made of.
fn is_plain(value: &str) -> bool {
    value.len() <= 2048
        && value
            .bytes()
            .all(|b| b.is_ascii_graphic() && !b"\"'`\\<>{}|^,;*".contains(&b))
}

/// How a list of lines stands in its file.
pub(crate) struct Lines<'a> {
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

impl Lines<'_> {
    pub(crate) const PLAIN: Lines<'static> = Lines {
        mark: Some("#"),
        what: "",
        uses: &[],
        before: &[],
        after: &[],
    };
}

/// Writes a list of one or more lines an entry, sorted and without repetition.
pub(crate) fn write_lines(
    format: &dyn ExportFormat,
    lines: &Lines<'_>,
    plan: &BlockPlan,
    context: &Context,
    out: &mut dyn Write,
    fits: impl Fn(&BlockEntry) -> Result<(), &'static str>,
    line: impl Fn(&BlockEntry) -> String,
) -> io::Result<Written> {
    let (chosen, leaving) = select(format, plan, context, fits);
    let mut body: Vec<String> = chosen.iter().map(|entry| line(entry)).collect();
    body.sort_unstable();
    body.dedup();
    write_body(lines, &chosen, &body, plan, context, out)?;
    Ok(leaving.written(chosen.len()))
}

/// Writes header, fixed lines and body.
pub(crate) fn write_body(
    lines: &Lines<'_>,
    chosen: &[&BlockEntry],
    body: &[String],
    plan: &BlockPlan,
    context: &Context,
    out: &mut dyn Write,
) -> io::Result<()> {
    if let Some(mark) = lines.mark {
        header_of(out, mark, lines.what, chosen, plan, context)?;
        for text in lines.uses {
            writeln!(out, "{mark} use: {text}")?;
        }
    }
    let fixed = |out: &mut dyn Write, all: &[&str]| -> io::Result<()> {
        all.iter().try_for_each(|line| writeln!(out, "{line}"))
    };
    fixed(out, lines.before)?;
    let mut all = Buffered::new(out);
    for line in body {
        all.push(&[line, "\n"])?;
    }
    all.end()?;
    fixed(out, lines.after)
}

/// Networks of the entries, without those that lie in others; sorted.
pub(crate) fn networks_of(entries: &[&BlockEntry]) -> Vec<IpNet> {
    let nets: Vec<IpNet> = entries
        .iter()
        .filter_map(|e| networks::parse(e.indicator.observable.value()))
        .collect();
    networks::without_covered(&nets)
        .into_iter()
        .map(|(net, _)| net)
        .collect()
}

/// The lines of a list: sorted, without repetition.
pub(crate) fn sorted(lines: impl Iterator<Item = String>) -> Vec<String> {
    let mut body: Vec<String> = lines.collect();
    body.sort_unstable();
    body.dedup();
    body
}

/// The entries without domains that a listed tree holds already. A more special entry would take the
/// names below it out of the tree, or draw a warning a line.
pub(crate) fn without_covered_names<'a>(entries: &[&'a BlockEntry]) -> Vec<&'a BlockEntry> {
    let trees: HashSet<&str> = entries
        .iter()
        .filter(|e| e.scope == Scope::Tree)
        .map(|e| e.indicator.observable.value())
        .collect();
    let covered = |entry: &BlockEntry| {
        let mut rest = entry.indicator.observable.value();
        while let Some((_, parent)) = rest.split_once('.') {
            if trees.contains(parent) {
                return true;
            }
            rest = parent;
        }
        false
    };
    entries
        .iter()
        .copied()
        .filter(|entry| entry.indicator.observable.kind() != K::Domain || !covered(entry))
        .collect()
}

/// How many domains are meant with everything below them: for the note of a list that holds single names.
pub(crate) fn note_of_trees(entries: &[&BlockEntry], written: &mut Written) {
    let trees = entries
        .iter()
        .filter(|e| e.indicator.observable.kind() == K::Domain && e.scope == Scope::Tree)
        .count();
    if trees > 0 {
        written.notes.push(format!(
            "names below {trees} domains stay reachable: this list holds single names"
        ));
    }
}

/// A text with the characters escaped that mean something in a regular expression (POSIX extended, PCRE, RE2).
pub(crate) fn regex_escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if "\\.+*?()|[]{}^$".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
