//! `dabba daemon`: the order in which a daemon comes up and goes down.
//!
//! What has to be done while the process has one thread comes first: it executes itself from a read-only mount, and
//! forks the zygote. The sockets are open before the state is read, so that a client that comes early waits rather
//! than fails.

pub(crate) mod aws;
mod buildkit;
mod console;
mod file;
mod flags;
mod names;
mod protect;
mod remap;
mod settings;
mod socket;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use build::Builder;
use docker_api::{Identity, Server};
use engine::{Engine, Mechanisms};
use image::{Images, RegistryOptions};
use network::Network;
use oci::runtime::IdMapping;
use store::Store;
use supervisor::Supervisor;
use sys::process::Taken;
use tokio::signal::unix::{SignalKind, signal};

pub(crate) use flags::Flags;
use settings::Settings;

/// The hidden command that becomes a zygote.
pub(crate) const ZYGOTE: &str = "zygote";

/// Forks shims until the daemon ends.
pub(crate) fn be_zygote() -> Result<std::process::ExitCode> {
    // SAFETY: `main` has started no thread and opened nothing.
    match unsafe { shim::serve_zygote() } {
        Ok(never) => match never {},
        Err(error) => Err(error).context("finding the daemon's socket at the standard input"),
    }
}

/// How long requests that were begun may go on after a SIGTERM: those of environments, and then what blocks.
const FAREWELL: Duration = Duration::from_secs(2);

/// Runs the daemon until it is told to end. `host` was named before the command's own name.
pub(crate) fn run(mut flags: Flags, host: Option<&str>) -> Result<()> {
    flags.hosts.extend(host.map(str::to_owned));
    if !rustix::process::geteuid().is_root() {
        bail!("the daemon makes namespaces, mounts and bridges: start it as root (sudo dabba daemon)");
    }
    let settings = settings::gather(flags)?;
    protect::execute_from_read_only_mount()?;
    start_log(&settings);
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o022));
    // SAFETY: nothing before this line has started a thread.
    let zygote = unsafe { shim::start_zygote() }.context("forking the zygote")?;
    sys::process::limit_arenas(2);
    make_root(&settings.config.data_root, 0o710)?;
    make_root(&settings.config.exec_root, 0o711)?;
    let _exec_root = claim(&settings.config.exec_root)?;
    let _pid_file = PidFile::write(&settings.pid_file)?;
    let listeners = socket::listen(&settings)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .max_blocking_threads(BLOCKING_THREADS)
        .thread_keep_alive(Duration::from_secs(5))
        // What is not optimised takes several times as much of a stack.
        .thread_stack_size(if cfg!(debug_assertions) { 4 << 20 } else { 512 << 10 })
        .enable_all()
        .build()
        .context("starting the threads")?;
    let served = runtime.block_on(serve(&settings, zygote, listeners));
    runtime.shutdown_timeout(FAREWELL);
    served
}

/// Threads for what does not block: the work is in the kernel, not here.
const WORKERS: usize = 2;
/// Threads for what blocks: unpacking, file systems, netlink, archives sent to slow clients. They come when needed and
/// go when idle.
const BLOCKING_THREADS: usize = 256;

