//! The second face of the daemon: Amazon's services on one address, and the environments that they make.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use aws_api::access::{Authority, OwnKey, WithOwn};
use aws_api::elasticbeanstalk::ElasticBeanstalk;
use aws_api::elasticbeanstalk::extension::Extension;
use aws_api::server::{Parts, Server};
use balancer::{Balancer, CookieKey};
use beanstalk::Beanstalk;
use build::Builder;
use engine::Engine;
use serde::{Deserialize, Serialize};
use store::Store;

use super::console::Console;
use super::file::File;
use super::names::{Names, reached};

/// How the second face is set up.
#[derive(Debug, Clone)]
pub(super) struct Aws {
    /// Where Amazon's services are.
    listen: SocketAddr,
    account: aws::AccountId,
    region: aws::Region,
    /// Where all environments answer, by host name.
    shared: Vec<SocketAddr>,
    /// Where they do so with TLS.
    shared_tls: Vec<SocketAddr>,
    /// New environments have TLS.
    tls: bool,
    /// Where the ports of the environments' own are.
    address: IpAddr,
    ports: RangeInclusive<u16>,
    suffix: String,
    /// Images of databases in place of Docker Hub's.
    databases: rds::engine::Images,
    /// Where the name server is, if one is wanted.
    dns: Option<SocketAddr>,
    /// The pages for browsers, if they are wanted.
    console: Option<Console>,
}

/// What an account's number is where nobody gives one.
const ACCOUNT: &str = "123456789012";
const REGION: &str = "us-east-1";
const SHARED: &str = "127.0.0.1:8088";
const SHARED_TLS: &str = "127.0.0.1:8443";
const SUFFIX: &str = "elasticbeanstalk.localhost";
const PORTS: RangeInclusive<u16> = 20000..=20999;

/// What the flags and the file say of it; nothing when it is not wanted.
pub(super) fn settings(file: &File) -> Result<Option<Aws>> {
    let others = [
        file.aws_account.is_some(),
        file.aws_region.is_some(),
        file.eb_listen.is_some(),
        file.eb_tls_listen.is_some(),
        file.eb_tls.is_some(),
        file.eb_suffix.is_some(),
        file.eb_address.is_some(),
        file.eb_ports.is_some(),
        file.rds_images.is_some(),
        file.eb_dns.is_some(),
        file.console_listen.is_some(),
        file.console_names.is_some(),
    ];
    let Some(listen) = &file.aws_listen else {
        if others.contains(&true) {
            bail!("settings of Amazon's services are of no use without --aws-listen ADDRESS:PORT");
        }
        return Ok(None);
    };
    let suffix = file.eb_suffix.clone().unwrap_or_else(|| SUFFIX.into()).trim_matches('.').to_ascii_lowercase();
    let label = |label: &str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if !suffix.split('.').all(label) {
        bail!("invalid --eb-suffix {suffix:?}: it must be a domain name such as {SUFFIX}");
    }
    let addresses = |given: &Option<Vec<String>>, usual: &str| -> Result<Vec<SocketAddr>> {
        match given {
            Some(all) => all.iter().map(|text| address(text)).collect(),
            None => Ok(vec![address(usual)?]),
        }
    };
    Ok(Some(Aws {
        listen: address(listen)?,
        account: file.aws_account.as_deref().unwrap_or(ACCOUNT).parse().context("--aws-account")?,
        region: file.aws_region.as_deref().unwrap_or(REGION).parse().context("--aws-region")?,
        shared: addresses(&file.eb_listen, SHARED)?,
        shared_tls: addresses(&file.eb_tls_listen, SHARED_TLS)?,
        tls: file.eb_tls.unwrap_or(false),
        address: file.eb_address.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        ports: file.eb_ports.as_deref().map(ports).transpose()?.unwrap_or(PORTS),
        suffix,
        databases: images(file.rds_images.iter().flatten())?,
        dns: file.eb_dns.as_deref().map(address).transpose()?,
        console: Console::settings(file)?,
    }))
}

