//! Environments: what is asked of them, and what they are.

use ::beanstalk::environment::{NewEnvironment, Update};
use ::beanstalk::fleet::LogKind;
use ::beanstalk::option::{ListenerProtocol, Setting};
use ::beanstalk::worker::Origin;
use ::beanstalk::{Environment, EnvironmentName, InstanceId, limits};
use words::Timestamp;

use super::{ElasticBeanstalk, Result, call, keys, model, options, page, tags, tier, tier_of, which};
use crate::error::{self, Error};
use crate::parts;
use crate::service::Caller;
use crate::sign::made;

/// How long the address of a log is good, in seconds (AWS's).
const LOG_URL: u64 = 15 * 60;

/// What a specification of the `eb` command line names.
#[derive(Default)]
struct Specified {
    /// An environment to copy.
    copy_of: Option<String>,
    /// The text of a saved configuration.
    contents: Option<String>,
    /// A database is asked for.
    database: bool,
}

impl Specified {
    /// The settings of a request, with the one that the specification stands for.
    fn settings(&self, given: Option<Vec<model::ConfigurationOptionSetting>>) -> Result<Vec<Setting>> {
        let mut settings = options(given)?;
        let coupled = Setting::new("aws:rds:dbinstance", "HasCoupledDatabase", "true");
        if self.database && !settings.iter().any(|setting| setting.key == coupled.key) {
            settings.push(coupled);
        }
        Ok(settings)
    }
}

fn specified(specification: Option<model::EnvironmentTemplateSpecification>) -> Result<Specified> {
    let Some(specification) = specification else { return Ok(Specified::default()) };
    let snippets = specification.template_snippets.unwrap_or_default();
    let mut names = snippets.into_iter().filter_map(|snippet| snippet.snippet_name).peekable();
    let database = names.peek().is_some();
    if let Some(snippet) = names.find(|name| name != RDS) {
        return Err(Error::new(
            error::INVALID_PARAMETER_VALUE,
            format!("The template snippet '{snippet}' is not known here."),
        ));
    }
    let source = specification.template_source.unwrap_or_default();
    Ok(Specified { copy_of: source.environment_name, contents: source.source_contents, database })
}

/// The snippet by which `eb create --database` asks for a database; the options beside it say which.
const RDS: &str = "RdsExtensionEB";

fn kind(word: &str) -> Result<LogKind> {
    match word {
        "tail" => Ok(LogKind::Tail),
        "bundle" => Ok(LogKind::Bundle),
        "analyze" => Ok(LogKind::Analyze),
        other => Err(Error::new(
            error::INVALID_PARAMETER_VALUE,
            format!("Invalid InfoType '{other}'. There are tail, bundle and analyze."),
        )),
    }
}

/// The queues of a worker environment.
fn queues(caller: &Caller, environment: &Environment) -> Vec<model::Queue> {
    let queue = |name: &str, url: String| model::Queue { name: Some(name.to_owned()), url: Some(url) };
    match environment.queues() {
        None => Vec::new(),
        Some(Origin::Given(url)) => vec![queue("WorkerQueue", url)],
        Some(Origin::Own(own)) => vec![
            queue("WorkerQueue", crate::sqs::url(caller, &own.messages)),
            queue("WorkerDeadLetterQueue", crate::sqs::url(caller, &own.dead_letters)),
        ],
    }
}

/// A port of its own that an environment answers on, whatever the port that its balancer has in its configuration.
fn listener((port, protocol): &(u16, ListenerProtocol)) -> model::Listener {
    model::Listener { port: Some((*port).into()), protocol: Some(protocol.as_str().into()) }
}

fn link((property, other): (&String, &EnvironmentName)) -> model::EnvironmentLink {
    model::EnvironmentLink { link_name: Some(property.clone()), environment_name: Some(other.to_string()) }
}

