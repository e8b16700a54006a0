//! Tree to text. What is written parses to the same tree.

use std::fmt::{self, Display, Formatter, Write};

use super::{
    Comparison, Expression, Literal, ObjectPath, Observation, Operator, Pattern, Qualifier, Step,
};

impl Display for Pattern {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.root.fmt(f)
    }
}

impl Display for Observation {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Event(expression) => write!(f, "[{expression}]"),
            Self::All(parts) => join(f, parts, " AND ", |part| {
                !matches!(part, Self::Event(_) | Self::Qualified { .. })
            }),
            Self::Any(parts) => join(f, parts, " OR ", |part| {
                matches!(part, Self::Any(_) | Self::Sequence(_))
            }),
            Self::Sequence(parts) => join(f, parts, " FOLLOWEDBY ", |part| {
                matches!(part, Self::Sequence(_))
            }),
            Self::Qualified { inner, qualifiers } => {
                bracketed(f, inner, !matches!(**inner, Self::Event(_)))?;
                for qualifier in qualifiers {
                    write!(f, " {qualifier}")?;
                }
                Ok(())
            }
        }
    }
}

impl Display for Qualifier {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Within(seconds) => write!(f, "WITHIN {seconds} SECONDS"),
            Self::Repeats(times) => write!(f, "REPEATS {times} TIMES"),
            Self::StartStop { start, stop } => write!(f, "START t'{start}' STOP t'{stop}'"),
        }
    }
}

impl Display for Expression {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Comparison(comparison) => comparison.fmt(f),
            Self::All(parts) => join(f, parts, " AND ", |part| {
                !matches!(part, Self::Comparison(_))
            }),
            Self::Any(parts) => join(f, parts, " OR ", |part| matches!(part, Self::Any(_))),
        }
    }
}

fn join<T: Display>(
    f: &mut Formatter<'_>,
    parts: &[T],
    word: &str,
    needs_brackets: impl Fn(&T) -> bool,
) -> fmt::Result {
    for (i, part) in parts.iter().enumerate() {
        if i > 0 {
            f.write_str(word)?;
        }
        bracketed(f, part, needs_brackets(part))?;
    }
    Ok(())
}

fn bracketed(f: &mut Formatter<'_>, part: &impl Display, brackets: bool) -> fmt::Result {
    if brackets {
        write!(f, "({part})")
    } else {
        part.fmt(f)
    }
}

impl Display for Comparison {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let not = if self.negated { "NOT " } else { "" };
        if self.operator == Operator::Exists {
            return write!(f, "{not}EXISTS {}", self.path);
        }
        write!(f, "{} {not}{} ", self.path, self.operator)?;
        if self.operator == Operator::In {
            f.write_char('(')?;
            join(f, &self.values, ", ", |_| false)?;
            return f.write_char(')');
        }
        self.values.first().map_or(Ok(()), |value| value.fmt(f))
    }
}

impl Display for Operator {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::In => "IN",
            Self::Like => "LIKE",
            Self::Matches => "MATCHES",
            Self::IsSubset => "ISSUBSET",
            Self::IsSuperset => "ISSUPERSET",
            Self::Exists => "EXISTS",
        })
    }
}

impl Display for ObjectPath {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.object_type)?;
        for (i, step) in self.steps.iter().enumerate() {
            match step {
                Step::Key(key) => {
                    if i > 0 {
                        f.write_char('.')?;
                    }
                    let plain = key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                        && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
                    if plain {
                        f.write_str(key)?;
                    } else {
                        quote(f, key)?;
                    }
                }
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Every => f.write_str("[*]")?,
            }
        }
        Ok(())
    }
}

impl Display for Literal {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => quote(f, text),
            Self::Number(number) => f.write_str(number),
            Self::Bool(truth) => write!(f, "{truth}"),
            Self::Time(time) => write!(f, "t'{time}'"),
            Self::Hex(hex) => write!(f, "h'{hex}'"),
            Self::Binary(binary) => write!(f, "b'{binary}'"),
        }
    }
}

fn quote(f: &mut Formatter<'_>, text: &str) -> fmt::Result {
    f.write_char('\'')?;
    for c in text.chars() {
        if matches!(c, '\'' | '\\') {
            f.write_char('\\')?;
        }
        f.write_char(c)?;
    }
    f.write_char('\'')
}
