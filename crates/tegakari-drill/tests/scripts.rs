//! The scripts as texts: whole, quoted, without tokens, and cleaning up after themselves.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "tests may fail, run shells, and say what they skip"
)]

use std::process::Command;

use tegakari_drill::{Settings, plan, script};
use tegakari_model::{DrillPlan, DrillPlatform, TOKEN_PREFIX, Timestamp, TraceKind};

fn made() -> DrillPlan {
    let hosts = ["ws-014.corp.example", "端末1", "srv_2"].map(str::to_owned);
    let settings = Settings {
        secret: b"a secret of sixteen bytes",
        made: Timestamp::UNIX_EPOCH,
        hosts: &hosts,
        platforms: &[],
        kinds: &[],
        domain: Some("drill.corp.example"),
        web: Some("web.corp.example:8080"),
        mail_to: Some("drill@corp.example"),
    };
    plan(&settings).unwrap().0
}

fn text(platform: DrillPlatform) -> String {
    String::from_utf8(script(&made(), platform).1).unwrap()
}

/// Runs a program if it is here; `None`, saying so, when not.
fn run(program: &str, arguments: &[&str]) -> Option<std::process::Output> {
    match Command::new(program).args(arguments).output() {
        Ok(out) => Some(out),
        Err(_) => {
            eprintln!("skipped: {program} is not here");
            None
        }
    }
}

#[test]
fn no_script_shows_a_token_and_every_place_is_filled() {
    let plan = made();
    for platform in DrillPlatform::ALL {
        let text = text(platform);
        for trace in plan.hosts.iter().flat_map(|host| &host.traces) {
            assert!(!text.contains(&format!("{TOKEN_PREFIX}{}", trace.body)));
            let wanted = trace.kind.runs_on(platform);
            assert_eq!(text.contains(&trace.body), wanted, "{:?}", trace.kind);
        }
        for word in [
            "@PLAN@", "@MADE@", "@DOMAIN@", "@WEB@", "@MAIL@", "@HOSTS@", "@NAMES@",
        ] {
            assert!(!text.contains(word), "{word}");
        }
        for put in [
            plan.id.as_str(),
            "'drill.corp.example'",
            "'web.corp.example:8080'",
            "'drill@corp.example'",
        ] {
            assert!(text.contains(put), "{put}");
        }
        for kind in TraceKind::ALL
            .into_iter()
            .filter(|kind| kind.runs_on(platform))
        {
            let step = match platform {
                DrillPlatform::Sh => format!(" step {} ", kind.name()),
                DrillPlatform::Powershell => format!("Step '{}' ", kind.name()),
            };
            assert_eq!(text.matches(&step).count(), 1, "{step}");
        }
    }
}

#[test]
fn shells_understand_the_sh_script() {
    let folder = std::env::temp_dir().join(format!("tegakari-drill-test-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("drill.sh");
    std::fs::write(&path, text(DrillPlatform::Sh)).unwrap();
    let name = path.to_string_lossy().into_owned();
    let mut troubles = Vec::new();
    for (program, arguments) in [
        ("dash", vec!["-n", &name]),
        ("bash", vec!["--posix", "-n", &name]),
        ("busybox", vec!["sh", "-n", &name]),
        ("shellcheck", vec!["-s", "sh", "-S", "warning", &name]),
    ] {
        if let Some(out) = run(program, &arguments).filter(|out| !out.status.success()) {
            troubles.push(format!(
                "{program}: {}{}",
                String::from_utf8_lossy(&out.stdout),
                String::from_utf8_lossy(&out.stderr)
            ));
        }
    }
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(troubles.is_empty(), "{}", troubles.join("\n"));
    let text = text(DrillPlatform::Sh);
    assert!(text.contains("trap clean_up EXIT") && text.contains("rm -rf -- \"$work\""));
    for word in ["sudo ", "crontab ", "rm -rf /", "read -"] {
        assert!(!text.contains(word), "{word}");
    }
}

/// The code of a PowerShell script: texts in quotes and comments taken out, brackets kept. Fails when a text does not
/// end, or brackets do not fit.
fn code(script: &str) -> String {
    let mut out = String::new();
    let mut open = Vec::new();
    let mut rest = script.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '#' => while rest.next_if(|c| *c != '\n').is_some() {},
            '\'' => loop {
                let end = rest.next().expect("a text in single quotes ends");
                assert_ne!(
                    end, '\n',
                    "a text in single quotes goes over the line: {out}"
                );
                if end == '\'' && rest.next_if_eq(&'\'').is_none() {
                    break;
                }
            },
            '"' => loop {
                match rest.next().expect("a text in double quotes ends") {
                    '`' => drop(rest.next()),
                    '"' => break,
                    c => assert!(c != '$' && c != '\n', "a text in double quotes holds {c:?}"),
                }
            },
            '@' if matches!(rest.peek(), Some('\'' | '"')) => panic!("a here-string"),
            '(' | '{' | '[' => {
                open.push(c);
                out.push(c);
            }
            ')' | '}' | ']' => {
                let fits = matches!(
                    (open.pop(), c),
                    (Some('('), ')') | (Some('{'), '}') | (Some('['), ']')
                );
                assert!(
                    fits,
                    "{c} closes nothing: {}",
                    &out[out.len().saturating_sub(200)..]
                );
                out.push(c);
            }
            '‘' | '’' | '“' | '”' | '–' => {
                panic!("{c} is a quote or hyphen to PowerShell")
            }
            c => out.push(c),
        }
    }
    assert!(open.is_empty(), "not closed: {open:?}");
    out
}

