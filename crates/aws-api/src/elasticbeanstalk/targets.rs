//! What Elastic Beanstalk's operations are on, for the policies that allow them.
//!
//! Source: "Actions, resources, and condition keys for AWS Elastic Beanstalk" in the Service Authorization Reference.

use super::{ElasticBeanstalk, which};
use crate::codec::Members;
use crate::service::{Caller, Target};

impl ElasticBeanstalk {
    pub(super) fn targets_of(&self, caller: &Caller, operation: &str, input: Members<'_>) -> Vec<Target> {
        let arn = |resource: String| caller.arn("elasticbeanstalk", resource).to_string();
        let text = |name: &str| input.text(name).map(str::to_owned);
        let application = text("ApplicationName");
        let within = |target: Target, application: &str| {
            target.with("elasticbeanstalk:InApplication", arn(format!("application/{application}")))
        };
        let environment = |name: Option<String>, id: Option<String>| {
            let state = self.service.state();
            let found = state.environment(&caller.region, &which(id, name.clone())).ok().cloned();
            match (found, name, &application) {
                (Some(found), _, _) => {
                    let target = Target::new(found.arn(&caller.account).to_string());
                    Some(within(target, found.application.as_str()))
                }
                (None, Some(name), Some(application)) => {
                    Some(within(Target::new(arn(format!("environment/{application}/{name}"))), application))
                }
                _ => None,
            }
        };
        if operation == "SwapEnvironmentCNAMEs" {
            let sides = [
                environment(text("SourceEnvironmentName"), text("SourceEnvironmentId")),
                environment(text("DestinationEnvironmentName"), text("DestinationEnvironmentId")),
            ];
            let found: Vec<Target> = sides.into_iter().flatten().collect();
            return if found.is_empty() { vec![Target::new("*")] } else { found };
        }
        if let Some(resource) =
            text("ResourceArn").or_else(|| text("PlatformArn").filter(|_| operation.contains("Platform")))
        {
            return vec![Target::new(resource)];
        }
        let mut target =
            match (text("EnvironmentName"), text("EnvironmentId"), text("TemplateName"), text("VersionLabel")) {
                (name @ Some(_), id, _, _) | (name, id @ Some(_), _, _) if !operation.starts_with("DescribeEvents") => {
                    environment(name, id).unwrap_or_else(|| Target::new("*"))
                }
                (_, _, Some(template), _) if application.is_some() => {
                    let application = application.clone().unwrap_or_default();
                    within(Target::new(arn(format!("configurationtemplate/{application}/{template}"))), &application)
                }
                (_, _, _, Some(label)) if application.is_some() => {
                    let application = application.clone().unwrap_or_default();
                    within(Target::new(arn(format!("applicationversion/{application}/{label}"))), &application)
                }
                _ => match &application {
                    Some(application) => Target::new(arn(format!("application/{application}"))),
                    None => Target::new("*"),
                },
            };
        for tag in input.list("Tags").into_iter().chain(input.list("TagsToAdd")) {
            if let (Some(key), Some(value)) = (tag.text("Key"), tag.text("Value")) {
                target = target.with(&format!("aws:RequestTag/{key}"), value).with("aws:TagKeys", key);
            }
        }
        vec![target]
    }
}
