//! What can be asked of the group of an environment's instances: other sizes, and that some go or start again.

use aws::Region;
use words::Timestamp;

use super::change::Change;
use super::decide::{self, Tale};
use super::ops::{Asked, invalid_state};
use super::scale;
use super::settings::check;
use super::{Environment, Life};
use crate::error::{Error, Result};
use crate::fleet::Copy;
use crate::name::InstanceId;
use crate::plan;
use crate::state::{State, Which};
use crate::{Beanstalk, Call};

/// Other sizes of a group; what is not given stays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sizes {
    /// The least.
    pub min: Option<u32>,
    /// The most.
    pub max: Option<u32>,
    /// How many there are to be now.
    pub desired: Option<u32>,
    /// Seconds that a trigger waits after it has changed the number.
    pub cooldown: Option<u32>,
    /// Refuse another number as long as the trigger waits.
    pub honour_cooldown: bool,
}

impl Beanstalk {
    /// Gives the group of an environment other sizes. Instances come and go after the answer.
    ///
    /// # Errors
    /// When the sizes do not fit each other, or the environment is not there.
    pub async fn resize(&self, call: &Call, which: &Which, sizes: Sizes) -> Result<()> {
        let environment = self.state().environment(&call.region, which)?.clone();
        let configuration = environment.shown().map(|release| release.configuration(environment.tier)).transpose()?;
        let Some(capacity) = configuration.as_ref().map(|configuration| &configuration.capacity) else {
            return Err(invalid_state(&environment));
        };
        fits(sizes, capacity.min, capacity.max)?;
        let cooled = environment.scaled.map(|scaled| scaled.saturating_add(capacity.cooldown));
        if sizes.honour_cooldown && cooled.is_some_and(|cooled| call.now < cooled) {
            return Err(Error::InProgress(format!("The group of environment {} is cooling down.", environment.name)));
        }
        let settings = scale::sizes(sizes.min, sizes.max, sizes.cooldown);
        if let Some(release) = environment.shown() {
            let settings = decide::changed(release.settings(), None, &settings, &[]);
            check(&release.with_settings(settings).resolved(environment.tier))?;
        }
        self.ask(call, &environment.id, move |environment, call| {
            if let Some(desired) = sizes.desired {
                environment.desired = usize::try_from(desired).unwrap_or(environment.desired);
                let desired = environment.desired;
                if let Some(operation) = environment.life.operation_mut() {
                    operation.desired = desired;
                }
            }
            environment.updated = call.now;
            if settings.is_empty() {
                return Ok(Asked::Done(Vec::new()));
            }
            let (version, platform, saved) = (None, None, None);
            Ok(Asked::Change(Change::Update { version, platform, saved, settings, remove: Vec::new() }))
        })
        .await
        .map(drop)
    }

    /// Ends instances, once they have finished what they have begun. Others take their place, unless there are to be
    /// fewer from now on.
    ///
    /// # Errors
    /// When one is not there, or something is being done to its environment.
    pub async fn terminate_instances(&self, call: &Call, instances: &[InstanceId], fewer: bool) -> Result<()> {
        self.with_instances(call, instances, move |environment, copies, now| {
            if fewer {
                let least = environment.shown().map(|release| release.configuration(environment.tier)).transpose()?;
                let least = least.map_or(1, |configuration| configuration.least());
                let Some(desired) = environment.desired.checked_sub(copies.len()).filter(|rest| *rest >= least) else {
                    return Err(Error::parameter(format!(
                        "Currently, desiredSize equals minSize ({least}). Terminating instance without replacement \
                         will violate group's min size constraint. Either set shouldDecrementDesiredCapacity flag to \
                         false or lower group's min size.",
                    )));
                };
                environment.desired = desired;
                environment.updated = now;
            }
            let why = format!("Terminating instances [{}] on request.", named(copies));
            Ok(decide::begin_tending(environment, plan::retire(copies), why, now))
        })
        .await
    }

