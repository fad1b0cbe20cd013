//! Containers made of a static busybox, looked at from inside.
//!
//! Needs root and /bin/busybox. Not the ordinary harness: that has threads, and `launch` forks.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::io::{Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use oci::runtime::{Capabilities, Linux, Mount, Namespace, NamespaceKind, Pids, Process, Resources, Root, Spec, User};
use runtime::{Error, ExecPlan, Hold, Host, Plan, Rootfs, Started, Stdio, exec, launch};

struct World {
    dir: tempfile::TempDir,
    host: Host,
}

impl World {
    fn new() -> Self {
        let dir = tempfile::tempdir_in("/var/tmp").unwrap();
        let lower = dir.path().join("lower");
        for folder in ["bin", "proc", "sys", "dev", "tmp", "etc"] {
            std::fs::create_dir_all(lower.join(folder)).unwrap();
        }
        std::fs::copy("/bin/busybox", lower.join("bin/busybox")).unwrap();
        for applet in [
            "sh", "cat", "id", "true", "ls", "mount", "touch", "sleep", "stty", "readlink", "hostname", "grep", "env",
            "pwd", "mknod",
        ] {
            symlink("busybox", lower.join("bin").join(applet)).unwrap();
        }
        std::fs::write(lower.join("etc/plain"), "no program").unwrap();
        std::fs::set_permissions(lower.join("etc/plain"), std::fs::Permissions::from_mode(0o644)).unwrap();
        Self { dir, host: Host::probe().unwrap() }
    }

    fn lower(&self) -> PathBuf {
        self.dir.path().join("lower")
    }

    /// A fresh writable root over the common one.
    fn rootfs(&self) -> Rootfs {
        let own = tempfile::tempdir_in(self.dir.path()).unwrap().keep();
        let (upper, work) = (own.join("upper"), own.join("work"));
        std::fs::create_dir(&upper).unwrap();
        std::fs::create_dir(&work).unwrap();
        Rootfs::Overlay { lower: vec![self.lower()], upper, work, readonly: false }
    }

