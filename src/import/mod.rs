//! Objects of Kubernetes -> a plat.yaml that renders to the same, and what became of each of their fields. Pure.
//!
//! ```text
//! group         which object belongs to which workload
//! hook          what Helm runs at a moment of its own
//! normal        an object without what says nothing; api_defaults: what the server would write anyway
//! fields        what plat.yaml has fields for
//! defaults      what plat does by itself, why, and against what
//! target        what an object should be: as it was, with those defaults where they are safer
//! added         what an object that plat adds needs, so that what could be reached can be still
//! difference    the patch that leads from what is rendered to that
//! one           all of this for one workload; proven by rendering the result
//! report        what became of each field
//! extra         objects that plat does not render
//! paths         where a value is in an object
//! write         a plat.yaml as people write it
//! model         what is asked for, and what comes of it
//! ```
//!
//! Nothing here knows a field by its name that it need not know: whatever plat.yaml has no word for, the difference between
//! what it renders and what was there carries it in `patch`.

mod added;
mod api_defaults;
mod defaults;
mod difference;
mod extra;
mod fields;
mod group;
mod hook;
mod model;
mod normal;
mod one;
mod paths;
mod report;
mod target;
#[cfg(test)]
mod tests;
mod write;

pub use group::refers;
pub use model::{Behaviour, Imported, Instead, Left, Lost, Service};

use crate::manifests::Manifest;

/// The plat.yaml of one workload among the objects.
///
/// # Errors
/// Why there is none.
pub fn import_one(objects: &[Manifest], kind: &str, name: &str, behaviour: Behaviour) -> Result<Service, Left> {
    let (groups, left) = group::groups(objects);
    let is_it = |group: &&group::Group| group.workload.kind == kind && group.workload.name == name;
    if let Some(group) = groups.iter().find(is_it) {
        let mut service = one::import(group, behaviour)?;
        service.notes.extend(hook::beside(group.workload, objects));
        return Ok(service);
    }
    let object = crate::manifests::describe(kind, None, name);
    Err(left.into_iter().find(|left| left.object == object).unwrap_or(Left {
        object,
        why: "something else made it, and makes it again".to_owned(),
        hint: Some("import what made it".to_owned()),
    }))
}

/// One plat.yaml for each workload among the objects.
#[must_use]
pub fn import(objects: &[Manifest], behaviour: Behaviour) -> Imported {
    let (groups, mut left) = group::groups(objects);
    let mut services = Vec::new();
    for group in &groups {
        match one::import(group, behaviour) {
            Ok(service) => services.push(service),
            Err(why) => left.push(why),
        }
    }
    Imported { services, left }
}
