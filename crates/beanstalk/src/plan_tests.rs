//! What the policies promise, checked over all their steps.

use proptest::prelude::*;

use super::*;

fn instances(count: usize) -> Vec<Copy> {
    (0..count)
        .map(|at| Copy { instance: format!("i-{at:017x}").parse().unwrap(), release: ReleaseId(1), duty: Duty::Serve })
        .collect()
}

fn counter() -> impl FnMut() -> InstanceId {
    let mut next = 0x1000;
    move || {
        next += 1;
        format!("i-{next:017x}").parse().unwrap()
    }
}

fn planned(old: &[Copy], policy: Policy, exclusive: bool, size: usize) -> Vec<Step> {
    let mut fresh = counter();
    deploy(Deployment { copies: old, release: ReleaseId(2), policy, exclusive, size, fresh: &mut fresh })
}

/// The copies after each step.
fn walk(old: &[Copy], steps: &[Step]) -> Vec<Vec<Copy>> {
    let mut all = vec![old.to_vec()];
    for step in steps {
        all.push(after(all.last().unwrap(), step));
    }
    all
}

fn serving(copies: &[Copy]) -> usize {
    copies.iter().filter(|copy| copy.duty == Duty::Serve).count()
}

fn policies() -> impl Strategy<Value = Policy> {
    prop_oneof![
        Just(Policy::AllAtOnce),
        (1usize..5).prop_map(Policy::Rolling),
        (1usize..5).prop_map(Policy::RollingWithAdditionalBatch),
        Just(Policy::Immutable),
        (1u8..=100, 1u64..100).prop_map(|(percent, seconds)| Policy::TrafficSplitting { percent, seconds }),
    ]
}

proptest! {
    #[test]
    fn every_policy_ends_with_the_release_on_as_many_as_asked(
        policy in policies(), count in 0usize..7, size in 1usize..7, exclusive: bool,
    ) {
        let old = instances(count);
        let steps = planned(&old, policy, exclusive, size);
        let all = walk(&old, &steps);
        let end = all.last().unwrap();
        prop_assert_eq!(end.len(), size);
        prop_assert!(end.iter().all(|copy| copy.release == ReleaseId(2) && copy.duty == Duty::Serve));
    }

    #[test]
    fn where_copies_can_be_side_by_side_as_many_serve_as_before(policy in policies(), count in 1usize..7) {
        let old = instances(count);
        for copies in walk(&old, &planned(&old, policy, false, count)) {
            prop_assert!(serving(&copies) >= count, "{copies:?}");
        }
    }

    #[test]
    fn nothing_serves_that_was_not_healthy_before(policy in policies(), count in 0usize..7, exclusive: bool) {
        let old = instances(count);
        let mut fine = ids(&old);
        for step in planned(&old, policy, exclusive, count.max(1)) {
            for copy in step.put.iter().filter(|copy| copy.duty == Duty::Serve) {
                prop_assert!(fine.contains(&id(copy)), "{copy:?}");
            }
            if let Until::Healthy(copies) = &step.until {
                fine.extend(copies.iter().cloned());
            }
        }
    }

    #[test]
    fn nothing_goes_before_it_is_drained(policy in policies(), count in 1usize..7, exclusive: bool) {
        let old = instances(count);
        let mut drained = Vec::new();
        for step in planned(&old, policy, exclusive, count) {
            for gone in &step.drop {
                prop_assert!(drained.contains(gone), "{gone:?}");
            }
            if let Until::Drained(copies) = &step.until {
                drained.extend(copies.iter().cloned());
            }
        }
    }

    #[test]
    fn from_wherever_it_broke_off_the_way_back_ends_where_it_began(
        policy in policies(), count in 1usize..7, broke in 0usize..40, exclusive: bool,
    ) {
        let old = instances(count);
        let all = walk(&old, &planned(&old, policy, exclusive, count));
        let now = &all[broke % all.len()];
        let failed = now.iter().find(|copy| copy.release == ReleaseId(2)).map(id);
        let steps = back(now, &old, failed.as_ref(), exclusive);
        let mut end = walk(now, &steps).pop().unwrap();
        end.retain(|copy| copy.duty != Duty::Keep);
        end.sort();
        let mut wanted = old.clone();
        wanted.sort();
        prop_assert_eq!(end, wanted);
    }

    #[test]
    fn the_way_back_leaves_no_moment_without_anybody(policy in policies(), count in 1usize..7, broke in 0usize..40) {
        let old = instances(count);
        let all = walk(&old, &planned(&old, policy, false, count));
        let now = &all[broke % all.len()];
        for copies in walk(now, &back(now, &old, None, false)) {
            prop_assert!(serving(&copies) >= count, "{copies:?}");
        }
    }
}

#[test]
fn an_exclusive_release_never_runs_beside_another_on_one_instance() {
    let old = instances(3);
    for policy in [Policy::AllAtOnce, Policy::Rolling(2), Policy::RollingWithAdditionalBatch(1)] {
        for copies in walk(&old, &planned(&old, policy, true, 3)) {
            for copy in &copies {
                let runs = |other: &&Copy| matches!(other.duty, Duty::Serve | Duty::Idle);
                let beside = copies.iter().filter(runs).filter(|other| other.instance == copy.instance).count();
                assert!(beside <= 1, "{policy:?}: {copies:?}");
            }
        }
    }
}

#[test]
fn traffic_is_split_and_evened_again() {
    let old = instances(2);
    let steps = planned(&old, Policy::TrafficSplitting { percent: 20, seconds: 300 }, false, 2);
    let shares: Vec<Share> = steps.iter().filter_map(|step| step.share).collect();
    assert_eq!(shares, [Share::Split(Split { release: ReleaseId(2), percent: 20 }), Share::Even]);
}

#[test]
fn the_newest_instances_go_first() {
    let old = instances(3);
    let end = walk(&old, &resize(&old, ReleaseId(1), 1, &mut counter())).pop().unwrap();
    assert_eq!(end, old[..1]);
}

#[test]
fn lost_instances_are_replaced_by_new_ones() {
    let old = instances(3);
    let end = walk(&old, &replace(&old[1..2], ReleaseId(1), &mut counter())).pop().unwrap();
    assert_eq!((end.len(), serving(&end)), (3, 3));
    assert!(!end.contains(&old[1]));
}

#[test]
fn what_is_left_over_finishes_what_it_had_begun_before_it_goes() {
    let mut old = instances(2);
    old[1].duty = Duty::Idle;
    let steps = planned(&old, Policy::Immutable, false, 1);
    assert_eq!(steps[0].until, Until::Drained(vec![id(&old[1])]));
    assert_eq!((steps[0].drop.len(), &steps[1].drop), (0, &vec![id(&old[1])]));
}
