//! Logs of the proxy, the firewall, the web server, the file server and the domain controller.

use serde::Serialize;

use super::cast::{CHIBA, DC, DOI, FILES, FIREWALL, Machine, OUTSIDE, OUTSIDE_WEB, PROXY, WEB};
use super::random::Random;
use super::sheet::{Moment, Sheet, show};
use super::zeek::line;

/// The proxy's log, as Squid writes it: <https://wiki.squid-cache.org/Features/LogFormat>.
pub(super) const PROXY_LOG: &str = "srv-proxy/access.log";
pub(super) const FIREWALL_LOG: &str = "fw-edge/asa.log";
pub(super) const WEB_LOG: &str = "srv-web/access.log";
pub(super) const WEB_SYSLOG: &str = "srv-web/syslog";
pub(super) const WEB_HISTORY: &str = "srv-web/bash_history/kato.bash_history";
const FILES_LOG: &str = "srv-files/shares.jsonl";
const DC_LOG: &str = "srv-dc/logons.jsonl";

/// A request through the proxy; `url` is `host:443` for an encrypted one.
pub(super) fn proxied(
    sheet: &mut Sheet,
    random: &mut Random,
    moment: Moment,
    client: &Machine,
    url: &str,
    peer: &str,
) {
    let (took, bytes) = (random.between(20, 900), random.between(300, 60_000));
    let (code, method, mime) = if url.contains("://") {
        ("TCP_MISS/200", "GET", "text/html")
    } else {
        ("TCP_TUNNEL/200", "CONNECT", "-")
    };
    let record = format!(
        "{}.{:03} {took:6} {} {code} {bytes} {method} {url} {} HIER_DIRECT/{peer} {mime}",
        moment / 1000,
        moment % 1000,
        client.address,
        client.user,
    );
    sheet.add(PROXY_LOG, moment, record);
}

/// A connection out through the firewall: built and torn down. Gives the moment of the second record.
///
/// <https://www.cisco.com/c/en/us/td/docs/security/asa/syslog/b_syslog.html>, 302013 and 302014.
pub(super) fn firewall(
    sheet: &mut Sheet,
    random: &mut Random,
    moment: Moment,
    from: (&str, u64),
    to: (&str, u64),
) -> Moment {
    let (zone, outside) = if from.0 == WEB.address {
        ("dmz", OUTSIDE_WEB)
    } else {
        ("inside", OUTSIDE)
    };
    let (number, took) = (random.between(100_000, 999_999), random.between(1, 50));
    let end = moment + took as i64 * 1000;
    let stamp = |moment| show(moment, "%b %d %Y %H:%M:%S");
    sheet.add(
        FIREWALL_LOG,
        moment,
        format!(
            "<166>{} {FIREWALL} : %ASA-6-302013: Built outbound TCP connection {number} for \
             outside:{}/{} ({}/{}) to {zone}:{}/{} ({outside}/{})",
            stamp(moment),
            to.0,
            to.1,
            to.0,
            to.1,
            from.0,
            from.1,
            from.1
        ),
    );
    sheet.add(
        FIREWALL_LOG,
        end,
        format!(
            "<166>{} {FIREWALL} : %ASA-6-302014: Teardown TCP connection {number} for \
             outside:{}/{} to {zone}:{}/{} duration 0:00:{took:02} bytes {} TCP FINs",
            stamp(end),
            to.0,
            to.1,
            from.0,
            from.1,
            random.between(300, 60_000)
        ),
    );
    end
}

/// A visitor of the organisation's own web site.
pub(super) fn visitor(sheet: &mut Sheet, random: &mut Random, moment: Moment) {
    const PATHS: &[&str] = &[
        "/",
        "/products",
        "/products/p-204",
        "/contact",
        "/robots.txt",
        "/img/building.jpg",
        "/en/",
    ];
    let record = format!(
        "{} - - [{}] \"GET {} HTTP/1.1\" {} {} \"-\" \"{}\"",
        format_args!("198.51.100.{}", random.between(1, 250)),
        show(moment, "%d/%b/%Y:%H:%M:%S +0000"),
        random.pick(PATHS),
        if random.once_in(12) { 404 } else { 200 },
        random.between(200, 40_000),
        super::cast::BROWSER,
    );
    sheet.add(WEB_LOG, moment, record);
}

