//! Patterns of `*` and `?`.

/// Whether a pattern fits a whole text: `*` stands for anything, `?` for one item, everything else for what is the
/// `same`. Items are bytes or characters.
///
/// Goes back to the last star only, which is enough, so the time is the product of the lengths at most.
pub fn glob<T: Copy + PartialEq + From<u8>>(pattern: &[T], text: &[T], same: impl Fn(T, T) -> bool) -> bool {
    let (any, one) = (T::from(b'*'), T::from(b'?'));
    let (mut p, mut t, mut star) = (0, 0, None);
    while let Some(&item) = text.get(t) {
        match pattern.get(p) {
            Some(&wanted) if wanted == any => {
                star = Some((p, t));
                p += 1;
            }
            Some(&wanted) if wanted == one || same(wanted, item) => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, taken)) => {
                    star = Some((at, taken + 1));
                    p = at + 1;
                    t = taken + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|&rest| rest == any)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (pattern, text, expected) in [
            ("web", "web", true),
            ("web", "webs", false),
            ("web*", "web", true),
            ("*b*", "abc", true),
            ("w?b", "web", true),
            ("w?b", "wb", false),
            ("*a*b", "xaxxb", true),
            ("*a*b", "xaxxbc", false),
            ("", "", true),
            ("*", "", true),
            ("", "x", false),
        ] {
            assert_eq!(glob(pattern.as_bytes(), text.as_bytes(), |a, b| a == b), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn an_item_is_a_byte_or_a_character() {
        assert!(glob(&['?'], &['ä'], |a, b| a == b));
        assert!(!glob(b"?", "ä".as_bytes(), |a, b| a == b));
        assert!(glob(b"A*", b"ab", |a, b| a.eq_ignore_ascii_case(&b)));
    }
}
