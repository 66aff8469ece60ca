//! Questions of `rollout`'s rules, answered by whoever knows: the cluster or a registry.

use std::time::Duration;

use jiff::Timestamp;

use crate::cluster::connect::Cluster;
use crate::cluster::inspect;
use crate::image::{self, Sight};
use crate::rollout::{Lookup, LookupRecord, LookupResult};

/// A registry that does not answer within this is one that cannot be asked.
const PATIENCE: Duration = Duration::from_secs(5);

/// Asks what is really there.
pub async fn answer(cluster: &Cluster, ask: Lookup) -> LookupRecord {
    if let Some(answer) = inspect::answer(cluster, &ask).await {
        return answer;
    }
    let found = match &ask {
        Lookup::Image(reference) => match tokio::time::timeout(PATIENCE, image::sight(reference)).await {
            Ok(Ok(Sight::Present(platforms))) => LookupResult::Present(platforms),
            Ok(Ok(Sight::Absent(tags))) => LookupResult::Absent(tags),
            Ok(Ok(Sight::NoRepository(repositories))) => LookupResult::NoRepository(repositories),
            Ok(Ok(Sight::Denied)) => LookupResult::Denied,
            Ok(Err(_)) | Err(_) => LookupResult::Unknown,
        },
        Lookup::Exposes(reference) => match tokio::time::timeout(PATIENCE, image::facts(reference, None)).await {
            Ok(Ok(facts)) => LookupResult::Exposes(facts.ports.into_iter().map(i32::from).collect()),
            Ok(Err(_)) | Err(_) => LookupResult::Unknown,
        },
        _ => LookupResult::Unknown,
    };
    LookupRecord { lookup: ask, at: Timestamp::now(), result: found }
}
