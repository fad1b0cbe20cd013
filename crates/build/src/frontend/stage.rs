//! A stage: what it begins with, and what it has come to. Stages are evaluated when they are asked for, so that those
//! which nobody needs cost nothing.

use std::pin::Pin;

use dockerfile::check::rules;
use dockerfile::{Located, Stage};
use oci::Digest;
use oci::image::{Config, History, Platform};

use super::Evaluator;
use super::scope::{Env, Global, parse_platform};
use crate::graph::{Op, Vertex, VertexId};
use crate::{Error, Result, Why, limits};

/// What a stage has come to.
#[derive(Debug, Clone)]
pub(crate) struct State {
    /// Its files.
    pub(crate) vertex: VertexId,
    /// What its image says of itself; its layers and history are filled in when it is built.
    pub(crate) config: Config,
    /// What was done last since the base image, among what the evaluator has recorded.
    pub(crate) history: Option<usize>,
    /// The manifest of the base image.
    pub(crate) base: Option<Digest>,
    /// What programs see: the image's variables and the arguments.
    pub(crate) env: Env,
    /// Arguments that were declared, in order, with their values.
    pub(crate) args: Vec<(String, Option<String>)>,
    pub(crate) platform: Platform,
    /// `CMD` was in this stage.
    pub(crate) has_cmd: bool,
    /// A `WORKDIR` was in this stage or in one that it begins with.
    pub(crate) workdir_seen: bool,
    /// Instructions of which the last one counts.
    pub(crate) once: Once,
    /// What the base image says is not known: nothing can be said of variables.
    pub(crate) base_unknown: bool,
}

impl State {
    /// Bytes that it holds, near enough.
    fn bytes(&self) -> usize {
        let config = &self.config;
        let said = config.config.iter().flat_map(|execution| {
            let labels = execution.labels.iter().map(|(name, value)| name.len() + value.len());
            labels.chain(execution.env.iter().map(String::len))
        });
        let base = config.history.iter().map(|entry| 128 + entry.created_by.as_ref().map_or(0, String::len));
        let args = self.args.iter().map(|(name, value)| name.len() + value.as_ref().map_or(0, String::len));
        1024 + self.env.bytes() + said.sum::<usize>() + base.sum::<usize>() + args.sum::<usize>()
    }
}

/// Where the instructions of a stage were seen of which the last one counts.
#[derive(Debug, Clone, Default)]
pub(crate) struct Once {
    pub(crate) cmd: rules::Once,
    pub(crate) entrypoint: rules::Once,
    pub(crate) healthcheck: rules::Once,
}

/// One entry of the history to be.
#[derive(Debug, Clone)]
pub(crate) struct Done {
    pub(crate) history: History,
    /// What made its layer.
    pub(crate) vertex: Option<VertexId>,
}

/// Where a stage is in its numbering: `[name 2/5]`.
#[derive(Debug, Clone)]
pub(crate) struct Counter {
    prefix: String,
    index: usize,
    total: usize,
}

impl Counter {
    /// The name of the next vertex.
    pub(crate) fn next(&mut self, text: &str) -> String {
        self.index += 1;
        let width = self.total.to_string().len();
        format!("[{}{:>width$}/{}] {text}", self.prefix, self.index, self.total)
    }
}

