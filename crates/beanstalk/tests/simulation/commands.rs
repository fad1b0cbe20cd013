//! What users ask for, in no sensible order.

use std::time::Duration;

use beanstalk::application::NewApplication;
use beanstalk::environment::{NewEnvironment, Sizes, Update};
use beanstalk::option::Setting;
use beanstalk::platform::PlatformVersion;
use beanstalk::version::{NewVersion, Source};
use beanstalk::{Beanstalk, Call, InstanceId, RequestId, Result, Which, World};

use crate::fleet::Manner;
use crate::machine::{Chance, Machine};

const APPLICATION: &str = "shop";
const NAMES: [&str; 3] = ["alpha", "beta", "gamma"];
const COMMAND: &str = "aws:elasticbeanstalk:command";
const GROUP: &str = "aws:autoscaling:asg";
const UPDATE: &str = "aws:autoscaling:updatepolicy:rollingupdate";

fn region() -> aws::Region {
    "us-east-1".parse().unwrap()
}

fn call(machine: &Machine, request: impl Into<String>) -> Call {
    Call { region: region(), request: RequestId(request.into()), now: machine.now() }
}

/// An application with a version of each manner, and the bucket, so that nothing waits for a disk.
pub(crate) async fn set_up(machine: &Machine, service: &Beanstalk) {
    let new = NewApplication { name: APPLICATION.into(), ..NewApplication::default() };
    service.create_application(&call(machine, "set-up"), new).await.unwrap();
    for (word, _) in Manner::ALL {
        for number in 1..=2 {
            let new = NewVersion {
                application: APPLICATION.into(),
                label: format!("{word}-{number}"),
                description: None,
                source: Some(Source::Image { uri: format!("sim/{number}:{word}") }),
                build: None,
                create_application: false,
                process: false,
                tags: Vec::new(),
            };
            service.create_version(&call(machine, "set-up"), new).await.unwrap();
        }
    }
    service.create_storage_location(&region()).await.unwrap();
}

