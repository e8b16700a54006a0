//! The engine of AdGuard's blockers (tsurlfilter) is asked for names, as a resolver is that blocks by such a list.

use super::support::{answers, bad_plan, folder, run, told, written};

/// Asks the engine for each name behind the list.
const ASK: &str = r"
const { DnsEngine, RuleStorage, StringRuleList } = require(process.argv[2]);
const text = require('fs').readFileSync(process.argv[3], 'utf8');
const engine = new DnsEngine(new RuleStorage([new StringRuleList(1, text, false)]));
for (const name of process.argv.slice(4)) {
  const { basicRule, hostRules } = engine.match(name);
  console.log('answer ' + name + ' ' + (basicRule || (hostRules || []).length ? 'blocked' : 'passes'));
}
";

#[test]
fn a_blocker_stops_listed_names_and_lets_near_misses_through() {
    let prefix = std::env::var("TEGAKARI_VALIDATORS")
        .unwrap_or_else(|_| "/opt/tegakari-validators".to_owned());
    let engine =
        format!("{prefix}/node-blocker/node_modules/@adguard/tsurlfilter/dist/tsurlfilter.umd.js");
    if !std::path::Path::new(&engine).exists() || run("node", &["--version"]).is_none() {
        println!("SKIP: AdGuard's tsurlfilter is not installed");
        return;
    }
    let folder = folder();
    let list = written("adblock", &bad_plan(), folder.path());
    let script = folder.path().join("ask.cjs");
    std::fs::write(&script, ASK).unwrap();
    let asked = [
        ("evil-c2.com", "blocked"),
        ("x.evil-c2.com", "blocked"),
        ("sub.evil-c2.com", "blocked"),
        ("x.sub.evil-c2.com", "blocked"),
        ("xn--bcher-c2-65a.com", "blocked"),
        ("single-c2.com", "blocked"),
        ("x.single-c2.com", "passes"),
        ("notevil-c2.com", "passes"),
        ("evil-c2.com.good.net", "passes"),
        ("good.net", "passes"),
    ];
    let mut arguments = vec![
        script.to_str().unwrap(),
        engine.as_str(),
        list.to_str().unwrap(),
    ];
    arguments.extend(asked.iter().map(|(name, _)| *name));
    let output = run("node", &arguments).unwrap();
    assert!(output.status.success(), "{}", told(&output));
    let got = answers(&output);
    for (name, want) in asked {
        assert_eq!(got.get(name).map(String::as_str), Some(want), "{name}");
    }
}
