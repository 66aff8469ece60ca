//! The image cannot be pulled.

use super::deploy::{SERVE, deploy, deploy_and, service, wait_until_they_say};
use super::story::{Story, doomed, recovers, together};
use crate::support::{self, Namespace};

pub const STORIES: &[Story] = &[
    doomed("tag missing", |ns, image| {
        let (_, tag) = image.rsplit_once(':').expect("a tagged image");
        let missing = format!("{image}-oops");
        deploy(ns, &service(SERVE, ""), &missing).failed(
            "ErrImagePull",
            &format!("{missing} is not in the registry"),
            "not found",
            &format!("the repository has {tag}:"),
        )
    }),
    recovers("tag missing", |ns, image| {
        let registry = image.rsplit_once('/').expect("a registry").0;
        let name = format!("{}:v1", ns.name);
        let late = format!("{registry}/{name}");
        let mend = || {
            wait_until_they_say(ns, "pods", "ErrImagePull");
            push(ns, &name);
        };
        deploy_and(mend, ns, &service(SERVE, ""), &late).succeeded()
    }),
];

#[test]
fn images_that_cannot_be_pulled() {
    together(STORIES);
}

fn push(ns: &Namespace, name: &str) {
    let file = ns.work().join("image.tar");
    support::write_busybox(&file);
    support::plat(ns).args(["sandbox", "load", "--name", &ns.sandbox.name, "--as", name]).arg(&file).assert().success();
}
