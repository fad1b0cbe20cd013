//! One instruction after the other: what each does to a stage's files and to what its image says of itself.

use dockerfile::check::rules;
use dockerfile::{
    Add, Argument, Copy, InlineFile, Instruction, Lexer, Located, Mount, Network, Part, Run, Script, Security, Span,
    Transfer,
};
use oci::image::Execution;

use super::scope::Global;
use super::stage::{Counter, Done, State};
use super::{Evaluator, said, text};
use crate::graph::{Action, CopyAction, Files, Http, MountWhat, Op, Run as RunOp, RunMount, Sharing, Vertex, VertexId};
use crate::request::{NoCache, StepNetwork};
use crate::{Error, Result, Why, limits};

/// An instruction that makes a layer.
struct Step<'a> {
    /// Of its stage.
    number: usize,
    located: &'a Located<Instruction>,
    /// What people read of it.
    name: String,
}

impl Evaluator<'_> {
    /// Evaluates one instruction of a stage.
    pub(crate) async fn instruction(
        &mut self,
        number: usize,
        located: &Located<Instruction>,
        state: &mut State,
        counter: &mut Counter,
        global: &Global,
    ) -> Result<()> {
        if self.graph.len() > limits::VERTEXES {
            return Err(Error::invalid(format!("the Dockerfile makes more than {} steps", limits::VERTEXES)));
        }
        let at = self.place_of(located);
        self.checks.beside(&located.comments);
        let done = Box::pin(self.evaluate_one(number, located, state, counter, global)).await;
        done.map_err(|error| error.located(at))
    }

    async fn evaluate_one(
        &mut self,
        number: usize,
        located: &Located<Instruction>,
        state: &mut State,
        counter: &mut Counter,
        global: &Global,
    ) -> Result<()> {
        let instruction = self.expanded(located, state)?;
        let mut step = |evaluator: &Self, state: &State| {
            let name = counter.next(&evaluator.shown(located, state));
            Step { number, located, name }
        };
        match instruction {
            Instruction::Arg(arguments) => self.arguments(number, &arguments, located, state, global),
            Instruction::Run(run) => self.run(step(self, state), &run, state).await,
            Instruction::Copy(copy) => self.copy(step(self, state), &copy, state).await,
            Instruction::Add(add) => self.add(step(self, state), &add, state),
            Instruction::Workdir(path) => self.workdir(step(self, state), &path, state),
            Instruction::Maintainer(author) => {
                state.config.author = Some(author.clone());
                self.said(state, format!("MAINTAINER {author}"))
            }
            other => self.metadata(other, located, state),
        }
    }

    /// The instruction with its variables replaced. Variables that nobody has set are questionable.
    fn expanded(&mut self, located: &Located<Instruction>, state: &State) -> Result<Instruction> {
        let (lexer, env) = (self.lexer, state.env.clone());
        let mut unmatched = std::collections::BTreeSet::new();
        let mut expand = |part: Part<'_>| -> std::result::Result<String, String> {
            let (lexer, text) = match part {
                Part::Word(text) => (lexer, text),
                Part::Content(text) => (Lexer::content(), text),
            };
            let expansion = lexer.expand(text, &env)?;
            unmatched.extend(expansion.unmatched);
            Ok(expansion.text)
        };
        let expanded = located.value.expand(&mut expand).map_err(Error::invalid)?;
        self.undefined(&unmatched, located.span, state);
        Ok(expanded)
    }

    fn undefined(&mut self, unmatched: &std::collections::BTreeSet<String>, span: Span, state: &State) {
        if state.base_unknown {
            return;
        }
        let declared = |name: &str| state.args.iter().any(|(known, _)| known == name);
        let set: Vec<&str> = state.env.names().collect();
        rules::undefined_variables(unmatched, declared, set.into_iter(), span, &mut self.checks);
    }

    /// What people read of it.
    fn shown(&self, located: &Located<Instruction>, state: &State) -> String {
        let (keyword, rest) = located.source.split_once(char::is_whitespace).unwrap_or((located.source.as_str(), ""));
        let (lexer, summary) = match &located.value {
            // Its variables are the shell's: only those that are set are shown replaced, and quotes stay.
            Instruction::Run(run) => (Lexer::display(self.lexer.escape), run.summary()),
            _ => (self.lexer, None),
        };
        let rest = match summary {
            Some(summary) => format!("{} ({summary})", rest.trim()),
            None => rest.trim().to_owned(),
        };
        let rest = lexer.expand(&rest, &state.env).map_or(rest, |found| found.text);
        format!("{} {}", keyword.to_ascii_uppercase(), rest.trim())
    }

    /// Whether the cache is asked for this stage.
    fn anew(&self, number: usize) -> bool {
        match &self.request.no_cache {
            NoCache::Never => false,
            NoCache::All => true,
            NoCache::Stages(names) => {
                let name = self.dockerfile.stages[number].from.value.name.as_deref();
                names.iter().any(|wanted| {
                    name.is_some_and(|name| name.eq_ignore_ascii_case(wanted)) || *wanted == number.to_string()
                })
            }
        }
    }

    fn arguments(
        &mut self,
        number: usize,
        arguments: &[Argument],
        located: &Located<Instruction>,
        state: &mut State,
        global: &Global,
    ) -> Result<()> {
        let span = located.span;
        let mut said = Vec::new();
        for argument in arguments {
            rules::secret_name("ARG", &argument.name, span, &mut self.checks);
            let given = self.request.args.get(&argument.name);
            let value = match (given, &argument.default) {
                (Some(given), _) => Some(given.clone()),
                (None, Some(default)) => {
                    let expansion = self.lexer.expand(default, &state.env).map_err(Error::invalid)?;
                    self.undefined(&expansion.unmatched, span, state);
                    Some(expansion.text)
                }
                (None, None) => global.inherited(&argument.name),
            };
            let inherits = given.is_none() && argument.default.is_none() && value.is_some();
            self.takes(number).argument(&argument.name, located, inherits);
            said.push(match &value {
                Some(value) => format!("{}={value}", argument.name),
                None => argument.name.clone(),
            });
            if let Some(value) = &value
                && !dockerfile::predefined::NO_VARIABLE.contains(&argument.name.as_str())
            {
                state.env.set(&argument.name, value);
                if state.env.bytes() > limits::CONFIG_BYTES {
                    return Err(Error::invalid(format!(
                        "arguments and variables take more than {} bytes",
                        limits::CONFIG_BYTES
                    )));
                }
            }
            state.args.push((argument.name.clone(), value));
        }
        self.said(state, format!("ARG {}", said.join(" ")))
    }

    /// Instructions that change nothing but what the image says of itself.
    fn metadata(&mut self, instruction: Instruction, located: &Located<Instruction>, state: &mut State) -> Result<()> {
        self.check_metadata(&instruction, located, state);
        let instruction = match instruction {
            Instruction::Expose(texts) => self.ports(&texts, located.span, state)?,
            other => other,
        };
        if let Instruction::Env(pairs) = &instruction {
            pairs.iter().for_each(|pair| state.env.set(&pair.name, &pair.value));
        }
        let execution = state.config.config.get_or_insert_default();
        dockerfile::apply(instruction.clone(), execution, &mut state.has_cmd).map_err(Error::invalid)?;
        check_size(execution)?;
        // A trigger is not told of, as in BuildKit.
        if !matches!(instruction, Instruction::Onbuild(_)) {
            let said = said::metadata(&instruction, execution);
            self.said(state, said)?;
        }
        Ok(())
    }

    fn ports(&mut self, texts: &[String], span: Span, state: &State) -> Result<Instruction> {
        let mut ports = Vec::new();
        for text in texts {
            let expansion = self.lexer.expand(text, &state.env).map_err(Error::invalid)?;
            for word in expansion.words {
                ports.extend(dockerfile::ports(&word, span, &mut self.checks).map_err(Error::invalid)?);
            }
            if ports.len() > usize::from(u16::MAX) * 3 {
                return Err(Error::invalid("EXPOSE names more ports than there are"));
            }
        }
        Ok(Instruction::Expose(ports))
    }

    fn check_metadata(&mut self, instruction: &Instruction, located: &Located<Instruction>, state: &mut State) {
        let (span, keyword, checks) = (located.span, located.keyword.as_str(), &mut self.checks);
        let has_shell = state.config.config.as_ref().is_some_and(|execution| execution.shell.is_some());
        match instruction {
            Instruction::Env(pairs) => {
                rules::legacy_format(keyword, pairs, span, checks);
                pairs.iter().for_each(|pair| rules::secret_name("ENV", &pair.name, span, checks));
            }
            Instruction::Label(pairs) => rules::legacy_format(keyword, pairs, span, checks),
            Instruction::Cmd(command) => {
                rules::shell_form(keyword, command, has_shell, span, checks);
                state.once.cmd.here(keyword, span, checks);
            }
            Instruction::Entrypoint(command) => {
                rules::shell_form(keyword, command, has_shell, span, checks);
                state.once.entrypoint.here(keyword, span, checks);
            }
            Instruction::Healthcheck(_) => state.once.healthcheck.here(keyword, span, checks),
            _ => {}
        }
    }

    fn workdir(&mut self, step: Step<'_>, path: &str, state: &mut State) -> Result<()> {
        if !std::mem::replace(&mut state.workdir_seen, true) {
            rules::relative_workdir(path, step.located.span, &mut self.checks);
        }
        let execution = state.config.config.get_or_insert_default();
        let instruction = Instruction::Workdir(path.to_owned());
        dockerfile::apply(instruction, execution, &mut state.has_cmd).map_err(Error::invalid)?;
        let path = execution.working_dir.clone();
        let owner = Some(execution.user.clone()).filter(|user| !user.is_empty());
        let said = format!("WORKDIR {path}");
        let actions = vec![Action::MakeDir { path, mode: 0o755, owner }];
        let op = Op::Files(Files { base: state.vertex, link: false, actions, clamp: self.epoch });
        self.layer(step, op, state, said)
    }

    /// A vertex that makes the stage's next layer.
    fn layer(&mut self, step: Step<'_>, op: Op, state: &mut State, said: String) -> Result<()> {
        let env = match &op {
            Op::Run(run) => run.env.iter().map(String::len).sum(),
            _ => 0,
        };
        self.hold(step.name.len() + env)?;
        let (anew, at) = (self.anew(step.number), self.place_of(step.located));
        let vertex = Vertex { name: step.name, op, anew, at };
        let vertex = self.graph.add(vertex);
        state.vertex = vertex;
        self.record(state, Done { history: said::entry(said, false), vertex: Some(vertex) })
    }

    /// An entry of the history without a layer.
    fn said(&mut self, state: &mut State, text: String) -> Result<()> {
        self.record(state, Done { history: said::entry(text, true), vertex: None })
    }

    /// The next entry of the history.
    fn record(&mut self, state: &mut State, done: Done) -> Result<()> {
        self.hold(done.history.created_by.as_ref().map_or(0, String::len))?;
        self.history.push((done, state.history));
        state.history = Some(self.history.len() - 1);
        Ok(())
    }

    async fn run(&mut self, step: Step<'_>, run: &Run, state: &mut State) -> Result<()> {
        if let Some(device) = run.devices.first() {
            return Err(Why::NotImplemented(format!("RUN --device={}", device.name)).into());
        }
        let execution = state.config.config.clone().unwrap_or_default();
        let mut mounts = Vec::new();
        for text in &run.mounts {
            self.mount(step.number, text, step.located.span, state, &execution, &mut mounts).await?;
        }
        let args = match run.script() {
            Script::Exec(args) => args,
            Script::Shell(text) => shell(&execution).into_iter().chain([text]).collect(),
            Script::File { name, content } => {
                let program = format!("{PIPES}/{name}");
                let action = Action::WriteFile {
                    path: format!("/{name}"),
                    data: content.into_bytes(),
                    mode: 0o755,
                    owner: None,
                };
                let base = self.scratch(state.platform.clone()).vertex;
                let from = self.inline_document(base, vec![action]);
                let what = MountWhat::Bind { from, source: "/".into(), writable: false };
                mounts.push(RunMount { target: PIPES.into(), what });
                shell(&execution).into_iter().chain([program]).collect()
            }
        };
        if args.is_empty() {
            return Err(Error::invalid("RUN has no command"));
        }
        let network = match run.network {
            Network::Default => self.request.network.clone(),
            Network::None => StepNetwork::None,
            Network::Host => StepNetwork::Host,
        };
        if network == StepNetwork::Host && !self.request.allow_host_network {
            return Err(Why::Forbidden(
                "granting entitlement network.host is not allowed: build with --allow network.host, or --network host"
                    .into(),
            )
            .into());
        }
        let insecure = run.security == Security::Insecure;
        if insecure && !self.request.allow_insecure {
            return Err(Why::Forbidden(
                "granting entitlement security.insecure is not allowed: build with --allow security.insecure".into(),
            )
            .into());
        }
        let said = format!("RUN {} # buildkit", said::with_arguments(&state.args, &state.env, &args));
        let op = Op::Run(Box::new(RunOp {
            base: state.vertex,
            args,
            env: self.step_env(state),
            cwd: if execution.working_dir.is_empty() { "/".into() } else { execution.working_dir.clone() },
            user: execution.user.clone(),
            network,
            insecure,
            hosts: self.request.hosts.clone(),
            hostname: if self.request.hostname.is_empty() { HOSTNAME.into() } else { self.request.hostname.clone() },
            shm_size: self.request.shm_size,
            ulimits: self.request.ulimits.clone(),
            cgroup_parent: self.request.cgroup_parent.clone(),
            limits: self.request.limits.clone(),
            mounts,
            proxy: self.proxy(),
            clamp: self.epoch,
        }));
        self.layer(step, op, state, said)
    }

    /// What a step's program sees, without what the proxy's arguments say.
    fn step_env(&self, state: &State) -> Vec<String> {
        let mut env = state.env.clone();
        if env.get("PATH").is_none() {
            env.set("PATH", super::stage::PATH.trim_start_matches("PATH="));
        }
        env.entries()
    }

    /// The proxy's arguments: in the environment, and in no key.
    pub(super) fn proxy(&self) -> Vec<String> {
        let given = &self.request.args;
        let known = dockerfile::predefined::PROXY.iter();
        known.filter_map(|name| Some(format!("{name}={}", given.get(*name)?))).collect()
    }

    async fn mount(
        &mut self,
        number: usize,
        text: &str,
        span: Span,
        state: &State,
        execution: &Execution,
        mounts: &mut Vec<RunMount>,
    ) -> Result<()> {
        let (lexer, env) = (self.lexer, state.env.clone());
        let mut unmatched = std::collections::BTreeSet::new();
        let parsed = Mount::parse(text, &mut |text| {
            let expansion = lexer.expand(text, &env)?;
            unmatched.extend(expansion.unmatched);
            Ok(expansion.text)
        });
        self.undefined(&unmatched, span, state);
        let absolute = |target: &str| text::join(&execution.working_dir, target);
        let parsed = parsed.map_err(|wrong| Error::invalid(wrong.to_string()))?;
        if let Mount::Bind { target, .. } | Mount::Cache { target, .. } | Mount::Tmpfs { target, .. } = &parsed
            && absolute(target) == "/"
        {
            return Err(Error::invalid(format!("invalid mount target {target:?}: nothing is mounted over the root")));
        }
        match parsed {
            Mount::Bind { from, source, target, writable } => {
                let from = match from {
                    Some(from) => self.from(&from, number, &state.platform).await?,
                    None => self.context(&[text::clean(&source)])?,
                };
                let what = MountWhat::Bind { from, source: text::clean(&source), writable };
                mounts.push(RunMount { target: absolute(&target), what });
            }
            Mount::Cache { id, target, sharing, from, source, mode, uid, gid, readonly } => {
                let from = match from {
                    Some(from) => Some((self.from(&from, number, &state.platform).await?, text::clean(&source))),
                    None => None,
                };
                let target = absolute(&target);
                let own = match self.request.args.get(dockerfile::predefined::builtin::CACHE_MOUNT_NAMESPACE) {
                    Some(namespace) => format!("{namespace}/{id}"),
                    None => id,
                };
                let sharing = match sharing {
                    dockerfile::Sharing::Shared => Sharing::Shared,
                    dockerfile::Sharing::Private => Sharing::Private,
                    dockerfile::Sharing::Locked => Sharing::Locked,
                };
                let what = MountWhat::Cache {
                    id: own,
                    sharing,
                    from,
                    readonly,
                    mode: mode.unwrap_or(0o755),
                    uid: uid.unwrap_or(0),
                    gid: gid.unwrap_or(0),
                };
                mounts.push(RunMount { target, what });
            }
            Mount::Tmpfs { target, size, readonly } => {
                let what = MountWhat::Tmpfs { size: size.unwrap_or(0), readonly };
                mounts.push(RunMount { target: absolute(&target), what });
            }
            Mount::Secret { id, target, env, required, mode, uid, gid } => {
                self.takes(number).secrets.note(&id, required, span);
                if let Some(variable) = &env {
                    let what = MountWhat::SecretEnv { id: id.clone(), required, variable: variable.clone() };
                    mounts.push(RunMount { target: String::new(), what });
                }
                let target = match (target, env) {
                    (Some(target), _) => target,
                    (None, None) => format!("/run/secrets/{}", text::base(&id)),
                    (None, Some(_)) => return Ok(()),
                };
                let what = MountWhat::Secret {
                    id,
                    required,
                    mode: mode.unwrap_or(0o400),
                    uid: uid.unwrap_or(0),
                    gid: gid.unwrap_or(0),
                };
                mounts.push(RunMount { target: absolute(&target), what });
            }
            Mount::Ssh { id, target, required, mode, uid, gid } => {
                self.takes(number).ssh.note(&id, required, span);
                let count = mounts.iter().filter(|mount| matches!(mount.what, MountWhat::Ssh { .. })).count();
                let target = target.unwrap_or_else(|| format!("/run/buildkit/ssh_agent.{count}"));
                let what = MountWhat::Ssh {
                    id,
                    required,
                    mode: mode.unwrap_or(0o600),
                    uid: uid.unwrap_or(0),
                    gid: gid.unwrap_or(0),
                };
                mounts.push(RunMount { target: absolute(&target), what });
            }
        }
        Ok(())
    }

    async fn copy(&mut self, step: Step<'_>, copy: &Copy, state: &mut State) -> Result<()> {
        let transfer = &copy.transfer;
        let from = match &copy.from {
            Some(from) => Some(self.from(from, step.number, &state.platform).await?),
            None if transfer.sources.is_empty() => None,
            None => {
                let paths: Vec<String> = transfer.sources.iter().map(|source| text::clean(source)).collect();
                for source in &transfer.sources {
                    rules::ignored_source(false, source, &self.ignored, step.located.span, &mut self.checks);
                }
                Some(self.context(&paths)?)
            }
        };
        let target = target(state, transfer)?;
        let mut actions = Vec::new();
        if let Some(from) = from {
            for source in &transfer.sources {
                actions.push(Action::Copy(Box::new(CopyAction {
                    from,
                    source: if copy.parents { text::pivot(source) } else { text::clean(source) },
                    target: target.clone(),
                    owner: transfer.chown.clone(),
                    mode: transfer.chmod.clone(),
                    exclude: transfer.exclude.clone(),
                    parents: copy.parents,
                    unpack: false,
                })));
            }
        }
        actions.extend(self.inline(transfer, &target, state));
        let said = said::transferred("COPY", transfer);
        let op = Op::Files(Files { base: state.vertex, link: transfer.link, actions, clamp: self.epoch });
        self.layer(step, op, state, said)
    }

    fn add(&mut self, step: Step<'_>, add: &Add, state: &mut State) -> Result<()> {
        let transfer = &add.transfer;
        let target = target(state, transfer)?;
        let mut actions = Vec::new();
        for source in &transfer.sources {
            let copy = |from, source: String, unpack| {
                Action::Copy(Box::new(CopyAction {
                    from,
                    source,
                    target: target.clone(),
                    owner: transfer.chown.clone(),
                    mode: transfer.chmod.clone(),
                    exclude: transfer.exclude.clone(),
                    parents: false,
                    unpack,
                }))
            };
            if crate::source::is_git(source) {
                let mut git = crate::source::parse_git(source)?;
                if add.checksum.is_some() {
                    git.checksum.clone_from(&add.checksum);
                }
                git.keep_git = add.keep_git_dir.unwrap_or_else(|| self.keeps_git());
                let from = self.source(format!("[internal] load git source {source}"), Op::Git(git));
                actions.push(copy(from, "/".into(), false));
            } else if source.starts_with("http://") || source.starts_with("https://") {
                let (from, file) = self.download(source, add.checksum.as_deref())?;
                actions.push(copy(from, format!("/{file}"), add.unpack.unwrap_or(false)));
            } else if add.checksum.is_some() {
                return Err(Error::invalid("checksum can't be specified for non-HTTP(S) sources"));
            } else {
                rules::ignored_source(true, source, &self.ignored, step.located.span, &mut self.checks);
                let path = text::clean(source);
                let from = self.context(std::slice::from_ref(&path))?;
                actions.push(copy(from, path, add.unpack.unwrap_or(true)));
            }
        }
        actions.extend(self.inline(transfer, &target, state));
        let said = said::transferred("ADD", transfer);
        let op = Op::Files(Files { base: state.vertex, link: transfer.link, actions, clamp: self.epoch });
        self.layer(step, op, state, said)
    }

    /// Files whose content stands in the Dockerfile: written where nothing else is, and copied like others.
    fn inline(&mut self, transfer: &Transfer, target: &str, state: &State) -> Vec<Action> {
        if transfer.files.is_empty() {
            return Vec::new();
        }
        let write = |file: &InlineFile| Action::WriteFile {
            path: format!("/{}", file.name),
            data: file.content.clone().into_bytes(),
            mode: 0o644,
            owner: None,
        };
        let base = self.scratch(state.platform.clone()).vertex;
        let from = self.inline_document(base, transfer.files.iter().map(write).collect());
        let copy = |file: &InlineFile| {
            Action::Copy(Box::new(CopyAction {
                from,
                source: format!("/{}", file.name),
                target: target.to_owned(),
                owner: transfer.chown.clone(),
                mode: transfer.chmod.clone(),
                exclude: Vec::new(),
                parents: false,
                unpack: false,
            }))
        };
        transfer.files.iter().map(copy).collect()
    }

    fn inline_document(&mut self, base: VertexId, actions: Vec<Action>) -> VertexId {
        let op = Op::Files(Files { base, link: false, actions, clamp: Some(0) });
        self.graph.add(Vertex { name: String::new(), op, anew: false, at: None })
    }

    fn keeps_git(&self) -> bool {
        let given = self.request.args.get(dockerfile::predefined::builtin::KEEP_GIT_DIR);
        given.is_some_and(|text| matches!(text.as_str(), "1" | "true" | "TRUE" | "True" | "t" | "T"))
    }

    fn source(&mut self, name: String, op: Op) -> VertexId {
        self.graph.add(Vertex { name, op, anew: false, at: None })
    }

    fn download(&mut self, url: &str, checksum: Option<&str>) -> Result<(VertexId, String)> {
        let http = web_file(url, checksum)?;
        let filename = http.filename.clone();
        Ok((self.source(url.to_owned(), Op::Http(http)), filename))
    }
}

