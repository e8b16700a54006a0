//! Hosts on which people publish and read.

use std::sync::OnceLock;

use crate::hashing::QuickSet;
use crate::text::after_scheme;

/// Hosts on which values are looked up: a link there is about a value, never one, however it is written.
const ANALYSIS_HOSTS: &[&str] = &[
    "virustotal.com",
    "any.run",
    "hybrid-analysis.com",
    "tria.ge",
    "urlscan.io",
    "joesandbox.com",
    "joesecurity.org",
    "bazaar.abuse.ch",
    "urlhaus.abuse.ch",
    "threatfox.abuse.ch",
    "otx.alienvault.com",
    "shodan.io",
    "censys.io",
    "attack.mitre.org",
    "capec.mitre.org",
    "cwe.mitre.org",
    "cve.mitre.org",
    "cve.org",
    "nvd.nist.gov",
    "jvn.jp",
    "jvndb.jvn.jp",
    "malpedia.caad.fkie.fraunhofer.de",
    "intezer.com",
    "web.archive.org",
    "crt.sh",
    "isitdownrightnow.com",
    "downforeveryoneorjustme.com",
    "dnschecker.org",
    "mxtoolbox.com",
    "who.is",
    "whois.com",
    "viewdns.info",
    "abuseipdb.com",
    "unixtimestamp.com",
    "epochconverter.com",
    "gchq.github.io",
];

/// Hosts on which people publish and read: a link there is for reading on unless it is defanged.
const REFERENCE_HOSTS: &[&str] = &[
    "virustotal.com",
    "attack.mitre.org",
    "mitre.org",
    "nvd.nist.gov",
    "nist.gov",
    "cisa.gov",
    "twitter.com",
    "x.com",
    "linkedin.com",
    "facebook.com",
    "youtube.com",
    "wikipedia.org",
    "github.com",
    "gist.github.com",
    "medium.com",
    "microsoft.com",
    "learn.microsoft.com",
    "msrc.microsoft.com",
    "apple.com",
    "google.com",
    "blog.google",
    "cloud.google.com",
    "bleepingcomputer.com",
    "thehackernews.com",
    "krebsonsecurity.com",
    "darkreading.com",
    "securityweek.com",
    "theregister.com",
    "zdnet.com",
    "therecord.media",
    "wired.com",
    "arstechnica.com",
    "reuters.com",
    "bbc.com",
    "bbc.co.uk",
    "nytimes.com",
    "cyberscoop.com",
    "helpnetsecurity.com",
    "talosintelligence.com",
    "cisco.com",
    "snort.org",
    "clamav.net",
    "any.run",
    "app.any.run",
    "hybrid-analysis.com",
    "tria.ge",
    "bazaar.abuse.ch",
    "abuse.ch",
    "urlscan.io",
    "shodan.io",
    "censys.io",
    "isc.sans.edu",
    "dshield.org",
    "securelist.com",
    "kaspersky.com",
    "welivesecurity.com",
    "eset.com",
    "mandiant.com",
    "fireeye.com",
    "crowdstrike.com",
    "unit42.paloaltonetworks.com",
    "paloaltonetworks.com",
    "trendmicro.com",
    "symantec.com",
    "broadcom.com",
    "proofpoint.com",
    "sentinelone.com",
    "volexity.com",
    "recordedfuture.com",
    "group-ib.com",
    "checkpoint.com",
    "sophos.com",
    "mcafee.com",
    "jpcert.or.jp",
    "ipa.go.jp",
    "jvn.jp",
    "nisc.go.jp",
    "npa.go.jp",
    "redhat.com",
    "ubuntu.com",
    "debian.org",
    "suse.com",
    "oracle.com",
    "adobe.com",
    "first.org",
    "us-cert.gov",
    "cert.pl",
    "cert.gov.ua",
    "cert.ssi.gouv.fr",
    "ncsc.gov.uk",
    "zerodayinitiative.com",
    "exploit-db.com",
    "cve.org",
    "cve.mitre.org",
    "bitdefender.com",
    "zscaler.com",
    "fortinet.com",
    "elastic.co",
    "secureworks.com",
    "malpedia.caad.fkie.fraunhofer.de",
    "otx.alienvault.com",
    "domaintools.com",
    "w3.org",
    "schema.org",
    "iana.org",
    "ietf.org",
    "rfc-editor.org",
    "python.org",
    "npmjs.com",
    "pypi.org",
    "wikileaks.org",
    "archive.org",
    "doi.org",
    "huntress.com",
    "rapid7.com",
    "itmedia.co.jp",
    "nikkei.com",
    "piyolog.hatenadiary.jp",
];

