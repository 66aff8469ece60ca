//! An identity of its own, which can do nothing until someone grants it something.

use k8s_openapi::api::core::v1::ServiceAccount;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::context::Context;
use super::model::Manifest;

pub(super) fn render(context: &Context) -> Option<Manifest> {
    let name = context.account_name()?.to_owned();
    Some(of(context.metadata_named(name), context.spec.adds_defaults()))
}

pub(super) fn of(metadata: ObjectMeta, adds_defaults: bool) -> Manifest {
    Manifest::of(&ServiceAccount {
        metadata,
        automount_service_account_token: adds_defaults.then_some(false),
        ..ServiceAccount::default()
    })
}
