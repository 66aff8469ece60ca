//! Manifests of any source, to make a plat.yaml of.

use std::path::Path;

use super::files::documents;
use super::sources;
use crate::cluster::connect::{self, ClusterArgs};
use crate::error::Result;
use crate::event::Events;
use crate::files::{self, Kind, Kinds, Namespaces, Scope};
use crate::manifests::Manifest;
use crate::project::{kinds, unusable};

/// The objects of a file, a folder, a kustomization, a chart, or of stdin. The cluster is asked only about kinds that
/// nobody else knows, and without one their addresses are guessed: for a plat.yaml they do not matter.
///
/// # Errors
/// What is not there, or cannot be read; what the program that builds it says.
pub async fn objects_of(source: &str, place: &ClusterArgs, events: &Events, cache: &Path) -> Result<Vec<Manifest>> {
    let namespace = connect::namespace(place, None).await.unwrap_or_else(|_| "default".to_owned());
    let texts = if sources::is_chart(source) {
        sources::chart(source, &namespace).await?
    } else {
        sources::read(&[source.to_owned()], true).await?
    };
    let (documents, hooks) = documents(texts)?;
    if let Some(note) = hooks.left_out_note() {
        events.note(note);
    }
    let mut known = Kinds::defined(&documents);
    if !files::unknown(&documents, &known).is_empty() {
        let asked = async {
            let cluster = connect::connect(place, None, events.clone()).await?;
            kinds(&cluster, &documents, cache).await
        };
        if let Ok(kinds) = asked.await {
            known = kinds;
        }
        for unknown in files::unknown(&documents, &known) {
            let resource = format!("{}s", unknown.kind.to_lowercase());
            let (api_version, kind) = (unknown.api_version, unknown.kind);
            known.add(Kinds::of(Kind { api_version, kind, resource, scope: Scope::Namespaced }));
        }
    }
    let namespaces = Namespaces { default: &namespace, asked: false };
    files::manifests(documents, &known, namespaces).map(|objects| objects.manifests).map_err(unusable)
}
