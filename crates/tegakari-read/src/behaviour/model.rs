//! The weights, as they lie in the file, and the score of a sentence.
//!
//! The file is read in place: a feature number leads to its row of `(column, weight)` pairs, so
//! loading costs nothing but a look at the head. `cargo xtask train-techniques` writes it with
//! [`write`]; what the numbers mean and how well they do is in docs/techniques.md.

use super::features::{self, BUCKETS, Kind};

const MAGIC: &[u8; 8] = b"TGKTECH1";
/// Bytes of a class, a column and a weight in the file.
const CLASS: usize = 24;
const COLUMN: usize = 8;
const WEIGHT: usize = 3;
/// No column.
const NONE: u16 = u16::MAX;
/// Parts of one that term frequencies are counted in.
const FINE: f32 = 64.0;
/// Entries of a row that a glance reads.
const GLANCE: usize = 12;

/// A technique that can be told.
#[derive(Debug, Clone, PartialEq)]
pub struct Class {
    /// Its id in ATT&CK.
    pub id: String,
    /// 0 enterprise, 1 ICS, 2 mobile.
    pub domain: u8,
    /// The column of its family (technique and sub-techniques), where it has one.
    pub family: Option<u16>,
    /// What is added to the exponent of its probability: some techniques are told more clearly.
    pub offset: f32,
}

/// Numbers that turn a score into a probability, by a logistic curve on the score, its lead over the
/// next technique, and the number of features.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Curve {
    /// Constant.
    pub bias: f32,
    /// Weight of the score.
    pub score: f32,
    /// Weight of the lead over the best technique of another family.
    pub lead: f32,
    /// Weight of the norm of the sentence, which grows with its content.
    pub content: f32,
}

impl Curve {
    /// The probability.
    pub fn probability(&self, score: f32, lead: f32, content: f32, offset: f32) -> f32 {
        let x = self.bias + self.score * score + self.lead * lead + self.content * content + offset;
        1.0 / (1.0 + (-x).exp())
    }
}

/// The head of a model: everything but its rows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Head {
    /// The version of ATT&CK whose ids it speaks.
    pub version: String,
    /// Its classes, by id; the first columns are theirs.
    pub classes: Vec<Class>,
    /// Weight and constant of every column: classes first, then families.
    pub columns: Vec<(f32, f32)>,
    /// How much a family's score counts for its members.
    pub family: f32,
    /// One step of the code of a feature's weight.
    pub idf: f32,
    /// Right technique, sub-technique included.
    pub exact: Curve,
    /// Right technique, whichever sub-technique.
    pub parent: Curve,
    /// Words whose code is not above it are common: their letters are not read.
    pub common: u8,
    /// What a glance must find for a sentence to be worth reading.
    pub promising: f32,
}

/// A model as it lies in memory.
#[derive(Debug)]
pub struct Model<'a> {
    head: Head,
    idf: &'a [u8],
    starts: &'a [u8],
    weights: &'a [u8],
}

/// Most columns of a model. A fixed number, so that adding to one needs no check.
const COLUMNS: usize = 2048;

/// A sum for each column.
struct Sums(Box<[i32; COLUMNS]>);

impl Default for Sums {
    fn default() -> Self {
        Self(Box::new([0; COLUMNS]))
    }
}

impl std::fmt::Debug for Sums {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sums")
    }
}

/// What is kept between sentences so that nothing is allocated for each.
#[derive(Debug, Default)]
pub struct Scratch {
    seen: Vec<(u32, Kind)>,
    sums: Sums,
    scores: Vec<f32>,
}

