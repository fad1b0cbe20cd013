//! Preparing a release: from its source to images under names of their own and a [`Parcel`].

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use beanstalk::EnvironmentId;
use beanstalk::event::Told;
use beanstalk::fleet::{self, Failure, Order, Prepared, ReleaseId, Wish};
use beanstalk::option::{OptionKey, Origin, Setting, Tier};
use beanstalk::version::Source;
use build::{Archive, Builder, Context, DockerfileAt, Event, ImageOutput, Output, Received};
use bundle::{Application, Bundle, compose};
use image::Credentials;
use oci::Reference;
use rustix::fs::Mode;
use sys::beneath;
use tokio::sync::mpsc;

use crate::parcel::{self, Parcel, Periodic};
use crate::{Local, limits};

fn failed<E: std::fmt::Display>(step: &'static str) -> impl Fn(E) -> Failure {
    move |error| Failure::new(step, error.to_string())
}

/// Refuses what no request would ever reach, before it takes the place of what answers.
fn reachable(order: &Order, parcel: Parcel) -> Result<Parcel, Failure> {
    if order.tier == Tier::Worker || parcel.serves.is_some() {
        return Ok(parcel);
    }
    let why = match parcel.services.as_slice() {
        [_] => {
            "its image exposes no port: name the one that it listens to, by EXPOSE in the Dockerfile or Ports in \
                Dockerrun.aws.json"
        }
        _ => "no container of it publishes a port: name the one that it listens to, by ports or portMappings",
    };
    Err(Failure::new("Looking for the application's port", why))
}

impl Local {
    pub(crate) async fn prepare_release(&self, order: Order, tell: mpsc::Sender<Told>) -> Result<Prepared, Failure> {
        match &order.source {
            Source::Sample => self.prepare_sample(&order).await,
            Source::Image { uri } => {
                let reference: Reference = uri.parse().map_err(failed("Reading the image's name"))?;
                let image = self.fetched(&order, parcel::ONLY, &reference, true, None).await?;
                let exposed = self.exposed(&image);
                done(reachable(&order, parcel::single(image, None, exposed))?, Vec::new())
            }
            Source::Bundle { bucket, key } => {
                let source = self.source_of(&order.environment, order.release);
                let properties = order.configuration.properties.clone();
                let opened = beanstalk::source::open(&self.0.s3, bucket, key, properties, &source).await;
                let bundle = opened.map_err(failed("Reading the source bundle"))?;
                for warning in &bundle.warnings {
                    let _ = tell.send(Told::warn(warning.to_string())).await;
                }
                let mut parcel = reachable(&order, self.prepare_bundle(&order, &bundle, &source, &tell).await?)?;
                make_mounted(&parcel, &source).await?;
                self.set_up(&order, &bundle, &mut parcel, &source, &tell).await?;
                parcel.source = Some(source);
                parcel.cron = periodic(&order, &bundle, &tell).await;
                done(parcel, settings(&bundle))
            }
        }
    }

    async fn prepare_sample(&self, order: &Order) -> Result<Prepared, Failure> {
        let step = "Loading the sample application";
        let archive = tokio::task::spawn_blocking(|| sample::Sample::Web.archive());
        let archive = archive.await.map_err(failed(step))?.map_err(failed(step))?;
        self.engine().load(std::io::Cursor::new(archive)).await.map_err(failed(step))?;
        let name: Reference = sample::Sample::Web.name().parse().map_err(failed(step))?;
        let image = self.named(order, parcel::ONLY, &name).await?;
        let exposed = self.exposed(&image);
        done(parcel::single(image, None, exposed), Vec::new())
    }

    /// Where a source is as long as its release: containers mount files of it, and hooks are run from it.
    pub(crate) fn source_of(&self, environment: &EnvironmentId, release: ReleaseId) -> PathBuf {
        self.0.config.root.join(environment.as_str()).join(release.to_string())
    }

