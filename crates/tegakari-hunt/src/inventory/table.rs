//! Tables: CSV with a header, as people keep them and as `Get-ADComputer` and Windows' DHCP server export them.

use tegakari_model::Problem;

use super::InventoryAsset;
use crate::address;

const NAME_COLUMNS: [&str; 25] = [
    "hostname",
    "host",
    "name",
    "asset",
    "computer",
    "computername",
    "machine",
    "device",
    "fqdn",
    "dnshostname",
    "ホスト名",
    "機器名",
    "コンピュータ名",
    "コンピューター名",
    "端末名",
    "サーバ名",
    "サーバー名",
    "マシン名",
    "機器",
    "端末",
    "gerät",
    "gerätename",
    "rechner",
    "rechnername",
    "computernamen",
];
const ADDRESS_COLUMNS: [&str; 14] = [
    "address",
    "addresses",
    "ip",
    "ips",
    "ipaddress",
    "ipaddresses",
    "ipv4",
    "ipv4address",
    "ipv6",
    "ipアドレス",
    "アドレス",
    "adresse",
    "adressen",
    "ipadresse",
];

/// Reads an inventory: CSV (comma, semicolon or tab) with a header. A name column is needed
/// (`hostname`, `asset`, …); addresses may stand in several columns, or several in one, separated by
/// blanks, semicolons, commas or bars. All other columns become facts.
pub(super) fn read(text: &str) -> (Vec<InventoryAsset>, Vec<Problem>) {
    let mut problems = Vec::new();
    let first = text.lines().next().unwrap_or_default();
    let delimiter = [b',', b';', b'\t']
        .into_iter()
        .max_by_key(|&d| (memchr::memchr_iter(d, first.as_bytes()).count(), d == b','))
        .unwrap_or(b',');
    let mut rows = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let header: Vec<String> = match rows.headers() {
        Ok(header) => header.iter().map(str::to_owned).collect(),
        Err(error) => {
            problems.push(Problem::new(
                "inventory",
                format!("its header cannot be read: {error}"),
                "give a CSV file whose first line names the columns",
            ));
            return (Vec::new(), problems);
        }
    };
    let plain = |name: &str| -> String {
        name.chars()
            .filter(|c| c.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect()
    };
    let columns: Vec<String> = header.iter().map(|name| plain(name)).collect();
    let name_column = NAME_COLUMNS
        .iter()
        .find_map(|want| columns.iter().position(|have| have == want));
    let Some(name_column) = name_column else {
        problems.push(Problem::new(
            "inventory",
            "no column holds the names of machines",
            "call one column `hostname`, and one with addresses `ip`",
        ));
        return (Vec::new(), problems);
    };
    let body = rows.position().byte();
    let mut assets = Vec::new();
    for (line, row) in rows_of(text, usize::try_from(body).unwrap_or(text.len()), delimiter) {
        let row = match row {
            Ok(row) => row,
            Err(why) => {
                problems.push(
                    Problem::new(
                        format!("inventory:{line}"),
                        format!("this row cannot be read: {why}"),
                        "correct the row",
                    )
                    .losing_records(1),
                );
                continue;
            }
        };
        if row.iter().all(str::is_empty) {
            continue;
        }
        let name = row.get(name_column).unwrap_or_default();
        if name.is_empty() {
            problems.push(
                Problem::new(
                    format!("inventory:{line}"),
                    "this row names no machine",
                    "fill in the name, or delete the row",
                )
                .losing_records(1),
            );
            continue;
        }
        let mut asset = InventoryAsset {
            name: name.to_owned(),
            ..InventoryAsset::default()
        };
        for (at, value) in row.iter().enumerate() {
            if at == name_column || value.is_empty() {
                continue;
            }
            let column = columns.get(at).map(String::as_str).unwrap_or_default();
            if ADDRESS_COLUMNS.contains(&column) {
                for part in value
                    .split([' ', ';', ',', '|', '\n'])
                    .filter(|p| !p.is_empty())
                {
                    if address::net(part).is_some() {
                        asset.addresses.push(part.to_owned());
                    } else {
                        problems.push(Problem::new(
                            format!("inventory:{line}"),
                            format!("{part:?} is not an address"),
                            "write addresses as 10.1.2.3, or networks as 10.1.2.0/24",
                        ));
                    }
                }
            } else if let Some(title) = header.get(at) {
                asset.facts.push((title.clone(), value.to_owned()));
            }
        }
        asset.addresses.sort();
        asset.addresses.dedup();
        asset.facts.sort();
        assets.push(asset);
    }
    (assets, problems)
}

/// A row that goes on for more lines than this has lost a quotation mark.
const LINES_OF_A_ROW: usize = 16;

/// The rows from byte `from` on, each with its line from 1. A quotation mark that is never closed costs
/// its own row, not all that follow.
fn rows_of(
    text: &str,
    mut from: usize,
    delimiter: u8,
) -> Vec<(usize, Result<csv::StringRecord, String>)> {
    let mut out = Vec::new();
    let count = |part: &str| memchr::memchr_iter(b'\n', part.as_bytes()).count();
    let mut line = 1 + text.get(..from).map_or(0, count);
    while let Some(rest) = text.get(from..).filter(|rest| !rest.is_empty()) {
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .has_headers(false)
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(rest.as_bytes());
        let mut row = csv::StringRecord::new();
        let mut again = None;
        let mut at = 0;
        loop {
            let read = reader.read_record(&mut row);
            let end = usize::try_from(reader.position().byte()).unwrap_or(rest.len());
            let raw = rest.get(at..end).unwrap_or("");
            // Blank lines before a row are part of what was read with it.
            let lead = count(raw) - count(raw.trim_start_matches(['\r', '\n']));
            match read {
                Ok(false) => break,
                Ok(true) => {
                    let quotes = memchr::memchr_iter(b'"', raw.as_bytes()).count();
                    let lines = count(raw.trim_matches(['\r', '\n']));
                    if lines > 0 && (quotes % 2 == 1 || lines >= LINES_OF_A_ROW) {
                        let first = raw.trim_start_matches(['\r', '\n']);
                        let skipped = raw.len() - first.len();
                        let next = first.find('\n').map_or(first.len(), |i| i + 1);
                        out.push((
                            line + lead,
                            Err("its quotation mark is never closed".to_owned()),
                        ));
                        line += lead + 1;
                        again = Some(from + at + skipped + next);
                        break;
                    }
                    out.push((line + lead, Ok(row.clone())));
                }
                Err(error) => out.push((line + lead, Err(error.to_string()))),
            }
            line += count(raw);
            at = end;
            if reader.is_done() {
                break;
            }
        }
        match again {
            Some(next) => from = next,
            None => break,
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use crate::parse_inventory;

    #[test]
    fn an_inventory_gives_names_addresses_and_facts() {
        let (assets, problems) = parse_inventory(
            "\u{feff}Hostname;IP Address;owner\nWS-01;10.0.0.1|10.0.0.2;Kim\n;10.0.0.9;nobody\nWS-02;nonsense;Lee\n\n",
        );
        assert_eq!(assets.len(), 2);
        assert_eq!(assets[0].addresses, ["10.0.0.1", "10.0.0.2"]);
        assert_eq!(assets[0].facts, [("owner".to_owned(), "Kim".to_owned())]);
        assert_eq!(assets[1].name, "WS-02");
        let said: Vec<&str> = problems.iter().map(|p| p.place.as_str()).collect();
        assert_eq!(said, ["inventory:3", "inventory:4"]);
    }

    #[test]
    fn columns_may_be_called_by_their_japanese_or_german_names() {
        for header in [
            "コンピュータ名,IPアドレス",
            "端末名,アドレス",
            "Gerät,Adresse",
            "Rechnername;IP-Adresse",
        ] {
            let (assets, problems) = parse_inventory(&format!(
                "{header}\nWS-01{}10.0.0.1\n",
                if header.contains(';') { ';' } else { ',' }
            ));
            assert!(problems.is_empty(), "{header}: {problems:?}");
            assert_eq!(
                (assets[0].name.as_str(), assets[0].addresses.len()),
                ("WS-01", 1),
                "{header}"
            );
        }
    }

    #[test]
    fn a_lost_quotation_mark_costs_its_own_row() {
        let (assets, problems) = parse_inventory(
            "hostname,ip,note\nWS-01,10.0.0.1,\"two\nlines\"\n\nWS-02,10.0.0.2,\"lost\nWS-03,10.0.0.3,fine\nWS-04,10.0.0.4,\n",
        );
        let names: Vec<&str> = assets.iter().map(|a| a.name.as_str()).collect();
        assert_eq!(names, ["WS-01", "WS-03", "WS-04"]);
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].place, "inventory:5");
        assert!(problems[0].what.contains("never closed"));
    }

    #[test]
    fn an_inventory_without_names_says_what_to_do() {
        let (assets, problems) = parse_inventory("owner,site\nKim,A\n");
        assert!(assets.is_empty());
        assert!(problems[0].hint.contains("hostname"));
    }
}
