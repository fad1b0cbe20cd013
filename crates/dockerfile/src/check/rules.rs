//! The rules of BuildKit's build checks, by their names, with what each of them says.
//!
//! Source: <https://docs.docker.com/reference/build-checks/>.

use std::collections::BTreeSet;

use crate::check::Checks;
use crate::error::nearest;
use crate::expand::Expansion;
use crate::ignore::Patterns;
use crate::instruction::{Command, Pair};
use crate::predefined::NO_VARIABLE;
use crate::quote::quote;
use crate::span::Span;

/// What a check is about.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// The name, by which it can be skipped.
    pub name: &'static str,
    /// What it asks for.
    pub description: &'static str,
    /// Where that is explained; empty for a rule without a page.
    pub url: &'static str,
    /// Only if it is asked for.
    pub experimental: bool,
}

macro_rules! rules {
    ($($(#[$about:meta])* $constant:ident = $name:literal, $($page:literal)?, $description:literal $(, experimental = $experimental:literal)?;)*) => {
        $($(#[$about])*
        pub static $constant: Rule = Rule {
            name: $name,
            description: $description,
            url: concat!($("https://docs.docker.com/go/dockerfile/rule/", $page, "/")?),
            experimental: false $(|| $experimental)?,
        };)*

        /// Every rule.
        pub static ALL: &[&Rule] = &[$(&$constant),*];
    };
}

rules! {
    /// Names of stages in lower case.
    STAGE_NAME_CASING = "StageNameCasing", "stage-name-casing", "Stage names should be lowercase";
    /// `FROM x AS y` in one case.
    FROM_AS_CASING = "FromAsCasing", "from-as-casing", "The 'as' keyword should match the case of the 'from' keyword";
    /// No empty line among continued ones.
    NO_EMPTY_CONTINUATION = "NoEmptyContinuation", "no-empty-continuation",
        "Empty continuation lines will become errors in a future release";
    /// Keywords in one case.
    CONSISTENT_INSTRUCTION_CASING = "ConsistentInstructionCasing", "consistent-instruction-casing",
        "All commands within the Dockerfile should use the same casing (either upper or lower)";
    /// No name for two stages.
    DUPLICATE_STAGE_NAME = "DuplicateStageName", "duplicate-stage-name", "Stage names should be unique";
    /// No stage is called `scratch` or `context`.
    RESERVED_STAGE_NAME = "ReservedStageName", "reserved-stage-name", "Reserved words should not be used as stage names";
    /// Programs without a shell between them and signals.
    JSON_ARGS_RECOMMENDED = "JSONArgsRecommended", "json-args-recommended",
        "JSON arguments recommended for ENTRYPOINT/CMD to prevent unintended behavior related to OS signals";
    /// No `MAINTAINER`.
    MAINTAINER_DEPRECATED = "MaintainerDeprecated", "maintainer-deprecated",
        "The MAINTAINER instruction is deprecated, use a label instead to define an image author";
    /// Arguments in `FROM` are declared.
    UNDEFINED_ARG_IN_FROM = "UndefinedArgInFrom", "undefined-arg-in-from", "FROM command must use declared ARGs";
    /// The first `WORKDIR` is absolute.
    WORKDIR_RELATIVE_PATH = "WorkdirRelativePath", "workdir-relative-path",
        "Relative workdir without an absolute workdir declared within the build can have unexpected results if the base image changes";
    /// Variables are declared.
    UNDEFINED_VAR = "UndefinedVar", "undefined-var", "Variables should be defined before their use";
    /// What counts once is said once.
    MULTIPLE_INSTRUCTIONS_DISALLOWED = "MultipleInstructionsDisallowed", "multiple-instructions-disallowed",
        "Multiple instructions of the same type should not be used in the same stage";
    /// `name=value`.
    LEGACY_KEY_VALUE_FORMAT = "LegacyKeyValueFormat", "legacy-key-value-format",
        "Legacy key/value format with whitespace separator should not be used";
    /// The base image is for the platform that was asked for.
    INVALID_BASE_IMAGE_PLATFORM = "InvalidBaseImagePlatform", ,
        "Base image platform does not match expected target platform";
    /// `--platform=$TARGETPLATFORM` says nothing.
    REDUNDANT_TARGET_PLATFORM = "RedundantTargetPlatform", "redundant-target-platform",
        "Setting platform to predefined $TARGETPLATFORM in FROM is redundant as this is the default behavior";
    /// No secrets in what everybody can read.
    SECRETS_USED_IN_ARG_OR_ENV = "SecretsUsedInArgOrEnv", "secrets-used-in-arg-or-env",
        "Sensitive data should not be used in the ARG or ENV commands";
    /// The defaults make names of images.
    INVALID_DEFAULT_ARG_IN_FROM = "InvalidDefaultArgInFrom", "invalid-default-arg-in-from",
        "Default value for global ARG results in an empty or invalid base image name";
    /// `--platform` follows what is built for.
    FROM_PLATFORM_FLAG_CONST_DISALLOWED = "FromPlatformFlagConstDisallowed", "from-platform-flag-const-disallowed",
        "FROM --platform flag should not use a constant value";
    /// What is copied is in the context.
    COPY_IGNORED_FILE = "CopyIgnoredFile", "copy-ignored-file",
        "Attempting to Copy file that is excluded by .dockerignore";
    /// Comments above stages and arguments describe them.
    INVALID_DEFINITION_DESCRIPTION = "InvalidDefinitionDescription", "invalid-definition-description",
        "Comment for build stage or argument should follow the format: `# <arg/stage name> <description>`. If this is not intended to be a description comment, add an empty line or comment between the instruction and the comment.", experimental = true;
    /// Protocols in lower case.
    EXPOSE_PROTO_CASING = "ExposeProtoCasing", "expose-proto-casing",
        "Protocol in EXPOSE instruction should be lowercase";
    /// `EXPOSE` names ports of the container only.
    EXPOSE_INVALID_FORMAT = "ExposeInvalidFormat", "expose-invalid-format",
        "IP address and host-port mapping should not be used in EXPOSE instruction. This will become an error in a future release";
}

/// `SecretsUsedInArgOrEnv`: the name of an `ARG` or `ENV`, expanded.
pub fn secret_name(instruction: &'static str, name: &str, span: Span, checks: &mut Checks) {
    const SECRET: [&str; 10] =
        ["apikey", "auth", "credential", "credentials", "key", "password", "pword", "passwd", "secret", "token"];
    const HARMLESS: [&str; 3] = ["public", "file", "version"];
    let lower = name.to_lowercase();
    // A word that may itself have underscores between its neighbours.
    let has = |words: &[&str]| lower.split('_').any(|part| words.contains(&part));
    // `api_key` is made of two words, of which one is enough.
    if has(&SECRET) && !has(&HARMLESS) {
        let detail = format!("Do not use ARG or ENV instructions for sensitive data ({instruction} {})", quote(name));
        checks.add(&SECRETS_USED_IN_ARG_OR_ENV, span, detail);
    }
}

/// `LegacyKeyValueFormat`: the pairs of `ENV` or `LABEL`, and the keyword as it was written.
pub fn legacy_format(keyword: &str, pairs: &[Pair], span: Span, checks: &mut Checks) {
    for _ in pairs.iter().filter(|pair| pair.legacy) {
        let detail = format!("\"{keyword} key=value\" should be used instead of legacy \"{keyword} key value\" format");
        checks.add(&LEGACY_KEY_VALUE_FORMAT, span, detail);
    }
}

/// `JSONArgsRecommended`: the command of `CMD` or `ENTRYPOINT`, the keyword as it was written, and whether the image
/// has a shell of its own, which is then meant to be used.
pub fn shell_form(keyword: &str, command: &Command, has_shell: bool, span: Span, checks: &mut Checks) {
    if matches!(command, Command::Shell(_)) && !has_shell {
        let detail =
            format!("JSON arguments recommended for {keyword} to prevent unintended behavior related to OS signals");
        checks.add(&JSON_ARGS_RECOMMENDED, span, detail);
    }
}

/// `MultipleInstructionsDisallowed`: where an instruction was seen that counts once. One for each keyword and stage.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Once(Option<Span>);

impl Once {
    /// The instruction was seen before, in this stage.
    #[must_use]
    pub fn seen(&self) -> bool {
        self.0.is_some()
    }

    /// Here is one, with its keyword as it was written. What is warned of is the one before it, which is for nothing.
    pub fn here(&mut self, keyword: &str, span: Span, checks: &mut Checks) {
        if let Some(before) = self.0.replace(span) {
            let detail = format!(
                "Multiple {keyword} instructions should not be used in the same stage because only the last one will be used"
            );
            checks.add(&MULTIPLE_INSTRUCTIONS_DISALLOWED, before, detail);
        }
    }
}

/// `WorkdirRelativePath`: the path of a `WORKDIR`, expanded. Only the first one of a stage and of those that it
/// begins with is to be checked.
pub fn relative_workdir(path: &str, span: Span, checks: &mut Checks) {
    if !path.starts_with('/') {
        let detail = format!("Relative workdir {} can have unexpected results if the base image changes", quote(path));
        checks.add(&WORKDIR_RELATIVE_PATH, span, detail);
    }
}

/// `UndefinedVar`: variables of an instruction that are not set. Arguments that are declared may have no value. What
/// is proposed instead is one of the variables that are set.
pub fn undefined_variables<'a>(
    unmatched: &BTreeSet<String>,
    declared: impl Fn(&str) -> bool,
    set: impl Iterator<Item = &'a str> + Clone,
    span: Span,
    checks: &mut Checks,
) {
    for name in unmatched {
        if checks.is_full() || declared(name) || NO_VARIABLE.contains(&name.as_str()) {
            continue;
        }
        let mut detail = format!("Usage of undefined variable '${name}'");
        if let Some(nearest) = nearest(name, set.clone()) {
            detail += &format!(" (did you mean ${nearest}?)");
        }
        checks.add(&UNDEFINED_VAR, span, detail);
    }
}

/// `UndefinedArgInFrom`: variables of a `FROM` that have no value, unless they are among the arguments that are
/// declared or predefined.
pub fn undefined_arguments<'a>(
    unmatched: &BTreeSet<String>,
    declared: impl Iterator<Item = &'a str> + Clone,
    span: Span,
    checks: &mut Checks,
) {
    for name in unmatched {
        if checks.is_full() || declared.clone().any(|declared| declared == name.as_str()) {
            continue;
        }
        let mut detail = format!("FROM argument '{name}' is not declared");
        if let Some(nearest) = nearest(name, declared.clone()) {
            detail += &format!(" (did you mean {nearest}?)");
        }
        checks.add(&UNDEFINED_ARG_IN_FROM, span, detail);
    }
}

/// `RedundantTargetPlatform`: a `--platform` as it was written, what came of it, and the platform that is built for.
pub fn redundant_platform(written: &str, expanded: &Expansion, target: &str, span: Span, checks: &mut Checks) {
    let only = expanded.unmatched.is_empty() && expanded.used.iter().eq(["TARGETPLATFORM"]);
    if only && expanded.text == target {
        let detail =
            format!("Setting platform to predefined {written} in FROM is redundant as this is the default behavior");
        checks.add(&REDUNDANT_TARGET_PLATFORM, span, detail);
    }
}

/// `FromPlatformFlagConstDisallowed`: what came of a `--platform`, and the name of the stage, which may say that one
/// platform is meant.
pub fn constant_platform(stage: Option<&str>, expanded: &Expansion, span: Span, checks: &mut Checks) {
    if !expanded.used.is_empty() || !expanded.unmatched.is_empty() {
        return;
    }
    let Some((system, processor)) = platform(&expanded.text) else { return };
    if stage.is_some_and(|name| name.contains(&system) || name.contains(&processor)) {
        return;
    }
    let detail = format!("FROM --platform flag should not use constant value {}", quote(&expanded.text));
    checks.add(&FROM_PLATFORM_FLAG_CONST_DISALLOWED, span, detail);
}

/// The operating system and the processor of `linux/arm64/v8`, `linux` or `arm64`.
fn platform(text: &str) -> Option<(String, String)> {
    let own = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    let known = ["linux", "windows", "darwin", "freebsd", "netbsd", "openbsd", "solaris", "android", "wasip1", "js"];
    let lower = text.to_ascii_lowercase();
    if lower
        .split('/')
        .any(|part| part.is_empty() || !part.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c)))
    {
        return None;
    }
    let processor = |name: &str| match name {
        "x86_64" | "x86-64" => "amd64".to_owned(),
        "aarch64" => "arm64".to_owned(),
        "i386" => "386".to_owned(),
        "armhf" | "armel" => "arm".to_owned(),
        other => other.to_owned(),
    };
    let parts: Vec<&str> = lower.split('/').collect();
    match parts.as_slice() {
        [system] if known.contains(system) => Some(((*system).to_owned(), own.to_owned())),
        [name] => Some(("linux".to_owned(), processor(name))),
        [system, name] | [system, name, _] => Some(((*system).to_owned(), processor(name))),
        _ => None,
    }
}

