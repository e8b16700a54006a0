//! One request of HTTP/1.1 in, one answer out, with an end to everything.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use tegakari_taxii::Response;

/// Most bytes of the request line and the headers.
const MOST_HEAD: usize = 16 << 10;
/// Most headers.
const MOST_HEADERS: usize = 64;
/// How long the head may take.
const HEAD_TIME: Duration = Duration::from_secs(10);
/// How long everything may take.
const WHOLE_TIME: Duration = Duration::from_secs(120);
/// How long one step of the network may take.
const STEP_TIME: Duration = Duration::from_secs(20);

/// The head of a request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Head {
    pub(crate) method: String,
    pub(crate) target: String,
    /// Names in lower case.
    headers: Vec<(String, String)>,
}

impl Head {
    /// The first header of this name (in lower case).
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value.as_str())
    }

    fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers
            .iter()
            .filter(move |(own, _)| own == name)
            .map(|(_, value)| value.as_str())
    }
}

/// An answer in plain words, for what is no resource of TAXII.
pub(crate) fn plain(status: u16, text: &str) -> Response {
    Response {
        status,
        headers: vec![("Content-Type", "text/plain; charset=utf-8".to_owned())],
        body: format!("{text}\n").into_bytes(),
    }
}

/// Reads a request, answers it, and closes the connection. `refuse` looks at the head before any body is read.
pub(crate) fn exchange(
    mut stream: TcpStream,
    most_bytes: u64,
    refuse: &dyn Fn(&Head) -> Option<Response>,
    respond: &dyn Fn(&Head, &[u8]) -> Response,
) {
    let started = Instant::now();
    let _ = stream.set_nodelay(true);
    let (head, rest) = match read_head(&mut stream, started) {
        Ok(read) => read,
        Err(None) => return,
        Err(Some(response)) => {
            send(&mut stream, &response, false);
            return;
        }
    };
    let response = match refuse(&head) {
        Some(refused) => Ok(refused),
        None => read_body(&mut stream, &head, rest, most_bytes, started)
            .map(|body| respond(&head, &body)),
    };
    match response {
        Ok(response) | Err(Some(response)) => send(&mut stream, &response, head.method == "HEAD"),
        Err(None) => {}
    }
}

/// `Err(None)` when there is nobody to answer.
type Read_<T> = Result<T, Option<Response>>;

fn read_some(stream: &mut TcpStream, into: &mut [u8], until: Instant) -> Read_<usize> {
    let left = until.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Err(Some(plain(408, "the request took too long")));
    }
    let _ = stream.set_read_timeout(Some(left.min(STEP_TIME)));
    loop {
        match stream.read(into) {
            Ok(read) => return Ok(read),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error)
                if matches!(
                    error.kind(),
                    std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut
                ) =>
            {
                return Err(Some(plain(408, "the request took too long")));
            }
            Err(_) => return Err(None),
        }
    }
}

/// The head, and what of the body came with it.
fn read_head(stream: &mut TcpStream, started: Instant) -> Read_<(Head, Vec<u8>)> {
    let until = started + HEAD_TIME;
    let mut bytes = Vec::new();
    let mut buffer = [0_u8; 4096];
    loop {
        let read = read_some(stream, &mut buffer, until)?;
        if read == 0 {
            return Err(None);
        }
        bytes.extend_from_slice(buffer.get(..read).unwrap_or_default());
        let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
        let mut request = httparse::Request::new(&mut headers);
        match request.parse(&bytes) {
            Ok(httparse::Status::Complete(length)) => {
                let head = Head {
                    method: request.method.unwrap_or_default().to_owned(),
                    target: request.path.unwrap_or_default().to_owned(),
                    headers: request
                        .headers
                        .iter()
                        .map(|h| {
                            let value = String::from_utf8_lossy(h.value).trim().to_owned();
                            (h.name.to_ascii_lowercase(), value)
                        })
                        .collect(),
                };
                // RFC 9112, section 3.2: one of them, and HTTP/1.0 need not have it.
                let hosts: Vec<&str> = head.all("host").collect();
                let told = match hosts.as_slice() {
                    [] => request.version == Some(0),
                    [host] => is_host(host),
                    _ => false,
                };
                if !told {
                    return Err(Some(plain(
                        400,
                        "one Host header with the name of this server is needed",
                    )));
                }
                return Ok((head, bytes.split_off(length.min(bytes.len()))));
            }
            Ok(httparse::Status::Partial) if bytes.len() < MOST_HEAD => {}
            Ok(httparse::Status::Partial) | Err(httparse::Error::TooManyHeaders) => {
                return Err(Some(plain(431, "the head of the request is too long")));
            }
            Err(_) => return Err(Some(plain(400, "this is no request of HTTP/1.1"))),
        }
    }
}

