//! `tegakari watch`: syslog, the journal, reloads, numbers, and every output, with real sockets on loopback.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::support::Place;
use crate::watch::{Watching, number, numbers, record, sightings, until};

/// The address behind a word in what the watch says when it begins.
pub(crate) fn address(place: &Place, word: &str) -> SocketAddr {
    let mut found = None;
    until(&format!("it listens at {word}"), || {
        let text = fs::read_to_string(place.path("stderr")).unwrap_or_default();
        found = text.split(word).nth(1).and_then(|rest| {
            let end = rest.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ':')))?;
            rest[..end].parse().ok()
        });
        found.is_some()
    });
    found.unwrap()
}

fn get(address: SocketAddr, target: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {target} HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

pub(crate) fn metric(address: SocketAddr, name: &str) -> u64 {
    let text = get(address, "/metrics");
    let lines = text.lines().filter(|line| line.starts_with(name));
    lines
        .map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap())
        .sum()
}

#[test]
fn syslog_is_taken_over_udp_and_tcp_and_a_huge_message_is_bounded() {
    let place = Place::new();
    let watching = Watching::start(
        &place,
        &[
            "--syslog-udp",
            "127.0.0.1:0",
            "--syslog-tcp",
            "127.0.0.1:0",
            "--metrics",
            "127.0.0.1:0",
        ],
    );
    let udp = address(&place, "syslog-udp ");
    let tcp = address(&place, "syslog-tcp ");
    let numbers_at = address(&place, "http://");
    let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
    for n in 0..50 {
        // Nobody begins a record of another's with a line end.
        let message = format!("<13>{}", record(n).replace("asked", "x\n<13>y"));
        sender.send_to(message.as_bytes(), udp).unwrap();
    }
    let mut stream = TcpStream::connect(tcp).unwrap();
    for n in 50..100 {
        let message = format!("<13>{}", record(n));
        if n % 2 == 0 {
            write!(stream, "{} {message}", message.len()).unwrap();
        } else {
            stream.write_all(message.as_bytes()).unwrap();
        }
    }
    until("all were seen", || numbers(&place).len() == 100);
    assert!(
        sightings(&place)
            .iter()
            .all(|one| one["asset"].as_str().unwrap().starts_with("ws-"))
    );
    // A message of 100 MB, and one behind it.
    stream.write_all(b"100000000 <13>").unwrap();
    let piece = vec![b'x'; 1 << 20];
    let mut left = 100_000_000 - 4;
    while left > 0 {
        let now = left.min(piece.len());
        stream.write_all(&piece[..now]).unwrap();
        left -= now;
    }
    stream
        .write_all(format!("<13>{}", record(100)).as_bytes())
        .unwrap();
    until("the message behind it was seen", || {
        numbers(&place).contains_key(&100)
    });
    assert_eq!(metric(numbers_at, "tegakari_watch_too_long_total"), 1);
    assert_eq!(metric(numbers_at, "tegakari_watch_sightings_total"), 101);
    assert!(metric(numbers_at, "tegakari_watch_events_total") >= 101);
    assert!(get(numbers_at, "/healthz").contains("200 OK"));
    assert!(get(numbers_at, "/x").contains("404"));
    // What the system drops while nobody takes it is counted.
    watching.signal("-STOP");
    for _ in 0..3000 {
        sender.send_to(&[b'x'; 1400], udp).unwrap();
    }
    watching.signal("-CONT");
    until("the loss is counted", || {
        metric(numbers_at, "tegakari_watch_dropped_total") > 0
    });
    let megabytes = watching.megabytes();
    assert!(megabytes < 250, "{megabytes} MB");
    watching.end();
    let text = fs::read_to_string(place.path("stderr")).unwrap();
    assert!(text.contains("longer than 262144 bytes"), "{text}");
    assert!(text.contains("messages were lost"), "{text}");
    let lost = |line: &&str| line.contains("watch-visibility") && !line.contains("\"dropped\":0,");
    let out = fs::read_to_string(place.path("out.jsonl")).unwrap();
    assert_eq!(out.lines().filter(lost).count(), 1, "{out}");
    // Hours of visibility are told at the end as well, and are not whole.
    let out = fs::read_to_string(place.path("out.jsonl")).unwrap();
    assert!(
        out.contains("tegakari/watch-visibility/1") && !out.contains("\"whole\":true"),
        "{out}"
    );
}

