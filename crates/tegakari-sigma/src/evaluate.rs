//! Asking a record the rules of an index.

use regex::RegexBuilder;

use crate::fold::fold_into;
use crate::index::{Atom, Index, Op};
use crate::leaf::{KEYWORDS, Test, is_in, is_of_pattern, number, stands, time_part};
use crate::names::Names;
use crate::record::Record;
use crate::texts::Seen;

/// Memory that is used again from record to record. One a thread.
#[derive(Debug, Default)]
pub struct Scratch {
    /// Which record this is: what was kept of an earlier one bears another number.
    turn: u32,
    /// For each atom: twice the turn, and one more when it is true.
    atoms: Vec<u32>,
    fields: Vec<Slot>,
    /// For each rule: the turn in which it was last put among those that are asked.
    rules: Vec<u32>,
    asked: Vec<u32>,
    /// For each text: the turn in which it was last found.
    texts: Vec<u32>,
    values: Vec<Span>,
    text: String,
    folded: String,
    /// Steps of regular expressions that are left for this record.
    steps_left: u64,
    cut_short: bool,
}

/// Steps of all regular expressions for one record, at worst: a second or two. An expression of the size that public rules have
/// (some hundred steps) may go through megabytes with it.
const MOST_STEPS: u64 = 300_000_000;

impl Scratch {
    /// Whether expressions were not tried on all of the last record, because there was too much of it for them.
    pub fn is_cut_short(&self) -> bool {
        self.cut_short
    }
}

/// What is known of a field of this record.
#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    loaded: u32,
    searched: u32,
    /// Its values, as a range of `values`.
    start: usize,
    end: usize,
}

/// A value: ranges of `text` and `folded`.
#[derive(Debug, Clone, Copy)]
struct Span {
    text: (usize, usize),
    folded: (usize, usize),
}

/// Memory of a compiled expression, in bytes. What is larger was refused when it was read.
const LARGEST_REGEX: usize = 64 << 20;

/// Turns are halves of a `u32`.
const LAST_TURN: u32 = u32::MAX / 2 - 1;

/// Puts into `hits` the numbers of rules that match, ascending.
pub(crate) fn evaluate(
    index: &Index,
    names: &Names,
    record: &dyn Record,
    scratch: &mut Scratch,
    hits: &mut Vec<u32>,
) {
    hits.clear();
    scratch.begin(index);
    let mut asking = Asking {
        index,
        names,
        record,
        scratch,
    };
    for (number, field) in index.fields.iter().enumerate() {
        if field.first {
            asking.search(number);
        }
    }
    let mut asked = std::mem::take(&mut asking.scratch.asked);
    asked.extend_from_slice(&index.always);
    asked.sort_unstable();
    for rule in &asked {
        let (number, op) = index.rules[*rule as usize];
        if asking.holds(op) {
            hits.push(number);
        }
    }
    asked.clear();
    scratch.asked = asked;
}

impl Scratch {
    fn begin(&mut self, index: &Index) {
        if self.turn >= LAST_TURN {
            *self = Self::default();
        }
        self.turn += 1;
        self.steps_left = MOST_STEPS;
        self.cut_short = false;
        let grow = |list: &mut Vec<u32>, length: usize| {
            if list.len() < length {
                list.resize(length, 0);
            }
        };
        grow(&mut self.atoms, index.atoms.len());
        grow(&mut self.rules, index.rules.len());
        grow(&mut self.texts, index.texts);
        if self.fields.len() < index.fields.len() {
            self.fields.resize(index.fields.len(), Slot::default());
        }
        self.asked.clear();
        self.values.clear();
        self.text.clear();
        self.folded.clear();
        // One long record must not cost its memory for ever.
        self.text.shrink_to(1 << 20);
        self.folded.shrink_to(1 << 20);
    }
}

struct Asking<'a> {
    index: &'a Index,
    names: &'a Names,
    record: &'a dyn Record,
    scratch: &'a mut Scratch,
}

