//! `tegakari serve`: TAXII 2.1 and block lists over HTTP, from the database.
//!
//! HTTP/1.1, one request a connection, on a fixed number of threads, with ends to length and time of everything that
//! comes in. No TLS: on any address but loopback that is the work of the server in front.

mod collections;
pub(crate) mod http;
mod lists;
mod site;

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tegakari_model::Tlp;
use tegakari_render::told;
use tegakari_store::Store;
use tegakari_taxii::Credentials;

use crate::PipelineError;
use site::Site;

/// Threads that answer: as many clients are served at once.
const THREADS: usize = 16;

/// How to serve.
#[derive(Debug, Clone)]
pub struct ServeRequest {
    /// Address and port; port 0 is any free one.
    pub listen: SocketAddr,
    /// File with `name:password` lines.
    pub basic: Option<PathBuf>,
    /// File with one token a line.
    pub tokens: Option<PathBuf>,
    /// Scheme and host under which clients reach it, where that is not the address that it listens on.
    pub public: Option<String>,
    /// Reports that are marked narrower are not offered.
    pub tlp: Tlp,
    /// Only what the reports say: neither hunts nor assessments.
    pub reports_only: bool,
    /// Whether the names of our machines are told.
    pub machines: bool,
    /// The organisation that shares.
    pub producer: Option<String>,
    /// Whether nothing may be added.
    pub read_only: bool,
    /// Most entries of lists, by id of their format, where it is another number than the built-in one.
    pub limits: BTreeMap<String, usize>,
    /// Version of the program.
    pub program: String,
}

/// A server that listens.
#[derive(Debug)]
pub struct Server {
    listener: Arc<TcpListener>,
    address: SocketAddr,
    site: Arc<Site>,
}

/// What it has at the beginning.
#[derive(Debug, Clone, Copy)]
pub struct Offered {
    /// Objects for TAXII.
    pub objects: u64,
    /// Block lists.
    pub lists: usize,
}

impl Server {
    /// Opens the port. The database is `store`, which the server keeps.
    ///
    /// # Errors
    /// When the address cannot be had, others could reach it and nobody would be asked who they are, or a file of
    /// credentials cannot be read.
    pub fn open(store: Store, request: &ServeRequest) -> Result<Self, PipelineError> {
        let credentials = credentials(request)?;
        if credentials.is_empty() && !request.listen.ip().is_loopback() {
            return Err(told::serve_open(request.listen.to_string()).into());
        }
        let cannot = |error: std::io::Error| {
            told::serve_cannot_listen(request.listen.to_string(), error.to_string())
        };
        let listener = TcpListener::bind(request.listen).map_err(cannot)?;
        let address = listener.local_addr().map_err(cannot)?;
        Ok(Self {
            listener: Arc::new(listener),
            address,
            site: Arc::new(Site::new(store, request, address, credentials)),
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Publishes what the database has now.
    ///
    /// # Errors
    /// When the database cannot be read or written.
    pub fn publish(&self) -> Result<Offered, PipelineError> {
        self.site.publish()
    }

    /// Answers until `stop` says so; the number of requests.
    pub fn run(&self, stop: &dyn Fn() -> bool) -> u64 {
        for _ in 0..THREADS {
            let (listener, site) = (Arc::clone(&self.listener), Arc::clone(&self.site));
            thread::spawn(move || answer_all(&listener, &site));
        }
        while !stop() {
            thread::sleep(Duration::from_millis(100));
        }
        self.site.requests()
    }
}

/// Takes one connection after the other. A request that brings the program down ends itself and no other.
fn answer_all(listener: &TcpListener, site: &Site) {
    loop {
        match listener.accept() {
            Ok((stream, _)) => {
                let _ = catch_unwind(AssertUnwindSafe(|| answer(stream, site)));
            }
            // Too many files are open, or the client is gone already.
            Err(_) => thread::sleep(Duration::from_millis(50)),
        }
    }
}

fn answer(stream: TcpStream, site: &Site) {
    http::exchange(
        stream,
        site.most_bytes(),
        &|head| site.refuse(head),
        &|head, body| site.respond(head, body),
    );
}

fn credentials(request: &ServeRequest) -> Result<Credentials, PipelineError> {
    let mut all = Credentials::default();
    if let Some(path) = &request.basic {
        let mut any = false;
        for line in lines(path)? {
            if let Some((name, password)) = line
                .split_once(':')
                .filter(|(n, p)| !n.is_empty() && !p.is_empty())
            {
                all.add_basic(name, password);
                any = true;
            }
        }
        if !any {
            return Err(told::serve_no_credentials(path.to_string_lossy().into_owned()).into());
        }
    }
    if let Some(path) = &request.tokens {
        let tokens = lines(path)?;
        for token in &tokens {
            all.add_token(token);
        }
        if tokens.is_empty() {
            return Err(told::serve_no_credentials(path.to_string_lossy().into_owned()).into());
        }
    }
    Ok(all)
}

/// Lines of a file of credentials, without empty ones and comments.
pub(crate) fn lines(path: &Path) -> Result<Vec<String>, PipelineError> {
    let bytes = crate::load(path)?;
    let text = String::from_utf8_lossy(&bytes);
    Ok(text
        .trim_start_matches('\u{feff}')
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(str::to_owned)
        .collect())
}
