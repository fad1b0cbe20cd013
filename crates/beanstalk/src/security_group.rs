//! Security groups: who may come to an environment, and where its instances may go.
//!
//! Each environment has two of its own, as Amazon's has: that of its load balancer, which lets everybody come to the
//! ports of its listeners, and that of its instances. They are not written down as long as nobody has changed them.
//! Others are made by users and named by options of an environment.
//!
//! | what | is let in or out by |
//! |---|---|
//! | requests to a load-balanced environment | the groups of its load balancer |
//! | requests to a single instance | the groups of its instance |
//! | what instances begin themselves | the outward rules of their groups |
//!
//! Sources: "Security groups for your EC2 instances" in the EC2 User Guide; "AuthorizeSecurityGroupIngress" and its
//! neighbours in the EC2 API reference.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use aws::Region;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::balancing::identity;
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::name::EnvironmentId;
use crate::option::{Groups, Tier};
use crate::state::{Draft, Key, State};
use crate::tag::{self, Tags};
use crate::{Beanstalk, Call, limits};

/// A group's record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecurityGroup {
    /// What it is found by.
    pub key: Key,
    /// Its region.
    pub region: Region,
    /// `sg-` and 17 hexadecimal digits.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The environment that it is of, if it is one's own.
    pub environment: Option<EnvironmentId>,
    /// Its tags.
    pub tags: Tags,
    /// What is let in.
    pub ingress: Vec<Rule>,
    /// What is let out.
    pub egress: Vec<Rule>,
}

/// A rule of a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// `sgr-` and 17 hexadecimal digits.
    pub id: String,
    /// What it lets pass.
    #[serde(flatten)]
    pub permission: Permission,
    /// What it is for.
    pub description: Option<String>,
}

/// What a rule lets pass: no group has the same twice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Permission {
    /// The number of the transport protocol; all if nothing.
    pub protocol: Option<u8>,
    /// The first and the last port, or the type and the code of ICMP; all if nothing.
    pub ports: Option<(u16, u16)>,
    /// From where, or where to.
    pub peer: Peer,
}

/// The other side of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Peer {
    /// Addresses.
    Net(IpNet),
    /// The instances that have the group with this id.
    Group(String),
}

/// Which rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// What is let in.
    In,
    /// What is let out.
    Out,
}

/// What cannot be done with a group.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No group has this id or name.
    #[error("The security group '{0}' does not exist")]
    NoGroup(String),
    /// A group has this name.
    #[error("The security group '{0}' already exists for VPC")]
    GroupExists(String),
    /// A rule of another group names it.
    #[error("resource {0} has a dependent object: a rule of the security group {1} names it")]
    Named(String, String),
    /// An environment has it.
    #[error("resource {0} has a dependent object: the environment {1} has it")]
    Used(String, String),
    /// There is such a rule.
    #[error("the specified rule \"{0}\" already exists")]
    RuleExists(String),
    /// There is no such rule.
    #[error("The specified rule does not exist in this security group.")]
    NoRule,
    /// No rule has this id.
    #[error("The security group rule ID '{0}' does not exist")]
    NoRuleId(String),
    /// Too many groups.
    #[error("There are {0} security groups already: delete some first.")]
    TooManyGroups(usize),
    /// Too many rules.
    #[error("The maximum number of rules per security group, {0}, has been reached.")]
    TooManyRules(usize),
}

const ANYWHERE: IpNet = match ipnet::Ipv4Net::new(Ipv4Addr::UNSPECIFIED, 0) {
    Ok(net) => IpNet::V4(net),
    Err(_) => IpNet::V6(ipnet::Ipv6Net::new_assert(Ipv6Addr::UNSPECIFIED, 0)),
};
const TCP: u8 = 6;

/// What the group of an environment's instances is called.
const INSTANCES: &str = "AWSEBSecurityGroup";
/// What the group of its load balancer is called.
const BALANCER: &str = "AWSEBLoadBalancerSecurityGroup";

/// The id of a group of an environment's own.
fn own_id(environment: &EnvironmentId, part: &str) -> String {
    format!("sg-{}", identity(17, &[environment.as_str(), part]))
}

/// The id of the group of an environment's instances.
pub fn instances_id(environment: &EnvironmentId) -> String {
    own_id(environment, INSTANCES)
}

impl Permission {
    /// Does it let TCP to this port pass?
    fn covers(&self, port: u16) -> bool {
        self.protocol.is_none_or(|protocol| protocol == TCP)
            && self.ports.is_none_or(|(first, last)| (first..=last).contains(&port))
    }
}