impl ElasticBeanstalk {
    /// What is told of an environment.
    pub(super) fn described(&self, environment: &Environment) -> model::EnvironmentDescription {
        let view = self.service.view(environment);
        let release = environment.shown();
        let platform = environment.platform();
        let resources = view.endpoint.as_ref().map(|_| model::EnvironmentResourcesDescription {
            load_balancer: Some(model::LoadBalancerDescription {
                domain: view.cname.clone(),
                listeners: Some(view.listeners.iter().map(listener).collect()),
                load_balancer_name: Some(parts::balancer_name(environment)),
            }),
        });
        let saved = release.and_then(|release| release.settings().saved.as_ref()).map(|(name, _)| name.to_string());
        model::EnvironmentDescription {
            abortable_operation_in_progress: Some(view.abortable),
            application_name: Some(environment.application.to_string()),
            cname: view.cname,
            date_created: Some(environment.created),
            date_updated: Some(environment.updated),
            description: environment.description.clone(),
            endpoint_url: view.endpoint,
            environment_arn: Some(environment.arn(&self.service.config().account).to_string()),
            environment_id: Some(environment.id.to_string()),
            environment_links: Some(environment.links.iter().map(link).collect()),
            environment_name: Some(environment.name.to_string()),
            health: Some(view.colour.to_owned()),
            health_status: view.health.map(|status| status.word().to_owned()),
            operations_role: environment.operations_role.clone(),
            platform_arn: Some(platform.arn(&environment.region).to_string()),
            resources,
            solution_stack_name: Some(platform.solution_stack()),
            status: Some(view.status.to_owned()),
            template_name: saved,
            tier: Some(tier_of(environment.tier)),
            version_label: release.and_then(|release| release.version.as_ref()).map(ToString::to_string),
        }
    }

    pub(super) async fn create_environment(
        &self,
        caller: &Caller,
        input: model::CreateEnvironmentMessage,
    ) -> Result<model::EnvironmentDescription> {
        let specified = specified(input.template_specification)?;
        let new = NewEnvironment {
            application: input.application_name,
            name: input.environment_name,
            group: input.group_name,
            links: std::collections::BTreeMap::new(),
            description: input.description,
            cname: input.cname_prefix,
            tier: tier(input.tier.as_ref())?,
            version: input.version_label,
            template: input.template_name,
            solution_stack: input.solution_stack_name,
            platform: input.platform_arn,
            settings: specified.settings(input.option_settings)?,
            remove: keys(input.options_to_remove),
            operations_role: input.operations_role,
            tags: tags(input.tags),
            copy_of: specified.copy_of,
            contents: specified.contents,
        };
        let environment = self.service.create_environment(&call(caller), new).await?;
        Ok(self.described(&environment))
    }

    pub(super) async fn update_environment(
        &self,
        caller: &Caller,
        input: model::UpdateEnvironmentMessage,
    ) -> Result<model::EnvironmentDescription> {
        let specified = specified(input.template_specification)?;
        if specified.copy_of.is_some() {
            return Err(Error::new(
                error::INVALID_PARAMETER_VALUE,
                "TemplateSpecification.TemplateSource.EnvironmentName is for new environments.",
            ));
        }
        let update = Update {
            which: which(input.environment_id, input.environment_name),
            description: input.description,
            group: input.group_name,
            links: None,
            tier: tier(input.tier.as_ref())?,
            version: input.version_label,
            template: input.template_name,
            solution_stack: input.solution_stack_name,
            platform: input.platform_arn,
            settings: specified.settings(input.option_settings)?,
            remove: keys(input.options_to_remove),
            contents: specified.contents,
        };
        let environment = self.service.update_environment(&call(caller), update).await?;
        Ok(self.described(&environment))
    }

    pub(super) async fn terminate_environment(
        &self,
        caller: &Caller,
        input: model::TerminateEnvironmentMessage,
    ) -> Result<model::EnvironmentDescription> {
        let which = which(input.environment_id, input.environment_name);
        let environment = self.service.terminate_environment(&call(caller), &which).await?;
        Ok(self.described(&environment))
    }

