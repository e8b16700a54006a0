//! `tegakari watch`: sightings while logs are written.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use anyhow::{Result, bail};
use clap::Args;
use tegakari_model::{Language, Problem};
use tegakari_pipeline::{
    KafkaFrom, Lines, MailTo, NatsFrom, OutputRequest, PipelineError, TlsFiles, TlsTrust,
    WatchRequest, WatchSighting, WatchedFor, Webhook, known_drills, load_inventory, load_list,
    load_rules, load_values, merged_indicators, open_set,
};
use tegakari_render::text::{self, WatchedLine};
use tegakari_render::told;

use super::hunt::RuleOptions;
use crate::arguments::{Format, Globals};
use crate::exit::{Exit, is_refused_rule};
use crate::{database, output};

/// Follow logs while they are written, and give out each sighting within a second.
///
/// Files are followed through rotations; syslog, systemd's journal, NATS JetStream and Kafka are taken as they come. What was read is
/// kept in a folder, so that nothing is lost between two runs or in a crash; what may be told twice says so (`"repeat": true`) and has
/// the same id. SIGHUP reads again what is looked for, as does any change of it, and opens --out again. See docs/watch.md.
#[derive(Debug, Args)]
#[command(after_help = "Exit status:\n  \
    0  it was stopped, or --once came to the end of what is there\n  \
    2  wrong arguments, an address that cannot be opened, or positions that could not be kept at the end")]
pub(crate) struct Watch {
    /// Files, folders and patterns ('/var/log/*.log') to follow; new files are followed as they appear
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Look for the indicators of a report that was read (R-… or the start of it). May be given several times
    #[arg(long, value_name = "ID", conflicts_with = "all")]
    report: Vec<String>,
    /// Look for the indicators of a file in any readable format. May be given several times
    #[arg(long, value_name = "FILE")]
    indicators: Vec<PathBuf>,
    /// Look for the indicators of a set made by `tegakari indicators build` too
    #[arg(long, value_name = "FILE")]
    indicators_set: Option<PathBuf>,
    /// Look for this value. May be given several times
    #[arg(long, value_name = "VALUE")]
    value: Vec<String>,
    /// Look for the indicators of every report in the database
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    rules: RuleOptions,
    /// The organisation's machines, as for `hunt`
    #[arg(long, value_name = "FILE")]
    inventory: Option<PathBuf>,
    /// The zone of times that say none, as for `hunt`
    #[arg(long, value_name = "SOURCE=ZONE")]
    zone: Vec<String>,
    /// Read what is there already, not only what is added; where a position is kept, that counts
    #[arg(long)]
    from_start: bool,
    /// Read what is there, then end
    #[arg(long, conflicts_with_all = ["syslog_udp", "syslog_tcp", "syslog_tls", "journal", "nats", "kafka"])]
    once: bool,
    /// Take syslog over UDP at this address. May be given several times
    #[arg(long, value_name = "ADDRESS:PORT")]
    syslog_udp: Vec<SocketAddr>,
    /// Take syslog over TCP at this address, framed by counts or lines
    #[arg(long, value_name = "ADDRESS:PORT")]
    syslog_tcp: Vec<SocketAddr>,
    /// Take syslog over TLS (RFC 5425) at this address, framed by counts or lines
    #[arg(
        long,
        value_name = "ADDRESS:PORT",
        requires = "tls_cert",
        requires = "tls_key"
    )]
    syslog_tls: Vec<SocketAddr>,
    /// Certificate for --syslog-tls, with those that lead to its authority (PEM). Read again when it changes
    #[arg(long, value_name = "FILE", requires = "syslog_tls")]
    tls_cert: Option<PathBuf>,
    /// Key of that certificate (PEM, without a passphrase)
    #[arg(long, value_name = "FILE", requires = "syslog_tls")]
    tls_key: Option<PathBuf>,
    /// Take only senders for whose certificate one of these authorities vouches (PEM)
    #[arg(long, value_name = "FILE", requires = "syslog_tls")]
    tls_client_ca: Option<PathBuf>,
    /// Addresses to listen at may be such as other machines reach
    #[arg(long)]
    listen_open: bool,
    /// Follow systemd's journal
    #[arg(long)]
    journal: bool,
    /// Take messages of a stream of NATS JetStream: nats://HOST:PORT/STREAM[/CONSUMER], or tls://… with TLS
    #[arg(long, value_name = "URL")]
    nats: Vec<String>,
    /// File with a token, or name:password, for NATS
    #[arg(long, value_name = "FILE", requires = "nats")]
    nats_secret: Option<PathBuf>,
    /// Read topics of Kafka: kafka://HOST:PORT[,HOST:PORT]/TOPIC[,TOPIC], or kafka+tls://… with TLS
    #[arg(long, value_name = "URL")]
    kafka: Vec<String>,
    /// File with name:password for Kafka (SASL PLAIN; use it with TLS)
    #[arg(long, value_name = "FILE", requires = "kafka")]
    kafka_secret: Option<PathBuf>,
    /// Authorities of which one must vouch for the servers that are connected to with TLS (PEM) [default: this system's]
    #[arg(long, value_name = "FILE")]
    server_ca: Option<PathBuf>,
    /// Certificate to show to these servers, where they ask for one (PEM)
    #[arg(long, value_name = "FILE", requires = "own_key")]
    own_cert: Option<PathBuf>,
    /// Key of that certificate (PEM, without a passphrase)
    #[arg(long, value_name = "FILE", requires = "own_cert")]
    own_key: Option<PathBuf>,
    /// Folder for positions and for what waits to be sent [default: `watch` beside the database]
    #[arg(long, value_name = "FOLDER")]
    state: Option<PathBuf>,
    /// Write sightings to this file as JSON lines, instead of standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Send sightings as syslog (RFC 5424): udp://HOST:PORT, tcp://HOST:PORT or unix:/dev/log
    #[arg(long, value_name = "WHERE")]
    to_syslog: Vec<String>,
    /// POST sightings, signed, to this address (https://, or http:// on this machine), through curl
    #[arg(long, value_name = "URL")]
    webhook: Vec<String>,
    /// File with the secret that a webhook's signature is made with (16 characters at least)
    #[arg(long, value_name = "FILE")]
    webhook_secret: Option<PathBuf>,
    /// Mail a digest to this address. May be given several times
    #[arg(long, value_name = "ADDRESS")]
    mail_to: Vec<String>,
    /// Sender of the digest
    #[arg(long, value_name = "ADDRESS")]
    mail_from: Option<String>,
    /// Hand mail to this server, unencrypted [default: the program sendmail]
    #[arg(long, value_name = "ADDRESS:PORT", requires = "mail_to")]
    smtp: Option<SocketAddr>,
    /// Seconds between two digests
    #[arg(long, value_name = "SECONDS", default_value_t = 3600)]
    mail_every: u64,
    /// Answer /metrics (Prometheus) and /healthz at this address, on this machine only
    #[arg(long, value_name = "ADDRESS:PORT")]
    metrics: Option<SocketAddr>,
}

