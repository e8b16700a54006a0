//! A client of TAXII 2.1: other servers' collections are read, and ours are added to theirs.
//!
//! There is no network code here either: the machine's own `curl` is started, as in `fetch.rs`, and told what to do on
//! its standard input, so that no password stands in the list of processes. No redirect is followed: a server that was
//! named gets the credentials, and nobody that it names.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tegakari_model::{Report, Timestamp};
use tegakari_stix::write;
use tegakari_store::Store;
use tegakari_taxii::MEDIA_TYPE;

use crate::PipelineError;
use crate::fetch::{curl_is_there, is_loopback, refusal};
use crate::read_reports::{keep, read_several};
use crate::serve::lines;

/// Most bytes of one answer, and of all pages together: what a report may have.
const MOST_BYTES: usize = 128 << 20;
/// Most pages.
const MOST_PAGES: usize = 100_000;
/// Objects that are asked for, or added, at once.
const AT_ONCE: usize = 1000;
/// Bytes that are added at once when the server names no limit.
const BYTES_AT_ONCE: u64 = 4 << 20;
/// How often a server is asked whether it is done.
const ASKS: usize = 10;
/// Longest time for one answer.
const SECONDS: &str = "300";

/// Which collection of which server.
#[derive(Debug, Clone, Default)]
pub struct TaxiiRequest {
    /// Address of a discovery, an API root or a collection.
    pub url: String,
    /// Id, alias or title of the collection; without it the only one that will do.
    pub collection: Option<String>,
    /// File whose first line is a token.
    pub token: Option<PathBuf>,
    /// File whose first line is `name:password`.
    pub basic: Option<PathBuf>,
    /// Only what was added later.
    pub added_after: Option<Timestamp>,
}

/// What became of adding.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Added {
    /// Where to.
    pub url: String,
    /// Objects that the server has now.
    pub successes: u64,
    /// Objects that it refused.
    pub failures: u64,
    /// The first reason.
    pub why: String,
    /// Objects that it has not decided on yet, and its number for them.
    pub pending: u64,
    /// Its number for them.
    pub status: String,
}

/// Reads a collection as one report, which is kept when a store is given.
///
/// # Errors
/// When the server cannot be asked, says no, or what it says is no TAXII 2.1; or the report cannot be kept.
pub fn read_taxii(
    request: &TaxiiRequest,
    store: Option<&mut Store>,
) -> Result<Vec<Report>, PipelineError> {
    let client = Client::new(request)?;
    let (place, _) = client.collection("can_read")?;
    let mut objects: Vec<String> = Vec::new();
    let mut bytes = 0;
    let mut seen = BTreeSet::new();
    let mut after = request.added_after.map(|time| format!("{time}"));
    let mut next = String::new();
    for _ in 0..MOST_PAGES {
        let mut query = format!("limit={AT_ONCE}");
        for (name, value) in [
            ("added_after", after.as_deref().unwrap_or("")),
            ("next", &next),
        ] {
            if !value.is_empty() {
                query.push_str(&format!("&{name}={}", encoded(value)));
            }
        }
        let answer = client.get(&format!("{place}objects/?{query}"))?;
        let page = answer.json(&client.shown)?;
        for object in page
            .get("objects")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let text = object.to_string();
            bytes += text.len();
            objects.push(text);
        }
        if bytes > MOST_BYTES {
            return Err(client.wrong(
                "the collection has more than 128 MB; fetch a part of it with --added-after",
            ));
        }
        if page.get("more").and_then(Value::as_bool) != Some(true) {
            break;
        }
        // A server without `next` is gone on with behind the time that it named.
        match page.get("next").and_then(Value::as_str) {
            Some(told) => told.clone_into(&mut next),
            None => after = answer.last.clone(),
        }
        if !seen.insert((next.clone(), after.clone())) {
            return Err(client.wrong("the server gives the same page again and again"));
        }
    }
    if objects.is_empty() {
        return Err(client.wrong("the collection holds nothing (since the time asked for)"));
    }
    let id = write::own_uuid(
        "taxii-read",
        &json!({ "url": place, "objects": objects.len() }),
    );
    let document = format!(
        "{{\"type\":\"bundle\",\"id\":\"bundle--{id}\",\"objects\":[\n{}\n]}}\n",
        objects.join(",\n")
    );
    let mut documents = read_several(Path::new("taxii.stix.json"), document.as_bytes())?;
    for (report, _) in &mut documents {
        report.source.name = client.shown.clone();
    }
    keep(documents, store)
}

