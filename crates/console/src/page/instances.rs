//! Instances of an environment, with their health and its causes.

use askama::Template;

use super::environment::{self, Around, Traffic, find};
use super::{Frame, moment, show};
use crate::answer::Answer;
use crate::aws::Members;
use crate::error::Error;
use crate::server::Visit;

struct Instance {
    id: String,
    class: String,
    health: String,
    causes: Vec<String>,
    traffic: Traffic,
    processor: String,
    kind: String,
    version: String,
    deployment: String,
    launched: String,
}

#[derive(Template)]
#[template(path = "instances.html")]
struct Page {
    frame: Frame,
    around: Around,
    /// Nothing where health is basic.
    instances: Option<Vec<Instance>>,
}

/// `/environments/NAME/instances`
pub(crate) async fn show_instances(visit: &Visit, name: &str) -> Result<Answer, Error> {
    let environment = find(visit, name).await?;
    let health = environment::health(visit, name, "DescribeInstancesHealth").await?;
    let instances = health.map(|health| {
        let told = health.list("InstanceHealthList").map(|element| {
            let deployment = element.child("Deployment");
            let processor = element.child("System").and_then(|system| system.child("CPUUtilization"));
            let idle = processor.and_then(|processor| processor.at("Idle").parse::<f64>().ok());
            Instance {
                id: element.at("InstanceId").into(),
                class: element.at("Color").to_ascii_lowercase(),
                health: element.at("HealthStatus").into(),
                causes: element.texts("Causes"),
                traffic: Traffic::of(element.child("ApplicationMetrics")),
                processor: idle.map_or_else(|| "–".into(), |idle| crate::chart::Unit::Percent.tell(100.0 - idle)),
                kind: element.at("InstanceType").into(),
                version: deployment.map(|deployment| deployment.at("VersionLabel").to_owned()).unwrap_or_default(),
                deployment: deployment.map(|deployment| deployment.at("Status").to_owned()).unwrap_or_default(),
                launched: moment(element.at("LaunchedAt")),
            }
        });
        told.collect()
    });
    let around = Around::new(environment, "Instances");
    show(&Page { frame: around.frame(visit), around, instances })
}
