//! Security groups and their rules.

use std::sync::Arc;

use ::beanstalk::security_group::{Amended, Doomed, Peer, Permission, Refusal, Rule, SecurityGroup, Way, net};
use ::beanstalk::{Error as Fault, limits};

use super::network::{NO_VPC, all_there, is_wanted, one_of};
use super::{Code, Ec2, Error, Result, call, code, fault, filter, given_tags, model, tag, unless_dry};
use crate::error::{INVALID_PARAMETER_VALUE, MISSING_PARAMETER};
use crate::parts::{self, page};
use crate::service::Caller;

const NO_GROUP: Code = code("InvalidGroup.NotFound", 400);
const NO_RULE: Code = code("InvalidPermission.NotFound", 400);
const NO_RULE_ID: Code = code("InvalidSecurityGroupRuleId.NotFound", 400);
const MALFORMED: Code = code("InvalidPermission.Malformed", 400);
const DUPLICATE: Code = code("InvalidPermission.Duplicate", 400);

/// A permission with what it is for.
type Described = (Permission, Option<String>);

fn refused(why: Fault) -> Error {
    let Fault::Group(refusal) = &why else { return fault(why) };
    let code = match refusal {
        Refusal::NoGroup(_) => NO_GROUP,
        Refusal::GroupExists(_) => code("InvalidGroup.Duplicate", 400),
        Refusal::Named(..) => code("InvalidGroup.InUse", 400),
        Refusal::Used(..) => code("DependencyViolation", 400),
        Refusal::RuleExists(_) => DUPLICATE,
        Refusal::NoRule => NO_RULE,
        Refusal::NoRuleId(_) => NO_RULE_ID,
        Refusal::TooManyGroups(_) => code("SecurityGroupLimitExceeded", 400),
        Refusal::TooManyRules(_) => code("RulesPerSecurityGroupLimitExceeded", 400),
    };
    Error::new(code, refusal.to_string())
}

fn wrong(why: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(INVALID_PARAMETER_VALUE, why)
}

const PROTOCOLS: [(&str, u8); 4] = [("icmp", 1), ("tcp", 6), ("udp", 17), ("icmpv6", 58)];

/// `tcp`, `6`, `-1`
fn protocol(text: &str) -> Result<Option<u8>> {
    let text = text.to_ascii_lowercase();
    if text == "-1" || text == "all" {
        return Ok(None);
    }
    let known = PROTOCOLS.iter().find(|(name, _)| *name == text).map(|(_, number)| *number);
    let number = known.or_else(|| text.parse().ok());
    number.map(Some).ok_or_else(|| wrong(format!("Invalid value '{text}' for IP protocol. Unknown protocol.")))
}

fn protocol_word(protocol: Option<u8>) -> String {
    let Some(number) = protocol else { return "-1".into() };
    PROTOCOLS.iter().find(|(_, known)| *known == number).map_or(number.to_string(), |(name, _)| (*name).to_owned())
}

/// The ports that a rule of a protocol names.
fn ports(protocol: Option<u8>, from: Option<i64>, to: Option<i64>) -> Result<Option<(u16, u16)>> {
    let port = |port: i64| {
        u16::try_from(port).map_err(|_| {
            wrong(format!("Invalid value '{port}' for portRange. Must specify a number between 0 and 65535."))
        })
    };
    match protocol {
        Some(6 | 17) => match (from, to) {
            (Some(-1), Some(-1)) => Ok(None),
            (Some(from), Some(to)) if from <= to => Ok(Some((port(from)?, port(to)?))),
            (Some(from), Some(to)) => Err(wrong(format!("Invalid TCP/UDP port range ({from}:{to})"))),
            _ => {
                let message = "Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.";
                Err(wrong(message))
            }
        },
        Some(1 | 58) => match (from.unwrap_or(-1), to.unwrap_or(-1)) {
            (-1, -1) => Ok(None),
            _ => Err(wrong("Single types of ICMP are not told apart here: FromPort and ToPort are -1.")),
        },
        // As EC2 does, ports of all protocols are passed over.
        _ => Ok(None),
    }
}

