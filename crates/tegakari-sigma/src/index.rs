//! The rules of one kind of record, prepared so that a record is not asked by every one of them.
//!
//! All texts that rules look for in one field stand in one automaton (Aho-Corasick): reading a value once finds all that
//! are in it. Texts of which one is enough are one *atom*, shared by all rules that ask the same. Each rule names the
//! atoms of which one must be true before it can match, the rarest that it has; only rules of which one is true are asked.

use std::collections::HashMap;
use std::sync::OnceLock;

use foldhash::fast::FixedState;
use regex::Regex;

use crate::expr::Expr;
use crate::leaf::{At, FieldId, Test};
use crate::rarity::{Chance, chance_of_text};
use crate::sigma_string::Piece;
use crate::texts::Texts;

type Map<K, V> = HashMap<K, V, FixedState>;

/// Rules of one kind of record.
#[derive(Debug, Default)]
pub(crate) struct Index {
    pub(crate) fields: Vec<Field>,
    /// Texts that are looked for anywhere, of all fields together.
    pub(crate) texts: usize,
    pub(crate) atoms: Vec<Atom>,
    pub(crate) ops: Vec<Op>,
    pub(crate) children: Vec<u32>,
    /// For each rule, in order: its number among all rules, and the op that is its question.
    pub(crate) rules: Vec<(u32, u32)>,
    /// Rules that no atom stands before: indices into `rules`.
    pub(crate) always: Vec<u32>,
    /// Atom → rules that are asked when it is true, as a range of `triggered`.
    pub(crate) triggers: Vec<(u32, u32)>,
    pub(crate) triggered: Vec<u32>,
}

/// A field that some rule asks for.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) id: FieldId,
    /// All texts that are looked for in it.
    pub(crate) texts: Texts,
    /// Whether a rule may be asked because of a text in it, so that it has to be searched in every record.
    pub(crate) first: bool,
}

/// Something that is true or not of a record, worked out once.
#[derive(Debug)]
pub(crate) enum Atom {
    /// One of several texts is in the field; the field's automaton says so.
    Texts { field: u32 },
    /// A test; when `gate` is an atom, only if that is true.
    Test {
        field: u32,
        test: Test,
        gate: Option<u32>,
        /// The other field that the test needs.
        other: u32,
        regex: OnceLock<Option<Regex>>,
    },
}

/// A step of a question. Lists are ranges of `children`.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Op {
    Atom(u32),
    All(u32, u32),
    Any(u32, u32),
    Some(u32, u32, u32),
    Not(u32),
}

impl Index {
    /// Prepares rules: their numbers, ascending, and their questions.
    pub(crate) fn build<'e>(rules: impl Iterator<Item = (u32, &'e Expr)>) -> Self {
        let mut building = Building::default();
        for (number, question) in rules {
            let op = building.op(question);
            let rule = building.index.rules.len() as u32;
            building.index.rules.push((number, op));
            match building.need(op) {
                Some(need) => {
                    for atom in need.atoms {
                        building.triggers.entry(atom).or_default().push(rule);
                    }
                }
                None => building.index.always.push(rule),
            }
        }
        building.finish()
    }
}

#[derive(Default)]
struct Building {
    index: Index,
    fields: Map<FieldId, u32>,
    groups: Map<(u32, Vec<(At, String)>), u32>,
    tests: Map<(u32, Test), u32>,
    chances: Vec<Chance>,
    triggers: Map<u32, Vec<u32>>,
}

/// Atoms of which one must be true.
struct Need {
    atoms: Vec<u32>,
    chance: Chance,
}

impl Building {
    fn field(&mut self, id: FieldId) -> u32 {
        if let Some(at) = self.fields.get(&id) {
            return *at;
        }
        let at = self.index.fields.len() as u32;
        self.fields.insert(id, at);
        self.index.fields.push(Field {
            id,
            texts: Texts::default(),
            first: false,
        });
        at
    }

    fn push(&mut self, op: Op) -> u32 {
        self.index.ops.push(op);
        self.index.ops.len() as u32 - 1
    }

    fn list(&mut self, list: &[u32]) -> (u32, u32) {
        let start = self.index.children.len() as u32;
        self.index.children.extend_from_slice(list);
        (start, self.index.children.len() as u32)
    }

    fn op(&mut self, expr: &Expr) -> u32 {
        match expr {
            Expr::Leaf(field, test) => {
                let atom = match test {
                    Test::Text {
                        at,
                        text,
                        cased: false,
                    } => self.group(*field, vec![(*at, text.clone())]),
                    test => self.test(*field, test),
                };
                self.push(Op::Atom(atom))
            }
            Expr::Not(inner) => {
                let inner = self.op(inner);
                self.push(Op::Not(inner))
            }
            Expr::All(list) => {
                let ops: Vec<u32> = list.iter().map(|e| self.op(e)).collect();
                let (start, end) = self.list(&ops);
                self.push(Op::All(start, end))
            }
            Expr::Some(n, list) => {
                let ops: Vec<u32> = list.iter().map(|e| self.op(e)).collect();
                let (start, end) = self.list(&ops);
                self.push(Op::Some(*n as u32, start, end))
            }
            Expr::Any(list) => {
                let mut groups: Vec<(FieldId, Vec<(At, String)>)> = Vec::new();
                let mut ops = Vec::new();
                for one in list {
                    match one {
                        Expr::Leaf(
                            field,
                            Test::Text {
                                at,
                                text,
                                cased: false,
                            },
                        ) => {
                            let member = (*at, text.clone());
                            match groups.iter_mut().find(|(f, _)| f == field) {
                                Some((_, group)) => group.push(member),
                                None => groups.push((*field, vec![member])),
                            }
                        }
                        other => ops.push(self.op(other)),
                    }
                }
                let mut first = Vec::new();
                for (field, group) in groups {
                    let atom = self.group(field, group);
                    first.push(self.push(Op::Atom(atom)));
                }
                // What is known already stands before what has to be worked out.
                first.extend(ops);
                if let [only] = first.as_slice() {
                    return *only;
                }
                let (start, end) = self.list(&first);
                self.push(Op::Any(start, end))
            }
        }
    }

