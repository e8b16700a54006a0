//! OpenIOC 1.0 and 1.1: a tree of `AND` and `OR` over tests of named fields, kept as that
//! (<https://github.com/fireeye/OpenIOC_1.1>). A value beside others under an `AND` is no indicator alone.

use tegakari_model::{NameKind, Observable, ObservableKind as K, Problem};

use super::{Head, ReportFormat, Sniff, Source};
use crate::content::{Block, BlockKind, Content, Stated, StatedName, StatedObservable};
use crate::cybox::one_of;
use crate::misp;
use crate::rule::{self, Rule, Saying};
use crate::tree::{Id, MAX_DEPTH, Tree};

/// OpenIOC files.
pub(super) struct OpenIoc;

impl ReportFormat for OpenIoc {
    fn id(&self) -> &'static str {
        "openioc"
    }

    fn about(&self) -> &'static str {
        "OpenIOC 1.0 and 1.1 as XML (https://github.com/fireeye/OpenIOC_1.1), with AND and OR kept"
    }

    fn sniff(&self, _name: &str, head: Head<'_>) -> Sniff {
        let text = head.text.trim_start_matches('\u{feff}').trim_start();
        if !text.starts_with('<') {
            return Sniff::No;
        }
        let named = text.contains("http://schemas.mandiant.com/2010/ioc")
            || text.contains("http://openioc.org/schemas/");
        let root = text.contains("<ioc ") || text.contains("<OpenIOC") || text.contains(":ioc ");
        let items = text.contains("IndicatorItem");
        // STIX may hold OpenIOC as one of its test mechanisms.
        if text.contains("stix.mitre.org") || text.contains("<html") {
            Sniff::No
        } else if named && (root || items) || root && items {
            Sniff::Certain
        } else if items && text.contains("<Context") {
            Sniff::Likely
        } else {
            Sniff::No
        }
    }

    fn read(&self, source: &Source<'_>, content: &mut Content) {
        let tree = Tree::from_xml(source.name, source.text(), &mut content.problems);
        let mut any = false;
        for node in tree.all() {
            // 1.0 has `ioc`, 1.1 `OpenIOC`; some collections hold many.
            if matches!(tree.name(node), "ioc" | "openioc") {
                any = true;
                take(&tree, node, content);
            }
        }
        if !any && let Some(root) = tree.all().next() {
            take(&tree, root, content);
        }
    }
}

/// Reads one `ioc` element, wherever it stands.
pub(super) fn take(tree: &Tree, ioc: Id, content: &mut Content) {
    let inner = |name: &str| {
        tree.children(ioc)
            .flat_map(|c| {
                std::iter::once(c)
                    .chain(tree.children(c).filter(move |_| tree.name(c) == "metadata"))
            })
            .find(|n| tree.name(*n) == name)
    };
    let text = |name: &str| inner(name).map(|n| tree.text(n)).filter(|t| !t.is_empty());
    let title = text("short_description");
    let author = text("authored_by");
    content.title = content.title.take().or_else(|| title.map(str::to_owned));
    content.publisher = content
        .publisher
        .take()
        .or_else(|| author.map(str::to_owned));
    let date = text("authored_date")
        .or_else(|| tree.get(ioc, "published-date"))
        .or_else(|| tree.get(ioc, "last-modified"));
    content.published = content
        .published
        .take()
        // `0001-01-01T00:00:00` stands for "never" in files of the old editor.
        .or_else(|| {
            date.filter(|d| !d.starts_with("0001"))
                .map(|d| d.chars().take(10).collect())
        });
    if let Some(node) = inner("description")
        && tree
            .parent(node)
            .is_some_and(|p| p == ioc || tree.name(p) == "metadata")
    {
        let mut block = Block::new(
            BlockKind::Value,
            tree.text(node),
            tree.line(node).unwrap_or(0),
        );
        block.path = Some(tree.place(node));
        content.push(block);
    }
    let mut labels = Vec::new();
    if let Some(links) = inner("links") {
        for link in tree.children(links) {
            labels.extend(self::link(tree, link, content));
        }
    }
    let definition = inner("definition").or_else(|| inner("criteria"));
    let Some(definition) = definition else {
        return;
    };
    let mut any = Vec::new();
    for child in tree.children(definition) {
        any.extend(rule_of(tree, child, 0));
    }
    let Some(rule) = one_of(any) else {
        content.problems.push(Problem::new(
            tree.place(ioc),
            "the definition holds no indicator items",
            "get the file again",
        ));
        return;
    };
    // Every value is cited at its own line: the top is split where it is a list of alternatives.
    state(tree, definition, &rule, title, &labels, content);
}