    async fn prepare_bundle(
        &self,
        order: &Order,
        bundle: &Bundle,
        source: &Path,
        tell: &mpsc::Sender<Told>,
    ) -> Result<Parcel, Failure> {
        let port = order.configuration.routing.processes.get("default").map_or(80, |process| process.port);
        match &bundle.application {
            Application::Dockerfile(single) => {
                let build = Build { dockerfile: "Dockerfile".into(), ..Build::of(source.to_owned()) };
                let image = self.built(order, parcel::ONLY, build, tell).await?;
                let exposed = self.exposed(&image);
                Ok(parcel::single(image, single.as_deref(), exposed))
            }
            Application::Image(single) => {
                let Some(wanted) = &single.image else {
                    return Err(Failure::new("Reading Dockerrun.aws.json", "it names no image"));
                };
                let login = self.login(single.authentication.as_ref(), &wanted.name).await?;
                let image = self.fetched(order, parcel::ONLY, &wanted.name, wanted.update, login).await?;
                let exposed = self.exposed(&image);
                Ok(parcel::single(image, Some(single), exposed))
            }
            Application::Compose { compose, authentication, .. } => {
                let mut images = BTreeMap::new();
                let mut env_files = BTreeMap::new();
                for (name, service) in compose.enabled() {
                    let image = match (&service.build, &service.image) {
                        (Some(build), _) => {
                            let build = Build::composed(source, build);
                            self.built(order, name, build, tell).await?
                        }
                        (None, Some(wanted)) => {
                            let login = self.login(authentication.as_ref(), wanted).await?;
                            self.fetched(order, name, wanted, false, login).await?
                        }
                        (None, None) => continue,
                    };
                    images.insert(name.to_owned(), image);
                    env_files.insert(name.to_owned(), env_of(order, source, service, tell).await?);
                }
                parcel::compose(compose, &images, &env_files, port)
            }
            Application::Ecs(task) => {
                let mut images = BTreeMap::new();
                for container in &task.containers {
                    let login = self.login(task.authentication.as_ref(), &container.image).await?;
                    let image = self.fetched(order, &container.name, &container.image, false, login).await?;
                    images.insert(container.name.clone(), image);
                }
                parcel::ecs(task, &images, port)
            }
        }
    }

    /// The name of a service's image in a release: it stays as long as the release does.
    fn image_name(order: &Order, service: &str) -> Result<Reference, Failure> {
        let plain: String =
            service.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
        let text = format!("{}:{}-{plain}", repository(&order.environment), order.release);
        text.parse().map_err(failed("Naming the image"))
    }

    /// Gives an image that is here its name in the release.
    async fn named(&self, order: &Order, service: &str, image: &Reference) -> Result<String, Failure> {
        let name = Self::image_name(order, service)?;
        let step = "Naming the image";
        self.engine().tag(&image.familiar(), name.clone()).await.map_err(failed(step))?;
        Ok(name.familiar())
    }

    /// An image of a registry: asked for anew if that is wanted, or if it is not here.
    async fn fetched(
        &self,
        order: &Order,
        service: &str,
        image: &Reference,
        anew: bool,
        login: Option<Credentials>,
    ) -> Result<String, Failure> {
        let wanted = image.clone().or_latest();
        let here = self.engine().image(&wanted.familiar()).is_ok();
        if anew || !here {
            let (told, mut progress) = mpsc::channel(16);
            let silent = async { while progress.recv().await.is_some() {} };
            let (pulled, ()) = tokio::join!(self.engine().pull(wanted.clone(), None, login, told), silent);
            match pulled {
                Ok(_) => {}
                // The registry cannot be reached, and the image is here: that is better than nothing.
                Err(error) if here => tracing::warn!(%image, %error, "an image that is here is used as it is"),
                Err(error) => return Err(Failure::new(format!("Pulling {image}"), error.to_string())),
            }
        }
        self.named(order, service, &wanted).await
    }

