//! Names of countries and trades in English and Japanese.
//!
//! Codes are ISO 3166-1 alpha-2 and STIX 2.1's `industry-sector-ov`; names are the short everyday
//! ones, from the table in `tegakari-model`.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use tegakari_model::{Country, Language, PLACES, Report, Sector, TargetKind};

use crate::i18n::{Words, say};

impl Words {
    /// A country by name; its code when the name is not known.
    pub(crate) fn country(self, country: &Country) -> String {
        self.place_name(country.code())
    }

    /// A trade by name; its vocabulary name when there are no words for it.
    pub(crate) fn sector(self, sector: &Sector) -> String {
        self.place_name(sector.name())
    }

    /// A country or trade.
    pub(crate) fn target(self, target: &TargetKind) -> String {
        match target {
            TargetKind::Country(country) => self.country(country),
            TargetKind::Sector(sector) => self.sector(sector),
        }
    }

    /// Where a report says that the attackers come from; `None` when it does not.
    pub(crate) fn origins(self, report: &Report) -> Option<String> {
        let named = report.origins.iter().map(|one| self.country(&one.country));
        let names: Vec<String> = named.collect();
        (!names.is_empty()).then(|| say!(self, "target.origin", targets = self.list_of(&names, 20)))
    }

    fn place_name(self, code: &str) -> String {
        match (table().get(code), self.language) {
            (Some((english, _)), Language::En) => (*english).to_owned(),
            (Some((_, japanese)), Language::Ja) => (*japanese).to_owned(),
            (None, _) => code.to_owned(),
        }
    }
}

/// Whether a country or trade is one that has a name: a slip of the pen (`goverment`, `ZZ`) has none.
pub fn is_place(target: &TargetKind) -> bool {
    table().contains_key(match target {
        TargetKind::Country(country) => country.code(),
        TargetKind::Sector(sector) => sector.name(),
    })
}

type Table = BTreeMap<&'static str, (&'static str, &'static str)>;

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| {
        PLACES
            .lines()
            .filter(|line| !line.starts_with('#'))
            .filter_map(|line| {
                let mut cells = line.split('\t');
                Some((cells.next()?, (cells.next()?, cells.next()?)))
            })
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_have_names_in_both_languages() {
        let country = Country::new("vn").unwrap();
        assert_eq!(Words::new(Language::En).country(&country), "Vietnam");
        assert_eq!(Words::new(Language::Ja).country(&country), "ベトナム");
        let sector = Sector::new("telecommunications");
        assert_eq!(Words::new(Language::Ja).sector(&sector), "通信");
        let odd = Sector::new("made up");
        assert_eq!(Words::new(Language::Ja).sector(&odd), "made-up");
    }

    #[test]
    fn every_line_is_complete_and_sorted_once() {
        let lines: Vec<&str> = PLACES
            .lines()
            .filter(|line| !line.starts_with('#'))
            .collect();
        assert_eq!(lines.len(), table().len(), "a code is there twice");
        let countries = table().keys().filter(|code| code.len() == 2).count();
        assert_eq!(countries, 250, "249 of ISO 3166-1 and XK for Kosovo");
        for line in lines {
            assert_eq!(
                line.split('\t').filter(|cell| !cell.is_empty()).count(),
                3,
                "{line}"
            );
        }
    }
}