/// Adds objects to a collection.
///
/// # Errors
/// When the server cannot be asked, says no, or what it says is no TAXII 2.1.
pub fn add_to_taxii(request: &TaxiiRequest, objects: &[Value]) -> Result<Added, PipelineError> {
    let client = Client::new(request)?;
    let (place, root) = client.collection("can_write")?;
    let limit = match &root {
        Some(root) => client
            .get(root)?
            .json(&client.shown)?
            .get("max_content_length")
            .and_then(Value::as_u64),
        None => None,
    };
    // Some headroom for the envelope.
    let limit = limit.unwrap_or(BYTES_AT_ONCE).clamp(1024, 64 << 20) as usize - 64;
    let mut added = Added {
        url: client.shown.clone(),
        ..Added::default()
    };
    let mut part: Vec<String> = Vec::new();
    let mut size = 0;
    for object in objects {
        let text = object.to_string();
        if !part.is_empty() && (part.len() >= AT_ONCE || size + text.len() + 1 > limit) {
            client.add(&place, root.as_deref(), &part, &mut added)?;
            part.clear();
            size = 0;
        }
        size += text.len() + 1;
        part.push(text);
    }
    if !part.is_empty() {
        client.add(&place, root.as_deref(), &part, &mut added)?;
    }
    Ok(added)
}

struct Client {
    url: String,
    /// The address as it may be shown.
    shown: String,
    wanted: Option<String>,
    /// Lines for curl that hold the credentials.
    secret: String,
}

struct Answer {
    status: u16,
    /// `X-TAXII-Date-Added-Last`.
    last: Option<String>,
    body: Vec<u8>,
}

impl Answer {
    fn json(&self, shown: &str) -> Result<Value, PipelineError> {
        serde_json::from_slice(&self.body).map_err(|error| {
            PipelineError::NotKnown(format!(
                "{shown}: the answer is no JSON ({error}); is it a TAXII 2.1 server?"
            ))
        })
    }
}

impl Client {
    fn new(request: &TaxiiRequest) -> Result<Self, PipelineError> {
        let url = request.url.trim().to_owned();
        let shown = url.split('?').next().unwrap_or("").to_owned();
        let mut client = Self {
            url,
            shown,
            wanted: request.collection.clone(),
            secret: String::new(),
        };
        if let Some(refusal) = refusal(&client.url) {
            return Err(client.wrong(refusal));
        }
        let rest = client.url.split_once("://").map_or("", |(_, rest)| rest);
        let host = rest.split(['/', '?', '#']).next().unwrap_or("");
        if host.contains('@') {
            return Err(PipelineError::NotKnown(
                "give the name and password in a file with --basic, not in the address".to_owned(),
            ));
        }
        if !curl_is_there() {
            return Err(client.wrong("curl is not there; install it"));
        }
        for (path, is_basic) in [(&request.basic, true), (&request.token, false)] {
            let Some(path) = path else { continue };
            let first = lines(path)?.into_iter().next();
            let fits = |line: &String| {
                (!is_basic || line.contains(':')) && !line.chars().any(char::is_control)
            };
            let Some(line) = first.filter(fits) else {
                let file = path.to_string_lossy().into_owned();
                return Err(tegakari_render::told::serve_no_credentials(file).into());
            };
            client.secret.push_str(&if is_basic {
                format!("user = {}\n", quoted(&line))
            } else {
                format!(
                    "header = {}\n",
                    quoted(&format!("Authorization: Bearer {line}"))
                )
            });
        }
        Ok(client)
    }

    fn wrong(&self, what: &str) -> PipelineError {
        PipelineError::NotKnown(format!("{}: {what}", self.shown))
    }

