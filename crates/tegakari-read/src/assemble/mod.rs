//! Everything put together: blocks and stated facts in, the report out.

use std::rc::Rc;

use sha2::{Digest, Sha256};
use tegakari_knowledge::Knowledge;
use tegakari_model::{
    Composite, FileRecord, ObservableKind as K, Problem, Report, ReportCitation, ReportId,
    ReportSource,
};

use crate::broken;
use crate::content::{Block, BlockKind, Content};
use crate::formats::{self, Source};
use crate::front_matter;
use crate::lexicon::SectionKind;
use crate::names::Names;
use crate::phrases::Starts;
use crate::records::{self, Gatherer, Seen};
use crate::scan::{Candidate, Origin};
use crate::targets::{self, Targets};
use crate::techniques::{self, Techniques};
use crate::text::{Clean, clean};
use crate::typed;
use crate::unread;
use crate::yara;
use crate::{Document, Judged};

mod around;
mod beside;
mod cite;
mod found;
mod harmless;
mod listing;
mod longer;
mod mentions;
mod ports;
mod remarks;
mod sections;
mod setting;
mod verdicts;

use cite::Citer;
pub(crate) use found::Columns;
use found::{Taken, scan_block};
pub use listing::Listing;
use mentions::Mentions;
use sections::Sections;
use setting::{is_prose, settings};

/// Reads a document; where `judged` is given, the signs that each value was judged by are added to it, and to `listing`
/// what its form as a list says.
pub(crate) fn read(
    document: Document<'_>,
    knowledge: &Knowledge,
    judged: Option<&mut Vec<Judged>>,
    listing: Option<&mut Listing>,
) -> Report {
    let id = ReportId::derive(&[document.bytes]);
    let format = formats::sniff(document.name, document.bytes);
    let source = Source::new(document.name, document.bytes);
    let mut content = Content::default();
    format.read(&source, &mut content);
    broken::put_together(&mut content.blocks);
    yara::in_prose(&mut content);
    let (encoding, damaged) = source.encoding();
    if damaged {
        content.problems.push(Problem::new(
            document.name,
            format!("some bytes are not valid {encoding}"),
            "they were read as the replacement character; values that hold it may be wrong",
        ));
    }
    let encoding = encoding.to_owned();
    let mut refused = std::mem::take(&mut content.refused);

    let cleans: Vec<Clean<'_>> = content.blocks.iter().map(|b| clean(&b.text)).collect();
    let sections = Sections::new(&content);
    let front = front_matter::read(&content, &cleans);
    let citer = Citer::new(&id, &content);

    let mut found = Vec::new();
    // Blocks with a value that was refused: those are told one by one.
    let mut told = Vec::new();
    let mut columns = Columns::default();
    for (i, (block, clean)) in content.blocks.iter().zip(&cleans).enumerate() {
        let next = match (content.blocks.get(i + 1), cleans.get(i + 1)) {
            (Some(below), Some(clean))
                if below.kind != BlockKind::Row && clean.text.len() <= 200 =>
            {
                &*clean.text
            }
            _ => "",
        };
        let above = i.checked_sub(1).and_then(|i| cleans.get(i));
        let above = above.map_or("", |clean| &*clean.text);
        let around = (above, next);
        let is_list = match block.part.checked_sub(1) {
            None => content.is_list,
            Some(part) => content.parts.get(part).is_some_and(|part| part.is_list),
        };
        let before = refused.len();
        let taken = Taken {
            found: &mut found,
            refused: is_list.then_some(&mut refused),
        };
        scan_block(i, block, clean, around, &sections, &mut columns, taken);
        if refused.len() > before {
            told.push(i);
        }
    }
    longer::names(&cleans, &mut found);
    if let Some(listing) = listing {
        let is_plain = format.id() == "plain";
        listing::take(&content, &cleans, &sections, is_plain, &mut found, listing);
    }
    let mut accounted: Vec<usize> = found.iter().map(|f| f.block).chain(told).collect();
    accounted.sort_unstable();
    let unread = unread::rows(document.name, &content, accounted.into_iter());
    let prose: Vec<bool> = content.blocks.iter().map(is_prose).collect();
    let settings = settings(
        &content,
        &cleans,
        &prose,
        &found,
        front.publisher.as_deref(),
    );

    let cite_block = |block: &Block, clean: &Clean<'_>, start: usize, end: usize| {
        citer.at(block, clean, start, end)
    };
    let mut gatherer = Gatherer::new(&cite_block);
    let mut names = Names::new(knowledge);
    let mut techniques = Techniques::new(knowledge, &content, &cleans);
    let mut targets = Targets::default();
    let mut lists = TechniqueLists::default();
    let (name_phrases, technique_phrases) = (names.phrases(), techniques.phrases());
    let phrases = [
        name_phrases.as_deref(),
        technique_phrases.as_deref(),
        targets::phrases(),
    ];
    let mut starts = Starts::new(phrases);
    let mut next = 0;
    let mut taken: Vec<(usize, usize)> = Vec::new();
    let mut candidates: Vec<&Candidate> = Vec::new();
    for (i, (block, clean)) in content.blocks.iter().zip(&cleans).enumerate() {
        taken.clear();
        candidates.clear();
        while let Some(one) = found.get(next).filter(|f| f.block == i) {
            next += 1;
            if one.link_only {
                continue;
            }
            candidates.push(&one.candidate);
            if one.candidate.observable.kind() != K::FileName
                || one.candidate.origin != Origin::Label
            {
                taken.push((one.candidate.start, one.candidate.end));
            }
        }
        taken.sort_unstable();
        let cite = |start: usize, end: usize| citer.at(block, clean, start, end);
        gatherer.take(&Seen {
            block,
            clean,
            candidates: &candidates,
        });
        if block.aside {
            continue;
        }
        let kind = sections.kind(block.section);
        let elsewhere = matches!(
            kind,
            Some((
                SectionKind::News | SectionKind::About | SectionKind::References,
                _
            ))
        );
        starts.read(&clean.text);
        names.scan(&clean.text, starts.of(0), &taken, &cite);
        let mut has_ids = techniques.scan_ids(&clean.text, &cite);
        for link in block
            .links
            .iter()
            .filter(|l| l.target.contains("attack.mitre.org"))
        {
            has_ids |= techniques.scan_ids(&link.target, &|_, _| {
                citer.at(block, clean, 0, clean.text.len())
            });
        }
        let prose = !matches!(block.kind, BlockKind::Code);
        let setting = techniques_setting(block, &sections, &mut lists, has_ids);
        techniques.scan(&clean.text, starts.of(1), setting, &cite);
        if prose {
            let victims = matches!(kind, Some((SectionKind::Victims, _)));
            targets.scan(
                &clean.text,
                starts.of(2),
                !elsewhere,
                victims,
                &taken,
                &cite,
            );
        }
    }
    // A list without a word of its own is still called after what it is about.
    let file_words = front_matter::words_of_file_name(document.name);
    if front.title.is_none() && !file_words.is_empty() {
        let words = clean(&file_words);
        starts.read(&words.text);
        names.scan(&words.text, starts.of(0), &[], &|start, end| {
            citer.path("file name", words.text.get(start..end).unwrap_or(""))
        });
    }
    for stated in &content.names {
        names.stated(stated, citer.path(&stated.path, &stated.text));
    }
    for stated in &content.techniques {
        techniques.stated(&stated.id, citer.path(&stated.path, &stated.quote));
    }
    for stated in &content.targets {
        targets.stated(stated, citer.path(&stated.path, &stated.text));
    }

    let mut files: Vec<FileRecord> = content.files.clone();
    for citation in files.iter_mut().flat_map(|f| &mut f.citations) {
        citation.report = id.clone();
    }
    files.extend(gatherer.finish());
    let files = records::merge(files);

    let composites = content
        .composites
        .iter()
        .map(|one| Composite {
            name: one.name.clone(),
            logic: one.logic.clone(),
            citation: ReportCitation {
                line: one.line,
                ..citer.path(&one.path, "")
            },
        })
        .collect();
    let mentions = Mentions::new(knowledge, &citer, &sections, &settings, &prose, &files)
        .build(&content, &cleans, &found, judged);
    let language = content.language.unwrap_or_else(|| {
        front_matter::language_of(content.blocks.iter().map(|b| b.text.as_str()))
    });
    let untold = techniques.unread(document.name);
    if let Some(title) = front.title.as_deref() {
        let shown = |clean: &Clean<'_>| clean.text.trim() == title;
        if !cleans.iter().any(shown) {
            targets.title(title, &|_, _| citer.path("title", title));
        }
    }
    let (targets, origins) = targets.finish();
    Report {
        source: ReportSource {
            name: document.name.to_owned(),
            sha256: Sha256::digest(document.bytes)
                .iter()
                .map(|b| format!("{b:02x}"))
                .collect(),
            bytes: document.bytes.len() as u64,
            format: format.id().to_owned(),
            encoding,
        },
        title: front.title,
        publisher: front.publisher,
        published: front.published,
        language,
        tlp: front.tlp,
        mentions,
        files,
        composites,
        techniques: techniques.finish(),
        names: names.finish(),
        targets,
        origins,
        problems: content
            .problems
            .iter()
            .cloned()
            .chain(typed::problems(document.name, refused.iter()))
            .chain(unread)
            .chain(untold)
            .collect(),
        id: id.clone(),
    }
}

