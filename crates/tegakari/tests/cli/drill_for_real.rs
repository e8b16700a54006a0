//! A drill for real on this machine, looked for in what this machine logged.
//!
//! The script's look-ups go to a real dnsmasq where there is one and it may listen, else to a resolver of this test, where
//! that can be arranged (a mount namespace of its own with another `resolv.conf`), its requests to a web server of this test, its log line to a socket of this test. What it
//! runs and writes is seen by `strace` where that works, and written as auditd would. Where something cannot be had
//! here, the test says so and writes the line that the source would have written.

use std::io::{Read, Write};
use std::net::{TcpListener, UdpSocket};
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::Value;

use crate::drill::{json, plan_id, states, values};
use crate::support::Place;

/// Where the resolver of this test listens; the port must be the usual one.
const RESOLVER: &str = "127.77.5.3";
const PATIENCE: Duration = Duration::from_millis(50);

/// A server of this test: ends when it is told to, and gives what it has logged.
struct Server {
    end: Arc<AtomicBool>,
    thread: JoinHandle<String>,
}

impl Server {
    fn start(mut step: impl FnMut() -> String + Send + 'static) -> Self {
        let end = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&end);
        let thread = std::thread::spawn(move || {
            let mut log = String::new();
            while !told.load(Ordering::Relaxed) {
                log.push_str(&step());
            }
            log + &step()
        });
        Self { end, thread }
    }

    fn log(self) -> String {
        self.end.store(true, Ordering::Relaxed);
        self.thread.join().unwrap()
    }
}

fn date(form: &str) -> String {
    let out = Command::new("date").args(["-u", form]).output().unwrap();
    String::from_utf8(out.stdout).unwrap().trim().to_owned()
}

/// A resolver that answers that there is no such name, and logs queries.
enum Resolver {
    /// The real dnsmasq, and where it logs.
    Dnsmasq(Child, PathBuf),
    /// One of this test, which logs as dnsmasq does.
    Own(Server),
}

impl Resolver {
    fn start(place: &Place) -> Option<Self> {
        let log = place.path("dnsmasq.log");
        let started = Command::new("dnsmasq")
            .args([
                "--keep-in-foreground",
                "--conf-file=/dev/null",
                "--no-resolv",
            ])
            .args(["--no-hosts", "--no-poll", "--bind-interfaces", "--port=53"])
            .args([
                "--user=root",
                "--pid-file=",
                "--cache-size=0",
                "--log-queries",
            ])
            .args(["--address=/#/", &format!("--listen-address={RESOLVER}")])
            .arg(format!("--log-facility={}", log.display()))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let Ok(mut child) = started else {
            eprintln!("not for real here: there is no dnsmasq");
            return own_resolver().map(Self::Own);
        };
        for _ in 0..100 {
            let said = std::fs::read_to_string(&log).unwrap_or_default();
            if said.contains("started") {
                return Some(Self::Dnsmasq(child, log));
            }
            if !matches!(child.try_wait(), Ok(None)) {
                break;
            }
            std::thread::sleep(PATIENCE);
        }
        let _ = child.kill();
        let _ = child.wait();
        eprintln!("not for real here: dnsmasq cannot listen (that takes root)");
        own_resolver().map(Self::Own)
    }

    /// Ends it and gives what it has logged.
    fn log(self) -> String {
        match self {
            Self::Own(server) => server.log(),
            Self::Dnsmasq(mut child, log) => {
                let _ = child.kill();
                let _ = child.wait();
                std::fs::read_to_string(log).unwrap_or_default()
            }
        }
    }
}

fn own_resolver() -> Option<Server> {
    let socket = UdpSocket::bind((RESOLVER, 53)).ok()?;
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    Some(Server::start(move || {
        let mut packet = [0; 512];
        let Ok((length, from)) = socket.recv_from(&mut packet) else {
            return String::new();
        };
        let mut name = Vec::new();
        let mut at = 12;
        while let Some(&size) = packet[..length].get(at).filter(|n| **n > 0) {
            let label = packet
                .get(at + 1..at + 1 + usize::from(size))
                .unwrap_or(b"");
            name.push(String::from_utf8_lossy(label).into_owned());
            at += 1 + usize::from(size);
        }
        // A response, recursion available, NXDOMAIN; no records.
        packet[2] |= 0x80;
        packet[3] = 0x83;
        packet[6..12].fill(0);
        let _ = socket.send_to(&packet[..length.min(at + 5)], from);
        let when = date("+%b %e %H:%M:%S");
        let name = name.join(".");
        format!("{when} dnsmasq[811]: query[A] {name} from {}\n", from.ip())
    }))
}

