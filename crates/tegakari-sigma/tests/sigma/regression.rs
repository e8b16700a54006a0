//! SigmaHQ's own regression set: event files, each with the rule that must fire in it and how often.

use std::collections::BTreeMap;
use std::fs;

use tegakari_sigma::{Labels, RuleSet, Scratch, SourceRules};

use crate::shared::{compiled, folder, rule_files};
use crate::windows_record::WindowsRecord;

/// The events of an event file.
pub(crate) fn events(bytes: &[u8]) -> Vec<WindowsRecord> {
    let (text, _) =
        tegakari_hunt::unpack::events_as_text(bytes, "sample").expect("readable from memory");
    String::from_utf8_lossy(&text)
        .lines()
        .filter_map(WindowsRecord::read)
        .collect()
}

/// How often each rule fired.
pub(crate) fn fired(
    rules: &RuleSet,
    events: &[WindowsRecord],
    sources: &mut BTreeMap<Vec<Labels>, SourceRules>,
) -> BTreeMap<u32, u64> {
    let mut out = BTreeMap::new();
    let (mut scratch, mut hits) = (Scratch::default(), Vec::new());
    for event in events {
        let labels = event.labels();
        let source = sources
            .entry(labels)
            .or_insert_with_key(|labels| rules.sources(labels));
        rules.evaluate(source, event, &mut scratch, &mut hits);
        for hit in &hits {
            *out.entry(*hit).or_insert(0) += 1;
        }
    }
    out
}

/// Where the list counts one event and the sample holds two that the rule is about: a value for servers and one for
/// workstations are both set to nothing.
const TWICE: &str = "c7dcacd0-cc59-4004-b0a4-1d6cdebe6f3e";

#[test]
fn every_rule_fires_as_often_as_its_authors_say() {
    let Some(root) = folder("sigma") else { return };
    let (rules, problems) = compiled(&rule_files(&root));
    // Two rules ask for a list that only their user knows.
    let texts: Vec<&str> = problems.iter().map(|p| p.what.as_str()).collect();
    assert!(
        texts.iter().all(|t| t.contains("%known_cdcs%")) && texts.len() == 2,
        "{problems:#?}"
    );
    assert_eq!(rules.rules().len(), 3754);
    let mut sources = BTreeMap::new();
    let expected = fs::read_to_string(root.join("regression/EXPECTED.tsv")).expect("the list");
    let mut wrong = Vec::new();
    let mut asked = 0;
    for line in expected.lines().skip(1) {
        let mut cells = line.split('\t');
        let (file, id) = (cells.next().expect("file"), cells.next().expect("rule"));
        let count: Option<u64> = cells.next().and_then(|c| c.parse().ok());
        let count = if id == TWICE { Some(2) } else { count };
        let events = events(&fs::read(root.join("regression").join(file)).expect("a sample"));
        let fired = fired(&rules, &events, &mut sources);
        let rule = (0u32..)
            .zip(rules.rules())
            .find(|(_, r)| r.id == id)
            .map(|(n, _)| n)
            .expect("the rule");
        let got = fired.get(&rule).copied().unwrap_or(0);
        asked += 1;
        if got == 0 || count.is_some_and(|count| count != got) {
            wrong.push(format!(
                "{id}: {got} of {count:?} in {} events",
                events.len()
            ));
        }
    }
    assert_eq!(asked, 58);
    assert!(wrong.is_empty(), "{wrong:#?}");
}
