//! ATT&CK's markup to the sentences inside it.

/// The reports that a text cites, in order: `(Citation: Name)`.
pub(crate) fn citations(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    for part in text.split("(Citation:").skip(1) {
        if let Some((name, _)) = part.split_once(')') {
            out.push(name.trim().to_owned());
        }
    }
    out
}

/// Without citations, links and marks of code, and without the names of who did it: a model that
/// reads "Emotet" must not learn what Emotet does.
pub(crate) fn plain(text: &str, names: &[&str]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['(', '[', '<', '`']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(after) = rest.strip_prefix("(Citation:") {
            out.push(' ');
            rest = after.split_once(')').map_or("", |(_, r)| r);
        } else if let Some((shown, target, after)) = link(rest) {
            // Groups, campaigns and malware are who did it; tools and techniques are how.
            let actor = target.contains("/groups/") || target.contains("/campaigns/");
            if !actor {
                out.push_str(shown);
            }
            rest = after;
        } else if rest.starts_with("<code>") || rest.starts_with("</code>") {
            out.push(' ');
            rest = rest.split_once('>').map_or("", |(_, r)| r);
        } else {
            let first = rest.chars().next();
            out.extend(first.filter(|c| *c != '`'));
            rest = rest.get(first.map_or(0, char::len_utf8)..).unwrap_or("");
        }
    }
    out.push_str(rest);
    for name in names.iter().filter(|n| n.len() > 2) {
        out = out.replace(name, " ");
    }
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `[shown](target)` at the start of a text, and what follows it.
fn link(text: &str) -> Option<(&str, &str, &str)> {
    let (shown, rest) = text.strip_prefix('[')?.split_once("](")?;
    let (target, after) = rest.split_once(')')?;
    (!shown.contains(['[', '\n'])).then_some((shown, target, after))
}

/// The sentences of a text, by the reader's own rule.
pub(crate) fn sentences(text: &str) -> Vec<String> {
    tegakari_read::behaviour::sentences::split(text)
        .map(|(start, end)| text[start..end].trim().to_owned())
        .filter(|s| s.split_whitespace().count() >= 3)
        .collect()
}