fn state(
    tree: &Tree,
    definition: Id,
    rule: &Rule,
    title: Option<&str>,
    labels: &[String],
    content: &mut Content,
) {
    let before = content.observables.len();
    let saying = Saying {
        name: title.map(str::to_owned),
        reason: "OpenIOC indicator".to_owned(),
        labels: labels.to_vec(),
        about: title.unwrap_or("").to_owned(),
        path: tree.place(definition),
        line: tree.line(definition),
        ..Saying::default()
    };
    rule::state(rule, Stated::Indicator, &saying, content);
    // The items in the order of the tree are those that were stated.
    let mut items = tree
        .descendants(definition)
        .filter(|n| tree.name(*n) == "indicatoritem")
        .filter_map(|n| Some((n, test(tree, n)?)))
        .filter_map(|(n, rule)| match rule {
            Rule::Test(test) => test.observable.map(|o| (n, o)),
            _ => None,
        });
    for one in content.observables.iter_mut().skip(before) {
        if let Some((node, _)) = items.find(|(_, o)| *o == one.observable) {
            one.path = tree.place(node);
            one.line = tree.line(node);
        }
    }
}

/// `<link rel="…">`: references, and the names that the indicators belong to.
fn link(tree: &Tree, node: Id, content: &mut Content) -> Option<String> {
    let rel = tree.get(node, "rel").unwrap_or("").to_ascii_lowercase();
    let text = tree.text(node);
    let href = tree.get(node, "href").unwrap_or(text);
    if href.contains("://")
        && let Some(url) = misp::observable(K::Url, href)
    {
        content.observables.push(StatedObservable {
            line: tree.line(node),
            ..StatedObservable::new(
                url,
                Stated::Reference,
                "link of the OpenIOC file",
                tree.place(node),
            )
        });
    }
    let kind = match rel.as_str() {
        "family" | "malware" | "threatfamily" => NameKind::Malware,
        "threatgroup" | "actor" | "group" => NameKind::IntrusionSet,
        "campaign" => NameKind::Campaign,
        _ => return None,
    };
    let usable = !text.is_empty() && text.len() <= 80 && !text.contains("://");
    if !usable {
        return None;
    }
    content.names.push(StatedName {
        text: text.to_owned(),
        kind,
        path: tree.place(node),
    });
    (kind == NameKind::Malware).then(|| text.to_owned())
}

fn rule_of(tree: &Tree, node: Id, depth: usize) -> Option<Rule> {
    if depth > MAX_DEPTH {
        return None;
    }
    match tree.name(node) {
        "indicatoritem" => test(tree, node),
        "indicator" => {
            let mut parts = Vec::new();
            for child in tree.children(node) {
                parts.extend(rule_of(tree, child, depth + 1));
            }
            let is_and = tree
                .get(node, "operator")
                .is_some_and(|o| o.eq_ignore_ascii_case("and"));
            if is_and && !parts.is_empty() {
                Some(Rule::All {
                    one_thing: false,
                    parts,
                })
            } else {
                one_of(parts)
            }
        }
        // 1.1: `criteria` and `definition` may be nested once more.
        "definition" | "criteria" => one_of(
            tree.children(node)
                .filter_map(|c| rule_of(tree, c, depth + 1))
                .collect(),
        ),
        _ => None,
    }
}

/// One item: `<Context search="FileItem/Md5sum"/><Content type="md5">…</Content>`.
fn test(tree: &Tree, item: Id) -> Option<Rule> {
    let context = tree.child(item, "context")?;
    let search = tree
        .get(context, "search")
        .or_else(|| tree.get(context, "document"))?;
    let node = tree.child(item, "content")?;
    // Some exporters leave the content empty and put the value where the item's own id belongs.
    let value = match tree.text(node) {
        "" => tree.get(item, "id").filter(|id| !is_guid(id))?,
        text => text,
    };
    let condition = tree
        .get(item, "condition")
        .unwrap_or("is")
        .to_ascii_lowercase();
    // 1.0 writes `isnot` and `containsnot`, 1.1 an attribute.
    let (word, not) = match condition.as_str() {
        "is" | "equals" | "=" => ("is", false),
        "isnot" | "is-not" | "is not" => ("is", true),
        "contains" => ("contains", false),
        "containsnot" | "contains-not" | "contains not" => ("contains", true),
        "starts-with" => ("starts with", false),
        "ends-with" => ("ends with", false),
        "matches" => ("matches", false),
        "greater-than" => ("is greater than", false),
        "less-than" => ("is less than", false),
        _ => ("compares", false),
    };
    let negated = not
        != matches!(
            tree.get(item, "negate")
                .map(str::to_ascii_lowercase)
                .as_deref(),
            Some("true" | "1")
        );
    let observable = (word == "is")
        .then(|| observable(search, tree.get(node, "type").unwrap_or(""), value))
        .flatten();
    let rule = Rule::test(search, word, value, observable);
    Some(if negated {
        Rule::Not(Box::new(rule))
    } else {
        rule
    })
}