    /// The address of the collection that is meant, with a slash at its end, and that of its API root.
    fn collection(&self, may: &str) -> Result<(String, Option<String>), PipelineError> {
        let mut url = self.url.trim_end_matches('/').to_owned() + "/";
        let mut found = self.get(&url)?.json(&self.shown)?;
        if let Some(root) = found
            .get("default")
            .or_else(|| found.pointer("/api_roots/0"))
            .and_then(Value::as_str)
        {
            url = self.beside(root)?;
            found = self.get(&url)?.json(&self.shown)?;
        }
        if found.get("can_read").is_some() && found.get("id").is_some() {
            let root = url
                .rsplit_once("/collections/")
                .map(|(root, _)| format!("{root}/"));
            return Ok((url, root));
        }
        let all = self.get(&format!("{url}collections/"))?.json(&self.shown)?;
        let all = all
            .get("collections")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        let text = |c: &Value, key: &str| {
            c.get(key)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let fits = |c: &&Value| match &self.wanted {
            Some(wanted) => ["id", "alias", "title"]
                .iter()
                .any(|key| text(c, key) == *wanted),
            None => c.get(may).and_then(Value::as_bool) == Some(true),
        };
        let fitting: Vec<&Value> = all.iter().filter(fits).collect();
        match fitting.as_slice() {
            [one] => Ok((
                format!("{url}collections/{}/", encoded(&text(one, "id"))),
                Some(url),
            )),
            _ => {
                let named: Vec<String> = all
                    .iter()
                    .take(20)
                    .map(|c| format!("{} ({})", text(c, "id"), text(c, "title")))
                    .collect();
                Err(self.wrong(&format!(
                    "say which collection with --collection: {}",
                    named.join(", ")
                )))
            }
        }
    }

    /// An address that the server named, which must be its own.
    fn beside(&self, named: &str) -> Result<String, PipelineError> {
        let origin = |url: &str| -> Option<String> {
            let (scheme, rest) = url.split_once("://")?;
            let host = rest.split(['/', '?', '#']).next()?;
            Some(format!("{scheme}://{host}").to_ascii_lowercase())
        };
        let own = origin(&self.url).unwrap_or_default();
        let full = match named.split_once("://") {
            Some(_) => named.to_owned(),
            None if named.starts_with('/') => format!("{own}{named}"),
            None => format!("{}/{named}", self.url.trim_end_matches('/')),
        };
        if refusal(&full).is_some() || origin(&full).as_deref() != Some(own.as_str()) {
            return Err(self.wrong(&format!(
                "its API root is elsewhere ({}); give that address if you trust it",
                full.chars()
                    .filter(char::is_ascii_graphic)
                    .take(200)
                    .collect::<String>()
            )));
        }
        Ok(full.trim_end_matches('/').to_owned() + "/")
    }

    fn get(&self, url: &str) -> Result<Answer, PipelineError> {
        let answer = self.call(url, None)?;
        match answer.status {
            200 => Ok(answer),
            _ => Err(self.said_no(&answer)),
        }
    }

    /// Adds one envelope, and waits for a while when the server does not decide at once.
    fn add(
        &self,
        place: &str,
        root: Option<&str>,
        part: &[String],
        added: &mut Added,
    ) -> Result<(), PipelineError> {
        let envelope = format!("{{\"objects\":[{}]}}", part.join(","));
        let answer = self.call(&format!("{place}objects/"), Some(envelope.as_bytes()))?;
        if answer.status != 202 && answer.status != 200 {
            return Err(self.said_no(&answer));
        }
        let mut status = answer.json(&self.shown)?;
        let id = status
            .get("id")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        for _ in 0..ASKS {
            let pending = status.get("status").and_then(Value::as_str) == Some("pending");
            let (true, Some(root)) = (pending, root) else {
                break;
            };
            std::thread::sleep(Duration::from_secs(1));
            status = self
                .get(&format!("{root}status/{}/", encoded(&id)))?
                .json(&self.shown)?;
        }
        let count = |key: &str| status.get(key).and_then(Value::as_u64).unwrap_or(0);
        added.successes += count("success_count");
        added.failures += count("failure_count");
        added.pending += count("pending_count");
        added.status = id;
        if added.why.is_empty() {
            let why = status
                .pointer("/failures/0/message")
                .and_then(Value::as_str);
            added.why = why.unwrap_or_default().chars().take(200).collect();
        }
        Ok(())
    }

    fn said_no(&self, answer: &Answer) -> PipelineError {
        let said: Value = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
        let text = |key: &str| said.get(key).and_then(Value::as_str).unwrap_or_default();
        let said: String = format!("{} {}", text("title"), text("description"));
        let said: String = said
            .trim()
            .chars()
            .filter(|c| !c.is_control())
            .take(200)
            .collect();
        let why = match answer.status {
            401 => "it wants to know who asks (401): give --token FILE or --basic FILE".to_owned(),
            403 => format!("it refuses (403) {said}"),
            404 => "there is nothing at this address (404)".to_owned(),
            406 => "it does not speak TAXII 2.1 (406)".to_owned(),
            413 => "it takes no more at once (413)".to_owned(),
            300..=399 => format!(
                "it points elsewhere ({}), which is not followed; give the address that it means",
                answer.status
            ),
            status => format!("it answers {status} {said}"),
        };
        self.wrong(&why)
    }

    fn call(&self, url: &str, body: Option<&[u8]>) -> Result<Answer, PipelineError> {
        let folder = tempfile::tempdir()
            .map_err(|e| PipelineError::writing(Path::new("a temporary folder"), &e))?;
        let heads = folder.path().join("heads");
        let mut config = format!(
            "url = {}\nheader = {}\n{}",
            quoted(url),
            quoted(&format!("Accept: {MEDIA_TYPE}")),
            self.secret
        );
        if let Some(body) = body {
            let file = folder.path().join("body");
            std::fs::write(&file, body).map_err(|e| PipelineError::writing(&file, &e))?;
            config.push_str(&format!(
                "header = {}\nheader = \"Expect:\"\ndata-binary = {}\n",
                quoted(&format!("Content-Type: {MEDIA_TYPE}")),
                quoted(&format!("@{}", file.display()))
            ));
        }
        let mut command = Command::new("curl");
        command.args([
            "--silent",
            "--show-error",
            "--globoff",
            "--connect-timeout",
            "30",
        ]);
        command
            .args(["--max-time", SECONDS, "--config", "-", "--dump-header"])
            .arg(&heads);
        if is_loopback(url) {
            command.args(["--proto", "=http", "--noproxy", "*"]);
        } else {
            command.args(["--proto", "=https"]);
        }
        let cannot = |e: std::io::Error| self.wrong(&format!("curl cannot be used: {e}"));
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(cannot)?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(config.as_bytes()).map_err(cannot)?;
        }
        let mut bytes = Vec::new();
        let most = MOST_BYTES as u64 + 1;
        if let Some(stdout) = child.stdout.take() {
            stdout.take(most).read_to_end(&mut bytes).map_err(cannot)?;
        }
        if bytes.len() > MOST_BYTES {
            let _ = child.kill();
        }
        let done = child.wait_with_output().map_err(cannot)?;
        if bytes.len() > MOST_BYTES {
            return Err(self.wrong("one answer has more than 128 MB"));
        }
        if !done.status.success() {
            let said = String::from_utf8_lossy(&done.stderr);
            let said = said.lines().next().unwrap_or("").trim();
            let said: String = said.chars().filter(|c| !c.is_control()).take(200).collect();
            return Err(self.wrong(&format!("it cannot be reached ({said})")));
        }
        let heads = std::fs::read(&heads).unwrap_or_default();
        let (status, last) = read_heads(&String::from_utf8_lossy(&heads));
        Ok(Answer {
            status,
            last,
            body: bytes,
        })
    }
}

