//! clone3(2), pidfds, waiting, and small per-process settings.

use std::io;
use std::ops::Range;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::time::Duration;

use rustix::process::{WaitIdOptions, WaitIdStatus};

/// Namespaces for a new process: the `CLONE_NEW…` bits of clone(2).
pub mod new {
    pub use libc::{
        CLONE_NEWCGROUP as CGROUP, CLONE_NEWIPC as IPC, CLONE_NEWNET as NETWORK, CLONE_NEWNS as MOUNT,
        CLONE_NEWPID as PID, CLONE_NEWUSER as USER, CLONE_NEWUTS as UTS,
    };
}

/// Which side of a fork this is.
pub enum Forked {
    /// The new process.
    Child,
    /// The old one.
    Parent {
        /// The new process.
        pid: i32,
        /// The new process, safe from reuse of its number.
        pidfd: OwnedFd,
    },
}

/// `CLONE_INTO_CGROUP` (Linux 5.7), which does not fit the type of the others.
const INTO_CGROUP: u64 = 0x2_0000_0000;

/// `struct clone_args` (clone3(2), Linux 5.7).
#[repr(C)]
#[derive(Default)]
struct CloneArgs {
    flags: u64,
    pidfd: u64,
    child_tid: u64,
    parent_tid: u64,
    exit_signal: u64,
    stack: u64,
    stack_size: u64,
    tls: u64,
    set_tid: u64,
    set_tid_size: u64,
    cgroup: u64,
}

/// Forks into new namespaces, and into a cgroup v2 directory if one is given.
///
/// `sibling` makes the child a child of the caller's own parent (`CLONE_PARENT`).
///
/// # Safety
/// The caller is single-threaded, so that no lock is held by a thread which does not exist in the child; or the child
/// makes nothing but system calls until it ends.
///
/// # Errors
/// As clone3(2).
pub unsafe fn fork(namespaces: i32, cgroup: Option<BorrowedFd<'_>>, sibling: bool) -> io::Result<Forked> {
    let mut pidfd: i32 = -1;
    let mut args = CloneArgs {
        flags: u64::from(namespaces.cast_unsigned()) | libc::CLONE_PIDFD as u64,
        pidfd: (&raw mut pidfd) as u64,
        // With CLONE_PARENT the exit signal is that of the caller and must be zero here.
        exit_signal: if sibling { 0 } else { libc::SIGCHLD as u64 },
        ..CloneArgs::default()
    };
    if sibling {
        args.flags |= libc::CLONE_PARENT as u64;
    }
    if let Some(cgroup) = cgroup {
        args.flags |= INTO_CGROUP;
        args.cgroup = cgroup.as_raw_fd() as u64;
    }
    // SAFETY: the structure is what the kernel expects and outlives the call; without CLONE_VM and with no stack given
    // the child goes on with a copy of this one, as after fork(2). That nobody else runs is the caller's promise.
    let result = unsafe { libc::syscall(libc::SYS_clone3, &raw mut args, size_of::<CloneArgs>()) };
    match result {
        -1 => Err(io::Error::last_os_error()),
        0 => Ok(Forked::Child),
        pid => {
            // SAFETY: the kernel has just made this descriptor for us (CLONE_PIDFD).
            let pidfd = unsafe { OwnedFd::from_raw_fd(pidfd) };
            Ok(Forked::Parent { pid: i32::try_from(pid).unwrap_or(i32::MAX), pidfd })
        }
    }
}

