//! What comes of texts, as snapshots; and what holds for any text.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use std::fmt::Write as _;

use dockerfile::{Dockerfile, Instruction, Mount, Part, Run, Script, SyntaxError};
use proptest::prelude::*;

fn parse(text: &str) -> Dockerfile {
    Dockerfile::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{error}"))
}

fn instructions(text: &str) -> String {
    let mut out = String::new();
    for at in &parse(&format!("FROM scratch\n{text}")).stages[0].instructions {
        writeln!(out, "{}-{} {:?}", at.span.start.line, at.span.end.line, at.value).unwrap();
    }
    out
}

#[test]
fn a_whole_file() {
    let text = "# syntax=docker/dockerfile:1.7 args\n# Escape = `\n# check=skip=A,B;error=true;experimental=all\n\n\
                # TAG names the image\nARG TAG=3 OTHER\n#\n# base is what all begin with\nFrom --platform=$BUILDPLATFORM img:$TAG as Base\n\
                run a `\n  # between\n\n  b\nFROM base\n";
    insta::assert_debug_snapshot!(parse(text));
}

#[test]
fn a_comment_above_an_instruction_says_which_checks_it_wants() {
    let text = "FROM a\nMAINTAINER x\n# check=skip=MaintainerDeprecated\nMAINTAINER x\n\
                # check=experimental=all\n# about nothing\nARG X\n# check=skip=all\nrun y\n# words\nARG Y\n";
    let found: Vec<(usize, &str)> =
        parse(text).warnings.iter().map(|warning| (warning.span.start.line, warning.rule.name)).collect();
    let description = "InvalidDefinitionDescription";
    assert_eq!(found, [(2, "MaintainerDeprecated"), (7, description), (11, description)]);
    let mut checks = dockerfile::Checks::new(parse(text).check());
    parse(text).warnings.into_iter().for_each(|warning| checks.push(warning));
    assert_eq!(checks.warnings().iter().map(|warning| warning.span.start.line).collect::<Vec<_>>(), [2, 7]);
}

#[test]
fn files() {
    let made = instructions(
        "COPY --from=a --chown=b:c --chmod=u+x --link --parents --exclude=x --exclude=y s1 s2 /d\n\
         copy [\"a b\", \"c\", \"/d e/\"]\n\
         COPY --link=FALSE --chown= \"a b\" c\n\
         ADD --checksum=sha256:x --keep-git-dir --unpack=false https://x/y /z\n\
         COPY <<-ONE two <<\"THREE\" 3<<FOUR /d/\n\tfirst $a\n\tONE\nthird\n\tkept\nTHREE\nfourth\nFOUR\n",
    );
    insta::assert_snapshot!(made);
}

#[test]
fn programs() {
    let made = instructions(
        "RUN  a  \"b\"   c \nRUN [\"a\", \"b\\u00e9\"]\nRUN [a]\nRUN\nRUN []\n\
         RUN --network=none --security=insecure --device=v/c=d,required --mount=type=cache,target=$x -- --y\n\
         RUN <<EOF\necho\nEOF\nRUN << \"E\" cat\nx\nE\nCMD\nCMD [ ]\nENTRYPOINT exec x\nSHELL [\"a\", \"-c\"]\n\
         HEALTHCHECK none\nHEALTHCHECK --interval=1m --timeout=500ms --retries=0 --start-period=0 --start-interval=2s CMD  a  b\n\
         HEALTHCHECK CMD [\"a\"]\n",
    );
    insta::assert_snapshot!(made);
}

#[test]
fn words() {
    let made = instructions(
        "ENV a=b c=\"d e\" f=g\\ h i='j k' l= m=\"\"\nENV n  o p\nLABEL \"q r\"=s t.u=v=w\nARG x y=z \"A B\"=c\n\
         EXPOSE b a 80/tcp\nVOLUME a  b\nVOLUME [\"a b\"]\nUSER a b\nWORKDIR  a b \nSTOPSIGNAL --x 9\nMAINTAINER a <b>\n\
         ONBUILD  RUN <<E  \nx\nE\nONBUILD copy --from=a b c\n",
    );
    insta::assert_snapshot!(made);
}

