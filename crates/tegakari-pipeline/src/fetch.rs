//! Fetches one file with the machine's own `curl`: its certificates, its proxy settings, its `.curlrc`.
//!
//! There is no network code in this program; this module starts another. Only `knowledge update` without `--from` calls it.
//! What is asked of curl: HTTPS only (plain HTTP for loopback addresses, for mirrors and tests), nothing transferred when
//! the file has not changed, a broken transfer taken up where it ended, and an end after a size and a time.

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How far a transfer may go.
#[derive(Debug, Clone, Copy)]
pub struct FetchLimits {
    /// Most bytes of a file.
    pub bytes: u64,
    /// Longest time for a file.
    pub time: Duration,
}

impl Default for FetchLimits {
    fn default() -> Self {
        Self {
            bytes: 512 << 20,
            time: Duration::from_secs(900),
        }
    }
}

/// By what a server knows a version of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tags {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) etag: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) last_modified: String,
}

/// What came of it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fetched {
    /// The whole file is at the place given.
    New(Tags),
    /// It has not changed.
    Unchanged,
}

/// Attempts for one file, as long as each brings it further.
const ATTEMPTS: usize = 3;

/// Whether curl is there.
pub(crate) fn curl_is_there() -> bool {
    let version = Command::new("curl")
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    version.is_ok_and(|status| status.success())
}

/// Why an address may not be fetched; `None` when it may.
pub(crate) fn refusal(url: &str) -> Option<&'static str> {
    if url.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Some("an address has no blanks or control characters");
    }
    if url.starts_with("https://") || is_loopback(url) {
        return None;
    }
    Some("only https:// is fetched (http:// from this machine itself)")
}

