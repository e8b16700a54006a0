//! Values that only a label makes recognisable: mutexes, pipes, services, user agents, commands,
//! and file or detection names of any form.

use tegakari_model::ObservableKind as K;

use super::{Candidate, Origin, cut};
use crate::lexicon::{self, Field};
use crate::text::Clean;

/// Characters before which a label's colon stands.
const LABEL: usize = 60;

/// The label at the start of a line, what it announces, and the range of its value.
pub(crate) fn label_and_value(text: &str) -> Option<(Field, usize, usize)> {
    // Most lines begin with a word.
    let lead = if text.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        0
    } else {
        text.len()
            - text
                .trim_start_matches([
                    ' ', '\t', '-', '*', '•', '・', '|', '`', '>', '+', '│', '├', '└', '─',
                ])
                .len()
    };
    let body = cut(text, lead, text.len());
    let head = body.as_bytes();
    let head = head.get(..4 * LABEL).unwrap_or(head);
    let half = memchr::memchr3(b':', b'=', b'\t', head);
    // Nearly no text has the byte that `：` begins with.
    let full = memchr::memchr_iter(0xEF, head).find(|at| head[*at..].starts_with("：".as_bytes()));
    let colon = half.into_iter().chain(full).min().filter(|colon| {
        *colon < LABEL
            || body
                .get(..*colon)
                .is_some_and(|label| label.chars().nth(LABEL - 1).is_none())
    });
    let named = colon.and_then(|colon| {
        let label = body.get(..colon)?.trim_matches(['*', '_', ' ', '`', '"']);
        Some((colon, lexicon::field(label)?))
    });
    let Some((colon, field)) = named else {
        return spaced(text, lead);
    };
    let from = lead + colon + body.get(colon..)?.chars().next()?.len_utf8();
    let value = cut(text, from, text.len());
    let blank = value.len() - value.trim_start_matches([' ', '\t']).len();
    let rest = cut(value, blank, value.len());
    let bare = rest.trim_start_matches(['*', '_']);
    // Marks of emphasis close the label or hold the value; `__init__.py` and names that are hidden in part are neither.
    let emphasis =
        bare.is_empty() || bare.starts_with([' ', '\t']) || rest.trim_end().ends_with(['*', '_']);
    let start = if emphasis {
        from + value.len() - value.trim_start_matches([' ', '\t', '*', '_']).len()
    } else {
        from + blank
    };
    let end = from + value.trim_end().len();
    Some((field, start, end.max(start)))
}

/// A label in a wide script and its value with one blank between them: `病毒名称 Trojan/Win32.Rovnix`.
fn wide_label(text: &str, lead: usize) -> Option<(Field, usize, usize)> {
    let body = cut(text, lead, text.len());
    let (label, value) = body.split_once(' ')?;
    let short = label.starts_with(|c: char| !c.is_ascii()) && label.chars().count() <= 8;
    let value = value.trim_end();
    // One value, not a sentence.
    if !short || value.is_empty() || value.split_whitespace().nth(2).is_some() {
        return None;
    }
    let field = lexicon::field(label)?;
    let from = lead + label.len() + 1;
    Some((field, from, from + value.len()))
}

/// A label that blanks alone set apart from its value, as in aligned lists: `File      stub.hta`.
fn spaced(text: &str, lead: usize) -> Option<(Field, usize, usize)> {
    const WIDEST: usize = 48;
    let body = cut(text, lead, text.len());
    let near = body.as_bytes();
    let near = near.get(..4 * WIDEST).unwrap_or(near);
    // In nearly all lines no two blanks follow each other, or a wide one.
    let gaps = near
        .iter()
        .zip(near.iter().skip(1))
        .fold(false, |any, (a, b)| {
            any | (*a == b' ' && *b == b' ') | (*a == 0xE3 && *b == 0x80)
        });
    if !gaps {
        return wide_label(text, lead);
    }
    let mut blanks = 0;
    let mut gap = None;
    for (i, c) in body.char_indices().take(WIDEST) {
        match c {
            ' ' => blanks += 1,
            '\u{3000}' => blanks += 2,
            _ if blanks >= 2 => {
                gap = Some(i);
                break;
            }
            _ => blanks = 0,
        }
    }
    let from = gap?;
    let field = lexicon::field(body.get(..from)?.trim_end())?;
    let value = body.get(from..)?.trim_end();
    // The names of columns beside each other are no value.
    let first = value.split("  ").next().unwrap_or(value);
    let counts = ["occurrences", "count", "hits", "件数", "回数"];
    let column = lexicon::field(first).is_some() || counts.contains(&first.to_lowercase().as_str());
    (!column).then(|| (field, lead + from, lead + from + value.len()))
}

