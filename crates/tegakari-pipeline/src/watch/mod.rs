//! A watch: inputs, each on a thread of its own, hand over what comes; one thread searches and gives sightings out.
//!
//! No async runtime: a few threads that wait, and one queue that is never long. When the search or an output is slow, the queue is full and
//! inputs wait: files stay where they are, TCP senders are held up, and what the system then drops of UDP is counted.

mod correlate;
mod engine;
mod feed;
mod files;
mod journal;
mod kafka;
mod keep;
mod listen;
mod nats;
mod numbers;
mod outputs;
mod places;
mod reload;
mod rotated;
mod tls;

use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::channel;
use std::thread;

use tegakari_hunt::{Drills, IndicatorSet, InventoryAsset, LiveMachines, Rules};
use tegakari_model::{Indicator, Problem};

pub use engine::Watched;
pub use kafka::KafkaFrom;
pub use nats::NatsFrom;
pub use outputs::{Digest, Lines, MailTo, OutputRequest, Show, Webhook};
pub use tegakari_watch::WatchSighting;
pub use tls::{TlsFiles, TlsTrust};

use crate::PipelineError;
use correlate::Correlating;
use engine::Engine;
use feed::Shared;
use files::{Follower, Following};
use keep::Keep;
use outputs::Outputs;
use places::Places;

/// What is looked for.
#[derive(Default)]
pub struct WatchedFor {
    /// What zones the times of streams are of that say none.
    pub zones: Vec<tegakari_hunt::ZoneOf>,
    /// Indicators, merged.
    pub indicators: Vec<Indicator>,
    /// Further ones, too many to list.
    pub set: Option<IndicatorSet>,
    /// Rules of behaviour to ask of every record.
    pub rules: Option<Arc<Rules>>,
    /// Traces of drills, which are no sightings.
    pub drills: Option<Drills>,
    /// What was met on the way.
    pub problems: Vec<Problem>,
}

/// What to watch, for what, and where sightings go.
pub struct WatchRequest<'w> {
    /// Files, folders and patterns.
    pub paths: Vec<PathBuf>,
    /// Read what is there already, where no position is kept.
    pub from_start: bool,
    /// End when what is there was read.
    pub once: bool,
    /// Addresses to take syslog at, over UDP and TCP.
    pub syslog_udp: Vec<SocketAddr>,
    /// See `syslog_udp`.
    pub syslog_tcp: Vec<SocketAddr>,
    /// Addresses to take syslog at over TLS, with what is needed for it.
    pub syslog_tls: Option<(Vec<SocketAddr>, TlsFiles)>,
    /// Read systemd's journal.
    pub journal: bool,
    /// Streams of NATS JetStream.
    pub nats: Vec<NatsFrom>,
    /// Topics of Kafka.
    pub kafka: Vec<KafkaFrom>,
    /// Where positions and what waits to be sent are kept.
    pub state: PathBuf,
    /// Reads what is looked for, at the start and at every reload.
    pub load: &'w (dyn Fn() -> Result<WatchedFor, PipelineError> + Sync),
    /// Files whose change means a reload.
    pub made_of: Vec<PathBuf>,
    /// The organisation's own list of machines.
    pub inventory: Vec<InventoryAsset>,
    /// Where sightings go.
    pub outputs: OutputRequest<'w>,
    /// Where `/metrics` is answered: on this machine only.
    pub metrics: Option<SocketAddr>,
    /// Told of problems as they are met.
    pub tell: &'w (dyn Fn(&Problem) + Sync),
    /// Told once that it watches, with the addresses that were opened, for how many indicators (without those of a set), and with
    /// how many rules.
    pub ready: &'w (dyn Fn(&[String], usize, usize) + Sync),
    /// Whether somebody wants it to end, to read again what is looked for, and to open its output again. The last two are
    /// answered once each time.
    pub stop: &'w (dyn Fn() -> bool + Sync),
    /// See `stop`.
    pub reload: &'w (dyn Fn() -> bool + Sync),
    /// See `stop`.
    pub reopen: &'w (dyn Fn() -> bool + Sync),
}

