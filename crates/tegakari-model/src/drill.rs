//! The drill: harmless traces that are planted on purpose, and whether a search of the logs finds them.
//!
//! An indicator search that finds nothing says little as long as nobody has seen it find anything. A [`DrillPlan`]
//! lists traces with values that stand nowhere else (tokens); a [`DrillCheck`] says which of them the logs show. From
//! that come [`DetectionRate`]s: measured, not assumed.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{DrillId, LogCitation, Observable, Problem, Telemetry, Timestamp};

/// What every token of a drill begins with. Scripts put it before the rest only when they run, so that no log of a
/// script's text shows a whole token.
pub const TOKEN_PREFIX: &str = "tgkdrill";
/// Characters of a token that are drawn: 80 bits.
const DRAWN: usize = 16;
/// Characters that prove its form: 20 bits.
const CHECKED: usize = 4;
/// The digits of a token (RFC 4648 base 32, in lower case): good in names of hosts, files, units and keys.
const DIGITS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// The part of a token behind [`TOKEN_PREFIX`], drawn from `secret`, the machine and the kind of trace.
pub fn token_body(secret: &[u8], host: &str, kind: TraceKind) -> String {
    let mut hash = Sha256::new();
    for part in [secret, host.as_bytes(), kind.name().as_bytes()] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    let mut body = digits(&hash.finalize(), DRAWN);
    body.push_str(&check_of(&body));
    body
}

/// Whether a text is a token of some drill, by its form: in either case, with characters that prove it. By accident one
/// text in a million that has the prefix and the length would be.
pub fn is_token(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    lower.strip_prefix(TOKEN_PREFIX).is_some_and(is_token_body)
}

/// The same for the part behind [`TOKEN_PREFIX`], in lower case.
pub fn is_token_body(body: &str) -> bool {
    let right = body.len() == DRAWN + CHECKED && body.bytes().all(|b| DIGITS.contains(&b));
    right && check_of(&body[..DRAWN]) == body[DRAWN..]
}

fn check_of(drawn: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(b"tegakari drill ");
    hash.update(drawn.as_bytes());
    digits(&hash.finalize(), CHECKED)
}

/// The first digits of bytes, five bits each.
fn digits(bytes: &[u8], count: usize) -> String {
    let bit = |at: usize| (bytes.get(at / 8).copied().unwrap_or(0) >> (7 - at % 8)) & 1;
    (0..count)
        .map(|digit| {
            let value = (0..5).fold(0_u8, |sum, n| sum << 1 | bit(digit * 5 + n));
            char::from(DIGITS[usize::from(value & 31)])
        })
        .collect()
}

/// For which shell a script of a drill is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DrillPlatform {
    /// POSIX sh.
    Sh,
    /// Windows PowerShell 5.1 and later.
    Powershell,
}

impl DrillPlatform {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Sh, Self::Powershell];

    /// The name in JSON, in records and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sh => "sh",
            Self::Powershell => "powershell",
        }
    }
}

/// A kind of trace. One exercises one kind of telemetry (a file's hashes three).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TraceKind {
    /// A look-up of a token name.
    Dns,
    /// A web request to a token name.
    HttpHost,
    /// A web request for a token path.
    HttpUrl,
    /// A web request with a token as user agent.
    UserAgent,
    /// A file with a token in its name.
    FileName,
    /// A file whose content, and so whose hashes, no other file has.
    FileHash,
    /// A program that is run under a token name.
    Process,
    /// A process with a token among its arguments.
    CommandLine,
    /// A registry value with a token as name.
    Registry,
    /// A scheduled task or timer that does nothing.
    ScheduledTask,
    /// A service that is never started.
    Service,
    /// A named pipe that nobody uses.
    Pipe,
    /// A mail with a token as subject.
    Mail,
    /// A line in the log of the system.
    LogLine,
}

impl TraceKind {
    /// Every kind, in the order in which scripts plant them and grids show them.
    pub const ALL: [Self; 14] = [
        Self::Dns,
        Self::HttpHost,
        Self::HttpUrl,
        Self::UserAgent,
        Self::FileName,
        Self::FileHash,
        Self::Process,
        Self::CommandLine,
        Self::Registry,
        Self::ScheduledTask,
        Self::Service,
        Self::Pipe,
        Self::Mail,
        Self::LogLine,
    ];

