//! What a configuration means for the steps of an environment.

use std::time::Duration;

use crate::error::Result;
use crate::option::{
    Change, Configuration, DeploymentPolicy, HealthSystem, Instances, Invalid, Origin, Resolved, RollingUpdateType,
    Setting, Tier, change, resolve, validate,
};
use crate::plan::Policy;

/// Refuses settings that cannot be.
///
/// # Errors
/// All that is wrong with them.
pub(crate) fn check(resolved: &Resolved) -> Result<()> {
    let given: Vec<Setting> = resolved.given().map(|(setting, _)| setting).collect();
    Invalid::check(validate(&given, resolved))?;
    Configuration::parse(resolved).map(drop).map_err(|message| Invalid(vec![message]).into())
}

/// Refuses settings that cannot be in any environment of a tier.
///
/// # Errors
/// All that is wrong with them.
pub(crate) fn check_settings(tier: Tier, settings: &[Setting]) -> Result<()> {
    check(&resolve(tier, settings.iter().map(|setting| (setting.clone(), Origin::Request))))
}

impl Configuration {
    /// Instances, at least.
    pub(crate) fn least(&self) -> usize {
        usize::try_from(self.capacity.min).unwrap_or(usize::MAX).max(1)
    }

    /// Instances, at most.
    pub(crate) fn most(&self) -> usize {
        usize::try_from(self.capacity.max).unwrap_or(usize::MAX).max(self.least())
    }

    /// How long new copies may take to be healthy.
    pub(crate) fn command_timeout(&self) -> Duration {
        self.deployment.timeout
    }

    /// How long copies that leave may take to finish what they have begun: the longest of their processes.
    pub(crate) fn draining(&self) -> Duration {
        self.routing.processes.values().map(|process| process.deregistration_delay).max().unwrap_or_default()
    }

    /// A copy that runs is enough.
    pub(crate) fn ignores_health(&self) -> bool {
        self.deployment.ignore_health
    }

    /// Consecutive checks that a new copy has to pass.
    pub(crate) fn healthy_checks(&self) -> u32 {
        self.deployment.healthy_checks
    }

    /// Consecutive checks that a copy has to fail before it counts as lost.
    pub fn unhealthy_checks(&self) -> u32 {
        self.routing.processes.values().map(|process| process.check.unhealthy).min().unwrap_or(5)
    }

    /// Is health told in detail?
    pub fn reports_health(&self) -> bool {
        self.health.system == HealthSystem::Enhanced
    }

    /// Do answers by the client's fault count?
    pub(crate) fn counts_client_errors(&self) -> bool {
        self.health.application_4xx
    }

    /// Is a change refused while another is done?
    pub(crate) fn refuses_while_busy(&self) -> bool {
        self.invalid_state_refused
    }

    /// How another version gets to so many instances.
    pub(crate) fn deployment_policy(&self, instances: usize) -> Policy {
        let count = u32::try_from(instances).unwrap_or(u32::MAX);
        let batch = usize::try_from(self.deployment.batch.of(count)).unwrap_or(usize::MAX);
        match self.deployment.policy {
            DeploymentPolicy::AllAtOnce => Policy::AllAtOnce,
            DeploymentPolicy::Rolling => Policy::Rolling(batch),
            DeploymentPolicy::RollingWithAdditionalBatch => Policy::RollingWithAdditionalBatch(batch),
            DeploymentPolicy::Immutable => Policy::Immutable,
            DeploymentPolicy::TrafficSplitting { percent, evaluation } => {
                Policy::TrafficSplitting { percent, seconds: evaluation.as_secs() }
            }
        }
    }

    /// How other settings get to the instances.
    pub(crate) fn update_policy(&self) -> Policy {
        match &self.rolling_update {
            None => Policy::AllAtOnce,
            Some(update) if update.update_type == RollingUpdateType::Immutable => Policy::Immutable,
            Some(update) => Policy::Rolling(usize::try_from(update.max_batch).unwrap_or(usize::MAX).max(1)),
        }
    }

    /// Must there be new copies, with this configuration in place of the other?
    pub(crate) fn needs_new_copies(&self, before: &Self) -> bool {
        let Change { instances, .. } = change(before, self);
        !matches!(instances, Instances::Kept)
    }
}
