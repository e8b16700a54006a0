//! `tegakari watch`: syslog over TLS and NATS over TLS, with certificates made here and rustls as the other side.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned, SupportedProtocolVersion,
};

use crate::support::Place;
use crate::watch::{Watching, numbers, record, until};
use crate::watch_streams::{address, metric};

/// An authority.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

fn authority() -> Authority {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let pem = params.self_signed(&key).unwrap().pem();
    Authority {
        issuer: Issuer::new(params, key),
        pem,
    }
}

impl Authority {
    /// A certificate for a name and its key, as PEM.
    fn vouches(&self, name: &str) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        (certificate.pem(), key.serialize_pem())
    }
}

type Wire = StreamOwned<ClientConnection, TcpStream>;

/// Connects and shakes hands.
fn connect(
    to: SocketAddr,
    trusted: &str,
    own: Option<&(String, String)>,
    versions: &[&'static SupportedProtocolVersion],
) -> std::io::Result<Wire> {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(trusted.as_bytes()).unwrap())
        .unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(roots);
    let config = match own {
        None => builder.with_no_client_auth(),
        Some((chain, key)) => builder
            .with_client_auth_cert(
                vec![CertificateDer::from_pem_slice(chain.as_bytes()).unwrap()],
                PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap(),
            )
            .unwrap(),
    };
    let name = ServerName::try_from("127.0.0.1").unwrap();
    let connection = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut wire = StreamOwned::new(connection, TcpStream::connect(to)?);
    while wire.conn.is_handshaking() {
        wire.conn.complete_io(&mut wire.sock)?;
    }
    Ok(wire)
}

#[test]
fn syslog_over_tls_is_taken_from_those_that_are_vouched_for_and_from_nobody_else() {
    let place = Place::new();
    let (ours, theirs, strangers) = (authority(), authority(), authority());
    let (certificate, key) = ours.vouches("127.0.0.1");
    place.write("server.pem", &certificate);
    place.write("server.key", &key);
    place.write("clients.pem", &theirs.pem);
    let watching = Watching::start(
        &place,
        &[
            "--syslog-tls",
            "127.0.0.1:0",
            "--tls-cert",
            "server.pem",
            "--tls-key",
            "server.key",
            "--tls-client-ca",
            "clients.pem",
            "--metrics",
            "127.0.0.1:0",
        ],
    );
    let tls = address(&place, "syslog-tls ");
    let numbers_at = address(&place, "http://");
    let failed = || metric(numbers_at, "tegakari_watch_failed_handshakes_total");
    let sender = theirs.vouches("relay.example");
    let messages = |wire: &mut Wire, from: u64| {
        for n in from..from + 100 {
            let message = format!("<13>{}", record(n));
            if n % 2 == 0 {
                write!(wire, "{} {message}", message.len()).unwrap();
            } else {
                wire.write_all(message.as_bytes()).unwrap();
            }
        }
        wire.conn.send_close_notify();
        wire.flush().unwrap();
        // The other side says that it is over, too.
        assert_eq!(wire.read(&mut [0; 10]).unwrap(), 0);
    };
    // Both versions that are in use.
    let mut new = connect(tls, &ours.pem, Some(&sender), &[&rustls::version::TLS13]).unwrap();
    let mut old = connect(tls, &ours.pem, Some(&sender), &[&rustls::version::TLS12]).unwrap();
    messages(&mut new, 0);
    messages(&mut old, 100);
    until("all were seen", || numbers(&place).len() == 200);
    assert_eq!(failed(), 0);
    // Who is vouched for by others, or by nobody, or speaks something else, is counted and heard no further.
    let other = strangers.vouches("relay.example");
    for own in [None, Some(&other)] {
        // A client learns with its first reading that it was refused.
        if let Ok(mut wire) = connect(tls, &ours.pem, own, &[&rustls::version::TLS13]) {
            let _ = wire.write_all(record(900).as_bytes());
            assert!(wire.read(&mut [0; 10]).is_err());
        }
    }
    let mut plain = TcpStream::connect(tls).unwrap();
    plain.write_all(b"<13>plain evil.example n=901\n").unwrap();
    until("three came to nothing", || failed() == 3);
    // Who writes a byte now and then is given up; meanwhile others are heard.
    let slow = TcpStream::connect(tls).unwrap();
    let began = Instant::now();
    let mut bytes = [0x16_u8, 3, 1, 2, 0, 1].iter().cycle();
    let mut writer = slow.try_clone().unwrap();
    until("the slow one is given up", || {
        let _ = writer.write_all(&[*bytes.next().unwrap()]);
        std::thread::sleep(Duration::from_millis(300));
        failed() >= 4
    });
    assert!(began.elapsed() < Duration::from_secs(30));
    // A renewed certificate is used at once; one that is none changes nothing.
    fs::write(place.path("server.key"), "nothing").unwrap();
    let mut again = connect(tls, &ours.pem, Some(&sender), &[&rustls::version::TLS13]).unwrap();
    messages(&mut again, 200);
    let (certificate, key) = strangers.vouches("127.0.0.1");
    fs::write(place.path("server.key"), &key).unwrap();
    fs::write(place.path("server.pem"), &certificate).unwrap();
    let mut renewed = connect(
        tls,
        &strangers.pem,
        Some(&sender),
        &[&rustls::version::TLS13],
    )
    .unwrap();
    messages(&mut renewed, 300);
    until("these were seen", || numbers(&place).len() == 400);
    watching.end();
    let text = fs::read_to_string(place.path("stderr")).unwrap();
    assert!(text.contains("TLS handshake failed"), "{text}");
    assert!(
        text.contains("certificate was changed and cannot be used"),
        "{text}"
    );
    assert!(!numbers(&place).contains_key(&900) && !numbers(&place).contains_key(&901));
}

