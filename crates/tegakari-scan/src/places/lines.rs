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
const RUNNERS: [&str; 19] = [
    "sh", "bash", "dash", "zsh", "fish", "env", "nohup", "nice", "ionice", "sudo", "python",
    "python3", "perl", "exec", "timeout", "setsid", "chronic", "stdbuf", "busybox",
];

/// The file that a command runs: its first absolute path, or the next when that is only a shell, a lock or where the
/// command goes first; `./x` is looked for there.
pub(crate) fn target(command: &str) -> Option<String> {
    let words = command
        .split([' ', '\t', '"', '\'', ';', '|', '&', '(', ')', '`', '<', '>'])
        .map(|word| word.trim_start_matches(['-', '@', '+', '!', ':']))
        .filter(|word| !word.is_empty());
    let (mut shell, mut folder, mut before) = (None, None, "");
    let mut locks = 0;
    for word in words {
        let goes_there = before == "cd";
        before = word;
        let name = word.rsplit('/').next().unwrap_or_default();
        if name == "flock" {
            // flock(1) has the file of the lock before the command.
            locks = 1;
            continue;
        }
        if let Some((inside, folder)) = word.strip_prefix("./").zip(folder) {
            return Some(format!("{folder}/{inside}"));
        }
        if !word.starts_with('/') || word.len() < 2 || word.starts_with("/dev/") {
            continue;
        }
        if goes_there {
            folder = Some(word.trim_end_matches('/'));
            continue;
        }
        if locks > 0 {
            locks -= 1;
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

/// Programs of Windows that only run, load or open what is named behind them.
const WINDOWS_RUNNERS: [&str; 15] = [
    "rundll32",
    "regsvr32",
    "cmd",
    "start",
    "powershell",
    "pwsh",
    "wscript",
    "cscript",
    "mshta",
    "conhost",
    "forfiles",
    "pcalua",
    "explorer",
    "msiexec",
    "schtasks",
];

/// The path of the program that a command of Windows runs, on its disk, below the root of an image: variables that
/// every Windows has are resolved, and behind a program that only runs another one that one is looked for.
pub(crate) fn on_windows(command: &str) -> Option<String> {
    let command = command.trim();
    let (program, path, rest) = match command.strip_prefix('"') {
        Some(quoted) => {
            let (program, rest) = quoted.split_once('"').unwrap_or((quoted, ""));
            (program, path_on_disk(program).map(|(path, _)| path), rest)
        }
        None => match path_on_disk(command) {
            Some((path, read)) => (
                command.get(..read).unwrap_or_default(),
                Some(path),
                command.get(read..).unwrap_or_default(),
            ),
            None => {
                let (program, rest) = command
                    .split_once(char::is_whitespace)
                    .unwrap_or((command, ""));
                (program, None, rest)
            }
        },
    };
    let name = program.rsplit(['\\', '/']).next().unwrap_or_default();
    let name = name.to_ascii_lowercase();
    let name = name.strip_suffix(".exe").unwrap_or(&name);
    let is_runner = WINDOWS_RUNNERS.contains(&name) || name == "%comspec%";
    let named = is_runner.then(|| named_behind(rest)).flatten();
    named.or(path)
}

/// The first path among what stands behind a program, quoted or not.
fn named_behind(rest: &str) -> Option<String> {
    let begins = rest.char_indices().filter(|(at, _)| {
        let before = rest.get(..*at).and_then(|front| front.chars().next_back());
        before.is_none_or(|before| before.is_whitespace() || "\"'=,(&".contains(before))
    });
    // What cannot be a path is dismissed by its first character.
    let mut paths = begins.filter_map(|(at, first)| {
        let may_be = first.is_ascii_alphabetic() || first == '%' || first == '\\';
        let text = rest.get(at..).filter(|_| may_be)?;
        let text = text.split(['"', '\'']).next().unwrap_or_default();
        path_on_disk(text).map(|(path, _)| path)
    });
    paths.find(|path| {
        // Such a runner may run the next.
        let name = path.rsplit('/').next().unwrap_or_default();
        let name = name.to_ascii_lowercase();
        let name = name.strip_suffix(".exe").unwrap_or(&name);
        !WINDOWS_RUNNERS.contains(&name)
    })
}

/// What a command begins with as a path below the root, and how many bytes of it that is.
fn path_on_disk(path: &str) -> Option<(String, usize)> {
    let lower = path.to_ascii_lowercase();
    let known = [
        ("%comspec%", "/Windows/System32/cmd.exe"),
        ("%systemdrive%", ""),
        ("%homedrive%", ""),
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
    // Without quotes the arguments follow behind the ending.
    let ends = |at: &usize| {
        let next = lower.get(*at..).and_then(|rest| rest.chars().next());
        next.is_none_or(|next| next.is_whitespace() || ",;\"'&|>)".contains(next))
    };
    let end = [
        ".exe", ".dll", ".sys", ".bat", ".cmd", ".ps1", ".vbs", ".js", ".jse", ".vbe", ".wsf",
        ".hta", ".scr", ".cpl", ".ocx", ".com", ".lnk", ".msi", ".sct",
    ]
    .iter()
    .flat_map(|ending| lower.match_indices(ending).map(|(at, _)| at + ending.len()))
    .filter(ends)
    .min();
    let end = match end {
        _ if *variable == "%comspec%" => variable.len(),
        Some(end) => end,
        None => path.len(),
    };
    let rest = path.get(variable.len()..end)?.replace('\\', "/");
    let whole = format!("{stands_for}{rest}");
    whole.starts_with('/').then_some((whole, end))
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
        check("cd /opt && ./x -q", Some("/opt/x"));
        check("cd /opt/a/; nohup ./x >/dev/null 2>&1 &", Some("/opt/a/x"));
        check("cd /tmp && /opt/x", Some("/opt/x"));
        check("/usr/bin/flock -n /run/x.lock /opt/x", Some("/opt/x"));
        check("flock -w 10 /run/x.lock -c '/opt/x --all'", Some("/opt/x"));
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
        check("%SystemDrive%\\a b\\x.exe /q", Some("/a b/x.exe"));
        check(
            "C:\\Users\\a.company\\x.exe -a",
            Some("/Users/a.company/x.exe"),
        );
        for runs in [
            "rundll32 C:\\ProgramData\\x y.dll,Entry 1",
            "rundll32.exe \"C:\\ProgramData\\x y.dll\",#1",
            "C:\\Windows\\System32\\rundll32.exe %ProgramData%\\x y.dll,Start",
            "regsvr32 /s \"C:\\ProgramData\\x y.dll\"",
            "regsvr32 /s /n /i:a %SystemDrive%\\ProgramData\\x y.dll",
            "cmd /c start \"\" \"C:\\ProgramData\\x y.dll\"",
            "%COMSPEC% /c start C:\\ProgramData\\x y.dll",
            "cmd.exe /c rundll32.exe C:\\ProgramData\\x y.dll,Run",
        ] {
            check(runs, Some("/ProgramData/x y.dll"));
        }
        check("%COMSPEC% /c dir", Some("/Windows/System32/cmd.exe"));
        check(
            "%windir%\\system32\\rundll32.exe shell32.dll,Control_RunDLL",
            Some("/Windows/system32/rundll32.exe"),
        );
    }
}
