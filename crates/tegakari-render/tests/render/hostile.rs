//! A story whose every string is written by an attacker: it must be shown, and must not act.

use tegakari_model::*;
use tegakari_render::{
    Exploitation, KnowledgeNote, TextStyle, ValueStory, WrittenFile, html, text,
};
use unicode_width::UnicodeWidthChar;

use crate::fixture::{Fixture, cite, fixture};
use crate::strict;

/// What attackers write.
const STRINGS: &[&str] = &[
    "<script>alert(1)</script>",
    "</td></table></style><img src=x onerror=alert(1)>",
    "\"><svg onload=alert(1)>",
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "\u{1b}]8;;http://evil.example\u{1b}\\click\u{1b}]8;;\u{1b}\\",
    "\u{1b}[2J\u{1b}[31mred\u{9b}31m",
    "\u{202e}txt.exe\u{202c}\u{2066}x\u{2069}",
    "zero\u{200b}width\u{feff}\u{e0041}",
    "two\r\nlines\tand\u{0}nul\u{2028}sep",
    "=cmd|' /C calc'!A0",
    "]]> --> <!-- <![CDATA[ &lt; &#x3c; &amp",
    "{ n } { assets } {}",
    "{",
    "情報\u{202e}窃取",
    "",
];

fn spoil(fixture: &mut Fixture, bad: &str) {
    let s = || bad.to_owned();
    for report in &mut fixture.reports {
        report.title = Some(s());
        report.publisher = Some(s());
        report.published = Some(ReportDate(s()));
        report.source.name = s();
        report.source.sha256 = s();
        report.source.format = s();
        report.source.encoding = s();
        for m in &mut report.mentions {
            m.reasons = vec![s(), s()];
            m.labels = vec![s(), s()];
            m.citations = vec![ReportCitation {
                path: Some(s()),
                section: Some(s()),
                line: None,
                ..cite(&report.id, 1, bad)
            }];
        }
        for f in &mut report.files {
            f.names = vec![s(), s()];
            f.sha256 = Some(s());
            f.detections = vec![s()];
            f.claimed_product = Some(s());
            f.reference_url = Some(s());
        }
        for n in &mut report.names {
            n.text = s();
            n.also_written = vec![s()];
            n.known_as = Some(s());
            n.citations = vec![cite(&report.id, 1, bad)];
        }
        for t in &mut report.techniques {
            t.name = s();
            t.citations = vec![cite(&report.id, 1, bad)];
        }
        report.targets.push(TargetMention {
            target: TargetKind::Sector(Sector::new(bad)),
            text: s(),
            attacked: true,
            citations: Vec::new(),
        });
        report.problems = vec![Problem::new(bad, bad, bad)];
    }
    let hunt = &mut fixture.hunt;
    hunt.paths = vec![s()];
    hunt.problems = vec![Problem::new(bad, bad, bad).losing_records(1)];
    for asset in &mut hunt.coverage.assets {
        asset.name = s();
        asset.addresses = vec![s()];
        asset.other_names = vec![s()];
    }
    for source in &mut hunt.coverage.sources {
        source.asset = s();
        source.source = s();
    }
    for input in &mut hunt.coverage.inputs {
        input.file = s();
        input.format = s();
    }
    for one in &mut hunt.findings {
        one.indicator.labels = vec![s()];
        if let Ok(o) = Observable::new(ObservableKind::CommandLine, bad) {
            one.indicator.observable = o;
        }
        if let Finding::Seen { sightings, .. } = &mut one.finding {
            for sighting in sightings {
                sighting.asset = Some(s());
                sighting.by_source = vec![(s(), u64::MAX), (s(), u64::MAX)];
                sighting.count = u64::MAX;
                sighting.on_behalf_of = vec![s()];
                for e in &mut sighting.examples {
                    e.file = s();
                    e.source = s();
                    e.excerpt = s();
                }
            }
        }
    }
    let a = &mut fixture.assessment;
    a.model = s();
    a.knowledge = s();
    for h in &mut a.hypotheses {
        if let Some(actor) = &mut h.actor {
            actor.name = s();
            actor.aliases = vec![s()];
            actor.id = ActorId(s());
        }
        for also in &mut h.also_recorded {
            also.name = s();
        }
        // Numbers from a damaged file are hostile too.
        h.probability = f64::NAN;
        h.low = f64::NEG_INFINITY;
        h.high = f64::INFINITY;
        h.weights.push(Weight {
            evidence: usize::MAX,
            factor: f64::NAN,
        });
        h.weights.push(Weight {
            evidence: 0,
            factor: 0.0,
        });
    }
    for e in &mut a.evidence {
        e.kind = EvidenceKind::Infrastructure {
            value: s(),
            source: s(),
        };
    }
    a.assumptions = vec![Assumption::SoftwareNotShared { name: s() }];
    a.alternatives = vec![Alternative::OtherActor {
        name: s(),
        probability: -1.0,
    }];
    a.triggers = vec![ChangeTrigger::SoftwareElsewhere { name: s() }];
    a.matter
        .same
        .push(Action::InvestigateAssets { assets: vec![s()] });
    a.matter.only_under.push((usize::MAX, Vec::new()));
    for entry in &mut fixture.block.entries {
        for o in &mut entry.annotations {
            o.source = s();
        }
    }
    for held in &mut fixture.block.held_back {
        for o in &mut held.objections {
            o.source = s();
            o.matched = s();
        }
    }
    fixture.written = vec![WrittenFile {
        path: s(),
        what: s(),
        entries: Some(1),
    }];
    fixture.sources = vec![KnowledgeNote {
        name: s(),
        version: s(),
        licence: s(),
        notice: s(),
    }];
}