#[test]
fn what_is_no_certificate_is_told_at_the_start() {
    let place = Place::new();
    let (certificate, key) = authority().vouches("127.0.0.1");
    let (_, other) = authority().vouches("127.0.0.1");
    place.write("server.pem", &certificate);
    place.write("server.key", &key);
    place.write("other.key", &other);
    place.write("empty", "");
    let run = |arguments: &[&str]| {
        let base = [
            "watch",
            "--value",
            "evil.example",
            "--syslog-tls",
            "127.0.0.1:0",
        ];
        place.run(&[&base, arguments].concat())
    };
    run(&["--tls-cert", "server.pem"])
        .exits(2)
        .says(&["--tls-key"]);
    for (certificate, key, authorities, said) in [
        ("empty", "server.key", "server.pem", "no certificate"),
        ("server.pem", "empty", "server.pem", "server"),
        ("server.pem", "other.key", "server.pem", "server.pem"),
        ("server.pem", "server.key", "empty", "no certificate"),
        ("server.pem", "server.key", "none", "none"),
    ] {
        run(&[
            "--tls-cert",
            certificate,
            "--tls-key",
            key,
            "--tls-client-ca",
            authorities,
        ])
        .exits(2)
        .says(&[if said == "server" { "empty" } else { said }]);
    }
}

#[test]
fn nats_is_talked_to_through_tls_when_its_authority_is_known() {
    let place = Place::new();
    let (ours, strangers) = (authority(), authority());
    let (certificate, key) = ours.vouches("127.0.0.1");
    place.write("server.pem", &certificate);
    place.write("server.key", &key);
    place.write("ours.pem", &ours.pem);
    place.write("strangers.pem", &strangers.pem);
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let server = Command::new("nats-server")
        .args(["-js", "-a", "127.0.0.1", "-p", &port.to_string(), "-sd"])
        .arg(place.path("store"))
        .args(["--tls", "--tlscert"])
        .arg(place.path("server.pem"))
        .arg("--tlskey")
        .arg(place.path("server.key"))
        .stderr(std::process::Stdio::null())
        .spawn();
    let Ok(server) = server else {
        eprintln!("skipped: there is no nats-server");
        return;
    };
    let _server = Watching { child: server };
    let to = SocketAddr::from(([127, 0, 0, 1], port));
    until("the server answers", || TcpStream::connect(to).is_ok());
    // Its greeting comes before the handshake.
    let socket = TcpStream::connect(to).unwrap();
    let mut greeting = String::new();
    let mut byte = [0];
    while !greeting.ends_with('\n') {
        (&socket).read_exact(&mut byte).unwrap();
        greeting.push(char::from(byte[0]));
    }
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(ours.pem.as_bytes()).unwrap())
        .unwrap();
    let config =
        ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
    let name = ServerName::try_from("127.0.0.1").unwrap();
    let connection = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut talk = BufReader::new(StreamOwned::new(connection, socket));
    let config = r#"{"name":"LOGS","subjects":["logs.>"]}"#;
    let mut said = format!(
        "CONNECT {{\"verbose\":false}}\r\nSUB made 1\r\nPUB $JS.API.STREAM.CREATE.LOGS made {}\r\n{config}\r\n",
        config.len()
    );
    for n in 0..50 {
        let text = record(n);
        said += &format!("PUB logs.a {}\r\n{text}\r\n", text.len());
    }
    talk.get_mut().write_all(said.as_bytes()).unwrap();
    let mut line = String::new();
    while !line.contains("stream_create_response") {
        line.clear();
        assert!(talk.read_line(&mut line).unwrap() > 0);
    }
    let url = format!("tls://127.0.0.1:{port}/LOGS");
    let with = |authorities| {
        ["--from-start", "--nats", &url, "--server-ca", authorities].map(str::to_owned)
    };
    let unknown = with("strangers.pem");
    let watching = Watching::start(&place, &unknown.each_ref().map(String::as_str));
    until("it is told", || {
        fs::read_to_string(place.path("stderr"))
            .is_ok_and(|text| text.contains("no TLS came about"))
    });
    watching.end();
    assert!(numbers(&place).is_empty());
    let known = with("ours.pem");
    let watching = Watching::start(&place, &known.each_ref().map(String::as_str));
    until("all are seen", || numbers(&place).len() == 50);
    watching.end();
}
