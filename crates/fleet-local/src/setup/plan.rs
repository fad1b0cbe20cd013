//! What is done, in AWS's order. Pure.

use bundle::Bundle;
use bundle::extensions::{Command, CommandLine, Extension, File, Group, Package, Source, User};
use bundle::platform::Hook;

/// Where the source is while it is set up.
pub(crate) const STAGING: &str = "/var/app/staging";

/// All that is done for a release.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Plan {
    /// Before an instance is there.
    pub(crate) steps: Vec<Step>,
    /// On each instance, when its containers have started: hooks.
    pub(crate) postdeploy: Vec<Hook>,
    /// What is asked for and not done.
    pub(crate) unmet: Vec<String>,
}

/// One thing that is done.
#[derive(Debug, PartialEq)]
pub(crate) enum Step {
    /// Packages of one manager.
    Packages { file: String, packages: Vec<Package> },
    /// A group is made.
    Group { file: String, group: Group },
    /// A user is made.
    User { file: String, user: User },
    /// An archive is unpacked.
    Source { file: String, source: Source },
    /// A file is written.
    File { file: String, written: File },
    /// A command is run; of those in the staging directory or not.
    Command { file: String, staged: bool, command: Command },
    /// A hook is run.
    Hook(Hook),
}

/// Which programs of `.platform` are run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stages {
    /// Those of deployments.
    pub(crate) hooks: bool,
    /// Those of changes of the configuration.
    pub(crate) confighooks: bool,
}

impl Step {
    /// What it is, in the middle of a sentence.
    pub(crate) fn title(&self) -> String {
        match self {
            Self::Packages { file, packages } => {
                let names: Vec<&str> = packages.iter().map(|package| package.name.as_str()).collect();
                format!("the packages {} of {file}", names.join(", "))
            }
            Self::Group { file, group } => format!("the group {} of {file}", group.name),
            Self::User { file, user } => format!("the user {} of {file}", user.name),
            Self::Source { file, source } => format!("the source {} of {file}", source.directory),
            Self::File { file, written } => format!("the file {} of {file}", written.path),
            Self::Command { file, staged: false, command } => format!("the command {} of {file}", command.name),
            Self::Command { file, staged: true, command } => {
                format!("the container command {} of {file}", command.name)
            }
            Self::Hook(hook) => format!("the hook {}", hook.path),
        }
    }

    /// What is being done, as the beginning of a sentence.
    pub(crate) fn doing(&self) -> String {
        let verb = match self {
            Self::Packages { .. } => "Installing",
            Self::Group { .. } | Self::User { .. } => "Making",
            Self::Source { .. } => "Unpacking",
            Self::File { .. } => "Writing",
            Self::Command { .. } | Self::Hook(_) => "Running",
        };
        format!("{verb} {}", self.title())
    }
}

/// Decides what is done. A file of `.ebextensions` is done with before the next one; the commands of all files come
/// before the prebuild hooks, the container commands of all files before the predeploy hooks.
pub(crate) fn plan(bundle: &Bundle, stages: Stages) -> Plan {
    let mut plan = Plan::default();
    for extension in &bundle.extensions {
        prepared(extension, &mut plan);
    }
    let platform = &bundle.platform;
    let chosen: Vec<_> = [(stages.hooks, &platform.hooks), (stages.confighooks, &platform.confighooks)]
        .into_iter()
        .filter_map(|(wanted, of)| wanted.then_some(of))
        .collect();
    plan.steps.extend(chosen.iter().flat_map(|of| of.prebuild.iter().cloned().map(Step::Hook)));
    for extension in &bundle.extensions {
        let command =
            |command: &Command| Step::Command { file: extension.file.clone(), staged: true, command: command.clone() };
        plan.steps.extend(extension.container_commands.iter().map(command));
    }
    plan.steps.extend(chosen.iter().flat_map(|of| of.predeploy.iter().cloned().map(Step::Hook)));
    // Those that go with what happens now; the others are of the deployment before.
    let last = if stages.confighooks { &platform.confighooks } else { &platform.hooks };
    plan.postdeploy.clone_from(&last.postdeploy);
    for path in platform.nginx_snippets.iter().chain(&platform.nginx_main) {
        plan.unmet.push(format!("{path} is not honoured: no nginx stands before the container"));
    }
    plan
}

