//! STIX 1.0 to 1.2 with CybOX 2, as XML (also inside TAXII 1 messages) and as the JSON that the
//! reference library and MISP write of it (<https://stixproject.github.io/data-model/>).

use std::collections::BTreeSet;

use tegakari_model::{
    NameKind, ObservableKind as K, Problem, ReportCitation, ReportId, TechniqueId, Timestamp, Tlp,
};

use super::{Head, ReportFormat, Sniff, Source};
use crate::content::{
    Block, BlockKind, Content, Stated, StatedName, StatedObservable, StatedTarget, StatedTechnique,
};
use crate::cybox::{Cybox, Seen, one_of};
use crate::misp;
use crate::rule::{self, Rule, Saying};
use crate::tree::{Id, Tree};

/// STIX 1 packages.
pub(super) struct Stix1;

impl ReportFormat for Stix1 {
    fn id(&self) -> &'static str {
        "stix1"
    }

    fn about(&self) -> &'static str {
        "STIX 1.0 to 1.2 packages with CybOX 2 as XML, or as JSON (https://stixproject.github.io)"
    }

    fn sniff(&self, _name: &str, head: Head<'_>) -> Sniff {
        let start = head.text.trim_start_matches('\u{feff}').trim_start();
        if start.starts_with('<') {
            let names = [
                "http://stix.mitre.org/stix-1",
                "http://cybox.mitre.org/cybox-2",
            ];
            return if names.iter().any(|n| start.contains(n)) && !start.contains("<html") {
                Sniff::Certain
            } else if start.contains("STIX_Package") {
                Sniff::Likely
            } else {
                Sniff::No
            };
        }
        let is_json = start.starts_with(['{', '[']);
        if is_json && start.contains("\"stix_header\"") {
            Sniff::Certain
        } else if is_json && start.contains(":STIXPackage-") {
            Sniff::Likely
        } else {
            Sniff::No
        }
    }

    fn read(&self, source: &Source<'_>, content: &mut Content) {
        let text = source.text();
        let tree = if text
            .trim_start_matches('\u{feff}')
            .trim_start()
            .starts_with('<')
        {
            Tree::from_xml(source.name, text, &mut content.problems)
        } else {
            match serde_json::from_str(text) {
                Ok(document) => Tree::from_json(source.name, &document, &mut content.problems),
                Err(error) => {
                    content.problems.push(Problem::new(
                        format!("{}:{}", source.name, error.line()),
                        "not valid JSON, read as plain text",
                        "get the package again; it may be cut off",
                    ));
                    super::plain::lines(text, content);
                    return;
                }
            }
        };
        let mut reader = Reader {
            tree: &tree,
            cybox: Cybox::new(&tree),
            content,
        };
        reader.front();
        reader.all();
        let spent = reader.cybox.is_spent();
        if spent {
            content.problems.push(Problem::new(
                source.name,
                "observables refer to each other more often than can be followed",
                "what was reached first was read",
            ));
        }
    }
}

struct Reader<'t, 'c> {
    tree: &'t Tree,
    cybox: Cybox<'t>,
    content: &'c mut Content,
}

