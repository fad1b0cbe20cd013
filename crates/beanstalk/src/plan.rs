//! Deployment policies as planners: from what runs and what is to run to the steps between.
//!
//! A [`Step`] changes the copies of an environment and says what must be seen before the next one. All that a policy
//! promises is decided here, in pure functions; who executes the steps knows no policy.
//!
//! In place, a release takes another's place on an instance: the new copy starts beside the old one, and the old one
//! leaves when the new one is in service, so that even all at once no request finds nobody. Only where two copies
//! cannot be at the same time ([`Prepared::exclusive`](crate::fleet::Prepared)) the old one stops first.

use serde::{Deserialize, Serialize};

use crate::event::Told;
use crate::fleet::{Copy, Duty, ReleaseId, Split};
use crate::name::InstanceId;

/// A change of the copies, and what it waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Copies that are there from now on, with this duty.
    pub put: Vec<Copy>,
    /// Copies that go.
    pub drop: Vec<(InstanceId, ReleaseId)>,
    /// How requests are shared from now on; `None` leaves it.
    pub share: Option<Share>,
    /// What must be seen before the next step.
    pub until: Until,
    /// What is told when the step begins.
    pub say: Option<String>,
}

/// How requests are shared from a step on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Share {
    /// By the number of copies.
    Even,
    /// A part for one release.
    Split(Split),
}

/// What must be seen before the next step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Until {
    /// The fleet has done it.
    Applied,
    /// These copies are healthy.
    Healthy(Vec<(InstanceId, ReleaseId)>),
    /// These copies have finished what they had begun.
    Drained(Vec<(InstanceId, ReleaseId)>),
    /// So much time has passed, with these copies healthy all the while.
    Held {
        /// How long.
        seconds: u64,
        /// Which.
        copies: Vec<(InstanceId, ReleaseId)>,
    },
}

/// How a release gets to the instances of an environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// In place, on all at the same time.
    AllAtOnce,
    /// In place, so many at a time.
    Rolling(usize),
    /// The same, with as many instances more for the time of the deployment.
    RollingWithAdditionalBatch(usize),
    /// On new instances, one first, then the rest; the old ones go.
    Immutable,
    /// On as many new instances, which get a share of the requests for a while, then all.
    TrafficSplitting {
        /// The share, in percent.
        percent: u8,
        /// For how long.
        seconds: u64,
    },
}

/// What a deployment is about.
pub struct Deployment<'a> {
    /// What runs now, the copies of the releases before.
    pub copies: &'a [Copy],
    /// The release that is to run.
    pub release: ReleaseId,
    /// How it gets there.
    pub policy: Policy,
    /// Two copies cannot be on one instance.
    pub exclusive: bool,
    /// How many instances there are to be.
    pub size: usize,
    /// Ids for new instances.
    pub fresh: &'a mut dyn FnMut() -> InstanceId,
}

type Id = (InstanceId, ReleaseId);

fn id(copy: &Copy) -> Id {
    (copy.instance.clone(), copy.release)
}

fn with(copies: &[Copy], duty: Duty) -> Vec<Copy> {
    copies.iter().map(|copy| Copy { duty, ..copy.clone() }).collect()
}

fn ids(copies: &[Copy]) -> Vec<Id> {
    copies.iter().map(id).collect()
}

fn step(put: Vec<Copy>, until: Until) -> Step {
    Step { put, drop: Vec::new(), share: None, until, say: None }
}

fn leave(drop: Vec<Id>) -> Step {
    Step { put: Vec::new(), drop, share: None, until: Until::Applied, say: None }
}

impl Step {
    fn saying(mut self, text: impl Into<String>) -> Self {
        self.say = Some(text.into());
        self
    }

    fn sharing(mut self, share: Share) -> Self {
        self.share = Some(share);
        self
    }

    /// What is told when it begins.
    pub fn told(&self) -> Option<Told> {
        self.say.clone().map(Told::info)
    }
}

/// New instances: they run, are healthy, and serve.
fn launch(copies: &[Copy]) -> Vec<Step> {
    vec![
        step(with(copies, Duty::Idle), Until::Healthy(ids(copies))).saying(launching(copies)),
        step(with(copies, Duty::Serve), Until::Applied).saying(added(copies)),
    ]
}

fn launching(copies: &[Copy]) -> String {
    match copies.len() {
        1 => "Launching 1 instance.".into(),
        many => format!("Launching {many} instances."),
    }
}

