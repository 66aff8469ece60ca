//! What was seen, as the precondition of a remedy.

use k8s_openapi::api::apps::v1::DeploymentSpec;
use k8s_openapi::api::batch::v1::JobSpec;
use k8s_openapi::api::core::v1::{
    Capabilities, Container, ContainerPort, ContainerStateTerminated, ContainerStateWaiting, EnvVar, EnvVarSource,
    Event, Pod, PodAffinityTerm, PodReadinessGate, PodSchedulingGate, PodSpec, SecurityContext, Volume, VolumeMount,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use regex::Captures;

use super::lookup::{HttpReply, LookupResult, ServiceSeen, Taint, VolumeClaim};
use super::rights::{Binding, Role, RoleRule};
use super::snapshot::Log;
use super::workload::Workload;

/// Something that was seen. No text is one, nor an `Option`: what was not there cannot be named.
pub(in crate::rollout) trait Evidence: sealed::Seen {}

impl<T: sealed::Seen> Evidence for T {}

mod sealed {
    pub trait Seen {}
}

macro_rules! seen {
    ($($what:ty),* $(,)?) => {
        $(impl sealed::Seen for $what {})*
    };
}
// Fields that somebody wrote.
seen!(
    Capabilities,
    Container,
    ContainerPort,
    DeploymentSpec,
    EnvVar,
    EnvVarSource,
    JobSpec,
    ObjectMeta,
    PodAffinityTerm,
    PodReadinessGate,
    PodSchedulingGate,
    PodSpec,
    Quantity,
    SecurityContext,
    Volume,
    VolumeMount,
    Workload,
);
// What the cluster says.
seen!(ContainerStateTerminated, ContainerStateWaiting, Event, Pod);
// What was looked up.
seen!(Binding, HttpReply, LookupResult, Role, RoleRule, ServiceSeen, Taint, VolumeClaim);
// What a message or a log says.
seen!(Captures<'_>, Log, Words<'_>);

/// Words that stand in a message or in a log: made only by finding them there.
#[derive(Clone, Copy)]
pub(in crate::rollout) struct Words<'t> {
    before: &'t str,
    after: &'t str,
}

impl<'t> Words<'t> {
    pub fn of(text: &'t str, words: &str) -> Option<Self> {
        text.split_once(words).map(|(before, after)| Self { before, after })
    }

    /// The first of these that stands there.
    pub fn any(text: &'t str, these: &[&str]) -> Option<Self> {
        these.iter().find_map(|words| Self::of(text, words))
    }

    /// The first of these, which are written in small letters, whatever the case in which it stands there.
    pub fn in_any_case(text: &'t str, these: &[&str]) -> Option<Self> {
        // Only ASCII changes, so that a place in one is the same place in the other.
        let small = text.to_ascii_lowercase();
        these.iter().find_map(|words| {
            let at = small.find(words)?;
            Some(Self { before: text.get(..at)?, after: text.get(at + words.len()..)? })
        })
    }

    pub fn before(self) -> &'t str {
        self.before
    }

    pub fn after(self) -> &'t str {
        self.after
    }
}
