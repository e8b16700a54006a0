//! The sentence a value stands in, and the one that announces the list it stands in.

use crate::content::{BlockKind, Content};
use tegakari_model::IndicatorRole;

use crate::judge::{self, Cue, Said};
use crate::targets;
use crate::text::Clean;

/// Reads what stands around values; they are asked for in order, so that each sentence is read once.
pub(super) struct Around<'a> {
    content: &'a Content,
    cleans: &'a [Clean<'a>],
    /// For each block the one that announces it.
    intros: Vec<Option<usize>>,
    /// For each block the one below its list that says what all of it is.
    outros: Vec<Option<usize>>,
    sentence: (usize, (usize, usize), Said),
    /// Words of that sentence that name a use, with offsets in it.
    cues: Vec<Cue>,
    /// Whether each block is sentences.
    prose: &'a [bool],
    intro: (usize, Said),
    outro: (usize, Said),
}

impl<'a> Around<'a> {
    pub(super) fn new(content: &'a Content, cleans: &'a [Clean<'a>], prose: &'a [bool]) -> Self {
        Self {
            content,
            cleans,
            intros: intros(content, prose),
            outros: outros(content, cleans, prose),
            sentence: (usize::MAX, (0, 0), Said::default()),
            cues: Vec::new(),
            prose,
            intro: (usize::MAX, Said::default()),
            outro: (usize::MAX, Said::default()),
        }
    }

    /// What the sentence says that holds an offset of a block.
    pub(super) fn sentence(&mut self, block: usize, at: usize) -> Said {
        let (known, (from, to), said) = self.sentence;
        if known == block && (from..to).contains(&at) {
            return said;
        }
        let Some(clean) = self.cleans.get(block) else {
            return Said::default();
        };
        let (from, to) = targets::sentence(&clean.text, at);
        let from = enumeration(&clean.text, from);
        self.cues.clear();
        let cues = &mut self.cues;
        let mut said = Said::read(clean.text.get(from..to).unwrap_or(""), |cue| cues.push(cue));
        if from == 0 {
            for line in self.enumerated(block) {
                let text = self.cleans.get(line).map_or("", |c| &*c.text);
                said = said.or(&Said::of(text));
            }
        }
        self.sentence = (block, (from, to), said);
        said
    }

    /// The same for a value at a place, without what only the value itself says.
    pub(super) fn about(&mut self, block: usize, start: usize, end: usize) -> Said {
        let said = self.sentence(block, start);
        let (_, (from, to), _) = self.sentence;
        let Some(text) = self.cleans.get(block).map(|c| &*c.text) else {
            return said;
        };
        let value = || text.get(start..end).unwrap_or("").to_lowercase();
        said.without(value, |word| {
            let holds = |part: Option<&str>| part.is_some_and(|p| p.to_lowercase().contains(word));
            holds(text.get(from..start)) || holds(text.get(end..to))
        })
    }

    /// The blocks right above one that are lines of the same enumeration: each ends in a comma.
    fn enumerated(&self, block: usize) -> impl Iterator<Item = usize> + use<'_, 'a> {
        let blocks = &self.content.blocks;
        let of = blocks.get(block);
        (block.saturating_sub(LINES)..block)
            .rev()
            .take_while(move |i| {
                blocks.get(*i).zip(of).is_some_and(|(line, of)| {
                    let text = line.text.trim_end();
                    line.kind == of.kind
                        && line.group == of.group
                        && text.len() <= 400
                        && text.ends_with(['、', '，', ','])
                        && !text.ends_with("\",")
                        && !text.ends_with("',")
                })
            })
    }

    /// The use that is named nearest to a value in the sentence that was asked for last.
    pub(super) fn used(&self, start: usize, end: usize, network: bool) -> Option<IndicatorRole> {
        let (block, (from, to), _) = self.sentence;
        let text = self.cleans.get(block).and_then(|c| c.text.get(from..to));
        judge::nearest(
            text.unwrap_or(""),
            &self.cues,
            (start.saturating_sub(from), end.saturating_sub(from)),
            network,
        )
    }

    /// Whether a block is sentences.
    pub(super) fn is_prose(&self, block: usize) -> bool {
        let of = self.content.blocks.get(block);
        of.is_some_and(|b| b.kind != BlockKind::Row) && self.prose.get(block) == Some(&true)
    }

    /// What the first sentences say that follow the list a block belongs to, where they speak of all of it.
    pub(super) fn outro(&mut self, block: usize) -> Said {
        let Some(outro) = self.outros.get(block).copied().flatten() else {
            return Said::default();
        };
        if self.outro.0 != outro {
            let text = self.cleans.get(outro).map_or("", |c| c.text.trim());
            let mut end = text.len().min(400);
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            self.outro = (outro, Said::of(text.get(..end).unwrap_or("")));
        }
        self.outro.1
    }

    /// What the sentence says that announces the list a block belongs to.
    pub(super) fn intro(&mut self, block: usize) -> Said {
        let Some(intro) = self.intros.get(block).copied().flatten() else {
            return Said::default();
        };
        if self.intro.0 != intro {
            let text = self.cleans.get(intro).map_or("", |c| c.text.trim_end());
            let (from, _) = targets::sentence(text, text.len().saturating_sub(1));
            // A run-in title (`Not malicious. The following …:`) belongs to the announcement.
            let from = if text.len() <= 400 { 0 } else { from };
            self.intro = (intro, Said::of(text.get(from..).unwrap_or("")));
        }
        self.intro.1
    }
}

/// Most lines of an enumeration that are read for what it is called.
const LINES: usize = 4;

/// Where an enumeration begins that goes over several lines, of which one starts at `from`: lines before that end
/// in a comma hold the label of all.
fn enumeration(text: &str, mut from: usize) -> usize {
    for _ in 0..LINES {
        let before = text.get(..from).unwrap_or("");
        let line = before.trim_end_matches(['\n', '\r']);
        if line.len() == before.len() || !line.trim_end().ends_with(['、', '，', ',']) {
            break;
        }
        // `"a.example",` are the elements of a list in a program: each speaks for itself.
        if line.trim_end().ends_with("\",") || line.trim_end().ends_with("',") {
            break;
        }
        from = line.rfind('\n').map_or(0, |at| at + 1);
    }
    from
}

/// Words that begin a sentence about the whole list above it.
const ABOUT_ALL: [&str; 22] = [
    "these ",
    "they ",
    "all of these",
    "all of them",
    "all of the above",
    "all the above",
    "none of these",
    "none of them",
    "none of the above",
    "neither ",
    "the above",
    "the addresses above",
    "the domains above",
    "the hosts above",
    "the files above",
    "note that these",
    "note: these",
    "これら",
    "上記",
    "以上の",
    "这些",
    "以上",
];

/// For each block of a list the paragraph right below that speaks of all of it.
fn outros(content: &Content, cleans: &[Clean<'_>], prose: &[bool]) -> Vec<Option<usize>> {
    let mut below: Option<usize> = None;
    let mut out = vec![None; content.blocks.len()];
    for (i, block) in content.blocks.iter().enumerate().rev() {
        let text = cleans.get(i).map_or("", |c| c.text.trim_start());
        let speaks = block.kind == BlockKind::Paragraph
            && ABOUT_ALL.iter().any(|words| {
                text.get(..words.len())
                    .is_some_and(|head| head.eq_ignore_ascii_case(words))
            });
        if block.kind == BlockKind::Heading {
            below = None;
        } else if speaks {
            below = Some(i);
        } else if block.kind == BlockKind::Paragraph && prose.get(i) == Some(&true)
            || text.trim_end().ends_with([':', '：'])
        {
            below = None;
        } else if let Some(slot) = out.get_mut(i) {
            *slot = below;
        }
    }
    out
}

/// For each block the paragraph right above its list that ends with a colon.
fn intros(content: &Content, prose: &[bool]) -> Vec<Option<usize>> {
    let mut open: Option<usize> = None;
    let blocks = content.blocks.iter().enumerate();
    blocks
        .map(|(i, block)| match block.kind {
            BlockKind::Heading => {
                open = None;
                None
            }
            _ if block.text.trim_end().ends_with([':', '：']) => {
                open = Some(i);
                None
            }
            BlockKind::Paragraph if prose.get(i) == Some(&true) => {
                open = None;
                None
            }
            _ => open,
        })
        .collect()
}
