//! Small inputs, read whole: reports, indicator lists, the inventory.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::Path;

use tegakari_hunt::{Assumptions, InventoryAsset, ZoneOf};
use tegakari_model::{
    Disposition, Indicator, Observable, ObservableKind, Problem, Report, Tlp, public_suffix,
};
use tegakari_read::{Document, Withdrawal, unreadable};

use crate::PipelineError;

/// The most a report or list may have, in bytes. Logs have no such limit: they are never held whole.
const LIMIT: u64 = 128 << 20;
/// The same for PDFs, most of which is pictures.
const PDF_LIMIT: u64 = 256 << 20;

/// Reads a file whole; `-` is standard input.
///
/// # Errors
/// When it cannot be read, is no regular file, or is larger than 128 MiB, or than 256 MiB for a PDF.
pub fn load(path: &Path) -> Result<Vec<u8>, PipelineError> {
    if path == Path::new("-") {
        return take(path, io::stdin().lock(), None);
    }
    let (file, size) = open(path)?;
    take(path, file, size)
}

/// Opens a regular file, and says how large it is. A folder, device, socket or pipe is refused before it is opened, which a
/// pipe would not let happen until somebody writes; one that the shell has opened for us (`<(…)`) has no size.
pub(crate) fn open(path: &Path) -> Result<(File, Option<u64>), PipelineError> {
    let reading = |error: io::Error| PipelineError::reading(path, &error);
    let metadata = path.metadata().map_err(reading)?;
    if metadata.is_dir() {
        return Err(reading(io::ErrorKind::IsADirectory.into()));
    }
    let given = is_given_pipe(path, &metadata);
    if !metadata.is_file() && !given {
        return Err(PipelineError::Read {
            path: path.to_owned(),
            why: "it is not a regular file (a device, socket or pipe)".to_owned(),
            hint: "give the file that the data ends up in",
        });
    }
    let file = File::open(path).map_err(reading)?;
    Ok((file, (!given).then_some(metadata.len())))
}

/// Whether a path is a pipe that this process was started with.
#[cfg(unix)]
fn is_given_pipe(path: &Path, metadata: &Metadata) -> bool {
    use std::os::unix::fs::FileTypeExt as _;
    let is_descriptor = path.starts_with("/dev/fd")
        || path.starts_with("/proc/self/fd")
        || path == Path::new("/dev/stdin");
    is_descriptor && metadata.file_type().is_fifo()
}

#[cfg(not(unix))]
fn is_given_pipe(_: &Path, _: &Metadata) -> bool {
    false
}

/// Reads up to the limit that the first bytes allow.
fn take(path: &Path, mut from: impl Read, size: Option<u64>) -> Result<Vec<u8>, PipelineError> {
    let reading = |error: io::Error| PipelineError::reading(path, &error);
    let mut bytes = Vec::new();
    from.by_ref()
        .take(1024)
        .read_to_end(&mut bytes)
        .map_err(reading)?;
    let limit = if bytes.windows(5).any(|w| w == b"%PDF-") {
        PDF_LIMIT
    } else {
        LIMIT
    };
    let too_large = |bytes: Option<u64>| PipelineError::TooLarge {
        path: path.to_owned(),
        bytes,
        limit,
    };
    if let Some(size) = size.filter(|size| *size > limit) {
        return Err(too_large(Some(size)));
    }
    from.take(limit + 1 - bytes.len() as u64)
        .read_to_end(&mut bytes)
        .map_err(reading)?;
    if bytes.len() as u64 > limit {
        return Err(too_large(None));
    }
    Ok(bytes)
}

/// Reads a report or list whole, and refuses what would only yield nonsense.
///
/// # Errors
/// As [`load`]; also when it is empty or of a kind that no report format reads.
pub(crate) fn load_document(path: &Path) -> Result<Vec<u8>, PipelineError> {
    let bytes = load(path)?;
    let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes);
    if text.trim_ascii().is_empty() {
        return Err(PipelineError::Read {
            path: path.to_owned(),
            why: "there is nothing in it".to_owned(),
            hint: "check whether it was downloaded or exported whole",
        });
    }
    match unreadable(&bytes) {
        None => Ok(bytes),
        Some((why, hint)) => Err(PipelineError::Read {
            path: path.to_owned(),
            why: why.to_owned(),
            hint,
        }),
    }
}

