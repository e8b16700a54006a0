//! Subscriptions of WMI: commands and scripts that run when an event comes (`OBJECTS.DATA` of the repository).
//!
//! The repository is not read as the database that it is: instances are found by the name of their class, and what stands
//! behind it as text is taken. So what was deleted and not overwritten yet is told as well, and it is not told whether an
//! event is bound to it.

use tegakari_model::StartEntry;

use super::Place;
use super::lines::on_windows;

pub(super) struct WindowsWmi;

/// Classes whose instances run something.
const CONSUMERS: [&str; 2] = ["CommandLineEventConsumer", "ActiveScriptEventConsumer"];
/// Bytes behind the name of the class in which its texts stand.
const REACH: usize = 8 << 10;
/// Entries that are taken of a repository.
const MOST_ENTRIES: usize = 1000;

impl Place for WindowsWmi {
    fn id(&self) -> &'static str {
        "windows_wmi"
    }

    fn about(&self) -> &'static str {
        "commands and scripts of WMI's event consumers, found by their form in the repository, also deleted ones"
    }

    fn technique(&self) -> &'static str {
        "T1546.003"
    }

    fn files(&self) -> &'static [&'static str] {
        &[
            "Windows/System32/wbem/Repository/OBJECTS.DATA",
            "Windows/System32/wbem/Repository/FS/OBJECTS.DATA",
        ]
    }

    fn minds_case(&self) -> bool {
        false
    }

    fn is_text(&self) -> bool {
        false
    }

    fn entries(&self, file: &str, bytes: &[u8]) -> Vec<StartEntry> {
        let mut found: Vec<StartEntry> = Vec::new();
        for class in CONSUMERS {
            // An instance has two zeros behind the name of its class; definitions and references have not.
            let mark = [class.as_bytes(), &[0, 0]].concat();
            for at in places(bytes, &mark) {
                if found.len() >= MOST_ENTRIES {
                    return found;
                }
                let from = at + mark.len();
                let behind = bytes.get(from..).unwrap_or_default();
                let texts = texts(behind.get(..REACH.min(behind.len())).unwrap_or_default());
                // A command or script has more to it than a name.
                let says = |text: &&String| text.len() > 3 && text.contains([' ', '\\', '.', '(']);
                let Some(runs) = texts.iter().find(says) else {
                    continue;
                };
                let entry = StartEntry {
                    kind: self.id().to_owned(),
                    stated: format!("{file}:{class}"),
                    runs: runs.chars().take(2000).collect(),
                    user: None,
                    when: None,
                    target: on_windows(runs),
                    sha256: None,
                };
                if !found.contains(&entry) {
                    found.push(entry);
                }
            }
        }
        found
    }
}

/// Where a mark stands.
fn places<'b>(bytes: &'b [u8], mark: &'b [u8]) -> impl Iterator<Item = usize> + 'b {
    let first = mark.first().copied();
    bytes
        .iter()
        .enumerate()
        .filter(move |(_, byte)| Some(**byte) == first)
        .map(|(at, _)| at)
        .filter(move |at| bytes.get(*at..).is_some_and(|rest| rest.starts_with(mark)))
}

/// Runs of printable characters of at least four, up to the next class.
fn texts(bytes: &[u8]) -> Vec<String> {
    let is_text = |byte: &u8| matches!(byte, b' '..=b'~' | b'\t' | b'\r' | b'\n');
    let parts = bytes.split(|byte| !is_text(byte));
    parts
        .filter(|part| part.len() >= 4)
        .map(|part| String::from_utf8_lossy(part).into_owned())
        .take_while(|text| !CONSUMERS.contains(&text.as_str()))
        .take(20)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Place, WindowsWmi};

    #[test]
    fn consumers_are_found_and_their_definitions_are_not() {
        let mut bytes = vec![0; 100];
        bytes.extend(b"CommandLineEventConsumer\0nothing of use here.exe\0");
        bytes.extend(b"\x01\x02CommandLineEventConsumer\0\0C:\\ProgramData\\x.exe -q\0\x01");
        bytes.extend(b"Updater\0");
        bytes.extend(vec![0; 50]);
        bytes.extend(
            b"ActiveScriptEventConsumer\0\0\x05VBScript\0CreateObject(\"WScript.Shell\")\0",
        );
        let got = WindowsWmi.entries("/OBJECTS.DATA", &bytes);
        let runs: Vec<_> = got.iter().map(|one| one.runs.as_str()).collect();
        assert_eq!(
            runs,
            [
                "C:\\ProgramData\\x.exe -q",
                "CreateObject(\"WScript.Shell\")"
            ]
        );
        assert_eq!(got[0].target.as_deref(), Some("/ProgramData/x.exe"));
    }
}
