//! Where publishers say that the attackers come from, held against what sources say of the known clusters.
//!
//! "Iran-linked", "working for the North Korean regime", "中国系": this is a claim of the publisher like a name. It is weighed
//! as one, against other claims: those of the knowledge about the origin of its records. It narrows down which cluster
//! is meant; who is behind a cluster is another question, which is never answered here.
//!
//! The reader quotes the words around every name, technique and target; those and the title say where the attackers come
//! from.

use std::collections::{BTreeMap, BTreeSet};

use tegakari_model::{Country, Report, ReportCitation};

use crate::Profiles;
use crate::parameters::Treatment;

/// How often what a publisher says of the origin is at odds with the sources of the knowledge, or the record's origin
/// was never the point. Editorial.
const AT_ODDS: f64 = 0.15;
/// No origin counts as rarer than one in so many records: that few come from a country says little about the next.
const LEAST: f64 = 0.03;
/// One claim of one publisher, whatever the number of countries.
pub(crate) const TREATMENT: Treatment = Treatment {
    dependence: 0.0,
    cap: 3.0,
    floor: 2.0,
};

/// Countries that sources name as origins, as reports write them: names and adjectives.
const FORMS: [(&str, &[&str]); 22] = [
    ("AE", &["United Arab Emirates", "Emirati", "UAE"]),
    ("BR", &["Brazilian", "Brazil", "ブラジル"]),
    ("BY", &["Belarusian", "Belarus", "ベラルーシ"]),
    (
        "CN",
        &[
            "People's Republic of China",
            "Chinese",
            "China",
            "PRC",
            "Beijing",
            "中国",
            "中國",
            "중국",
        ],
    ),
    ("GB", &["British", "UK"]),
    ("IL", &["Israeli", "Israel", "イスラエル"]),
    ("IN", &["Indian", "India", "インド", "印度"]),
    (
        "IR",
        &["Iranian", "Iran", "Tehran", "イラン", "伊朗", "이란"],
    ),
    (
        "KP",
        &[
            "North Korean",
            "North Korea",
            "DPRK",
            "Pyongyang",
            "北朝鮮",
            "朝鲜",
            "북한",
        ],
    ),
    ("KR", &["South Korean", "South Korea", "韓国", "韩国"]),
    ("KZ", &["Kazakhstani", "Kazakhstan", "カザフスタン"]),
    ("LB", &["Lebanese", "Lebanon", "レバノン"]),
    ("NG", &["Nigerian", "Nigeria", "ナイジェリア"]),
    ("PK", &["Pakistani", "Pakistan", "パキスタン", "巴基斯坦"]),
    (
        "PS",
        &["Palestinian", "Palestine", "Gaza", "Hamas", "パレスチナ"],
    ),
    ("RO", &["Romanian", "Romania", "ルーマニア"]),
    (
        "RU",
        &[
            "Russian",
            "Russia",
            "Moscow",
            "Kremlin",
            "ロシア",
            "俄罗斯",
            "러시아",
        ],
    ),
    ("SY", &["Syrian", "Syria", "シリア"]),
    ("TR", &["Turkish", "Türkiye", "Turkey", "トルコ"]),
    ("UA", &["Ukrainian", "Ukraine", "ウクライナ"]),
    ("US", &["American", "United States"]),
    ("VN", &["Vietnamese", "Vietnam", "ベトナム", "越南"]),
];

/// What follows a country that attackers come from.
const AFTER: [&str; 56] = [
    "-linked",
    "-nexus",
    "-aligned",
    "-backed",
    "-sponsored",
    "-based",
    "-speaking",
    "-affiliated",
    "-associated",
    "-origin",
    "-state",
    " linked",
    " backed",
    " state-sponsored",
    " state sponsored",
    " state-backed",
    " state-linked",
    " state hack",
    " nation-state",
    " government-backed",
    " government-sponsored",
    " government-linked",
    " government hack",
    " threat actor",
    " threat group",
    " hack",
    " apt",
    " advanced persistent",
    " cyberesp",
    " cyber esp",
    " cyber-esp",
    " cyberspies",
    " cyber spies",
    " cybercrim",
    " cyber actor",
    " espionage group",
    " spies",
    " actor",
    " group",
    " gang",
    " crew",
    " criminal",
    " regime",
    " military hackers",
    " attackers",
    " adversar",
    "系",
    "語話者",
    "語を話す",
    "が支援",
    "政府が支援",
    "の支援を受け",
    "のハッカー",
    "の攻撃者",
    "を拠点",
    "背景",
];

