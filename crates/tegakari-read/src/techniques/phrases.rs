//! What people call techniques: a table for each group of tactics, Japanese and English, and one each for what else English and
//! for what Chinese and Korean reports say. Each line is
//! an id and its phrases, separated by tabs. The ids are those in which profiles are kept.

const TABLES: [&str; 14] = [
    include_str!("phrases/preparation.tsv"),
    include_str!("phrases/initial_access.tsv"),
    include_str!("phrases/execution.tsv"),
    include_str!("phrases/persistence.tsv"),
    include_str!("phrases/privilege_escalation.tsv"),
    include_str!("phrases/defense_evasion.tsv"),
    include_str!("phrases/credentials.tsv"),
    include_str!("phrases/discovery.tsv"),
    include_str!("phrases/lateral_movement.tsv"),
    include_str!("phrases/collection.tsv"),
    include_str!("phrases/command_and_control.tsv"),
    include_str!("phrases/exfiltration_impact.tsv"),
    include_str!("phrases/english.tsv"),
    include_str!("phrases/chinese_korean.tsv"),
];

/// Every `(id, phrase)`.
pub(super) fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    TABLES
        .into_iter()
        .flat_map(str::lines)
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once('\t'))
        .flat_map(|(id, phrases)| phrases.split('\t').map(move |p| (id, p)))
        .filter(|(_, phrase)| !phrase.is_empty())
}

/// The ways in which a phrase is written, lower case: with and without `・`, with and without a blank
/// between Latin and Japanese letters, サーバ and サーバー.
pub(super) fn spellings(phrase: &str) -> Vec<String> {
    let lower = phrase.to_lowercase();
    let mut out = vec![lower.clone()];
    if lower.is_ascii() {
        return out;
    }
    let mut vary = |change: &dyn Fn(&str) -> String| {
        for i in 0..out.len() {
            let new = out.get(i).map(|s| change(s)).unwrap_or_default();
            if !out.contains(&new) {
                out.push(new);
            }
        }
    };
    vary(&|s| s.replace('・', ""));
    vary(&blanks);
    vary(&|s| s.replace("サーバー", "サーバ"));
    vary(&|s| longer(s, "サーバ"));
    vary(&|s| longer(s, "フォルダ"));
    vary(&|s| longer(s, "ブラウザ"));
    vary(&|s| longer(s, "ユーザ"));
    out
}

/// With the long vowel after a word, wherever it has none.
fn longer(text: &str, word: &str) -> String {
    let mut out = String::with_capacity(text.len() + 6);
    let mut rest = text;
    while let Some(at) = rest.find(word) {
        let end = at + word.len();
        out.push_str(rest.get(..end).unwrap_or(""));
        rest = rest.get(end..).unwrap_or("");
        if !rest.starts_with('ー') {
            out.push('ー');
        }
    }
    out + rest
}

/// With a blank wherever Latin and Japanese letters meet.
fn blanks(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 4);
    let mut before: Option<char> = None;
    for c in text.chars() {
        let meets = before.is_some_and(|b| {
            b.is_alphanumeric() && c.is_alphanumeric() && b.is_ascii() != c.is_ascii()
        });
        if meets {
            out.push(' ');
        }
        out.push(c);
        before = Some(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use tegakari_knowledge::Knowledge;
    use tegakari_model::TechniqueId;

    use super::*;

    #[test]
    fn every_phrase_leads_to_a_technique_in_force() {
        let knowledge = Knowledge::embedded();
        for (id, phrase) in all() {
            let parsed = TechniqueId::parse(id).unwrap_or_else(|| panic!("{id} {phrase}"));
            let resolved = knowledge.resolve_technique(&parsed);
            let resolved = resolved.unwrap_or_else(|| panic!("{id} {phrase}: unknown"));
            assert_eq!(
                resolved.current, parsed,
                "{phrase}: {id} is not the current id"
            );
            if !parsed.is_tactic() {
                let technique = knowledge.technique(&parsed);
                assert!(technique.is_some_and(|t| t.is_live()), "{id} {phrase}");
            }
        }
    }

    #[test]
    fn no_phrase_stands_for_two_techniques() {
        let mut seen: BTreeMap<String, &str> = BTreeMap::new();
        let mut japanese = 0;
        for (id, phrase) in all() {
            japanese += usize::from(!phrase.is_ascii());
            if let Some(other) = seen.insert(phrase.to_lowercase(), id) {
                assert_eq!(other, id, "{phrase}");
            }
        }
        assert!(japanese > 1500, "{japanese}");
    }

    #[test]
    fn a_phrase_is_known_in_its_spellings() {
        let all = spellings("C2サーバへ送信");
        for one in [
            "c2サーバへ送信",
            "c2 サーバへ送信",
            "c2サーバーへ送信",
            "c2 サーバーへ送信",
        ] {
            assert!(all.contains(&one.to_owned()), "{one}: {all:?}");
        }
        assert!(spellings("パス・ザ・ハッシュ").contains(&"パスザハッシュ".to_owned()));
    }
}
