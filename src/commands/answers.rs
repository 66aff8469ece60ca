//! Questions of `rollout`'s rules, answered by whoever knows: the cluster or a registry.

use std::time::Duration;

use jiff::Timestamp;

use crate::cluster::connect::Cluster;
use crate::cluster::inspect;
use crate::image::{self, Sight};
use crate::rollout::{Answer, Ask, Found};

/// A registry that does not answer within this is one that cannot be asked.
const PATIENCE: Duration = Duration::from_secs(5);

/// Asks what is really there.
pub async fn answer(cluster: &Cluster, ask: Ask) -> Answer {
    if let Some(answer) = inspect::answer(cluster, &ask).await {
        return answer;
    }
    let found = match &ask {
        Ask::Image(reference) => match tokio::time::timeout(PATIENCE, image::sight(reference)).await {
            Ok(Ok(Sight::Present(platforms))) => Found::Present(platforms),
            Ok(Ok(Sight::Absent(tags))) => Found::Absent(tags),
            Ok(Ok(Sight::NoRepository(repositories))) => Found::NoRepository(repositories),
            Ok(Ok(Sight::Denied)) => Found::Denied,
            Ok(Err(_)) | Err(_) => Found::Unknown,
        },
        _ => Found::Unknown,
    };
    Answer { ask, at: Timestamp::now(), found }
}