/// What the techniques may be read from in a block.
fn techniques_setting(
    block: &Block,
    sections: &Sections<'_>,
    lists: &mut TechniqueLists,
    has_ids: bool,
) -> techniques::Setting {
    use SectionKind as S;
    let kind = sections.kind(block.section).map(|(kind, _)| kind);
    let (advice, listed) = sections.of_techniques(block.section);
    let elsewhere = matches!(
        kind,
        Some(S::News | S::About | S::References | S::Mitigation | S::Allowed | S::Detections)
    );
    let text = !matches!(block.kind, BlockKind::Code | BlockKind::Heading);
    let prose = text && !elsewhere && !advice;
    let behaviour = prose
        && match kind {
            Some(S::Indicators) => block.kind == BlockKind::Paragraph,
            Some(S::CommandAndControl | S::Delivery) => block.kind != BlockKind::Row,
            _ => true,
        };
    let of_techniques =
        text && (has_ids || listed || block.header.as_ref().is_some_and(|header| lists.of(header)));
    techniques::Setting {
        prose,
        behaviour,
        of_techniques,
    }
}

/// Whether a table lists techniques, looked up once a table.
#[derive(Default)]
struct TechniqueLists(Option<(Rc<Vec<String>>, bool)>);

impl TechniqueLists {
    fn of(&mut self, header: &Rc<Vec<String>>) -> bool {
        match &self.0 {
            Some((known, lists)) if Rc::ptr_eq(known, header) => *lists,
            _ => {
                let lists = header.iter().any(|h| techniques::lists_techniques(h));
                self.0 = Some((Rc::clone(header), lists));
                lists
            }
        }
    }
}
