//! Workloads whose pods are not replaced by themselves, because their spec asks for that.

use crate::rollout::model::Workload;

/// Why pods stay as they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldBack {
    /// Completes "its pods stay as they are, because …".
    pub why: String,
    /// All of them do.
    pub all: bool,
    /// How a pod gets the new form: one that is deleted comes back as its controller makes it.
    pub released: Released,
}

/// What gives a pod the new template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Released {
    /// That it is made anew.
    ByDeletion,
    /// A smaller `partition`: below it a pod is made anew as it was (`newVersionedStatefulSetPod`, pkg/controller/statefulset).
    ByPartition,
    /// That it goes on.
    ByResuming,
}

impl Workload {
    /// What keeps a new template from its pods; none where its controller replaces them.
    #[must_use]
    pub fn held_back(&self) -> Option<HeldBack> {
        let released = if self.deployment().is_some() { Released::ByResuming } else { Released::ByDeletion };
        let all = |why: &str| Some(HeldBack { why: why.to_owned(), all: true, released });
        match self {
            Self::Deployment(deployment) => {
                let paused = deployment.spec.as_ref().is_some_and(|spec| spec.paused == Some(true));
                paused.then(|| all("it is paused (spec.paused)")).flatten()
            }
            Self::StatefulSet(set) => {
                let strategy = set.spec.as_ref()?.update_strategy.as_ref()?;
                if strategy.type_.as_deref() == Some("OnDelete") {
                    return all("its updateStrategy is OnDelete");
                }
                let partition = strategy.rolling_update.as_ref()?.partition.filter(|partition| *partition > 0)?;
                let why = format!("its updateStrategy has partition {partition}");
                Some(HeldBack { why, all: partition >= self.desired(), released: Released::ByPartition })
            }
            Self::DaemonSet(set) => {
                let strategy = set.spec.as_ref()?.update_strategy.as_ref()?;
                (strategy.type_.as_deref() == Some("OnDelete")).then(|| all("its updateStrategy is OnDelete")).flatten()
            }
            // Pods of a ReplicaSet are made from the template of their day.
            Self::ReplicaSet(_) => all("a ReplicaSet replaces no pod that is there"),
            Self::Job(_) | Self::CronJob(_) | Self::Pod(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::on_delete("StatefulSet", "{updateStrategy: {type: OnDelete}}", Some(true))]
    #[case::daemon_on_delete("DaemonSet", "{updateStrategy: {type: OnDelete}}", Some(true))]
    #[case::rolling("StatefulSet", "{updateStrategy: {type: RollingUpdate}}", None)]
    #[case::no_partition("StatefulSet", "{updateStrategy: {rollingUpdate: {partition: 0}}}", None)]
    #[case::some("StatefulSet", "{replicas: 3, updateStrategy: {rollingUpdate: {partition: 2}}}", Some(false))]
    #[case::as_many_as_replicas(
        "StatefulSet",
        "{replicas: 3, updateStrategy: {rollingUpdate: {partition: 3}}}",
        Some(true)
    )]
    #[case::paused("Deployment", "{paused: true}", Some(true))]
    #[case::not_paused("Deployment", "{paused: false}", None)]
    #[case::replica_set("ReplicaSet", "{}", Some(true))]
    fn what_its_spec_keeps_its_controller_from(#[case] kind: &str, #[case] spec: &str, #[case] all: Option<bool>) {
        let text = format!("{{apiVersion: apps/v1, kind: {kind}, metadata: {{name: a}}, spec: {spec}}}");
        let mut object: serde_json::Value = serde_yaml::from_str(&text).expect("YAML");
        object["spec"]["selector"] = serde_json::json!({});
        object["spec"]["template"] = serde_json::json!({});
        let workload = Workload::read(&object).expect("a workload");
        assert_eq!(workload.held_back().map(|held| held.all), all);
    }
}
