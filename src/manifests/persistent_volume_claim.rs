//! What outlives its pods, and the service itself: plat never removes a claim.

use k8s_openapi::api::core::v1::{PersistentVolumeClaim, PersistentVolumeClaimSpec, VolumeResourceRequirements};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

use super::context::Context;
use super::model::Manifest;
use crate::spec::VolumeKind;

pub(super) fn render(context: &Context) -> Vec<Manifest> {
    let claims = context.spec.volumes.iter().filter(|(_, volume)| volume.kind == VolumeKind::Claim);
    claims
        .map(|(name, volume)| {
            let size = volume.size.iter().map(|size| ("storage".to_owned(), Quantity(size.clone())));
            Manifest::of(&PersistentVolumeClaim {
                metadata: context.metadata_named(claim_name(context, name)),
                spec: Some(PersistentVolumeClaimSpec {
                    access_modes: Some(vec![volume.access().as_str().to_owned()]),
                    resources: Some(VolumeResourceRequirements {
                        requests: Some(size.collect()),
                        ..VolumeResourceRequirements::default()
                    }),
                    storage_class_name: volume.class.clone(),
                    ..PersistentVolumeClaimSpec::default()
                }),
                ..PersistentVolumeClaim::default()
            })
        })
        .collect()
}

/// `payments-api-data`
pub(super) fn claim_name(context: &Context, volume: &str) -> String {
    format!("{}-{volume}", context.spec.name)
}
