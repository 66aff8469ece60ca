//! What the pods say to whoever looks on: all is well, a workload fell, or someone else is at work. Pure.

use k8s_openapi::api::core::v1::Pod;
use kube::core::ResourceExt;

use super::watched::{Origin, Watched};
use crate::deploy::falls::{Falls, restarts};
use crate::rollout::{could_serve, is_ready};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sight {
    Well,
    /// This workload became ready and did not stay so.
    Fell(Box<Watched>),
    /// Its pods are replaced, scaled away or deleted: whoever does that looks at it.
    Replaced,
}

/// The workloads that are looked at, and what they did so far.
pub struct Lookout(Vec<(Watched, Falls)>);

impl Lookout {
    pub fn new(workloads: Vec<Watched>) -> Self {
        let begun = |watched: Watched| {
            let mut falls = Falls::default();
            watched.replicas.iter().for_each(|(pod, restarts)| falls.note(pod, true, *restarts));
            (watched, falls)
        };
        Self(workloads.into_iter().map(begun).collect())
    }

    /// Looks at all pods that are there now.
    pub fn look<'p>(&mut self, pods: impl Iterator<Item = &'p Pod>) -> Sight {
        let there: Vec<(&Pod, Origin)> =
            pods.filter(|pod| could_serve(pod)).map(|pod| (pod, Origin::of(pod))).collect();
        for (watched, falls) in &mut self.0 {
            let family = there.iter().filter(|(pod, origin)| {
                pod.namespace().as_ref() == Some(&watched.namespace) && origin.family == watched.origin.family
            });
            let (own, others): (Vec<_>, Vec<_>) =
                family.partition(|(_, origin)| origin.revision == watched.origin.revision);
            let is_known = |pod: &Pod| pod.uid().is_some_and(|uid| watched.beside.contains(&uid));
            if own.is_empty() || others.iter().any(|(pod, _)| !is_known(pod)) {
                return Sight::Replaced;
            }
            for (pod, _) in own {
                falls.note(&pod.name_any(), is_ready(pod), restarts(pod));
            }
        }
        let fallen = self.0.iter().find(|(_, falls)| falls.are_decisive());
        fallen.map_or(Sight::Well, |(watched, _)| Sight::Fell(Box::new(watched.clone())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    /// `a+0@1`: the replica `a` is ready, was never started anew, and is of the revision 1; `-` for not ready, and a
    /// `~` before it for one that is going.
    fn pod(text: &str) -> Pod {
        let (going, text) = text.strip_prefix('~').map_or((false, text), |text| (true, text));
        let ready = if text.contains('+') { "True" } else { "False" };
        let (name, rest) = text.split_once(['+', '-']).expect("a+0@1");
        let (restarts, revision) = rest.split_once('@').expect("a+0@1");
        // A Job may bear the same labels.
        let kind = if revision == "job" { "Job" } else { "ReplicaSet" };
        let owner = json!({"apiVersion": "v1", "kind": kind, "name": format!("shop-{revision}"),
            "uid": format!("rs{revision}"), "controller": true});
        let status = json!({
            "conditions": [{"type": "Ready", "status": ready}],
            "containerStatuses": [{"name": "c", "image": "i", "imageID": "i", "ready": true,
                "restartCount": restarts.parse::<i32>().expect("a number")}],
        });
        let deleted = going.then_some("2026-11-29T10:00:00Z");
        serde_json::from_value(json!({
            "metadata": {"name": name, "namespace": "web", "uid": format!("uid-{name}"), "ownerReferences": [owner],
                "labels": {"pod-template-hash": revision}, "deletionTimestamp": deleted},
            "status": status,
        }))
        .expect("a Pod")
    }

    fn pods(text: &str) -> Vec<Pod> {
        text.split_whitespace().map(pod).collect()
    }

    fn lookout(ready: &str) -> Lookout {
        let (pods, replica) = (pods(ready), |pod: &Pod| crate::rollout::ReplicaLine {
            pod: pod.name_any(),
            state_text: String::new(),
            ready: true,
        });
        let new: Vec<_> = pods.iter().filter(|pod| Origin::of(pod).revision.starts_with("rs2")).map(replica).collect();
        let yaml = "{metadata: {name: shop, namespace: web}, spec: {selector: {}, template: {}}}";
        let deployment: k8s_openapi::api::apps::v1::Deployment = serde_yaml::from_str(yaml).expect("a Deployment");
        Lookout::new(vec![Watched::of(&deployment.into(), &new, &pods).expect("it has replicas")])
    }

    #[rstest]
    #[case::nothing_happens("a+0@2", &["a+0@2", "a+0@2"], "well")]
    #[case::one_crash_of_one("a+0@2", &["a-1@2", "a+1@2"], "well")]
    #[case::two_crashes_of_one("a+0@2", &["a-1@2", "a+1@2", "a-1@2"], "fell")]
    #[case::a_crash_that_the_watch_began_after("a+0@2", &["a+1@2", "a-2@2"], "fell")]
    #[case::one_of_two_recovers("a+0@2 b+0@2", &["a-1@2 b+0@2", "a+1@2 b+0@2"], "well")]
    #[case::each_of_two_once("a+0@2 b+0@2", &["a-1@2 b+0@2", "a+1@2 b-0@2"], "fell")]
    #[case::restarts_before_it_was_ready_do_not_count("a+3@2", &["a+3@2", "a-4@2", "a+4@2"], "well")]
    #[case::one_that_was_seen_late("a-0@2", &["a+2@2", "a-3@2"], "well")]
    #[case::the_old_one_is_still_going("a+0@2 ~z+0@1", &["a+0@2 ~z-0@1", "a+0@2"], "well")]
    #[case::one_that_goes_is_no_trouble("a+0@2 b+0@2", &["~a-1@2 b+0@2", "b+0@2 c-0@2", "b-1@2 c+0@2"], "well")]
    #[case::a_partition_keeps_the_old_one("a+0@2 z+0@1", &["a+0@2 z+0@1", "a+0@2 z-1@1"], "well")]
    #[case::someone_rolls_out("a+0@2", &["a+0@2", "a+0@2 n-0@3"], "replaced")]
    #[case::someone_goes_back("a+0@2", &["a+0@2 n-0@1"], "replaced")]
    #[case::scaled_to_nothing("a+0@2", &["~a+0@2"], "replaced")]
    #[case::deleted("a+0@2", &["a+0@2", ""], "replaced")]
    #[case::another_workload_of_that_selector("a+0@2", &["a+0@2 j-0@job"], "well")]
    fn what_the_pods_say(#[case] ready: &str, #[case] looks: &[&str], #[case] expected: &str) {
        let mut lookout = lookout(ready);
        let mut said = Sight::Well;
        for look in looks {
            assert_eq!(said, Sight::Well, "before {look}");
            said = lookout.look(pods(look).iter());
        }
        let word = match said {
            Sight::Well => "well",
            Sight::Fell(watched) => {
                assert_eq!((watched.kind.as_str(), watched.name.as_str()), ("Deployment", "shop"));
                "fell"
            }
            Sight::Replaced => "replaced",
        };
        assert_eq!(word, expected);
    }
}
