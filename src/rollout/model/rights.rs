//! What is known of Roles and of who has them (`rbac.authorization.k8s.io/v1`).

use serde::{Deserialize, Serialize};

/// The Roles of a namespace and who has them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Rights {
    /// The `RoleBinding`s of the namespace, and the `ClusterRoleBinding`s that name the account.
    pub bindings: Vec<Binding>,
    /// The Roles of the namespace, and the `ClusterRole`s of these bindings.
    pub roles: Vec<Role>,
}

/// `RoleBinding` or `ClusterRoleBinding`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Binding {
    /// `RoleBinding api`
    pub name: String,
    /// `Role api`
    pub role: String,
    /// Its `ServiceAccount`s: `shop/api`.
    pub accounts: Vec<String>,
    /// Its groups: `system:serviceaccounts:shop`.
    pub groups: Vec<String>,
}

/// `Role` or `ClusterRole`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Role {
    /// `Role api`
    pub name: String,
    pub rules: Vec<RoleRule>,
}

/// `rbac/v1`, `PolicyRule`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RoleRule {
    pub groups: Vec<String>,
    pub resources: Vec<String>,
    pub verbs: Vec<String>,
    /// `resourceNames`; of all where it names none.
    pub names: Vec<String>,
}
