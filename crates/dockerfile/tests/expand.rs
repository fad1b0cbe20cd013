//! Expansion, against what BuildKit made of the same texts as values of labels.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use dockerfile::{Lexer, Unset, Variables};
use proptest::prelude::*;

fn variables(name: &str) -> Option<String> {
    let value = match name {
        "a" => "abc",
        "e" => "",
        "p" => "/usr/lib/archive.tar.gz",
        "s" => "*a?b\\\\[c",
        "w" => "a b  c d",
        _ => return None,
    };
    Some(value.to_owned())
}

fn expand(text: &str) -> Result<String, String> {
    Lexer::new('\\').expand(text, &variables).map(|found| found.text)
}

#[test]
fn as_buildkit_does() {
    let mut different = Vec::new();
    for line in include_str!("expand.txt").lines().skip(1) {
        let mut parts = line.split('\t');
        let (text, value) = (parts.next().unwrap(), parts.next().unwrap());
        let ours = expand(text);
        if ours.as_deref() != Ok(value) {
            different.push(format!("{text}: BuildKit {value:?}, we {ours:?}"));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}

#[test]
fn words_are_parted_after_variables() {
    let words = |text: &str| Lexer::new('\\').expand(text, &variables).unwrap().words;
    assert_eq!(words("$w"), ["a", "b", "c", "d"]);
    assert_eq!(words("\"$w\" x"), ["a b  c d", "x"]);
    assert_eq!(words("a\\ b 'c d'e"), ["a b", "c de"]);
    assert_eq!(words("$e $u ''"), Vec::<String>::new());
}

#[test]
fn names_are_told() {
    let found = Lexer::new('\\').expand("$a ${u} ${v:-$x} ${a:-$y} ${e:+$z}", &variables).unwrap();
    assert_eq!(found.used.into_iter().collect::<Vec<_>>(), ["a", "e"]);
    assert_eq!(found.unmatched.into_iter().collect::<Vec<_>>(), ["u", "v", "x", "y", "z"]);
}

#[test]
fn other_ways_to_read_a_text() {
    let with = |lexer: Lexer, text: &str| lexer.expand(text, &variables).unwrap().text;
    assert_eq!(with(Lexer::new('`'), "`$a \\$a `` \"`\"\""), "$a \\abc ` \"");
    assert_eq!(with(Lexer::content(), "'$a' \"${a}\" \\$a ${u}."), "'abc' \"abc\" $a .");
    assert_eq!(
        with(Lexer::display('\\'), "'$a' \"$a\" $u ${u} ${u:-$a} ${u:=x}"),
        "'$a' \"abc\" $u ${u} ${u:-abc} ${u:=x}"
    );
}

#[test]
fn nothing_grows_without_end() {
    let long = |_: &str| Some("x".repeat(1 << 16));
    let error = |text: &str| Lexer::new('\\').expand(text, &long).unwrap_err();
    assert!(error(&"$a".repeat(17)).ends_with("variables make a text of more than 1048576 bytes"));
    assert!(error("${a//x/$a}").ends_with("bytes"));
    assert!(
        error(&format!("{}x{}", "${u:+".repeat(40), "}".repeat(40)))
            .ends_with("substitutions are nested more than 32 deep")
    );
    let begin = std::time::Instant::now();
    for pattern in ["*x*y", "x*x*x*x*y", "?*?*?*y", "*"] {
        let _ = Lexer::new('\\').expand(&format!("${{a//{pattern}/z}} ${{a%%{pattern}}} ${{a#{pattern}}}"), &long);
    }
    assert!(begin.elapsed().as_secs() < 20);
    assert!(error(&format!("${{a#{}}}", "?".repeat(2000))).contains("it would take too long"));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_breaks(text in "[ab$\\{\\}:+?#%/*\\-'\"\\\\ <é\n]{0,30}") {
        for lexer in [Lexer::new('\\'), Lexer::new('`'), Lexer::content(), Lexer::display('\\')] {
            let _ = lexer.expand(&text, &variables);
            let _ = lexer.expand(&text, &Unset);
        }
    }

    /// As a regular expression would do it.
    #[test]
    fn patterns_are_what_they_mean(value in "[ab\n.]{0,8}", pattern in "[ab.?*]{0,5}", replacement in "[xy]{0,2}") {
        let regex = |anchor: &str, star: &str, end: &str| {
            let body: String = pattern.chars().map(|c| match c {
                '*' => star.to_owned(),
                '?' => ".".to_owned(),
                '.' => "\\.".to_owned(),
                c => c.to_string(),
            }).collect();
            regex::Regex::new(&format!("{anchor}{body}{end}")).unwrap()
        };
        let with = |text: String| {
            let look = |name: &str| (name == "v").then(|| value.clone());
            Lexer::new('\\').expand(&text, &look).unwrap().text
        };
        prop_assert_eq!(with(format!("${{v#{pattern}}}")), regex("^", ".*?", "").replace(&value, ""));
        prop_assert_eq!(with(format!("${{v##{pattern}}}")), regex("^", ".*", "").replace(&value, ""));
        if !pattern.is_empty() {
            let once = with(format!("${{v/{pattern}/{replacement}}}"));
            prop_assert_eq!(once, regex("", ".*", "").replace(&value, &replacement));
        }
        prop_assert_eq!(with(format!("${{v//{pattern}/{replacement}}}")), regex("", ".*", "").replace_all(&value, &replacement));
    }

    #[test]
    fn a_text_without_signs_is_itself(text in "[a-z0-9 .,:;=_@é-]{0,30}") {
        let found = Lexer::new('\\').expand(&text, &Unset).unwrap();
        prop_assert_eq!(&found.text, &text);
        prop_assert_eq!(found.words, text.split_whitespace().collect::<Vec<_>>());
    }
}

/// A map is a source of variables too.
#[test]
fn any_source_of_variables() {
    struct Shout;
    impl Variables for Shout {
        fn get(&self, name: &str) -> Option<String> {
            Some(name.to_uppercase())
        }
    }
    assert_eq!(Lexer::new('\\').expand("$a-${b}", &Shout).unwrap().text, "A-B");
}
