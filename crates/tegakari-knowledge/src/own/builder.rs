//! Puts a user's assertions together, whichever form they came in: looks ids up, keeps what each rests on, and says what
//! could not be used.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::Value;
use tegakari_model::{
    ActorId, Country, NameKind, ObjectionKind, Observable, ObservableKind, Problem, SoftwareId,
    TechniqueId,
};

use super::labels::{Label, is_region, label, place};
use crate::facts::{Facts, unite_uses};
use crate::fold_name;
use crate::knowledge::Knowledge;
use crate::names::RecordRef;
use crate::order::sort;
use crate::record::{
    Actor, ActorLink, Alias, Basis, Campaign, CitedClaim, OriginBasis, OriginClaim, Reference,
    ReferenceIndex, Relation, Software, Status, TargetClaim, Use,
};
use crate::search::Found;
use crate::sources::dates::is_date;
use crate::trails::host_of;

/// Most problems that are told one by one.
const MOST_PROBLEMS: usize = 200;
/// Most problems that are looked through for one that was told already.
const MOST_SAID: usize = 100_000;
/// No name is longer.
const LONGEST_NAME: usize = 120;
/// No intrusion is dated earlier.
const FIRST_YEAR: u16 = 1980;
/// What a user writes where nothing is known.
const UNKNOWN: [&str; 5] = ["unknown", "unclear", "n/a", "不明", "未詳"];

/// What a single assertion rests on.
#[derive(Debug, Clone, Default)]
pub(super) struct Ground {
    /// Where it was published: an address, or a title.
    pub(super) reference: String,
    /// As exactly as the file says.
    pub(super) date: String,
    /// The user's own certainty, raw.
    pub(super) scale: String,
}

/// What came of an assertion: `Err` says what is wrong and what to do.
pub(super) type Taken = Result<(), (String, String)>;

pub(super) struct Builder<'k> {
    source: String,
    title: String,
    base: &'k Knowledge,
    facts: Facts,
    /// Place of each reference, by all that it says.
    references: HashMap<String, usize>,
    problems: Vec<Problem>,
    /// Places and texts of problems so far.
    said: HashSet<(String, String)>,
    /// Problems that are not told, and what they cost.
    untold: (u64, u64),
    assertions: u64,
    /// Dates that were left out.
    undated: u64,
    /// No date lies after this year.
    last_year: Option<u16>,
    /// What says nothing that is kept here, by file and kind.
    passed_over: BTreeMap<(String, String), u64>,
}

fn wrong<T>(what: impl Into<String>, hint: impl Into<String>) -> Result<T, (String, String)> {
    Err((what.into(), hint.into()))
}

/// A number of ATT&CK's (`G0030`, `attack:g0030`) in upper case, when the text has its form with this letter.
pub(super) fn attack_number(text: &str, letter: char) -> Option<String> {
    let upper = text.trim().to_ascii_uppercase();
    let bare = upper.strip_prefix("ATTACK:").unwrap_or(&upper);
    let digits = bare.strip_prefix(letter)?;
    let fits = digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit());
    fits.then(|| bare.to_owned())
}

/// A value as it was before somebody made it harmless to click.
pub(super) fn refanged(text: &str) -> String {
    text.trim().replace("[.]", ".").replace("hxxp", "http")
}

impl<'k> Builder<'k> {
    pub(super) fn new(
        source: &str,
        title: &str,
        last_year: Option<u16>,
        base: &'k Knowledge,
    ) -> Self {
        Self {
            source: source.to_owned(),
            title: title.to_owned(),
            base,
            facts: Facts::default(),
            references: HashMap::new(),
            problems: Vec::new(),
            said: HashSet::new(),
            untold: (0, 0),
            assertions: 0,
            undated: 0,
            last_year,
            passed_over: BTreeMap::new(),
        }
    }