/// Answers 404, and logs requests as web servers do.
fn web_server() -> (Server, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let server = Server::start(move || {
        let Ok((mut stream, _)) = listener.accept() else {
            std::thread::sleep(Duration::from_millis(5));
            return String::new();
        };
        stream.set_nonblocking(false).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(5)))
            .unwrap();
        let mut text = Vec::new();
        let mut piece = [0; 1024];
        while !text.windows(4).any(|w| w == b"\r\n\r\n") {
            match stream.read(&mut piece) {
                Ok(got) if got > 0 => text.extend_from_slice(&piece[..got]),
                _ => break,
            }
        }
        let _ = stream
            .write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        let text = String::from_utf8_lossy(&text).into_owned();
        let first = text.lines().next().unwrap_or_default().to_owned();
        let agent = text
            .lines()
            .find_map(|line| line.strip_prefix("User-Agent: "))
            .unwrap_or("-");
        let when = date("+%d/%b/%Y:%H:%M:%S +0000");
        format!("127.0.0.1 - - [{when}] \"{first}\" 404 0 \"-\" \"{agent}\"\n")
    });
    (server, address)
}

/// Takes what `logger` sends, and writes it down as rsyslog does.
fn system_log(socket: &Path) -> Server {
    let socket = UnixDatagram::bind(socket).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    Server::start(move || {
        let mut message = [0; 2048];
        let Ok(length) = socket.recv(&mut message) else {
            return String::new();
        };
        let text = String::from_utf8_lossy(&message[..length]).into_owned();
        let said = text
            .split_once("tegakari-drill: ")
            .map_or("", |(_, said)| said);
        let when = date("+%Y-%m-%dT%H:%M:%S+00:00");
        format!("{when} ws-014 tegakari-drill: {}\n", said.trim())
    })
}

/// Whether a command works here.
fn works(program: &str, arguments: &[&str]) -> bool {
    let run = Command::new(program).args(arguments).output();
    run.is_ok_and(|out| out.status.success())
}

/// What auditd would have written of the programs run and files made that strace saw.
fn as_auditd(trace: &str) -> String {
    let mut out = String::new();
    for (number, line) in trace.lines().enumerate() {
        let line = line
            .split_once(' ')
            .map_or(line, |(_, rest)| rest.trim_start());
        let Some((time, call)) = line.split_once(' ') else {
            continue;
        };
        let time = time.get(..14).unwrap_or(time);
        let head = format!("msg=audit({time}:{number}):");
        if let Some(rest) = call.strip_prefix("execve(\"")
            && call.ends_with(" = 0")
            && let Some((exe, rest)) = rest.split_once("\", [")
            && let Some((list, _)) = rest.split_once("], ")
        {
            let list = list.trim_matches('"');
            let arguments: Vec<String> = list
                .split("\", \"")
                .enumerate()
                .map(|(n, argument)| format!("a{n}=\"{argument}\""))
                .collect();
            let count = arguments.len();
            out.push_str(&format!("node=ws-014 type=SYSCALL {head} arch=c000003e syscall=59 success=yes exit=0 ppid=1 pid=2 auid=1000 uid=1000 comm=\"x\" exe=\"{exe}\" key=\"exec\"\n"));
            out.push_str(&format!(
                "node=ws-014 type=EXECVE {head} argc={count} {}\n",
                arguments.join(" ")
            ));
        }
        if let Some((_, rest)) = call.split_once("openat(AT_FDCWD, \"")
            && rest.contains("O_CREAT")
            && let Some((name, _)) = rest.split_once('"')
        {
            out.push_str(&format!("node=ws-014 type=PATH {head} item=1 name=\"{name}\" inode=1 dev=08:01 mode=0100644 nametype=CREATE\n"));
        }
    }
    out
}

