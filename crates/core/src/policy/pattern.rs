//! Texts with wildcards and variables.

use std::borrow::Cow;

use super::context::{Context, Found, folded};
use super::malformed::Problem;
use super::{PATTERN_BYTES_MAX, Truth};

/// A text that others are compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Pattern {
    /// It has no variables, and is the same for every request.
    Fixed(Filled),
    /// What has to be filled for each request.
    Pieces(Vec<Piece>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// These letters.
    Text(String),
    /// `*`: any letters, or none.
    Any,
    /// `?`: one letter.
    One,
    /// `${key}`: whatever that is in the request, or the default.
    Variable { key: String, default: Option<String> },
}

/// How a text of a policy is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reading {
    /// Whether `*` and `?` stand for other letters.
    pub(super) wildcards: bool,
    /// Whether `${…}` stands for something.
    pub(super) variables: bool,
}

/// One part of a pattern whose variables have their values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    Any,
    One,
    /// A letter of the pattern.
    Letter(char),
    /// A letter of what a variable stands for: no field of an ARN ends at it.
    Filled(char),
}

impl Token {
    fn letter(self) -> Option<char> {
        match self {
            Self::Letter(letter) | Self::Filled(letter) => Some(letter),
            Self::Any | Self::One => None,
        }
    }

    fn fits(self, letter: char) -> bool {
        match self {
            Self::Letter(own) | Self::Filled(own) => own == letter,
            Self::One => true,
            Self::Any => false,
        }
    }
}

/// A pattern whose variables have their values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Filled {
    tokens: Vec<Token>,
    /// The same as a text, if it is nothing but letters of ASCII and the same for every request:
    /// most patterns are, and texts are quickly compared.
    plain: Option<String>,
}

impl Pattern {
    pub(super) fn parse(text: &str, reading: Reading) -> Result<Self, Problem> {
        if text.len() > PATTERN_BYTES_MAX {
            return Err(Problem::LongText { bytes: text.len() });
        }
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(letter) = rest.chars().next() {
            let after = &rest[letter.len_utf8()..];
            rest = match letter {
                '*' if reading.wildcards => {
                    pieces.push(Piece::Any);
                    after
                }
                '?' if reading.wildcards => {
                    pieces.push(Piece::One);
                    after
                }
                '$' if reading.variables && after.starts_with('{') => {
                    let (inner, after) =
                        after[1..].split_once('}').ok_or_else(|| Problem::form(text, VARIABLE))?;
                    pieces.push(variable(inner).ok_or_else(|| Problem::form(text, VARIABLE))?);
                    after
                }
                _ => {
                    match pieces.last_mut() {
                        Some(Piece::Text(known)) => known.push(letter),
                        Some(Piece::Any | Piece::One | Piece::Variable { .. }) | None => {
                            pieces.push(Piece::Text(letter.to_string()));
                        }
                    }
                    after
                }
            };
        }
        let is_fixed = !pieces.iter().any(|it| matches!(it, Piece::Variable { .. }));
        match fill(&pieces, &Context::default()) {
            Some(filled) if is_fixed => Ok(Self::Fixed(filled.fixed())),
            Some(_) | None => Ok(Self::Pieces(pieces)),
        }
    }

    /// The pattern with the values of its variables; nothing if one of them has none.
    pub(super) fn fill(&self, context: &Context<'_>) -> Option<Cow<'_, Filled>> {
        match self {
            Self::Fixed(filled) => Some(Cow::Borrowed(filled)),
            Self::Pieces(pieces) => fill(pieces, context).map(Cow::Owned),
        }
    }
}

fn fill(pieces: &[Piece], context: &Context<'_>) -> Option<Filled> {
    let mut tokens = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Text(text) => tokens.extend(text.chars().map(Token::Letter)),
            Piece::Any => tokens.push(Token::Any),
            Piece::One => tokens.push(Token::One),
            Piece::Variable { key, default } => {
                let value = match (context.find(key), default) {
                    (Found::Values([value]), _) => &**value,
                    (Found::Absent, Some(default)) => default.as_str(),
                    (Found::Values(_) | Found::Unknown, _) | (Found::Absent, None) => {
                        return None;
                    }
                };
                tokens.extend(value.chars().map(Token::Filled));
            }
        }
    }
    Some(Filled { tokens, plain: None })
}

