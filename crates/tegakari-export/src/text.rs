//! The header of a text list, and the one way free text reaches a comment.

use std::io::{self, Write};

use tegakari_model::{BlockEntry, BlockPlan};

use crate::Context;

/// Text that stays on its line: control characters, line ends of any kind and characters that turn
/// the direction of writing become blanks; at most 200 characters.
pub(crate) fn one_line(text: &str) -> String {
    text.chars()
        .take(200)
        .map(|c| {
            let turns = matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{85}' | '\u{feff}');
            if c.is_control() || turns { ' ' } else { c }
        })
        .collect()
}

/// What a list says about itself, one fact a line, without comment marks.
pub(crate) fn facts(
    what: &str,
    entries: &[&BlockEntry],
    plan: &BlockPlan,
    context: &Context,
) -> Vec<String> {
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
    out.push(format!("entries: {}", entries.len()));
    match entries.iter().filter_map(|e| e.expires).min() {
        Some(next) => out.push(format!("next expiry: {next}")),
        None => out.push("next expiry: not set".to_owned()),
    }
    out.push(format!(
        "held back: {} (see held-back.csv)",
        plan.held_back.len()
    ));
    for chunk in reports.chunks(10) {
        out.push(format!("from: {}", chunk.join(" ")));
    }
    out
}

/// Writes the header with each line behind `mark`.
pub(crate) fn header_of(
    out: &mut dyn Write,
    mark: &str,
    what: &str,
    entries: &[&BlockEntry],
    plan: &BlockPlan,
    context: &Context,
) -> io::Result<()> {
    for line in facts(what, entries, plan, context) {
        writeln!(out, "{mark} {line}")?;
    }
    Ok(())
}

/// Collects short pieces of text, so that a list of a million lines is not a million calls.
pub(crate) struct Buffered<'a> {
    out: &'a mut dyn Write,
    text: String,
}

impl<'a> Buffered<'a> {
    /// Bytes that are passed on at once.
    const ENOUGH: usize = 64 * 1024;

    pub(crate) fn new(out: &'a mut dyn Write) -> Self {
        Self {
            out,
            text: String::with_capacity(Self::ENOUGH + 4096),
        }
    }

    pub(crate) fn push(&mut self, pieces: &[&str]) -> io::Result<()> {
        for piece in pieces {
            self.text.push_str(piece);
        }
        if self.text.len() < Self::ENOUGH {
            return Ok(());
        }
        self.out.write_all(self.text.as_bytes())?;
        self.text.clear();
        Ok(())
    }

    /// Passes on what is left.
    pub(crate) fn end(self) -> io::Result<()> {
        self.out.write_all(self.text.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::one_line;

    #[test]
    fn free_text_stays_on_its_line() {
        assert_eq!(one_line("a\r\nb\u{2028}c\u{202e}d\u{85}e"), "a  b c d e");
        assert_eq!(one_line(&"x".repeat(10_000)).len(), 200);
    }
}