    fn spec(&self, args: &[&str]) -> Spec {
        let mount = |destination: &str, kind: &str, options: &[&str]| Mount {
            destination: destination.into(),
            kind: kind.into(),
            source: kind.into(),
            options: options.iter().map(|s| (*s).to_owned()).collect(),
            ..Mount::default()
        };
        let caps: Vec<String> = ["CAP_CHOWN", "CAP_KILL", "CAP_MKNOD", "CAP_SETUID", "CAP_SETGID"]
            .iter()
            .map(|s| (*s).to_owned())
            .collect();
        let kinds = [
            NamespaceKind::Mount,
            NamespaceKind::Pid,
            NamespaceKind::Network,
            NamespaceKind::Ipc,
            NamespaceKind::Uts,
            NamespaceKind::Cgroup,
        ];
        let device = |name: &str, minor| oci::runtime::Device {
            path: format!("/dev/{name}").into(),
            kind: "c".into(),
            major: 1,
            minor,
            ..Default::default()
        };
        Spec {
            oci_version: oci::runtime::VERSION.into(),
            root: Some(Root::default()),
            hostname: "lunch".into(),
            process: Some(Process {
                args: args.iter().map(|s| (*s).to_owned()).collect(),
                env: vec!["PATH=/bin".into()],
                cwd: "/".into(),
                capabilities: Some(Capabilities {
                    bounding: caps.clone(),
                    effective: caps.clone(),
                    permitted: caps,
                    ..Default::default()
                }),
                ..Process::default()
            }),
            mounts: vec![
                mount("/proc", "proc", &["nosuid", "noexec", "nodev"]),
                mount("/dev", "tmpfs", &["nosuid", "mode=755", "size=65536k"]),
                mount("/dev/pts", "devpts", &["newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]),
                mount("/sys", "sysfs", &["ro", "nosuid"]),
                mount("/sys/fs/cgroup", "cgroup", &["ro", "nosuid"]),
                mount("/dev/mqueue", "mqueue", &["nosuid"]),
                mount("/dev/shm", "tmpfs", &["nosuid", "size=64k"]),
            ],
            linux: Some(Linux {
                cgroups_path: format!("/dabba-test/{}-{}", std::process::id(), args.join("").len()),
                namespaces: kinds.into_iter().map(|kind| Namespace { kind, path: None }).collect(),
                devices: vec![device("null", 3), device("zero", 5)],
                resources: Some(Resources { pids: Some(Pids { limit: 50 }), ..Default::default() }),
                seccomp: Some(runtime::seccomp::default_profile(&["CAP_CHOWN".into()]).unwrap()),
                masked_paths: vec!["/proc/interrupts".into(), "/proc/acpi".into(), "/proc/nothing".into()],
                readonly_paths: vec!["/proc/sys".into()],
                ..Linux::default()
            }),
            ..Spec::default()
        }
    }

    fn plan(&self, spec: &Spec) -> Plan {
        Plan::new(spec, self.rootfs(), &self.host).unwrap()
    }

    fn start(&self, plan: &Plan) -> Result<(Started, std::fs::File), Error> {
        let (read, write) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC).unwrap();
        let null: OwnedFd = std::fs::File::open("/dev/null").unwrap().into();
        let stdio = Stdio::Descriptors { stdin: null, stdout: write.try_clone().unwrap(), stderr: write };
        launch(plan, stdio, None).map(|started| (started, std::fs::File::from(read)))
    }

    /// Runs to the end; output and exit code.
    fn run_plan(&self, plan: &Plan) -> Result<(String, i32), Error> {
        let (started, mut output) = self.start(plan)?;
        let mut text = String::new();
        output.read_to_string(&mut text).unwrap();
        let code = sys::process::wait(&started.pidfd).unwrap();
        plan.cgroup().remove().unwrap();
        assert!(!plan.cgroup().exists());
        Ok((text, code))
    }

    fn run(&self, spec: &Spec) -> Result<(String, i32), Error> {
        self.run_plan(&self.plan(spec))
    }

    fn shell(&self, script: &str) -> String {
        let (text, code) = self.run(&self.spec(&["sh", "-c", script])).unwrap();
        assert_eq!(code, 0, "{script}: {text}");
        text
    }
}

fn sees_itself_alone(world: &World) {
    let text = world.shell("echo $$; hostname; ls /proc | grep -c '^[0-9]*$'; cat /proc/1/comm; true");
    assert_eq!(text.lines().take(2).collect::<Vec<_>>(), ["1", "lunch"]);
    assert_eq!(text.lines().last(), Some("sh"));
}

fn no_descriptor_leaks(world: &World) {
    // 3 is the descriptor that ls reads the directory through.
    assert_eq!(world.shell("ls /proc/self/fd").split_whitespace().collect::<Vec<_>>(), ["0", "1", "2", "3"]);
}

fn masked_and_read_only(world: &World) {
    assert_eq!(world.shell("cat /proc/interrupts; ls /proc/acpi 2>/dev/null; echo ok"), "ok\n");
    assert_eq!(world.shell("(echo 1 > /proc/sys/kernel/core_pattern) 2>/dev/null || echo refused"), "refused\n");
    assert_eq!(world.shell("touch /sys/x 2>/dev/null || echo refused"), "refused\n");
}

fn capabilities_are_exact(world: &World) {
    let text = world.shell("grep Cap /proc/self/status");
    let sets: Vec<_> = text.split_whitespace().collect();
    // chown 0, kill 5, setgid 6, setuid 7, mknod 27
    let all = "00000000080000e1";
    assert_eq!(
        sets,
        ["CapInh:", "0000000000000000", "CapPrm:", all, "CapEff:", all, "CapBnd:", all, "CapAmb:", "0000000000000000"]
    );
}

fn a_user_has_no_capabilities_and_its_groups(world: &World) {
    let mut spec = world.spec(&["sh", "-c", "id -u; id -g; id -G; grep CapEff /proc/self/status"]);
    let process = spec.process.as_mut().unwrap();
    process.user = User { uid: 7, gid: 8, additional_gids: vec![8, 50], umask: None };
    let capabilities = process.capabilities.as_mut().unwrap();
    capabilities.effective.clear();
    capabilities.permitted.clear();
    let (text, _) = world.run(&spec).unwrap();
    assert_eq!(text.lines().take(3).collect::<Vec<_>>(), ["7", "8", "8 50"]);
    assert!(text.contains("0000000000000000"));
}

fn seccomp_refuses(world: &World) {
    assert_eq!(
        world
            .shell("mount -t tmpfs x /tmp 2>/dev/null || echo refused; grep Seccomp: /proc/self/status")
            .replace('\t', " "),
        "refused\nSeccomp: 2\n"
    );
}

fn exit_codes(world: &World) {
    for (script, code) in [("exit 7", 7), ("kill -9 $$", 0)] {
        let (_, found) = world.run(&world.spec(&["sh", "-c", script])).unwrap();
        // The first process of a PID namespace is immune to its own signals.
        assert_eq!(found, code, "{script}");
    }
}

fn programs_that_cannot_run(world: &World) {
    for (args, code, text) in [
        (&["nosuch"][..], 127, "exec: \"nosuch\": executable file not found in $PATH"),
        (&["/no/such"], 127, "stat /no/such: no such file or directory"),
        (&["/etc/plain"], 126, "permission denied"),
        (&["/etc"], 126, "is a directory"),
    ] {
        let spec = world.spec(args);
        let error = world.run(&spec).unwrap_err();
        assert_eq!(error.exit_code(), Some(code), "{error}");
        assert!(error.to_string().contains(text), "{error}");
        assert!(!world.plan(&spec).cgroup().exists());
    }
}

fn working_directories(world: &World) {
    let pwd = |cwd: &str| {
        let mut spec = world.spec(&["pwd"]);
        spec.process.as_mut().unwrap().cwd = cwd.into();
        world.run(&spec).map(|(text, _)| text)
    };
    assert_eq!(pwd("/tmp").unwrap(), "/tmp\n");
    assert_eq!(pwd("/made/on/the/way").unwrap(), "/made/on/the/way\n");
    assert!(matches!(pwd("/etc/plain"), Err(Error::WorkingDirectory { .. })));
    // CVE-2024-21626: a leaked descriptor as the working directory.
    for fd in 3..20 {
        assert!(pwd(&format!("/proc/self/fd/{fd}")).is_err(), "{fd}");
    }
}

fn binds_stay_inside(world: &World) {
    let source = world.dir.path().join("source");
    std::fs::create_dir_all(&source).unwrap();
    std::fs::write(source.join("file"), "from outside").unwrap();
    let marker = world.dir.path().join("marker");
    std::fs::create_dir_all(&marker).unwrap();
    let mut spec = world.spec(&["sh", "-c", "cat /escape/deep/file; touch /escape/deep/x 2>/dev/null || echo refused"]);
    symlink(&marker, world.lower().join("escape")).unwrap();
    // The same path inside: that is what the link means there.
    std::fs::create_dir_all(world.lower().join(marker.strip_prefix("/").unwrap())).unwrap();
    spec.mounts.push(Mount {
        destination: "/escape/deep".into(),
        kind: "bind".into(),
        source: source.to_str().unwrap().into(),
        options: vec!["rbind".into(), "rro".into(), "rprivate".into()],
        ..Mount::default()
    });
    let (text, _) = world.run(&spec).unwrap();
    std::fs::remove_file(world.lower().join("escape")).unwrap();
    assert_eq!(text, "from outsiderefused\n");
    assert_eq!(std::fs::read_dir(&marker).unwrap().count(), 0, "a link of the image led out of the root");
}

fn a_linked_dev_or_proc_makes_nothing_outside(world: &World) {
    let marker = world.dir.path().join("outside");
    std::fs::create_dir_all(&marker).unwrap();
    for folder in ["dev", "proc", "sys"] {
        let place = world.lower().join(folder);
        std::fs::remove_dir(&place).unwrap();
        symlink(&marker, &place).unwrap();
        let result = world.run(&world.spec(&["true"]));
        std::fs::remove_file(&place).unwrap();
        std::fs::create_dir(&place).unwrap();
        assert!(matches!(result, Err(Error::Mount { .. })), "{folder}: {result:?}");
        assert_eq!(std::fs::read_dir(&marker).unwrap().count(), 0, "{folder}");
    }
}

fn a_terminal(world: &World) {
    let spec = world.spec(&["sh", "-c", "stty size; readlink /proc/self/fd/0; echo x > /dev/console"]);
    let plan = world.plan(&spec);
    let size = oci::runtime::ConsoleSize { height: 33, width: 77 };
    let started = launch(&plan, Stdio::Terminal(Some(size)), None).unwrap();
    let mut master = std::fs::File::from(started.terminal.unwrap());
    let mut text = Vec::new();
    // The other end's close reads as EIO.
    let mut buffer = [0; 512];
    while let Ok(count @ 1..) = master.read(&mut buffer) {
        text.extend_from_slice(&buffer[..count]);
    }
    assert_eq!(sys::process::wait(&started.pidfd).unwrap(), 0);
    plan.cgroup().remove().unwrap();
    assert_eq!(String::from_utf8(text).unwrap(), "33 77\r\n/dev/pts/0\r\nx\r\n");
}

fn a_process_joins(world: &World) {
    let spec = world.spec(&["sleep", "100"]);
    let plan = world.plan(&spec);
    let (started, _output) = world.start(&plan).unwrap();
    let mut process = spec.process.clone().unwrap();
    process.args = ["sh", "-c", "echo $PPID; hostname; ls /proc/self/fd | grep -c .; grep CapEff /proc/self/status; cat /proc/self/cgroup | grep -c /$"].iter().map(|s| (*s).to_owned()).collect();
    let exec_plan = ExecPlan::new(&process, None, plan.cgroup().clone(), &world.host).unwrap();
    let (read, write) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC).unwrap();
    let null: OwnedFd = std::fs::File::open("/dev/null").unwrap().into();
    let stdio = Stdio::Descriptors { stdin: null, stdout: write.try_clone().unwrap(), stderr: write };
    let joined = exec(started.pidfd.as_fd(), None, &exec_plan, stdio).unwrap();
    let mut text = String::new();
    std::fs::File::from(read).read_to_string(&mut text).unwrap();
    assert_eq!(sys::process::wait(&joined.pidfd).unwrap(), 0, "{text}");
    assert!(text.starts_with("0\nlunch\n4\n"), "{text}");
    assert!(text.contains("00000000080000e1"), "{text}");