    /// An image that is built.
    async fn built(
        &self,
        order: &Order,
        service: &str,
        build: Build,
        tell: &mpsc::Sender<Told>,
    ) -> Result<String, Failure> {
        let name = Self::image_name(order, service)?;
        let step = if service == parcel::ONLY {
            "Building the image".into()
        } else {
            format!("Building the image of {service}")
        };
        let _ = tell.send(Told::new(beanstalk::event::Severity::Debug, format!("{step}."))).await;
        let lines: Arc<Mutex<VecDeque<String>>> = Arc::default();
        let (reporter, mut events) = mpsc::channel(64);
        let kept = Arc::clone(&lines);
        let listening = async move {
            let mut rest = String::new();
            while let Some(event) = events.recv().await {
                if let Event::Log(log) = event {
                    rest.push_str(&String::from_utf8_lossy(&log.bytes));
                    keep_lines(&kept, &mut rest);
                }
            }
        };
        let builder = self.0.builder.clone();
        let output = Output::Image(ImageOutput { names: vec![name.clone()], ..ImageOutput::default() });
        let work = async move {
            let receiver = builder.clone();
            let (build, received) = tokio::task::spawn_blocking(move || {
                let received = receive(&receiver, &build);
                (build, received)
            })
            .await
            .map_err(|error| build::Error::io("reading the source", std::io::Error::other(error)))?;
            let (received, text) = received?;
            let request = build.request(text);
            let client = Archive { received: Some(received), ..Archive::default() };
            let job = builder.job(Arc::new(client), reporter);
            let product = job.build(&request).await?;
            job.export(&product, output).await
        };
        let (built, ()) = tokio::join!(work, listening);
        match built {
            Ok(_) => Ok(name.familiar()),
            Err(error) => {
                let output = lines.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect();
                Err(Failure { step, cause: error.to_string(), output })
            }
        }
    }

    /// The first port that an image exposes.
    fn exposed(&self, image: &str) -> Option<u16> {
        let record = self.engine().image(image).ok()?;
        let execution = record.config.config.as_ref()?;
        let ports = execution.exposed_ports.keys();
        ports.filter_map(|text| text.parse::<engine::container::spec::Port>().ok()).map(|port| port.number).min()
    }

    /// The login for a registry, out of a file in a bucket: `{"auths": {HOST: {"auth": BASE64}}}`, or the older form
    /// without `auths`.
    async fn login(
        &self,
        at: Option<&bundle::dockerrun::Authentication>,
        image: &Reference,
    ) -> Result<Option<Credentials>, Failure> {
        let Some(at) = at else { return Ok(None) };
        let step = "Reading the login for the registry";
        let directory = tempfile::tempdir().map_err(failed(step))?;
        let file = directory.path().join("login");
        beanstalk::fetch(&self.0.s3, &at.bucket, &at.key, &file).await.map_err(failed(step))?;
        let text = tokio::fs::read(&file).await.map_err(failed(step))?;
        credentials(&text, image).map_err(|why| Failure::new(step, format!("{}/{}: {why}", at.bucket, at.key)))
    }

    /// Drops what releases were prepared into that an environment does not know any more.
    pub(crate) async fn forget_releases(&self, wish: &Wish) {
        let known = |release: &str| {
            let number = release.parse().map(ReleaseId);
            number.is_ok_and(|release| wish.known.contains(&release))
        };
        self.remove_images(&wish.environment, |release| !known(release)).await;
        let Ok(mut folders) = tokio::fs::read_dir(self.0.config.root.join(wish.environment.as_str())).await else {
            return;
        };
        while let Ok(Some(folder)) = folders.next_entry().await {
            let name = folder.file_name();
            let release = name.to_str().map(|name| name.strip_suffix(crate::setup::PLATFORM_OF).unwrap_or(name));
            if release.is_some_and(|release| release.parse::<u64>().is_ok() && !known(release)) {
                let _ = tokio::fs::remove_dir_all(folder.path()).await;
            }
        }
    }

    /// Takes the names away that images of an environment have, of releases that are told by their number.
    pub(crate) async fn remove_images(&self, environment: &EnvironmentId, of: impl Fn(&str) -> bool) {
        let prefix = format!("{}:", repository(environment));
        let is_of = |name: &String| {
            let tag = name.strip_prefix(&prefix);
            tag.is_some_and(|tag| of(tag.split_once('-').map_or(tag, |(release, _)| release)))
        };
        let snapshot = self.engine().snapshot();
        let names = snapshot.images.values().flat_map(|image| image.familiar_names()).filter(is_of);
        for name in names.collect::<Vec<String>>() {
            if let Err(error) = self.engine().remove_image(&name, false).await {
                tracing::debug!(%name, %error, "an image of an environment stays for now");
            }
        }
    }
}

