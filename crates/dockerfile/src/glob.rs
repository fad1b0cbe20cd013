//! One pattern of paths.
//!
//! Most patterns are a name, a directory, or an ending; those are compared as such. Others are matched in one pass over
//! the path, without going back more than to the last star. What remains (`**` in the middle, brackets that take a
//! slash) is matched by a set of places in the pattern, so that no pattern takes more than the product of both lengths.

/// What is no pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BadPattern;

/// A pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Glob {
    /// This path.
    Exact(String),
    /// Everything that begins so.
    Prefix(String),
    /// `**` and what the path ends with. With a slash at its beginning it may be all of the path.
    Suffix(String),
    /// Tokens, each of which stays in one part of the path, behind any number of directories (`**/`) or none. The number
    /// of slashes says where they have to begin.
    Parts { tokens: Vec<Token>, below: bool, slashes: usize },
    /// Any tokens.
    Any(Vec<Token>),
}

/// A piece of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token {
    /// This character.
    One(char),
    /// `?`: a character of a name.
    Name,
    /// `*`: any number of characters of a name.
    Names,
    /// `**/`, or `**` within a pattern: any number of directories, each with its slash.
    Directories,
    /// `**` at the end: anything.
    Rest,
    /// `[a-z]`, or `[^a-z]`: a character that is, or is not, in these ranges.
    Class { negated: bool, ranges: Vec<(char, char)> },
}

impl Token {
    /// Whether a token that stands for one character stands for this one.
    fn takes(&self, c: char) -> bool {
        match self {
            Self::One(one) => *one == c,
            Self::Name | Self::Names => c != '/',
            Self::Directories | Self::Rest => c != '\n',
            Self::Class { negated, ranges } => ranges.iter().any(|(low, high)| (*low..=*high).contains(&c)) != *negated,
        }
    }
}

impl Glob {
    /// Reads a pattern.
    pub(crate) fn parse(text: &str) -> Result<Self, BadPattern> {
        let tokens = tokens(text)?;
        let plain = |tokens: &[Token]| {
            tokens
                .iter()
                .map(|token| if let Token::One(c) = token { Some(*c) } else { None })
                .collect::<Option<String>>()
        };
        // A character that is escaped is no matter of a shell's star, but the three short ways are for others.
        if !text.contains('\\') {
            if let Some(text) = plain(&tokens) {
                return Ok(Self::Exact(text));
            }
            if let Some(ending) = text.strip_prefix("**")
                && plain(&tokens[1..]).is_some()
            {
                return Ok(Self::Suffix(ending.to_owned()));
            }
            if let Some((Token::Rest, before)) = tokens.split_last()
                && let Some(before) = plain(before)
            {
                return Ok(Self::Prefix(before));
            }
        }
        let (below, rest) = match tokens.split_first() {
            Some((Token::Directories, rest)) => (true, rest),
            _ => (false, tokens.as_slice()),
        };
        let in_parts = |token: &Token| match token {
            Token::Directories | Token::Rest => false,
            Token::Class { .. } => !token.takes('/'),
            Token::One(_) | Token::Name | Token::Names => true,
        };
        if rest.iter().all(in_parts) {
            let slashes = rest.iter().filter(|token| **token == Token::One('/')).count();
            return Ok(Self::Parts { tokens: rest.to_vec(), below, slashes });
        }
        Ok(Self::Any(tokens))
    }

    /// Whether it matches all of a path.
    pub(crate) fn matches(&self, path: &str) -> bool {
        match self {
            Self::Exact(text) => path == text,
            Self::Prefix(text) => path.starts_with(text.as_str()),
            Self::Suffix(text) => path.ends_with(text.as_str()) || text.strip_prefix('/') == Some(path),
            Self::Parts { tokens, below: false, .. } => in_parts(tokens, path),
            Self::Parts { tokens, below: true, slashes } => {
                let begin = path.rmatch_indices('/').nth(*slashes).map_or(0, |(at, _)| at + 1);
                !path[..begin].contains('\n') && in_parts(tokens, &path[begin..])
            }
            Self::Any(tokens) => anywhere(tokens, path),
        }
    }

    /// Whether it may match something in a directory, and not only the directory itself or what it is in.
    pub(crate) fn may_match_in(&self, directory: &str) -> bool {
        let tokens = match self {
            Self::Exact(text) | Self::Prefix(text) => {
                let below = text.strip_prefix(directory).is_some_and(|rest| rest.starts_with('/'));
                // A pattern for the beginning of the directory's own path matches all in it.
                return below
                    || (matches!(self, Self::Prefix(_)) && format!("{directory}/").starts_with(text.as_str()));
            }
            Self::Suffix(_) | Self::Parts { below: true, .. } => return true,
            Self::Parts { tokens, .. } | Self::Any(tokens) => tokens,
        };
        // What is written out at the beginning has to fit.
        let mut path = directory.chars().chain(['/']);
        tokens
            .iter()
            .map_while(|token| if let Token::One(c) = token { Some(*c) } else { None })
            .all(|c| path.next().is_none_or(|other| other == c))
    }
}