    process.args = vec!["nosuch".into()];
    let exec_plan = ExecPlan::new(&process, None, plan.cgroup().clone(), &world.host).unwrap();
    let null = || -> OwnedFd { std::fs::File::open("/dev/null").unwrap().into() };
    let stdio = Stdio::Descriptors { stdin: null(), stdout: null(), stderr: null() };
    assert_eq!(exec(started.pidfd.as_fd(), None, &exec_plan, stdio).unwrap_err().exit_code(), Some(127));

    sys::process::signal(&started.pidfd, 9).unwrap();
    assert_eq!(sys::process::wait(&started.pidfd).unwrap(), 137);
    plan.cgroup().remove().unwrap();
    let stdio = Stdio::Descriptors { stdin: null(), stdout: null(), stderr: null() };
    assert!(exec(started.pidfd.as_fd(), None, &exec_plan, stdio).is_err());
}

/// Asks for a user namespace: root inside is 100000 outside.
fn mapped(spec: &mut Spec) {
    let map = vec![oci::runtime::IdMapping { container_id: 0, host_id: 100_000, size: 65536 }];
    let linux = spec.linux.as_mut().unwrap();
    linux.namespaces.push(Namespace { kind: NamespaceKind::User, path: None });
    (linux.uid_mappings, linux.gid_mappings) = (map.clone(), map);
}

