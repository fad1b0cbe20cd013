//! The command line of `dabba daemon`: dockerd's names.

use std::net::IpAddr;
use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::{ArgAction, Args};

use super::file::{AddressPool, File, RuntimeEntry, UlimitEntry};

/// Flags of `dabba daemon`. Each has its key in the configuration file.
#[derive(Debug, Args)]
pub(crate) struct Flags {
    /// Where to listen: unix://PATH, tcp://ADDRESS:PORT or fd:// (sockets given by systemd). May be repeated.
    #[arg(short = 'H', long = "host", value_name = "HOST")]
    pub(super) hosts: Vec<String>,
    /// Directory for everything that must last.
    #[arg(long, value_name = "DIR")]
    data_root: Option<PathBuf>,
    /// Directory for everything that a reboot may take.
    #[arg(long, value_name = "DIR")]
    exec_root: Option<PathBuf>,
    /// File to write the process id to.
    #[arg(short, long, value_name = "FILE")]
    pidfile: Option<PathBuf>,
    /// Group that may use the unix sockets.
    #[arg(short = 'G', long)]
    group: Option<String>,
    /// Address and subnet of the default bridge: 172.17.0.1/16.
    #[arg(long, value_name = "CIDR")]
    bip: Option<String>,
    /// Link name of the default bridge, or none.
    #[arg(short, long, value_name = "NAME")]
    bridge: Option<String>,
    /// The part of the default bridge's subnet that containers get addresses from.
    #[arg(long, value_name = "CIDR")]
    fixed_cidr: Option<String>,
    /// Gateway of containers on the default bridge.
    #[arg(long, value_name = "ADDRESS")]
    default_gateway: Option<String>,
    /// Largest packet of the default bridge.
    #[arg(long, value_name = "BYTES")]
    mtu: Option<u32>,
    /// Configuration file, in the form of Docker's daemon.json.
    #[arg(long, value_name = "FILE")]
    pub(super) config_file: Option<PathBuf>,
    /// Registry to speak to without TLS: HOST[:PORT] or a network. May be repeated.
    #[arg(long = "insecure-registry", value_name = "REGISTRY")]
    insecure_registries: Vec<String>,
    /// Mirror of Docker Hub, asked before it. May be repeated.
    #[arg(long = "registry-mirror", value_name = "URL")]
    registry_mirrors: Vec<String>,
    /// What to log: debug, info, warn, error or fatal.
    #[arg(short, long, value_name = "LEVEL")]
    log_level: Option<String>,
    /// Log everything.
    #[arg(short = 'D', long, num_args = 0..=1, default_missing_value = "true", require_equals = true, action = ArgAction::Set)]
    debug: Option<bool>,
    /// Write firewall rules.
    #[arg(long, num_args = 0..=1, default_missing_value = "true", require_equals = true, action = ArgAction::Set)]
    iptables: Option<bool>,
    /// Let containers appear under the host's address outside.
    #[arg(long, num_args = 0..=1, default_missing_value = "true", require_equals = true, action = ArgAction::Set)]
    ip_masq: Option<bool>,
    /// Turn the kernel's forwarding on.
    #[arg(long, num_args = 0..=1, default_missing_value = "true", require_equals = true, action = ArgAction::Set)]
    ip_forward: Option<bool>,
    /// Let containers of the default bridge talk to each other.
    #[arg(long, num_args = 0..=1, default_missing_value = "true", require_equals = true, action = ArgAction::Set)]
    icc: Option<bool>,
    /// Address that published ports listen on unless told otherwise.
    #[arg(long, value_name = "ADDRESS")]
    ip: Option<IpAddr>,
    /// Containers go on while the daemon is away; this cannot be turned off.
    #[arg(long, num_args = 0..=1, default_missing_value = "true", require_equals = true, action = ArgAction::Set)]
    live_restore: Option<bool>,
    /// Also serve /var/run/docker.sock.
    #[arg(long, num_args = 0..=1, default_missing_value = "true", require_equals = true, action = ArgAction::Set)]
    docker_socket: Option<bool>,
    /// Name server of containers that name none. May be repeated.
    #[arg(long, value_name = "ADDRESS")]
    dns: Vec<IpAddr>,
    /// Search domain of containers that name none. May be repeated.
    #[arg(long, value_name = "DOMAIN")]
    dns_search: Vec<String>,
    /// Resolver option of containers that name none. May be repeated.
    #[arg(long = "dns-opt", value_name = "OPTION")]
    dns_opts: Vec<String>,
    /// Pool that new networks take subnets from: base=172.80.0.0/16,size=24. May be repeated.
    #[arg(long = "default-address-pool", value_name = "POOL", value_parser = AddressPool::parse)]
    default_address_pools: Vec<AddressPool>,
    /// Process limit of containers that name none: nofile=1024:2048. May be repeated.
    #[arg(long = "default-ulimit", value_name = "LIMIT", value_parser = UlimitEntry::parse)]
    default_ulimits: Vec<UlimitEntry>,
    /// Size of /dev/shm of containers that name none, in bytes or as 64M.
    #[arg(long, value_name = "BYTES")]
    default_shm_size: Option<String>,
    /// Cgroup namespace of containers that name none: host or private.
    #[arg(long, value_name = "MODE")]
    default_cgroupns_mode: Option<String>,
    /// User whose ranges of /etc/subuid and /etc/subgid containers get in place of their own users and groups: NAME[:GROUP],
    /// by name or number, or default.
    #[arg(long, value_name = "USER")]
    userns_remap: Option<String>,
    /// No container may gain privileges by executing a file.
    #[arg(long, num_args = 0..=1, default_missing_value = "true", require_equals = true, action = ArgAction::Set)]
    no_new_privileges: Option<bool>,
    /// Cgroup that all containers are below.
    #[arg(long, value_name = "PATH")]
    cgroup_parent: Option<String>,
    /// Log driver of containers that name none: json-file or none.
    #[arg(long, value_name = "DRIVER")]
    log_driver: Option<String>,
    /// Option of that log driver: max-size=10m. May be repeated.
    #[arg(long = "log-opt", value_name = "NAME=VALUE")]
    log_opts: Vec<String>,
    /// OCI runtime that containers may name: NAME=PATH. May be repeated.
    #[arg(long = "add-runtime", value_name = "NAME=PATH")]
    runtimes: Vec<String>,
    /// Runtime of containers that name none.
    #[arg(long, value_name = "NAME")]
    default_runtime: Option<String>,
    /// Label of this daemon. May be repeated.
    #[arg(long = "label", value_name = "LABEL")]
    labels: Vec<String>,
    /// Also serve Elastic Beanstalk, S3, IAM and others, for aws, eb and boto3: 127.0.0.1:4566.
    #[arg(long, value_name = "ADDRESS:PORT")]
    aws_listen: Option<String>,
    /// Also serve pages for a browser: 127.0.0.1:4567.
    #[arg(long, value_name = "ADDRESS:PORT")]
    console_listen: Option<String>,
    /// Name by which browsers reach these pages through a proxy that speaks TLS. May be repeated.
    #[arg(long = "console-name", value_name = "HOST")]
    console_names: Vec<String>,
    /// The account that they are of: 12 digits.
    #[arg(long, value_name = "ACCOUNT")]
    aws_account: Option<String>,
    /// The region of requests that name none.
    #[arg(long, value_name = "REGION")]
    aws_region: Option<String>,
    /// Where environments answer, by host name: 127.0.0.1:8088. May be repeated.
    #[arg(long = "eb-listen", value_name = "ADDRESS:PORT")]
    eb_listen: Vec<String>,
    /// Where environments that speak TLS answer with it, by host name: 127.0.0.1:8443. May be repeated.
    #[arg(long = "eb-tls-listen", value_name = "ADDRESS:PORT")]
    eb_tls_listen: Vec<String>,
    /// New environments answer by HTTPS, too, unless they are told not to.
    #[arg(long)]
    eb_tls: bool,
    /// What the host names of environments end with.
    #[arg(long, value_name = "DOMAIN")]
    eb_suffix: Option<String>,
    /// Where the ports of the environments' own listen.
    #[arg(long, value_name = "ADDRESS")]
    eb_address: Option<IpAddr>,
    /// Ports that environments get for their own.
    #[arg(long, value_name = "FIRST-LAST")]
    eb_ports: Option<String>,
    /// Image of a database's engine in place of Docker Hub's: postgres=registry.example/postgres, of which the version is
    /// the tag unless it has one. May be repeated.
    #[arg(long = "rds-image", value_name = "ENGINE=IMAGE")]
    rds_images: Vec<String>,
    /// Where to answer questions about the names of environments and hosted zones, by DNS.
    #[arg(long, value_name = "ADDRESS:PORT")]
    eb_dns: Option<String>,
}