    /// Stops instances and starts them again, once they have finished what they have begun.
    ///
    /// # Errors
    /// When one is not there, or something is being done to its environment.
    pub async fn reboot_instances(&self, call: &Call, instances: &[InstanceId]) -> Result<()> {
        self.with_instances(call, instances, |environment, copies, now| {
            let why = format!("Rebooting instances [{}] on request.", named(copies));
            Ok(decide::begin_tending(environment, plan::reboot(copies), why, now))
        })
        .await
    }

    /// Does something to instances, environment by environment; to none when one of them cannot be.
    async fn with_instances<D>(&self, call: &Call, instances: &[InstanceId], does: D) -> Result<()>
    where
        D: Fn(&mut Environment, &[Copy], Timestamp) -> Result<Tale> + Clone + Send + 'static,
    {
        let state = self.state();
        let mut environments = std::collections::BTreeSet::new();
        for instance in instances {
            let environment = having(&state, &call.region, instance)?;
            idle(environment)?;
            environments.insert(environment.id.clone());
        }
        for id in environments {
            let (does, instances, request, now) = (does.clone(), instances.to_vec(), call.request.clone(), call.now);
            let decide = move |_: &State, environment: &mut Environment| {
                idle(environment)?;
                let copies: Vec<Copy> =
                    environment.serving().filter(|copy| instances.contains(&copy.instance)).cloned().collect();
                if copies.is_empty() {
                    return Err(missing(&instances));
                }
                let mut tale = does(environment, &copies, now)?;
                tale.request = Some(request);
                Ok(((), tale))
            };
            self.change(&id, decide).await?;
            self.wake(&id);
        }
        Ok(())
    }
}

/// Do sizes fit each other?
fn fits(sizes: Sizes, min: u32, max: u32) -> Result<()> {
    let (min, max) = (sizes.min.unwrap_or(min), sizes.max.unwrap_or(max));
    if min > max {
        return Err(Error::parameter(format!("Max bound, {max}, must be greater than or equal to min bound, {min}")));
    }
    match sizes.desired {
        Some(desired) if desired > max => Err(Error::parameter(format!(
            "New SetDesiredCapacity value {desired} is above max value {max} for the AutoScalingGroup."
        ))),
        Some(desired) if desired < min => Err(Error::parameter(format!(
            "New SetDesiredCapacity value {desired} is below min value {min} for the AutoScalingGroup."
        ))),
        _ => Ok(()),
    }
}

fn having<'a>(state: &'a State, region: &Region, instance: &InstanceId) -> Result<&'a Environment> {
    let mut living = state.living(region);
    let found = living.find(|environment| environment.copies.iter().any(|copy| copy.instance == *instance));
    found.map(AsRef::as_ref).ok_or_else(|| missing(std::slice::from_ref(instance)))
}

fn missing(instances: &[InstanceId]) -> Error {
    let names: Vec<&str> = instances.iter().map(InstanceId::as_str).collect();
    Error::parameter(format!("The instance ID '{}' does not exist", names.join(", ")))
}

/// Is nothing being done to an environment?
fn idle(environment: &Environment) -> Result<()> {
    if environment.life == Life::Ready && environment.tending.is_none() {
        return Ok(());
    }
    let doing = environment.tending.as_ref().map_or("it is being changed", |tending| tending.why.as_str());
    Err(Error::InProgress(format!("Instances of environment {} can't be touched now: {doing}", environment.name)))
}

fn named(copies: &[Copy]) -> String {
    copies.iter().map(|copy| copy.instance.as_str()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_must_fit() {
        for (min, max, desired, fine) in [
            (None, None, Some(2), true),
            (None, None, Some(5), false),
            (None, None, Some(0), false),
            (None, Some(8), Some(5), true),
            (Some(3), None, None, true),
            (Some(5), None, None, false),
            (Some(2), None, Some(1), false),
        ] {
            let sizes = Sizes { min, max, desired, ..Sizes::default() };
            assert_eq!(fits(sizes, 1, 4).is_ok(), fine, "{sizes:?}");
        }
    }
}