const VARIABLE: &str = "a text with variables of the form ${key} or ${key, 'default'}";

fn variable(inner: &str) -> Option<Piece> {
    // How a wildcard or a dollar is written that is none.
    if matches!(inner, "*" | "?" | "$") {
        return Some(Piece::Text(inner.to_owned()));
    }
    let (key, default) = match inner.split_once(',') {
        None => (inner, None),
        Some((key, default)) => {
            let quoted = default.trim().strip_prefix('\'')?.strip_suffix('\'')?;
            (key, Some(quoted.to_owned()))
        }
    };
    let key = key.trim();
    let is_key = !key.is_empty() && !key.contains(['$', '{', '*', '?']);
    is_key.then(|| Piece::Variable { key: folded(key), default })
}

/// Whether a text is what a pattern describes, in which `*` stands for any letters and `?` for one.
pub(crate) fn fits(pattern: &str, text: &str) -> bool {
    Filled::of_wildcards(pattern).matches(text)
}

impl Filled {
    /// The pattern that is written so, with wildcards and no variables.
    pub(super) fn of_wildcards(text: &str) -> Self {
        let token = |letter| match letter {
            '*' => Token::Any,
            '?' => Token::One,
            _ => Token::Letter(letter),
        };
        Self { tokens: text.chars().map(token).collect(), plain: None }
    }

    /// The same, of a pattern that is asked again and again.
    fn fixed(self) -> Self {
        let letter = |token: &Token| token.letter().filter(char::is_ascii);
        let plain = self.tokens.iter().map(letter).collect();
        Self { plain, ..self }
    }

    /// Whether there is a text that both patterns describe, if a `*` of the other stands for
    /// letters of its own field of an ARN: for no colon. Takes as long as the one is long, for
    /// each letter of the other.
    pub(super) fn meets(&self, other: &Self) -> bool {
        let ends = |tokens: &[Token]| tokens.iter().all(|it| *it == Token::Any);
        // Whether the rest of this pattern, from a place on, meets what is left of the other, from
        // each of its places on.
        let (own_tokens, others) = (&self.tokens, &other.tokens);
        let mut below: Vec<bool> = (0..=others.len()).map(|at| ends(&others[at..])).collect();
        for (at, own) in own_tokens.iter().enumerate().rev() {
            let mut row = vec![false; others.len() + 1];
            row[others.len()] = ends(&own_tokens[at..]);
            for (place, its) in others.iter().enumerate().rev() {
                row[place] = if *own == Token::Any || *its == Token::Any {
                    // One of them stands for nothing, or for one letter more of the other.
                    (below[place] && own.letter() != Some(':')) || row[place + 1]
                } else {
                    let alike = match (own.letter(), its.letter()) {
                        (Some(own), Some(its)) => own == its,
                        (None, _) | (_, None) => true,
                    };
                    alike && below[place + 1]
                };
            }
            below = row;
        }
        below.first().copied().unwrap_or(false)
    }

    /// Whether `text` is what the pattern describes.
    ///
    /// Between two `*` the first place that fits is taken, and never another: what is left over is
    /// the longest there can be. So nothing is tried twice, and without `?` the time is that of
    /// reading both texts.
    pub(super) fn matches(&self, text: &str) -> bool {
        self.plain.as_ref().map_or_else(|| matches(&self.tokens, text), |plain| plain == text)
    }

    /// The same, with no difference between upper and lower case.
    pub(super) fn matches_folded(&self, text: &str) -> bool {
        // Other letters may have one of ASCII as their lower case.
        if let Some(plain) = self.plain.as_ref().filter(|_| text.is_ascii()) {
            return plain.eq_ignore_ascii_case(text);
        }
        let fold = |token: &Token| match token {
            Token::Any => vec![Token::Any],
            Token::One => vec![Token::One],
            Token::Letter(letter) | Token::Filled(letter) => {
                letter.to_lowercase().map(Token::Filled).collect()
            }
        };
        let tokens: Vec<Token> = self.tokens.iter().flat_map(fold).collect();
        let text: String = text.chars().flat_map(char::to_lowercase).collect();
        matches(&tokens, &text)
    }

