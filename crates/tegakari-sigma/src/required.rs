//! Fields that a rule cannot do without: where none of the records has one of them, the rule can never match.

use std::collections::BTreeSet;

use crate::expr::Expr;
use crate::leaf::{FieldId, KEYWORDS, Test};

/// The fields that must be there, and not empty, for the question to be true. Says too few rather than too many.
pub(crate) fn required(question: &Expr) -> BTreeSet<FieldId> {
    match question {
        Expr::Leaf(KEYWORDS, _) | Expr::Not(_) => BTreeSet::new(),
        Expr::Leaf(field, test) => match test {
            Test::Empty | Test::Null | Test::Never | Test::Exists(false) => BTreeSet::new(),
            // A pattern of wildcards alone, or an expression that nothing is known of, may be true of an empty value.
            Test::Present | Test::Exists(true) => BTreeSet::new(),
            Test::Regex { needs, .. } if needs.is_empty() => BTreeSet::new(),
            Test::SameAs { other, .. } => BTreeSet::from([*field, *other]),
            _ => BTreeSet::from([*field]),
        },
        Expr::All(list) => list.iter().flat_map(required).collect(),
        Expr::Some(0, _) => BTreeSet::new(),
        Expr::Some(least, list) if *least >= list.len() => list.iter().flat_map(required).collect(),
        Expr::Any(list) | Expr::Some(_, list) => {
            let mut all = list.iter().map(required);
            let first = all.next().unwrap_or_default();
            all.fold(first, |common, one| &common & &one)
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{RuleFile, RuleSet};

    #[test]
    fn what_a_rule_cannot_do_without_is_known() {
        let rule = |detection: &str| {
            let text =
                format!("title: t\nid: x\nlogsource:\n  product: windows\ndetection:\n{detection}");
            let mut problems = Vec::new();
            let file = RuleFile {
                name: "r.yml",
                text: text.as_bytes(),
            };
            let set = RuleSet::compile(&[file], &[], &mut problems);
            assert!(problems.is_empty(), "{problems:?}");
            set.required(0)
        };
        let both = "  a:\n    Image|endswith: x\n    CommandLine|contains: y\n  b:\n    CommandLine|contains: z\n";
        assert_eq!(
            rule(&format!("{both}  condition: a\n")),
            ["CommandLine", "Image"]
        );
        assert_eq!(
            rule(&format!("{both}  condition: a or b\n")),
            ["CommandLine"]
        );
        assert_eq!(
            rule(&format!("{both}  condition: a and not b\n")),
            ["CommandLine", "Image"]
        );
        assert!(rule("  k:\n    - word\n  condition: k\n").is_empty());
        assert!(rule("  a:\n    User: null\n  condition: a\n").is_empty());
    }
}
