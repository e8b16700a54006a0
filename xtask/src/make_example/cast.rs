//! Who and what is in the example: machines, names, indicators, traps.

use tegakari_model::ObservableKind as K;

/// A machine of the made-up organisation.
pub(super) struct Machine {
    pub(super) name: &'static str,
    pub(super) address: &'static str,
    pub(super) user: &'static str,
    segment: &'static str,
    criticality: &'static str,
}

const fn machine(
    name: &'static str,
    address: &'static str,
    user: &'static str,
    segment: &'static str,
    criticality: &'static str,
) -> Machine {
    Machine {
        name,
        address,
        user,
        segment,
        criticality,
    }
}

pub(super) const AOKI: Machine = machine("ws-aoki", "10.20.1.11", "aoki", "office", "medium");
pub(super) const BABA: Machine = machine("ws-baba", "10.20.1.12", "baba", "office", "medium");
pub(super) const CHIBA: Machine = machine("ws-chiba", "10.20.1.13", "chiba", "office", "low");
pub(super) const DOI: Machine = machine("ws-doi", "10.20.1.14", "doi", "office", "low");
pub(super) const DC: Machine = machine("srv-dc", "10.20.2.5", "SYSTEM", "servers", "high");
pub(super) const FILES: Machine = machine("srv-files", "10.20.2.10", "SYSTEM", "servers", "high");
pub(super) const PROXY: Machine = machine("srv-proxy", "10.20.2.30", "proxy", "servers", "medium");
pub(super) const WEB: Machine = machine("srv-web", "10.20.3.10", "kato", "dmz", "medium");
/// In the inventory, and in no log.
pub(super) const BACKUP: Machine = machine("srv-backup", "10.20.2.40", "root", "servers", "high");

/// The firewall's log folder.
pub(super) const FIREWALL: &str = "fw-edge";
/// The public side of the proxy and of the web server.
pub(super) const OUTSIDE: &str = "203.0.113.2";
pub(super) const OUTSIDE_WEB: &str = "203.0.113.10";
pub(super) const DOMAIN: &str = "minato.example";

/// The inventory as CSV.
pub(super) fn inventory() -> String {
    let mut text = String::from("hostname,ip,owner,segment,criticality\n");
    for one in [AOKI, BABA, CHIBA, DOI, DC, FILES, PROXY, WEB, BACKUP] {
        let owner = if one.segment == "office" {
            one.user
        } else {
            "it"
        };
        text.push_str(&format!(
            "{},{},{owner},{},{}\n",
            one.name, one.address, one.segment, one.criticality
        ));
    }
    text
}

/// The domain of the first malware's server, used by itself and through a name below it.
pub(super) const C2: &str = "centosupdates.com";
pub(super) const C2_BELOW: &str = "systeminfo.centosupdates.com";
pub(super) const C2_ADDRESS: &str = "172.104.109.217";
/// The server from which the intruder fetches tools.
pub(super) const STAGE: &str = "org.misecure.com";
pub(super) const STAGE_ADDRESS: &str = "139.162.87.180";
pub(super) const STAGE_PATH: &str = "/index.htmld?flag=ZGVtbw==";
pub(super) const STAGE_URL: &str = "http://org.misecure.com/index.htmld?flag=ZGVtbw==";
/// The hashes of `Tegakari example, file 1: a harmless line of text, not malware.` and a line feed.
pub(super) const FILE_NAME: &str = "dwmsvc64.exe";
pub(super) const FILE_MD5: &str = "c22f5a88f2922247dd1012fd6f809b2d";
pub(super) const FILE_SHA256: &str =
    "ec78ef47c33719eff45c514ddea0c40680c7d285a490c7155e39faa63f2aef4e";