impl Watch {
    pub(crate) fn run(self, globals: &Globals) -> Result<Exit> {
        let listens = self.addresses().next().is_some();
        let streams = self.journal || !self.nats.is_empty() || !self.kafka.is_empty();
        if self.paths.is_empty() && !listens && !streams {
            return Err(told::watch_nothing().into());
        }
        if let Some(open) = self
            .addresses()
            .find(|a| !a.ip().is_loopback() && !self.listen_open)
        {
            return Err(told::watch_open(open.to_string()).into());
        }
        let language: Language = globals.lang.into();
        let inventory = self.inventory.as_deref().map(load_inventory).transpose()?;
        let (inventory, problems) = inventory.unwrap_or_default();
        output::problems(globals, &problems);
        let signals = Signals::listen()?;
        // Rules that were refused the last time; none was read yet.
        let refused = AtomicUsize::new(usize::MAX);
        let load = || {
            self.wanted(globals)
                .and_then(|wanted| {
                    let now = wanted
                        .problems
                        .iter()
                        .filter(|p| is_refused_rule(&p.what))
                        .count();
                    let before = refused.load(Ordering::Relaxed);
                    if let Some(first) = wanted.problems.iter().find(|p| is_refused_rule(&p.what))
                        && now > before
                    {
                        bail!("{}: {}", first.place, first.what);
                    }
                    refused.store(now, Ordering::Relaxed);
                    Ok(wanted)
                })
                .map_err(|error| match error.downcast::<PipelineError>() {
                    Ok(error) => error,
                    Err(error) => PipelineError::NotKnown(format!("{error:#}")),
                })
        };
        let show = |one: &WatchSighting| -> std::io::Result<()> {
            let mut out = std::io::stdout().lock();
            out.write_all(text::watched(&line(one), language).as_bytes())?;
            out.flush()
        };
        let tell = |problem: &Problem| {
            output::notice(globals, &text::problem_line(problem, language));
        };
        let ready = |opened: &[String], n: usize, rules: usize| {
            let paths = self.paths.iter().map(|path| path.display().to_string());
            let mut places: Vec<String> = paths.collect();
            places.extend(opened.iter().cloned());
            places.extend(self.journal.then(|| "journal".to_owned()));
            places.extend(self.nats.iter().cloned());
            places.extend(self.kafka.iter().cloned());
            let begins = match (n, rules) {
                (n, 0) => told::watch_begins(n, places),
                (0, rules) => told::watch_begins_rules(rules, places),
                (n, rules) => told::watch_begins_with_rules(n, rules, places),
            };
            output::told(globals, &begins);
        };
        let nats: Vec<NatsFrom> = self
            .nats
            .iter()
            .map(|url| NatsFrom::parse(url, self.nats_secret.clone(), &self.trust()))
            .collect::<Result<_, _>>()?;
        let kafka: Vec<KafkaFrom> = self
            .kafka
            .iter()
            .map(|url| KafkaFrom::parse(url, self.kafka_secret.clone(), &self.trust()))
            .collect::<Result<_, _>>()?;
        let request = WatchRequest {
            paths: self.paths.clone(),
            from_start: self.from_start,
            once: self.once,
            syslog_udp: self.syslog_udp.clone(),
            syslog_tcp: self.syslog_tcp.clone(),
            syslog_tls: self.tls(),
            journal: self.journal,
            nats,
            kafka,
            state: self.state(globals)?,
            load: &load,
            made_of: self.made_of(globals)?,
            inventory,
            outputs: OutputRequest {
                lines: match (&self.out, globals.format) {
                    (Some(path), _) => Lines::File(path.clone()),
                    (None, Format::Text) => Lines::Shown(&show),
                    (None, Format::Json | Format::Jsonl) => Lines::Stdout,
                },
                syslog: self.to_syslog.clone(),
                webhooks: self.webhooks()?,
                mail: self.mail(language)?,
            },
            metrics: self.metrics,
            tell: &tell,
            ready: &ready,
            stop: &|| signals.stop.load(Ordering::Relaxed),
            reload: &|| signals.reload.swap(false, Ordering::Relaxed),
            reopen: &|| signals.reopen.swap(false, Ordering::Relaxed),
        };
        let watched = tegakari_pipeline::watch(request)?;
        output::told(
            globals,
            &told::watch_ended(
                watched.records.to_string(),
                watched.sightings.to_string(),
                watched.repeats.to_string(),
            ),
        );
        Ok(Exit::Fine)
    }

