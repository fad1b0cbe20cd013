//! Instructions and their parts. Texts still have their variables, quotes and escape characters where those mean
//! something: [`Instruction::expand`] knows where.

use oci::image::Healthcheck;

use crate::heredoc::Heredoc;
use crate::run::Run;
use crate::span::Located;

/// One instruction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Instruction {
    /// `ADD`.
    Add(Add),
    /// `ARG`.
    Arg(Vec<Argument>),
    /// `CMD`.
    Cmd(Command),
    /// `COPY`.
    Copy(Copy),
    /// `ENTRYPOINT`.
    Entrypoint(Command),
    /// `ENV`.
    Env(Vec<Pair>),
    /// `EXPOSE`: each text may become several ports, or none ([`crate::ports`]). They are sorted.
    Expose(Vec<String>),
    /// `HEALTHCHECK`.
    Healthcheck(Healthcheck),
    /// `LABEL`.
    Label(Vec<Pair>),
    /// `MAINTAINER`.
    Maintainer(String),
    /// `ONBUILD`: the trigger as it was written, with its here-documents.
    Onbuild(String),
    /// `RUN`.
    Run(Run),
    /// `SHELL`.
    Shell(Vec<String>),
    /// `STOPSIGNAL`.
    Stopsignal(String),
    /// `USER`.
    User(String),
    /// `VOLUME`.
    Volume(Vec<String>),
    /// `WORKDIR`.
    Workdir(String),
}

/// A stage: `FROM` and all up to the next one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// What it begins with.
    pub from: Located<From>,
    /// What is done in it.
    pub instructions: Vec<Located<Instruction>>,
}

/// `FROM`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct From {
    /// An image, a stage above, a named context or `scratch`, with its variables.
    pub image: String,
    /// `--platform`, with its variables.
    pub platform: Option<String>,
    /// The name of the stage, in lower case.
    pub name: Option<String>,
}

/// A program in one of its two forms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// A text for the image's shell. It may be empty.
    Shell(String),
    /// The program and its arguments. There may be none.
    Exec(Vec<String>),
}

/// A name and its value, of `ENV` and `LABEL`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// The name.
    pub name: String,
    /// The value.
    pub value: String,
    /// In the old form, with white space between both.
    pub legacy: bool,
}

/// A name of `ARG`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Argument {
    /// The name.
    pub name: String,
    /// The value that it has if none is given.
    pub default: Option<String>,
}

/// What `ADD` and `COPY` have in common.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Transfer {
    /// Paths, with wildcards; for `ADD` also URLs and repositories.
    pub sources: Vec<String>,
    /// Files whose content stands in the text.
    pub files: Vec<InlineFile>,
    /// Where to.
    pub destination: String,
    /// `--chown`: a user and a group.
    pub chown: Option<String>,
    /// `--chmod`: permissions in octal or in symbols.
    pub chmod: Option<String>,
    /// `--link`: the result does not depend on what is at the destination already.
    pub link: bool,
    /// `--exclude`: patterns ([`crate::ignore`]) of what is left out, without variables.
    pub exclude: Vec<String>,
}

/// A file whose content stands in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InlineFile {
    /// The file's name: that of the here-document.
    pub name: String,
    /// The content, without the tabs that `<<-` takes away.
    pub content: String,
    /// Variables in the content are replaced.
    pub expand: bool,
}

/// `COPY`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Copy {
    /// What and where to.
    pub transfer: Transfer,
    /// `--from`: a stage, a named context or an image, without variables.
    pub from: Option<String>,
    /// `--parents`: the directories of the sources are kept.
    pub parents: bool,
}

/// `ADD`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Add {
    /// What and where to.
    pub transfer: Transfer,
    /// `--checksum`: the digest of a URL's content, or the commit of a repository.
    pub checksum: Option<String>,
    /// `--keep-git-dir`: keep `.git` of a repository. Without the flag, `BUILDKIT_CONTEXT_KEEP_GIT_DIR` decides.
    pub keep_git_dir: Option<bool>,
    /// `--unpack`: whether archives are unpacked. Without the flag those of paths are and those of URLs are not.
    pub unpack: Option<bool>,
}