fn names(copies: &[Copy]) -> String {
    copies.iter().map(|copy| copy.instance.as_str()).collect::<Vec<_>>().join(", ")
}

fn added(copies: &[Copy]) -> String {
    match copies {
        [one] => format!("Added instance [{}] to your environment.", one.instance),
        many => format!("Added instances [{}] to your environment.", names(many)),
    }
}

fn removed(copies: &[Copy]) -> String {
    match copies {
        [one] => format!("Removed instance [{}] from your environment.", one.instance),
        many => format!("Removed instances [{}] from your environment.", names(many)),
    }
}

/// Instances leave: they finish what they have begun, and go.
pub(crate) fn retire(copies: &[Copy]) -> Vec<Step> {
    if copies.is_empty() {
        return Vec::new();
    }
    vec![step(with(copies, Duty::Idle), Until::Drained(ids(copies))), leave(ids(copies)).saying(removed(copies))]
}

/// Copies that are left over from what has given way go; they may have something to finish still.
pub(crate) fn clear(left: &[Copy]) -> Vec<Step> {
    if left.is_empty() {
        return Vec::new();
    }
    vec![step(Vec::new(), Until::Drained(ids(left))), leave(ids(left))]
}

/// A release takes the place of these copies on their instances.
fn in_place(old: &[Copy], release: ReleaseId, exclusive: bool) -> Vec<Step> {
    let new: Vec<Copy> =
        old.iter().map(|copy| Copy { instance: copy.instance.clone(), release, duty: Duty::Idle }).collect();
    let say = match old {
        [one] => format!("Deploying to instance [{}].", one.instance),
        many => format!("Deploying to instances [{}].", names(many)),
    };
    if exclusive {
        let mut stop = with(old, Duty::Rest);
        stop.extend(new.iter().cloned());
        let mut serve = step(with(&new, Duty::Serve), Until::Applied);
        serve.drop = ids(old);
        return vec![
            step(with(old, Duty::Idle), Until::Drained(ids(old))).saying(say),
            step(stop, Until::Healthy(ids(&new))),
            serve,
        ];
    }
    let mut swap = with(&new, Duty::Serve);
    swap.extend(with(old, Duty::Idle));
    vec![
        step(new.clone(), Until::Healthy(ids(&new))).saying(say),
        step(swap, Until::Drained(ids(old))),
        leave(ids(old)),
    ]
}

/// The steps of a deployment. Copies that serve are what it begins with; others are left over from before and go first.
pub fn deploy(deployment: Deployment<'_>) -> Vec<Step> {
    let Deployment { copies, release, policy, exclusive, size, fresh } = deployment;
    let (old, left): (Vec<Copy>, Vec<Copy>) = copies.iter().cloned().partition(|copy| copy.duty == Duty::Serve);
    let mut steps = Vec::new();
    steps.extend(clear(&left));
    let mut new = |count: usize| -> Vec<Copy> {
        (0..count).map(|_| Copy { instance: fresh(), release, duty: Duty::Idle }).collect()
    };
    if old.is_empty() {
        steps.extend(launch(&new(size.max(1))));
        return steps;
    }
    let (stay, surplus) = old.split_at(old.len().min(size.max(1)));
    match policy {
        Policy::AllAtOnce => steps.extend(in_place(stay, release, exclusive)),
        Policy::Rolling(batch) => {
            steps.extend(stay.chunks(batch.max(1)).flat_map(|batch| in_place(batch, release, exclusive)));
        }
        Policy::RollingWithAdditionalBatch(batch) => {
            let more = new(batch.clamp(1, stay.len()));
            steps.extend(launch(&more));
            steps.extend(stay.chunks(batch.max(1)).flat_map(|batch| in_place(batch, release, exclusive)));
            steps.extend(retire(&more));
        }
        Policy::Immutable => {
            let (first, rest) = (new(1), new(stay.len() - 1));
            steps.extend(launch(&first));
            if !rest.is_empty() {
                steps.extend(launch(&rest));
            }
            steps.extend(retire(stay));
        }
        Policy::TrafficSplitting { percent, seconds } => {
            let new = new(stay.len());
            let share = Share::Split(Split { release, percent });
            steps.push(step(new.clone(), Until::Healthy(ids(&new))).saying(launching(&new)));
            let held = Until::Held { seconds, copies: ids(&new) };
            let say = format!("Sending {percent} % of the requests to the new version for {seconds} seconds.");
            steps.push(step(with(&new, Duty::Serve), held).sharing(share).saying(say));
            let shift = with(stay, Duty::Idle);
            steps.push(step(shift, Until::Drained(ids(stay))).sharing(Share::Even));
            steps.push(leave(ids(stay)).saying(removed(stay)));
        }
    }
    steps.extend(retire(surplus));
    let have = stay.len();
    if size > have {
        steps.extend(launch(&new(size - have)));
    }
    steps
}

