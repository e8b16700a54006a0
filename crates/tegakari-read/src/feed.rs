//! Records of threat feeds in JSON, by the names of their fields: `{type, value}`, ThreatFox's
//! `{ioc, ioc_type}`, URLhaus, MalwareBazaar, Feodo Tracker, and the pulses of AlienVault OTX.

use serde_json::{Map, Value};
use tegakari_model::{
    FileRecord, NameKind, Observable, ObservableKind as K, ReportCitation, ReportId, Timestamp, Tlp,
};

use crate::content::{
    Block, BlockKind, Content, Stated, StatedName, StatedObservable, StatedTarget, StatedTechnique,
};
use crate::text::clean;
use crate::typed::{self, Refused, Wanted};
use crate::{misp, rule, techniques};

type Record = Map<String, Value>;

/// The reason of a value that one of our own lists held back.
pub const HELD_BACK: &str = "held back from a block list";

fn text<'a>(record: &'a Record, keys: &[&str]) -> Option<&'a str> {
    keys.iter()
        .find_map(|k| record.get(*k)?.as_str())
        .map(str::trim)
        .filter(|t| !t.is_empty() && !matches!(*t, "None" | "null" | "n/a" | "-"))
}

/// Takes a record of a feed into the content, if it is one; says which of its fields were read.
pub(crate) fn take(
    record: &Record,
    path: &str,
    line: u32,
    content: &mut Content,
) -> Option<&'static [&'static str]> {
    // Our own reports say themselves what a value means.
    if record.contains_key("disposition") {
        return None;
    }
    if is_pulse(record) {
        return Some(pulse(record, path, content));
    }
    if let (Some(decision), Some(Value::Object(indicator))) =
        (record.get("decision"), record.get("indicator"))
    {
        // A line of our own block list: what was decided about an indicator stands around it.
        let mut flat = indicator.clone();
        flat.insert("decision".to_owned(), decision.clone());
        for key in ["tlp", "expires"] {
            flat.extend(record.get(key).map(|value| (key.to_owned(), value.clone())));
        }
        return take(&flat, &format!("{path}/indicator"), line, content);
    }
    if let Some(tlp) = text(record, &["tlp"]).and_then(Tlp::parse) {
        content.tlp = content.tlp.max(Some(tlp));
    }
    let ours = is_ours(record);
    let told = content.refused.len();
    let (values, mut read) =
        typed(record, &mut content.refused).or_else(|| named(record, &mut content.refused))?;
    for one in content.refused.iter_mut().skip(told) {
        path.clone_into(&mut one.path);
        one.line = line;
    }
    if ours {
        read = OURS;
    }
    let malware = text(
        record,
        &[
            "malware_printable",
            "malware",
            "malware_family",
            "malware_name",
            "signature",
            "family",
        ],
    );
    let malware = malware.filter(|m| {
        m.len() <= 60
            && !m.eq_ignore_ascii_case("unknown")
            && !m.eq_ignore_ascii_case("unknown malware")
    });
    let time = |keys: &[&str]| text(record, keys).and_then(time);
    let about: Vec<&str> = [
        "threat_type",
        "threat_type_desc",
        "threat",
        "threat_desc",
        "category",
        "description",
        "comment",
        "title",
        "tags",
    ]
    .iter()
    .filter_map(|k| text(record, &[k]))
    .collect();
    let about = match text(record, &["role"]).filter(|_| ours) {
        Some("c2") => "c2 server".to_owned(),
        Some("delivery") => "delivers payload".to_owned(),
        _ => about.join(" "),
    };
    let about = about
        .replace("botnet_cc", "c2 server")
        .replace("payload_delivery", "delivers payload");
    let mut labels: Vec<String> = malware.iter().map(|m| (*m).to_owned()).collect();
    let mut stated = (Stated::Indicator, "a record of a feed of indicators");
    if ours {
        let own = record.get("labels").and_then(Value::as_array);
        let own = own.into_iter().flatten().filter_map(Value::as_str);
        labels.extend(own.map(str::to_owned));
        // What was held back from a list is no sign of an attack to whoever reads that list.
        if record.get("decision").and_then(Value::as_str) == Some("hold_back") {
            stated = (Stated::Reference, HELD_BACK);
        }
    }
    // On our own lists `valid_until` is the last use.
    let ends = if ours {
        end(record, &["expires", "not_after"])
    } else {
        end(record, &ENDS)
    };
    let used = LAST_SEEN.get(usize::from(!ours)..).unwrap_or_default();
    let mut file = FileRecord::default();
    for observable in values {
        rule::add_to_file(&mut file, &observable);
        content.observables.push(StatedObservable {
            labels: labels.clone(),
            about: about.clone(),
            first_seen: time(&[
                "valid_from",
                "first_seen",
                "first_seen_utc",
                "firstseen",
                "date_added",
                "dateadded",
            ]),
            last_seen: time(used),
            not_after: ends,
            line: Some(line).filter(|l| *l > 0),
            ..StatedObservable::new(observable, stated.0, stated.1, path)
        });
    }
    file.size = record.get("file_size").and_then(Value::as_u64);
    if crate::records::facts(&file) >= 2 {
        file.citations.push(ReportCitation {
            // The id of the report is not known before its bytes are hashed; `assemble` fills it in.
            report: ReportId::derive(&[]),
            line: Some(line).filter(|l| *l > 0),
            page: None,
            path: Some(path.to_owned()),
            section: None,
            quote: String::new(),
        });
        content.files.push(file);
    }
    if let Some(malware) = malware {
        content.names.push(StatedName {
            text: malware.to_owned(),
            kind: NameKind::Malware,
            path: path.to_owned(),
        });
    }
    for key in [
        "reference",
        "urlhaus_link",
        "urlhaus_reference",
        "link",
        "malware_malpedia",
        "ref",
    ] {
        if let Some(url) = text(record, &[key])
            .filter(|t| t.contains("://"))
            .and_then(|t| misp::observable(K::Url, t))
        {
            content.observables.push(StatedObservable {
                line: Some(line).filter(|l| *l > 0),
                ..StatedObservable::new(
                    url,
                    Stated::Reference,
                    "reference of a feed's record",
                    path,
                )
            });
        }
    }
    Some(read)
}

