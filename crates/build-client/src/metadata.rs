//! Metadata of calls as BuildKit writes it.

use grpc::MetadataMap;

/// All values of a key. They are escaped as in a URL's query when a second key says so: they hold more than ASCII then.
pub(crate) fn values(metadata: &MetadataMap, key: &str) -> Vec<String> {
    let encoded = first(metadata, &format!("{key}-encoded")).is_some_and(|value| value == "1" || value == "true");
    let values = metadata.get_all(key).iter().filter_map(|value| value.to_str().ok());
    values.map(|value| if encoded { unescape(value) } else { value.to_owned() }).collect()
}

/// The first value of a key.
pub(crate) fn first<'a>(metadata: &'a MetadataMap, key: &str) -> Option<&'a str> {
    metadata.get(key).and_then(|value| value.to_str().ok())
}

fn unescape(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, behind @ ..] = rest {
        rest = behind;
        match (first, behind) {
            (b'+', _) => bytes.push(b' '),
            (b'%', [high, low, behind @ ..]) => {
                let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
                match (digit(high), digit(low)) {
                    (Some(high), Some(low)) => {
                        bytes.push(high << 4 | low);
                        rest = behind;
                    }
                    _ => bytes.push(b'%'),
                }
            }
            (byte, _) => bytes.push(*byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_may_be_escaped() {
        let mut metadata = MetadataMap::new();
        metadata.append("include-patterns", "a+b".parse().unwrap());
        metadata.append("include-patterns", "%C3%A4%2F".parse().unwrap());
        assert_eq!(values(&metadata, "include-patterns"), ["a+b", "%C3%A4%2F"]);
        metadata.append("include-patterns-encoded", "1".parse().unwrap());
        assert_eq!(values(&metadata, "include-patterns"), ["a b", "ä/"]);
        assert!(values(&metadata, "other").is_empty());
    }
}
