//! Tasks: a container of a release for one command, which is nobody's copy.
//!
//! It has what an instance's container has: the image, properties, limits, files of the source, and the network. Volumes
//! are its own, and go with it. It is found by its label; the engine removes it when its command has ended.

use beanstalk::EnvironmentId;
use beanstalk::fleet::{Failure, ReleaseId, Wish};
use beanstalk::task::Task;
use engine::container::create::CreateRequest;
use engine::container::remove::RemoveOptions;
use engine::container::spec::{MountSource, RestartPolicy, Spec, Streams};

use crate::parcel::{Parcel, Service};
use crate::{CopyId, Local, copies, labels, limits, setup};

/// The service whose container a task has.
fn service<'a>(parcel: &'a Parcel, named: Option<&str>) -> Result<&'a Service, String> {
    let names = || parcel.services.iter().map(|service| service.name.as_str()).collect::<Vec<_>>().join(", ");
    let find = |name: &str| parcel.services.iter().find(|service| service.name == name);
    match (named, &parcel.serves, parcel.services.as_slice()) {
        (Some(name), _, _) => find(name).ok_or_else(|| format!("there is no service {name}; there are {}", names())),
        (None, Some(serves), _) => find(&serves.service).ok_or_else(|| format!("there is no {}", serves.service)),
        (None, None, [only]) => Ok(only),
        (None, None, _) => Err(format!("name a service: there are {}", names())),
    }
}

/// The container of an instance as that of a task.
fn spec(mut spec: Spec, environment: &EnvironmentId, name: &str, release: ReleaseId, task: Task) -> Spec {
    let program = &mut spec.program;
    if let Some(entrypoint) = task.entrypoint {
        program.entrypoint = Some(vec![entrypoint]);
        program.cmd = Some(Vec::new());
    }
    if !task.command.is_empty() {
        program.cmd = Some(task.command);
    }
    (program.tty, program.open_stdin, program.stdin_once) = (task.tty, task.stdin, task.stdin);
    let attached = !task.detached;
    program.attach = Streams { stdin: task.stdin, stdout: attached, stderr: attached };
    spec.labels = [
        (labels::ENVIRONMENT.to_owned(), environment.to_string()),
        (labels::NAME.to_owned(), name.to_owned()),
        (labels::TASK.to_owned(), release.to_string()),
    ]
    .into();
    spec.health_check = Some(setup::never());
    spec.hostname = String::new();
    spec.host.restart = RestartPolicy::No;
    spec.host.auto_remove = true;
    // Nobody who looks for an instance by a name finds a task.
    for endpoint in spec.host.endpoints.values_mut() {
        endpoint.aliases.clear();
    }
    for mount in &mut spec.host.mounts {
        if let MountSource::Volume { name, labels, anonymous, .. } = &mut mount.source {
            *name = None;
            labels.clear();
            *anonymous = true;
        }
    }
    spec
}

impl Local {
    /// Makes the container of a task, and starts it where nobody attaches to it.
    pub(crate) async fn make_task_of(&self, wish: Wish, release: ReleaseId, task: Task) -> Result<String, Failure> {
        let failed = |why: String| Failure::new("Making the task", why);
        let Some(released) = wish.releases.get(&release) else {
            return Err(failed(format!("the deployment {release} is not known")));
        };
        if self.tasks(Some(&wish.environment), |_| true).len() >= beanstalk::limits::TASKS {
            let most = beanstalk::limits::TASKS;
            return Err(failed(format!("{most} tasks of the environment are there already: wait for one to end")));
        }
        let parcel = copies::parcel(released)?;
        let service = service(&parcel, task.service.as_deref()).map_err(failed)?;
        // Where services find each other by name, it is in the network of an instance, beside its other services.
        let beside = wish.serving().find(|copy| copy.release == release).map(|copy| copy.instance.clone());
        let beside = beside.ok_or_else(|| failed("no instance of the environment runs".into()))?;
        let copy: CopyId = (beside, release);
        let network = self.network(&wish.environment, &copy, &parcel).await?;
        let name = format!("{}-task-{}", wish.name, words::hex(&words::random_bytes::<5>()));
        let detached = task.detached;
        let database = self.attached_of(&wish.environment, released)?;
        let as_instance = copies::spec(&wish, &copy, released, &parcel, service, &network, database.as_ref());
        let spec = spec(as_instance, &wish.environment, wish.name.as_ref(), release, task);
        let request = CreateRequest { name: Some(name), image: service.image.clone(), platform: None, spec };
        let made = self.engine().create(request).await.map_err(|error| failed(error.to_string()))?;
        let id = made.id.to_string();
        if detached {
            if let Err(error) = self.engine().start(&id).await {
                self.remove_task(&id).await;
                return Err(Failure::new("Starting the task", error.to_string()));
            }
        } else {
            let (local, id) = (self.clone(), id.clone());
            tokio::spawn(async move {
                tokio::time::sleep(limits::UNCLAIMED).await;
                let unstarted = |container: &engine::Container| container.id.as_str() == id && is_unstarted(container);
                if !local.tasks(None, unstarted).is_empty() {
                    local.remove_task(&id).await;
                }
            });
        }
        Ok(id)
    }

