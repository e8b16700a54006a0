//! Files of rules, and which of them belong together because one includes the other.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use tegakari_model::Problem;
use yara_x_parser::ast::{AST, Item, WithSpan as _};

use crate::PipelineError;
use crate::rules::{Wanted, texts};

/// Files that are followed from one that includes others.
const MOST_INCLUDED: usize = 10_000;

/// A file of rules.
pub(super) struct Source {
    /// As it is told of.
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
    /// Where it really lies.
    real: PathBuf,
    /// The folder that was given and holds it: what it includes must lie there, too.
    within: PathBuf,
    /// It was not given: another one includes it.
    is_part: bool,
    /// What it includes, by number.
    includes: Vec<usize>,
}

/// All files of rules, sorted by name.
pub(super) struct Sources {
    all: Vec<Source>,
}

/// Whether a file would exhaust the stack of the engine; tells so.
fn refused(name: &str, bytes: &[u8], problems: &mut Vec<Problem>) -> bool {
    let deep = tegakari_read::nested_too_deeply(bytes);
    if let Some(line) = deep {
        problems.push(Problem::new(
            format!("{name}:{line}"),
            "rules that are nested too deeply were not asked",
            "brackets and negations inside each other may be 200; the other files were asked",
        ));
    }
    deep.is_some()
}