#[test]
fn mounts() {
    let mut out = String::new();
    for text in [
        "target=/a",
        "type=bind,from=b,source=$s,dst=/a,rw",
        "TYPE=Cache,target=/a//b/",
        "type=cache,id=$s,target=/a,sharing=LOCKED,from=f,src=s,mode=0750,uid=1,gid=2,ro=true",
        "type=tmpfs,target=/a,size=1.5m",
        "type=tmpfs,target=/a,readonly",
        "type=secret,id=a/b",
        "type=secret,target=/x/y",
        "type=secret,source=s,env=E",
        "type=secret,id=s,env=E,target=/t,required=false,mode=400",
        "type=ssh",
        "type=ssh,id=a,target=/s,required,uid=5",
        "\"target=/a,b\"",
        "\"target=/a\"\"b\"",
        "type=$kind,target=/a",
        // What is wrong.
        "",
        "a",
        "a=b",
        "tagret=/a",
        "type=",
        "type=bnd",
        "type=cache,sharing=loked",
        "type=bind,required",
        "type=bind,required=true",
        "type=secret,required=x",
        "ro=x",
        "readwrite=2",
        "size=1",
        "type=tmpfs,size=1x",
        "mode=9",
        "uid=-1",
        "gid=4294967296",
        "uid=1",
        "type=secret",
        "type=secret,from=x,id=y",
        "type=secret,id=x,source=y",
        "type=secret,sharing=shared,id=x",
        "type=tmpfs,sharing=shared",
        "type=ssh,source=x",
        "\"a",
        "a\"b",
        "\"a\"b",
        "target=$fail",
    ] {
        let mut expand = |text: &str| match text {
            "$s" => Ok("a,b".to_owned()),
            "$kind" => Ok("tmpfs".to_owned()),
            "$fail" => Err("no value".to_owned()),
            other => Ok(other.to_owned()),
        };
        let made = Mount::parse(text, &mut expand).map_or_else(|wrong| wrong.to_string(), |mount| format!("{mount:?}"));
        writeln!(out, "{text}\n    {made}").unwrap();
    }
    insta::assert_snapshot!(out);
}

#[test]
fn mistakes_have_their_place() {
    let mut out = String::new();
    for text in [
        "FROM a\nRUN x\n  CPOY a b",
        "FROM a\nCOPY \\\n  --form=x a b",
        "FROM a\nCOPY --link --chown=a \\\n# comment --lnik\n --lnik a b",
        "FROM a\nADD --parents a b",
        "FROM a AS 1x",
        "FROM a b",
        "FROM a\nENV x=1 \\\n  y",
        "FROM a\nRUN --mount=type=bind,from=$y x",
        "FROM a\nRUN --network=bridge x",
        "FROM a\nHEALTHCHECK --interval=3 CMD x",
        "FROM a\nHEALTHCHECK --retries=many CMD x",
        "FROM a\nCOPY <<EOF /x\nEOF2\n",
        "FROM a\nCOPY x <<EOF\nEOF\n",
        "# escape=|\nFROM a",
        "FROM a\nONBUILD maintainer x",
        "FROM a\nARG =x",
        "FROM a\nRUN --device=a,reqired=1 x",
        "FROM a\nCMD [\"a\", 1]",
        "\u{feff}FRM a",
    ] {
        let SyntaxError { message, span, position, hint } = Dockerfile::parse(text.as_bytes()).unwrap_err();
        writeln!(
            out,
            "{text}\n    {}-{} {}:{} {message}",
            span.start.line, span.end.line, position.line, position.column
        )
        .unwrap();
        if let Some(hint) = hint {
            writeln!(out, "    hint: {hint}").unwrap();
        }
    }
    insta::assert_snapshot!(out);
}

