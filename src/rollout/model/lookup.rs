//! What a rule wants to have looked up in the registry or the cluster, and what that showed.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::login::ServerLogin;
use super::rights::Rights;

/// A question whose answer tells a proven rollout from one that only needs another moment, or makes a hint true.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Lookup {
    /// Does the registry have this reference now, and for which platforms?
    Image(String),
    /// Where does this image say that its program listens (`EXPOSE`)?
    Exposes(String),
    /// Does this Secret of the rollout's namespace exist now, and which keys has it? Never its values.
    Secret(String),
    /// The same for a `ConfigMap`.
    ConfigMap(String),
    /// Which keys of this `ConfigMap` have this text in their value? Only the keys are told.
    ConfigMapHolding {
        name: String,
        text: String,
    },
    /// Which options by which a program takes memory has it? `ES_JAVA_OPTS -Xmx1g`: key and option.
    MemoryOptions(String),
    /// Which hosts and ports do the keys of this `ConfigMap` name? `DB_URL=postgres://db:5432`: no user, no path.
    Endpoints(String),
    /// Which keys of this `ConfigMap` are to be a number, as their names say, and are none?
    OddNumbers(String),
    /// Which keys of this Secret have quotation marks or white space around their values?
    Ragged(String),
    /// Which Service does this `StatefulSet` name its pods by (`serviceName`)?
    PodsService(String),
    /// Which keys of this Secret have this text in their value?
    SecretHolding {
        name: String,
        text: String,
    },
    /// For which registries has this Secret credentials? Never the credentials.
    PullSecret(String),
    ServiceAccount(String),
    PriorityClass(String),
    /// In which phase is this `PersistentVolumeClaim`, and which event tells about it?
    Claim(String),
    /// Which nodes are there, and what is free on them?
    Nodes,
    /// Is this node ready?
    Node(String),
    /// What answers HTTP in this pod, through the API server (`pods/proxy`)?
    Http {
        pod: String,
        targets: Vec<HttpTarget>,
    },
    /// On which of these ports does something listen in this pod, its loopback included (`pods/portforward`)?
    Listens {
        pod: String,
        ports: Vec<i32>,
    },
    /// Which Services has the namespace, and who answers there?
    Services,
    /// Which namespaces have a Service of this name?
    ServiceElsewhere(String),
    /// What may this `ServiceAccount` of the namespace do, and who may what it may not?
    Rights {
        account: String,
        /// Whose Roles: the rollout's own where none is named.
        namespace: Option<String>,
    },
    /// Which `LimitRange`s has the namespace?
    LimitRanges,
    /// Which servers of the namespace make a login of their own, and does this container log in with the same?
    Logins {
        pod: String,
        container: String,
        /// Whom the server refused, where it says so.
        user: Option<String>,
    },
    /// Which databases do the workloads of the namespace make at their first start?
    Databases,
}

/// One GET.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HttpTarget {
    pub port: i32,
    pub path: String,
}

/// What came back of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HttpReply {
    #[serde(flatten)]
    pub target: HttpTarget,
    /// Of HTTP.
    pub status: u16,
}

/// A [`Lookup`] that was made. Without one the tracker waits longer before it gives up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LookupRecord {
    pub lookup: Lookup,
    /// When it was made, by the same clock as `now` of [`crate::rollout::Tracker::observe`].
    pub at: Timestamp,
    pub result: LookupResult,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum LookupResult {
    /// It is there (a node: and ready); the keys of a Secret or `ConfigMap`, the platforms of an image, the registries of
    /// a pull secret.
    Present(Vec<String>),
    /// It is not there; what is there instead (tags of the repository, names of the same kind), for a suggestion.
    Absent(Vec<String>),
    /// The registry has no such repository; those that it has, where it tells.
    NoRepository(Vec<String>),
    /// The registry does not let the one who runs plat read it: it may be there or not.
    Denied,
    /// A `PersistentVolumeClaim` that is there.
    Claim(VolumeClaim),
    Nodes(Vec<NodeCapacity>),
    /// A node that is there and not ready: the reason and message of its condition.
    NotReady(String),
    /// What answered; where nothing listens there is no reply.
    Http(Vec<HttpReply>),
    /// The ports on which something listens.
    Listens(Vec<i32>),
    /// The ports that an image exposes.
    Exposes(Vec<i32>),
    Services(Vec<ServiceSeen>),
    Databases(Vec<DatabaseMade>),
    Rights(Rights),
    Logins(Vec<ServerLogin>),
    /// It could not be looked up: not allowed, no connection.
    Unknown,
}

