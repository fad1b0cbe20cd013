//! What marks a container, a network or a volume as an environment's.

use std::collections::BTreeMap;
use std::sync::Arc;

use beanstalk::fleet::ReleaseId;
use beanstalk::{EnvironmentId, InstanceId};
use engine::Container;

use crate::{CopyId, Local};

/// The environment's id.
pub(crate) const ENVIRONMENT: &str = "com.dabba.beanstalk.environment";
/// The environment's name.
pub(crate) const NAME: &str = "com.dabba.beanstalk.environment-name";
/// The instance's id.
pub(crate) const INSTANCE: &str = "com.dabba.beanstalk.instance";
/// The number of the deployment.
pub(crate) const RELEASE: &str = "com.dabba.beanstalk.deployment";
/// The service of the copy.
pub(crate) const SERVICE: &str = "com.dabba.beanstalk.service";
/// The number of the deployment that a container sets up: it is nobody's copy, and does not last.
pub(crate) const SET_UP: &str = "com.dabba.beanstalk.set-up";
/// The number of the deployment that a task is of: it is nobody's copy either.
pub(crate) const TASK: &str = "com.dabba.beanstalk.task";

/// The id of the database instance that a container, a network or a volume is of.
pub(crate) const DATABASE: &str = "com.dabba.rds.instance";
/// Its name.
pub(crate) const DATABASE_NAME: &str = "com.dabba.rds.instance-name";
/// What its container was made by, in short: with another one it is made anew.
pub(crate) const SHAPE: &str = "com.dabba.rds.shape";
/// The id of the snapshot that a volume is.
pub(crate) const SNAPSHOT: &str = "com.dabba.rds.snapshot";
/// The volume that a container fills: it does not last.
pub(crate) const FILLS: &str = "com.dabba.rds.fills";

/// Whether something is this environment's.
pub(crate) fn is_of(labels: &BTreeMap<String, String>, environment: &EnvironmentId) -> bool {
    labels.get(ENVIRONMENT).is_some_and(|of| of == environment.as_str())
}

/// The copy that a container is of.
pub(crate) fn copy(labels: &BTreeMap<String, String>) -> Option<(EnvironmentId, CopyId)> {
    let environment = labels.get(ENVIRONMENT)?.parse().ok()?;
    let instance: InstanceId = labels.get(INSTANCE)?.parse().ok()?;
    let release = ReleaseId(labels.get(RELEASE)?.parse().ok()?);
    Some((environment, (instance, release)))
}

/// Containers by copy and service.
pub(crate) type Containers = BTreeMap<CopyId, BTreeMap<String, Arc<Container>>>;

impl Local {
    /// The containers of an environment.
    pub(crate) fn containers(&self, environment: &EnvironmentId) -> Containers {
        let mut found = Containers::new();
        for container in self.engine().snapshot().containers.values() {
            let labels = &container.spec.labels;
            if is_of(labels, environment)
                && let Some((_, copy)) = copy(labels)
            {
                let service = labels.get(SERVICE).cloned().unwrap_or_default();
                found.entry(copy).or_default().insert(service, Arc::clone(container));
            }
        }
        found
    }
}
