//! A user's own knowledge: what is read, what it rests on, what is never merged, and what broken files cost.

use tegakari_knowledge::own::{OwnFile, OwnSource, OwnTitle, own_id, read_own};
use tegakari_knowledge::{Knowledge, Redistribution, RelatedWhy, Relation, diff};
use tegakari_model::{ActorId, Observable, ObservableKind, SoftwareId, TargetKind, TechniqueId};

fn read(name: &str, files: &[(&str, &str)]) -> OwnSource {
    let files: Vec<OwnFile<'_>> = files
        .iter()
        .map(|(name, text)| OwnFile {
            name,
            bytes: text.as_bytes(),
        })
        .collect();
    read_own(titled(name), &files, Knowledge::embedded()).unwrap()
}

fn titled(name: &str) -> OwnTitle<'_> {
    OwnTitle {
        name,
        date: None,
        last_year: Some(2027),
    }
}

fn over(own: &OwnSource) -> Knowledge {
    Knowledge::decode_with(Knowledge::embedded_bytes(), &[&own.compiled]).unwrap()
}

fn actor(id: &str) -> ActorId {
    ActorId(id.to_owned())
}

const CSV: &str = "\u{feff}actor,relation,object,reference,date,scale
Blue Kiln,name,ブルー・キルン,https://www.example.org/report,2026-03-01,likely
Blue Kiln,uses,T1059.001,https://www.example.org/report,2026-03-01,
Blue Kiln,uses,T1086,,,
Blue Kiln,uses,PlugX,case 12,2026-02,B2
Blue Kiln,uses,Kilnloader,,,
Blue Kiln,targets,Japan,,,
Blue Kiln,targets,telecommunications,,,
Blue Kiln,origin,China,,2026,low confidence
Blue Kiln,overlaps,G0030,,,moderate confidence
Blue Kiln,indicator,hxxps://update.kiln[.]example/x,,2026-02-03,
G0030,uses,T1190,https://www.example.org/other,2026-05,
G0030,indicator,198.51.100.7,,,
";

#[test]
fn a_table_becomes_records_of_a_source_of_its_own() {
    let own = read("My CERT", &[("mine.csv", CSV)]);
    assert_eq!(own.problems, []);
    assert_eq!(
        (own.id.as_str(), own.facts.licence.as_str()),
        ("own:my-cert", "own")
    );
    assert_eq!(own.facts.redistribution, Redistribution::Own);
    assert_eq!(own.facts.date, "2026-05");
    let knowledge = over(&own);
    assert!(
        knowledge
            .version()
            .starts_with(Knowledge::embedded().version())
    );
    assert_ne!(knowledge.version(), Knowledge::embedded().version());
    assert_eq!(knowledge.own_sources().count(), 1);

    let kiln = knowledge.actor(&actor("own:my-cert:bluekiln")).unwrap();
    assert_eq!(kiln.name, "Blue Kiln");
    let used: Vec<&str> = kiln.techniques.iter().map(|t| t.what.as_str()).collect();
    assert_eq!(
        used,
        ["T1059.001"],
        "one id was retired in favour of the other"
    );
    let reference = knowledge
        .reference(kiln.techniques[0].references[0])
        .unwrap();
    assert_eq!(
        (reference.name.as_str(), reference.published.as_str()),
        ("example.org", "2026-03-01")
    );
    let software: Vec<&str> = kiln.software.iter().map(|s| s.what.0.as_str()).collect();
    assert_eq!(software, ["attack:S0013", "own:my-cert:kilnloader"]);
    assert!(
        kiln.targets
            .iter()
            .any(|t| matches!(&t.target, Some(TargetKind::Country(c)) if c.code() == "JP"))
    );
    assert!(kiln.targets.iter().any(
        |t| matches!(&t.target, Some(TargetKind::Sector(s)) if s.name() == "telecommunications")
    ));
    assert_eq!(kiln.origins[0].confidence, "low confidence");
    let b2 = kiln.cited.iter().find(|c| c.scale == "B2").unwrap();
    assert_eq!(
        (b2.part.as_str(), b2.what.as_str(), b2.date.as_str()),
        ("software", "PlugX", "2026-02")
    );
    assert!(kiln.is_own_hypothesis());

    // Names and readings in Japanese, in any width.
    for name in ["ブルー・キルン", "ﾌﾞﾙｰｷﾙﾝ", "Blue Kiln"] {
        let found = knowledge.records_named(name);
        assert_eq!(found.len(), 1, "{name}");
        assert_eq!(found[0].said_by, "own:my-cert");
    }
    let host = Observable::new(ObservableKind::Domain, "update.kiln.example").unwrap();
    assert_eq!(
        knowledge.infrastructure(&host),
        [actor("own:my-cert:bluekiln")]
    );
    // The same bytes from the same files.
    assert_eq!(own.compiled, read("My CERT", &[("mine.csv", CSV)]).compiled);
    // Written as one file, it says the same.
    let whole = Knowledge::decode(&knowledge.to_bytes().unwrap()).unwrap();
    assert_eq!(whole.version(), knowledge.version());
    assert!(diff(&knowledge, &whole).actors.is_empty());
    assert_eq!(whole.infrastructure(&host), knowledge.infrastructure(&host));
}