    /// The containers of tasks: of an environment, or all.
    pub(crate) fn tasks(
        &self,
        environment: Option<&EnvironmentId>,
        wanted: impl Fn(&engine::Container) -> bool,
    ) -> Vec<String> {
        let state = self.engine().snapshot();
        let ours = state.containers.values().filter(|container| {
            let labels = &container.spec.labels;
            labels.contains_key(labels::TASK)
                && environment.is_none_or(|environment| labels::is_of(labels, environment))
                && wanted(container)
        });
        ours.map(|container| container.id.to_string()).collect()
    }

    /// Removes the tasks that a daemon before this one has made, and that nobody has started: whoever was to is gone.
    pub(crate) async fn remove_unclaimed(&self) {
        for id in self.tasks(None, is_unstarted) {
            self.remove_task(&id).await;
        }
    }

    /// Removes the tasks of an environment that goes.
    pub(crate) async fn remove_tasks(&self, environment: &EnvironmentId) {
        let removing = self.tasks(Some(environment), |_| true);
        let removing = removing.iter().map(|id| self.remove_task(id));
        futures_util::future::join_all(removing).await;
    }

    async fn remove_task(&self, id: &str) {
        match self.engine().remove(id, RemoveOptions { force: true, volumes: true }).await {
            Ok(()) | Err(engine::Error::NoSuchContainer(_)) => {}
            Err(error) => tracing::warn!(container = %id, %error, "a task's container stays"),
        }
    }
}

fn is_unstarted(container: &engine::Container) -> bool {
    matches!(&container.state, engine::container::state::State::Created { .. })
}

#[cfg(test)]
mod tests {
    use engine::container::spec::{EndpointConfig, Host, Mount, NetworkMode, Program};

    use super::*;

    #[test]
    fn a_task_has_what_an_instance_has_but_its_place() {
        let volume = MountSource::Volume {
            name: Some("beanstalk-x-i-1-data".into()),
            no_copy: false,
            labels: [("a".to_owned(), "b".to_owned())].into(),
            options: Default::default(),
            anonymous: false,
            subpath: String::new(),
        };
        let endpoint = EndpointConfig { aliases: vec!["web".into()], ..EndpointConfig::default() };
        let instance = Spec {
            program: Program { env: vec!["A=1".into()], cmd: Some(vec!["serve".into()]), ..Program::default() },
            labels: [(labels::INSTANCE.to_owned(), "i-1".to_owned())].into(),
            host: Host {
                restart: RestartPolicy::UnlessStopped,
                network: NetworkMode::Named("n".into()),
                endpoints: [("n".to_owned(), endpoint)].into(),
                mounts: vec![Mount { target: "/data".into(), readonly: false, source: volume, strict: true }],
                ..Host::default()
            },
            ..Spec::default()
        };
        let id: EnvironmentId = "e-abcdefgh12".parse().unwrap();
        let task = Task { command: vec!["migrate".into()], tty: true, stdin: true, ..Task::default() };
        let made = spec(instance.clone(), &id, "shop", ReleaseId(3), task);
        assert_eq!((&made.program.env, &made.host.network), (&instance.program.env, &instance.host.network));
        assert_eq!(made.program.cmd.as_deref(), Some(&["migrate".to_owned()][..]));
        assert!(made.program.tty && made.program.stdin_once && made.host.auto_remove);
        assert!(labels::copy(&made.labels).is_none() && made.labels[labels::TASK] == "3");
        assert!(made.host.endpoints["n"].aliases.is_empty());
        let MountSource::Volume { name: None, anonymous: true, .. } = &made.host.mounts[0].source else {
            panic!("{:?}", made.host.mounts)
        };
        // Without a command it is the image's own; with an entry point nothing of the image's is left.
        let own = spec(instance.clone(), &id, "shop", ReleaseId(3), Task::default());
        assert_eq!(own.program.cmd, instance.program.cmd);
        let shell = Task { entrypoint: Some("sh".into()), ..Task::default() };
        let shell = spec(instance, &id, "shop", ReleaseId(3), shell).program;
        assert_eq!((shell.entrypoint, shell.cmd), (Some(vec!["sh".to_owned()]), Some(Vec::new())));
    }
}
