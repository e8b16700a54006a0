//! ATT&CK ids in text: `T1059`, `T1059.001`, `T1059/001` as in links, `TA0011`. Text is cleaned before,
//! so that full-width letters are none any more.

use tegakari_model::TechniqueId;

/// Calls `sink` with every id and where it stands. Whether ATT&CK knows it is not asked here.
pub(super) fn find(text: &str, sink: &mut dyn FnMut(usize, usize, TechniqueId)) {
    let bytes = text.as_bytes();
    if !may_hold(bytes) {
        return;
    }
    for at in memchr::memchr2_iter(b'T', b't', bytes) {
        if let Some(end) = end_of(bytes, at)
            && let Some(id) = text.get(at..end).and_then(TechniqueId::parse)
        {
            sink(at, end, id);
        }
    }
}

/// Whether a text holds anything that looks like an id.
pub(super) fn any(text: &str) -> bool {
    let bytes = text.as_bytes();
    may_hold(bytes) && memchr::memchr2_iter(b'T', b't', bytes).any(|at| end_of(bytes, at).is_some())
}

/// Whether the beginning of an id may stand in a text: every tenth letter is a `t`, and hardly any has a digit behind it.
fn may_hold(bytes: &[u8]) -> bool {
    let digit = |b: u8| b.wrapping_sub(b'0') < 10;
    let next = bytes.get(1..).unwrap_or_default();
    let third = bytes.get(2..).unwrap_or_default();
    // Without a branch, so that the compiler makes many comparisons at once.
    let all = bytes.iter().zip(next).zip(third);
    all.fold(false, |any, ((t, a), b)| {
        any | ((t | 0x20 == b't') & (digit(*a) | ((a | 0x20 == b'a') & digit(*b))))
    })
}

/// Where an id that starts at `at` ends.
fn end_of(bytes: &[u8], at: usize) -> Option<usize> {
    let byte = |i: usize| bytes.get(i).copied().unwrap_or(b' ');
    let is_word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    if at > 0 && is_word(byte(at - 1)) {
        return None;
    }
    let tactic = byte(at + 1).eq_ignore_ascii_case(&b'A');
    let first = at + 1 + usize::from(tactic);
    let digits = |from: usize, n: usize| (from..from + n).all(|i| byte(i).is_ascii_digit());
    if !digits(first, 4) {
        return None;
    }
    let end = first + 4;
    // Small letters are ids in links and tags (`attack.t1059`), and nowhere else.
    if byte(at) == b't' && !(at > 0 && matches!(byte(at - 1), b'.' | b'/')) {
        return None;
    }
    if !tactic && matches!(byte(end), b'.' | b'/') && digits(end + 1, 3) && !is_word(byte(end + 4))
    {
        return Some(end + 4);
    }
    (!is_word(byte(end))).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_found_however_they_are_written() {
        let check = |text: &str, expect: &[&str]| {
            let mut got = Vec::new();
            find(text, &mut |_, _, id| got.push(id.as_str().to_owned()));
            assert_eq!(got, expect, "{text}");
        };
        check("uses T1059.001 and T1105.", &["T1059.001", "T1105"]);
        check("(T1059/001)", &["T1059.001"]);
        check(
            "https://attack.mitre.org/techniques/T1053/005/",
            &["T1053.005"],
        );
        check("https://attack.mitre.org/tactics/TA0011", &["TA0011"]);
        check("attack.t1218.011", &["T1218.011"]);
        check("T1566.001、T1189。", &["T1566.001", "T1189"]);
        check("攻撃手法T1566", &["T1566"]);
        check("T1059.0012 KT1059 T10591 T1059_x t1059 T105", &["T1059"]);
        check("[T1027](https://x)", &["T1027"]);
        check("T1566-T1189", &["T1566", "T1189"]);
    }
}
