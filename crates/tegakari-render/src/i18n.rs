//! Sentences in English and Japanese.
//!
//! `locales/en.ftl` and `locales/ja.ftl` hold whole sentences under the same keys, in the simplest
//! part of Fluent's syntax: `key = text`, `{ name }` for what is put in, `#` for comments. A key may
//! have a second form `key.one`, used when the argument `n` is 1. Tests fail when a key is missing
//! in one language, is used nowhere, or names other arguments than its twin.
//!
//! What is put in is never a word of the sentence, only a number, a name, a value or a list.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use tegakari_model::Language;

/// The sentences of one language.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Words {
    /// Which language.
    pub(crate) language: Language,
}

/// `say!(words, "key", name = value, …)`: the sentence with its arguments put in.
macro_rules! say {
    ($words:expr, $key:literal $(, $name:ident = $value:expr)* $(,)?) => {
        $words.say($key, &[$((stringify!($name), &$value.to_string())),*])
    };
}
pub(crate) use say;

type Table = BTreeMap<&'static str, &'static str>;

impl Words {
    /// The sentences of `language`.
    pub(crate) fn new(language: Language) -> Self {
        Self { language }
    }

    pub(crate) fn language(self) -> Language {
        self.language
    }

    /// The value of the `lang` attribute.
    pub(crate) fn tag(self) -> &'static str {
        match self.language {
            Language::En => "en",
            Language::Ja => "ja",
        }
    }

    /// The sentence of `key` with `args` put in. What is put in is not looked at again.
    pub(crate) fn say(self, key: &'static str, args: &[(&str, &str)]) -> String {
        let one = args
            .iter()
            .any(|(name, value)| *name == "n" && *value == "1");
        let sentence = self.pattern(key, one);
        let mut out = String::with_capacity(sentence.len() + 32);
        let mut rest = sentence;
        while let Some((before, after)) = rest.split_once('{') {
            out.push_str(before);
            let Some((name, tail)) = after.split_once('}') else {
                break;
            };
            let name = name.trim();
            match args.iter().find(|(given, _)| *given == name) {
                Some((_, value)) => out.push_str(value),
                None => out.push_str(name),
            }
            rest = tail;
        }
        out.push_str(rest);
        out
    }

    /// A sentence or word without arguments.
    pub(crate) fn get(self, key: &'static str) -> &'static str {
        self.pattern(key, false)
    }

    fn pattern(self, key: &'static str, one: bool) -> &'static str {
        let table = table(self.language);
        let singular = one
            .then(|| table.get(format!("{key}.one").as_str()))
            .flatten();
        singular.or_else(|| table.get(key)).copied().unwrap_or(key)
    }

    /// `a, b and c` for people. Names in it must already be escaped as the output needs.
    pub(crate) fn list<S: AsRef<str>>(self, items: &[S]) -> String {
        self.list_of(items, items.len())
    }

    /// As [`Self::list`], with at most `most` items; the rest is counted.
    pub(crate) fn list_of<S: AsRef<str>>(self, items: &[S], most: usize) -> String {
        let items: Vec<&str> = items.iter().map(AsRef::as_ref).collect();
        let shown = &items[..items.len().min(most)];
        let joined = shown.join(self.get("list.comma"));
        match (items.len() - shown.len(), shown) {
            (0, [.., _, last]) => {
                let front = shown[..shown.len() - 1].join(self.get("list.comma"));
                say!(self, "list.and", front = front, last = last)
            }
            (0, _) => joined,
            (more, _) => say!(self, "list.more", front = joined, n = more),
        }
    }
}

fn table(language: Language) -> &'static Table {
    static EN: OnceLock<Table> = OnceLock::new();
    static JA: OnceLock<Table> = OnceLock::new();
    match language {
        Language::En => EN.get_or_init(|| parse(include_str!("locales/en.ftl"))),
        Language::Ja => JA.get_or_init(|| parse(include_str!("locales/ja.ftl"))),
    }
}

fn parse(text: &'static str) -> Table {
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once('='))
        .map(|(key, value)| (key.trim(), unquote(value.trim())))
        .collect()
}

/// A value whose spaces at the ends matter stands in double quotes.
fn unquote(value: &'static str) -> &'static str {
    value
        .strip_prefix('"')
        .and_then(|v| v.strip_suffix('"'))
        .unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn arguments(pattern: &str) -> BTreeSet<&str> {
        pattern
            .split('{')
            .skip(1)
            .filter_map(|part| part.split_once('}'))
            .map(|(name, _)| name.trim())
            .collect()
    }

    #[test]
    fn both_languages_have_the_same_keys_and_arguments() {
        let (en, ja) = (table(Language::En), table(Language::Ja));
        for (key, pattern) in en {
            // Japanese has no singular.
            if let Some(many) = key.strip_suffix(".one") {
                assert!(en.contains_key(many), "{key} without {many}");
                continue;
            }
            let twin = ja.get(key).unwrap_or_else(|| panic!("ja.ftl lacks {key}"));
            assert_eq!(arguments(pattern), arguments(twin), "{key}");
        }
        for key in ja.keys() {
            assert!(en.contains_key(key), "en.ftl lacks {key}");
        }
    }

    #[test]
    fn no_key_is_written_twice() {
        for text in [
            include_str!("locales/en.ftl"),
            include_str!("locales/ja.ftl"),
        ] {
            let mut seen = BTreeSet::new();
            for line in text
                .lines()
                .filter(|l| !l.starts_with('#') && l.contains('='))
            {
                let key = line.split('=').next().unwrap().trim();
                assert!(seen.insert(key), "{key} is there twice");
            }
        }
    }

    #[test]
    fn the_word_that_no_hunt_may_say_is_nowhere() {
        for text in [
            include_str!("locales/en.ftl"),
            include_str!("locales/ja.ftl"),
        ] {
            let lower = text.to_lowercase();
            for word in ["clean", "クリーン", "安全です", "侵害なし"] {
                assert!(!lower.contains(word), "{word}");
            }
        }
    }

    #[test]
    fn likelihood_and_confidence_never_share_a_sentence() {
        for line in include_str!("locales/en.ftl").lines() {
            let text = line.split_once('=').map_or("", |(_, v)| v).to_lowercase();
            for sentence in text.split(['.', '。']) {
                let likelihood = ["likely", "probab", "likelihood", "{ chance"]
                    .iter()
                    .any(|w| sentence.contains(w));
                assert!(!(likelihood && sentence.contains("confidence")), "{line}");
            }
        }
        for line in include_str!("locales/ja.ftl").lines() {
            for sentence in line.split('。') {
                let likelihood = sentence.contains("可能性") || sentence.contains("確率");
                assert!(!(likelihood && sentence.contains("確信度")), "{line}");
            }
        }
    }

    #[test]
    fn lists_are_read_aloud() {
        let en = Words::new(Language::En);
        let ja = Words::new(Language::Ja);
        let none: [&str; 0] = [];
        assert_eq!(en.list(&none), "");
        assert_eq!(en.list(&["a"]), "a");
        assert_eq!(en.list(&["a", "b", "c"]), "a, b and c");
        assert_eq!(en.list_of(&["a", "b", "c", "d"], 2), "a, b and 2 more");
        assert_eq!(ja.list(&["a", "b", "c"]), "a、b、c");
    }
}
