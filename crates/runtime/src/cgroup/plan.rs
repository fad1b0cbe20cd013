//! Limits as files to write, decided from the specification.

use std::os::fd::OwnedFd;
use std::path::PathBuf;

use oci::runtime::{BlockIo, Cpu, Memory, Resources};
use serde::{Deserialize, Serialize};

use super::{Cgroup, Version, device, write};
use crate::Error;

/// A cgroup and what is written to it before a process is in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    cgroup: Cgroup,
    /// `(controller, file, text)` in order; on v2 the controller is only told in errors.
    writes: Vec<(String, String, String)>,
    /// Device rules, which v2 takes as a program.
    devices: Vec<device::Rule>,
}

impl Plan {
    pub(crate) fn new(cgroup: Cgroup, resources: &Resources) -> Result<Self, Error> {
        let devices = resources.devices.iter().map(device::Rule::new).collect::<Result<Vec<_>, _>>()?;
        let mut writes = match &cgroup.version {
            Version::V1(_) => v1(resources, &devices),
            Version::V2(_) => v2(resources),
        };
        if let Version::V1(_) = &cgroup.version {
            // A limit that no controller here can set must be told, not dropped; defaults may be.
            writes.retain(|(controller, _, _)| controller != "devices" || cgroup.controller("devices").is_some());
            if let Some((controller, file, _)) =
                writes.iter().find(|(controller, _, _)| cgroup.controller(controller).is_none())
            {
                return Err(Error::Unsupported(format!("this host has no {controller} cgroup, which {file} needs")));
            }
        }
        Ok(Self { cgroup, writes, devices })
    }

    pub(crate) fn cgroup(&self) -> &Cgroup {
        &self.cgroup
    }

    /// Makes the cgroup and sets its limits. Gives the directory to clone into on v2.
    pub(crate) fn create(&self) -> Result<Option<OwnedFd>, Error> {
        self.cgroup.make()?;
        let set = self.apply().and_then(|()| self.cgroup.open());
        if set.is_err() {
            let _ = self.cgroup.remove();
        }
        set
    }

    fn apply(&self) -> Result<(), Error> {
        self.write()?;
        match self.cgroup.v2() {
            Some(directory) => device::attach(&directory, &self.devices),
            None => Ok(()),
        }
    }

    /// Changes the limits of a cgroup that exists.
    ///
    /// # Errors
    /// [`Error::Cgroup`] when the kernel refuses one.
    pub fn update(cgroup: Cgroup, resources: &Resources) -> Result<(), Error> {
        Self::new(cgroup, &Resources { devices: Vec::new(), ..resources.clone() })?.write()
    }

    fn write(&self) -> Result<(), Error> {
        for (controller, file, text) in &self.writes {
            let directory: Option<PathBuf> = self.cgroup.controller(controller).or_else(|| self.cgroup.v2());
            let Some(directory) = directory else { continue };
            match text.parse::<u64>() {
                // Without the scheduler BFQ there is a weight on another scale: 10 to 1000 there, 1 to 10000 here
                // (runc's formula).
                Ok(weight) if file == BFQ && !directory.join(BFQ).exists() => {
                    write(&directory.join("io.weight"), &(1 + (weight.clamp(10, 1000) - 10) * 9999 / 990).to_string())?;
                }
                _ => write(&directory.join(file), text)?,
            }
        }
        Ok(())
    }
}

/// The weight of block devices on v2, where the scheduler BFQ is there.
const BFQ: &str = "io.bfq.weight";

type Writes = Vec<(String, String, String)>;

struct List(Writes);

impl List {
    fn put(&mut self, controller: &str, file: &str, text: impl ToString) {
        self.0.push((controller.into(), file.into(), text.to_string()));
    }

    fn some(&mut self, controller: &str, file: &str, value: Option<impl ToString>) {
        if let Some(value) = value {
            self.put(controller, file, value);
        }
    }

    fn text(&mut self, controller: &str, file: &str, text: &str) {
        if !text.is_empty() {
            self.put(controller, file, text);
        }
    }
}

fn v1(resources: &Resources, devices: &[device::Rule]) -> Writes {
    let mut list = List(Vec::new());
    for rule in devices {
        list.put("devices", if rule.allow { "devices.allow" } else { "devices.deny" }, rule.text());
    }
    if let Some(memory) = &resources.memory {
        memory_v1(&mut list, memory);
    }
    if let Some(cpu) = &resources.cpu {
        cpu_v1(&mut list, cpu);
    }
    if let Some(pids) = &resources.pids {
        list.put("pids", "pids.max", max(pids.limit));
    }
    if let Some(block) = &resources.block_io {
        list.some("blkio", "blkio.bfq.weight", block.weight);
        for device in &block.weight_device {
            list.put(
                "blkio",
                "blkio.bfq.weight_device",
                format!("{}:{} {}", device.major, device.minor, device.weight),
            );
        }
        for (file, devices) in [
            ("blkio.throttle.read_bps_device", &block.throttle_read_bps_device),
            ("blkio.throttle.write_bps_device", &block.throttle_write_bps_device),
            ("blkio.throttle.read_iops_device", &block.throttle_read_iops_device),
            ("blkio.throttle.write_iops_device", &block.throttle_write_iops_device),
        ] {
            for device in devices {
                list.put("blkio", file, format!("{}:{} {}", device.major, device.minor, device.rate));
            }
        }
    }
    for limit in &resources.hugepage_limits {
        list.put("hugetlb", &format!("hugetlb.{}.limit_in_bytes", limit.page_size), limit.limit);
    }
    list.0
}

