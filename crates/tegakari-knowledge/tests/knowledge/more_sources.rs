//! CISA's catalogue, stale and unclear sources, releases of ATT&CK that are newer than the program, and renewing in parts.

use tegakari_knowledge::sources::{ALL, SourceFile};
use tegakari_knowledge::{Knowledge, Purpose, Redistribution, compile, compile_over, diff};
use tegakari_model::{ActorId, TechniqueId};

use crate::{published, skip};

const KEV_JSON: &str = r#"{"title": "CISA Catalog of Known Exploited Vulnerabilities", "catalogVersion": "2026.11.20",
  "dateReleased": "2026-11-20T15:00:05.7Z", "count": 3, "vulnerabilities": [
  {"cveID": "CVE-2021-44228", "vendorProject": "Apache", "product": "Log4j2", "vulnerabilityName": "Apache Log4j2 Remote Code Execution Vulnerability",
   "dateAdded": "2021-12-10", "shortDescription": "x", "requiredAction": "y", "dueDate": "2021-12-24",
   "knownRansomwareCampaignUse": "Known", "notes": "", "cwes": ["CWE-502", "CWE-20", "CWE-400"]},
  {"cveID": "cve-2026-1000", "vendorProject": "Example", "product": "Gate", "dateAdded": "2026-11-20",
   "knownRansomwareCampaignUse": "Unknown", "cwes": []},
  {"cveID": 7}, {"cveID": "not one"}]}"#;

const KEV_CSV: &str = "cveID,vendorProject,product,vulnerabilityName,dateAdded,shortDescription,requiredAction,dueDate,knownRansomwareCampaignUse,notes,cwes\n\
CVE-2021-44228,Apache,Log4j2,\"A name, quoted\",2021-12-10,\"a\nb\",y,2021-12-24,Known,,\"CWE-20, CWE-502\"\n\
CVE-2026-1000,Example,Gate,N,2026-11-20,x,y,2026-12-11,Unknown,,\n\
CVE-2026-1001,Exam";

fn kev(path: &str, bytes: &str) -> Knowledge {
    let file = SourceFile {
        path,
        bytes: bytes.as_bytes(),
    };
    Knowledge::decode(&compile(&[file], Purpose::Embed).unwrap()).unwrap()
}

#[test]
fn cisas_catalogue_says_since_when_and_whether_ransomware_is_known() {
    for (path, bytes, odd) in [
        ("cisa-kev/known_exploited_vulnerabilities.json", KEV_JSON, 2),
        ("cisa-kev/known_exploited_vulnerabilities.csv", KEV_CSV, 1),
    ] {
        let knowledge = kev(path, bytes);
        let log4j = knowledge.exploited(" cve-2021-44228 ").unwrap();
        assert_eq!(log4j.listed, "2021-12-10");
        assert_eq!(log4j.due, "2021-12-24");
        assert_eq!(log4j.ransomware, Some(true));
        assert!(log4j.weaknesses.contains(&"CWE-502".to_owned()));
        // "Unknown" is not "no".
        assert_eq!(
            knowledge.exploited("CVE-2026-1000").unwrap().ransomware,
            None
        );
        assert_eq!(knowledge.exploited("CVE-2026-9999"), None);
        assert_eq!(knowledge.all_exploited().len(), 2);
        let source = &knowledge.sources()[0];
        assert_eq!(source.redistribution, Redistribution::Allowed);
        let lost = source
            .counts
            .iter()
            .find(|(what, _)| what == "rows not understood");
        assert_eq!(lost.map(|(_, n)| *n), Some(odd), "{path}");
        assert!(source.date.as_str() >= "2026-11-20");
    }
    for half in [&KEV_JSON[..KEV_JSON.len() / 2], "<html>", "a,b\n1,2\n"] {
        let file = SourceFile {
            path: "cisa-kev/known_exploited_vulnerabilities.json",
            bytes: half.as_bytes(),
        };
        let error = compile(&[file], Purpose::Embed).unwrap_err().to_string();
        assert!(
            error.contains("cisa-kev") && error.contains("again"),
            "{error}"
        );
    }
}

