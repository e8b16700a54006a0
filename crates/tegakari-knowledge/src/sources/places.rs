//! Sources' labels for places and trades, in standard codes.

use tegakari_model::{Country, Sector};

/// English country names and common other spellings with their ISO 3166-1 alpha-2 codes. Lower case, sorted.
const COUNTRIES: &str = "\
afghanistan AF|albania AL|algeria DZ|andorra AD|angola AO|argentina AR|armenia AM|australia AU|austria AT|\
azerbaijan AZ|bahrain BH|bangladesh BD|belarus BY|belgium BE|benin BJ|bhutan BT|bolivia BO|\
bosnia and herzegovina BA|botswana BW|brazil BR|brunei BN|bulgaria BG|burkina faso BF|burma MM|burundi BI|\
cambodia KH|cameroon CM|canada CA|cape verde CV|central african republic CF|chad TD|chile CL|china CN|\
colombia CO|congo CG|costa rica CR|côte d'ivoire CI|croatia HR|cuba CU|cyprus CY|czech republic CZ|czechia CZ|\
democratic republic of the congo CD|denmark DK|djibouti DJ|dominican republic DO|dprk KP|east timor TL|\
ecuador EC|egypt EG|el salvador SV|england GB|eritrea ER|estonia EE|eswatini SZ|ethiopia ET|fiji FJ|finland FI|\
france FR|gabon GA|gambia GM|georgia GE|germany DE|ghana GH|great britain GB|greece GR|guatemala GT|guinea GN|\
guyana GY|haiti HT|holland NL|honduras HN|hong kong HK|hungary HU|iceland IS|india IN|indonesia ID|iran IR|\
iraq IQ|ireland IE|israel IL|italy IT|ivory coast CI|jamaica JM|japan JP|jordan JO|kazakhstan KZ|kenya KE|\
korea KR|korea (democratic people's republic of) KP|korea (republic of) KR|kosovo XK|kuwait KW|kyrgyzstan KG|laos LA|latvia LV|lebanon LB|lesotho LS|liberia LR|libya LY|\
liechtenstein LI|lithuania LT|luxembourg LU|macao MO|macau MO|macedonia MK|madagascar MG|malawi MW|malaysia MY|\
maldives MV|mali ML|malta MT|mauritania MR|mauritius MU|mexico MX|moldova MD|monaco MC|mongolia MN|\
montenegro ME|morocco MA|mozambique MZ|myanmar MM|namibia NA|nepal NP|netherlands NL|new zealand NZ|\
nicaragua NI|niger NE|nigeria NG|north korea KP|north macedonia MK|norway NO|oman OM|pakistan PK|palestine PS|\
palestinian territories PS|palestinian territory PS|panama PA|papua new guinea PG|paraguay PY|\
people's republic of china CN|peru PE|philippines PH|poland PL|portugal PT|puerto rico PR|qatar QA|\
republic of korea KR|romania RO|russia RU|russian federation RU|rwanda RW|saudi arabia SA|senegal SN|serbia RS|\
seychelles SC|sierra leone SL|singapore SG|slovakia SK|slovenia SI|solomon islands SB|somalia SO|\
south africa ZA|south korea KR|south sudan SS|spain ES|sri lanka LK|sudan SD|suriname SR|sweden SE|\
switzerland CH|syria SY|taiwan TW|tajikistan TJ|tanzania TZ|thailand TH|the netherlands NL|timor-leste TL|togo TG|\
trinidad and tobago TT|tunisia TN|turkey TR|turkmenistan TM|türkiye TR|u.s. US|uae AE|uganda UG|uk GB|\
ukraine UA|united arab emirates AE|united kingdom GB|united states US|united states of america US|uruguay UY|\
us US|usa US|uzbekistan UZ|vanuatu VU|vatican VA|venezuela VE|viet nam VN|vietnam VN|yemen YE|zambia ZM|\
zimbabwe ZW";

/// The country that a label names; `None` for regions, organisations and unknown words.
pub(crate) fn country(label: &str) -> Option<Country> {
    let wanted = label.trim().to_lowercase();
    COUNTRIES
        .split('|')
        .filter_map(|entry| entry.rsplit_once(' '))
        .find(|(name, _)| *name == wanted)
        .and_then(|(_, code)| Country::new(code))
}