    /// The name in JSON, in records and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::HttpHost => "http_host",
            Self::HttpUrl => "http_url",
            Self::UserAgent => "user_agent",
            Self::FileName => "file_name",
            Self::FileHash => "file_hash",
            Self::Process => "process",
            Self::CommandLine => "command_line",
            Self::Registry => "registry",
            Self::ScheduledTask => "scheduled_task",
            Self::Service => "service",
            Self::Pipe => "pipe",
            Self::Mail => "mail",
            Self::LogLine => "log_line",
        }
    }

    /// The kind with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The kinds of telemetry whose detection a trace of this kind measures.
    pub fn proves(self) -> &'static [Telemetry] {
        match self {
            Self::Dns => &[Telemetry::Dns],
            Self::HttpHost => &[Telemetry::HttpHost],
            Self::HttpUrl => &[Telemetry::HttpUrl],
            Self::UserAgent => &[Telemetry::UserAgent],
            Self::FileName => &[Telemetry::FileName],
            Self::FileHash => &[
                Telemetry::FileMd5,
                Telemetry::FileSha1,
                Telemetry::FileSha256,
            ],
            Self::Process => &[Telemetry::Process],
            Self::CommandLine => &[Telemetry::CommandLine],
            Self::Registry => &[Telemetry::Registry],
            Self::ScheduledTask => &[Telemetry::ScheduledTask],
            Self::Service => &[Telemetry::Service],
            Self::Pipe => &[Telemetry::Pipe],
            Self::Mail => &[Telemetry::Mail],
            Self::LogLine => &[Telemetry::Other],
        }
    }

    /// Of what kind a record must be for a trace of `proves` to count as seen in it. A record of another kind may well hold
    /// the token (the command line of the look-up is no record of the look-up), and proves something else.
    pub fn counts_in(self, proves: Telemetry) -> Vec<Telemetry> {
        let mut kinds = vec![proves];
        // What systemd and cron say of a timer stands in the log of the system.
        if self == Self::ScheduledTask {
            kinds.push(Telemetry::Other);
        }
        kinds
    }

    /// Whether a script of this platform can plant it.
    pub fn runs_on(self, platform: DrillPlatform) -> bool {
        match platform {
            DrillPlatform::Powershell => true,
            DrillPlatform::Sh => !matches!(self, Self::Registry | Self::Service | Self::Pipe),
        }
    }
}

/// A value by which a trace is found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DrillValue {
    /// What is looked for.
    #[serde(flatten)]
    pub observable: Observable,
    /// The kind of telemetry whose detection it measures.
    pub proves: Telemetry,
}

/// One trace on one machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrillTrace {
    /// What kind of trace.
    pub kind: TraceKind,
    /// Its token without [`TOKEN_PREFIX`].
    pub body: String,
    /// By what it is found; derived from the token and the plan.
    pub values: Vec<DrillValue>,
}

/// A machine of a drill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrillHost {
    /// Its name as given, in lower case.
    pub name: String,
    /// What is planted there, in the order of [`TraceKind::ALL`].
    pub traces: Vec<DrillTrace>,
}

/// What is planted where. The document `tegakari/drill-plan/1`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrillPlan {
    /// Derived from all that follows.
    pub id: DrillId,
    /// When the plan was made.
    pub made: Timestamp,
    /// For which platforms there are scripts.
    pub platforms: Vec<DrillPlatform>,
    /// The domain under which names are looked up.
    pub domain: String,
    /// The web server that requests go to (`host` or `host:port`); to token names under `domain` when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub web: Option<String>,
    /// Whom the mail is sent to; none is sent when nobody was named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail_to: Option<String>,
    /// The machines, sorted by name.
    pub hosts: Vec<DrillHost>,
}

/// What became of a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TraceState {
    /// A record of the kind that it exercises shows it.
    Seen,
    /// Only records of another kind show it, so for this kind it was missed.
    Elsewhere,
    /// It was planted and no record shows it.
    Missed,
    /// No record says that it was planted, and none shows it.
    NotRun,
}

impl TraceState {
    /// The mark in grids.
    pub fn mark(self) -> &'static str {
        match self {
            Self::Seen => "●",
            Self::Elsewhere => "◐",
            Self::Missed => "○",
            Self::NotRun => "–",
        }
    }
}

/// One trace on one machine, and what the logs show of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TraceOutcome {
    /// The machine, as in the plan.
    pub host: String,
    /// What kind of trace.
    pub kind: TraceKind,
    /// What became of it.
    pub state: TraceState,
    /// By which script it was planted, as the record says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<DrillPlatform>,
    /// When it was planted, by the clock of the machine; the first time if several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planted: Option<Timestamp>,
    /// Why it was not, as the record says. Text from a file: escape it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why_not_run: Option<String>,
    /// The time in the first record that shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<Timestamp>,
    /// Seconds from planting to the time in that record. Below zero when the two clocks differ.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay_seconds: Option<i64>,
    /// The kinds of telemetry that show it, of those that it exercises; sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seen_as: Vec<Telemetry>,
    /// Records by log source, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<(String, u64)>,
    /// Records of other kinds that hold the token, by log source, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub elsewhere: Vec<(String, u64)>,
    /// The machines that these logs ascribe it to, sorted; others than `host` when they know it by another name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub assets: Vec<String>,
    /// The first few records.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub examples: Vec<LogCitation>,
}