fn root_of_a_user_namespace_alone(world: &World) {
    use std::os::unix::fs::MetadataExt;
    let shared = tempfile::tempdir_in(world.dir.path()).unwrap();
    std::fs::write(shared.path().join("mine"), "").unwrap();
    let script = "id -u; cat /proc/self/uid_map /proc/self/gid_map; hostname; touch /made && ls -n /made /shared/mine \
        /plain/mine /dev/null; echo x >/dev/null; echo y >/dev/stdout; touch /shared/new; touch /plain/new; \
        mknod /n c 1 3; mount -t tmpfs none /tmp; grep CapEff /proc/self/status; ls -n /proc/self/fd/1";
    let mut spec = world.spec(&["sh", "-c", script]);
    mapped(&mut spec);
    for (place, owners) in [("/shared", "idmap"), ("/plain", "private")] {
        spec.mounts.push(Mount {
            destination: place.into(),
            kind: "bind".into(),
            source: shared.path().display().to_string(),
            options: vec!["bind".into(), owners.into()],
            ..Mount::default()
        });
    }
    let rootfs = world.rootfs();
    let plan = Plan::new(&spec, rootfs.clone(), &world.host).unwrap();
    let (text, code) = world.run_plan(&plan).unwrap();
    assert_eq!(code, 0, "{text}");
    let words: Vec<Vec<&str>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(words[0], ["0"], "{text}");
    assert_eq!((&words[1][..], &words[2][..]), (&["0", "100000", "65536"][..], &["0", "100000", "65536"][..]));
    assert_eq!(words[3], ["lunch"]);
    let owner = |name: &str| words.iter().find(|line| line.last() == Some(&name)).unwrap()[2];
    assert_eq!([owner("/made"), owner("/shared/mine"), owner("/dev/null")], ["0"; 3], "{text}");
    // The host's root has no number inside.
    assert_eq!(owner("/plain/mine"), "65534", "{text}");
    for refused in ["/plain/new: Permission denied", "mknod: /n: Operation not permitted", "mount: "] {
        assert!(text.contains(refused), "{refused}: {text}");
    }
    assert!(text.contains("\ny\n") && text.contains("00000000080000e1"), "{text}");
    // On the disk, all is as without a user namespace.
    let Rootfs::Overlay { upper, .. } = rootfs else { panic!() };
    assert_eq!(std::fs::metadata(upper.join("made")).unwrap().uid(), 0);
    assert_eq!(std::fs::metadata(shared.path().join("new")).unwrap().uid(), 0);
}