    fn group(&mut self, field: FieldId, mut members: Vec<(At, String)>) -> u32 {
        members.sort();
        members.dedup();
        let field = self.field(field);
        let key = (field, members);
        if let Some(atom) = self.groups.get(&key) {
            return *atom;
        }
        let atom = self.index.atoms.len() as u32;
        let id = self.index.fields[field as usize].id;
        let mut chance = Chance::NEVER;
        for (at, text) in &key.1 {
            chance = chance.or(chance_of_text(id, *at, text));
            self.index.fields[field as usize].texts.add(*at, text, atom);
        }
        self.index.atoms.push(Atom::Texts { field });
        self.chances.push(chance);
        self.groups.insert(key, atom);
        atom
    }

    fn test(&mut self, field_id: FieldId, test: &Test) -> u32 {
        let field = self.field(field_id);
        let key = (field, test.clone());
        if let Some(atom) = self.tests.get(&key) {
            return *atom;
        }
        let gate: Option<Vec<(At, String)>> = match test {
            Test::Text {
                at,
                text,
                cased: true,
            } => Some(vec![(*at, crate::fold::folded(text))]),
            Test::Regex { needs, .. } if !needs.is_empty() => Some(
                needs
                    .iter()
                    .map(|text| (At::Anywhere, text.clone()))
                    .collect(),
            ),
            Test::Pattern { pieces, .. } => longest(pieces).map(|text| vec![(At::Anywhere, text)]),
            _ => None,
        };
        let gate = gate.map(|members| self.group(field_id, members));
        let other = match test {
            Test::SameAs { other, .. } => self.field(*other),
            _ => 0,
        };
        let atom = self.index.atoms.len() as u32;
        self.index.atoms.push(Atom::Test {
            field,
            test: test.clone(),
            gate,
            other,
            regex: OnceLock::new(),
        });
        self.chances.push(match gate {
            Some(gate) => self.chances[gate as usize],
            None => Chance::OFTEN,
        });
        self.tests.insert(key, atom);
        atom
    }

    /// The rarest atoms of which one must be true for a question to be; `None` when there are none.
    fn need(&self, op: u32) -> Option<Need> {
        match self.index.ops[op as usize] {
            Op::Atom(atom) => {
                let gate = match &self.index.atoms[atom as usize] {
                    Atom::Texts { .. } => atom,
                    Atom::Test { gate, .. } => (*gate)?,
                };
                Some(Need {
                    atoms: vec![gate],
                    chance: self.chances[gate as usize],
                })
            }
            Op::Not(_) => None,
            Op::All(start, end) => self
                .children(start, end)
                .iter()
                .filter_map(|op| self.need(*op))
                .min_by(|a, b| a.chance.cmp(&b.chance).then_with(|| a.atoms.cmp(&b.atoms))),
            Op::Any(start, end) | Op::Some(_, start, end) => {
                let mut need = Need {
                    atoms: Vec::new(),
                    chance: Chance::NEVER,
                };
                for op in self.children(start, end) {
                    let one = self.need(*op)?;
                    need.atoms.extend(one.atoms);
                    need.chance = need.chance.or(one.chance);
                }
                need.atoms.sort_unstable();
                need.atoms.dedup();
                Some(need)
            }
        }
    }

    fn children(&self, start: u32, end: u32) -> &[u32] {
        &self.index.children[start as usize..end as usize]
    }

    fn finish(mut self) -> Index {
        let index = &mut self.index;
        for atom in 0..index.atoms.len() as u32 {
            let start = index.triggered.len() as u32;
            if let Some(rules) = self.triggers.get(&atom) {
                index.triggered.extend_from_slice(rules);
                if let Atom::Texts { field } = index.atoms[atom as usize] {
                    index.fields[field as usize].first = true;
                }
            }
            index.triggers.push((start, index.triggered.len() as u32));
        }
        for field in &mut index.fields {
            index.texts = field.texts.finish(index.texts);
        }
        self.index
    }
}

/// The longest text of a pattern, folded.
fn longest(pieces: &[Piece]) -> Option<String> {
    pieces
        .iter()
        .filter_map(|piece| match piece {
            Piece::Literal(text) => Some(text),
            _ => None,
        })
        .max_by_key(|text| text.len())
        .map(|text| crate::fold::folded(text))
}
