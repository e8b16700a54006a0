//! What a user writes for a country, a region or a trade: in English, Japanese or codes.

use std::collections::HashMap;
use std::sync::OnceLock;

use tegakari_model::{Country, PLACES, Sector, TargetKind};

use crate::fold_name;
use crate::sources::places::{country, sector};

/// Regions: those of STIX 2.1's `region-ov`, what reports also say, and trade at large. They are kept as written, for no
/// single country or trade is meant.
const REGIONS: &str = "\
africa|eastern africa|middle africa|northern africa|southern africa|western africa|central africa|east africa|\
north africa|west africa|sub-saharan africa|americas|the americas|caribbean|central america|latin america|\
latin america caribbean|latin america and the caribbean|northern america|north america|south america|asia|\
central asia|eastern asia|southern asia|south-eastern asia|western asia|east asia|south asia|southeast asia|\
south east asia|northeast asia|asia pacific|apac|indo-pacific|europe|eastern europe|northern europe|\
southern europe|western europe|central europe|central and eastern europe|balkans|baltic states|baltics|\
nordic countries|scandinavia|caucasus|european union|eu|emea|middle east|near east|middle east and north africa|\
mena|gulf states|persian gulf|levant|oceania|antarctica|australia new zealand|melanesia|micronesia|polynesia|\
commonwealth of independent states|cis|asean|nato|united nations|un|global|worldwide|international|private sector|\
アジア|東アジア|東南アジア|南アジア|中央アジア|西アジア|アジア太平洋|インド太平洋|ヨーロッパ|欧州|東欧|西欧|北欧|南欧|中欧|\
欧州連合|中東|湾岸諸国|アフリカ|北アフリカ|西アフリカ|東アフリカ|南部アフリカ|北米|中米|南米|中南米|ラテンアメリカ|カリブ|\
オセアニア|全世界|世界|民間";

/// What a label stands for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Label {
    /// A country or trade.
    One(TargetKind),
    /// More than one country, or more than one trade.
    Many,
}

/// What a label stands for; `None` when it is no place and no trade.
pub(super) fn label(raw: &str) -> Option<Label> {
    if let Some(country) = place(raw) {
        return Some(Label::One(TargetKind::Country(country)));
    }
    if is_region(raw) {
        return Some(Label::Many);
    }
    trade(raw).map(|sector| Label::One(TargetKind::Sector(sector)))
}

/// Whether a label is a region.
pub(super) fn is_region(raw: &str) -> bool {
    let wanted = fold_name(raw);
    !wanted.is_empty() && REGIONS.split('|').any(|region| fold_name(region) == wanted)
}

/// A country by its code in either case, or by its name in English or Japanese.
pub(super) fn place(raw: &str) -> Option<Country> {
    let raw = raw.trim();
    let listed = named(raw, |code| code.len() == 2);
    let whole = listed.and_then(Country::new).or_else(|| country(raw));
    // `Iran (Islamic Republic of)`, as ISO writes it.
    whole.or_else(|| country(raw.split_once('(')?.0))
}

/// A trade by its name in STIX's vocabulary, or by a label in English or Japanese.
fn trade(raw: &str) -> Option<Sector> {
    let is_trade = |code: &str| code.len() > 2;
    // `政府機関` is 政府.
    let begins = || {
        let label = raw.trim();
        let mut rows = rows().filter(|(code, _, japanese)| {
            is_trade(code) && !japanese.is_ascii() && label.starts_with(japanese)
        });
        rows.next().map(|(code, ..)| code)
    };
    let listed = named(raw, is_trade).or_else(begins).map(Sector::new);
    listed
        .or_else(|| sector(&raw.replace(['-', '_'], " ")))
        .or_else(|| sector(raw))
}

/// The code, of those wanted, that is written so or bears the name.
fn named(raw: &str, wanted: impl Fn(&str) -> bool) -> Option<&'static str> {
    static NAMES: OnceLock<HashMap<String, &'static str>> = OnceLock::new();
    let names = NAMES.get_or_init(|| {
        let mut names = HashMap::new();
        for (code, english, japanese) in rows() {
            for name in [code, english, japanese] {
                names.entry(fold_name(name)).or_insert(code);
            }
        }
        names
    });
    let code = names.get(&fold_name(raw)).copied();
    code.filter(|code| wanted(code))
}

/// Code, English and Japanese.
fn rows() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    let lines = PLACES.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| {
        let mut cells = line.split('\t');
        Some((cells.next()?, cells.next()?, cells.next()?))
    })
}

#[cfg(test)]
mod tests {
    use super::{Label, label, place};
    use tegakari_model::TargetKind;

    #[test]
    fn labels_are_countries_regions_and_trades_and_nothing_else() {
        for (raw, want) in [
            ("JP", "JP"),
            ("jp", "JP"),
            ("日本", "JP"),
            ("Viet Nam", "VN"),
            ("Iran (Islamic Republic of)", "IR"),
            ("Korea (Democratic People's Republic of)", "KP"),
            ("Republic of Korea", "KR"),
            ("Åland", "AX"),
            ("government-national", "government-national"),
            ("Government, Administration", "government"),
            ("financial_services", "financial-services"),
            ("通信", "telecommunications"),
            ("政府機関", "government"),
        ] {
            let found = match label(raw) {
                Some(Label::One(TargetKind::Country(country))) => country.code().to_owned(),
                Some(Label::One(TargetKind::Sector(sector))) => sector.name().to_owned(),
                other => panic!("{raw}: {other:?}"),
            };
            assert_eq!(found, want, "{raw}");
        }
        for raw in [
            "Middle East",
            "south-eastern-asia",
            "EU",
            "東南アジア",
            "Private sector",
        ] {
            assert_eq!(label(raw), Some(Label::Many), "{raw}");
        }
        for raw in ["ZZ", "Atlantis", "xyzzy", "Bank", "…", "", "架空国"] {
            assert_eq!(place(raw), None, "{raw}");
        }
        for raw in ["ZZ", "Atlantis", "xyzzy", "…", "", "架空国", "unknown"] {
            assert_eq!(label(raw), None, "{raw}");
        }
    }
}