/// `InvalidDefaultArgInFrom`: the image of a `FROM` as it was written, and what the defaults of the arguments make
/// of it.
pub fn default_image(written: &str, with_defaults: &str, span: Span, checks: &mut Checks) {
    if with_defaults.parse::<oci::Reference>().is_err() {
        let detail = format!("Default value for ARG {written} results in empty or invalid base image name");
        checks.add(&INVALID_DEFAULT_ARG_IN_FROM, span, detail);
    }
}

/// `InvalidBaseImagePlatform`: the image of a `FROM`, the platform that was asked for and the one it has.
pub fn image_platform(image: &str, expected: &str, actual: &str, span: Span, checks: &mut Checks) {
    if expected != actual {
        let (expected, actual) = (quote(expected), quote(actual));
        let detail =
            format!("Base image {image} was pulled with platform {actual}, expected {expected} for current build");
        checks.add(&INVALID_BASE_IMAGE_PLATFORM, span, detail);
    }
}

/// `CopyIgnoredFile`: a source of `COPY` (or `ADD`) from the context, expanded, and the patterns of `.dockerignore`.
/// With exceptions among them there is no telling, and of all of the context only what is ignored is left out.
pub fn ignored_source(add: bool, source: &str, ignored: &Patterns, span: Span, checks: &mut Checks) {
    if ignored.has_exceptions() {
        return;
    }
    let path = crate::ignore::clean(source);
    if !matches!(path.as_str(), "." | "/") && ignored.matches(&path) {
        let what = if add { "Add" } else { "Copy" };
        let detail = format!("Attempting to {what} file {} that is excluded by .dockerignore", quote(&path));
        checks.add(&COPY_IGNORED_FILE, span, detail);
    }
}

