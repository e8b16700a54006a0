//! What an indicator was used for.

use tegakari_model::{IndicatorRole, Observable, ObservableKind as K};

use super::Place;
use crate::lexicon::{Field, SectionKind};

/// What an indicator was used for, by its section, label and sentence.
pub(crate) fn role(observable: &Observable, place: &Place<'_>) -> IndicatorRole {
    let kind = observable.kind();
    let said = &place.said;
    if kind.is_network() {
        if place.field == Some(Field::C2)
            || matches!(place.section, Some((SectionKind::CommandAndControl, _)))
            || said.c2
        {
            return IndicatorRole::C2;
        }
        if said.staging {
            return IndicatorRole::Staging;
        }
        if matches!(place.section, Some((SectionKind::Delivery, _))) || said.delivery {
            return IndicatorRole::Delivery;
        }
        return IndicatorRole::Unknown;
    }
    let file = kind.is_file_hash()
        || matches!(
            kind,
            K::FileName | K::DetectionName | K::Imphash | K::Ssdeep
        );
    match (file, said.tool) {
        (true, true) => IndicatorRole::Tool,
        (true, false) => IndicatorRole::Malware,
        _ => IndicatorRole::Unknown,
    }
}