/// Under which all images of an environment are.
pub(crate) fn repository(environment: &EnvironmentId) -> String {
    format!("beanstalk/{environment}")
}

/// Makes the directories of a source that are mounted and not in its bundle, as Docker does.
async fn make_mounted(parcel: &Parcel, source: &Path) -> Result<(), Failure> {
    let paths: Vec<PathBuf> = parcel.sources().filter(|path| !path.is_empty()).map(PathBuf::from).collect();
    let source = source.to_owned();
    let made = crate::blocking(move || {
        let root = beneath::open_root(&source)?;
        for path in paths {
            if beneath::open_path(&root, &path).is_err() {
                beneath::make_dirs(&root, &path, Mode::from_raw_mode(0o755))?;
            }
        }
        Ok(())
    });
    made.await.map_err(failed("Making a directory that is mounted"))
}

fn done(parcel: Parcel, settings: Vec<(Setting, Origin)>) -> Result<Prepared, Failure> {
    let exclusive = parcel.is_exclusive();
    let parcel = fleet::Parcel::new(&parcel).map_err(failed("Recording the release"))?;
    Ok(Prepared { settings, exclusive, parcel })
}

/// What `cron.yaml` tells a worker to do. No other environment does it.
async fn periodic(order: &Order, bundle: &Bundle, tell: &mpsc::Sender<Told>) -> Vec<Periodic> {
    if order.tier != Tier::Worker && !bundle.cron.is_empty() {
        let _ = tell.send(Told::warn("cron.yaml is for worker environments; nothing of it is done here.")).await;
        return Vec::new();
    }
    let periodic = |task: &bundle::cron::Task| Periodic {
        name: task.name.clone(),
        path: task.url.clone(),
        schedule: task.schedule.as_str().to_owned(),
    };
    bundle.cron.iter().map(periodic).collect()
}

/// The option settings of a bundle, in the order of its files.
fn settings(bundle: &Bundle) -> Vec<(Setting, Origin)> {
    let of = |extension: &bundle::extensions::Extension| {
        let file = extension.file.clone();
        let settings = extension.option_settings.clone().into_iter();
        settings.map(move |setting| {
            let key = OptionKey::new(setting.namespace, setting.option_name, setting.resource_name);
            let origin = Origin::Ebextensions { file: file.clone(), line: u32::try_from(setting.at.line).unwrap_or(0) };
            (Setting { key, value: setting.value }, origin)
        })
    };
    bundle.extensions.iter().flat_map(of).collect()
}

/// What a build is made of.
struct Build {
    source: PathBuf,
    dockerfile: String,
    inline: Option<String>,
    args: BTreeMap<String, String>,
    target: String,
}

impl Build {
    fn of(source: PathBuf) -> Self {
        Self { source, dockerfile: "Dockerfile".into(), inline: None, args: BTreeMap::new(), target: String::new() }
    }

    fn composed(source: &Path, build: &compose::Build) -> Self {
        let (dockerfile, inline) = match &build.dockerfile {
            compose::Dockerfile::Path(path) => (path.clone(), None),
            compose::Dockerfile::Inline(text) => (String::new(), Some(text.clone())),
        };
        Self {
            dockerfile,
            inline,
            args: build.args.clone(),
            target: build.target.clone().unwrap_or_default(),
            ..Self::of(source.join(&build.context))
        }
    }

    fn request(self, dockerfile: Vec<u8>) -> build::Request {
        build::Request {
            // It was read before what .dockerignore leaves out was left out.
            dockerfile: DockerfileAt::Text(dockerfile),
            context: Context::Local(Archive::CONTEXT.into()),
            args: self.args,
            target: self.target,
            ..build::Request::default()
        }
    }
}

