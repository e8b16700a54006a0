//! Broken input gives an error that says what is wrong, and no panic.

use tegakari_knowledge::Knowledge;
use tegakari_knowledge::codec::CodecError;
use tegakari_knowledge::sources::{ALL, SourceFile};

use crate::{published, skip};

fn embedded() -> Vec<u8> {
    std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/data/knowledge.bin")).unwrap()
}

#[test]
fn a_cut_file_is_an_error_wherever_it_is_cut() {
    let bytes = embedded();
    let ends = (0..64).chain((64..bytes.len()).step_by(bytes.len() / 40));
    for end in ends {
        let Err(error) = Knowledge::decode(&bytes[..end]) else {
            panic!("cut at {end} was read");
        };
        assert!(!error.to_string().is_empty());
    }
    let mut longer = bytes;
    longer.push(0);
    assert_eq!(
        Knowledge::decode(&longer).err(),
        Some(CodecError::WrongLength)
    );
}

#[test]
fn a_damaged_file_is_an_error() {
    let bytes = embedded();
    // Not the version's name: it is free text.
    for at in (0..9).chain((40..bytes.len()).step_by(bytes.len() / 25)) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x55;
        assert!(Knowledge::decode(&damaged).is_err(), "byte {at}");
    }
}

#[test]
fn a_section_that_claims_to_be_huge_is_refused_before_it_is_unpacked() {
    let mut bytes = b"TGKNOW\x02\x00\x00\x00".to_vec();
    let section = [&u32::MAX.to_le_bytes()[..], b"x"].concat();
    for _ in 0..3 {
        bytes.extend(u32::try_from(section.len()).unwrap().to_le_bytes());
    }
    for _ in 0..3 {
        bytes.extend(&section);
    }
    assert!(matches!(
        Knowledge::decode(&bytes),
        Err(CodecError::Damaged { .. })
    ));
    assert_eq!(
        Knowledge::decode(b"PK\x03\x04").err(),
        Some(CodecError::NotKnowledge)
    );
    assert_eq!(
        Knowledge::decode(b"TGKNOW\x09\x00").err(),
        Some(CodecError::OtherLayout { found: 9 })
    );
}

#[test]
fn half_a_file_of_a_source_is_an_error_that_names_the_file() {
    let Some(files) = published() else {
        return skip("half_a_file_of_a_source_is_an_error_that_names_the_file");
    };
    for source in ALL.iter().filter(|s| s.id() != "maltrail") {
        let own: Vec<_> = files
            .iter()
            .filter(|(path, _)| source.takes(path))
            .collect();
        if source.id() == "cisa-kev" {
            continue; // no copy at hand; its own test has one
        }
        assert!(!own.is_empty(), "{}", source.id());
        // One broken file among the whole ones; the largest is the main one.
        let largest = own
            .iter()
            .max_by_key(|(path, bytes)| (path.contains("threat-actor"), bytes.len()));
        let broken = largest.unwrap().0;
        let given: Vec<SourceFile<'_>> = own
            .iter()
            .map(|(path, bytes)| SourceFile {
                path,
                bytes: if *path == broken {
                    &bytes[..bytes.len() / 2]
                } else {
                    bytes
                },
            })
            .collect();
        let error = source.parse(&given).err().map(|e| e.to_string());
        let error = error.unwrap_or_else(|| panic!("{}: half a file was read", source.id()));
        assert!(error.contains(broken.as_str()), "{error}");
        assert!(error.contains("again"), "{error}");
    }
}

#[test]
fn rubbish_is_an_error_for_every_source() {
    let path = "x";
    for source in ALL {
        for bytes in [&b"\xff\xfe\x00\x01"[..], b"", b"null", b"[1,2", b"<html>"] {
            let file = SourceFile { path, bytes };
            assert!(source.parse(&[file]).is_err(), "{}: {bytes:?}", source.id());
        }
    }
}

#[test]
fn odd_records_cost_themselves_only() {
    let bundle = br#"{"type":"bundle","objects":[
        {"type":"attack-pattern","id":"attack-pattern--1","name":"A","external_references":[{"source_name":"mitre-attack","external_id":"T1000"}]},
        {"type":"attack-pattern","id":7},
        {"type":"intrusion-set","id":"intrusion-set--1","name":"\u001b[31mX","external_references":[{"source_name":"mitre-attack","external_id":"G9000"}]},
        {"type":"relationship","relationship_type":"uses","source_ref":"intrusion-set--1","target_ref":"attack-pattern--1"},
        {"type":"relationship","relationship_type":"uses","source_ref":"intrusion-set--404","target_ref":"attack-pattern--1"},
        {"type":"relationship","relationship_type":"revoked-by","source_ref":"attack-pattern--1","target_ref":"attack-pattern--1"}
    ]}"#;
    let source = ALL.iter().find(|s| s.id() == "attack-enterprise").unwrap();
    let file = SourceFile {
        path: "attack/enterprise-attack-99.0.json",
        bytes: bundle,
    };
    let facts = source.parse(&[file]).unwrap();
    assert_eq!(facts.version, "99.0");
    assert_eq!(facts.actors.len(), 1);
    assert!(
        facts
            .counts
            .contains(&("objects not understood".to_owned(), 1))
    );
    let knowledge = Knowledge::from_facts(facts, Vec::new());
    assert_eq!(knowledge.actors()[0].techniques.len(), 1);
    let id = tegakari_model::TechniqueId::parse("T1000").unwrap();
    assert_eq!(knowledge.technique_users(&id), 1);
    assert!(knowledge.resolve_technique(&id).is_some());
}
