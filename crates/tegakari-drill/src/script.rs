//! The scripts that plant the traces: two texts with the plan put in. Everything put in was checked to hold no character
//! that a shell could obey, and is quoted all the same.

use std::collections::BTreeMap;

use tegakari_model::{DrillHost, DrillPlan, DrillPlatform};

use crate::names::short;

const SH: &str = include_str!("../scripts/drill.sh");
const POWERSHELL: &str = include_str!("../scripts/drill.ps1");

/// The script of a plan for a platform, and the name of its file. One script serves all machines: each finds its tokens by
/// its own name.
pub fn script(plan: &DrillPlan, platform: DrillPlatform) -> (&'static str, Vec<u8>) {
    let (name, template, hosts, names) = match platform {
        DrillPlatform::Sh => ("drill.sh", SH, sh_hosts(plan), String::new()),
        DrillPlatform::Powershell => (
            "drill.ps1",
            POWERSHELL,
            powershell_hosts(plan),
            powershell_names(plan),
        ),
    };
    let mut text = String::with_capacity(template.len() + hosts.len() + names.len());
    let mut rest = template;
    // One pass, so that nothing that was put in is looked at again.
    while let Some((before, after)) = rest.split_once('@') {
        text.push_str(before);
        let put = after.split_once('@').and_then(|(word, tail)| {
            let made = plan.made.to_string();
            let value = match word {
                "PLAN" => plan.id.as_str(),
                "MADE" => &made,
                "DOMAIN" => &plan.domain,
                "WEB" => plan.web.as_deref().unwrap_or_default(),
                "MAIL" => plan.mail_to.as_deref().unwrap_or_default(),
                "HOSTS" => &hosts,
                "NAMES" => &names,
                _ => return None,
            };
            text.push_str(value);
            Some(tail)
        });
        rest = match put {
            Some(tail) => tail,
            None => {
                text.push('@');
                after
            }
        };
    }
    text.push_str(rest);
    let mut bytes = Vec::new();
    if platform == DrillPlatform::Powershell {
        // Without a mark Windows PowerShell takes a script for one in the code page of the machine.
        if !text.is_ascii() {
            bytes.extend_from_slice("\u{feff}".as_bytes());
        }
        text = text.replace('\n', "\r\n");
    }
    bytes.extend_from_slice(text.as_bytes());
    (name, bytes)
}

/// Names by which each machine is known: its own, and the part before the first dot where that means no other.
fn known_as(plan: &DrillPlan) -> Vec<(&DrillHost, Vec<&str>)> {
    let mut meant: BTreeMap<&str, usize> = BTreeMap::new();
    for host in &plan.hosts {
        *meant.entry(short(&host.name)).or_default() += 1;
    }
    plan.hosts
        .iter()
        .map(|host| {
            let mut names = vec![&host.name[..]];
            let short = short(&host.name);
            if short != host.name && meant.get(short) == Some(&1) {
                names.push(short);
            }
            (host, names)
        })
        .collect()
}

fn sh_hosts(plan: &DrillPlan) -> String {
    let mut out = String::new();
    for (host, names) in known_as(plan) {
        let patterns: Vec<String> = names.iter().map(|name| format!("'{name}'")).collect();
        out.push_str(&format!(
            "    {})\n        host='{}'",
            patterns.join(" | "),
            host.name
        ));
        for trace in host
            .traces
            .iter()
            .filter(|t| t.kind.runs_on(DrillPlatform::Sh))
        {
            out.push_str(&format!(" t_{}={}", trace.kind.name(), trace.body));
        }
        out.push_str("\n        ;;\n");
    }
    out
}

fn powershell_hosts(plan: &DrillPlan) -> String {
    let mut out = String::new();
    for host in &plan.hosts {
        let tokens: Vec<String> = host
            .traces
            .iter()
            .map(|trace| format!("'{}' = '{}'", trace.kind.name(), trace.body))
            .collect();
        out.push_str(&format!(
            "    '{}' = @{{ {} }}\n",
            host.name,
            tokens.join("; ")
        ));
    }
    out
}

fn powershell_names(plan: &DrillPlan) -> String {
    let mut out = String::new();
    for (host, names) in known_as(plan) {
        for name in names {
            out.push_str(&format!("    '{name}' = '{}'\n", host.name));
        }
    }
    out
}