#[test]
fn a_reload_loses_nothing_and_a_broken_one_changes_nothing() {
    let place = Place::new();
    let list = place.write("list.csv", "type,value\ndomain,first.example\n");
    let log = place.write("a.log", "");
    let watching = Watching::start(
        &place,
        &[
            "--indicators",
            "list.csv",
            "--metrics",
            "127.0.0.1:0",
            "a.log",
        ],
    );
    let numbers_at = address(&place, "http://");
    until("it has begun", || {
        place.path("state/positions.json").exists()
    });
    let add = |text: &str| {
        let mut file = fs::OpenOptions::new().append(true).open(&log).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    };
    let line = |name: &str, n: u64| record(n).replace("evil.example", name);
    add(&line("first.example", 1));
    add(&line("second.example", 2));
    until("the first is seen", || numbers(&place).contains_key(&1));
    fs::write(
        &list,
        "type,value\ndomain,first.example\ndomain,second.example\n",
    )
    .unwrap();
    until("it was read again", || {
        metric(numbers_at, "tegakari_watch_reloads_total") >= 1
    });
    std::thread::sleep(Duration::from_millis(300));
    add(&line("second.example", 3));
    until("the second is seen", || numbers(&place).contains_key(&3));
    // Nothing in it: what was looked for stays.
    fs::write(&list, "nothing\n").unwrap();
    until("it failed", || {
        metric(numbers_at, "tegakari_watch_reload_failures_total") >= 1
    });
    add(&line("first.example", 4));
    until("the first is still seen", || {
        numbers(&place).contains_key(&4)
    });
    let before = metric(numbers_at, "tegakari_watch_reload_failures_total");
    watching.signal("-HUP");
    until("it was tried again", || {
        metric(numbers_at, "tegakari_watch_reload_failures_total") > before
    });
    // Reloads while lines come in at full speed: each line is seen once.
    fs::write(&list, "type,value\ndomain,first.example\n").unwrap();
    for n in 100..3100 {
        if n % 500 == 0 {
            watching.signal("-HUP");
            fs::rename(place.path("out.jsonl"), place.path(&format!("out.{n}"))).unwrap();
            until("the output is opened again", || {
                place.path("out.jsonl").exists()
            });
        }
        add(&line("first.example", n));
    }
    until("the last was seen", || numbers(&place).contains_key(&3099));
    watching.end();
    let mut all = BTreeSet::new();
    let mut count = 0;
    let names: Vec<String> = (100..3100)
        .step_by(100)
        .map(|n| format!("out.{n}"))
        .chain(["out.jsonl".to_owned()])
        .collect();
    for name in names {
        for line in fs::read_to_string(place.path(&name))
            .unwrap_or_default()
            .lines()
        {
            let value: Value = serde_json::from_str(line).unwrap();
            if value["schema"] == "tegakari/watch-sighting/1" {
                all.insert(number(&value));
                count += 1;
            }
        }
    }
    let want: BTreeSet<u64> = [1, 3, 4].into_iter().chain(100..3100).collect();
    assert_eq!(all, want);
    assert_eq!(count, want.len());
    let text = fs::read_to_string(place.path("stderr")).unwrap();
    assert!(text.contains("stays as it was"), "{text}");
}

/// Takes one request of HTTP and answers it; gives head and body.
fn request(listener: &TcpListener, status: &str) -> (String, Vec<u8>) {
    let (stream, _) = listener.accept().unwrap();
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert!(reader.read_line(&mut head).unwrap() > 0);
    }
    let length = head
        .lines()
        .find_map(|line| {
            line.to_lowercase()
                .strip_prefix("content-length: ")
                .map(str::to_owned)
        })
        .unwrap();
    let mut body = vec![0; length.parse().unwrap()];
    reader.read_exact(&mut body).unwrap();
    let answer = format!("HTTP/1.1 {status} x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    reader.into_inner().write_all(answer.as_bytes()).unwrap();
    (head, body)
}