async fn serve(settings: &Settings, zygote: shim::Zygote, listeners: socket::Listeners) -> Result<()> {
    let mut end = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let (engine, store) = open(settings, zygote).await?;
    let identity =
        Identity { version: crate::VERSION.into(), commit: env!("DABBA_COMMIT").into(), id: daemon_id(settings)? };
    let (building, root) = (engine.clone(), settings.config.data_root.join("build"));
    let keep = settings.build_cache;
    let builder = tokio::task::spawn_blocking(move || Builder::open(building, root, keep)).await?;
    let builder = builder.context("opening the builder")?;
    let buildkit = Arc::new(buildkit::Connections::new(builder.clone(), &identity));
    let served = match &settings.aws {
        Some(aws) => {
            let (data, exec) = (&settings.config.data_root, &settings.config.exec_root);
            let docker = listeners.endpoint();
            Some(aws::serve(aws, data, exec, store, engine.clone(), builder.clone(), docker).await?)
        }
        None => None,
    };
    let server = Server::new(engine.clone(), builder, identity, buildkit);
    for listener in listeners.sockets {
        let server = server.clone();
        tokio::spawn(async move {
            if let Err(error) = server.serve(listener).await {
                tracing::error!(%error, "a socket cannot be served");
            }
        });
    }
    tokio::spawn(give_memory_back());
    tracing::info!(hosts = ?settings.hosts, root = %settings.config.data_root.display(), "ready");
    tokio::select! {
        _ = end.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("going down; running containers go on");
    if let Some(served) = served {
        served.close(FAREWELL).await;
    }
    drop(listeners.files);
    engine.close().await;
    Ok(())
}

/// How often the daemon looks at what it has done.
const LOOK: Duration = Duration::from_secs(1);

/// How long after its start the daemon lets go of what only its start took.
const SETTLED: Duration = Duration::from_millis(500);

/// Work that leaves much to give back.
const MUCH: Duration = Duration::from_millis(20);

/// Work, and page faults, that leave anything. For so little, memory is given back every five seconds at most.
const LITTLE: Taken = Taken { time: Duration::from_millis(2), faults: 32 };
const PAUSE: Duration = Duration::from_secs(5);

/// Processor time of a second in which nearly nothing is done.
const CALM: Duration = Duration::from_micros(500);

/// Returns what a burst of work left in the allocator, once it is over, which keeps freed memory otherwise, and the
/// pages of the program that were needed for it. It is over when a second takes less than a tenth of the processor time
/// that was taken since memory was given back last. So a daemon that always does much gives back every ten seconds.
async fn give_memory_back() {
    tokio::time::sleep(SETTLED).await;
    let (mut given, mut given_at) = (give().await, Instant::now());
    let mut seen = given;
    loop {
        tokio::time::sleep(LOOK).await;
        let now = sys::process::taken();
        let (since, last) = (now.time.saturating_sub(given.time), now.time.saturating_sub(seen.time));
        let little = since >= LITTLE.time || now.faults.saturating_sub(given.faults) >= LITTLE.faults;
        seen = now;
        if last < CALM.max(since / 10) && (since >= MUCH || (little && given_at.elapsed() >= PAUSE)) {
            (given, given_at) = (give().await, Instant::now());
            seen = given;
        }
    }
}

/// Gives memory back, and says what the process had taken then.
async fn give() -> Taken {
    let giving = tokio::task::spawn_blocking(|| {
        sys::process::trim_heap();
        sys::process::release_program();
        sys::process::taken()
    });
    giving.await.unwrap_or_default()
}

async fn open(settings: &Settings, zygote: shim::Zygote) -> Result<(Engine, Store)> {
    let (supervisor, facts) = Supervisor::new(zygote, || shim::execute_zygote(&[ZYGOTE]));
    let config = settings.config.clone();
    let network = network::Settings {
        table: settings.table.clone(),
        firewall: config.firewall,
        forward: settings.forward,
        users: config.users.as_ref().map(|users| network::UserTables {
            uids: IdMapping::table(&users.uids),
            gids: IdMapping::table(&users.gids),
        }),
    };
    let registries =
        RegistryOptions { insecure: config.insecure_registries.clone(), mirrors: config.registry_mirrors.clone() };
    let root = config.data_root.clone();
    let opened = tokio::task::spawn_blocking(move || -> Result<_> {
        let store = Store::open(&root.join("dabba.redb"))
            .with_context(|| format!("opening the record below {}", root.display()))?;
        let images = Images::open(&root.join("image"), registries).context("opening the image store")?;
        let network = Network::open(network).context("preparing the network")?;
        let host = runtime::Host::probe().context("looking at what this kernel offers")?;
        Ok((store, images, network, host))
    });
    let (store, images, network, host) = opened.await??;
    let kept = store.clone();
    let engine = Engine::open(config, Mechanisms { store, images, network, supervisor, facts, host }).await?;
    Ok((engine, kept))
}

fn start_log(settings: &Settings) {
    use tracing_subscriber::filter::{LevelFilter, Targets};
    use tracing_subscriber::layer::SubscriberExt;
    use tracing_subscriber::util::SubscriberInitExt;
    let format = tracing_subscriber::fmt().with_max_level(settings.log_level).with_writer(std::io::stderr);
    // A log that cannot be written, on a full disk say, would be told on standard error by a macro that panics when that
    // is the log.
    let format = format.with_ansi(false).with_target(false).log_internal_errors(false);
    // HTTP/2 tells of every frame, of which a context has tens of thousands.
    let quiet = LevelFilter::INFO.min(settings.log_level);
    let heard = Targets::new().with_default(settings.log_level).with_target("h2", quiet);
    format.finish().with(heard).init();
}

fn make_root(path: &Path, mode: u32) -> Result<()> {
    use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o755).create(path);
    made.with_context(|| format!("making {}", path.display()))?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
        .with_context(|| format!("setting the mode of {}", path.display()))
}