fn a_process_joins_a_user_namespace(world: &World) {
    let mut spec = world.spec(&["sleep", "100"]);
    mapped(&mut spec);
    let plan = world.plan(&spec);
    let (started, _output) = world.start(&plan).unwrap();
    let status = std::fs::read_to_string(format!("/proc/{}/status", started.pid)).unwrap();
    assert!(status.contains("Uid:\t100000\t100000\t100000\t100000"), "{status}");
    let mut process = spec.process.clone().unwrap();
    process.user = User { uid: 7, gid: 8, ..User::default() };
    process.args =
        ["sh", "-c", "id -u; id -g; cat /proc/self/uid_map; echo w >/dev/stderr"].map(str::to_owned).to_vec();
    let exec_plan = ExecPlan::new(&process, None, plan.cgroup().clone(), &world.host).unwrap();
    let (read, write) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC).unwrap();
    let null: OwnedFd = std::fs::File::open("/dev/null").unwrap().into();
    let stdio = Stdio::Descriptors { stdin: null, stdout: write.try_clone().unwrap(), stderr: write };
    let joined = exec(started.pidfd.as_fd(), plan.user_namespace(), &exec_plan, stdio).unwrap();
    let mut text = String::new();
    std::fs::File::from(read).read_to_string(&mut text).unwrap();
    assert_eq!(sys::process::wait(&joined.pidfd).unwrap(), 0, "{text}");
    assert_eq!(text.split_whitespace().collect::<Vec<_>>(), ["7", "8", "0", "100000", "65536", "w"]);
    sys::process::signal(&started.pidfd, 9).unwrap();
    assert_eq!(sys::process::wait(&started.pidfd).unwrap(), 137);
    plan.cgroup().remove().unwrap();
}

fn streams_belong_to_the_user(world: &World) {
    let mut spec = world.spec(&["sh", "-c", "echo a >/dev/stdout; echo b >/dev/stderr"]);
    spec.process.as_mut().unwrap().user = User { uid: 33, gid: 33, ..User::default() };
    assert_eq!(world.run(&spec).unwrap(), ("a\nb\n".to_owned(), 0));
}