/// Fields of the last use; the first is that of our own lists alone.
const LAST_SEEN: [&str; 5] = [
    "valid_until",
    "last_seen",
    "last_seen_utc",
    "lastseen",
    "last_online",
];

/// Fields from when on a value no longer means anything.
const ENDS: [&str; 11] = [
    "valid_until",
    "valid until",
    "validUntil",
    "expires",
    "expires_at",
    "expiry",
    "expiry_date",
    "expiration",
    "expiration_date",
    "expirationDate",
    "not_after",
];

/// The earliest end that any of the fields states.
fn end(record: &Record, keys: &[&str]) -> Option<Timestamp> {
    let of = |key: &&str| match record.get(*key)? {
        Value::String(text) => time(text).or_else(|| counted(text)),
        Value::Number(number) => counted(&number.to_string()),
        _ => None,
    };
    keys.iter().filter_map(of).min()
}

/// Seconds or milliseconds since 1970, as many as this century has.
pub(crate) fn counted(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let number: i64 = text.parse().ok()?;
    match text.len() {
        10 => Timestamp::from_second(number).ok(),
        13 => Timestamp::from_millisecond(number).ok(),
        _ => None,
    }
}

/// Whether a record is a line of our own lists.
fn is_ours(record: &Record) -> bool {
    record.contains_key("decision")
        || ["finding", "reports", "role", "records"]
            .iter()
            .all(|key| record.contains_key(*key))
}

