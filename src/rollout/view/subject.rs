//! What a symptom is about.

/// The whole rollout, one of its pods or one of its containers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::rollout) struct Subject {
    /// UID; empty for the whole rollout.
    pod: String,
    /// Name; empty for the whole pod.
    container: String,
}

impl Subject {
    pub fn rollout() -> Self {
        Self::container("", "")
    }

    pub fn pod(uid: &str) -> Self {
        Self::container(uid, "")
    }

    pub fn container(pod: &str, name: &str) -> Self {
        Self { pod: pod.to_owned(), container: name.to_owned() }
    }

    pub fn is_rollout(&self) -> bool {
        self.pod.is_empty()
    }

    /// Whether it is the pod with this UID or a container of it.
    pub fn is_in_pod(&self, uid: &str) -> bool {
        self.pod == uid
    }

    pub fn is_in_pod_of(&self, other: &Self) -> bool {
        self.pod == other.pod
    }

    /// Empty where it is not a container.
    pub fn container_name(&self) -> &str {
        &self.container
    }
}
