//! Taking an object over from a declarative tool: what it holds becomes plat's, so that a field that plat.yaml drops
//! later goes from the cluster too (`client-go/util/csaupgrade`).

use serde_json::{Value, json};

use super::ask::Asked;
use super::call::{self, MANAGER, describe};
use super::connect::Cluster;
use crate::diff::{MARKS, managed};
use crate::error::{Error, Result};
use crate::manifests::Manifest;
use crate::ui::Ui;

/// The name of a creation that is never done.
const NOWHERE: &str = "plat-dry-run";
/// How often somebody else may write in between.
const ATTEMPTS: usize = 5;

/// Whether a tool holds something of it or left its mark.
pub(super) fn is_needed(live: &Value) -> bool {
    managed::adopted(live, MANAGER).is_some() || !marks(live).is_empty()
}

/// The paths of a tool's marks, as JSON pointers.
fn marks(live: &Value) -> Vec<String> {
    let there = MARKS.iter().filter(|(part, key)| !live["metadata"][*part][*key].is_null());
    there.map(|(part, key)| format!("/metadata/{part}/{}", key.replace('/', "~1"))).collect()
}

/// Takes out of the planned object what goes once the tool's fields are plat's, which no dry run can tell.
pub(super) async fn foresee(cluster: &Cluster, asked: &mut Asked, ui: &Ui) {
    let (Some(live), Some(planned)) = (&asked.live, &mut asked.planned) else { return };
    let mut body = asked.manifest.body.clone();
    body["metadata"]["name"] = json!(NOWHERE);
    let copy = Manifest { name: NOWHERE.to_owned(), body, ..asked.manifest.as_ref().clone() };
    // Only to know the server's defaults; where it is refused, defaults are shown as changes that they are not.
    let fresh = call::create_dry_run(cluster, &copy, ui).await.ok();
    managed::release(planned, live, fresh.as_ref(), MANAGER);
    for (part, key) in MARKS {
        let has_it = !asked.manifest.body["metadata"][part][key].is_null();
        if let Some(metadata) = planned["metadata"][part].as_object_mut().filter(|_| !has_it) {
            metadata.remove(key);
        }
    }
}

/// Gives plat what the tools hold, and takes their marks off. Values stay as they are.
///
/// # Errors
/// When the object may not be changed, or somebody else changes it all the time.
pub(super) async fn migrate(cluster: &Cluster, manifest: &Manifest, live: &Value, ui: &Ui) -> Result<()> {
    let explain = |error| cluster.explain(error, &format!("take over {}", describe(manifest)));
    let mut live = live.clone();
    for _ in 0..ATTEMPTS {
        let mut patch = Vec::new();
        if let Some(entries) = managed::adopted(&live, MANAGER) {
            patch.push(json!({"op": "replace", "path": "/metadata/managedFields", "value": entries}));
        }
        patch.extend(marks(&live).into_iter().map(|path| json!({"op": "remove", "path": path})));
        if patch.is_empty() {
            return Ok(());
        }
        let version = &live["metadata"]["resourceVersion"];
        patch.push(json!({"op": "replace", "path": "/metadata/resourceVersion", "value": version}));
        match call::patch(cluster, manifest, &patch, ui).await {
            Ok(_) => return Ok(()),
            Err(kube::Error::Api(status)) if status.code == 409 => {
                let Some(now) = call::get(cluster, manifest, ui).await.map_err(explain)? else { return Ok(()) };
                live = now;
            }
            Err(error) => return Err(explain(error)),
        }
    }
    Err(Error::user(format!("cannot take over {}: somebody changes it all the time", describe(manifest)))
        .at(cluster.place())
        .hint("stop the tool or controller that writes it, then deploy again with --adopt")
        .reason("Conflict"))
}