/// Fields of our own lists. What they quote and object to is no value of theirs.
const OURS: &[&str] = &[
    "annotations",
    "citations",
    "decision",
    "expires",
    "finding",
    "first_seen",
    "id",
    "indicator",
    "labels",
    "last_seen",
    "machines",
    "not_after",
    "objections",
    "records",
    "reports",
    "role",
    "scope",
    "seen_first",
    "seen_last",
    "tlp",
    "type",
    "valid_from",
    "valid_until",
    "value",
    "visible",
];

/// Fields that were read of a record that says the type of its value.
const TYPED: &[&str] = &[
    "ioc",
    "ioc_value",
    "indicator",
    "value",
    "observable",
    "ioc_type",
    "type",
    "indicator_type",
    "observable_type",
    "kind",
    "malware",
    "malware_printable",
    "malware_alias",
    "malware_malpedia",
    "reference",
    "first_seen",
    "last_seen",
    "reporter",
    "valid_until",
    "valid until",
    "expires",
    "expiry",
    "expiration",
    "id",
    "link",
    "ref",
    "threat_type_desc",
    "ioc_type_desc",
    "malware_bazaar",
];

/// Fields that were read of a record with fields for each kind of value.
const NAMED: &[&str] = &[
    "url",
    "host",
    "sha256_hash",
    "sha1_hash",
    "md5_hash",
    "sha3_384_hash",
    "imphash",
    "ssdeep",
    "tlsh",
    "telfhash",
    "file_name",
    "ip_address",
    "hostname",
    "urlhaus_link",
    "urlhaus_reference",
    "reporter",
    "signature",
    "malware",
    "first_seen",
    "last_seen",
    "date_added",
    "dateadded",
    "larted",
    "reference",
    "link",
    "valid_until",
    "valid until",
    "expires",
    "expiry",
    "expiration",
    "id",
];

type Values = (Vec<Observable>, &'static [&'static str]);

fn typed(record: &Record, refused: &mut Vec<Refused>) -> Option<Values> {
    let kind = text(
        record,
        &[
            "ioc_type",
            "indicator_type",
            "observable_type",
            "type",
            "kind",
        ],
    )?;
    let value = text(
        record,
        &["ioc", "ioc_value", "indicator", "observable", "value"],
    )?;
    // When the type is none of a value, any other `{type, value}` is read as text.
    let wanted = Wanted::of(kind)?;
    Some((stated(kind, wanted, value, refused), TYPED))
}

/// The values of a field whose type is stated.
fn stated(field: &str, wanted: Wanted, value: &str, refused: &mut Vec<Refused>) -> Vec<Observable> {
    match typed::cell(wanted, true, &clean(value).text, value) {
        typed::Cell::Empty => Vec::new(),
        typed::Cell::Values(values) => values.into_iter().map(|(_, _, value)| value).collect(),
        typed::Cell::Refused(why) => {
            refused.push(Refused::new(field, value, wanted, why));
            Vec::new()
        }
    }
}

/// URLhaus, MalwareBazaar and Feodo Tracker: fields named by what they hold.
fn named(record: &Record, refused: &mut Vec<Refused>) -> Option<Values> {
    let has = |key: &str| record.contains_key(key);
    let mut out = Vec::new();
    if has("url") && (has("url_status") || has("urlhaus_link") || has("urlhaus_reference")) {
        let url = text(record, &["url"]);
        let urls = url.map(|url| stated("url", Wanted::Kind(K::Url), url, refused));
        // What is refused is not read as text either: a piece of it would be another value.
        return urls.map(|urls| (urls, NAMED));
    }
    if has("sha256_hash") || has("md5_hash") {
        for key in ["sha256_hash", "sha1_hash", "md5_hash"] {
            out.extend(text(record, &[key]).and_then(|v| misp::hash("", v)));
        }
        for key in ["imphash", "ssdeep"] {
            out.extend(text(record, &[key]).and_then(|v| misp::hash(key, v)));
        }
        out.extend(text(record, &["file_name"]).and_then(|v| misp::observable(K::FileName, v)));
    } else if has("ip_address") && (has("malware") || has("first_seen")) {
        out.extend(text(record, &["ip_address"]).and_then(|v| misp::observable(K::Ipv4, v)));
    }
    (!out.is_empty()).then_some((out, NAMED))
}