#[test]
fn what_is_unclear_is_only_in_what_the_user_compiles() {
    for source in ALL {
        let unclear = source.licence().redistribution == Redistribution::Unclear;
        assert!(!unclear || !source.embedded(), "{}", source.id());
        assert!(
            Knowledge::embedded()
                .sources()
                .iter()
                .all(|s| s.id != source.id() || source.embedded()),
            "{}",
            source.id()
        );
    }
    assert!(!Knowledge::embedded().notice().contains("Malpedia"));
}

/// The publishers' files as the user's own compilation sees them.
fn for_use() -> Option<Knowledge> {
    let files: Vec<SourceFile<'_>> = published()?
        .iter()
        .map(|(path, bytes)| SourceFile { path, bytes })
        .filter(|f| !f.path.starts_with("maltrail") && !f.path.starts_with("misp-warn"))
        .collect();
    let bytes = compile(&files, Purpose::Use).unwrap();
    Some(Knowledge::decode(&bytes).unwrap())
}

#[test]
fn the_users_own_compilation_has_every_source() {
    let Some(knowledge) = for_use() else {
        return skip("the_users_own_compilation_has_every_source");
    };
    for (source, what, want) in [
        ("tidal", "actors", 281),
        // 216 have labels; those of one name no trade.
        ("tidal", "actors with trades", 215),
        ("tidal", "actors with countries", 197),
        ("tidal", "uses", 2142),
        ("malpedia", "families", 3683),
        ("malpedia", "families with synonyms", 840),
        ("misp-360net", "actors", 42),
        ("misp-microsoft", "actors", 179),
        ("misp-software", "clusters", 12),
    ] {
        let found = knowledge.sources().iter().find(|s| s.id == source).unwrap();
        let count = found.counts.iter().find(|(label, _)| label == what);
        assert_eq!(count.map(|(_, n)| *n), Some(want), "{source}: {what}");
    }
    // A stale source's targets count where no fresher one speaks, and are set back where one does.
    let actor = |id: &str| knowledge.actor(&ActorId(id.to_owned())).unwrap();
    let lotus = actor("tidal:G0030");
    assert!(
        lotus
            .targets
            .iter()
            .all(|t| !matches!(t.target, Some(tegakari_model::TargetKind::Country(_))))
    );
    assert!(!lotus.older_targets.is_empty());
    let alone = knowledge
        .actors()
        .iter()
        .filter(|a| a.source == "tidal" && !a.targets.is_empty());
    assert!(alone.count() > 50);
    // Names of lists of names need context, and give way to ATT&CK's records in a text.
    let plugx = knowledge.name("PlugX").unwrap();
    assert!(
        plugx.software.iter().all(|s| s.0.starts_with("attack:")),
        "{:?}",
        plugx.software
    );
    assert!(plugx.needs_context.is_none());
    assert!(
        knowledge.records_named("PlugX").len() > 1,
        "shown all the same"
    );
    let fresh = knowledge.names().iter().find(|n| {
        n.actors.is_empty()
            && n.software
                .iter()
                .any(|s| s.0.starts_with("misp:ransomware/"))
    });
    assert!(fresh.unwrap().needs_context.is_some());
    // Names in the writing of their owners.
    let golden = knowledge.records_named("黄金鼠");
    assert_eq!(golden[0].coined_by.as_deref(), Some("360"));
}

