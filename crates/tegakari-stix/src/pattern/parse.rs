//! Tokens to tree, by recursive descent with bounded depth.
//!
//! Precedence from loosest to tightest: `FOLLOWEDBY`, `OR`, `AND`, qualifiers (section 9.4).
//! Keywords are taken in any case, because some exporters write them in lower case.

use super::lex::{Token, tokens};
use super::{
    Comparison, Expression, Literal, MAX_BYTES, MAX_DEPTH, ObjectPath, Observation, Operator,
    Pattern, PatternError, Qualifier, Step,
};

/// Reads a pattern of STIX 2.0 or 2.1.
///
/// # Errors
/// Names the byte at which the text stops being a pattern.
pub fn parse(text: &str) -> Result<Pattern, PatternError> {
    if text.len() > MAX_BYTES {
        return Err(PatternError {
            at: MAX_BYTES,
            what: format!("the pattern is longer than {MAX_BYTES} bytes"),
        });
    }
    let mut parser = Parser {
        tokens: tokens(text)?,
        next: 0,
        end: text.len(),
    };
    let root = parser.sequence(0)?;
    if parser.next < parser.tokens.len() {
        return Err(parser.error("something stands after the end of the pattern"));
    }
    Ok(Pattern { root })
}

struct Parser {
    tokens: Vec<(usize, Token)>,
    next: usize,
    end: usize,
}