impl std::fmt::Display for Permission {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.peer {
            Peer::Net(net) => write!(f, "peer: {net}, ")?,
            Peer::Group(group) => write!(f, "peer: {group}, ")?,
        }
        match self.protocol {
            Some(TCP) => write!(f, "TCP")?,
            Some(17) => write!(f, "UDP")?,
            Some(other) => write!(f, "protocol: {other}")?,
            None => write!(f, "ALL")?,
        }
        if let Some((first, last)) = self.ports {
            write!(f, ", from port: {first}, to port: {last}")?;
        }
        write!(f, ", ALLOW")
    }
}

impl SecurityGroup {
    /// One of an environment's own.
    fn of(environment: &Environment, part: &str, description: &str, ingress: Vec<Permission>) -> Self {
        let id = own_id(&environment.id, part);
        let everything = Permission { protocol: None, ports: None, peer: Peer::Net(ANYWHERE) };
        let rule = |(index, permission): (usize, Permission), way: &str| Rule {
            id: format!("sgr-{}", identity(17, &[&id, way, &index.to_string()])),
            permission,
            description: None,
        };
        let ingress = ingress.into_iter().enumerate().map(|one| rule(one, "in")).collect();
        let egress = vec![rule((0, everything), "out")];
        Self {
            key: Key::security_group(&environment.region, &id),
            region: environment.region.clone(),
            name: format!("awseb-e-{}-stack-{part}", environment.id.suffix()),
            description: description.to_owned(),
            environment: Some(environment.id.clone()),
            tags: environment.tags.clone(),
            ingress,
            egress,
            id,
        }
    }

    fn rules(&self, way: Way) -> &Vec<Rule> {
        match way {
            Way::In => &self.ingress,
            Way::Out => &self.egress,
        }
    }

    fn rules_mut(&mut self, way: Way) -> &mut Vec<Rule> {
        match way {
            Way::In => &mut self.ingress,
            Way::Out => &mut self.egress,
        }
    }
}

/// The group of an environment's instances.
fn instances_group(environment: &Environment, options: Option<&Options>) -> SecurityGroup {
    let balanced = options.is_some_and(|options| options.balanced);
    let peer = if balanced { Peer::Group(own_id(&environment.id, BALANCER)) } else { Peer::Net(ANYWHERE) };
    let ports = if balanced { vec![80] } else { listeners(options) };
    let ingress = ports.into_iter().map(|port| at(port, peer.clone())).collect();
    let description = "SecurityGroup for ElasticBeanstalk environment.";
    SecurityGroup::of(environment, INSTANCES, description, ingress)
}

/// The group of an environment's load balancer.
fn balancer_group(environment: &Environment, options: Option<&Options>) -> SecurityGroup {
    let everybody = listeners(options).into_iter().map(|port| at(port, Peer::Net(ANYWHERE))).collect();
    let description = "Elastic Beanstalk created security group used when no ELB security groups are specified during \
                       ELB creation";
    SecurityGroup::of(environment, BALANCER, description, everybody)
}

fn at(port: u16, peer: Peer) -> Permission {
    Permission { protocol: Some(TCP), ports: Some((port, port)), peer }
}

/// What an environment's options say of groups.
struct Options {
    groups: Groups,
    /// It has a load balancer.
    balanced: bool,
    /// Its listeners, and the ports of its own that stand for them.
    ports: BTreeMap<u16, u16>,
}

fn groups(environment: &Environment) -> Option<Options> {
    let configuration = environment.shown()?.configuration(environment.tier).ok()?;
    let serves = environment.tier == Tier::WebServer;
    let balanced = serves && configuration.routing.load_balancer.is_some();
    let ports = if serves { environment.listens(&configuration.routing) } else { BTreeMap::new() };
    Some(Options { groups: configuration.groups.clone(), balanced, ports })
}

fn listeners(options: Option<&Options>) -> Vec<u16> {
    options.map(|options| options.ports.keys().copied().collect()).unwrap_or_default()
}

