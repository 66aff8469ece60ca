//! The Roles of a namespace and who has them: why the API server refused an account.

use futures::future::{join_all, join3};
use k8s_openapi::api::rbac::v1::{
    ClusterRole, ClusterRoleBinding, PolicyRule, Role as RoleObject, RoleBinding, RoleRef, Subject,
};
use kube::ResourceExt;
use kube::api::{Api, ListParams};

use crate::cluster::connect::Cluster;
use crate::rollout::{Binding, LookupResult, Rights, Role, RoleRule};

/// Objects of one kind that are read at most.
const MOST: u32 = 500;
/// `ClusterRole`s that are read, each by its name: all of a cluster would be megabytes.
const CLUSTER_ROLES: usize = 8;

/// What this `ServiceAccount` of the rollout's namespace may do in `namespace`.
pub(super) async fn rights(cluster: &Cluster, account: &str, namespace: &str) -> LookupResult {
    let client = || cluster.client.clone();
    let (here, roles) =
        (Api::<RoleBinding>::namespaced(client(), namespace), Api::<RoleObject>::namespaced(client(), namespace));
    let everywhere = Api::<ClusterRoleBinding>::all(client());
    let some = ListParams::default().limit(MOST);
    let (here, everywhere, roles) = join3(here.list(&some), everywhere.list(&some), roles.list(&some)).await;
    let (Ok(here), Ok(roles)) = (here, roles) else { return LookupResult::Unknown };
    let group = format!("system:serviceaccounts:{}", cluster.namespace);
    let here = here.items.into_iter().map(|one| {
        let name = format!("RoleBinding {}", one.name_any());
        binding(name, &one.role_ref, one.subjects, namespace)
    });
    // Whoever may not see these sees those of the namespace.
    let everywhere = everywhere.map(|list| list.items).unwrap_or_default().into_iter().map(|one| {
        let name = format!("ClusterRoleBinding {}", one.name_any());
        binding(name, &one.role_ref, one.subjects, "")
    });
    let is_about = |one: &Binding| {
        let mut accounts = one.accounts.iter();
        one.groups.contains(&group) || accounts.any(|one| one.rsplit('/').next() == Some(account))
    };
    let bindings: Vec<Binding> = here.chain(everywhere.filter(is_about)).collect();
    let roles = roles.items.into_iter().map(|one| role(format!("Role {}", one.name_any()), one.rules));
    let wide = cluster_roles(cluster, &bindings).await;
    LookupResult::Rights(Rights { roles: roles.chain(wide).collect(), bindings })
}

fn binding(name: String, role: &RoleRef, subjects: Option<Vec<Subject>>, own: &str) -> Binding {
    let (accounts, groups): (Vec<_>, Vec<_>) = subjects
        .into_iter()
        .flatten()
        .filter(|one| ["ServiceAccount", "Group"].contains(&one.kind.as_str()))
        .partition(|one| one.kind == "ServiceAccount");
    let accounts = accounts.into_iter();
    Binding {
        name,
        role: format!("{} {}", role.kind, role.name),
        accounts: accounts.map(|one| format!("{}/{}", one.namespace.as_deref().unwrap_or(own), one.name)).collect(),
        groups: groups.into_iter().map(|one| one.name).collect(),
    }
}

async fn cluster_roles(cluster: &Cluster, bindings: &[Binding]) -> Vec<Role> {
    let all = Api::<ClusterRole>::all(cluster.client.clone());
    let mut names: Vec<&str> = bindings.iter().filter_map(|one| one.role.strip_prefix("ClusterRole ")).collect();
    names.sort_unstable();
    names.dedup();
    let read = join_all(names.into_iter().take(CLUSTER_ROLES).map(|name| all.get_opt(name))).await;
    let found = read.into_iter().filter_map(|one| one.ok().flatten());
    found.map(|one| role(format!("ClusterRole {}", one.name_any()), one.rules)).collect()
}

fn role(name: String, rules: Option<Vec<PolicyRule>>) -> Role {
    let rules = rules.into_iter().flatten().map(|rule| RoleRule {
        groups: rule.api_groups.unwrap_or_default(),
        resources: rule.resources.unwrap_or_default(),
        verbs: rule.verbs,
        names: rule.resource_names.unwrap_or_default(),
    });
    Role { name, rules: rules.collect() }
}