fn range(text: &str) -> Result<Peer> {
    let malformed = || wrong(format!("CIDR block {text} is malformed"));
    net(text).map(Peer::Net).ok_or_else(malformed)
}

fn permissions(caller: &Caller, given: Vec<model::IpPermission>) -> Result<Vec<Described>> {
    let mut found = Vec::new();
    for one in given {
        let name = one
            .ip_protocol
            .ok_or_else(|| Error::new(MISSING_PARAMETER, "The request must contain the parameter ipProtocol"))?;
        let protocol = protocol(&name)?;
        let ports = ports(protocol, one.from_port, one.to_port)?;
        if one.prefix_list_ids.is_some_and(|lists| !lists.is_empty()) {
            return Err(wrong("There are no prefix lists here."));
        }
        let mut peers = Vec::new();
        for one in one.ip_ranges.unwrap_or_default() {
            peers.push((range(&one.cidr_ip.unwrap_or_default())?, one.description));
        }
        for one in one.ipv6_ranges.unwrap_or_default() {
            peers.push((range(&one.cidr_ipv6.unwrap_or_default())?, one.description));
        }
        for one in one.user_id_group_pairs.unwrap_or_default() {
            if one.user_id.is_some_and(|owner| owner != caller.account.as_str()) {
                return Err(Error::new(NO_GROUP, "Groups of other accounts are not known here"));
            }
            let id =
                one.group_id.ok_or_else(|| Error::new(MISSING_PARAMETER, "A group of a rule is named by GroupId"))?;
            peers.push((Peer::Group(id), one.description));
        }
        if peers.is_empty() {
            return Err(Error::new(MALFORMED, "A permission names no IpRanges, no Ipv6Ranges and no groups"));
        }
        let described = |(peer, description)| (Permission { protocol, ports, peer }, description);
        found.extend(peers.into_iter().map(described));
    }
    if found.is_empty() {
        return Err(Error::new(MISSING_PARAMETER, "The request must contain rules: IpPermissions"));
    }
    Ok(found)
}

/// The permissions of a request that may also name one by parameters of its own.
fn given(
    caller: &Caller,
    list: Option<Vec<model::IpPermission>>,
    single: (Option<String>, Option<i64>, Option<i64>, Option<String>),
) -> Result<Vec<Described>> {
    let (ip_protocol, from_port, to_port, cidr_ip) = single;
    let list = match (list, cidr_ip) {
        (Some(list), None) => list,
        (None, Some(cidr_ip)) => {
            let ranges = vec![model::IpRange { cidr_ip: Some(cidr_ip), description: None }];
            vec![model::IpPermission { ip_protocol, from_port, to_port, ip_ranges: Some(ranges), ..Default::default() }]
        }
        (Some(_), Some(_)) => return Err(wrong("IpPermissions and CidrIp exclude each other")),
        (None, None) => Vec::new(),
    };
    permissions(caller, list)
}

fn told_rule(caller: &Caller, group: &str, way: Way, rule: &Rule) -> model::SecurityGroupRule {
    let Permission { protocol, ports, peer } = &rule.permission;
    let range = |four: bool| match peer {
        Peer::Net(net) if net.network().is_ipv4() == four => Some(net.to_string()),
        _ => None,
    };
    let referenced = match peer {
        Peer::Group(id) => Some(model::ReferencedSecurityGroup {
            group_id: Some(id.clone()),
            user_id: Some(caller.account.to_string()),
            vpc_id: Some(parts::vpc(&caller.region)),
            ..Default::default()
        }),
        Peer::Net(_) => None,
    };
    model::SecurityGroupRule {
        cidr_ipv4: range(true),
        cidr_ipv6: range(false),
        description: rule.description.clone(),
        from_port: Some(ports.map_or(-1, |(first, _)| i64::from(first))),
        group_id: Some(group.to_owned()),
        group_owner_id: Some(caller.account.to_string()),
        ip_protocol: Some(protocol_word(*protocol)),
        is_egress: Some(way == Way::Out),
        referenced_group_info: referenced,
        security_group_rule_arn: Some(caller.arn("ec2", format!("security-group-rule/{}", rule.id)).to_string()),
        security_group_rule_id: Some(rule.id.clone()),
        tags: Some(Vec::new()),
        to_port: Some(ports.map_or(-1, |(_, last)| i64::from(last))),
        ..Default::default()
    }
}

