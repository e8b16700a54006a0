//! Asks a TAXII 2.1 server all that a server must do, through the machine's `curl`.

use std::io::Write as _;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use tegakari_taxii::conformance::{Ask, Outcome, Said, Target, run as ask_all};

/// `taxii-conformance URL [--user NAME:PASSWORD | --token TOKEN] [--read ID] [--write ID] [--may-fail N]`
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let mut target = Target::default();
    let mut url = None;
    let mut may_fail = 0;
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let mut value = || {
            rest.next()
                .cloned()
                .with_context(|| format!("{argument} needs a value"))
        };
        match argument.as_str() {
            "--user" => {
                target.authorization = Some(format!("Basic {}", base64(value()?.as_bytes())))
            }
            "--token" => target.authorization = Some(format!("Bearer {}", value()?)),
            "--read" => target.read = Some(value()?),
            "--write" => target.write = Some(value()?),
            "--may-fail" => may_fail = value()?.parse()?,
            other if !other.starts_with('-') && url.is_none() => url = Some(other.to_owned()),
            other => bail!("{other} is not understood"),
        }
    }
    let url =
        url.context("give the address of the server's discovery: http://127.0.0.1:8321/taxii2/")?;
    let (scheme, after) = url
        .split_once("://")
        .context("an address begins with http:// or https://")?;
    let (host, path) = match after.find('/') {
        Some(at) => after.split_at(at),
        None => (after, "/"),
    };
    let origin = format!("{scheme}://{host}");
    target.discovery = path.to_owned();
    let checks = ask_all(&target, &mut |ask| curl(&origin, ask)).map_err(anyhow::Error::msg)?;
    let mut failed = 0;
    let mut out = std::io::stdout().lock();
    for check in &checks {
        let (mark, why) = match &check.outcome {
            Outcome::Passed => ("passed ", String::new()),
            Outcome::NotRun(why) => ("not run", format!(": {why}")),
            Outcome::Failed(why) => {
                failed += 1;
                let why: String = why.chars().filter(|c| !c.is_control()).take(300).collect();
                ("FAILED ", format!(": {why}"))
            }
        };
        writeln!(out, "{mark} {}{why}", check.name)?;
    }
    let run = checks
        .iter()
        .filter(|c| !matches!(c.outcome, Outcome::NotRun(_)))
        .count();
    writeln!(out, "{run} of {} checks run, {failed} failed", checks.len())?;
    if failed > may_fail {
        bail!("{failed} checks failed");
    }
    Ok(())
}

fn curl(origin: &str, ask: &Ask) -> Result<Said, String> {
    let mut command = Command::new("curl");
    command.args([
        "--silent",
        "--show-error",
        "--globoff",
        "--path-as-is",
        "--include",
        "--max-time",
        "60",
    ]);
    command.args([
        "--request",
        ask.method,
        "--header",
        "Expect:",
        "--header",
        "Content-Type:",
    ]);
    for (name, value) in &ask.headers {
        command.arg("--header").arg(format!("{name}: {value}"));
    }
    if !ask.headers.iter().any(|(name, _)| *name == "Accept") {
        command.args(["--header", "Accept:"]);
    }
    if !ask.body.is_empty() {
        command.args(["--data-binary", "@-"]);
    }
    let mut child = command
        .arg(format!("{origin}{}", ask.target))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|e| format!("cannot start curl: {e}"))?;
    if let Some(mut stdin) = child.stdin.take() {
        // A server that has seen enough closes early.
        let _ = stdin.write_all(&ask.body);
    }
    let done = child.wait_with_output().map_err(|e| e.to_string())?;
    if !done.status.success() && done.stdout.is_empty() {
        return Err(String::from_utf8_lossy(&done.stderr).into_owned());
    }
    let split = done
        .stdout
        .windows(4)
        .position(|w| w == b"\r\n\r\n")
        .unwrap_or(done.stdout.len());
    let (head, body) = done.stdout.split_at(split);
    let head = String::from_utf8_lossy(head);
    let mut lines = head.lines();
    let status = lines
        .next()
        .and_then(|l| l.split(' ').nth(1))
        .and_then(|s| s.parse().ok());
    let headers = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    Ok(Said {
        status: status.unwrap_or(0),
        headers,
        body: body.get(4..).unwrap_or_default().to_vec(),
    })
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let bits = chunk
            .iter()
            .fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte))
            << (8 * (3 - chunk.len()));
        for i in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * i) & 63) as usize];
            out.push(if i <= chunk.len() {
                char::from(letter)
            } else {
                '='
            });
        }
    }
    out
}