fn memory_v1(list: &mut List, memory: &Memory) {
    list.some("memory", "memory.limit_in_bytes", memory.limit);
    if let Some(swap) = memory.swap
        && memory.limit.is_some()
    {
        list.put("memory", "memory.memsw.limit_in_bytes", swap);
    }
    list.some("memory", "memory.soft_limit_in_bytes", memory.reservation);
    list.some("memory", "memory.swappiness", memory.swappiness);
    if memory.disable_oom_killer == Some(true) {
        list.put("memory", "memory.oom_control", 1);
    }
}

fn cpu_v1(list: &mut List, cpu: &Cpu) {
    list.some("cpu", "cpu.shares", cpu.shares);
    list.some("cpu", "cpu.cfs_period_us", cpu.period);
    list.some("cpu", "cpu.cfs_quota_us", cpu.quota);
    list.some("cpu", "cpu.rt_period_us", cpu.realtime_period);
    list.some("cpu", "cpu.rt_runtime_us", cpu.realtime_runtime);
    list.text("cpuset", "cpuset.cpus", &cpu.cpus);
    list.text("cpuset", "cpuset.mems", &cpu.mems);
}

fn v2(resources: &Resources) -> Writes {
    let mut list = List(Vec::new());
    if let Some(memory) = &resources.memory {
        list.some("memory", "memory.max", memory.limit.map(max));
        // v1 counts memory and swap together, v2 swap alone.
        if let (Some(limit), Some(swap)) = (memory.limit, memory.swap) {
            list.put(
                "memory",
                "memory.swap.max",
                if swap < 0 { "max".into() } else { (swap - limit).max(0).to_string() },
            );
        }
        list.some("memory", "memory.low", memory.reservation);
    }
    if let Some(cpu) = &resources.cpu {
        // The scales differ: 2 to 262144 there, 1 to 10000 here (runc's formula).
        list.some("cpu", "cpu.weight", cpu.shares.map(|shares| 1 + (shares.clamp(2, 262_144) - 2) * 9999 / 262_142));
        if cpu.quota.is_some() || cpu.period.is_some() {
            let quota =
                cpu.quota.filter(|quota| *quota > 0).map_or_else(|| "max".to_owned(), |quota| quota.to_string());
            list.put("cpu", "cpu.max", format!("{quota} {}", cpu.period.unwrap_or(100_000)));
        }
        list.text("cpuset", "cpuset.cpus", &cpu.cpus);
        list.text("cpuset", "cpuset.mems", &cpu.mems);
    }
    if let Some(pids) = &resources.pids {
        list.put("pids", "pids.max", max(pids.limit));
    }
    if let Some(block) = &resources.block_io {
        block_v2(&mut list, block);
    }
    for limit in &resources.hugepage_limits {
        list.put("hugetlb", &format!("hugetlb.{}.max", limit.page_size), limit.limit);
    }
    for (file, text) in &resources.unified {
        list.put("unified", file, text);
    }
    list.0
}

fn block_v2(list: &mut List, block: &BlockIo) {
    list.some("io", BFQ, block.weight);
    for device in &block.weight_device {
        list.put("io", BFQ, format!("{}:{} {}", device.major, device.minor, device.weight));
    }
    for (key, devices) in [
        ("rbps", &block.throttle_read_bps_device),
        ("wbps", &block.throttle_write_bps_device),
        ("riops", &block.throttle_read_iops_device),
        ("wiops", &block.throttle_write_iops_device),
    ] {
        for device in devices {
            list.put("io", "io.max", format!("{}:{} {key}={}", device.major, device.minor, device.rate));
        }
    }
}

fn max(limit: i64) -> String {
    if limit > 0 { limit.to_string() } else { "max".into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn v2_takes_swap_alone_and_weights_on_its_own_scale() {
        let resources = Resources {
            memory: Some(Memory { limit: Some(100), swap: Some(150), ..Memory::default() }),
            cpu: Some(Cpu { shares: Some(1024), quota: Some(50_000), period: Some(100_000), ..Cpu::default() }),
            ..Resources::default()
        };
        let writes = v2(&resources);
        let text = |file: &str| writes.iter().find(|(_, name, _)| name == file).map(|(_, _, text)| text.as_str());
        assert_eq!(text("memory.max"), Some("100"));
        assert_eq!(text("memory.swap.max"), Some("50"));
        assert_eq!(text("cpu.weight"), Some("39"));
        assert_eq!(text("cpu.max"), Some("50000 100000"));
    }

    #[test]
    fn block_weights_on_v2_with_bfq_and_without() {
        let block = BlockIo { weight: Some(300), ..BlockIo::default() };
        let resources = Resources { block_io: Some(block), ..Resources::default() };
        let dir = tempfile::tempdir().unwrap();
        let cgroup = Cgroup { version: Version::V2(dir.path().to_owned()), path: "c".into() };
        let own = dir.path().join("c");
        std::fs::create_dir(&own).unwrap();
        Plan::update(cgroup.clone(), &resources).unwrap();
        assert_eq!(std::fs::read_to_string(own.join("io.weight")).unwrap(), "2930");
        assert!(!own.join(BFQ).exists());
        std::fs::write(own.join(BFQ), "default 100").unwrap();
        Plan::update(cgroup, &resources).unwrap();
        assert_eq!(std::fs::read_to_string(own.join(BFQ)).unwrap(), "300");
    }
}
