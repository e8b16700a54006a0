//! What the headings of a document announce, looked up once.

use crate::content::Content;
use crate::lexicon::{self, Field, SectionKind};
use crate::techniques;

/// The kinds of all sections, looked up once.
pub(super) struct Sections<'a> {
    kinds: Vec<Option<(SectionKind, &'a str)>>,
    fields: Vec<Option<Field>>,
    /// Headings that are names ("Cobalt Strike") rather than kinds ("Hashes").
    labels: Vec<Option<&'a str>>,
    /// Whether it or a section around it is about advice, and whether one is a list of techniques.
    techniques: Vec<(bool, bool)>,
}

impl<'a> Sections<'a> {
    pub(super) fn new(content: &'a Content) -> Self {
        let mut kinds: Vec<Option<(SectionKind, &str)>> =
            Vec::with_capacity(content.sections.len());
        let mut fields: Vec<Option<Field>> = Vec::with_capacity(content.sections.len());
        let mut labels: Vec<Option<&str>> = Vec::with_capacity(content.sections.len());
        let mut techniques: Vec<(bool, bool)> = Vec::with_capacity(content.sections.len());
        let title = title_of(content);
        for (i, section) in content.sections.iter().enumerate() {
            let own = lexicon::section_kind(&section.title)
                .filter(|kind| title != Some(i) || lists_all(*kind))
                .map(|kind| (kind, section.title.as_str()));
            // A section below "Indicators of Compromise" lists indicators, whatever its own title;
            // one below references or an allow list stays what those are.
            let inherited = section.parent.and_then(|p| kinds.get(p).copied().flatten());
            kinds.push(own.or(inherited));
            // "Real and fake sites": what a title says of some values does not hold for all.
            let field = lexicon::field(&section.title)
                .filter(|f| !matches!(f, Field::Legitimate | Field::Related));
            let is_label = own.is_none() && field.is_none() && is_short(&section.title);
            labels.push(is_label.then_some(section.title.as_str()));
            fields.push(field);
            let (advice, lists) = section
                .parent
                .and_then(|p| techniques.get(p).copied())
                .unwrap_or_default();
            techniques.push((
                advice || techniques::is_advice(&section.title),
                lists || techniques::lists_techniques(&section.title),
            ));
        }
        Self {
            kinds,
            fields,
            labels,
            techniques,
        }
    }

    /// Whether a section is about advice, and whether it lists techniques.
    pub(super) fn of_techniques(&self, section: Option<usize>) -> (bool, bool) {
        section
            .and_then(|i| self.techniques.get(i).copied())
            .unwrap_or_default()
    }

    pub(super) fn kind(&self, section: Option<usize>) -> Option<(SectionKind, &'a str)> {
        self.kinds.get(section?).copied().flatten()
    }

    pub(super) fn field(&self, section: Option<usize>) -> Option<Field> {
        self.fields.get(section?).copied().flatten()
    }

    /// The heading over hashes that names what they are.
    pub(super) fn label(&self, section: Option<usize>) -> Option<&'a str> {
        self.labels.get(section?).copied().flatten()
    }

    pub(super) fn lists_indicators(&self, section: Option<usize>) -> bool {
        matches!(
            self.kind(section),
            Some((
                SectionKind::Indicators
                    | SectionKind::CommandAndControl
                    | SectionKind::Delivery
                    | SectionKind::Detections,
                _
            ))
        )
    }
}

/// The heading that is the title of the whole document: all others are below it, and it is longer than
/// the name of a part. "Takedown of the C2 servers of …" says nothing about where a value stands.
fn title_of(content: &Content) -> Option<usize> {
    let top = content.sections.iter().map(|s| s.level).min()?;
    let mut highest = content
        .sections
        .iter()
        .enumerate()
        .filter(|(_, s)| s.level == top);
    let (at, title) = highest.next()?;
    let whole = highest.next().is_none() && content.sections.len() > 1;
    (whole && !is_short(&title.title)).then_some(at)
}

/// Whether a title of this kind says that the document lists indicators.
fn lists_all(kind: SectionKind) -> bool {
    matches!(kind, SectionKind::Indicators | SectionKind::Detections)
}

/// Whether a heading is short enough to be a name.
fn is_short(title: &str) -> bool {
    title.split_whitespace().count() <= 4 && title.chars().count() <= 40
}