/// `2024-01-02 03:04:05 UTC` and the like; a day alone is its first moment.
pub(crate) fn time(text: &str) -> Option<Timestamp> {
    let text = text.trim().trim_end_matches("UTC").trim_end();
    let tries = [
        text.to_owned(),
        format!("{}Z", text.replacen(' ', "T", 1)),
        format!("{text}T00:00:00Z"),
    ];
    tries.iter().find_map(|t| t.parse().ok())
}

fn is_pulse(record: &Record) -> bool {
    let list = |key: &str| record.get(key).is_some_and(Value::is_array);
    list("indicators")
        && text(record, &["name"]).is_some()
        && (list("tags")
            || list("references")
            || record.contains_key("adversary")
            || record.contains_key("author_name"))
}

/// Everything an OTX pulse says about its indicators; those are records of their own.
fn pulse(record: &Record, path: &str, content: &mut Content) -> &'static [&'static str] {
    let own = |keys: &[&str]| text(record, keys).map(str::to_owned);
    content.title = content.title.take().or_else(|| own(&["name"]));
    content.publisher = content.publisher.take().or_else(|| own(&["author_name"]));
    content.published = content
        .published
        .take()
        .or_else(|| own(&["created"]).map(|d| d.chars().take(10).collect()));
    let tlp = text(record, &["TLP", "tlp"]).and_then(Tlp::parse);
    content.tlp = content.tlp.max(tlp);
    if let Some(description) = text(record, &["description"]) {
        let mut block = Block::new(BlockKind::Paragraph, description, 0);
        block.path = Some(format!("{path}/description"));
        content.push(block);
    }
    let strings = |key: &str| -> Vec<String> {
        let list = match record.get(key) {
            Some(Value::Array(list)) => list.as_slice(),
            Some(one @ Value::String(_)) => std::slice::from_ref(one),
            _ => &[],
        };
        let one = |v: &Value| match v {
            Value::String(text) => Some(text.clone()),
            Value::Object(map) if key == "attack_ids" => text(map, &["id"]).map(str::to_owned),
            Value::Object(map) => text(map, &["display_name", "name", "id"]).map(str::to_owned),
            _ => None,
        };
        list.iter()
            .filter_map(one)
            .filter(|t| !t.trim().is_empty())
            .collect()
    };
    for (key, kind) in [
        ("adversary", NameKind::IntrusionSet),
        ("malware_families", NameKind::Malware),
    ] {
        for name in strings(key) {
            content.names.push(StatedName {
                text: misp::without_id(&name).to_owned(),
                kind,
                path: format!("{path}/{key}"),
            });
        }
    }
    for text in strings("attack_ids") {
        for id in techniques::ids_in(&text) {
            content.techniques.push(StatedTechnique {
                id,
                quote: text.clone(),
                path: format!("{path}/attack_ids"),
            });
        }
    }
    for key in ["targeted_countries", "industries"] {
        for text in strings(key) {
            content.targets.push(StatedTarget {
                text,
                attacked: true,
                path: format!("{path}/{key}"),
            });
        }
    }
    for url in strings("references")
        .iter()
        .filter(|r| r.contains("://"))
        .filter_map(|r| misp::observable(K::Url, r))
    {
        content.observables.push(StatedObservable::new(
            url,
            Stated::Reference,
            "reference of the pulse",
            format!("{path}/references"),
        ));
    }
    &[
        "name",
        "description",
        "author_name",
        "created",
        "modified",
        "TLP",
        "tlp",
        "adversary",
        "malware_families",
        "attack_ids",
        "targeted_countries",
        "industries",
        "references",
        "id",
        "tags",
        "groups",
        "author",
    ]
}
