//! Flags as Docker reads them: `--rm`, `--rm=true` and `--rm=false` are all said.

use clap::{Arg, ArgAction};

/// Makes an argument a switch that may be given a value.
pub(crate) trait Switch {
    /// Off unless given.
    fn switch(self) -> Self;
    /// On unless given as `=false`.
    fn switch_on(self) -> Self;
    /// Neither unless given.
    fn switch_open(self) -> Self;
}

impl Switch for Arg {
    fn switch(self) -> Self {
        self.switch_open().default_value("false").hide_default_value(true)
    }

    fn switch_on(self) -> Self {
        self.switch_open().default_value("true")
    }

    fn switch_open(self) -> Self {
        self.action(ArgAction::Set)
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("true")
            .value_name("BOOL")
            .value_parser(parse_bool)
    }
}

/// The spellings of Go's `strconv.ParseBool`.
pub(crate) fn parse_bool(text: &str) -> Result<bool, String> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err("it is true or false".into()),
    }
}

/// Filters as the API takes them: `{"name":["value"]}`; empty when there are none.
pub(crate) fn filters(given: &[String]) -> Result<String, String> {
    let mut map = std::collections::BTreeMap::<String, Vec<String>>::new();
    for filter in given {
        let (name, value) = filter.split_once('=').ok_or_else(|| {
            format!("invalid argument {filter:?} for \"-f, --filter\" flag: bad format of filter (expected name=value)")
        })?;
        let values = map.entry(name.trim().to_lowercase()).or_default();
        let value = value.trim().to_owned();
        if !values.contains(&value) {
            values.push(value);
        }
    }
    if map.is_empty() {
        return Ok(String::new());
    }
    serde_json::to_string(&map).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_collected() {
        let given = ["name=a".to_owned(), "Name=b".to_owned(), "label=x=y".to_owned(), "name=a".to_owned()];
        assert_eq!(filters(&given).unwrap(), r#"{"label":["x=y"],"name":["a","b"]}"#);
        assert_eq!(filters(&[]).unwrap(), "");
        assert!(filters(&["name".to_owned()]).is_err());
    }
}