/// A list of indicators as it was read.
#[derive(Debug)]
pub struct LoadedList {
    /// What to look for or to block.
    pub indicators: Vec<Indicator>,
    /// What of the list could not be read.
    pub problems: Vec<Problem>,
    /// How its parts are marked, as far as they say; most lists are one part.
    pub markings: Vec<Option<Tlp>>,
    /// Of the indicators, those that are no reason to block: their source takes them back, or they are pages to read.
    pub withheld: BTreeMap<Observable, Withdrawal>,
    /// What stands in it and is not looked for, with the reason.
    pub not_sought: Vec<Problem>,
}

impl LoadedList {
    /// What it states and nobody looks for: refused, unreadable, or left out. An answer is not about those.
    pub fn lost(&self) -> impl Iterator<Item = &Problem> {
        let told = self.problems.iter().chain(&self.not_sought);
        told.filter(|problem| problem.records_lost > 0)
    }
}

/// Values of lists that are held back from blocking, each with the list and the words that hold it back. What one list
/// only revokes and another states is the other's.
pub fn called_benign<'a>(
    lists: impl Iterator<Item = (&'a str, &'a LoadedList)> + Clone,
) -> BTreeMap<Observable, String> {
    let plain: BTreeSet<&Observable> = lists
        .clone()
        .flat_map(|(_, list)| {
            let all = list.indicators.iter().map(|one| &one.observable);
            all.filter(|observable| !list.withheld.contains_key(observable))
        })
        .collect();
    let mut called = BTreeMap::new();
    for (name, list) in lists {
        for (observable, withdrawal) in &list.withheld {
            if withdrawal.outright || !plain.contains(observable) {
                called
                    .entry(observable.clone())
                    .or_insert_with(|| format!("{name}: {}", withdrawal.why));
            }
        }
    }
    called
}

/// Reads a list of indicators in any format a report may have. Who gives a list says that its values
/// are indicators, so only links to read on are left out, and what stands in remarks.
///
/// # Errors
/// When the file cannot be read or holds no indicator.
pub fn load_list(path: &Path) -> Result<LoadedList, PipelineError> {
    let bytes = load_document(path)?;
    let name = path.to_string_lossy();
    let whole = Document {
        name: &name,
        bytes: &bytes,
    };
    let mut list = LoadedList {
        indicators: Vec::new(),
        problems: Vec::new(),
        markings: Vec::new(),
        withheld: BTreeMap::new(),
        not_sought: Vec::new(),
    };
    let mut plain = BTreeSet::new();
    let mut format = String::new();
    for part in tegakari_read::several(whole) {
        let Listed {
            report,
            withheld,
            not_sought,
        } = listed(Document {
            name: &name,
            bytes: &part,
        });
        let indicators = report.indicators();
        let stated = indicators.iter().map(|one| &one.observable);
        plain.extend(stated.filter(|o| !withheld.contains_key(o)).cloned());
        for (observable, withdrawal) in withheld {
            let known = list.withheld.get(&observable);
            if known.is_none_or(|known| !known.outright) {
                list.withheld.insert(observable, withdrawal);
            }
        }
        list.not_sought.extend(not_sought);
        if !indicators.is_empty() {
            list.markings.push(report.tlp);
        }
        list.indicators.extend(indicators);
        list.problems.extend(report.problems);
        format = report.source.format;
    }
    list.withheld
        .retain(|observable, withdrawal| withdrawal.outright || !plain.contains(observable));
    // What stands in the header is met in every part.
    list.problems.sort();
    list.problems.dedup();
    if list.indicators.is_empty() {
        return Err(PipelineError::NothingToLookFor(format!(
            "{name} holds no indicator that can be read (it was read as {format}); see `tegakari read {name}`"
        )));
    }
    Ok(list)
}

/// Why the reader takes what our own lists held back for no indicator.
const HELD_BACK: &str = tegakari_read::HELD_BACK;

/// Values in remarks that are told one by one.
const REMARKS_TOLD: usize = 3;

/// A document that was read as a list.
pub(crate) struct Listed {
    /// What it says; what is meant as an indicator is one.
    pub(crate) report: Report,
    /// As [`LoadedList::withheld`].
    withheld: BTreeMap<Observable, Withdrawal>,
    /// As [`LoadedList::not_sought`].
    not_sought: Vec<Problem>,
}

