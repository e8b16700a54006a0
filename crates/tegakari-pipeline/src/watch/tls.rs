//! TLS of what a watch listens at and connects to, by rustls with certificates and keys from PEM files.
//!
//! A server's files are looked at again at each connection, so that a renewed certificate is used without a restart; files that
//! cannot be used change nothing and are told. Handshakes have an end to their time, however slowly the other side writes.

use std::fs;
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::WebPkiClientVerifier;
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection, StreamOwned,
};

use crate::PipelineError;

/// How long a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Where most systems keep the authorities that they trust.
const SYSTEM: &str = "/etc/ssl/certs/ca-certificates.crt";
/// A file of certificates is far shorter.
const LARGEST: u64 = 4 << 20;

/// What a server shows, and whom it lets in. All are PEM files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate, and those that lead from it to an authority.
    pub certificate: PathBuf,
    /// Its key: PKCS #8, PKCS #1 or SEC 1.
    pub key: PathBuf,
    /// Authorities of which one must vouch for each client; without it, clients show nothing.
    pub client_authorities: Option<PathBuf>,
}

/// By what a server is known that we connect to, and what we show to it. All are PEM files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TlsTrust {
    /// Authorities of which one must vouch for the server; without it, those of this system.
    pub authorities: Option<PathBuf>,
    /// Our certificate and its key, for servers that ask for them.
    pub own: Option<(PathBuf, PathBuf)>,
}

/// A connection, with TLS or without.
pub(super) trait Wire: io::Read + io::Write {}
impl<W: io::Read + io::Write> Wire for W {}

/// A connection that somebody opened to us. At its end the other side is told so (RFC 5425, section 4.4).
pub(super) struct Accepted(StreamOwned<ServerConnection, TcpStream>);

impl io::Read for Accepted {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        self.0.read(room)
    }
}

impl Drop for Accepted {
    fn drop(&mut self) {
        self.0.conn.send_close_notify();
        let _ = self.0.flush();
    }
}

/// A connection that we opened.
pub(super) type Connected = StreamOwned<ClientConnection, TcpStream>;

/// Sizes and times of the files, by which a change is noticed.
type Stamp = Vec<Option<(u64, SystemTime)>>;

/// What is needed to take connections.
pub(super) struct Server {
    files: TlsFiles,
    made: Mutex<(Stamp, Arc<ServerConfig>)>,
}

impl Server {
    /// Reads the files.
    ///
    /// # Errors
    /// When one cannot be read, or they do not fit together.
    pub(super) fn open(files: TlsFiles) -> Result<Self, PipelineError> {
        let stamp = stamp(&files);
        let config = Arc::new(server_config(&files)?);
        Ok(Self {
            files,
            made: Mutex::new((stamp, config)),
        })
    }

    /// What is used for the next connection. Where changed files cannot be used, the reason, once a change.
    fn config(&self) -> (Arc<ServerConfig>, Option<PipelineError>) {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let now = stamp(&self.files);
        let mut problem = None;
        if now != made.0 {
            made.0 = now;
            match server_config(&self.files) {
                Ok(config) => made.1 = Arc::new(config),
                Err(error) => problem = Some(error),
            }
        }
        (Arc::clone(&made.1), problem)
    }

    /// Shakes hands with who has connected; the stream has a short limit to the time of a reading.
    ///
    /// # Errors
    /// Why it came to nothing. `changed` is told when files that were changed cannot be used.
    pub(super) fn accept(
        &self,
        stream: TcpStream,
        stopping: &dyn Fn() -> bool,
        changed: &dyn Fn(&PipelineError),
    ) -> Result<Accepted, String> {
        let (config, problem) = self.config();
        if let Some(problem) = &problem {
            changed(problem);
        }
        let connection = ServerConnection::new(config).map_err(|error| error.to_string())?;
        let mut whole = StreamOwned::new(connection, stream);
        shake(&mut whole.conn, &mut whole.sock, stopping)?;
        Ok(Accepted(whole))
    }
}

/// Shakes hands with a server by the name of `host`, on a stream whose readings have a short limit of time.
///
/// # Errors
/// Why it came to nothing.
pub(super) fn connect(
    trust: &TlsTrust,
    host: &str,
    stream: TcpStream,
    stopping: &dyn Fn() -> bool,
) -> Result<Connected, String> {
    let config = client_config(trust).map_err(|error| error.to_string())?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let name = ServerName::try_from(host.to_owned())
        .map_err(|_| format!("{host:?} is no name of a server"))?;
    let connection =
        ClientConnection::new(Arc::new(config), name).map_err(|error| error.to_string())?;
    let mut whole = StreamOwned::new(connection, stream);
    shake(&mut whole.conn, &mut whole.sock, stopping)?;
    Ok(whole)
}