/// `ExposeProtoCasing`: a port with its protocol, as it was written.
pub(crate) fn protocol_casing(port: &str, span: Span, checks: &mut Checks) {
    checks.add(
        &EXPOSE_PROTO_CASING,
        span,
        format!("Defined protocol '{port}' in EXPOSE instruction should be lowercase"),
    );
}

/// `ExposeInvalidFormat`: a port with what is none of the container's, as it was written.
pub(crate) fn port_format(port: &str, span: Span, checks: &mut Checks) {
    let detail = format!("EXPOSE instruction should not define an IP address or host-port mapping, found '{port}'");
    checks.add(&EXPOSE_INVALID_FORMAT, span, detail);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{Check, Selection};

    fn found(check: impl FnOnce(&mut Checks)) -> Vec<String> {
        let mut checks = Checks::new(Check { experimental: Selection::All, ..Check::default() });
        check(&mut checks);
        checks.warnings().iter().map(|warning| format!("{}: {}", warning.rule.name, warning.detail)).collect()
    }

    #[test]
    fn what_is_ignored_is_not_copied() {
        let patterns = Patterns::parse("secret*\ndir\n").unwrap();
        let said = |add, source| found(|checks| ignored_source(add, source, &patterns, Span::default(), checks));
        let line = "CopyIgnoredFile: Attempting to Copy file \"secret.txt\" that is excluded by .dockerignore";
        assert_eq!(said(false, "secret.txt"), [line]);
        let line = "CopyIgnoredFile: Attempting to Add file \"dir/x\" that is excluded by .dockerignore";
        assert_eq!(said(true, "./dir/x"), [line]);
        assert!(said(false, "a*").is_empty() && said(false, "/dir").is_empty());
        let all = Patterns::parse("*\n").unwrap();
        assert!(found(|checks| ignored_source(false, "./", &all, Span::default(), checks)).is_empty());
        let exceptions = Patterns::parse("dir\n!dir/x\n").unwrap();
        assert!(found(|checks| ignored_source(false, "dir", &exceptions, Span::default(), checks)).is_empty());
    }

    #[test]
    fn platforms_are_told_apart() {
        let said = |stage, text: &str| {
            let expanded = Expansion { text: text.to_owned(), ..Expansion::default() };
            !found(|checks| constant_platform(stage, &expanded, Span::default(), checks)).is_empty()
        };
        assert!(
            said(None, "linux/amd64")
                && said(Some("build"), "linux/arm/v7")
                && said(None, "arm64")
                && said(None, "windows")
        );
        assert!(!said(Some("build-arm64"), "linux/arm64/v8") && !said(Some("linux"), "linux/amd64"));
        assert!(!said(Some("amd64"), "x86_64") && !said(None, "linux//x") && !said(None, "a/b/c/d") && !said(None, ""));
        let line = "InvalidBaseImagePlatform: Base image a was pulled with platform \"linux/arm64\", expected \"linux/amd64\" for current build";
        assert_eq!(found(|checks| image_platform("a", "linux/amd64", "linux/arm64", Span::default(), checks)), [line]);
        assert!(found(|checks| image_platform("a", "linux/amd64", "linux/amd64", Span::default(), checks)).is_empty());
    }

    #[test]
    fn names_of_secrets() {
        let said = |name| !found(|checks| secret_name("ENV", name, Span::default(), checks)).is_empty();
        for name in ["TOKEN", "api_key", "GITHUB_TOKEN", "secret_message", "DB_Password", "APIKEY", "_AUTH_"] {
            assert!(said(name), "{name}");
        }
        for name in ["TOKENS", "KEYS", "public_key", "TOKEN_FILE", "KEY_VERSION", "AUTHOR", "monkey", ""] {
            assert!(!said(name), "{name}");
        }
    }

    #[test]
    fn only_what_is_wanted_is_kept() {
        let mut checks = Checks::new(Check::parse("skip=all;error=true").unwrap());
        checks.add(&STAGE_NAME_CASING, Span::default(), String::new());
        checks.add(&INVALID_DEFINITION_DESCRIPTION, Span::default(), String::new());
        assert_eq!((checks.warnings().len(), checks.error()), (0, None));
        let mut checks = Checks::new(
            Check::parse("error=1; experimental = InvalidDefinitionDescription ;skip=A,StageNameCasing").unwrap(),
        );
        checks.add(&STAGE_NAME_CASING, Span::default(), String::new());
        for _ in 0..2000 {
            checks.add(&INVALID_DEFINITION_DESCRIPTION, Span::default(), String::new());
            checks.add(&UNDEFINED_VAR, Span::default(), String::new());
        }
        assert!(checks.is_full() && checks.warnings().len() == 1000);
        assert_eq!(
            checks.error().unwrap(),
            "lint violation found for rules: InvalidDefinitionDescription, UndefinedVar"
        );
    }

    #[test]
    fn a_comment_above_an_instruction_is_for_that_one() {
        let mut checks = Checks::new(Check::default());
        let comments = |text: &str| vec!["words".to_owned(), text.to_owned(), "check=skip=UndefinedVar".to_owned()];
        checks.beside(&comments("check=skip=MaintainerDeprecated;experimental=all"));
        checks.add(&MAINTAINER_DEPRECATED, Span::default(), String::new());
        checks.add(&UNDEFINED_VAR, Span::default(), String::new());
        checks.add(&INVALID_DEFINITION_DESCRIPTION, Span::default(), String::new());
        checks.beside(&comments("check=what"));
        checks.add(&MAINTAINER_DEPRECATED, Span::default(), String::new());
        checks.add(&INVALID_DEFINITION_DESCRIPTION, Span::default(), String::new());
        let names: Vec<&str> = checks.warnings().iter().map(|warning| warning.rule.name).collect();
        assert_eq!(names, ["UndefinedVar", "InvalidDefinitionDescription", "MaintainerDeprecated"]);
    }

    #[test]
    fn every_rule_has_its_page() {
        for rule in ALL {
            let page = rule.url.strip_prefix("https://docs.docker.com/go/dockerfile/rule/").unwrap_or("/");
            let words: String = page.trim_end_matches('/').split('-').collect();
            assert!(page == "/" || words == rule.name.to_lowercase() || rule.name.starts_with("JSON"), "{}", rule.name);
        }
        assert_eq!(ALL.len(), 22);
    }
}