fn hostile(n: u64) -> String {
    format!(
        "2026-03-04T05:06:07Z ws-1 app: \"}}]\\r\\n.\\r\\nQUIT <b> \u{202e}\u{1b}[31m evil.example n={n}\n"
    )
}

#[test]
fn a_webhook_gets_signed_bodies_until_it_takes_them() {
    if Command::new("curl").arg("--version").output().is_err() {
        eprintln!("skipped: there is no curl");
        return;
    }
    let place = Place::new();
    place.write("a.log", hostile(1) + &hostile(2));
    place.write("secret", "0123456789abcdef0123\n");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook?key=\"x\\", listener.local_addr().unwrap());
    let watching = Watching::start(
        &place,
        &[
            "--from-start",
            "--webhook",
            &url,
            "--webhook-secret",
            "secret",
            "a.log",
        ],
    );
    let (_, refused) = request(&listener, "500");
    let (head, body) = request(&listener, "204");
    assert_eq!(refused, body);
    let signature = head
        .lines()
        .find_map(|l| l.strip_prefix("X-Tegakari-Signature: "))
        .unwrap();
    let time = signature
        .split("t=")
        .nth(1)
        .unwrap()
        .split(',')
        .next()
        .unwrap();
    let seconds: i64 = time.parse().unwrap();
    assert_eq!(
        signature,
        tegakari_watch::signature(b"0123456789abcdef0123", seconds, &body)
    );
    let value: Value = serde_json::from_slice(&body).unwrap();
    let all = value["sightings"].as_array().unwrap();
    assert_eq!(all.iter().map(number).collect::<Vec<_>>(), [1, 2]);
    assert!(!body.contains(&0x1b) && !String::from_utf8_lossy(&body).contains('\u{202e}'));
    // Killed while a body is on its way: the next run sends it again, and says that it may have arrived.
    let mut file = fs::OpenOptions::new()
        .append(true)
        .open(place.path("a.log"))
        .unwrap();
    file.write_all(hostile(3).as_bytes()).unwrap();
    let (_stream, _) = listener.accept().unwrap();
    drop(watching);
    let watching = Watching::start(
        &place,
        &[
            "--from-start",
            "--webhook",
            &url,
            "--webhook-secret",
            "secret",
            "a.log",
        ],
    );
    let (_, body) = request(&listener, "200");
    let value: Value = serde_json::from_slice(&body).unwrap();
    let last = value["sightings"].as_array().unwrap().last().unwrap();
    assert_eq!((number(last), &last["repeat"]), (3, &Value::Bool(true)));
    watching.end();
    for bad in ["http://192.0.2.1/x", "ftp://127.0.0.1/"] {
        place
            .run(&[
                "watch",
                "--value",
                "evil.example",
                "a.log",
                "--webhook",
                bad,
                "--webhook-secret",
                "secret",
                "--state",
                "s2",
            ])
            .exits(2)
            .says(&["--webhook", "https"]);
    }
}