/// What is known of a `PersistentVolumeClaim`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct VolumeClaim {
    /// `Pending`, `Bound` or `Lost`.
    pub phase: String,
    /// The `StorageClass` that it names; none where it names none and the cluster has no default.
    pub class: Option<String>,
    /// `1Gi`
    pub asks: String,
    /// Reason and message of the newest event about it; the cause is often of type Normal.
    pub event: Option<(String, String)>,
    /// The `StorageClass`es of the cluster; none where they may not be read.
    pub classes: Option<Vec<String>>,
    /// Of one that is being deleted: what keeps it, a line each.
    pub deleted: Option<Vec<String>>,
    /// How it is to be mounted: `ReadWriteMany`.
    pub modes: Vec<String>,
    /// Of one that is bound, as far as it may be read: where its files are, if `fsGroup` changes nothing there.
    pub place: Option<String>,
    /// The volumes of its class, where they may be read; of one that names none, those that nobody has.
    pub volumes: Vec<VolumeThere>,
}

/// A `PersistentVolume` of the class that a claim names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct VolumeThere {
    pub name: String,
    /// `Available`, `Bound`, `Released`
    pub phase: String,
    pub modes: Vec<String>,
    /// `5Gi`
    pub size: String,
    /// Empty where it is of none.
    pub class: String,
}

/// What is known of a Service.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ServiceSeen {
    pub name: String,
    /// Its cluster IPs; none of a headless one.
    pub addresses: Vec<String>,
    /// Its own ports, not those of the pods.
    pub ports: Vec<i32>,
    /// How many endpoints are ready; none where that cannot be read.
    pub ready: Option<usize>,
    /// Where its selector fits no pod: `its selector is app=postgres, and the pods of Deployment shop/db have app=db`.
    pub misses: Option<String>,
    /// Ports that it sends to a name which no port of its ready pods has: `http -> web-port`.
    pub unnamed: Vec<String>,
    /// Ports that it sends to a number which its pods do not declare: `50051 -> 5051, and they declare 50051`.
    pub undeclared: Vec<String>,
    /// Where nothing runs of what it selects: `Deployment shop/db asks for 0 replicas, so nothing of it runs`.
    pub idle: Option<String>,
}

/// A database, or a virtual host, that the image of a workload makes while its data folder is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct DatabaseMade {
    /// Empty where it is in a Secret.
    pub name: String,
    /// The variable that says so.
    pub variable: String,
    /// `StatefulSet db`
    pub by: String,
}

impl DatabaseMade {
    /// Of `RabbitMQ`.
    pub(in crate::rollout) fn is_virtual_host(&self) -> bool {
        self.variable.starts_with("RABBITMQ_")
    }
}

/// What a node offers to pods.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct NodeCapacity {
    pub name: String,
    pub labels: BTreeMap<String, String>,
    pub taints: Vec<Taint>,
    /// By `kubectl cordon`.
    pub cordoned: bool,
    /// By resource, in cores, bytes and pieces.
    pub allocatable: BTreeMap<String, f64>,
    /// What its pods ask for together; none where pods of other namespaces may not be listed.
    pub requested: Option<BTreeMap<String, f64>>,
    /// Host ports in use.
    pub ports: Vec<HostPort>,
}

/// `key=value:effect` of a node.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Taint {
    pub key: String,
    pub value: String,
    pub effect: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct HostPort {
    pub port: i32,
    pub protocol: String,
    /// `namespace/name` of the pod that has it.
    pub pod: String,
    /// Whether that pod is being deleted: it gives the port back when it has ended.
    pub goes: bool,
}

impl LookupResult {
    /// Whether what was missing is there now: with this key, if one is wanted.
    pub(in crate::rollout) fn is_there(&self, key: Option<&str>) -> bool {
        match self {
            Self::Present(keys) => key.is_none_or(|key| keys.iter().any(|there| there == key)),
            Self::Claim(claim) => claim.phase == "Bound" && claim.deleted.is_none(),
            Self::Absent(_)
            | Self::NoRepository(_)
            | Self::Denied
            | Self::Nodes(_)
            | Self::NotReady(_)
            | Self::Http(_)
            | Self::Listens(_)
            | Self::Exposes(_)
            | Self::Services(_)
            | Self::Databases(_)
            | Self::Rights(_)
            | Self::Logins(_)
            | Self::Unknown => false,
        }
    }
}

/// The newest record of a look-up.
pub(in crate::rollout) fn newest_record<'a>(records: &'a [LookupRecord], lookup: &Lookup) -> Option<&'a LookupRecord> {
    records.iter().filter(|record| record.lookup == *lookup).max_by_key(|record| record.at)
}
