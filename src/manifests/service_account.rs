//! An identity of its own, which can do nothing until someone grants it something.

use k8s_openapi::api::core::v1::ServiceAccount;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::context::Context;
use super::model::Manifest;

pub(super) fn render(context: &Context) -> Manifest {
    of(context.metadata())
}

pub(super) fn of(metadata: ObjectMeta) -> Manifest {
    Manifest::of(&ServiceAccount {
        metadata,
        automount_service_account_token: Some(false),
        ..ServiceAccount::default()
    })
}
