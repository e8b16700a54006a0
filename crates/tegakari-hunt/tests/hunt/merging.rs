use proptest::prelude::*;
use tegakari_hunt::{Asked, Outcome, Plan, conclude};
use tegakari_model::ObservableKind as K;

use crate::{hunt, plan};

/// Small logs that know the same machines by name, address and folder.
fn inputs() -> Vec<(String, Vec<u8>)> {
    let folder = format!("{}/testdata", env!("CARGO_MANIFEST_DIR"));
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        for file in std::fs::read_dir(entry.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            all.push((format!("ws-07/{name}"), std::fs::read(&path).unwrap()));
        }
    }
    all.sort();
    let twice = all[3].clone();
    all.push(twice);
    all
}

fn bytes(outcomes: Vec<Outcome>, plan: &Plan) -> String {
    let mut sum = Outcome::default();
    for outcome in outcomes {
        sum.merge(outcome);
    }
    serde_json::to_string(&conclude(sum, plan, &[], Asked::default())).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_order_and_grouping_gives_the_same_bytes(
        order in Just((0..inputs().len()).collect::<Vec<_>>()).prop_shuffle(),
        groups in proptest::collection::vec(0_usize..4, inputs().len()),
    ) {
        let plan = plan(&[(K::Domain, "evil.example"), (K::Ipv4, "203.0.113.9"), (K::Url, "http://c2.evil.example/gate.php")])
            .with_examples(2);
        let inputs = inputs();
        let straight = inputs.iter().map(|(name, text)| hunt(name, text, &plan)).collect();
        let want = bytes(straight, &plan);
        let mut threads: Vec<Outcome> = (0..4).map(|_| Outcome::default()).collect();
        for (&index, &group) in order.iter().zip(&groups) {
            let (name, text) = &inputs[index];
            threads[group].merge(hunt(name, text, &plan));
        }
        prop_assert_eq!(bytes(threads, &plan), want);
    }
}