    /// Something of a file says nothing that is kept here: no loss, and counted all the same. Of very many kinds only the
    /// first are told apart.
    pub(super) fn pass_over(&mut self, file: &str, what: impl Into<String>) {
        let mut key = (file.to_owned(), what.into());
        if self.passed_over.len() >= MOST_PROBLEMS && !self.passed_over.contains_key(&key) {
            key = (self.title.clone(), "things of other kinds".to_owned());
        }
        let count = self.passed_over.entry(key).or_default();
        *count = count.saturating_add(1);
    }

    /// Something could not be used, at the cost of so many records.
    pub(super) fn problem(
        &mut self,
        place: &str,
        what: impl Into<String>,
        hint: &str,
        records: u64,
    ) {
        let what = what.into();
        // Said once, and counted once.
        let key = (place.to_owned(), what.clone());
        if self.said.len() < MOST_SAID && !self.said.insert(key) {
            return;
        }
        if self.problems.len() < MOST_PROBLEMS {
            let problem = Problem::new(place, what, hint).losing_records(records);
            self.problems.push(problem);
        } else {
            self.untold.0 += 1;
            self.untold.1 = self.untold.1.saturating_add(records);
        }
    }

    /// The same for what came of an assertion.
    pub(super) fn take(&mut self, place: &str, taken: Taken) {
        if let Err((what, hint)) = taken {
            self.problem(place, what, &hint, 1);
        }
    }

    /// Whether a text is a date on which an intrusion or a report of one may have been.
    pub(super) fn is_date(&self, text: &str) -> bool {
        is_date(text) && self.is_of_our_time(text)
    }

    fn is_of_our_time(&self, date: &str) -> bool {
        let year = date.get(..4).and_then(|year| year.parse::<u16>().ok());
        year.is_some_and(|year| {
            year >= FIRST_YEAR && self.last_year.is_none_or(|last| year <= last)
        })
    }

    /// A date as it stands, or none: a text that is no date, or one of no intrusion, is told, and what it stands at goes
    /// on without.
    pub(super) fn date(&mut self, place: &str, text: &str) -> String {
        let text = text.trim();
        if text.is_empty() || self.is_date(text) {
            return text.to_owned();
        }
        self.undated += 1;
        let shown: String = text.chars().take(40).collect();
        let day = text.get(..10).filter(|day| is_date(day)).unwrap_or(text);
        let what = if is_date(day) {
            let last = self.last_year.unwrap_or(u16::MAX);
            format!(
                "{shown:?} does not lie in the years {FIRST_YEAR} to {last}; what it belongs to is taken in without it"
            )
        } else {
            format!("{shown:?} is no date; what it belongs to is taken in without one")
        };
        let hint = "write 2026, 2026-03 or 2026-03-01, as the calendar has it, or leave it empty";
        self.problem(place, what, hint, 0);
        String::new()
    }