/// Waits for a child to end and reaps it. Gives its exit code, 128+n after signal n.
///
/// # Errors
/// As waitid(2).
pub fn wait(pidfd: impl AsFd) -> io::Result<i32> {
    loop {
        match waitid(pidfd.as_fd(), WaitIdOptions::EXITED) {
            Ok(Some(code)) => return Ok(code),
            Ok(None) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Reaps a child if it has ended.
///
/// # Errors
/// As waitid(2).
pub fn try_wait(pidfd: impl AsFd) -> io::Result<Option<i32>> {
    waitid(pidfd.as_fd(), WaitIdOptions::EXITED | WaitIdOptions::NOHANG)
}

/// Reaps children that have ended, up to the first of those that somebody else waits for: orphans that were adopted.
pub fn reap_strays(own: &[i32]) {
    loop {
        // SAFETY: all zeros is a value of this plain structure; waitid(2) writes it within its size, the number included.
        let (result, pid) = unsafe {
            let mut info: libc::siginfo_t = std::mem::zeroed();
            let options = libc::WEXITED | libc::WNOHANG | libc::WNOWAIT;
            (libc::waitid(libc::P_ALL, 0, &raw mut info, options), info.si_pid())
        };
        if result != 0 || pid == 0 || own.contains(&pid) {
            return;
        }
        // SAFETY: a null status is not written to; the process is a zombie of ours, so that nothing waits.
        unsafe { libc::waitpid(pid, std::ptr::null_mut(), libc::WNOHANG) };
    }
}

fn waitid(pidfd: BorrowedFd<'_>, options: WaitIdOptions) -> io::Result<Option<i32>> {
    let status = rustix::process::waitid(rustix::process::WaitId::PidFd(pidfd), options)?;
    Ok(status.map(|status: WaitIdStatus| match (status.exit_status(), status.terminating_signal()) {
        (Some(code), _) => code,
        (None, Some(signal)) => 128 + signal,
        (None, None) => 255,
    }))
}

/// Sends a signal.
///
/// # Errors
/// As pidfd_send_signal(2); `ESRCH` when the process has ended.
pub fn signal(pidfd: impl AsFd, number: i32) -> io::Result<()> {
    // SAFETY: plain numbers; a null siginfo means what kill(2) would send.
    let result = unsafe {
        libc::syscall(libc::SYS_pidfd_send_signal, pidfd.as_fd().as_raw_fd(), number, std::ptr::null::<u8>(), 0)
    };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Marks all descriptors from `first` on to be closed by execve(2).
///
/// # Errors
/// As close_range(2).
pub fn close_from_on_exec(first: u32) -> io::Result<()> {
    // SAFETY: only a flag of descriptors changes.
    let result = unsafe { libc::syscall(libc::SYS_close_range, first, u32::MAX, libc::CLOSE_RANGE_CLOEXEC) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Closes all descriptors but standard error and these.
///
/// # Safety
/// Nothing in the process uses any other descriptor afterwards, not even to drop it.
pub unsafe fn close_all_but(keep: &[i32]) {
    let mut keep: Vec<u32> = keep.iter().filter_map(|fd| u32::try_from(*fd).ok()).collect();
    keep.sort_unstable();
    let mut first = 3u32;
    for fd in keep.into_iter().chain([u32::MAX]) {
        if fd > first {
            // SAFETY: closing is what the caller asked for and has promised to be harmless.
            unsafe { libc::syscall(libc::SYS_close_range, first, fd - 1, 0) };
        }
        first = first.max(fd.saturating_add(1));
    }
}

/// Sends this signal to the caller when its parent ends.
///
/// # Errors
/// As prctl(2).
pub fn die_with_parent(number: i32) -> io::Result<()> {
    prctl(libc::PR_SET_PDEATHSIG, number as u64)
}

/// Keeps other processes from reading this one through /proc and ptrace(2).
///
/// # Errors
/// As prctl(2).
pub fn forbid_inspection() -> io::Result<()> {
    prctl(libc::PR_SET_DUMPABLE, 0)
}

/// Adopts orphaned grandchildren.
///
/// # Errors
/// As prctl(2).
pub fn adopt_orphans() -> io::Result<()> {
    prctl(libc::PR_SET_CHILD_SUBREAPER, 1)
}

/// The name that ps(1) shows, up to 15 bytes.
pub fn set_name(name: &std::ffi::CStr) {
    // SAFETY: the kernel reads up to 16 bytes of a NUL-terminated string.
    unsafe { libc::prctl(libc::PR_SET_NAME, name.as_ptr()) };
}

fn prctl(option: i32, value: u64) -> io::Result<()> {
    // SAFETY: these options take a number and no pointer.
    let result = unsafe { libc::prctl(option, value, 0, 0, 0) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Unblocks all signals and sets all dispositions to their defaults, as a new program expects them.
pub fn reset_signals() {
    // SAFETY: SIG_DFL and an empty mask are valid for every signal; the two that cannot be changed answer an error.
    unsafe {
        for number in 1..=64 {
            libc::signal(number, libc::SIG_DFL);
        }
        let mut none: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut none);
        libc::sigprocmask(libc::SIG_SETMASK, &raw const none, std::ptr::null_mut());
    }
}

/// Ignores a signal, or with `SIGCHLD` has children reaped by the kernel.
pub fn ignore_signal(number: i32) {
    // SAFETY: SIG_IGN is valid.
    unsafe { libc::signal(number, libc::SIG_IGN) };
}

/// Limits the number of the C library's arenas: memory that one thread gave back serves the others.
pub fn limit_arenas(count: i32) {
    // SAFETY: only a setting of the allocator changes.
    unsafe { libc::mallopt(libc::M_ARENA_MAX, count) };
}

/// Gives freed memory back to the kernel.
pub fn trim_heap() {
    // SAFETY: always allowed.
    unsafe { libc::malloc_trim(0) };
}

/// What the process has taken since it began.
#[derive(Debug, Clone, Copy, Default)]
pub struct Taken {
    /// Of the processors.
    pub time: Duration,
    /// How often a page had to be mapped that was in memory.
    pub faults: u64,
}

/// What the process has taken since it began.
///
/// Source: getrusage(2).
pub fn taken() -> Taken {
    // SAFETY: the structure has only integers, and the kernel fills it in.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        libc::getrusage(libc::RUSAGE_SELF, &raw mut usage);
        usage
    };
    let time = |of: libc::timeval| {
        let micros = u64::try_from(of.tv_usec).unwrap_or(0);
        Duration::from_secs(u64::try_from(of.tv_sec).unwrap_or(0)) + Duration::from_micros(micros)
    };
    let faults = u64::try_from(usage.ru_minflt).unwrap_or(0);
    Taken { time: time(usage.ru_utime) + time(usage.ru_stime), faults }
}

/// Lets go of the pages of the program's files, text and constants, that were used once: the kernel maps sixteen for
/// each that is touched. They stay in the page cache as long as there is room, and come back when they are used. Blocks
/// for a moment.
///
/// Source: madvise(2), MADV_DONTNEED; proc_pid_smaps(5).
pub fn release_program() {
    for Range { start, end } in clean(&std::fs::read_to_string("/proc/self/smaps").unwrap_or_default()) {
        // SAFETY: a private mapping of a file that cannot be written and has no page of its own: whatever is let go is
        // read from the file again.
        unsafe { libc::madvise(start as *mut libc::c_void, end - start, libc::MADV_DONTNEED) };
    }
}

/// Private mappings of files that cannot be written and of which no page was ever written. Where the linker has put what
/// is relocated at the start, pages were.
fn clean(smaps: &str) -> Vec<Range<usize>> {
    let (mut found, mut mapping) = (Vec::new(), None);
    for line in smaps.lines() {
        let fields: Vec<&str> = line.split_ascii_whitespace().collect();
        match fields[..] {
            [range, "r-xp" | "r--p", _, device, ..] if device != "00:00" => mapping = addresses(range),
            // Of another kind, or the kernel's own.
            [range, _, _, _, _, ..] if range.contains('-') => mapping = None,
            ["Anonymous:", "0", _] => found.extend(mapping.take()),
            _ => {}
        }
    }
    found
}

fn addresses(range: &str) -> Option<Range<usize>> {
    let (start, end) = range.split_once('-')?;
    let address = |text| usize::from_str_radix(text, 16).ok();
    Some(address(start)?..address(end)?)
}

/// Ends the process at once, without running anything registered for its end.
pub fn exit_now(code: i32) -> ! {
    // SAFETY: always allowed.
    unsafe { libc::_exit(code) }
}

/// Loads a compiled system call filter for the caller and what it will execute.
///
/// # Errors
/// As seccomp(2).
pub fn load_filter(program: &[u8], flags: u32) -> io::Result<()> {
    let filter = libc::sock_fprog {
        len: u16::try_from(program.len() / size_of::<libc::sock_filter>())
            .map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?,
        filter: program.as_ptr().cast::<libc::sock_filter>().cast_mut(),
    };
    // SAFETY: the kernel copies `len` instructions, which lie within `program`; it needs no alignment, and it checks
    // the program.
    let result = unsafe { libc::syscall(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER, flags, &raw const filter) };
    if result >= 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Makes a terminal the controlling one of the caller's session.
///
/// # Errors
/// As ioctl_tty(2), `TIOCSCTTY`.
pub fn take_terminal(terminal: impl AsFd) -> io::Result<()> {
    // SAFETY: the argument is a number.
    let result = unsafe { libc::ioctl(terminal.as_fd().as_raw_fd(), libc::TIOCSCTTY, 0) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// The slave of a pseudo-terminal, opened through its master and not by a path (Linux 4.13).
///
/// # Errors
/// As ioctl_tty(2), `TIOCGPTPEER`.
pub fn open_slave(master: impl AsFd) -> io::Result<OwnedFd> {
    // SAFETY: the argument is a number; the result is a new descriptor that nobody else owns.
    unsafe {
        let fd =
            libc::ioctl(master.as_fd().as_raw_fd(), libc::TIOCGPTPEER, libc::O_RDWR | libc::O_NOCTTY | libc::O_CLOEXEC);
        if fd < 0 { Err(io::Error::last_os_error()) } else { Ok(OwnedFd::from_raw_fd(fd)) }
    }
}

/// Sets one of the caller's capability sets. `sets` are effective, permitted and inheritable as bit masks.
///
/// # Errors
/// As capset(2).
pub fn set_capabilities(effective: u64, permitted: u64, inheritable: u64) -> io::Result<()> {
    #[repr(C)]
    struct Header {
        version: u32,
        pid: i32,
    }
    const VERSION_3: u32 = 0x2008_0522;
    let low = |mask: u64| (mask & 0xffff_ffff) as u32;
    let high = |mask: u64| (mask >> 32) as u32;
    let header = Header { version: VERSION_3, pid: 0 };
    let data =
        [[low(effective), low(permitted), low(inheritable)], [high(effective), high(permitted), high(inheritable)]];
    // SAFETY: version 3 reads a header and two times three words, which is what these are.
    let result = unsafe { libc::syscall(libc::SYS_capset, &raw const header, data.as_ptr()) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// The last capability that the kernel knows.
pub fn last_capability() -> u32 {
    // PR_CAPBSET_READ answers EINVAL beyond the last one.
    // SAFETY: the argument is a number.
    (0..64u32)
        .take_while(|cap| unsafe { libc::prctl(libc::PR_CAPBSET_READ, u64::from(*cap), 0, 0, 0) } >= 0)
        .last()
        .unwrap_or(0)
}

/// Takes a capability from the caller's bounding set.
///
/// # Errors
/// As prctl(2), `PR_CAPBSET_DROP`.
pub fn drop_bounding(capability: u32) -> io::Result<()> {
    prctl(libc::PR_CAPBSET_DROP, u64::from(capability))
}

/// Keeps the permitted capabilities over the next setresuid(2).
///
/// # Errors
/// As prctl(2), `PR_SET_KEEPCAPS`.
pub fn keep_capabilities(keep: bool) -> io::Result<()> {
    prctl(libc::PR_SET_KEEPCAPS, u64::from(keep))
}

/// Makes one capability ambient, or with `None` clears them all.
///
/// # Errors
/// As prctl(2), `PR_CAP_AMBIENT`.
pub fn ambient(capability: Option<u32>) -> io::Result<()> {
    let (operation, capability) = match capability {
        Some(capability) => (libc::PR_CAP_AMBIENT_RAISE, capability),
        None => (libc::PR_CAP_AMBIENT_CLEAR_ALL, 0),
    };
    // SAFETY: numbers only.
    let result = unsafe { libc::prctl(libc::PR_CAP_AMBIENT, operation as u64, u64::from(capability), 0, 0) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// The caller and what it executes can gain no privileges.
///
/// # Errors
/// As prctl(2), `PR_SET_NO_NEW_PRIVS`.
pub fn no_new_privileges() -> io::Result<()> {
    prctl(libc::PR_SET_NO_NEW_PRIVS, 1)
}

/// Sets user, group and supplementary groups, for the one thread there is.
///
/// # Errors
/// As setgroups(2), setresgid(2), setresuid(2).
pub fn become_user(uid: u32, gid: u32, groups: &[u32]) -> io::Result<()> {
    let check = |result: libc::c_long| if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) };
    // SAFETY: the kernel reads `groups.len()` numbers from a slice of that length; the rest are numbers. The raw calls
    // act on the calling thread, which is the only one.
    unsafe {
        check(libc::syscall(libc::SYS_setgroups, groups.len(), groups.as_ptr()))?;
        check(libc::syscall(libc::SYS_setresgid, gid, gid, gid))?;
        check(libc::syscall(libc::SYS_setresuid, uid, uid, uid))
    }
}

/// Executes a program in place of the caller; returns only to say why it could not.
pub fn execute(path: &std::ffi::CStr, arguments: &[std::ffi::CString], environment: &[std::ffi::CString]) -> io::Error {
    let pointers = |texts: &[std::ffi::CString]| -> Vec<*const libc::c_char> {
        texts.iter().map(|text| text.as_ptr()).chain([std::ptr::null()]).collect()
    };
    let (arguments, environment) = (pointers(arguments), pointers(environment));
    // SAFETY: both lists end with a null pointer and point to NUL-terminated strings that live until the call ends.
    unsafe { libc::execve(path.as_ptr(), arguments.as_ptr(), environment.as_ptr()) };
    io::Error::last_os_error()
}

/// Sets a resource limit by its number.
///
/// # Errors
/// As setrlimit(2).
pub fn set_limit(resource: u32, soft: u64, hard: u64) -> io::Result<()> {
    let limit = libc::rlimit64 { rlim_cur: soft, rlim_max: hard };
    // SAFETY: the structure outlives the call.
    let result = unsafe { libc::prlimit64(0, resource, &raw const limit, std::ptr::null_mut()) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// The caller's soft and hard limit of a resource.
///
/// # Errors
/// As getrlimit(2).
pub fn limit(resource: u32) -> io::Result<(u64, u64)> {
    let mut limit = libc::rlimit64 { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the structure outlives the call.
    let result = unsafe { libc::prlimit64(0, resource, std::ptr::null(), &raw mut limit) };
    if result == 0 { Ok((limit.rlim_cur, limit.rlim_max)) } else { Err(io::Error::last_os_error()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_no_page_of_was_written_is_clean() {
        let smaps = "\
1000-2000 r--p 00000000 08:01 7                  /usr/bin/a program-r
Size:                  4 kB
Anonymous:             0 kB
VmFlags: rd mr mw me
2000-3000 r-xp 00001000 08:01 7                  /usr/bin/a program
Anonymous:             0 kB
3000-4000 r--p 00002000 08:01 7                  /usr/bin/a program
Anonymous:             4 kB
4000-5000 rw-p 00003000 08:01 7                  /usr/bin/a program
Anonymous:             0 kB
5000-6000 rw-p 00000000 00:00 0                  [heap]
Anonymous:             0 kB
6000-7000 r--s 00000000 08:01 9                  /shared
Anonymous:             0 kB
7000-8000 r-xp 00000000 00:00 0                  [vdso]
Anonymous:             0 kB
";
        assert_eq!(clean(smaps), [0x1000..0x2000, 0x2000..0x3000]);
        assert!(clean("").is_empty());
    }

    #[test]
    fn a_program_goes_on_without_its_pages() {
        let before = taken();
        release_program();
        let after = taken();
        assert!(after.faults > before.faults, "{before:?} {after:?}");
    }
}