/// Status and `X-TAXII-Date-Added-Last` of the last answer.
fn read_heads(text: &str) -> (u16, Option<String>) {
    let (mut status, mut last) = (0, None);
    for line in text.lines() {
        if line.starts_with("HTTP/") {
            let code = line.split(' ').nth(1).and_then(|s| s.parse().ok());
            (status, last) = (code.unwrap_or(0), None);
        } else if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("x-taxii-date-added-last")
        {
            let value = value.trim();
            last = value.parse::<Timestamp>().ok().map(|_| value.to_owned());
        }
    }
    (status, last)
}

/// Text for curl's configuration: in quotes, where a backslash escapes.
fn quoted(text: &str) -> String {
    let clean: String = text.chars().filter(|c| !c.is_control()).collect();
    format!("\"{}\"", clean.replace('\\', "\\\\").replace('"', "\\\""))
}

/// A value inside an address: whatever a server says, it ends nothing.
fn encoded(text: &str) -> String {
    text.bytes()
        .map(|b| {
            if b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~') {
                char::from(b).to_string()
            } else {
                format!("%{b:02X}")
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Client, TaxiiRequest, encoded, quoted, read_heads};

    #[test]
    fn nothing_that_is_said_ends_its_place() {
        assert_eq!(quoted("a\"b\\c\nurl = x"), "\"a\\\"b\\\\curl = x\"");
        assert_eq!(encoded("a/../b?c&d=\"é"), "a%2F..%2Fb%3Fc%26d%3D%22%C3%A9");
        let heads = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nX-TAXII-Date-Added-Last: undefined\r\n";
        assert_eq!(read_heads(heads), (200, None));
    }

    #[test]
    fn credentials_go_to_nobody_that_a_server_names() {
        let client = Client {
            url: "https://taxii.example/taxii2/".to_owned(),
            shown: String::new(),
            wanted: None,
            secret: String::new(),
        };
        assert_eq!(
            client.beside("/api/").unwrap(),
            "https://taxii.example/api/"
        );
        assert_eq!(
            client.beside("https://taxii.example/api").unwrap(),
            "https://taxii.example/api/"
        );
        for other in [
            "https://evil.example/api/",
            "http://taxii.example/api/",
            "https://taxii.example@evil.example/",
            "https://taxii.example/a b",
        ] {
            assert!(client.beside(other).is_err(), "{other}");
        }
        for url in [
            "http://taxii.example/",
            "ftp://x/",
            "https://u:p@taxii.example/",
            "file:///etc/passwd",
        ] {
            let request = TaxiiRequest {
                url: url.to_owned(),
                ..TaxiiRequest::default()
            };
            assert!(Client::new(&request).is_err(), "{url}");
        }
    }
}