impl Instruction {
    /// The keyword, in upper case.
    #[must_use]
    pub fn keyword(&self) -> &'static str {
        match self {
            Self::Add(_) => "ADD",
            Self::Arg(_) => "ARG",
            Self::Cmd(_) => "CMD",
            Self::Copy(_) => "COPY",
            Self::Entrypoint(_) => "ENTRYPOINT",
            Self::Env(_) => "ENV",
            Self::Expose(_) => "EXPOSE",
            Self::Healthcheck(_) => "HEALTHCHECK",
            Self::Label(_) => "LABEL",
            Self::Maintainer(_) => "MAINTAINER",
            Self::Onbuild(_) => "ONBUILD",
            Self::Run(_) => "RUN",
            Self::Shell(_) => "SHELL",
            Self::Stopsignal(_) => "STOPSIGNAL",
            Self::User(_) => "USER",
            Self::Volume(_) => "VOLUME",
            Self::Workdir(_) => "WORKDIR",
        }
    }
}

/// `content` of a here-document as a file of `ADD` or `COPY`.
pub(crate) fn inline(heredoc: &Heredoc, of: &Heredoc) -> InlineFile {
    let content = Heredoc { chomp: of.chomp, ..heredoc.clone() }.text();
    InlineFile { name: of.name.clone(), content, expand: of.expand }
}

/// What a text is: by which rules it is expanded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part<'a> {
    /// A word, by [`crate::Lexer::new`]: variables, quotes and escape characters.
    Word(&'a str),
    /// The content of a here-document, by [`crate::Lexer::content`]: variables only.
    Content(&'a str),
}

/// What expands the texts of an instruction, with an error of its own.
pub type Expander<'a, E> = &'a mut dyn FnMut(Part<'_>) -> Result<String, E>;

impl Instruction {
    /// The instruction with its texts expanded: of each instruction, those that may have variables. What is left to
    /// do by the caller: the values of `ARG`, which depend on each other; the ports of `EXPOSE`, of which one text may
    /// make several; the mounts of `RUN` ([`crate::Mount::parse`]).
    ///
    /// # Errors
    /// The first error of `expand`.
    pub fn expand<E>(&self, expand: Expander<'_, E>) -> Result<Self, E> {
        let mut word = |text: &String| expand(Part::Word(text));
        Ok(match self {
            Self::Env(pairs) => Self::Env(expand_pairs(pairs, &mut word)?),
            Self::Label(pairs) => Self::Label(expand_pairs(pairs, &mut word)?),
            Self::Stopsignal(text) => Self::Stopsignal(word(text)?),
            Self::User(text) => Self::User(word(text)?),
            Self::Workdir(text) => Self::Workdir(word(text)?),
            Self::Volume(list) => Self::Volume(list.iter().map(word).collect::<Result<_, _>>()?),
            Self::Copy(copy) => Self::Copy(Copy { transfer: copy.transfer.expand(expand)?, ..copy.clone() }),
            Self::Add(add) => {
                let checksum = add.checksum.as_ref().map(&mut word).transpose()?;
                Self::Add(Add { checksum, transfer: add.transfer.expand(expand)?, ..add.clone() })
            }
            other => other.clone(),
        })
    }
}

fn expand_pairs<E>(pairs: &[Pair], word: &mut dyn FnMut(&String) -> Result<String, E>) -> Result<Vec<Pair>, E> {
    let pair = |pair: &Pair| Ok(Pair { name: word(&pair.name)?, value: word(&pair.value)?, legacy: pair.legacy });
    pairs.iter().map(pair).collect()
}

impl Transfer {
    fn expand<E>(&self, expand: Expander<'_, E>) -> Result<Self, E> {
        let mut word = |text: &String| expand(Part::Word(text));
        let chown = self.chown.as_ref().map(&mut word).transpose()?;
        let chmod = self.chmod.as_ref().map(&mut word).transpose()?;
        let sources = self.sources.iter().map(&mut word).collect::<Result<_, _>>()?;
        let destination = word(&self.destination)?;
        let file = |file: &InlineFile| {
            let content = if file.expand { expand(Part::Content(&file.content))? } else { file.content.clone() };
            Ok(InlineFile { content, ..file.clone() })
        };
        let files = self.files.iter().map(file).collect::<Result<_, _>>()?;
        Ok(Self { sources, files, destination, chown, chmod, link: self.link, exclude: self.exclude.clone() })
    }
}