/// A bundle as release 19 and later have them: revoked families, a tactic split in two, analytics with log sources, and a kind
/// of object that nobody knows yet.
fn later_release() -> String {
    let reference =
        |id: &str| format!(r#"[{{"source_name":"mitre-attack","external_id":"{id}"}}]"#);
    let pattern = |n: u32, id: &str, name: &str, revoked: bool, phase: &str| {
        format!(
            r#"{{"type":"attack-pattern","id":"attack-pattern--{n}","name":"{name}","revoked":{revoked},"modified":"2026-10-14T00:00:00Z",
            "kill_chain_phases":[{{"kill_chain_name":"mitre-attack","phase_name":"{phase}"}}],"external_references":{}}}"#,
            reference(id)
        )
    };
    let objects = [
        r#"{"type":"x-mitre-collection","id":"x-mitre-collection--1","name":"Enterprise ATT&CK","x_mitre_version":"20.0"}"#.to_owned(),
        pattern(1, "T1562", "Impair Defenses", true, "defense-evasion"),
        pattern(2, "T1685", "Disable or Modify Tools", false, "defense-impairment"),
        pattern(3, "T1059", "Command and Scripting Interpreter", false, "execution"),
        format!(r#"{{"type":"x-mitre-tactic","id":"x-mitre-tactic--1","name":"Defense Evasion","x_mitre_shortname":"defense-evasion","revoked":true,"external_references":{}}}"#, reference("TA0005")),
        format!(r#"{{"type":"x-mitre-tactic","id":"x-mitre-tactic--2","name":"Stealth","x_mitre_shortname":"stealth","external_references":{}}}"#, reference("TA0112")),
        format!(r#"{{"type":"intrusion-set","id":"intrusion-set--1","name":"Grey Heron","aliases":["Grey Heron"],"external_references":{}}}"#, reference("G9000")),
        r#"{"type":"relationship","id":"relationship--1","relationship_type":"revoked-by","source_ref":"attack-pattern--1","target_ref":"attack-pattern--2"}"#.to_owned(),
        r#"{"type":"relationship","id":"relationship--2","relationship_type":"revoked-by","source_ref":"x-mitre-tactic--1","target_ref":"x-mitre-tactic--2"}"#.to_owned(),
        r#"{"type":"relationship","id":"relationship--3","relationship_type":"uses","source_ref":"intrusion-set--1","target_ref":"attack-pattern--2"}"#.to_owned(),
        r#"{"type":"x-mitre-data-component","id":"x-mitre-data-component--1","name":"Process Creation"}"#.to_owned(),
        r#"{"type":"x-mitre-analytic","id":"x-mitre-analytic--1","name":"Analytic 1","x_mitre_platforms":["Windows"],
            "x_mitre_log_source_references":[{"x_mitre_data_component_ref":"x-mitre-data-component--1","name":"WinEventLog:Sysmon","channel":"EventCode=1"}]}"#.to_owned(),
        r#"{"type":"x-mitre-detection-strategy","id":"x-mitre-detection-strategy--1","name":"D","x_mitre_analytic_refs":["x-mitre-analytic--1"]}"#.to_owned(),
        r#"{"type":"relationship","id":"relationship--4","relationship_type":"detects","source_ref":"x-mitre-detection-strategy--1","target_ref":"attack-pattern--2"}"#.to_owned(),
        r#"{"type":"x-mitre-of-tomorrow","id":"x-mitre-of-tomorrow--1","name":"?"}"#.to_owned(),
        r#"{"type":"attack-pattern","id":"attack-pattern--9","name":null}"#.to_owned(),
    ];
    format!(
        r#"{{"type":"bundle","id":"bundle--1","objects":[{}]}}"#,
        objects.join(",")
    )
}

const EARLIER_RELEASE: &str = r#"{"type":"bundle","id":"bundle--0","objects":[
    {"type":"x-mitre-collection","id":"x-mitre-collection--1","x_mitre_version":"9.0"},
    {"type":"attack-pattern","id":"attack-pattern--1","name":"Impair Defenses","external_references":[{"source_name":"mitre-attack","external_id":"T1562"}]},
    {"type":"attack-pattern","id":"attack-pattern--7","name":"Gone Since","external_references":[{"source_name":"mitre-attack","external_id":"T1064"}]},
    {"type":"intrusion-set","id":"intrusion-set--1","name":"Grey Heron","external_references":[{"source_name":"mitre-attack","external_id":"G9000"}]},
    {"type":"relationship","relationship_type":"uses","source_ref":"intrusion-set--1","target_ref":"attack-pattern--7"}]}"#;

