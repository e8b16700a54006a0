//! Endings of file names, and how sure each is that of a file.

use std::collections::HashMap;
use std::sync::OnceLock;

/// Endings of file names. Those that are also top-level domains are in [`AMBIGUOUS_ENDINGS`].
const FILE_ENDINGS: &[&str] = &[
    "exe",
    "dll",
    "sys",
    "scr",
    "ocx",
    "cpl",
    "msi",
    "msp",
    "msix",
    "drv",
    "efi",
    "bin",
    "dat",
    "tmp",
    "bat",
    "cmd",
    "ps1",
    "psm1",
    "psd1",
    "vbs",
    "vbe",
    "js",
    "jse",
    "mjs",
    "cjs",
    "ts",
    "wsf",
    "wsh",
    "hta",
    "lnk",
    "url",
    "inf",
    "ini",
    "cfg",
    "conf",
    "config",
    "reg",
    "xml",
    "json",
    "yaml",
    "yml",
    "toml",
    "txt",
    "log",
    "csv",
    "tsv",
    "rtf",
    "doc",
    "docx",
    "docm",
    "dot",
    "dotm",
    "dotx",
    "xls",
    "xlsx",
    "xlsm",
    "xlsb",
    "xll",
    "xlam",
    "ppt",
    "pptx",
    "pptm",
    "ppam",
    "pdf",
    "odt",
    "ods",
    "one",
    "chm",
    "hwp",
    "jtd",
    "rar",
    "7z",
    "gz",
    "tgz",
    "bz2",
    "xz",
    "zst",
    "tar",
    "cab",
    "iso",
    "img",
    "vhd",
    "vhdx",
    "dmg",
    "pkg",
    "deb",
    "rpm",
    "apk",
    "ipa",
    "jar",
    "war",
    "class",
    "elf",
    "ko",
    "php",
    "php5",
    "asp",
    "aspx",
    "ashx",
    "asmx",
    "jsp",
    "jspx",
    "cgi",
    "htm",
    "html",
    "mht",
    "css",
    "png",
    "jpg",
    "jpeg",
    "gif",
    "bmp",
    "ico",
    "svg",
    "webp",
    "mp3",
    "mp4",
    "avi",
    "wav",
    "eml",
    "msg",
    "pst",
    "ost",
    "db",
    "sqlite",
    "sqlite3",
    "bak",
    "old",
    "key",
    "pem",
    "crt",
    "cer",
    "pfx",
    "p12",
    "der",
    "csr",
    "node",
    "lib",
    "obj",
    "pdb",
    "idb",
    "i64",
    "c",
    "cpp",
    "h",
    "hpp",
    "cs",
    "vb",
    "go",
    "lua",
    "rb",
    "swf",
    "torrent",
    "ttf",
    "otf",
    "evtx",
    "pcap",
    "pcapng",
    "dmp",
    "mui",
    "nls",
    "manifest",
    "application",
    "appx",
    "xpi",
    "crx",
    "plist",
    "dylib",
    "sct",
    "wim",
    "lzh",
    "ace",
    "arj",
    "z",
    "lock",
    "pyc",
    "pyd",
    "whl",
    "wasm",
    "sln",
    "csproj",
    "jnlp",
    "library-ms",
    "settingcontent-ms",
    "desktop",
    "service",
    "timer",
    "socket",
    "sql",
    "mdb",
    "accdb",
    "gadget",
    "theme",
    "themepack",
    "wll",
    "tlb",
    "ax",
    "acm",
    "hlp",
    "pif",
    "job",
    "prx",
    "suo",
    "bpl",
    "enc",
    "encrypted",
    "locked",
    "md5",
    "sig",
    "yar",
    "yara",
    "rules",
    "tpl",
    "template",
    "http",
    "bash",
    "zsh",
    "ksh",
    "csh",
    "jsonl",
    "ndjson",
    "map",
    "ejs",
    "vue",
    "jsx",
    "tsx",
    "lst",
    "part",
    "crdownload",
];

/// Endings of files that are top-level domains as well: context decides.
const AMBIGUOUS_ENDINGS: &[&str] = &[
    "py", "sh", "pl", "zip", "rs", "md", "so", "ps", "com", "cab", "java", "vi", "one", "dot",
    "map",
];

/// How sure an ending is that of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// It ends files and no domains.
    File,
    /// It ends both.
    Either,
    /// It ends no files that we know.
    Unknown,
}

/// Letters of the longest ending.
const LONGEST: usize = 24;

/// What the last label of a dotted name says.
pub(crate) fn ending(label: &str) -> Ending {
    static ENDINGS: OnceLock<HashMap<&[u8], Ending>> = OnceLock::new();
    let endings = ENDINGS.get_or_init(|| {
        let files = FILE_ENDINGS.iter().map(|e| (e.as_bytes(), Ending::File));
        let both = AMBIGUOUS_ENDINGS.iter();
        files
            .chain(both.map(|e| (e.as_bytes(), Ending::Either)))
            .collect()
    });
    // Every name of a host comes here, so nothing is allocated.
    let mut lower = [0; LONGEST];
    let Some(lower) = lower.get_mut(..label.len()) else {
        return Ending::Unknown;
    };
    lower.copy_from_slice(label.as_bytes());
    lower.make_ascii_lowercase();
    endings.get(&*lower).copied().unwrap_or(Ending::Unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ending_is_known() {
        for (endings, want) in [
            (FILE_ENDINGS, &[Ending::File, Ending::Either][..]),
            (AMBIGUOUS_ENDINGS, &[Ending::Either]),
        ] {
            for one in endings {
                assert!(want.contains(&ending(&one.to_uppercase())), "{one}");
            }
        }
        assert_eq!(ending("international-corporation"), Ending::Unknown);
    }
}
