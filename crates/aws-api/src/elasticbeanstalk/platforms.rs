//! Platform versions, branches and solution stacks.

use ::beanstalk::platform::{self, Branch, Filter, PlatformVersion};

use super::{ElasticBeanstalk, Result, model, page};
use crate::error::{self, Error};
use crate::service::Caller;

fn texts(all: &[&str]) -> Option<Vec<String>> {
    Some(all.iter().map(|text| (*text).to_owned()).collect())
}

fn system_version(branch: &Branch) -> Option<String> {
    branch.operating_system.rsplit(' ').next().map(str::to_owned)
}

fn summary(version: PlatformVersion, caller: &Caller) -> model::PlatformSummary {
    let branch = version.branch();
    model::PlatformSummary {
        operating_system_name: Some("Amazon Linux".into()),
        operating_system_version: system_version(branch),
        platform_arn: Some(version.arn(&caller.region).to_string()),
        platform_branch_lifecycle_state: Some("Supported".into()),
        platform_branch_name: Some(branch.name.into()),
        platform_category: Some(branch.platform.into()),
        platform_lifecycle_state: version.is_latest().then(|| "Recommended".into()),
        platform_owner: Some(platform::OWNER.into()),
        platform_status: Some("Ready".into()),
        platform_version: Some(version.version().into()),
        supported_addon_list: texts(&platform::ADDONS),
        supported_tier_list: texts(&platform::TIERS),
    }
}

impl ElasticBeanstalk {
    pub(super) async fn list_available_solution_stacks(
        &self,
        _: &Caller,
        (): (),
    ) -> Result<model::ListAvailableSolutionStacksResultMessage> {
        let stacks: Vec<String> = PlatformVersion::all().map(PlatformVersion::solution_stack).collect();
        let details = stacks.iter().map(|stack| model::SolutionStackDescription {
            permitted_file_types: Some(vec!["zip".into()]),
            solution_stack_name: Some(stack.clone()),
        });
        Ok(model::ListAvailableSolutionStacksResultMessage {
            solution_stack_details: Some(details.collect()),
            solution_stacks: Some(stacks),
        })
    }

    pub(super) async fn list_platform_versions(
        &self,
        caller: &Caller,
        input: model::ListPlatformVersionsRequest,
    ) -> Result<model::ListPlatformVersionsResult> {
        let filters = input.filters.unwrap_or_default().into_iter().map(|filter| {
            let (kind, operator) = (filter.r#type.unwrap_or_default(), filter.operator.unwrap_or_default());
            Filter::new(&kind, &operator, filter.values.unwrap_or_default())
        });
        let filters: Vec<Filter> = filters.collect::<std::result::Result<_, _>>()?;
        let found = platform::versions(&filters)?;
        let token = input.next_token.as_deref();
        let (found, next_token) = page(found, input.max_records, token, ToString::to_string)?;
        let list = found.into_iter().map(|version| summary(version, caller)).collect();
        Ok(model::ListPlatformVersionsResult { next_token, platform_summary_list: Some(list) })
    }

    pub(super) async fn list_platform_branches(
        &self,
        _: &Caller,
        input: model::ListPlatformBranchesRequest,
    ) -> Result<model::ListPlatformBranchesResult> {
        let filters = input.filters.unwrap_or_default().into_iter().map(|filter| {
            let (attribute, operator) = (filter.attribute.unwrap_or_default(), filter.operator.unwrap_or_default());
            Filter::new(&attribute, &operator, filter.values.unwrap_or_default())
        });
        let filters: Vec<Filter> = filters.collect::<std::result::Result<_, _>>()?;
        let found = platform::branches(&filters)?;
        let token = input.next_token.as_deref();
        let (found, next_token) = page(found, input.max_records, token, |branch| branch.name.to_owned())?;
        let list = found.into_iter().map(|branch| model::PlatformBranchSummary {
            branch_name: Some(branch.name.into()),
            branch_order: Some(branch.order.into()),
            lifecycle_state: Some("Supported".into()),
            platform_name: Some(branch.platform.into()),
            supported_tier_list: texts(&platform::TIERS),
        });
        Ok(model::ListPlatformBranchesResult { next_token, platform_branch_summary_list: Some(list.collect()) })
    }

    pub(super) async fn describe_platform_version(
        &self,
        caller: &Caller,
        input: model::DescribePlatformVersionRequest,
    ) -> Result<model::DescribePlatformVersionResult> {
        let version = match input.platform_arn {
            Some(arn) => PlatformVersion::of_arn(&arn)?,
            None => PlatformVersion::newest(),
        };
        let branch = version.branch();
        let told = summary(version, caller);
        Ok(model::DescribePlatformVersionResult {
            platform_description: Some(model::PlatformDescription {
                custom_ami_list: Some(Vec::new()),
                date_created: None,
                date_updated: None,
                default_ami_list: Some(Vec::new()),
                description: Some(format!("{} on this engine", branch.name)),
                frameworks: Some(Vec::new()),
                maintainer: None,
                operating_system_name: told.operating_system_name,
                operating_system_version: told.operating_system_version,
                platform_arn: told.platform_arn,
                platform_branch_lifecycle_state: told.platform_branch_lifecycle_state,
                platform_branch_name: told.platform_branch_name,
                platform_category: told.platform_category,
                platform_lifecycle_state: told.platform_lifecycle_state,
                platform_name: Some(branch.name.into()),
                platform_owner: told.platform_owner,
                platform_status: told.platform_status,
                platform_version: told.platform_version,
                programming_languages: Some(Vec::new()),
                solution_stack_name: Some(version.solution_stack()),
                supported_addon_list: told.supported_addon_list,
                supported_tier_list: told.supported_tier_list,
            }),
        })
    }

    pub(super) async fn create_platform_version(
        &self,
        _: &Caller,
        input: model::CreatePlatformVersionRequest,
    ) -> Result<model::CreatePlatformVersionResult> {
        // Amazon's are machine images that Packer makes: an environment here has containers, and no machine image.
        Err(Error::new(
            model::error::ELASTIC_BEANSTALK_SERVICE_EXCEPTION,
            format!(
                "The platform '{}' can't be made: custom platforms are machine images, and environments here run \
                 containers. Put what the platform has into the application's Dockerfile.",
                input.platform_name
            ),
        ))
    }

    pub(super) async fn delete_platform_version(
        &self,
        _: &Caller,
        input: model::DeletePlatformVersionRequest,
    ) -> Result<model::DeletePlatformVersionResult> {
        let arn = input.platform_arn.unwrap_or_default();
        let version = PlatformVersion::of_arn(&arn)?;
        Err(Error::new(
            error::INVALID_PARAMETER_VALUE,
            format!("The platform version '{version}' is AWSElasticBeanstalk's own, and can't be deleted."),
        ))
    }
}