#[test]
fn an_id_says_who_is_meant_and_a_shared_name_does_not() {
    let own = read("My CERT", &[("mine.csv", CSV)]);
    let knowledge = over(&own);
    let lotus = knowledge.actor(&actor("own:my-cert:lotusblossom")).unwrap();
    assert!(lotus.links.iter().any(|l| l.to == actor("attack:G0030")
        && l.relation == Relation::Same
        && l.said_by == "own:my-cert"));
    assert!(!lotus.is_own_hypothesis());
    // It is a habit of ATT&CK's group, told by the user; the record of ATT&CK says what it said.
    let told: Vec<_> = knowledge
        .campaigns_of(&actor("attack:G0030"))
        .filter(|c| c.source == "own:my-cert")
        .collect();
    assert_eq!(told.len(), 1);
    assert_eq!(
        told[0].techniques[0].what,
        TechniqueId::parse("T1190").unwrap()
    );
    let attack = Knowledge::embedded().actor(&actor("attack:G0030"));
    assert_eq!(knowledge.actor(&actor("attack:G0030")), attack);
    // The same by its name alone: a record beside the others.
    let named = read(
        "Other",
        &[("x.csv", "actor,relation,object\nLotus Blossom,uses,T1190\n")],
    );
    let knowledge = over(&named);
    assert_eq!(
        knowledge
            .campaigns_of(&actor("attack:G0030"))
            .filter(|c| c.source.starts_with("own:"))
            .count(),
        0
    );
    let related = knowledge.related_records(&actor("own:other:lotusblossom"));
    assert!(!related.is_empty());
    assert!(related.iter().all(|r| {
        r.why
            .iter()
            .all(|w| matches!(w, RelatedWhy::SharesName { .. }))
    }));
    let change = diff(Knowledge::embedded(), &knowledge);
    assert_eq!(change.actors.len(), 1);
}

const STIX: &str = r#"{"type":"bundle","id":"bundle--1","objects":[
 {"type":"intrusion-set","id":"intrusion-set--1","name":"Blue Kiln","aliases":["Kiln Team","青い窯"],"modified":"2026-04-02T00:00:00Z"},
 {"type":"threat-actor","id":"threat-actor--1","name":"Lotus Blossom (ours)","external_references":[{"source_name":"mitre-attack","external_id":"G0030"}]},
 {"type":"attack-pattern","id":"attack-pattern--1","name":"PowerShell","external_references":[{"source_name":"mitre-attack","external_id":"T1059.001"}]},
 {"type":"attack-pattern","id":"attack-pattern--2","name":"Our own idea"},
 {"type":"malware","id":"malware--1","name":"Kilnloader","is_family":true,"aliases":["KLDR"]},
 {"type":"tool","id":"tool--1","name":"Mimikatz","external_references":[{"source_name":"mitre-attack","external_id":"S0002"}]},
 {"type":"campaign","id":"campaign--1","name":"Operation Oven","first_seen":"2026-01-01T00:00:00Z"},
 {"type":"identity","id":"identity--1","name":"Victims","identity_class":"class","sectors":["telecommunications"]},
 {"type":"location","id":"location--1","country":"JP"},
 {"type":"indicator","id":"indicator--1","pattern":"[domain-name:value = 'oven.example']","pattern_type":"stix"},
 {"type":"indicator","id":"indicator--2","pattern":"[file:hashes.MD5 = 'aa']","pattern_type":"stix"},
 {"type":"x-other","id":"x-other--1"},
 {"type":"relationship","id":"relationship--1","relationship_type":"uses","source_ref":"intrusion-set--1","target_ref":"attack-pattern--1","modified":"2026-05-01T00:00:00Z","confidence":70,"external_references":[{"source_name":"Report","url":"https://example.org/a"}]},
 {"type":"relationship","id":"relationship--2","relationship_type":"uses","source_ref":"intrusion-set--1","target_ref":"malware--1"},
 {"type":"relationship","id":"relationship--3","relationship_type":"uses","source_ref":"threat-actor--1","target_ref":"tool--1"},
 {"type":"relationship","id":"relationship--4","relationship_type":"targets","source_ref":"intrusion-set--1","target_ref":"identity--1"},
 {"type":"relationship","id":"relationship--5","relationship_type":"targets","source_ref":"intrusion-set--1","target_ref":"location--1"},
 {"type":"relationship","id":"relationship--6","relationship_type":"attributed-to","source_ref":"campaign--1","target_ref":"intrusion-set--1"},
 {"type":"relationship","id":"relationship--7","relationship_type":"indicates","source_ref":"indicator--1","target_ref":"intrusion-set--1"},
 {"type":"relationship","id":"relationship--8","relationship_type":"indicates","source_ref":"indicator--2","target_ref":"intrusion-set--1"},
 {"type":"relationship","id":"relationship--9","relationship_type":"uses","source_ref":"malware--1","target_ref":"attack-pattern--1"},
 {"type":"relationship","id":"relationship--10","relationship_type":"uses","source_ref":"intrusion-set--404","target_ref":"attack-pattern--1"}
]}"#;

