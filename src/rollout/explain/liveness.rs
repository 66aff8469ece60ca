//! What to do about a liveness probe that kills its container.

use jiff::SignedDuration;
use k8s_openapi::api::core::v1::Probe;

use super::http_lookup::{REFUSED, instead};
use super::probe::{ContainerProbe, ProbeKind, logs, starved};
use super::probe_budget::{budget, longest_budget};
use crate::rollout::model::{Remedy, Words};
use crate::rollout::view::ContainerView;

/// How long the kubelet waits between asking a program to end and killing it, unless told otherwise
/// (`terminationGracePeriodSeconds`).
const ENDING: SignedDuration = SignedDuration::from_secs(30);

/// The liveness probe kills it: either it starts too slowly for it, or the probe is wrong. `lived`: how long it ran,
/// `log`: what it wrote.
pub(super) fn liveness_hint(
    container: &ContainerView,
    probe: &Probe,
    lived: Option<SignedDuration>,
    failure: &str,
    log: &str,
) -> Remedy {
    let liveness = ContainerProbe { container, kind: ProbeKind::Liveness, probe };
    let refused = Words::of(failure, REFUSED);
    // It did listen: else the probe had ended it sooner.
    let longest = longest_budget(probe) + ENDING;
    if refused.is_some() && lived.is_some_and(|lived| lived > longest) {
        return Remedy::look(format!("it listened at first, and then did not: see what it says: {}", logs(container)));
    }
    match (refused, instead(container, probe, failure, log)) {
        (Some(words), _) if container.spec.startup_probe.is_none() => Remedy::given(
            &words,
            format!(
                "if it needs longer to start than the {} s that this probe leaves it, give it a startup probe or a longer failureThreshold{}; \
                 else the probe's port is not the one it listens on",
                budget(probe).as_secs(),
                starved(container)
            ),
        ),
        (_, Some(found)) => found.hint,
        (_, None) => liveness.hint(failure, log, true),
    }
}

/// Whether it is known where the program answers instead.
pub(super) fn answers_elsewhere(container: &ContainerView, probe: &Probe, failure: &str, log: &str) -> bool {
    instead(container, probe, failure, log).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollout::explain::line_cases::wrong;
    use rstest::rstest;

    const DIAL: &str = "Liveness probe failed: dial tcp 10.0.0.9:8080: connect: connection refused";
    const LATE: &str =
        "Liveness probe failed: context deadline exceeded (Client.Timeout exceeded while awaiting headers)";
    const COMMAND: &str = "Liveness probe failed: cat: can't open '/tmp/healthy': No such file or directory";

    #[rstest]
    #[case::at_its_start(DIAL, 33, "give it a startup probe")]
    #[case::after_an_hour(DIAL, 3600, "it listened at first, and then did not")]
    #[case::answers_late(LATE, 33, "answer faster, or raise it")]
    #[case::a_command_has_no_port(COMMAND, 33, "see what the program says")]
    fn a_program_that_did_start_needs_no_longer_start(#[case] failure: &str, #[case] lived: i64, #[case] says: &str) {
        let probe: Probe = serde_yaml::from_str("{tcpSocket: {port: 8080}, periodSeconds: 1}").expect("a probe");
        let case = serde_json::json!([{"name": "a", "log": failure, "says": [says]}]).to_string();
        let wrong = wrong(&case, |container, failure| {
            let lived = Some(SignedDuration::from_secs(lived));
            Some((String::new(), liveness_hint(container, &probe, lived, failure, "")))
        });
        assert!(wrong.is_empty(), "{wrong}");
    }
}
