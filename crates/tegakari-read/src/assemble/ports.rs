//! Ports beside addresses and names.

/// The ports that stand right after a value: `:8080`, `|443`, ` port 7000`, `ポート8080`.
pub(super) fn port_after(text: &str, end: usize) -> Option<u16> {
    let rest = text.get(end..)?;
    let digits = rest.strip_prefix([':', '|']).or_else(|| {
        let rest = rest.trim_start_matches([' ', ',', '(', ':', 'の']);
        let rest = rest.strip_prefix("on ").unwrap_or(rest);
        let rest = rest
            .strip_prefix("TCP ")
            .or_else(|| rest.strip_prefix("UDP "))
            .unwrap_or(rest);
        let rest = ["port ", "port: ", "ポート番号", "ポート"]
            .iter()
            .find_map(|word| rest.strip_prefix(*word))?;
        Some(rest.trim_start_matches([' ', ':']))
    })?;
    let length = digits
        .bytes()
        .take(6)
        .take_while(u8::is_ascii_digit)
        .count();
    let number = digits.get(..length)?;
    let next = digits.as_bytes().get(length).copied().unwrap_or(b' ');
    let whole = !next.is_ascii_alphanumeric() && !matches!(next, b'.' | b'_');
    number.parse().ok().filter(|port| *port > 0 && whole)
}
