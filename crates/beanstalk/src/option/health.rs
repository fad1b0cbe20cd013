//! The document that says which rules of enhanced health hold and which metrics are published.

use std::collections::BTreeMap;

/// The document of enhanced health.
///
/// Source: "Configuring enhanced health rules for an environment" and "Publishing Amazon CloudWatch custom metrics for
/// an environment" in the Developer Guide.
#[derive(serde::Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(crate) struct Document {
    #[serde(rename = "Version", default)]
    version: Option<serde_json::Value>,
    #[serde(rename = "Rules", default)]
    pub(crate) rules: Rules,
    #[serde(rename = "CloudWatchMetrics", default)]
    pub(crate) metrics: Metrics,
}

#[derive(serde::Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rules {
    #[serde(rename = "Environment", default)]
    pub(crate) environment: EnvironmentRules,
}

#[derive(serde::Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(crate) struct EnvironmentRules {
    #[serde(rename = "Application", default)]
    pub(crate) application: ApplicationRules,
    #[serde(rename = "ELB", default)]
    pub(crate) balancer: BalancerRules,
}

#[derive(serde::Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApplicationRules {
    #[serde(rename = "ApplicationRequests4xx", default)]
    pub(crate) application_requests: Switch,
}

#[derive(serde::Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(crate) struct BalancerRules {
    #[serde(rename = "ELBRequests4xx", default)]
    pub(crate) balancer_requests: Switch,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Switch {
    #[serde(rename = "Enabled")]
    pub(crate) enabled: bool,
}

impl Default for Switch {
    fn default() -> Self {
        Self { enabled: true }
    }
}

#[derive(serde::Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(crate) struct Metrics {
    #[serde(rename = "Instance", default)]
    pub(crate) instance: BTreeMap<String, Option<u32>>,
    #[serde(rename = "Environment", default)]
    pub(crate) environment: BTreeMap<String, Option<u32>>,
}

impl Document {
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let document: Self =
            serde_json::from_str(text).map_err(|error| format!("Value is not such a document: {error}"))?;
        // A number in the guide, a text in what YAML makes of it.
        let version = document.version.as_ref();
        if version.is_some_and(|version| version.as_u64() != Some(1) && version.as_str() != Some("1")) {
            return Err("Value has a Version other than 1".to_owned());
        }
        let metrics = document.metrics.instance.values().chain(document.metrics.environment.values());
        if metrics.flatten().any(|period| !period.is_multiple_of(60) || *period == 0) {
            return Err("The period of a metric is not a multiple of 60 seconds".to_owned());
        }
        Ok(document)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_of_the_guide_are_read() {
        let text = r#"{"Rules":{"Environment":{"Application":{"ApplicationRequests4xx":{"Enabled":false}},
            "ELB":{"ELBRequests4xx":{"Enabled":true}}}},"Version":1,
            "CloudWatchMetrics":{"Environment":{"ApplicationLatencyP99.9":null,"InstancesSevere":60}}}"#;
        let document = Document::read(text).unwrap();
        assert!(!document.rules.environment.application.application_requests.enabled);
        assert!(document.rules.environment.balancer.balancer_requests.enabled);
        assert_eq!(document.metrics.environment.get("InstancesSevere"), Some(&Some(60)));
        assert!(Document::read("{}").unwrap().rules.environment.application.application_requests.enabled);
    }

    #[test]
    fn what_is_no_such_document_says_why() {
        for (text, why) in [
            ("", "not such a document"),
            ("{\"Rules\":{\"Environment\":{\"Applications\":{}}}}", "unknown field `Applications`"),
            ("{\"Version\":2}", "Version other than 1"),
            ("{\"CloudWatchMetrics\":{\"Instance\":{\"CPUIdle\":7}}}", "multiple of 60"),
        ] {
            let found = Document::read(text).err().unwrap();
            assert!(found.contains(why), "{found}");
        }
    }
}
