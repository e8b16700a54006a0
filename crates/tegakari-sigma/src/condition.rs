//! Conditions: `selection and not 1 of filter_*`.
//!
//! `not` binds closest, then `and`, then `or`. A name with `*` stands for all searches that fit.

use crate::expr::Expr;
use crate::refusal::Refusal;

/// Deepest nesting of parentheses and of `not`.
const DEPTH: usize = 32;
/// Longest condition that is read, in bytes.
const LONGEST: usize = 64 << 10;
/// Values that a condition may come to, each counted as often as its search stands in it.
const MOST_PARTS: usize = 100_000;

/// The question that a condition is, of searches by name.
pub(crate) fn parse(text: &str, line: u32, searches: &[(String, Expr)]) -> Result<Expr, Refusal> {
    if text.len() > LONGEST {
        return Err(Refusal::new(
            line,
            format!("the condition is longer than {LONGEST} bytes"),
        ));
    }
    if text.contains('|') {
        let what = "the condition counts with |, which was replaced by correlation rules";
        return Err(Refusal::new(line, what));
    }
    let spaced = text.replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut reader = Reader {
        words: &words,
        at: 0,
        line,
        searches,
        parts: 0,
    };
    let expr = reader.either(0)?;
    match reader.peek() {
        None => Ok(expr),
        Some(word) => Err(reader.refuse(format!("the condition has {word:?} where it should end"))),
    }
}

struct Reader<'a> {
    words: &'a [&'a str],
    at: usize,
    line: u32,
    searches: &'a [(String, Expr)],
    parts: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<&'a str> {
        self.words.get(self.at).copied()
    }

    fn is_next(&mut self, word: &str) -> bool {
        let is = self
            .peek()
            .is_some_and(|next| next.eq_ignore_ascii_case(word));
        self.at += usize::from(is);
        is
    }

    fn refuse(&self, what: impl Into<String>) -> Refusal {
        Refusal::new(self.line, what)
    }

    fn either(&mut self, depth: usize) -> Result<Expr, Refusal> {
        let mut list = vec![self.both(depth)?];
        while self.is_next("or") {
            list.push(self.both(depth)?);
        }
        Ok(Expr::any(list))
    }

    fn both(&mut self, depth: usize) -> Result<Expr, Refusal> {
        let mut list = vec![self.one(depth)?];
        while self.is_next("and") {
            list.push(self.one(depth)?);
        }
        Ok(Expr::all(list))
    }

    fn one(&mut self, depth: usize) -> Result<Expr, Refusal> {
        if depth > DEPTH {
            return Err(self.refuse(format!(
                "the condition is nested deeper than {DEPTH} levels"
            )));
        }
        if self.is_next("not") {
            return Ok(Expr::Not(Box::new(self.one(depth + 1)?)));
        }
        if self.is_next("(") {
            let inner = self.either(depth + 1)?;
            if !self.is_next(")") {
                return Err(self.refuse("the condition lacks a closing parenthesis"));
            }
            return Ok(inner);
        }
        let Some(word) = self.peek() else {
            return Err(self.refuse("the condition ends too early"));
        };
        self.at += 1;
        let followed_by_of = self.peek().is_some_and(|w| w.eq_ignore_ascii_case("of"));
        if followed_by_of {
            let all = word.eq_ignore_ascii_case("all");
            let count = if word.eq_ignore_ascii_case("any") {
                Some(1)
            } else {
                word.parse::<usize>().ok()
            };
            if all || count.is_some_and(|n| n > 0) {
                self.at += 1;
                let list = self.several()?;
                return Ok(match count {
                    _ if all => Expr::all(list),
                    Some(n) if n > 1 => Expr::Some(n, list),
                    _ => Expr::any(list),
                });
            }
        }
        if let Some((_, search)) = self.searches.iter().find(|(name, _)| name == word) {
            self.count(search)?;
            return Ok(search.clone());
        }
        if word.contains('*') {
            return Err(self.refuse(format!("{word:?} needs \"1 of\" or \"all of\" before it")));
        }
        Err(self.refuse(format!(
            "the condition names {word:?}, which is no search of the rule"
        )))
    }

    fn count(&mut self, search: &Expr) -> Result<(), Refusal> {
        self.parts = self.parts.saturating_add(search.size());
        if self.parts > MOST_PARTS {
            return Err(self.refuse(format!(
                "the condition comes to more than {MOST_PARTS} values"
            )));
        }
        Ok(())
    }

    fn several(&mut self) -> Result<Vec<Expr>, Refusal> {
        let Some(pattern) = self.peek() else {
            return Err(self.refuse("the condition ends behind \"of\""));
        };
        self.at += 1;
        let them = pattern.eq_ignore_ascii_case("them");
        let mut list = Vec::new();
        for (name, search) in self.searches {
            // What begins with an underscore is only meant when it is named so.
            let meant = pattern.starts_with('_') || !name.starts_with('_');
            if meant && (them || fits(name, pattern)) {
                self.count(search)?;
                list.push(search.clone());
            }
        }
        if list.is_empty() {
            return Err(self.refuse(format!("no search of the rule is named like {pattern:?}")));
        }
        Ok(list)
    }
}

