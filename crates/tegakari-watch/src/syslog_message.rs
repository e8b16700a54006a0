//! A sighting as a message of syslog (RFC 5424), its text a JSON object.

use tegakari_model::Timestamp;

/// Facility `local0`, severity `alert`.
const PRIORITY: u8 = 16 * 8 + 1;

/// The message, without framing. `json` is one line; control characters in it would be blanks.
pub fn syslog_message(host: &str, id: &str, at: Timestamp, json: &str) -> String {
    // RFC 5424, section 6: printable ASCII without blanks, of limited length.
    let token = |text: &str, most: usize| -> String {
        let plain: String = text
            .chars()
            .filter(char::is_ascii_graphic)
            .take(most)
            .collect();
        if plain.is_empty() {
            "-".to_owned()
        } else {
            plain
        }
    };
    let text: String = json
        .trim_end()
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    // UTF-8 is announced by a byte order mark (section 6.4).
    let mark = if text.is_ascii() { "" } else { "\u{feff}" };
    format!(
        "<{PRIORITY}>1 {} {} tegakari - {} - {mark}{text}",
        at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        token(host, 255),
        token(id, 32),
    )
}

#[cfg(test)]
mod tests {
    use super::syslog_message;

    #[test]
    fn nothing_breaks_out_of_a_message() {
        let at = "2026-03-04T05:06:07Z".parse().unwrap();
        let told = syslog_message("a\nb c", "W-1\u{7}", at, "{\"a\":\"x\\n\"}\n");
        assert_eq!(
            told,
            "<129>1 2026-03-04T05:06:07Z abc tegakari - W-1 - {\"a\":\"x\\n\"}"
        );
        let told = syslog_message("", "", at, "\u{9b}31m\r\n<13>日本\0");
        assert!(!told.contains(|c: char| c.is_control()), "{told:?}");
        assert!(told.contains(" - - - \u{feff}"), "{told:?}");
    }
}