    /// The texts of a field that holds one or a list, each once and with its place. What is no text is told.
    pub(super) fn texts<'a>(
        &mut self,
        place: &str,
        field: Option<&'a Value>,
    ) -> Vec<(String, &'a str)> {
        let list = match field {
            None | Some(Value::Null) => &[][..],
            Some(Value::Array(list)) => list.as_slice(),
            Some(one) => std::slice::from_ref(one),
        };
        let mut known = HashSet::new();
        let mut texts = Vec::new();
        for (number, one) in list.iter().enumerate() {
            let place = format!("{place}/{number}");
            match one.as_str() {
                Some(text) if known.insert(text) => texts.push((place, text)),
                Some(_) => {}
                None => self.problem(&place, "no text", "write it in quotes", 1),
            }
        }
        texts
    }

    /// A name that can be shown and compared.
    pub(super) fn name(text: &str) -> Result<&str, (String, String)> {
        let text = text.trim();
        if text.is_empty() || fold_name(text).is_empty() {
            return wrong(
                "a name without letters",
                "give the name of the actor or software",
            );
        }
        let letters = text.chars().count();
        if letters > LONGEST_NAME {
            let start: String = text.chars().take(30).collect();
            let what = format!(
                "a name of {letters} letters, more than {LONGEST_NAME}, which begins with {start:?}"
            );
            return wrong(what, "give the bare name");
        }
        if text.chars().any(char::is_control) {
            let what = format!("a name with control characters ({text:?})");
            return wrong(what, "give the bare name");
        }
        Ok(text)
    }

    /// Id of the record of this source for an actor: by `key`, which is the name when the file has no ids. An id of a
    /// record that is known (`G0030`, `attack:G0030`, `misp:…`) makes this record one that says it is the same.
    pub(super) fn actor(&mut self, name: &str, key: &str) -> Result<ActorId, (String, String)> {
        let name = Self::name(name)?;
        other_thing(name, 'G')?;
        let known = self
            .known_actor(name)
            .map(|a| (a.id.clone(), a.name.clone()));
        if known.is_none() && attack_number(name, 'G').is_some() {
            return self.not_in_attack(name);
        }
        let called = known.as_ref().map_or(name, |(_, called)| called.as_str());
        let key = fold_name(if key.is_empty() { called } else { key });
        let id = ActorId(format!("{}:{key}", self.source));
        let source = &self.source;
        let record = self
            .facts
            .actors
            .entry(id.clone())
            .or_insert_with(|| Actor::new(id.clone(), source, called));
        if let Some((to, _)) = known.filter(|(to, _)| *to != id) {
            let raw = format!("named by its id, {name}");
            link(record, to, Relation::Same, source, raw);
        }
        Ok(id)
    }

    /// The record with this id in what is known.
    pub(super) fn known_actor(&self, id: &str) -> Option<&'k Actor> {
        let base: &'k Knowledge = self.base;
        if let Some(number) = attack_number(id, 'G') {
            return base.actor(&ActorId(format!("attack:{number}")));
        }
        id.contains(':')
            .then(|| base.actor(&ActorId(id.to_owned())))?
    }

    /// An id of ATT&CK's form that ATT&CK, as it is known here, does not have.
    fn not_in_attack<T>(&self, id: &str) -> Result<T, (String, String)> {
        let mut sources = self.base.sources().iter();
        let attack = sources.find(|s| s.id == "attack-enterprise");
        let version = attack.map_or_else(
            || "the knowledge at hand, which is without ATT&CK".to_owned(),
            |source| format!("ATT&CK {}, the version at hand", source.version),
        );
        wrong(
            format!("{id} is not known in {version}"),
            "check the id, bring the knowledge up to date, or give the name that it stands for (in CSV by a row with the relation name)",
        )
    }

    fn cite(
        &mut self,
        actor: &ActorId,
        part: &str,
        what: &str,
        basis: &Ground,
    ) -> Vec<ReferenceIndex> {
        let reference = self.reference(basis);
        let date = basis.date.trim();
        if self.facts.date.as_str() < date {
            date.clone_into(&mut self.facts.date);
        }
        let Some(record) = self.facts.actors.get_mut(actor) else {
            return Vec::new();
        };
        if record.last_activity.as_str() < date {
            date.clone_into(&mut record.last_activity);
        }
        if let Some(reference) = reference
            && !record.references.contains(&reference)
        {
            record.references.push(reference);
            sort(&mut record.references);
        }
        let claim = CitedClaim {
            part: part.to_owned(),
            what: what.to_owned(),
            reference,
            date: date.to_owned(),
            scale: basis.scale.trim().to_owned(),
        };
        if !record.cited.contains(&claim) {
            record.cited.push(claim);
            self.assertions += 1;
        }
        reference.into_iter().collect()
    }

    fn reference(&mut self, basis: &Ground) -> Option<ReferenceIndex> {
        let text = basis.reference.trim();
        if text.is_empty() {
            return None;
        }
        let is_address = text.starts_with("https://") || text.starts_with("http://");
        let reference = Reference {
            name: if is_address {
                crate::sources::misp_threat_actor::host(text)
            } else {
                text.chars().take(200).filter(|c| !c.is_control()).collect()
            },
            url: if is_address {
                text.to_owned()
            } else {
                String::new()
            },
            published: basis.date.trim().to_owned(),
        };
        let key = format!(
            "{}\n{}\n{}",
            reference.name, reference.url, reference.published
        );
        let next = self.facts.references.len();
        let index = *self.references.entry(key).or_insert(next);
        if index == next {
            self.facts.references.push(reference);
        }
        let index = u32::try_from(index).unwrap_or(u32::MAX);
        Some(index)
    }

    /// The actor is also called so, according to `owner` where one is given.
    pub(super) fn alias(
        &mut self,
        actor: &ActorId,
        name: &str,
        owner: Option<&str>,
        basis: &Ground,
    ) -> Taken {
        let name = Self::name(name)?;
        self.cite(actor, "name", name, basis);
        if let Some(record) = self.facts.actors.get_mut(actor)
            && name != record.name
            && record.aliases.iter().all(|a| a.name != name)
        {
            record.aliases.push(Alias {
                name: name.to_owned(),
                coined_by: owner.map(str::to_owned),
                basis: if owner.is_some() {
                    Basis::Stated
                } else {
                    Basis::Unknown
                },
            });
            sort(&mut record.aliases);
        }
        Ok(())
    }

    /// Today's id of a technique that is known.
    pub(super) fn technique_id(&self, text: &str) -> Result<TechniqueId, (String, String)> {
        let hint = "use an id of MITRE ATT&CK (T1059, T1059.001)";
        let Some(id) = TechniqueId::parse(text) else {
            return wrong(format!("{text:?} is no technique's id"), hint);
        };
        match self.base.resolve_technique(&id) {
            Some(found) if !found.current.is_tactic() => Ok(found.current),
            Some(_) => wrong(format!("{id} is a tactic"), "name the techniques used"),
            None => wrong(
                format!("technique {id} is in no version of ATT&CK that is known"),
                "check the id, or bring the knowledge up to date",
            ),
        }
    }

    /// The actor uses the technique.
    pub(super) fn technique(&mut self, actor: &ActorId, text: &str, basis: &Ground) -> Taken {
        let what = self.technique_id(text)?;
        let references = self.cite(actor, "technique", what.as_str(), basis);
        if let Some(record) = self.facts.actors.get_mut(actor) {
            unite_uses(&mut record.techniques, vec![Use { what, references }]);
        }
        Ok(())
    }

    /// Whether software with this id is known.
    pub(super) fn knows_software(&self, number: &str) -> bool {
        let id = attack_number(number, 'S').map(|number| SoftwareId(format!("attack:{number}")));
        id.is_some_and(|id| self.base.software(&id).is_some())
    }

    /// Software by its id, by a name that exactly one record of ATT&CK bears, or as a record of this source.
    pub(super) fn software_id(
        &mut self,
        text: &str,
        kind: NameKind,
    ) -> Result<SoftwareId, (String, String)> {
        let name = Self::name(text)?;
        other_thing(name, 'S')?;
        let upper = name.to_ascii_uppercase();
        for id in [format!("attack:{upper}"), name.to_owned()] {
            let id = SoftwareId(id);
            if self.base.software(&id).is_some() {
                return Ok(id);
            }
        }
        if attack_number(name, 'S').is_some() {
            return self.not_in_attack(name);
        }
        let named = self.base.records_named(name).into_iter();
        let mut attacks = named.filter_map(|r| match r.record {
            RecordRef::Software(id) if id.0.starts_with("attack:") && r.status == Status::Live => {
                Some(id)
            }
            _ => None,
        });
        if let (Some(only), None) = (attacks.next(), attacks.next()) {
            return Ok(only);
        }
        let id = SoftwareId(format!("{}:{}", self.source, fold_name(name)));
        let source = &self.source;
        self.facts
            .software
            .entry(id.clone())
            .or_insert_with(|| Software {
                id: id.clone(),
                source: source.clone(),
                name: name.to_owned(),
                aliases: Vec::new(),
                kind,
                status: Status::Live,
                replaced_by: None,
                techniques: Vec::new(),
                platforms: Vec::new(),
            });
        Ok(id)
    }

    /// Software of this source is also called so.
    pub(super) fn software_alias(&mut self, software: &SoftwareId, name: &str) -> Taken {
        let name = Self::name(name)?;
        let Some(record) = self.facts.software.get_mut(software) else {
            return self.said_by_base(software, &format!("name {name:?}"), |known| {
                known.all_names().any(|n| fold_name(n) == fold_name(name))
            });
        };
        if record.all_names().all(|n| n != name) {
            record.aliases.push(name.to_owned());
            sort(&mut record.aliases);
        }
        Ok(())
    }

    /// Software of this source can carry out the technique.
    pub(super) fn software_technique(&mut self, software: &SoftwareId, text: &str) -> Taken {
        let what = self.technique_id(text)?;
        let Some(record) = self.facts.software.get_mut(software) else {
            return self.said_by_base(software, &format!("technique {what}"), |known| {
                known.techniques.iter().any(|used| used.what == what)
            });
        };
        let is_new = record.techniques.iter().all(|known| known.what != what);
        self.assertions += u64::from(is_new);
        let references = Vec::new();
        unite_uses(&mut record.techniques, vec![Use { what, references }]);
        Ok(())
    }

    /// What a publisher says of its software is left as it is: what it does not say is told.
    fn said_by_base(
        &self,
        software: &SoftwareId,
        what: &str,
        says: impl Fn(&Software) -> bool,
    ) -> Taken {
        let Some(known) = self.base.software(software).filter(|known| !says(known)) else {
            return Ok(());
        };
        let id = known.id.0.strip_prefix("attack:").unwrap_or(&known.id.0);
        wrong(
            format!(
                "the {what} is not taken in: {id} {} is a record of the source {}, which does not say so and stays as it is",
                known.name, known.source
            ),
            "say of the actor that it uses the technique, or give the software another name (without ATT&CK's id) to keep a record of your own",
        )
    }

    /// The actor uses the software.
    pub(super) fn uses(&mut self, actor: &ActorId, what: SoftwareId, basis: &Ground) {
        let called = self.base.software(&what).map(|s| s.name.clone());
        let called = called.or_else(|| self.facts.software.get(&what).map(|s| s.name.clone()));
        let references = self.cite(
            actor,
            "software",
            called.as_deref().unwrap_or(&what.0),
            basis,
        );
        if let Some(record) = self.facts.actors.get_mut(actor) {
            unite_uses(&mut record.software, vec![Use { what, references }]);
        }
    }

    /// The actor attacks a country or trade; a region is kept as it is written.
    pub(super) fn target(&mut self, actor: &ActorId, raw: &str, basis: &Ground) -> Taken {
        let raw = Self::name(raw)?;
        let Some(found) = label(raw) else {
            return wrong(
                format!("{raw:?} is no country, region or trade that is known"),
                "give a country by its name in English or Japanese or its two letters (JP), or a trade by its name in STIX 2.1 (government, financial-services)",
            );
        };
        self.cite(actor, "target", raw, basis);
        if let Some(record) = self.facts.actors.get_mut(actor) {
            record.targets.push(TargetClaim {
                target: match found {
                    Label::One(target) => Some(target),
                    Label::Many => None,
                },
                raw: raw.to_owned(),
            });
            sort(&mut record.targets);
            record.targets.dedup();
        }
        Ok(())
    }

    /// The actor is said to come from a country, or a region.
    pub(super) fn origin(&mut self, actor: &ActorId, raw: &str, basis: &Ground) -> Taken {
        let raw = Self::name(raw)?;
        let country: Option<Country> = place(raw);
        if country.is_none() && !is_region(raw) {
            return wrong(
                format!("{raw:?} is no country or region that is known"),
                "give a country by its name in English or Japanese, or by its two letters (JP)",
            );
        }
        self.cite(actor, "origin", raw, basis);
        if let Some(record) = self.facts.actors.get_mut(actor) {
            record.origins.push(OriginClaim {
                country,
                raw: raw.to_owned(),
                basis: OriginBasis::Unknown,
                confidence: basis.scale.trim().to_owned(),
            });
            sort(&mut record.origins);
            record.origins.dedup();
        }
        Ok(())
    }

    /// Whether a label says that nothing is known.
    pub(super) fn is_unknown(raw: &str) -> bool {
        let raw = raw.trim().to_lowercase();
        UNKNOWN.contains(&raw.as_str())
    }

    /// The actor relates to another: one of this source, one by its id, or one whose name only one record bears.
    pub(super) fn link(
        &mut self,
        actor: &ActorId,
        relation: Relation,
        other: &str,
        basis: &Ground,
    ) -> Taken {
        let other = Self::name(other)?;
        let to = self.other(other)?;
        self.link_to(actor, relation, to, other, basis)
    }

    /// The same with a record that is at hand.
    pub(super) fn link_to(
        &mut self,
        actor: &ActorId,
        relation: Relation,
        to: ActorId,
        raw: &str,
        basis: &Ground,
    ) -> Taken {
        if to == *actor {
            let record = self.facts.actors.get(actor);
            let called = record.map_or(raw, |record| record.name.as_str());
            return wrong(
                format!("{called:?} is linked to itself ({raw})"),
                "name another record",
            );
        }
        self.cite(actor, "link", raw, basis);
        let mut words = vec![relation_word(relation).to_owned()];
        words.extend(
            [&basis.scale, &basis.date]
                .into_iter()
                .filter(|w| !w.trim().is_empty())
                .cloned(),
        );
        if let Some(record) = self.facts.actors.get_mut(actor) {
            link(record, to, relation, &self.source, words.join(", "));
        }
        Ok(())
    }

    fn other(&self, text: &str) -> Result<ActorId, (String, String)> {
        if let Some(known) = self.known_actor(text) {
            return Ok(known.id.clone());
        }
        if attack_number(text, 'G').is_some() {
            return self.not_in_attack(text);
        }
        let own = ActorId(format!("{}:{}", self.source, fold_name(text)));
        if self.facts.actors.contains_key(&own) {
            return Ok(own);
        }
        let found = match self.base.search(text) {
            Found::Records(records) => records,
            _ => Vec::new(),
        };
        let ids: Vec<ActorId> = found
            .into_iter()
            .filter_map(|r| match r.record {
                RecordRef::Actor(id) => Some(id),
                _ => None,
            })
            .collect();
        match ids.as_slice() {
            [only] => Ok(only.clone()),
            [] => wrong(
                format!("no record is called {text:?}"),
                "give the id of a record (`tegakari show NAME` lists them), or put its own row before",
            ),
            several => {
                let ids: Vec<&str> = several.iter().map(|id| id.0.as_str()).collect();
                wrong(
                    format!("{} records are called {text:?}", several.len()),
                    format!("give the id of the one that is meant: {}", ids.join(", ")),
                )
            }
        }
    }

    /// A domain, address or URL is known to be the actor's.
    pub(super) fn indicator(&mut self, actor: &ActorId, text: &str, basis: &Ground) -> Taken {
        let bare = refanged(text);
        let host = if bare.contains("://") {
            host_of(&bare)
        } else {
            Some(bare)
        };
        let value = host.and_then(|host| {
            [
                ObservableKind::Ipv4,
                ObservableKind::Ipv6,
                ObservableKind::Domain,
            ]
            .into_iter()
            .find_map(|kind| Observable::new(kind, &host).ok())
        });
        let Some(value) = value else {
            let what = format!(
                "{:?} is no domain, address or URL",
                text.chars().take(80).collect::<String>()
            );
            return wrong(
                what,
                "infrastructure is domains, addresses and URLs; import files and hashes as a report with `tegakari read`",
            );
        };
        self.could_be_theirs(&value)?;
        self.cite(actor, "indicator", value.value(), basis);
        let owners = self
            .facts
            .trails
            .values
            .entry(value.value().to_owned())
            .or_default();
        if owners.insert(actor.clone())
            && let Some(record) = self.facts.actors.get_mut(actor)
        {
            record.infrastructure = record.infrastructure.saturating_add(1);
        }
        Ok(())
    }

    /// Refuses what is nobody's alone: reserved addresses, public resolvers, names and networks that many share. Names and
    /// addresses for documentation are nobody's either, and stand in examples and exercises.
    fn could_be_theirs(&self, value: &Observable) -> Taken {
        let objections = self.base.benign(value);
        let shared = objections.iter().find(|objection| {
            objection.kind != ObjectionKind::Documentation
                && self.base.harms_others(value, objection)
        });
        let Some(objection) = shared else {
            return Ok(());
        };
        let why = match objection.kind {
            ObjectionKind::SpecialPurpose => "is reserved and not routed on the internet",
            ObjectionKind::PublicResolver => "is a public resolver",
            ObjectionKind::PublicSuffix => {
                "is a public suffix, under which anybody may have a name"
            }
            ObjectionKind::Popular => "is among the most used names",
            ObjectionKind::TooWide => "is too wide to be one actor's",
            _ => "belongs to a service that many share",
        };
        wrong(
            format!(
                "{} is no actor's own: it {why} ({}: {})",
                value.value(),
                objection.source,
                objection.matched
            ),
            "give the name below it, the address or the host that the actor alone uses; a URL on a shared host belongs into a report",
        )
    }

    /// A campaign of the user's, or what it says more of one that is there.
    pub(super) fn campaign(
        &mut self,
        key: &str,
        name: &str,
    ) -> Result<&mut Campaign, (String, String)> {
        let name = Self::name(name)?;
        let id = format!("{}:{}", self.source, fold_name(key));
        let source = &self.source;
        Ok(self
            .facts
            .campaigns
            .entry(id.clone())
            .or_insert_with(|| Campaign {
                id,
                source: source.clone(),
                name: name.to_owned(),
                aliases: Vec::new(),
                status: Status::Live,
                first_seen: String::new(),
                last_seen: String::new(),
                attributed_to: Vec::new(),
                techniques: Vec::new(),
                software: Vec::new(),
            }))
    }

    pub(super) fn actor_record(&mut self, id: &ActorId) -> Option<&mut Actor> {
        self.facts.actors.get_mut(id)
    }

    /// Everything, what could not be used, and what was passed over.
    pub(super) fn finish(mut self) -> (Facts, Vec<Problem>, Vec<Problem>) {
        let mut added = Vec::new();
        for actor in self.facts.actors.values_mut() {
            sort(&mut actor.cited);
            let attacks = actor
                .links
                .iter()
                .find(|l| l.relation == Relation::Same && l.to.0.starts_with("attack:"));
            // What the user says of one of ATT&CK's actors counts among that one's habits, as a campaign would.
            if let Some(link) = attacks
                && !(actor.techniques.is_empty() && actor.software.is_empty())
            {
                added.push(Campaign {
                    id: format!("{}:activity", actor.id.0),
                    source: self.source.clone(),
                    name: format!("{} ({})", actor.name, self.title),
                    aliases: Vec::new(),
                    status: Status::Live,
                    first_seen: String::new(),
                    last_seen: actor.last_activity.clone(),
                    attributed_to: vec![link.to.clone()],
                    techniques: actor.techniques.clone(),
                    software: actor.software.clone(),
                });
            }
        }
        let own_campaigns = self.facts.campaigns.len();
        for campaign in added {
            self.facts.campaigns.insert(campaign.id.clone(), campaign);
        }
        let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        self.facts.counts = vec![
            ("actors".to_owned(), count(self.facts.actors.len())),
            ("assertions".to_owned(), self.assertions),
            ("campaigns".to_owned(), count(own_campaigns)),
            (
                "indicators".to_owned(),
                count(self.facts.trails.values.len()),
            ),
            ("dates not understood".to_owned(), self.undated),
            ("passed over".to_owned(), self.passed_over.values().sum()),
            ("software".to_owned(), count(self.facts.software.len())),
        ];
        self.facts.counts.retain(|(_, n)| *n > 0);
        let (more, lost) = self.untold;
        if more > 0 {
            let what = format!("{more} more problems of these kinds");
            let problem =
                Problem::new(self.title.as_str(), what, "mend the first and import again");
            self.problems.push(problem.losing_records(lost));
        }
        let remarks = self.passed_over.into_iter().map(|((file, what), n)| {
            let what = format!("{what}: {n}");
            Problem::new(
                file,
                what,
                "nothing to do: it is kept in the file, not used",
            )
        });
        (self.facts, self.problems, remarks.collect())
    }
}