/// Whether a host, or one it is below, is where people publish.
pub(super) fn is_reference_host(host: &str) -> bool {
    static CELL: OnceLock<QuickSet<&str>> = OnceLock::new();
    holds(
        CELL.get_or_init(|| REFERENCE_HOSTS.iter().copied().collect()),
        host,
    )
}

/// Whether a host, or one it is below, is where values are looked up.
pub(super) fn is_analysis_host(host: &str) -> bool {
    static CELL: OnceLock<QuickSet<&str>> = OnceLock::new();
    holds(
        CELL.get_or_init(|| ANALYSIS_HOSTS.iter().copied().collect()),
        host,
    )
}

fn holds(known: &QuickSet<&str>, host: &str) -> bool {
    let below = host.match_indices('.').map(|(dot, _)| dot + 1);
    std::iter::once(0)
        .chain(below)
        .any(|at| host.get(at..).is_some_and(|name| known.contains(name)))
}

/// Services that malware asks for the address of its machine, or whether there is a network at all.
const LOOKUP_SERVICES: &[&str] = &[
    "api.ipify.org",
    "api64.ipify.org",
    "checkip.amazonaws.com",
    "checkip.dyndns.org",
    "connectivitycheck.gstatic.com",
    "captive.apple.com",
    "detectportal.firefox.com",
    "icanhazip.com",
    "ident.me",
    "ifconfig.me",
    "ip-api.com",
    "ipecho.net",
    "ipinfo.io",
    "api.ip.sb",
    "api.myip.com",
    "db-ip.com",
    "freegeoip.app",
    "freegeoip.net",
    "geoplugin.net",
    "geolocation-db.com",
    "ifconfig.co",
    "ip.seeip.org",
    "ipapi.co",
    "ipdata.co",
    "ipify.org",
    "ipstack.com",
    "myexternalip.com",
    "ipwho.is",
    "ipwhois.app",
    "msftconnecttest.com",
    "msftncsi.com",
    "wtfismyip.com",
];

/// Whether a host is, or is below, such a service.
pub(super) fn is_lookup_service(host: &str) -> bool {
    LOOKUP_SERVICES
        .iter()
        .any(|name| super::is_below(host, name))
}

/// Whether a URL is one that systems fetch to learn whether there is a network.
pub(super) fn tests_the_network(url: &str) -> bool {
    ["/generate_204", "/gen_204", "/ncsi.txt", "/connecttest.txt"]
        .iter()
        .any(|path| url.ends_with(path))
}

/// Resolvers that answer over HTTPS, and their answering machines; malware asks them as browsers do.
const RESOLVERS: &[&str] = &[
    "cloudflare-dns.com",
    "dns.google",
    "dns.quad9.net",
    "dns.opendns.com",
    "doh.opendns.com",
    "doh.applied-privacy.net",
    "doh.appliedprivacy.net",
    "dns.adguard.com",
    "dns.adguard-dns.com",
    "dns.nextdns.io",
    "doh.cleanbrowsing.org",
    "dns.alidns.com",
    "doh.pub",
    "doh.360.cn",
    "doh.dns.sb",
    "dns.sb",
    "dns.twnic.tw",
    "dns.mullvad.net",
    "freedns.controld.com",
    "public.dns.iij.jp",
    "doh.libredns.gr",
    "dns.digitale-gesellschaft.ch",
    "dns0.eu",
    "one.one.one.one",
];

