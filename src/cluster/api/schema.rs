//! Which fields the kinds of an API version have, as this API server says it (`OpenAPI` v3). Asked only once something is
//! refused, to tell what was meant.

use std::time::Duration;

use serde_json::Value;

use crate::cluster::connect::Cluster;
use crate::refusal::Schema;

/// A better hint is not worth a longer wait.
const PATIENCE: Duration = Duration::from_secs(5);

/// None where the server does not tell in time, or does not allow to ask.
pub(in crate::cluster) async fn schema(cluster: &Cluster, api_version: &str) -> Option<Schema> {
    let prefix = if api_version.contains('/') { "apis" } else { "api" };
    let request = http::Request::get(format!("/openapi/v3/{prefix}/{api_version}")).body(Vec::new()).ok()?;
    let answer = tokio::time::timeout(PATIENCE, cluster.client.request::<Value>(request)).await.ok()?;
    answer
        .inspect_err(|error| tracing::info!(%error, api_version, "the fields of its kinds are not known"))
        .ok()
        .map(Schema::new)
}
