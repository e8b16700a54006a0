//! Where a rule starts and ends in prose: code blocks of articles, lines of plain text.

use super::read;
use crate::content::Content;

/// Whether a text starts like a rule: `rule Name {` or with tags, modifiers or imports before.
pub(crate) fn starts_rule(line: &str) -> bool {
    // Every line of a text comes here.
    if !line.trim_start().starts_with(['r', 'p', 'g']) {
        return false;
    }
    let mut words = line.split_whitespace();
    let mut word = words.next();
    while matches!(word, Some("private" | "global")) {
        word = words.next();
    }
    if word != Some("rule") {
        return false;
    }
    let Some(name) = words.next() else {
        return false;
    };
    let (name, tail) = match name.find([':', '{']) {
        Some(at) => name.split_at(at),
        None => (name, ""),
    };
    let identifier = name
        .bytes()
        .enumerate()
        .all(|(i, b)| b == b'_' || b.is_ascii_alphabetic() || (i > 0 && b.is_ascii_digit()));
    let next = words.next().unwrap_or("");
    // In prose the word is followed by other words.
    !name.is_empty()
        && name.len() <= 128
        && identifier
        && (!tail.is_empty() || next.is_empty() || next.starts_with([':', '{', '/']))
}

/// Lines of one rule in prose, at most.
const PROSE_LINES: usize = 4_000;

/// Bytes of a document that are looked through for ends of rules that have none. Each broken rule may cost
/// its [`PROSE_LINES`], so that many of them would cost the square of their number.
const IN_VAIN: usize = 16 << 20;

/// Finds the ends of the rules of one document.
pub(crate) struct Extents {
    /// Bytes that may still be looked through in vain.
    left: usize,
}

impl Default for Extents {
    fn default() -> Self {
        Self { left: IN_VAIN }
    }
}

impl Extents {
    /// How many of the lines make up the rule that starts in the first one: up to the brace that closes it.
    /// `None` when it is not closed within reason, so that prose after a broken rule is read as prose.
    pub(crate) fn of<'a>(&mut self, lines: impl Iterator<Item = &'a str>) -> Option<usize> {
        let mut walked = 0;
        let left = self.left;
        let lines = lines.take_while(|line| {
            walked += line.len() + 1;
            walked <= left
        });
        let found = extent(lines);
        if found.is_none() {
            self.left = left.saturating_sub(walked);
        }
        found
    }
}