/// Whether a text can name a server and its port: `intel.example:8321`, `[::1]:8321`.
fn is_host(text: &str) -> bool {
    let (name, port) = match text.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => (name, port),
        _ => (text, ""),
    };
    let inside = name
        .strip_prefix('[')
        .and_then(|name| name.strip_suffix(']'));
    let named = match inside {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_')),
    };
    named
        && !name.is_empty()
        && text.len() <= 255
        && (port.is_empty() || port.parse::<u16>().is_ok())
}

fn read_body(
    stream: &mut TcpStream,
    head: &Head,
    mut body: Vec<u8>,
    most_bytes: u64,
    started: Instant,
) -> Read_<Vec<u8>> {
    // Two ways to tell where a request ends are how one is smuggled into another.
    if head.header("transfer-encoding").is_some() {
        return Err(Some(plain(
            411,
            "send Content-Length instead of Transfer-Encoding",
        )));
    }
    let mut lengths: Vec<&str> = head.all("content-length").collect();
    lengths.dedup();
    let length = match lengths.as_slice() {
        [] if head.method == "POST" => {
            return Err(Some(plain(411, "Content-Length is needed")));
        }
        [] => 0,
        [one] if !one.is_empty() && one.bytes().all(|b| b.is_ascii_digit()) => {
            // More digits than a number has are too many bytes as well.
            one.parse::<u64>().unwrap_or(u64::MAX)
        }
        _ => return Err(Some(plain(400, "Content-Length is no number"))),
    };
    if length > most_bytes {
        return Err(Some(Response::error(
            413,
            "Content Too Large",
            &format!("at most {most_bytes} bytes are taken at once"),
        )));
    }
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    if head
        .header("expect")
        .is_some_and(|e| e.eq_ignore_ascii_case("100-continue"))
        && body.len() < length
    {
        let _ = stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n");
    }
    let mut buffer = [0_u8; 1 << 14];
    while body.len() < length {
        let read = read_some(stream, &mut buffer, started + WHOLE_TIME)?;
        if read == 0 {
            return Err(None);
        }
        body.extend_from_slice(buffer.get(..read).unwrap_or_default());
    }
    body.truncate(length);
    Ok(body)
}

fn send(stream: &mut TcpStream, response: &Response, head_only: bool) {
    let mut head = format!(
        "HTTP/1.1 {} {}\r\n",
        response.status,
        reason(response.status)
    );
    for (name, value) in &response.headers {
        // Whatever stands in a value, it ends no line.
        let value: String = value.chars().filter(|c| !c.is_control()).collect();
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if response.status != 304 {
        head.push_str(&format!("Content-Length: {}\r\n", response.body.len()));
    }
    head.push_str("X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n");
    let _ = stream.set_write_timeout(Some(STEP_TIME));
    let mut sent = stream.write_all(head.as_bytes()).is_ok();
    if !head_only && response.status != 304 {
        let until = Instant::now() + WHOLE_TIME;
        for part in response.body.chunks(1 << 16) {
            sent = sent && Instant::now() < until && stream.write_all(part).is_ok();
        }
    }
    if sent {
        linger(stream);
    }
}

/// What was sent arrives only if what the client still sends is taken; at most a little of it, for a short time.
fn linger(stream: &mut TcpStream) {
    if stream.shutdown(Shutdown::Write).is_err() {
        return;
    }
    let until = Instant::now() + Duration::from_secs(1);
    let _ = stream.set_read_timeout(Some(Duration::from_millis(250)));
    let mut buffer = [0_u8; 1 << 14];
    while Instant::now() < until && matches!(stream.read(&mut buffer), Ok(1..)) {}
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        202 => "Accepted",
        304 => "Not Modified",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        408 => "Request Timeout",
        411 => "Length Required",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        422 => "Unprocessable Content",
        431 => "Request Header Fields Too Large",
        503 => "Service Unavailable",
        _ => "Error",
    }
}
