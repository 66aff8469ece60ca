//! What a registry has where a node says that an image is missing or is not for it.

use serde_json::Value;

use super::reference::Reference;
use super::registry_error::{Action, is_not_found};
use super::session::{Session, TAG_PAGE, parse};
use crate::error::{Error, Result};
use crate::reason::Reason;

/// What a registry says about one reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sight {
    /// It is there, for these platforms (`linux/amd64`); none where it is one image that names none.
    Present(Vec<String>),
    /// The repository is there with these tags, and without this one.
    Absent(Vec<String>),
    /// No such repository; those that the registry has, where it offers a catalog to this user.
    NoRepository(Vec<String>),
    /// This user's credentials do not suffice to tell.
    Denied,
}

/// Asks the registry, with the credentials that docker would use.
///
/// # Errors
/// When the registry cannot be reached or answers oddly.
pub async fn sight(reference: &str) -> Result<Sight> {
    let reference = parse(reference)?;
    let session = match Session::reading(&reference).await {
        Ok(session) => session,
        Err(error) if is_denied(&error) => return Ok(Sight::Denied),
        Err(error) => return Err(error),
    };
    match session.client.manifest(&reference).await {
        Ok((manifest, _)) => Ok(Sight::Present(platforms(&serde_json::from_slice(&manifest).unwrap_or_default()))),
        Err(cause) if is_not_found(&cause) => absent(&session, &reference).await,
        Err(cause) => denied(session.error(cause, Action::Find, &reference)),
    }
}

/// Which of the two is missing.
async fn absent(session: &Session, reference: &Reference) -> Result<Sight> {
    match session.tags(reference).await {
        Ok(tags) if !tags.is_empty() => Ok(Sight::Absent(tags)),
        // A repository without a tag is none to whoever looks for one.
        Ok(_) => Ok(Sight::NoRepository(repositories(session, reference).await)),
        Err(error) if error.reason == Some(Reason::ImageNotFound) => {
            Ok(Sight::NoRepository(repositories(session, reference).await))
        }
        Err(error) => denied(error),
    }
}

/// Few registries offer a catalog: it is optional, and most public ones refuse it.
async fn repositories(session: &Session, reference: &Reference) -> Vec<String> {
    let catalog = session.client.repositories(TAG_PAGE).await.unwrap_or_default();
    catalog.into_iter().filter(|name| name != reference.repository()).collect()
}

fn denied(error: Error) -> Result<Sight> {
    if is_denied(&error) { Ok(Sight::Denied) } else { Err(error) }
}

fn is_denied(error: &Error) -> bool {
    matches!(error.reason, Some(Reason::RegistryDenied | Reason::RegistryUnauthorized))
}

/// Of an index or a manifest list; attestations name the platform `unknown`.
#[must_use]
pub fn platforms(manifest: &Value) -> Vec<String> {
    let entries = manifest["manifests"].as_array().map(Vec::as_slice).unwrap_or_default();
    let platform = |entry: &Value| {
        let (os, architecture) = (entry["platform"]["os"].as_str()?, entry["platform"]["architecture"].as_str()?);
        (architecture != "unknown").then(|| format!("{os}/{architecture}"))
    };
    entries.iter().filter_map(platform).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_index_names_its_platforms() {
        let entry = |os: &str, architecture: &str| json!({"platform": {"os": os, "architecture": architecture}});
        let index =
            json!({"manifests": [entry("linux", "arm64"), entry("linux", "amd64"), entry("unknown", "unknown")]});
        assert_eq!(platforms(&index), ["linux/arm64", "linux/amd64"]);
        assert!(platforms(&json!({"layers": []})).is_empty());
    }
}
