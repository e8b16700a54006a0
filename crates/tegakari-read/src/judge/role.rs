//! What an indicator was used for.

use tegakari_model::{IndicatorRole, Observable, ObservableKind as K};

use super::Place;
use crate::lexicon::{Field, SectionKind};

/// What an indicator was used for, by its label, the words it stands by, its section, and the sentence
/// that announces its list.
pub(crate) fn role(observable: &Observable, place: &Place<'_>) -> IndicatorRole {
    let kind = observable.kind();
    if kind.is_network() {
        let labelled = (place.field == Some(Field::C2)).then_some(IndicatorRole::C2);
        let section = match place.section {
            Some((SectionKind::CommandAndControl, _)) => Some(IndicatorRole::C2),
            Some((SectionKind::Delivery, _)) => Some(IndicatorRole::Delivery),
            _ => None,
        };
        let intro = place.intro.used.filter(|r| *r != IndicatorRole::Tool);
        let used = place.used.filter(|r| *r != IndicatorRole::Tool);
        return used.or(labelled).or(section).or(intro).unwrap_or_default();
    }
    let file = kind.is_file_hash()
        || matches!(
            kind,
            K::FileName | K::DetectionName | K::Imphash | K::Ssdeep
        );
    let tool = place.used == Some(IndicatorRole::Tool);
    match (file, tool) {
        (true, true) => IndicatorRole::Tool,
        (true, false) => IndicatorRole::Malware,
        _ => IndicatorRole::Unknown,
    }
}