impl State {
    /// The groups of a region, those of its living environments among them.
    pub fn security_groups(&self, region: &Region) -> BTreeMap<String, Arc<SecurityGroup>> {
        let mut found = BTreeMap::new();
        for environment in self.living(region) {
            let options = groups(environment);
            let options = options.as_ref();
            let balanced = options.is_some_and(|options| options.balanced);
            let front = balanced.then(|| balancer_group(environment, options));
            let own = [Some(instances_group(environment, options)), front];
            found.extend(own.into_iter().flatten().map(|group| (group.id.clone(), Arc::new(group))));
        }
        let lives = |group: &SecurityGroup| match &group.environment {
            Some(id) => self.environments.get(id).is_some_and(|environment| !environment.life.is_terminated()),
            None => true,
        };
        let kept = self.security_groups.values().filter(|group| group.region == *region && lives(group));
        found.extend(kept.map(|group| (group.id.clone(), Arc::clone(group))));
        found
    }
}

/// Who may ask an environment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Admission {
    /// From these addresses.
    pub nets: BTreeSet<IpNet>,
    /// The instances of these environments.
    pub members: BTreeSet<EnvironmentId>,
}

impl Admission {
    /// Is everybody let in?
    pub fn is_open(&self) -> bool {
        self.nets.contains(&ANYWHERE)
    }
}

/// A way out of an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passage {
    /// The number of the transport protocol; all if nothing.
    pub protocol: Option<u8>,
    /// The first and the last port; all if nothing.
    pub ports: Option<(u16, u16)>,
    /// Where to.
    pub to: IpNet,
}

/// Who may come to a listener of an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entrance {
    /// The port of the listener, of which the rules of groups speak.
    pub listener: u16,
    /// The port of the environment's own that stands for it.
    pub port: u16,
    /// Who may.
    pub admission: Admission,
}

/// What the groups of an environment come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gate {
    /// Of which environment.
    pub environment: EnvironmentId,
    /// Its listeners; a worker has none.
    pub entrances: Vec<Entrance>,
    /// Where its instances may go; anywhere if nothing.
    pub egress: Option<Vec<Passage>>,
}

/// The gates of all environments. Pure.
pub fn gates(state: &State) -> Vec<Gate> {
    let regions: BTreeSet<&Region> = state.environments.values().map(|environment| &environment.region).collect();
    regions.into_iter().flat_map(|region| gates_of(state, region)).collect()
}

fn gates_of(state: &State, region: &Region) -> Vec<Gate> {
    let all = state.security_groups(region);
    // Options name groups by id or by name.
    let named = |name: &String| all.get(name).or_else(|| all.values().find(|group| group.name == *name));
    let of_instances = |environment: &Environment, options: &Groups| {
        let own = (!options.without_default).then(|| instances_id(&environment.id));
        let all_of_them = own.iter().chain(&options.instances).filter_map(named);
        all_of_them.cloned().collect::<Vec<Arc<SecurityGroup>>>()
    };
    let environments: Vec<_> =
        state.living(region).filter_map(|environment| Some((environment, groups(environment)?))).collect();
    let mut members: BTreeMap<String, BTreeSet<EnvironmentId>> = BTreeMap::new();
    for (environment, options) in &environments {
        for group in of_instances(environment, &options.groups) {
            members.entry(group.id.clone()).or_default().insert(environment.id.clone());
        }
    }
    let gate = |(environment, options): &(&Arc<Environment>, Options)| {
        let instances = of_instances(environment, &options.groups);
        let front: Vec<Arc<SecurityGroup>> = match (options.balanced, options.groups.balancer.is_empty()) {
            (false, _) => instances.clone(),
            (true, false) => options.groups.balancer.iter().filter_map(named).cloned().collect(),
            (true, true) => all.get(&own_id(&environment.id, BALANCER)).into_iter().cloned().collect(),
        };
        let entrance = |(listener, port): (&u16, &u16)| {
            let mut admission = Admission::default();
            let rules = front.iter().flat_map(|group| &group.ingress);
            for rule in rules.filter(|rule| rule.permission.covers(*listener)) {
                match &rule.permission.peer {
                    Peer::Net(net) => drop(admission.nets.insert(*net)),
                    Peer::Group(group) => admission.members.extend(members.get(group).into_iter().flatten().cloned()),
                }
            }
            Entrance { listener: *listener, port: *port, admission }
        };
        let mut egress = Vec::new();
        for Rule { permission, .. } in instances.iter().flat_map(|group| &group.egress) {
            // Instances of different environments do not reach each other, whatever their groups are.
            if let Permission { protocol, ports, peer: Peer::Net(net) } = permission {
                egress.push(Passage { protocol: *protocol, ports: *ports, to: *net });
            }
        }
        let anywhere = |one: &Passage| one.protocol.is_none() && one.ports.is_none() && one.to == ANYWHERE;
        Gate {
            environment: environment.id.clone(),
            entrances: options.ports.iter().map(entrance).collect(),
            egress: (!egress.iter().any(anywhere)).then_some(egress),
        }
    };
    environments.iter().map(gate).collect()
}

