//! Names of arguments that mean something without being declared.
//!
//! Source: the Dockerfile reference, "Predefined ARGs", "Automatic platform ARGs in the global scope" and "BuildKit
//! built-in build args".

/// Arguments of the proxy: a build that is given one has it in the environment of its steps, and it is neither in the
/// history nor in the cache's keys.
pub const PROXY: &[&str] = &[
    "HTTP_PROXY",
    "http_proxy",
    "HTTPS_PROXY",
    "https_proxy",
    "FTP_PROXY",
    "ftp_proxy",
    "NO_PROXY",
    "no_proxy",
    "ALL_PROXY",
    "all_proxy",
];

/// Arguments that are set before the first `FROM` to what is built for and on. A stage sees them once it declares them.
pub const PLATFORM: &[&str] = &[
    "BUILDPLATFORM",
    "BUILDOS",
    "BUILDOSVERSION",
    "BUILDARCH",
    "BUILDVARIANT",
    "TARGETPLATFORM",
    "TARGETOS",
    "TARGETOSVERSION",
    "TARGETARCH",
    "TARGETVARIANT",
    "TARGETSTAGE",
];

/// Arguments that change how a build goes, whether or not the text declares them.
pub mod builtin {
    /// Build checks: as the directive `# check=`, and instead of it.
    pub const CHECK: &str = "BUILDKIT_DOCKERFILE_CHECK";
    /// Checks that are experimental, by name, or `all`.
    pub const CHECK_EXPERIMENTAL: &str = "BUILDKIT_DOCKERFILE_CHECK_EXPERIMENTAL";
    /// Keep `.git` of a context that is a repository.
    pub const KEEP_GIT_DIR: &str = "BUILDKIT_CONTEXT_KEEP_GIT_DIR";
    /// Put the names of arguments and stages into the image. Of old clients, without effect.
    pub const INLINE_CACHE: &str = "BUILDKIT_INLINE_CACHE";
    /// The host name of `RUN` steps.
    pub const HOSTNAME: &str = "BUILDKIT_SANDBOX_HOSTNAME";
    /// Several platforms may be built for, even if one is.
    pub const MULTI_PLATFORM: &str = "BUILDKIT_MULTI_PLATFORM";
    /// A name that keeps the caches of cache mounts apart.
    pub const CACHE_MOUNT_NAMESPACE: &str = "BUILDKIT_CACHE_MOUNT_NS";
    /// Scan the context for a bill of materials. No variable of any step.
    pub const SBOM_SCAN_CONTEXT: &str = "BUILDKIT_SBOM_SCAN_CONTEXT";
    /// Scan this stage for a bill of materials. No variable of any step.
    pub const SBOM_SCAN_STAGE: &str = "BUILDKIT_SBOM_SCAN_STAGE";
    /// The frontend to build with, instead of that of `# syntax=`.
    pub const SYNTAX: &str = "BUILDKIT_SYNTAX";
    /// The time of everything that is made, in seconds since 1970.
    pub const SOURCE_DATE_EPOCH: &str = "SOURCE_DATE_EPOCH";
}

/// Arguments that are never variables of a step, even if a stage declares them.
pub const NO_VARIABLE: &[&str] = &[builtin::SBOM_SCAN_CONTEXT, builtin::SBOM_SCAN_STAGE];