/// Words in labels and the trade of STIX's `industry-sector-ov` they stand for; the first that fits counts.
const SECTORS: &[(&str, &str)] = &[
    ("aerospace", "aerospace"),
    ("aviation", "aerospace"),
    ("space", "aerospace"),
    ("satellite", "aerospace"),
    ("agricultur", "agriculture"),
    ("food", "agriculture"),
    ("automotive", "automotive"),
    ("chemical", "chemical"),
    ("pharma", "pharmaceuticals"),
    ("construction", "construction"),
    ("civil engineering", "construction"),
    ("defense", "defense"),
    ("defence", "defense"),
    ("military", "defense"),
    ("education", "education"),
    ("academia", "education"),
    ("universit", "education"),
    ("energy", "energy"),
    ("oil", "energy"),
    ("gas", "energy"),
    ("petroleum", "energy"),
    ("electric", "energy"),
    ("electronic", "technology"),
    ("semiconductor", "technology"),
    ("technology", "technology"),
    ("high-tech", "technology"),
    ("high tech", "technology"),
    ("casino", "entertainment"),
    ("gambling", "entertainment"),
    ("entertainment", "entertainment"),
    ("gaming", "gaming"),
    ("game", "gaming"),
    ("bank", "financial-services"),
    ("financ", "financial-services"),
    ("payment", "financial-services"),
    ("investment", "financial-services"),
    ("cryptocurrency", "financial-services"),
    ("insurance", "insurance"),
    ("government", "government"),
    ("diplomacy", "government"),
    ("intelligence", "government"),
    ("political", "government"),
    ("police", "government"),
    ("justice", "government"),
    ("intergovernmental", "government"),
    ("health", "healthcare"),
    ("medical", "healthcare"),
    ("biomedical", "healthcare"),
    ("hospital", "hospitality-leisure"),
    ("hotel", "hospitality-leisure"),
    ("travel", "hospitality-leisure"),
    ("tourism", "hospitality-leisure"),
    ("restaurant", "hospitality-leisure"),
    ("manufactur", "manufacturing"),
    ("industrial", "manufacturing"),
    ("engineering", "manufacturing"),
    ("mining", "mining"),
    ("ngo", "non-profit"),
    ("non-profit", "non-profit"),
    ("non profit", "non-profit"),
    ("civil society", "non-profit"),
    ("activist", "non-profit"),
    ("dissident", "non-profit"),
    ("think tank", "non-profit"),
    ("religious", "non-profit"),
    ("retail", "retail"),
    ("ecommerce", "retail"),
    ("telecom", "telecommunications"),
    ("isp", "telecommunications"),
    ("transport", "transportation"),
    ("rail", "transportation"),
    ("maritime", "transportation"),
    ("shipping", "transportation"),
    ("logistic", "transportation"),
    ("water", "utilities"),
    ("utilit", "utilities"),
    ("legal", "professional-services"),
    ("lawyer", "professional-services"),
    ("consulting", "professional-services"),
    ("media", "media"),
    ("news", "media"),
    ("journalist", "media"),
    ("infrastructure", "infrastructure"),
];

/// The trade that a label stands for; `None` when it is none (`Private sector`, `Other`).
pub(crate) fn sector(label: &str) -> Option<Sector> {
    let label = label.to_lowercase();
    // Words that hold another's: `hospitality` is no hospital, `Pro-democracy` no trade.
    let fits = |word: &str| {
        label
            .split(|c: char| !c.is_alphanumeric() && c != '-')
            .any(|part| part.starts_with(word))
            || (word.contains(' ') && label.contains(word))
    };
    SECTORS
        .iter()
        .find(|(word, _)| fits(word))
        .map(|(_, sector)| Sector::new(sector))
}

#[cfg(test)]
mod tests {
    use super::{country, sector};

    #[test]
    fn labels_get_standard_codes() {
        for (label, want) in [
            ("Vietnam", Some("VN")),
            ("Türkiye", Some("TR")),
            (" Hong Kong ", Some("HK")),
            ("Middle East", None),
            ("Bank of America", None),
            ("Ivory Coast", Some("CI")),
            ("Korea (Democratic People's Republic of)", Some("KP")),
            ("Korea (Republic of)", Some("KR")),
        ] {
            assert_eq!(country(label).as_ref().map(|c| c.code()), want, "{label}");
        }
        for (label, want) in [
            ("Government, Administration", Some("government")),
            ("Telecomms", Some("telecommunications")),
            ("Transportation systems", Some("transportation")),
            ("Hospitality", Some("hospitality-leisure")),
            ("Biomedical", Some("healthcare")),
            ("Private sector", None),
            ("Media and Entertainment", Some("entertainment")),
            ("Civil society", Some("non-profit")),
        ] {
            assert_eq!(sector(label).as_ref().map(|s| s.name()), want, "{label}");
        }
    }
}