fn shake<Side>(
    connection: &mut rustls::ConnectionCommon<Side>,
    stream: &mut TcpStream,
    stopping: &dyn Fn() -> bool,
) -> Result<(), String> {
    let until = Instant::now() + HANDSHAKE;
    loop {
        while connection.wants_write() {
            connection
                .write_tls(stream)
                .map_err(|error| error.to_string())?;
        }
        if !connection.is_handshaking() {
            return Ok(());
        }
        if Instant::now() > until {
            return Err(format!("it took more than {} seconds", HANDSHAKE.as_secs()));
        }
        if stopping() {
            return Err("the watch ends".to_owned());
        }
        match connection.read_tls(stream) {
            Ok(0) => return Err("the other side closed the connection".to_owned()),
            Ok(_) => {
                if let Err(error) = connection.process_new_packets() {
                    // The other side is told why, if it still listens.
                    let _ = connection.write_tls(stream);
                    return Err(error.to_string());
                }
            }
            Err(error) if is_wait(&error) => {}
            Err(error) => return Err(error.to_string()),
        }
    }
}

/// Whether nothing came in the time of a reading.
pub(super) fn is_wait(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
    )
}

fn stamp(files: &TlsFiles) -> Stamp {
    let of = |path: &Path| {
        let metadata = fs::metadata(path).ok()?;
        Some((metadata.len(), metadata.modified().ok()?))
    };
    [&files.certificate, &files.key]
        .into_iter()
        .chain(&files.client_authorities)
        .map(|path| of(path))
        .collect()
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

fn server_config(files: &TlsFiles) -> Result<ServerConfig, PipelineError> {
    let chain = certificates(&files.certificate)?;
    let key = key(&files.key)?;
    let unfit = |error: rustls::Error| unusable(&files.certificate, error.to_string());
    let builder = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(unfit)?;
    let builder = match &files.client_authorities {
        None => builder.with_no_client_auth(),
        Some(path) => {
            let verifier = WebPkiClientVerifier::builder_with_provider(
                Arc::new(authorities(path)?),
                provider(),
            )
            .build()
            .map_err(|error| unusable(path, error.to_string()))?;
            builder.with_client_cert_verifier(verifier)
        }
    };
    builder.with_single_cert(chain, key).map_err(unfit)
}

fn client_config(trust: &TlsTrust) -> Result<ClientConfig, PipelineError> {
    let path = trust
        .authorities
        .clone()
        .unwrap_or_else(|| PathBuf::from(SYSTEM));
    let unfit = |error: rustls::Error| unusable(&path, error.to_string());
    let builder = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(unfit)?
        .with_root_certificates(authorities(&path)?);
    match &trust.own {
        None => Ok(builder.with_no_client_auth()),
        Some((chain, secret)) => builder
            .with_client_auth_cert(certificates(chain)?, key(secret)?)
            .map_err(|error| unusable(chain, error.to_string())),
    }
}

fn authorities(path: &Path) -> Result<RootCertStore, PipelineError> {
    let mut store = RootCertStore::empty();
    // Bundles of systems hold some of other forms: those that can be used count.
    let (used, _) = store.add_parsable_certificates(certificates(path)?);
    if used == 0 {
        return Err(unusable(
            path,
            "no certificate in it can be used".to_owned(),
        ));
    }
    Ok(store)
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, PipelineError> {
    let text = bytes(path)?;
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    match all {
        Ok(all) if !all.is_empty() => Ok(all),
        Ok(_) => Err(unusable(path, "there is no certificate in it".to_owned())),
        Err(error) => Err(unusable(path, error.to_string())),
    }
}

fn key(path: &Path) -> Result<PrivateKeyDer<'static>, PipelineError> {
    PrivateKeyDer::from_pem_slice(&bytes(path)?).map_err(|error| unusable(path, error.to_string()))
}

fn bytes(path: &Path) -> Result<Vec<u8>, PipelineError> {
    let mut text = Vec::new();
    fs::File::open(path)
        .and_then(|file| file.take(LARGEST).read_to_end(&mut text))
        .map_err(|error| PipelineError::reading(path, &error))?;
    Ok(text)
}

fn unusable(path: &Path, why: String) -> PipelineError {
    PipelineError::Read {
        path: path.to_owned(),
        why,
        hint: "give PEM files: a certificate with those that lead to its authority, its own key without a passphrase, and authorities",
    }
}
