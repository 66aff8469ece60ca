//! Why something failed, in one stable word that a program can rely on: Kubernetes' own or one of plat's. Pure.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

/// The variants, and how each is written: as its name.
macro_rules! reasons {
    ($($name:ident,)+) => {
        /// Of an error or a finding. `Reason::from` is the only way to make one of a text, so each word has exactly one
        /// spelling and a comparison cannot miss it.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(from = "String", into = "String")]
        pub enum Reason {
            $($name,)+
            /// A word of Kubernetes that plat only passes on.
            Kubernetes(Word),
        }

        impl Reason {
            /// All but those that plat only passes on.
            #[cfg(test)]
            const KNOWN: &[Self] = &[$(Self::$name),+];

            /// As it is written everywhere: on the screen, in JSON, in a record.
            #[must_use]
            pub fn word(&self) -> &str {
                match self {
                    $(Self::$name => stringify!($name),)+
                    Self::Kubernetes(word) => &word.0,
                }
            }

            fn known(word: &str) -> Option<Self> {
                match word {
                    $(stringify!($name) => Some(Self::$name),)+
                    _ => None,
                }
            }
        }
    };
}

reasons! {
    // The command, its files and this machine.
    Ambiguous,
    BadAnswers,
    BuildFailed,
    Helm,
    Incomplete,
    Interrupted,
    InvalidSpec,
    Kustomize,
    NoFile,
    NoGateway,
    NoHelm,
    NoKustomize,
    NoManifests,
    NoRegistry,
    NoRepository,
    NoService,
    NoSpec,
    NotConfirmed,
    NoToolchain,
    NotUtf8,
    Occupied,
    OutputLost,
    OwnerUnknown,
    PortTaken,
    TooLarge,

    // A manifest that cannot be used.
    DuplicateKey,
    DuplicateObject,
    GenerateName,
    InvalidName,
    NamespaceMismatch,
    NoApiVersion,
    NoKind,
    NoName,
    NoObject,
    NotJson,
    NotYaml,
    UnknownKind,

    // The image and its registry.
    ErrImageNeverPull,
    ErrImagePull,
    ImageInspectError,
    ImageNotFound,
    ImagePullBackOff,
    InvalidImageName,
    RegistryDenied,
    RegistryFailed,
    RegistryRateLimited,
    RegistryUnauthorized,
    RegistryUnavailable,
    RegistryUnreachable,
    RepositoryNotFound,
    SignatureValidationFailed,

    // The way to the API server.
    BadKubeconfig,
    ConnectionLost,
    ConnectionRefused,
    ConnectionReset,
    Login,
    NoContext,
    NoKubeconfig,
    NotKubernetes,
    Timeout,
    Tls,
    UnknownContext,
    UnknownHost,
    Unreachable,
    WrongCluster,

    // What the API server refuses, and what plat does not do there.
    AlreadyExists,
    BrokenRevision,
    Conflict,
    Deleted,
    Forbidden,
    ForeignApplySet,
    ForeignObject,
    LockLost,
    Locked,
    NameTaken,
    NamespaceMissing,
    NamespaceTerminating,
    NoLog,
    NoPods,
    NoPort,
    NoRevision,
    NoSuchConflict,
    NotEstablished,
    NotFound,
    Terminating,

    // A workload that does not come up.
    ClaimLost,
    ContainersNotReady,
    CrashLoopBackOff,
    CreateContainerConfigError,
    CreateContainerError,
    DeadlineExceeded,
    DeploymentPaused,
    Error,
    Evicted,
    FailedCreate,
    FailedCreatePodSandBox,
    FailedMount,
    NodeNotReady,
    NotReady,
    NotServed,
    OOMKilled,
    PodFailed,
    PodInitializing,
    PostStartHookError,
    ProgressDeadlineExceeded,
    ReadinessGatesNotReady,
    RolloutFailed,
    SchedulingGated,
    StartError,
    Unhealthy,
    Unschedulable,

    // The sandbox.
    ComponentDied,
    PackagesMissing,
    PrerequisitesMissing,
    SandboxNotReady,
}

/// A word that is not one of plat's: only [`Reason::from`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word(String);

impl From<String> for Reason {
    fn from(word: String) -> Self {
        Self::known(&word).unwrap_or(Self::Kubernetes(Word(word)))
    }
}

impl From<&str> for Reason {
    fn from(word: &str) -> Self {
        Self::from(word.to_owned())
    }
}

impl From<Reason> for String {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::Kubernetes(word) => word.0,
            known => known.word().to_owned(),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Any text: Kubernetes may come up with new words.
impl JsonSchema for Reason {
    fn inline_schema() -> bool {
        String::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        String::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        String::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_known_word_is_always_its_own_variant() {
        for reason in Reason::KNOWN {
            assert_eq!(&Reason::from(reason.word()), reason);
            assert_eq!(reason.to_string(), reason.word());
            let json = serde_json::to_string(reason).expect("a text");
            assert_eq!(json, format!("\"{}\"", reason.word()));
            assert_eq!(&serde_json::from_str::<Reason>(&json).expect("a reason"), reason);
        }
    }

    #[test]
    fn no_two_reasons_have_the_same_word() {
        let words: BTreeSet<&str> = Reason::KNOWN.iter().map(Reason::word).collect();
        assert_eq!(words.len(), Reason::KNOWN.len());
    }

    #[test]
    fn a_word_that_plat_does_not_know_is_passed_on() {
        let reason = Reason::from("BackoffLimitExceeded");
        assert!(!Reason::KNOWN.contains(&reason));
        assert_eq!(reason.word(), "BackoffLimitExceeded");
        assert_eq!(String::from(reason), "BackoffLimitExceeded");
    }
}