fn told_revoked(caller: &Caller, group: &str, way: Way, rule: &Rule) -> model::RevokedSecurityGroupRule {
    let told = told_rule(caller, group, way, rule);
    model::RevokedSecurityGroupRule {
        cidr_ipv4: told.cidr_ipv4,
        cidr_ipv6: told.cidr_ipv6,
        description: told.description,
        from_port: told.from_port,
        group_id: told.group_id,
        ip_protocol: told.ip_protocol,
        is_egress: told.is_egress,
        prefix_list_id: None,
        referenced_group_id: told.referenced_group_info.and_then(|group| group.group_id),
        security_group_rule_id: told.security_group_rule_id,
        to_port: told.to_port,
    }
}

/// Protocol and ports: what rules have in common that are told as one.
type Traffic = (Option<u8>, Option<(u16, u16)>);

/// Rules as permissions: those of the same protocol and ports are one.
fn told_permissions(caller: &Caller, rules: &[Rule]) -> Vec<model::IpPermission> {
    let mut found: Vec<(Traffic, model::IpPermission)> = Vec::new();
    for rule in rules {
        let Permission { protocol, ports, peer } = &rule.permission;
        let key = (*protocol, *ports);
        let at = found.iter().position(|(known, _)| *known == key).unwrap_or_else(|| {
            let fresh = model::IpPermission {
                ip_protocol: Some(protocol_word(*protocol)),
                from_port: protocol.map(|_| ports.map_or(-1, |(first, _)| i64::from(first))),
                to_port: protocol.map(|_| ports.map_or(-1, |(_, last)| i64::from(last))),
                ip_ranges: Some(Vec::new()),
                ipv6_ranges: Some(Vec::new()),
                prefix_list_ids: Some(Vec::new()),
                user_id_group_pairs: Some(Vec::new()),
            };
            found.push((key, fresh));
            found.len() - 1
        });
        let Some((_, permission)) = found.get_mut(at) else { continue };
        let description = rule.description.clone();
        match peer {
            Peer::Net(net) if net.network().is_ipv4() => {
                let range = model::IpRange { cidr_ip: Some(net.to_string()), description };
                permission.ip_ranges.get_or_insert_default().push(range);
            }
            Peer::Net(net) => {
                let range = model::Ipv6Range { cidr_ipv6: Some(net.to_string()), description };
                permission.ipv6_ranges.get_or_insert_default().push(range);
            }
            Peer::Group(id) => permission.user_id_group_pairs.get_or_insert_default().push(model::UserIdGroupPair {
                description,
                group_id: Some(id.clone()),
                user_id: Some(caller.account.to_string()),
                ..Default::default()
            }),
        }
    }
    found.into_iter().map(|(_, permission)| permission).collect()
}

fn told(caller: &Caller, group: &SecurityGroup) -> model::SecurityGroup {
    model::SecurityGroup {
        description: Some(group.description.clone()),
        group_id: Some(group.id.clone()),
        group_name: Some(group.name.clone()),
        ip_permissions: Some(told_permissions(caller, &group.ingress)),
        ip_permissions_egress: Some(told_permissions(caller, &group.egress)),
        owner_id: Some(caller.account.to_string()),
        security_group_arn: Some(caller.arn("ec2", format!("security-group/{}", group.id)).to_string()),
        tags: Some(group.tags.clone().into_iter().map(tag).collect()),
        vpc_id: Some(parts::vpc(&caller.region)),
    }
}

impl Ec2 {
    /// The groups of the region, with the tags that environments give to what is theirs.
    fn groups(&self, caller: &Caller) -> Vec<Arc<SecurityGroup>> {
        let state = self.service.state();
        let told =
            |group: Arc<SecurityGroup>| match group.environment.as_ref().and_then(|id| state.environments.get(id)) {
                Some(environment) => {
                    let tags = parts::tags(environment).into_iter().collect();
                    Arc::new(SecurityGroup { tags, ..SecurityGroup::clone(&group) })
                }
                None => group,
            };
        state.security_groups(&caller.region).into_values().map(told).collect()
    }