/// Keeps other daemons from an exec root: each sweeps what belongs to none of its own containers.
fn claim(exec_root: &Path) -> Result<std::fs::File> {
    let path = exec_root.join("lock");
    let file = std::fs::File::create(&path).with_context(|| format!("making {}", path.display()))?;
    let patience = std::time::Instant::now() + DYING;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(std::fs::TryLockError::WouldBlock) if std::time::Instant::now() < patience => {
                std::thread::sleep(Duration::from_millis(5));
            }
            Err(std::fs::TryLockError::WouldBlock) => bail!(
                "another daemon uses the exec root {}: end it first, or give this one another --exec-root",
                exec_root.display()
            ),
            Err(std::fs::TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("locking {}", path.display()));
            }
        }
    }
}

/// A daemon that was killed holds its locks until the last of its threads is gone, which a busy host delays.
const DYING: Duration = Duration::from_secs(1);

/// The id that `info` shows: made once, kept in the data root.
fn daemon_id(settings: &Settings) -> Result<String> {
    let path = settings.config.data_root.join("engine-id");
    if let Ok(text) = std::fs::read_to_string(&path)
        && !text.trim().is_empty()
    {
        return Ok(text.trim().to_owned());
    }
    let id = words::ContainerId::random();
    let hex = &id.as_str()[..32];
    let groups = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
    let text = groups.join("-");
    sys::file::replace(&path, text.as_bytes(), 0o644).with_context(|| format!("writing {}", path.display()))?;
    Ok(text)
}

/// The file with the process id; gone when the daemon ends.
struct PidFile(Option<PathBuf>);

impl PidFile {
    fn write(path: &Path) -> Result<Self> {
        if let Some(pid) = std::fs::read_to_string(path).ok().and_then(|text| text.trim().parse::<u32>().ok())
            && pid != std::process::id()
            && is_dabba(pid)
        {
            bail!(
                "process {pid} is a dabba daemon with the pid file {}: end it first, or give this one another --pidfile",
                path.display()
            );
        }
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).with_context(|| format!("making {}", parent.display()))?;
        }
        std::fs::write(path, std::process::id().to_string()).with_context(|| format!("writing {}", path.display()))?;
        Ok(Self(Some(path.to_owned())))
    }
}

/// A number in a pid file may belong to anybody by now, or to a daemon that was killed and that nobody has reaped.
fn is_dabba(pid: u32) -> bool {
    // `PID (comm) state …`, proc_pid_stat(5).
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.split_once(" (dabba) ").is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
}

impl Drop for PidFile {
    fn drop(&mut self) {
        if let Some(path) = self.0.take() {
            let _ = std::fs::remove_file(path);
        }
    }
}
