//! What a regular expression cannot match without: texts of which one must be there.
//!
//! A rule of nothing but an expression would be tried on every record; with this it is tried where it may match.

use regex_syntax::hir::{Class, Hir, HirKind};

use crate::fold::fold_char;

/// Sets that grow past this are given up.
const MOST: usize = 64;
/// Repetitions multiply; an expression that would become larger than this (in characters) is refused.
pub(crate) const MOST_STEPS: u64 = 50_000;

/// Texts, folded, of which one stands in everything that the expression matches; empty when none is known.
pub(crate) fn needs(hir: &Hir) -> Vec<String> {
    let mut best = required(hir).unwrap_or_default();
    best.sort();
    best.dedup();
    if worth(&best) < 2 { Vec::new() } else { best }
}

/// About how large the compiled expression is, and so how many steps it takes for a byte at worst.
pub(crate) fn steps(hir: &Hir) -> u64 {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => 1,
        HirKind::Literal(literal) => literal.0.len() as u64,
        // A class of many ranges shares most of its steps between them.
        HirKind::Class(Class::Unicode(class)) => 1 + class.ranges().len() as u64 / 8,
        HirKind::Class(Class::Bytes(_)) => 1,
        HirKind::Repetition(rep) => {
            let times = u64::from(rep.max.unwrap_or(rep.min).max(rep.min).max(1));
            steps(&rep.sub).saturating_mul(times)
        }
        HirKind::Capture(capture) => steps(&capture.sub),
        HirKind::Concat(list) | HirKind::Alternation(list) => list
            .iter()
            .fold(0u64, |sum, hir| sum.saturating_add(steps(hir))),
    }
}

/// How much a set tells: the length of its shortest text.
fn worth(set: &[String]) -> usize {
    set.iter().map(String::len).min().unwrap_or(0)
}

/// The character that an expression is, folded, when it is one in any case.
fn only_char(hir: &Hir) -> Option<String> {
    match hir.kind() {
        HirKind::Literal(literal) => std::str::from_utf8(&literal.0)
            .ok()
            .map(crate::fold::folded),
        HirKind::Class(Class::Unicode(class)) => {
            let mut one = None;
            let mut seen = 0;
            for range in class.ranges() {
                for c in range.start()..=range.end() {
                    seen += 1;
                    if seen > 4 {
                        return None;
                    }
                    let folded = fold_char(c);
                    if *one.get_or_insert(folded) != folded {
                        return None;
                    }
                }
            }
            one.map(String::from)
        }
        HirKind::Capture(capture) => only_char(&capture.sub),
        HirKind::Repetition(rep) if rep.min == 1 && rep.max == Some(1) => only_char(&rep.sub),
        _ => None,
    }
}

fn required(hir: &Hir) -> Option<Vec<String>> {
    if let Some(text) = only_char(hir) {
        return Some(vec![text]);
    }
    match hir.kind() {
        HirKind::Capture(capture) => required(&capture.sub),
        HirKind::Repetition(rep) if rep.min > 0 => required(&rep.sub),
        HirKind::Alternation(list) => {
            let mut out = Vec::new();
            for one in list {
                out.extend(required(one)?);
                if out.len() > MOST {
                    return None;
                }
            }
            Some(out)
        }
        HirKind::Concat(list) => {
            let mut best: Option<Vec<String>> = None;
            let mut keep = |set: Vec<String>| {
                if best.as_ref().is_none_or(|b| worth(&set) > worth(b)) {
                    best = Some(set);
                }
            };
            let mut run = String::new();
            for one in list {
                match only_char(one) {
                    Some(text) => run.push_str(&text),
                    None => {
                        if !matches!(one.kind(), HirKind::Look(_)) && !run.is_empty() {
                            keep(vec![std::mem::take(&mut run)]);
                        }
                        if let Some(set) = required(one) {
                            keep(set);
                        }
                    }
                }
            }
            if !run.is_empty() {
                keep(vec![run]);
            }
            best
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST_STEPS, needs, steps};

    fn of(source: &str) -> Vec<String> {
        needs(
            &regex_syntax::Parser::new()
                .parse(source)
                .expect("an expression"),
        )
    }

    #[test]
    fn texts_that_cannot_be_missing_are_found() {
        assert_eq!(of("(?i)foo.*BarBaz"), ["barbaz"]);
        assert_eq!(of("a(bc|de)f"), ["bc", "de"]);
        assert_eq!(of("x?(?:hello){2}[0-9]+"), ["hello"]);
        assert_eq!(of("[0-9a-f]{32}"), Vec::<String>::new());
        assert_eq!(of("(?:abc|.)"), Vec::<String>::new());
        assert_eq!(of("(?i)\\\\temp\\b\\.exe$"), ["\\temp.exe"]);
        assert_eq!(of("ab?cd"), ["cd"]);
    }

    #[test]
    fn repetitions_that_multiply_are_seen() {
        let hir = |s: &str| regex_syntax::Parser::new().parse(s).expect("an expression");
        assert_eq!(steps(&hir("(a{1,50}b){1,20}")), 20 * 51);
        assert!(steps(&hir("-k\\s\\w{1,64}")) <= MOST_STEPS);
        assert!(steps(&hir("((a{1,1000}){1,1000}){1,1000}")) > MOST_STEPS);
    }
}
