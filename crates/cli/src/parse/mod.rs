//! The small languages inside of flags: ports, volumes, mounts, environment files, limits.

pub(crate) mod env;
pub(crate) mod limit;
pub(crate) mod mount;
pub(crate) mod network;
pub(crate) mod port;
pub(crate) mod security;

/// Cuts `a=b,"c=d,e",f` at its commas; a quoted field may hold commas, and a doubled quote is one.
pub(crate) fn fields(text: &str) -> Result<Vec<String>, String> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let Some(field) = fields.last_mut() else { break };
        match character {
            '"' if quoted && characters.next_if_eq(&'"').is_some() => field.push('"'),
            '"' if quoted => {
                quoted = false;
                if characters.peek().is_some_and(|next| *next != ',') {
                    return Err("extraneous or missing \" in quoted-field".into());
                }
            }
            '"' if field.is_empty() => quoted = true,
            '"' => return Err("bare \" in non-quoted-field".into()),
            ',' if !quoted => fields.push(String::new()),
            other => field.push(other),
        }
    }
    if quoted { Err("extraneous or missing \" in quoted-field".into()) } else { Ok(fields) }
}

/// A path on this machine, made absolute when it is written relative to here (`./x`, `..`).
pub(crate) fn absolute(path: &str) -> Result<String, String> {
    if !path.starts_with('.') {
        return Ok(path.to_owned());
    }
    let here = std::env::current_dir().map_err(|error| format!("the working directory: {error}"))?;
    let mut plain = std::path::PathBuf::new();
    for part in here.join(path).components() {
        match part {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain.into_os_string().into_string().map_err(|path| format!("the path {path:?} is not UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_may_be_quoted() {
        assert_eq!(fields(r#"a=b,"c=d,""e""",f"#).unwrap(), ["a=b", r#"c=d,"e""#, "f"]);
        for wrong in [r#"a"b"#, r#""a"#, r#""a"b"#] {
            assert!(fields(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn relative_paths_become_absolute() {
        let here = std::env::current_dir().unwrap();
        assert_eq!(absolute("./x").unwrap(), here.join("x").to_str().unwrap());
        assert_eq!(absolute("..").unwrap(), here.parent().unwrap().to_str().unwrap());
        assert_eq!(absolute("/a/../b").unwrap(), "/a/../b");
    }
}
