//! Processes and open connections of this machine, from `/proc`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use tegakari_model::{FileFacts, LiveProcess, MetBy, Problem};
use tegakari_scan::{Connection, Outcome, Scan, connections, display};

use super::walk::unreadable;

/// Looks at everything that runs here.
pub(super) fn search(proc: &Path, scan: &Scan<'_>, outcome: &mut Outcome) {
    let mut sockets: BTreeMap<u64, BTreeSet<Connection>> = BTreeMap::new();
    for (name, protocol) in [
        ("tcp", "tcp"),
        ("tcp6", "tcp"),
        ("udp", "udp"),
        ("udp6", "udp"),
    ] {
        let table = proc.join("net").join(name);
        match fs::read(&table) {
            Ok(text) => {
                let text = String::from_utf8_lossy(&text).into_owned();
                for one in connections(protocol, &text) {
                    // Many that wait to be forgotten have the number 0.
                    sockets.entry(one.inode).or_default().insert(one);
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => unreadable(&table, &error, false, outcome),
        }
    }
    let entries = match fs::read_dir(proc) {
        Ok(entries) => entries,
        Err(error) => {
            unreadable(proc, &error, true, outcome);
            return;
        }
    };
    let mut pids: Vec<u32> = entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .collect();
    pids.sort_unstable();
    let mut search = Search {
        proc,
        scan,
        sockets,
        owned: BTreeSet::new(),
        hashed: BTreeMap::new(),
        hidden: 0,
        ours: ancestors(proc),
    };
    for pid in pids {
        search.look_at(pid, outcome);
    }
    search.look_at_the_rest(outcome);
    if search.hidden > 0 {
        outcome.add_problem(Problem::new(
            display(proc.as_os_str().as_encoded_bytes()),
            format!(
                "{} processes do not show their program to this user",
                search.hidden
            ),
            "run as root to see the programs and connections of all",
        ));
    }
}

/// This process and those that started it: their command lines hold what is looked for.
fn ancestors(proc: &Path) -> BTreeSet<u32> {
    let mut ours = BTreeSet::new();
    let mut pid = std::process::id();
    while pid > 1 && ours.insert(pid) {
        pid = parent_of(&proc.join(pid.to_string())).unwrap_or(0);
    }
    ours
}

fn parent_of(folder: &Path) -> Option<u32> {
    let status = fs::read(folder.join("status")).ok()?;
    let status = String::from_utf8_lossy(&status);
    let line = status.lines().find(|line| line.starts_with("PPid:"))?;
    line.trim_start_matches("PPid:").trim().parse().ok()
}

struct Search<'a, 's> {
    proc: &'a Path,
    scan: &'a Scan<'s>,
    sockets: BTreeMap<u64, BTreeSet<Connection>>,
    owned: BTreeSet<u64>,
    /// Programs by device and number of their file.
    hashed: BTreeMap<(u64, u64), Option<FileFacts>>,
    hidden: u64,
    ours: BTreeSet<u32>,
}

impl Search<'_, '_> {
    fn look_at(&mut self, pid: u32, outcome: &mut Outcome) {
        let folder = self.proc.join(pid.to_string());
        // It may have ended since.
        let Some(parent) = parent_of(&folder) else {
            return;
        };
        let name = fs::read(folder.join("comm")).unwrap_or_default();
        let command = fs::read(folder.join("cmdline")).unwrap_or_default();
        let command: Vec<String> = command
            .split(|byte| *byte == 0)
            .filter(|part| !part.is_empty())
            .map(display)
            .collect();
        let link = fs::read_link(folder.join("exe"));
        // Threads of the kernel have no program.
        let hidden = link
            .as_ref()
            .is_err_and(|error| error.kind() == std::io::ErrorKind::PermissionDenied);
        self.hidden += u64::from(hidden);
        let exe = link
            .ok()
            .map(|link| display(link.as_os_str().as_encoded_bytes()));
        let deleted = exe.as_ref().is_some_and(|exe| exe.ends_with(" (deleted)"));
        let exe = exe.map(|exe| exe.trim_end_matches(" (deleted)").to_owned());
        let facts = exe.as_ref().and_then(|_| self.facts(&folder));
        let mut owned = self.sockets_of(&folder);
        owned.sort();
        let process = LiveProcess {
            pid,
            parent,
            name: display(name.trim_ascii_end()),
            exe: exe.clone(),
            deleted,
            sha256: facts.as_ref().map(|facts| facts.sha256.clone()),
            command: command.join(" ").chars().take(4000).collect(),
            connections: owned.iter().map(Connection::told).collect(),
        };
        let place = format!("process {pid} {}", exe.as_deref().unwrap_or(&process.name));
        let mut met = 0;
        if let Some(exe) = &exe {
            met += self
                .scan
                .meet_file(exe, facts.as_ref(), &place, MetBy::Process, outcome);
        }
        if !self.ours.contains(&pid) {
            let text = &process.command;
            met += self
                .scan
                .look_at_text(text, &place, MetBy::Process, facts.as_ref(), outcome);
        }
        for connection in &owned {
            met += self.look_at_connection(connection, &place, outcome);
        }
        outcome.add_process(process, met > 0 || deleted);
    }

    fn look_at_connection(&self, one: &Connection, place: &str, outcome: &mut Outcome) -> usize {
        if !one.has_remote() {
            return 0;
        }
        let place = format!("{place}: {}", one.told());
        let remote = one.remote.ip().to_string();
        self.scan
            .look_at_text(&remote, &place, MetBy::Connection, None, outcome)
    }

    /// Connections whose process is not shown, or that have none any more.
    fn look_at_the_rest(&self, outcome: &mut Outcome) {
        let not_owned = self
            .sockets
            .iter()
            .filter(|(inode, _)| !self.owned.contains(inode));
        for connection in not_owned.flat_map(|(_, all)| all) {
            self.look_at_connection(connection, "no known process", outcome);
        }
    }

    fn sockets_of(&mut self, folder: &Path) -> Vec<Connection> {
        let Ok(entries) = fs::read_dir(folder.join("fd")) else {
            return Vec::new();
        };
        entries
            .filter_map(|entry| {
                let link = fs::read_link(entry.ok()?.path()).ok()?;
                let inode = link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?;
                let inode = inode.parse().ok()?;
                let all = self.sockets.get(&inode)?.clone();
                self.owned.insert(inode);
                Some(all)
            })
            .flatten()
            .collect()
    }

    /// The hashes of a program, also of one whose file is deleted.
    fn facts(&mut self, folder: &Path) -> Option<FileFacts> {
        let file = File::open(folder.join("exe")).ok()?;
        let about = file.metadata().ok()?;
        let key = (about.dev(), about.ino());
        if let Some(known) = self.hashed.get(&key) {
            return known.clone();
        }
        let facts = self.scan.facts(&mut &file, None).ok();
        self.hashed.insert(key, facts.clone());
        facts
    }
}
