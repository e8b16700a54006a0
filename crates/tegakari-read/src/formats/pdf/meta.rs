//! What the document says about itself: title, author and dates of its information dictionary.

use hayro_syntax::Pdf;

use crate::content::Content;

/// A text string (ISO 32000-2, 7.9.2.2): UTF-16 or UTF-8 with a mark, otherwise PDFDocEncoding.
pub(super) fn text_string(bytes: &[u8]) -> String {
    let utf16 = |rest: &[u8], join: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = rest.as_chunks::<2>().0.iter().map(|c| join(*c)).collect();
        String::from_utf16_lossy(&units)
    };
    match bytes {
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        // Many writers put UTF-8 there without saying so.
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => bytes.iter().map(|b| pdf_doc(*b)).collect(),
        },
    }
}

/// PDFDocEncoding (ISO 32000-2, annex D.2), where it differs from Latin-1.
fn pdf_doc(byte: u8) -> char {
    const HIGH: [char; 33] = [
        '•', '†', '‡', '…', '—', '–', 'ƒ', '⁄', '‹', '›', '−', '‰', '„', '“', '”', '‘', '’', '‚',
        '™', 'ﬁ', 'ﬂ', 'Ł', 'Œ', 'Š', 'Ÿ', 'Ž', 'ı', 'ł', 'œ', 'š', 'ž', '\u{FFFD}', '€',
    ];
    match byte {
        0x80..=0xA0 => HIGH
            .get(usize::from(byte - 0x80))
            .copied()
            .unwrap_or('\u{FFFD}'),
        _ => char::from(byte),
    }
}

/// Takes title and date over where they say something. The author is rarely the publisher, and often a
/// log-in name, so it counts only where it is a publisher that is known.
pub(super) fn apply(pdf: &Pdf, content: &mut Content) {
    let info = pdf.metadata();
    let string = |bytes: &Option<Box<[u8]>>| {
        let text = bytes.as_ref().map(|b| text_string(b))?;
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        (!text.is_empty()).then_some(text)
    };
    content.title = string(&info.title).filter(|t| is_title(t));
    content.publisher = string(&info.author)
        .as_deref()
        .and_then(crate::front_matter::known_publisher)
        .map(str::to_owned);
    content.published = info
        .creation_date
        .filter(|d| (1990..2100).contains(&d.year) && (1..=12).contains(&d.month))
        .map(|d| format!("{:04}-{:02}-{:02}", d.year, d.month, d.day.max(1)));
}

/// Whether a title was given by a person: programs fill in file names and their own.
fn is_title(title: &str) -> bool {
    let lower = title.to_lowercase();
    let named_by_program = [
        "microsoft word",
        "microsoft powerpoint",
        "powerpoint presentation",
        "untitled",
        "untitled document",
        "document1",
        "presentation",
        "print",
        "slide 1",
    ]
    .iter()
    .any(|p| {
        lower == *p
            || lower.starts_with("microsoft word -")
            || lower.starts_with("microsoft powerpoint -")
    });
    let is_file = [
        ".doc", ".docx", ".pdf", ".ppt", ".pptx", ".indd", ".tex", ".dvi", ".html", ".md", ".odt",
        ".rtf",
    ]
    .iter()
    .any(|e| lower.ends_with(e));
    let chars = title.chars().count();
    // `(anonymous)`, `(unspecified)`
    let bracketed = lower.starts_with('(') && lower.ends_with(')');
    !named_by_program
        && !bracketed
        && !is_file
        && (4..=300).contains(&chars)
        && title.chars().any(char::is_alphabetic)
}