/// The steps to another number of instances of the same release: the newest go first.
pub fn resize(copies: &[Copy], release: ReleaseId, size: usize, fresh: &mut dyn FnMut() -> InstanceId) -> Vec<Step> {
    let serving: Vec<Copy> = copies.iter().filter(|copy| copy.duty == Duty::Serve).cloned().collect();
    if size > serving.len() {
        let new: Vec<Copy> =
            (serving.len()..size).map(|_| Copy { instance: fresh(), release, duty: Duty::Idle }).collect();
        return launch(&new);
    }
    retire(&serving[size..])
}

/// The steps by which instances stop and start again, once they have finished what they had begun.
pub(crate) fn reboot(copies: &[Copy]) -> Vec<Step> {
    vec![
        step(with(copies, Duty::Idle), Until::Drained(ids(copies))),
        step(with(copies, Duty::Rest), Until::Applied),
        step(with(copies, Duty::Idle), Until::Healthy(ids(copies))),
        step(with(copies, Duty::Serve), Until::Applied),
    ]
}

/// The steps by which instances that cannot be saved are replaced by new ones.
pub fn replace(lost: &[Copy], release: ReleaseId, fresh: &mut dyn FnMut() -> InstanceId) -> Vec<Step> {
    let new: Vec<Copy> = lost.iter().map(|_| Copy { instance: fresh(), release, duty: Duty::Idle }).collect();
    let mut steps = launch(&new);
    if let Some(first) = steps.first_mut() {
        first.drop = ids(lost);
        first.say = Some(format!("{} {}", removed(lost), launching(&new)));
    }
    steps
}

/// The steps back to what was before, from wherever a deployment has got to. One copy that failed is kept, stopped.
pub fn back(now: &[Copy], before: &[Copy], failed: Option<&Id>, exclusive: bool) -> Vec<Step> {
    let before: Vec<Copy> = before.iter().filter(|copy| copy.duty == Duty::Serve).cloned().collect();
    let known = |copy: &&Copy| before.iter().any(|old| id(old) == id(copy));
    let newer: Vec<Copy> = now.iter().filter(|copy| !known(copy)).cloned().collect();
    let (kept, gone): (Vec<Copy>, Vec<Copy>) = newer.iter().cloned().partition(|copy| Some(&id(copy)) == failed);
    let serves = |copy: &Copy| now.iter().any(|other| id(other) == id(copy) && other.duty == Duty::Serve);
    let away: Vec<Copy> = before.iter().filter(|copy| !serves(copy)).cloned().collect();
    let mut steps = Vec::new();
    let mut end = leave(ids(&gone));
    end.put = with(&kept, Duty::Keep);
    end.share = Some(Share::Even);
    // Those that serve no more may be busy still.
    let serving: Vec<Copy> = newer.iter().filter(|copy| copy.duty == Duty::Serve).cloned().collect();
    if away.is_empty() {
        if !newer.is_empty() {
            steps.push(step(with(&serving, Duty::Idle), Until::Drained(ids(&newer))).sharing(Share::Even));
        }
        steps.push(end);
        return steps;
    }
    if exclusive {
        // What stands in the way of the old ones goes first.
        steps.push(end);
        steps.push(step(with(&away, Duty::Idle), Until::Healthy(ids(&away))));
        steps.push(step(with(&away, Duty::Serve), Until::Applied));
        return steps;
    }
    steps.push(step(with(&away, Duty::Idle), Until::Healthy(ids(&away))));
    let mut swap = with(&away, Duty::Serve);
    swap.extend(with(&serving, Duty::Idle));
    steps.push(step(swap, Until::Drained(ids(&newer))).sharing(Share::Even));
    steps.push(end);
    steps
}

/// The copies after a step.
pub fn after(copies: &[Copy], step: &Step) -> Vec<Copy> {
    let mut next: Vec<Copy> = copies.iter().filter(|copy| !step.drop.contains(&id(copy))).cloned().collect();
    for put in &step.put {
        match next.iter_mut().find(|copy| id(copy) == id(put)) {
            Some(copy) => copy.duty = put.duty,
            None => next.push(put.clone()),
        }
    }
    next
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