/// What stands before a country that attackers come from, but for "the".
const BEFORE: [&str; 20] = [
    "linked to",
    "link to",
    "links to",
    "tied to",
    "ties to",
    "ties with",
    "connected to",
    "backed by",
    "sponsored by",
    "supported by",
    "working for",
    "operating for",
    "operates for",
    "on behalf of",
    "aligned with",
    "originates from",
    "originating from",
    "based in",
    "operating from",
    "works from",
];

/// Most quotes of a report that are looked at.
const QUOTES: usize = 64;
/// Quotes that are looked at of one name, technique or target.
const OF_ONE: usize = 3;

/// What a report says of where the attackers come from: how many places say so, and those that are cited.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Said {
    pub(crate) count: u32,
    pub(crate) cited: Vec<ReportCitation>,
}

/// Countries that a report says the attackers come from, by its title and by the words around what it names.
pub(crate) fn said(report: &Report) -> BTreeMap<Country, Said> {
    let mut all: BTreeMap<Country, Said> = BTreeMap::new();
    let targets = report.targets.iter().map(|one| &one.citations);
    let names = report.names.iter().map(|one| &one.citations);
    let techniques = report.techniques.iter().map(|one| &one.citations);
    let quotes: BTreeSet<&ReportCitation> = targets
        .chain(names)
        .chain(techniques)
        .flat_map(|cited| cited.iter().take(OF_ONE))
        .take(QUOTES)
        .collect();
    for (code, forms) in FORMS {
        let Some(country) = Country::new(code) else {
            continue;
        };
        let mut said = Said::default();
        if report
            .title
            .as_deref()
            .is_some_and(|title| tells_origin(title, forms))
        {
            said.count = 1;
        }
        // One place is quoted for everything that it names.
        let mut places = BTreeSet::new();
        for cited in quotes
            .iter()
            .filter(|cited| tells_origin(&cited.quote, forms))
        {
            if places.insert((cited.line, cited.page, &cited.path)) {
                said.cited.push((*cited).clone());
                said.count = said.count.saturating_add(1);
            }
        }
        if said.count > 0 {
            all.insert(country, said);
        }
    }
    all
}

/// Whether some words of a quote say that attackers come from the country that is written so.
fn tells_origin(quote: &str, forms: &[&str]) -> bool {
    forms.iter().any(|form| {
        quote.match_indices(form).any(|(at, _)| {
            let (before, after) = (quote.get(..at), quote.get(at + form.len()..));
            let (before, after) = (before.unwrap_or(""), after.unwrap_or(""));
            let inside = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
            if form.is_ascii()
                && (inside(before.chars().next_back()) || inside(after.chars().next()))
            {
                return false;
            }
            let before = before.trim_end().to_lowercase();
            let before = before.strip_suffix("the").unwrap_or(&before).trim_end();
            let after = after.to_lowercase();
            AFTER.iter().any(|words| after.starts_with(words))
                || BEFORE.iter().any(|words| before.ends_with(words))
        })
    })
}

/// Nats of the statement that the attackers come from a country, for every column; none for records whose origin no source
/// states.
#[allow(clippy::cast_precision_loss, reason = "number of actors")]
pub(crate) fn llr(country: &Country, columns: &[usize], profiles: &Profiles) -> Vec<f64> {
    let actors = profiles.actors();
    let stated = |index: &&usize| !actors[**index].origins.is_empty();
    let with = columns.iter().filter(stated).count();
    let here = columns
        .iter()
        .filter(|index| actors[**index].origins.contains(country))
        .count();
    if here == 0 {
        return vec![0.0; columns.len()];
    }
    let background = (here as f64 / with.max(1) as f64).max(LEAST);
    let each = |index: &usize| {
        let origins = &actors[*index].origins;
        if origins.is_empty() {
            return 0.0;
        }
        let agrees = f64::from(u8::from(origins.contains(country)));
        (((1.0 - AT_ODDS) * agrees + AT_ODDS * background) / background).ln()
    };
    columns.iter().map(each).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn iran(quote: &str) -> bool {
        tells_origin(quote, &["Iranian", "Iran", "イラン"])
    }

    #[test]
    fn origins_are_told_from_victims() {
        assert!(iran("the Iran-linked group used a new backdoor"));
        assert!(iran("an Iranian threat group sent mails"));
        assert!(iran("a group with ties to the Iranian ministry"));
        assert!(iran("イランの攻撃者による"));
        assert!(!iran("attacks on Iranian oil companies"));
        assert!(!iran("victims in Iran, Iraq and Israel"));
        assert!(!iran("an Iranian cybersecurity company says"));
    }
}
