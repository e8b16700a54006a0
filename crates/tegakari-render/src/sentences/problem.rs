//! Problems in the language of the result. Their texts are made in English where they are met; here each has its
//! form in Japanese, with the same values in it. What has none stays as it is.

use tegakari_model::Language;

use crate::i18n::Words;

/// English and Japanese forms, a pair a line; `{}` stands for a value, `{2}` for the second one.
const FORMS: &str = include_str!("../locales/problems.ja.tsv");

impl Words {
    /// What is wrong, or what to do about it.
    pub(crate) fn of_problem(self, text: &str) -> String {
        if self.language() == Language::En {
            return text.to_owned();
        }
        let forms = || FORMS.lines().filter_map(|line| line.split_once('\t'));
        // A reason that stands in a problem has its form as well.
        let reason = |value| {
            let mut same = forms().filter(|(english, _)| *english == value);
            same.next().map_or(value, |(_, japanese)| japanese)
        };
        forms()
            .find_map(|(english, japanese)| {
                let values: Vec<&str> = values(english, text)?.into_iter().map(reason).collect();
                Some(filled(japanese, &values))
            })
            .unwrap_or_else(|| text.to_owned())
    }
}

/// The values that stand in a text where its form has `{}`; `None` when it is not of that form.
fn values<'t>(form: &str, text: &'t str) -> Option<Vec<&'t str>> {
    let mut pieces = form.split("{}");
    let mut rest = text.strip_prefix(pieces.next()?)?;
    let mut pieces: Vec<&str> = pieces.collect();
    let Some(last) = pieces.pop() else {
        return rest.is_empty().then(Vec::new);
    };
    let mut values = Vec::new();
    for piece in pieces {
        let (value, after) = rest.split_once(piece)?;
        values.push(value);
        rest = after;
    }
    values.push(rest.strip_suffix(last)?);
    Some(values)
}

fn filled(form: &str, values: &[&str]) -> String {
    let mut out = String::new();
    let mut rest = form;
    let mut next = 0;
    while let Some((before, after)) = rest.split_once('{') {
        let (number, after) = after.split_once('}').unwrap_or(("", after));
        let at = number
            .parse::<usize>()
            .map_or(next, |n| n.saturating_sub(1));
        next += 1;
        out.push_str(before);
        out.push_str(values.get(at).copied().unwrap_or_default());
        rest = after;
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::FORMS;
    use crate::i18n::Words;
    use tegakari_model::Language;

    #[test]
    fn a_problem_is_told_in_japanese_with_its_values() {
        let of = |text: &str| Words::new(Language::Ja).of_problem(text);
        assert_eq!(
            of(
                "2 of 10 records could not be understood as syslog (the first is record 3); they were searched as text"
            ),
            "10 件中 2 件の記録を syslog として解釈できませんでした（最初は記録 3）。テキストとして検索しました"
        );
        assert_eq!(
            of("the gzip stream ends too early"),
            "gzip ストリームが途中で終わっています"
        );
        assert_eq!(of("check its permissions"), "権限を確かめてください");
        assert_eq!(
            of(
                "\"value\" holds \"a b\", which is not wholly a value of type url: it holds a blank"
            ),
            "\"value\" の \"a b\" は、全体として型 url の値ではありません：空白を含みます"
        );
        assert_eq!(of("something new"), "something new");
        let english = Words::new(Language::En).of_problem("check its permissions");
        assert_eq!(english, "check its permissions");
    }

    #[test]
    fn every_form_takes_what_its_english_gives() {
        for line in FORMS.lines() {
            let (english, japanese) = line.split_once('\t').unwrap();
            let given = english.matches("{}").count();
            let taken = japanese.matches('{').count();
            assert_eq!(given, taken, "{line}");
            for number in 1..=9 {
                let named = japanese.contains(&format!("{{{number}}}"));
                assert!(!named || number <= given, "{line}");
            }
        }
    }
}