/// The name of a host in any script that `start..end` is, where a label or column says that it is one. In running text
/// nothing tells letters of a name from those of the sentence: `日本-evil.jp`, 「ドメインevil.jp」.
fn wide_host(clean: &Clean<'_>, start: usize, end: usize) -> Option<Candidate> {
    let cell = cut(&clean.text, start, end);
    let name = cell.trim_matches(|c: char| is_edge(c) || matches!(c, '-' | '•' | '・'));
    let form = !name.is_ascii()
        && name.contains('.')
        && name
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_'));
    let observable = form.then(|| tegakari_model::Observable::new(K::Domain, name).ok())??;
    let from = start + cell.find(name)?;
    Some(Candidate {
        observable,
        start: from,
        end: from + name.len(),
        defanged: clean.is_defanged(from, from + name.len()),
        origin: Origin::Label,
        written: None,
    })
}

/// The values in `start..end`, which a label, a column or a heading says are of a kind.
pub(crate) fn labelled(
    clean: &Clean<'_>,
    field: Field,
    start: usize,
    end: usize,
) -> Vec<Candidate> {
    let kind = match field {
        Field::Kind(kind) => kind,
        Field::OtherName => K::FileName,
        _ => return Vec::new(),
    };
    let text = &*clean.text;
    if kind == K::Domain {
        return wide_host(clean, start, end).into_iter().collect();
    }
    let whole = matches!(kind, K::UserAgent | K::CommandLine | K::Ssdeep);
    let splits = matches!(
        kind,
        K::FileName | K::DetectionName | K::Mutex | K::NamedPipe | K::ServiceName | K::FilePath
    );
    if !whole && !splits {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut from = start;
    let mut push = |from: usize, to: usize| {
        let piece = cut(text, from, to);
        // `***report.exe` of whose name a part is hidden holds more of the signs that emphasis is marked with.
        let hidden = piece.trim_matches(is_edge).contains('*') && !piece.trim_end().ends_with('*');
        let edge = |c: char| is_edge(c) && !(hidden && c == '*');
        let left = piece.len() - piece.trim_start_matches(edge).len();
        let mut value = piece.trim_matches(edge);
        let mut from = from + left;
        // The bullet of an item under a heading that names the kind.
        if let Some(rest) = value
            .strip_prefix("- ")
            .or_else(|| value.strip_prefix("• "))
            .or_else(|| value.strip_prefix(['□', '■', '◆', '◇', '●', '○', '▼', '※']))
        {
            let rest = rest.trim_start_matches(is_edge);
            from += value.len() - rest.len();
            value = rest;
        }
        // `<hash> name` and `name <hash>` in a column of names.
        if kind == K::FileName
            && let Some((first, rest)) = value.split_once(char::is_whitespace)
        {
            if is_hash(first) {
                let name = rest.trim_start_matches(is_edge);
                from += value.len() - name.len();
                value = name;
            } else if let Some((name, last)) = value.rsplit_once(char::is_whitespace)
                && is_hash(last)
            {
                value = name.trim_end_matches(is_edge);
            }
        }
        // `Trojan.Agent.A (Vendor)`; but 「银狐 (SilverFox.bk)」 is one name in two languages.
        if kind == K::DetectionName
            && let Some((name, rest)) = value.split_once(['(', '（'])
            && rest.ends_with([')', '）'])
            && !name.trim().is_empty()
            && name.contains(|c: char| c.is_ascii_alphanumeric())
        {
            value = name.trim_end();
        }
        if kind == K::FileName
            && let Some((other, name)) = remarked(value)
        {
            if let Some(other) = other
                && let Ok(observable) = tegakari_model::Observable::new(kind, other)
            {
                found.push(Candidate {
                    observable,
                    start: from,
                    end: from + other.len(),
                    defanged: clean.is_defanged(from, from + other.len()),
                    origin: Origin::Label,
                    written: None,
                });
            }
            from += value.find(name).unwrap_or(0);
            value = name;
        }
        let to = from + value.len();
        // A column of names may say where in a bundle or archive the file lies.
        let kind = if kind == K::FileName && is_relative_path(value) {
            K::FilePath
        } else {
            kind
        };
        if lexicon::is_none_word(value) || value.len() > 512 || !fits(kind, value) {
            return;
        }
        if let Ok(observable) = tegakari_model::Observable::new(kind, value) {
            found.push(Candidate {
                observable,
                start: from,
                end: to,
                defanged: clean.is_defanged(from, to),
                origin: Origin::Label,
                written: None,
            });
        }
    };
    if splits {
        // `name.{exe,txt}` is one name.
        let mut braces = 0usize;
        for (i, c) in cut(text, start, end).char_indices() {
            match c {
                '{' => braces += 1,
                '}' => braces = braces.saturating_sub(1),
                _ => {}
            }
            let grouped =
                c == ',' && groups(cut(text, start, start + i), cut(text, start + i + 1, end));
            // `a.exe`／`b.exe`, a.exe / b.exe
            let beside = c == '/'
                && (cut(text, start, start + i).ends_with('`')
                    || cut(text, start, start + i).ends_with(' ')
                        && cut(text, start + i + 1, end).starts_with(' '));
            if braces == 0 && !grouped && (beside || matches!(c, ',' | '、' | '\n' | '\t' | ';')) {
                push(from, start + i);
                from = start + i + c.len_utf8();
            }
        }
    }
    push(from, end);
    found
}

/// A name and what stands in brackets behind it: `agent.exe (v1)` is `agent.exe`, `Payload (agent.exe)` as well, and
/// `1.d00 (agent.exe)` has two names, of which the other comes first here.
fn remarked(value: &str) -> Option<(Option<&str>, &str)> {
    let inside = value.strip_suffix([')', '）'])?;
    let (head, inside) = inside.rsplit_once(['(', '（'])?;
    let (head, inside) = (head.trim_end(), inside.trim());
    let named = |text: &str| {
        text.rsplit_once('.').is_some_and(|(stem, end)| {
            !stem.is_empty() && lexicon::ending(end) != lexicon::Ending::Unknown
        })
    };
    let one_word = !head.is_empty() && !head.contains(char::is_whitespace);
    if named(inside) && !inside.contains(char::is_whitespace) {
        return Some((Some(head).filter(|h| one_word && h.contains('.')), inside));
    }
    let remark = inside.chars().any(char::is_alphabetic);
    (remark && (named(head) || one_word)).then_some((None, head))
}

fn is_edge(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '"' | '\'' | '`' | '“' | '”' | '‘' | '’' | '「' | '」' | '*'
        )
}

