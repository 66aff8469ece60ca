//! What an image says of itself, read before anything is written: whom it runs as, where it listens.

use std::path::Path;

use serde_json::Value;

use super::documents::Documents;
use super::registry;
use crate::error::Result;
use crate::spec::User;

/// Of an image's config.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// As it is written; empty means root.
    user: String,
    /// TCP ports.
    pub ports: Vec<u16>,
}

/// Whom an image runs as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunsAs {
    Number(User),
    Root,
    /// By name: which number that is only its /etc/passwd says.
    Named(String),
}

impl Facts {
    #[must_use]
    pub fn runs_as(&self) -> RunsAs {
        let name = self.user.split(':').next().unwrap_or_default();
        match self.user.parse::<User>() {
            Ok(user) => RunsAs::Number(user),
            Err(()) if ["", "0", "root"].contains(&name) => RunsAs::Root,
            // The group may have a name.
            Err(()) => name.parse().map_or_else(|()| RunsAs::Named(name.to_owned()), RunsAs::Number),
        }
    }

    fn read(config: &Value) -> Self {
        let config = &config["config"];
        let ports = config["ExposedPorts"].as_object().into_iter().flat_map(|ports| ports.keys());
        let tcp = |port: &String| match port.split_once('/') {
            Some((port, "tcp")) => port.parse().ok(),
            Some(_) => None,
            None => port.parse().ok(),
        };
        Self {
            user: config["User"].as_str().unwrap_or_default().trim().to_owned(),
            ports: ports.filter_map(tcp).collect(),
        }
    }
}

/// Of an image that is pinned by its digest. Of an index, the first image that runs in a container of Linux tells it.
///
/// # Errors
/// When the registry does not show it.
pub async fn facts(reference: &str, cache: &Path) -> Result<Facts> {
    let documents = Documents::new(cache);
    let mut place = registry::parse(reference)?;
    let digest = |place: &registry::Reference| place.digest().unwrap_or_default().to_owned();
    let mut manifest = documents.get(&digest(&place), async || registry::manifest(&place).await).await?;
    let of_linux = |entry: &&Value| entry["platform"]["os"] == "linux";
    let single = manifest["manifests"].as_array().and_then(|all| all.iter().find(of_linux)?["digest"].as_str());
    if let Some(single) = single {
        place = place.pinned(single);
        manifest = documents.get(&digest(&place), async || registry::manifest(&place).await).await?;
    }
    let of_config = manifest["config"]["digest"].as_str().unwrap_or_default().to_owned();
    let config = documents.get(&of_config, async || registry::config(&place, &manifest).await).await?;
    Ok(Facts::read(&config))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case("", RunsAs::Root)]
    #[case("0:0", RunsAs::Root)]
    #[case("root", RunsAs::Root)]
    #[case("1000", RunsAs::Number(User { uid: 1000, gid: None }))]
    #[case("1000:1001", RunsAs::Number(User { uid: 1000, gid: Some(1001) }))]
    #[case("1000:staff", RunsAs::Number(User { uid: 1000, gid: None }))]
    #[case("node", RunsAs::Named("node".to_owned()))]
    #[case("node:node", RunsAs::Named("node".to_owned()))]
    fn an_image_says_whom_it_runs_as(#[case] user: &str, #[case] expected: RunsAs) {
        assert_eq!(Facts::read(&json!({"config": {"User": user}})).runs_as(), expected);
    }

    #[test]
    fn an_image_says_where_it_listens() {
        let config = json!({"config": {"ExposedPorts": {"8080/tcp": {}, "53/udp": {}, "9090": {}}}});
        assert_eq!(Facts::read(&config).ports, [8080, 9090]);
        assert_eq!(Facts::read(&json!({})), Facts::default());
    }
}
