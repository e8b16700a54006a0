//! Strict readers of the forms that are one document: JSON, XML, CSV. What a document names has to be a value of the plan.

use std::collections::BTreeSet;

use serde_json::Value;
use tegakari_export::formats::ExportFormat;
use tegakari_model::BlockPlan;

/// Whether the form is one document.
pub(crate) fn knows(id: &str) -> bool {
    [
        "crowdsec",
        "umbrella",
        "crowdstrike",
        "osquery",
        "cacao",
        "defender-csv",
        "openioc",
    ]
    .contains(&id)
}

/// Reads a list as strictly as its form says.
pub(crate) fn check(format: &dyn ExportFormat, plan: &BlockPlan, text: &str) {
    let known: BTreeSet<&str> = plan
        .entries
        .iter()
        .map(|e| &e.indicator.observable)
        .filter(|o| format.accepts(o.kind()))
        .map(|o| o.value())
        .collect();
    let is_known = |value: &str| {
        let same = known.contains(value)
            || known.iter().any(|k| {
                let one = k.parse::<ipnet::IpNet>().ok();
                one.is_some() && one == value.parse().ok()
            });
        assert!(same, "{}: {value:?} is not in the plan", format.id());
    };
    let json = || serde_json::from_str::<Value>(text).unwrap();
    let keys = |value: &Value, want: &[&str]| {
        let have: BTreeSet<&str> = value
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        let want: BTreeSet<&str> = want.iter().copied().collect();
        assert!(have.is_subset(&want), "{}: {have:?}", format.id());
    };
    match format.id() {
        "crowdsec" => {
            for one in json().as_array().unwrap() {
                keys(
                    one,
                    &["duration", "scope", "value", "reason", "type", "origin"],
                );
                let seconds = one["duration"].as_str().unwrap().strip_suffix('s').unwrap();
                assert!(seconds.parse::<i64>().unwrap() > 0, "Go knows no days");
                assert!(["ip", "range"].contains(&one["scope"].as_str().unwrap()));
                is_known(one["value"].as_str().unwrap());
            }
        }
        "umbrella" => {
            for one in json().as_array().unwrap() {
                keys(one, &["destination", "comment"]);
                is_known(one["destination"].as_str().unwrap());
            }
        }
        "crowdstrike" => {
            for one in json()["indicators"].as_array().unwrap() {
                keys(
                    one,
                    &[
                        "type",
                        "value",
                        "action",
                        "severity",
                        "platforms",
                        "source",
                        "applied_globally",
                        "expiration",
                    ],
                );
                is_known(one["value"].as_str().unwrap());
            }
        }
        "osquery" => {
            for (_, one) in json()["queries"].as_object().unwrap() {
                keys(one, &["query", "interval", "description"]);
                let query = one["query"].as_str().unwrap();
                assert!(query.ends_with(");") && query.matches(';').count() == 1);
                query.split('\'').skip(1).step_by(2).for_each(is_known);
            }
        }
        "cacao" => {
            let playbook = json();
            let Some(steps) = playbook.get("workflow") else {
                assert_eq!(text, "{}\n");
                return;
            };
            let mut next = playbook["workflow_start"].as_str().unwrap();
            let mut seen = 0;
            // Every step is reached, and the last is the end.
            while let Some(step) = steps.get(next) {
                seen += 1;
                for command in step["commands"].as_array().into_iter().flatten() {
                    command["command"]
                        .as_str()
                        .unwrap()
                        .lines()
                        .for_each(is_known);
                }
                next = step["on_completion"].as_str().unwrap_or_default();
            }
            assert_eq!(seen, steps.as_object().unwrap().len());
        }
        "defender-csv" => {
            let mut reader = csv::Reader::from_reader(text.as_bytes());
            for row in reader.records().map(Result::unwrap) {
                assert_eq!(row.len(), 9);
                is_known(&row[1]);
                assert!(
                    row[2].is_empty() || (row[2].len() == 22 && row[2].ends_with(".0Z")),
                    "{row:?}"
                );
                assert_eq!(&row[5], "Tegakari block list");
            }
        }
        "openioc" => {
            let mut reader = quick_xml::Reader::from_str(text);
            reader.config_mut().check_end_names = true;
            let (mut inside, mut content) = (false, String::new());
            loop {
                use quick_xml::events::Event;
                match reader.read_event().unwrap() {
                    Event::Start(tag) => {
                        let known = [
                            "OpenIOC",
                            "metadata",
                            "short_description",
                            "description",
                            "authored_by",
                            "authored_date",
                            "criteria",
                            "Indicator",
                            "IndicatorItem",
                            "Content",
                        ];
                        let name = tag.name().as_ref().to_owned();
                        assert!(known.contains(&name.as_str()), "{name}");
                        inside = name == "Content";
                        content.clear();
                    }
                    Event::Text(part) if inside => content.push_str(&part),
                    Event::GeneralRef(part) if inside => {
                        assert_eq!(
                            &*part, "amp",
                            "only & may stand in a value that needs escaping"
                        );
                        content.push('&');
                    }
                    Event::End(_) if inside => {
                        is_known(&content);
                        inside = false;
                    }
                    Event::Eof => break,
                    _ => {}
                }
            }
        }
        other => panic!("{other} has no strict reader here"),
    }
}