impl Evaluator<'_> {
    /// The stage of this name or number.
    pub(crate) fn stage_named(&self, name: &str) -> Option<usize> {
        let stages = &self.dockerfile.stages;
        let named = |stage: &Stage| stage.from.value.name.as_ref().is_some_and(|own| own.eq_ignore_ascii_case(name));
        stages.iter().rposition(named).or_else(|| name.parse::<usize>().ok().filter(|number| *number < stages.len()))
    }

    /// What a stage comes to on a platform.
    ///
    /// The stages that it needs are evaluated before it, one after the other: as many as there are, the stack does not
    /// grow with them. What only a trigger of a base image names is evaluated when it is met.
    pub(crate) fn stage<'a>(
        &'a mut self,
        number: usize,
        platform: &'a Platform,
    ) -> Pin<Box<dyn Future<Output = Result<State>> + Send + 'a>> {
        Box::pin(async move {
            if let Some(known) = self.states.get(&(number, platform.to_string())) {
                return Ok(known.clone());
            }
            for needed in self.order(number)? {
                let place = (needed, platform.to_string());
                if self.states.contains_key(&place) {
                    continue;
                }
                let stage = &self.dockerfile.stages[needed];
                if self.open.contains(&place) || self.open.len() > limits::DEPTH {
                    return Err(circular(stage, needed).located(self.place_of(&stage.from)));
                }
                self.open.push(place.clone());
                let state = Box::pin(self.evaluate(needed, platform)).await?;
                self.open.pop();
                self.states.insert(place, state);
            }
            let state = self.states.get(&(number, platform.to_string())).cloned();
            state.ok_or_else(|| Error::invalid(format!("stage {number} was not evaluated")))
        })
    }

    /// A stage and those that it names, what is needed first.
    fn order(&self, number: usize) -> Result<Vec<usize>> {
        let mut order = Vec::new();
        // 1: being looked at; 2: in the order.
        let mut seen = vec![0_u8; self.dockerfile.stages.len()];
        let mut path = vec![(number, self.named_by(number))];
        seen[number] = 1;
        while let Some((number, needs)) = path.last_mut() {
            let Some(next) = needs.pop() else {
                seen[*number] = 2;
                order.push(*number);
                path.pop();
                continue;
            };
            match seen[next] {
                0 => {
                    seen[next] = 1;
                    path.push((next, self.named_by(next)));
                }
                1 => {
                    let stage = &self.dockerfile.stages[next];
                    return Err(circular(stage, next).located(self.place_of(&stage.from)));
                }
                _ => {}
            }
        }
        Ok(order)
    }

    /// The stages that a stage names.
    fn named_by(&self, number: usize) -> Vec<usize> {
        use dockerfile::{Instruction, Mount};
        let stage = &self.dockerfile.stages[number];
        let global = self.global_args.as_ref();
        let image = global.and_then(|global| Some(self.lexer.expand(&stage.from.value.image, global).ok()?.text));
        let image = image.unwrap_or_else(|| stage.from.value.image.clone());
        let mut found: Vec<usize> = self.stage_above(&image, number).into_iter().collect();
        for instruction in &stage.instructions {
            match &instruction.value {
                Instruction::Copy(copy) => found.extend(copy.from.as_ref().and_then(|name| self.stage_named(name))),
                Instruction::Run(run) => {
                    let names = run.mounts.iter().filter_map(|mount| Mount::from_of(mount));
                    found.extend(names.filter_map(|name| self.stage_named(&name)));
                }
                _ => {}
            }
        }
        found
    }

    /// The stage of this name before another one.
    fn stage_above(&self, name: &str, number: usize) -> Option<usize> {
        let stages = &self.dockerfile.stages[..number];
        stages
            .iter()
            .rposition(|stage| stage.from.value.name.as_ref().is_some_and(|own| own.eq_ignore_ascii_case(name)))
    }

    async fn evaluate(&mut self, number: usize, platform: &Platform) -> Result<State> {
        let stage = &self.dockerfile.stages[number];
        let global = self.global(platform)?;
        let (mut state, triggers) = self.begin(number, stage, &global, platform).await?;
        let triggers = self.triggers(&triggers)?;
        let mut counter = self.counter(number, stage, &triggers, &state.platform);
        if let Some(vertex) = self.first.take() {
            let name = counter.next(&self.graph.get(vertex).name);
            self.graph.get_mut(vertex).name = name;
        }
        for instruction in triggers.iter().chain(&stage.instructions) {
            self.instruction(number, instruction, &mut state, &mut counter, &global).await?;
        }
        self.hold(state.bytes())?;
        Ok(state)
    }

    /// What `FROM` says, and the triggers of what it names.
    async fn begin(
        &mut self,
        number: usize,
        stage: &Stage,
        global: &Global,
        platform: &Platform,
    ) -> Result<(State, Vec<String>)> {
        let at = self.place_of(&stage.from);
        self.checks.beside(&stage.from.comments);
        let image = self.image_of(number, stage, global).map_err(|error| error.located(at.clone()))?;
        let asked = self.platform_of(number, stage, global, platform).map_err(|error| error.located(at.clone()))?;
        // A named context stands before a stage, a stage above before an image.
        let named = self.named_context(&image, &asked).is_some();
        let above = self.stage_above(&image, number);
        if let (Some(above), false) = (above, named) {
            self.takes(number).base = Some(above);
            let below = self.stage(above, platform).await?;
            return Ok((State { has_cmd: false, once: Once::default(), ..below }, Vec::new()));
        }
        if image == "scratch" && !named {
            return Ok((self.scratch(asked), Vec::new()));
        }
        let found = self.base(&image, &asked).await.map_err(|error| error.located(at.clone()))?;
        let mut config = found.config.clone();
        let mut execution = config.config.take().unwrap_or_default();
        let triggers = std::mem::take(&mut execution.on_build);
        let env = Env::of(&execution.env);
        config.config = Some(execution);
        // Each stage shows its own.
        let Vertex { name, op, .. } = self.graph.get(found.vertex);
        let (name, op) = (name.clone(), op.clone());
        let vertex = self.graph.add(Vertex { name, op, anew: false, at });
        self.first = Some(vertex);
        let state = State {
            vertex,
            history: None,
            base: found.manifest,
            env,
            args: Vec::new(),
            platform: asked,
            has_cmd: false,
            workdir_seen: false,
            once: Once::default(),
            base_unknown: found.unknown,
            config,
        };
        Ok((state, triggers))
    }

    /// The image that `FROM` names.
    fn image_of(&mut self, number: usize, stage: &Stage, global: &Global) -> Result<String> {
        let (span, written) = (stage.from.span, &stage.from.value.image);
        let expansion = self.lexer.expand(written, global).map_err(Error::invalid)?;
        self.takes(number).used.extend(expansion.used.iter().cloned());
        let declared = global.declared(&self.dockerfile.args);
        rules::undefined_arguments(&expansion.unmatched, declared.iter().map(String::as_str), span, &mut self.checks);
        // What the Dockerfile makes of it by itself.
        let own = std::collections::BTreeMap::new();
        let defaults = Global::new(&self.dockerfile.args, &own, &self.platform, "", self.lexer)?;
        if !written.is_empty() && expansion.text != "scratch" {
            let with_defaults = self.lexer.expand(written, &defaults).map_err(Error::invalid)?.text;
            rules::default_image(written, &with_defaults, span, &mut self.checks);
        }
        if expansion.text.is_empty() {
            return Err(Error::invalid(format!("base name ({written}) should not be blank")));
        }
        Ok(expansion.text)
    }

    /// The platform that `FROM` asks for.
    fn platform_of(&mut self, number: usize, stage: &Stage, global: &Global, target: &Platform) -> Result<Platform> {
        let (span, from) = (stage.from.span, &stage.from.value);
        let Some(written) = &from.platform else { return Ok(target.clone()) };
        let expansion = self.lexer.expand(written, global).map_err(Error::invalid)?;
        self.takes(number).used.extend(expansion.used.iter().cloned());
        let declared = global.declared(&self.dockerfile.args);
        rules::undefined_arguments(&expansion.unmatched, declared.iter().map(String::as_str), span, &mut self.checks);
        rules::redundant_platform(written, &expansion, &target.to_string(), span, &mut self.checks);
        rules::constant_platform(from.name.as_deref(), &expansion, span, &mut self.checks);
        if expansion.text.is_empty() {
            return Err(Error::invalid(format!("empty platform value from expression {written}")));
        }
        parse_platform(&expansion.text)
    }

    /// A stage that begins with nothing.
    pub(crate) fn scratch(&mut self, platform: Platform) -> State {
        let vertex = self.graph.add(Vertex { name: String::new(), op: Op::Scratch, anew: false, at: None });
        let execution = oci::image::Execution {
            env: vec![PATH.into()],
            working_dir: "/".into(),
            ..oci::image::Execution::default()
        };
        let config = Config { config: Some(execution), ..Config::empty(platform.clone()) };
        let env = Env::of(&[PATH.into()]);
        State {
            vertex,
            config,
            history: None,
            base: None,
            env,
            args: Vec::new(),
            platform,
            has_cmd: false,
            workdir_seen: false,
            once: Once::default(),
            base_unknown: false,
        }
    }

    /// The instructions that a base image has for those who build upon it.
    fn triggers(&self, texts: &[String]) -> Result<Vec<Located<dockerfile::Instruction>>> {
        if texts.len() > limits::DEPTH {
            return Err(Error::invalid(format!(
                "the base image has {} ONBUILD triggers: at most {} are run",
                texts.len(),
                limits::DEPTH
            )));
        }
        let parse = |text: &String| {
            dockerfile::Instruction::parse_trigger(text)
                .map_err(|wrong| Error::invalid(format!("ONBUILD trigger of the base image: {wrong}")))
        };
        texts.iter().map(parse).collect()
    }

    fn counter(
        &self,
        number: usize,
        stage: &Stage,
        triggers: &[Located<dockerfile::Instruction>],
        platform: &Platform,
    ) -> Counter {
        use dockerfile::Instruction::{Add, Copy, Run, Workdir};
        let counted = |instruction: &&Located<dockerfile::Instruction>| {
            matches!(instruction.value, Add(_) | Copy(_) | Run(_) | Workdir(_))
        };
        let total = triggers.iter().chain(&stage.instructions).filter(counted).count();
        let name = match &stage.from.value.name {
            Some(name) => format!("{name} "),
            None if self.dockerfile.stages.len() > 1 => format!("stage-{number} "),
            None => String::new(),
        };
        let several = self.request.platforms.len() > 1;
        let platform = if several { format!("{platform} ") } else { String::new() };
        let total = total + usize::from(self.first.is_some());
        Counter { prefix: format!("{platform}{name}"), index: 0, total }
    }

    /// The files of `--from`: a stage, a named context, an image.
    pub(crate) async fn from(&mut self, text: &str, number: usize, platform: &Platform) -> Result<VertexId> {
        if self.named_context(text, platform).is_some() {
            return self.named(text, platform).await;
        }
        if let Some(other) = self.stage_named(text) {
            if other == number {
                return Err(circular(&self.dockerfile.stages[number], number));
            }
            self.takes(number).from.push(other);
            let target = self.platform.clone();
            return Ok(self.stage(other, &target).await?.vertex);
        }
        if text == "scratch" {
            return Ok(self.scratch(platform.clone()).vertex);
        }
        if text.parse::<usize>().is_ok() {
            return Err(Why::NotFound(format!(
                "invalid from flag value {text}: invalid stage index {text}: there are {} stages, the first is 0",
                self.dockerfile.stages.len()
            ))
            .into());
        }
        if text.contains('$') {
            return Err(Error::invalid(format!(
                "variable expansion is not supported for --from={text}, define a new stage with FROM using ARG from global scope as a workaround"
            )));
        }
        Ok(self.base(text, platform).await?.vertex)
    }
}

fn circular(stage: &Stage, number: usize) -> Error {
    let name = stage.from.value.name.clone().unwrap_or_else(|| number.to_string());
    Error::invalid(format!("circular dependency detected on stage: {name}"))
}

/// The search path of images that say nothing.
pub(crate) const PATH: &str = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
