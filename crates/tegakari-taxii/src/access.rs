//! Who may come in: HTTP Basic (RFC 7617) and bearer tokens (RFC 6750).

use sha2::{Digest, Sha256};

/// Names with passwords, and tokens. Kept as digests of the header that each makes, which are compared whole: how long
/// that takes says nothing of what is right.
#[derive(Debug, Clone, Default)]
pub struct Credentials {
    basic: bool,
    bearer: bool,
    known: Vec<[u8; 32]>,
}

impl Credentials {
    /// Adds a name and password.
    pub fn add_basic(&mut self, name: &str, password: &str) {
        let pair = base64(format!("{name}:{password}").as_bytes());
        self.basic = true;
        self.known.push(digest("basic", &pair));
    }

    /// Adds a token.
    pub fn add_token(&mut self, token: &str) {
        self.bearer = true;
        self.known.push(digest("bearer", token));
    }

    /// Whether there is none: then everybody may come in.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Whether who sends this `Authorization` may come in.
    pub fn allow(&self, authorization: Option<&str>) -> bool {
        if self.is_empty() {
            return true;
        }
        let Some((scheme, rest)) = authorization.and_then(|text| text.trim().split_once(' '))
        else {
            return false;
        };
        let given = digest(&scheme.to_ascii_lowercase(), rest.trim());
        let mut any = false;
        for known in &self.known {
            any |= known == &given;
        }
        any
    }

    /// The values of `WWW-Authenticate` that say what is wanted.
    pub(crate) fn wanted(&self) -> Vec<String> {
        let mut all = Vec::new();
        if self.basic {
            all.push("Basic realm=\"Tegakari\", charset=\"UTF-8\"".to_owned());
        }
        if self.bearer {
            all.push("Bearer realm=\"Tegakari\"".to_owned());
        }
        all
    }
}

fn digest(scheme: &str, rest: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(scheme.as_bytes());
    hash.update([0]);
    hash.update(rest.as_bytes());
    hash.finalize().into()
}

/// RFC 4648, section 4.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |i: usize| u32::from(chunk.get(i).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for i in 0..4 {
            let letter = LETTERS.get((bits >> (18 - 6 * i) & 63) as usize);
            match letter {
                Some(letter) if i <= chunk.len() => out.push(char::from(*letter)),
                _ => out.push('='),
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Credentials, base64};

    #[test]
    fn base64_is_that_of_the_rfc() {
        for (text, want) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
        ] {
            assert_eq!(base64(text.as_bytes()), want);
        }
    }

    #[test]
    fn only_who_is_known_comes_in() {
        let mut known = Credentials::default();
        assert!(known.allow(None));
        // RFC 7617, section 2.
        known.add_basic("Aladdin", "open sesame");
        known.add_token("t0ken");
        for (header, want) in [
            (None, false),
            (Some("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="), true),
            (Some("basic  QWxhZGRpbjpvcGVuIHNlc2FtZQ=="), true),
            (Some("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ"), false),
            (Some("Bearer t0ken"), true),
            (Some("Basic t0ken"), false),
            (Some("Bearer"), false),
            (Some(""), false),
        ] {
            assert_eq!(known.allow(header), want, "{header:?}");
        }
        assert_eq!(known.wanted().len(), 2);
    }
}
