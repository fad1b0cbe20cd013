//! Which devices a cgroup may use: lines on v1, a BPF program on v2.
//!
//! Source: the kernel's admin-guide/cgroup-v1/devices.rst and bpf/prog_cgroup_device (`struct bpf_cgroup_dev_ctx`).

use std::path::Path;

use oci::runtime::DeviceRule;
use serde::{Deserialize, Serialize};

use super::fail;
use crate::Error;

/// One rule; the last that fits decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Rule {
    pub(super) allow: bool,
    /// `None` means both kinds.
    block: Option<bool>,
    major: Option<u32>,
    minor: Option<u32>,
    access: Access,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Access {
    read: bool,
    write: bool,
    make: bool,
}

impl Rule {
    pub(super) fn new(rule: &DeviceRule) -> Result<Self, Error> {
        let text = rule.access.as_deref().unwrap_or("rwm");
        if text.chars().any(|right| !matches!(right, 'r' | 'w' | 'm')) {
            return Err(Error::Unsupported(format!("device access {text:?}")));
        }
        let has = |right| text.contains(right);
        let number = |value: Option<i64>| value.and_then(|value| u32::try_from(value).ok());
        Ok(Self {
            allow: rule.allow,
            block: match rule.kind.as_deref() {
                None | Some("a" | "") => None,
                Some("b") => Some(true),
                Some("c" | "u") => Some(false),
                Some(other) => return Err(Error::Unsupported(format!("device type {other:?}"))),
            },
            major: number(rule.major),
            minor: number(rule.minor),
            access: Access { read: has('r'), write: has('w'), make: has('m') },
        })
    }

    /// The line that v1 takes.
    pub(super) fn text(&self) -> String {
        let number = |value: Option<u32>| value.map_or_else(|| "*".to_owned(), |value| value.to_string());
        let kind = match self.block {
            None => 'a',
            Some(true) => 'b',
            Some(false) => 'c',
        };
        let mut text = format!("{kind} {}:{} ", number(self.major), number(self.minor));
        for (right, letter) in [(self.access.read, 'r'), (self.access.write, 'w'), (self.access.make, 'm')] {
            if right {
                text.push(letter);
            }
        }
        text
    }
}

/// One eBPF instruction.
fn instruction(code: u8, destination: u8, source: u8, offset: i16, value: i32) -> u64 {
    u64::from(code)
        | u64::from(destination) << 8
        | u64::from(source) << 12
        | u64::from(offset.cast_unsigned()) << 16
        | u64::from(value.cast_unsigned()) << 32
}

const LDX_W: u8 = 0x61;
const MOV_REG: u8 = 0xbf;
const MOV_IMM: u8 = 0xb7;
const AND_IMM: u8 = 0x57;
const RSH_IMM: u8 = 0x77;
const JNE_IMM: u8 = 0x55;
const EXIT: u8 = 0x95;

/// Context: type in the low half of the first word, access in its high half, then major and minor. Registers: r2 type,
/// r3 access, r4 major, r5 minor. Rules are tried from the last to the first; without a fitting one access is denied.
/// A rule that fits everything is the end: the kernel refuses programs with instructions that nothing leads to.
fn program(rules: &[Rule]) -> Vec<u64> {
    const BLOCK: i32 = 1;
    const CHARACTER: i32 = 2;
    let mut code = vec![
        instruction(LDX_W, 2, 1, 0, 0),
        instruction(AND_IMM, 2, 0, 0, 0xffff),
        instruction(LDX_W, 3, 1, 0, 0),
        instruction(RSH_IMM, 3, 0, 0, 16),
        instruction(LDX_W, 4, 1, 4, 0),
        instruction(LDX_W, 5, 1, 8, 0),
    ];
    for rule in rules.iter().rev() {
        let mut tests = Vec::new();
        if let Some(block) = rule.block {
            tests.push((JNE_IMM, 2, if block { BLOCK } else { CHARACTER }));
        }
        // BPF_DEVCG_ACC_MKNOD 1, READ 2, WRITE 4.
        let granted =
            i32::from(rule.access.make) | i32::from(rule.access.read) << 1 | i32::from(rule.access.write) << 2;
        for (number, register) in [(rule.major, 4), (rule.minor, 5)] {
            if let Some(number) = number {
                tests.push((JNE_IMM, register, number.cast_signed()));
            }
        }
        // Everything asked for must be among what the rule speaks of; a denial needs only a part of it, but a rule that
        // denies some rights of a device and leaves others does not occur in Docker's lists.
        let whole = granted == 7;
        let fits_all = whole && tests.is_empty();
        let length = tests.len() + if whole { 0 } else { 3 } + 2;
        let mut at = 0;
        let skip = |at: usize| i16::try_from(length - at - 1).unwrap_or(i16::MAX);
        for (code_byte, register, value) in tests {
            code.push(instruction(code_byte, register, 0, skip(at), value));
            at += 1;
        }
        if !whole {
            code.push(instruction(MOV_REG, 0, 3, 0, 0));
            code.push(instruction(AND_IMM, 0, 0, 0, 7 & !granted));
            code.push(instruction(JNE_IMM, 0, 0, skip(at + 2), 0));
        }
        code.push(instruction(MOV_IMM, 0, 0, 0, i32::from(rule.allow)));
        code.push(instruction(EXIT, 0, 0, 0, 0));
        if fits_all {
            return code;
        }
    }
    code.push(instruction(MOV_IMM, 0, 0, 0, 0));
    code.push(instruction(EXIT, 0, 0, 0, 0));
    code
}

/// Loads the program and attaches it to a v2 cgroup.
pub(super) fn attach(directory: &Path, rules: &[Rule]) -> Result<(), Error> {
    if rules.is_empty() {
        return Ok(());
    }
    let attached = sys::beneath::open_root(directory).and_then(|_| {
        let cgroup = std::fs::File::open(directory)?;
        sys::bpf::attach_device_filter(&cgroup, &program(rules))
    });
    attached.map_err(|error| fail(directory, &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_follows_a_rule_that_fits_everything() {
        let rule = |allow, major| {
            Rule::new(&DeviceRule { allow, kind: None, major, minor: None, access: Some("rwm".into()) }).unwrap()
        };
        let exits = |rules: &[Rule]| program(rules).iter().filter(|code| *code & 0xff == u64::from(EXIT)).count();
        assert_eq!(exits(&[rule(false, None)]), 1);
        assert_eq!(exits(&[rule(true, Some(1)), rule(false, None), rule(true, Some(5))]), 2);
        assert_eq!(exits(&[rule(true, Some(1))]), 2);
    }

    #[test]
    fn lines_of_v1() {
        let rule = |kind: Option<&str>, major, minor, access: &str| {
            Rule::new(&DeviceRule {
                allow: true,
                kind: kind.map(str::to_owned),
                major,
                minor,
                access: Some(access.into()),
            })
            .unwrap()
            .text()
        };
        assert_eq!(rule(None, None, None, "rwm"), "a *:* rwm");
        assert_eq!(rule(Some("c"), Some(1), Some(3), "rw"), "c 1:3 rw");
        assert_eq!(rule(Some("b"), Some(8), None, "m"), "b 8:* m");
    }
}