/// The group to be changed: an environment's own is written down from now on.
fn found(state: &State, region: &Region, id: &str) -> Result<SecurityGroup> {
    let group = state.security_groups(region).remove(id);
    Ok(SecurityGroup::clone(&*group.ok_or_else(|| Error::Group(Refusal::NoGroup(id.to_owned())))?))
}

/// Who has a group, or names it.
fn user_of(state: &State, region: &Region, group: &SecurityGroup) -> Option<Refusal> {
    let is = |name: &String| *name == group.id || *name == group.name;
    let used = state.living(region).find(|environment| {
        group.environment.as_ref() == Some(&environment.id)
            || groups(environment)
                .is_some_and(|Options { groups, .. }| groups.balancer.iter().chain(&groups.instances).any(is))
    });
    if let Some(environment) = used {
        return Some(Refusal::Used(group.id.clone(), environment.name.to_string()));
    }
    let names = |other: &&Arc<SecurityGroup>| {
        other.id != group.id
            && other
                .ingress
                .iter()
                .chain(&other.egress)
                .any(|rule| rule.permission.peer == Peer::Group(group.id.clone()))
    };
    let other = state.security_groups(region).into_values().find(|other| names(&other))?;
    Some(Refusal::Named(group.id.clone(), other.id.clone()))
}

fn fresh_rule((permission, description): (Permission, Option<String>)) -> Rule {
    Rule { id: format!("sgr-{}", &crate::InstanceId::random().as_str()[2..]), permission, description }
}

fn create(draft: &mut Draft<'_>, group: SecurityGroup) -> Result<Arc<SecurityGroup>> {
    if draft.security_groups.len() >= limits::SECURITY_GROUPS {
        return Err(Error::Group(Refusal::TooManyGroups(limits::SECURITY_GROUPS)));
    }
    if draft.security_groups(&group.region).values().any(|other| other.name == group.name) {
        return Err(Error::Group(Refusal::GroupExists(group.name)));
    }
    draft.put(group)
}

fn remove(draft: &mut Draft<'_>, region: &Region, id: &str) -> Result<()> {
    let group = found(draft, region, id)?;
    if let Some(refusal) = user_of(draft, region, &group) {
        return Err(Error::Group(refusal));
    }
    draft.remove::<SecurityGroup>(&group.key);
    Ok(())
}

fn allow(
    draft: &mut Draft<'_>,
    region: &Region,
    id: &str,
    way: Way,
    permissions: Vec<(Permission, Option<String>)>,
) -> Result<Vec<Rule>> {
    let mut group = found(draft, region, id)?;
    let mut added: Vec<Rule> = Vec::new();
    for (permission, description) in permissions {
        if let Peer::Group(other) = &permission.peer {
            found(draft, region, other)?;
        }
        let same = |rule: &&Rule| rule.permission == permission;
        if group.rules(way).iter().chain(&added).find(same).is_some() {
            return Err(Error::Group(Refusal::RuleExists(permission.to_string())));
        }
        added.push(fresh_rule((permission, description)));
    }
    let rules = group.rules_mut(way);
    if rules.len() + added.len() > limits::SECURITY_GROUP_RULES {
        return Err(Error::Group(Refusal::TooManyRules(limits::SECURITY_GROUP_RULES)));
    }
    rules.extend(added.iter().cloned());
    draft.put(group)?;
    Ok(added)
}

/// Which rules are to go.
#[derive(Debug, Clone)]
pub enum Doomed {
    /// Those that let this pass.
    Permissions(Vec<Permission>),
    /// Those with these ids.
    Ids(Vec<String>),
}

fn revoke(draft: &mut Draft<'_>, region: &Region, id: &str, way: Way, doomed: Doomed) -> Result<Vec<Rule>> {
    let mut group = found(draft, region, id)?;
    let mut gone = Vec::new();
    let mut take = |is: &dyn Fn(&Rule) -> bool, missing: Refusal| {
        let rules = group.rules_mut(way);
        let at = rules.iter().position(is).ok_or(Error::Group(missing))?;
        gone.push(rules.remove(at));
        Ok::<_, Error>(())
    };
    match doomed {
        Doomed::Permissions(all) => {
            all.iter().try_for_each(|one| take(&|rule| rule.permission == *one, Refusal::NoRule))?;
        }
        Doomed::Ids(all) => {
            all.iter().try_for_each(|one| take(&|rule| rule.id == *one, Refusal::NoRuleId(one.clone())))?;
        }
    }
    draft.put(group)?;
    Ok(gone)
}