/// Everything the reports call a sign of the attack and a hunt must judge. Domains and addresses are
/// public ones of BlackTech from Maltrail (see examples/README.md); the files are lines of text.
pub(super) const INDICATORS: &[(K, &str)] = &[
    (K::Ipv4, "107.191.61.40"),
    (K::Ipv4, STAGE_ADDRESS),
    (K::Ipv4, C2_ADDRESS),
    (K::Ipv4, "212.115.54.194"),
    (K::Domain, C2),
    (K::Domain, "config.zapto.org"),
    (K::Domain, "inkeslive.com"),
    (K::Domain, "linuxhome.jkub.com"),
    (K::Domain, "macfee-update.serveftp.com"),
    (K::Domain, STAGE),
    (K::Domain, "panasocin.com"),
    (K::Domain, "rutentw.com"),
    (K::Domain, "totalpople.info"),
    (K::Domain, "yasonbin.info"),
    (K::Url, STAGE_URL),
    (K::Md5, FILE_MD5),
    (K::Md5, "8eb6e534718706d7f2019ee4c2b0b86d"),
    (
        K::Sha256,
        "cc1c8316485282a46979ad58d612b8543ee7e3906d3b9022e03b300d09520105",
    ),
    (K::Sha256, FILE_SHA256),
    (K::FileName, "csrssupd.dll"),
    (K::FileName, FILE_NAME),
    (
        K::RegistryKey,
        "HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Run\\DwmSvc64",
    ),
    (K::DetectionName, "Win.Downloader.Flagpro-EX1"),
    (K::DetectionName, "Win.Trojan.PLEAD-EX2"),
];

/// What the reports mention and nobody may call an indicator.
pub(super) const NOT_INDICATORS: &[(K, &str, &str)] = &[
    (
        K::Ipv4,
        "8.8.8.8",
        "a public resolver that the malware asks to see whether it is online",
    ),
    (
        K::Url,
        "https://www.virustotal.com/gui/file/ec78ef47c33719eff45c514ddea0c40680c7d285a490c7155e39faa63f2aef4e",
        "a link to read on",
    ),
    (K::Url, "https://attack.mitre.org/groups/G0098/", "a source"),
    (
        K::Url,
        "https://blog.jpcert.or.jp/2018/06/plead-downloader-used-by-blacktech.html",
        "a source",
    ),
];

/// A text in the logs that a careless search would report.
pub(super) struct Trap {
    pub(super) text: &'static str,
    pub(super) looks_like: &'static str,
    pub(super) but: &'static str,
}

pub(super) const TRAPS: &[Trap] = &[
    Trap {
        text: "notcentosupdates.com",
        looks_like: C2,
        but: "another domain that only ends in the same letters",
    },
    Trap {
        text: "centosupdates.com.minato.example",
        looks_like: C2,
        but: "the organisation's own search suffix behind it makes it another name",
    },
    Trap {
        text: "1.3.6.1.4.1.172.104.109.217.1",
        looks_like: C2_ADDRESS,
        but: "an object identifier, not an address",
    },
    Trap {
        text: "setup-dwmsvc64.exe.txt",
        looks_like: FILE_NAME,
        but: "another file whose name holds the same letters",
    },
];

/// Public names of the background and where they are: reserved for documentation.
pub(super) const SITES: &[(&str, &str)] = &[
    ("www.news-minato.example", "198.51.100.10"),
    ("mail.minato-cloud.example", "198.51.100.14"),
    ("portal.suppliers.example", "198.51.100.21"),
    ("cdn.static-parts.example", "192.0.2.33"),
    ("maps.transit.example", "192.0.2.47"),
    ("api.weather.example", "198.51.100.52"),
    ("docs.standards.example", "192.0.2.60"),
    ("forum.instruments.example", "198.51.100.71"),
    ("shop.office-goods.example", "192.0.2.88"),
    ("img.static-parts.example", "192.0.2.34"),
    ("www.bank-shinkawa.example", "198.51.100.90"),
    ("lunch.delivery.example", "192.0.2.101"),
    ("jobs.minato-city.example", "198.51.100.117"),
    ("video.training.example", "192.0.2.140"),
    ("wiki.measuring.example", "198.51.100.133"),
];

/// Where machines fetch updates without anybody at them.
pub(super) const UPDATES: (&str, &str) = ("updates.os-vendor.example", "198.51.100.200");

pub(super) const PAGES: &[&str] = &[
    "/",
    "/index.html",
    "/style/main.css",
    "/news/2026/03/12",
    "/img/logo.png",
    "/api/v1/items?page=2",
    "/search?q=torque+sensor",
    "/catalogue/pressure/p-204",
    "/js/app.min.js",
    "/feed.xml",
];

pub(super) const BROWSER: &str =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:136.0) Gecko/20100101 Firefox/136.0";