/// How often traces of a kind were seen: what a drill measures. Traces that were not run count for nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DetectionRate {
    /// The kind of telemetry.
    pub telemetry: Telemetry,
    /// The machine, as in the plan; all of them together when `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asset: Option<String>,
    /// Traces planted.
    pub planted: u64,
    /// Of these, traces seen.
    pub seen: u64,
    /// The probability that the next one is seen, by Laplace's rule of succession: (seen + 1) / (planted + 2), the mean
    /// of the Beta distribution that a flat prior becomes. One trace seen is no certainty: it gives 2/3.
    pub probability: f64,
    /// Lower end of the 95 % interval (Wilson score).
    pub low: f64,
    /// Upper end of it.
    pub high: f64,
}

impl DetectionRate {
    /// The rate for these counts; more seen than planted is taken as all.
    #[allow(
        clippy::cast_precision_loss,
        reason = "there are fewer than 2^52 traces"
    )]
    pub fn new(telemetry: Telemetry, asset: Option<String>, planted: u64, seen: u64) -> Self {
        let seen = seen.min(planted);
        let (n, k) = (planted as f64, seen as f64);
        // Two-sided 95 % of the normal distribution.
        let z = 1.959_964_f64;
        let (low, high) = if planted == 0 {
            (0.0, 1.0)
        } else {
            let share = k / n;
            let square = z * z;
            let middle = share + square / (2.0 * n);
            let reach = z * (share * (1.0 - share) / n + square / (4.0 * n * n)).sqrt();
            let below = 1.0 + square / n;
            (
                ((middle - reach) / below).max(0.0),
                ((middle + reach) / below).min(1.0),
            )
        };
        Self {
            telemetry,
            asset,
            planted,
            seen,
            probability: rounded((k + 1.0) / (n + 2.0)),
            low: rounded(low),
            high: rounded(high),
        }
    }
}

/// To six places, so that the same counts are the same bytes on every machine.
fn rounded(share: f64) -> f64 {
    (share * 1e6).round() / 1e6
}

/// What a drill showed. The document `tegakari/drill-check/1`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DrillCheck {
    /// The plan.
    pub plan: DrillId,
    /// When the plan was made.
    pub made: Timestamp,
    /// The paths that were searched, as given.
    pub paths: Vec<String>,
    /// Files searched.
    pub files: u64,
    /// Records searched.
    pub records: u64,
    /// Sorted by machine, then kind of trace.
    pub outcomes: Vec<TraceOutcome>,
    /// Of all machines together first, then of each; sorted by machine, then kind of telemetry.
    pub rates: Vec<DetectionRate>,
    /// What could not be read or used.
    pub problems: Vec<Problem>,
}

impl DrillCheck {
    /// How many traces are in a state.
    pub fn count(&self, state: TraceState) -> usize {
        self.outcomes.iter().filter(|o| o.state == state).count()
    }
}

/// Traces of one kind that were planted and not seen.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DrillGap {
    /// What kind of trace.
    pub kind: TraceKind,
    /// By which script they were planted; what has to be turned on differs.
    pub platform: DrillPlatform,
    /// The machines on which it was missed, sorted.
    pub hosts: Vec<String>,
    /// On how many machines this kind was planted.
    pub planted: u64,
    /// Log sources that hold the token in a record of another kind, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub elsewhere: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_known_by_their_form_and_nothing_else_is() {
        let body = token_body(b"secret", "ws-014", TraceKind::Dns);
        let token = format!("{TOKEN_PREFIX}{body}");
        assert_eq!(token.len(), 28);
        assert!(is_token(&token) && is_token(&token.to_uppercase()));
        let mut other = body.clone().into_bytes();
        other[3] = if other[3] == b'a' { b'b' } else { b'a' };
        let other = String::from_utf8(other).unwrap();
        for wrong in [&body[..], &format!("{TOKEN_PREFIX}{other}"), "", "tgkdrill"] {
            assert!(!is_token(wrong), "{wrong}");
        }
        assert!(!is_token(&format!("{token}a")));
        let mut all: Vec<String> = ["ws-014", "ws-015", "端末1"]
            .iter()
            .flat_map(|host| TraceKind::ALL.map(|kind| token_body(b"secret", host, kind)))
            .collect();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 3 * TraceKind::ALL.len());
    }

    #[test]
    fn rates_are_those_of_the_published_formulas() {
        // Wilson 95 % for 8 of 10: 0.4902 to 0.9433 (Brown, Cai and DasGupta 2001, equation 4).
        let rate = DetectionRate::new(Telemetry::Dns, None, 10, 8);
        assert!((rate.probability - 0.75).abs() < 1e-9);
        assert!((rate.low - 0.4902).abs() < 1e-4 && (rate.high - 0.9433).abs() < 1e-4);
        let none = DetectionRate::new(Telemetry::Dns, None, 0, 0);
        assert_eq!((none.probability, none.low, none.high), (0.5, 0.0, 1.0));
        let more = DetectionRate::new(Telemetry::Dns, None, 1, 5);
        assert_eq!((more.seen, more.probability), (1, 0.666_667));
    }
}
