//! Where instances stand: regions, zones, networks, subnets. There is one of each.

use super::{Code, Ec2, Error, Result, code, filter, model, unless_dry};
use crate::parts;
use crate::service::Caller;

const NO_REGION: Code = code("InvalidParameterValue", 400);
pub(super) const NO_VPC: Code = code("InvalidVpcID.NotFound", 400);
const NO_SUBNET: Code = code("InvalidSubnetID.NotFound", 400);

/// The first of those asked for that is not there, as an error.
pub(super) fn all_there(wanted: &[String], has: &[Option<String>], code: Code, noun: &str) -> Result<()> {
    match wanted.iter().find(|id| !has.iter().flatten().any(|known| known == *id)) {
        None => Ok(()),
        Some(missing) => Err(Error::new(code, format!("The {noun} '{missing}' does not exist"))),
    }
}

pub(super) fn is_wanted(wanted: &[String], id: &Option<String>) -> bool {
    wanted.is_empty() || id.as_ref().is_some_and(|id| wanted.contains(id))
}

pub(super) fn one_of(text: &Option<String>) -> Option<Vec<String>> {
    Some(text.iter().cloned().collect())
}

impl Ec2 {
    pub(super) async fn describe_regions(
        &self,
        caller: &Caller,
        input: model::DescribeRegionsRequest,
    ) -> Result<model::DescribeRegionsResult> {
        unless_dry(input.dry_run)?;
        // Any region can be named; the one of the request and those in use are told.
        let mut regions: Vec<String> =
            self.service.state().environments.values().map(|environment| environment.region.to_string()).collect();
        regions.push(caller.region.to_string());
        regions.sort();
        regions.dedup();
        let wanted = input.region_names.unwrap_or_default();
        if let Some(missing) = wanted.iter().find(|name| !regions.contains(name)) {
            return Err(Error::new(NO_REGION, format!("Invalid region name: {missing}")));
        }
        let mut found = Vec::new();
        for name in regions {
            let region = model::Region {
                endpoint: Some(caller.endpoint()),
                geography: None,
                opt_in_status: Some("opt-in-not-required".into()),
                region_name: Some(name),
            };
            let values = |filter: &str| match filter {
                "region-name" => one_of(&region.region_name),
                "endpoint" => one_of(&region.endpoint),
                "opt-in-status" => one_of(&region.opt_in_status),
                _ => None,
            };
            if is_wanted(&wanted, &region.region_name)
                && filter::all_fit(input.filters.as_deref().unwrap_or_default(), values)?
            {
                found.push(region);
            }
        }
        Ok(model::DescribeRegionsResult { regions: Some(found) })
    }

    pub(super) async fn describe_availability_zones(
        &self,
        caller: &Caller,
        input: model::DescribeAvailabilityZonesRequest,
    ) -> Result<model::DescribeAvailabilityZonesResult> {
        unless_dry(input.dry_run)?;
        let name = parts::zone(&caller.region);
        let zone = model::AvailabilityZone {
            messages: Some(Vec::new()),
            opt_in_status: Some("opt-in-not-required".into()),
            region_name: Some(caller.region.to_string()),
            state: Some("available".into()),
            zone_id: Some(name.clone()),
            zone_name: Some(name),
            zone_type: Some("availability-zone".into()),
            ..Default::default()
        };
        let wanted: Vec<String> =
            input.zone_names.unwrap_or_default().into_iter().chain(input.zone_ids.unwrap_or_default()).collect();
        if let Some(missing) = wanted.iter().find(|wanted| zone.zone_name.as_ref() != Some(wanted)) {
            return Err(Error::new(NO_REGION, format!("Invalid availability zone: [{missing}]")));
        }
        let values = |filter: &str| match filter {
            "zone-name" | "zone-id" => one_of(&zone.zone_name),
            "region-name" => one_of(&zone.region_name),
            "state" => one_of(&zone.state),
            "zone-type" => one_of(&zone.zone_type),
            "opt-in-status" => one_of(&zone.opt_in_status),
            _ => None,
        };
        let fits = filter::all_fit(input.filters.as_deref().unwrap_or_default(), values)?;
        let availability_zones = Some(fits.then_some(zone).into_iter().collect());
        Ok(model::DescribeAvailabilityZonesResult { availability_zones })
    }

    pub(super) async fn describe_vpcs(
        &self,
        caller: &Caller,
        input: model::DescribeVpcsRequest,
    ) -> Result<model::DescribeVpcsResult> {
        unless_dry(input.dry_run)?;
        let vpc = model::Vpc {
            instance_tenancy: Some("default".into()),
            is_default: Some(true),
            owner_id: Some(caller.account.to_string()),
            state: Some("available".into()),
            tags: Some(Vec::new()),
            vpc_id: Some(parts::vpc(&caller.region)),
            ..Default::default()
        };
        let wanted = input.vpc_ids.unwrap_or_default();
        all_there(&wanted, std::slice::from_ref(&vpc.vpc_id), NO_VPC, "vpc ID")?;
        let values = |filter: &str| match filter {
            "vpc-id" => one_of(&vpc.vpc_id),
            "state" => one_of(&vpc.state),
            "is-default" | "isDefault" => Some(vec!["true".into()]),
            "owner-id" => one_of(&vpc.owner_id),
            other => filter::tag_values(&[], other),
        };
        let fits = filter::all_fit(input.filters.as_deref().unwrap_or_default(), values)?;
        Ok(model::DescribeVpcsResult { next_token: None, vpcs: Some(fits.then_some(vpc).into_iter().collect()) })
    }

    pub(super) async fn describe_subnets(
        &self,
        caller: &Caller,
        input: model::DescribeSubnetsRequest,
    ) -> Result<model::DescribeSubnetsResult> {
        unless_dry(input.dry_run)?;
        let id = parts::subnet(&caller.region);
        let subnet = model::Subnet {
            availability_zone: Some(parts::zone(&caller.region)),
            default_for_az: Some(true),
            map_public_ip_on_launch: Some(false),
            owner_id: Some(caller.account.to_string()),
            state: Some("available".into()),
            subnet_arn: Some(caller.arn("ec2", format!("subnet/{id}")).to_string()),
            subnet_id: Some(id),
            tags: Some(Vec::new()),
            vpc_id: Some(parts::vpc(&caller.region)),
            ..Default::default()
        };
        let wanted = input.subnet_ids.unwrap_or_default();
        all_there(&wanted, std::slice::from_ref(&subnet.subnet_id), NO_SUBNET, "subnet ID")?;
        let values = |filter: &str| match filter {
            "subnet-id" => one_of(&subnet.subnet_id),
            "vpc-id" => one_of(&subnet.vpc_id),
            "availability-zone" | "availabilityZone" => one_of(&subnet.availability_zone),
            "default-for-az" | "defaultForAz" => Some(vec!["true".into()]),
            "state" => one_of(&subnet.state),
            "owner-id" => one_of(&subnet.owner_id),
            other => filter::tag_values(&[], other),
        };
        let fits = filter::all_fit(input.filters.as_deref().unwrap_or_default(), values)?;
        let subnets = Some(fits.then_some(subnet).into_iter().collect());
        Ok(model::DescribeSubnetsResult { next_token: None, subnets })
    }
}
