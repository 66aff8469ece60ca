//! Looks on: one watch of the pods, until one workload fell, someone else is at work, or it is over.

use std::time::Duration;

use jiff::Timestamp;

use super::order::Order;
use super::report;
use super::sight::{Lookout, Sight};
use super::watched::Watched;
use crate::cluster::Cluster;
use crate::cluster::connect::{self, ClusterArgs};
use crate::cluster::watch::PodWatch;
use crate::error::Result;
use crate::event::Events;
use crate::settings::Settings;

/// Looks on and reports what fell. Nobody hears of what keeps it from that.
///
/// # Errors
/// A cluster that cannot be reached, or does not answer.
pub async fn look_on(order: &Order, settings: &Settings) -> Result<()> {
    // Whoever ends the terminal does not end this.
    #[cfg(unix)]
    let _hangup = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup());
    let place = ClusterArgs { context: Some(order.context.clone()), namespace: Some(order.namespace.clone()) };
    let cluster = connect::connect(&place, None, Events::unread()).await?;
    if cluster.server != order.server {
        return Ok(());
    }
    let left = Duration::try_from(order.until.duration_since(Timestamp::now())).unwrap_or_default();
    match tokio::time::timeout(left, fallen(order, &cluster)).await {
        Ok(Some(fallen)) => Box::pin(report::fell(order, settings, cluster, &fallen)).await,
        Ok(None) | Err(_) => Ok(()),
    }
}

/// The workload that fell.
async fn fallen(order: &Order, cluster: &Cluster) -> Option<Watched> {
    let mut watch = PodWatch::start(cluster, &order.scopes);
    let mut lookout = Lookout::new(order.workloads.clone());
    loop {
        let pods = watch.next().await?;
        // A machine that slept finds what others did meanwhile.
        if Timestamp::now() >= order.until {
            return None;
        }
        match lookout.look(pods.iter().map(|pod| &**pod)) {
            Sight::Well => {}
            // Without a probe it is ready at each start, also while it waits for what it needs.
            Sight::Fell(fallen) if !fallen.probed && !report::is_given_up(cluster, &fallen).await => {}
            Sight::Fell(fallen) => return Some(*fallen),
            Sight::Replaced => return None,
        }
    }
}