impl Flags {
    /// The flags as if they had been written into a configuration file.
    pub(super) fn into_file(self) -> Result<File> {
        fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
            (!list.is_empty()).then_some(list)
        }
        let mut log_opts = std::collections::BTreeMap::new();
        for option in self.log_opts {
            let Some((name, value)) = option.split_once('=') else {
                bail!("--log-opt {option:?} is not of the form NAME=VALUE");
            };
            log_opts.insert(name.to_owned(), value.to_owned());
        }
        let mut runtimes = std::collections::BTreeMap::new();
        for option in self.runtimes {
            let Some((name, path)) = option.split_once('=').filter(|(name, path)| !name.is_empty() && !path.is_empty())
            else {
                bail!("--add-runtime {option:?} is not of the form NAME=PATH");
            };
            let entry = RuntimeEntry { path: path.into(), runtime_args: Vec::new() };
            if runtimes.insert(name.to_owned(), entry).is_some() {
                bail!("the runtime {name:?} is given twice");
            }
        }
        let mut rds_images = std::collections::BTreeMap::new();
        for option in self.rds_images {
            let Some((engine, image)) = option.split_once('=') else {
                bail!("--rds-image {option:?} is not of the form ENGINE=IMAGE");
            };
            if rds_images.insert(engine.to_owned(), image.to_owned()).is_some() {
                bail!("the image of {engine:?} is given twice");
            }
        }
        let ulimits: std::collections::BTreeMap<_, _> =
            self.default_ulimits.into_iter().map(|limit| (limit.name.clone(), limit)).collect();
        Ok(File {
            hosts: some(self.hosts),
            data_root: self.data_root,
            exec_root: self.exec_root,
            pidfile: self.pidfile,
            group: self.group,
            bip: self.bip,
            bridge: self.bridge,
            fixed_cidr: self.fixed_cidr,
            default_gateway: self.default_gateway,
            mtu: self.mtu,
            insecure_registries: some(self.insecure_registries),
            registry_mirrors: some(self.registry_mirrors),
            log_level: self.log_level,
            debug: self.debug,
            iptables: self.iptables,
            ip_masq: self.ip_masq,
            ip_forward: self.ip_forward,
            icc: self.icc,
            ip: self.ip,
            live_restore: self.live_restore,
            docker_socket: self.docker_socket,
            dns: some(self.dns),
            dns_search: some(self.dns_search),
            dns_opts: some(self.dns_opts),
            default_address_pools: some(self.default_address_pools),
            default_ulimits: (!ulimits.is_empty()).then_some(ulimits),
            default_shm_size: self.default_shm_size,
            default_cgroupns_mode: self.default_cgroupns_mode,
            userns_remap: self.userns_remap,
            no_new_privileges: self.no_new_privileges,
            cgroup_parent: self.cgroup_parent,
            log_driver: self.log_driver,
            log_opts: (!log_opts.is_empty()).then_some(log_opts),
            runtimes: (!runtimes.is_empty()).then_some(runtimes),
            default_runtime: self.default_runtime,
            builder: None,
            labels: some(self.labels),
            aws_listen: self.aws_listen,
            console_listen: self.console_listen,
            console_names: some(self.console_names),
            aws_account: self.aws_account,
            aws_region: self.aws_region,
            eb_listen: some(self.eb_listen),
            eb_tls_listen: some(self.eb_tls_listen),
            eb_tls: self.eb_tls.then_some(true),
            eb_suffix: self.eb_suffix,
            eb_address: self.eb_address,
            eb_ports: self.eb_ports,
            rds_images: (!rds_images.is_empty()).then_some(rds_images),
            eb_dns: self.eb_dns,
        })
    }
}