/// Whether a comma between two pieces of text parts the digits of a number: `147,968 bytes`.
fn groups(before: &str, after: &str) -> bool {
    let front = before.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = before.len() - front.len();
    let behind = after.bytes().take_while(u8::is_ascii_digit).count();
    (1..=3).contains(&digits)
        && !front.ends_with(|c: char| c.is_ascii_alphanumeric())
        && behind == 3
        && !after[3..].starts_with(|c: char| c.is_ascii_alphanumeric())
}

/// Whether a value is how large something is: `(147,968 bytes)`.
fn is_size(value: &str) -> bool {
    let value = value.trim_matches(|c: char| c.is_whitespace() || "()（）[]".contains(c));
    let unit = value.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, ',' | '.'));
    let units = [
        "bytes",
        "byte",
        "バイト",
        "kb",
        "kib",
        "mb",
        "mib",
        "字节",
        "байт",
        "바이트",
        "octets",
        "ko",
    ];
    unit.len() < value.len() && units.contains(&unit.trim().to_lowercase().as_str())
}

/// Whether a value can be of the kind that its label promises.
fn fits(kind: K, value: &str) -> bool {
    let words = value.split_whitespace().count();
    match kind {
        K::FileName => {
            !value.contains(['/', '\\', '<', '>', '|'])
                && (words <= 8
                    || words <= 13 && value.ends_with(|c: char| c.is_ascii_alphanumeric()))
                && !value.contains("://")
                && value.chars().count() <= 160
                && (value.contains('.') || words <= 2)
                && !is_hash(value)
                && !is_size(value)
                && value != "진단"
                && !is_remark(value)
                && !is_moment(value)
                && !is_code_name(value)
                && !says_what_it_is(value)
        }
        K::DetectionName => {
            // "multiple threats" names none.
            !value.bytes().all(|b| b.is_ascii_lowercase() || b == b' ')
                && words <= 3
                // "Microsoft Visual C++" is a compiler: names of several words hold the marks of a name.
                && (words <= 1 || value.contains(['.', '/', ':', '!', '_']) || is_bilingual(value))
                && !is_moment(value)
                && value.chars().any(|c| c.is_ascii_alphabetic())
                && !value.contains("://")
                && !is_hash(value)
                && !value.ends_with(['。', '.'])
                && !is_signed_or_not(value)
        }
        K::FilePath => {
            value.contains(['/', '\\'])
                && !value.contains("://")
                && !value.starts_with("$(")
                && !value.contains('|')
                && words <= 12
        }
        K::Mutex | K::NamedPipe | K::ServiceName => {
            words <= 6
                // The heading over them.
                && lexicon::field(value).is_none()
                && (kind == K::NamedPipe || !value.starts_with("\\\\.\\pipe"))
                && !value.contains("://")
                && !is_hash(value)
                && !value.ends_with(['。', '.'])
        }
        K::UserAgent => value.len() >= 4,
        K::CommandLine => value.contains([' ', '\\', '/']),
        K::Ssdeep => {
            value.matches(':').count() == 2
                && value
                    .split(':')
                    .next()
                    .is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
        }
        _ => false,
    }
}

