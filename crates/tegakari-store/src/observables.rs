//! Values have one row each; everything that mentions one points there.

use std::net::{Ipv4Addr, Ipv6Addr};

use rusqlite::{Connection, OptionalExtension, params};
use tegakari_model::{Observable, ObservableKind};

use crate::error::{Outcome, Trouble};

/// The row of a value, made when there is none.
pub(crate) fn key(connection: &Connection, observable: &Observable) -> Outcome<i64> {
    let kind = observable.kind().name();
    if let Some(key) = exact(connection, kind, observable.value())? {
        return Ok(key);
    }
    connection
        .prepare_cached("INSERT INTO observables (kind, value, host) VALUES (?1, ?2, ?3)")?
        .execute(params![kind, observable.value(), host_key(observable)])?;
    Ok(connection.last_insert_rowid())
}

fn exact(connection: &Connection, kind: &str, value: &str) -> Outcome<Option<i64>> {
    Ok(connection
        .prepare_cached("SELECT key FROM observables WHERE kind = ?1 AND value = ?2")?
        .query_row([kind, value], |row| row.get(0))
        .optional()?)
}

/// The rows of a value: one at most, or for kinds that Windows compares without regard to case, one
/// for each way of writing it.
pub(crate) fn find(connection: &Connection, observable: &Observable) -> Outcome<Vec<i64>> {
    let kind = observable.kind().name();
    if !ignores_case(observable.kind()) {
        return Ok(exact(connection, kind, observable.value())?
            .into_iter()
            .collect());
    }
    // The list of kinds repeats the condition of the index, or SQLite would not use it.
    let mut statement = connection.prepare_cached(
        "SELECT key FROM observables WHERE kind = ?1 AND value = ?2 COLLATE NOCASE
           AND kind IN ('file_name', 'file_path', 'registry_key', 'service_name', 'named_pipe', 'detection_name')
         ORDER BY value",
    )?;
    let keys = statement.query_map([kind, observable.value()], |row| row.get(0))?;
    Ok(keys.collect::<Result<_, _>>()?)
}

fn ignores_case(kind: ObservableKind) -> bool {
    use ObservableKind as K;
    matches!(
        kind,
        K::FileName
            | K::FilePath
            | K::RegistryKey
            | K::ServiceName
            | K::NamedPipe
            | K::DetectionName
    )
}

/// A value from its row.
pub(crate) fn load(connection: &Connection, key: i64) -> Outcome<Observable> {
    let (kind, value): (String, String) = connection
        .prepare_cached("SELECT kind, value FROM observables WHERE key = ?1")?
        .query_row([key], |row| Ok((row.get(0)?, row.get(1)?)))?;
    parse(&kind, &value)
}

/// A value from its columns.
pub(crate) fn parse(kind: &str, value: &str) -> Outcome<Observable> {
    let kind = ObservableKind::ALL
        .into_iter()
        .find(|one| one.name() == kind)
        .ok_or_else(|| Trouble::Unreadable(format!("unknown kind of observable {kind:?}")))?;
    Observable::new(kind, value).map_err(|error| Trouble::Unreadable(error.to_string()))
}

/// Everything a text may mean: `a.exe` is a file name as well as a domain.
pub(crate) fn meanings(text: &str) -> Vec<Observable> {
    ObservableKind::ALL
        .into_iter()
        .filter_map(|kind| Observable::new(kind, text).ok())
        .collect()
}

/// What the `host` column holds for a value: see the first migration.
pub(crate) fn host_key(observable: &Observable) -> Option<String> {
    let value = observable.value();
    match observable.kind() {
        ObservableKind::Ipv4 | ObservableKind::Ipv6 => Some(format!("={value}")),
        ObservableKind::Domain => Some(reversed(value)),
        ObservableKind::Email => value.rsplit_once('@').map(|(_, domain)| reversed(domain)),
        ObservableKind::Url => url_host(value).map(|host| match host.strip_prefix('[') {
            Some(v6) => format!("={}", v6.trim_end_matches(']')),
            None if host.parse::<Ipv4Addr>().is_ok() => format!("={host}"),
            None => reversed(host),
        }),
        _ => None,
    }
}

/// The host of a canonical URL, without its port.
fn url_host(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    if authority.starts_with('[') {
        return authority.split_inclusive(']').next();
    }
    authority.split(':').next()
}

/// `a.evil.example` as `example.evil.a.`.
fn reversed(host: &str) -> String {
    host.rsplit('.').flat_map(|label| [label, "."]).collect()
}

