//! The whole day: what everybody does, and in between what the intruder does.

use super::cast::{
    AOKI, BABA, BROWSER, CHIBA, DC, DOI, FILES, Machine, PAGES, PROXY, SITES, UPDATES, WEB,
};
use super::endpoint::{self, Event, PROGRAMS, hashes_of};
use super::random::Random;
use super::sheet::{HOURS, Moment, Sheet, at};
use super::zeek::{self, Request};
use super::{intrusion, servers};

/// Whether a machine is switched on. One is not, for four hours.
fn is_on(machine: &Machine, hour: i64) -> bool {
    machine.name != CHIBA.name || !(3..7).contains(&hour)
}

/// Everything that is logged that day.
pub(super) fn write() -> Sheet {
    let mut sheet = Sheet::default();
    let mut random = Random::new(20_260_312);
    for hour in 0..HOURS {
        for machine in [&AOKI, &BABA, &CHIBA, &DOI] {
            if is_on(machine, hour) {
                office(&mut sheet, &mut random, machine, hour);
            }
        }
        for machine in [&DC, &FILES] {
            updates(&mut sheet, &mut random, machine, hour);
        }
        forwarding(&mut sheet, &mut random, hour);
        web_server(&mut sheet, &mut random, hour);
        proxy_itself(&mut sheet, &mut random, hour);
    }
    intrusion::write(&mut sheet, &mut random);
    servers::traps(&mut sheet, &mut random);
    sheet
}

/// Some moment of an hour, with room for what follows from it.
fn moment(random: &mut Random, hour: i64) -> Moment {
    at(hour, 0, 0, 0) + random.between(5_000, 3_540_000) as i64
}

/// A person at a desk.
fn office(sheet: &mut Sheet, random: &mut Random, machine: &Machine, hour: i64) {
    for nth in 0..random.between(9, 15) {
        let moment = moment(random, hour);
        let &(host, address) = random.pick(SITES);
        zeek::dns(
            sheet,
            random,
            moment - 120,
            machine.address,
            DC.address,
            host,
            Some(address),
        );
        // At least one request of every hour is readable on the wire.
        let plain = nth == 0 || random.once_in(4);
        through_proxy(sheet, random, machine, moment, (host, address), plain);
    }
    for _ in 0..random.between(2, 5) {
        let moment = moment(random, hour);
        servers::share(sheet, random, moment, machine);
        servers::logon(sheet, moment - 900, machine);
    }
    for _ in 0..random.between(10, 15) {
        let moment = moment(random, hour);
        if machine.name == CHIBA.name {
            endpoint::agent(sheet, random, machine, moment);
        } else if machine.name != DOI.name {
            sysmon(sheet, random, machine, moment);
        }
    }
    if machine.name == AOKI.name || machine.name == BABA.name {
        // Every kind of record that shows a file or a process, at least once an hour.
        let moment = moment(random, hour);
        let image = *random.pick(PROGRAMS);
        let parent = "C:\\Windows\\explorer.exe";
        let event = Event::Process {
            image,
            parent,
            hashes: hashes_of(image),
        };
        endpoint::sysmon(sheet, random, machine, moment, &event);
    } else if machine.name == CHIBA.name {
        let moment = moment(random, hour);
        endpoint::agent(sheet, random, machine, moment);
    }
}

/// Something harmless that Sysmon tells.
fn sysmon(sheet: &mut Sheet, random: &mut Random, machine: &Machine, moment: Moment) {
    let image = *random.pick(PROGRAMS);
    let file = format!(
        "C:\\Users\\{}\\Documents\\draft-{}.tmp",
        machine.user,
        random.hex(6)
    );
    let &(name, address) = random.pick(SITES);
    let event = match random.between(0, 6) {
        0 | 1 => Event::Process {
            image,
            parent: "C:\\Windows\\explorer.exe",
            hashes: hashes_of(image),
        },
        2 => Event::FileCreated { image, file: &file },
        3 => Event::RegistrySet {
            image: "C:\\Windows\\System32\\svchost.exe",
            key: "HKLM\\System\\CurrentControlSet\\Services\\Tcpip\\Parameters\\DhcpDomain",
        },
        4 => Event::Dns {
            image,
            name,
            address,
        },
        _ => Event::Connection {
            image,
            to: (PROXY.address, 3128),
        },
    };
    endpoint::sysmon(sheet, random, machine, moment, &event);
}

