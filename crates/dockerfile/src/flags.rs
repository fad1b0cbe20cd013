//! The flags of an instruction: `--name=value`.

use crate::error::Wrong;

/// What a flag takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `true`, `false` or nothing.
    Switch,
    /// A value.
    Text,
    /// A value, any number of times.
    Texts,
}

/// The flags that were given, of those that an instruction knows.
pub(crate) struct Flags {
    given: Vec<(String, String)>,
}

impl Flags {
    /// Reads flags.
    pub(crate) fn parse(flags: &[String], known: &[(&str, Kind)]) -> Result<Self, Wrong> {
        let mut given: Vec<(String, String)> = Vec::new();
        for flag in flags {
            let (name, value) = flag.split_once('=').map_or((flag.as_str(), None), |(name, value)| (name, Some(value)));
            let short = name.trim_start_matches("--");
            let short = if name.len() - short.len() > 2 { &name[2..] } else { short };
            let Some((_, kind)) = known.iter().find(|(known, _)| *known == short) else {
                let wrong = Wrong::new(format!("unknown flag: {name}")).at(name);
                return Err(wrong.suggest(short, known.iter().map(|(known, _)| *known)));
            };
            if *kind != Kind::Texts && given.iter().any(|(given, _)| given == short) {
                return Err(Wrong::new(format!("duplicate flag specified: {name}")).at(name));
            }
            let value = match (kind, value) {
                (Kind::Switch, None) => "true".to_owned(),
                (Kind::Switch, Some(value)) if matches!(value.to_ascii_lowercase().as_str(), "true" | "false") => {
                    value.to_ascii_lowercase()
                }
                (Kind::Switch, Some(value)) if !value.is_empty() => {
                    let why = format!("expecting boolean value for flag {name}, not: {value}");
                    return Err(Wrong::new(why).at(flag));
                }
                (Kind::Text | Kind::Texts, Some(value)) => value.to_owned(),
                _ => return Err(Wrong::new(format!("missing a value on flag: {name}")).at(name)),
            };
            given.push((short.to_owned(), value));
        }
        Ok(Self { given })
    }

    /// An instruction without flags.
    pub(crate) fn none(flags: &[String]) -> Result<(), Wrong> {
        Self::parse(flags, &[]).map(|_| ())
    }

    /// The value of a flag. An empty one is none.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.texts(name).next().filter(|value| !value.is_empty()).map(str::to_owned)
    }

    /// The values of a flag.
    pub(crate) fn texts(&self, name: &str) -> impl Iterator<Item = &str> {
        self.given.iter().filter(move |(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// The value of a switch.
    pub(crate) fn switch(&self, name: &str) -> Option<bool> {
        self.texts(name).next().map(|value| value == "true")
    }
}