/// Reads a document as a list: what its form states is meant as an indicator, whatever it is judged to be, and of the rest
/// all that does not plainly tell where something is written.
pub(crate) fn listed(document: Document<'_>) -> Listed {
    let (mut report, listing) = tegakari_read::read_list(document, crate::knowledge());
    // A name that everybody reads is meant as well, unless it only stands in such a link.
    let linked: BTreeSet<String> = report
        .mentions
        .iter()
        .filter(|m| m.disposition == Disposition::Reference)
        .filter(|m| m.observable.kind() == ObservableKind::Url)
        .filter_map(|m| m.observable.value().split_once("://"))
        .filter_map(|(_, rest)| rest.split(['/', ':', '?']).next())
        .map(str::to_owned)
        .collect();
    let mut withheld = BTreeMap::new();
    let (mut held_back, mut traceless) = (0u64, 0u64);
    let mut remarks = Vec::new();
    for mention in &mut report.mentions {
        let observable = &mention.observable;
        let stated = listing.stated.contains(observable);
        if listing.held_back.contains(observable)
            || mention.reasons.iter().any(|reason| reason == HELD_BACK)
        {
            held_back += 1;
            mention.disposition = Disposition::Reference;
            continue;
        }
        if listing.beside.contains(observable) {
            remarks.push(observable.defanged());
            mention.disposition = Disposition::Reference;
            continue;
        }
        let judged = match mention.disposition {
            Disposition::Research => false,
            Disposition::Reference => {
                observable.kind() == ObservableKind::Domain && !linked.contains(observable.value())
            }
            _ => true,
        };
        if !(judged || stated) {
            continue;
        }
        if stated && !observable.kind().is_searchable() {
            traceless += 1;
        }
        let read_on = || Withdrawal {
            why: mention.reasons.first().cloned().unwrap_or_default(),
            outright: false,
        };
        let withdrawal = tegakari_read::withdrawal(mention).or_else(|| (!judged).then(read_on));
        if let Some(withdrawal) = withdrawal {
            withheld.insert(observable.clone(), withdrawal);
        }
        mention.disposition = Disposition::Ioc;
    }
    let mut not_sought = Vec::new();
    if traceless > 0 {
        not_sought.push(
            Problem::new(
                document.name,
                format!("{traceless} values are not looked for: vulnerabilities and AS numbers leave no trace of their own"),
                "give the addresses, names or hashes that go with them",
            )
            .losing_records(traceless),
        );
    }
    if held_back > 0 {
        not_sought.push(
            Problem::new(
                document.name,
                format!(
                    "{held_back} values are not looked for: a block list of ours held them back"
                ),
                "give the list that they came from, to look for them as well",
            )
            .losing_records(held_back),
        );
    }
    if !remarks.is_empty() {
        let shown = remarks.iter().take(REMARKS_TOLD).cloned();
        not_sought.push(Problem::new(
            document.name,
            format!(
                "{} values are not looked for, because they stand in remarks behind the first of their line: {}",
                remarks.len(),
                shown.collect::<Vec<_>>().join(" ")
            ),
            "give those that are indicators a line of their own",
        ));
    }
    Listed {
        report,
        withheld,
        not_sought,
    }
}

/// Reads values that a person typed, in any spelling, as a list of indicators.
///
/// # Errors
/// When one of them is no value.
pub fn load_values(values: &[String]) -> Result<Vec<Indicator>, PipelineError> {
    let mut indicators = Vec::new();
    for value in values {
        let registry = || Observable::new(ObservableKind::RegistryKey, value).ok();
        let key = ["hkey_", "hklm", "hkcu", "hku", "hkcr"];
        let lower = value.trim().to_lowercase();
        let meant = if key.iter().any(|start| lower.starts_with(start)) {
            registry()
        } else if is_path_with_blanks(value.trim()) {
            // In a text a path ends at a blank; a value is a path as a whole.
            Observable::new(ObservableKind::FilePath, value).ok()
        } else {
            let read = crate::as_value(value, crate::knowledge());
            // In a text nothing tells the letters of a name from those of the sentence; a value is a name as a whole.
            match read.filter(|o| o.kind() != ObservableKind::Domain || value.is_ascii()) {
                Some(read) => Some(read),
                None => wide_host(value),
            }
        };
        match meant.filter(|o| o.kind().is_searchable()) {
            Some(observable) => indicators.push(Indicator::new(observable)),
            None => {
                return Err(PipelineError::NotKnown(format!(
                    "--value {value:?} is no address, name, hash, file or key that a log could show"
                )));
            }
        }
    }
    Ok(indicators)
}