/// The tokens of a pattern. What is no pattern is so by the rules of Go's `filepath.Match`.
fn tokens(text: &str) -> Result<Vec<Token>, BadPattern> {
    let mut out = Vec::new();
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        out.push(match c {
            '*' if rest.next_if_eq(&'*').is_some() => {
                rest.next_if_eq(&'/');
                if rest.peek().is_some() { Token::Directories } else { Token::Rest }
            }
            '*' => Token::Names,
            '?' => Token::Name,
            '\\' => Token::One(rest.next().ok_or(BadPattern)?),
            '[' => class(&mut rest)?,
            c => Token::One(c),
        });
    }
    Ok(out)
}

/// The rest of a class behind its opening bracket.
fn class(rest: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Result<Token, BadPattern> {
    let negated = rest.next_if_eq(&'^').is_some();
    let mut ranges = Vec::new();
    let one = |rest: &mut std::iter::Peekable<std::str::Chars<'_>>| match rest.next() {
        None | Some('-' | ']') => Err(BadPattern),
        Some('\\') => rest.next().ok_or(BadPattern),
        Some(c) => Ok(c),
    };
    loop {
        if !ranges.is_empty() && rest.next_if_eq(&']').is_some() {
            return Ok(Token::Class { negated, ranges });
        }
        let low = one(rest)?;
        let high = if rest.next_if_eq(&'-').is_some() { one(rest)? } else { low };
        if high < low {
            return Err(BadPattern);
        }
        ranges.push((low, high));
    }
}

/// Matches tokens each of which stays in one part of the path: the last star is the only one to come back to, for
/// slashes keep the parts in their places.
fn in_parts(tokens: &[Token], path: &str) -> bool {
    let (mut rest, mut at) = (path, 0);
    // Where the last star stands, and what follows what it has taken so far.
    let mut star: Option<(usize, &str)> = None;
    loop {
        let next = rest.chars().next();
        match (tokens.get(at), next) {
            (None, None) => return true,
            (Some(Token::Names), _) => {
                star = Some((at, rest));
                at += 1;
                continue;
            }
            (Some(token), Some(c)) if token.takes(c) => {
                rest = &rest[c.len_utf8()..];
                at += 1;
                continue;
            }
            _ => {}
        }
        let Some((place, behind)) = star else { return false };
        match behind.chars().next() {
            Some(c) if c != '/' => {
                rest = &behind[c.len_utf8()..];
                star = Some((place, rest));
                at = place + 1;
            }
            _ => return false,
        }
    }
}

/// Matches any tokens: all places of the pattern that the path so far may have led to.
fn anywhere(tokens: &[Token], path: &str) -> bool {
    /// A place is reached, and with it what needs nothing to be passed.
    fn reach(places: &mut [bool], tokens: &[Token], mut place: usize) {
        loop {
            if std::mem::replace(&mut places[place], true) {
                return;
            }
            match tokens.get(place) {
                Some(Token::Names | Token::Rest | Token::Directories) => place += 1,
                _ => return,
            }
        }
    }
    // Within directories one may stop only behind a slash, so that place is a second one.
    let mut places = vec![false; tokens.len() + 1];
    let mut within = vec![false; tokens.len() + 1];
    reach(&mut places, tokens, 0);
    for c in path.chars() {
        let (before, inside) = (places, within);
        places = vec![false; tokens.len() + 1];
        within = vec![false; tokens.len() + 1];
        for (place, token) in tokens.iter().enumerate() {
            if !(before[place] || inside[place]) || !token.takes(c) {
                continue;
            }
            match token {
                Token::Directories => {
                    within[place] = true;
                    if c == '/' {
                        reach(&mut places, tokens, place + 1);
                    }
                }
                Token::Names | Token::Rest => reach(&mut places, tokens, place),
                Token::One(_) | Token::Name | Token::Class { .. } => reach(&mut places, tokens, place + 1),
            }
        }
    }
    places[tokens.len()]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// The quick ways find what the slow one does.
        #[test]
        fn all_ways_lead_to_the_same(
            pattern in "(\\*\\*/)?([ab/?*]|\\[a-b\\]|\\[\\^a\\]|\\\\a){0,8}(/\\*\\*)?", path in "[ab/]{0,10}"
        ) {
            let glob = Glob::parse(&pattern).unwrap();
            // `**x` takes any ending, also of a name.
            if !matches!(glob, Glob::Suffix(_)) {
                prop_assert_eq!(glob.matches(&path), anywhere(&tokens(&pattern).unwrap(), &path), "{:?}", glob);
            }
        }

        #[test]
        fn what_matches_below_may(pattern in "[ab/?*]{0,8}", directory in "[ab]{1,2}(/[ab]{1,2}){0,2}", name in "[ab]{1,2}") {
            let glob = Glob::parse(&pattern).unwrap();
            if glob.matches(&format!("{directory}/{name}")) {
                prop_assert!(glob.may_match_in(&directory), "{:?}", glob);
            }
        }
    }
}
