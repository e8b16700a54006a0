//! A whole case as STIX 2.1: what reports say, what our own logs showed of it, and who it may be.
//!
//! What the words of STIX have no place for stands in labels that begin with `tegakari:`, so that reading the bundle
//! again gives the same; what is not the report's own statement (sightings, candidates, notes) bears [`REMARK`], so that
//! nobody who reads it takes our judgement for the publisher's.

mod hunted;
mod reported;
mod weighed;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use tegakari_model::{
    Assessment, CaseId, HuntResult, Kept, Observable, Report, ReportId, Timestamp, Tlp,
};

use super::{cut, id_of, ids, stamp};
use crate::marking;

pub use reported::{PUBLISHER, REPORT_SOURCE, untitled};
pub use weighed::in_words;

/// Label of objects that are our own judgement and no statement of a report.
pub const REMARK: &str = "tegakari:remark";

/// Source name of the reference that holds the id of a case.
const CASE_SOURCE: &str = "tegakari-case";

/// When identities of ours count as made: the same in every bundle (2025-01-01).
const SINCE: Timestamp = Timestamp::constant(1_735_689_600, 0);

/// STIX: "count MUST be between 0 and 999,999,999".
const MOST: u64 = 999_999_999;

/// What to share.
#[derive(Debug, Clone, Copy)]
pub struct CaseSpec<'a> {
    /// Who makes it: the name of the organisation, or of this program.
    pub producer: &'a str,
    /// Whether `producer` is an organisation.
    pub is_organisation: bool,
    /// The reports, in order of id.
    pub reports: &'a [Kept<'a, Report>],
    /// The hunt for what they say.
    pub hunt: Option<Kept<'a, HuntResult>>,
    /// The assessment of it.
    pub assessment: Option<Kept<'a, Assessment>>,
    /// Marking of every object. Without it each has the narrowest of the reports it comes from; what comes from our
    /// own logs has at least AMBER.
    pub tlp: Option<Tlp>,
    /// Whether the names of our own machines are told.
    pub machines: bool,
}

/// The objects of a case.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// Sorted by id.
    pub objects: Vec<Value>,
    /// Values that STIX has no pattern and no object for, sorted.
    pub left_out: Vec<Observable>,
}

/// The objects of a case. Bytes depend on nothing but `spec`.
pub fn case(spec: &CaseSpec<'_>) -> Case {
    let mut builder = Builder::new(spec);
    builder.reports();
    builder.hunt();
    builder.assessment();
    builder.finish()
}

/// The same as one bundle.
pub fn case_bundle(spec: &CaseSpec<'_>) -> (Value, Vec<Observable>) {
    let case = case(spec);
    let ids: Vec<String> = case
        .objects
        .iter()
        .map(|o| format!("{}/{}", id_of(o), text(o, "modified")))
        .collect();
    let mut bundle = Map::new();
    bundle.insert("type".to_owned(), json!("bundle"));
    let id = ids::own("bundle", &json!({ "objects": ids }));
    bundle.insert("id".to_owned(), json!(id));
    if !case.objects.is_empty() {
        bundle.insert("objects".to_owned(), Value::Array(case.objects));
    }
    (Value::Object(bundle), case.left_out)
}

/// When an object was made and changed, and who may see it.
#[derive(Debug, Clone, Copy)]
struct Stamp {
    created: Timestamp,
    modified: Timestamp,
    tlp: Option<Tlp>,
}

impl Stamp {
    fn new(created: Timestamp, modified: Timestamp, tlp: Option<Tlp>) -> Self {
        Self {
            created,
            modified: modified.max(created),
            tlp,
        }
    }

    /// Of something that both say.
    fn and(self, other: Self) -> Self {
        Self {
            created: self.created.min(other.created),
            modified: self.modified.max(other.modified),
            tlp: Tlp::joined(self.tlp, other.tlp),
        }
    }
}

struct Builder<'a> {
    spec: &'a CaseSpec<'a>,
    case: CaseId,
    producer: String,
    activity: String,
    objects: BTreeMap<String, Value>,
    activity_used: bool,
    /// Ids of what belongs to each report object.
    refs: BTreeMap<ReportId, BTreeSet<String>>,
    left_out: BTreeSet<Observable>,
}

impl<'a> Builder<'a> {
    fn new(spec: &'a CaseSpec<'a>) -> Self {
        let mut reports: Vec<ReportId> = spec.reports.iter().map(|r| r.what.id.clone()).collect();
        reports.sort();
        let case = match &spec.assessment {
            Some(assessment) => assessment.what.case(),
            None => Assessment::case_of(&reports, spec.hunt.map(|h| &h.what.id)),
        };
        let class = if spec.is_organisation {
            "organization"
        } else {
            "system"
        };
        let key = json!({ "identity_class": class, "name": spec.producer });
        Self {
            spec,
            producer: ids::own("identity", &key),
            activity: ids::own("campaign", &json!({ "case": case.as_str() })),
            case,
            activity_used: false,
            objects: BTreeMap::new(),
            refs: BTreeMap::new(),
            left_out: BTreeSet::new(),
        }
    }

    /// What is known of the whole case.
    fn whole(&self) -> Option<Stamp> {
        let reports = self.spec.reports.iter().map(|r| reported::stamp_of(*r));
        let hunt = self.spec.hunt.map(hunted::stamp_of);
        let assessment = self
            .spec
            .assessment
            .map(|a| Stamp::new(a.saved_at, a.saved_at, None));
        reports.chain(hunt).chain(assessment).reduce(Stamp::and)
    }

