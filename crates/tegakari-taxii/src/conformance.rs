//! What a TAXII 2.1 server must do, as checks that run against any server: give a function that asks it.
//!
//! The list follows the specification, the OASIS interoperability text, and what real clients stumbled over: headers
//! about times that are no times, redirects instead of answers, pages in an order that loses objects.

use serde_json::{Value, json};
use tegakari_model::Timestamp;

use crate::media::{MEDIA_TYPE, is_json_media};

/// A question for the server under test.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ask {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// Path and query on that server.
    pub target: String,
    /// Headers.
    pub headers: Vec<(&'static str, String)>,
    /// The body; empty for none.
    pub body: Vec<u8>,
}

/// What the server said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Said {
    /// Status of HTTP.
    pub status: u16,
    /// Names in lower case, with their values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// Which server.
#[derive(Debug, Clone, Default)]
pub struct Target {
    /// Path of its discovery (`/taxii2/`).
    pub discovery: String,
    /// Value of `Authorization`, where it wants one.
    pub authorization: Option<String>,
    /// Id of a collection to read; without it the first that can be read.
    pub read: Option<String>,
    /// Id of a collection to add to; without it the first that can be written. Objects are added.
    pub write: Option<String>,
}

/// What became of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// As it must be.
    Passed,
    /// Not so, and how.
    Failed(String),
    /// Could not be tried, and why.
    NotRun(String),
}

/// A check that was run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What must be.
    pub name: &'static str,
    /// What became of it.
    pub outcome: Outcome,
}

/// Asks the server all questions.
///
/// # Errors
/// When it cannot be asked at all: what `ask` says.
pub fn run(
    target: &Target,
    ask: &mut dyn FnMut(&Ask) -> Result<Said, String>,
) -> Result<Vec<Check>, String> {
    let mut run = Run {
        target,
        ask,
        checks: Vec::new(),
    };
    run.all()?;
    Ok(run.checks)
}

struct Run<'a> {
    target: &'a Target,
    ask: &'a mut dyn FnMut(&Ask) -> Result<Said, String>,
    checks: Vec<Check>,
}

