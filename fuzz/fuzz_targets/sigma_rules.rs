#![no_main]

//! Rules and pipelines that somebody made to harm, asked of a record.

use std::borrow::Cow;

use tegakari_sigma::{CorrelationState, Labels, Pipeline, Record, RuleFile, RuleSet, Scratch};

struct Fixed;

const FIELDS: [(&str, &str); 4] = [
    ("CommandLine", "cmd /c PowerShell –enc SQBFAFgA 10.0.0.1"),
    ("Image", "C:\\Windows\\System32\\cmd.exe"),
    ("EventID", "4688"),
    ("UtcTime", "2026-01-01 00:00:00.000"),
];

impl Record for Fixed {
    fn field(&self, name: &str) -> Option<Cow<'_, str>> {
        FIELDS
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| Cow::Borrowed(*value))
    }

    fn each_text(&self, f: &mut dyn FnMut(&str)) {
        FIELDS.iter().for_each(|(_, value)| f(value));
    }
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut problems = Vec::new();
    let file = RuleFile {
        name: "f",
        text: bytes,
    };
    let pipelines: Vec<Pipeline> = Pipeline::read(&file, &mut problems).into_iter().collect();
    for pipelines in [&[][..], &pipelines] {
        let rules = RuleSet::compile(&[file], pipelines, &mut problems);
        let source = rules.sources(&[Labels::new("windows", "process_creation", "security")]);
        let mut hits = Vec::new();
        rules.evaluate(&source, &Fixed, &mut Scratch::default(), &mut hits);
        let mut state = CorrelationState::new();
        for (place, rule) in (0u64..).zip(&hits) {
            state.add(&rules, *rule, 1000 * place as i64, &Fixed, place);
        }
        state.conclude(&rules);
    }
});