/// The variables of a compose service's files. A `.env` of the service's is the environment's properties, unless the
/// bundle has one of its own.
async fn env_of(
    order: &Order,
    source: &Path,
    service: &compose::Service,
    tell: &mpsc::Sender<Told>,
) -> Result<BTreeMap<String, String>, Failure> {
    let (mut variables, mut warnings) = (BTreeMap::new(), Vec::new());
    let known = &order.configuration.properties;
    for file in &service.env_files {
        let step = "Reading an env_file";
        match tokio::fs::read(source.join(&file.path)).await {
            Ok(bytes) => {
                let parsed = bundle::dotenv::parse(&file.path, &bytes, file.format, known, &mut warnings);
                variables.extend(parsed.map_err(failed(step))?);
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && file.path == ".env" => {
                variables.extend(known.clone());
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && !file.required => {}
            Err(error) => return Err(Failure::new(step, format!("{}: {error}", file.path))),
        }
    }
    for warning in warnings {
        let _ = tell.send(Told::warn(warning.to_string())).await;
    }
    Ok(variables)
}

fn keep_lines(lines: &Mutex<VecDeque<String>>, rest: &mut String) {
    let mut lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
    while let Some(end) = rest.find('\n') {
        let line: String = rest.drain(..=end).collect();
        let line: String = line.trim_end().chars().take(limits::LINE).collect();
        lines.push_back(line);
        if lines.len() > limits::LINES {
            lines.pop_front();
        }
    }
}

fn credentials(text: &[u8], image: &Reference) -> Result<Option<Credentials>, String> {
    #[derive(serde::Deserialize)]
    struct Login {
        auth: Option<String>,
        username: Option<String>,
        password: Option<String>,
    }
    let value: serde_json::Value = serde_json::from_slice(text).map_err(|error| error.to_string())?;
    let auths = value.get("auths").cloned().unwrap_or(value);
    let auths: BTreeMap<String, Login> = serde_json::from_value(auths).map_err(|error| error.to_string())?;
    let host = image.domain().to_owned();
    let same = |name: &str| {
        let name = name.trim_start_matches("https://").trim_start_matches("http://");
        name.split('/').next() == Some(&*host) || (host == "docker.io" && name.starts_with("index.docker.io"))
    };
    let Some((_, login)) = auths.into_iter().find(|(name, _)| same(name)) else { return Ok(None) };
    let (username, password) = match login {
        Login { auth: Some(auth), .. } => {
            use base64::Engine as _;
            let decoded = base64::engine::general_purpose::STANDARD.decode(auth).map_err(|error| error.to_string())?;
            let text = String::from_utf8(decoded).map_err(|error| error.to_string())?;
            let (user, password) = text.split_once(':').ok_or("auth is not user:password")?;
            (user.to_owned(), password.to_owned())
        }
        Login { username: Some(user), password: Some(password), .. } => (user, password),
        _ => return Err(format!("the login for {host} has neither auth nor username and password")),
    };
    Ok(Some(Credentials { username, password: words::Secret::new(password) }))
}

/// Sends a directory to the builder as an archive, as a client would, and leaves out what .dockerignore says. Blocks.
fn receive(builder: &Builder, build: &Build) -> build::Result<(Received, Vec<u8>)> {
    let broken = |error: std::io::Error| build::Error::io("reading the source", error);
    let (mut reader, writer) = std::io::pipe().map_err(broken)?;
    let source = build.source.clone();
    let sending = std::thread::spawn(move || {
        let mut archive = tar::Builder::new(std::io::BufWriter::new(writer));
        archive.follow_symlinks(false);
        archive.append_dir_all(".", source)?;
        archive.into_inner()?.into_inner().map(drop).map_err(std::io::IntoInnerError::into_error)
    });
    let received = builder.receive(&mut reader);
    drop(reader);
    let sent = sending.join().unwrap_or_else(|_| Err(std::io::Error::other("the source could not be packed")));
    let received = received?;
    sent.map_err(broken)?;
    let text = match &build.inline {
        Some(text) => text.clone().into_bytes(),
        None => received.read(&build.dockerfile)?,
    };
    received.leave_out_ignored()?;
    Ok((received, text))
}