#[test]
fn a_bundle_is_read_by_its_relationships() {
    let own = read("bundle", &[("b.json", STIX)]);
    let knowledge = over(&own);
    let kiln = knowledge.records_named("青い窯");
    let [one] = kiln.as_slice() else {
        panic!("{kiln:?}")
    };
    let tegakari_knowledge::RecordRef::Actor(id) = &one.record else {
        panic!()
    };
    let kiln = knowledge.actor(id).unwrap();
    assert_eq!(kiln.techniques[0].what.as_str(), "T1059.001");
    assert_eq!(kiln.modified, "2026-04-02");
    assert!(kiln.cited.iter().any(|c| c.scale == "STIX confidence 70"
        && c.date == "2026-05-01"
        && c.reference.is_some()));
    assert_eq!(
        kiln.software[0].what,
        SoftwareId("own:bundle:kilnloader".into())
    );
    assert_eq!(
        knowledge.software(&kiln.software[0].what).unwrap().aliases,
        ["KLDR"]
    );
    assert_eq!(kiln.targets.len(), 2);
    assert_eq!(
        knowledge.campaigns_of(id).next().unwrap().name,
        "Operation Oven"
    );
    let host = Observable::new(ObservableKind::Domain, "oven.example").unwrap();
    assert_eq!(knowledge.infrastructure(&host), std::slice::from_ref(id));
    let told: Vec<_> = knowledge
        .campaigns_of(&actor("attack:G0030"))
        .filter(|c| c.source == "own:bundle")
        .collect();
    assert_eq!(told[0].software[0].what.0, "attack:S0002");
    // Three records were of no use, and each says why and where.
    let places: Vec<&str> = own.problems.iter().map(|p| p.place.as_str()).collect();
    assert_eq!(
        places,
        [
            "b.json#/objects/3",
            "b.json#/objects/19",
            "b.json#/objects/21"
        ],
        "{:?}",
        own.problems
    );
    assert!(
        own.problems
            .iter()
            .all(|p| !p.what.is_empty() && !p.hint.is_empty() && p.records_lost == 1)
    );
}

const EVENT: &str = r#"{"Event":{"info":"Kiln again","date":"2026-06-01",
 "Galaxy":[{"type":"threat-actor","GalaxyCluster":[{"value":"Blue Kiln","meta":{}}]},
  {"type":"mitre-attack-pattern","GalaxyCluster":[{"value":"PowerShell - T1059.001","meta":{"external_id":["T1059.001"]}}]},
  {"type":"mitre-malware","GalaxyCluster":[{"value":"PlugX - S0013","meta":{"external_id":["S0013"]}}]}],
 "Attribute":[{"type":"link","value":"https://example.org/kiln"},{"type":"domain","value":"kiln.example","to_ids":true},
  {"type":"domain","value":"harmless.example","to_ids":false},{"type":"md5","value":"0cc175b9c0f1b6a831c399e269772661","to_ids":true}],
 "Object":[{"Attribute":[{"type":"ip-dst|port","value":"198.51.100.9|443","to_ids":true}]}]}}"#;

const CLUSTER: &str = r#"{"name":"Ours","type":"threat-actor","category":"actor","version":1,"values":[
 {"value":"Blue Kiln","uuid":"5b5b0e9a-0000-4000-8000-000000000001","meta":{"synonyms":["Kiln Team","G0030"],"country":"CN","refs":["https://example.org/1","https://example.org/2"],"targeted-sector":["Government, Administration"]}},
 {"value":7}, {"value":"\u001b[31mred"}]}"#;

#[test]
fn misp_events_and_clusters_are_read() {
    let own = read("event", &[("e.json", EVENT)]);
    assert_eq!(own.problems, []);
    let knowledge = over(&own);
    let kiln = knowledge.actor(&actor("own:event:bluekiln")).unwrap();
    assert_eq!(kiln.techniques.len(), 1);
    assert_eq!(kiln.software[0].what.0, "attack:S0013");
    assert_eq!(kiln.infrastructure, 2);
    let reference = knowledge
        .reference(kiln.techniques[0].references[0])
        .unwrap();
    assert_eq!(
        (reference.url.as_str(), reference.published.as_str()),
        ("https://example.org/kiln", "2026-06-01")
    );

    let own = read("cluster", &[("c.json", CLUSTER)]);
    let places: Vec<&str> = own.problems.iter().map(|p| p.place.as_str()).collect();
    assert_eq!(
        places,
        ["c.json#/values/1", "c.json#/values/2"],
        "{:?}",
        own.problems
    );
    let knowledge = over(&own);
    let found = knowledge.records_named("Kiln Team");
    let tegakari_knowledge::RecordRef::Actor(id) = &found[0].record else {
        panic!()
    };
    let kiln = knowledge.actor(id).unwrap();
    assert_eq!(kiln.references.len(), 2);
    assert!(kiln.links.iter().any(|l| l.to == actor("attack:G0030")));
    assert_eq!(kiln.origins[0].country.as_ref().unwrap().code(), "CN");
}