#[test]
fn limits() {
    let error = |text: String| Dockerfile::parse(text.as_bytes()).unwrap_err().to_string();
    assert_eq!(
        error(format!("FROM a\n#{}\n", "x".repeat(65_535))),
        "dockerfile line greater than max allowed size of 65535"
    );
    assert!(Dockerfile::parse(format!("FROM a\n#{}\n", "x".repeat(65_534)).as_bytes()).is_ok());
    assert_eq!(error("FROM a\n".repeat(200_000)), "more than 1048576 bytes");
    assert_eq!(
        error(format!("FROM a\n{} x", "ONBUILD ".repeat(8000))),
        "dockerfile parse error on line 2: Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed"
    );
}

/// As long as a text may be, of what could take long.
#[test]
fn hostile_texts_take_no_time() {
    let line = |word: &str| format!("{}\n", word.repeat(65_000 / word.len()));
    let many = |line: &str| line.repeat((1_048_000) / line.len());
    for (name, text) in [
        ("stages", many("FROM a AS b\n")),
        ("stages of arguments", format!("{}{}", line("ARG a b=c ").repeat(8), many("FROM $x\n")[..500_000].trim_end())),
        (
            "comments and arguments",
            format!("{}{}", many("# a b c\n")[..900_000].trim_end(), format_args!("\nARG {}FROM a\n", line("a "))),
        ),
        (
            "here-documents",
            format!("FROM a\nCOPY {} /d\n{}{}E\n", line("<<E ").trim_end(), "E\n".repeat(16_249), "x".repeat(100)),
        ),
        (
            "copies of a here-document",
            format!(
                "FROM a\nCOPY {} /d\n{}{}\nE\n",
                line("<<E ").trim_end(),
                "E\n".repeat(16_249),
                "x\n".repeat(300_000)
            ),
        ),
        ("flags", format!("FROM a\n{}", many(&format!("RUN {}", line("--mount=target=/a ")))[..1_000_000].trim_end())),
        ("equal flags", format!("FROM a\nCOPY {} a b\n", line("--exclude=a ").trim_end())),
        ("continued lines", format!("FROM a\nRUN {}", many("a\\\n\n#\n")[..1_000_000].trim_end())),
        ("pairs", format!("FROM a\nENV {}", line("a=$b "))),
        ("quotes", format!("FROM a\nENV a={}", line("\"'"))),
        ("triggers", format!("FROM a\n{}", many("ONBUILD RUN a\n")[..1_000_000].trim_end())),
        ("lists", format!("FROM a\nRUN {}\nRUN [{}\"a\"]", line("["), line("\"a\",").trim_end())),
        ("a keyword", format!("FROM a\n{}", line("RUM"))),
        ("mistaken flags", format!("FROM a\nRUN --{} x", line("mount").trim_end())),
        ("variables", format!("FROM a\nLABEL a={}", line("${a:-"))),
    ] {
        assert!(text.len() <= 1 << 20, "{name}: {}", text.len());
        let begin = std::time::Instant::now();
        let read = Dockerfile::parse(text.as_bytes());
        assert!(begin.elapsed().as_secs() < 20, "{name}: {:?}: {:?}", begin.elapsed(), read.err());
    }
}

