//! The server as a function, with objects in memory: every check of the conformance suite, and what a network cannot
//! ask.
#![allow(clippy::unwrap_used, reason = "tests may fail")]

use std::collections::BTreeMap;

use tegakari_model::Timestamp;
use tegakari_taxii::conformance::{self, Ask, Outcome, Said, Target};
use tegakari_taxii::{
    Backend, Collection, Credentials, Entry, Filter, Incoming, Page, Refusal, Request, Response,
    Settings, Versions, handle,
};

#[derive(Default)]
struct Memory {
    /// Collection, type and entry, in order of place.
    entries: Vec<(String, String, Entry)>,
    statuses: BTreeMap<String, String>,
    broken: bool,
}

impl Memory {
    fn fits(&self, versions: &Versions, collection: &str, entry: &Entry) -> bool {
        let all = self.entries.iter();
        let times: Vec<Timestamp> = all
            .filter(|(c, _, e)| c == collection && e.id == entry.id)
            .map(|(_, _, e)| e.version)
            .collect();
        versions.all
            || versions.these.contains(&entry.version)
            || (versions.last && times.iter().max() == Some(&entry.version))
            || (versions.first && times.iter().min() == Some(&entry.version))
    }
}

const WRITABLE: &str = "9b000000-0000-4000-8000-000000000000";

impl Backend for Memory {
    fn collections(&mut self) -> Result<Vec<Collection>, Refusal> {
        if self.broken {
            return Err(Refusal("it is broken".to_owned()));
        }
        let one = |letter: &str, can_read, can_write| Collection {
            id: WRITABLE.replace('b', letter),
            alias: letter.to_owned(),
            title: letter.to_owned(),
            description: String::new(),
            can_read,
            can_write,
        };
        Ok(vec![
            one("a", true, false),
            one("b", true, true),
            one("c", false, true),
        ])
    }

    fn page(
        &mut self,
        collection: &str,
        filter: &Filter,
        behind: u64,
        limit: usize,
        _: bool,
    ) -> Result<Page, Refusal> {
        let any =
            |list: &[String], value: &str| list.is_empty() || list.iter().any(|one| one == value);
        let mut found: Vec<Entry> = self
            .entries
            .iter()
            .filter(|(own, kind, entry)| {
                own == collection
                    && entry.place > behind
                    && any(&filter.ids, &entry.id)
                    && any(&filter.types, kind)
                    && any(&filter.specs, &entry.spec)
                    && filter.added_after.is_none_or(|after| entry.added > after)
                    && self.fits(&filter.versions, collection, entry)
            })
            .map(|(_, _, entry)| entry.clone())
            .collect();
        let more = found.len() > limit;
        found.truncate(limit);
        Ok(Page {
            entries: found,
            more,
        })
    }

    fn add(
        &mut self,
        collection: &str,
        objects: &[Incoming],
        now: Timestamp,
    ) -> Result<Vec<bool>, Refusal> {
        let mut new = Vec::new();
        for object in objects {
            let place = self.entries.len() as u64 + 1;
            let step = microseconds(place);
            let added = Timestamp::from_microsecond(now.as_microsecond() + step).unwrap();
            let version = object.version.unwrap_or(added);
            let mut all = self.entries.iter();
            let there =
                all.any(|(c, _, e)| c == collection && e.id == object.id && e.version == version);
            new.push(!there);
            if !there {
                let entry = Entry {
                    place,
                    id: object.id.clone(),
                    version,
                    added,
                    spec: object.spec.clone(),
                    body: object.body.clone(),
                };
                self.entries
                    .push((collection.to_owned(), object.type_name.clone(), entry));
            }
        }
        Ok(new)
    }

    fn delete(
        &mut self,
        collection: &str,
        id: &str,
        versions: &Versions,
    ) -> Result<usize, Refusal> {
        let goes = |(c, _, e): &(String, String, Entry)| {
            c == collection && e.id == id && self.fits(versions, c, e)
        };
        let kept: Vec<_> = self.entries.iter().filter(|e| !goes(e)).cloned().collect();
        let gone = self.entries.len() - kept.len();
        self.entries = kept;
        Ok(gone)
    }

    fn keep_status(&mut self, id: &str, status: &str) -> Result<(), Refusal> {
        self.statuses.insert(id.to_owned(), status.to_owned());
        Ok(())
    }

    fn status(&mut self, id: &str) -> Result<Option<String>, Refusal> {
        Ok(self.statuses.get(id).cloned())
    }
}

fn microseconds(place: u64) -> i64 {
    i64::try_from(place).unwrap()
}

fn settings() -> Settings {
    Settings {
        title: "T".to_owned(),
        description: String::new(),
        base: "http://localhost".to_owned(),
        most_bytes: 1 << 20,
        most_entries: 5,
        credentials: Credentials::default(),
    }
}