impl<'t> Reader<'t, '_> {
    /// Whether a node only wraps another of its name, as JSON does in lists of what is related.
    fn is_wrapper(&self, node: Id) -> bool {
        self.tree.child(node, self.tree.name(node)).is_some()
    }

    fn is_inside(&self, node: Id, names: &[&str]) -> bool {
        self.tree
            .ancestors(node)
            .any(|a| names.contains(&self.tree.name(a)))
    }

    /// The relationship that the wrapper of a related thing states; MISP writes the category there.
    fn relationship(&self, node: Id) -> &'t str {
        let tree = self.tree;
        tree.parent(node)
            .and_then(|wrapper| tree.get(wrapper, "relationship"))
            .unwrap_or("")
    }

    fn first(&self, parent: Id, path: &[&str]) -> Option<Id> {
        let mut at = parent;
        for name in path {
            at = self.tree.child(at, name)?;
        }
        Some(at)
    }

    fn front(&mut self) {
        let tree = self.tree;
        let mut of_incident = None;
        for node in tree.all() {
            match tree.name(node) {
                "stix_header" | "header" => {
                    let title = tree
                        .get(node, "title")
                        .filter(|t| !t.starts_with("Export from "));
                    self.content.title = self
                        .content
                        .title
                        .take()
                        .or_else(|| title.map(str::to_owned));
                    self.source_of(node);
                }
                "incident" if !self.is_wrapper(node) => {
                    of_incident = of_incident.or_else(|| tree.get(node, "title"));
                    self.source_of(node);
                    let found = self.first(node, &["time", "incident_discovery"]);
                    let found = found
                        .map(|n| tree.text(n).to_owned())
                        .filter(|t| !t.is_empty());
                    self.content.published = self.content.published.take().or(found);
                }
                "marking_structure" if tree.kind(node).starts_with("tlp") => {
                    let tlp = tree.get(node, "color").and_then(Tlp::parse);
                    self.content.tlp = self.content.tlp.max(tlp);
                }
                _ => {}
            }
        }
        let of_package = tree.all().take(2).find_map(|n| tree.get(n, "timestamp"));
        let content = &mut self.content;
        content.title = content
            .title
            .take()
            .or_else(|| of_incident.map(str::to_owned));
        content.published = content
            .published
            .take()
            .or_else(|| of_package.map(str::to_owned))
            .map(|t| t.chars().take(10).collect());
    }

    fn source_of(&mut self, node: Id) {
        let tree = self.tree;
        let Some(source) = tree.child(node, "information_source") else {
            return;
        };
        let name = self
            .first(source, &["identity", "name"])
            .map(|n| tree.text(n));
        let time = self
            .first(source, &["time", "produced_time"])
            .map(|n| tree.text(n));
        let own = |t: Option<&str>| t.filter(|t| !t.is_empty()).map(str::to_owned);
        self.content.publisher = self.content.publisher.take().or(own(name));
        self.content.published = self.content.published.take().or(own(time));
    }

    fn all(&mut self) {
        let tree = self.tree;
        // What an indicator refers to is the indicator's.
        let mut taken: BTreeSet<&str> = BTreeSet::new();
        for node in tree.all().filter(|n| tree.name(*n) == "observable") {
            if let Some(target) = tree.get(node, "idref")
                && self.is_inside(node, &["indicator"])
            {
                taken.insert(target);
            }
        }
        for node in tree.all() {
            if self.is_wrapper(node) {
                continue;
            }
            match tree.name(node) {
                "indicator" => self.indicator(node),
                "observable" => {
                    let is_part = tree.get(node, "id").is_some_and(|id| taken.contains(id))
                        || tree.get(node, "idref").is_some()
                        || self.is_inside(node, &["indicator", "observable_composition"]);
                    if !is_part {
                        self.observed(node);
                    }
                }
                "malware_instance" => self.named(node, NameKind::Malware),
                "tool" | "tool_information" => self.named(node, NameKind::Tool),
                "threat_actor" => self.named(node, NameKind::IntrusionSet),
                "campaign" => self.named(node, NameKind::Campaign),
                "attack_pattern" => self.attack_pattern(node),
                "ioc" | "openioc" => super::openioc::take(tree, node, self.content),
                "cve_id" => {
                    if let Some(cve) = misp::observable(K::Cve, tree.text(node)) {
                        self.push(cve, Stated::Indicator, "STIX exploit target", node);
                    }
                }
                "reference" if tree.text(node).contains("://") => {
                    if let Some(url) = misp::observable(K::Url, tree.text(node)) {
                        self.push(url, Stated::Reference, "reference of its source", node);
                    }
                }
                "victim" | "victim_targeting" => self.victim(node),
                "rule" if self.is_inside(node, &["test_mechanism", "test_mechanisms"]) => {
                    self.rule_text(node)
                }
                "ttp" => {
                    let title = tree
                        .get(node, "title")
                        .filter(|t| !t.ends_with("(MISP Galaxy)"));
                    if let Some(title) = title {
                        self.prose(title, node, false);
                    }
                    self.descriptions(node, true);
                }
                "stix_header" | "header" | "incident" => self.descriptions(node, false),
                "course_of_action" | "exploit_target" | "vulnerability" => {
                    self.descriptions(node, true)
                }
                _ => {}
            }
        }
    }

    fn indicator(&mut self, node: Id) {
        let tree = self.tree;
        if tree.get(node, "idref").is_some()
            || self.is_inside(node, &["composite_indicator_expression"])
        {
            return;
        }
        let mut seen = Seen::default();
        let Some(rule) = self.indicator_rule(node, 0, &mut seen) else {
            self.descriptions(node, true);
            return;
        };
        let title = tree.get(node, "title").unwrap_or("");
        let description = tree.get(node, "description").unwrap_or("");
        let category = self.relationship(node);
        // MISP's export says in the confidence whether an attribute is meant for detection.
        let confidence = tree.child(node, "confidence");
        let by_misp = title.ends_with("(MISP Attribute)") || title.ends_with("(MISP Object)");
        let no_detection = by_misp
            && confidence.is_some_and(|c| {
                let value = tree.child(c, "value").map_or("", |v| tree.text(v));
                value.eq_ignore_ascii_case("none")
            });
        let (stated, reason) = if matches!(category, "External analysis" | "Internal reference") {
            (Stated::Reference, format!("MISP category \"{category}\""))
        } else if no_detection {
            (
                Stated::Observed,
                "STIX indicator that is not marked for detection".to_owned(),
            )
        } else {
            (Stated::Indicator, "STIX indicator".to_owned())
        };
        let times = |name: &str| -> Vec<Timestamp> {
            tree.descendants(node)
                .filter(|n| tree.name(*n) == name && !tree.text(*n).is_empty())
                .filter_map(|n| time(tree.text(n)))
                .collect()
        };
        let mut labels: Vec<String> = self.malware_of(node);
        if is_label(description) && description != title {
            labels.push(description.to_owned());
        }
        let saying = Saying {
            name: Some(title.to_owned()).filter(|t| !t.is_empty()),
            reason,
            labels,
            about: format!("{category} {title} {description}"),
            first_seen: times("start_time").into_iter().min(),
            // STIX 1's end of validity has always been read as the last use.
            last_seen: times("end_time").into_iter().max(),
            not_after: None,
            path: tree.place(node),
            line: tree.line(node),
        };
        rule::state(&rule, stated, &saying, self.content);
        self.take(seen, category);
        self.descriptions(node, true);
    }

    /// What an indicator asks for: its observables are alternatives.
    fn indicator_rule(&mut self, node: Id, depth: usize, seen: &mut Seen) -> Option<Rule> {
        if depth > 32 {
            return None;
        }
        let node = self.cybox.resolve(node)?;
        let tree = self.tree;
        let mut any = Vec::new();
        for child in tree.children(node) {
            match tree.name(child) {
                "observable" => any.extend(self.cybox.observable(child, 0, seen)),
                "observables" => {
                    for one in tree
                        .children(child)
                        .filter(|n| tree.name(*n) == "observable")
                    {
                        any.extend(self.cybox.observable(one, 0, seen));
                    }
                }
                "indicator" => any.extend(self.indicator_rule(child, depth + 1, seen)),
                "composite_indicator_expression" => {
                    let nodes: Vec<Id> = tree
                        .children(child)
                        .flat_map(|c| {
                            let list = tree.name(c) == "indicators";
                            let inner: Vec<Id> = tree.children(c).filter(|_| list).collect();
                            std::iter::once(c).chain(inner)
                        })
                        .filter(|c| tree.name(*c) == "indicator")
                        .collect();
                    let mut parts = Vec::new();
                    for one in nodes {
                        parts.extend(self.indicator_rule(one, depth + 1, seen));
                    }
                    let is_or = tree
                        .get(child, "operator")
                        .is_some_and(|o| o.eq_ignore_ascii_case("or"));
                    if is_or {
                        any.extend(one_of(parts));
                    } else if !parts.is_empty() {
                        any.push(Rule::All {
                            one_thing: false,
                            parts,
                        });
                    }
                }
                _ => {}
            }
        }
        let rule = one_of(any)?;
        Some(match tree.get(node, "negate") {
            Some("true" | "1") => Rule::Not(Box::new(rule)),
            _ => rule,
        })
    }

    /// Names of the malware that an indicator points to.
    fn malware_of(&self, node: Id) -> Vec<String> {
        let tree = self.tree;
        let pointed = tree
            .children(node)
            .filter(|c| tree.name(*c).starts_with("indicated_ttp"));
        let mut out = Vec::new();
        for ttp in pointed
            .flat_map(|c| tree.descendants(c))
            .filter(|n| tree.name(*n) == "ttp")
        {
            let Some(ttp) = self.cybox.resolve(ttp).filter(|t| tree.name(*t) == "ttp") else {
                continue;
            };
            let malware = tree
                .descendants(ttp)
                .filter(|n| tree.name(*n) == "malware_instance");
            out.extend(malware.filter_map(|m| self.name_of(m)).take(4));
        }
        out.sort();
        out.dedup();
        out
    }

    fn observed(&mut self, node: Id) {
        let mut seen = Seen::default();
        let Some(rule) = self.cybox.observable(node, 0, &mut seen) else {
            self.take(seen, self.relationship(node));
            return;
        };
        let category = self.relationship(node);
        let (stated, reason) = match category {
            "External analysis" | "Internal reference" => {
                (Stated::Reference, format!("MISP category \"{category}\""))
            }
            _ => (Stated::Observed, "CybOX observable".to_owned()),
        };
        let tree = self.tree;
        let title = tree.get(node, "title").unwrap_or("");
        let saying = Saying {
            name: Some(title.to_owned()).filter(|t| !t.is_empty()),
            reason,
            about: format!("{category} {title}"),
            path: tree.place(node),
            line: tree.line(node),
            ..Saying::default()
        };
        rule::state(&rule, stated, &saying, self.content);
        self.take(seen, category);
        self.descriptions(node, true);
    }

    /// Files and properties of their maker's own names.
    fn take(&mut self, seen: Seen, category: &str) {
        let tree = self.tree;
        for (mut file, node) in seen.files {
            file.citations = vec![ReportCitation {
                // The id of the report is not known before its bytes are hashed; `assemble` fills it in.
                report: ReportId::derive(&[]),
                line: tree.line(node),
                page: None,
                path: Some(tree.place(node)),
                section: None,
                quote: String::new(),
            }];
            self.content.files.push(file);
        }
        for (name, value, node) in seen.custom {
            let attribute = misp::Attribute {
                kind: name,
                category: category.to_owned(),
                value,
                path: tree.place(node),
                // A property beside an object is no indicator for being there.
                to_ids: Some(false),
                ..misp::Attribute::default()
            };
            misp::take(&attribute, self.content);
        }
    }

    fn push(
        &mut self,
        observable: tegakari_model::Observable,
        stated: Stated,
        reason: &str,
        node: Id,
    ) {
        self.content.observables.push(StatedObservable {
            line: self.tree.line(node),
            ..StatedObservable::new(observable, stated, reason, self.tree.place(node))
        });
    }

    fn name_of(&self, node: Id) -> Option<String> {
        let tree = self.tree;
        let in_list = self
            .first(node, &["names", "name"])
            .or_else(|| self.first(node, &["identity", "name"]));
        tree.get(node, "title")
            .or_else(|| tree.get(node, "name"))
            .or_else(|| in_list.map(|n| tree.text(n)))
            .map(|name| misp::without_id(name).to_owned())
            .filter(|name| !name.is_empty() && name.len() <= 120)
    }

    fn named(&mut self, node: Id, kind: NameKind) {
        let tree = self.tree;
        // Without a title the names are the names; with one they are what others call it.
        let names: Vec<String> = match tree.get(node, "title") {
            None => {
                let list = self.first(node, &["names"]);
                let names = list.into_iter().flat_map(|l| tree.children(l));
                names
                    .map(|n| tree.text(n).to_owned())
                    .filter(|n| !n.is_empty())
                    .collect()
            }
            Some(_) => Vec::new(),
        };
        let names = if names.is_empty() {
            self.name_of(node).into_iter().collect()
        } else {
            names
        };
        for text in names {
            self.content.names.push(StatedName {
                text,
                kind,
                path: tree.place(node),
            });
        }
        self.descriptions(node, true);
    }

    fn attack_pattern(&mut self, node: Id) {
        let tree = self.tree;
        let title = tree.get(node, "title").unwrap_or("");
        let id = tree
            .get(node, "capec_id")
            .into_iter()
            .chain(title.rsplit(" - ").next())
            .chain(title.split([' ', ':', '(', ')', '[', ']']))
            .find_map(TechniqueId::parse);
        if let Some(id) = id {
            self.content.techniques.push(StatedTechnique {
                id,
                quote: title.to_owned(),
                path: tree.place(node),
            });
        } else if !title.is_empty() {
            self.prose(title, node, false);
        }
        self.descriptions(node, true);
    }

    fn victim(&mut self, node: Id) {
        let tree = self.tree;
        let mut texts: Vec<&str> = Vec::new();
        for one in tree.descendants(node) {
            texts.extend(tree.get(one, "industrytype"));
            let place = self.is_inside(one, &["country", "countries", "administrativearea"]);
            if matches!(tree.name(one), "nameelement" | "country" | "name")
                && (place || tree.name(one) != "nameelement")
            {
                texts.extend(Some(tree.text(one)).filter(|t| !t.is_empty()));
            }
        }
        for text in texts {
            // Lists are written with commas.
            for one in text
                .split([',', ';'])
                .map(str::trim)
                .filter(|t| !t.is_empty())
            {
                self.content.targets.push(StatedTarget {
                    text: one.to_owned(),
                    attacked: true,
                    path: tree.place(node),
                });
            }
        }
    }

    /// A rule of another language (Snort, YARA) inside a test mechanism.
    fn rule_text(&mut self, node: Id) {
        let tree = self.tree;
        let place = tree.place(node);
        if misp::foreign_rule("yara", tree.text(node), &place, self.content) {
            return;
        }
        self.content.new_group();
        for line in tree.text(node).lines() {
            let mut block = Block::new(BlockKind::Code, line, tree.line(node).unwrap_or(0));
            block.path = Some(tree.place(node));
            self.content.push(block);
        }
    }

    fn descriptions(&mut self, node: Id, aside: bool) {
        let tree = self.tree;
        let title = tree.get(node, "title").unwrap_or("");
        for child in tree.children(node) {
            if matches!(tree.name(child), "description" | "short_description")
                && tree.text(child) != title
            {
                self.prose(tree.text(child), child, aside);
            }
        }
    }

    fn prose(&mut self, text: &str, node: Id, aside: bool) {
        let tree = self.tree;
        let mut block = Block::new(BlockKind::Value, text, tree.line(node).unwrap_or(0));
        block.path = Some(tree.place(node));
        block.aside = aside;
        self.content.push(block);
    }
}

/// A name alone as description ("Sagerunex") is what the value belongs to.
fn is_label(text: &str) -> bool {
    !text.is_empty() && text.len() <= 60 && text.split_whitespace().count() <= 4
}

/// A time; STIX 1 leaves the zone out where it is UTC.
fn time(text: &str) -> Option<Timestamp> {
    text.parse()
        .ok()
        .or_else(|| format!("{text}Z").parse().ok())
}