/// A path below a folder that is not said: `Trade.app/Contents/MacOS/run.sh`.
fn is_relative_path(value: &str) -> bool {
    let mut parts = value.split('/');
    let first = parts.next().unwrap_or("");
    let is_file = first
        .rsplit_once('.')
        .is_some_and(|(_, e)| lexicon::ending(e) != lexicon::Ending::Unknown);
    let rest = parts.clone().count();
    !first.is_empty()
        && first.bytes().all(|b| b.is_ascii_graphic())
        && !first.contains([':', '$', '~', '%', '<', '@'])
        && !is_file
        && rest > 0
        && (rest > 1 || value.contains('.'))
        && parts.all(|part| !part.is_empty() && part.trim() == part)
        && !value.contains(['\\', '<', '>', '|'])
}

/// Whether a value is a name in another script with the Latin one in brackets: 「银狐 (SilverFox)」.
fn is_bilingual(value: &str) -> bool {
    value.split_once(['(', '（']).is_some_and(|(name, rest)| {
        !name.trim().is_empty()
            && !name.contains(|c: char| c.is_ascii_alphanumeric())
            && rest.ends_with([')', '）'])
            && rest
                .trim_end_matches([')', '）'])
                .split_whitespace()
                .count()
                == 1
    })
}

/// Words in brackets stand where there is no name: "(downloader)", 「（不明）」.
fn is_remark(value: &str) -> bool {
    (value.starts_with('(') && value.ends_with(')'))
        || (value.starts_with('（') && value.ends_with('）'))
}