    /// The id of the group that a request names.
    pub(super) fn group_id(&self, caller: &Caller, id: Option<String>, name: Option<String>) -> Result<String> {
        match (id, name) {
            (Some(id), _) => Ok(id),
            (None, Some(name)) => {
                let found = self.groups(caller).into_iter().find(|group| group.name == name);
                let missing = || Error::new(NO_GROUP, format!("The security group '{name}' does not exist"));
                found.map(|group| group.id.clone()).ok_or_else(missing)
            }
            (None, None) => Err(Error::new(MISSING_PARAMETER, "The request must contain the parameter GroupId")),
        }
    }

    pub(super) async fn describe_security_groups(
        &self,
        caller: &Caller,
        input: model::DescribeSecurityGroupsRequest,
    ) -> Result<model::DescribeSecurityGroupsResult> {
        unless_dry(input.dry_run)?;
        let all: Vec<model::SecurityGroup> = self.groups(caller).iter().map(|group| told(caller, group)).collect();
        let (ids, names) = (input.group_ids.unwrap_or_default(), input.group_names.unwrap_or_default());
        let has = |member: fn(&model::SecurityGroup) -> &Option<String>| -> Vec<Option<String>> {
            all.iter().map(|group| member(group).clone()).collect()
        };
        all_there(&ids, &has(|group| &group.group_id), NO_GROUP, "security group")?;
        all_there(&names, &has(|group| &group.group_name), NO_GROUP, "security group")?;
        let mut found = Vec::new();
        for group in all {
            let permissions = group.ip_permissions.as_deref().unwrap_or_default();
            let ranges = || permissions.iter().flat_map(|one| one.ip_ranges.iter().flatten());
            let pairs = || permissions.iter().flat_map(|one| one.user_id_group_pairs.iter().flatten());
            let values = |filter: &str| match filter {
                "group-id" => one_of(&group.group_id),
                "group-name" => one_of(&group.group_name),
                "vpc-id" => one_of(&group.vpc_id),
                "owner-id" => one_of(&group.owner_id),
                "description" => one_of(&group.description),
                "ip-permission.cidr" => Some(ranges().filter_map(|range| range.cidr_ip.clone()).collect()),
                "ip-permission.group-id" => Some(pairs().filter_map(|pair| pair.group_id.clone()).collect()),
                "ip-permission.protocol" => {
                    Some(permissions.iter().filter_map(|one| one.ip_protocol.clone()).collect())
                }
                "ip-permission.from-port" => {
                    Some(permissions.iter().filter_map(|one| one.from_port).map(|port| port.to_string()).collect())
                }
                "ip-permission.to-port" => {
                    Some(permissions.iter().filter_map(|one| one.to_port).map(|port| port.to_string()).collect())
                }
                other => filter::tag_values(group.tags.as_deref().unwrap_or_default(), other),
            };
            let fits = filter::all_fit(input.filters.as_deref().unwrap_or_default(), values)?;
            if fits && is_wanted(&ids, &group.group_id) && is_wanted(&names, &group.group_name) {
                found.push(group);
            }
        }
        let key = |group: &model::SecurityGroup| group.group_id.clone().unwrap_or_default();
        let (found, next_token) = page(found, input.max_results, input.next_token.as_deref(), key)?;
        Ok(model::DescribeSecurityGroupsResult { next_token, security_groups: Some(found) })
    }

