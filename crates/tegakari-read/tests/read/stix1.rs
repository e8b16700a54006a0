//! STIX 1: every object of CybOX that holds values, compositions, names and marks, as XML and as JSON.

use tegakari_knowledge::Knowledge;
use tegakari_model::{Disposition, Logic, NameKind, ObservableKind as K, Report};
use tegakari_read::{Document, read};

fn report(text: &str) -> Report {
    let document = Document {
        name: "x",
        bytes: text.as_bytes(),
    };
    read(document, Knowledge::embedded())
}

const OPEN: &str = r#"<?xml version="1.0"?><stix:STIX_Package xmlns:stix="http://stix.mitre.org/stix-1"
 xmlns:cybox="http://cybox.mitre.org/cybox-2" xmlns:c="http://cybox.mitre.org/common-2" xmlns:indicator="http://stix.mitre.org/Indicator-2"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="e:p" version="1.1.1">"#;

fn package(inner: &str) -> Report {
    report(&format!("{OPEN}{inner}</stix:STIX_Package>"))
}

fn object(kind: &str, properties: &str) -> String {
    format!(
        r#"<cybox:Object><cybox:Properties xsi:type="X:{kind}ObjectType">{properties}</cybox:Properties></cybox:Object>"#
    )
}

fn indicator(observable: &str) -> String {
    format!(
        r#"<stix:Indicators><stix:Indicator id="e:i"><indicator:Title>t</indicator:Title>{observable}</stix:Indicator></stix:Indicators>"#
    )
}

fn of(report: &Report, disposition: Disposition) -> Vec<(K, String)> {
    report
        .mentions
        .iter()
        .filter(|m| m.disposition == disposition)
        .map(|m| (m.observable.kind(), m.observable.value().to_owned()))
        .collect()
}

/// An indicator with one object of a kind has exactly these values.
#[track_caller]
fn check(kind: &str, properties: &str, want: &[(K, &str)]) {
    let object = object(kind, properties);
    let report = package(&indicator(&format!(
        "<indicator:Observable>{object}</indicator:Observable>"
    )));
    let got = of(&report, Disposition::Ioc);
    let want: Vec<(K, String)> = want.iter().map(|(k, v)| (*k, (*v).to_owned())).collect();
    assert_eq!(got, want, "{kind}: {:?}", report.mentions);
    assert_eq!(report.source.format, "stix1");
    assert!(report.problems.is_empty(), "{:?}", report.problems);
}

const MD5: &str = "71fea034b422e4a17ebb06022532fdde";
const SHA256: &str = "47ecaab5cd6b26fe18d9759a9392bce81ba379817c53a3a468fe9060a076f8ca";