/// Refuses a name that is the id or value of another thing than the one that has numbers with this letter.
fn other_thing(name: &str, letter: char) -> Taken {
    let upper = name.to_ascii_uppercase();
    let numbered = |prefix: &str, digits: usize| {
        upper
            .strip_prefix(prefix)
            .is_some_and(|rest| rest.len() == digits && rest.bytes().all(|b| b.is_ascii_digit()))
    };
    let of_attack = [
        ("M", "a mitigation"),
        ("TA", "a tactic"),
        ("DS", "a data source"),
        ("DC", "a data component"),
        ("C", "a campaign"),
        ("A", "an asset"),
        ("AN", "an analytic"),
        ("DET", "a detection strategy"),
        ("G", "a group"),
        ("S", "software"),
    ];
    let other = of_attack
        .into_iter()
        .filter(|(prefix, _)| !prefix.chars().eq([letter]))
        .find(|(prefix, _)| numbered(prefix, 4))
        .map(|(_, what)| format!("{what} of ATT&CK"));
    let other = other.or_else(|| {
        let is_technique = TechniqueId::parse(name).is_some();
        let is_cve = Observable::new(ObservableKind::Cve, name).is_ok();
        is_technique
            .then(|| "a technique of ATT&CK".to_owned())
            .or_else(|| is_cve.then(|| "a vulnerability".to_owned()))
    });
    let other = other.or_else(|| {
        use ObservableKind as K;
        [
            K::Ipv4,
            K::Ipv6,
            K::Url,
            K::Md5,
            K::Sha1,
            K::Sha256,
            K::Sha512,
        ]
        .into_iter()
        .find(|kind| Observable::new(*kind, &refanged(name)).is_ok())
        .map(|kind| format!("a value ({})", kind.name()))
    });
    let wanted = if letter == 'G' {
        "an actor"
    } else {
        "a program"
    };
    match other {
        None => Ok(()),
        Some(other) => wrong(
            format!("{name:?} is {other}, not {wanted}"),
            format!("give the name of {wanted}, or the relation that fits"),
        ),
    }
}

fn link(record: &mut Actor, to: ActorId, relation: Relation, source: &str, raw: String) {
    let link = ActorLink {
        to,
        relation,
        said_by: source.to_owned(),
        raw,
    };
    if record
        .links
        .iter()
        .all(|l| l.to != link.to || l.relation != link.relation)
    {
        record.links.push(link);
        sort(&mut record.links);
    }
}

fn relation_word(relation: Relation) -> &'static str {
    match relation {
        Relation::Same => "same",
        Relation::Similar => "similar",
        Relation::Overlaps => "overlaps",
        Relation::PartOf => "part of",
        Relation::Linked => "linked",
        Relation::RevokedBy => "withdrawn for",
    }
}