impl Sources {
    /// Reads them.
    ///
    /// # Errors
    /// When a path that was given cannot be read.
    pub(super) fn read(
        paths: &[PathBuf],
        problems: &mut Vec<Problem>,
    ) -> Result<Self, PipelineError> {
        let given: Vec<PathBuf> = paths
            .iter()
            .filter_map(|path| {
                let real = path.canonicalize().ok()?;
                if real.is_dir() {
                    Some(real)
                } else {
                    real.parent().map(Path::to_owned)
                }
            })
            .collect();
        let wanted = Wanted {
            endings: &["yar", "yara", "rule", "rules"],
            most_bytes: 32 << 20,
        };
        let mut all: Vec<Source> = Vec::new();
        for (name, bytes) in texts(paths, wanted, problems)? {
            if refused(&name, &bytes, problems) {
                continue;
            }
            let path = PathBuf::from(&name);
            let real = path.canonicalize().unwrap_or(path);
            let within = given.iter().filter(|folder| real.starts_with(folder));
            // The narrowest: a rule set beside another one stays in its own folder.
            let within = within.max_by_key(|folder| folder.as_os_str().len());
            let within = within.cloned().unwrap_or_else(|| real.clone());
            all.push(Source {
                name,
                bytes,
                real,
                within,
                is_part: false,
                includes: Vec::new(),
            });
        }
        let mut sources = Self { all };
        sources.link(problems);
        Ok(sources)
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// The text of a file by its name.
    pub(super) fn bytes(&self, name: &str) -> Option<&[u8]> {
        let at = self
            .all
            .binary_search_by(|one| one.name.as_str().cmp(name))
            .ok()?;
        self.all.get(at).map(|one| one.bytes.as_slice())
    }

    /// Finds what each file includes. A file that only another one names, with another ending, is read now.
    fn link(&mut self, problems: &mut Vec<Problem>) {
        let mut at = 0;
        while at < self.all.len() && at < MOST_INCLUDED {
            let Some(source) = self.all.get(at) else {
                break;
            };
            let wanted = includes(&source.bytes);
            let (folder, within) = (
                source.real.parent().map(Path::to_owned),
                source.within.clone(),
            );
            let name = source.name.clone();
            let mut found = Vec::new();
            for (line, file) in wanted {
                let told = format!("{name}:{line}");
                // A rule set made on Windows may have its separators.
                let file = file.replace('\\', "/");
                let path = folder.as_deref().map(|folder| folder.join(&file));
                let real = path.and_then(|path| path.canonicalize().ok());
                // As it would be given, without `./`.
                let shown = Path::new(&name).parent().unwrap_or(Path::new(""));
                let shown: PathBuf = shown.join(&file).components().collect();
                let Some(real) = real else {
                    problems.push(Problem::new(
                        told,
                        format!("the file that it includes is not there: {file}"),
                        "give the whole rule set; rules that need that file are not used",
                    ));
                    continue;
                };
                if !real.starts_with(&within) {
                    problems.push(Problem::new(
                        told,
                        format!("the file that it includes lies outside the folder that was given: {file}"),
                        "give the folder that holds both; rules that need that file are not used",
                    ));
                    continue;
                }
                found.extend(self.number_of(&shown, &real, &within, problems));
            }
            if let Some(source) = self.all.get_mut(at) {
                source.includes = found;
            }
            at += 1;
        }
        self.sort();
    }

    /// The number of a file, which is read if it was not yet.
    fn number_of(
        &mut self,
        shown: &Path,
        real: &Path,
        within: &Path,
        problems: &mut Vec<Problem>,
    ) -> Option<usize> {
        if let Some(known) = self.all.iter().position(|one| one.real == real) {
            return Some(known);
        }
        let wanted = Wanted {
            endings: &[],
            most_bytes: 32 << 20,
        };
        let (name, bytes) = texts(&[shown.to_owned()], wanted, problems).ok()?.pop()?;
        if refused(&name, &bytes, problems) {
            return None;
        }
        self.all.push(Source {
            name,
            bytes,
            real: real.to_owned(),
            within: within.to_owned(),
            is_part: true,
            includes: Vec::new(),
        });
        Some(self.all.len() - 1)
    }

    /// Puts what was read later in its place.
    fn sort(&mut self) {
        let mut order: Vec<usize> = (0..self.all.len()).collect();
        order.sort_by(|a, b| {
            let name = |at: &usize| self.all.get(*at).map(|one| one.name.as_str());
            name(a).cmp(&name(b))
        });
        let mut place = vec![0; order.len()];
        for (now, before) in order.iter().enumerate() {
            if let Some(one) = place.get_mut(*before) {
                *one = now;
            }
        }
        for source in &mut self.all {
            for include in &mut source.includes {
                *include = place.get(*include).copied().unwrap_or(*include);
            }
        }
        self.all.sort_by(|a, b| a.name.cmp(&b.name));
    }

    /// Files that make a namespace each: those that no other one includes, with all that they include in front of
    /// them, each file once.
    pub(super) fn namespaces(&self) -> Vec<Vec<&Source>> {
        let included: BTreeSet<usize> = self
            .all
            .iter()
            .flat_map(|one| one.includes.iter().copied())
            .collect();
        let mut reached = BTreeSet::new();
        let mut out = Vec::new();
        let tops = (0..self.all.len()).filter(|at| !included.contains(at));
        // In a circle everything is included by something: then what was given comes first.
        let is_part = |at: &usize| self.all.get(*at).is_some_and(|one| one.is_part);
        let given = included.iter().copied().filter(|at| !is_part(at));
        for at in tops
            .chain(given)
            .chain(included.iter().copied().filter(is_part))
        {
            if reached.contains(&at) {
                continue;
            }
            let mut files = Vec::new();
            let mut met = BTreeSet::new();
            self.collect(at, &mut met, &mut files);
            reached.extend(met);
            out.push(files);
        }
        out
    }

    /// What a file includes and then itself, without repeating any.
    fn collect<'s>(&'s self, at: usize, met: &mut BTreeSet<usize>, files: &mut Vec<&'s Source>) {
        // Each step is a file and the next thing of it to look at; no recursion, for the depth is the author's.
        let mut steps = vec![(at, 0)];
        met.insert(at);
        while let Some((at, next)) = steps.pop() {
            let Some(source) = self.all.get(at) else {
                continue;
            };
            match source.includes.get(next) {
                Some(&include) => {
                    steps.push((at, next + 1));
                    if met.insert(include) {
                        steps.push((include, 0));
                    }
                }
                None => files.push(source),
            }
        }
    }
}

/// The files that a source includes, with their lines.
fn includes(bytes: &[u8]) -> Vec<(usize, String)> {
    // Most include nothing, and a tree of all rules costs time.
    if !bytes.windows(7).any(|word| word == b"include") {
        return Vec::new();
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Vec::new();
    };
    let tree = AST::from(text);
    let mut found = BTreeMap::new();
    for item in tree.items() {
        if let Item::Include(include) = item {
            let begins = include.span().start();
            let line = place_of(bytes, begins).0;
            found.insert(begins, (line, include.file_name.to_owned()));
        }
    }
    found.into_values().collect()
}

/// Line and column, from 1, of a byte; columns count characters.
pub(super) fn place_of(bytes: &[u8], at: usize) -> (usize, usize) {
    let before = bytes.get(..at.min(bytes.len())).unwrap_or_default();
    let begins = before
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |end| end + 1);
    let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
    let column = String::from_utf8_lossy(before.get(begins..).unwrap_or_default());
    (line, 1 + column.chars().count())
}