#[test]
fn releases_19_and_20_are_read_and_older_ones_are_history() {
    let later = later_release();
    let file = |path, bytes| SourceFile { path, bytes };
    let files = [
        file(
            "attack/enterprise-attack-9.0.json",
            EARLIER_RELEASE.as_bytes(),
        ),
        file("attack/enterprise-attack.json", later.as_bytes()),
    ];
    let knowledge = Knowledge::decode(&compile(&files, Purpose::Use).unwrap()).unwrap();
    let id = |text| TechniqueId::parse(text).unwrap();
    // A technique that was revoked, and a tactic that was split, lead on.
    assert_eq!(
        knowledge.resolve_technique(&id("T1562")).unwrap().current,
        id("T1685")
    );
    assert_eq!(
        knowledge.resolve_technique(&id("TA0005")).unwrap().current,
        id("TA0112")
    );
    let current = knowledge.technique(&id("T1685")).unwrap();
    assert_eq!(current.tactics, ["defense-impairment"]);
    assert_eq!(current.log_sources.len(), 1);
    assert_eq!(
        (
            current.version.as_str(),
            current.log_sources[0].component.as_str()
        ),
        ("20.0", "Process Creation")
    );
    // The newer release says what the group uses; what has gone is still understood.
    let heron = knowledge.actor(&ActorId("attack:G9000".into())).unwrap();
    let used: Vec<&str> = heron.techniques.iter().map(|t| t.what.as_str()).collect();
    assert_eq!(used, ["T1685"]);
    assert_eq!(knowledge.technique(&id("T1064")).unwrap().version, "9.0");
    let source = &knowledge.sources()[0];
    assert_eq!(source.version, "20.0");
    for (what, want) in [
        ("objects of a new kind, not read", 1),
        ("objects not understood", 1),
    ] {
        let count = source.counts.iter().find(|(label, _)| label == what);
        assert_eq!(count.map(|(_, n)| *n), Some(want), "{what}");
    }
}

#[test]
fn a_bundle_cut_in_half_is_told_with_its_place() {
    let later = later_release();
    let file = SourceFile {
        path: "attack/enterprise-attack.json",
        bytes: &later.as_bytes()[..later.len() / 2],
    };
    let error = compile(&[file], Purpose::Use).unwrap_err().to_string();
    for word in [
        "attack/enterprise-attack.json",
        "ends in the middle",
        "get the file again",
    ] {
        assert!(error.contains(word), "{error}");
    }
}

#[test]
fn what_cannot_be_renewed_keeps_what_is_in_use() {
    let base = Knowledge::embedded();
    let kev = SourceFile {
        path: "cisa-kev/known_exploited_vulnerabilities.json",
        bytes: KEV_JSON.as_bytes(),
    };
    let half = SourceFile {
        path: "microsoft-naming/MicrosoftMapping.json",
        bytes: b"[{\"Threat actor name\": \"Al",
    };
    let (bytes, states) = compile_over(base, &[kev, half]).unwrap();
    let renewed: Vec<_> = states.iter().filter(|s| s.renewed).map(|s| s.id).collect();
    assert_eq!(renewed, ["cisa-kev"]);
    let problem = states.iter().find(|s| s.id == "microsoft-naming").unwrap();
    assert!(
        problem
            .problem
            .as_ref()
            .unwrap()
            .to_string()
            .contains("MicrosoftMapping")
    );
    let new = Knowledge::decode(&bytes).unwrap();
    assert_eq!(new.sources().len(), base.sources().len() + 1);
    let told = diff(base, &new);
    assert!(told.actors.is_empty(), "{:?}", told.actors.first());
    assert!(told.techniques_added.is_empty() && told.techniques_retired.is_empty());
    assert_eq!(new.actors().len(), base.actors().len());
    assert_eq!(new.all_software(), base.all_software());
    // Warning lists and infrastructure too.
    let value = |kind, text| tegakari_model::Observable::new(kind, text).unwrap();
    use tegakari_model::ObservableKind::{Domain, Ipv4};
    for one in [
        value(Ipv4, "8.8.8.8"),
        value(Domain, "github.com"),
        value(Domain, "icc.ignorelist.com"),
    ] {
        assert_eq!(new.benign(&one), base.benign(&one));
        assert_eq!(new.infrastructure(&one), base.infrastructure(&one));
    }
    // Citations lead to the same publications.
    let lotus = |k: &Knowledge| {
        let actor = k.actor(&ActorId("attack:G0030".into())).unwrap();
        let urls = actor
            .references
            .iter()
            .map(|r| k.reference(*r).unwrap().url.clone());
        let mut urls: Vec<String> = urls.collect();
        urls.sort();
        urls
    };
    assert_eq!(lotus(&new), lotus(base));
}
