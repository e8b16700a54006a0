//! Descriptions of Sigma rules with the techniques their authors tagged: texts by other people, for
//! measuring only. Nothing is learnt from them.

use std::path::Path;

use super::corpus::Corpus;

/// `(description, labels)` of every rule below a folder.
pub(crate) fn read(folder: &Path, corpus: &Corpus) -> anyhow::Result<Vec<(String, Vec<usize>)>> {
    let mut out = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let mut entries: Vec<_> = std::fs::read_dir(folder)?
            .filter_map(|e| Some(e.ok()?.path()))
            .collect();
        entries.sort();
        for path in entries {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "yml") {
                out.extend(rule(&std::fs::read_to_string(&path)?, corpus));
            }
        }
    }
    Ok(out)
}

/// Two keys are all that is wanted, and both are written one way in all rules.
fn rule(text: &str, corpus: &Corpus) -> Option<(String, Vec<usize>)> {
    let mut description = String::new();
    let mut inside = false;
    let mut labels = Vec::new();
    for line in text.lines() {
        if let Some(first) = line.strip_prefix("description:") {
            inside = true;
            description = first
                .trim()
                .trim_matches(['|', '>', '-', '\'', '"'])
                .to_owned();
            continue;
        }
        inside &= line.starts_with(' ');
        if inside {
            description.push(' ');
            description.push_str(line.trim());
        }
        if let Some(tag) = line.trim().strip_prefix("- attack.t") {
            let id = format!("T{}", tag.trim());
            labels.extend(corpus.classes.iter().position(|c| c.id == id));
        }
    }
    (!labels.is_empty() && description.split_whitespace().count() > 3)
        .then_some((description, labels))
}