/// A process that could not become its program is reaped, whichever of its two makers is heard first: left as a zombie,
/// it would keep the whole container from ending.
fn processes_that_failed_are_reaped(world: &World) {
    let mut busy: Vec<_> = (0..6)
        .map(|_| std::process::Command::new("/bin/busybox").args(["sh", "-c", "while :; do :; done"]).spawn().unwrap())
        .collect();
    let spec = world.spec(&["sleep", "100"]);
    let plan = world.plan(&spec);
    let (started, _output) = world.start(&plan).unwrap();
    let mut process = spec.process.clone().unwrap();
    process.args = vec!["nosuch".into()];
    let exec_plan = ExecPlan::new(&process, None, plan.cgroup().clone(), &world.host).unwrap();
    let null = || -> OwnedFd { std::fs::File::open("/dev/null").unwrap().into() };
    for _ in 0..200 {
        let stdio = Stdio::Descriptors { stdin: null(), stdout: null(), stderr: null() };
        assert_eq!(exec(started.pidfd.as_fd(), None, &exec_plan, stdio).unwrap_err().exit_code(), Some(127));
    }
    let left = plan.cgroup().processes().unwrap();
    busy.iter_mut().for_each(|process| {
        process.kill().unwrap();
        process.wait().unwrap();
    });
    sys::process::signal(&started.pidfd, 9).unwrap();
    let ended = (0..500).find_map(|_| {
        std::thread::sleep(std::time::Duration::from_millis(10));
        sys::process::try_wait(&started.pidfd).unwrap()
    });
    assert_eq!((left.len(), ended), (1, Some(137)), "zombies: {left:?}");
    plan.cgroup().remove().unwrap();
}

fn a_container_is_held(world: &World) {
    let plan = world.plan(&world.spec(&["sh", "-c", "echo begun"]));
    let place = rustix::net::SocketAddrUnix::new(world.dir.path().join("gate")).unwrap();
    let state = oci::runtime::State {
        oci_version: oci::runtime::VERSION.into(),
        id: "held".into(),
        status: oci::runtime::Status::Creating,
        pid: None,
        bundle: world.dir.path().into(),
        annotations: Default::default(),
    };
    let note = world.dir.path().join("note");
    let hook = |script: String| oci::runtime::Hook {
        path: "/bin/sh".into(),
        args: vec!["sh".into(), "-c".into(), script],
        ..Default::default()
    };
    let hooks =
        oci::runtime::Hooks { create_runtime: vec![hook(format!("cat > {}", note.display()))], ..Default::default() };
    let mut hold = Hold { gate: runtime::gate(&place).unwrap(), state, hooks, keep: 0 };
    let (read, write) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC).unwrap();
    let null = || -> OwnedFd { std::fs::File::open("/dev/null").unwrap().into() };
    let stdio = Stdio::Descriptors { stdin: null(), stdout: write.try_clone().unwrap(), stderr: write };
    let started = runtime::create(&plan, stdio, &hold).unwrap();
    let told: oci::runtime::State = serde_json::from_slice(&std::fs::read(&note).unwrap()).unwrap();
    assert_eq!((told.id.as_str(), told.pid), ("held", Some(started.pid)));
    assert!(sys::process::try_wait(&started.pidfd).unwrap().is_none());
    runtime::release(&place).unwrap();
    let mut text = String::new();
    std::fs::File::from(read).read_to_string(&mut text).unwrap();
    assert_eq!((text.as_str(), sys::process::wait(&started.pidfd).unwrap()), ("begun\n", 0));
    plan.cgroup().remove().unwrap();

    hold.hooks.create_container = vec![hook("exit 1".into())];
    let stdio = Stdio::Descriptors { stdin: null(), stdout: null(), stderr: null() };
    assert!(matches!(runtime::create(&plan, stdio, &hold), Err(Error::Hook { .. })));
    assert!(!plan.cgroup().exists());
    drop(hold);
    assert_eq!(runtime::release(&place), Err(Error::Gone));
}

