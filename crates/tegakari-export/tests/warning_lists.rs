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
    // The paragraph that says which are left out.
    let from = text.find("Of MISP's ").unwrap();
    let text = text[from..].split("\n\n").next().unwrap();
    let mut count = 0;
    let mut wrong = BTreeSet::new();
    for entry in entries {
        let id = entry.unwrap().file_name().into_string().unwrap();
        count += usize::from(inside.contains(id.as_str()));
        let said = text.contains(&format!("`{id}`"));
        if inside.contains(id.as_str()) == said {
            wrong.insert(id);
        }
    }
    assert!(
        wrong.is_empty(),
        "inside, or left out in docs/knowledge.md, and not both: {wrong:?}"
    );
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
