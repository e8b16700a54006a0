//! From a field with its modifiers and values to questions (Sigma specification, appendix "modifiers").

use regex_syntax::ParserBuilder;

use crate::detection::{Item, Scalar, Search};
use crate::encode::{base64, base64_at_any_offset, utf16};
use crate::expr::Expr;
use crate::leaf::{At, Comparison, FieldId, KEYWORDS, Test, TimePart, number};
use crate::names::Names;
use crate::refusal::Refusal;
use crate::regex_needs;
use crate::sigma_string::SigmaString;

/// Longest regular expression that is read, in bytes.
const LONGEST_REGEX: usize = 16 << 10;

/// What the questions of a rule are made with.
pub(crate) struct Making<'a> {
    pub(crate) names: &'a mut Names,
    /// Placeholders for which nobody gave values.
    pub(crate) unfilled: &'a mut Vec<(u32, String)>,
}

/// The question that a search is.
pub(crate) fn search_expr(search: &Search, making: &mut Making<'_>) -> Result<Expr, Refusal> {
    let list = |list: &[Search], making: &mut Making<'_>| {
        list.iter()
            .map(|one| search_expr(one, making))
            .collect::<Result<Vec<_>, _>>()
    };
    match search {
        Search::All(all) => Ok(Expr::all(list(all, making)?)),
        Search::Any(any) => Ok(Expr::any(list(any, making)?)),
        Search::Item(item) => item_expr(item, making),
    }
}

/// What of a value is tested, beyond its text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Regex,
    Cidr,
    Number,
    Exists,
    FieldRef,
}