/// Whether a host is a public resolver, or a URL has the form of a question to one (RFC 8484).
pub(super) fn is_resolver(host: &str, url: &str) -> bool {
    let asks = || {
        after_scheme(url).is_some_and(|rest| {
            before_query(rest)
                .trim_end_matches('/')
                .ends_with("/dns-query")
                && (host.starts_with("dns.") || host.starts_with("doh."))
        })
    };
    static CELL: OnceLock<QuickSet<&str>> = OnceLock::new();
    let known = CELL.get_or_init(|| RESOLVERS.iter().copied().collect());
    holds(known, host) || asks()
}

/// Interfaces of services that programs of all kinds call: models of language, nodes of block chains, registries of packages.
const PUBLIC_INTERFACES: &[&str] = &[
    "api.anthropic.com",
    "api.cohere.ai",
    "api.deepseek.com",
    "api.groq.com",
    "api.mistral.ai",
    "api.openai.com",
    "api-inference.huggingface.co",
    "router.huggingface.co",
    "generativelanguage.googleapis.com",
    "openrouter.ai",
    "1rpc.io",
    "alchemy.com",
    "ankr.com",
    "cloudflare-eth.com",
    "drpc.org",
    "infura.io",
    "llamarpc.com",
    "onfinality.io",
    "publicnode.com",
    "crates.io",
    "deb.nodesource.com",
    "files.pythonhosted.org",
    "index.docker.io",
    "packagist.org",
    "proxy.golang.org",
    "registry-1.docker.io",
    "registry.npmjs.org",
    "registry.yarnpkg.com",
    "repo.maven.apache.org",
    "rubygems.org",
];

/// Whether a host is such an interface.
pub(super) fn is_public_interface(host: &str) -> bool {
    static CELL: OnceLock<QuickSet<&str>> = OnceLock::new();
    holds(
        CELL.get_or_init(|| PUBLIC_INTERFACES.iter().copied().collect()),
        host,
    )
}

/// Services that keep anybody's files or texts: a page there may be an attacker's, the service is not.
const DROP_SERVICES: &[&str] = &[
    "0x0.st",
    "anonfiles.com",
    "bashupload.com",
    "catbox.moe",
    "file.io",
    "filebin.net",
    "files.catbox.moe",
    "gofile.io",
    "litterbox.catbox.moe",
    "mediafire.com",
    "mega.nz",
    "oshi.at",
    "paste.ee",
    "pastebin.com",
    "pixeldrain.com",
    "rentry.co",
    "rentry.org",
    "temp.sh",
    "termbin.com",
    "tmpfiles.org",
    "transfer.sh",
    "ufile.io",
    "wetransfer.com",
];

/// Whether a host is such a service itself.
pub(super) fn is_drop_service(host: &str) -> bool {
    DROP_SERVICES.contains(&host.strip_prefix("www.").unwrap_or(host))
}

/// Whether a host is a government's or an army's: named without being defanged it is whom it happened to, or whose
/// page was copied.
pub(super) fn is_government(host: &str) -> bool {
    const BELOW: [&str; 12] = [
        "gov",
        "mil",
        "go",
        "gob",
        "gouv",
        "gub",
        "govt",
        "gc",
        "mod",
        "lg",
        "police",
        "parliament",
    ];
    let mut labels = host.rsplit('.');
    let (Some(top), Some(second)) = (labels.next(), labels.next()) else {
        return false;
    };
    matches!(top, "gov" | "mil" | "int")
        || top.len() == 2 && BELOW.contains(&second) && labels.next().is_some()
}

/// Parts of addresses on services that anybody may use, under which attackers keep what they serve.
const ABUSED_PAGES: &[&str] = &[
    "api.telegram.org/bot",
    "bit.ly/",
    "buff.ly/",
    "cdn.discordapp.com/attachments/",
    "cutt.ly/",
    "discord.com/api/webhooks/",
    "discordapp.com/api/webhooks/",
    "drive.google.com/uc",
    "goo.gl/",
    "is.gd/",
    "ow.ly/",
    "paste.ee/r/",
    "pastebin.com/raw/",
    "rb.gy/",
    "rentry.co/",
    "rentry.org/",
    "steamcommunity.com/profiles/",
    "s.id/",
    "shorturl.at/",
    "t.co/",
    "t.ly/",
    "t.me/",
    "telegra.ph/",
    "tiny.cc/",
    "tinyurl.com/",
    "transfer.sh/",
];

