//! Drills: kinds of traces, what became of them, and what has to be turned on.

use tegakari_model::{DrillCheck, DrillGap, DrillPlatform, TraceKind, TraceOutcome, TraceState};

use crate::format;
use crate::i18n::{Words, say};

impl Words {
    /// A kind of trace.
    pub(crate) fn trace(self, kind: TraceKind) -> &'static str {
        use TraceKind as T;
        self.get(match kind {
            T::Dns => "trace.dns",
            T::HttpHost => "trace.http_host",
            T::HttpUrl => "trace.http_url",
            T::UserAgent => "trace.user_agent",
            T::FileName => "trace.file_name",
            T::FileHash => "trace.file_hash",
            T::Process => "trace.process",
            T::CommandLine => "trace.command_line",
            T::Registry => "trace.registry",
            T::ScheduledTask => "trace.scheduled_task",
            T::Service => "trace.service",
            T::Pipe => "trace.pipe",
            T::Mail => "trace.mail",
            T::LogLine => "trace.log_line",
        })
    }

    /// What became of a trace.
    pub(crate) fn trace_state(self, state: TraceState) -> &'static str {
        self.get(match state {
            TraceState::Seen => "drill.seen",
            TraceState::Elsewhere => "drill.elsewhere",
            TraceState::Missed => "drill.missed",
            TraceState::NotRun => "drill.not_run",
        })
    }

    /// A platform, by the name of its script.
    pub(crate) fn platform(self, platform: DrillPlatform) -> &'static str {
        self.get(match platform {
            DrillPlatform::Sh => "drill.sh",
            DrillPlatform::Powershell => "drill.powershell",
        })
    }

    /// How many traces were planted and seen.
    pub(crate) fn drill_answer(self, check: &DrillCheck) -> String {
        let not_run = check.count(TraceState::NotRun);
        let run = check.outcomes.len() - not_run;
        if run == 0 {
            return say!(self, "drill.none_run", n = not_run);
        }
        say!(
            self,
            "drill.answer",
            run = run,
            seen = check.count(TraceState::Seen),
            elsewhere = check.count(TraceState::Elsewhere),
            missed = check.count(TraceState::Missed),
            not_run = not_run
        )
    }

    /// How long after planting a trace was logged.
    pub(crate) fn drill_delay(self, outcome: &TraceOutcome) -> String {
        match outcome.delay_seconds {
            None => String::new(),
            Some(seconds) if seconds < 0 => {
                say!(self, "drill.before", n = seconds.unsigned_abs())
            }
            Some(seconds) => say!(self, "drill.after", n = seconds),
        }
    }

    /// Where a trace was seen, or why not.
    pub(crate) fn drill_where(self, outcome: &TraceOutcome) -> String {
        let listed = |sources: &[(String, u64)]| {
            let names: Vec<String> = sources
                .iter()
                .map(|(source, n)| format!("{source} {}", format::count(*n)))
                .collect();
            self.list_of(&names, 4)
        };
        match outcome.state {
            TraceState::Seen if outcome.assets.is_empty() => listed(&outcome.sources),
            // Logs may know the machine by another name, or only its address.
            TraceState::Seen => say!(
                self,
                "drill.seen_in",
                sources = listed(&outcome.sources),
                assets = self.list_of(&outcome.assets, 3)
            ),
            TraceState::Elsewhere => {
                say!(self, "drill.only_in", sources = listed(&outcome.elsewhere))
            }
            TraceState::Missed => String::new(),
            TraceState::NotRun => {
                let why = outcome.why_not_run.as_deref();
                why.map(|why| self.of_problem(why)).unwrap_or_default()
            }
        }
    }

    /// On how many machines a kind was missed, and which.
    pub(crate) fn drill_gap(self, gap: &DrillGap) -> String {
        say!(
            self,
            "drill.gap",
            trace = self.trace(gap.kind),
            platform = self.platform(gap.platform),
            n = gap.hosts.len(),
            planted = gap.planted,
            hosts = self.list_of(&gap.hosts, 12)
        )
    }

    /// What shows such traces.
    pub(crate) fn drill_fix(self, gap: &DrillGap) -> &'static str {
        use DrillPlatform::{Powershell, Sh};
        use TraceKind as T;
        self.get(match (gap.kind, gap.platform) {
            (T::Dns, Sh) => "fix.dns_sh",
            (T::Dns, Powershell) => "fix.dns_powershell",
            (T::HttpHost, _) => "fix.http_host",
            (T::HttpUrl, _) => "fix.http_url",
            (T::UserAgent, _) => "fix.user_agent",
            (T::FileName, Sh) => "fix.file_name_sh",
            (T::FileName, Powershell) => "fix.file_name_powershell",
            (T::FileHash, Sh) => "fix.file_hash_sh",
            (T::FileHash, Powershell) => "fix.file_hash_powershell",
            (T::Process, Sh) => "fix.process_sh",
            (T::Process, Powershell) => "fix.process_powershell",
            (T::CommandLine, Sh) => "fix.command_line_sh",
            (T::CommandLine, Powershell) => "fix.command_line_powershell",
            (T::Registry, _) => "fix.registry",
            (T::ScheduledTask, Sh) => "fix.scheduled_task_sh",
            (T::ScheduledTask, Powershell) => "fix.scheduled_task_powershell",
            (T::Service, _) => "fix.service",
            (T::Pipe, _) => "fix.pipe",
            (T::Mail, _) => "fix.mail",
            (T::LogLine, Sh) => "fix.log_line_sh",
            (T::LogLine, Powershell) => "fix.log_line_powershell",
        })
    }
}
