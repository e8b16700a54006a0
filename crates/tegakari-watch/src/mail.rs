//! A mail with a digest: RFC 5322 with an encoded body, and the dialogue of SMTP (RFC 5321).

use tegakari_model::Timestamp;

/// Who gets a digest, and from whom.
#[derive(Debug, Clone)]
pub struct Addresses {
    /// The sender.
    pub from: String,
    /// Those who get it.
    pub to: Vec<String>,
}

impl Addresses {
    /// Checks that they are addresses and nothing else, so that none can add a header or a command.
    ///
    /// # Errors
    /// Names the first that is none.
    pub fn new(from: &str, to: &[String]) -> Result<Self, String> {
        for one in to.iter().map(String::as_str).chain([from]) {
            let plain = |c: char| {
                c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '+' | '@' | '=')
            };
            let fine = one.split('@').count() == 2
                && !one.starts_with(['@', '-'])
                && !one.ends_with('@')
                && one.len() <= 254
                && one.chars().all(plain);
            if !fine {
                return Err(one.to_owned());
            }
        }
        Ok(Self {
            from: from.to_owned(),
            to: to.to_vec(),
        })
    }
}

/// The whole message, lines ended by CRLF. Subject and body may hold anything: both are encoded.
pub fn message(
    addresses: &Addresses,
    subject: &str,
    id: &str,
    at: Timestamp,
    body: &str,
) -> String {
    let id: String = id
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '-')
        .collect();
    let mut out = format!(
        "From: {}\r\nTo: {}\r\nSubject: {}\r\nDate: {}\r\nMessage-ID: <{id}@tegakari.invalid>\r\n\
         MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\
         Auto-Submitted: auto-generated\r\n\r\n",
        addresses.from,
        addresses.to.join(", "),
        encoded_words(subject),
        at.strftime("%a, %d %b %Y %H:%M:%S +0000"),
    );
    for line in base64(body.as_bytes()).as_bytes().chunks(76) {
        out.push_str(&String::from_utf8_lossy(line));
        out.push_str("\r\n");
    }
    out
}

/// Words in UTF-8 as a header takes them (RFC 2047), a piece at most 75 characters long.
fn encoded_words(text: &str) -> String {
    let mut words = Vec::new();
    let mut piece = String::new();
    for c in text.chars().take(200) {
        if piece.len() + c.len_utf8() > 42 {
            words.push(std::mem::take(&mut piece));
        }
        piece.push(c);
    }
    words.push(piece);
    let coded: Vec<String> = words
        .iter()
        .map(|word| format!("=?utf-8?B?{}?=", base64(word.as_bytes())))
        .collect();
    coded.join("\r\n ")
}

/// Base64 (RFC 4648).
pub fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            if place <= chunk.len() {
                let letter = LETTERS[(bits >> (18 - 6 * place)) as usize & 63];
                out.push(char::from(letter));
            } else {
                out.push('=');
            }
        }
    }
    out
}

/// What to send to a mail server, in order, and the first digit of the answer that each must have.
pub fn dialogue(addresses: &Addresses, host: &str, message: &str) -> Vec<(String, u8)> {
    let host: String = host
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))
        .collect();
    let host = if host.is_empty() {
        "localhost".to_owned()
    } else {
        host
    };
    let mut steps = vec![
        (format!("EHLO {host}\r\n"), b'2'),
        (format!("MAIL FROM:<{}>\r\n", addresses.from), b'2'),
    ];
    for to in &addresses.to {
        steps.push((format!("RCPT TO:<{to}>\r\n"), b'2'));
    }
    steps.push(("DATA\r\n".to_owned(), b'3'));
    // A line that is a dot would end it; base64 has none, headers neither, but the rule is the rule.
    let stuffed = message.replace("\r\n.", "\r\n..");
    steps.push((format!("{stuffed}.\r\n"), b'2'));
    steps.push(("QUIT\r\n".to_owned(), b'2'));
    steps
}

#[cfg(test)]
mod tests {
    use super::{Addresses, base64, dialogue, message};

    #[test]
    fn only_addresses_are_addresses() {
        let to = |one: &str| Addresses::new("a@b.example", &[one.to_owned()]);
        assert!(to("soc@example.org").is_ok());
        for bad in [
            "x",
            "a@b@c",
            "a@b\r\nBcc: c@d",
            "-oQ/tmp@x",
            "a@b>",
            "",
            "a @b",
        ] {
            assert!(to(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn hostile_text_stays_in_the_body() {
        let addresses = Addresses::new("a@b.example", &["c@d.example".to_owned()]).unwrap();
        let at = "2026-03-04T05:06:07Z".parse().unwrap();
        let text = message(
            &addresses,
            "日本\r\nBcc: x@y",
            "W-1\r\n",
            at,
            "a\r\n.\r\nQUIT\r\n",
        );
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(!head.contains("\r\nBcc"), "{head}");
        assert!(
            head.contains("Date: Wed, 04 Mar 2026 05:06:07 +0000"),
            "{head}"
        );
        assert_eq!(body, "YQ0KLg0KUVVJVA0K\r\n");
        let steps = dialogue(&addresses, "h\r\nX", &text);
        assert_eq!(steps[0].0, "EHLO hX\r\n");
        assert!(steps.iter().all(|(line, _)| line.ends_with("\r\n")));
    }

    #[test]
    fn base64_is_that_of_the_standard() {
        let all: Vec<String> = ["", "f", "fo", "foo", "foob", "fooba", "foobar"]
            .iter()
            .map(|t| base64(t.as_bytes()))
            .collect();
        assert_eq!(
            all,
            [
                "", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"
            ]
        );
    }
}