    /// Addresses to listen at.
    fn addresses(&self) -> impl Iterator<Item = &SocketAddr> {
        self.syslog_udp
            .iter()
            .chain(&self.syslog_tcp)
            .chain(&self.syslog_tls)
    }

    fn tls(&self) -> Option<(Vec<SocketAddr>, TlsFiles)> {
        let (certificate, key) = (self.tls_cert.clone()?, self.tls_key.clone()?);
        let files = TlsFiles {
            certificate,
            key,
            client_authorities: self.tls_client_ca.clone(),
        };
        Some((self.syslog_tls.clone(), files))
    }

    fn trust(&self) -> TlsTrust {
        TlsTrust {
            authorities: self.server_ca.clone(),
            own: self.own_cert.clone().zip(self.own_key.clone()),
        }
    }

    /// What is looked for, read anew at each reload.
    fn wanted(&self, globals: &Globals) -> Result<WatchedFor> {
        let store = database::open_to_look(globals)?;
        let mut wanted = WatchedFor {
            zones: super::hunt::zones(&self.zone)?,
            drills: Some(known_drills(&store)?),
            ..WatchedFor::default()
        };
        let mut all = Vec::new();
        if self.all || !self.report.is_empty() {
            let stored = tegakari_pipeline::stored_reports(&store, &self.report)?;
            all.extend(stored.iter().flat_map(tegakari_model::Report::indicators));
        }
        for file in &self.indicators {
            let list = load_list(Path::new(file))?;
            wanted.problems.extend(list.problems);
            wanted.problems.extend(list.not_sought);
            all.extend(list.indicators);
        }
        all.extend(load_values(&self.value)?);
        wanted.indicators = merged_indicators(all);
        wanted.set = self.indicators_set.as_deref().map(open_set).transpose()?;
        if let Some(rules) = self.rules.wanted() {
            let loaded = load_rules(rules)?;
            wanted.problems.extend(loaded.problems);
            wanted.rules = Some(loaded.rules);
        }
        if wanted.indicators.is_empty() && wanted.set.is_none() && wanted.rules.is_none() {
            bail!(
                "nothing to look for: say --report ID, --indicators FILE, --indicators-set FILE, --value VALUE, --rules PATH or --all"
            );
        }
        Ok(wanted)
    }

