//! What sensors and name servers saw, as fields: Zeek, Suricata, logs of DNS.

use std::borrow::Cow;

use super::{Fields, Origin, json, web};

/// Reads a line of Zeek's tables by the names of its columns.
pub(crate) fn of_zeek_table<'r>(
    record: &'r [u8],
    path: &[u8],
    names: &[Box<str>],
    separator: u8,
    fields: &mut Fields<'r>,
) {
    for (value, name) in record.split(|b| *b == separator).zip(names) {
        if value == b"-" || value == b"(empty)" {
            continue;
        }
        let name = name.to_string();
        if name == "answers" {
            for one in value.split(|b| *b == b',') {
                fields.add(name.clone(), String::from_utf8_lossy(one));
            }
        } else {
            fields.add(name, String::from_utf8_lossy(value));
        }
    }
    let path = String::from_utf8_lossy(path).into_owned();
    as_zeek(record, path, fields);
}

/// Reads a line of Zeek in JSON. `path` is the log, where something else than the line says so.
pub(crate) fn of_zeek_json<'r>(record: &'r [u8], path: &[u8], fields: &mut Fields<'r>) {
    json::of_json(record, fields);
    let own = fields.first("_path").map(ToOwned::to_owned);
    let path = own.unwrap_or_else(|| String::from_utf8_lossy(path).into_owned());
    as_zeek(record, path, fields);
}

fn as_zeek<'r>(record: &'r [u8], path: String, fields: &mut Fields<'r>) {
    match path.as_str() {
        "dns" => {
            fields.also("record_type", "qtype_name");
            fields.also("answer", "answers");
        }
        "http" => {
            fields.also("cs-method", "method");
            fields.also("cs-host", "host");
            fields.also("c-uri", "uri");
            fields.also("c-useragent", "user_agent");
            fields.also("sc-status", "status_code");
        }
        _ => {}
    }
    fields.also("src_ip", "id.orig_h");
    fields.also("dst_ip", "id.resp_h");
    fields.also("dst_port", "id.resp_p");
    fields.set_text(record);
    fields.origin = Origin::Other {
        format: "zeek",
        part: Cow::Owned(path),
    };
}

/// Reads an event of Suricata.
pub(crate) fn of_suricata<'r>(record: &'r [u8], fields: &mut Fields<'r>) {
    json::of_json(record, fields);
    let kind = fields
        .first("event_type")
        .map(ToOwned::to_owned)
        .unwrap_or_default();
    match kind.as_str() {
        "dns" => {
            fields.also("query", "dns.rrname");
            fields.also("query", "dns.queries.rrname");
            fields.also("record_type", "dns.rrtype");
            fields.also("record_type", "dns.queries.rrtype");
            fields.also("answer", "dns.answers.rdata");
        }
        "http" => {
            fields.also("cs-method", "http.http_method");
            fields.also("cs-host", "http.hostname");
            fields.also("c-uri", "http.url");
            fields.also("c-useragent", "http.http_user_agent");
            fields.also("sc-status", "http.status");
        }
        _ => {}
    }
    fields.also("dst_ip", "dest_ip");
    fields.also("dst_port", "dest_port");
    fields.origin = Origin::Other {
        format: "suricata",
        part: Cow::Owned(kind),
    };
}

/// Gives what a name server says of a query.
pub(crate) fn of_dns<'r>(
    record: &'r [u8],
    name: &'r [u8],
    kind: &'r [u8],
    fields: &mut Fields<'r>,
) {
    fields.add_bytes("query", name);
    fields.add_bytes("record_type", kind);
    fields.set_text(record);
    fields.origin = Origin::Other {
        format: "dns",
        part: Cow::Borrowed(""),
    };
}

/// The same, where the name was put together.
pub(crate) fn of_dns_owned<'r>(
    record: &'r [u8],
    name: String,
    kind: &'r [u8],
    fields: &mut Fields<'r>,
) {
    of_dns(record, b"", kind, fields);
    fields.add("query", name);
}

/// Says what an event of a security product is, whose pairs are fields already, by what it tells of: a request, a query, or a
/// connection. `names` are what rules call its keys.
pub(crate) fn of_product<'r>(
    format: &'static str,
    record: &'r [u8],
    names: &[(&'static str, &str)],
    fields: &mut Fields<'r>,
) {
    for (name, known) in names {
        fields.also(name, known);
    }
    let has = |name: &str| fields.first(name).is_some();
    let part = if has("c-uri") {
        "proxy"
    } else if has("query") {
        "dns"
    } else if has("src_ip") && has("dst_ip") {
        "firewall"
    } else {
        ""
    };
    if part == "proxy" {
        web::of_url(fields);
    }
    fields.set_text(record);
    fields.origin = Origin::Other {
        format,
        part: Cow::Borrowed(part),
    };
}

/// Reads a flow, as flow export is shown.
pub(crate) fn of_flow<'r>(record: &'r [u8], fields: &mut Fields<'r>) {
    json::of_json(record, fields);
    for (name, known) in [
        ("src_ip", "client"),
        ("src_port", "client_port"),
        ("dst_ip", "server"),
        ("dst_port", "server_port"),
        ("cs-host", "host"),
        ("c-uri", "url"),
        ("c-useragent", "agent"),
    ] {
        fields.also(name, known);
    }
    fields.set_text(record);
    fields.origin = Origin::Other {
        format: "netflow",
        part: Cow::Borrowed(""),
    };
}