/// Images of databases by their engines.
fn images<'a>(given: impl Iterator<Item = (&'a String, &'a String)>) -> Result<rds::engine::Images> {
    let mut texts = Vec::new();
    for (engine, image) in given {
        image.parse::<oci::Reference>().with_context(|| format!("--rds-image {engine}={image}"))?;
        texts.push((engine.as_str(), image.as_str()));
    }
    rds::engine::Images::parse(texts).context("--rds-image")
}

/// `127.0.0.1:4566`.
pub(super) fn address(text: &str) -> Result<SocketAddr> {
    let parsed = text.replace("localhost", "127.0.0.1").parse();
    parsed.with_context(|| format!("invalid address {text:?}: it must be ADDRESS:PORT"))
}

/// `20000-20999`.
fn ports(text: &str) -> Result<RangeInclusive<u16>> {
    let wrong = || format!("invalid --eb-ports {text:?}: it must be FIRST-LAST");
    let (first, last) = text.split_once('-').with_context(wrong)?;
    let (first, last): (u16, u16) = (first.parse().with_context(wrong)?, last.parse().with_context(wrong)?);
    if first == 0 || first > last {
        bail!(wrong());
    }
    Ok(first..=last)
}

/// How others of this host find the services: kept in the exec root while the daemon runs.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Endpoint {
    /// Where they are: `http://127.0.0.1:4566`.
    pub(crate) endpoint: String,
    /// The region of environments where nobody names one.
    pub(crate) region: String,
    /// The file with the administrator's key.
    pub(crate) key: PathBuf,
    /// The certificate of the authority that makes those of environments, in PEM.
    pub(crate) authority: String,
}

/// The administrator's access key, kept in a file that only root can read.
#[derive(Serialize, Deserialize)]
pub(crate) struct Key {
    /// Its id.
    pub(crate) access_key_id: String,
    /// Its secret.
    pub(crate) secret_access_key: String,
}

/// The name of the file in the exec root.
pub(crate) const ENDPOINT: &str = "aws.json";

/// The second face, as long as this lives.
pub(super) struct Served {
    file: PathBuf,
    fleet: fleet_local::Local,
}

impl Served {
    /// Ends it when requests of environments that were begun are answered, or after so long.
    pub(super) async fn close(self, patience: Duration) {
        self.fleet.close(patience).await;
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.file);
    }
}