#[test]
fn broken_files_cost_their_records_and_say_where() {
    let csv = "actor;relation;object;date\n\
        Blue Kiln;uses;T1059;\n\
        Blue Kiln;uses;T9999;\n\
        Blue Kiln;adores;T1059;\n\
        ;uses;T1059;\n\
        Blue Kiln;uses;;\n\
        Blue Kiln;uses;T1190;yesterday\n\
        Blue Kiln;same;Nobody At All;\n\
        Blue Kiln;similar;Lotus Blossom;\n\
        Blue Kiln;indicator;not a host;\n\
        \u{1b}[31m;uses;T1059;\n\
        Blue";
    let own = read(
        "mixed",
        &[
            ("m.csv", csv),
            ("half.json", &STIX[..STIX.len() / 2]),
            ("empty.csv", ""),
        ],
    );
    let told: Vec<String> = own
        .problems
        .iter()
        .map(|p| format!("{} {}", p.place, p.what))
        .collect();
    for (place, word) in [
        ("m.csv:3", "T9999"),
        ("m.csv:4", "adores"),
        ("m.csv:5", "nothing in the column actor"),
        ("m.csv:6", "nothing in the column object"),
        ("m.csv:7", "yesterday"),
        ("m.csv:8", "Nobody At All"),
        ("m.csv:9", "records are called"),
        ("m.csv:10", "no domain"),
        ("m.csv:11", "control"),
        ("m.csv:12", "nothing in the column relation and object"),
        ("half.json", "ends in the middle"),
        ("empty.csv", "empty"),
    ] {
        assert!(
            told.iter()
                .any(|t| t.starts_with(&format!("{place} ")) && t.contains(word)),
            "{place} {word}: {told:#?}"
        );
    }
    let knowledge = over(&own);
    let kiln = knowledge.actor(&actor("own:mixed:bluekiln")).unwrap();
    let used: Vec<&str> = kiln.techniques.iter().map(|t| t.what.as_str()).collect();
    assert_eq!(
        used,
        ["T1059", "T1190"],
        "the one good row, and the one whose date alone is bad"
    );
    for text in [
        "",
        "{",
        "[]",
        "{}",
        "null",
        "actor,relation\na,b\n",
        "%PDF-1.7",
        "\u{fffd}\u{0}",
    ] {
        let file = OwnFile {
            name: "x",
            bytes: text.as_bytes(),
        };
        let error = read_own(titled("x"), &[file], Knowledge::embedded()).err();
        let error = error
            .unwrap_or_else(|| panic!("{text:?} was read"))
            .to_string();
        assert!(error.contains("nothing in it"), "{text:?}: {error}");
    }
}

fn count(own: &OwnSource, label: &str) -> u64 {
    let found = own.facts.counts.iter().find(|(what, _)| what == label);
    found.map_or(0, |(_, n)| *n)
}

/// Places of the problems, with what is wrong.
fn told(own: &OwnSource) -> Vec<(&str, &str)> {
    let problems = own.problems.iter();
    problems
        .map(|p| (p.place.as_str(), p.what.as_str()))
        .collect()
}

#[test]
fn what_has_a_date_that_is_none_goes_on_without_it() {
    let csv = "actor,relation,object,date\nBlue Kiln,uses,T1059,2026-13-45\nBlue Kiln,uses,T1190,2026-02-28\n";
    let stix = STIX.replacen("2026-04-02T00", "2026-02-30T00", 1).replacen(
        "2026-01-01T00:00:00Z",
        "soon",
        1,
    );
    let event = EVENT.replace("2026-06-01", "2026-06-31");
    let files = [
        ("d.csv", csv),
        ("d.json", stix.as_str()),
        ("e.json", event.as_str()),
    ];
    let own = read("dates", &files);
    for (place, word) in [
        ("d.csv:2", "2026-13-45"),
        ("d.json#/objects/0/modified", "2026-02-30"),
        ("d.json#/objects/6/first_seen", "soon"),
        ("e.json event 1/date", "2026-06-31"),
    ] {
        let all = told(&own);
        let found = all.iter().filter(|(p, w)| *p == place && w.contains(word));
        assert_eq!(found.count(), 1, "{place} {word}: {all:#?}");
    }
    assert_eq!(count(&own, "dates not understood"), 4);
    assert_eq!(own.facts.date, "2026-05-01");
    let knowledge = over(&own);
    let kiln = knowledge.actor(&actor("own:dates:bluekiln")).unwrap();
    let used: Vec<&str> = kiln.techniques.iter().map(|t| t.what.as_str()).collect();
    assert_eq!(used, ["T1059", "T1059.001", "T1190"]);
    assert!(kiln.cited.iter().all(|c| !c.date.contains("-13-")));
}

#[test]
fn a_quote_that_is_not_closed_costs_its_row_and_is_told_where_it_opened() {
    let head = "actor,relation,object,reference\n";
    for (rows, lines, used) in [
        // To the end of the file.
        (
            "A,uses,T1059,x\nA,uses,\"T1190,x\nA,uses,T1105,x\n",
            vec![3],
            ["T1059", "T1105"],
        ),
        // Up to the next cell in quotes.
        (
            "A,uses,T1059,\"x\nA,uses,T1105,x\nA,uses,T1190,\"two, words\"\n",
            vec![2],
            ["T1105", "T1190"],
        ),
        // Up to a stray quote at the end of a later row.
        (
            "A,uses,\"T1059,x\nA,uses,T1190,x\"\nA,uses,T1105,x\n",
            vec![2],
            ["T1105", "T1190"],
        ),
        // Every row.
        (
            "A,uses,\"T1059\nA,uses,\"T1190\r\nA,uses,T1105,x\nA,uses,T1021,\"\"\n",
            vec![2, 3],
            ["T1021", "T1105"],
        ),
        // A cell of several lines before it is none of its business.
        (
            "A,uses,T1059,\"one\n\"\"two\"\", three\"\nA,uses,T1190,\"x\nA,uses,T1105,y",
            vec![4],
            ["T1059", "T1105"],
        ),
    ] {
        let own = read("quotes", &[("q.csv", &format!("{head}{rows}"))]);
        let want: Vec<String> = lines.iter().map(|n| format!("q.csv:{n}")).collect();
        let all = told(&own);
        assert!(
            all.iter().all(|(_, what)| what.contains("quote")),
            "{all:?}"
        );
        let places: Vec<&str> = all.iter().map(|(place, _)| *place).collect();
        assert_eq!(places, want, "{rows:?}");
        assert_eq!(count(&own, "records not understood"), want.len() as u64);
        let knowledge = over(&own);
        let found = knowledge.actor(&actor("own:quotes:a")).unwrap();
        let found: Vec<&str> = found.techniques.iter().map(|t| t.what.as_str()).collect();
        assert_eq!(found, used, "{rows:?}");
    }
    // Empty cells are told by their columns.
    let own = read(
        "quotes",
        &[(
            "q.csv",
            &format!(
                "{head}A,uses,T1059\n,uses,T1105\nA,,\nA,uses\n\r\n\nA,uses,\"T1190\nA,,T1190"
            ),
        )],
    );
    assert_eq!(told(&own)[0].0, "q.csv:8");
    assert_eq!(
        told(&own)[1..],
        [
            ("q.csv:3", "nothing in the column actor"),
            ("q.csv:4", "nothing in the column relation and object"),
            ("q.csv:5", "nothing in the column object"),
            ("q.csv:9", "nothing in the column relation"),
        ]
    );
}

