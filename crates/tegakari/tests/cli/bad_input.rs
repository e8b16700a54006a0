//! Everything here is what attackers, broken disks and tired people hand over. Each case gets a message
//! saying what, where and what to do; one bad record costs one record; nothing panics.

use std::io::Write;
use std::process::Stdio;

use serde_json::Value;

use crate::support::{Place, finding};

const IOC: &str = "evil-c2.net\n203.0.113.77\n";

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

/// Zeek DNS records of one machine asking for `name`, `n` of them, a second apart.
fn dns(name: &str, n: usize) -> String {
    (0..n)
        .map(|i| {
            format!(
                "{{\"ts\":{}.5,\"uid\":\"C{i}\",\"id.orig_h\":\"10.0.0.14\",\"id.orig_p\":5353,\"id.resp_h\":\"10.0.0.1\",\"id.resp_p\":53,\"proto\":\"udp\",\"query\":\"{name}\",\"qtype_name\":\"A\"}}\n",
                1_741_050_000 + i
            )
        })
        .collect()
}

/// Hunts for [`IOC`] in one file and returns the whole result.
fn hunt_in(name: &str, bytes: &[u8]) -> Value {
    let place = Place::new();
    place.write("iocs.txt", IOC);
    place.write(&format!("logs/{name}"), bytes);
    let ran = place.run(&[
        "hunt",
        "logs",
        "--indicators",
        "iocs.txt",
        "--format",
        "json",
    ]);
    assert!(
        matches!(ran.0.status.code(), Some(0 | 1 | 3)),
        "{}",
        ran.stderr()
    );
    ran.json()
}

fn sightings(hunt: &Value, value: &str) -> u64 {
    let findings = hunt["findings"].as_array().unwrap();
    finding(findings, value)["sightings"]
        .as_array()
        .map_or(0, |all| {
            all.iter().map(|s| s["count"].as_u64().unwrap()).sum()
        })
}

#[track_caller]
fn has_problem(hunt: &Value, words: &[&str]) {
    let problems = hunt["problems"].as_array().unwrap();
    let found = problems.iter().any(|p| {
        let text = p.to_string();
        words.iter().all(|w| text.contains(w)) && !p["hint"].as_str().unwrap().is_empty()
    });
    assert!(found, "no problem with {words:?} in {problems:#?}");
}

#[test]
fn a_missing_path_is_said_with_what_to_do() {
    let place = Place::new();
    place.write("iocs.txt", IOC);
    place
        .run(&["hunt", "nowhere", "--indicators", "iocs.txt"])
        .exits(2)
        .says(&["nowhere", "check"]);
    place
        .run(&["read", "nothing.md"])
        .exits(2)
        .says(&["nothing.md", "check the spelling"]);
    place.run(&["read", "."]).exits(2).says(&["give a file"]);
}

#[test]
fn one_report_that_cannot_be_read_costs_itself() {
    let place = Place::new();
    place.write(
        "a.md",
        "# One\n\n## Indicators of compromise\n\n- evil-c2[.]net\n",
    );
    place.write(
        "b.md",
        "# Two\n\n## Indicators of compromise\n\n- worse-c2[.]net\n",
    );
    place.write("empty.md", "");
    let all = ["read", "a.md", "gone.md", "empty.md", ".", "b.md"];
    for more in [&["--dry-run"][..], &[]] {
        let ran = place
            .run(&[&all[..], more, &["--format", "json"]].concat())
            .exits(2)
            .says(&[
                "gone.md",
                "spelling",
                "empty.md",
                "nothing in it",
                "give a file",
            ]);
        assert_eq!(ran.stderr().lines().count(), 3, "{}", ran.stderr());
        let read = ran.json();
        let names: Vec<&str> = read["reports"]
            .as_array()
            .unwrap()
            .iter()
            .map(|r| r["source"]["name"].as_str().unwrap())
            .collect();
        assert_eq!(names, ["a.md", "b.md"]);
    }
    let text = place.run(&all).exits(2).stdout();
    assert!(
        text.contains("evil-c2") && text.contains("worse-c2"),
        "{text}"
    );
    // They were kept.
    place.run(&["show", "worse-c2.net"]).exits(0);
    // An investigation needs all that it is about.
    place
        .run(&["investigate", "a.md", "gone.md", "-o", "out"])
        .exits(2)
        .says(&["gone.md"]);
}