#[test]
fn syslog_and_mail_get_every_sighting_and_nothing_breaks_out() {
    let place = Place::new();
    place.write("a.log", hostile(1) + &hostile(2));
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    udp.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let smtp = TcpListener::bind("127.0.0.1:0").unwrap();
    let to_tcp = format!("tcp://{}", tcp.local_addr().unwrap());
    let to_udp = format!("udp://{}", udp.local_addr().unwrap());
    let server = smtp.local_addr().unwrap().to_string();
    let watching = Watching::start(
        &place,
        &[
            "--from-start",
            "--to-syslog",
            &to_tcp,
            "--to-syslog",
            &to_udp,
            "--mail-to",
            "soc@example.org",
            "--mail-from",
            "tegakari@example.org",
            "--smtp",
            &server,
            "--mail-every",
            "1",
            "a.log",
        ],
    );
    let (stream, _) = tcp.accept().unwrap();
    let mut reader = BufReader::new(stream);
    let mut datagram = vec![0; 65536];
    for n in 1..=2 {
        let mut length = Vec::new();
        reader.read_until(b' ', &mut length).unwrap();
        let length: usize = String::from_utf8(length).unwrap().trim().parse().unwrap();
        let mut message = vec![0; length];
        reader.read_exact(&mut message).unwrap();
        let got = udp.recv(&mut datagram).unwrap();
        for text in [&message[..], &datagram[..got]] {
            let text = std::str::from_utf8(text).unwrap();
            assert!(
                text.starts_with("<129>1 ") && !text.contains(|c: char| c.is_control()),
                "{text}"
            );
            let json: Value = serde_json::from_str(&text[text.find('{').unwrap()..]).unwrap();
            assert_eq!(number(&json), n);
        }
    }
    // A mail server that refuses at first.
    let mut body = String::new();
    for attempt in 0..2 {
        let (stream, _) = smtp.accept().unwrap();
        let mut answers = stream.try_clone().unwrap();
        let mut reader = BufReader::new(stream);
        answers.write_all(b"220 hello\r\n").unwrap();
        let mut line = String::new();
        let mut in_body = false;
        loop {
            line.clear();
            if reader.read_line(&mut line).unwrap() == 0 || line == "QUIT\r\n" {
                break;
            }
            if in_body {
                if line == ".\r\n" {
                    in_body = false;
                    answers.write_all(b"250 queued\r\n").unwrap();
                } else {
                    body.push_str(&line);
                }
            } else if line == "DATA\r\n" {
                in_body = true;
                answers.write_all(b"354 go on\r\n").unwrap();
            } else if attempt == 0 && line.starts_with("RCPT") {
                answers.write_all(b"451 later\r\n").unwrap();
                break;
            } else {
                answers.write_all(b"250-a\r\n250 ok\r\n").unwrap();
            }
        }
    }
    let (head, coded) = body.split_once("\r\n\r\n").unwrap();
    assert!(
        head.contains("To: soc@example.org\r\n") && head.contains("base64"),
        "{head}"
    );
    assert!(coded.lines().all(|line| {
        line.bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b))
    }));
    watching.end();
    place
        .run(&[
            "watch",
            "--value",
            "evil.example",
            "a.log",
            "--mail-to",
            "a@b\r\nBcc: c@d",
            "--mail-from",
            "x@y",
            "--state",
            "s2",
        ])
        .exits(2)
        .says(&["mail address"]);
}

#[test]
fn the_journal_is_read_on_from_its_cursor() {
    let place = Place::new();
    // A journal of six entries, three a run, which honours the cursor as journalctl does.
    let script = r#"#!/bin/sh
after=0; follow=no
for a in "$@"; do case "$a" in --after-cursor=c*) after=${a#--after-cursor=c};; --follow) follow=yes;; esac; done
last=$(cat "$JOURNAL_LAST")
[ "$follow" = no ] && after=$((last - 1))
n=$((after + 1))
while [ $n -le $last ]; do
  printf '__CURSOR=c%s\n__REALTIME_TIMESTAMP=177260%s00000000\n_HOSTNAME=ws-0%s\nMESSAGE=saw evil.example n=%s\n\n' $n $n $n $n
  n=$((n + 1))
done
[ "$follow" = yes ] && exec sleep 60
exit 0
"#;
    let program = place.write("bin/journalctl", script);
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let last = place.write("last", "2");
    let path = format!("{}:/usr/bin:/bin", place.path("bin").display());
    let start = || {
        Watching::start_with(&place, &["--journal"], |command| {
            command.env("PATH", &path).env("JOURNAL_LAST", &last)
        })
    };
    // What is there at the first start is not read.
    let watching = start();
    until("it has begun", || {
        fs::read_to_string(place.path("state/positions.json"))
            .is_ok_and(|text| text.contains("\"c2\""))
    });
    watching.end();
    assert!(sightings(&place).is_empty());
    fs::write(&last, "4").unwrap();
    let watching = start();
    until("the new ones are seen", || numbers(&place).len() == 2);
    // Killed before or after it kept its place: no matter.
    drop(watching);
    fs::write(&last, "6").unwrap();
    let watching = start();
    until("all are seen", || numbers(&place).contains_key(&6));
    watching.end();
    assert_eq!(
        numbers(&place).keys().copied().collect::<Vec<_>>(),
        [3, 4, 5, 6]
    );
    let all = sightings(&place);
    let repeated = all.iter().filter(|one| one["repeat"] == true).count();
    assert_eq!(all.len() - repeated, 4, "{all:?}");
    assert_eq!(all[0]["asset"], "ws-03");
}

