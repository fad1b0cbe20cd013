//! Filters are run in a small interpreter, over every number and over chosen arguments.

use super::*;
use crate::seccomp::{default_profile, profile};

/// What the kernel would do: `struct seccomp_data` in, action out.
fn run(filter: &Filter, arch: u32, number: u32, args: [u64; 6]) -> u32 {
    let program: Vec<Instruction> = filter
        .program
        .chunks(8)
        .map(|bytes| Instruction {
            code: u16::from_ne_bytes([bytes[0], bytes[1]]),
            yes: bytes[2],
            no: bytes[3],
            value: u32::from_ne_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]),
        })
        .collect();
    let mut data = vec![number, arch, 0, 0];
    data.extend(args.iter().flat_map(|arg| [(arg & 0xffff_ffff) as u32, (arg >> 32) as u32]));
    let (mut at, mut accumulator) = (0, 0);
    loop {
        let Instruction { code, yes, no, value } = program[at];
        at += 1;
        let jump = |condition: bool| usize::from(if condition { yes } else { no });
        match code {
            LD_W_ABS => accumulator = data[value as usize / 4],
            AND => accumulator &= value,
            JA => at += value as usize,
            JEQ => at += jump(accumulator == value),
            JGT => at += jump(accumulator > value),
            JGE => at += jump(accumulator >= value),
            RET => return value,
            other => panic!("instruction {other:#x}"),
        }
    }
}

const EPERM: u32 = libc::SECCOMP_RET_ERRNO | 1;

fn number(name: &str) -> u32 {
    table::X86_64.iter().find(|(known, _)| *known == name).unwrap().1
}

#[test]
fn every_call_of_the_default_profile_is_decided_as_the_profile_says() {
    let capabilities: Vec<String> = ["CAP_SYS_CHROOT", "CAP_CHOWN"].iter().map(|s| (*s).to_owned()).collect();
    let profile = default_profile(&capabilities).unwrap();
    let filter = compile(&profile).unwrap();
    for (arch, table) in [(ARCH_X86_64, table::X86_64), (ARCH_I386, table::I386)] {
        for (name, number) in table {
            let rules: Vec<_> = profile.syscalls.iter().filter(|rule| rule.names.iter().any(|n| n == name)).collect();
            if rules.iter().any(|rule| !rule.args.is_empty()) {
                continue;
            }
            let expected = rules.first().map_or(EPERM, |rule| action(rule.action, rule.errno_ret));
            assert_eq!(run(&filter, arch, *number, [0; 6]), expected, "{name}");
        }
    }
    assert_eq!(run(&filter, ARCH_X86_64, 9999, [0; 6]), EPERM);
    assert_eq!(run(&filter, 0x1234, 0, [0; 6]), libc::SECCOMP_RET_KILL_PROCESS);
}

#[test]
fn arguments_of_the_default_profile() {
    let filter = compile(&default_profile(&[]).unwrap()).unwrap();
    let allow = libc::SECCOMP_RET_ALLOW;
    let call = |name, first: u64| run(&filter, ARCH_X86_64, number(name), [first, 0, 0, 0, 0, 0]);
    for (family, expected) in [(1, allow), (2, allow), (16, allow), (38, EPERM), (39, allow), (40, EPERM), (41, allow)]
    {
        assert_eq!(call("socket", family), expected, "socket({family})");
    }
    for (persona, expected) in [
        (0, allow),
        (8, allow),
        (0x20000, allow),
        (0x20008, allow),
        (0xffff_ffff, allow),
        (1, EPERM),
        (0x4_0000, EPERM),
    ] {
        assert_eq!(call("personality", persona), expected, "personality({persona:#x})");
    }
    let namespaces = libc::CLONE_NEWUSER as u64;
    assert_eq!(call("clone", 17), allow);
    assert_eq!(call("clone", 17 | namespaces), EPERM);
    assert_eq!(call("clone3", 0), libc::SECCOMP_RET_ERRNO | libc::ENOSYS as u32);
    for name in ["mount", "unshare", "setns", "bpf", "keyctl", "io_uring_setup", "kexec_load", "open_by_handle_at"] {
        assert_eq!(call(name, 0), EPERM, "{name}");
    }
}

#[test]
fn comparisons_are_64_bits_wide() {
    let big = 0x1_0000_0005u64;
    for (op, value, two, yes, no) in [
        ("EQ", big, 0, vec![big], vec![5, big + 1]),
        ("NE", big, 0, vec![5], vec![big]),
        ("GT", big, 0, vec![big + 1, 0x2_0000_0000], vec![big, 6, 5]),
        ("GE", big, 0, vec![big, 0x2_0000_0000], vec![big - 1, 0xffff_ffff]),
        ("LT", big, 0, vec![big - 1, 0xffff_ffff], vec![big, 0x2_0000_0000]),
        ("LE", big, 0, vec![big, 7], vec![big + 1, 0x2_0000_0000]),
        (
            "MASKED_EQ",
            0xff_0000_00ff,
            0x01_0000_0002u64,
            vec![0x01_0000_0002, 0xff01_1234_5602],
            vec![2, 0x01_0000_0003],
        ),
    ] {
        let text = format!(
            r#"{{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{{"names":["read"],"action":"SCMP_ACT_ALLOW",
               "args":[{{"index":2,"value":{value},"valueTwo":{two},"op":"SCMP_CMP_{op}"}}]}}]}}"#
        );
        let filter = compile(&profile(&text, &[]).unwrap()).unwrap();
        let call = |arg| run(&filter, ARCH_X86_64, number("read"), [0, 0, arg, 0, 0, 0]);
        for arg in yes {
            assert_eq!(call(arg), libc::SECCOMP_RET_ALLOW, "{op} {arg:#x}");
        }
        for arg in no {
            assert_eq!(call(arg), EPERM, "{op} {arg:#x}");
        }
    }
}

#[test]
fn x32_calls_are_those_of_x86_64_or_deadly() {
    let filter = compile(&default_profile(&[]).unwrap()).unwrap();
    assert_eq!(run(&filter, ARCH_X86_64, X32_BIT | number("read"), [0; 6]), libc::SECCOMP_RET_ALLOW);
    let only = profile(r#"{"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_X86_64"]}"#, &[]).unwrap();
    let filter = compile(&only).unwrap();
    assert_eq!(run(&filter, ARCH_X86_64, X32_BIT, [0; 6]), libc::SECCOMP_RET_KILL_PROCESS);
}

#[test]
fn the_table_is_sorted() {
    assert!(table::X86_64.is_sorted() && table::I386.is_sorted());
}