#[test]
fn one_missing_path_among_several_is_a_problem_of_the_result() {
    let place = Place::new();
    place.write("iocs.txt", IOC);
    place.write("logs/dns.log", dns("evil-c2.net", 3));
    let hunt = place
        .run(&[
            "hunt",
            "logs",
            "gone",
            "--indicators",
            "iocs.txt",
            "--format",
            "json",
        ])
        .exits(1)
        .json();
    has_problem(&hunt, &["gone"]);
    // Where nothing was seen, the answer is not about what was asked.
    place.write("other.txt", "never-c2.net\n");
    place
        .run(&["hunt", "logs", "gone", "--indicators", "other.txt"])
        .exits(2);
}

#[test]
fn a_truncated_gzip_gives_what_it_holds_and_says_the_rest_is_lost() {
    let whole = gzip(dns("evil-c2.net", 2000).as_bytes());
    let hunt = hunt_in("dns.log.gz", &whole[..whole.len() - 20]);
    assert!(sightings(&hunt, "evil-c2.net") > 0);
    has_problem(&hunt, &["dns.log.gz"]);
}

#[test]
fn half_a_json_line_costs_one_record() {
    let mut text = dns("evil-c2.net", 5);
    text.push_str("{\"ts\":1741050009.5,\"uid\":\"C9\",\"id.orig_h\":\"10.0.");
    let hunt = hunt_in("dns.log", text.as_bytes());
    assert_eq!(sightings(&hunt, "evil-c2.net"), 5);
    let input = &hunt["coverage"]["inputs"][0];
    assert_eq!(input["bad_records"], 1, "{input}");
}

#[test]
fn logs_in_utf_16_and_shift_jis_are_searched() {
    let line =
        "2025-03-04T01:00:00Z host-7 sshd[1]: 接続 evil-c2.net から 203.0.113.77\n".repeat(20);
    let utf16: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain(line.encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    assert_eq!(sightings(&hunt_in("a.log", &utf16), "evil-c2.net"), 20);
    // 接続 … から in Shift_JIS.
    let sjis: Vec<u8> = line
        .split('接')
        .collect::<Vec<_>>()
        .join("\u{1}")
        .replace('続', "\u{2}")
        .replace("から", "\u{3}")
        .bytes()
        .flat_map(|b| match b {
            1 => vec![0x90, 0xda],
            2 => vec![0x91, 0xb1],
            3 => vec![0x82, 0xa9, 0x82, 0xe7],
            b => vec![b],
        })
        .collect();
    assert_eq!(sightings(&hunt_in("b.log", &sjis), "203.0.113.77"), 20);
}

#[test]
fn a_gzip_bomb_stops_at_the_cap() {
    // 3 GB of zeros in 3 MB, twice packed to 9 kB.
    let mut inner = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let zeros = vec![0_u8; 1 << 20];
    for _ in 0..1024 {
        inner.write_all(&zeros).unwrap();
    }
    let bomb = gzip(&inner.finish().unwrap());
    let hunt = hunt_in("bomb.gz", &bomb);
    has_problem(&hunt, &["bomb.gz"]);
}

#[test]
fn a_very_long_line_is_searched_to_its_end() {
    let mut text = vec![b'x'; 40 << 20];
    text.extend_from_slice(b" evil-c2.net \n2025-03-04T01:00:00Z ws-1 app: 203.0.113.77\n");
    let hunt = hunt_in("long.log", &text);
    assert_eq!(sightings(&hunt, "evil-c2.net"), 1);
    assert_eq!(sightings(&hunt, "203.0.113.77"), 1);
}

#[test]
fn hostile_strings_in_a_report_stay_text() {
    let place = Place::new();
    let report = "# <script>alert(1)</script> \u{1b}[31m\u{202e}\n\n## Indicators of compromise\n\n\
        - evil-c2[.]net <img src=x onerror=alert(1)>\n- =cmd|'/c calc'!A1\n- \u{1b}]0;owned\u{7}hxxp://evil-c2[.]net/\"><script>x</script>\n\
        - SHA256: 47ecaab5cd6b26fe18d9759a9392bce81ba379817c53a3a468fe9060a076f8ca  File: ');DROP TABLE reports;--.exe\n";
    place.write("bad.md", report);
    place.write("logs/dns.log", dns("evil-c2.net", 3));
    let ran = place
        .run(&["investigate", "bad.md", "--logs", "logs", "-o", "out"])
        .exits(1);
    for (name, text) in [("stdout", ran.stdout()), ("stderr", ran.stderr())] {
        assert!(
            !text.contains(['\u{1b}', '\u{7}', '\u{202e}']),
            "{name} holds control characters"
        );
    }
    let page = std::fs::read_to_string(place.path("out/report.html")).unwrap();
    let lower = page.to_lowercase();
    assert!(
        !lower.contains("<script") && !lower.contains("<img"),
        "markup got through"
    );
    assert!(!page.contains(['\u{1b}', '\u{7}', '\u{202e}']));
    for entry in std::fs::read_dir(place.path("out/block")).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        assert!(!bytes.contains(&0x1b), "{} holds an escape", path.display());
    }
    for format in ["text", "json", "jsonl"] {
        place
            .run(&["show", "evil-c2.net", "--format", format])
            .exits(0);
    }
}

