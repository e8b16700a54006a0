//! Files that something else names: programs that are started or run. They are hashed, and compared with what is looked
//! for; what they hold is not searched.

use std::io::{self, Read};

use tegakari_model::{FileFacts, MetBy, ObservableKind as K, Relation, ScanMatch, Timestamp};

use crate::digests::Digests;
use crate::names::{self, Named};
use crate::{Outcome, Scan};

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
            let mut hits = Vec::new();
            let text = format!("{}\n{}\n{}\n", facts.md5, facts.sha1, facts.sha256);
            self.sought.scan(text.as_bytes(), &mut hits);
            met.extend(
                hits.iter()
                    .filter(|hit| {
                        let one = self.sought.indicator(hit.entry);
                        one.is_some_and(|one| K::is_file_hash(one.observable.kind()))
                    })
                    .map(|hit| (hit.entry, Relation::Exact)),
            );
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
