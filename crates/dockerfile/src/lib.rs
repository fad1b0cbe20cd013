//! The language of Dockerfiles, as far as it changes what an image says of itself: the instructions that `docker commit
//! --change` and `docker import --change` take.
//!
//! ```text
//!   text ─► logical lines ─► keyword, flags, arguments ─► Instruction ─► applied to an image's configuration
//!           (lines.rs)                    (instruction.rs, split.rs)      (apply.rs, with expand.rs)
//! ```
//!
//! Parsers without I/O. Source: the Dockerfile reference, and BuildKit's parser for what it leaves open.
#![forbid(unsafe_code)]

mod apply;
mod expand;
mod instruction;
mod lines;
mod split;

use oci::image::Execution;

pub use instruction::Instruction;

/// What is wrong, and on which line of the text, from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("dockerfile parse error on line {line}: {why}")]
pub struct Error {
    /// The line on which the instruction begins.
    pub line: usize,
    /// What is wrong with it.
    pub why: String,
}

/// The longest text that is read, and the most that is made of it: far beyond any command line.
pub const TEXT_BYTES: usize = 1 << 20;

/// Applies instructions, one a line, to what an image says of itself. Those that make layers or name other images are
/// no changes.
///
/// # Errors
/// [`Error`] with the line of the first instruction that is none, or cannot be applied.
pub fn change(text: &str, execution: &mut Execution) -> Result<(), Error> {
    if text.len() > TEXT_BYTES {
        return Err(Error { line: 1, why: format!("more than {TEXT_BYTES} bytes") });
    }
    let mut changing = apply::Changing::new(execution);
    for line in lines::logical(text) {
        Instruction::parse(&line.text)
            .and_then(|instruction| changing.apply(instruction))
            .map_err(|why| Error { line: line.number, why })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn changed(text: &str) -> Execution {
        let mut execution = Execution { env: vec!["PATH=/bin".into()], ..Execution::default() };
        change(text, &mut execution).unwrap_or_else(|error| panic!("{text}: {error}"));
        execution
    }

    fn refused(text: &str) -> String {
        change(text, &mut Execution::default()).map(|()| panic!("{text} is taken")).unwrap_err().to_string()
    }

    #[test]
    fn each_instruction_has_its_field() {
        let found = changed(
            "cmd [\"a\", \"b\"]\nENV A=1 B=\"two words\"\nenv OLD the rest of it\nEXPOSE 80 53/udp 8000-8002\nLABEL x=y \"with space\"=z\n\
             USER web:web\nVOLUME /data [no json\nVOLUME [\"/a b\"]\nWORKDIR /srv\nWORKDIR app\nSTOPSIGNAL SIGQUIT\n\
             ONBUILD RUN make\nONBUILD  COPY . /src\n",
        );
        assert_eq!(found.cmd.as_deref().unwrap(), ["a", "b"]);
        assert_eq!(found.env, ["PATH=/bin", "A=1", "B=two words", "OLD=the rest of it"]);
        assert_eq!(
            found.exposed_ports.keys().collect::<Vec<_>>(),
            ["53/udp", "80/tcp", "8000/tcp", "8001/tcp", "8002/tcp"]
        );
        assert_eq!(found.labels.iter().map(|(k, v)| format!("{k}:{v}")).collect::<Vec<_>>(), ["with space:z", "x:y"]);
        assert_eq!(found.user, "web:web");
        assert_eq!(found.volumes.keys().collect::<Vec<_>>(), ["/a b", "/data", "[no", "json"]);
        assert_eq!((found.working_dir.as_str(), found.stop_signal.as_str()), ("/srv/app", "SIGQUIT"));
        assert_eq!(found.on_build, ["RUN make", "COPY . /src"]);
    }

    #[test]
    fn programs_in_both_forms() {
        assert_eq!(changed("CMD echo $HOME \"x\"").cmd.unwrap(), ["/bin/sh", "-c", "echo $HOME \"x\""]);
        assert_eq!(changed("ENTRYPOINT [\"/bin/app\"]").entrypoint.unwrap(), ["/bin/app"]);
        assert_eq!(changed("CMD [\"not\", json]").cmd.unwrap(), ["/bin/sh", "-c", "[\"not\", json]"]);
        assert_eq!(changed("CMD []").cmd.unwrap(), Vec::<String>::new());
        let mut shelled = Execution { shell: Some(vec!["/bin/ash".into(), "-ec".into()]), ..Execution::default() };
        change("CMD a b", &mut shelled).unwrap();
        assert_eq!(shelled.cmd.unwrap(), ["/bin/ash", "-ec", "a b"]);
        // An entry point alone does away with the arguments that were for another one.
        let old = Execution { cmd: Some(vec!["old".into()]), ..Execution::default() };
        let mut found = old.clone();
        change("ENTRYPOINT [\"new\"]", &mut found).unwrap();
        assert_eq!(found.cmd, None);
        let mut found = old;
        change("CMD [\"own\"]\nENTRYPOINT [\"new\"]", &mut found).unwrap();
        assert_eq!(found.cmd.unwrap(), ["own"]);
    }

    #[test]
    fn variables_are_those_of_the_image() {
        let found = changed(
            "ENV DIR=/srv A=$DIR\nENV B=${DIR}/b C='$DIR' D=\\$DIR\nWORKDIR $B\nLABEL at=\"${NONE:-here} $B\"\nUSER ${X:+no}${PATH:+yes}",
        );
        assert_eq!(found.env[1..], ["DIR=/srv", "A=", "B=/srv/b", "C=$DIR", "D=$DIR"]);
        assert_eq!((found.working_dir.as_str(), found.labels["at"].as_str()), ("/srv/b", "here /srv/b"));
        assert_eq!(found.user, "yes");
    }

    #[test]
    fn health_checks() {
        let check = changed("HEALTHCHECK --interval=5s --timeout=1m --start-period=100ms --start-interval=1s --retries=4 CMD curl -f x || exit 1").healthcheck.unwrap();
        assert_eq!(check.test, ["CMD-SHELL", "curl -f x || exit 1"]);
        assert_eq!((check.interval, check.timeout, check.retries), (5_000_000_000, 60_000_000_000, 4));
        assert_eq!((check.start_period, check.start_interval), (100_000_000, 1_000_000_000));
        assert_eq!(changed("HEALTHCHECK CMD [\"true\"]").healthcheck.unwrap().test, ["CMD", "true"]);
        assert_eq!(changed("HEALTHCHECK none").healthcheck.unwrap().test, ["NONE"]);
    }

    #[test]
    fn lines_are_joined_and_comments_passed_over() {
        let found = changed("# a comment\n\n  ENV A=1 \\\n# between\n\n   B=2\\\n  C=3\nLABEL x=#y\n");
        assert_eq!(found.env[1..], ["A=1", "B=2", "C=3"]);
        assert_eq!(found.labels["x"], "#y");
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        for (text, line, word) in [
            ("RUN true", 1, "run is not a valid change command"),
            ("ENV A=1\nFROM x", 2, "from is not a valid change command"),
            ("\n\nFLY away", 3, "fly is not a valid change command"),
            ("ENV", 1, "ENV requires at least one argument"),
            ("ENV A", 1, "ENV must have two arguments"),
            ("ENV A=1 B", 1, "can't find = in \"B\""),
            ("ENV =1", 1, "names can not be blank"),
            ("LABEL", 1, "LABEL requires at least one argument"),
            ("EXPOSE 0", 1, "invalid"),
            ("EXPOSE 80/xyz", 1, "invalid proto"),
            ("EXPOSE 9-8", 1, "invalid"),
            ("USER", 1, "USER requires exactly one argument"),
            ("WORKDIR", 1, "WORKDIR requires exactly one argument"),
            ("VOLUME", 1, "VOLUME requires at least one argument"),
            ("VOLUME [\"\"]", 1, "empty string"),
            ("STOPSIGNAL NOSUCH", 1, "invalid signal: NOSUCH"),
            ("HEALTHCHECK", 1, "HEALTHCHECK requires at least one argument"),
            ("HEALTHCHECK FLY", 1, "unknown type \"FLY\" in HEALTHCHECK (try CMD)"),
            ("HEALTHCHECK NONE x", 1, "takes no arguments"),
            ("HEALTHCHECK CMD", 1, "Missing command after HEALTHCHECK CMD"),
            ("HEALTHCHECK --fly=1 CMD x", 1, "unknown flag: --fly"),
            ("HEALTHCHECK --interval=1 CMD x", 1, "missing unit"),
            ("HEALTHCHECK --interval=1us CMD x", 1, "cannot be less than 1ms"),
            ("HEALTHCHECK --retries=-1 CMD x", 1, "retries"),
            ("ONBUILD", 1, "ONBUILD requires at least one argument"),
            ("ONBUILD ONBUILD RUN x", 1, "Chaining ONBUILD"),
            ("ONBUILD FROM x", 1, "FROM isn't allowed as an ONBUILD trigger"),
            ("CMD", 1, "CMD requires at least one argument"),
            ("USER ${A", 1, "syntax error"),
            ("USER ${A:?no user}", 1, "A: no user"),
            ("ENV --x=1 A=1", 1, "unknown flag: --x"),
        ] {
            let said = refused(text);
            assert!(said.contains(word) && said.contains(&format!("line {line}:")), "{text}: {said}");
        }
    }

    #[test]
    fn nothing_grows_without_end() {
        let doubling: String = (0..64).map(|_| "ENV A=$B$B\nENV B=x$A$A\n").collect();
        assert!(refused(&doubling).contains("more than"));
        let all = format!("EXPOSE {}", "1-65535 ".repeat(1000));
        assert!(refused(&all).contains("more than"));
        assert!(
            refused(&format!("ENV A={}\n{}", "y".repeat(90_000), "LABEL $A=1$A\nLABEL 2$A=$A\n".repeat(10)))
                .contains("more than")
        );
        assert!(refused(&"#".repeat(TEXT_BYTES + 1)).contains("more than"));
    }

    proptest! {
        #[test]
        fn no_text_is_too_much(text in "(CMD|ENV|LABEL|USER|EXPOSE|HEALTHCHECK|VOLUME|WORKDIR|ONBUILD)[ -~\\n$\\\\\"'{}\\[\\]=:-]{0,60}") {
            let mut execution = Execution::default();
            let _ = change(&text, &mut execution);
        }

        #[test]
        fn quoted_values_come_back(value in "[a-z $'#=]{0,20}") {
            let quoted = value.replace('$', "\\$");
            let found = changed(&format!("ENV X=\"{quoted}\""));
            prop_assert_eq!(&found.env[1], &format!("X={value}"));
        }
    }
}
