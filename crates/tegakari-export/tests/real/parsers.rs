//! Forms that a real parser takes: it refuses the same text when it is broken.

use super::support::{bad_plan, beside, folder, run, told, written};

fn check(list: &str, program: &str, arguments: &[&str], broken: impl Fn(&str) -> String) {
    let folder = folder();
    let mut plan = bad_plan();
    // `sigma check` warns of every escaped wildcard, and fails on warnings.
    let wild = |value: &str| list == "sigma" && value.contains('?');
    plan.entries
        .retain(|e| !wild(e.indicator.observable.value()));
    let path = written(list, &plan, folder.path());
    let text = std::fs::read_to_string(&path).unwrap();
    let ask = |path: &std::path::Path| {
        let mut all = arguments.to_vec();
        all.push(path.to_str().unwrap());
        run(program, &all)
    };
    let Some(output) = ask(&path) else { return };
    if told(&output).contains("Cannot find module")
        || told(&output).contains("ERR_MODULE_NOT_FOUND")
    {
        println!("SKIP: {program} lacks its modules");
        return;
    }
    assert!(output.status.success(), "{list}: {}\n{text}", told(&output));
    let bad = broken(&text);
    assert_ne!(bad, text);
    std::fs::write(&path, bad).unwrap();
    let output = ask(&path).unwrap();
    assert!(
        !output.status.success(),
        "{list}: a broken one was taken: {}",
        told(&output)
    );
}

/// Python does not start where its modules are not.
fn has_python_tools() -> bool {
    let there = std::path::Path::new(&beside("tg-check")).exists();
    if !there {
        println!("SKIP: tg-check is not installed");
    }
    there
}

#[test]
fn an_adblock_parser_takes_every_rule() {
    if run("node", &["--version"]).is_none() {
        return;
    }
    check("adblock", &beside("tg-check-adblock"), &[], |text| {
        text.replace("||evil-c2.com^", "||evil-c2.com^$domain=")
    });
}

#[test]
fn the_parser_of_kql_takes_both_queries() {
    if run("node", &["--version"]).is_none() {
        return;
    }
    for list in ["defender-kql", "sentinel-kql"] {
        check(list, &beside("tg-check-kql"), &[], |text| {
            text.replacen("\")", "\"", 1)
        });
    }
}

#[test]
fn parsers_of_lucene_eql_and_openioc_take_the_lists() {
    if !has_python_tools() {
        return;
    }
    check("lucene", &beside("tg-check"), &["lucene"], |text| {
        text.replacen(')', "", 1)
    });
    check("eql", &beside("tg-check"), &["eql"], |text| {
        text.replacen(" : (", " : ", 1)
    });
    check("openioc", &beside("tg-check"), &["openioc"], |text| {
        text.replace("</OpenIOC>", "")
    });
}

#[test]
fn sigma_takes_the_rules() {
    if !has_python_tools() {
        return;
    }
    check("sigma", &beside("tg-check"), &["sigma"], |text| {
        text.replacen("condition: 1 of selection_*", "condition: nope", 1)
    });
}
