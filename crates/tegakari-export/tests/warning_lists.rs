//! Which of MISP's warning lists are inside.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test")]

use std::collections::BTreeSet;
use std::path::Path;

use tegakari_knowledge::Knowledge;

#[test]
fn every_warning_list_is_inside_or_said_to_be_left_out() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = repository.join("../shared/data/knowledge/misp-warninglists/lists");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        println!("SKIP: {} is not there", folder.display());
        return;
    };
    let knowledge = Knowledge::embedded();
    let inside: BTreeSet<&str> = knowledge
        .warning_lists()
        .iter()
        .map(|l| l.id.as_str())
        .collect();
    if inside.is_empty() {
        println!("SKIP: this build has no warning lists");
        return;
    }
    let text = std::fs::read_to_string(repository.join("docs/knowledge.md")).unwrap();
    let mut count = 0;
    for entry in entries {
        let id = entry.unwrap().file_name().into_string().unwrap();
        count += usize::from(inside.contains(id.as_str()));
        let said = text.contains(&format!("`{id}`"));
        assert!(
            inside.contains(id.as_str()) != said,
            "{id}: inside, or left out in docs/knowledge.md, and not both"
        );
    }
    assert!(
        text.contains(&format!("{count} are inside")),
        "{count} are inside"
    );
    // A list of which nothing could be used is no list.
    let empty: Vec<&str> = knowledge
        .warning_lists()
        .iter()
        .filter(|list| list.kept == 0)
        .map(|list| list.id.as_str())
        .collect();
    println!("nothing kept of: {empty:?}");
}
