//! Names reserved by standards.

use tegakari_model::ObjectionKind;

/// Names that no registrar sells, with everything below them.
const RESERVED: &[(&str, ObjectionKind, &str)] = &[
    ("example.com", ObjectionKind::Documentation, "RFC 2606"),
    ("example.net", ObjectionKind::Documentation, "RFC 2606"),
    ("example.org", ObjectionKind::Documentation, "RFC 2606"),
    ("example", ObjectionKind::Documentation, "RFC 2606"),
    ("test", ObjectionKind::Documentation, "RFC 2606"),
    ("invalid", ObjectionKind::Documentation, "RFC 2606"),
    ("localhost", ObjectionKind::SpecialPurpose, "RFC 6761"),
    ("local", ObjectionKind::SpecialPurpose, "RFC 6762"),
    ("home.arpa", ObjectionKind::SpecialPurpose, "RFC 8375"),
    ("in-addr.arpa", ObjectionKind::SpecialPurpose, "RFC 6761"),
    ("ip6.arpa", ObjectionKind::SpecialPurpose, "RFC 3596"),
    (
        "internal",
        ObjectionKind::SpecialPurpose,
        "ICANN resolution 2024.07.29.06",
    ),
    ("alt", ObjectionKind::SpecialPurpose, "RFC 9476"),
];

/// The reserved name that `domain` is or lies below: its kind, the document, and the entry.
pub(super) fn reserved(domain: &str) -> Option<(ObjectionKind, &'static str, String)> {
    RESERVED.iter().find_map(|(name, kind, document)| {
        if domain == *name {
            return Some((*kind, *document, (*name).to_owned()));
        }
        let front = domain.strip_suffix(name)?;
        front
            .ends_with('.')
            .then(|| (*kind, *document, format!(".{name}")))
    })
}

#[cfg(test)]
mod tests {
    use super::reserved;

    #[test]
    fn reserved_names_end_at_label_borders() {
        for (domain, want) in [
            ("evil.example", Some(".example")),
            ("example.com", Some("example.com")),
            ("a.example.com", Some(".example.com")),
            ("notexample.com", None),
            ("attest.com", None),
            ("1.0.0.127.in-addr.arpa", Some(".in-addr.arpa")),
        ] {
            let got = reserved(domain).map(|(_, _, matched)| matched);
            assert_eq!(got.as_deref(), want, "{domain}");
        }
    }
}
