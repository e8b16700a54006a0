//! Archives of reports: every member is sniffed and read as a part. Nothing in an archive is run or
//! stored, and what is no report is named.

use std::io::Cursor;

use tegakari_model::Problem;
use zip::ZipArchive;
use zip::result::ZipError;

use super::nested::{Skipped, read_part};
use super::package::{Kind, kind, lost};
use super::{Head, ReportFormat, Sniff, Source};
use crate::content::Content;

/// What researchers lock samples with, so that no scanner removes them.
const PASSWORD: &[u8] = b"infected";

/// ZIP archives.
pub(super) struct Zip;

impl ReportFormat for Zip {
    fn id(&self) -> &'static str {
        "zip"
    }

    fn about(&self) -> &'static str {
        "ZIP archives of reports, each member read as what it is; also with the password \"infected\""
    }

    fn sniff(&self, _name: &str, head: Head<'_>) -> Sniff {
        if kind(head.whole) == Some(Kind::Archive) {
            Sniff::Certain
        } else {
            Sniff::No
        }
    }

    fn read(&self, source: &Source<'_>, content: &mut Content) {
        let mut archive = match ZipArchive::new(Cursor::new(source.bytes)) {
            Ok(archive) => archive,
            Err(error) => {
                content.problems.push(
                    Problem::new(
                        source.name,
                        format!("the archive cannot be opened: {error}"),
                        "it may be cut off; fetch it again",
                    )
                    .losing_bytes(source.bytes.len() as u64),
                );
                return;
            }
        };
        let mut skipped = Skipped::default();
        for i in 0..archive.len() {
            let (name, locked) = match archive.by_index_raw(i) {
                Ok(member) if member.is_dir() => continue,
                Ok(member) => (member_name(member.name_raw()), member.encrypted()),
                Err(error) => {
                    skipped.add(&format!("member {}", i + 1), &error.to_string());
                    continue;
                }
            };
            if is_bookkeeping(&name) {
                continue;
            }
            let opened = if locked {
                archive.by_index_decrypt(i, PASSWORD)
            } else {
                archive.by_index(i)
            };
            let member = match opened {
                Ok(member) => member,
                Err(ZipError::InvalidPassword) => {
                    skipped.add(&name, "locked with another password than \"infected\"");
                    continue;
                }
                Err(error) => {
                    skipped.add(&name, &error.to_string());
                    continue;
                }
            };
            let packed = member.compressed_size();
            let (bytes, loss) = source.unpack(packed, member);
            if let Some(loss) = loss {
                content
                    .problems
                    .push(lost(&format!("{}!{name}", source.name), loss));
            }
            // A wrong password may pass the one byte that ZipCrypto checks, and yields noise.
            read_part(source, &name, &bytes, content, &mut skipped);
        }
        skipped.report(source.name, content);
        conclude(content);
    }
}

/// A member's name: UTF-8, or what Windows writes in Japan or the West.
fn member_name(raw: &[u8]) -> String {
    crate::decode::decode(raw).text.into_owned()
}

/// What systems add to archives by themselves.
fn is_bookkeeping(name: &str) -> bool {
    name.starts_with("__MACOSX/")
        || name
            .rsplit('/')
            .next()
            .is_some_and(|n| matches!(n, ".DS_Store" | "Thumbs.db" | "desktop.ini"))
}

/// What an archive says about itself is what its reports say: lists and other appendices have no say
/// beside a report.
pub(super) fn conclude(content: &mut Content) {
    let all = || content.parts.iter().filter(|p| !p.name.contains('!'));
    let only_lists = all().all(|p| p.is_list);
    let chosen: Vec<_> = all().filter(|p| only_lists || !p.is_list).collect();
    let same = |of: &dyn Fn(&crate::content::Part) -> Option<String>| {
        let mut values: Vec<String> = chosen.iter().filter_map(|p| of(p)).collect();
        values.dedup();
        values
    };
    let titles = same(&|p| p.title.clone());
    let publishers = same(&|p| p.publisher.clone());
    let dates = same(&|p| p.published.clone());
    let is_list = !content.parts.is_empty() && only_lists;
    let joined: String = titles.join("; ").chars().take(300).collect();
    content.title = content
        .title
        .take()
        .or(Some(joined).filter(|t| !t.is_empty()));
    if let [publisher] = publishers.as_slice() {
        content.publisher.get_or_insert_with(|| publisher.clone());
    }
    // Of several reports the newest says how old the archive is.
    if let Some(date) = dates.into_iter().max() {
        content.published.get_or_insert(date);
    }
    content.is_list |= is_list;
}