/// Services under which anybody has a name for the asking, for as long as the machine is up: of dynamic names, and of
/// tunnels to a machine at home. What reports name below them is nobody's site.
const SHORT_LIVED: &[&str] = &[
    "duckdns.org",
    "ddns.net",
    "hopto.org",
    "zapto.org",
    "myftp.org",
    "myftp.biz",
    "myvnc.com",
    "no-ip.org",
    "no-ip.biz",
    "no-ip.info",
    "noip.me",
    "redirectme.net",
    "servebeer.com",
    "serveftp.com",
    "servehttp.com",
    "servegame.com",
    "sytes.net",
    "bounceme.net",
    "gotdns.ch",
    "3utilities.com",
    "ddns.me",
    "dynu.net",
    "dyndns.org",
    "freedns.afraid.org",
    "mooo.com",
    "us.to",
    "chickenkiller.com",
    "ddnsking.com",
    "publicvm.com",
    "linkpc.net",
    "kozow.com",
    "ngrok.io",
    "ngrok.app",
    "ngrok-free.app",
    "trycloudflare.com",
    "loclx.io",
    "serveo.net",
    "lhr.life",
    "portmap.io",
    "portmap.host",
    "localto.net",
    "screenconnect.com",
];

/// Services whose customers have names of their own two labels below, and which the public suffix list does not hold.
const RENTED: &[&str] = &[
    "aliyuncs.com",
    "bcebos.com",
    "ksyuncs.com",
    "myhuaweicloud.com",
    "myqcloud.com",
    "qiniucs.com",
    "tencentcs.com",
    "volces.com",
];

/// Services that run what anybody gives them; nobody publishes articles there.
const APPS: &[&str] = &[
    "000webhostapp.com",
    "azurewebsites.net",
    "firebaseapp.com",
    "glitch.me",
    "herokuapp.com",
    "netlify.app",
    "onrender.com",
    "pages.dev",
    "r2.dev",
    "repl.co",
    "square.site",
    "surge.sh",
    "vercel.app",
    "web.app",
    "webflow.io",
    "weebly.com",
    "wixsite.com",
    "workers.dev",
];

/// Whether a host is a customer's at such a service.
pub(super) fn is_app(host: &str) -> bool {
    APPS.iter()
        .any(|name| host != *name && super::is_below(host, name))
}

/// Whether a host is a customer's storage at such a service: `bucket.region.service`.
pub(super) fn is_bucket(host: &str) -> bool {
    RENTED.iter().any(|name| {
        host.strip_suffix(name)
            .and_then(|front| front.strip_suffix('.'))
            .is_some_and(|front| front.contains('.'))
    })
}

/// Whether a host is a customer's name at such a service.
pub(super) fn is_short_lived(host: &str) -> bool {
    host.match_indices('.').any(|(dot, _)| {
        host.get(dot + 1..)
            .is_some_and(|name| SHORT_LIVED.contains(&name))
    })
}

/// Whether a link leads to a service where values are looked up.
pub(crate) fn looks_up(url: &str) -> bool {
    after_scheme(url)
        .and_then(|rest| rest.split(['/', '?', '#']).next())
        .is_some_and(is_analysis_host)
}

/// Hosts that do nothing but lead on to where somebody wants.
const SHORTENERS: &[&str] = &[
    "bit.ly",
    "buff.ly",
    "cutt.ly",
    "goo.gl",
    "is.gd",
    "ow.ly",
    "rb.gy",
    "rebrand.ly",
    "s.id",
    "shorturl.at",
    "t.co",
    "t.ly",
    "tiny.cc",
    "tinyurl.com",
    "v.gd",
];

/// Whether a host is a service that shortens links: one of them is an indicator, the service never is.
pub(super) fn is_shortener(host: &str) -> bool {
    SHORTENERS.contains(&host.strip_prefix("www.").unwrap_or(host))
}