impl<'a> Model<'a> {
    /// Reads the head. `None` when the bytes are not a whole model.
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut rest = Bytes(bytes.strip_prefix(MAGIC)?);
        let counts = [rest.u32()?, rest.u32()?, rest.u32()?, rest.u32()?];
        let [version, classes, columns, weights] = counts.map(|n| n as usize);
        let mut head = Head {
            common: rest.u32()? as u8,
            family: rest.f32()?,
            idf: rest.f32()?,
            promising: rest.f32()?,
            exact: rest.curve()?,
            parent: rest.curve()?,
            version: std::str::from_utf8(rest.take(version)?).ok()?.to_owned(),
            ..Head::default()
        };
        if columns > COLUMNS {
            return None;
        }
        let mut table = Bytes(rest.take(classes.checked_mul(CLASS)?)?);
        for _ in 0..classes {
            let id = std::str::from_utf8(table.take(16)?)
                .ok()?
                .trim_end()
                .to_owned();
            let domain = table.take(2)?.first().copied()?;
            let family = table.u16()?;
            head.classes.push(Class {
                id,
                domain,
                family: (family != NONE).then_some(family),
                offset: table.f32()?,
            });
        }
        let mut table = Bytes(rest.take(columns.checked_mul(COLUMN)?)?);
        for _ in 0..columns {
            head.columns.push((table.f32()?, table.f32()?));
        }
        let idf = rest.take(BUCKETS)?;
        let starts = rest.take((BUCKETS + 1) * 4)?;
        let weights = rest.take(weights.checked_mul(WEIGHT)?)?;
        rest.0.is_empty().then_some(Self {
            head,
            idf,
            starts,
            weights,
        })
    }

    /// Everything but the rows.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// The scores of all classes for a sentence, and its norm; `None` when a glance at its words finds
    /// nothing.
    pub fn score<'s>(&self, text: &str, scratch: &'s mut Scratch) -> Option<(&'s [f32], f32)> {
        if self.glance(text, scratch) < self.head.promising {
            return None;
        }
        let Scratch { seen, sums, scores } = scratch;
        let sums = &mut *sums.0;
        // The words are still there from the glance.
        let rare = |word: u32| {
            let code = self.idf.get(word as usize).copied().unwrap_or(0);
            code == 0 || code > self.head.common
        };
        features::letters(text, rare, &mut |feature, kind| seen.push((feature, kind)));
        sums.fill(0);
        let squares = self.add(seen, sums, usize::MAX);
        self.settle(sums, squares, scores);
        Some((scores, squares.sqrt()))
    }

    /// What the words of a sentence say most for any column, as far as the first entries of their rows
    /// tell: a fiftieth of the work of a score.
    pub fn glance(&self, text: &str, scratch: &mut Scratch) -> f32 {
        let Scratch { seen, sums, .. } = scratch;
        let sums = &mut *sums.0;
        sums.fill(0);
        seen.clear();
        features::words(text, &mut |feature, kind| seen.push((feature, kind)));
        let squares = self.add(seen, sums, GLANCE);
        let mut most = 0.0_f32;
        for ((scale, _), sum) in self.head.columns.iter().zip(sums.iter()) {
            // Nearly always false, and so nearly free.
            if *sum > 0 && scale * *sum as f32 > most {
                most = scale * *sum as f32;
            }
        }
        most / (FINE * squares.sqrt().max(1e-6))
    }

    /// Adds the first entries of the rows of features to the sums, at most `most` of each; returns the
    /// sum of squares.
    fn add(&self, seen: &mut [(u32, Kind)], sums: &mut [i32; COLUMNS], most: usize) -> f32 {
        seen.sort_unstable();
        let mut squares = 0.0;
        for same in seen.chunk_by(|a, b| a.0 == b.0) {
            let Some((feature, _)) = same.first() else {
                continue;
            };
            let at = *feature as usize;
            let code = self.idf.get(at).copied().unwrap_or(0);
            if code == 0 {
                continue;
            }
            let times = match same.len() {
                1 => 1.0,
                n => 1.0 + (n as f32).ln(),
            };
            let value = self.head.idf * f32::from(code) * times;
            squares += value * value;
            let fine = (value * FINE) as i32;
            let start = self.start(at);
            let end = self.start(at + 1).min(start.saturating_add(most));
            let row = self.weights.get(start * WEIGHT..end * WEIGHT);
            for one in row.unwrap_or_default().chunks_exact(WEIGHT) {
                let column = u16::from_le_bytes([one[0], one[1]]);
                // A sentence has too few features for a sum to overflow.
                let sum = &mut sums[usize::from(column) % COLUMNS];
                *sum = sum.wrapping_add(fine * i32::from(one[2] as i8));
            }
        }
        squares
    }

    fn start(&self, at: usize) -> usize {
        let bytes = self.starts.get(at * 4..at * 4 + 4);
        bytes.map_or(0, |b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]) as usize)
    }

    /// Sums to scores.
    fn settle(&self, sums: &[i32], squares: f32, scores: &mut Vec<f32>) {
        let norm = FINE * squares.sqrt().max(1e-6);
        let column = |i: usize| -> f32 {
            match (sums.get(i), self.head.columns.get(i)) {
                (Some(sum), Some((scale, bias))) => *sum as f32 * scale / norm + bias,
                _ => 0.0,
            }
        };
        scores.clear();
        scores.extend(self.head.classes.iter().enumerate().map(|(i, class)| {
            match class.family {
                Some(family) => column(i) + self.head.family * column(usize::from(family)),
                // A technique without sub-techniques is its own family.
                None => column(i) * (1.0 + self.head.family),
            }
        }));
    }

    /// The first `n` classes of distinct parents among those that `may` be told, best first.
    pub fn first(
        &self,
        scores: &[f32],
        n: usize,
        may: impl Fn(&Class) -> bool,
    ) -> Vec<(usize, f32)> {
        let mut out: Vec<(usize, f32)> = Vec::with_capacity(n + 1);
        let classes = self.head.classes.iter().zip(scores).enumerate();
        for (i, (class, score)) in classes {
            if out.len() >= n && out.last().is_some_and(|(_, least)| score <= least) || !may(class)
            {
                continue;
            }
            let kin = out
                .iter()
                .position(|(o, _)| self.parent(*o) == parent_of(&class.id));
            match kin {
                Some(at) if out.get(at).is_some_and(|(_, s)| s >= score) => continue,
                Some(at) => {
                    out.remove(at);
                }
                None => {}
            }
            let at = out.partition_point(|(_, s)| s >= score);
            out.insert(at, (i, *score));
            out.truncate(n);
        }
        out
    }

    /// The technique that a class is a part of, or the class itself.
    pub fn parent(&self, class: usize) -> &str {
        self.head
            .classes
            .get(class)
            .map_or("", |c| parent_of(&c.id))
    }
}

