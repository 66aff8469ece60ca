//! Spec -> all objects of a service: each kind, then the patches, then what carries a hash of the others.

use super::before::{self, BEFORE, Migration};
use super::context::Context;
use super::digest::hash;
use super::model::{Inputs, Manifest};
use super::patch::{self, Misfit};
use super::{
    config_map, cron_job, deployment, disruption_budget, horizontal_pod_autoscaler, http_route, ingress, job,
    network_policy, persistent_volume_claim, service, service_account,
};
use crate::spec::{GatewayName, Spec};

type Kind = fn(&Context) -> Vec<Manifest>;

/// In the order of the apply: what a pod needs comes before the pod.
const KINDS: &[Kind] = &[
    |context| service_account::render(context).into_iter().collect(),
    |context| config_map::render(context).into_iter().collect(),
    persistent_volume_claim::render,
    |context| network_policy::render(context).into_iter().collect(),
    |context| service::render(context).into_iter().collect(),
    |context| ingress::render(context).into_iter().collect(),
    |context| http_route::render(context).into_iter().collect(),
    |context| disruption_budget::render(context).into_iter().collect(),
    |context| deployment::render(context).into_iter().collect(),
    |context| cron_job::render(context).into_iter().collect(),
    |context| job::render(context).into_iter().collect(),
    |context| horizontal_pod_autoscaler::render(context).into_iter().collect(),
];

/// All objects of a service, in the order in which they are applied.
#[must_use]
pub fn render(spec: &Spec, inputs: &Inputs) -> Vec<Manifest> {
    rendering(spec, inputs).set
}

/// Everything that a deploy applies: [`render`], and what runs before it.
#[must_use]
pub fn render_all(spec: &Spec, inputs: &Inputs) -> Vec<Manifest> {
    let Rendering { mut set, migration, .. } = rendering(spec, inputs);
    if let Some(migration) = migration {
        set.splice(STANDING..STANDING, migration.config.into_iter().chain([migration.job]));
    }
    set
}

/// What runs before a changed service is written: see [`Migration`]. Its account and policy are in [`render`] too.
#[must_use]
pub fn before(spec: &Spec, inputs: &Inputs) -> Option<Migration> {
    rendering(spec, inputs).migration
}

/// What of plat.yaml does not fit what it renders: patches of objects that are not there, or of another shape.
#[must_use]
pub fn check(spec: &Spec) -> Vec<Misfit> {
    let gateway = Some(GatewayName { namespace: None, name: "any".to_owned(), listener: None });
    let files = spec.config_files().map(|path| (path.clone(), String::new())).collect();
    let inputs = Inputs { files, ..Inputs::default() };
    // The cluster decides which of the two ways in is rendered, so a patch for either is right.
    let [one, other] = [None, gateway].map(|gateway| rendering(spec, &Inputs { gateway, ..inputs.clone() }).misfits);
    let is_in = |misfit: &Misfit, others: &[Misfit]| others.iter().any(|other| other.path == misfit.path);
    let of_one = one.iter().filter(|misfit| !misfit.is_absent || is_in(misfit, &other));
    let of_other = other.iter().filter(|misfit| !misfit.is_absent && !is_in(misfit, &one));
    of_one.chain(of_other).cloned().collect()
}

/// The account and the policy of a migration, which come first in the set.
const STANDING: usize = 2;

/// Everything that one plat.yaml gives.
struct Rendering {
    set: Vec<Manifest>,
    migration: Option<Migration>,
    misfits: Vec<Misfit>,
}

fn rendering(spec: &Spec, inputs: &Inputs) -> Rendering {
    let context = Context { spec, inputs };
    let mut set: Vec<Manifest> = KINDS.iter().flat_map(|kind| kind(&context)).collect();
    let mut misfits = patch::apply(&mut set.iter_mut().collect::<Vec<_>>(), &spec.patch, &["patch"]);
    set.retain(|manifest| !patch::leaves_out(&spec.patch, manifest));
    let own = set.len();
    set = set.into_iter().map(|m| if m.kind == "Job" { job::named_by_content(m) } else { m }).collect();
    set.extend(inputs.extra.iter().cloned());
    let migration = spec.before.as_ref().map(|before| {
        let mut migration = before::render(&context, before);
        misfits.extend(patch::apply(&mut migration.parts(), &before.patch, &["before", "patch"]));
        // They stand as long as the service does, and go with it.
        set.splice(0..0, [migration.account.clone(), migration.policy.clone()]);
        let revision = hash(set.iter().chain(&migration.config).chain([&migration.job]));
        let migration = before::named(migration, &spec.name, &revision);
        for workload in set.iter_mut().skip(STANDING).take(own).filter(|manifest| manifest.is_workload()) {
            workload.body["metadata"]["annotations"][BEFORE] = migration.job.name.clone().into();
        }
        migration
    });
    Rendering { set, migration, misfits }
}
