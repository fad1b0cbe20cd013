//! OCI filter to classic BPF.
//!
//! ```text
//!   load arch ─► x86-64? ─► load number ─► ENOSYS? ─► binary search over numbers ─► the rules of that call ─► action
//!           └─► i386?  ─► (the same with i386's numbers)
//!           └─► else kill
//! ```
//! Rules of one call are tried in the order of the profile; the first whose arguments match decides. Instructions are
//! built with symbolic targets from the end forwards, so that every jump distance is known when it is written.
//! Source: seccomp(2), and the kernel's Documentation/userspace-api/seccomp_filter.rst.

use std::collections::BTreeMap;

use oci::runtime::{Seccomp, SeccompAction, SeccompArg, SeccompOp};
use serde::{Deserialize, Serialize};

use super::table;
use crate::{Error, limits};

/// A compiled filter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter {
    /// `struct sock_filter` after `struct sock_filter`, native byte order.
    pub program: Vec<u8>,
    /// Flags of seccomp(2).
    pub flags: u32,
}

const LD_W_ABS: u16 = 0x20;
const JEQ: u16 = 0x15;
const JGT: u16 = 0x25;
const JGE: u16 = 0x35;
const JA: u16 = 0x05;
const AND: u16 = 0x54;
const RET: u16 = 0x06;

const ARCH_X86_64: u32 = 0xc000_003e;
const ARCH_I386: u32 = 0x4000_0003;
/// x32 calls have this bit set in their number.
const X32_BIT: u32 = 0x4000_0000;

const OFFSET_NUMBER: u32 = 0;
const OFFSET_ARCH: u32 = 4;
const OFFSET_ARGS: u32 = 16;

#[derive(Clone, Copy)]
struct Instruction {
    code: u16,
    yes: u8,
    no: u8,
    value: u32,
}

/// A program under construction, last instruction first. A position is counted from the end, so that it stays valid
/// while more is put in front.
#[derive(Default)]
struct Builder {
    reversed: Vec<Instruction>,
    returns: BTreeMap<u32, usize>,
}

impl Builder {
    /// Puts an instruction in front; gives its position.
    fn push(&mut self, code: u16, yes: u8, no: u8, value: u32) -> usize {
        self.reversed.push(Instruction { code, yes, no, value });
        self.reversed.len() - 1
    }

    /// The distance from an instruction that is about to be put in front to this position.
    fn distance(&self, target: usize) -> usize {
        self.reversed.len() - 1 - target
    }

    /// A position with the same meaning that is near enough for a conditional jump of the next few instructions.
    fn near(&mut self, target: usize) -> usize {
        if self.distance(target) < 250 {
            return target;
        }
        let distance = u32::try_from(self.distance(target)).unwrap_or(u32::MAX);
        self.push(JA, 0, 0, distance)
    }

    fn jump(&mut self, code: u16, value: u32, yes: usize, no: usize) -> usize {
        // A hop put in for one target moves the other further away: both are made near before distances are taken.
        let yes = self.near(yes);
        let no = self.near(no);
        let yes = self.near(yes);
        let (yes, no) = (self.distance(yes), self.distance(no));
        self.push(code, u8::try_from(yes).unwrap_or(u8::MAX), u8::try_from(no).unwrap_or(u8::MAX), value)
    }

    fn load(&mut self, offset: u32) -> usize {
        self.push(LD_W_ABS, 0, 0, offset)
    }

    /// A return of this action, near or new.
    fn ret(&mut self, action: u32) -> usize {
        if let Some(position) = self.returns.get(&action)
            && self.distance(*position) < 200
        {
            return *position;
        }
        let position = self.push(RET, 0, 0, action);
        self.returns.insert(action, position);
        position
    }
}

/// One way to decide a call: its arguments must match, then the action is taken.
struct Case<'a> {
    args: &'a [SeccompArg],
    action: u32,
}