impl Said {
    fn header(&self, name: &str) -> Option<&str> {
        let found = self
            .headers
            .iter()
            .find(|(own, _)| own.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    fn objects(&self) -> Vec<Value> {
        let found = self.json();
        let list = found.get("objects").and_then(Value::as_array);
        list.cloned().unwrap_or_default()
    }
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// The path of a URL that a server gave, wherever it says the server is.
fn path_of(url: &str) -> String {
    match url.split_once("://") {
        Some((_, rest)) => rest
            .find('/')
            .map_or_else(|| "/".to_owned(), |at| rest[at..].to_owned()),
        None if url.starts_with('/') => url.to_owned(),
        None => format!("/{url}"),
    }
}

impl Run<'_> {
    fn ask(&mut self, ask: &Ask) -> Result<Said, String> {
        (self.ask)(ask)
    }

    fn get(&mut self, target: &str) -> Result<Said, String> {
        self.get_as(target, Some(MEDIA_TYPE))
    }

    fn get_as(&mut self, target: &str, accept: Option<&str>) -> Result<Said, String> {
        let mut headers = Vec::new();
        headers.extend(accept.map(|a| ("Accept", a.to_owned())));
        headers.extend(
            self.target
                .authorization
                .clone()
                .map(|a| ("Authorization", a)),
        );
        self.ask(&Ask {
            method: "GET",
            target: target.to_owned(),
            headers,
            body: Vec::new(),
        })
    }

    fn post(&mut self, target: &str, media: &str, body: &[u8]) -> Result<Said, String> {
        let mut headers = vec![
            ("Accept", MEDIA_TYPE.to_owned()),
            ("Content-Type", media.to_owned()),
        ];
        headers.extend(
            self.target
                .authorization
                .clone()
                .map(|a| ("Authorization", a)),
        );
        self.ask(&Ask {
            method: "POST",
            target: target.to_owned(),
            headers,
            body: body.to_vec(),
        })
    }

    fn note(&mut self, name: &'static str, outcome: Outcome) {
        self.checks.push(Check { name, outcome });
    }

    fn check(&mut self, name: &'static str, fine: bool, how: impl FnOnce() -> String) {
        let outcome = if fine {
            Outcome::Passed
        } else {
            Outcome::Failed(how())
        };
        self.note(name, outcome);
    }

    fn status(&mut self, name: &'static str, said: &Said, wanted: &[u16]) {
        let status = said.status;
        self.check(name, wanted.contains(&status), || {
            format!("it answered {status} instead of {wanted:?}")
        });
    }

    fn all(&mut self) -> Result<(), String> {
        let discovery = self.target.discovery.clone();
        let said = self.get(&discovery)?;
        self.status("discovery answers 200", &said, &[200]);
        let media = said.header("content-type").unwrap_or_default().to_owned();
        self.check(
            "answers are application/taxii+json",
            is_json_media(&media),
            || media.clone(),
        );
        let document = said.json();
        self.check(
            "discovery has a title",
            !text(&document, "title").is_empty(),
            || document.to_string(),
        );
        self.both_ways(
            "discovery answers with and without a slash at the end",
            &discovery,
        )?;
        self.access(&discovery)?;
        let wrong = self.get_as(&discovery, Some("text/html"))?;
        self.status("a wrong Accept is answered 406", &wrong, &[406]);
        let old = self.get_as(&discovery, Some("application/taxii+json;version=2.0"))?;
        self.status("another version in Accept is answered 406", &old, &[406]);
        let plain = self.get_as(&discovery, Some("application/taxii+json"))?;
        self.status("Accept without a version is fine", &plain, &[200]);
        let roots = document.get("api_roots").and_then(Value::as_array);
        let root = document
            .get("default")
            .or_else(|| roots.and_then(|r| r.first()))
            .and_then(Value::as_str);
        let Some(root) = root.map(path_of) else {
            self.note(
                "there is an API root",
                Outcome::Failed("discovery names none".to_owned()),
            );
            return Ok(());
        };
        self.root(root.trim_end_matches('/'))
    }

    fn both_ways(&mut self, name: &'static str, path: &str) -> Result<(), String> {
        let bare = path.trim_end_matches('/').to_owned();
        let without = self.get(&bare)?.status;
        let with = self.get(&format!("{bare}/"))?.status;
        self.check(name, (without, with) == (200, 200), || {
            format!("without: {without}, with: {with}")
        });
        Ok(())
    }

    fn access(&mut self, discovery: &str) -> Result<(), String> {
        const NAMES: [&str; 2] = [
            "who is not known is answered 401 with WWW-Authenticate",
            "who gives a wrong password is answered 401",
        ];
        if self.target.authorization.is_none() {
            for name in NAMES {
                self.note(
                    name,
                    Outcome::NotRun("no credentials were given".to_owned()),
                );
            }
            return Ok(());
        }
        for (name, authorization) in NAMES
            .into_iter()
            .zip([None, Some("Basic bm9ib2R5Om5vYm9keQ==")])
        {
            let mut headers = vec![("Accept", MEDIA_TYPE.to_owned())];
            headers.extend(authorization.map(|a| ("Authorization", a.to_owned())));
            let said = self.ask(&Ask {
                method: "GET",
                target: discovery.to_owned(),
                headers,
                body: Vec::new(),
            })?;
            let told = said.header("www-authenticate").is_some();
            self.check(name, said.status == 401 && told, || {
                format!("it answered {}, WWW-Authenticate: {told}", said.status)
            });
        }
        Ok(())
    }

    fn root(&mut self, root: &str) -> Result<(), String> {
        let said = self.get(&format!("{root}/"))?;
        let document = said.json();
        let named = !text(&document, "title").is_empty()
            && document.get("versions").is_some_and(Value::is_array)
            && document
                .get("max_content_length")
                .is_some_and(Value::is_u64);
        self.check(
            "the API root has title, versions and max_content_length",
            named,
            || document.to_string(),
        );
        self.both_ways("the API root answers with and without a slash", root)?;
        let unknown = self.get(&format!("{root}-which-is-not-there/"))?;
        self.status("an unknown API root is answered 404", &unknown, &[404]);
        let unknown = self.get(&format!(
            "{root}/status/2c2cbd2f-7e20-4c54-8f6f-0f4d6b0a9b11/"
        ))?;
        self.status("an unknown status is answered 404", &unknown, &[404]);
        let said = self.get(&format!("{root}/collections/"))?;
        let document = said.json();
        let collections = document.get("collections").and_then(Value::as_array);
        let collections = collections.cloned().unwrap_or_default();
        let whole = |c: &Value| {
            !text(c, "id").is_empty()
                && !text(c, "title").is_empty()
                && ["can_read", "can_write"]
                    .iter()
                    .all(|key| c.get(*key).is_some_and(Value::is_boolean))
        };
        let fine = said.status == 200 && collections.iter().all(whole);
        self.check(
            "collections have id, title, can_read and can_write",
            fine,
            || document.to_string(),
        );
        self.both_ways(
            "collections answer with and without a slash",
            &format!("{root}/collections"),
        )?;
        let unknown = format!("{root}/collections/5b1a7a2e-2f3d-4b0a-9d65-93f7e3b64a10");
        for name in [
            "an unknown collection is answered 404",
            "objects of an unknown collection are answered 404",
        ] {
            let ending = if name.starts_with("objects") {
                "/objects/"
            } else {
                "/"
            };
            let said = self.get(&format!("{unknown}{ending}"))?;
            self.status(name, &said, &[404]);
        }
        let find = |flag: &str, id: &Option<String>| {
            let may = |c: &&Value| c.get(flag).and_then(Value::as_bool) == Some(true);
            let is = |c: &&Value| id.as_deref().is_none_or(|id| text(c, "id") == id);
            collections
                .iter()
                .filter(may)
                .find(is)
                .map(|c| text(c, "id").to_owned())
        };
        let (read, write) = (
            find("can_read", &self.target.read),
            find("can_write", &self.target.write),
        );
        self.refusals(root, &collections)?;
        if let Some(id) = &write {
            self.writing(root, id)?;
        } else {
            self.note(
                "objects can be added",
                Outcome::NotRun("no collection can be written".to_owned()),
            );
        }
        // What was added is read from there; the other may be empty.
        let readable = |id: &String| {
            let is = |c: &&Value| text(c, "id") == id;
            collections
                .iter()
                .find(is)
                .is_some_and(|c| c.get("can_read").and_then(Value::as_bool) == Some(true))
        };
        match self.target.read.clone().or(write.filter(readable)).or(read) {
            Some(id) => self.reading(&format!("{root}/collections/{id}")),
            None => {
                self.note(
                    "objects can be read",
                    Outcome::NotRun("no collection can be read".to_owned()),
                );
                Ok(())
            }
        }
    }

    fn refusals(&mut self, root: &str, collections: &[Value]) -> Result<(), String> {
        let closed = |flag: &str| {
            let may_not = |c: &&Value| c.get(flag).and_then(Value::as_bool) == Some(false);
            collections
                .iter()
                .find(may_not)
                .map(|c| text(c, "id").to_owned())
        };
        let envelope = json!({ "objects": [] }).to_string().into_bytes();
        match closed("can_write") {
            Some(id) => {
                let target = format!("{root}/collections/{id}/objects/");
                let said = self.post(&target, MEDIA_TYPE, &envelope)?;
                self.status(
                    "adding where nothing may be added is answered 403",
                    &said,
                    &[403],
                );
            }
            None => self.note(
                "adding where nothing may be added is answered 403",
                Outcome::NotRun("all collections can be written".to_owned()),
            ),
        }
        match closed("can_read") {
            Some(id) => {
                let said = self.get(&format!("{root}/collections/{id}/objects/"))?;
                self.status(
                    "reading what may not be read is answered 403",
                    &said,
                    &[403],
                );
            }
            None => self.note(
                "reading what may not be read is answered 403",
                Outcome::NotRun("all collections can be read".to_owned()),
            ),
        }
        Ok(())
    }

    fn writing(&mut self, root: &str, id: &str) -> Result<(), String> {
        let target = format!("{root}/collections/{id}/objects/");
        let envelope = json!({ "objects": samples() }).to_string().into_bytes();
        let said = self.post(&target, "application/json", &envelope)?;
        self.status("a wrong Content-Type is answered 415", &said, &[415]);
        let said = self.post(&target, MEDIA_TYPE, b"{\"objects\": [")?;
        self.status("broken JSON is answered 400 or 422", &said, &[400, 422]);
        let deep = [vec![b'['; 100_000], vec![b']'; 100_000]].concat();
        let said = self.post(&target, MEDIA_TYPE, &deep)?;
        self.status(
            "JSON nested 100,000 deep is answered 400, 413 or 422",
            &said,
            &[400, 413, 422],
        );
        let said = self.post(&target, MEDIA_TYPE, &envelope)?;
        self.status("objects that are added are answered 202", &said, &[202]);
        let status = said.json();
        let count = |key: &str| status.get(key).and_then(Value::as_u64);
        let counts = [
            "total_count",
            "success_count",
            "failure_count",
            "pending_count",
        ];
        let whole = counts.iter().all(|key| count(key).is_some())
            && count("total_count") == Some(samples().len() as u64)
            && matches!(text(&status, "status"), "complete" | "pending");
        self.check("a status has its counts", whole, || status.to_string());
        let fine = (0..10).any(|_| {
            let said = self.get(&format!("{root}/status/{}/", text(&status, "id")));
            said.is_ok_and(|s| s.status == 200 && text(&s.json(), "status") == "complete")
        });
        self.check(
            "the status can be asked for until it is complete",
            fine,
            || status.to_string(),
        );
        let bad = json!({ "objects": [{ "type": "indicator", "id": "indicator--x" }] });
        let said = self.post(&target, MEDIA_TYPE, bad.to_string().as_bytes())?;
        let failures = said.json().get("failure_count").and_then(Value::as_u64);
        let refused = matches!(said.status, 400 | 422) || failures == Some(1);
        self.check(
            "an object that is none is refused or told as a failure",
            refused,
            || {
                format!(
                    "it answered {} with failure_count {failures:?}",
                    said.status
                )
            },
        );
        Ok(())
    }

    fn reading(&mut self, collection: &str) -> Result<(), String> {
        self.both_ways("a collection answers with and without a slash", collection)?;
        self.both_ways(
            "objects answer with and without a slash",
            &format!("{collection}/objects"),
        )?;
        let objects = format!("{collection}/objects/");
        let first = self.get(&format!("{objects}?limit=2"))?;
        let some = first.objects();
        self.check(
            "a limit is kept",
            first.status == 200 && some.len() <= 2,
            || format!("{} objects with limit=2", some.len()),
        );
        let empty = self.get(&format!("{objects}?added_after=2999-01-01T00:00:00Z"))?;
        let bare = empty.status == 200 && empty.objects().is_empty();
        self.check("a page without objects is 200", bare, || {
            format!("it answered {}", empty.status)
        });
        let odd = ["x-taxii-date-added-first", "x-taxii-date-added-last"]
            .into_iter()
            .filter_map(|name| empty.header(name))
            .find(|value| value.parse::<Timestamp>().is_err());
        self.check(
            "headers about times are times also on an empty page",
            odd.is_none(),
            || format!("{odd:?}"),
        );
        for wrong in ["limit=0", "limit=x", "added_after=yesterday"] {
            let said = self.get(&format!("{objects}?{wrong}"))?;
            self.status("a wrong filter is answered 400", &said, &[400]);
        }
        let unknown = self.get(&format!(
            "{objects}indicator--00000000-0000-4000-8000-000000000000/"
        ))?;
        self.status("an unknown object is answered 404", &unknown, &[404]);
        let nowhere = self.get(&format!("{objects}..%2f..%2f..%2fetc%2fpasswd/"))?;
        self.status(
            "a path out of the server is answered 404",
            &nowhere,
            &[400, 404],
        );
        let Some(object) = some.first() else {
            self.note(
                "objects can be paged",
                Outcome::NotRun("the collection is empty".to_owned()),
            );
            return Ok(());
        };
        self.times(&first);
        self.pages(collection)?;
        self.one(collection, object)
    }

    fn times(&mut self, said: &Said) {
        let time = |name: &str| said.header(name).and_then(|v| v.parse::<Timestamp>().ok());
        let (first, last) = (
            time("x-taxii-date-added-first"),
            time("x-taxii-date-added-last"),
        );
        let fine = matches!((first, last), (Some(first), Some(last)) if first <= last);
        self.check(
            "X-TAXII-Date-Added-First and -Last are times in order",
            fine,
            || format!("{:?}", said.headers),
        );
    }

    fn pages(&mut self, collection: &str) -> Result<(), String> {
        let manifest = self.get(&format!("{collection}/manifest/"))?;
        let records = manifest.objects();
        let whole = |r: &Value| {
            ["id", "date_added", "version", "media_type"]
                .iter()
                .all(|key| !text(r, key).is_empty())
        };
        self.check(
            "manifest records have id, date_added, version and media_type",
            records.iter().all(whole),
            || manifest.json().to_string().chars().take(300).collect(),
        );
        let added: Vec<Option<Timestamp>> = records
            .iter()
            .map(|r| text(r, "date_added").parse().ok())
            .collect();
        let rising = added.windows(2).all(|pair| pair[0] <= pair[1]);
        self.check("objects stand in the order of adding", rising, || {
            format!("{added:?}")
        });
        let distinct = added.windows(2).all(|pair| pair[0] < pair[1]);
        self.check("no two objects were added at one time", distinct, || {
            format!("{added:?}")
        });
        let whole: Vec<String> = self.walk(collection, &manifest, None)?;
        let small: Vec<String> = {
            let first = self.get(&format!("{collection}/manifest/?limit=1"))?;
            self.walk(collection, &first, Some(1))?
        };
        let most = small.len().min(whole.len());
        let same = small.get(..most) == whole.get(..most) && most > 0;
        self.check("pages of one hold what larger pages hold", same, || {
            format!("{} by ones, {} otherwise", small.len(), whole.len())
        });
        if let Some(Some(time)) = added.first() {
            let target = format!("{collection}/manifest/?added_after={time:.6}");
            let later = self.get(&target)?.objects();
            let none_before = later.iter().all(|r| {
                text(r, "date_added")
                    .parse::<Timestamp>()
                    .is_ok_and(|t| t > *time)
            });
            self.check("added_after is strict", none_before, || {
                format!("after {time}: {later:?}")
            });
        }
        Ok(())
    }

    /// Ids of all pages behind one, at most a hundred pages.
    fn walk(
        &mut self,
        collection: &str,
        first: &Said,
        limit: Option<u32>,
    ) -> Result<Vec<String>, String> {
        let mut ids = Vec::new();
        let mut said = first.clone();
        for _ in 0..100 {
            let page = said.json();
            ids.extend(said.objects().iter().map(|o| text(o, "id").to_owned()));
            let next = text(&page, "next").to_owned();
            if page.get("more").and_then(Value::as_bool) != Some(true) || next.is_empty() {
                break;
            }
            let limit = limit.map_or_else(String::new, |limit| format!("&limit={limit}"));
            said = self.get(&format!("{collection}/manifest/?next={next}{limit}"))?;
        }
        Ok(ids)
    }

    fn one(&mut self, collection: &str, object: &Value) -> Result<(), String> {
        let (id, type_name) = (
            text(object, "id").to_owned(),
            text(object, "type").to_owned(),
        );
        let said = self.get(&format!("{collection}/objects/{id}/"))?;
        let got = said.objects();
        let same = !got.is_empty() && got.iter().all(|o| text(o, "id") == id);
        self.check("an object can be had by its id", same, || {
            format!("{}: {} objects", said.status, got.len())
        });
        let said = self.get(&format!("{collection}/objects/{id}/versions/"))?;
        let versions = said.json();
        let listed = versions
            .get("versions")
            .and_then(Value::as_array)
            .is_some_and(|v| !v.is_empty());
        self.check("versions of an object are listed", listed, || {
            versions.to_string()
        });
        for (name, query, fine) in [
            ("match[id] filters", format!("match[id]={id}"), "id"),
            (
                "match[type] filters",
                format!("match[type]={type_name}"),
                "type",
            ),
        ] {
            let wanted = if fine == "id" { &id } else { &type_name };
            let got = self
                .get(&format!("{collection}/objects/?{query}"))?
                .objects();
            let right = !got.is_empty() && got.iter().all(|o| text(o, fine) == wanted);
            self.check(name, right, || format!("{} objects for {query}", got.len()));
        }
        let got = self.get(&format!("{collection}/objects/?match[spec_version]=2.1"))?;
        let right = got.status == 200
            && got
                .objects()
                .iter()
                .all(|o| matches!(text(o, "spec_version"), "2.1" | ""));
        self.check("match[spec_version] filters", right, || {
            format!("it answered {}", got.status)
        });
        let got = self.get(&format!(
            "{collection}/objects/?match[version]=all&match[id]={id}"
        ))?;
        self.check(
            "match[version]=all is understood",
            !got.objects().is_empty(),
            || format!("it answered {}", got.status),
        );
        let versioned = format!("{collection}/manifest/?match[id]={}", SAMPLE_IDS[0]);
        let newest = self.get(&versioned)?.objects();
        if newest.is_empty() {
            self.note(
                "the newest version is the one that is given",
                Outcome::NotRun("the samples are not in this collection".to_owned()),
            );
        } else {
            let only = newest.len() == 1
                && newest
                    .iter()
                    .all(|r| text(r, "version").starts_with("2026-01-02"));
            self.check("the newest version is the one that is given", only, || {
                format!("{newest:?}")
            });
            let first = self
                .get(&format!("{versioned}&match[version]=first"))?
                .objects();
            let only = first.len() == 1
                && first
                    .iter()
                    .all(|r| text(r, "version").starts_with("2026-01-01"));
            self.check("match[version]=first gives the oldest", only, || {
                format!("{first:?}")
            });
        }
        Ok(())
    }
}

const SAMPLE_IDS: [&str; 2] = [
    "indicator--6e4d2a3c-95a3-4a35-8d0e-6a5d7a1b2c3d",
    "malware--7f5e3b4d-06b4-4b46-9e1f-7b6e8b2c3d4e",
];

/// Two versions of an indicator, and malware.
fn samples() -> Vec<Value> {
    let indicator = |modified: &str| {
        json!({
            "type": "indicator",
            "spec_version": "2.1",
            "id": SAMPLE_IDS[0],
            "created": "2026-01-01T00:00:00.000Z",
            "modified": modified,
            "name": "conformance.example",
            "indicator_types": ["benign"],
            "pattern": "[domain-name:value = 'conformance.example']",
            "pattern_type": "stix",
            "valid_from": "2026-01-01T00:00:00Z",
        })
    };
    vec![
        indicator("2026-01-01T00:00:00.000Z"),
        indicator("2026-01-02T00:00:00.000Z"),
        json!({
            "type": "malware",
            "spec_version": "2.1",
            "id": SAMPLE_IDS[1],
            "created": "2026-01-01T00:00:00.000Z",
            "modified": "2026-01-01T00:00:00.000Z",
            "name": "Conformance \"sample\"\n\u{202e}",
            "is_family": true,
        }),
    ]
}