    /// Files of which what is looked for is made.
    fn made_of(&self, globals: &Globals) -> Result<Vec<PathBuf>> {
        let mut files = self.indicators.clone();
        files.extend(self.indicators_set.clone());
        files.extend(self.rules.files());
        if self.all || !self.report.is_empty() {
            let path = database::place(globals)?;
            let mut log = path.clone().into_os_string();
            log.push("-wal");
            files.extend([path, PathBuf::from(log)]);
        }
        Ok(files)
    }

    fn state(&self, globals: &Globals) -> Result<PathBuf> {
        match &self.state {
            Some(folder) => Ok(folder.clone()),
            None => Ok(database::place(globals)?.with_file_name("watch")),
        }
    }

    fn webhooks(&self) -> Result<Vec<Webhook>> {
        let Some(secret) = &self.webhook_secret else {
            if self.webhook.is_empty() {
                return Ok(Vec::new());
            }
            return Err(told::watch_webhook_secret().into());
        };
        let one = |url: &String| Webhook {
            url: url.clone(),
            secret: secret.clone(),
        };
        Ok(self.webhook.iter().map(one).collect())
    }

    fn mail(&self, language: Language) -> Result<Option<MailTo>> {
        let (from, to) = match (&self.mail_from, self.mail_to.as_slice()) {
            (None, []) => return Ok(None),
            (Some(from), [_, ..]) => (from.clone(), self.mail_to.clone()),
            _ => return Err(told::watch_mail_ends().into()),
        };
        Ok(Some(MailTo {
            from,
            to,
            smtp: self.smtp,
            every: self.mail_every,
            digest: Arc::new(move |sightings, all| {
                let lines: Vec<WatchedLine<'_>> = sightings.iter().map(line).collect();
                text::watch_digest(&lines, all, language)
            }),
        }))
    }
}

fn line(one: &WatchSighting) -> WatchedLine<'_> {
    WatchedLine {
        kind: &one.kind,
        value: &one.value,
        relation: one.relation,
        rule: one.rule.as_ref(),
        asset: one.asset.as_deref(),
        time: one.time,
        input: &one.input,
        line: one.line,
        excerpt: &one.excerpt,
        repeat: one.repeat,
    }
}

/// What the system asked of us.
struct Signals {
    stop: Arc<AtomicBool>,
    reload: Arc<AtomicBool>,
    reopen: Arc<AtomicBool>,
}

impl Signals {
    #[cfg(unix)]
    fn listen() -> Result<Self> {
        use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
        use signal_hook::flag;
        let signals = Self {
            stop: Arc::default(),
            reload: Arc::default(),
            reopen: Arc::default(),
        };
        for signal in [SIGINT, SIGTERM] {
            // The second one ends it at once; what was not kept is read again.
            flag::register_conditional_shutdown(signal, 130, Arc::clone(&signals.stop))?;
            flag::register(signal, Arc::clone(&signals.stop))?;
        }
        flag::register(SIGHUP, Arc::clone(&signals.reload))?;
        flag::register(SIGHUP, Arc::clone(&signals.reopen))?;
        Ok(signals)
    }

    #[cfg(not(unix))]
    fn listen() -> Result<Self> {
        let signals = Self {
            stop: Arc::default(),
            reload: Arc::default(),
            reopen: Arc::default(),
        };
        let stop = Arc::clone(&signals.stop);
        ctrlc::set_handler(move || stop.store(true, Ordering::Relaxed))?;
        Ok(signals)
    }
}
