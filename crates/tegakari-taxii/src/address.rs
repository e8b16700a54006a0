//! Paths and queries, with their percent codes undone.

use percent_encoding::percent_decode_str;

/// A target taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    /// Segments of the path, decoded; none for the empty one that a slash at the end leaves.
    pub(crate) segments: Vec<String>,
    /// Names and values of the query, decoded, in order.
    pub(crate) query: Vec<(String, String)>,
}

/// Takes a target apart; `None` when something in it is no UTF-8.
pub(crate) fn parse(target: &str) -> Option<Address> {
    let target = target.split('#').next().unwrap_or("");
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut segments = Vec::new();
    for segment in path.strip_prefix('/')?.split('/') {
        segments.push(percent_decode_str(segment).decode_utf8().ok()?.into_owned());
    }
    if segments.last().is_some_and(String::is_empty) {
        segments.pop();
    }
    let mut pairs = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let text = |text: &str| {
            let text = text.replace('+', "%20");
            let decoded = percent_decode_str(&text).decode_utf8().ok();
            decoded.map(std::borrow::Cow::into_owned)
        };
        pairs.push((text(name)?, text(value)?));
    }
    Some(Address {
        segments,
        query: pairs,
    })
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn targets_are_taken_apart() {
        let address = parse("/taxii2/api/?match%5Btype%5D=a,b&limit=2&x").unwrap();
        assert_eq!(address.segments, ["taxii2", "api"]);
        let query: Vec<(&str, &str)> = address
            .query
            .iter()
            .map(|(a, b)| (&a[..], &b[..]))
            .collect();
        assert_eq!(query, [("match[type]", "a,b"), ("limit", "2"), ("x", "")]);
        assert_eq!(parse("/a//b").unwrap().segments, ["a", "", "b"]);
        assert_eq!(parse("/a%2f../b").unwrap().segments, ["a/..", "b"]);
        assert_eq!(parse("/").unwrap().segments.len(), 0);
        assert!(parse("/%ff").is_none());
        assert!(parse("http://x/").is_none());
    }
}