fn now() -> Timestamp {
    "2026-03-01T00:00:00Z".parse().unwrap()
}

fn ask(memory: &mut Memory, method: &str, target: &str, body: &[u8]) -> Response {
    let request = Request {
        method,
        target,
        content_type: Some("application/taxii+json;version=2.1"),
        body,
        ..Request::default()
    };
    handle(&request, &settings(), memory, now())
}

#[test]
fn every_check_passes() {
    let mut memory = Memory::default();
    let mut settings = settings();
    settings.credentials.add_token("t");
    let target = Target {
        discovery: "/taxii2/".to_owned(),
        authorization: Some("Bearer t".to_owned()),
        write: Some(WRITABLE.to_owned()),
        ..Target::default()
    };
    let checks = conformance::run(&target, &mut |ask: &Ask| {
        let header = |name: &str| {
            let found = ask.headers.iter().find(|(own, _)| *own == name);
            found.map(|(_, value)| value.as_str())
        };
        let request = Request {
            method: ask.method,
            target: &ask.target,
            accept: header("Accept"),
            content_type: header("Content-Type"),
            authorization: header("Authorization"),
            body: &ask.body,
        };
        let response = handle(&request, &settings, &mut memory, now());
        let headers = response.headers.iter();
        Ok(Said {
            status: response.status,
            headers: headers
                .map(|(n, v)| (n.to_lowercase(), v.clone()))
                .collect(),
            body: response.body,
        })
    })
    .unwrap();
    let not_passed: Vec<_> = checks
        .iter()
        .filter(|c| c.outcome != Outcome::Passed)
        .collect();
    assert!(not_passed.is_empty(), "{not_passed:#?}");
}

#[test]
fn a_server_that_says_yes_to_everything_fails() {
    let target = Target {
        discovery: "/taxii2/".to_owned(),
        ..Target::default()
    };
    let checks = conformance::run(&target, &mut |_| {
        Ok(Said {
            status: 200,
            headers: Vec::new(),
            body: b"{\"title\":\"x\",\"default\":\"/r/\"}".to_vec(),
        })
    })
    .unwrap();
    let failed = checks
        .iter()
        .filter(|c| matches!(c.outcome, Outcome::Failed(_)))
        .count();
    assert!(failed >= 6, "{checks:#?}");
}

#[test]
fn deleting_takes_the_versions_that_are_meant() {
    let mut memory = Memory::default();
    let id = "note--6e4d2a3c-95a3-4a35-8d0e-6a5d7a1b2c3d";
    let object = |day: u8| {
        format!(
            r#"{{"type":"note","spec_version":"2.1","id":"{id}","created":"2026-01-01T00:00:00Z","modified":"2026-01-0{day}T00:00:00Z"}}"#
        )
    };
    let envelope = format!(
        "{{\"objects\":[{},{},{}]}}",
        object(1),
        object(2),
        object(3)
    );
    let objects = "/taxii2/api/collections/b/objects/";
    let added = ask(&mut memory, "POST", objects, envelope.as_bytes());
    assert_eq!(added.status, 202);
    let one = format!("{objects}{id}/");
    let closed = one.replace("/b/", "/a/");
    assert_eq!(ask(&mut memory, "DELETE", &closed, b"").status, 403);
    let last = format!("{one}?match[version]=last");
    assert_eq!(ask(&mut memory, "DELETE", &last, b"").status, 200);
    let left = ask(&mut memory, "GET", &format!("{one}versions/"), b"");
    let left = String::from_utf8(left.body).unwrap();
    assert!(
        left.contains("2026-01-02") && !left.contains("2026-01-03"),
        "{left}"
    );
    assert_eq!(ask(&mut memory, "DELETE", &one, b"").status, 200);
    assert_eq!(ask(&mut memory, "GET", &one, b"").status, 404);
    assert_eq!(ask(&mut memory, "DELETE", &one, b"").status, 404);
}

#[test]
fn what_goes_wrong_is_told() {
    let mut memory = Memory {
        broken: true,
        ..Memory::default()
    };
    let said = ask(&mut memory, "GET", "/taxii2/api/collections/", b"");
    assert_eq!(said.status, 500);
    memory.broken = false;
    let long = vec![b' '; (1 << 20) + 1];
    let said = ask(
        &mut memory,
        "POST",
        "/taxii2/api/collections/b/objects/",
        &long,
    );
    assert_eq!(said.status, 413);
    for target in [
        "",
        "taxii2",
        "http://x/taxii2/",
        "/taxii2/api/collections//objects/",
        "/taxii2//api/",
        "/%00",
        "/taxii2/api/status/%2e%2e/",
    ] {
        let said = ask(&mut memory, "GET", target, b"");
        assert_eq!(said.status, 404, "{target}");
    }
}