/// Compiles a filter for x86-64, and for its sub-architectures where the filter names them.
///
/// # Errors
/// [`Error::Unsupported`] for an argument index beyond 5, an unknown flag, a foreign architecture, or a filter that
/// is longer than the kernel takes.
pub fn compile(filter: &Seccomp) -> Result<Filter, Error> {
    let default = action(filter.default_action, filter.default_errno_ret);
    let names = |arch: &str| filter.architectures.iter().any(|name| name == arch);
    let native = filter.architectures.is_empty() || names("SCMP_ARCH_X86_64");
    let mut builder = Builder::default();
    let kill = builder.ret(libc::SECCOMP_RET_KILL_PROCESS);
    let mut next = kill;
    if names("SCMP_ARCH_X86") {
        let body = body(&mut builder, filter, table::I386, default, None)?;
        next = architecture(&mut builder, ARCH_I386, body, kill);
    }
    if native {
        let x32 = names("SCMP_ARCH_X32");
        let body = body(&mut builder, filter, table::X86_64, default, Some(x32))?;
        next = architecture(&mut builder, ARCH_X86_64, body, next);
    }
    let load = builder.load(OFFSET_ARCH);
    // The entry must be the first instruction, and `next` may lie behind what was built after it.
    debug_assert!(load > next);
    if builder.reversed.len() > limits::FILTER_INSTRUCTIONS {
        return Err(Error::Unsupported(format!(
            "the seccomp profile needs {} instructions; the kernel takes {}",
            builder.reversed.len(),
            limits::FILTER_INSTRUCTIONS
        )));
    }
    let program = builder
        .reversed
        .iter()
        .rev()
        .flat_map(|instruction| {
            let mut bytes = [0; 8];
            bytes[..2].copy_from_slice(&instruction.code.to_ne_bytes());
            bytes[2] = instruction.yes;
            bytes[3] = instruction.no;
            bytes[4..].copy_from_slice(&instruction.value.to_ne_bytes());
            bytes
        })
        .collect();
    Ok(Filter { program, flags: flags(&filter.flags)? })
}

fn architecture(builder: &mut Builder, arch: u32, body: usize, otherwise: usize) -> usize {
    builder.jump(JEQ, arch, body, otherwise)
}

/// The part for one table of numbers; gives the position of its first instruction. `x32` says whether calls with the
/// x32 bit are of this table, too; `None` where there is no such bit.
fn body(
    builder: &mut Builder,
    filter: &Seccomp,
    table: &[(&str, u32)],
    default: u32,
    x32: Option<bool>,
) -> Result<usize, Error> {
    let mut calls: BTreeMap<u32, Vec<Case<'_>>> = BTreeMap::new();
    for rule in &filter.syscalls {
        let action = action(rule.action, rule.errno_ret);
        for name in &rule.names {
            // A name that this architecture does not have cannot be called on it.
            if let Ok(found) = table.binary_search_by(|(known, _)| known.cmp(&name.as_str())) {
                calls.entry(table[found].1).or_default().push(Case { args: &rule.args, action });
            }
        }
    }
    let numbers: Vec<u32> = calls.keys().copied().collect();
    let search = search(builder, &calls, &numbers, default)?;
    let search = match x32 {
        Some(true) => {
            let masked = builder.push(AND, 0, 0, !X32_BIT);
            debug_assert!(masked == search + 1 || search <= masked);
            masked
        }
        Some(false) => {
            // As libseccomp does for a foreign architecture.
            let kill = builder.ret(libc::SECCOMP_RET_KILL_PROCESS);
            builder.jump(JGE, X32_BIT, kill, search)
        }
        None => search,
    };
    let _ = search;
    Ok(builder.load(OFFSET_NUMBER))
}

/// A binary search for the number in the accumulator. The last instruction put in front is its entry.
fn search(
    builder: &mut Builder,
    calls: &BTreeMap<u32, Vec<Case<'_>>>,
    numbers: &[u32],
    default: u32,
) -> Result<usize, Error> {
    match numbers {
        [] => Ok(builder.push(RET, 0, 0, default)),
        [number] => {
            let otherwise = builder.ret(default);
            let cases = match calls.get(number).map(Vec::as_slice) {
                Some([only]) if only.args.is_empty() => builder.ret(only.action),
                Some(cases) => arguments(builder, cases, default)?,
                None => otherwise,
            };
            Ok(builder.jump(JEQ, *number, cases, otherwise))
        }
        _ => {
            let (low, high) = numbers.split_at(numbers.len() / 2);
            let high_entry = search(builder, calls, high, default)?;
            let low_entry = search(builder, calls, low, default)?;
            Ok(builder.jump(JGE, high[0], high_entry, low_entry))
        }
    }
}