    pub(super) async fn rebuild_environment(
        &self,
        caller: &Caller,
        input: model::RebuildEnvironmentMessage,
    ) -> Result<()> {
        let which = which(input.environment_id, input.environment_name);
        Ok(self.service.rebuild_environment(&call(caller), &which).await?)
    }

    pub(super) async fn restart_app_server(
        &self,
        caller: &Caller,
        input: model::RestartAppServerMessage,
    ) -> Result<()> {
        let which = which(input.environment_id, input.environment_name);
        Ok(self.service.restart_app_server(&call(caller), &which).await?)
    }

    pub(super) async fn abort_environment_update(
        &self,
        caller: &Caller,
        input: model::AbortEnvironmentUpdateMessage,
    ) -> Result<()> {
        let which = which(input.environment_id, input.environment_name);
        Ok(self.service.abort_update(&call(caller), &which).await?)
    }

    pub(super) async fn swap_environment_cnames(
        &self,
        caller: &Caller,
        input: model::SwapEnvironmentCNAMEsMessage,
    ) -> Result<()> {
        let source = which(input.source_environment_id, input.source_environment_name);
        let destination = which(input.destination_environment_id, input.destination_environment_name);
        Ok(self.service.swap_cnames(&call(caller), &source, &destination).await?)
    }

    pub(super) async fn compose_environments(
        &self,
        caller: &Caller,
        input: model::ComposeEnvironmentsMessage,
    ) -> Result<model::EnvironmentDescriptionsMessage> {
        let application = input
            .application_name
            .ok_or_else(|| Error::new(error::MISSING_PARAMETER, "ApplicationName must be given."))?;
        let labels = input.version_labels.unwrap_or_default();
        let queue_url = |name: &str| crate::sqs::url(caller, name);
        let made = self
            .service
            .compose_environments(&call(caller), &application, input.group_name, labels, &queue_url)
            .await?;
        let environments = made.iter().map(|environment| self.described(environment)).collect();
        Ok(model::EnvironmentDescriptionsMessage { environments: Some(environments), next_token: None })
    }

    pub(super) async fn describe_environments(
        &self,
        caller: &Caller,
        input: model::DescribeEnvironmentsMessage,
    ) -> Result<model::EnvironmentDescriptionsMessage> {
        let state = self.service.state();
        let (ids, names) = (input.environment_ids.unwrap_or_default(), input.environment_names.unwrap_or_default());
        // Without a word on it, those that have just gone are still told: clients wait to see them gone.
        let back = match (input.include_deleted, input.included_deleted_back_to) {
            (Some(false), _) => None,
            (Some(true), Some(moment)) => Some(moment),
            (Some(true), None) => Timestamp::from_nanos(0),
            (None, _) => shown_since(caller.now),
        };
        let wanted = |environment: &Environment| {
            let alive = match &environment.life {
                ::beanstalk::environment::Life::Terminated { at } => back.is_some_and(|back| *at >= back),
                _ => true,
            };
            let release = environment.shown();
            let label = release.and_then(|release| release.version.as_ref()).map(|label| label.as_str());
            alive
                && environment.region == caller.region
                && input.application_name.as_deref().is_none_or(|name| environment.application.as_str() == name)
                && input.version_label.as_deref().is_none_or(|wanted| label == Some(wanted))
                && (ids.is_empty() || ids.iter().any(|id| id == environment.id.as_str()))
                && (names.is_empty() || names.iter().any(|name| name == environment.name.as_str()))
        };
        let mut found: Vec<_> =
            state.environments.values().filter(|environment| wanted(environment)).cloned().collect();
        found.sort_by_key(|environment| environment.created);
        let token = input.next_token.as_deref();
        let (found, next_token) = page(found, input.max_records, token, |environment| environment.id.to_string())?;
        let environments = found.iter().map(|environment| self.described(environment)).collect();
        Ok(model::EnvironmentDescriptionsMessage { environments: Some(environments), next_token })
    }