#[test]
fn every_kind_of_object_is_read() {
    for (kind, properties, want) in [
        (
            "Address",
            r#"<a:Address_Value condition="Equals">198.51.100.7</a:Address_Value>"#,
            vec![(K::Ipv4, "198.51.100.7")],
        ),
        (
            "Address",
            r#"<a:Address_Value>2001:DB8::1</a:Address_Value>"#,
            vec![(K::Ipv6, "2001:db8::1")],
        ),
        (
            "Address",
            r#"<a:Address_Value condition="Equals" apply_condition="ANY">198.51.100.7##comma##198.51.100.8</a:Address_Value>"#,
            vec![(K::Ipv4, "198.51.100.7"), (K::Ipv4, "198.51.100.8")],
        ),
        (
            "DomainName",
            "<d:Value>bad[.]example</d:Value>",
            vec![(K::Domain, "bad.example")],
        ),
        (
            "Hostname",
            "<d:Hostname_Value>a.bad.example</d:Hostname_Value>",
            vec![(K::Domain, "a.bad.example")],
        ),
        (
            "URI",
            "<u:Value>http://bad.example/a?b=1&amp;c=2</u:Value>",
            vec![(K::Url, "http://bad.example/a?b=1&c=2")],
        ),
        (
            "URI",
            "<u:Value>bad.example/a.exe</u:Value>",
            vec![(K::Url, "http://bad.example/a.exe")],
        ),
        (
            "Mutex",
            "<m:Name>Global\\x7</m:Name>",
            vec![(K::Mutex, "Global\\x7")],
        ),
        ("Pipe", "<m:Name>x7</m:Name>", vec![(K::NamedPipe, "x7")]),
        (
            "WinService",
            "<s:Service_Name>WinUpd</s:Service_Name>",
            vec![(K::ServiceName, "WinUpd")],
        ),
        (
            "WinRegistryKey",
            r"<r:Key>SOFTWARE\Bad</r:Key><r:Hive>HKEY_LOCAL_MACHINE</r:Hive><r:Values><r:Value><r:Name>u</r:Name><r:Data>x</r:Data></r:Value></r:Values>",
            vec![(K::RegistryKey, r"HKLM\SOFTWARE\Bad")],
        ),
        (
            "HTTPSession",
            "<h:HTTP_Request_Response><h:HTTP_Client_Request><h:HTTP_Request_Header><h:Parsed_Header><h:User_Agent>Bad/1.0</h:User_Agent>\
             <h:Host><h:Domain_Name><d:Value>bad.example</d:Value></h:Domain_Name></h:Host></h:Parsed_Header></h:HTTP_Request_Header></h:HTTP_Client_Request></h:HTTP_Request_Response>",
            vec![(K::UserAgent, "Bad/1.0"), (K::Domain, "bad.example")],
        ),
        (
            "SocketAddress",
            "<s:IP_Address><a:Address_Value>198.51.100.7</a:Address_Value></s:IP_Address><s:Port><p:Port_Value>443</p:Port_Value></s:Port>",
            vec![(K::Ipv4, "198.51.100.7")],
        ),
        (
            "EmailMessage",
            r#"<e:Header><e:Subject>Hello</e:Subject><e:From category="e-mail"><a:Address_Value>a@bad.example</a:Address_Value></e:From></e:Header>"#,
            vec![(K::Email, "a@bad.example")],
        ),
        (
            "Process",
            "<p:Name>badproc.exe</p:Name>",
            vec![(K::FileName, "badproc.exe")],
        ),
    ] {
        check(kind, properties, &want);
    }
}

#[test]
fn a_file_is_one_record_whose_hash_stands_alone() {
    let properties = format!(
        "<f:File_Name>a.exe</f:File_Name><f:Size_In_Bytes>77</f:Size_In_Bytes><f:Hashes>\
         <c:Hash><c:Type>MD5</c:Type><c:Simple_Hash_Value>{MD5}</c:Simple_Hash_Value></c:Hash>\
         <c:Hash><c:Simple_Hash_Value>{SHA256}</c:Simple_Hash_Value></c:Hash></f:Hashes>"
    );
    let observable = object("File", &properties);
    let report = package(&indicator(&format!(
        "<indicator:Observable>{observable}</indicator:Observable>"
    )));
    assert_eq!(report.files.len(), 1);
    let file = &report.files[0];
    assert_eq!(
        (file.md5.as_deref(), file.sha256.as_deref()),
        (Some(MD5), Some(SHA256))
    );
    assert_eq!(
        (file.names.as_slice(), file.size),
        (["a.exe".to_owned()].as_slice(), Some(77))
    );
    let needs = |value: &str| {
        let found = report
            .mentions
            .iter()
            .find(|m| m.observable.value() == value);
        found.map(|m| m.only_with.len())
    };
    assert_eq!((needs(MD5), needs(SHA256)), (Some(0), Some(0)));
    assert!(needs("a.exe") > Some(0));
}

