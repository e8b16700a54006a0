//! A webhook: a POST with a signed body, through this machine's curl. The secret stays here: only the signature leaves.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tegakari_watch::signature;

use super::{Refused, Send_, Webhook};
use crate::PipelineError;
use crate::fetch::{curl_is_there, is_loopback, refusal};
use crate::serve::lines as lines_of;
use crate::watch::engine::now;

/// Longest time for one POST.
const SECONDS: &str = "30";

pub(super) struct Hook {
    url: String,
    secret: String,
    /// Where a body lies while it is sent.
    body: PathBuf,
}

impl Hook {
    pub(super) fn new(hook: &Webhook, folder: &Path) -> Result<Self, PipelineError> {
        let wrong = |what: &str| PipelineError::NotKnown(format!("--webhook: {what}"));
        let url = hook.url.trim().to_owned();
        if let Some(why) = refusal(&url) {
            return Err(wrong(why));
        }
        if !curl_is_there() {
            return Err(wrong("curl is not there; install it"));
        }
        let secret = lines_of(&hook.secret)?
            .into_iter()
            .next()
            .unwrap_or_default();
        if secret.len() < 16 {
            return Err(wrong(
                "the secret has fewer than 16 characters; make one with `openssl rand -hex 32`",
            ));
        }
        let print = tegakari_watch::hmac_sha256_hex(b"body", &[url.as_bytes()]);
        Ok(Self {
            body: folder.join(format!("body-{}", &print[..8])),
            url,
            secret,
        })
    }

    /// The address without what may be secret in it.
    pub(super) fn shown(&self) -> String {
        let host = self.url.split("://").nth(1).unwrap_or("");
        let host = host.split(['/', '?', '#']).next().unwrap_or("");
        host.rsplit('@').next().unwrap_or("").to_owned()
    }
}

impl Send_ for Hook {
    fn send(&mut self, lines: &[String]) -> Result<(), Refused> {
        let body = format!(
            "{{\"schema\":\"tegakari/watch-webhook/1\",\"sightings\":[{}]}}\n",
            lines.join(",")
        );
        let signed = signature(self.secret.as_bytes(), now().as_second(), body.as_bytes());
        std::fs::write(&self.body, &body).map_err(Refused::clearly)?;
        let config = format!(
            "url = {}\nheader = \"Content-Type: application/json\"\nheader = \"X-Tegakari-Signature: {signed}\"\nheader = \"Expect:\"\n\
             user-agent = \"tegakari-watch\"\ndata-binary = {}\n",
            quoted(&self.url),
            quoted(&format!("@{}", self.body.display())),
        );
        let mut command = Command::new("curl");
        command.args([
            "--silent",
            "--show-error",
            "--globoff",
            "--connect-timeout",
            "10",
        ]);
        command.args(["--max-time", SECONDS, "--config", "-", "--output"]);
        command.arg(if cfg!(windows) { "NUL" } else { "/dev/null" });
        command.args(["--write-out", "%{http_code}"]);
        if is_loopback(&self.url) {
            command.args(["--proto", "=http", "--noproxy", "*"]);
        } else {
            command.args(["--proto", "=https"]);
        }
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| Refused::unclear(format!("curl: {error}")))?;
        if let Some(mut input) = child.stdin.take() {
            input
                .write_all(config.as_bytes())
                .map_err(|error| Refused::unclear(format!("curl: {error}")))?;
        }
        let done = child
            .wait_with_output()
            .map_err(|error| Refused::unclear(format!("curl: {error}")))?;
        let _ = std::fs::remove_file(&self.body);
        let status = String::from_utf8_lossy(&done.stdout).trim().to_owned();
        match (done.status.success(), status.as_str()) {
            (true, code) if code.len() == 3 && code.starts_with('2') => Ok(()),
            (true, code) => Err(Refused::clearly(format!("it answers {code}"))),
            (false, _) => {
                let why = String::from_utf8_lossy(&done.stderr);
                let why: String = why.trim().chars().take(200).collect();
                // No name, no connection, no certificate: nothing was sent.
                match done.status.code() {
                    Some(5 | 6 | 7 | 35 | 60) => Err(Refused::clearly(why)),
                    _ => Err(Refused::unclear(why)),
                }
            }
        }
    }
}

/// A value of curl's configuration.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