/// A rule as it is to be, by its id.
pub type Amended = (String, Permission, Option<String>);

fn amend(draft: &mut Draft<'_>, region: &Region, id: &str, rules: Vec<Amended>) -> Result<()> {
    let mut group = found(draft, region, id)?;
    for (rule_id, permission, description) in rules {
        if let Peer::Group(other) = &permission.peer {
            found(draft, region, other)?;
        }
        let inward = group.ingress.iter().any(|rule| rule.id == rule_id);
        let rules = group.rules_mut(if inward { Way::In } else { Way::Out });
        if rules.iter().any(|rule| rule.permission == permission && rule.id != rule_id) {
            return Err(Error::Group(Refusal::RuleExists(permission.to_string())));
        }
        let found = rules.iter_mut().find(|rule| rule.id == rule_id);
        let rule = found.ok_or_else(|| Error::Group(Refusal::NoRuleId(rule_id.clone())))?;
        (rule.permission, rule.description) = (permission, description);
    }
    draft.put(group).map(drop)
}

impl Beanstalk {
    /// Makes a group that lets nothing in and everything out.
    ///
    /// # Errors
    /// When one of that name is there, or a tag cannot be.
    pub async fn create_security_group(
        &self,
        call: &Call,
        name: &str,
        description: &str,
        tags: &[(String, String)],
    ) -> Result<Arc<SecurityGroup>> {
        let id = format!("sg-{}", &crate::InstanceId::random().as_str()[2..]);
        let everything = Permission { protocol: None, ports: None, peer: Peer::Net(ANYWHERE) };
        let group = SecurityGroup {
            key: Key::security_group(&call.region, &id),
            region: call.region.clone(),
            id,
            name: name.to_owned(),
            description: description.to_owned(),
            environment: None,
            tags: tag::changed(&Tags::new(), tags, &[])?,
            ingress: Vec::new(),
            egress: vec![fresh_rule((everything, None))],
        };
        self.ledger().commit(move |draft| create(draft, group)).await
    }

    /// Deletes a group.
    ///
    /// # Errors
    /// When it is not there, an environment has it, or a rule of another one names it.
    pub async fn delete_security_group(&self, call: &Call, id: &str) -> Result<()> {
        let (region, id) = (call.region.clone(), id.to_owned());
        self.ledger().commit(move |draft| remove(draft, &region, &id)).await
    }

    /// Adds rules to a group; when this answers, they hold.
    ///
    /// # Errors
    /// When it is not there, has one of them, or would have too many.
    pub async fn allow(
        &self,
        call: &Call,
        id: &str,
        way: Way,
        permissions: Vec<(Permission, Option<String>)>,
    ) -> Result<Vec<Rule>> {
        let (region, id) = (call.region.clone(), id.to_owned());
        let added = self.ledger().commit(move |draft| allow(draft, &region, &id, way, permissions)).await?;
        self.guard_now().await?;
        Ok(added)
    }

    /// Takes rules from a group; when this answers, they do not hold any more.
    ///
    /// # Errors
    /// When it is not there or lacks one of them.
    pub async fn revoke(&self, call: &Call, id: &str, way: Way, doomed: Doomed) -> Result<Vec<Rule>> {
        let (region, id) = (call.region.clone(), id.to_owned());
        let gone = self.ledger().commit(move |draft| revoke(draft, &region, &id, way, doomed)).await?;
        self.guard_now().await?;
        Ok(gone)
    }

    /// Changes rules of a group.
    ///
    /// # Errors
    /// When it is not there, lacks one of them, or would have one twice.
    pub async fn amend(&self, call: &Call, id: &str, rules: Vec<Amended>) -> Result<()> {
        let (region, id) = (call.region.clone(), id.to_owned());
        self.ledger().commit(move |draft| amend(draft, &region, &id, rules)).await?;
        self.guard_now().await
    }

    /// Has the fleet do what the groups say now, all of them at the same moment.
    pub(crate) async fn guard(&self) -> std::result::Result<(), crate::fleet::Failure> {
        // The state is read by the one whose turn it is, so that the last one has the last state.
        let _turn = self.0.guarding.lock().await;
        self.fleet().guard(gates(&self.state())).await
    }

