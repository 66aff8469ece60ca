//! What Helm made: refused by name, taken over without a lost request or a restarted pod, and safe from what Helm does
//! later once its release is forgotten as plat says.

use serde_json::Value;

use crate::harness::tests;
use crate::init_from::{Identity, by_tag, identity, only_marks_change};
use crate::support::helm::{Applies, Release, chart};
use crate::support::requests::Requests;
use crate::support::{Namespace, bases, busybox};

tests![BUILDS:
    a_release_that_the_server_applied_is_taken_over_without_a_restart,
    a_release_that_helm_itself_applied_is_taken_over_without_a_restart,
    what_stays_with_helm_goes_on_without_what_plat_took,
    a_chart_becomes_a_plat_yaml_of_each_workload,
];

/// The objects are in one namespace, Helm's record of them in another.
struct Shop {
    objects: Namespace,
    releases: Namespace,
}

impl Shop {
    fn new() -> Self {
        // Compiled before anything waits for it.
        bases::helm();
        Self { objects: Namespace::new("helm"), releases: Namespace::new("helm") }
    }

    fn install(&self, applies: Applies) -> Release<'_> {
        let image = by_tag(&busybox(&self.objects));
        let release = Release::install(&self.releases, &self.objects, &image, applies);
        self.objects.rolled_out("deployment/shop-web");
        release
    }

    fn identity(&self) -> Identity {
        identity(&self.objects, "service/shop-web")
    }

    /// plat.yaml of the live Deployment, and all of it adopted.
    fn take_over(&self) {
        let init = ["init", "--from", "deployment/shop-web", "--keep-behaviour", "--yes"];
        self.objects
            .plat(&init)
            .succeeds()
            .never_says("not carried")
            .says("Job shop-migrate: Helm runs it at a moment of its own (pre-install,pre-upgrade)")
            .says("before: {args: [\"-c\", \"echo migrated\"]}");
        only_marks_change(&self.objects.plat(&["diff", "--adopt"]).succeeds().out);
        self.objects.plat(&["deploy", "--bake", "0"]).fails(1).says(&format!(
            "Deployment {}/shop-web belongs to the Helm release {}/shop",
            self.objects.name, self.releases.name
        ));
        let adopted = self.objects.plat(&["deploy", "--adopt", "--bake", "0"]).succeeds();
        let told = adopted.err.matches("Helm still has its release").count();
        assert_eq!(told, 1, "once for all objects: {}", adopted.err);
    }

    /// The line that plat says, run as it is.
    fn forget(&self) {
        let line = format!("delete secret,configmap -n {} -l owner=helm,name=shop", self.releases.name);
        self.releases.kubectl(&line.split(' ').collect::<Vec<_>>());
    }

    fn annotations(&self) -> Value {
        self.objects.get("deployment/shop-web")["metadata"]["annotations"].clone()
    }
}

fn a_release_that_the_server_applied_is_taken_over_without_a_restart() {
    let shop = Shop::new();
    let release = shop.install(Applies::OnTheServer);
    let requests = Requests::start(&shop.objects, "service/shop-web");
    let before = shop.identity();
    shop.take_over();
    assert_eq!(shop.identity(), before, "nothing was made anew");
    assert_eq!(requests.failed(), 0, "the take-over");

    // What Helm still has contradicts what plat set, and the API server says so; where it does not, Helm's marks are back.
    let upgraded = release.upgrade(&[]);
    let said = String::from_utf8_lossy(&upgraded.stderr);
    assert!(!upgraded.status.success() && said.contains("conflicts with \"plat\""), "{said}");
    assert_eq!(shop.identity(), before, "after helm upgrade");

    shop.forget();
    let uninstalled = release.uninstall();
    let said = String::from_utf8_lossy(&uninstalled.stderr);
    assert!(!uninstalled.status.success() && said.contains("not found"), "{said}");
    assert_eq!(shop.identity(), before, "after helm uninstall");

    // From here on it is a service like any other.
    let spec = std::fs::read_to_string(shop.objects.work().join("plat.yaml")).expect("it was written");
    shop.objects.write("plat.yaml", spec.replace("GREETING: hello", "GREETING: later"));
    shop.objects.plat(&["deploy", "--adopt", "--bake", "0"]).succeeds();
    assert_ne!(shop.identity(), before);
    assert_eq!(requests.failed(), 0, "the change");
}