#[test]
fn what_is_no_text_is_not_read_as_a_report() {
    let place = Place::new();
    for (name, bytes, word) in [
        ("r.md", &b"PK\x03\x04\x14\x00evil-c2.net"[..], "ZIP"),
        ("r.db", &b"SQLite format 3\0evil-c2.net"[..], "SQLite"),
    ] {
        place.write(name, bytes);
        place.run(&["read", name]).exits(2).says(&[name, word]);
        place
            .run(&["block", "--indicators", name])
            .exits(2)
            .says(&[name, word]);
    }
}

#[test]
fn a_pdf_that_is_damaged_says_so() {
    let place = Place::new();
    place.write("r.txt", &b"%PDF-1.7\n%\xe2\xe3\xcf\xd3 evil-c2.net"[..]);
    let read = place.run(&["read", "r.txt"]).exits(2).stdout();
    assert!(read.contains("the PDF is damaged"), "{read}");
    place
        .run(&["block", "--indicators", "r.txt"])
        .exits(2)
        .says(&["r.txt"]);
}

#[test]
fn json_hides_nothing_from_a_terminal() {
    let place = Place::new();
    place.write(
        "r.md",
        "# Ioc \u{202e}txt\u{9b}31m\n\n- evil-c2[.]net \u{2066}x\n",
    );
    let out = place
        .run(&["read", "r.md", "--format", "json"])
        .exits(0)
        .stdout();
    assert!(!out.contains(['\u{202e}', '\u{9b}', '\u{2066}']), "{out}");
    assert!(out.contains("\\u202e") || out.contains("\\u2066"), "{out}");
}

#[test]
fn a_database_of_a_newer_version_is_left_alone() {
    let place = Place::new();
    place.write("r.txt", "evil-c2[.]net");
    place.run(&["read", "r.txt"]).exits(0);
    // The schema version stands at byte 60 of the file (SQLite file format, 1.3).
    let path = place.path("t.db");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[60..64].copy_from_slice(&9999_u32.to_be_bytes());
    std::fs::write(&path, &bytes).unwrap();
    place
        .run(&["read", "r.txt"])
        .exits(2)
        .says(&["9999", "upgrade"]);
    assert_eq!(std::fs::read(&path).unwrap(), bytes, "the file was changed");
    place.write(
        "t.db",
        "this is not a database, but long enough to look at twice".repeat(40),
    );
    place.run(&["read", "r.txt"]).exits(2).says(&["t.db"]);
}

#[test]
fn wrong_arguments_say_what_is_right() {
    let place = Place::new();
    place.write("iocs.txt", IOC);
    place.write("logs/a.log", "x\n");
    place
        .run(&["hunt", "logs"])
        .exits(2)
        .says(&["--indicators"]);
    place
        .run(&[
            "hunt",
            "logs",
            "--indicators",
            "iocs.txt",
            "--since",
            "yesterday",
        ])
        .exits(2)
        .says(&["yesterday", "2025-03-04"]);
    place
        .run(&[
            "hunt",
            "logs",
            "--indicators",
            "iocs.txt",
            "--since",
            "2025-03-05",
            "--until",
            "2025-03-04T00:00",
        ])
        .exits(2)
        .says(&["before"]);
    place
        .run(&["block", "--indicators", "iocs.txt", "--to", "nope"])
        .exits(2)
        .says(&["nope", "rpz"]);
    place
        .run(&["hunt", "logs", "--report", "R-123"])
        .exits(2)
        .says(&["R-123"]);
    place.write("empty.txt", "");
    place
        .run(&["hunt", "logs", "--indicators", "empty.txt"])
        .exits(2)
        .says(&["empty.txt"]);
    for (name, bytes) in [("empty.txt", ""), ("blank.txt", "\u{feff} \r\n\t\n")] {
        place.write(name, bytes);
        let ran = place.run(&["read", name]).exits(2);
        let ran = ran.says(&[name, "there is nothing in it", "check"]);
        assert_eq!(ran.stdout(), "");
    }
}