/// The modifiers of an item, read.
struct Asked {
    kind: Kind,
    at: At,
    all: bool,
    cased: bool,
    not: bool,
    expand: bool,
    flags: String,
    comparison: Comparison,
    time: Option<TimePart>,
    /// Those that change the value, in their order.
    changes: Vec<Change>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Change {
    Windash,
    Base64,
    Base64Offset,
    Utf16 { big_endian: bool, mark: bool },
}

fn read_modifiers(item: &Item) -> Result<Asked, Refusal> {
    let mut asked = Asked {
        kind: Kind::Text,
        at: At::Whole,
        all: false,
        cased: false,
        not: false,
        expand: false,
        flags: String::new(),
        comparison: Comparison::Equal,
        time: None,
        changes: Vec::new(),
    };
    let refuse = |what: String| Err(Refusal::new(item.line, what));
    let wide = Change::Utf16 {
        big_endian: false,
        mark: false,
    };
    for modifier in &item.modifiers {
        let kind = match modifier.as_str() {
            "contains" | "startswith" | "endswith" => {
                let at = match modifier.as_str() {
                    "contains" => At::Anywhere,
                    "startswith" => At::Start,
                    _ => At::End,
                };
                if asked.at != At::Whole && asked.at != at {
                    return refuse(
                        "contains, startswith and endswith exclude each other".to_owned(),
                    );
                }
                asked.at = at;
                continue;
            }
            "all" => {
                asked.all = true;
                continue;
            }
            "cased" => {
                asked.cased = true;
                continue;
            }
            "neq" => {
                asked.not = true;
                continue;
            }
            "expand" => {
                asked.expand = true;
                continue;
            }
            "windash" => {
                asked.changes.push(Change::Windash);
                continue;
            }
            "base64" => {
                asked.changes.push(Change::Base64);
                continue;
            }
            "base64offset" => {
                asked.changes.push(Change::Base64Offset);
                continue;
            }
            "wide" | "utf16le" => {
                asked.changes.push(wide);
                continue;
            }
            "utf16be" => {
                asked.changes.push(Change::Utf16 {
                    big_endian: true,
                    mark: false,
                });
                continue;
            }
            "utf16" => {
                asked.changes.push(Change::Utf16 {
                    big_endian: false,
                    mark: true,
                });
                continue;
            }
            "i" | "ignorecase" | "m" | "multiline" | "s" | "dotall" => {
                if asked.kind != Kind::Regex {
                    return refuse(format!(
                        "the modifier {modifier} is only for a regular expression, behind re"
                    ));
                }
                asked.flags.push_str(match modifier.as_str() {
                    "i" | "ignorecase" => "i",
                    "m" | "multiline" => "m",
                    _ => "s",
                });
                continue;
            }
            "lt" | "lte" | "gt" | "gte" => {
                asked.comparison = match modifier.as_str() {
                    "lt" => Comparison::Less,
                    "lte" => Comparison::LessOrEqual,
                    "gt" => Comparison::Greater,
                    _ => Comparison::GreaterOrEqual,
                };
                Kind::Number
            }
            "minute" | "hour" | "day" | "week" | "month" | "year" => {
                asked.time = Some(match modifier.as_str() {
                    "minute" => TimePart::Minute,
                    "hour" => TimePart::Hour,
                    "day" => TimePart::Day,
                    "week" => TimePart::Week,
                    "month" => TimePart::Month,
                    _ => TimePart::Year,
                });
                Kind::Number
            }
            "re" => Kind::Regex,
            "cidr" => Kind::Cidr,
            "exists" => Kind::Exists,
            "fieldref" => Kind::FieldRef,
            other => return refuse(format!("the modifier {other:?} is not known")),
        };
        if asked.kind != Kind::Text && asked.kind != kind {
            return refuse(format!(
                "the modifier {modifier} cannot be used with another one of its kind"
            ));
        }
        asked.kind = kind;
    }
    let changed = !asked.changes.is_empty();
    if changed && asked.kind != Kind::Text {
        return refuse(
            "a modifier that encodes text stands beside one that is not for text".to_owned(),
        );
    }
    let placed = asked.at != At::Whole;
    if placed && matches!(asked.kind, Kind::Cidr | Kind::Number | Kind::Exists) {
        return refuse("contains, startswith and endswith are for text".to_owned());
    }
    if asked.kind == Kind::Regex && matches!(asked.at, At::Start | At::End) {
        return refuse("an expression is searched for anywhere: write ^ or $ into it".to_owned());
    }
    if item.field.is_none() && !matches!(asked.kind, Kind::Text | Kind::Regex) {
        return refuse("this modifier needs a field".to_owned());
    }
    Ok(asked)
}

fn item_expr(item: &Item, making: &mut Making<'_>) -> Result<Expr, Refusal> {
    let asked = read_modifiers(item)?;
    let field = match &item.field {
        Some(name) => making.names.id(name),
        None => KEYWORDS,
    };
    let mut parts = Vec::with_capacity(item.values.len());
    for value in &item.values {
        let mut any = Vec::new();
        tests(value, &asked, field, making, &mut any)?;
        let leaves = any.into_iter().map(|test| Expr::Leaf(field, test));
        if asked.all {
            parts.push(Expr::any(leaves.collect()));
        } else {
            parts.extend(leaves);
        }
    }
    let joined = if asked.all {
        Expr::all(parts)
    } else {
        Expr::any(parts)
    };
    Ok(if asked.not {
        Expr::Not(Box::new(joined))
    } else {
        joined
    })
}

/// The tests of which one must hold for a value.
fn tests(
    value: &Scalar,
    asked: &Asked,
    field: FieldId,
    making: &mut Making<'_>,
    out: &mut Vec<Test>,
) -> Result<(), Refusal> {
    let line = value.line;
    let refuse = |what: String| Err(Refusal::new(line, what));
    let Some(text) = value.text.as_deref() else {
        if asked.kind != Kind::Text
            || asked.at != At::Whole
            || !asked.changes.is_empty()
            || field == KEYWORDS
        {
            return refuse("null cannot be searched for in text".to_owned());
        }
        out.push(Test::Null);
        return Ok(());
    };
    if asked.expand
        && let Some(name) = placeholder(text)
    {
        making.unfilled.push((line, name.to_owned()));
        out.push(Test::Never);
        return Ok(());
    }
    out.push(match asked.kind {
        Kind::Text => return text_tests(text, line, asked, field, out),
        Kind::Regex => regex(text, line, &asked.flags)?,
        Kind::Cidr => match text.parse() {
            Ok(net) => Test::Cidr(net),
            Err(_) => match text.parse::<std::net::IpAddr>() {
                Ok(address) => Test::Cidr(address.into()),
                Err(_) => return refuse(format!("{text:?} is not a network")),
            },
        },
        Kind::Number => {
            let Some(number) = number(text) else {
                return refuse(format!("{text:?} is not a number"));
            };
            match asked.time {
                Some(part) => Test::Time(part, asked.comparison, number),
                None => Test::Number(asked.comparison, number),
            }
        }
        Kind::Exists => match text {
            "true" | "True" | "TRUE" | "yes" => Test::Exists(true),
            "false" | "False" | "FALSE" | "no" => Test::Exists(false),
            _ => return refuse("exists needs true or false".to_owned()),
        },
        Kind::FieldRef => Test::SameAs {
            other: making.names.id(text),
            at: asked.at,
            cased: asked.cased,
        },
    });
    Ok(())
}

fn text_tests(
    text: &str,
    line: u32,
    asked: &Asked,
    field: FieldId,
    out: &mut Vec<Test>,
) -> Result<(), Refusal> {
    enum Changed {
        Text(SigmaString),
        Bytes(Vec<u8>),
    }
    let mut values = vec![Changed::Text(SigmaString::parse(text))];
    for change in &asked.changes {
        let mut next = Vec::new();
        for value in values {
            let bytes = |value: Changed, modifier: &str| match value {
                Changed::Bytes(bytes) => Ok(bytes),
                Changed::Text(text) => Ok(text.as_literal(line, modifier)?.as_bytes().to_vec()),
            };
            match change {
                Change::Windash => match value {
                    Changed::Text(text) => {
                        next.extend(
                            text.with_any_dash()
                                .spelled_out()
                                .into_iter()
                                .map(Changed::Text),
                        );
                    }
                    Changed::Bytes(_) => {
                        return Err(Refusal::new(line, "windash must stand before what encodes"));
                    }
                },
                Change::Base64 => {
                    let encoded = base64(&bytes(value, "base64")?);
                    next.push(Changed::Text(SigmaString::literal(&encoded)));
                }
                Change::Base64Offset => {
                    for encoded in base64_at_any_offset(&bytes(value, "base64offset")?) {
                        if encoded.is_empty() {
                            return Err(Refusal::new(line, "too short for base64offset"));
                        }
                        next.push(Changed::Text(SigmaString::literal(&encoded)));
                    }
                }
                Change::Utf16 { big_endian, mark } => match value {
                    Changed::Text(text) => {
                        let text = text.as_literal(line, "utf16")?.to_owned();
                        next.push(Changed::Bytes(utf16(&text, *big_endian, *mark)));
                    }
                    Changed::Bytes(_) => return Err(Refusal::new(line, "encoded in UTF-16 twice")),
                },
            }
        }
        values = next;
    }
    for value in values {
        let mut text = match value {
            Changed::Text(text) => text,
            Changed::Bytes(bytes) => match String::from_utf8(bytes) {
                Ok(text) => SigmaString::literal(&text),
                Err(_) => {
                    let what = "this text in UTF-16 is no text; base64 or base64offset must follow";
                    return Err(Refusal::new(line, what));
                }
            },
        };
        let at = if field == KEYWORDS {
            At::Anywhere
        } else {
            asked.at
        };
        if matches!(at, At::Anywhere | At::End) {
            text = text.after_anything();
        }
        if matches!(at, At::Anywhere | At::Start) {
            text = text.before_anything();
        }
        out.push(Test::of_text(text, asked.cased));
    }
    Ok(())
}

fn regex(source: &str, line: u32, flags: &str) -> Result<Test, Refusal> {
    let refuse = |what: String| Err(Refusal::new(line, what));
    if source.len() > LONGEST_REGEX {
        return refuse(format!(
            "the regular expression is longer than {LONGEST_REGEX} bytes"
        ));
    }
    let source = if flags.is_empty() {
        source.to_owned()
    } else {
        format!("(?{flags}){source}")
    };
    let hir = match ParserBuilder::new().nest_limit(64).build().parse(&source) {
        Ok(hir) => hir,
        Err(error) => {
            let why = match &error {
                regex_syntax::Error::Parse(e) => e.kind().to_string(),
                regex_syntax::Error::Translate(e) => e.kind().to_string(),
                _ => "it cannot be read".to_owned(),
            };
            return refuse(format!("the regular expression cannot be used: {why}"));
        }
    };
    let steps = regex_needs::steps(&hir);
    if steps > regex_needs::MOST_STEPS {
        return refuse(
            "the regular expression cannot be used: its repetitions multiply too far".to_owned(),
        );
    }
    let needs = regex_needs::needs(&hir);
    Ok(Test::Regex {
        source,
        needs,
        steps,
    })
}

/// The first `%name%` in a text.
pub(crate) fn placeholder(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once('%')?;
    let (name, _) = rest.split_once('%')?;
    let is_name = !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'));
    is_name.then_some(name)
}