    pub(super) async fn describe_environment_resources(
        &self,
        caller: &Caller,
        input: model::DescribeEnvironmentResourcesMessage,
    ) -> Result<model::EnvironmentResourceDescriptionsMessage> {
        let state = self.service.state();
        let which = which(input.environment_id, input.environment_name);
        let environment = state.environment(&caller.region, &which)?;
        let instances = environment.per_instance().into_keys();
        let instances = instances.map(|id: &InstanceId| model::Instance { id: Some(id.to_string()) }).collect();
        let account = &self.service.config().account;
        let balancers = parts::balancer(environment)
            .map(|_| model::LoadBalancer { name: Some(parts::balancer_arn(account, environment)) });
        let group = parts::group_name(environment);
        Ok(model::EnvironmentResourceDescriptionsMessage {
            environment_resources: Some(model::EnvironmentResourceDescription {
                auto_scaling_groups: Some(vec![model::AutoScalingGroup { name: Some(group) }]),
                cluster: None,
                environment_name: Some(environment.name.to_string()),
                instances: Some(instances),
                launch_configurations: Some(Vec::new()),
                launch_templates: Some(Vec::new()),
                load_balancers: Some(balancers.into_iter().collect()),
                queues: Some(queues(caller, environment)),
                triggers: Some(Vec::new()),
            }),
        })
    }

    pub(super) async fn check_dns_availability(
        &self,
        caller: &Caller,
        input: model::CheckDNSAvailabilityMessage,
    ) -> Result<model::CheckDNSAvailabilityResultMessage> {
        let (available, host) = self.service.check_cname(&caller.region, &input.cname_prefix)?;
        Ok(model::CheckDNSAvailabilityResultMessage {
            available: Some(available),
            fully_qualified_cname: available.then_some(host),
        })
    }

    pub(super) async fn request_environment_info(
        &self,
        caller: &Caller,
        input: model::RequestEnvironmentInfoMessage,
    ) -> Result<()> {
        let which = which(input.environment_id, input.environment_name);
        Ok(self.service.request_logs(&call(caller), &which, kind(&input.info_type)?).await?)
    }

    pub(super) async fn retrieve_environment_info(
        &self,
        caller: &Caller,
        input: model::RetrieveEnvironmentInfoMessage,
    ) -> Result<model::RetrieveEnvironmentInfoResultMessage> {
        let which = which(input.environment_id, input.environment_name);
        let taken = self.service.taken_logs(&call(caller), &which, kind(&input.info_type)?)?;
        let endpoint = caller.endpoint();
        let told = taken.into_iter().map(|entry| {
            let (bucket, key) = (entry.bucket.as_str(), entry.key.as_str());
            let object = made::Object { endpoint: &endpoint, region: caller.region.as_str(), bucket, key };
            let url = made::get(object, &self.own.id, &self.own.secret, LOG_URL, caller.now)?;
            Ok(model::EnvironmentInfoDescription {
                ec2_instance_id: Some(entry.instance.to_string()),
                info_type: Some(input.info_type.clone()),
                message: Some(url),
                sample_timestamp: Some(entry.at),
            })
        });
        Ok(model::RetrieveEnvironmentInfoResultMessage { environment_info: Some(told.collect::<Result<_>>()?) })
    }

    pub(super) async fn associate_environment_operations_role(
        &self,
        caller: &Caller,
        input: model::AssociateEnvironmentOperationsRoleMessage,
    ) -> Result<()> {
        let role = Some(input.operations_role);
        Ok(self.service.set_operations_role(&call(caller), &input.environment_name, role).await?)
    }

    pub(super) async fn disassociate_environment_operations_role(
        &self,
        caller: &Caller,
        input: model::DisassociateEnvironmentOperationsRoleMessage,
    ) -> Result<()> {
        Ok(self.service.set_operations_role(&call(caller), &input.environment_name, None).await?)
    }
}

/// Since when environments that have gone are told without being asked for.
fn shown_since(now: Timestamp) -> Option<Timestamp> {
    let past = i128::from(limits::TERMINATED_SHOWN) * 1_000_000_000;
    Timestamp::from_nanos(now.nanos() - past)
}