/// Opens it, and serves it until the runtime ends.
pub(super) async fn serve(
    aws: &Aws,
    data_root: &Path,
    exec_root: &Path,
    store: Store,
    engine: Engine,
    builder: Builder,
    docker: Option<::console::Endpoint>,
) -> Result<Served> {
    let listener = tokio::net::TcpListener::bind(aws.listen).await;
    let listener = listener.with_context(|| format!("listening for Amazon's services at {}", aws.listen))?;
    if !aws.listen.ip().is_loopback() {
        tracing::warn!(address = %aws.listen, "requests come unencrypted: signatures protect them, nothing hides them");
    }
    let root = data_root.join("aws");
    let (cookies, authority_key) = (root.join("cookie-key"), root.join("authority-key.pem"));
    let (account, s3_root) = (aws.account.clone(), root.join("s3"));
    let (iam_store, s3_store, sqs_store, rds_store) = (store.clone(), store.clone(), store.clone(), store.clone());
    let (logs_store, logs_root) = (store.clone(), root.join("logs"));
    let (zones_store, suffix) = (store.clone(), aws.suffix.parse()?);
    let databases =
        Arc::new(fleet_local::Databases::new(engine.clone(), aws.databases.clone(), root.join("databases")));
    let acm_store = store.clone();
    let opened = tokio::task::spawn_blocking(move || -> Result<_> {
        super::make_root(s3_root.parent().unwrap_or(&s3_root), 0o700)?;
        let iam = iam::Iam::open(iam_store, account.clone()).context("opening the users and policies")?;
        let s3 = s3::S3::open(s3_store, s3_root, account.clone()).context("opening the buckets")?;
        let sqs = sqs::Sqs::open(sqs_store, account.clone()).context("opening the queues")?;
        let logs = cloudwatch_logs::Logs::open(logs_store, logs_root, account.clone()).context("opening the logs")?;
        let rds = rds::Rds::open(rds_store, account.clone(), databases).context("opening the databases")?;
        let zones = route53::Route53::open(zones_store, suffix).context("opening the hosted zones")?;
        let authority = Arc::new(certificate_authority(&authority_key)?);
        let acm = acm::Acm::open(acm_store, account, authority).context("opening the certificates")?;
        let services = fleet_local::Services { s3, sqs, acm, rds, logs, zones };
        Ok((iam, services, cookie_key(&cookies)?))
    });
    let (iam, services, cookies) = opened.await??;
    let fleet_local::Services { s3, sqs, acm, rds, logs, zones } = services.clone();
    tokio::spawn(acm.clone().keep_renewed());
    rds.resume().await.context("going on with the databases")?;
    tokio::spawn(sqs.clone().sweep());
    tokio::spawn(logs.clone().sweep());
    let key = root.join("admin-key.json");
    if let Some((id, secret)) = iam.first_key() {
        let (path, id, secret) = (key.clone(), id.to_string(), secret.reveal().to_owned());
        let told = move || tell_first_key(&path, &Key { access_key_id: id, secret_access_key: secret });
        tokio::task::spawn_blocking(told).await??;
        iam.first_key_told().await.context("writing down that the key was shown")?;
    }
    let config = fleet_local::Config {
        root: data_root.join("beanstalk"),
        access_logs: root.join("access-logs"),
        listen: aws.shared.clone(),
        tls_listen: aws.shared_tls.clone(),
        address: aws.address,
    };
    let fleet = fleet_local::Local::open(config, engine, builder, services, Balancer::new(cookies)).await;
    let fleet = fleet.with_context(|| format!("opening the load balancer at {:?}", aws.shared))?;
    let config = beanstalk::Config {
        account: aws.account.clone(),
        suffix: aws.suffix.clone(),
        port: aws.shared.first().map(SocketAddr::port).filter(|port| *port != 80),
        ports: aws.ports.clone(),
        tls: aws.tls,
        world: Arc::new(beanstalk::Real),
    };
    let service = Beanstalk::open(config, store, s3.clone(), Arc::new(fleet.clone()))
        .await
        .context("opening the environments")?;
    let names = Names { service: service.clone(), zones: zones.clone(), addresses: reached(&aws.shared) };
    if let Some(address) = aws.dns {
        let served = network::serve_zones(address, names.clone()).await;
        served.with_context(|| format!("listening for questions about names at {address} (--eb-dns)"))?;
    }
    let own = OwnKey::random();
    let authority: Arc<dyn Authority> =
        Arc::new(WithOwn { iam: iam.clone(), account: aws.account.clone(), own: own.clone() });
    let environments = ElasticBeanstalk::new(service.clone(), own);
    let (host_names, zones_authority) = (Arc::new(names), Arc::clone(&authority));
    let parts = Parts {
        authority: Arc::clone(&authority),
        account: aws.account.clone(),
        region: aws.region.clone(),
        services: vec![
            Arc::new(Extension::of(&environments, host_names)),
            Arc::new(environments),
            Arc::new(aws_api::elbv2::LoadBalancing::new(service.clone())),
            Arc::new(aws_api::autoscaling::AutoScaling::new(service.clone())),
            Arc::new(aws_api::ec2::Ec2::new(service.clone())),
            Arc::new(aws_api::cloudwatch::CloudWatch::new(service.clone())),
            Arc::new(aws_api::acm::CertificateManager::new(acm.clone(), service)),
            Arc::new(aws_api::iam::Iam::new(iam.clone())),
            Arc::new(aws_api::sts::Sts::new(iam.clone())),
            Arc::new(aws_api::sqs::Sqs::new(sqs)),
            Arc::new(aws_api::logs::Logs::new(logs)),
            Arc::new(aws_api::rds::Rds::new(rds)),
        ],
        paths: vec![Arc::new(aws_api::route53::Service::new(zones, zones_authority))],
        objects: Some(Arc::new(aws_api::s3::Service::new(s3, authority))),
        clock: words::Timestamp::now,
    };
    let endpoint = Endpoint {
        endpoint: format!("http://{}", aws.listen),
        region: aws.region.to_string(),
        key,
        authority: acm.authority().certificate().to_owned(),
    };
    let file = exec_root.join(ENDPOINT);
    std::fs::write(&file, serde_json::to_vec(&endpoint)?).with_context(|| format!("writing {}", file.display()))?;
    tokio::spawn(async move {
        if let Err(error) = Server::new(parts).serve(listener).await {
            tracing::error!(%error, "Amazon's services cannot be served");
        }
    });
    if let Some(console) = &aws.console {
        console.serve(aws.listen, &aws.region, docker).await?;
    }
    tracing::info!(address = %aws.listen, environments = ?aws.shared, "Amazon's services are ready");
    Ok(Served { file, fleet })
}