fn prepared(extension: &Extension, plan: &mut Plan) {
    let file = &extension.file;
    let mut packages: Vec<Package> = Vec::new();
    for package in &extension.packages {
        if package.manager == "msi" {
            plan.unmet.push(format!("{file}: the package {} is not installed: msi is of Windows", package.name));
            continue;
        }
        if packages.last().is_some_and(|last| last.manager != package.manager) {
            plan.steps.push(Step::Packages { file: file.clone(), packages: std::mem::take(&mut packages) });
        }
        packages.push(package.clone());
    }
    if !packages.is_empty() {
        plan.steps.push(Step::Packages { file: file.clone(), packages });
    }
    let of = || file.clone();
    plan.steps.extend(extension.groups.iter().map(|group| Step::Group { file: of(), group: group.clone() }));
    plan.steps.extend(extension.users.iter().map(|user| Step::User { file: of(), user: user.clone() }));
    plan.steps.extend(extension.sources.iter().map(|source| Step::Source { file: of(), source: source.clone() }));
    plan.steps.extend(extension.files.iter().map(|one| Step::File { file: of(), written: one.clone() }));
    let command = |command: &Command| Step::Command { file: of(), staged: false, command: command.clone() };
    plan.steps.extend(extension.commands.iter().map(command));
    for service in &extension.services {
        let name = &service.name;
        plan.unmet.push(format!("{file}: the service {name} is not honoured: a container has no {}", service.manager));
    }
}

impl Plan {
    /// Nothing is asked for.
    pub(crate) fn is_empty(&self) -> bool {
        self.steps.is_empty() && self.postdeploy.is_empty()
    }
}

/// The program and arguments of a command.
pub(crate) fn arguments(line: &CommandLine) -> Vec<String> {
    match line {
        CommandLine::Shell(line) => shell(line),
        CommandLine::Program(program) => program.clone(),
    }
}

/// What shells are asked to run a line by.
pub(crate) const SHELL: &str = "/bin/sh";

pub(crate) fn shell(line: &str) -> Vec<String> {
    vec![SHELL.into(), "-c".into(), line.into()]
}

/// Where a command starts.
pub(crate) fn directory(staged: bool, cwd: Option<&str>) -> String {
    let home = if staged { STAGING } else { "/" };
    match cwd {
        None | Some("") => home.to_owned(),
        Some(cwd) if cwd.starts_with('/') => cwd.to_owned(),
        Some(cwd) => format!("{}/{cwd}", home.trim_end_matches('/')),
    }
}

/// Programs that install the packages of a manager, those of its own first: an image mostly has another one than
/// Amazon Linux.
pub(crate) fn installers(manager: &str) -> &'static [&'static str] {
    match manager {
        "apt" => &["apt-get", "dnf", "yum", "microdnf", "apk"],
        "rpm" => &["rpm"],
        "rubygems" => &["gem"],
        "python" => &["pip3", "pip"],
        _ => &["dnf", "yum", "microdnf", "apt-get", "apk"],
    }
}

/// The commands that install packages with a program that is there, given by its path. Of several versions it is the
/// last.
pub(crate) fn install(path: &str, packages: &[Package]) -> Vec<Vec<String>> {
    let named = |between: &str| -> Vec<String> {
        let one = |package: &Package| match package.versions.last() {
            Some(version) => format!("{}{between}{version}", package.name),
            None => package.name.clone(),
        };
        packages.iter().map(one).collect()
    };
    let line = |words: &[&str], rest: Vec<String>| -> Vec<String> {
        [path].iter().chain(words).map(|word| (*word).to_owned()).chain(rest).collect()
    };
    match path.rsplit('/').next().unwrap_or(path) {
        "apt-get" => vec![
            line(&["-q", "update"], Vec::new()),
            line(&["-q", "-y", "--no-install-recommends", "install"], named("=")),
        ],
        "apk" => vec![line(&["add", "--no-cache"], named("="))],
        "rpm" => {
            // The name is for the reader; the version is where it comes from.
            let urls = packages.iter().flat_map(|package| package.versions.iter().cloned());
            vec![line(&["-U", "--replacepkgs"], urls.collect())]
        }
        "gem" => {
            let one = |package: &Package| {
                let version = package.versions.last().map(|version| vec!["-v".to_owned(), version.clone()]);
                line(&["install", "--no-document", &package.name], version.unwrap_or_default())
            };
            packages.iter().map(one).collect()
        }
        "pip" | "pip3" => vec![line(&["install"], named("=="))],
        _ => vec![line(&["-y", "install"], named("-"))],
    }
}

