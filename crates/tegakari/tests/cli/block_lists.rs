//! `tegakari block`: lists that are kept up to date, allow-lists, lifetimes and limits.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::support::{Place, Ran};

/// 2026-03-20, ten days after the report came out.
const SOON: &str = "1773964800";
/// 2026-10-01: addresses are older than their lifetime, domains are not.
const LATE: &str = "1790812800";

const REPORT: &str = "# Intrusion at a maker of gauges\n\nPublished: 2026-03-10\n\n## Indicators of compromise\n\n- evil-c2[.]net\n- update-sync[.]com\n- 45.9.148[.]7\n- hxxps://drop-c2[.]org/a.bin\n";

fn block(place: &Place, time: &str, arguments: &[&str]) -> Ran {
    let output = place
        .command()
        .env("SOURCE_DATE_EPOCH", time)
        .arg("block")
        .args(arguments)
        .output()
        .unwrap();
    Ran(output)
}

fn files(place: &Place) -> BTreeMap<String, Vec<u8>> {
    std::fs::read_dir(place.path("lists"))
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            (name, std::fs::read(entry.path()).unwrap())
        })
        .collect()
}

fn json(ran: Ran) -> Value {
    serde_json::from_str(&ran.exits(0).stdout()).unwrap()
}

#[test]
fn a_refresh_writes_what_changed_and_says_why() {
    let place = Place::new();
    place.write("r.md", REPORT);
    place.run(&["read", "r.md"]).exits(0);
    let refresh = ["--refresh", "-o", "lists", "--format", "json"];
    let first = json(block(
        &place,
        SOON,
        &[
            "-o", "lists", "--to", "domains", "--to", "ipv4", "--to", "nftables", "--format",
            "json",
        ],
    ));
    assert_eq!(first["entries"].as_array().unwrap().len(), 4, "{first}");
    let before = files(&place);
    assert_eq!(before.len(), 4, "three lists and the record");

    // Nothing new a day later: only the list whose entries live from loading is written.
    let day = (SOON.parse::<i64>().unwrap() + 86_400).to_string();
    let same = json(block(&place, &day, &refresh));
    assert_eq!(same["added"], serde_json::json!([]));
    assert_eq!(same["removed"], serde_json::json!([]));
    assert_eq!(same["unchanged"], serde_json::json!(["ipv4", "domains"]));
    let after = files(&place);
    assert_eq!(before["domains.txt"], after["domains.txt"]);
    assert_ne!(
        before["block.nft"], after["block.nft"],
        "its lifetimes are a day shorter"
    );

    // Another report, one value allowed, and addresses too old.
    place.write(
        "s.md",
        REPORT
            .replace("evil-c2[.]net", "fresh-c2[.]net")
            .replace("2026-03-10", "2026-09-30")
            .replace("- 45.9.148[.]7\n", ""),
    );
    place.run(&["read", "s.md"]).exits(0);
    let mut arguments = refresh.to_vec();
    arguments.extend(["--allow", "update-sync.com"]);
    let changed = json(block(&place, LATE, &arguments));
    let values = |list: &Value| -> Vec<String> {
        list.as_array()
            .unwrap()
            .iter()
            .map(|change| {
                let why = change["objections"][0]["kind"]
                    .as_str()
                    .or(change["why"].as_str())
                    .unwrap();
                format!("{} {why}", change["value"].as_str().unwrap())
            })
            .collect()
    };
    assert_eq!(values(&changed["added"]), ["fresh-c2.net new"], "{changed}");
    assert_eq!(
        values(&changed["removed"]),
        ["45.9.148.7 expired", "update-sync.com allowed"],
        "{changed}"
    );
    let after = files(&place);
    let domains = String::from_utf8(after["domains.txt"].clone()).unwrap();
    assert!(
        domains.contains("\nfresh-c2.net\n") && !domains.contains("update-sync.com"),
        "{domains}"
    );
    assert!(
        domains.contains("# made: 2026-10-01T00:00:00Z\n"),
        "{domains}"
    );
    assert!(
        domains.contains("# next expiry: 2027-03-10T00:00:00Z\n"),
        "{domains}"
    );
    assert!(
        !String::from_utf8(after["ipv4.txt"].clone())
            .unwrap()
            .contains("45.9.148.7")
    );

    // The same in words, in both languages. What was allowed stays allowed.
    let text = block(&place, SOON, &["--refresh", "-o", "lists"])
        .exits(0)
        .stdout();
    assert!(text.contains("Came: 1. Went: 0."), "{text}");
    let text = block(&place, SOON, &["--refresh", "-o", "lists", "--lang", "ja"])
        .exits(0)
        .stdout();
    assert!(text.contains("追加：0"), "{text}");
}