/// Whether a name is one of `pattern`, in which `*` stands for anything.
fn fits(name: &str, pattern: &str) -> bool {
    let mut pieces = pattern.split('*');
    let first = pieces.next().unwrap_or("");
    let Some(mut rest) = name.strip_prefix(first) else {
        return false;
    };
    let mut pieces: Vec<&str> = pieces.collect();
    let Some(last) = pieces.pop() else {
        return rest.is_empty();
    };
    for piece in pieces {
        match rest.split_once(piece) {
            Some((_, after)) => rest = after,
            None if piece.is_empty() => {}
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::{fits, parse};
    use crate::expr::Expr;
    use crate::leaf::Test;

    fn shown(expr: &Expr) -> String {
        let list = |sign: &str, list: &[Expr]| {
            format!(
                "({})",
                list.iter().map(shown).collect::<Vec<_>>().join(sign)
            )
        };
        match expr {
            Expr::Leaf(field, _) => field.to_string(),
            Expr::All(all) => list("&", all),
            Expr::Any(any) => list("|", any),
            Expr::Some(n, some) => format!("{n}of{}", list(",", some)),
            Expr::Not(inner) => format!("!{}", shown(inner)),
        }
    }

    fn of(text: &str) -> Result<String, String> {
        let names = ["selection", "sel_a", "sel_b", "filter_main", "_hidden"];
        let searches: Vec<(String, Expr)> = names
            .iter()
            .enumerate()
            .map(|(i, name)| ((*name).to_owned(), Expr::Leaf(i as u32, Test::Empty)))
            .collect();
        parse(text, 7, &searches)
            .map(|e| shown(&e))
            .map_err(|r| r.what)
    }

    #[test]
    fn not_binds_before_and_before_or() {
        for (text, expect) in [
            ("selection", "0"),
            ("selection and not filter_main", "(0&!3)"),
            ("selection or sel_a and sel_b", "(0|(1&2))"),
            ("(selection or sel_a) and sel_b", "((0|1)&2)"),
            ("not selection or sel_a", "(!0|1)"),
            ("not (selection or sel_a)", "!(0|1)"),
            ("1 of sel_*", "(1|2)"),
            ("all of sel_*", "(1&2)"),
            ("all of sel*", "(0&1&2)"),
            ("2 of them", "2of(0,1,2,3)"),
            ("1 of _*", "4"),
            ("not 1 of filter_*", "!3"),
            ("1 of *a*", "(1|3)"),
        ] {
            assert_eq!(of(text).as_deref(), Ok(expect), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_refused_with_a_reason() {
        for text in [
            "",
            "selection and",
            "(selection",
            "selection)",
            "selection sel_a",
            "nobody",
            "1 of nobody*",
            "sel_*",
            "selection | count() > 5",
            "0 of them",
        ] {
            assert!(of(text).is_err(), "{text}");
        }
        assert!(of(&"(".repeat(50_000)).is_err());
        assert!(of(&"not ".repeat(10_000)).is_err());
        assert!(of(&"1 of them or ".repeat(5_000)).is_err());
    }

    #[test]
    fn names_fit_patterns() {
        for (name, pattern, expect) in [
            ("selection", "selection", true),
            ("selection_1", "selection", false),
            ("selection_1", "selection*", true),
            ("sel_x_img", "sel*img", true),
            ("sel_x_img", "*", true),
            ("a", "a*a", false),
        ] {
            assert_eq!(fits(name, pattern), expect, "{name} {pattern}");
        }
    }
}