/// A file of a web server under the name that its address gives it.
pub(super) fn web_file(url: &str, checksum: Option<&str>) -> Result<Http> {
    let checksum = checksum.map(str::parse).transpose();
    let checksum = checksum.map_err(|error: oci::ParseDigestError| Error::invalid(error.to_string()))?;
    Ok(Http { url: url.to_owned(), checksum, filename: crate::source::filename_of(url)?, mode: 0o600 })
}

/// Variables that hold each other's values double with every line.
fn check_size(execution: &Execution) -> Result<()> {
    let labels: usize = execution.labels.iter().map(|(name, value)| name.len() + value.len()).sum();
    let bytes = labels + execution.env.iter().map(String::len).sum::<usize>();
    if bytes > limits::CONFIG_BYTES {
        return Err(Error::invalid(format!(
            "variables and labels of the image take more than {} bytes",
            limits::CONFIG_BYTES
        )));
    }
    Ok(())
}

/// What a program given as a text is run by.
fn shell(execution: &Execution) -> Vec<String> {
    execution.shell.clone().unwrap_or_else(|| vec!["/bin/sh".into(), "-c".into()])
}

/// Where a script with an interpreter of its own is mounted: BuildKit's place.
const PIPES: &str = "/dev/pipes";

/// The host name of steps: BuildKit's.
pub(super) const HOSTNAME: &str = "buildkitsandbox";

/// Where to copy to: absolute, with a slash at its end where it must be a directory.
fn target(state: &State, transfer: &Transfer) -> Result<String> {
    let below = state.config.config.as_ref().map_or("", |execution| execution.working_dir.as_str());
    let mut path = text::join(below, &transfer.destination);
    let folder = transfer.destination.ends_with(['/']) || matches!(transfer.destination.as_str(), "." | "");
    if (folder || transfer.destination.ends_with("/.")) && !path.ends_with('/') {
        path.push('/');
    }
    Ok(path)
}
