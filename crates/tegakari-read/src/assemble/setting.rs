//! What is known about a document as a whole before any of its values is judged.

use std::collections::BTreeSet;

use tegakari_model::{Observable, ObservableKind as K, public_suffix};

use super::found::Found;
use crate::content::{Block, BlockKind, Content};
use crate::front_matter;
use crate::judge::{self, Setting};
use crate::scan::Origin;
use crate::text::Clean;

/// What is known about the document as a whole, and about each document inside it: a list attached to
/// a letter is a list.
pub(super) fn settings(
    content: &Content,
    cleans: &[Clean<'_>],
    prose: &[bool],
    found: &[Found],
    publisher: Option<&str>,
) -> Vec<Setting> {
    #[derive(Clone, Copy, Default)]
    struct Count {
        defanged: usize,
        plain: usize,
        lines: usize,
        listed: usize,
        prose: usize,
        urls: usize,
        read: usize,
        others: usize,
    }
    let mut counts = vec![Count::default(); content.parts.len() + 1];
    // How much of each block is values, and how far it was counted.
    let mut covered = vec![(0usize, 0usize); content.blocks.len()];
    let mut values = vec![false; content.blocks.len()];
    for one in found {
        let block = content.blocks.get(one.block);
        let network = one.candidate.observable.kind().is_network();
        let running = !one.link_only && !one.linked && one.candidate.origin != Origin::UrlPart;
        if let Some(count) = block.and_then(|b| counts.get_mut(b.part)) {
            count.defanged += usize::from(network && one.candidate.defanged);
            count.plain += usize::from(network && running && !one.candidate.defanged);
            match one.candidate.observable.kind() {
                K::Url => {
                    count.urls += 1;
                    count.read += usize::from(judge::is_for_reading(&one.candidate.observable));
                }
                K::Ipv4 | K::Ipv6 | K::Wallet | K::Md5 | K::Sha1 | K::Sha256
                    if one.candidate.origin != Origin::UrlPart =>
                {
                    count.others += 1;
                }
                _ => {}
            }
        }
        let strong = one.candidate.origin == Origin::Form && !one.link_only;
        let kind = one.candidate.observable.kind();
        let counts = kind.is_file_hash()
            || kind.is_network()
            || kind == K::FileName
            || one.candidate.defanged;
        let length = cleans.get(one.block).map_or(0, |c| c.text.trim().len());
        if !((strong || matches!(kind, K::Domain | K::FileName)) && counts) {
            continue;
        }
        let (Some(value), Some((sum, upto))) =
            (values.get_mut(one.block), covered.get_mut(one.block))
        else {
            continue;
        };
        // A line is a value, or a name and its addresses, when little else stands on it.
        let (start, end) = (one.candidate.start, one.candidate.end);
        if kind.is_network() {
            *sum += end.saturating_sub((*upto).max(start));
            *upto = (*upto).max(end);
        }
        *value |= (end - start).max(*sum) * 3 >= length * 2
            || block.is_some_and(|b| b.kind == BlockKind::Row);
    }
    let blocks = content
        .blocks
        .iter()
        .zip(&values)
        .zip(prose)
        .filter(|((b, _), _)| b.kind != BlockKind::Heading);
    for ((block, value), prose) in blocks {
        if let Some(count) = counts.get_mut(block.part) {
            count.lines += 1;
            count.listed += usize::from(*value);
            count.prose += usize::from(!value && *prose);
        }
    }
    let defanged_hosts: BTreeSet<String> = found
        .iter()
        .filter(|one| one.candidate.defanged && one.candidate.observable.kind() == K::Url)
        .filter_map(|one| judge::host_of(&one.candidate.observable))
        .filter(|host| !judge::is_everybodys(host))
        .map(str::to_owned)
        .collect();
    let hosts_of = |urls: &[String]| -> Vec<String> {
        urls.iter()
            .filter_map(|url| {
                let url = Observable::new(K::Url, url).ok()?;
                judge::host_of(&url).map(registrable)
            })
            .filter(|h| !h.is_empty())
            .collect()
    };
    let mut own_hosts = hosts_of(&content.own_urls);
    own_hosts.extend(publisher.into_iter().flat_map(|p| named_after(p, found)));
    own_hosts.extend(of_the_author(content, found));
    if let Some(publisher) = publisher.and_then(front_matter::known_publisher) {
        // Hosts that hold the publisher's name: learnt from the list, not guessed.
        for (word, name) in front_matter::PUBLISHERS {
            if *name == publisher && word.len() > 3 {
                for suffix in [".com", ".org", ".co.jp", ".or.jp", ".net"] {
                    own_hosts.push(format!("{word}{suffix}"));
                }
            }
        }
    }
    let stated = std::iter::once(content.is_list).chain(content.parts.iter().map(|p| p.is_list));
    let part_hosts =
        std::iter::once(Vec::new()).chain(content.parts.iter().map(|p| hosts_of(&p.own_urls)));
    counts
        .iter()
        .zip(stated)
        .zip(part_hosts)
        .map(|((count, stated), more_hosts)| {
            let Count {
                defanged,
                plain,
                lines,
                listed,
                prose,
                urls,
                read,
                others,
            } = *count;
            // One value that somebody else defanged is no habit of the author's.
            let defangs = defanged > 0 && defanged * 4 >= plain;
            let is_list = lines > 0 && listed * 10 >= lines * 6 && prose * 10 <= lines;
            Setting {
                is_list: is_list || (stated && listed > 0 && prose * 2 <= lines),
                defangs,
                never_defangs: !defangs,
                digest: urls >= DIGEST && read * 3 >= urls * 2 && defanged + others == 0,
                defanged_hosts: defanged_hosts.clone(),
                own_hosts: own_hosts.iter().cloned().chain(more_hosts).collect(),
            }
        })
        .collect()
}

/// Fewest links of a digest.
const DIGEST: usize = 5;

/// Registrable names of hosts that stand in the line about the author, `By A. Person, Lamp Labs (lamplabs.example)`, or
/// below it.
fn of_the_author(content: &Content, found: &[Found]) -> BTreeSet<String> {
    const BEGINS: [&str; 10] = [
        "by ",
        "author",
        "written by",
        "posted by",
        "prepared by",
        "著者",
        "執筆",
        "作者",
        "書いた人",
        "筆者",
    ];
    let names_one = |at: usize, longest: usize| {
        content.blocks.get(at).is_some_and(|block| {
            let line = block.text.trim_start_matches(['*', '_', ' ', '>']);
            block.text.len() <= longest
                && BEGINS.iter().any(|begin| {
                    line.get(..begin.len())
                        .is_some_and(|head| head.eq_ignore_ascii_case(begin))
                })
        })
    };
    // Who wrote it stands at the top, or at the end.
    let end = content.blocks.len().saturating_sub(4);
    found
        .iter()
        .filter(|one| one.block < 8 || one.block >= end)
        .filter(|one| !one.candidate.defanged)
        .filter(|one| {
            names_one(one.block, 200)
                || one.block.checked_sub(1).is_some_and(|above| {
                    // A line that is nothing but the address, below the name.
                    names_one(above, 60)
                        && content.blocks.get(one.block).is_some_and(|block| {
                            block.text.trim().len() <= one.candidate.end - one.candidate.start + 4
                        })
                })
        })
        .filter_map(|one| judge::host_of(&one.candidate.observable).map(registrable))
        .filter(|name| !name.is_empty())
        .collect()
}

/// Registrable names that are the publisher's name: `kvasir-research.example` of "Kvasir Research".
fn named_after(publisher: &str, found: &[Found]) -> BTreeSet<String> {
    let key = |text: &str| -> String {
        text.chars()
            .filter(|c| c.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect()
    };
    let wanted = key(publisher);
    let mut out = BTreeSet::new();
    // Shorter names are words that anybody may register.
    if wanted.len() < 5 {
        return out;
    }
    for one in found {
        if let Some(host) = judge::host_of(&one.candidate.observable) {
            let name = registrable(host);
            if name
                .split('.')
                .next()
                .is_some_and(|label| key(label) == wanted)
            {
                out.insert(name);
            }
        }
    }
    out
}

/// Whether a block is sentences rather than a value with a remark.
pub(super) fn is_prose(block: &Block) -> bool {
    let kana = |c: &char| matches!(c, '\u{3041}'..='\u{30FA}');
    has_more_words_than(&block.text, 12)
        || (!block.text.is_ascii()
            && (block.text.chars().filter(kana).nth(12).is_some() || is_chinese_prose(&block.text)))
}

/// Whether a text is sentences in Chinese, which has neither blanks nor kana: many characters, and the marks of
/// sentences.
fn is_chinese_prose(text: &str) -> bool {
    let ideograph = |c: &char| matches!(c, '\u{4E00}'..='\u{9FFF}');
    text.contains(['，', '。']) && text.chars().filter(ideograph).nth(24).is_some()
}

/// Whether a text has more words than a number, as `split_whitespace` tells them apart.
fn has_more_words_than(text: &str, most: usize) -> bool {
    // So many words and the blanks between them.
    if text.len() < 2 * most + 1 {
        return false;
    }
    if !text.is_ascii() {
        return text.split_whitespace().nth(most).is_some();
    }
    let (lanes, rest) = text.as_bytes().as_chunks::<8>();
    let mut words = 0;
    // The high bit of the last byte of the eight before, where that was a blank.
    let mut blank_before = 0x80;
    for lanes in lanes {
        let blanks = blanks(u64::from_le_bytes(*lanes));
        words += (!blanks & HIGH & (blanks << 8 | blank_before)).count_ones() as usize;
        if words > most {
            return true;
        }
        blank_before = blanks >> 56;
    }
    let mut inside = blank_before == 0;
    for b in rest {
        let blank = matches!(b, b'\t'..=b'\r' | b' ');
        words += usize::from(!blank && !inside);
        inside = !blank;
    }
    words > most
}

const EACH: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = EACH << 7;

/// The high bit of every byte of eight that is a blank; all of them are ASCII, so that no sum reaches the next byte.
fn blanks(lanes: u64) -> u64 {
    let from_tab = lanes + EACH * u64::from(0x80 - b'\t');
    let behind_return = lanes + EACH * u64::from(0x7F - b'\r');
    let no_space = (lanes ^ (EACH * u64::from(b' '))) + EACH * 0x7F;
    (from_tab & !behind_return | !no_space) & HIGH
}

/// The name that was registered: `blog.example.co.jp` belongs to `example.co.jp`.
pub(super) fn registrable(host: &str) -> String {
    public_suffix::domain(host.as_bytes())
        .and_then(|d| std::str::from_utf8(d.as_bytes()).ok().map(str::to_owned))
        .unwrap_or_default()
}