/// A line of the web server's syslog (RFC 5424).
pub(super) fn syslog(sheet: &mut Sheet, moment: Moment, program: &str, text: &str) {
    let record = format!(
        "<30>1 {} {} {program} - - - {text}",
        show(moment, "%Y-%m-%dT%H:%M:%S%.3fZ"),
        WEB.name
    );
    sheet.add(WEB_SYSLOG, moment, record);
}

/// A command typed on the web server, with its time (`HISTTIMEFORMAT` is set).
pub(super) fn command(sheet: &mut Sheet, moment: Moment, text: &str) {
    sheet.add(WEB_HISTORY, moment, format!("#{}\n{text}", moment / 1000));
}

/// Somebody opens a document on the file server.
pub(super) fn share(sheet: &mut Sheet, random: &mut Random, moment: Moment, client: &Machine) {
    const NAMES: &[&str] = &[
        "quote-2026-117.xlsx",
        "calibration.docx",
        "minutes.docx",
        "p-204-drawing.pdf",
        "stock.csv",
    ];
    let record = Opened {
        time: show(moment, "%Y-%m-%dT%H:%M:%S%.3fZ"),
        host: FILES.name,
        action: "open",
        share: "projects",
        client_ip: client.address,
        user: client.user,
        file: random.pick::<&str>(NAMES),
    };
    sheet.add(FILES_LOG, moment, line(&record));
}

#[derive(Serialize)]
struct Opened<'a> {
    time: String,
    host: &'a str,
    action: &'a str,
    share: &'a str,
    client_ip: &'a str,
    user: &'a str,
    file: &'a str,
}

/// Somebody logs on.
pub(super) fn logon(sheet: &mut Sheet, moment: Moment, client: &Machine) {
    // Winlogbeat's field names.
    let record = format!(
        "{{\"@timestamp\":\"{}\",\"host\":{{\"name\":\"{}\"}},\"event\":{{\"code\":\"4624\",\
         \"action\":\"logged-in\"}},\"winlog\":{{\"channel\":\"Security\",\"event_data\":{{\
         \"TargetUserName\":\"{}\",\"TargetDomainName\":\"MINATO\",\"LogonType\":\"3\",\
         \"IpAddress\":\"{}\"}}}}}}",
        show(moment, "%Y-%m-%dT%H:%M:%S%.3fZ"),
        DC.name,
        client.user,
        client.address,
    );
    sheet.add(DC_LOG, moment, record);
}

/// Texts that only look like indicators.
pub(super) fn traps(sheet: &mut Sheet, random: &mut Random) {
    use super::sheet::at;
    use super::zeek;
    let visit = at(9, 5, 12, 340);
    let trap = ("www.notcentosupdates.com", "198.51.100.77");
    zeek::dns(
        sheet,
        random,
        visit - 60,
        CHIBA.address,
        DC.address,
        trap.0,
        Some(trap.1),
    );
    proxied(
        sheet,
        random,
        visit,
        &CHIBA,
        "http://www.notcentosupdates.com/download",
        trap.1,
    );
    let port = random.between(49_152, 65_535);
    firewall(
        sheet,
        random,
        visit + 40,
        (PROXY.address, port),
        (trap.1, 80),
    );
    let name = "centosupdates.com.minato.example";
    zeek::dns(
        sheet,
        random,
        at(4, 31, 7, 902),
        DOI.address,
        DC.address,
        name,
        None,
    );
    syslog(
        sheet,
        at(6, 15, 0, 4),
        "snmpd[812]",
        "unknown object 1.3.6.1.4.1.172.104.109.217.1 asked for by 10.20.2.5",
    );
    proxied(
        sheet,
        random,
        at(7, 44, 51, 118),
        &DOI,
        "http://forum.instruments.example/files/setup-dwmsvc64.exe.txt",
        "198.51.100.71",
    );
    // Harmless, and named in the report: the public resolver and the site that people look up hashes on.
    proxied(
        sheet,
        random,
        at(8, 20, 33, 507),
        &DOI,
        "www.virustotal.com:443",
        "192.0.2.200",
    );
}