fn a_release_that_helm_itself_applied_is_taken_over_without_a_restart() {
    let shop = Shop::new();
    let release = shop.install(Applies::Itself);
    let requests = Requests::start(&shop.objects, "service/shop-web");
    let before = shop.identity();
    shop.take_over();
    assert_eq!(shop.identity(), before, "nothing was made anew");

    // Helm takes its objects back without a question; plat says so instead of fighting.
    assert!(release.upgrade(&[]).status.success());
    assert_eq!(shop.annotations()["meta.helm.sh/release-name"], "shop");
    shop.objects.plat(&["deploy", "--bake", "0"]).fails(1).says("belongs to the Helm release");
    shop.objects.plat(&["deploy", "--adopt", "--bake", "0"]).succeeds();
    assert_eq!(shop.annotations()["meta.helm.sh/release-name"], Value::Null);
    assert_eq!(shop.identity(), before, "after helm upgrade and back");

    shop.forget();
    assert!(!release.uninstall().status.success());
    assert_eq!(shop.identity(), before, "after helm uninstall");
    assert_eq!(requests.failed(), 0);
}

fn what_stays_with_helm_goes_on_without_what_plat_took() {
    let shop = Shop::new();
    let release = shop.install(Applies::Itself);
    let requests = Requests::start(&shop.objects, "service/shop-web");
    let before = shop.identity();
    shop.take_over();

    // As docs/init-from.md says it: kept, out of the chart, and the release goes on with the rest.
    let ours = "deployment,service,configmap,serviceaccount,horizontalpodautoscaler";
    shop.objects.kubectl(&["annotate", ours, "shop-web", "helm.sh/resource-policy=keep"]);
    release.without_own_templates();
    let upgraded = release.upgrade(&["--set", "cache.greeting=changed"]);
    assert!(upgraded.status.success(), "{}", String::from_utf8_lossy(&upgraded.stderr));
    assert!(shop.objects.get("deployment/shop-cache").to_string().contains("changed"), "Helm goes on with the rest");
    assert_eq!(shop.identity(), before, "after helm upgrade");
    assert!(release.uninstall().status.success());
    assert!(!shop.objects.is_there("deployment/shop-cache"), "of the rest, Helm removes what it has");
    assert_eq!(shop.identity(), before, "after helm uninstall");
    assert_eq!(requests.failed(), 0);
    shop.objects.plat(&["deploy", "--bake", "0"]).succeeds().never_says("Helm");
}

fn a_chart_becomes_a_plat_yaml_of_each_workload() {
    let namespace = Namespace::new("helm");
    let path = std::env::join_paths(
        [bases::helm().to_owned()]
            .into_iter()
            .chain(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())),
    )
    .expect("a PATH");
    let chart = chart();
    let plat = |args: &[&str]| {
        let from = ["init", "--from", chart.to_str().expect("a path is text")];
        namespace.plat(&[&from[..], args].concat()).env("PATH", &path)
    };
    // By itself the chart has no image.
    plat(&["--only", "shop-web", "--yes"]).fails(1).says("shop-web").says("image");

    let file = chart.join("values.yaml");
    let values =
        std::fs::read_to_string(file).expect("the chart's values").replace("image: \"\"", "image: example.com/shop:1");
    let copied = std::process::Command::new("cp").arg("-r").arg(&chart).arg(namespace.work().join("shop")).status();
    assert!(copied.expect("cp runs").success());
    namespace.write("shop/values.yaml", values);
    std::fs::create_dir(namespace.work().join("out")).expect("a folder");
    namespace
        .plat(&["init", "out", "--from", "shop", "--yes"])
        .env("PATH", &path)
        .succeeds()
        .says("left out, as hooks that are not part of an installation: Pod shop-test (test)")
        .says("not carried: Job shop-migrate")
        .says("before: {args: [\"-c\", \"echo migrated\"]}");
    for (service, value) in [("shop-web", "GREETING: hello"), ("shop-cache", "GREETING: cached")] {
        let spec =
            std::fs::read_to_string(namespace.work().join(format!("out/{service}/plat.yaml"))).expect("a plat.yaml");
        assert!(spec.contains(value), "{spec}");
    }
}