    /// Whether an ARN is what the pattern of a condition describes. Conditions compare all fields,
    /// so a pattern of fewer, other than `*`, describes nothing to some and the rest to others.
    pub(super) fn is_of_arn(&self, arn: &str) -> Truth {
        if !self.matches_arn(arn) {
            return Truth::No;
        }
        let colons = self.tokens.iter().filter(|token| **token == Token::Letter(':')).count();
        let is_whole = colons + 1 >= fields_of(arn) || self.tokens == [Token::Any];
        if is_whole { Truth::Yes } else { Truth::Unknown }
    }

    /// Whether an ARN is what the pattern describes, field by field: a `*` stands for letters
    /// of its own field, or for all the rest where it ends a pattern of fewer fields.
    pub(super) fn matches_arn(&self, arn: &str) -> bool {
        if self.plain.as_ref().is_some_and(|plain| plain != arn) {
            return false;
        }
        let fields = fields_of(arn);
        let (mut pattern, mut text) = (&self.tokens[..], arn);
        for _ in 1..fields {
            let end = pattern.iter().position(|token| *token == Token::Letter(':'));
            let Some((own, rest)) = end.map(|end| (&pattern[..end], &pattern[end + 1..])) else {
                return pattern.last() == Some(&Token::Any) && matches(pattern, text);
            };
            let Some((field, after)) = text.split_once(':') else { return false };
            if !matches(own, field) {
                return false;
            }
            (pattern, text) = (rest, after);
        }
        matches(pattern, text)
    }
}

fn fields_of(arn: &str) -> usize {
    if arn.starts_with("acs:") { 5 } else { 6 }
}

fn matches(tokens: &[Token], text: &str) -> bool {
    let mut chunks = tokens.split(|token| *token == Token::Any);
    // There is one chunk more than there are stars.
    let first = chunks.next().unwrap_or_default();
    let Some(mut rest) = begins(first, text) else { return false };
    let Some(last) = chunks.next_back() else { return rest.is_empty() };
    for chunk in chunks {
        match after_first(chunk, rest) {
            Some(after) => rest = after,
            None => return false,
        }
    }
    ends(last, rest)
}

/// What follows a chunk that `text` begins with.
fn begins<'a>(chunk: &[Token], text: &'a str) -> Option<&'a str> {
    let mut letters = text.chars();
    for token in chunk {
        if !token.fits(letters.next()?) {
            return None;
        }
    }
    Some(letters.as_str())
}

fn ends(chunk: &[Token], text: &str) -> bool {
    let mut letters = text.chars();
    chunk.iter().rev().all(|token| letters.next_back().is_some_and(|it| token.fits(it)))
}