    pub(super) async fn describe_security_group_rules(
        &self,
        caller: &Caller,
        input: model::DescribeSecurityGroupRulesRequest,
    ) -> Result<model::DescribeSecurityGroupRulesResult> {
        unless_dry(input.dry_run)?;
        let of_group = |group: &Arc<SecurityGroup>| {
            let rules = group
                .ingress
                .iter()
                .map(|rule| (Way::In, rule))
                .chain(group.egress.iter().map(|rule| (Way::Out, rule)));
            rules.map(|(way, rule)| told_rule(caller, &group.id, way, rule)).collect::<Vec<_>>()
        };
        let all: Vec<model::SecurityGroupRule> = self.groups(caller).iter().flat_map(of_group).collect();
        let ids = input.security_group_rule_ids.unwrap_or_default();
        let is = |rule: &model::SecurityGroupRule, id: &String| rule.security_group_rule_id.as_ref() == Some(id);
        if let Some(missing) = ids.iter().find(|id| !all.iter().any(|rule| is(rule, id))) {
            return Err(refused(Fault::Group(Refusal::NoRuleId(missing.clone()))));
        }
        let mut found = Vec::new();
        for rule in all {
            let values = |filter: &str| match filter {
                "group-id" => one_of(&rule.group_id),
                "security-group-rule-id" => one_of(&rule.security_group_rule_id),
                other => filter::tag_values(&[], other),
            };
            let wanted = ids.is_empty() || ids.iter().any(|id| is(&rule, id));
            if filter::all_fit(input.filters.as_deref().unwrap_or_default(), values)? && wanted {
                found.push(rule);
            }
        }
        let key = |rule: &model::SecurityGroupRule| rule.security_group_rule_id.clone().unwrap_or_default();
        let (found, next_token) = page(found, input.max_results, input.next_token.as_deref(), key)?;
        Ok(model::DescribeSecurityGroupRulesResult { next_token, security_group_rules: Some(found) })
    }

    pub(super) async fn create_security_group(
        &self,
        caller: &Caller,
        input: model::CreateSecurityGroupRequest,
    ) -> Result<model::CreateSecurityGroupResult> {
        let printable = |text: &str| text.chars().all(|letter| letter.is_ascii() && !letter.is_control());
        for (name, text) in [("groupName", &input.group_name), ("groupDescription", &input.description)] {
            if text.is_empty() || text.len() > limits::SECURITY_GROUP_TEXT || !printable(text) {
                let most = limits::SECURITY_GROUP_TEXT;
                return Err(wrong(format!(
                    "Value ({text}) for parameter {name} is invalid. It has 1 to {most} ASCII characters."
                )));
            }
        }
        if input.group_name.starts_with("sg-") {
            return Err(wrong("Group names may not be in the format sg-*"));
        }
        all_there(input.vpc_id.as_slice(), &[Some(parts::vpc(&caller.region))], NO_VPC, "vpc ID")?;
        let tags = given_tags(input.tag_specifications, "security-group")?;
        unless_dry(input.dry_run)?;
        let (call, name) = (call(caller), &input.group_name);
        let made = self.service.create_security_group(&call, name, &input.description, &tags).await;
        let group = told(caller, &*made.map_err(refused)?);
        Ok(model::CreateSecurityGroupResult {
            group_id: group.group_id,
            security_group_arn: group.security_group_arn,
            tags: group.tags,
        })
    }