/// A request of a machine to the proxy, and of the proxy to the site.
fn through_proxy(
    sheet: &mut Sheet,
    random: &mut Random,
    machine: &Machine,
    moment: Moment,
    site: (&str, &str),
    plain: bool,
) {
    let (host, address) = site;
    let port = random.between(49_152, 65_535);
    let uid = random.id('C');
    let proxy = (PROXY.address, 3128);
    zeek::conn(
        sheet,
        random,
        moment - 20,
        &uid,
        (machine.address, port),
        proxy,
        "http",
    );
    let path = *random.pick(PAGES);
    let url = if plain {
        format!("http://{host}{path}")
    } else {
        format!("{host}:443")
    };
    servers::proxied(sheet, random, moment, machine, &url, address);
    let port = random.between(32_768, 60_999);
    let (from, to) = (
        (PROXY.address, port),
        (address, if plain { 80 } else { 443 }),
    );
    let uid = random.id('C');
    zeek::conn(
        sheet,
        random,
        moment + 12,
        &uid,
        from,
        to,
        if plain { "http" } else { "ssl" },
    );
    servers::firewall(sheet, random, moment + 12, from, to);
    if plain {
        let bytes = random.between(200, 40_000);
        let request = Request {
            uid: &uid,
            from,
            to,
            method: "GET",
            host,
            uri: path,
            agent: BROWSER,
            bytes,
        };
        zeek::http(sheet, moment + 18, &request);
    }
}

/// A server that nobody sits at fetches updates once an hour.
fn updates(sheet: &mut Sheet, random: &mut Random, machine: &Machine, hour: i64) {
    let moment = moment(random, hour);
    let (host, address) = UPDATES;
    zeek::dns(
        sheet,
        random,
        moment - 90,
        machine.address,
        DC.address,
        host,
        Some(address),
    );
    through_proxy(sheet, random, machine, moment, UPDATES, true);
}

/// The domain controller asks a public resolver for names it does not know.
fn forwarding(sheet: &mut Sheet, random: &mut Random, hour: i64) {
    for _ in 0..4 {
        let moment = moment(random, hour);
        let &(host, address) = random.pick(SITES);
        zeek::dns(
            sheet,
            random,
            moment,
            DC.address,
            "8.8.8.8",
            host,
            Some(address),
        );
        let uid = random.id('C');
        let port = random.between(49_152, 65_535);
        zeek::conn(
            sheet,
            random,
            moment,
            &uid,
            (DC.address, port),
            ("8.8.8.8", 53),
            "dns",
        );
    }
}

fn web_server(sheet: &mut Sheet, random: &mut Random, hour: i64) {
    for _ in 0..random.between(22, 34) {
        let moment = moment(random, hour);
        servers::visitor(sheet, random, moment);
    }
    for _ in 0..random.between(6, 11) {
        let moment = moment(random, hour);
        let number = random.between(1000, 9000);
        servers::syslog(
            sheet,
            moment,
            "CRON[4410]",
            &format!("(root) CMD (run-parts --report /etc/cron.hourly) {number}"),
        );
    }
    // It fetches its updates itself, past the proxy.
    let moment = moment(random, hour);
    let (host, address) = UPDATES;
    zeek::dns(
        sheet,
        random,
        moment - 80,
        WEB.address,
        DC.address,
        host,
        Some(address),
    );
    let (from, to) = ((WEB.address, random.between(32_768, 60_999)), (address, 80));
    let uid = random.id('C');
    zeek::conn(sheet, random, moment, &uid, from, to, "http");
    servers::firewall(sheet, random, moment, from, to);
    let request = Request {
        uid: &uid,
        from,
        to,
        method: "GET",
        host,
        uri: "/dists/stable/InRelease",
        agent: "Debian APT-HTTP/1.3 (2.6.1)",
        bytes: 151_000,
    };
    zeek::http(sheet, moment + 9, &request);
    const TYPED: &[&str] = &[
        "df -h",
        "systemctl status nginx",
        "tail -n 50 /var/log/nginx/error.log",
        "uptime",
        "ls -la /srv/www",
    ];
    if matches!(hour, 1 | 2 | 5 | 8) {
        for nth in 0..4 {
            let text = random.pick(TYPED);
            servers::command(sheet, at(hour, 14 + nth, 0, 0), text);
        }
    }
}

/// The proxy asks for names as well, and fetches its own updates.
fn proxy_itself(sheet: &mut Sheet, random: &mut Random, hour: i64) {
    for _ in 0..6 {
        let moment = moment(random, hour);
        let &(host, address) = random.pick(SITES);
        zeek::dns(
            sheet,
            random,
            moment,
            PROXY.address,
            DC.address,
            host,
            Some(address),
        );
    }
}