#[test]
fn a_refresh_spares_what_the_lists_were_made_to_spare() {
    let place = Place::new();
    let report = REPORT.replace("drop-c2[.]org", "web.drop-c2[.]org");
    place.write("r.md", report);
    place.run(&["read", "r.md"]).exits(0);
    place.write("inv.csv", "hostname,ip\nweb01,45.9.148.7\n");
    place.write("allow.txt", "evil-c2.net ours\n");
    let made = [
        "--inventory",
        "inv.csv",
        "--allow-list",
        "allow.txt",
        "--allow",
        "web.drop-c2.org",
        "-o",
        "lists",
        "--to",
        "jsonl",
    ];
    block(&place, SOON, &made).exits(0);
    let listed = || -> Vec<String> {
        let text = std::fs::read_to_string(place.path("lists/block.jsonl")).unwrap();
        text.lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap())
            .filter(|line| line["decision"] == "block")
            .map(|line| line["indicator"]["value"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(listed(), ["update-sync.com"]);
    let day = (SOON.parse::<i64>().unwrap() + 86_400).to_string();
    // From another folder, as a timer starts it, and more than once.
    std::fs::create_dir(place.path("elsewhere")).unwrap();
    std::fs::copy(place.path("t.db"), place.path("elsewhere/t.db")).unwrap();
    for _ in 0..2 {
        let ran = place
            .command()
            .current_dir(place.path("elsewhere"))
            .env("SOURCE_DATE_EPOCH", &day)
            .args(["block", "--refresh", "--format", "json", "-o"])
            .arg(place.path("lists"))
            .output()
            .unwrap();
        assert_eq!(json(Ran(ran))["added"], serde_json::json!([]));
        assert_eq!(listed(), ["update-sync.com"]);
    }
    // What is added to the files counts.
    place.write("allow.txt", "evil-c2.net ours\nupdate-sync.com\n");
    block(&place, &day, &["--refresh", "-o", "lists"]).exits(0);
    assert_eq!(listed(), [""; 0]);
    // A file that is gone, or that no longer is one, leaves everything as it was.
    for (file, bad) in [
        ("inv.csv", None),
        ("allow.txt", None),
        ("inv.csv", Some("x")),
    ] {
        let text = std::fs::read_to_string(place.path(file)).unwrap();
        std::fs::remove_file(place.path(file)).unwrap();
        if let Some(bad) = bad {
            place.write(file, bad);
        }
        let before = files(&place);
        let later = (SOON.parse::<i64>().unwrap() + 172_800).to_string();
        for (lang, said) in [
            ("en", "nothing was written"),
            ("ja", "何も書き込んでいません"),
        ] {
            block(
                &place,
                &later,
                &["--refresh", "-o", "lists", "--lang", lang],
            )
            .exits(2)
            .says(&[file, said]);
        }
        assert_eq!(files(&place), before);
        place.write(file, text);
    }
    // Others take their place, for the refreshes after that too.
    place.write("other.txt", "update-sync.com\n");
    block(
        &place,
        &day,
        &["--refresh", "-o", "lists", "--allow-list", "other.txt"],
    )
    .exits(0);
    block(&place, &day, &["--refresh", "-o", "lists"]).exits(0);
    assert_eq!(listed(), ["evil-c2.net"]);
    // Lists of an investigation spare the machines that its hunt showed: without it they stay as they are.
    let record = std::fs::read_to_string(place.path("lists/lists.json")).unwrap();
    let hunt = r#""made_with":{"hunt":"H-000000000000","#;
    place.write("lists/lists.json", record.replace(r#""made_with":{"#, hunt));
    let before = files(&place);
    block(&place, &day, &["--refresh", "-o", "lists"])
        .exits(2)
        .says(&["H-000000000000", "--inventory"]);
    assert_eq!(files(&place), before);
    block(&place, &day, &[&made[..], &["--refresh"]].concat()).exits(0);
}

#[test]
fn a_broken_record_costs_only_what_it_knew() {
    let place = Place::new();
    place.write("iocs.txt", "evil-c2.net\n");
    let arguments = [
        "--indicators",
        "iocs.txt",
        "--to",
        "domains",
        "--refresh",
        "-o",
        "lists",
    ];
    block(&place, SOON, &arguments).exits(0);
    for bad in [
        "",
        "{",
        "{\"schema\":\"x\",\"lists\":{},\"entries\":{}}",
        "[[[[",
    ] {
        place.write("lists/lists.json", bad);
        block(&place, SOON, &arguments)
            .exits(0)
            .says(&["lists.json", "written anew"]);
    }
    // Hostile values in the record are not believed.
    place.write(
        "lists/lists.json",
        r#"{"schema":"tegakari/block-lists/1","lists":{"../x":null,"domains":null},"entries":{"domain":["a\u001b[31m","evil-c2.net"],"nope":["x"]}}"#,
    );
    let text = block(&place, SOON, &arguments).exits(0).stdout();
    assert!(!text.contains('\u{1b}'), "{text:?}");
    assert!(!place.path("x").exists());
}

#[test]
fn an_allow_list_holds_back_with_its_reason() {
    let place = Place::new();
    place.write("r.md", REPORT);
    place.run(&["read", "r.md"]).exits(0);
    place.write(
        "allow.txt",
        "evil-c2.net  # our sinkhole\n45.9.0.0/16, lab\nno value here\n",
    );
    let ran = block(
        &place,
        SOON,
        &["--allow-list", "allow.txt", "--format", "json"],
    )
    // A line that protects nothing is a loss, though the rest was done.
    .exits(2)
    .says(&["allow.txt:3"]);
    let plan: Value = serde_json::from_str(&ran.stdout()).unwrap();
    let held: Vec<(&str, &str)> = plan["held_back"]
        .as_array()
        .unwrap()
        .iter()
        .map(|h| {
            (
                h["value"].as_str().unwrap_or_default(),
                h["objections"][0]["source"].as_str().unwrap_or_default(),
            )
        })
        .collect();
    assert!(
        format!("{held:?}").contains("our sinkhole") && format!("{held:?}").contains("lab"),
        "{plan}"
    );
    block(&place, SOON, &["--allow", "no value"])
        .exits(2)
        .says(&["--allow", "no value"]);
    block(&place, SOON, &["--allow-list", "none.txt"])
        .exits(2)
        .says(&["none.txt"]);
}

#[test]
fn what_is_old_is_left_out_and_told() {
    let place = Place::new();
    place.write("r.md", REPORT);
    place.run(&["read", "r.md"]).exits(0);
    let list = |arguments: &[&str]| block(&place, LATE, arguments);
    let ran = list(&["--to", "ipv4"])
        .exits(0)
        .says(&["2 indicators", "--in-spite-of expired"]);
    assert!(!ran.stdout().contains("45.9.148.7"));
    let ran = list(&["--to", "ipv4", "--in-spite-of", "expired"]).exits(0);
    assert!(ran.stdout().contains("45.9.148.7"));
    let ran = list(&["--to", "ipv4", "--lifetime", "ipv4=400"]).exits(0);
    assert!(ran.stdout().contains("45.9.148.7"));
    for (option, bad) in [
        ("--lifetime", "ipv4"),
        ("--lifetime", "ipv4=0"),
        ("--in-spite-of", "nothing"),
        ("--limit", "umbrella"),
        ("--limit", "nope=3"),
        ("--limit", "umbrella=-1"),
        ("--to", "nope"),
    ] {
        list(&[option, bad]).exits(2).says(&[bad]);
    }
}

#[test]
fn what_is_over_a_limit_is_told() {
    let place = Place::new();
    let iocs: String = (0..600).map(|i| format!("c2-{i}.evil-net.com\n")).collect();
    place.write("iocs.txt", iocs);
    let ran = block(
        &place,
        SOON,
        &["--indicators", "iocs.txt", "--to", "umbrella", "-o", "-"],
    )
    .exits(0)
    .says(&["100 of kind domain left out", "the least valuable"]);
    let list: Value = serde_json::from_str(&ran.stdout()).unwrap();
    assert_eq!(list.as_array().unwrap().len(), 500);
    let ran = block(
        &place,
        SOON,
        &[
            "--indicators",
            "iocs.txt",
            "--to",
            "umbrella",
            "-o",
            "-",
            "--limit",
            "umbrella=7",
        ],
    )
    .exits(0);
    let list: Value = serde_json::from_str(&ran.stdout()).unwrap();
    assert_eq!(list.as_array().unwrap().len(), 7);
}

#[test]
fn a_template_of_ones_own_is_filled() {
    let place = Place::new();
    place.write("r.md", REPORT);
    place.run(&["read", "r.md"]).exits(0);
    place.write(
        "own.j2",
        "{% for e in entries %}{{ e.kind }}={{ e.value }};{% endfor %}\n",
    );
    let text = block(&place, SOON, &["--template", "own.j2"])
        .exits(0)
        .stdout();
    assert!(text.contains("domain=evil-c2.net;"), "{text}");
    place.write("bad.j2", "one\n{{ nothing }}\n");
    let ran = block(&place, SOON, &["--template", "bad.j2"])
        .exits(2)
        .says(&["bad.j2:2"]);
    assert_eq!(ran.stdout(), "");
}

#[test]
fn show_explains_how_long_a_value_is_worth_blocking() {
    let place = Place::new();
    place.write("r.md", REPORT);
    place.run(&["read", "r.md"]).exits(0);
    let show = |time: &str, arguments: &[&str]| {
        let output = place
            .command()
            .env("SOURCE_DATE_EPOCH", time)
            .args(["show", "45.9.148.7"])
            .args(arguments)
            .output()
            .unwrap();
        Ran(output).exits(0).stdout()
    };
    let text = show(SOON, &[]);
    assert!(
        text.contains("until 2026-09-06: last named 2026-03-10"),
        "{text}"
    );
    let text = show(LATE, &["--lang", "ja"]);
    assert!(text.contains("2026-09-06 に期限切れ"), "{text}");
    let known: Value = serde_json::from_str(&show(SOON, &["--format", "json"])).unwrap();
    assert_eq!(known["known"]["worth"]["days"], 180, "{known}");
}

#[test]
fn formats_show_their_tier() {
    let place = Place::new();
    let text = place.run(&["formats"]).exits(0).stdout();
    assert!(text.contains("tier"), "{text}");
    let formats: Value = serde_json::from_str(
        &place
            .run(&["formats", "--format", "json"])
            .exits(0)
            .stdout(),
    )
    .unwrap();
    let of = |id: &str| {
        let rows = formats["formats"].as_array().unwrap().iter();
        rows.clone()
            .find(|row| row["id"] == id && row["what"] == "export")
            .unwrap()
            .clone()
    };
    assert_eq!(of("nftables")["tier"], "1");
    assert_eq!(of("nftables")["expiry"], "lifetime");
    assert_eq!(of("umbrella")["limit"], 500);
    assert_eq!(of("palo-alto-ip")["tier"], "3");
}

/// On a disk of 512 KB (needs root, in a mount namespace of its own): a list that does not fit is told, and the old one,
/// its record and nothing else are there. One that is killed while it writes leaves the old list whole, too.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_and_a_kill_leave_the_old_list_whole() {
    let allowed = std::process::Command::new("unshare")
        .args(["-m", "sh", "-c", "mount -t tmpfs -o size=64k none /mnt"])
        .output();
    if !allowed.is_ok_and(|output| output.status.success()) {
        eprintln!("SKIP: no right to mount a small disk (needs root)");
        return;
    }
    let place = Place::new();
    place.write("small.csv", "type,value\ndomain,evil-small.com\n");
    let many: String = (0..30_000)
        .map(|n| format!("domain,c2-{n:06}.evil-large.com\n"))
        .collect();
    place.write("large.csv", format!("type,value\n{many}"));
    let script = r#"
set -u
mkdir full killed && mount -t tmpfs -o size=512k none full || exit 9
for d in full killed; do
  "$T" --db t.db -q block --indicators small.csv -o $d --to rpz || exit 8
  cp $d/block.rpz $d.rpz; cp $d/lists.json $d.json
done
"$T" --db t.db block --indicators large.csv -o full --to rpz 2>said
echo "status $?"; cat said
cmp full.rpz full/block.rpz && cmp full.json full/lists.json && echo "full whole"
ls -A full | tr '\n' ' '; echo
"$T" --db t.db -q block --indicators small.csv -o full --to rpz && echo "full again"
for wait in 0.02 0.1 0.3 0.5 0.7 0.9; do
  "$T" --db t.db -q block --indicators large.csv -o killed --to rpz & p=$!
  sleep $wait; kill -9 $p 2>/dev/null; wait $p 2>/dev/null
  # Either the old list or the whole new one.
  cmp -s killed.rpz killed/block.rpz || [ "$(grep -c CNAME killed/block.rpz)" = 60000 ] || echo "torn after $wait"
done
echo "killed whole"
"#;
    let output = std::process::Command::new("unshare")
        .args(["-m", "bash", "-c", script])
        .env("T", env!("CARGO_BIN_EXE_tegakari"))
        .current_dir(place.path("."))
        .output()
        .unwrap();
    let told = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    for line in [
        "status 2",
        "free some space",
        "full whole",
        "block.rpz lists.json ",
        "full again",
        "killed whole",
    ] {
        assert!(told.contains(line), "{line}: {told}");
    }
    assert!(!told.contains("torn"), "{told}");
}
