//! What Elastic Beanstalk's API has no words for: tasks, the way back to the version before, where option values come
//! from.
//!
//! It is a version of the same service beside Amazon's, `Version=dabba-1` in the query protocol: signed and judged as
//! the other, so that policies allow `elasticbeanstalk:RunEnvironmentTask`, and unseen by clients that don't ask for it.

use std::net::IpAddr;
use std::sync::Arc;

use ::beanstalk::option::{Listed, Origin};
use ::beanstalk::task::Task;

use super::{ElasticBeanstalk, Result, call, model, which};
use crate::codec::Members;
use crate::service::{Caller, Target};

/// A host name, and where it leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostName {
    /// The name.
    pub name: String,
    /// The addresses of the load balancer.
    pub addresses: Vec<IpAddr>,
}

/// Who knows the host names that lead to environments.
pub trait HostNames: Send + Sync + 'static {
    /// All of them, in order.
    fn all(&self) -> Vec<HostName>;
}

/// The service.
#[derive(Clone)]
pub struct Extension {
    environments: ElasticBeanstalk,
    names: Arc<dyn HostNames>,
}

impl Extension {
    /// Beside that one.
    pub fn of(service: &ElasticBeanstalk, names: Arc<dyn HostNames>) -> Self {
        Self { environments: service.clone(), names }
    }
}

/// The shapes of the operations, as `generated` has those of Amazon's.
#[allow(missing_docs)]
pub mod shapes {
    use crate::codec::shape::{self, Member, Model, Protocol, Shape};
    use crate::codec::{operations, structure};
    use crate::generated::elasticbeanstalk::{ENVIRONMENT_DESCRIPTION, EnvironmentDescription};

    structure! { #[derive(Default)] EnvironmentMessage, ENVIRONMENT_MESSAGE;
        environment_id: Option<String> = Member::new("EnvironmentId", &shape::TEXT);
        environment_name: Option<String> = Member::new("EnvironmentName", &shape::TEXT);
    }

    structure! { #[derive(Default)] RunEnvironmentTaskMessage, RUN_ENVIRONMENT_TASK_MESSAGE;
        environment_id: Option<String> = Member::new("EnvironmentId", &shape::TEXT);
        environment_name: Option<String> = Member::new("EnvironmentName", &shape::TEXT);
        command: Option<Vec<String>> = Member::new("Command", &TEXTS);
        entry_point: Option<String> = Member::new("EntryPoint", &shape::TEXT);
        service: Option<String> = Member::new("Service", &shape::TEXT);
        tty: Option<bool> = Member::new("Tty", &shape::BOOLEAN);
        stdin: Option<bool> = Member::new("Stdin", &shape::BOOLEAN);
        detached: Option<bool> = Member::new("Detached", &shape::BOOLEAN);
    }

    static TEXTS: Shape = Shape::List { member: &shape::TEXT, name: "member", flattened: false, length: None };

    structure! { #[derive(Default)] RunEnvironmentTaskResult, RUN_ENVIRONMENT_TASK_RESULT;
        task_id: Option<String> = Member::new("TaskId", &shape::TEXT);
    }

    structure! { #[derive(Default)] HostNameDescription, HOST_NAME_DESCRIPTION;
        name: Option<String> = Member::new("Name", &shape::TEXT);
        addresses: Option<String> = Member::new("Addresses", &shape::TEXT);
    }

    static HOST_NAMES: Shape =
        Shape::List { member: &HOST_NAME_DESCRIPTION, name: "member", flattened: false, length: None };

    structure! { #[derive(Default)] DescribeHostNamesResult, DESCRIBE_HOST_NAMES_RESULT;
        host_names: Option<Vec<HostNameDescription>> = Member::new("HostNames", &HOST_NAMES);
    }

    structure! { #[derive(Default)] DescribeOptionOriginsMessage, DESCRIBE_OPTION_ORIGINS_MESSAGE;
        environment_id: Option<String> = Member::new("EnvironmentId", &shape::TEXT);
        environment_name: Option<String> = Member::new("EnvironmentName", &shape::TEXT);
        namespace: Option<String> = Member::new("Namespace", &shape::TEXT);
    }

    structure! { #[derive(Default)] OptionOrigin, OPTION_ORIGIN;
        namespace: Option<String> = Member::new("Namespace", &shape::TEXT);
        option_name: Option<String> = Member::new("OptionName", &shape::TEXT);
        resource_name: Option<String> = Member::new("ResourceName", &shape::TEXT);
        value: Option<String> = Member::new("Value", &shape::TEXT);
        origin: Option<String> = Member::new("Origin", &shape::TEXT);
        source: Option<String> = Member::new("Source", &shape::TEXT);
        line: Option<i64> = Member::new("Line", &shape::INTEGER);
    }

    static OPTION_ORIGINS: Shape =
        Shape::List { member: &OPTION_ORIGIN, name: "member", flattened: false, length: None };

    structure! { #[derive(Default)] DescribeOptionOriginsResult, DESCRIBE_OPTION_ORIGINS_RESULT;
        options: Option<Vec<OptionOrigin>> = Member::new("Options", &OPTION_ORIGINS);
    }

    operations! {
        DescribeHostNames((), &shape::NOTHING) -> (super::DescribeHostNamesResult, &DESCRIBE_HOST_NAMES_RESULT, Some("DescribeHostNamesResult"));
        DescribeOptionOrigins(super::DescribeOptionOriginsMessage, &DESCRIBE_OPTION_ORIGINS_MESSAGE) -> (super::DescribeOptionOriginsResult, &DESCRIBE_OPTION_ORIGINS_RESULT, Some("DescribeOptionOriginsResult"));
        RollbackEnvironment(super::EnvironmentMessage, &ENVIRONMENT_MESSAGE) -> (super::EnvironmentDescription, &ENVIRONMENT_DESCRIPTION, Some("RollbackEnvironmentResult"));
        RunEnvironmentTask(super::RunEnvironmentTaskMessage, &RUN_ENVIRONMENT_TASK_MESSAGE) -> (super::RunEnvironmentTaskResult, &RUN_ENVIRONMENT_TASK_RESULT, Some("RunEnvironmentTaskResult"));
    }

