//! Limits, user, capabilities and the system call filter of the program-to-be.

use crate::Error;
use crate::error::Step;
use crate::plan::ProcessPlan;

/// Resource limits. A hard limit above our own takes CAP_SYS_RESOURCE; where that is missing the limit is clamped to
/// what we may give.
pub(super) fn limits(process: &ProcessPlan) -> Result<(), Error> {
    for (resource, soft, hard) in &process.limits {
        match sys::process::set_limit(*resource, *soft, *hard) {
            Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
                let (_, most) = sys::process::limit(*resource).step(|| "getrlimit".into())?;
                sys::process::set_limit(*resource, (*soft).min(most), (*hard).min(most))
            }
            other => other,
        }
        .step(|| format!("setting resource limit {resource}"))?;
    }
    Ok(())
}

/// Raises hard limits while that is allowed: in a user namespace it is not. [`limits`] does the rest.
pub(crate) fn raise_limits(process: &ProcessPlan) -> Result<(), Error> {
    for (resource, _, hard) in &process.limits {
        let (soft, most) = sys::process::limit(*resource).step(|| "getrlimit".into())?;
        if *hard > most {
            match sys::process::set_limit(*resource, soft, *hard) {
                Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => Ok(()),
                other => other,
            }
            .step(|| format!("setting resource limit {resource}"))?;
        }
    }
    Ok(())
}

/// Takes these numbers and keeps all capabilities.
pub(super) fn become_capable_user(uid: u32, gid: u32) -> Result<(), Error> {
    change_user(uid, gid, &[])?;
    let have = permitted()?;
    sys::process::set_capabilities(have, have, 0).step(|| "capset".into())
}

/// Changes the numbers; what is permitted stays so.
fn change_user(uid: u32, gid: u32, groups: &[u32]) -> Result<(), Error> {
    sys::process::keep_capabilities(true).step(|| "prctl(PR_SET_KEEPCAPS)".into())?;
    sys::process::become_user(uid, gid, groups).step(|| format!("changing to user {uid}:{gid}"))?;
    sys::process::keep_capabilities(false).step(|| "prctl(PR_SET_KEEPCAPS)".into())
}

/// What the program and its descendants can never have.
pub(super) fn drop_bounding(process: &ProcessPlan) -> Result<(), Error> {
    for capability in 0..=process.last_capability {
        if process.capabilities.bounding & (1 << capability) == 0 {
            sys::process::drop_bounding(capability).step(|| "dropping a capability".into())?;
        }
    }
    Ok(())
}

/// Changes user and group, and sets exactly the capabilities of the plan.
pub(super) fn become_user(process: &ProcessPlan) -> Result<(), Error> {
    let sets = process.capabilities;
    change_user(process.uid, process.gid, &process.groups)?;
    sys::process::ambient(None).step(|| "clearing ambient capabilities".into())?;
    // Capabilities that the host itself lacks cannot be given.
    let have = permitted()?;
    sys::process::set_capabilities(sets.effective & have, sets.permitted & have, sets.inheritable & have)
        .step(|| "capset".into())?;
    // The kernel raises only what is permitted and inheritable (capabilities(7)); runc leaves the rest out, too.
    let ambient = sets.ambient & sets.permitted & sets.inheritable & have;
    for capability in (0..=process.last_capability).filter(|bit| ambient & (1 << bit) != 0) {
        sys::process::ambient(Some(capability)).step(|| "raising an ambient capability".into())?;
    }
    Ok(())
}

/// The capabilities that this process still has.
fn permitted() -> Result<u64, Error> {
    let sets = rustix::thread::capabilities(None).step(|| "capget".into())?;
    Ok(sets.permitted.bits())
}

/// Loads the filter.
pub(super) fn filter(process: &ProcessPlan) -> Result<(), Error> {
    match &process.filter {
        Some(filter) => sys::process::load_filter(&filter.program, filter.flags).step(|| "seccomp".into()),
        None => Ok(()),
    }
}
