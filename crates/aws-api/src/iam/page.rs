//! Long lists in pieces: `MaxItems` and `Marker`.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::error::{self, Error};

/// How many there are on a page when nothing else is asked for. Source: the API reference.
const ITEMS: usize = 100;

/// One piece of a list.
#[derive(Debug, PartialEq)]
pub(super) struct Page<T> {
    pub(super) items: Vec<T>,
    pub(super) is_truncated: Option<bool>,
    pub(super) marker: Option<String>,
}

/// The piece that was asked for, of items by key, the keys rising. The marker is the last key of the piece before, so
/// that what comes and goes meanwhile moves nothing.
pub(super) fn page<'a, T>(
    items: impl Iterator<Item = (&'a str, T)>,
    marker: Option<&str>,
    max_items: Option<i64>,
) -> Result<Page<T>, Error> {
    let after = marker.map(read).transpose()?;
    let most = max_items.and_then(|most| usize::try_from(most).ok()).unwrap_or(ITEMS);
    let mut rest = items.filter(|(key, _)| after.as_deref().is_none_or(|after| *key > after)).peekable();
    let mut page = Page { items: Vec::new(), is_truncated: Some(false), marker: None };
    let mut last = None;
    while page.items.len() < most
        && let Some((key, item)) = rest.next()
    {
        page.items.push(item);
        last = Some(key);
    }
    if rest.peek().is_some() {
        page.is_truncated = Some(true);
        page.marker = last.map(|key| URL_SAFE_NO_PAD.encode(key));
    }
    Ok(page)
}

fn read(marker: &str) -> Result<String, Error> {
    let bytes = URL_SAFE_NO_PAD.decode(marker).ok();
    bytes
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| Error::new(error::VALIDATION, format!("Invalid Marker: {marker}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_each_other() {
        let keys = ["a", "b", "c", "d", "e"];
        let ask = |marker: Option<&str>, most| page(keys.iter().map(|key| (*key, *key)), marker, Some(most)).unwrap();
        let mut seen = Vec::new();
        let mut marker = None;
        loop {
            let piece = ask(marker.as_deref(), 2);
            assert_eq!(piece.is_truncated, Some(piece.marker.is_some()));
            seen.extend(piece.items);
            marker = piece.marker;
            if marker.is_none() {
                break;
            }
        }
        assert_eq!(seen, keys);
        assert_eq!(ask(None, 5).marker, None);
        assert_eq!(page(std::iter::empty::<(&str, ())>(), Some("ä"), None).unwrap_err().code, error::VALIDATION);
    }
}
