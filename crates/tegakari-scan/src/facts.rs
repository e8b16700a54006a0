//! Files that something else names: programs that are started or run. They are hashed, and compared with what is looked
//! for; what they hold is not searched.

use std::io::{self, Read};

use tegakari_model::{
    FileFacts, MetBy, ObservableKind as K, ProgramTrace, Relation, ScanMatch, Timestamp, TraceShows,
};

use crate::digests::Digests;
use crate::names::{self, Named};
use crate::traces::Traces;
use crate::{Outcome, Scan};

/// Where and how something is told of.
struct Seen<'a> {
    place: &'a str,
    by: MetBy,
    excerpt: &'a str,
}

/// A note in one line: the program, its last run, how often, who, and its hash.
fn noted(trace: &ProgramTrace) -> String {
    let mut parts = vec![trace.path.clone()];
    parts.extend(trace.last.map(|time| time.to_string()));
    parts.extend(trace.runs.map(|runs| format!("x{runs}")));
    parts.extend(trace.user.clone());
    parts.extend(trace.sha1.clone());
    parts.join("  ")
}

impl Scan<'_> {
    /// The digests of a file.
    ///
    /// # Errors
    /// What `reader` reports.
    pub fn facts(
        &self,
        reader: &mut dyn Read,
        modified: Option<Timestamp>,
    ) -> io::Result<FileFacts> {
        let mut digests = Digests::new(false);
        let mut piece = vec![0; 64 << 10];
        let mut bytes = 0_u64;
        loop {
            match reader.read(&mut piece) {
                Ok(0) => break,
                Ok(got) => {
                    digests.take(piece.get(..got).unwrap_or_default());
                    bytes += got as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        let digested = digests.done();
        let known = self
            .known
            .find(&digested.md5, &digested.sha1, &digested.sha256);
        Ok(FileFacts {
            bytes,
            modified,
            known_good: known.map(str::to_owned),
            changed: false,
            md5: digested.md5,
            sha1: digested.sha1,
            sha256: digested.sha256,
        })
    }

    /// Compares what a file of Windows notes of programs, and keeps it. `told` is that file.
    pub fn look_at_traces(&self, traces: Traces, told: &str, outcome: &mut Outcome) {
        for trace in traces.programs {
            let by = match trace.shows {
                TraceShows::Executed => MetBy::Executed,
                TraceShows::Present => MetBy::Present,
            };
            let place = if told.ends_with(&trace.stated) {
                told.to_owned()
            } else {
                format!("{told} {}", trace.stated)
            };
            let facts = trace.sha1.as_ref().map(|sha1| format!("{sha1}\n"));
            let seen = Seen {
                place: &place,
                by,
                excerpt: &noted(&trace),
            };
            self.meet_path(&trace.path, facts.as_deref(), seen, outcome);
            outcome.add_trace(trace);
        }
        for path in &traces.loaded {
            let seen = Seen {
                place: told,
                by: MetBy::Present,
                excerpt: path,
            };
            self.meet_path(path, None, seen, outcome);
        }
    }

    /// Compares a path of Windows, and hashes, a line each.
    fn meet_path(&self, path: &str, hashes: Option<&str>, seen: Seen<'_>, outcome: &mut Outcome) {
        let below = path.replace('\\', "/");
        // A name alone lies somewhere, and not right below a drive.
        let below = if below.contains('/') {
            below
        } else {
            format!("?/{below}")
        };
        let below = below.trim_start_matches('/');
        let mut met = Vec::new();
        names::search(
            self.sought,
            Named {
                path: "",
                below: Some(below),
                real: None,
            },
            &mut |indicator, relation| met.push((indicator, relation)),
        );
        let hashes = hashes.map(|hashes| self.hashes_in(hashes));
        met.extend(hashes.into_iter().flatten());
        for (indicator, relation) in met {
            outcome.meet(
                indicator,
                ScanMatch {
                    place: seen.place.to_owned(),
                    by: seen.by,
                    offset: None,
                    relation,
                    excerpt: seen.excerpt.chars().take(200).collect(),
                    file: None,
                },
            );
        }
    }

    /// Hashes of files that stand in a text.
    fn hashes_in(&self, text: &str) -> Vec<(u32, Relation)> {
        let mut hits = Vec::new();
        self.sought.scan(text.as_bytes(), &mut hits);
        hits.iter()
            .filter(|hit| {
                let one = self.sought.indicator(hit.entry);
                one.is_some_and(|one| K::is_file_hash(one.observable.kind()))
            })
            .map(|hit| (hit.entry, Relation::Exact))
            .collect()
    }

    /// Compares the hashes and the path of a file that something names; gives the number of indicators met. `path` is
    /// absolute, below the root that counts.
    pub fn meet_file(
        &self,
        path: &str,
        facts: Option<&FileFacts>,
        place: &str,
        by: MetBy,
        outcome: &mut Outcome,
    ) -> usize {
        let mut met = Vec::new();
        names::search(
            self.sought,
            Named {
                path,
                below: path.strip_prefix('/'),
                real: None,
            },
            &mut |indicator, relation| met.push((indicator, relation)),
        );
        if let Some(facts) = facts {
            let text = format!("{}\n{}\n{}\n", facts.md5, facts.sha1, facts.sha256);
            met.extend(self.hashes_in(&text));
        }
        for (indicator, relation) in &met {
            outcome.meet(
                *indicator,
                ScanMatch {
                    place: place.to_owned(),
                    by,
                    offset: None,
                    relation: *relation,
                    excerpt: path.chars().take(200).collect(),
                    file: facts.cloned(),
                },
            );
        }
        met.len()
    }
}