#[test]
fn messages_of_nats_are_acknowledged_once_they_are_dealt_with() {
    let place = Place::new();
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let server = Command::new("nats-server")
        .args(["-js", "-a", "127.0.0.1", "-p", &port.to_string(), "-sd"])
        .arg(place.path("store"))
        .stderr(std::process::Stdio::null())
        .spawn();
    let Ok(server) = server else {
        eprintln!("skipped: there is no nats-server");
        return;
    };
    // Ends with the test.
    let _server = Watching { child: server };
    let mut talk = None;
    until("the server answers", || {
        talk = TcpStream::connect(("127.0.0.1", port)).ok();
        talk.is_some()
    });
    let mut talk = talk.unwrap();
    let mut answers = BufReader::new(talk.try_clone().unwrap());
    let said = |answers: &mut BufReader<TcpStream>, word: &str| {
        let mut line = String::new();
        while !line.contains(word) {
            line.clear();
            assert!(answers.read_line(&mut line).unwrap() > 0);
        }
        line
    };
    let config = r#"{"name":"LOGS","subjects":["logs.>"]}"#;
    write!(
        talk,
        "CONNECT {{\"verbose\":false}}\r\nSUB made 1\r\nPUB $JS.API.STREAM.CREATE.LOGS made {}\r\n{config}\r\n",
        config.len()
    )
    .unwrap();
    said(&mut answers, "stream_create_response");
    let mut publish = |numbers: std::ops::Range<u64>| {
        for n in numbers {
            let text = record(n);
            write!(talk, "PUB logs.a {}\r\n{text}\r\n", text.len()).unwrap();
        }
    };
    publish(0..500);
    let url = format!("nats://127.0.0.1:{port}/LOGS");
    let watching = Watching::start(&place, &["--from-start", "--nats", &url]);
    until("all are seen", || numbers(&place).len() == 500);
    publish(500..1000);
    until("some more are seen", || numbers(&place).len() > 600);
    drop(watching);
    publish(1000..1200);
    let watching = Watching::start(&place, &["--from-start", "--nats", &url]);
    until("nothing is lost", || numbers(&place).len() == 1200);
    std::thread::sleep(Duration::from_millis(1500));
    watching.end();
    // What was acknowledged does not come again; what comes again has the same id.
    let before = sightings(&place);
    let ids: BTreeSet<String> = before.iter().map(|one| one["id"].to_string()).collect();
    assert_eq!(ids.len(), 1200);
    let mut seen = BTreeSet::new();
    for one in &before {
        if !seen.insert(one["id"].to_string()) {
            assert_eq!(one["repeat"], true, "{one}");
        }
    }
}

#[test]
fn the_unit_for_systemd_is_right_and_hardened() {
    let unit = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../packaging/tegakari-watch.service"
    );
    let text = fs::read_to_string(unit).unwrap();
    for wanted in [
        "NoNewPrivileges=yes",
        "ProtectSystem=strict",
        "MemoryMax=",
        "ExecReload=",
        "Restart=always",
    ] {
        assert!(text.contains(wanted), "{wanted}");
    }
    if Command::new("systemd-analyze")
        .arg("--version")
        .output()
        .is_err()
    {
        eprintln!("skipped: there is no systemd-analyze");
        return;
    }
    let place = Place::new();
    // The program stands elsewhere here.
    let copy = place.write(
        "tegakari-watch.service",
        text.replace("/usr/bin/tegakari", env!("CARGO_BIN_EXE_tegakari")),
    );
    let verify = Command::new("systemd-analyze")
        .arg("verify")
        .arg("--man=no")
        .arg(&copy)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&verify.stderr).into_owned();
    assert!(!said.contains("tegakari-watch"), "{said}");
    let security = Command::new("systemd-analyze")
        .args(["security", "--offline=yes", "--threshold=25"])
        .arg(&copy)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&security.stdout).into_owned()
        + &String::from_utf8_lossy(&security.stderr);
    if said.contains("nrecognized option") || said.contains("nknown option") {
        eprintln!("skipped: this systemd-analyze cannot judge a file");
        return;
    }
    assert!(security.status.success(), "{said}");
}