fn extent<'a>(lines: impl Iterator<Item = &'a str>) -> Option<usize> {
    let (mut depth, mut opened, mut in_comment, mut condition) = (0usize, false, false, false);
    for (i, line) in lines.take(PROSE_LINES).enumerate() {
        // The next rule starts where this one has not ended: it is broken.
        if i > 0 && !in_comment && starts_rule(line.trim()) {
            return None;
        }
        let mut chars = line.chars().peekable();
        let mut quoted = false;
        condition |= line.trim_start().starts_with("condition");
        while let Some(c) = chars.next() {
            match c {
                '*' if in_comment && chars.peek() == Some(&'/') => {
                    chars.next();
                    in_comment = false;
                }
                _ if in_comment => {}
                '\\' => drop(chars.next()),
                '"' => quoted = !quoted,
                _ if quoted => {}
                '/' if chars.peek() == Some(&'*') => in_comment = true,
                '/' if chars.peek() == Some(&'/') => break,
                '{' => {
                    depth += 1;
                    opened = true;
                }
                '}' => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        if opened && depth == 0 && (condition || line.contains("condition")) {
            return Some(i + 1);
        }
        // A rule's brace follows its name at once.
        if !opened && i > 3 {
            return None;
        }
    }
    None
}

/// Rules inside prose (code blocks, or lines of plain text): they are read as rules, and their strings no
/// longer as the words of the report.
pub(crate) fn in_prose(content: &mut Content) {
    let mut at = 0;
    let mut extents = Extents::default();
    while at < content.blocks.len() {
        let starts = content.blocks.get(at).and_then(|b| {
            // A block may hold several lines, and prose before the rule.
            let head = b.text.contains("rule ").then_some(&b.text)?;
            head.lines().position(|l| starts_rule(l.trim()))
        });
        let Some(skip) = starts else {
            at += 1;
            continue;
        };
        let from_here = || {
            let blocks = content.blocks.iter().enumerate().skip(at);
            blocks.flat_map(|(i, block)| block.text.lines().map(move |l| (i, l)))
        };
        let Some(count) = extents.of(from_here().skip(skip).map(|(_, l)| l)) else {
            at += 1;
            continue;
        };
        let end = skip + count;
        let last = from_here().nth(end - 1).map_or(at, |(i, _)| i);
        // Lines with the block each stands in.
        let lines: Vec<(usize, &str)> = from_here().take_while(|(i, _)| *i <= last).collect();
        let text: Vec<&str> = lines.iter().take(end).skip(skip).map(|(_, l)| *l).collect();
        let text = text.join("\n");
        // What stands in the same blocks before and after the rule stays.
        let kept = |from: usize, to: usize, block: usize| -> String {
            let part = lines.get(from..to.min(lines.len())).unwrap_or_default();
            let part: Vec<&str> = part
                .iter()
                .filter(|(i, _)| *i == block)
                .map(|(_, l)| *l)
                .collect();
            part.join("\n")
        };
        let before = kept(0, skip, at);
        let after = kept(end, lines.len(), last);
        let first = content.blocks.get(at);
        let line = first.map_or(0, |b| match b.line {
            0 => 0,
            line => line.saturating_add(u32::try_from(skip).unwrap_or(0)),
        });
        let path = first.and_then(|b| b.path.clone()).unwrap_or_default();
        let mut found = Content::default();
        if read(&text, line, Some(&path), &mut found) == 0 {
            at += 1;
            continue;
        }
        for (i, block) in content
            .blocks
            .iter_mut()
            .enumerate()
            .take(last + 1)
            .skip(at)
        {
            let rest = match (i == at, i == last) {
                (true, true) => format!("{before}\n{after}"),
                (true, false) => before.clone(),
                (false, true) => after.clone(),
                (false, false) => String::new(),
            };
            if let Some(lost) = block
                .text
                .find(rest.trim_end())
                .filter(|_| i == last && i != at)
            {
                let lines = block
                    .text
                    .get(..lost)
                    .map_or(0, |t| t.matches('\n').count());
                block.line = block.line.saturating_add(u32::try_from(lines).unwrap_or(0));
            }
            block.text = rest;
            block.links.clear();
            block.cells.clear();
            block.header = None;
        }
        content.observables.append(&mut found.observables);
        content.files.append(&mut found.files);
        content.names.append(&mut found.names);
        content.techniques.append(&mut found.techniques);
        content.problems.append(&mut found.problems);
        // What is left of the last block may hold the next rule: it is shorter each time.
        at = if after.trim().is_empty() {
            last + 1
        } else {
            last
        };
    }
}

#[cfg(test)]
mod tests {
    use super::{Extents, extent, starts_rule};

    #[test]
    fn a_rule_in_prose_is_told_from_the_word() {
        for (line, want) in [
            ("rule APT_Lamp {", true),
            ("rule APT_Lamp : apt lamp", true),
            ("private rule x{", true),
            ("rule Lamp", true),
            ("rule of thumb: never click", false),
            ("The rule APT_Lamp finds it", false),
            ("rule 7 says", false),
        ] {
            assert_eq!(starts_rule(line), want, "{line}");
        }
    }

    #[test]
    fn a_rule_ends_at_the_brace_that_closes_it() {
        let rule = "rule a {\n strings:\n $a = \"}\"\n $b = { 4D 5A [2-4] }\n // }\n /* }\n } */\n condition: $a\n}\nand then";
        assert_eq!(extent(rule.lines()), Some(9));
        assert_eq!(extent("rule a {\n condition: true".lines()), None);
        assert_eq!(extent("rule a\nthat\nis\nnone\nat\nall".lines()), None);
    }

    #[test]
    fn rules_without_end_cost_no_square_of_their_number() {
        let text = "rule a { /*\n".repeat(200_000);
        let mut extents = Extents::default();
        let mut rest = text.as_str();
        while let Some((_, next)) = rest.split_once('\n') {
            assert_eq!(extents.of(rest.split('\n')), None);
            rest = next;
        }
        assert_eq!(extents.left, 0);
    }
}