fn limits_are_set(world: &World) {
    let mut spec = world.spec(&["sleep", "100"]);
    let resources = spec.linux.as_mut().unwrap().resources.as_mut().unwrap();
    resources.memory = Some(oci::runtime::Memory { limit: Some(32 << 20), ..Default::default() });
    resources.cpu = Some(oci::runtime::Cpu { quota: Some(50_000), period: Some(100_000), ..Default::default() });
    let plan = world.plan(&spec);
    let (started, _output) = world.start(&plan).unwrap();
    let read = |v1: &str, v2: &str| {
        let name = format!("dabba-test/{}", plan_name(&spec));
        let v1 = Path::new("/sys/fs/cgroup").join(v1.replace("{}", &name));
        let v2 = Path::new("/sys/fs/cgroup").join(v2.replace("{}", &name));
        std::fs::read_to_string(v1).or_else(|_| std::fs::read_to_string(v2)).unwrap().trim().to_owned()
    };
    assert_eq!(read("memory/{}/memory.limit_in_bytes", "{}/memory.max"), (32 << 20).to_string());
    assert_eq!(read("pids/{}/pids.max", "{}/pids.max"), "50");
    assert!(plan.cgroup().processes().unwrap().contains(&started.pid));
    assert!(plan.cgroup().stats().pids >= 1);
    plan.cgroup().freeze().unwrap();
    plan.cgroup().thaw().unwrap();
    plan.cgroup().kill_all().unwrap();
    assert_eq!(sys::process::wait(&started.pidfd).unwrap(), 137);
    plan.cgroup().remove().unwrap();
}

fn plan_name(spec: &Spec) -> String {
    spec.linux.as_ref().unwrap().cgroups_path.trim_start_matches("/dabba-test/").to_owned()
}

fn plans_cross_a_socket(world: &World) {
    let plan = world.plan(&world.spec(&["true"]));
    let bytes = postcard::to_stdvec(&plan).unwrap();
    assert_eq!(postcard::from_bytes::<Plan>(&bytes).unwrap(), plan);
}

type Check = (&'static str, fn(&World));

fn main() {
    let checks: &[Check] = &[
        ("sees_itself_alone", sees_itself_alone),
        ("no_descriptor_leaks", no_descriptor_leaks),
        ("masked_and_read_only", masked_and_read_only),
        ("capabilities_are_exact", capabilities_are_exact),
        ("a_user_has_no_capabilities_and_its_groups", a_user_has_no_capabilities_and_its_groups),
        ("seccomp_refuses", seccomp_refuses),
        ("exit_codes", exit_codes),
        ("programs_that_cannot_run", programs_that_cannot_run),
        ("working_directories", working_directories),
        ("binds_stay_inside", binds_stay_inside),
        ("a_linked_dev_or_proc_makes_nothing_outside", a_linked_dev_or_proc_makes_nothing_outside),
        ("a_terminal", a_terminal),
        ("a_process_joins", a_process_joins),
        ("processes_that_failed_are_reaped", processes_that_failed_are_reaped),
        ("root_of_a_user_namespace_alone", root_of_a_user_namespace_alone),
        ("a_process_joins_a_user_namespace", a_process_joins_a_user_namespace),
        ("streams_belong_to_the_user", streams_belong_to_the_user),
        ("a_container_is_held", a_container_is_held),
        ("limits_are_set", limits_are_set),
        ("plans_cross_a_socket", plans_cross_a_socket),
    ];
    if std::env::args().any(|arg| arg == "--list") {
        checks.iter().for_each(|(name, _)| println!("{name}: test"));
        return;
    }
    let wanted: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let world = World::new();
    let mut count = 0;
    for (name, check) in checks {
        if wanted.is_empty() || wanted.iter().any(|text| name.contains(text.as_str())) {
            print!("test {name} ... ");
            let _ = std::io::stdout().flush();
            check(&world);
            println!("ok");
            count += 1;
        }
    }
    let _ = std::fs::remove_dir("/sys/fs/cgroup/memory/dabba-test");
    println!("\ntest result: ok. {count} passed; 0 failed; 0 ignored; 0 measured; 0 filtered out");
}
