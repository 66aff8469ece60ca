//! Rights that the program says it lacks without naming them, beside the account that it runs as.

use std::sync::LazyLock;

use regex::Captures;

use super::line::{Joined, Phrase, Read};
use crate::rollout::model::{Lack, Remedy};
use crate::rollout::text::escape;
use crate::rollout::view::ContainerView;

pub(super) static PHRASES: LazyLock<Vec<Phrase>> = LazyLock::new(|| {
    let all: [(&'static str, Read); 1] =
        [(r"restrictive Authorization mode|does not have the (?:required|necessary) permissions", untold)];
    all.into_iter().map(Phrase::new).collect()
});

fn untold(container: &ContainerView, found: &Captures) -> Option<Joined> {
    let spec = container.pod.spec.as_ref()?;
    let account = spec.service_account_name.as_deref().filter(|name| *name != "default");
    let what = |account: &str| {
        format!("{} says that it lacks rights: it runs as ServiceAccount {}", container.title(), escape(account))
    };
    let namespace = escape(container.namespace());
    let joined = match account {
        None => Joined::new(
            what("default"),
            Remedy::given(
                found,
                format!(
                    "name serviceAccountName in the pod's spec: the account that its Roles are bound to (kubectl -n {namespace} get rolebindings -o wide)"
                ),
            ),
        ),
        Some(account) => Joined::new(
            what(account),
            Remedy::look(format!(
                "which rights has ServiceAccount {}? kubectl -n {namespace} get rolebindings -o wide",
                escape(account)
            )),
        ),
    };
    Some(Joined { lack: Lack::Absent, ..joined })
}