#[test]
fn what_is_not_compared_for_equality_is_no_value() {
    for condition in ["Contains", "DoesNotEqual", "StartsWith", "FitsPattern"] {
        let properties = format!(r#"<f:File_Name condition="{condition}">a.exe</f:File_Name>"#);
        check("File", &properties, &[]);
    }
    let negated = format!(
        r#"<indicator:Observable negate="true">{}</indicator:Observable>"#,
        object("DomainName", "<d:Value>good.example</d:Value>")
    );
    assert!(package(&indicator(&negated)).mentions.is_empty());
}

#[test]
fn compositions_and_references_keep_their_logic() {
    let pool = format!(
        r#"<stix:Observables><cybox:Observable id="e:1">{}</cybox:Observable><cybox:Observable id="e:2">{}</cybox:Observable>
        <cybox:Observable id="e:3">{}</cybox:Observable></stix:Observables>"#,
        object(
            "File",
            &format!(
                "<f:Hashes><c:Hash><c:Simple_Hash_Value>{MD5}</c:Simple_Hash_Value></c:Hash></f:Hashes>"
            )
        ),
        object("File", "<f:File_Name>mailpv.exe</f:File_Name>"),
        object("DomainName", "<d:Value>seen-qlamp.com</d:Value>"),
    );
    let composed = |operator: &str| {
        indicator(&format!(
            r#"<indicator:Observable><cybox:Observable_Composition operator="{operator}"><cybox:Observable idref="e:1"/><cybox:Observable idref="e:2"/></cybox:Observable_Composition></indicator:Observable>"#
        ))
    };
    let report = package(&format!("{pool}{}", composed("AND")));
    assert_eq!(of(&report, Disposition::Ioc), []);
    assert_eq!(
        of(&report, Disposition::Unsure).len(),
        3,
        "{:?}",
        report.mentions
    );
    assert_eq!(report.composites.len(), 1);
    assert!(matches!(&report.composites[0].logic, Logic::And(parts) if parts.len() == 2));
    assert_eq!(report.composites[0].name.as_deref(), Some("t"));
    assert!(
        report
            .mentions
            .iter()
            .filter(|m| !m.only_with.is_empty())
            .count()
            == 2
    );

    let report = package(&format!("{pool}{}", composed("OR")));
    assert_eq!(of(&report, Disposition::Ioc).len(), 2);
    assert!(report.composites.is_empty());
}

#[test]
fn references_in_a_circle_end() {
    let mut text = String::new();
    // Each level refers twice to the next: 2^60 observables if one followed them all.
    for n in 0..60 {
        text.push_str(&format!(
            r#"<cybox:Observable id="e:{n}"><cybox:Observable_Composition operator="OR"><cybox:Observable idref="e:{0}"/><cybox:Observable idref="e:{0}"/></cybox:Observable_Composition></cybox:Observable>"#,
            (n + 1) % 60
        ));
    }
    let started = std::time::Instant::now();
    package(&format!("<stix:Observables>{text}</stix:Observables>"));
    assert!(started.elapsed().as_secs() < 20);
}

#[test]
fn names_marks_and_times_are_read() {
    let report = package(
        r#"<stix:STIX_Header><stix:Title>Lamp thieves</stix:Title><stix:Description>They steal lamps.</stix:Description>
        <stix:Handling><m:Marking><m:Controlled_Structure>//node()</m:Controlled_Structure><m:Marking_Structure xsi:type="tlpMarking:TLPMarkingStructureType" color="AMBER"/></m:Marking></stix:Handling>
        <stix:Information_Source><c:Identity><c:Name>Example CERT</c:Name></c:Identity><c:Time><t:Produced_Time>2014-03-02T10:00:00Z</t:Produced_Time></c:Time></stix:Information_Source></stix:STIX_Header>
        <stix:Indicators><stix:Indicator id="e:i"><indicator:Valid_Time_Position><indicator:Start_Time>2014-01-01T00:00:00</indicator:Start_Time><indicator:End_Time>2014-02-01T00:00:00Z</indicator:End_Time></indicator:Valid_Time_Position>
        <indicator:Observable><cybox:Object><cybox:Properties xsi:type="AddressObj:AddressObjectType" category="ipv4-addr"><a:Address_Value>198.51.100.7</a:Address_Value></cybox:Properties></cybox:Object></indicator:Observable>
        <indicator:Indicated_TTP><c:TTP idref="e:t"/></indicator:Indicated_TTP></stix:Indicator></stix:Indicators>
        <stix:TTPs><stix:TTP id="e:t"><ttp:Title>Lamp implant</ttp:Title><ttp:Behavior><ttp:Attack_Patterns><ttp:Attack_Pattern capec_id="CAPEC-98"><ttp:Title>Spearphishing Attachment - T1566.001</ttp:Title></ttp:Attack_Pattern></ttp:Attack_Patterns>
        <ttp:Malware><ttp:Malware_Instance><ttp:Name>LampRAT</ttp:Name></ttp:Malware_Instance></ttp:Malware></ttp:Behavior></stix:TTP></stix:TTPs>
        <stix:Exploit_Targets><c:Exploit_Target><et:Vulnerability><et:CVE_ID>CVE-2013-3893</et:CVE_ID></et:Vulnerability></c:Exploit_Target></stix:Exploit_Targets>
        <stix:Campaigns><stix:Campaign><campaign:Title>Operation Wick</campaign:Title></stix:Campaign></stix:Campaigns>
        <stix:Threat_Actors><stix:Threat_Actor><ta:Identity><c:Name>Lampists</c:Name></ta:Identity></stix:Threat_Actor></stix:Threat_Actors>"#,
    );
    assert_eq!(report.title.as_deref(), Some("Lamp thieves"));
    assert_eq!(report.publisher.as_deref(), Some("Example CERT"));
    assert_eq!(
        report.published.as_ref().map(|d| d.0.as_str()),
        Some("2014-03-02")
    );
    assert_eq!(report.tlp, Some(tegakari_model::Tlp::Amber));
    let ip = &report.mentions[0];
    assert_eq!(ip.labels, ["LampRAT"]);
    assert_eq!(
        ip.first_seen.map(|t| t.to_string()).as_deref(),
        Some("2014-01-01T00:00:00Z")
    );
    assert!(ip.last_seen.is_some());
    let named = |kind| {
        let found = report.names.iter().filter(move |n| n.kind == kind);
        found.map(|n| n.text.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(named(NameKind::Malware), ["LampRAT"]);
    assert_eq!(named(NameKind::Campaign), ["Operation Wick"]);
    assert_eq!(named(NameKind::IntrusionSet), ["Lampists"]);
    assert_eq!(
        report
            .techniques
            .iter()
            .map(|t| t.id.as_str())
            .collect::<Vec<_>>(),
        ["T1566.001"]
    );
    assert!(
        report
            .mentions
            .iter()
            .any(|m| m.observable.value() == "CVE-2013-3893")
    );
}

#[test]
fn json_of_the_same_package_says_the_same() {
    let report = report(
        r#"{"stix_header": {"title": "Export from X's MISP"}, "incidents": [{"title": "Lamps", "time": {"incident_discovery": "2022-05-06T00:00:00"},
        "handling": [{"marking_structures": [{"color": "GREEN", "xsi:type": "tlpMarking:TLPMarkingStructureType"}]}],
        "related_indicators": {"indicators": [{"relationship": "Payload delivery", "indicator": {"title": "Payload delivery: x (MISP Attribute)",
          "observable": {"object": {"properties": {"hashes": [{"type": {"value": "MD5"}, "simple_hash_value": {"value": "71fea034b422e4a17ebb06022532fdde", "condition": "Equals"}}], "xsi:type": "FileObjectType"}}},
          "confidence": {"value": "High"}}},
          {"relationship": "Other", "indicator": {"title": "x (MISP Attribute)", "observable": {"object": {"properties": {"value": {"value": "quiet-qlamp.com"}, "xsi:type": "DomainNameObjectType"}}}, "confidence": {"value": "None"}}}]},
        "related_observables": {"observables": [{"relationship": "External analysis", "observable": {"object": {"properties": {"value": {"value": "https://blog.example/lamps"}, "type": "URL", "xsi:type": "URIObjectType"}}}},
          {"relationship": "Attribution", "observable": {"object": {"properties": {"custom_properties": [{"name": "threat-actor", "value": "Lampists"}], "xsi:type": "CustomObjectType"}}}}]}}]}"#,
    );
    assert_eq!(report.source.format, "stix1");
    assert_eq!(report.title.as_deref(), Some("Lamps"));
    assert_eq!(
        report.published.as_ref().map(|d| d.0.as_str()),
        Some("2022-05-06")
    );
    assert_eq!(report.tlp, Some(tegakari_model::Tlp::Green));
    assert_eq!(of(&report, Disposition::Ioc), [(K::Md5, MD5.to_owned())]);
    assert_eq!(
        of(&report, Disposition::Reference),
        [(K::Url, "https://blog.example/lamps".to_owned())]
    );
    assert_eq!(
        of(&report, Disposition::Unsure),
        [(K::Domain, "quiet-qlamp.com".to_owned())]
    );
    assert_eq!(report.names[0].text, "Lampists");
    assert_eq!(
        report.mentions[0].citations[0].path.as_deref(),
        Some("/incidents/0/related_indicators/indicators/0/indicator")
    );
}