    /// Puts what all objects have into `own`, and keeps it. One that is there already takes over the wider range of
    /// time and the narrower marking.
    fn put(&mut self, type_name: &str, key: &Value, stamp_: Stamp, own: Value) -> String {
        let id = ids::own(type_name, key);
        self.put_as(&id, type_name, stamp_, own)
    }

    fn put_as(&mut self, id: &str, type_name: &str, mut when: Stamp, own: Value) -> String {
        if let Some(there) = self.objects.get(id) {
            when = when.and(self.stamp_in(there, when));
        }
        let mut object = json!({
            "type": type_name,
            "spec_version": "2.1",
            "id": id,
            "created": stamp(when.created),
            "modified": stamp(when.modified),
        });
        if id != self.producer {
            insert(&mut object, "created_by_ref", json!(self.producer));
        }
        if let (Some(map), Value::Object(own)) = (object.as_object_mut(), own) {
            map.extend(own);
        }
        self.mark(&mut object, when.tlp);
        self.objects.insert(id.to_owned(), object);
        id.to_owned()
    }

    /// The stamp of an object that was made before; `else_` where it has none.
    fn stamp_in(&self, object: &Value, else_: Stamp) -> Stamp {
        let time = |key| text(object, key).parse().ok();
        let tlp = object
            .pointer("/object_marking_refs/0")
            .and_then(Value::as_str)
            .and_then(marking::tlp_of_marking);
        Stamp {
            created: time("created").unwrap_or(else_.created),
            modified: time("modified").unwrap_or(else_.modified),
            tlp,
        }
    }

    /// A cyber-observable, which has no times.
    fn put_observable(&mut self, mut object: Value, tlp: Option<Tlp>) -> String {
        let id = id_of(&object);
        let tlp = match self.objects.get(&id) {
            None => tlp,
            Some(before) => {
                let before = before.pointer("/object_marking_refs/0");
                let before = before.and_then(Value::as_str);
                Tlp::joined(tlp, before.and_then(marking::tlp_of_marking))
            }
        };
        self.mark(&mut object, tlp);
        self.objects.insert(id.clone(), object);
        id
    }

    fn mark(&self, object: &mut Value, tlp: Option<Tlp>) {
        if let Some(tlp) = self.spec.tlp.or(tlp) {
            let ids = json!([marking::marking_id(tlp)]);
            insert(object, "object_marking_refs", ids);
        }
    }

    fn relate(
        &mut self,
        source: &str,
        verb: &str,
        target: &str,
        when: Stamp,
        own: Value,
    ) -> String {
        let key = json!({ "source_ref": source, "type": verb, "target_ref": target });
        let mut object = json!({
            "relationship_type": verb,
            "source_ref": source,
            "target_ref": target,
        });
        if let (Some(map), Value::Object(own)) = (object.as_object_mut(), own) {
            map.extend(own);
        }
        self.put("relationship", &key, when, object)
    }

    fn note(&mut self, about: &[String], title: &str, content: &str, when: Stamp) -> String {
        let key = json!({ "abstract": title, "case": self.case.as_str(), "object_refs": about });
        self.put(
            "note",
            &key,
            when,
            json!({
                "abstract": title,
                "content": content,
                "object_refs": about,
                "labels": [REMARK],
            }),
        )
    }

    fn finish(mut self) -> Case {
        if let Some(whole) = self.whole() {
            if self.activity_used {
                self.activity_object(whole);
            }
            self.report_objects();
            let class = if self.spec.is_organisation {
                "organization"
            } else {
                "system"
            };
            // Who makes it is no secret of any report, and was not made by a case: its version never moves.
            let id = self.producer.clone();
            let own = json!({ "name": self.spec.producer, "identity_class": class });
            self.put_as(&id, "identity", Stamp::new(SINCE, SINCE, None), own);
        }
        let used: BTreeSet<Tlp> = self
            .objects
            .values()
            .filter_map(|o| o.pointer("/object_marking_refs/0")?.as_str())
            .filter_map(marking::tlp_of_marking)
            .collect();
        for tlp in used {
            self.objects
                .insert(marking::marking_id(tlp), marking::definition(tlp));
        }
        Case {
            objects: self.objects.into_values().collect(),
            left_out: self.left_out.into_iter().collect(),
        }
    }

    /// The id of the activity, which is then among the objects.
    fn activity(&mut self) -> String {
        self.activity_used = true;
        self.activity.clone()
    }

    /// The activity that all of it is about: what uses techniques, attacks targets and may be somebody's.
    fn activity_object(&mut self, when: Stamp) {
        let id = self.activity.clone();
        let case = self.case.as_str().to_owned();
        self.put_as(
            &id,
            "campaign",
            when,
            json!({
                "name": format!("Activity {case}"),
                "description": "The activity that the reports and sightings of this bundle are about; no name of a campaign",
                "labels": [REMARK],
                "external_references": [{ "source_name": CASE_SOURCE, "external_id": case }],
            }),
        );
    }
}

fn insert(object: &mut Value, key: &str, value: Value) {
    if let Some(map) = object.as_object_mut() {
        map.insert(key.to_owned(), value);
    }
}

fn text<'v>(object: &'v Value, key: &str) -> &'v str {
    object.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// A name as STIX objects have it: never empty, and no longer than people read.
fn name(text: &str) -> String {
    let name = cut(text.trim(), 500);
    if name.is_empty() {
        "unnamed".to_owned()
    } else {
        name
    }
}
