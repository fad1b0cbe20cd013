//! `--network NAME` or `--network name=NAME,alias=…,ip=…`.

use serde_json::{Map, Value, json};

/// One network that a container joins.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Attachment {
    pub(crate) target: String,
    pub(crate) aliases: Vec<String>,
    pub(crate) ipv4: String,
    pub(crate) ipv6: String,
    pub(crate) link_local: Vec<String>,
    pub(crate) links: Vec<String>,
    pub(crate) mac_address: String,
    pub(crate) driver_options: Map<String, Value>,
    pub(crate) gateway_priority: i64,
}

impl Attachment {
    /// Reads `--network`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if !text.contains('=') {
            return Ok(Self { target: text.to_owned(), ..Self::default() });
        }
        let mut attachment = Self::default();
        for field in super::fields(text)? {
            let (key, value) = field.split_once('=').ok_or_else(|| format!("invalid field {field}"))?;
            let value = value.trim();
            match key.trim().to_lowercase().as_str() {
                "name" => attachment.target = value.into(),
                "alias" => attachment.aliases.push(value.into()),
                "ip" => attachment.ipv4 = value.into(),
                "ip6" => attachment.ipv6 = value.into(),
                "link-local-ip" => attachment.link_local.push(value.into()),
                "mac-address" => attachment.mac_address = value.into(),
                "gw-priority" => {
                    attachment.gateway_priority =
                        value.parse().map_err(|_| format!("invalid gw-priority ({value}): it is a whole number"))?;
                }
                "driver-opt" => {
                    let (name, value) =
                        value.split_once('=').ok_or("invalid key value pair format in driver options")?;
                    attachment.driver_options.insert(name.trim().to_lowercase(), value.trim().into());
                }
                other => return Err(format!("invalid field key {other}")),
            }
        }
        if attachment.target.is_empty() {
            return Err("network name/id is not specified".into());
        }
        Ok(attachment)
    }

    /// Whether it names a network that somebody made, rather than a mode.
    pub(crate) fn is_user_defined(&self) -> bool {
        let name = self.target.as_str();
        !matches!(name, "" | "default" | "bridge" | "host" | "none") && !name.starts_with("container:")
    }

    /// `EndpointSettings`; `None` when nothing is asked beyond joining.
    pub(crate) fn settings(&self) -> Option<Value> {
        let mut settings = Map::new();
        let mut addresses = Map::new();
        for (name, value) in [("IPv4Address", &self.ipv4), ("IPv6Address", &self.ipv6)] {
            if !value.is_empty() {
                addresses.insert(name.into(), json!(value));
            }
        }
        if !self.link_local.is_empty() {
            addresses.insert("LinkLocalIPs".into(), json!(self.link_local));
        }
        if !addresses.is_empty() {
            settings.insert("IPAMConfig".into(), addresses.into());
        }
        if !self.aliases.is_empty() {
            settings.insert("Aliases".into(), json!(self.aliases));
        }
        if !self.links.is_empty() {
            settings.insert("Links".into(), json!(self.links));
        }
        if !self.mac_address.is_empty() {
            settings.insert("MacAddress".into(), json!(self.mac_address));
        }
        if !self.driver_options.is_empty() {
            settings.insert("DriverOpts".into(), self.driver_options.clone().into());
        }
        if self.gateway_priority != 0 {
            settings.insert("GwPriority".into(), self.gateway_priority.into());
        }
        (!settings.is_empty()).then(|| settings.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_read() {
        let plain = Attachment::parse("front").unwrap();
        assert!(plain.is_user_defined() && plain.settings().is_none());
        assert!(!Attachment::parse("container:x").unwrap().is_user_defined());
        let long = Attachment::parse("name=front,alias=a,alias=b,ip=10.0.0.5,driver-opt=x=y").unwrap();
        let wanted = json!({"IPAMConfig":{"IPv4Address":"10.0.0.5"},"Aliases":["a","b"],"DriverOpts":{"x":"y"}});
        assert_eq!((long.target.as_str(), long.settings()), ("front", Some(wanted)));
        for wrong in ["alias=a", "name=x,nosuch=1", "name=x,driver-opt=a", "name=x,gw-priority=p"] {
            assert!(Attachment::parse(wrong).is_err(), "{wrong}");
        }
    }
}