/// What holds a value: the domains above a domain, URL or mail address, and its host itself when that
/// is not the value; the networks around an address. The nearest first.
pub(crate) fn above(observable: &Observable) -> Vec<Observable> {
    let value = observable.value();
    match observable.kind() {
        ObservableKind::Ipv4 => value.parse().map_or_else(|_| Vec::new(), networks_v4),
        ObservableKind::Ipv6 => value.parse().map_or_else(|_| Vec::new(), networks_v6),
        ObservableKind::Domain => domains_from(value.split_once('.').map(|(_, rest)| rest)),
        ObservableKind::Email => domains_from(value.rsplit_once('@').map(|(_, domain)| domain)),
        ObservableKind::Url => {
            let Some(host) = url_host(value) else {
                return Vec::new();
            };
            let bare = host.trim_start_matches('[').trim_end_matches(']');
            let address = [ObservableKind::Ipv4, ObservableKind::Ipv6]
                .into_iter()
                .find_map(|kind| Observable::new(kind, bare).ok());
            match address {
                Some(address) => {
                    let networks = above(&address);
                    std::iter::once(address).chain(networks).collect()
                }
                None => domains_from(Some(host)),
            }
        }
        _ => Vec::new(),
    }
}

/// A domain and all domains above it.
fn domains_from(first: Option<&str>) -> Vec<Observable> {
    std::iter::successors(first, |name| name.split_once('.').map(|(_, rest)| rest))
        .filter_map(|name| Observable::new(ObservableKind::Domain, name).ok())
        .collect()
}

fn networks_v4(address: Ipv4Addr) -> Vec<Observable> {
    networks((0..=32).rev().map(|bits| format!("{address}/{bits}")))
}

fn networks_v6(address: Ipv6Addr) -> Vec<Observable> {
    networks((0..=128).rev().map(|bits| format!("{address}/{bits}")))
}

/// The canonical form clears the host bits.
fn networks(texts: impl Iterator<Item = String>) -> Vec<Observable> {
    texts
        .filter_map(|text| Observable::new(ObservableKind::Cidr, &text).ok())
        .collect()
}

/// The range of `host` below a value: all names below a domain with what is on them, and what is on
/// an address. The first bound is inside, the second outside.
pub(crate) fn below(observable: &Observable) -> Option<(String, String)> {
    let host = match observable.kind() {
        ObservableKind::Domain | ObservableKind::Ipv4 | ObservableKind::Ipv6 => {
            host_key(observable)?
        }
        _ => return None,
    };
    let end = match host.strip_suffix('.') {
        // `/` is the character after `.`.
        Some(front) => format!("{front}/"),
        None => format!("{host}\0"),
    };
    Some((host, end))
}

#[cfg(test)]
mod tests {
    use super::{above, below, host_key};
    use tegakari_model::{Observable, ObservableKind as K};

    fn of(kind: K, text: &str) -> Observable {
        Observable::new(kind, text).unwrap()
    }

    #[test]
    fn a_host_is_kept_from_the_right() {
        for (kind, text, want) in [
            (K::Domain, "a.evil.example", Some("example.evil.a.")),
            (K::Email, "x@evil.example", Some("example.evil.")),
            (
                K::Url,
                "http://a.evil.example:8080/x@y",
                Some("example.evil.a."),
            ),
            (K::Url, "http://198.51.100.7:8080/", Some("=198.51.100.7")),
            (K::Url, "http://[2001:db8::1]:80/x", Some("=2001:db8::1")),
            (K::Ipv6, "2001:DB8::1", Some("=2001:db8::1")),
            (K::Md5, "71fea034b422e4a17ebb06022532fdde", None),
        ] {
            assert_eq!(host_key(&of(kind, text)).as_deref(), want, "{text}");
        }
    }

    #[test]
    fn a_name_that_only_begins_like_a_domain_is_not_below_it() {
        let (from, until) = below(&of(K::Domain, "evil.example")).unwrap();
        for (name, inside) in [
            ("a.evil.example", true),
            ("evil.example", true),
            ("evilx.example", false),
            ("notevil.example", false),
            ("evil-x.example", false),
        ] {
            let host = host_key(&of(K::Domain, name)).unwrap();
            assert_eq!(from <= host && host < until, inside, "{name}");
        }
    }

    #[test]
    fn what_holds_a_value_is_listed_from_the_nearest() {
        let names = |one: Observable| -> Vec<String> {
            above(&one).iter().map(|o| o.value().to_owned()).collect()
        };
        assert_eq!(
            names(of(K::Domain, "a.b.evil.example")),
            ["b.evil.example", "evil.example"]
        );
        assert_eq!(
            names(of(K::Url, "http://a.evil.example/x")),
            ["a.evil.example", "evil.example"]
        );
        let nets = names(of(K::Ipv4, "198.51.100.7"));
        assert_eq!(nets.len(), 33);
        assert_eq!(nets[0], "198.51.100.7/32");
        assert_eq!(nets[8], "198.51.100.0/24");
    }
}