#[test]
fn the_powershell_script_is_well_formed_and_cleans_up() {
    let script = text(DrillPlatform::Powershell);
    assert!(script.starts_with('\u{feff}') && script.contains("\r\n"));
    let plain = code(&script.replace('\r', ""));
    // Commands by their whole names: aliases may mean something else on another machine.
    for word in plain.split(|c: char| !(c.is_ascii_alphanumeric() || "-_$:.".contains(c))) {
        let alias = [
            "ls",
            "dir",
            "cat",
            "type",
            "cp",
            "copy",
            "mv",
            "move",
            "rm",
            "del",
            "rd",
            "rmdir",
            "echo",
            "write",
            "iex",
            "iwr",
            "curl",
            "wget",
            "sc",
            "ps",
            "kill",
            "sleep",
            "select",
            "where",
            "foreach-object%",
            "gci",
            "gc",
            "ni",
            "md",
            "mkdir",
        ];
        assert!(
            !alias.contains(&word.to_ascii_lowercase().as_str()),
            "the alias {word}"
        );
    }
    // Things that PowerShell 5.1 does not have.
    for newer in ["??", "?.", "&&", "||", "ternary", "-Parallel"] {
        assert!(!plain.contains(newer), "{newer}");
    }
    // Whatever is made is removed in a `finally`.
    let finally: Vec<&str> = plain.split("finally").skip(1).collect();
    assert_eq!(
        finally.len(),
        6,
        "work folder, registry, task, service, pipe and its client"
    );
    assert_eq!(plain.matches("Remove-Item").count(), 2);
    assert_eq!(plain.matches("New-Item ").count(), 2);
    assert_eq!(plain.matches(".Dispose()").count(), 2);
    for pair in [("'/create'", "'/delete'"), ("'create'", "'delete'")] {
        assert_eq!(script.matches(pair.0).count(), 1, "{pair:?}");
        assert_eq!(script.matches(pair.1).count(), 1, "{pair:?}");
    }
    for word in [
        "Invoke-Expression",
        "Start-Process",
        "-EncodedCommand",
        "Read-Host",
        "RunAs",
    ] {
        assert!(!script.contains(word), "{word}");
    }
}

#[test]
fn powershell_itself_understands_the_script() {
    let folder = std::env::temp_dir().join(format!("tegakari-drill-ps-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("drill.ps1");
    std::fs::write(&path, script(&made(), DrillPlatform::Powershell).1).unwrap();
    let parse = format!(
        "$e = $null; [void][Management.Automation.Language.Parser]::ParseFile('{}', [ref]$null, [ref]$e); $e; exit $e.Count",
        path.display()
    );
    let out = run("pwsh", &["-NoProfile", "-Command", &parse]);
    std::fs::remove_dir_all(&folder).unwrap();
    if let Some(out) = out {
        assert!(
            out.status.success(),
            "{}",
            String::from_utf8_lossy(&out.stdout)
        );
    }
}