/// Whether a value is a date or a time stamp (ISO 8601), which tables hold beside names.
fn is_moment(value: &str) -> bool {
    let digits = |part: Option<&[u8]>, most: usize| {
        part.is_some_and(|p| (1..=most).contains(&p.len()) && p.iter().all(u8::is_ascii_digit))
    };
    let date = value.split(['T', 't', ' ']).next().unwrap_or("");
    let mut parts = date.as_bytes().split(|b| matches!(b, b'-' | b'/' | b'.'));
    digits(parts.next(), 4)
        && digits(parts.next(), 2)
        && digits(parts.next(), 4)
        && parts.next().is_none()
}

/// Whether several words say what a file is rather than what it is called: "Gzip Archive", ".NET Payload".
fn says_what_it_is(value: &str) -> bool {
    const KINDS: [&str; 32] = [
        "archive",
        "attachment",
        "backdoor",
        "beacon",
        "binary",
        "bypass",
        "component",
        "dll",
        "document",
        "downloader",
        "dropper",
        "dump",
        "elf",
        "exe",
        "executable",
        "file",
        "implant",
        "library",
        "loader",
        "malware",
        "module",
        "payload",
        "pe",
        "plugin",
        "ransomware",
        "sample",
        "script",
        "shellcode",
        "stage",
        "stager",
        "stealer",
        "webshell",
    ];
    // "Backdoor v2.1"
    let version = |word: &str| {
        word.strip_prefix(['v', 'V']).is_some_and(|number| {
            number.starts_with(|c: char| c.is_ascii_digit())
                && number.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        })
    };
    let is_kind = |word: &str| KINDS.iter().any(|kind| word.eq_ignore_ascii_case(kind));
    // "Stage 1", "Payload #2", "Sample A"
    let counts = |word: &str| {
        let number = word.trim_start_matches(['#', '(']).trim_end_matches(')');
        number.len() == 1 && number.bytes().all(|b| b.is_ascii_alphanumeric())
            || !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())
    };
    // "Mach-O x64", "ELF 32-bit", "PE32+": a form, and the processor it is for.
    let form = |word: &str| {
        ["mach-o", "elf", "pe32", "pe32+", "pe64", "pe"]
            .iter()
            .any(|form| word.eq_ignore_ascii_case(form))
    };
    let processor = |word: &str| {
        [
            "x64",
            "x86",
            "x86_64",
            "x86-64",
            "amd64",
            "i386",
            "arm",
            "arm64",
            "aarch64",
            "mips",
            "universal",
            "32-bit",
            "64-bit",
        ]
        .iter()
        .any(|processor| word.eq_ignore_ascii_case(processor))
    };
    let mut words = value.split_whitespace();
    if words.next().is_some_and(form) && words.all(processor) {
        return true;
    }
    value
        .rsplit_once(char::is_whitespace)
        .is_some_and(|(before, last)| {
            (version(last) || is_kind(last)) && !before.trim_end().ends_with(['-', '_'])
                || counts(last) && is_kind(before.trim())
        })
}

/// Whether a value is what a signature check says, not what a scanner calls the file.
fn is_signed_or_not(value: &str) -> bool {
    const STATES: [&str; 10] = [
        "unsigned",
        "signed",
        "not signed",
        "valid",
        "invalid",
        "verified",
        "unverified",
        "revoked",
        "署名なし",
        "未署名",
    ];
    STATES.iter().any(|state| value.eq_ignore_ascii_case(state))
}

/// Whether a value is a code name (`DECENT_WATERBED`), as implants and operations have them.
fn is_code_name(value: &str) -> bool {
    value.contains('_')
        && !value.contains('.')
        && value.bytes().all(|b| b.is_ascii_uppercase() || b == b'_')
}

fn is_hash(value: &str) -> bool {
    matches!(value.len(), 32 | 40 | 64 | 128) && value.bytes().all(|b| b.is_ascii_hexdigit())
}