fn is_path_with_blanks(value: &str) -> bool {
    let rooted = match value.as_bytes() {
        [drive, b':', b'\\', ..] => drive.is_ascii_alphabetic(),
        [b'%', ..] => value.contains("%\\"),
        [b'/', ..] => true,
        _ => false,
    };
    rooted && value.contains(' ')
}

/// The name of a host in any script that a value is.
fn wide_host(value: &str) -> Option<Observable> {
    let name = value.trim();
    let form = !name.is_ascii()
        && name.contains('.')
        && name
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_'));
    let host = form.then(|| Observable::new(ObservableKind::Domain, name).ok())??;
    public_suffix::suffix(host.value().as_bytes())
        .is_some_and(|suffix| suffix.is_known())
        .then_some(host)
}

/// Reads the organisation's list of machines.
///
/// # Errors
/// When the file cannot be read, or names no machine: a hunt without the machines that it was given would call things
/// visible that are not. Bad rows are problems.
pub fn load_inventory(path: &Path) -> Result<(Vec<InventoryAsset>, Vec<Problem>), PipelineError> {
    let bytes = load(path)?;
    let text = String::from_utf8_lossy(&bytes);
    let (assets, mut problems) = tegakari_hunt::parse_inventory(&text);
    if assets.is_empty() {
        let (why, hint) = problems
            .first()
            .map_or(("it names no machine".to_owned(), String::new()), |first| {
                (first.what.clone(), format!("; {}", first.hint))
            });
        return Err(PipelineError::NotKnown(format!(
            "cannot use {} as an inventory: {why}{hint}",
            path.display()
        )));
    }
    for problem in &mut problems {
        problem.place = format!("{}: {}", path.display(), problem.place);
    }
    Ok((assets, problems))
}

/// Where Unix systems keep the time zone database.
const ZONES: &str = "/usr/share/zoneinfo";

/// Reads what somebody typed of the zone of files: `SOURCE=ZONE`, where `SOURCE` is a file, a folder or a pattern, and
/// `ZONE` a distance from UTC (`+09:00`) or a name of the system's time zone database (`Asia/Tokyo`).
///
/// # Errors
/// When it is neither.
pub fn load_zone(typed: &str) -> Result<ZoneOf, PipelineError> {
    let refused = |why: &str| PipelineError::NotKnown(format!("--zone {typed:?}: {why}"));
    let (pattern, zone) = typed
        .rsplit_once('=')
        .map(|(pattern, zone)| (pattern.trim(), zone.trim()))
        .filter(|(pattern, zone)| !pattern.is_empty() && !zone.is_empty())
        .ok_or_else(|| refused("write SOURCE=+09:00 or SOURCE=Asia/Tokyo"))?;
    if let Some(fixed) = ZoneOf::fixed(pattern, zone) {
        return Ok(fixed);
    }
    let is_name = zone.split('/').all(|part| {
        part.starts_with(|c: char| c.is_ascii_alphabetic())
            && part
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"_+-".contains(&b))
    });
    let file = Path::new(ZONES).join(zone);
    let bytes = if is_name {
        std::fs::read(&file).ok()
    } else {
        None
    };
    bytes
        .and_then(|bytes| ZoneOf::named(pattern, zone, &bytes))
        .ok_or_else(|| {
            refused(
                "no zone of the system has this name; give the distance from UTC, such as +09:00",
            )
        })
}

/// A table of what the strength of a negative assumes.
///
/// # Errors
/// When the file cannot be read. Bad lines are problems.
pub fn load_assumptions(path: &Path) -> Result<(Assumptions, Vec<Problem>), PipelineError> {
    let bytes = load(path)?;
    let (assumptions, mut problems) = Assumptions::read(&String::from_utf8_lossy(&bytes));
    for problem in &mut problems {
        problem.place = format!("{}: {}", path.display(), problem.place);
    }
    Ok((assumptions, problems))
}

#[cfg(test)]
mod tests {
    use super::load_values;

    #[test]
    fn names_of_hosts_are_whole_in_any_script() {
        let of = |value: &str| {
            load_values(&[value.to_owned()])
                .ok()
                .and_then(|all| all.first().map(|i| i.observable.value().to_owned()))
        };
        assert_eq!(of("日本-evil.jp").as_deref(), Some("xn---evil-1e1k07e.jp"));
        assert!(of("ドメイン9.example.co.jp").is_some());
        assert_eq!(of("evil.jp").as_deref(), Some("evil.jp"));
        // A file, though names can be registered under `zip`.
        assert_eq!(of("会議資料.zip").as_deref(), Some("会議資料.zip"));
    }
}