/// Reads an event in MITRE's eCAR form, as endpoints of OpTC and others write it.
pub(crate) fn of_ecar<'r>(record: &'r [u8], fields: &mut Fields<'r>) {
    json::of_json(record, fields);
    let get = |name: &str| fields.first(name).unwrap_or_default().to_owned();
    let kind = format!("{} {}", get("object"), get("action"));
    let pairs: &[(&str, &str)] = &[
        ("Image", "properties.image_path"),
        ("CommandLine", "properties.command_line"),
        ("ParentImage", "properties.parent_image_path"),
        ("User", "properties.user"),
        ("TargetFilename", "properties.file_path"),
        ("ImageLoaded", "properties.module_path"),
        ("TargetObject", "properties.key"),
        ("Details", "properties.data"),
        ("DestinationIp", "properties.dest_ip"),
        ("DestinationIp", "properties.dst_ip"),
        ("DestinationPort", "properties.dest_port"),
        ("DestinationPort", "properties.dst_port"),
        ("SourceIp", "properties.src_ip"),
    ];
    for (name, known) in pairs {
        fields.also(name, known);
    }
    fields.origin = Origin::Other {
        format: "ecar",
        part: Cow::Owned(kind),
    };
}

#[cfg(test)]
mod tests {
    use super::{of_ecar, of_suricata, of_zeek_json, of_zeek_table};
    use crate::fields::{Fields, Origin};

    #[test]
    fn products_say_what_their_events_are_of() {
        use crate::Event;
        use crate::formats::ALL;
        use crate::years::YearClock;
        use tegakari_model::TimeRange;
        let read = |format: &str, line: &'static [u8]| {
            let format = ALL.iter().find(|f| f.id() == format).unwrap();
            let mut reader = format.reader(YearClock::new(TimeRange::default()));
            let mut event = Event::default();
            reader.read(line, &mut event);
            let mut fields = Fields::default();
            reader.fields(line, &event, &mut fields);
            let Origin::Other { format, part } = &fields.origin else {
                panic!("{:?}", fields.origin);
            };
            let labels = crate::fields::labels::of(format, part);
            let category = labels.iter().find_map(|one| one.category);
            (category.map(str::to_owned), fields)
        };
        let (category, fields) = read("cef", b"Mar  4 01:02:03 gw CEF:0|V|FW|1|100|deny|5|src=10.0.0.7 spt=5000 dst=203.0.113.9 dpt=23 act=deny msg=a\\=b");
        assert_eq!(category.as_deref(), Some("firewall"));
        assert_eq!(fields.first("dst_port"), Some("23"));
        assert_eq!(fields.first("msg"), Some("a=b"));
        let (category, fields) = read("cef", b"CEF:0|V|P|1|1|GET|1|src=10.0.0.7 request=http://evil.example/a/b.exe?x\\=1 requestMethod=GET requestClientApplication=curl");
        assert_eq!(category.as_deref(), Some("proxy"));
        assert_eq!(fields.first("cs-host"), Some("evil.example"));
        assert_eq!(fields.first("c-uri-extension"), Some("exe"));
        assert_eq!(fields.first("c-uri-query"), Some("x=1"));
        assert_eq!(fields.first("c-useragent"), Some("curl"));
        let (category, fields) = read(
            "leef",
            b"LEEF:1.0|V|FW|1|drop|src=10.0.0.7\tdst=203.0.113.9\tdstPort=445\tusrName=alice",
        );
        assert_eq!(category.as_deref(), Some("firewall"));
        assert_eq!(fields.first("username"), Some("alice"));
        let (category, fields) = read("netflow", br#"{"flow":1,"ts":1770091505.000,"client":"192.168.7.7","client_port":50000,"server":"203.0.113.9","server_port":443,"protocol":6}"#);
        assert_eq!(category.as_deref(), Some("firewall"));
        assert_eq!(fields.first("dst_port"), Some("443"));
        let (category, fields) = read("text", b"<34>su: 'su root' failed for alice");
        assert_eq!((category, fields.first("program")), (None, Some("su")));
        assert_eq!(fields.first("message"), Some("'su root' failed for alice"));
    }

    #[test]
    fn sensors_say_the_same_in_the_words_of_rules() {
        let mut table = Fields::default();
        let names = ["ts", "id.orig_h", "query", "qtype_name", "answers"].map(Box::from);
        of_zeek_table(
            b"1.0\t10.0.0.1\ta.example\tTXT\tx,y",
            b"dns",
            &names,
            b'\t',
            &mut table,
        );
        let mut json = Fields::default();
        let text = br#"{"_path":"dns","ts":1.0,"id.orig_h":"10.0.0.1","query":"a.example","qtype_name":"TXT","answers":["x","y"]}"#;
        of_zeek_json(text, b"", &mut json);
        for fields in [&table, &json] {
            assert_eq!(
                fields.origin,
                Origin::Other {
                    format: "zeek",
                    part: "dns".into()
                }
            );
            assert_eq!(fields.first("record_type"), Some("TXT"));
            assert_eq!(fields.first("src_ip"), Some("10.0.0.1"));
            assert_eq!(fields.all("answers").collect::<Vec<_>>(), ["x", "y"]);
        }
        let mut eve = Fields::default();
        of_suricata(br#"{"event_type":"dns","dns":{"rrname":"a.example","rrtype":"A"},"dest_ip":"10.0.0.2"}"#, &mut eve);
        assert_eq!(eve.first("query"), Some("a.example"));
        assert_eq!(eve.first("dst_ip"), Some("10.0.0.2"));
        let mut ecar = Fields::default();
        of_ecar(br#"{"object":"PROCESS","action":"CREATE","properties":{"image_path":"C:\\a.exe","command_line":"a"}}"#, &mut ecar);
        assert_eq!(ecar.first("Image"), Some("C:\\a.exe"));
        assert_eq!(
            ecar.origin,
            Origin::Other {
                format: "ecar",
                part: "PROCESS CREATE".into()
            }
        );
    }
}