#[test]
fn an_id_of_attacks_form_that_is_not_known_makes_no_record() {
    let csv = "actor,relation,object\nG9999,uses,T1059\ng9998,indicator,a.example\nattack:G9997,uses,T1059\n\
        Blue Kiln,overlaps,G9999\nBlue Kiln,uses,S9999\nBlue Kiln,uses,T1059\n\
        Blue Kiln,overlaps,G9000\nG9000,uses,T1190\nG9000,name,Red Kiln\nG9000,name,Kiln of ours\n";
    let own = read("ids", &[("i.csv", csv)]);
    let all = told(&own);
    let version = Knowledge::embedded().sources().iter();
    let version = version.filter(|s| s.id == "attack-enterprise");
    let version = version.map(|s| format!("ATT&CK {}", s.version)).next();
    let version = version.unwrap();
    for (line, id) in [
        (2, "G9999"),
        (3, "g9998"),
        (4, "attack:G9997"),
        (5, "G9999"),
        (6, "S9999"),
        // Its own row comes later.
        (8, "Red Kiln"),
    ] {
        let place = format!("i.csv:{line}");
        let mut here = all.iter().filter(|(p, _)| *p == place);
        let what = here.next().unwrap_or_else(|| panic!("{line}: {all:#?}")).1;
        assert!(what.contains(id), "{line}: {what}");
        assert!(line == 8 || what.contains(&version), "{line}: {what}");
    }
    assert_eq!(all.len(), 6, "{all:#?}");
    let knowledge = over(&own);
    let ours: Vec<&str> = knowledge
        .actors()
        .iter()
        .filter(|a| a.source == own.id)
        .map(|a| a.name.as_str())
        .collect();
    assert_eq!(ours, ["Blue Kiln", "Red Kiln"]);
    let red = knowledge.actor(&actor("own:ids:redkiln")).unwrap();
    assert_eq!(red.techniques.len(), 1);
    let names: Vec<&str> = red.aliases.iter().map(|a| a.name.as_str()).collect();
    assert_eq!(names, ["G9000", "Kiln of ours"]);

    // A STIX object and a galaxy give the name beside the id.
    let stix = STIX.replace("G0030", "G9999").replace("S0002", "S9999");
    let event = EVENT.replace("S0013", "S9999");
    let own = read("ids", &[("b.json", &stix), ("e.json", &event)]);
    let knowledge = over(&own);
    let mut software: Vec<&str> = knowledge
        .all_software()
        .iter()
        .filter(|s| s.source == own.id)
        .map(|s| s.name.as_str())
        .collect();
    software.sort_unstable();
    assert_eq!(software, ["Kilnloader"], "Mimikatz and PlugX are ATT&CK's");
}