/// The bucket and key of an address in S3.
pub(crate) fn object(url: &str) -> Option<(String, String)> {
    if let Some(rest) = url.strip_prefix("s3://") {
        let (bucket, key) = rest.split_once('/')?;
        return Some((bucket.to_owned(), key.to_owned()));
    }
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    let (host, path) = rest.split_once('/')?;
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let name = host.strip_suffix(".amazonaws.com")?;
    let is_service = |label: &str| label == "s3" || label.starts_with("s3-");
    let labels: Vec<&str> = name.split('.').collect();
    // Names of buckets have dots, too: the service is the last label, or the one before the region.
    let at = labels.len().checked_sub(1)?;
    let service = if is_service(labels[at]) { at } else { at.checked_sub(1).filter(|at| is_service(labels[*at]))? };
    let (bucket, key) = match service {
        0 => path.split_once('/')?,
        _ => (&name[..name.len() - labels[service..].join(".").len() - 1], path),
    };
    (!bucket.is_empty() && !key.is_empty()).then(|| (bucket.to_owned(), key.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bundle(files: &[(&str, &str)]) -> Bundle {
        let directory = tempfile::tempdir().unwrap();
        for (name, text) in [("Dockerfile", "FROM scratch\n")].iter().chain(files) {
            let path = directory.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let root = std::fs::File::open(directory.path()).unwrap();
        bundle::read(std::os::fd::AsFd::as_fd(&root), &bundle::Variables::new()).unwrap()
    }

    const ALL: &str = r#"
packages: {yum: {jq: [], git: ["1", "2"]}, msi: {x: "http://x"}, python: {django: []}}
groups: {g: {gid: 7}}
users: {u: {uid: 8}}
sources: {/opt/s: "https://x/y.zip"}
files: {/etc/f: {content: hello}}
commands: {b: {command: "true"}, a: {command: [x, y]}}
services: {sysvinit: {nginx: {ensureRunning: true}}}
container_commands: {02: {command: two}, 01: {command: one, cwd: sub}, 09: {command: nine, leader_only: true}}
"#;

    #[test]
    fn the_order_is_that_of_aws() {
        let bundle = bundle(&[
            (".ebextensions/1.config", ALL),
            (".ebextensions/2.config", "commands: {c: {command: x}}\ncontainer_commands: {d: {command: y}}"),
            (".platform/hooks/prebuild/1.sh", "#!/bin/sh"),
            (".platform/hooks/predeploy/1.sh", "#!/bin/sh"),
            (".platform/hooks/postdeploy/1.sh", "#!/bin/sh"),
            (".platform/confighooks/prebuild/c.sh", "#!/bin/sh"),
            (".platform/confighooks/postdeploy/c.sh", "#!/bin/sh"),
            (".platform/nginx/conf.d/a.conf", "x"),
        ]);
        let titles = |plan: &Plan| -> Vec<String> { plan.steps.iter().map(Step::title).collect() };
        let deployed = plan(&bundle, Stages { hooks: true, confighooks: false });
        let extensions = [
            "the packages jq, git of .ebextensions/1.config",
            "the packages django of .ebextensions/1.config",
            "the group g of .ebextensions/1.config",
            "the user u of .ebextensions/1.config",
            "the source /opt/s of .ebextensions/1.config",
            "the file /etc/f of .ebextensions/1.config",
            "the command a of .ebextensions/1.config",
            "the command b of .ebextensions/1.config",
            "the command c of .ebextensions/2.config",
        ];
        let staged = [
            "the container command 09 of .ebextensions/1.config",
            "the container command 01 of .ebextensions/1.config",
            "the container command 02 of .ebextensions/1.config",
            "the container command d of .ebextensions/2.config",
        ];
        let (before, after) = (["the hook .platform/hooks/prebuild/1.sh"], ["the hook .platform/hooks/predeploy/1.sh"]);
        assert_eq!(titles(&deployed), [&extensions[..], &before, &staged, &after].concat());
        assert_eq!(deployed.postdeploy[0].path, ".platform/hooks/postdeploy/1.sh");
        assert_eq!(deployed.unmet.len(), 3, "{:?}", deployed.unmet);
        let configured = plan(&bundle, Stages { hooks: false, confighooks: true });
        let hook = ["the hook .platform/confighooks/prebuild/c.sh"];
        assert_eq!(titles(&configured), [&extensions[..], &hook, &staged].concat());
        assert_eq!(configured.postdeploy[0].path, ".platform/confighooks/postdeploy/c.sh");
    }

    #[test]
    fn nothing_asked_is_nothing_done() {
        let bundle = bundle(&[(".ebextensions/1.config", "option_settings: {aws:autoscaling:asg: {MinSize: 1}}")]);
        assert!(plan(&bundle, Stages { hooks: true, confighooks: false }).is_empty());
    }

    #[test]
    fn directories_are_those_of_the_stage() {
        for (staged, cwd, want) in [
            (false, None, "/"),
            (false, Some("tmp"), "/tmp"),
            (true, None, STAGING),
            (true, Some("sub/a"), "/var/app/staging/sub/a"),
            (true, Some("/etc"), "/etc"),
        ] {
            assert_eq!(directory(staged, cwd), want);
        }
    }

    #[test]
    fn packages_are_installed_by_what_is_there() {
        let package = |name: &str, versions: &[&str]| Package {
            manager: "yum".into(),
            name: name.into(),
            versions: versions.iter().map(|version| (*version).to_owned()).collect(),
        };
        let packages = [package("jq", &[]), package("git", &["1", "2"])];
        for (program, want) in [
            ("apt-get", "apt-get -q update; apt-get -q -y --no-install-recommends install jq git=2"),
            ("/sbin/apk", "/sbin/apk add --no-cache jq git=2"),
            ("/usr/bin/dnf", "/usr/bin/dnf -y install jq git-2"),
            ("pip3", "pip3 install jq git==2"),
            ("gem", "gem install --no-document jq; gem install --no-document git -v 2"),
            ("rpm", "rpm -U --replacepkgs 1 2"),
        ] {
            let lines: Vec<String> = install(program, &packages).iter().map(|words| words.join(" ")).collect();
            assert_eq!(lines.join("; "), want);
        }
    }

    #[test]
    fn addresses_of_objects_are_known() {
        for (url, want) in [
            ("s3://b/k/l", Some(("b", "k/l"))),
            ("https://s3.amazonaws.com/b/k", Some(("b", "k"))),
            ("https://s3-us-west-2.amazonaws.com/b/k?x=1", Some(("b", "k"))),
            ("https://s3.eu-west-1.amazonaws.com/my.b/k", Some(("my.b", "k"))),
            ("https://my.b.s3.eu-west-1.amazonaws.com/k/l", Some(("my.b", "k/l"))),
            ("https://b.s3.amazonaws.com/k", Some(("b", "k"))),
            ("https://b.s3.amazonaws.com/", None),
            ("https://ec2.amazonaws.com/k", None),
            ("https://example.com/b/k", None),
            ("https://amazonaws.com/b/k", None),
            ("ftp://s3.amazonaws.com/b/k", None),
        ] {
            let want = want.map(|(bucket, key)| (bucket.to_owned(), key.to_owned()));
            assert_eq!(object(url), want, "{url}");
        }
    }
}
