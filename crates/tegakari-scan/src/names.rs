//! Names and paths of files, in the forms in which indicators name them.
//!
//! A path indicator is absolute, mostly with a drive; what is scanned is often an image mounted somewhere. So a path is
//! compared as it is, as seen from what was given to the scan, and as on a Windows drive. The whole path must be the
//! indicator, or end in one that is only an end (`%APPDATA%\…`). A name must be the whole name.

use tegakari_match::Hit;
use tegakari_model::{ObservableKind as K, Relation};
use unicode_normalization::{UnicodeNormalization as _, is_nfc};

use crate::Sought;

/// A path as text that loses nothing that matters: bytes that are no UTF-8 as `\xff`.
pub fn display(path: &[u8]) -> String {
    let mut out = String::with_capacity(path.len());
    for chunk in path.utf8_chunks() {
        out.push_str(chunk.valid());
        for byte in chunk.invalid() {
            out.push_str(&format!("\\x{byte:02x}"));
        }
    }
    out
}

/// A file, folder, link or member of an archive by its name.
#[derive(Debug, Clone, Copy)]
pub struct Named<'a> {
    /// The path as it was met; empty for members of archives.
    pub path: &'a str,
    /// The path below the folder or archive that was given, with `/` and without one in front; `None` for a file
    /// that was given itself.
    pub below: Option<&'a str>,
    /// The same file from the root on and without links, where that is another path.
    pub real: Option<&'a str>,
}

impl Named<'_> {
    fn name(&self) -> &str {
        let path = self.below.filter(|_| self.path.is_empty());
        let path = path.unwrap_or(self.path).trim_end_matches('/');
        path.rsplit('/').next().unwrap_or(path)
    }

    /// The forms that are searched, each with whether it is the path itself.
    fn forms(&self) -> Vec<(String, bool)> {
        let mut forms = Vec::new();
        if !self.path.is_empty() {
            forms.push((self.path.to_owned(), true));
        }
        if let Some(real) = self.real.filter(|real| *real != self.path) {
            forms.push((real.to_owned(), true));
        }
        if let Some(below) = self.below {
            self.forms_below(below, &mut forms);
        }
        // macOS writes a letter and its marks apart.
        let composed: Vec<(String, bool)> = forms
            .iter()
            .filter(|(form, _)| !is_nfc(form))
            .map(|(form, itself)| (form.nfc().collect(), *itself))
            .collect();
        forms.extend(composed);
        forms
    }

    fn forms_below(&self, below: &str, forms: &mut Vec<(String, bool)>) {
        let rooted = format!("/{below}");
        if rooted != self.path {
            forms.push((rooted, false));
        }
        let (drive, rest) = drive_of(below).unwrap_or(('C', below));
        forms.push((format!("{drive}:\\{}", rest.replace('/', "\\")), false));
        forms.extend(below_home(rest).into_iter().map(|form| (form, false)));
    }
}

/// A path as seen from the home of its user, as indicators name it.
fn below_home(rest: &str) -> Vec<String> {
    let mut parts = rest.splitn(3, '/');
    let (first, user, below) = (parts.next(), parts.next(), parts.next());
    let first = first.unwrap_or_default().to_ascii_lowercase();
    match (first.as_str(), user, below) {
        ("users" | "documents and settings", Some(_), Some(below)) => {
            let below = below.replace('/', "\\");
            ["%USERPROFILE%", "%HOMEPATH%"]
                .iter()
                .map(|front| format!("{front}\\{below}"))
                .collect()
        }
        ("home", Some(_), Some(below)) => home_forms(below),
        ("root", Some(_), _) => home_forms(rest.get(5..).unwrap_or_default()),
        _ => Vec::new(),
    }
}

fn home_forms(below: &str) -> Vec<String> {
    ["~", "$HOME"]
        .iter()
        .map(|front| format!("{front}/{below}"))
        .collect()
}

/// The drive that a collection keeps as a folder (`C/`, `C:/`, `C$/`, `C%3A/`), and what is below it.
fn drive_of(below: &str) -> Option<(char, &str)> {
    let (front, rest) = below.split_once('/')?;
    let mut chars = front.chars();
    let letter = chars.next().filter(char::is_ascii_alphabetic)?;
    let fits = ["", ":", "$", "%3A", "%3a"].contains(&chars.as_str());
    fits.then(|| (letter.to_ascii_uppercase(), rest))
}

/// Gives every indicator that the name or path is, with how it relates and what of it was met.
pub(crate) fn search(sought: &Sought, named: Named<'_>, each: &mut dyn FnMut(u32, Relation)) {
    if !sought.has(|kind| matches!(kind, K::FileName | K::FilePath)) {
        return;
    }
    let name: String = named.name().nfc().collect::<String>().to_lowercase();
    let mut met: Vec<(u32, Relation)> = Vec::new();
    let mut hits = Vec::new();
    for (form, itself) in named.forms() {
        hits.clear();
        sought.scan(form.as_bytes(), &mut hits);
        for hit in &hits {
            if let Some(relation) = relation(sought, hit, &form, itself, &name) {
                met.push((hit.entry, relation));
            }
        }
    }
    met.sort_unstable();
    met.dedup_by_key(|one| one.0);
    for (entry, relation) in met {
        each(entry, relation);
    }
}

