//! Reads correlation rules.

use crate::compile::Compiled;
use crate::refusal::Refusal;
use crate::rule::Rule;
use crate::yaml::Node;

/// Reads correlations when all rules are known, and finds those that they name.
pub(crate) fn resolve(
    raw: Vec<(Rule, Node<'_>)>,
    compiled: &mut Compiled,
    told: &mut Vec<(String, Refusal)>,
) {
    let _ = (raw, compiled, told);
}
