//! The flags of `build`: typed, not yet judged.

use clap::Args;

use crate::flags::Switch;

/// `build [OPTIONS] PATH | URL | -`.
#[derive(Debug, Clone, Args)]
#[command(args_override_self = true)]
pub struct BuildArgs {
    /// Add a custom host-to-IP mapping (format: "host:ip")
    #[arg(long, value_name = "HOST:IP")]
    pub(super) add_host: Vec<String>,
    /// Allow extra privileged entitlement (e.g., "network.host", "security.insecure", "device")
    #[arg(long, value_name = "ENTITLEMENT")]
    pub(super) allow: Vec<String>,
    /// Add annotation to the image
    #[arg(long, value_name = "KEY=VALUE")]
    pub(super) annotation: Vec<String>,
    /// Attestation parameters (format: "type=sbom,generator=image")
    #[arg(long, value_name = "PARAMETERS")]
    pub(super) attest: Vec<String>,
    /// Set build-time variables
    #[arg(long, value_name = "NAME[=VALUE]")]
    pub(super) build_arg: Vec<String>,
    /// Additional build contexts (e.g., name=path)
    #[arg(long, value_name = "NAME=PATH")]
    pub(super) build_context: Vec<String>,
    /// The builder; a daemon has one, "default"
    #[arg(long, value_name = "NAME")]
    pub(super) builder: Option<String>,
    /// External cache sources (e.g., "user/app:cache", "type=registry,ref=user/app:cache")
    #[arg(long, value_name = "CACHE")]
    pub(super) cache_from: Vec<String>,
    /// Cache export destinations (e.g., "type=inline", "type=registry,ref=user/app:cache")
    #[arg(long, value_name = "CACHE")]
    pub(super) cache_to: Vec<String>,
    /// Set method for evaluating build ("check", "outline", "targets")
    #[arg(long, value_name = "METHOD", default_value = "build")]
    pub(super) call: String,
    /// Set the parent cgroup for the "RUN" instructions during build
    #[arg(long, value_name = "PATH")]
    pub(super) cgroup_parent: Option<String>,
    /// Shorthand for "--call=check"
    #[arg(long, switch())]
    pub(super) check: bool,
    /// Name of the Dockerfile (default: "PATH/Dockerfile")
    #[arg(short, long, value_name = "FILE")]
    pub(super) file: Option<String>,
    /// Remove intermediate containers even after a failed build, as is always done
    #[arg(long, switch(), hide = true)]
    pub(super) force_rm: bool,
    /// Write the image ID to a file
    #[arg(long, value_name = "FILE")]
    pub(super) iidfile: Option<String>,
    /// Set metadata for an image
    #[arg(long, value_name = "KEY=VALUE")]
    pub(super) label: Vec<String>,
    /// Shorthand for "--output=type=docker"
    #[arg(long, switch())]
    pub(super) load: bool,
    /// Write build result metadata to a file
    #[arg(long, value_name = "FILE")]
    pub(super) metadata_file: Option<String>,
    /// Set the networking mode for the "RUN" instructions during build
    #[arg(long, value_name = "MODE", default_value = "default")]
    pub(super) network: String,
    /// Do not use cache when building the image
    #[arg(long, switch())]
    pub(super) no_cache: bool,
    /// Do not cache specified stages
    #[arg(long, value_name = "STAGE")]
    pub(super) no_cache_filter: Vec<String>,
    /// Output destination (format: "type=local,dest=path")
    #[arg(short, long, value_name = "OUTPUT")]
    pub(super) output: Vec<String>,
    /// Set target platform for build
    #[arg(long, value_name = "PLATFORM", env = "DOCKER_DEFAULT_PLATFORM", hide_env = true)]
    pub(super) platform: Vec<String>,
    /// Set type of progress output ("auto", "none", "plain", "quiet", "rawjson", "tty"). Use plain to show container
    /// output
    #[arg(long, value_name = "MODE", default_value = "auto")]
    pub(super) progress: String,
    /// Shorthand for "--attest=type=provenance"
    #[arg(long, value_name = "PARAMETERS")]
    pub(super) provenance: Option<String>,
    /// Open a shell in what the failing step has left (with dabba's daemon)
    #[arg(long, switch())]
    pub(super) debug_shell: bool,
    /// Always attempt to pull all referenced images
    #[arg(long, switch())]
    pub(super) pull: bool,
    /// Shorthand for "--output=type=registry"
    #[arg(long, switch())]
    pub(super) push: bool,
    /// Suppress the build output and print image ID on success
    #[arg(short, long, switch())]
    pub(super) quiet: bool,
    /// Remove intermediate containers after a successful build, as is always done
    #[arg(long, switch_on(), hide = true)]
    pub(super) rm: bool,
    /// Shorthand for "--attest=type=sbom"
    #[arg(long, value_name = "PARAMETERS")]
    pub(super) sbom: Option<String>,
    /// Secret to expose to the build (format: "id=mysecret[,src=/local/secret]")
    #[arg(long, value_name = "SECRET")]
    pub(super) secret: Vec<String>,
    /// Shared memory size for build containers
    #[arg(long, value_name = "BYTES")]
    pub(super) shm_size: Option<String>,
    /// SSH agent socket to expose to the build (format: "default|<id>[=<socket>]")
    #[arg(long, value_name = "AGENT")]
    pub(super) ssh: Vec<String>,
    /// Name and optionally a tag (format: "name:tag")
    #[arg(short, long, value_name = "NAME[:TAG]")]
    pub(super) tag: Vec<String>,
    /// Set the target build stage to build
    #[arg(long, value_name = "STAGE")]
    pub(super) target: Option<String>,
    /// Ulimit options
    #[arg(long, value_name = "NAME=SOFT[:HARD]")]
    pub(super) ulimit: Vec<String>,
    /// What is built
    #[arg(value_name = "PATH | URL | -")]
    pub(super) context: String,
}
