//! What an instance type stands for: processors and memory.
//!
//! Source: "Instance types" in the Amazon EC2 User Guide. Families whose sizes grow evenly are one number here: memory
//! per virtual processor.

/// What an instance may take of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Thousandths of a processor.
    pub cpu_millis: u32,
    /// Bytes.
    pub memory: u64,
}

const MIB: u64 = 1024 * 1024;

/// A size: its name, processors, memory in MiB.
type Size = (&'static str, u32, u64);

/// Families with sizes of their own.
const UNEVEN: &[(&str, &[Size])] = &[
    ("t1", &[("micro", 1, 627)]),
    (
        "t2",
        &[
            ("nano", 1, 512),
            ("micro", 1, 1024),
            ("small", 1, 2048),
            ("medium", 2, 4096),
            ("large", 2, 8192),
            ("xlarge", 4, 16_384),
            ("2xlarge", 8, 32_768),
        ],
    ),
    ("t3", BURSTABLE),
    ("t3a", BURSTABLE),
    ("t4g", BURSTABLE),
    ("m3", &[("medium", 1, 3840), ("large", 2, 7680), ("xlarge", 4, 15_360), ("2xlarge", 8, 30_720)]),
];

const BURSTABLE: &[Size] = &[
    ("nano", 2, 512),
    ("micro", 2, 1024),
    ("small", 2, 2048),
    ("medium", 2, 4096),
    ("large", 2, 8192),
    ("xlarge", 4, 16_384),
    ("2xlarge", 8, 32_768),
];

/// Families with even sizes: MiB per processor.
const EVEN: &[(&str, u64)] = &[
    ("c3", 1920),
    ("c4", 1920),
    ("c5", 2048),
    ("c5a", 2048),
    ("c5ad", 2048),
    ("c5d", 2048),
    ("c5n", 2688),
    ("c6a", 2048),
    ("c6g", 2048),
    ("c6gd", 2048),
    ("c6gn", 2048),
    ("c6i", 2048),
    ("c6id", 2048),
    ("c6in", 2048),
    ("c7a", 2048),
    ("c7g", 2048),
    ("c7gd", 2048),
    ("c7gn", 2048),
    ("c7i", 2048),
    ("c7i-flex", 2048),
    ("c8g", 2048),
    ("m4", 4096),
    ("m5", 4096),
    ("m5a", 4096),
    ("m5ad", 4096),
    ("m5d", 4096),
    ("m5dn", 4096),
    ("m5n", 4096),
    ("m5zn", 4096),
    ("m6a", 4096),
    ("m6g", 4096),
    ("m6gd", 4096),
    ("m6i", 4096),
    ("m6id", 4096),
    ("m6idn", 4096),
    ("m6in", 4096),
    ("m7a", 4096),
    ("m7g", 4096),
    ("m7gd", 4096),
    ("m7i", 4096),
    ("m7i-flex", 4096),
    ("m8g", 4096),
    ("r3", 7808),
    ("r4", 7808),
    ("r5", 8192),
    ("r5a", 8192),
    ("r5ad", 8192),
    ("r5b", 8192),
    ("r5d", 8192),
    ("r5dn", 8192),
    ("r5n", 8192),
    ("r6a", 8192),
    ("r6g", 8192),
    ("r6gd", 8192),
    ("r6i", 8192),
    ("r6id", 8192),
    ("r6in", 8192),
    ("r7a", 8192),
    ("r7g", 8192),
    ("r7gd", 8192),
    ("r7i", 8192),
    ("r8g", 8192),
];

/// Processors of a size in an even family.
const SIZES: &[(&str, u32)] = &[
    ("medium", 1),
    ("large", 2),
    ("xlarge", 4),
    ("2xlarge", 8),
    ("3xlarge", 12),
    ("4xlarge", 16),
    ("6xlarge", 24),
    ("8xlarge", 32),
    ("9xlarge", 36),
    ("10xlarge", 40),
    ("12xlarge", 48),
    ("16xlarge", 64),
    ("18xlarge", 72),
    ("24xlarge", 96),
    ("32xlarge", 128),
    ("48xlarge", 192),
];

/// The limits of an instance type; nothing for one that is not known here, which is then not limited.
pub fn limits(instance_type: &str) -> Option<Limits> {
    let (family, size) = instance_type.split_once('.')?;
    if let Some((_, sizes)) = UNEVEN.iter().find(|(name, _)| *name == family) {
        let (_, processors, memory) = sizes.iter().find(|(name, ..)| *name == size)?;
        return Some(Limits { cpu_millis: processors * 1000, memory: memory * MIB });
    }
    let (_, per_processor) = EVEN.iter().find(|(name, _)| *name == family)?;
    let (_, processors) = SIZES.iter().find(|(name, _)| *name == size)?;
    Some(Limits { cpu_millis: processors * 1000, memory: u64::from(*processors) * per_processor * MIB })
}

/// Types for those who ask what there is: the sizes that every family has.
pub fn common() -> impl Iterator<Item = String> {
    let uneven = UNEVEN.iter().flat_map(|(family, sizes)| sizes.iter().map(move |size| format!("{family}.{}", size.0)));
    let even =
        EVEN.iter().flat_map(|(family, _)| ["large", "xlarge", "2xlarge"].map(|size| format!("{family}.{size}")));
    uneven.chain(even)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_those_of_ec2() {
        for (name, processors, mebibytes) in [
            ("t1.micro", 1, 627),
            ("t2.nano", 1, 512),
            ("t3.micro", 2, 1024),
            ("t4g.2xlarge", 8, 32 * 1024),
            ("m5.large", 2, 8 * 1024),
            ("m6g.medium", 1, 4 * 1024),
            ("c5.9xlarge", 36, 72 * 1024),
            ("c5n.large", 2, 5376),
            ("c4.large", 2, 3840),
            ("r5.24xlarge", 96, 768 * 1024),
            ("r4.large", 2, 15_616),
        ] {
            let limits = limits(name).unwrap();
            assert_eq!((limits.cpu_millis, limits.memory), (processors * 1000, mebibytes * MIB), "{name}");
        }
        for name in ["", "t3", "t3.", ".micro", "t3.8xlarge", "m5.metal", "x1e.32xlarge", "db.t3.micro"] {
            assert_eq!(limits(name), None, "{name}");
        }
        assert!(common().all(|name| limits(&name).is_some()));
    }
}