    async fn guard_now(&self) -> Result<()> {
        self.guard().await.map_err(|failure| Error::Store(failure.to_string()))
    }

    /// Forgets what was changed of the groups of an environment that is gone.
    pub(crate) async fn forget_groups(&self, id: &EnvironmentId) {
        let of = id.clone();
        let forgotten = self.ledger().commit(move |draft| {
            let own = draft.security_groups.values().filter(|group| group.environment.as_ref() == Some(&of));
            let keys: Vec<Key> = own.map(|group| group.key.clone()).collect();
            keys.iter().for_each(|key| draft.remove::<SecurityGroup>(key));
            Ok::<_, Error>(())
        });
        if let Err(error) = forgotten.await {
            tracing::warn!(environment = %id, %error, "rules of a terminated environment stay in the record");
        }
        if let Err(failure) = self.guard().await {
            tracing::error!(environment = %id, %failure, "rules of a terminated environment stay in the kernel");
        }
    }
}

/// The address ranges of a text such as `10.0.0.0/8`, as EC2 takes them: what is behind the prefix is cut off.
pub fn net(text: &str) -> Option<IpNet> {
    let (address, prefix) = text.split_once('/')?;
    let address: IpAddr = address.parse().ok()?;
    IpNet::new(address, prefix.parse().ok()?).ok().map(|net| net.trunc())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::tests::example;

    fn rule(permission: Permission) -> Rule {
        fresh_rule((permission, None))
    }

    /// The state of one environment, with changes to the group before it.
    fn state(changed: impl FnOnce(&mut SecurityGroup)) -> State {
        let environment = example();
        let options = groups(&environment);
        let balanced = options.as_ref().unwrap().balanced;
        let of = if balanced { balancer_group } else { instances_group };
        let mut front = of(&environment, options.as_ref());
        let untouched = front.clone();
        changed(&mut front);
        let mut state = State::default();
        if front != untouched {
            state.security_groups.insert(front.key.clone(), Arc::new(front));
        }
        state.environments.insert(environment.id.clone(), Arc::new(environment));
        state
    }

    #[test]
    fn everybody_comes_and_everything_goes_unless_a_group_says_otherwise() {
        let of = |state: &State| gates(state).remove(0);
        let gate = of(&state(|_| {}));
        assert_eq!((gate.entrances[0].listener, gate.entrances[0].port), (80, 20000));
        assert!(gate.entrances[0].admission.is_open() && gate.egress.is_none());

        let near = net("10.1.2.3/8").unwrap();
        let gate = of(&state(|group| group.ingress = vec![rule(at(80, Peer::Net(near)))]));
        assert_eq!(gate.entrances[0].admission.nets, BTreeSet::from([net("10.0.0.0/8").unwrap()]));
        // What is said of another port says nothing of this one.
        let gate = of(&state(|group| group.ingress = vec![rule(at(443, Peer::Net(ANYWHERE)))]));
        assert_eq!(gate.entrances[0].admission, Admission::default());
        let member = |group: &mut SecurityGroup| {
            group.ingress = vec![rule(at(80, Peer::Group(instances_id(&example().id))))];
        };
        assert_eq!(of(&state(member)).entrances[0].admission.members, BTreeSet::from([example().id]));
    }

    #[test]
    fn a_group_that_somebody_has_stays() {
        let environment = example();
        let (state, own) = (state(|_| {}), instances_group(&environment, groups(&environment).as_ref()));
        assert!(matches!(user_of(&state, &environment.region, &own), Some(Refusal::Used(..))));
        let stranger = SecurityGroup { id: "sg-1".into(), name: "x".into(), environment: None, ..own };
        assert_eq!(user_of(&state, &environment.region, &stranger), None);
        assert!(matches!(found(&state, &environment.region, "sg-1"), Err(Error::Group(Refusal::NoGroup(_)))));
    }

    #[test]
    fn ranges_are_cut_at_their_prefix() {
        assert_eq!(net("10.1.2.3/8").unwrap().to_string(), "10.0.0.0/8");
        assert_eq!(net("::/0").unwrap().to_string(), "::/0");
        for wrong in ["", "10.0.0.0", "10.0.0/8", "10.0.0.0/33", "x/8", "10.0.0.0/-1"] {
            assert_eq!(net(wrong), None, "{wrong}");
        }
    }
}