#[cfg(unix)]
#[test]
fn a_full_disk_is_an_error_and_not_a_panic() {
    if !std::path::Path::new("/dev/full").exists() {
        eprintln!("SKIP: no /dev/full");
        return;
    }
    let place = Place::new();
    place.write("r.txt", "evil-c2[.]net");
    let full = std::fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let out = place
        .command()
        .args(["read", "r.txt"])
        .stdout(Stdio::from(full))
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    assert_eq!(out.status.code(), Some(2));
    let text = String::from_utf8_lossy(&out.stderr);
    assert!(
        text.contains("space") && !text.contains("panicked"),
        "{text}"
    );
}

#[cfg(unix)]
#[test]
fn devices_and_pipes_are_refused_before_they_are_opened() {
    let place = Place::new();
    place.write("iocs.txt", IOC);
    let made = std::process::Command::new("mkfifo")
        .arg(place.path("pipe"))
        .status();
    if !made.is_ok_and(|status| status.success()) {
        eprintln!("SKIP: no mkfifo");
        return;
    }
    for what in ["pipe", "/dev/zero"] {
        for arguments in [
            &["read", what][..],
            &["hunt", "iocs.txt", "--indicators", what],
            &[
                "hunt",
                "iocs.txt",
                "--indicators",
                "iocs.txt",
                "--inventory",
                what,
            ],
            &["knowledge", "import", what],
            &["--knowledge", what, "show", "G0030"],
            &["--db", what, "show", "G0030"],
            &["--db", what, "read", "iocs.txt"],
        ] {
            let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_tegakari"));
            command.current_dir(place.path(".")).env_clear();
            if arguments.first() != Some(&"--db") {
                command.args(["--db", "t.db"]);
            }
            let out = command
                .args(arguments)
                .stdin(Stdio::null())
                .output()
                .unwrap();
            let text = String::from_utf8_lossy(&out.stderr);
            assert_eq!(out.status.code(), Some(2), "{arguments:?}: {text}");
            assert!(
                text.contains("not a regular file") && !text.contains("bytes"),
                "{arguments:?}: {text}"
            );
        }
    }
    // A pipe that the shell has opened is read.
    let mut child = place
        .command()
        .args(["read", "/dev/stdin"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(IOC.as_bytes())
        .unwrap();
    let out = child.wait_with_output().unwrap();
    assert_eq!(out.status.code(), Some(0));
}

#[cfg(unix)]
#[test]
fn ctrl_c_keeps_what_was_found_marked_partial() {
    let place = Place::new();
    place.write("iocs.txt", IOC);
    let mut child = place
        .command()
        .args(["hunt", "-", "--indicators", "iocs.txt", "--format", "json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let pid = child.id();
    let first = dns("evil-c2.net", 20_000);
    let feeder = std::thread::spawn(move || {
        // Goes on until the program stops listening, a gigabyte at the most.
        for round in 0..400 {
            if round == 2 {
                // The shell's own: a small machine has no program of that name.
                let killed = std::process::Command::new("sh")
                    .args(["-c", &format!("kill -INT {pid}")])
                    .status();
                assert!(killed.unwrap().success());
            }
            if stdin.write_all(first.as_bytes()).is_err() {
                return round;
            }
        }
        400
    });
    let out = child.wait_with_output().unwrap();
    let rounds = feeder.join().unwrap();
    assert!(rounds < 400, "it read everything all the same");
    let hunt: Value =
        serde_json::from_slice(&out.stdout).expect("the partial result is whole JSON");
    assert_eq!(hunt["partial"], true);
    assert!(sightings(&hunt, "evil-c2.net") > 0);
    assert_eq!(out.status.code(), Some(1));
}

#[cfg(unix)]
#[test]
fn an_unreadable_file_costs_that_file() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    place.write("iocs.txt", IOC);
    place.write("logs/a.log", dns("evil-c2.net", 2));
    let locked = place.write("logs/b.log", dns("evil-c2.net", 2));
    std::fs::set_permissions(&locked, std::fs::Permissions::from_mode(0o000)).unwrap();
    if std::fs::File::open(&locked).is_ok() {
        eprintln!("SKIP: this user may read everything");
        return;
    }
    let hunt = place
        .run(&[
            "hunt",
            "logs",
            "--indicators",
            "iocs.txt",
            "--format",
            "json",
        ])
        .exits(1)
        .json();
    has_problem(&hunt, &["b.log"]);
}
