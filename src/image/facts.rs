//! What an image says of itself, read before anything is written: whom it runs as, where it listens, what
//! it is built for.

use std::path::Path;

use serde_json::{Value, json};

use super::documents::Documents;
use super::registry;
use crate::error::Result;
use crate::spec::User;

/// Of an image's config.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// As it is written; empty means root.
    user: String,
    /// TCP ports that it says it listens on (`EXPOSE`).
    pub ports: Vec<u16>,
    /// The platforms that it is built for (`linux/amd64`): an index says it, of a single image its config does. Empty
    /// where neither does.
    pub built_for: Vec<String>,
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

    fn read(config: &Value, built_for: Vec<String>) -> Self {
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
            built_for,
        }
    }
}

/// Of an index, the first image that runs in a container of Linux tells what its config says.
///
/// # Errors
/// When the registry does not show it.
pub async fn facts(reference: &str, cache: Option<&Path>) -> Result<Facts> {
    // A client of a registry is large, and who asks for this does much else.
    Box::pin(read(reference, cache)).await
}

async fn read(reference: &str, cache: Option<&Path>) -> Result<Facts> {
    let documents = Documents::new(cache);
    let place = registry::parse(reference)?;
    let whole = manifest(&documents, &place).await?;
    let of_linux = |entry: &&Value| entry["platform"]["os"] == "linux";
    let single = whole["manifests"].as_array().and_then(|all| all.iter().find(of_linux)?["digest"].as_str());
    let (place, image) = match single {
        Some(single) => {
            let place = place.pinned(single);
            let image = manifest(&documents, &place).await?;
            (place, image)
        }
        None => (place, whole.clone()),
    };
    let digest = image["config"]["digest"].as_str();
    let config = documents.get(digest, registry::config(&place, &image)).await?;
    let built_for = match single {
        Some(_) => registry::platforms(&whole),
        None => registry::platforms(&json!({"manifests": [{"platform": config}]})),
    };
    Ok(Facts::read(&config, built_for))
}

/// Kept where it is named by its digest; what a tag means is asked each time.
async fn manifest(documents: &Documents, place: &registry::Reference) -> Result<Value> {
    documents.get(place.digest(), registry::manifest(place)).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

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
        assert_eq!(Facts::read(&json!({"config": {"User": user}}), Vec::new()).runs_as(), expected);
    }

    #[test]
    fn an_image_says_where_it_listens() {
        let config = json!({"config": {"ExposedPorts": {"8080/tcp": {}, "53/udp": {}, "9090": {}}}});
        assert_eq!(Facts::read(&config, Vec::new()).ports, [8080, 9090]);
        assert_eq!(Facts::read(&json!({}), Vec::new()), Facts::default());
    }
}
