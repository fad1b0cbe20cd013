//! Who makes a container's processes: we ourselves, or another OCI runtime that the daemon knows by name.

use std::path::Path;

use ::oci::runtime::{Process, Spec};
use runtime::foreign;
use shim::protocol::{ExecPlan, Plan};

use super::Container;
use crate::Engine;
use crate::config::Config;
use crate::error::{Error, Result};

/// Our own runtime, as `info` and `inspect` call it.
pub const OWN: &str = "dabba";

/// Puts the default in the place of no name, and refuses one that nobody knows.
pub(crate) fn choose(name: &mut String, config: &Config) -> Result<()> {
    if name.is_empty() {
        name.clone_from(&config.default_runtime);
    }
    find(name, config).map(drop)
}

/// The runtime of this name; `None` is our own. A record of an earlier version may have none.
fn find<'a>(name: &str, config: &'a Config) -> Result<Option<&'a foreign::Program>> {
    match name {
        "" | OWN => Ok(None),
        name => config
            .runtimes
            .get(name)
            .map(Some)
            .ok_or_else(|| Error::Invalid(format!("unknown or invalid runtime name: {name}"))),
    }
}

impl Engine {
    /// Plans a container. `dir` is its task directory.
    pub(crate) fn process_plan(
        &self,
        container: &Container,
        dir: &Path,
        spec: Spec,
        rootfs: runtime::Rootfs,
    ) -> Result<Plan> {
        let host = &self.0.host;
        let plan = match find(&container.spec.host.runtime, self.config())? {
            None => runtime::Plan::new(&spec, rootfs, host).map(Box::new).map(Plan::Own),
            Some(program) => foreign::Plan::new(program.clone(), container.id.as_str(), dir, spec, rootfs, host)
                .map(Box::new)
                .map(Plan::Foreign),
        };
        plan.map_err(|error| super::start::plan_error(&error))
    }

    /// A container that another runtime made, for when its shim is gone.
    pub(crate) fn foreign_container(&self, container: &Container) -> Option<foreign::Container> {
        let program = find(&container.spec.host.runtime, self.config()).ok().flatten()?;
        Some(foreign::Container::new(program.clone(), container.id.as_str(), &self.task_dir(&container.id)))
    }

    /// Plans a further process of a container.
    pub(crate) fn further_plan(
        &self,
        container: &Container,
        process: &Process,
        filter: Option<&std::sync::Arc<::oci::runtime::Seccomp>>,
    ) -> std::result::Result<ExecPlan, runtime::Error> {
        match container.spec.host.runtime.as_str() {
            "" | OWN => {
                let cgroup = self.0.host.cgroup(&self.cgroup_path(container));
                runtime::ExecPlan::new(process, filter, cgroup, &self.0.host).map(Box::new).map(ExecPlan::Own)
            }
            // The shim knows which.
            _ => foreign::exec_plan(process).map(ExecPlan::Foreign),
        }
    }
}
