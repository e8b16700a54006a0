//! An outcome as bytes, so that the next run can go on from it.
//!
//! The bytes are for the same version of the program and the same plan; whoever keeps them sees to that.

use std::io::Read;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tegakari_model::{InputSummary, LogCitation, Timestamp};

use crate::Outcome;
use crate::outcome::{Party, Tally};

/// The version of the bytes: another one whenever what an outcome holds, or how a file is read, has changed.
pub const KEPT: u32 = 7;

/// Outcomes larger than this, unpacked, are none of ours.
const LARGEST: u64 = 4 << 30;
/// Fast rather than small: they are written whenever a file has grown.
const LEVEL: i32 = 1;

impl Outcome {
    /// The outcome as bytes; `None` when it cannot be written down.
    pub fn to_bytes(&self) -> Option<Vec<u8>> {
        let plain = postcard::to_allocvec(self).ok()?;
        zstd::stream::encode_all(plain.as_slice(), LEVEL).ok()
    }

    /// The outcome from its bytes; `None` when they are damaged.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut plain = Vec::new();
        let decoder = zstd::stream::read::Decoder::new(bytes).ok()?;
        decoder.take(LARGEST).read_to_end(&mut plain).ok()?;
        postcard::from_bytes(&plain).ok()
    }

    /// The same outcome as one to go on from: that the run was interrupted is no part of it.
    #[must_use]
    pub fn to_go_on_from(mut self) -> Self {
        self.partial = false;
        self
    }

    /// Adds what a later part of the same file showed, so that there is one summary of it.
    pub fn go_on_with(&mut self, later: Self) {
        let from = self.inputs.len();
        self.merge(later);
        for next in self.inputs.split_off(from) {
            let same = self
                .inputs
                .iter_mut()
                .find(|known| known.file == next.file && known.format == next.format);
            match same {
                Some(known) => {
                    known.bytes += next.bytes;
                    known.records += next.records;
                    known.bad_records += next.bad_records;
                    known.first = known.first.into_iter().chain(next.first).min();
                    known.last = known.last.max(next.last);
                }
                None => self.inputs.push(next),
            }
        }
    }

    /// What it says of members of archives, by their names without the folders around them.
    pub fn members(&self) -> Members {
        let inputs = self.inputs.iter().filter(|input| input.file.contains('!'));
        Members(
            inputs
                .map(|input| (base_name(&input.file).to_owned(), input.clone()))
                .collect(),
        )
    }

    /// Whether all that this, of a file, tells is told of a member of an archive with the same name, too: one that
    /// begins alike and holds as much or more. Of a file without records nothing is told.
    pub fn is_among(&self, members: &Members) -> bool {
        self.inputs
            .iter()
            .filter(|input| input.records > 0)
            .all(|input| {
                let name = base_name(&input.file);
                let same = |(member, of): &(String, InputSummary)| {
                    let grown = of.bytes > input.bytes;
                    member == name
                        && of.file != input.file
                        && of.format == input.format
                        && of.first == input.first
                        && of.bytes >= input.bytes
                        && of.records >= input.records
                        && of.last >= input.last
                        && (grown || of.records == input.records && of.last == input.last)
                };
                members.0.iter().any(same)
            })
    }

    /// The same outcome of a file that has another name now.
    #[must_use]
    pub fn renamed(mut self, from: &str, to: &str) -> Self {
        let new_name = |name: &str| -> Option<String> {
            let rest = name.strip_prefix(from)?;
            // A member of an archive, or a place in the file.
            (rest.is_empty() || rest.starts_with(['!', ':'])).then(|| format!("{to}{rest}"))
        };
        let fix = |name: &mut String| {
            if let Some(new) = new_name(name) {
                *name = new;
            }
        };
        self.inputs
            .iter_mut()
            .for_each(|input| fix(&mut input.file));
        self.problems.iter_mut().for_each(|one| fix(&mut one.place));
        let of_tally = |tally: Tally| rename_tally(tally, &fix);
        self.tally = of_tally(self.tally);
        self.floating = std::mem::take(&mut self.floating)
            .into_iter()
            .map(|(mut file, mut one)| {
                fix(&mut file);
                one.tally = of_tally(one.tally);
                (file, one)
            })
            .collect();
        self
    }
}

