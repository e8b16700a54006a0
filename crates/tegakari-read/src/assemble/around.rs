//! The sentence a value stands in, and the one that announces the list it stands in.

use super::setting::is_prose;
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
    sentence: (usize, (usize, usize), Said),
    /// Words of that sentence that name a use, with offsets in it.
    cues: Vec<Cue>,
    prose: (usize, bool),
    intro: (usize, Said),
}

impl<'a> Around<'a> {
    pub(super) fn new(content: &'a Content, cleans: &'a [Clean<'a>]) -> Self {
        Self {
            content,
            cleans,
            intros: intros(content),
            sentence: (usize::MAX, (0, 0), Said::default()),
            cues: Vec::new(),
            prose: (usize::MAX, false),
            intro: (usize::MAX, Said::default()),
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
        self.cues.clear();
        let cues = &mut self.cues;
        let said = Said::read(clean.text.get(from..to).unwrap_or(""), |cue| cues.push(cue));
        self.sentence = (block, (from, to), said);
        said
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
    pub(super) fn is_prose(&mut self, block: usize) -> bool {
        if self.prose.0 != block {
            let of = self.content.blocks.get(block);
            let prose = of.is_some_and(|b| b.kind != BlockKind::Row && is_prose(b));
            self.prose = (block, prose);
        }
        self.prose.1
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

/// For each block the paragraph right above its list that ends with a colon.
fn intros(content: &Content) -> Vec<Option<usize>> {
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
            BlockKind::Paragraph if is_prose(block) => {
                open = None;
                None
            }
            _ => open,
        })
        .collect()
}