impl Asking<'_> {
    /// The values of a field.
    fn load(&mut self, number: usize) -> Slot {
        let scratch = &mut *self.scratch;
        let slot = scratch.fields[number];
        if slot.loaded == scratch.turn {
            return slot;
        }
        let start = scratch.values.len();
        let (text, folded, values) = (&mut scratch.text, &mut scratch.folded, &mut scratch.values);
        let mut keep = |value: &str| {
            let from = (text.len(), folded.len());
            text.push_str(value);
            fold_into(value, folded);
            values.push(Span {
                text: (from.0, text.len()),
                folded: (from.1, folded.len()),
            });
        };
        match self.index.fields[number].id {
            KEYWORDS => self.record.each_text(&mut keep),
            id => self.record.each_value(self.names.name(id), &mut keep),
        }
        let slot = Slot {
            loaded: scratch.turn,
            searched: slot.searched,
            start,
            end: scratch.values.len(),
        };
        scratch.fields[number] = slot;
        slot
    }

    /// Finds all texts that are looked for in a field, and makes true what they make true.
    fn search(&mut self, number: usize) {
        if self.scratch.fields[number].searched == self.scratch.turn {
            return;
        }
        let slot = self.load(number);
        let index = self.index;
        let scratch = &mut *self.scratch;
        scratch.fields[number].searched = scratch.turn;
        let field = &index.fields[number];
        let Scratch {
            turn,
            atoms,
            rules,
            asked,
            texts,
            values,
            folded,
            ..
        } = scratch;
        let mut seen = Seen {
            last: texts,
            turn: *turn,
        };
        let mut set = |atom: u32| {
            let state = &mut atoms[atom as usize];
            let is_true = *turn * 2 + 1;
            if *state == is_true {
                return;
            }
            *state = is_true;
            let (start, end) = index.triggers[atom as usize];
            for rule in &index.triggered[start as usize..end as usize] {
                let seen = &mut rules[*rule as usize];
                if *seen != *turn {
                    *seen = *turn;
                    asked.push(*rule);
                }
            }
        };
        for span in &values[slot.start..slot.end] {
            let value = folded.get(span.folded.0..span.folded.1).unwrap_or("");
            field.texts.each(value, &mut seen, |found| {
                found.iter().for_each(|atom| set(*atom))
            });
        }
    }

    fn holds(&mut self, op: u32) -> bool {
        let index = self.index;
        let list = |start: u32, end: u32| &index.children[start as usize..end as usize];
        match index.ops[op as usize] {
            Op::Atom(atom) => self.atom(atom),
            Op::Not(inner) => !self.holds(inner),
            Op::All(start, end) => list(start, end).iter().all(|op| self.holds(*op)),
            Op::Any(start, end) => list(start, end).iter().any(|op| self.holds(*op)),
            Op::Some(n, start, end) => {
                let mut left = n;
                for op in list(start, end) {
                    if self.holds(*op) {
                        left -= 1;
                        if left == 0 {
                            return true;
                        }
                    }
                }
                false
            }
        }
    }

    fn atom(&mut self, number: u32) -> bool {
        let index = self.index;
        let known = |scratch: &Scratch| {
            let state = scratch.atoms[number as usize];
            (state >> 1 == scratch.turn).then_some(state & 1 == 1)
        };
        if let Some(known) = known(self.scratch) {
            return known;
        }
        match &index.atoms[number as usize] {
            Atom::Texts { field } => {
                self.search(*field as usize);
                known(self.scratch).unwrap_or(false)
            }
            Atom::Test { gate, .. } => {
                let open = gate.is_none_or(|gate| self.atom(gate));
                let is = open && self.test(number);
                self.scratch.atoms[number as usize] = self.scratch.turn * 2 + u32::from(is);
                is
            }
        }
    }

    fn test(&mut self, atom: u32) -> bool {
        let Atom::Test {
            field,
            test,
            other,
            regex,
            ..
        } = &self.index.atoms[atom as usize]
        else {
            return false;
        };
        let slot = self.load(*field as usize);
        let other = match test {
            Test::SameAs { .. } => self.load(*other as usize),
            _ => Slot::default(),
        };
        let scratch = &*self.scratch;
        let values = &scratch.values[slot.start..slot.end];
        let text = |span: &Span| scratch.text.get(span.text.0..span.text.1).unwrap_or("");
        let folded = |span: &Span| {
            scratch
                .folded
                .get(span.folded.0..span.folded.1)
                .unwrap_or("")
        };
        match test {
            Test::Text {
                at,
                text: wanted,
                cased,
            } => values
                .iter()
                .any(|v| stands(if *cased { text(v) } else { folded(v) }, wanted, *at)),
            Test::Empty => values.iter().any(|v| text(v).is_empty()),
            Test::Present => !values.is_empty(),
            Test::Pattern { pieces, cased } => values
                .iter()
                .any(|v| is_of_pattern(if *cased { text(v) } else { folded(v) }, pieces)),
            Test::Regex { source, steps, .. } => {
                let made = regex.get_or_init(|| {
                    RegexBuilder::new(source)
                        .size_limit(LARGEST_REGEX)
                        .build()
                        .ok()
                });
                let Some(made) = made else { return false };
                let mut left = scratch.steps_left;
                let mut cut_short = false;
                let matches = values.iter().any(|v| {
                    let text = text(v);
                    let cost = (*steps).max(1).saturating_mul(text.len() as u64 + 1);
                    cut_short |= cost > left;
                    left = left.saturating_sub(cost);
                    !cut_short && made.is_match(text)
                });
                self.scratch.steps_left = left;
                self.scratch.cut_short |= cut_short && !matches;
                matches
            }
            Test::Cidr(net) => values.iter().any(|v| is_in(text(v), net)),
            Test::Number(comparison, wanted) => values
                .iter()
                .filter_map(|v| number(text(v)))
                .any(|n| comparison.holds(n, *wanted)),
            Test::Time(part, comparison, wanted) => values
                .iter()
                .filter_map(|v| time_part(text(v), *part))
                .any(|n| comparison.holds(n, *wanted)),
            Test::Exists(wanted) => values.is_empty() != *wanted,
            Test::Null => values.iter().all(|v| text(v).is_empty()),
            Test::SameAs { at, cased, .. } => {
                let others = &scratch.values[other.start..other.end];
                values.iter().any(|v| {
                    others.iter().any(|o| {
                        if *cased {
                            stands(text(v), text(o), *at)
                        } else {
                            stands(folded(v), folded(o), *at)
                        }
                    })
                })
            }
            Test::Never => false,
        }
    }
}