/// `T1059` of `T1059.001`.
pub fn parent_of(id: &str) -> &str {
    id.split('.').next().unwrap_or(id)
}

struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(n)?;
        self.0 = rest;
        Some(taken)
    }

    fn u16(&mut self) -> Option<u16> {
        self.take(2)?.try_into().ok().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.take(4)?.try_into().ok().map(u32::from_le_bytes)
    }

    fn f32(&mut self) -> Option<f32> {
        self.take(4)?.try_into().ok().map(f32::from_le_bytes)
    }

    fn curve(&mut self) -> Option<Curve> {
        Some(Curve {
            bias: self.f32()?,
            score: self.f32()?,
            lead: self.f32()?,
            content: self.f32()?,
        })
    }
}

/// Writes a model: `idf` has a code for each feature number, `rows` the `(column, weight)` pairs of
/// each, both [`BUCKETS`] long.
pub fn write(head: &Head, idf: &[u8], rows: &[Vec<(u16, i8)>]) -> Vec<u8> {
    let weights: usize = rows.iter().map(Vec::len).sum();
    let mut out = Vec::with_capacity(weights * WEIGHT + BUCKETS * 5 + 65536);
    out.extend(MAGIC);
    for n in [
        head.version.len(),
        head.classes.len(),
        head.columns.len(),
        weights,
    ] {
        out.extend((n as u32).to_le_bytes());
    }
    out.extend(u32::from(head.common).to_le_bytes());
    let curve = |c: &Curve| [c.bias, c.score, c.lead, c.content];
    let numbers = [head.family, head.idf, head.promising].into_iter();
    for number in numbers.chain(curve(&head.exact)).chain(curve(&head.parent)) {
        out.extend(number.to_le_bytes());
    }
    out.extend(head.version.bytes());
    for class in &head.classes {
        let mut id = [b' '; 16];
        for (to, from) in id.iter_mut().zip(class.id.bytes()) {
            *to = from;
        }
        out.extend(id);
        out.extend([class.domain, 0]);
        out.extend(class.family.unwrap_or(NONE).to_le_bytes());
        out.extend(class.offset.to_le_bytes());
    }
    for (scale, bias) in &head.columns {
        out.extend(scale.to_le_bytes());
        out.extend(bias.to_le_bytes());
    }
    out.extend(idf.iter().chain(std::iter::repeat(&0)).take(BUCKETS));
    let mut start = 0_u32;
    out.extend(start.to_le_bytes());
    for feature in 0..BUCKETS {
        start += rows.get(feature).map_or(0, Vec::len) as u32;
        out.extend(start.to_le_bytes());
    }
    for (column, weight) in rows.iter().take(BUCKETS).flatten() {
        out.extend(column.to_le_bytes());
        out.push(*weight as u8);
    }
    out
}