    /// The version beside Amazon's.
    pub static MODEL: Model = Model {
        signing_name: "elasticbeanstalk",
        action_prefix: "elasticbeanstalk",
        version: "dabba-1",
        protocol: Protocol::Query,
        namespace: "urn:dabba:elasticbeanstalk:1",
        target: "",
        query_compatible: false,
        error_prefix: "",
        operations: OPERATIONS,
    };
}

crate::service! {
    Extension, speaks shapes {
        DescribeHostNames => describe_host_names,
        DescribeOptionOrigins => describe_option_origins,
        RollbackEnvironment => rollback_environment,
        RunEnvironmentTask => run_environment_task,
    }
    on targets
}

impl Extension {
    fn targets(&self, caller: &Caller, operation: &str, input: Members<'_>) -> Vec<Target> {
        self.environments.targets_of(caller, operation, input)
    }

    async fn describe_host_names(&self, _: &Caller, (): ()) -> Result<shapes::DescribeHostNamesResult> {
        let told = self.names.all().into_iter().map(|one| {
            let addresses: Vec<String> = one.addresses.iter().map(IpAddr::to_string).collect();
            shapes::HostNameDescription { name: Some(one.name), addresses: Some(addresses.join(" ")) }
        });
        Ok(shapes::DescribeHostNamesResult { host_names: Some(told.collect()) })
    }

    async fn describe_option_origins(
        &self,
        caller: &Caller,
        input: shapes::DescribeOptionOriginsMessage,
    ) -> Result<shapes::DescribeOptionOriginsResult> {
        let state = self.environments.service.state();
        let environment = state.environment(&caller.region, &which(input.environment_id, input.environment_name))?;
        let resolved = environment.shown().map(|release| release.resolved(environment.tier));
        let listed = resolved.iter().flat_map(|resolved| resolved.listed());
        let wanted = listed.filter(|one| input.namespace.as_deref().is_none_or(|name| one.key.namespace() == name));
        Ok(shapes::DescribeOptionOriginsResult { options: Some(wanted.map(origin).collect()) })
    }

    async fn rollback_environment(
        &self,
        caller: &Caller,
        input: shapes::EnvironmentMessage,
    ) -> Result<model::EnvironmentDescription> {
        let which = which(input.environment_id, input.environment_name);
        let environment = self.environments.service.rollback_environment(&call(caller), &which).await?;
        Ok(self.environments.described(&environment))
    }

    async fn run_environment_task(
        &self,
        caller: &Caller,
        input: shapes::RunEnvironmentTaskMessage,
    ) -> Result<shapes::RunEnvironmentTaskResult> {
        let which = which(input.environment_id, input.environment_name);
        let task = Task {
            command: input.command.unwrap_or_default(),
            entrypoint: input.entry_point,
            service: input.service,
            tty: input.tty.unwrap_or_default(),
            stdin: input.stdin.unwrap_or_default(),
            detached: input.detached.unwrap_or_default(),
        };
        let id = self.environments.service.run_task(&call(caller), &which, task).await?;
        Ok(shapes::RunEnvironmentTaskResult { task_id: Some(id) })
    }
}

/// A value with who gave it.
fn origin(listed: Listed<'_>) -> shapes::OptionOrigin {
    let (word, source, line) = match listed.origin {
        Origin::Default => ("Default", None, None),
        Origin::Ebextensions { file, line } => ("Ebextensions", Some(file.clone()), Some(i64::from(*line))),
        Origin::SavedConfiguration(name) => ("SavedConfiguration", Some(name.clone()), None),
        Origin::Request => ("Request", None, None),
    };
    shapes::OptionOrigin {
        namespace: Some(listed.key.namespace().to_owned()),
        option_name: Some(listed.key.name().to_owned()),
        resource_name: listed.resource.map(str::to_owned),
        value: listed.value.map(str::to_owned),
        origin: Some(word.to_owned()),
        source,
        line,
    }
}

#[cfg(test)]
mod tests {
    use ::beanstalk::option::OptionKey;

    use super::*;
    use crate::codec::Value;

    #[test]
    fn operations_are_found_and_fit_their_shapes() {
        let names: Vec<&str> = shapes::MODEL.operations.iter().map(|operation| operation.name).collect();
        assert!(names.is_sorted());
        for (form, operation) in shapes::operation::FORMS.iter().zip(shapes::MODEL.operations) {
            assert_eq!(form.name, operation.name);
            let crate::codec::shape::Shape::Structure { members } = operation.input else { panic!("no structure") };
            let empty = Value::Structure(vec![None; members.len()]);
            assert_eq!((form.input)(empty.clone()), Some(empty));
        }
    }

    #[test]
    fn a_file_is_told_with_its_line() {
        let key = OptionKey::plain("aws:autoscaling:asg", "MinSize");
        let file = Origin::Ebextensions { file: ".ebextensions/a.config".into(), line: 3 };
        let told = origin(Listed { key: &key, resource: None, value: Some("2"), origin: &file });
        assert_eq!(told.origin.as_deref(), Some("Ebextensions"));
        assert_eq!((told.source.as_deref(), told.line), (Some(".ebextensions/a.config"), Some(3)));
    }
}