#[test]
fn a_drill_on_this_machine_is_seen_by_what_logged_it_and_by_nothing_else() {
    let place = Place::new();
    let (web, address) = web_server();
    place
        .run(&[
            "drill",
            "plant",
            "--host",
            "WS-014",
            "--platform",
            "sh",
            "--web",
            &address,
            "-o",
            "drill",
        ])
        .exits(0);
    let id = plan_id(&place);
    let socket = place.path("log.sock");
    let log = system_log(&socket);
    let resolver = Resolver::start(&place);
    let conf = place.write("resolv.conf", format!("nameserver {RESOLVER}\n"));
    let conf = conf.to_string_lossy().into_owned();
    let mounted = "mount --bind \"$0\" /etc/resolv.conf && exec \"$@\"";
    let own_resolver =
        resolver.is_some() && works("unshare", &["-m", "sh", "-c", mounted, &conf, "true"]);
    let seen_by = place.path("strace.out");
    let trace = seen_by.to_string_lossy().into_owned();
    let traced = works("strace", &["-o", "/dev/null", "true"]);

    let mut words: Vec<&str> = Vec::new();
    if own_resolver {
        words.extend(["unshare", "-m", "sh", "-c", mounted, &conf]);
    } else {
        eprintln!("not for real here: no resolver of our own (that takes root)");
    }
    if traced {
        words.extend([
            "strace",
            "-f",
            "-ttt",
            "-s",
            "4096",
            "-e",
            "trace=execve,open,openat",
            "-o",
            &trace,
        ]);
    } else {
        eprintln!("not for real here: there is no strace, or it may not trace");
    }
    let socket = socket.to_string_lossy().into_owned();
    words.extend([
        "sh",
        "drill/drill.sh",
        "--host",
        "ws-014",
        "--record",
        "run.record",
        "--log-socket",
        &socket,
    ]);
    let temporary = place.path("tmp");
    std::fs::create_dir_all(&temporary).unwrap();
    let run = Command::new(words[0])
        .args(&words[1..])
        .current_dir(place.path("."))
        .env("TMPDIR", &temporary)
        .env_remove("http_proxy")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&run.stdout).into_owned();
    assert!(
        run.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&run.stderr)
    );
    assert_eq!(
        std::fs::read_dir(&temporary).unwrap().count(),
        0,
        "something was left"
    );

    // The logs of this machine.
    let wanted = values(&place);
    let of = |kind: &str| wanted[kind][0].clone();
    let mut dns = resolver.map(Resolver::log).unwrap_or_default();
    if !own_resolver || !dns.contains(&of("dns")) {
        eprintln!("not for real here: the look-up did not come to our resolver");
        dns.push_str(&format!(
            "{} dnsmasq[811]: query[A] {} from 127.0.0.1\n",
            date("+%b %e %H:%M:%S"),
            of("dns")
        ));
    }
    let access = web.log();
    let mut syslog = log.log();
    if !syslog.contains(&of("log_line")) {
        eprintln!("not for real here: there is no logger");
        syslog = format!(
            "{} ws-014 tegakari-drill: {}\n",
            date("+%Y-%m-%dT%H:%M:%S+00:00"),
            of("log_line")
        );
        let record = std::fs::read_to_string(place.path("run.record")).unwrap();
        place.write("run.record", record + &record_now(&place, "log_line"));
    }
    let strace = std::fs::read_to_string(&seen_by).unwrap_or_default();
    let mut audit = as_auditd(&strace);
    if !traced {
        let time = date("+%s");
        for (n, kind) in [
            (1, "command_line"),
            (2, "process"),
            (3, "dns"),
            (4, "http_url"),
        ] {
            let value = wanted[kind].last().unwrap();
            audit.push_str(&format!(
                "node=ws-014 type=EXECVE msg=audit({time}.000:{n}): argc=1 a0=\"/tmp/{value}\"\n"
            ));
            audit.push_str(&format!("node=ws-014 type=SYSCALL msg=audit({time}.000:{n}): arch=c000003e syscall=59 success=yes exit=0 ppid=1 pid=2 comm=\"x\" exe=\"/tmp/{value}\" key=\"exec\"\n"));
        }
        audit.push_str(&format!("node=ws-014 type=PATH msg=audit({time}.000:9): item=1 name=\"/tmp/{}\" inode=1 nametype=CREATE\n", of("file_name")));
    }
    assert!(access.contains(&of("http_url")), "{access}\n{said}");
    let logs = [
        ("dns.log", dns),
        ("access.log", access),
        ("syslog", syslog),
        ("audit.log", audit),
    ];
    // What the script says shows no token, so that it cannot be taken for a trace.
    place.write("logs/output.txt", &said);
    for (name, text) in &logs {
        place.write(&format!("logs/{name}"), text);
    }
    let check = |status: i32| {
        let ran = place
            .run(&[
                "--format",
                "json",
                "drill",
                "check",
                "--plan",
                &id,
                "--logs",
                "logs",
                "--record",
                "run.record",
            ])
            .exits(status);
        json(&ran.stdout())
    };
    let whole = check(1);
    let got = states(&whole);
    for kind in [
        "dns",
        "http_url",
        "user_agent",
        "file_name",
        "process",
        "command_line",
        "log_line",
    ] {
        assert_eq!(got[kind], "seen", "{kind} {whole:#}");
    }
    // Nothing here hashes files; no server has a name below `invalid`; no mail was asked for.
    for (kind, want) in [
        ("file_hash", "missed"),
        ("http_host", "not_run"),
        ("mail", "not_run"),
    ] {
        assert_eq!(got[kind], want, "{kind} {whole:#}");
    }
    let dns_trace = whole["outcomes"]
        .as_array()
        .unwrap()
        .iter()
        .find(|o| o["kind"] == "dns")
        .unwrap();
    assert_eq!(dns_trace["sources"][0][0], "dnsmasq");
    assert!(
        (0..60).contains(&dns_trace["delay_seconds"].as_i64().unwrap()),
        "{dns_trace:#}"
    );
    let rate = |check: &Value, telemetry: &str| {
        let rates = check["rates"].as_array().unwrap();
        let of_all = rates
            .iter()
            .find(|r| r["telemetry"] == telemetry && r["asset"].is_null());
        (
            of_all.unwrap()["planted"].as_u64(),
            of_all.unwrap()["seen"].as_u64(),
        )
    };
    assert_eq!(rate(&whole, "dns"), (Some(1), Some(1)));
    assert_eq!(rate(&whole, "file_sha256"), (Some(1), Some(0)));

    // Without a source just its traces are missed. What a process record shows of a look-up is none of the look-up.
    let lost: [(&str, &[(&str, &str)]); 4] = [
        ("dns.log", &[("dns", "elsewhere")]),
        (
            "access.log",
            &[("http_url", "elsewhere"), ("user_agent", "elsewhere")],
        ),
        ("syslog", &[("log_line", "elsewhere")]),
        (
            "audit.log",
            &[
                ("file_name", "missed"),
                ("process", "missed"),
                ("command_line", "missed"),
            ],
        ),
    ];
    for (name, changed) in lost {
        std::fs::remove_file(place.path(&format!("logs/{name}"))).unwrap();
        let without = states(&check(1));
        for (kind, state) in &got {
            let not_here = !traced && matches!(&kind[..], "user_agent" | "log_line");
            match changed.iter().find(|(changed, _)| changed == kind) {
                Some(_) if not_here => {
                    assert_eq!(without[kind], "missed", "{kind} without {name}")
                }
                Some((_, want)) => assert_eq!(&without[kind], want, "{kind} without {name}"),
                None => assert_eq!(&without[kind], state, "{kind} without {name}"),
            }
        }
        let text = &logs.iter().find(|log| log.0 == name).unwrap().1;
        place.write(&format!("logs/{name}"), text);
    }
    check(1);

    // What to turn on, in both languages and as a file.
    let report = place
        .run(&["drill", "report", "-o", "report.md"])
        .exits(0)
        .stdout();
    assert!(
        report.contains("file hash (sh): missed on 1 of 1 machines (ws-014)"),
        "{report}"
    );
    assert!(report.contains("osquery file_events"), "{report}");
    let page = std::fs::read_to_string(place.path("report.md")).unwrap();
    assert!(
        page.contains("| ws\\-014 | DNS queries | 1 of 1 |"),
        "{page}"
    );
    let japanese = place
        .run(&["--lang", "ja", "drill", "report"])
        .exits(0)
        .stdout();
    assert!(japanese.contains("1 台中 1 台で見逃しました"), "{japanese}");

    // A hunt leaves them out, and says so; a database that does not know the drill counts them, and says so.
    let logs_folder = place.path("logs").to_string_lossy().into_owned();
    let value = of("dns");
    let hunts = |from: &Place, status: i32| {
        let words = ["--format", "json", "hunt", &logs_folder, "--value", &value];
        let all: Vec<&str> = words.into_iter().chain(["--min-visibility", "0"]).collect();
        from.run(&all).exits(status).stdout()
    };
    let known = hunts(&place, 0);
    assert!(
        known.contains("show traces of drills of yours, and were left out"),
        "{known}"
    );
    let other = hunts(&Place::new(), 1);
    assert!(
        other.contains("look like traces of a drill that this database does not know"),
        "{other}"
    );
}

fn record_now(place: &Place, kind: &str) -> String {
    let id = plan_id(place);
    let when = date("+%Y-%m-%dT%H:%M:%SZ");
    format!("tegakari/drill-record/1\t{id}\tws-014\tsh\t{kind}\tplanted\t{when}\t\n")
}