/// Something that is asked for.
#[derive(Debug, Clone)]
enum Command {
    Create { name: &'static str, version: String, settings: Vec<(&'static str, &'static str, String)> },
    Update { which: Which, version: Option<String>, settings: Vec<(&'static str, &'static str, String)> },
    Resize(Which, u32),
    Rebuild(Which),
    Restart(Which),
    Rollback(Which),
    Abort(Which),
    DeleteDraft(&'static str),
    DeleteApplication,
    Terminate(Which),
    Swap(Which, Which),
    TerminateInstance(InstanceId, bool),
    RebootInstance(InstanceId),
}

fn a_version(chance: &mut Chance, good: bool) -> String {
    let word = if good || chance.one_in(2) { "good" } else { chance.pick(&Manner::ALL).0 };
    format!("{word}-{}", 1 + chance.below(2))
}

fn a_policy(chance: &mut Chance) -> Vec<(&'static str, &'static str, String)> {
    let policies = ["AllAtOnce", "Rolling", "RollingWithAdditionalBatch", "Immutable", "TrafficSplitting"];
    let updates = ["Health", "Immutable"];
    vec![
        (COMMAND, "DeploymentPolicy", (*chance.pick(&policies)).to_owned()),
        (COMMAND, "BatchSizeType", "Fixed".into()),
        (COMMAND, "BatchSize", (1 + chance.below(2)).to_string()),
        (UPDATE, "RollingUpdateEnabled", chance.one_in(2).to_string()),
        (UPDATE, "RollingUpdateType", (*chance.pick(&updates)).to_owned()),
    ]
}

fn some_settings(chance: &mut Chance) -> Vec<(&'static str, &'static str, String)> {
    match chance.below(4) {
        0 => a_policy(chance),
        1 => vec![(GROUP, "MinSize", (1 + chance.below(4)).to_string())],
        _ => vec![("aws:elasticbeanstalk:application:environment", "COLOUR", chance.below(5).to_string())],
    }
}

fn choose(service: &Beanstalk, chance: &mut Chance) -> Option<Command> {
    let state = service.state();
    let free: Vec<&'static str> =
        NAMES.into_iter().filter(|name| state.environment(&region(), &Which::named(name)).is_err()).collect();
    let gone: Vec<_> = state.environments.values().filter(|environment| environment.life.is_terminated()).collect();
    if !free.is_empty() && chance.one_in(4) {
        let name = *chance.pick(&free);
        if !gone.is_empty() && chance.one_in(2) {
            return Some(Command::Rebuild(Which::identified(&chance.pick(&gone).id)));
        }
        let bad = chance.one_in(5);
        let version = a_version(chance, !bad);
        let mut settings = a_policy(chance);
        settings.extend([
            ("aws:elasticbeanstalk:environment", "EnvironmentType", "LoadBalanced".to_owned()),
            ("aws:elasticbeanstalk:environment", "LoadBalancerType", "application".to_owned()),
            ("aws:elasticbeanstalk:healthreporting:system", "SystemType", "enhanced".to_owned()),
            (COMMAND, "Timeout", "60".into()),
            (GROUP, "MinSize", (1 + chance.below(3)).to_string()),
            (GROUP, "MaxSize", "4".into()),
            // There is no traffic here that could change a size.
            ("aws:autoscaling:trigger", "LowerThreshold", "0".into()),
            ("dabba:environment", "HealthyInterval", "1000".into()),
            ("dabba:environment", "EvaluationSeconds", "20".into()),
        ]);
        return Some(Command::Create { name, version, settings });
    }
    if chance.one_in(60) {
        return Some(Command::DeleteApplication);
    }
    let region = region();
    let living: Vec<_> = state.living(&region).collect();
    if living.is_empty() {
        return None;
    }
    let environment = *chance.pick(&living);
    let which = Which::identified(&environment.id);
    let instances: Vec<&InstanceId> = environment.copies.iter().map(|copy| &copy.instance).collect();
    Some(match chance.below(30) {
        0..=7 => Command::Update { which, version: Some(a_version(chance, false)), settings: Vec::new() },
        8 => Command::Update { which, version: Some(a_version(chance, false)), settings: some_settings(chance) },
        9..=12 => Command::Update { which, version: None, settings: some_settings(chance) },
        13..=14 => Command::Resize(which, 1 + u32::try_from(chance.below(4)).unwrap()),
        15 => Command::Rebuild(which),
        16..=17 => Command::Restart(which),
        18..=19 => Command::Rollback(which),
        20..=22 => Command::Abort(which),
        23 => Command::DeleteDraft(NAMES.into_iter().find(|name| *name == environment.name.as_str())?),
        24 => Command::Terminate(which),
        25..=27 => Command::Swap(which, Which::identified(&chance.pick(&living).id)),
        28 if !instances.is_empty() => Command::TerminateInstance((*chance.pick(&instances)).clone(), chance.one_in(2)),
        29 if !instances.is_empty() => Command::RebootInstance((*chance.pick(&instances)).clone()),
        _ => return None,
    })
}

fn parsed(settings: Vec<(&'static str, &'static str, String)>) -> Vec<Setting> {
    settings.into_iter().map(|(namespace, name, value)| Setting::new(namespace, name, value)).collect()
}

async fn ask(service: &Beanstalk, call: &Call, command: Command) -> Result<()> {
    match command {
        Command::Create { name, version, settings } => {
            let new = NewEnvironment {
                application: APPLICATION.into(),
                name: Some(name.into()),
                cname: Some(name.into()),
                version: Some(version),
                solution_stack: Some(PlatformVersion::newest().solution_stack()),
                settings: parsed(settings),
                ..NewEnvironment::default()
            };
            service.create_environment(call, new).await.map(drop)
        }
        Command::Update { which, version, settings } => {
            let update = Update { which, version, settings: parsed(settings), ..Update::default() };
            service.update_environment(call, update).await.map(drop)
        }
        Command::Resize(which, desired) => {
            service.resize(call, &which, Sizes { desired: Some(desired), ..Sizes::default() }).await
        }
        Command::Rebuild(which) => service.rebuild_environment(call, &which).await,
        Command::Restart(which) => service.restart_app_server(call, &which).await,
        Command::Rollback(which) => service.rollback_environment(call, &which).await.map(drop),
        Command::Abort(which) => service.abort_update(call, &which).await,
        Command::DeleteDraft(name) => service.delete_draft(call, APPLICATION, name).await,
        Command::DeleteApplication => service.delete_application(call, APPLICATION, true).await,
        Command::Terminate(which) => service.terminate_environment(call, &which).await.map(drop),
        Command::Swap(one, other) => service.swap_cnames(call, &one, &other).await,
        Command::TerminateInstance(id, fewer) => service.terminate_instances(call, &[id], fewer).await,
        Command::RebootInstance(id) => service.reboot_instances(call, &[id]).await,
    }
}

/// Asks for some things, each after a while, whether those before were answered or not.
pub(crate) async fn some(machine: &Machine, service: &Beanstalk, chance: &mut Chance, requests: &mut u64) {
    for _ in 0..4 + chance.below(10) {
        let most = *chance.pick(&[50, 1000, 10_000, 60_000]);
        tokio::time::sleep(Duration::from_millis(chance.below(most))).await;
        if service.state().application(&region(), APPLICATION).is_err() {
            set_up(machine, service).await;
        }
        let Some(command) = choose(service, chance) else { continue };
        *requests += 1;
        let (machine, service) = (machine.clone(), service.clone());
        let call = call(&machine, format!("request-{requests}"));
        machine.lock().say(format!("{}: {command:?}", call.request));
        tokio::spawn(async move {
            let silent = matches!(command, Command::Resize(..) | Command::DeleteDraft(_) | Command::Terminate(_));
            let what = format!("{command:?}");
            let done = ask(&service, &call, command).await;
            let mut inner = machine.lock();
            match done {
                Ok(()) if !silent => inner.rules.answered(&call.request.0, what),
                Ok(()) => {}
                Err(error) => inner.say(format!("{}: {error}", call.request)),
            }
        });
    }
    // Some are asked just before the end.
    tokio::time::sleep(Duration::from_millis(chance.below(100_000))).await;
}