fn relation(sought: &Sought, hit: &Hit, form: &str, itself: bool, name: &str) -> Option<Relation> {
    let indicator = sought.indicator(hit.entry)?;
    let value = indicator.observable.value();
    match indicator.observable.kind() {
        K::FileName => {
            let value: String = value.nfc().collect();
            (value.to_lowercase() == name).then_some(Relation::PathEnd)
        }
        K::FilePath => {
            let bytes = value.as_bytes();
            let is_drive = bytes.get(1) == Some(&b':');
            let absolute = value.starts_with('/') || is_drive;
            // The drive is not always counted to the hit.
            let begins = if is_drive {
                hit.start <= 2
            } else {
                hit.start == 0
            };
            if hit.end != form.len() || absolute && !begins {
                None
            } else if itself && absolute {
                Some(Relation::Exact)
            } else {
                Some(Relation::PathEnd)
            }
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Named, display, search};
    use crate::Sought;
    use tegakari_model::{Indicator, Observable, ObservableKind as K, Relation};

    fn check(kind: K, value: &str, path: &str, below: Option<&str>, want: Option<Relation>) {
        let value = Indicator::new(Observable::new(kind, value).unwrap());
        let name = value.observable.to_string();
        let (sought, refused) = Sought::new(vec![value]);
        assert!(refused.is_empty(), "{refused:?}");
        let mut got = None;
        let named = Named {
            path,
            below,
            real: None,
        };
        search(&sought, named, &mut |_, relation| {
            got = Some(relation);
        });
        assert_eq!(got, want, "{name} for {path} {below:?}");
    }

    #[test]
    fn a_name_is_the_whole_name() {
        let yes = Some(Relation::PathEnd);
        for (value, path, want) in [
            ("evil.exe", "/mnt/x/EVIL.exe", yes),
            ("evil.exe", "/mnt/x/an evil.exe", None),
            ("evil.exe", "/mnt/evil.exe/x", None),
            ("evil.exe", "/mnt/evil.exe.bak", None),
            ("kdevtmpfsi", "/tmp/kdevtmpfsi", yes),
            ("報告書 一.exe", "/tmp/報告書 一.exe", yes),
            ("update (1).js", "/tmp/update (1).js", yes),
        ] {
            check(K::FileName, value, path, None, want);
        }
        check(K::FileName, "evil.exe", "", Some("a/evil.exe"), yes);
    }

    #[test]
    fn a_path_is_the_whole_path_here_below_the_root_or_on_a_drive() {
        let (exact, end) = (Some(Relation::Exact), Some(Relation::PathEnd));
        let below = Some("tmp/.x/kworker");
        check(
            K::FilePath,
            "/tmp/.x/kworker",
            "/tmp/.x/kworker",
            None,
            exact,
        );
        check(
            K::FilePath,
            "/tmp/.x/kworker",
            "/mnt/tmp/.x/kworker",
            None,
            None,
        );
        check(
            K::FilePath,
            "/tmp/.x/kworker",
            "/mnt/tmp/.x/kworker",
            below,
            end,
        );
        check(
            K::FilePath,
            "/tmp/.x/kworker",
            "/x/a: /tmp/.x/kworker",
            None,
            None,
        );
        let path = "C:\\Users\\Public\\evil one.exe";
        let here = "/mnt/Users/Public/evil one.exe";
        check(
            K::FilePath,
            path,
            here,
            Some("Users/Public/evil one.exe"),
            end,
        );
        check(
            K::FilePath,
            path,
            here,
            Some("C/users/public/Evil One.exe"),
            end,
        );
        check(
            K::FilePath,
            path,
            here,
            Some("D/Users/Public/evil one.exe"),
            None,
        );
        check(
            K::FilePath,
            path,
            here,
            Some("Users/Public/evil one.exe/x"),
            None,
        );
        let variable = "%APPDATA%\\Evil\\run.dll";
        let user = Some("Users/a/AppData/Roaming/Evil/run.dll");
        check(K::FilePath, variable, "/m/x", user, end);
        for (value, below, want) in [
            ("%USERPROFILE%\\x.exe", "Users/a/x.exe", end),
            ("%USERPROFILE%\\x.exe", "C/Users/a b/X.exe", end),
            ("%USERPROFILE%\\x.exe", "Users/a/Desktop/x.exe", None),
            ("%USERPROFILE%\\x.exe", "x.exe", None),
            (
                "%userprofile%\\Desktop\\x.exe",
                "Users/a/Desktop/x.exe",
                end,
            ),
            ("~/.xupdate", "home/eve/.xupdate", end),
            ("~/.xupdate", "root/.xupdate", end),
            ("~/.xupdate", "home/eve/a/.xupdate", None),
        ] {
            check(K::FilePath, value, "/m/x", Some(below), want);
        }
    }

    #[test]
    fn a_letter_with_its_mark_apart_is_the_same_letter() {
        let yes = Some(Relation::PathEnd);
        // GA as one letter, and as KA with the mark behind it.
        let (one, apart) = ("\u{304c}-update.exe", "/m/\u{304b}\u{3099}-update.exe");
        check(K::FileName, one, apart, None, yes);
        check(
            K::FilePath,
            "C:\\\u{304c}\\update.exe",
            "/m/x",
            Some("\u{304b}\u{3099}/update.exe"),
            yes,
        );
    }

    #[test]
    fn what_is_no_text_is_shown_and_kept_apart() {
        assert_eq!(display(b"a\xff\n\x1b"), "a\\xff\n\u{1b}");
        assert_eq!(display("日本".as_bytes()), "日本");
    }
}
