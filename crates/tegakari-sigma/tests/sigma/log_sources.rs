//! Every log source of the public rules is one that some record can have.

use std::collections::BTreeSet;

use tegakari_sigma::{Labels, sources, windows};

use crate::shared::{compiled, folder, rule_files};

/// What no record says of itself: SigmaHQ's rules for them name a log source that nothing else tells of.
const NOWHERE: [&str; 0] = [];

#[test]
fn every_log_source_of_the_public_rules_is_mapped() {
    let Some(root) = folder("sigma") else { return };
    let (rules, _) = compiled(&rule_files(&root));
    let mut known: BTreeSet<Labels> = sources::all().into_iter().collect();
    for channel in windows::channels() {
        for id in 0..6000 {
            known.extend(windows::labels(channel, "", id));
        }
    }
    known.extend((0..64).flat_map(|id| windows::labels("", "Microsoft-Windows-Kernel-File", id)));
    let asked: BTreeSet<_> = rules.rules().iter().map(|r| r.log_source.clone()).collect();
    assert_eq!(asked.len(), 136);
    let unmapped: Vec<String> = asked
        .iter()
        .filter(|s| {
            !known
                .iter()
                .any(|l| s.is_for(l.product, l.category, l.service))
        })
        .map(|s| s.to_string())
        .collect();
    assert_eq!(unmapped, NOWHERE);
}