type Parsed<T> = Result<T, PatternError>;

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next).map(|(_, token)| token)
    }

    fn take(&mut self) -> Option<Token> {
        let (_, token) = self.tokens.get_mut(self.next)?;
        self.next += 1;
        // Tokens are read once, so they can be moved out.
        Some(std::mem::replace(token, Token::Mark(' ')))
    }

    fn error(&self, what: impl Into<String>) -> PatternError {
        PatternError {
            at: self.tokens.get(self.next).map_or(self.end, |(at, _)| *at),
            what: what.into(),
        }
    }

    fn is_keyword(&self, word: &str) -> bool {
        matches!(self.peek(), Some(Token::Word(w)) if w.eq_ignore_ascii_case(word))
    }

    fn keyword(&mut self, word: &str) -> bool {
        let found = self.is_keyword(word);
        self.next += usize::from(found);
        found
    }

    fn mark(&mut self, mark: char) -> bool {
        let found = self.peek() == Some(&Token::Mark(mark));
        self.next += usize::from(found);
        found
    }

    fn expect_mark(&mut self, mark: char) -> Parsed<()> {
        if self.mark(mark) {
            Ok(())
        } else {
            Err(self.error(format!("`{mark}` is missing")))
        }
    }

    fn expect_keyword(&mut self, word: &str) -> Parsed<()> {
        if self.keyword(word) {
            Ok(())
        } else {
            Err(self.error(format!("`{word}` is missing")))
        }
    }

    fn deeper(&self, depth: usize) -> Parsed<usize> {
        if depth >= MAX_DEPTH {
            return Err(self.error(format!(
                "more than {MAX_DEPTH} parentheses inside one another"
            )));
        }
        Ok(depth + 1)
    }

    fn joined<T>(
        &mut self,
        word: &str,
        wrap: fn(Vec<T>) -> T,
        mut part: impl FnMut(&mut Self) -> Parsed<T>,
    ) -> Parsed<T> {
        let first = part(self)?;
        if !self.is_keyword(word) {
            return Ok(first);
        }
        let mut parts = vec![first];
        while self.keyword(word) {
            parts.push(part(self)?);
        }
        Ok(wrap(parts))
    }

    fn sequence(&mut self, depth: usize) -> Parsed<Observation> {
        self.joined("FOLLOWEDBY", Observation::Sequence, |p| {
            p.joined("OR", Observation::Any, |p| {
                p.joined("AND", Observation::All, |p| p.observation(depth))
            })
        })
    }

    fn observation(&mut self, depth: usize) -> Parsed<Observation> {
        let inner = if self.mark('[') {
            let expression = self.expression(depth)?;
            self.expect_mark(']')?;
            Observation::Event(expression)
        } else if self.mark('(') {
            let inner = self.sequence(self.deeper(depth)?)?;
            self.expect_mark(')')?;
            inner
        } else {
            return Err(self.error("`[` or `(` is missing"));
        };
        let mut qualifiers = Vec::new();
        while let Some(qualifier) = self.qualifier()? {
            qualifiers.push(qualifier);
        }
        if qualifiers.is_empty() {
            return Ok(inner);
        }
        Ok(Observation::Qualified {
            inner: Box::new(inner),
            qualifiers,
        })
    }

    fn qualifier(&mut self) -> Parsed<Option<Qualifier>> {
        if self.keyword("WITHIN") {
            let amount = self.number()?;
            self.expect_keyword("SECONDS")?;
            Ok(Some(Qualifier::Within(amount)))
        } else if self.keyword("REPEATS") {
            let amount = self.number()?;
            self.expect_keyword("TIMES")?;
            Ok(Some(Qualifier::Repeats(amount)))
        } else if self.keyword("START") {
            let start = self.time()?;
            self.expect_keyword("STOP")?;
            let stop = self.time()?;
            Ok(Some(Qualifier::StartStop { start, stop }))
        } else {
            Ok(None)
        }
    }

    fn number(&mut self) -> Parsed<String> {
        match self.peek() {
            Some(Token::Number(_)) => match self.take() {
                Some(Token::Number(number)) => Ok(number),
                _ => Err(self.error("a number is missing")),
            },
            _ => Err(self.error("a number is missing")),
        }
    }

    /// `t'…'`; STIX 2.0 also had plain strings here.
    fn time(&mut self) -> Parsed<String> {
        let fine = |text: &str| {
            text.bytes()
                .all(|c| c.is_ascii_digit() || b"-+:.TZtz".contains(&c))
        };
        match self.peek() {
            Some(Token::Typed('t', _)) => {}
            Some(Token::Text(text)) if fine(text) => {}
            _ => return Err(self.error("a time such as t'2025-03-04T00:00:00Z' is missing")),
        }
        match self.take() {
            Some(Token::Typed(_, time) | Token::Text(time)) => Ok(time),
            _ => Err(self.error("a time is missing")),
        }
    }

    fn expression(&mut self, depth: usize) -> Parsed<Expression> {
        self.joined("OR", Expression::Any, |p| {
            p.joined("AND", Expression::All, |p| p.test(depth))
        })
    }

    fn test(&mut self, depth: usize) -> Parsed<Expression> {
        if self.mark('(') {
            let inner = self.expression(self.deeper(depth)?)?;
            self.expect_mark(')')?;
            return Ok(inner);
        }
        let before = self.next;
        let mut negated = self.keyword("NOT");
        if self.keyword("EXISTS") {
            return Ok(Expression::Comparison(Comparison {
                path: self.path()?,
                negated,
                operator: Operator::Exists,
                values: Vec::new(),
            }));
        }
        if negated {
            self.next = before;
        }
        let path = self.path()?;
        negated = self.keyword("NOT");
        let operator = self.operator()?;
        let values = if operator == Operator::In {
            self.set()?
        } else {
            vec![self.literal()?]
        };
        Ok(Expression::Comparison(Comparison {
            path,
            negated,
            operator,
            values,
        }))
    }

    fn operator(&mut self) -> Parsed<Operator> {
        let operator = match self.peek() {
            Some(Token::Operator(sign)) => match *sign {
                "=" => Operator::Equal,
                "!=" => Operator::NotEqual,
                "<" => Operator::Less,
                "<=" => Operator::LessOrEqual,
                ">" => Operator::Greater,
                _ => Operator::GreaterOrEqual,
            },
            Some(Token::Word(word)) => match word.to_ascii_uppercase().as_str() {
                "IN" => Operator::In,
                "LIKE" => Operator::Like,
                "MATCHES" => Operator::Matches,
                "ISSUBSET" => Operator::IsSubset,
                "ISSUPERSET" => Operator::IsSuperset,
                _ => return Err(self.error("an operator is missing")),
            },
            _ => return Err(self.error("an operator is missing")),
        };
        self.next += 1;
        Ok(operator)
    }

    fn set(&mut self) -> Parsed<Vec<Literal>> {
        self.expect_mark('(')?;
        let mut values = Vec::new();
        if self.mark(')') {
            return Ok(values);
        }
        loop {
            values.push(self.literal()?);
            if self.mark(')') {
                return Ok(values);
            }
            self.expect_mark(',')?;
        }
    }

    fn literal(&mut self) -> Parsed<Literal> {
        let fits = match self.peek() {
            Some(Token::Text(_) | Token::Number(_) | Token::Typed(..)) => true,
            Some(Token::Word(w)) => {
                w.eq_ignore_ascii_case("true") || w.eq_ignore_ascii_case("false")
            }
            _ => false,
        };
        let token = if fits { self.take() } else { None };
        Ok(match token {
            Some(Token::Text(text)) => Literal::Text(text),
            Some(Token::Number(number)) => Literal::Number(number),
            Some(Token::Typed('t', time)) => Literal::Time(time),
            Some(Token::Typed('h', hex)) => Literal::Hex(hex),
            Some(Token::Typed(_, binary)) => Literal::Binary(binary),
            Some(Token::Word(word)) => Literal::Bool(word.eq_ignore_ascii_case("true")),
            _ => return Err(self.error("a constant is missing")),
        })
    }

    fn path(&mut self) -> Parsed<ObjectPath> {
        let Some(Token::Word(_)) = self.peek() else {
            return Err(self.error("a path such as `domain-name:value` is missing"));
        };
        let Some(Token::Word(object_type)) = self.take() else {
            return Err(self.error("a path is missing"));
        };
        self.expect_mark(':')?;
        let mut steps = vec![self.key()?];
        loop {
            if self.mark('.') {
                steps.push(self.key()?);
            } else if self.mark('[') {
                if self.mark('*') {
                    steps.push(Step::Every);
                } else {
                    steps.push(Step::Index(self.number()?));
                }
                self.expect_mark(']')?;
            } else {
                return Ok(ObjectPath { object_type, steps });
            }
        }
    }

    /// A property name, quoted or not. Unquoted `SHA-256` is against the grammar but common.
    fn key(&mut self) -> Parsed<Step> {
        match self.peek() {
            Some(Token::Word(_) | Token::Text(_)) => {}
            _ => return Err(self.error("a property name is missing")),
        }
        match self.take() {
            Some(Token::Word(key) | Token::Text(key)) => Ok(Step::Key(key)),
            _ => Err(self.error("a property name is missing")),
        }
    }
}
