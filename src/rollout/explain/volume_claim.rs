//! A `PersistentVolumeClaim` is missing or not bound. The pod's event says only that; the cause is an event of the claim,
//! often one of type Normal.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::reason::Reason;
use crate::rollout::diagnosis::{Proof, Symptom};
use crate::rollout::model::{
    Cause, Evidence, Graces, Lack, Lookup, LookupResult, Remedy, VolumeClaim, VolumeThere, Words,
};
use crate::rollout::text::{escape, escape_line, quantity};
use crate::rollout::view::PodView;
use crate::text::{ascii_regex, nearest};

static MISSING: LazyLock<Regex> = LazyLock::new(|| ascii_regex(r#"persistentvolumeclaim "([^"]+)" not found"#));

static DELETED: LazyLock<Regex> = LazyLock::new(|| ascii_regex(r#"persistentvolumeclaim "([^"]+)" is being deleted"#));

/// None when the scheduler's message is not about a claim.
pub(in crate::rollout) fn volume_claim(pod: &PodView, message: &str, graces: &Graces) -> Option<Symptom> {
    let missing = MISSING.captures(message);
    let deleted = DELETED.captures(message);
    let named = missing.as_ref().or(deleted.as_ref()).map(|found| found[1].to_owned());
    let waits =
        named.is_some() || ["PersistentVolumeClaim", "persistent volumes to bind"].iter().any(|w| message.contains(w));
    if !waits {
        return None;
    }
    let claims = names(pod);
    // The first that is not bound, as far as is known.
    let state = |name: &String| pod.result_of(&Lookup::Claim(name.clone()));
    let open = |name: &&String| !state(name).is_some_and(|found| found.is_there(None));
    let name = named.as_ref().or_else(|| claims.iter().find(open)).or(claims.first())?;
    let said = match &deleted {
        Some(_) => going(name, state(name), pod),
        None => explain(name, state(name), missing.as_ref(), pod),
    };
    let lookup = Lookup::Claim(name.clone());
    let proof = if said.is_final {
        Proof::Confirmed { grace: graces.unschedulable, lookup, key: None }
    } else {
        // Storage may take minutes to be made.
        Proof::Never.informed_by(claims.iter().cloned().map(Lookup::Claim))
    };
    let scheduler = escape_line(message.trim_end_matches(" not found").trim_end_matches('.'));
    let evidence = said.evidence.unwrap_or(scheduler);
    let state_text = said.what.clone();
    let finding =
        Cause { reason: said.reason, what: said.what, object: said.object, evidence: vec![evidence], hint: said.hint };
    Some(Symptom { finding, state_text, proof, needs_log: None, lack: Lack::Own })
}

/// The claims that the pod mounts.
fn names(pod: &PodView) -> Vec<String> {
    let volumes = pod.pod.spec.as_ref().and_then(|spec| spec.volumes.as_deref()).unwrap_or_default();
    volumes.iter().filter_map(|volume| Some(volume.persistent_volume_claim.as_ref()?.claim_name.clone())).collect()
}

struct ClaimProblem {
    reason: Reason,
    object: String,
    what: String,
    /// What is said about the claim; the scheduler's own message where nothing is.
    evidence: Option<String>,
    hint: Remedy,
    /// Only a person can fix it: time does not.
    is_final: bool,
}

/// `missing`: the scheduler's words for a claim that is not there, before or without a look-up.
fn explain(name: &str, found: Option<&LookupResult>, missing: Option<&Captures>, pod: &PodView) -> ClaimProblem {
    let (shown, namespace) = (escape(name), escape(pod.namespace()));
    let object = format!("PersistentVolumeClaim {shown}");
    let of_pod = |what: String, hint: Remedy, is_final| ClaimProblem {
        reason: Reason::Unschedulable,
        object: format!("Pod {}", escape(pod.name())),
        what,
        evidence: None,
        hint,
        is_final,
    };
    let absent = |near: String, hint: Remedy| {
        of_pod(format!("PersistentVolumeClaim {shown} does not exist in namespace {namespace}{near}"), hint, true)
    };
    match (found, missing) {
        (Some(LookupResult::Claim(claim)), _) if claim.phase == "Lost" => ClaimProblem {
            reason: Reason::ClaimLost,
            object,
            what: format!("PersistentVolumeClaim {shown} has lost its volume"),
            evidence: claim.event.as_ref().map(|(_, message)| escape_line(message)),
            hint: Remedy::given(
                claim,
                format!(
                    "bring its PersistentVolume back, or recreate the claim: kubectl -n {namespace} describe pvc {shown}"
                ),
            ),
            is_final: true,
        },
        (Some(LookupResult::Claim(claim)), _) => pending(&shown, &namespace, object, claim),
        (Some(result @ LookupResult::Absent(names)), _) => {
            let near =
                nearest(name, names.iter().map(String::as_str)).map(|near| format!("; there is {}", escape(near)));
            absent(near.unwrap_or_default(), create(result))
        }
        (_, Some(missing)) => absent(String::new(), create(missing)),
        _ => of_pod(
            format!("PersistentVolumeClaim {shown} is not bound to a volume"),
            Remedy::look(format!("its events name the cause: kubectl -n {namespace} describe pvc {shown}")),
            false,
        ),
    }
}

/// The claim is being deleted: no pod may begin to use it.
fn going(name: &str, found: Option<&LookupResult>, pod: &PodView) -> ClaimProblem {
    let (shown, namespace) = (escape(name), escape(pod.namespace()));
    let kept = match found {
        Some(LookupResult::Claim(claim)) => claim.deleted.as_deref().unwrap_or_default(),
        _ => &[],
    };
    ClaimProblem {
        reason: Reason::Terminating,
        object: format!("PersistentVolumeClaim {shown}"),
        what: format!("PersistentVolumeClaim {shown} is being deleted, and no pod may begin to use it"),
        evidence: (!kept.is_empty()).then(|| kept.join("; ")),
        hint: Remedy::look(format!(
            "who or what keeps it? kubectl -n {namespace} describe pvc {shown}; once it is gone, a claim of that name can be made anew"
        )),
        is_final: true,
    }
}

fn create(absent: &impl Evidence) -> Remedy {
    Remedy::given(absent, "create it, or correct claimName in the pod's volumes")
}

/// pkg/controller/volume/persistentvolume: `FailedBinding` (Normal), `ProvisioningFailed`, `ExternalProvisioning`
/// (Normal), `WaitForFirstConsumer` (Normal).
fn pending(shown: &str, namespace: &str, object: String, claim: &VolumeClaim) -> ClaimProblem {
    let (reason, message) = claim.event.as_ref().map_or(("", ""), |(reason, message)| (reason, message));
    let classes = claim.classes.as_deref().unwrap_or_default();
    let there = match (&claim.classes, classes) {
        (None, _) => String::new(),
        (Some(_), []) => "; the cluster has no StorageClass at all".to_owned(),
        (Some(_), classes) => {
            let class = claim.class.as_deref().unwrap_or_default();
            let near =
                nearest(class, classes.iter().map(String::as_str)).map_or_else(|| classes.join(", "), str::to_owned);
            format!("; there is {}", escape(&near))
        }
    };
    let provide = format!("or have a PersistentVolume of {} made for it", escape(&claim.asks));
    // What else is not found, such as a Secret of the provisioner, is no matter of the class.
    let is_unknown = Words::of(message, "not found").is_some_and(|words| words.before().contains("storageclass"));
    let unknown_class = claim.class.as_ref().filter(|_| is_unknown);
    let events = || Remedy::look(format!("its events name the cause: kubectl -n {namespace} describe pvc {shown}"));
    if let Some(misfit) = misfit(claim).filter(|_| claim.event.is_some()) {
        return ClaimProblem {
            reason: Reason::from(reason),
            object,
            what: format!("PersistentVolumeClaim {shown} {}", misfit.what),
            evidence: Some(misfit.volumes),
            hint: Remedy::given(claim, format!("{} (a claim cannot be changed: recreate it), {provide}", misfit.mend)),
            is_final: true,
        };
    }
    let (what, hint, is_final) = match (reason, unknown_class) {
        ("ProvisioningFailed", Some(class)) => (
            format!(
                "PersistentVolumeClaim {shown} asks for StorageClass {}, which does not exist{there}",
                escape(class)
            ),
            Remedy::given(
                claim,
                format!("correct storageClassName (a claim cannot be changed: recreate it), {provide}"),
            ),
            true,
        ),
        ("ProvisioningFailed", None) => (
            format!("no volume can be made for PersistentVolumeClaim {shown}"),
            Remedy::look(format!(
                "the message is the provisioner's own; all of them: kubectl -n {namespace} describe pvc {shown}"
            )),
            false,
        ),
        ("FailedBinding", _) => (
            match &claim.class {
                Some(class) => {
                    format!("no PersistentVolume fits PersistentVolumeClaim {shown} (StorageClass {})", escape(class))
                }
                None => format!(
                    "PersistentVolumeClaim {shown} names no StorageClass and the cluster has no default one{there}"
                ),
            },
            match &claim.class {
                Some(_) => events(),
                None => Remedy::given(claim, format!("set storageClassName in the claim (recreate it), {provide}"))
                    .and(claim.of_another_class().map(|other| {
                        let (name, class) = (escape(&other.name), escape(&other.class));
                        Remedy::look(format!(
                            "volume {name} is free, would fit, and is of class {class}: is that meant?"
                        ))
                    })),
            },
            true,
        ),
        ("VolumeMismatch", _) => (
            format!("PersistentVolumeClaim {shown} cannot be bound to the volume that it names, which does not fit it"),
            Remedy::given(
                claim,
                format!(
                    "it asks for {}: make the two fit (size, accessModes, storageClassName), the claim anew",
                    escape(&claim.asks)
                ),
            ),
            true,
        ),
        ("ExternalProvisioning", _) => (
            format!("PersistentVolumeClaim {shown} waits for its provisioner to make a volume"),
            Remedy::look(format!(
                "if it stays so, the provisioner does not run: kubectl get storageclass {}",
                escape(claim.class.as_deref().unwrap_or_default())
            )),
            false,
        ),
        _ => (format!("PersistentVolumeClaim {shown} is not bound to a volume"), events(), false),
    };
    let reason = if is_final || reason == "ProvisioningFailed" { Reason::from(reason) } else { Reason::Unschedulable };
    let evidence = (!message.is_empty()).then(|| escape_line(message));
    ClaimProblem { reason, object, what, evidence, hint, is_final }
}

/// Why none of the volumes of its class fits a claim.
struct Misfit {
    what: String,
    mend: String,
    /// Those that are there.
    volumes: String,
}

/// How a volume fits what a claim asks for.
impl VolumeClaim {
    fn is_offered(&self, one: &VolumeThere) -> bool {
        self.modes.iter().all(|mode| one.modes.contains(mode))
    }

    fn is_met_by(&self, one: &VolumeThere) -> bool {
        let asks = quantity::parse(&self.asks).unwrap_or_default();
        self.is_offered(one) && quantity::parse(&one.size).is_some_and(|size| size >= asks)
    }

    fn is_of_class(&self, one: &VolumeThere) -> bool {
        self.class.as_deref().unwrap_or_default() == one.class
    }

    /// A free volume of another class, of a claim that names none.
    fn of_another_class(&self) -> Option<&VolumeThere> {
        self.volumes.iter().find(|one| !self.is_of_class(one) && self.is_met_by(one) && one.phase == "Available")
    }
}

fn misfit(claim: &VolumeClaim) -> Option<Misfit> {
    let modes = escape(&claim.modes.join(", "));
    let all: Vec<&VolumeThere> = claim.volumes.iter().filter(|one| claim.is_of_class(one)).collect();
    let (what, mend) = if all.is_empty() || all.iter().any(|one| claim.is_met_by(one) && one.phase == "Available") {
        return None;
    } else if !all.iter().any(|one| claim.is_offered(one)) {
        (
            format!("asks for {modes}, which no volume of its class offers"),
            "ask for what they offer in accessModes".to_owned(),
        )
    } else if !all.iter().any(|one| claim.is_met_by(one)) {
        (format!("asks for {}, more than any volume of its class has", escape(&claim.asks)), "ask for less".to_owned())
    } else {
        ("finds each volume of its class that fits it taken".to_owned(), "set another storageClassName".to_owned())
    };
    let shown = all.iter().take(4).map(|one| {
        format!(
            "{}: {}, {}, {}",
            escape(&one.name),
            escape(&one.size),
            escape(&one.modes.join("+")),
            escape(&one.phase)
        )
    });
    Some(Misfit { what, mend, volumes: shown.collect::<Vec<_>>().join("; ") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::unknown_class(
        "fast",
        "ProvisioningFailed",
        r#"storageclass.storage.k8s.io "fast" not found"#,
        "correct storageClassName"
    )]
    #[case::secret_of_the_provisioner(
        "fast",
        "ProvisioningFailed",
        r#"secret "csi-key" not found"#,
        "the message is the provisioner's own"
    )]
    #[case::no_class(
        "",
        "FailedBinding",
        "no persistent volumes available for this claim and no storage class is set",
        "set storageClassName"
    )]
    #[case::too_small(
        "",
        "VolumeMismatch",
        r#"Cannot bind to requested volume "pv-1": requested PV is too small"#,
        "it asks for "
    )]
    #[case::taken(
        "fast",
        "FailedBinding",
        r#"volume "pv-1" already bound to a different claim."#,
        "its events name the cause"
    )]
    fn a_class_is_corrected_only_where_it_is_wrong(
        #[case] class: &str,
        #[case] reason: &str,
        #[case] message: &str,
        #[case] expected: &str,
    ) {
        let claim = VolumeClaim {
            class: (!class.is_empty()).then(|| class.to_owned()),
            event: Some((reason.to_owned(), message.to_owned())),
            ..VolumeClaim::default()
        };
        let said = pending("data", "shop", String::new(), &claim);
        assert!(said.hint.text().starts_with(expected), "{}", said.hint.text());
    }

    #[rstest]
    #[case::modes("", &["ReadWriteMany"], "5Gi", "asks for ReadWriteMany, which no volume of its class offers")]
    #[case::size("", &["ReadWriteOnce"], "50Gi", "asks for 50Gi, more than any volume of its class has")]
    #[case::fits("", &["ReadWriteOnce"], "5Gi", "")]
    #[case::of_a_class_and_too_small("manual", &["ReadWriteOnce"], "50Gi", "")]
    fn volumes_that_do_not_fit_are_told(
        #[case] class: &str,
        #[case] modes: &[&str],
        #[case] asks: &str,
        #[case] expected: &str,
    ) {
        let there = VolumeThere {
            name: "v".to_owned(),
            phase: "Available".to_owned(),
            modes: vec!["ReadWriteOnce".to_owned()],
            size: "10Gi".to_owned(),
            class: class.to_owned(),
        };
        let claim = VolumeClaim {
            asks: asks.to_owned(),
            modes: modes.iter().map(|mode| (*mode).to_owned()).collect(),
            volumes: vec![there],
            ..VolumeClaim::default()
        };
        assert_eq!(misfit(&claim).map(|misfit| misfit.what).unwrap_or_default(), expected);
    }

    #[test]
    fn a_class_that_a_free_volume_has_is_asked_about() {
        let volumes = vec![VolumeThere {
            name: "v".to_owned(),
            phase: "Available".to_owned(),
            size: "10Gi".to_owned(),
            class: "manual".to_owned(),
            ..VolumeThere::default()
        }];
        let message = "no persistent volumes available for this claim and no storage class is set";
        let event = Some(("FailedBinding".to_owned(), message.to_owned()));
        let claim = VolumeClaim { asks: "5Gi".to_owned(), volumes, event, ..VolumeClaim::default() };
        let said = pending("data", "shop", String::new(), &claim);
        assert!(said.what.contains("names no StorageClass"), "{}", said.what);
        assert!(said.hint.text().ends_with("volume v is free, would fit, and is of class manual: is that meant?"));
    }
}
