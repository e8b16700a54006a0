//! Words that say that one file does something to another: whoever drops `b.dll` is not called so.

/// Deeds of the file that is named or hashed before them.
const ACTIVE: [&str; 48] = [
    "contacts",
    "contains",
    "copies",
    "creates",
    "decodes",
    "decrypts",
    "deletes",
    "delivers",
    "deploys",
    "disables",
    "downloads",
    "downloading",
    "drops",
    "dropping",
    "executes",
    "executing",
    "exploits",
    "extracts",
    "fetches",
    "imports",
    "injects",
    "installs",
    "invokes",
    "kills",
    "launches",
    "launching",
    "loads",
    "loading",
    "opens",
    "patches",
    "reads",
    "registers",
    "replaces",
    "requests",
    "retrieves",
    "runs",
    "running",
    "side-loads",
    "sideloads",
    "side-loading",
    "sideloading",
    "spawns",
    "starts",
    "stops",
    "terminates",
    "unpacks",
    "writes",
    "communicates",
];

/// Deeds that were done to it, when "by" or "from" and the other follow.
const DONE: [&str; 25] = [
    "contained",
    "created",
    "decoded",
    "decrypted",
    "deleted",
    "delivered",
    "deployed",
    "downloaded",
    "dropped",
    "embedded",
    "executed",
    "extracted",
    "fetched",
    "injected",
    "installed",
    "launched",
    "loaded",
    "opened",
    "run",
    "side-loaded",
    "sideloaded",
    "spawned",
    "started",
    "unpacked",
    "written",
];

/// The same in scripts without blanks.
const WIDE: [&str; 24] = [
    "起動",
    "実行",
    "ダウンロード",
    "作成",
    "生成",
    "ドロップ",
    "展開",
    "読み込",
    "ロード",
    "注入",
    "復号",
    "書き込",
    "削除",
    "释放",
    "下载",
    "加载",
    "执行",
    "启动",
    "创建",
    "解密",
    "释出",
    "실행",
    "다운로드",
    "생성",
];

/// What else stands between a hash and the name of another file.
const OTHERS: [&str; 8] = [
    " variant of ",
    " similar to ",
    " next to ",
    " not ",
    " parent ",
    " instead of ",
    " related to ",
    " unlike ",
];

/// Whether words between a name and a hash, or a hash and a name, tell of a deed.
pub(crate) fn tell(words: &str) -> bool {
    first(words).is_some()
}

/// Whether words between a hash and the name after it say that the name is another file's.
pub(crate) fn name_another(words: &str) -> bool {
    let lower = words.to_lowercase();
    OTHERS.iter().any(|other| lower.contains(other)) || tell(words)
}

/// Whether a line begins with a deed of what stands above it: `Drops b.dll.`, `It loads b.dll`.
pub(crate) fn begin(line: &str) -> bool {
    const NEAR: usize = 40;
    let mut end = NEAR.min(line.len());
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    first(line.get(..end).unwrap_or("")).is_some_and(|at| at <= 3)
}

/// Where the first deed stands that words tell of.
pub(crate) fn first(words: &str) -> Option<usize> {
    let wide = WIDE
        .iter()
        .filter(|_| !words.is_ascii())
        .filter_map(|deed| {
            words
                .match_indices(deed)
                .map(|(at, _)| at)
                .find(|at| !is_a_kind_of_file(words, *at, deed.len()))
        })
        .min();
    let is = |list: &[&str], word: &str| list.iter().any(|deed| deed.eq_ignore_ascii_case(word));
    let mut done: Option<(usize, &str)> = None;
    let plain = plain_words(words).find_map(|(start, word)| {
        let by = |done: &str| match word {
            "by" | "from" | "into" => true,
            "in" => matches!(done, "contained" | "embedded"),
            _ => false,
        };
        if let Some((before, _)) = done.take().filter(|(_, done)| by(done)) {
            return Some(before);
        }
        done = is(&DONE, word).then_some((start, word));
        is(&ACTIVE, word).then_some(start)
    });
    match (plain, wide) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

/// Whether a deed is a part of what a file is: 実行ファイル, 可执行文件.
fn is_a_kind_of_file(words: &str, at: usize, length: usize) -> bool {
    let after = words.get(at + length..).unwrap_or("");
    ["ファイル", "形式", "可能", "文件", "파일"]
        .iter()
        .any(|kind| after.starts_with(kind))
        || words.get(..at).is_some_and(|t| t.ends_with('可'))
}

/// The words of ASCII letters and hyphens, each with where it begins.
fn plain_words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let inside = |b: &u8| b.is_ascii_alphanumeric() || *b == b'-';
    let mut at = 0;
    std::iter::from_fn(move || {
        let bytes = text.as_bytes();
        at += bytes.get(at..)?.iter().position(inside)?;
        let start = at;
        let length = bytes.get(at..)?.iter().take_while(|b| inside(b)).count();
        at += length;
        Some((start, text.get(start..at)?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deeds_are_told_from_what_happened_to_the_file_itself() {
        for words in [
            " drops ",
            ", which loads ",
            " was dropped by ",
            " (extracted from ",
            " side-loads the DLL with MD5 ",
            "の検体を起動する ",
            "释放的DLL（",
        ] {
            assert!(tell(words), "{words}");
        }
        for words in [
            " was dropped in March and has the MD5 ",
            ", written in Go (",
            ", a loader for Cobalt Strike (",
            " – ",
            "のハッシュ値は",
            "という実行ファイル（",
            "（可执行文件，MD5 ",
        ] {
            assert!(!tell(words), "{words}");
        }
        assert!(name_another(", a variant of "));
        assert!(name_another(", not that of "));
        assert!(!name_another(" was uploaded as "));
    }
}
