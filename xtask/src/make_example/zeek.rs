//! The network sensor: connections and web requests as JSON, names as tab-separated text.
//!
//! <https://docs.zeek.org/en/master/log-formats.html>

use serde::Serialize;

use super::random::Random;
use super::sheet::{Moment, Sheet, micros, show};

pub(super) const CONN: &str = "zeek-core/conn.log.gz";
pub(super) const HTTP: &str = "zeek-core/http.log";
pub(super) const DNS: &str = "zeek-core/dns.log.gz";

/// Seconds since 1970. A double holds microseconds of our century exactly enough to be written back
/// with the same six decimals.
fn ts(moment: Moment) -> f64 {
    micros(moment) as f64 / 1e6
}

/// The four columns that say who talked to whom.
#[derive(Serialize)]
struct Ends<'a> {
    #[serde(rename = "id.orig_h")]
    orig_h: &'a str,
    #[serde(rename = "id.orig_p")]
    orig_p: u64,
    #[serde(rename = "id.resp_h")]
    resp_h: &'a str,
    #[serde(rename = "id.resp_p")]
    resp_p: u64,
}

impl<'a> Ends<'a> {
    fn new(from: End<'a>, to: End<'a>) -> Self {
        Self {
            orig_h: from.0,
            orig_p: from.1,
            resp_h: to.0,
            resp_p: to.1,
        }
    }
}

#[derive(Serialize)]
struct Conn<'a> {
    ts: f64,
    uid: &'a str,
    #[serde(flatten)]
    ends: Ends<'a>,
    proto: &'a str,
    service: &'a str,
    duration: f64,
    orig_bytes: u64,
    resp_bytes: u64,
    conn_state: &'a str,
    local_orig: bool,
    local_resp: bool,
    missed_bytes: u64,
    history: &'a str,
    orig_pkts: u64,
    resp_pkts: u64,
}

#[derive(Serialize)]
struct Http<'a> {
    ts: f64,
    uid: &'a str,
    #[serde(flatten)]
    ends: Ends<'a>,
    trans_depth: u64,
    method: &'a str,
    host: &'a str,
    uri: &'a str,
    version: &'a str,
    user_agent: &'a str,
    request_body_len: u64,
    response_body_len: u64,
    status_code: u64,
    status_msg: &'a str,
}

/// One end of a connection.
pub(super) type End<'a> = (&'a str, u64);

/// A connection that was made and ended in order.
pub(super) fn conn(
    sheet: &mut Sheet,
    random: &mut Random,
    moment: Moment,
    uid: &str,
    from: End<'_>,
    to: End<'_>,
    service: &str,
) {
    let proto = if to.1 == 53 { "udp" } else { "tcp" };
    let (sent, received) = (random.between(180, 2400), random.between(300, 60_000));
    let record = Conn {
        ts: ts(moment),
        uid,
        ends: Ends::new(from, to),
        proto,
        service,
        duration: random.between(10, 4000) as f64 / 1000.0,
        orig_bytes: sent,
        resp_bytes: received,
        conn_state: "SF",
        local_orig: from.0.starts_with("10."),
        local_resp: to.0.starts_with("10."),
        missed_bytes: 0,
        history: "ShADadFf",
        orig_pkts: sent / 700 + 3,
        resp_pkts: received / 1200 + 3,
    };
    sheet.add(CONN, moment, line(&record));
}

/// One line of JSON.
pub(super) fn line<T: Serialize>(record: &T) -> String {
    serde_json::to_string(record).unwrap_or_default()
}

/// A web request that was not encrypted.
pub(super) struct Request<'a> {
    pub(super) uid: &'a str,
    pub(super) from: End<'a>,
    pub(super) to: End<'a>,
    pub(super) method: &'a str,
    pub(super) host: &'a str,
    pub(super) uri: &'a str,
    pub(super) agent: &'a str,
    pub(super) bytes: u64,
}

pub(super) fn http(sheet: &mut Sheet, moment: Moment, request: &Request<'_>) {
    let record = Http {
        ts: ts(moment),
        uid: request.uid,
        ends: Ends::new(request.from, request.to),
        trans_depth: 1,
        method: request.method,
        host: request.host,
        uri: request.uri,
        version: "1.1",
        user_agent: request.agent,
        request_body_len: 0,
        response_body_len: request.bytes,
        status_code: 200,
        status_msg: "OK",
    };
    sheet.add(HTTP, moment, line(&record));
}

const DNS_FIELDS: &[(&str, &str)] = &[
    ("ts", "time"),
    ("uid", "string"),
    ("id.orig_h", "addr"),
    ("id.orig_p", "port"),
    ("id.resp_h", "addr"),
    ("id.resp_p", "port"),
    ("proto", "enum"),
    ("trans_id", "count"),
    ("rtt", "interval"),
    ("query", "string"),
    ("qclass_name", "string"),
    ("qtype_name", "string"),
    ("rcode_name", "string"),
    ("AA", "bool"),
    ("RD", "bool"),
    ("RA", "bool"),
    ("answers", "vector[string]"),
    ("TTLs", "vector[interval]"),
    ("rejected", "bool"),
];

/// The lines that tell what the columns are.
pub(super) fn dns_header() -> String {
    let column = |pick: fn(&(&'static str, &'static str)) -> &'static str| -> String {
        DNS_FIELDS.iter().map(pick).collect::<Vec<_>>().join("\t")
    };
    format!(
        "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tdns\n\
         #open\t{}\n#fields\t{}\n#types\t{}\n",
        show(super::sheet::at(0, 0, 0, 0), "%Y-%m-%d-%H-%M-%S"),
        column(|field| field.0),
        column(|field| field.1),
    )
}

/// A question to the resolver and its answer; no address when there is no such name.
pub(super) fn dns(
    sheet: &mut Sheet,
    random: &mut Random,
    moment: Moment,
    from: &str,
    resolver: &str,
    name: &str,
    address: Option<&str>,
) {
    let uid = random.id('C');
    let (port, id) = (random.between(49_152, 65_535), random.between(1, 65_535));
    let rtt = format!("0.{:06}", random.between(300, 40_000));
    let (code, answers, ttl) = match address {
        Some(address) => ("NOERROR", address, "300.000000"),
        None => ("NXDOMAIN", "-", "-"),
    };
    let record = format!(
        "{:.6}\t{uid}\t{from}\t{port}\t{resolver}\t53\tudp\t{id}\t{rtt}\t{name}\tC_INTERNET\tA\t{code}\t\
         F\tT\tT\t{answers}\t{ttl}\tF",
        ts(moment)
    );
    sheet.add(DNS, moment, record);
}
