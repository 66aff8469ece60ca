//! An identity of its own, which can do nothing until somebody grants it something.

use k8s_openapi::api::core::v1::ServiceAccount;

use super::{Context, Manifest};

pub(super) fn render(context: &Context) -> Manifest {
    Manifest::of(&ServiceAccount {
        metadata: context.metadata(),
        automount_service_account_token: Some(false),
        ..ServiceAccount::default()
    })
}
