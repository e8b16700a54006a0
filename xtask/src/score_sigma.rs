//! Whether rules fire where their authors say: SigmaHQ's regression set, an event file for each rule.
//!
//! A folder holds the rules (`*.yml`, below it anywhere) and `regression/` with event files and `EXPECTED.tsv` (file,
//! rule, and how often it fires where that is known). Any other folder of that form will do.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use tegakari_model::Problem;
use tegakari_sigma::{Labels, RuleFile, RuleSet, Scratch, SourceRules};

use crate::windows_record::WindowsRecord;

/// `score-sigma`.
#[allow(clippy::print_stdout, reason = "the table is what was asked for")]
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    let root = match arguments {
        [] => PathBuf::from("../shared/data/sigma"),
        [one] => PathBuf::from(one),
        _ => anyhow::bail!("usage: cargo xtask score-sigma [DIR]"),
    };
    let (rules, problems) = rules_below(&root)?;
    for problem in &problems {
        println!("{}: {}", problem.place, problem.what);
    }
    let list = root.join("regression/EXPECTED.tsv");
    let expected = fs::read_to_string(&list).with_context(|| list.display().to_string())?;
    let mut sources = BTreeMap::new();
    let (mut samples, mut fire, mut counted, mut right) = (0, 0, 0, 0);
    for line in expected.lines().skip(1) {
        let cells: Vec<&str> = line.split('\t').collect();
        let [file, id, count, ..] = cells[..] else {
            anyhow::bail!(
                "{}: a line has fewer than three cells: {line}",
                list.display()
            );
        };
        let count: Option<u64> = count.parse().ok();
        let events = events(&root.join("regression").join(file))?;
        let fired = fired(&rules, &events, &mut sources);
        let rule = (0u32..).zip(rules.rules()).find(|(_, rule)| rule.id == id);
        let got = rule
            .and_then(|(number, _)| fired.get(&number))
            .copied()
            .unwrap_or(0);
        samples += 1;
        fire += u64::from(got > 0);
        if let Some(count) = count {
            counted += 1;
            right += u64::from(got == count);
        }
        let wanted = count.map_or("-".to_owned(), |c| c.to_string());
        let note = match (rule, got, count) {
            (None, ..) => "no such rule",
            (_, 0, _) => "did not fire",
            (_, got, Some(count)) if got != count => "another count",
            _ => "",
        };
        let title = rule.map_or("", |(_, rule)| rule.title.as_str());
        println!("{id}  {got:>4} of {wanted:>4}  {note:<14} {title}");
    }
    ensure!(samples > 0, "{} lists nothing", list.display());
    println!(
        "{fire} of {samples} rules fired, {right} of {counted} as often as listed; {} rules",
        rules.rules().len()
    );
    Ok(())
}

/// All rules below a folder, and what is wrong with any.
pub(crate) fn rules_below(root: &Path) -> anyhow::Result<(RuleSet, Vec<Problem>)> {
    let files = rule_files(root)?;
    let files: Vec<RuleFile<'_>> = files
        .iter()
        .map(|(name, text)| RuleFile { name, text })
        .collect();
    let mut problems = Vec::new();
    let rules = RuleSet::compile(&files, &[], &mut problems);
    Ok((rules, problems))
}

/// All files of rules below a folder, sorted by name, with their bytes.
pub(crate) fn rule_files(root: &Path) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
    let mut out = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "yml" || e == "yaml") {
                let name = path
                    .strip_prefix(root)
                    .unwrap_or(&path)
                    .display()
                    .to_string();
                out.push((name, fs::read(&path)?));
            }
        }
    }
    out.sort();
    Ok(out)
}

/// The events of an event file.
pub(crate) fn events(path: &Path) -> anyhow::Result<Vec<WindowsRecord>> {
    let file = fs::File::open(path).with_context(|| path.display().to_string())?;
    let (text, _) = tegakari_hunt::unpack::events_as_text(file, &path.display().to_string())?;
    Ok(String::from_utf8_lossy(&text)
        .lines()
        .filter_map(WindowsRecord::read)
        .collect())
}

fn fired(
    rules: &RuleSet,
    events: &[WindowsRecord],
    sources: &mut BTreeMap<Vec<Labels>, SourceRules>,
) -> BTreeMap<u32, u64> {
    let mut out = BTreeMap::new();
    let (mut scratch, mut hits) = (Scratch::default(), Vec::new());
    for event in events {
        let source = sources
            .entry(event.labels())
            .or_insert_with_key(|labels| rules.sources(labels));
        rules.evaluate(source, event, &mut scratch, &mut hits);
        for hit in &hits {
            *out.entry(*hit).or_insert(0) += 1;
        }
    }
    out
}