    pub(super) async fn delete_security_group(
        &self,
        caller: &Caller,
        input: model::DeleteSecurityGroupRequest,
    ) -> Result<model::DeleteSecurityGroupResult> {
        let id = self.group_id(caller, input.group_id, input.group_name)?;
        unless_dry(input.dry_run)?;
        self.service.delete_security_group(&call(caller), &id).await.map_err(refused)?;
        Ok(model::DeleteSecurityGroupResult { group_id: Some(id), r#return: Some(true) })
    }

    async fn allow(
        &self,
        caller: &Caller,
        id: &str,
        way: Way,
        all: Vec<Described>,
    ) -> Result<Option<Vec<model::SecurityGroupRule>>> {
        let added = self.service.allow(&call(caller), id, way, all).await.map_err(refused)?;
        Ok(Some(added.iter().map(|rule| told_rule(caller, id, way, rule)).collect()))
    }

    pub(super) async fn authorize_security_group_ingress(
        &self,
        caller: &Caller,
        input: model::AuthorizeSecurityGroupIngressRequest,
    ) -> Result<model::AuthorizeSecurityGroupIngressResult> {
        let id = self.group_id(caller, input.group_id, input.group_name)?;
        if input.source_security_group_name.is_some() || input.source_security_group_owner_id.is_some() {
            return Err(wrong("A source group is named by its id, in IpPermissions"));
        }
        let single = (input.ip_protocol, input.from_port, input.to_port, input.cidr_ip);
        let all = given(caller, input.ip_permissions, single)?;
        given_tags(input.tag_specifications, "security-group-rule").and_then(no_tags)?;
        unless_dry(input.dry_run)?;
        let security_group_rules = self.allow(caller, &id, Way::In, all).await?;
        Ok(model::AuthorizeSecurityGroupIngressResult { r#return: Some(true), security_group_rules })
    }

    pub(super) async fn authorize_security_group_egress(
        &self,
        caller: &Caller,
        input: model::AuthorizeSecurityGroupEgressRequest,
    ) -> Result<model::AuthorizeSecurityGroupEgressResult> {
        if input.source_security_group_name.is_some() || input.source_security_group_owner_id.is_some() {
            return Err(wrong("A group is named by its id, in IpPermissions"));
        }
        let single = (input.ip_protocol, input.from_port, input.to_port, input.cidr_ip);
        let all = given(caller, input.ip_permissions, single)?;
        given_tags(input.tag_specifications, "security-group-rule").and_then(no_tags)?;
        unless_dry(input.dry_run)?;
        let security_group_rules = self.allow(caller, &input.group_id, Way::Out, all).await?;
        Ok(model::AuthorizeSecurityGroupEgressResult { r#return: Some(true), security_group_rules })
    }

    async fn take(
        &self,
        caller: &Caller,
        id: &str,
        way: Way,
        ids: Option<Vec<String>>,
        permissions: impl FnOnce() -> Result<Vec<Described>>,
    ) -> Result<Option<Vec<model::RevokedSecurityGroupRule>>> {
        let doomed = match ids.filter(|ids| !ids.is_empty()) {
            Some(ids) => Doomed::Ids(ids),
            None => Doomed::Permissions(permissions()?.into_iter().map(|(permission, _)| permission).collect()),
        };
        let gone = self.service.revoke(&call(caller), id, way, doomed).await.map_err(refused)?;
        Ok(Some(gone.iter().map(|rule| told_revoked(caller, id, way, rule)).collect()))
    }

    pub(super) async fn revoke_security_group_ingress(
        &self,
        caller: &Caller,
        input: model::RevokeSecurityGroupIngressRequest,
    ) -> Result<model::RevokeSecurityGroupIngressResult> {
        let id = self.group_id(caller, input.group_id, input.group_name)?;
        unless_dry(input.dry_run)?;
        let single = (input.ip_protocol, input.from_port, input.to_port, input.cidr_ip);
        let permissions = || given(caller, input.ip_permissions, single);
        let revoked = self.take(caller, &id, Way::In, input.security_group_rule_ids, permissions).await?;
        Ok(model::RevokeSecurityGroupIngressResult {
            r#return: Some(true),
            revoked_security_group_rules: revoked,
            unknown_ip_permissions: None,
        })
    }

    pub(super) async fn revoke_security_group_egress(
        &self,
        caller: &Caller,
        input: model::RevokeSecurityGroupEgressRequest,
    ) -> Result<model::RevokeSecurityGroupEgressResult> {
        unless_dry(input.dry_run)?;
        let single = (input.ip_protocol, input.from_port, input.to_port, input.cidr_ip);
        let permissions = || given(caller, input.ip_permissions, single);
        let revoked = self.take(caller, &input.group_id, Way::Out, input.security_group_rule_ids, permissions).await?;
        Ok(model::RevokeSecurityGroupEgressResult {
            r#return: Some(true),
            revoked_security_group_rules: revoked,
            unknown_ip_permissions: None,
        })
    }

    pub(super) async fn modify_security_group_rules(
        &self,
        caller: &Caller,
        input: model::ModifySecurityGroupRulesRequest,
    ) -> Result<model::ModifySecurityGroupRulesResult> {
        unless_dry(input.dry_run)?;
        let mut all: Vec<Amended> = Vec::new();
        for update in input.security_group_rules {
            let rule = update.security_group_rule.unwrap_or_default();
            if rule.prefix_list_id.is_some() {
                return Err(wrong("There are no prefix lists here."));
            }
            let protocol = protocol(rule.ip_protocol.as_deref().unwrap_or("-1"))?;
            let ports = ports(protocol, rule.from_port, rule.to_port)?;
            let peer = match (rule.cidr_ipv4.or(rule.cidr_ipv6), rule.referenced_group_id) {
                (Some(text), None) => range(&text)?,
                (None, Some(group)) => Peer::Group(group),
                _ => return Err(wrong("A rule names exactly one of CidrIpv4, CidrIpv6 and ReferencedGroupId")),
            };
            all.push((update.security_group_rule_id, Permission { protocol, ports, peer }, rule.description));
        }
        self.service.amend(&call(caller), &input.group_id, all).await.map_err(refused)?;
        Ok(model::ModifySecurityGroupRulesResult { r#return: Some(true) })
    }

    /// Changes what rules are for, and nothing else of them.
    async fn describe_rules(
        &self,
        caller: &Caller,
        id: &str,
        way: Way,
        by_permission: Option<Vec<model::IpPermission>>,
        by_id: Option<Vec<model::SecurityGroupRuleDescription>>,
    ) -> Result<()> {
        let group = self.groups(caller).into_iter().find(|group| group.id == id);
        let group = group.ok_or_else(|| refused(Fault::Group(Refusal::NoGroup(id.to_owned()))))?;
        let rules = if way == Way::In { &group.ingress } else { &group.egress };
        let mut all: Vec<Amended> = Vec::new();
        for one in by_id.unwrap_or_default() {
            let rule_id = one.security_group_rule_id.unwrap_or_default();
            let rule = rules.iter().find(|rule| rule.id == rule_id);
            let rule = rule.ok_or_else(|| refused(Fault::Group(Refusal::NoRuleId(rule_id.clone()))))?;
            all.push((rule_id, rule.permission.clone(), one.description));
        }
        if let Some(list) = by_permission {
            for (permission, description) in permissions(caller, list)? {
                let rule = rules.iter().find(|rule| rule.permission == permission);
                let rule = rule.ok_or_else(|| refused(Fault::Group(Refusal::NoRule)))?;
                all.push((rule.id.clone(), permission, description));
            }
        }
        self.service.amend(&call(caller), id, all).await.map_err(refused)
    }

    pub(super) async fn update_security_group_rule_descriptions_ingress(
        &self,
        caller: &Caller,
        input: model::UpdateSecurityGroupRuleDescriptionsIngressRequest,
    ) -> Result<model::UpdateSecurityGroupRuleDescriptionsIngressResult> {
        unless_dry(input.dry_run)?;
        let id = self.group_id(caller, input.group_id, input.group_name)?;
        let by_id = input.security_group_rule_descriptions;
        self.describe_rules(caller, &id, Way::In, input.ip_permissions, by_id).await?;
        Ok(model::UpdateSecurityGroupRuleDescriptionsIngressResult { r#return: Some(true) })
    }

    pub(super) async fn update_security_group_rule_descriptions_egress(
        &self,
        caller: &Caller,
        input: model::UpdateSecurityGroupRuleDescriptionsEgressRequest,
    ) -> Result<model::UpdateSecurityGroupRuleDescriptionsEgressResult> {
        unless_dry(input.dry_run)?;
        let id = self.group_id(caller, input.group_id, input.group_name)?;
        let by_id = input.security_group_rule_descriptions;
        self.describe_rules(caller, &id, Way::Out, input.ip_permissions, by_id).await?;
        Ok(model::UpdateSecurityGroupRuleDescriptionsEgressResult { r#return: Some(true) })
    }
}

/// Rules have no tags here.
fn no_tags(tags: Vec<(String, String)>) -> Result<()> {
    if tags.is_empty() { Ok(()) } else { Err(wrong("Rules of security groups have no tags here")) }
}