/// Whether a host is one of many people: pages on it are published, kept or led on by anybody.
pub(crate) fn is_everybodys(host: &str) -> bool {
    let begins = |page: &&str| {
        page.strip_prefix(host)
            .is_some_and(|rest| rest.starts_with('/'))
    };
    is_reference_host(host)
        || is_shortener(host)
        || is_drop_service(host)
        || ABUSED_PAGES.iter().any(begins)
}

/// Whether a URL is a page of its own on such a service.
pub(super) fn is_abused_page(url: &str) -> bool {
    let Some(rest) = after_scheme(url) else {
        return false;
    };
    let rest = rest.strip_prefix("www.").unwrap_or(rest);
    let export = rest.starts_with("docs.google.com/") && rest.contains("export");
    export
        || ABUSED_PAGES
            .iter()
            .any(|page| rest.starts_with(page) && rest.len() > page.len())
}

/// Endings of what malware is fetched as; whoever publishes links to pages.
const PAYLOADS: &[&str] = &[
    "apk", "bat", "bin", "cab", "cmd", "cpl", "dat", "dll", "docm", "dotm", "elf", "exe", "hta",
    "img", "iso", "jar", "js", "jse", "lnk", "msi", "msix", "ps1", "rar", "scr", "sct", "sh",
    "vbe", "vbs", "vhd", "vhdx", "wsf", "xll", "xlsm", "7z", "zip",
];

/// Whether the path of a URL ends in a program, script or archive.
pub(crate) fn ends_like_a_payload(url: &str) -> bool {
    let path = before_query(url);
    let rest = after_scheme(path).unwrap_or(path);
    let slash = memchr::memchr(b'/', rest.as_bytes());
    let path = slash.and_then(|slash| rest.get(slash + 1..)).unwrap_or("");
    let last = memchr::memrchr2(b'/', b'.', path.as_bytes());
    let dot = last.filter(|at| path.as_bytes().get(*at) == Some(&b'.'));
    let ending = dot.and_then(|dot| path.get(dot + 1..)).unwrap_or("");
    (2..=4).contains(&ending.len()) && PAYLOADS.iter().any(|one| one.eq_ignore_ascii_case(ending))
}

/// A URL or path without query and fragment.
fn before_query(url: &str) -> &str {
    let end = memchr::memchr2(b'?', b'#', url.as_bytes());
    end.and_then(|end| url.get(..end)).unwrap_or(url)
}

/// Parts of paths under which publishers keep what people read.
const SECTIONS: &[&str] = &[
    "blog",
    "blogs",
    "news",
    "research",
    "article",
    "articles",
    "reports",
    "advisories",
    "advisory",
    "security-advisories",
    "press",
    "posts",
    "story",
    "threat-research",
    "intelligence",
    "whitepapers",
    "resources",
    "alert",
    "alerts",
    "press-releases",
];

/// Whether the path of a URL is that of an article: a date, a section of a publisher, or a title.
pub(super) fn reads_like_an_article(url: &str) -> bool {
    let Some((_, path)) = after_scheme(url).and_then(|rest| rest.split_once('/')) else {
        return false;
    };
    let path = before_query(path);
    if ends_like_a_payload(url) {
        return false;
    }
    let year = |part: &str| {
        part.len() == 4
            && (part.starts_with("19") || part.starts_with("20"))
            && part.bytes().all(|b| b.is_ascii_digit())
    };
    let mut parts = path.split('/').peekable();
    while let Some(part) = parts.next() {
        let section = SECTIONS.iter().any(|one| one.eq_ignore_ascii_case(part));
        // Uploads of a site that was broken into lie in folders by year.
        if part.eq_ignore_ascii_case("wp-content") {
            return false;
        }
        if (section || year(part)) && parts.peek().is_some_and(|next| !next.is_empty()) {
            return true;
        }
        // Four words have three marks between them.
        if memchr::memchr_iter(b'-', part.as_bytes()).nth(2).is_none() {
            continue;
        }
        let words = part
            .to_ascii_lowercase()
            .trim_end_matches(".html")
            .split('-')
            .filter(|w| w.len() > 1 && w.bytes().all(|b| b.is_ascii_lowercase()))
            .count();
        if words >= 4 {
            return true;
        }
    }
    false
}
