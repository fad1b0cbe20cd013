//! Names of images, cut for the API.

use oci::{ParseReferenceError, Reference};

use crate::error::Failure;

/// A name as people write it.
pub(crate) fn parse(name: &str) -> Result<Reference, Failure> {
    name.parse().map_err(|error| Failure::new(format!("{error}")))
}

/// Refuses what is neither a name nor an id.
pub(crate) fn check(name: &str) -> Result<(), Failure> {
    match name.parse::<Reference>() {
        Ok(_) | Err(ParseReferenceError::Identifier(_)) => Ok(()),
        Err(error) => Err(Failure::new(error.to_string())),
    }
}

/// `(name, tag)` of a name that something is to be called by; the tag is empty when none is written.
pub(crate) fn name_and_tag(name: &str) -> Result<(String, String), Failure> {
    let reference = parse(name)?;
    if reference.digest().is_some() {
        return Err(Failure::new("refusing to create a tag with a digest reference"));
    }
    let tag = reference.tag().map(|tag| tag.as_str().to_owned()).unwrap_or_default();
    Ok((reference.familiar_name(), tag))
}