#[test]
fn names_values_and_second_objects_that_do_not_fit_are_told_and_the_rest_is_kept() {
    let long = "x".repeat(300);
    let stix = r#"{"type":"bundle","id":"bundle--1","objects":[
 {"type":"intrusion-set","id":"intrusion-set--1","name":"Blue Kiln","aliases":["Kiln Team","a\u001bb","LONG",7,"Kiln Team"],"modified":"2026-04-02T00:00:00Z"},
 {"type":"malware","id":"malware--1","name":"Kilnloader","is_family":true,"aliases":["KLDR","LONG"],"x_mitre_aliases":["LONG","a\u0007b"]},
 {"type":"campaign","id":"campaign--1","name":"Operation Oven","aliases":["Oven","a\u001bb"]},
 {"type":"intrusion-set","id":"intrusion-set--1","name":"Red Kiln","modified":"2026-01-01T00:00:00Z"},
 {"type":"attack-pattern","id":"attack-pattern--1","name":"PowerShell","external_references":[{"source_name":"mitre-attack","external_id":"T1059.001"}]},
 {"type":"relationship","id":"relationship--1","relationship_type":"uses","source_ref":"intrusion-set--1","target_ref":"attack-pattern--1"},
 {"type":"relationship","id":"relationship--1","relationship_type":"uses","source_ref":"intrusion-set--1","target_ref":"malware--1"},
 {"type":"relationship","id":"relationship--2","relationship_type":"uses","source_ref":"intrusion-set--1","target_ref":"attack-pattern--1"},
 {"type":"relationship","id":"relationship--3","relationship_type":"uses","source_ref":"malware--1","target_ref":"attack-pattern--1"},
 {"type":"relationship","id":"relationship--4","relationship_type":"uses","source_ref":"malware--1","target_ref":"attack-pattern--1"}]}"#
        .replace("LONG", &long);
    let own = read("odd", &[("s.json", &stix)]);
    let places: Vec<&str> = told(&own).iter().map(|(place, _)| *place).collect();
    assert_eq!(
        places,
        [
            "s.json#/objects/0/aliases/3",
            "s.json#/objects/0/aliases/1",
            "s.json#/objects/0/aliases/2",
            "s.json#/objects/1/aliases/1",
            "s.json#/objects/1/x_mitre_aliases/0",
            "s.json#/objects/1/x_mitre_aliases/1",
            "s.json#/objects/2/aliases/1",
            "s.json#/objects/3",
            "s.json#/objects/6",
        ],
        "{:#?}",
        own.problems
    );
    assert!(
        own.problems
            .iter()
            .all(|p| !p.hint.is_empty() && p.what.len() < 250)
    );
    assert_eq!(count(&own, "records not understood"), 9);
    // Two names, what the actor and the malware use: what is said twice is one assertion.
    assert_eq!(count(&own, "assertions"), 3, "{:?}", own.facts.counts);
    let knowledge = over(&own);
    let ours = knowledge.actors().iter().filter(|a| a.source == own.id);
    let ours: Vec<_> = ours.collect();
    assert_eq!(ours.len(), 1);
    assert_eq!(ours[0].name, "Blue Kiln");
    let aliases: Vec<&str> = ours[0].aliases.iter().map(|a| a.name.as_str()).collect();
    assert_eq!(aliases, ["Kiln Team"]);
    assert_eq!(ours[0].techniques.len(), 1);

    // The newest version of an object counts, wherever it stands.
    let newer = stix.replace("2026-01-01T", "2026-06-01T");
    let knowledge = over(&read("odd", &[("s.json", &newer)]));
    assert_eq!(knowledge.records_named("Red Kiln").len(), 1);
    assert!(knowledge.records_named("Kiln Team").is_empty());

    let cluster = CLUSTER.replace(
        r#""Kiln Team","#,
        &format!(r#""Kiln Team","a\u001bb","{long}",9,"#),
    );
    let second = r#",{"value":"Red Kiln","uuid":"5B5B0E9A-0000-4000-8000-000000000001"}]}"#;
    let cluster = format!("{}{second}", cluster.trim_end_matches("]}"));
    let own = read("odd", &[("c.json", &cluster)]);
    let all = told(&own);
    let places: Vec<&str> = all.iter().map(|(place, _)| *place).collect();
    assert_eq!(
        places,
        [
            "c.json#/values/0/meta/synonyms/3",
            "c.json#/values/0/meta/synonyms/1",
            "c.json#/values/0/meta/synonyms/2",
            "c.json#/values/1",
            "c.json#/values/2",
            "c.json#/values/3",
        ],
        "{all:#?}"
    );
    let knowledge = over(&own);
    assert_eq!(knowledge.records_named("Kiln Team").len(), 1);

    let event = EVENT
        .replace(
            r#"{"type":"link""#,
            r#"{"type":"md5","value":"0cc175b9","to_ids":true},{"type":"ip-dst","value":"198.51.100.999","to_ids":true},
               {"type":"domain","value":"no domain at all","to_ids":false},{"type":"filename|sha1","value":"a.exe|zz","to_ids":true},
               {"type":"domain|ip","value":"oven.example|203.0.113.7","to_ids":true},{"type":"link""#,
        )
        .replace(r#""info""#, r#""uuid":"5b5b0e9a-0000-4000-8000-000000000002","info""#);
    let twice = format!("[{event},{event}]");
    let own = read("odd", &[("e.json", &twice)]);
    let places: Vec<&str> = told(&own).iter().map(|(place, _)| *place).collect();
    assert_eq!(
        places,
        [
            "e.json event 1/Attribute/0",
            "e.json event 1/Attribute/1",
            "e.json event 1/Attribute/2",
            "e.json event 1/Attribute/3",
            "e.json event 2",
        ],
        "{:#?}",
        own.problems
    );
    assert_eq!(count(&own, "records not understood"), 5);
    assert_eq!(count(&own, "indicators"), 4, "both halves of domain|ip");
}

#[test]
fn a_thousand_problems_are_counted_not_all_told() {
    let rows: String = (0..1000)
        .map(|n| format!("Blue Kiln,uses,T9{n:03}\n"))
        .collect();
    let text = format!("actor,relation,object\nBlue Kiln,uses,T1059\n{rows}");
    let own = read("many", &[("m.csv", &text)]);
    assert!(own.problems.len() < 250);
    let objects: String = (0..1000)
        .map(|n| format!(r#",{{"type":"x-kind-{n}","id":"x-kind-{n}--1"}}"#))
        .collect();
    let stix = format!(
        r#"{{"type":"bundle","id":"bundle--1","objects":[{{"type":"intrusion-set","id":"intrusion-set--1","name":"Blue Kiln"}}{objects}]}}"#
    );
    let kinds = read("many", &[("m.json", &stix)]);
    assert!(kinds.remarks.len() < 250);
    assert_eq!(count(&kinds, "passed over"), 1000);
    assert_eq!(
        own.problems.iter().map(|p| p.records_lost).sum::<u64>(),
        1000
    );
}

#[test]
fn ids_of_sources_are_harmless_as_names_of_folders() {
    for name in ["..", "/etc/passwd", "a/b", "C:\\x", "\u{202e}x", " "] {
        let id = own_id(name);
        let slug = id.strip_prefix("own:").unwrap();
        assert!(
            !slug.is_empty() && slug.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'),
            "{name:?} {slug}"
        );
    }
}

#[test]
fn what_is_no_place_value_or_program_is_told_and_not_taken() {
    let csv = "actor,relation,object,date\nBlue Kiln,uses,T1059,\n\
        Blue Kiln,targets,Atlantis,\nBlue Kiln,targets,ZZ,\nBlue Kiln,origin,xyzzy,\nBlue Kiln,origin,government,\n\
        Blue Kiln,indicator,8.8.8.8,\nBlue Kiln,indicator,10.0.0.1,\nBlue Kiln,indicator,google.com,\n\
        Blue Kiln,indicator,https://github.com/kiln/x,\nBlue Kiln,indicator,localhost,\nBlue Kiln,indicator,co.jp,\n\
        Blue Kiln,uses,M1040,\nBlue Kiln,uses,DS0029,\nBlue Kiln,uses,CVE-2021-44228,\nBlue Kiln,uses,G0030,\n\
        Blue Kiln,uses,198.51.100.7,\nS0013,uses,T1190,\nT1190,uses,T1190,\n\
        Blue Kiln,targets,Korea, Republic of,x\n";
    let own = read("odd", &[("o.csv", csv)]);
    let all = told(&own);
    for (line, word) in [
        (3, "\"Atlantis\" is no country"),
        (4, "\"ZZ\" is no country"),
        (5, "\"xyzzy\" is no country"),
        (6, "\"government\" is no country"),
        (7, "public resolver"),
        (8, "not routed"),
        (9, "google.com is no actor's own"),
        (10, "github.com is no actor's own"),
        (11, "localhost"),
        (12, "co.jp"),
        (13, "a mitigation of ATT&CK"),
        (14, "a data source of ATT&CK"),
        (15, "a vulnerability"),
        (16, "a group of ATT&CK"),
        (17, "a value (ipv4)"),
        (18, "software of ATT&CK, not an actor"),
        (19, "a technique of ATT&CK, not an actor"),
        (20, "5 cells, where the first line has 4"),
    ] {
        let place = format!("o.csv:{line}");
        let found = all.iter().find(|(p, _)| *p == place);
        let what = found.unwrap_or_else(|| panic!("{line}: {all:#?}")).1;
        assert!(what.contains(word), "{line}: {what}");
    }
    assert_eq!(all.len(), 18, "{all:#?}");
    assert_eq!(count(&own, "records not understood"), 18);
    let knowledge = over(&own);
    let ours = knowledge.actors().iter().filter(|a| a.source == own.id);
    let kiln = ours.collect::<Vec<_>>();
    assert_eq!(kiln.len(), 1);
    assert!(kiln[0].targets.is_empty() && kiln[0].origins.is_empty());
    assert_eq!((kiln[0].infrastructure, kiln[0].software.len()), (0, 0));

    // What one may mean all the same.
    let csv = "actor,relation,object\nBlue Kiln,targets,日本\nBlue Kiln,targets,Southeast Asia\nBlue Kiln,targets,政府\n\
        Blue Kiln,origin,kp\nBlue Kiln,indicator,kiln.github.io\nBlue Kiln,indicator,203.0.113.7\nBlue Kiln,indicator,oven.example\n";
    let own = read("fine", &[("f.csv", csv)]);
    assert_eq!(own.problems, []);
    assert_eq!(own.remarks, []);
    let knowledge = over(&own);
    let kiln = knowledge.actor(&actor("own:fine:bluekiln")).unwrap();
    assert_eq!(kiln.infrastructure, 3);
    let targets: Vec<Option<&TargetKind>> =
        kiln.targets.iter().map(|t| t.target.as_ref()).collect();
    assert_eq!(targets.iter().flatten().count(), 2, "{targets:?}");
    assert_eq!(kiln.origins[0].country.as_ref().unwrap().code(), "KP");
}

#[test]
fn dates_far_ahead_and_before_computers_are_told_and_left_out() {
    let csv = "actor,relation,object,date\nBlue Kiln,uses,T1059,3026-01-01\nBlue Kiln,uses,T1190,2028\n\
        Blue Kiln,uses,T1105,1926-03\nBlue Kiln,uses,T1021,2027-12-31\n";
    let stix = STIX.replace("2026-05-01T00", "3026-05-01T00");
    let own = read("ahead", &[("a.csv", csv), ("b.json", &stix)]);
    let all = told(&own);
    for place in [
        "a.csv:2",
        "a.csv:3",
        "a.csv:4",
        "b.json#/objects/12/modified",
    ] {
        let found = all.iter().find(|(p, _)| *p == place);
        let what = found.unwrap_or_else(|| panic!("{place}: {all:#?}")).1;
        assert!(what.contains("1980 to 2027"), "{what}");
    }
    assert_eq!(count(&own, "dates not understood"), 4);
    assert_eq!(own.facts.date, "2027-12-31");
    let knowledge = over(&own);
    let kiln = knowledge.actor(&actor("own:ahead:bluekiln")).unwrap();
    assert_eq!(kiln.techniques.len(), 4);
    assert_eq!(kiln.last_activity, "2027-12-31");
    // Without a year to go by, any is taken.
    let file = OwnFile {
        name: "a.csv",
        bytes: csv.as_bytes(),
    };
    let title = OwnTitle {
        last_year: None,
        ..titled("ahead")
    };
    let own = read_own(title, &[file], Knowledge::embedded()).unwrap();
    assert_eq!(count(&own, "dates not understood"), 1);
}

#[test]
fn what_a_bundle_says_and_is_not_kept_is_told() {
    let stix = r#"{"type":"bundle","id":"bundle--1","objects":[
 {"type":"intrusion-set","id":"intrusion-set--1","name":"Old Kiln","modified":"soon"},
 {"type":"intrusion-set","id":"intrusion-set--1","name":"New Kiln","modified":"2026-04-02T00:00:00.5Z"},
 {"type":"tool","id":"tool--1","name":"Mimikatz","aliases":["Mimikatz","Kilnkatz"],"external_references":[{"source_name":"mitre-attack","external_id":"S0002"}]},
 {"type":"attack-pattern","id":"attack-pattern--1","name":"LSASS Memory","external_references":[{"source_name":"mitre-attack","external_id":"T1003.001"}]},
 {"type":"attack-pattern","id":"attack-pattern--2","name":"Drive-by","external_references":[{"source_name":"mitre-attack","external_id":"T1189"}]},
 {"type":"vulnerability","id":"vulnerability--1","name":"CVE-2021-44228"},
 {"type":"indicator","id":"indicator--1","pattern":"[domain-name:value = 'oven.example']","pattern_type":"stix"},
 {"type":"indicator","id":"indicator--2","pattern":"[domain-name:value = 'kiln.example']","pattern_type":"stix"},
 {"type":"relationship","id":"relationship--1","relationship_type":"related-to","source_ref":"intrusion-set--1","target_ref":"intrusion-set--1"},
 {"type":"relationship","id":"relationship--2","relationship_type":"uses","source_ref":"tool--1","target_ref":"attack-pattern--1"},
 {"type":"relationship","id":"relationship--3","relationship_type":"uses","source_ref":"tool--1","target_ref":"attack-pattern--2"},
 {"type":"relationship","id":"relationship--4","relationship_type":"uses","source_ref":"intrusion-set--1","target_ref":"tool--1"},
 {"type":"relationship","id":"relationship--5","relationship_type":"targets","source_ref":"intrusion-set--1","target_ref":"vulnerability--1"},
 {"type":"relationship","id":"relationship--6","relationship_type":"indicates","source_ref":"indicator--1","target_ref":"tool--1"},
 {"type":"relationship","id":"relationship--7","relationship_type":"uses","source_ref":"intrusion-set--1","target_ref":"attack-pattern--2","revoked":true}
]}"#;
    let own = read("bundle", &[("b.json", stix)]);
    let all = told(&own);
    for (place, word) in [
        ("b.json#/objects/0", "#/objects/1 counts"),
        ("b.json#/objects/2/aliases/1", "Kilnkatz"),
        ("b.json#/objects/8", "with itself"),
        ("b.json#/objects/10", "T1189"),
    ] {
        let found = all.iter().find(|(p, _)| *p == place);
        let what = found.unwrap_or_else(|| panic!("{place}: {all:#?}")).1;
        assert!(what.contains(word), "{place}: {what}");
    }
    assert_eq!(all.len(), 4, "{all:#?}");
    let remarks: Vec<&str> = own.remarks.iter().map(|r| r.what.as_str()).collect();
    assert_eq!(
        remarks,
        [
            "indicators that no relationship says to be anybody's: 1",
            "objects of the type \"vulnerability\": 1",
            "relationships from an actor to an object of another type that are not used here: 1",
            "relationships from an indicator to software that are not used here: 1",
            "relationships that were revoked: 1",
        ]
    );
    assert!(
        own.remarks
            .iter()
            .all(|r| r.place == "b.json" && r.records_lost == 0)
    );
    assert_eq!(count(&own, "passed over"), 5);
    let knowledge = over(&own);
    let ours = knowledge.actors().iter().filter(|a| a.source == own.id);
    let ours: Vec<_> = ours.collect();
    assert_eq!((ours.len(), ours[0].name.as_str()), (1, "New Kiln"));
    assert!(ours[0].links.is_empty());
    // An end that is missing is a loss, whatever else has no id.
    let stix = r#"{"type":"bundle","id":"bundle--1","objects":[{"type":"note"},
 {"type":"intrusion-set","id":"intrusion-set--1","name":"Blue Kiln"},
 {"type":"relationship","id":"relationship--1","relationship_type":"uses","source_ref":"intrusion-set--1"}]}"#;
    let own = read("ends", &[("b.json", stix), ("empty.csv", " ")]);
    let places: Vec<&str> = told(&own).iter().map(|(place, _)| *place).collect();
    assert_eq!(places, ["b.json#/objects/2", "empty.csv"]);
    assert_eq!(count(&own, "records not understood"), 2);

    let own = read("event", &[("e.json", EVENT)]);
    assert_eq!(own.problems, []);
    let remarks: Vec<&str> = own.remarks.iter().map(|r| r.what.as_str()).collect();
    assert_eq!(remarks.len(), 2, "{remarks:?}");
    assert!(remarks[0].contains("\"md5\""), "{remarks:?}");
    assert!(
        remarks[1].contains("not marked for detection"),
        "{remarks:?}"
    );
}

#[test]
fn files_that_say_nothing_are_told_why() {
    for text in [
        r#"{"type": "bundle", "id": "bundle--1", "objects": []}"#,
        r#"{"objects": []}"#,
        r#"{"values": []}"#,
        "[]",
    ] {
        let file = OwnFile {
            name: "ours.json",
            bytes: text.as_bytes(),
        };
        let error = read_own(titled("ours"), &[file], Knowledge::embedded()).unwrap_err();
        let said = error.to_string();
        assert!(
            said.contains("ours.json") && said.contains("give a STIX 2 bundle"),
            "{text}: {said}"
        );
    }
}
