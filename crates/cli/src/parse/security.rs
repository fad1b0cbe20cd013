//! `--security-opt`: profiles are files on this side, so they are read here and sent.

/// What the API is told.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Security {
    pub(crate) options: Vec<String>,
    /// `systempaths=unconfined`: nothing is masked and nothing made read-only.
    pub(crate) unmasked: bool,
}

/// Reads the options; `read` gives a file's text.
pub(crate) fn security(options: &[String], read: impl Fn(&str) -> Result<String, String>) -> Result<Security, String> {
    let mut security = Security::default();
    for option in options {
        if option == "systempaths=unconfined" {
            security.unmasked = true;
            continue;
        }
        let pair = option.split_once('=').or_else(|| option.split_once(':'));
        match pair {
            None if option != "no-new-privileges" => return Err(format!("invalid --security-opt: {option:?}")),
            Some(("seccomp", value)) if !matches!(value, "unconfined" | "builtin") => {
                let text = read(value)
                    .map_err(|error| format!("opening seccomp profile ({value}) failed: open {value}: {error}"))?;
                let profile: serde_json::Value = serde_json::from_str(&text)
                    .map_err(|error| format!("compacting json for seccomp profile ({value}) failed: {error}"))?;
                security.options.push(format!("seccomp={profile}"));
            }
            _ => security.options.push(option.clone()),
        }
    }
    Ok(security)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_are_read_here() {
        let read = |path: &str| match path {
            "p.json" => Ok("{ \"defaultAction\" : \"SCMP_ACT_ALLOW\" }".to_owned()),
            "bad" => Ok("{".to_owned()),
            _ => Err("no such file or directory".to_owned()),
        };
        let given =
            |options: &[&str]| security(&options.iter().map(|option| (*option).to_owned()).collect::<Vec<_>>(), read);
        let found = given(&["seccomp=p.json", "no-new-privileges", "label:disable", "systempaths=unconfined"]).unwrap();
        assert!(found.unmasked);
        assert_eq!(
            found.options,
            [r#"seccomp={"defaultAction":"SCMP_ACT_ALLOW"}"#, "no-new-privileges", "label:disable"]
        );
        assert_eq!(given(&["seccomp=unconfined"]).unwrap().options, ["seccomp=unconfined"]);
        for wrong in ["seccomp=bad", "seccomp=nosuch", "nonsense"] {
            assert!(given(&[wrong]).is_err(), "{wrong}");
        }
    }
}
