//! Something runs and is not ready.

use super::deploy::{SERVE, deploy, service};
use super::story::{Story, doomed, recovers, together};

pub const STORIES: &[Story] = &[
    doomed("startup probe", |ns, image| {
        deploy(ns, &service(SERVE, "health: /readyz"), image).failed(
            "Unhealthy",
            "never passes its startup probe",
            "statuscode: 404",
            "does not serve /readyz: set `health`",
        )
    }),
    recovers("startup probe", |ns, image| {
        let script = format!("echo warming up; sleep 25; {SERVE}");
        deploy(ns, &service(&script, "health: /"), image).succeeded()
    }),
];

#[test]
fn what_runs_and_is_not_ready() {
    together(STORIES);
}