/// The rules of one call in their order; gives the entry.
fn arguments(builder: &mut Builder, cases: &[Case<'_>], default: u32) -> Result<usize, Error> {
    let mut otherwise = builder.ret(default);
    for case in cases.iter().rev() {
        let mut next = builder.ret(case.action);
        for arg in case.args.iter().rev() {
            next = argument(builder, arg, next, otherwise)?;
        }
        otherwise = next;
    }
    Ok(otherwise)
}

/// A comparison of one 64-bit argument, high word first; gives its entry.
fn argument(builder: &mut Builder, arg: &SeccompArg, yes: usize, no: usize) -> Result<usize, Error> {
    if arg.index > 5 {
        return Err(Error::Unsupported(format!("seccomp: a system call has no argument {}", arg.index)));
    }
    let low_offset = OFFSET_ARGS + 8 * arg.index;
    let high_offset = low_offset + 4;
    let low = |value: u64| (value & 0xffff_ffff) as u32;
    let high = |value: u64| (value >> 32) as u32;
    let value = arg.value;
    Ok(match arg.op {
        SeccompOp::Eq => equal(builder, (low_offset, high_offset), u64::MAX, value, yes, no),
        SeccompOp::Ne => equal(builder, (low_offset, high_offset), u64::MAX, value, no, yes),
        SeccompOp::MaskedEq => equal(builder, (low_offset, high_offset), arg.value, arg.value_two & arg.value, yes, no),
        SeccompOp::Gt | SeccompOp::Le => {
            let (yes, no) = if arg.op == SeccompOp::Gt { (yes, no) } else { (no, yes) };
            ordered(builder, JGT, (low_offset, high_offset), (low(value), high(value)), yes, no)
        }
        SeccompOp::Ge | SeccompOp::Lt => {
            let (yes, no) = if arg.op == SeccompOp::Ge { (yes, no) } else { (no, yes) };
            ordered(builder, JGE, (low_offset, high_offset), (low(value), high(value)), yes, no)
        }
    })
}

fn equal(builder: &mut Builder, offsets: (u32, u32), mask: u64, value: u64, yes: usize, no: usize) -> usize {
    let halves = [
        (offsets.0, (mask & 0xffff_ffff) as u32, (value & 0xffff_ffff) as u32),
        (offsets.1, (mask >> 32) as u32, (value >> 32) as u32),
    ];
    let mut next = yes;
    for (offset, mask, value) in halves {
        builder.jump(JEQ, value, next, no);
        if mask != u32::MAX {
            builder.push(AND, 0, 0, mask);
        }
        next = builder.load(offset);
    }
    next
}

fn ordered(
    builder: &mut Builder,
    code: u16,
    offsets: (u32, u32),
    (low, high): (u32, u32),
    yes: usize,
    no: usize,
) -> usize {
    builder.jump(code, low, yes, no);
    let low_part = builder.load(offsets.0);
    // The high word decides unless it is equal.
    let equal = builder.jump(JEQ, high, low_part, no);
    builder.jump(JGT, high, yes, equal);
    builder.load(offsets.1)
}

fn action(action: SeccompAction, errno: Option<u32>) -> u32 {
    let data = errno.unwrap_or(libc::EPERM.cast_unsigned()) & 0xffff;
    match action {
        SeccompAction::KillThread => libc::SECCOMP_RET_KILL_THREAD,
        SeccompAction::KillProcess => libc::SECCOMP_RET_KILL_PROCESS,
        SeccompAction::Trap => libc::SECCOMP_RET_TRAP,
        SeccompAction::Errno => libc::SECCOMP_RET_ERRNO | data,
        SeccompAction::Trace => libc::SECCOMP_RET_TRACE | data,
        SeccompAction::Allow => libc::SECCOMP_RET_ALLOW,
        SeccompAction::Log => libc::SECCOMP_RET_LOG,
        SeccompAction::Notify => libc::SECCOMP_RET_USER_NOTIF,
    }
}

fn flags(names: &[String]) -> Result<u32, Error> {
    names.iter().try_fold(0, |flags, name| {
        let flag = match name.as_str() {
            "SECCOMP_FILTER_FLAG_TSYNC" => 1,
            "SECCOMP_FILTER_FLAG_LOG" => 2,
            "SECCOMP_FILTER_FLAG_SPEC_ALLOW" => 4,
            other => return Err(Error::Unsupported(format!("seccomp flag {other:?}"))),
        };
        Ok(flags | flag)
    })
}

#[cfg(test)]
mod tests;