/// Watches until it is stopped.
///
/// # Errors
/// When nothing can be looked for, an address cannot be opened, or the folder of its state cannot be used.
pub fn watch(request: WatchRequest<'_>) -> Result<Watched, PipelineError> {
    let shared = Arc::new(Shared::new());
    let places = Places::new(&request.paths).map_err(PipelineError::NotKnown)?;
    if let Some(metrics) = request.metrics
        && !metrics.ip().is_loopback()
    {
        return Err(tegakari_render::told::watch_metrics_here(metrics.to_string()).into());
    }
    let (plan, problems) = reload::plan((request.load)()?, &request.inventory);
    for problem in &problems {
        (request.tell)(problem);
    }
    let indicators = plan.indicators().len();
    let rules = plan.rules().map_or(0, Rules::count);
    shared.metrics().indicators = indicators as u64;
    let (keep, positions) = Keep::open(&request.state)?;
    let mut problems = Vec::new();
    let correlating = Correlating::open(&request.state, plan.rules(), engine::now(), &mut problems);
    for problem in &problems {
        (request.tell)(problem);
    }
    let mut opened = Vec::new();
    let mut udp = Vec::new();
    for address in &request.syslog_udp {
        let socket = UdpSocket::bind(address).map_err(|error| cannot_listen(*address, &error))?;
        let input = format!("syslog-udp {}", socket.local_addr().unwrap_or(*address));
        opened.push(input.clone());
        udp.push((socket, input));
    }
    let mut tcp = Vec::new();
    for address in &request.syslog_tcp {
        let listener =
            TcpListener::bind(address).map_err(|error| cannot_listen(*address, &error))?;
        let input = format!("syslog-tcp {}", listener.local_addr().unwrap_or(*address));
        opened.push(input.clone());
        tcp.push((listener, input, None));
    }
    if let Some((addresses, files)) = request.syslog_tls {
        let server = Arc::new(tls::Server::open(files)?);
        for address in addresses {
            let listener =
                TcpListener::bind(address).map_err(|error| cannot_listen(address, &error))?;
            let input = format!("syslog-tls {}", listener.local_addr().unwrap_or(address));
            opened.push(input.clone());
            tcp.push((listener, input, Some(Arc::clone(&server))));
        }
    }
    let metrics = match request.metrics {
        Some(address) => {
            let listener =
                TcpListener::bind(address).map_err(|error| cannot_listen(address, &error))?;
            opened.push(format!(
                "http://{}/metrics",
                listener.local_addr().unwrap_or(address)
            ));
            Some(listener)
        }
        None => None,
    };
    let outputs = Outputs::open(request.outputs, &request.state, &shared)?;
    let (feeder, feeds) = feed::queue(&shared);
    let (plans_in, plans) = channel();
    let running = journal::Running::default();
    // Streams that nobody can send again have ids of this run.
    let run = u64::try_from(engine::now().as_millisecond()).unwrap_or(0);
    let follower = Follower::new(
        Following {
            places,
            from_start: request.from_start,
            once: request.once,
        },
        &positions,
        feeder.clone(),
        Arc::clone(&shared),
    );
    let follows = !request.paths.is_empty();
    let cursor = positions.cursors.get(journal::INPUT).cloned();
    let kept = positions.cursors.clone();
    let engine = Engine {
        shared: Arc::clone(&shared),
        plan,
        plans,
        machines: LiveMachines::new(request.inventory.clone()),
        correlating,
        keep,
        positions,
        outputs,
        tell: request.tell,
        reopen: request.reopen,
        asked: request.stop,
        looked: &|| (request.ready)(&opened, indicators, rules),
    };
    if !follows {
        (request.ready)(&opened, indicators, rules);
    }
    let result = thread::scope(|scope| {
        if follows {
            scope.spawn(move || follower.run());
        }
        for (socket, input) in udp {
            let (feeder, shared) = (feeder.clone(), Arc::clone(&shared));
            scope.spawn(move || listen::udp(&socket, &input, &feeder, &shared, run));
        }
        for (listener, input, tls) in tcp {
            let (feeder, shared) = (feeder.clone(), Arc::clone(&shared));
            scope
                .spawn(move || listen::tcp(&listener, &input, &feeder, &shared, run, tls.as_ref()));
        }
        if request.journal {
            let (feeder, shared, running) =
                (feeder.clone(), Arc::clone(&shared), Arc::clone(&running));
            scope.spawn(move || {
                journal::follow(cursor, request.from_start, &running, &feeder, &shared)
            });
        }
        for from in request.nats {
            let (feeder, shared) = (feeder.clone(), Arc::clone(&shared));
            scope.spawn(move || nats::follow(&from, request.from_start, &feeder, &shared));
        }
        for from in request.kafka {
            let (feeder, shared) = (feeder.clone(), Arc::clone(&shared));
            let kept = kept.clone();
            scope.spawn(move || kafka::follow(&from, request.from_start, &kept, &feeder, &shared));
        }
        if let Some(listener) = metrics {
            let shared = Arc::clone(&shared);
            scope.spawn(move || numbers::serve(&listener, &shared));
        }
        let of_reload = Arc::clone(&shared);
        let (load, made_of, inventory, reload) = (
            request.load,
            request.made_of,
            request.inventory,
            request.reload,
        );
        scope.spawn(move || {
            reload::keep_up(load, &made_of, &inventory, reload, &plans_in, &of_reload)
        });
        drop(feeder);
        let result = engine.run(&feeds);
        shared.stop.store(true, Ordering::Relaxed);
        // Whoever waits for room in the queue waits no more.
        drop(feeds);
        journal::end(&running);
        result
    });
    result.map_err(|error| PipelineError::writing(&request.state, &error))
}

fn cannot_listen(address: SocketAddr, error: &std::io::Error) -> PipelineError {
    PipelineError::Read {
        path: Path::new(&address.to_string()).to_owned(),
        why: format!("it cannot be listened at: {error}"),
        hint: "choose another address or port; ports below 1024 need CAP_NET_BIND_SERVICE",
    }
}