/// Whether it is plain HTTP to this machine.
pub(crate) fn is_loopback(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("http://") else {
        return false;
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or("");
    // With a user in front it is not what it looks like; nor where programs disagree on what a backslash is.
    if host.contains(['@', '\\']) {
        return false;
    }
    let host = match host.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or(""),
        None => host.split(':').next().unwrap_or(""),
    };
    host == "localhost"
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

/// Fetches `url` to `target` unless it is as `known`. `part` is where the beginning of it lies or will lie.
pub(crate) fn fetch(
    url: &str,
    known: Option<&Tags>,
    part: &Path,
    target: &Path,
    limits: FetchLimits,
) -> Result<Fetched, String> {
    if let Some(refusal) = refusal(url) {
        return Err(refusal.to_owned());
    }
    for folder in [part, target].into_iter().filter_map(Path::parent) {
        fs::create_dir_all(folder).map_err(|e| format!("cannot make {}: {e}", folder.display()))?;
    }
    let mut size = None;
    for attempt in 1.. {
        let before = length(part);
        match once(url, known, part, limits)? {
            Ended::Unchanged => return Ok(Fetched::Unchanged),
            Ended::Whole(tags) => {
                fs::rename(part, target)
                    .map_err(|e| format!("cannot write {}: {e}", target.display()))?;
                let _ = fs::remove_file(tags_of(part));
                return Ok(Fetched::New(tags));
            }
            Ended::StartAgain => {
                forget(part);
                if before == 0 || attempt >= ATTEMPTS {
                    return Err("the server sends no whole file".to_owned());
                }
            }
            Ended::Broken(why) => {
                let now = length(part);
                if attempt >= ATTEMPTS || now <= size.unwrap_or(before) {
                    let kept = match now {
                        0 => String::new(),
                        n => format!("; {n} bytes are kept, and the next run goes on from there"),
                    };
                    return Err(format!("{why}{kept}"));
                }
                size = Some(now);
            }
        }
    }
    Err("the server sends no whole file".to_owned())
}

enum Ended {
    Whole(Tags),
    Unchanged,
    /// What is there cannot be gone on from.
    StartAgain,
    /// It may be gone on from.
    Broken(String),
}

fn once(
    url: &str,
    known: Option<&Tags>,
    part: &Path,
    limits: FetchLimits,
) -> Result<Ended, String> {
    let heads = with_ending(part, "head");
    let have = length(part);
    let begun: Option<Tags> = fs::read(tags_of(part))
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let resume = begun.filter(|_| have > 0).and_then(|tags| tags.strong());
    if have > 0 && resume.is_none() {
        forget(part);
    }
    let mut command = Command::new("curl");
    command.args(["--silent", "--show-error", "--fail", "--globoff"]);
    if is_loopback(url) {
        command.args(["--proto", "=http", "--noproxy", "*"]);
    } else {
        let https = ["--proto", "=https", "--proto-redir", "=https"];
        command
            .args(https)
            .args(["--location", "--max-redirs", "5"]);
    }
    command
        .args([
            "--connect-timeout",
            "30",
            "--speed-limit",
            "100",
            "--speed-time",
            "60",
        ])
        .arg("--max-time")
        .arg(limits.time.as_secs().max(1).to_string())
        .arg("--max-filesize")
        .arg(limits.bytes.to_string())
        .arg("--dump-header")
        .arg(&heads);
    match (&resume, known) {
        (Some(tag), _) => {
            command.arg("--continue-at").arg(have.to_string());
            command.arg("--header").arg(format!("If-Range: {tag}"));
        }
        (None, Some(tags)) => {
            if !tags.etag.is_empty() {
                command
                    .arg("--header")
                    .arg(format!("If-None-Match: {}", tags.etag));
            }
            if !tags.last_modified.is_empty() {
                let since = format!("If-Modified-Since: {}", tags.last_modified);
                command.arg("--header").arg(since);
            }
        }
        (None, None) => {}
    }
    command
        .arg("--url")
        .arg(url)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command
        .spawn()
        .map_err(|e| format!("cannot start curl: {e}"))?;
    let copied = copy(&mut child, part, limits.bytes);
    let too_much = matches!(copied, Ok(false));
    if too_much || copied.is_err() {
        let _ = child.kill();
    }
    let done = child.wait_with_output().map_err(|e| format!("curl: {e}"))?;
    copied.map_err(|e| format!("cannot write {}: {e}", part.display()))?;
    let (status, tags, location) = read_heads(&heads);
    let _ = fs::remove_file(&heads);
    // What a later attempt goes on from.
    if matches!(status, 200 | 206) {
        let _ = serde_json::to_vec(&tags).map(|bytes| fs::write(tags_of(part), bytes));
    }
    let more = || {
        format!(
            "the file has more than {} MB and was given up",
            limits.bytes >> 20
        )
    };
    if too_much {
        forget(part);
        return Err(more());
    }
    if !done.status.success() && length(part) == 0 {
        forget(part);
    }
    let said = String::from_utf8_lossy(&done.stderr);
    let said = said.lines().next().unwrap_or("").trim();
    let said: String = said.chars().filter(|c| !c.is_control()).take(200).collect();
    if matches!(status, 300..=303 | 305..=308) {
        // What was sent with it is no part of the file.
        forget(part);
        return Err(pointed_elsewhere(url, status, &location, &said));
    }
    match done.status.code() {
        Some(0) if status == 304 => Ok(Ended::Unchanged),
        Some(0) if status == 200 && resume.is_some() => Ok(Ended::StartAgain),
        Some(0) if matches!(status, 200 | 206) => Ok(Ended::Whole(tags)),
        Some(0) => Err(format!("the server answers {status}")),
        // No part of the file can be had, or not this part.
        Some(33 | 36) => Ok(Ended::StartAgain),
        Some(22) if status == 416 => Ok(Ended::StartAgain),
        Some(22) => Err(match status {
            404 | 410 => format!("there is no file at this address ({status})"),
            401 | 403 => {
                format!("the server refuses ({status}); a proxy may need a name and password")
            }
            429 => "the server asks to come back later (429)".to_owned(),
            _ => format!("the server answers {status}"),
        }),
        Some(6) => Err(format!(
            "the name of the server cannot be resolved ({said})"
        )),
        Some(5) => Err(format!("the name of the proxy cannot be resolved ({said})")),
        Some(7) => Err(format!("no connection ({said})")),
        Some(35 | 51 | 58 | 60 | 77) => Err(format!(
            "the server's certificate is not trusted by this machine ({said})"
        )),
        Some(63) => {
            forget(part);
            Err(more())
        }
        Some(28) => Ok(Ended::Broken(format!(
            "it took too long (more than {} s, or nearly nothing came)",
            limits.time.as_secs()
        ))),
        Some(18 | 52 | 55 | 56 | 92) => {
            Ok(Ended::Broken(format!("the transfer broke off ({said})")))
        }
        Some(code) => Err(format!("curl ended with {code} ({said})")),
        None => Err("curl was ended".to_owned()),
    }
}

/// Why the address that a server named instead was not gone to.
fn pointed_elsewhere(url: &str, status: u16, location: &str, said: &str) -> String {
    let to = if location.is_empty() {
        "without saying where".to_owned()
    } else {
        format!("to {location}")
    };
    let why = if is_loopback(url) {
        "a server on this machine is not followed".to_owned()
    } else if location.contains("://") && !location.to_ascii_lowercase().starts_with("https://") {
        "only https:// is followed".to_owned()
    } else {
        format!("that did not lead to a file ({said})")
    };
    format!("the server points elsewhere ({status}), {to}, and {why}")
}

/// Appends what the program writes to the file; `false` when that would be more than `most`.
fn copy(child: &mut Child, part: &Path, most: u64) -> io::Result<bool> {
    let Some(mut from) = child.stdout.take() else {
        return Ok(true);
    };
    let mut file: Option<fs::File> = None;
    let mut total = length(part);
    let mut buffer = vec![0_u8; 1 << 16];
    loop {
        let read = match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        total += read as u64;
        if total > most {
            return Ok(false);
        }
        let out = match &mut file {
            Some(out) => out,
            None => file.insert(
                fs::OpenOptions::new()
                    .create(true)
                    .append(true)
                    .open(part)?,
            ),
        };
        out.write_all(buffer.get(..read).unwrap_or_default())?;
    }
    // An empty file is a file.
    if file.is_none() {
        fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(part)?;
    }
    Ok(true)
}

/// Status and tags of the last answer in what curl wrote down of the heads, and where it points to.
fn read_heads(path: &Path) -> (u16, Tags, String) {
    let mut bytes = Vec::new();
    if let Ok(file) = fs::File::open(path) {
        let _ = file.take(1 << 18).read_to_end(&mut bytes);
    }
    let text = String::from_utf8_lossy(&bytes);
    let (mut status, mut tags, mut location) = (0, Tags::default(), String::new());
    for line in text.lines().map(str::trim) {
        if line.starts_with("HTTP/") {
            status = line
                .split(' ')
                .nth(1)
                .and_then(|s| s.parse().ok())
                .unwrap_or(0);
            tags = Tags::default();
            location.clear();
        } else if let Some((name, value)) = line.split_once(':') {
            // It is sent back: nothing but what may stand in a head.
            let value = value.trim();
            let plain = value.len() <= 200 && value.bytes().all(|b| (0x20..0x7f).contains(&b));
            match name.to_ascii_lowercase().as_str() {
                "etag" if plain => value.clone_into(&mut tags.etag),
                "last-modified" if plain => value.clone_into(&mut tags.last_modified),
                "location" => location = address_shown(value),
                _ => {}
            }
        }
    }
    (status, tags, location)
}

/// An address as it may be shown: printable, not too long, without a name and password before its host.
fn address_shown(text: &str) -> String {
    let plain = text.chars().filter(char::is_ascii_graphic);
    let plain: String = plain.take(200).collect();
    let Some((scheme, rest)) = plain.split_once("://") else {
        return plain;
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    match host.rsplit_once('@') {
        Some((user, _)) => {
            let rest = rest.get(user.len() + 1..).unwrap_or_default();
            format!("{scheme}://{rest}")
        }
        None => plain,
    }
}

impl Tags {
    /// What names these very bytes: a weak tag does not.
    fn strong(&self) -> Option<String> {
        if !self.etag.is_empty() && !self.etag.starts_with("W/") {
            return Some(self.etag.clone());
        }
        (!self.last_modified.is_empty()).then(|| self.last_modified.clone())
    }
}

fn length(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |m| m.len())
}

fn tags_of(part: &Path) -> PathBuf {
    with_ending(part, "tags")
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    PathBuf::from(name)
}

fn forget(part: &Path) {
    let _ = fs::remove_file(part);
    let _ = fs::remove_file(tags_of(part));
}

#[cfg(test)]
mod tests {
    use super::{Tags, pointed_elsewhere, read_heads, refusal};

    #[test]
    fn only_https_and_this_machine_are_fetched() {
        for url in [
            "https://example.org/x",
            "http://127.0.0.1:8080/x",
            "http://localhost/x",
            "http://[::1]:9/x",
        ] {
            assert_eq!(refusal(url), None, "{url}");
        }
        for url in [
            "http://example.org/x",
            "http://127.0.0.1@example.org/x",
            "http://localhost:80@example.org/x",
            "http://[::1]@example.org/x",
            "http://localhost\\@example.org/x",
            "http://127.0.0.1.example.org/",
            "http://localhost.example.org/",
            "file:///etc/passwd",
            "ftp://example.org/x",
            "https://example.org/x y",
            "-o/tmp/x",
            "",
        ] {
            assert!(refusal(url).is_some(), "{url}");
        }
    }

    #[test]
    fn the_last_answer_counts_and_odd_tags_are_not_sent_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("heads");
        std::fs::write(
            &path,
            "HTTP/1.1 302 Found\r\nETag: \"a\"\r\nLocation: /x\r\n\r\nHTTP/2 200\r\netag: \"b\"\r\nLast-Modified: x\u{1b}y\r\n\r\n",
        )
        .unwrap();
        let (status, tags, location) = read_heads(&path);
        assert_eq!(location, "", "it is of an earlier answer");
        assert_eq!(
            (status, tags.etag.as_str(), tags.last_modified.as_str()),
            (200, "\"b\"", "")
        );
        assert_eq!(tags.strong().as_deref(), Some("\"b\""));
        let weak = Tags {
            etag: "W/\"b\"".into(),
            last_modified: String::new(),
        };
        assert_eq!(weak.strong(), None);
        assert_eq!(read_heads(&folder.path().join("none")).0, 0);
    }

    #[test]
    fn where_a_server_points_to_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("heads");
        for (location, shown) in [
            ("http://user:pass@a.example/x?y", "http://a.example/x?y"),
            ("\u{1b}[31m/else where", "[31m/elsewhere"),
            ("", ""),
        ] {
            let head = format!("HTTP/1.1 302 Found\r\nLocation: {location}\r\n\r\n");
            std::fs::write(&path, head).unwrap();
            let (status, _, found) = read_heads(&path);
            assert_eq!((status, found.as_str()), (302, shown));
        }
        for (url, location, word) in [
            ("https://a.example/x", "http://b.example/x", "only https://"),
            ("https://a.example/x", "https://b.example/x", "too many"),
            ("http://127.0.0.1/x", "https://b.example/x", "this machine"),
            ("https://a.example/x", "", "without saying where"),
        ] {
            let why = pointed_elsewhere(url, 302, location, "too many redirects");
            assert!(why.contains("302") && why.contains(word), "{why}");
            assert!(why.contains(location), "{why}");
        }
    }
}