fn run(text: &str) -> Run {
    match parse(&format!("FROM scratch\n{text}")).stages.remove(0).instructions.remove(0).value {
        Instruction::Run(run) => run,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_script_is_put_together() {
    let script = |text: &str| run(text).script();
    let shell = |text: &str| Script::Shell(text.to_owned());
    assert_eq!(script("RUN a b\n"), shell("a b"));
    assert_eq!(script("RUN [\"a\", \"b\"]\n"), Script::Exec(vec!["a".into(), "b".into()]));
    assert_eq!(script("RUN <<E\na\nb\nE\n"), shell("a\nb\n"));
    assert_eq!(script("RUN << \"E\"\na\nE\n"), shell("a\n"));
    assert_eq!(script("RUN <<-E\n\ta\n\t\tb\n\tE\n"), shell("a\nb\n"));
    assert_eq!(script("RUN <<-E cat\n\ta\n\tE\n"), shell("<<-E cat\n\ta\nE"));
    assert_eq!(script("RUN cat <<A 3<<'B' | x\na\nA\nb\nB\n"), shell("cat <<A 3<<'B' | x\na\nA\nb\nB"));
    let file = Script::File { name: "E".into(), content: "#!/bin/x\na\n".into() };
    assert_eq!(script("RUN <<-E\n\t#!/bin/x\n\ta\n\tE\n"), file);
    assert_eq!(run("RUN <<E\n\n a\nb\nE\n").summary().as_deref(), Some("a..."));
    assert_eq!(run("RUN <<E\na\nE\n").summary().as_deref(), Some("a"));
    assert_eq!(run("RUN cat <<E\na\nE\n").summary(), None);
}

#[test]
fn what_has_variables_is_expanded() {
    let text = "ENV $a=$b\nLABEL $a=$b\nUSER $a\nWORKDIR $a\nSTOPSIGNAL $a\nVOLUME $a $b\n\
                COPY --from=$a --chown=$a --chmod=$b --exclude=$a $a <<E <<'F' $b\n$a\nE\n$a\nF\nADD --checksum=$a $a $b\n\
                RUN $a\nCMD $a\nEXPOSE $a\nMAINTAINER $a\nONBUILD RUN $a\nSHELL [\"$a\"]\nHEALTHCHECK CMD $a\nARG a=$b\n";
    let mut out = String::new();
    for at in &parse(&format!("FROM scratch\n{text}")).stages[0].instructions {
        let made = at.value.expand::<()>(&mut |part| {
            Ok(match part {
                Part::Word(text) => format!("({text})"),
                Part::Content(text) => format!("[{text}]"),
            })
        });
        writeln!(out, "{:?}", made.unwrap()).unwrap();
    }
    insta::assert_snapshot!(out);
    let failed = parse("FROM scratch\nUSER x\n").stages[0].instructions[0].value.expand(&mut |_| Err("no"));
    assert_eq!(failed, Err("no"));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_breaks(text in "(# (escape|check|syntax)=[`\\\\a-z=;,]{0,6}\n)?(FROM a( as b)?\n)?((RUN|COPY|ADD|ENV|ARG|LABEL|ONBUILD|HEALTHCHECK|CMD|EXPOSE|FLY|#|)( --[a-z]{0,6}(=[a-z,=\"]{0,6})?)?[ -~\t]{0,30}(\\\\|<<E)?\n){0,6}") {
        let lines = text.lines().count();
        match Dockerfile::parse(text.as_bytes()) {
            Ok(file) => {
                for stage in &file.stages {
                    prop_assert!(stage.from.span.end.line <= lines);
                    for at in &stage.instructions {
                        prop_assert!(stage.from.span.end < at.span.start && at.span.end.line <= lines);
                    }
                }
            }
            Err(error) => prop_assert!(error.span.end.line <= lines && error.position.line <= lines + 1, "{:?}", error),
        }
    }

    #[test]
    fn no_bytes_break(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        let _ = Dockerfile::parse(&bytes);
        let _ = Dockerfile::parse(&[b"FROM a\nRUN ", bytes.as_slice()].concat());
    }

    #[test]
    fn a_command_is_as_it_was_written(command in "[!-;=-\\[\\]-~]( ?[!-;=-~é]){0,20}[!-;=-\\[\\]-~]") {
        prop_assume!(!command.starts_with("--") && !command.starts_with('['));
        let text = format!("FROM a\nRUN {command}\n");
        let file = Dockerfile::parse(text.as_bytes()).unwrap();
        let Instruction::Run(run) = &file.stages[0].instructions[0].value else { panic!("{text}") };
        prop_assert_eq!(run.script(), Script::Shell(command));
    }
}