/// Whether an id is one: `581c0e7b-7ec8-40ad-b52a-49798e96ca05`, with or without a prefix.
fn is_guid(id: &str) -> bool {
    let tail = id.get(id.len().saturating_sub(36)..).unwrap_or("");
    tail.len() == 36
        && tail.bytes().enumerate().all(|(i, b)| match i {
            8 | 13 | 18 | 23 => b == b'-',
            _ => b.is_ascii_hexdigit(),
        })
}

/// The value of a field. The fields are the terms of OpenIOC's own list and of MISP's export.
fn observable(search: &str, kind: &str, value: &str) -> Option<Observable> {
    let lower = search.to_ascii_lowercase();
    let last = lower.rsplit('/').next().unwrap_or("");
    let of = |words: &[&str]| words.iter().any(|w| lower.starts_with(w));
    // Hashes of parts of a file, of strings in memory and the like are not the file's.
    if lower.contains("/sections/")
        || lower.contains("/resourceinfo/")
        || lower.contains("/strings")
    {
        return None;
    }
    match last {
        "md5sum" | "sha1sum" | "sha256sum" | "sha512sum" | "md5" | "sha1" | "sha256" | "sha512" => {
            return misp::hash(last.trim_end_matches("sum"), value);
        }
        "imphash" | "importhash" => return misp::hash("imphash", value),
        "ssdeep" => return misp::hash("ssdeep", value),
        _ => {}
    }
    // Where a signature's issuer or a certificate is meant, the same words say something else.
    if lower.contains("/digitalsignature/") || lower.contains("/certificate") {
        return None;
    }
    match last {
        "dns" | "hostname" | "host" | "recordname" => misp::observable(K::Domain, value),
        "uri" | "url" | "sourceurl" | "referringurl" | "referralurl" | "referrer" => {
            misp::link(value)
        }
        "remoteip" | "localip" | "remoteipaddress" | "ipaddress" | "ipv4address"
        | "ipv6address" | "ip" | "remoteaddress" => misp::observable(K::Ipv4, value),
        "useragent" | "user-agent" => misp::observable(K::UserAgent, value),
        "from" | "to" | "cc" | "bcc" | "senderaddress" if of(&["email"]) => {
            misp::observable(K::Email, value)
        }
        "mac" if of(&["arpentryitem", "systeminfoitem"]) => misp::observable(K::Mac, value),
        "filename" | "originalfilename" | "internalname" | "attachmentname" => {
            misp::observable(K::FileName, value)
        }
        "fullpath" | "filepath" | "imagepath" | "servicedll" | "modulepath" | "execprogrampath"
        | "devicepath" => path(value),
        "path" if of(&["registryitem"]) => misp::observable(K::RegistryKey, value),
        "path"
            if of(&[
                "fileitem",
                "processitem",
                "moduleitem",
                "driveritem",
                "hookitem",
            ]) =>
        {
            path(value)
        }
        "keypath" | "regpath" if of(&["registryitem"]) => misp::observable(K::RegistryKey, value),
        "name" if lower.contains("handle") => {
            // A handle's name is a mutex unless its type says otherwise (`File`, `Key`, `Event`).
            misp::observable(K::Mutex, value)
        }
        "name" if of(&["mutexitem"]) => misp::observable(K::Mutex, value),
        "name"
            if of(&["processitem", "moduleitem", "driveritem"]) && !lower.contains("/section") =>
        {
            misp::observable(K::FileName, value)
        }
        "name" | "descriptivename" if of(&["serviceitem"]) => {
            misp::observable(K::ServiceName, value)
        }
        "pipename" => misp::observable(K::NamedPipe, value),
        "arguments" | "commandline" if of(&["processitem", "taskitem", "prefetchitem"]) => {
            misp::observable(K::CommandLine, value)
        }
        // Fields that are nobody's standard say at least the type of what they hold.
        _ => match kind.to_ascii_lowercase().as_str() {
            "md5" | "sha1" | "sha256" => misp::hash(kind, value),
            "ip" => misp::observable(K::Ipv4, value),
            _ => None,
        },
    }
}

fn path(value: &str) -> Option<Observable> {
    if value.contains(['\\', '/']) {
        misp::observable(K::FilePath, value)
    } else {
        misp::observable(K::FileName, value)
    }
}
