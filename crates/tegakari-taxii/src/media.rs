//! Negotiation of content (sections 1.6.8 and 3.3).

/// The media type of TAXII 2.1.
pub const MEDIA_TYPE: &str = "application/taxii+json;version=2.1";

/// A media range without its weight.
struct Range {
    kind: String,
    version: Option<String>,
    weight_is_zero: bool,
}

fn range(text: &str) -> Range {
    let mut parts = text.split(';').map(str::trim);
    let kind = parts.next().unwrap_or("").to_ascii_lowercase();
    let mut range = Range {
        kind,
        version: None,
        weight_is_zero: false,
    };
    for part in parts {
        let Some((name, value)) = part.split_once('=') else {
            continue;
        };
        let value = value.trim().trim_matches('"');
        match name.trim().to_ascii_lowercase().as_str() {
            "version" => range.version = Some(value.to_owned()),
            "q" => range.weight_is_zero = value.parse::<f32>().is_ok_and(|q| q <= 0.0),
            _ => {}
        }
    }
    range
}

/// Whether a client takes TAXII 2.1. One that says nothing takes anything (RFC 9110).
pub(crate) fn is_acceptable(accept: Option<&str>) -> bool {
    let Some(accept) = accept.filter(|a| !a.trim().is_empty()) else {
        return true;
    };
    accept.split(',').map(range).any(|range| {
        let fits = match range.kind.as_str() {
            "*/*" | "application/*" => true,
            "application/taxii+json" => range.version.is_none_or(|v| v == "2.1"),
            _ => false,
        };
        fits && !range.weight_is_zero
    })
}

/// Whether a body is said to be TAXII 2.1.
pub(crate) fn is_taxii(content_type: Option<&str>) -> bool {
    content_type.map(range).is_some_and(|range| {
        range.kind == "application/taxii+json" && range.version.is_none_or(|v| v == "2.1")
    })
}

/// Whether a media type is TAXII's, of any version: for clients.
pub fn is_json_media(content_type: &str) -> bool {
    range(content_type).kind == "application/taxii+json"
}

#[cfg(test)]
mod tests {
    use super::{is_acceptable, is_taxii};

    #[test]
    fn what_is_accepted_is_told_from_what_is_not() {
        for (accept, want) in [
            (None, true),
            (Some(""), true),
            (Some("*/*"), true),
            (Some("application/taxii+json;version=2.1"), true),
            (Some("application/taxii+json; version=\"2.1\""), true),
            (Some("Application/TAXII+json"), true),
            (Some("text/html, application/*;q=0.1"), true),
            (Some("application/taxii+json;version=2.0"), false),
            (Some("application/taxii+json;version=2.1;q=0"), false),
            (Some("application/vnd.oasis.taxii+json;version=2.0"), false),
            (Some("text/html"), false),
            (Some(";;,,=;q"), false),
        ] {
            assert_eq!(is_acceptable(accept), want, "{accept:?}");
        }
        assert!(is_taxii(Some("application/taxii+json ; version=2.1")));
        assert!(!is_taxii(Some("application/json")));
        assert!(!is_taxii(None));
    }
}