/// What follows the first place at which a chunk fits.
fn after_first<'a>(chunk: &[Token], text: &'a str) -> Option<&'a str> {
    let letters: Option<String> = chunk.iter().map(|token| token.letter()).collect();
    if let Some(letters) = letters {
        let at = text.find(&letters)?;
        return Some(&text[at + letters.len()..]);
    }
    text.char_indices().find_map(|(at, _)| begins(chunk, &text[at..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALL: Reading = Reading { wildcards: true, variables: true };

    fn filled(pattern: &str) -> Filled {
        Pattern::parse(pattern, ALL).unwrap().fill(&Context::default()).unwrap().into_owned()
    }

    /// What wildcards mean, with no thought of time.
    fn naive(pattern: &[char], text: &[char]) -> bool {
        match pattern {
            [] => text.is_empty(),
            ['*', rest @ ..] => (0..=text.len()).any(|at| naive(rest, &text[at..])),
            ['?', rest @ ..] => !text.is_empty() && naive(rest, &text[1..]),
            [own, rest @ ..] => text.first() == Some(own) && naive(rest, &text[1..]),
        }
    }

    proptest! {
        #[test]
        fn wildcards_match_what_they_mean(pattern in "[abü*?]{0,9}", text in "[abü]{0,9}") {
            let letters = |text: &str| text.chars().collect::<Vec<_>>();
            let wanted = naive(&letters(&pattern), &letters(&text));
            prop_assert_eq!(filled(&pattern).matches(&text), wanted);
        }

        #[test]
        fn patterns_meet_if_a_text_is_of_both(one in "[ab*?]{0,4}", other in "[ab*?]{0,4}") {
            let meet = Filled::of_wildcards(&one).meets(&Filled::of_wildcards(&other));
            let letters = |text: &str| text.chars().collect::<Vec<_>>();
            // No text need be longer than both together.
            let mut texts = (0..=8_u32).flat_map(|length| {
                (0..1_u32 << length).map(move |bits| {
                    let letter = |at| if bits >> at & 1 == 0 { 'a' } else { 'b' };
                    (0..length).map(letter).collect::<Vec<_>>()
                })
            });
            let both = |text: &[char]| {
                naive(&letters(&one), text) && naive(&letters(&other), text)
            };
            prop_assert_eq!(meet, texts.any(|text| both(&text)));
        }

        #[test]
        fn field_by_field_is_never_wider(
            pattern in "arn:[aw*:]{0,12}", text in "arn:[aw:]{0,12}",
        ) {
            let pattern = filled(&pattern);
            prop_assert!(!pattern.matches_arn(&text) || pattern.matches(&text));
        }
    }

    #[test]
    fn a_pattern_that_would_go_back_for_ever_ends_at_once() {
        let pattern = filled(&"a*".repeat(1000));
        assert!(!pattern.matches(&format!("{}b", "a".repeat(900))));
        assert!(!filled(&format!("*{}b", "?a".repeat(500))).matches(&"a".repeat(2048)));
    }

    #[test]
    fn what_a_variable_stands_for_is_no_wildcard_and_ends_no_field() {
        let context = Context::default().with("aws:username", "*").with("k", "a:b");
        let fill =
            |text: &str| Pattern::parse(text, ALL).unwrap().fill(&context).unwrap().into_owned();
        assert!(!fill("home/${aws:username}/x").matches("home/else/x"));
        assert!(fill("home/${AWS:UserName}/x").matches("home/*/x"));
        assert!(fill("${*}${?}${$}").matches("*?$"));
        assert!(!fill("arn:${k}:c:d:e:f").matches_arn("arn:a:b:c:d:e:f"));
    }

    #[test]
    fn a_variable_without_a_value_is_not_an_empty_text() {
        let context = Context::default().without("gone").with("two", "a").with("two", "b");
        for (text, value) in [
            ("${gone}", None),
            ("${gone, 'x'}", Some("x")),
            ("${unheard, 'x'}", None),
            ("${two}", None),
        ] {
            let pattern = Pattern::parse(text, ALL).unwrap();
            assert_eq!(
                pattern.fill(&context).map(Cow::into_owned),
                value.map(|value| {
                    let tokens = value.chars().map(Token::Filled).collect();
                    Filled { tokens, plain: None }
                })
            );
        }
        for text in ["${", "${}", "${a", "${a, x}", "${a*}"] {
            assert!(Pattern::parse(text, ALL).is_err(), "{text}");
        }
    }

    #[test]
    fn an_arn_is_matched_by_its_fields() {
        let arn = "arn:aws:ec2:us-east-1::snapshot/snap-1";
        for pattern in ["*", "arn:*", "arn:aws:ec2:*::snapshot/*", "arn:aws:ec2:*:*:*"] {
            assert!(filled(pattern).matches_arn(arn), "{pattern}");
        }
        // A star is not the rest of an ARN unless nothing follows it.
        assert!(!filled("arn:*:snapshot/snap-1").matches_arn(arn));
        assert!(filled("arn:*:snapshot/snap-1").matches(arn));
        assert!(filled("acs:rds:*:1:dbinstance/*").matches_arn("acs:rds:cn-x:1:dbinstance/rm-1"));
    }
}
