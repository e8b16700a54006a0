//! Names inside programs, of packages and of products, which look like those of hosts and files.

use super::{Hint, byte};

/// First labels of reversed names: packages of apps and libraries.
const PACKAGE_ROOTS: [&str; 16] = [
    "com", "org", "net", "io", "jp", "cn", "de", "ru", "co", "edu", "gov", "me", "app", "dev",
    "java", "android",
];

/// First labels of names inside programs.
const CODE_ROOTS: [&str; 41] = [
    "hashlib",
    "system",
    "os",
    "sys",
    "java",
    "javax",
    "this",
    "self",
    "window",
    "document",
    "console",
    "math",
    "std",
    "http",
    "https",
    "process",
    "module",
    "exports",
    "node",
    "json",
    "string",
    "object",
    "array",
    "date",
    "re",
    "subprocess",
    "socket",
    "requests",
    "urllib",
    "shutil",
    "datetime",
    "base64",
    "crypto",
    "event",
    "response",
    "request",
    "microsoft",
    "windows",
    "wscript",
    "args",
    "readme",
];

/// Top-level names that are also ordinary words of programs: `user.name`, `file.id`, `e.target`.
pub(super) const WORDY_SUFFIXES: [&str; 34] = [
    "name", "id", "is", "it", "run", "do", "to", "in", "at", "be", "my", "page", "link", "click",
    "build", "call", "data", "host", "email", "map", "new", "now", "one", "open", "play", "show",
    "target", "express", "post", "read", "save", "search", "select", "all",
];

/// Products whose names look like those of files.
const PRODUCTS: [&str; 11] = [
    "socket.io",
    "node.js",
    "next.js",
    "vue.js",
    "nuxt.js",
    "react.js",
    "express.js",
    "angular.js",
    "backbone.js",
    "d3.js",
    "three.js",
];

pub(super) fn is_product(value: &str) -> bool {
    PRODUCTS.iter().any(|p| p.eq_ignore_ascii_case(value))
}

/// A class in a package: `android.app.Application`.
pub(super) fn is_class(value: &str) -> bool {
    let last = value.rsplit('.').next().unwrap_or("");
    last.as_bytes().first().is_some_and(u8::is_ascii_uppercase)
        && last.bytes().skip(1).any(|b| b.is_ascii_lowercase())
        && is_package(value)
}

/// A call in a program: `hashlib.md5()`.
pub(super) fn is_call(value: &str, bytes: &[u8], end: usize) -> bool {
    byte(bytes, end) == b'('
        && (byte(bytes, end + 1) == b')'
            || value
                .split('.')
                .next()
                .is_some_and(|first| CODE_ROOTS.contains(&first)))
}

/// Whether a name is written as programs write theirs: `System.Net`, `os.path`, `user.name`.
pub(super) fn is_code_name(value: &str, hint: Hint) -> bool {
    let first = value.split('.').next().unwrap_or("").to_lowercase();
    if CODE_ROOTS.contains(&first.as_str()) {
        return true;
    }
    let last = value.rsplit('.').next().unwrap_or("");
    let labels = value.split('.').count();
    if value.chars().any(char::is_uppercase) {
        // Brands are capitalised (`Booking.com`), everything else with capitals is a program's.
        let brand = labels == 2
            && matches!(last, "com" | "org")
            && value.chars().skip(1).all(|c| !c.is_uppercase());
        return !brand;
    }
    let wordy = WORDY_SUFFIXES.contains(&last) && labels == 2;
    (hint.code && wordy)
        || last.len() == 1
        || value.starts_with('_')
        || value.contains('_') && labels == 2
}

/// Whether a name is written backwards, as packages are: `com.vendor.app`.
pub(super) fn is_package(value: &str) -> bool {
    let mut labels = value.split('.');
    let first = labels.next().unwrap_or("");
    labels.count() >= 2 && PACKAGE_ROOTS.contains(&first)
}

/// Whether a text is about apps, so that a name written backwards is one.
pub(super) fn speaks_of_apps(text: &str) -> bool {
    static CELL: std::sync::OnceLock<Option<aho_corasick::AhoCorasick>> =
        std::sync::OnceLock::new();
    let words = ["package", "android", "apk", " app", "パッケージ", "アプリ"];
    CELL.get_or_init(|| {
        aho_corasick::AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .build(words)
            .ok()
    })
    .as_ref()
    .is_some_and(|words| words.is_match(text))
}