#[test]
fn a_page_of_hostile_strings_is_inert() {
    for language in [Language::En, Language::Ja] {
        for bad in STRINGS.iter().copied().filter(|bad| !bad.is_empty()) {
            let page = |text: &str| {
                let mut f = fixture();
                spoil(&mut f, text);
                strict::read(&html::report(&f.story(), language))
                    .unwrap_or_else(|e| panic!("{text:?}: {e}"))
            };
            // The same text without the characters that mean something in HTML.
            let harmless = bad.replace(['<', '>', '"', '\'', '&'], "x");
            let (page, reference) = (page(bad), page(&harmless));
            // No string makes an element of its own; only spans that keep words together may differ.
            for name in [
                "a", "p", "li", "tr", "td", "section", "svg", "text", "style", "data",
            ] {
                assert_eq!(
                    page.elements.get(name),
                    reference.elements.get(name),
                    "{name} with {bad:?}"
                );
            }
        }
    }
}

#[test]
fn a_terminal_is_not_driven_and_lines_fit() {
    for bad in STRINGS {
        let mut f = fixture();
        spoil(&mut f, bad);
        for language in [Language::En, Language::Ja] {
            for width in [40, 57, 100] {
                for ascii in [false, true] {
                    let style = TextStyle {
                        width,
                        color: false,
                        ascii,
                    };
                    for view in views(&f, language, &style) {
                        check_lines(&view, width, bad);
                    }
                }
            }
        }
    }
}

fn views(f: &Fixture, language: Language, style: &TextStyle) -> Vec<String> {
    let one = &f.hunt.findings[0];
    let value = ValueStory {
        observable: &one.indicator.observable,
        mentions: &[(&f.reports[0], &f.reports[0].mentions[0])],
        findings: &[(&f.hunt, one)],
        objections: &f.block.held_back[0].objections,
        used_by: &[],
        worth: None,
        exploited: f
            .exploited
            .first()
            .map_or(Exploitation::NoList, Exploitation::Listed),
    };
    vec![
        text::summary(&f.story(), language, style),
        text::report(&f.reports[0], language, style),
        text::hunt(&f.hunt, language, style),
        text::assessment(&f.assessment, language, style),
        text::block(&f.block, &f.written, language, style),
        text::show(&value, language, style),
        text::problems(&f.hunt.problems, language, style),
        text::paragraph(&f.hunt.problems[0].what, style),
    ]
}

fn check_lines(view: &str, width: usize, bad: &str) {
    for line in view.split('\n') {
        assert!(!line.chars().any(char::is_control), "{bad:?}: {line:?}");
        assert!(
            !line.contains(['\u{202e}', '\u{200b}', '\u{feff}', '\u{2028}']),
            "{line:?}"
        );
        let used: usize = line.chars().map(|c| c.width().unwrap_or(0)).sum();
        assert!(used <= width, "{used} > {width} with {bad:?}: {line}");
    }
}

#[test]
fn huge_names_and_lists_stay_bounded() {
    let mut f = fixture();
    spoil(&mut f, &"長い名前<b>".repeat(20_000));
    let one = f.hunt.findings[3].clone();
    f.hunt.findings = (0..20_000)
        .map(|i| {
            let mut finding = one.clone();
            let name = format!("m{i}");
            finding.indicator =
                Indicator::new(Observable::new(ObservableKind::Mutex, &name).unwrap());
            finding
        })
        .collect();
    let page = html::report(&f.story(), Language::Ja);
    strict::read(&page).unwrap();
    assert!(page.len() < 6_000_000, "{} bytes", page.len());
    assert!(page.contains("19500"), "says how many more there are");
    let text = text::summary(&f.story(), Language::Ja, &TextStyle::default());
    check_lines(&text, 100, "huge");
}

#[test]
fn an_empty_story_is_told_too() {
    let story = tegakari_render::Story::default();
    for language in [Language::En, Language::Ja] {
        strict::read(&html::report(&story, language)).unwrap();
        assert!(!text::summary(&story, language, &TextStyle::default()).is_empty());
    }
}

#[test]
fn colour_is_only_the_eight_basic_ones_and_always_ends() {
    let f = fixture();
    let style = TextStyle {
        width: 100,
        color: true,
        ascii: false,
    };
    let text = text::summary(&f.story(), Language::En, &style);
    assert!(text.contains('\u{1b}'));
    for line in text.lines() {
        let codes: Vec<&str> = line
            .split("\u{1b}[")
            .skip(1)
            .filter_map(|p| p.split('m').next())
            .collect();
        for pair in codes.chunks(2) {
            assert!(pair.len() == 2 && pair[1] == "0", "{line:?}");
            assert!(["1", "2", "31", "34"].contains(&pair[0]), "{line:?}");
        }
    }
}