/// Members of archives that were read.
#[derive(Debug, Clone, Default)]
pub struct Members(Vec<(String, InputSummary)>);

impl Members {
    /// Adds those of another.
    pub fn extend(&mut self, others: impl IntoIterator<Item = Self>) {
        self.0.extend(others.into_iter().flat_map(|one| one.0));
    }
}

/// The name of a file or member without the folders and archives around it.
fn base_name(file: &str) -> &str {
    file.rsplit(['/', '\\', '!']).next().unwrap_or(file)
}

fn rename_tally(mut tally: Tally, fix: &dyn Fn(&mut String)) -> Tally {
    let party = |mut party: Party| {
        if let Party::Origin(file) = &mut party {
            fix(file);
        }
        party
    };
    tally.cells = tally
        .cells
        .into_iter()
        .map(|((who, source), cell)| ((party(who), source), cell))
        .collect();
    tally.seen = tally
        .seen
        .into_iter()
        .map(|((indicator, who), mut seen)| {
            for example in &mut seen.examples {
                fix(&mut example.file);
            }
            ((indicator, who.map(party)), seen)
        })
        .collect();
    tally.proxies = tally.proxies.into_iter().map(party).collect();
    let both = |(client, proxy)| (party(client), party(proxy));
    tally.behind = tally.behind.into_iter().map(both).collect();
    tally.to_proxy_ports = tally.to_proxy_ports.into_iter().map(both).collect();
    tally.unzoned = tally
        .unzoned
        .into_iter()
        .map(|(mut file, one)| {
            fix(&mut file);
            (file, one)
        })
        .collect();
    tally.numbers = tally
        .numbers
        .into_iter()
        .map(|((who, source, channel), numbers)| ((party(who), source, channel), numbers))
        .collect();
    tally.requests = tally.requests.with_parties(party);
    tally.deeds = tally.deeds.renamed(fix, &party);
    tally
}

type Row = (String, u64, u64, String, String, Option<Timestamp>, String);

fn row(c: LogCitation) -> Row {
    (
        c.file, c.line, c.record, c.format, c.source, c.time, c.excerpt,
    )
}

fn of_row((file, line, record, format, source, time, excerpt): Row) -> LogCitation {
    LogCitation {
        file,
        line,
        record,
        format,
        source,
        time,
        excerpt,
    }
}

/// A citation for a format that does not name its fields, so that none may be left out.
pub(crate) mod citation {
    use super::{Deserialize, Deserializer, LogCitation, Row, Serialize, Serializer, of_row, row};

    pub(crate) fn serialize<S: Serializer>(one: &LogCitation, to: S) -> Result<S::Ok, S::Error> {
        row(one.clone()).serialize(to)
    }

    pub(crate) fn deserialize<'d, D: Deserializer<'d>>(from: D) -> Result<LogCitation, D::Error> {
        Row::deserialize(from).map(of_row)
    }
}

/// The same for several.
pub(crate) mod citations {
    use super::{Deserialize, Deserializer, LogCitation, Row, Serialize, Serializer, of_row, row};

    pub(crate) fn serialize<S: Serializer>(all: &[LogCitation], to: S) -> Result<S::Ok, S::Error> {
        let rows: Vec<Row> = all.iter().cloned().map(row).collect();
        rows.serialize(to)
    }

    pub(crate) fn deserialize<'d, D: Deserializer<'d>>(
        from: D,
    ) -> Result<Vec<LogCitation>, D::Error> {
        let rows = Vec::<Row>::deserialize(from)?;
        Ok(rows.into_iter().map(of_row).collect())
    }
}
