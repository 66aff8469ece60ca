//! What of the objects plat.yaml has fields for. What is not said here is carried by the difference to what they render.
//!
//! ```text
//! identity whose it is, and by what it is known
//! program  what runs: image, command, env, secrets, user, resources, health
//! config   ConfigMaps as files and variables
//! storage  volumes
//! scale    replicas, autoscaler, budget
//! network  port, Service, route, policies
//! batch    schedule, retries, timeout
//! look     what they are read from, and what they are put into
//! ```

mod batch;
mod config;
mod identity;
mod look;
mod network;
mod program;
mod scale;
mod storage;

pub(super) use look::Fields;

use serde_json::Value;

use super::group::Group;
use super::model::Behaviour;
use look::Look;

/// The fields. `original`: the workload without what says nothing; what becomes something else is taken out of it.
pub(super) fn of(group: &Group, behaviour: Behaviour, original: &mut Value) -> Fields {
    let look = Look { group, behaviour, main: group.main() };
    let mut fields = Fields::default();
    fields.set("name", look.name());
    match group.workload.kind.as_str() {
        "CronJob" => fields.set("kind", "cron"),
        "Job" => fields.set("kind", "job"),
        _ if look.main.port.is_none() => fields.set("kind", "worker"),
        _ => {}
    }
    if look.keeps() {
        fields.set("defaults", "none");
    }
    identity::owner(&look, &mut fields);
    identity::selector(&look, &mut fields);
    network::port(&look, &mut fields);
    network::route(&look, &mut fields);
    network::policies(&look, &mut fields);
    batch::of(&look, original, &mut fields);
    scale::of(&look, original, &mut fields);
    identity::account(&look, &mut fields);
    storage::of(&look, original, &mut fields);
    // Before the variables are read: it adds some.
    config::of(&look, original, &mut fields);
    program::of(&look, original, &mut fields);
    fields
}