/// The key of the balancer's cookies: kept, so that clients stay with their targets when the daemon is started anew.
fn cookie_key(path: &Path) -> Result<CookieKey> {
    if let Ok(bytes) = std::fs::read(path)
        && let Ok(bytes) = <[u8; 32]>::try_from(bytes)
    {
        return Ok(CookieKey::from_bytes(&bytes)?);
    }
    let bytes = words::random_bytes::<32>();
    write_secret(path, &bytes)?;
    Ok(CookieKey::from_bytes(&bytes)?)
}

/// What the authority that makes certificates is called, where people look at them.
const AUTHORITY: &str = "dabba local authority";

/// That authority: its key is kept, so that who trusts it does so for good.
fn certificate_authority(path: &Path) -> Result<balancer::Authority> {
    match std::fs::read_to_string(path) {
        Ok(key) => Ok(balancer::Authority::from_key(AUTHORITY, &key)?),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let authority = balancer::Authority::generate(AUTHORITY)?;
            write_secret(path, authority.key().as_bytes())?;
            Ok(authority)
        }
        Err(error) => Err(error).with_context(|| format!("reading {}", path.display())),
    }
}

/// Writes a file that only root can read.
fn write_secret(path: &Path, bytes: &[u8]) -> Result<()> {
    sys::file::replace_durably(path, bytes, 0o600).with_context(|| format!("writing {}", path.display()))
}

/// Shows the administrator's key, this one time, and keeps it for `dabba aws env`.
fn tell_first_key(path: &Path, key: &Key) -> Result<()> {
    write_secret(path, &serde_json::to_vec(key)?)?;
    eprintln!(
        "The user admin was made, who may do everything. Its access key, which is shown this one time:\n\
         \n  AWS_ACCESS_KEY_ID={}\n  AWS_SECRET_ACCESS_KEY={}\n\n\
         `dabba aws env` prints it as long as {} is there. For daily work make a user of its own:\n\
         \n  aws iam create-user --user-name NAME\n  aws iam attach-user-policy --user-name NAME --policy-arn \
         arn:aws:iam::aws:policy/AdministratorAccess-AWSElasticBeanstalk\n  aws iam create-access-key --user-name NAME\n\
         \nand for programs a role (aws iam create-role, aws sts assume-role).",
        key.access_key_id,
        key.secret_access_key,
        path.display()
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_off_unless_it_is_asked_for() {
        assert!(settings(&File::default()).unwrap().is_none());
        let alone = File { eb_suffix: Some("x.test".into()), ..File::default() };
        assert!(settings(&alone).unwrap_err().to_string().contains("--aws-listen"));
        let on = File { aws_listen: Some("localhost:4566".into()), ..File::default() };
        let on = settings(&on).unwrap().unwrap();
        assert_eq!((on.listen.to_string().as_str(), on.suffix.as_str()), ("127.0.0.1:4566", SUFFIX));
    }

    #[test]
    fn senseless_settings_are_refused() {
        let base = || File { aws_listen: Some("127.0.0.1:1".into()), ..File::default() };
        assert!(settings(&File { aws_listen: Some("x".into()), ..File::default() }).is_err());
        assert!(settings(&File { aws_account: Some("12".into()), ..base() }).is_err());
        assert!(settings(&File { eb_ports: Some("9-1".into()), ..base() }).is_err());
        assert!(settings(&File { eb_suffix: Some("a..b".into()), ..base() }).is_err());
    }
}
