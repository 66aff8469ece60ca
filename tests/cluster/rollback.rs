//! After a failed deploy, and on demand: the revision before, whole.

use super::shop::{self, CRASH, SERVE};
use super::support;
use crate::harness::tests;

tests![SHARED:
    a_failed_deploy_restores_the_revision_before_with_its_config,
    what_failed_stays_when_asked_for_and_is_rolled_back_later,
    the_first_deploy_has_nothing_to_go_back_to_and_says_so,
    replicas_that_an_autoscaler_owns_stay_as_they_are,
    what_breaks_after_ready_fails_unless_the_bake_is_off,
];

fn a_failed_deploy_restores_the_revision_before_with_its_config() {
    let namespace = support::namespace("rollback");
    shop::project(&namespace, "a", "good", SERVE, "");
    shop::deployed(&namespace, "a", &[]);
    shop::project(&namespace, "a", "bad", CRASH, "");
    let (code, events) = shop::run(&namespace, "a", &["deploy"]);
    let order: Vec<&str> = events.iter().filter_map(|event| event["event"].as_str()).collect();
    let at =
        |name: &str| order.iter().position(|event| *event == name).unwrap_or_else(|| panic!("no {name}: {order:?}"));
    assert_eq!(code, 3);
    assert!(
        at("finding") < at("evidence") && at("evidence") < at("rollback") && at("rollback") < at("restored"),
        "{order:?}"
    );
    let error = shop::event(&events, "error");
    assert_eq!(error["reason"], "CrashLoopBackOff", "{error:#}");
    assert!(error["hints"].to_string().contains("revision 1") && !error.to_string().contains("hunter2"), "{error:#}");
    assert_eq!(shop::served(&namespace), "good");
    let deployment = shop::get(&namespace, &["deployment/shop"]);
    assert_eq!((&deployment["status"]["readyReplicas"], &deployment["status"]["replicas"]), (&1.into(), &1.into()));
    assert_eq!(shop::history(&namespace), ["3 deployed", "2 rolled-back", "1 deployed"]);

    // The failed one is still there for kubectl, with what it needs.
    support::kubectl(&namespace, &["rollout", "undo", "deployment/shop"]);
    assert_eq!(shop::served(&namespace), "bad");
}

fn what_failed_stays_when_asked_for_and_is_rolled_back_later() {
    let namespace = support::namespace("rollback");
    shop::project(&namespace, "a", "good", SERVE, "bake: 0");
    shop::deployed(&namespace, "a", &[]);
    shop::project(&namespace, "a", "bad", CRASH, "bake: 0");
    let (code, events) = shop::run(&namespace, "a", &["deploy", "--no-rollback"]);
    assert_eq!(code, 3);
    assert!(shop::event(&events, "error")["hints"].to_string().contains("plat rollback"), "{events:#?}");
    assert_eq!((shop::served(&namespace), shop::history(&namespace)[0].as_str()), ("bad".to_owned(), "2 failed"));

    let (code, events) = shop::run(&namespace, "a", &["rollback"]);
    assert_eq!((code, &shop::event(&events, "rollback")["revision"]), (0, &1.into()), "{events:#?}");
    assert_eq!(shop::served(&namespace), "good");
    assert_eq!(shop::history(&namespace), ["3 deployed", "2 failed", "1 deployed"]);
    let (code, events) = shop::run(&namespace, "a", &["rollback"]);
    assert_eq!((code, &shop::event(&events, "error")["reason"]), (1, &"NoRevision".into()), "nothing lies before it");
    let (code, events) = shop::run(&namespace, "a", &["rollback", "9"]);
    assert_eq!((code, &shop::event(&events, "error")["reason"]), (1, &"NoRevision".into()));
}

fn the_first_deploy_has_nothing_to_go_back_to_and_says_so() {
    let namespace = support::namespace("rollback");
    shop::project(&namespace, "a", "bad", CRASH, "");
    let (code, events) = shop::run(&namespace, "a", &["deploy"]);
    let hints = shop::event(&events, "error")["hints"].to_string();
    assert_eq!(code, 3);
    assert!(hints.contains("it is the first deploy, so there is nothing to go back to"), "{hints}");
    assert!(shop::find(&events, "rollback").is_none());
    assert_eq!((shop::history(&namespace), shop::holder(&namespace)), (vec!["1 failed".to_owned()], String::new()));

    let (code, events) = shop::run(&namespace, "a", &["deploy"]);
    let hints = shop::event(&events, "error")["hints"].to_string();
    let again = format!("kubectl rollout restart deployment/shop -n {}", namespace.name);
    assert!(code == 3 && hints.contains(&again), "nothing new was tried, and it says how to: {hints}");
}

fn replicas_that_an_autoscaler_owns_stay_as_they_are() {
    let namespace = support::namespace("rollback");
    let more = "replicas: {min: 1, max: 4}\nbake: 0";
    shop::project(&namespace, "a", "good", SERVE, more);
    shop::deployed(&namespace, "a", &[]);
    // As the autoscaler would; there are no metrics here that could make it.
    support::kubectl(&namespace, &["scale", "deployment/shop", "--replicas=3"]);
    support::kubectl(&namespace, &["rollout", "status", "deployment/shop", "--timeout=60s"]);
    shop::project(&namespace, "a", "bad", CRASH, more);
    let (code, events) = shop::run(&namespace, "a", &["deploy"]);
    assert_eq!((code, shop::find(&events, "restored").is_some()), (3, true), "{events:#?}");
    assert_eq!(shop::get(&namespace, &["deployment/shop"])["spec"]["replicas"], 3);
    assert_eq!(shop::served(&namespace), "good");
}

fn what_breaks_after_ready_fails_unless_the_bake_is_off() {
    let namespace = support::namespace("rollback");
    let crash_later = "touch /tmp/ready; httpd -p 8080 -h /etc/shop; sleep 2; exit 4";
    shop::project(&namespace, "a", "good", SERVE, "bake: 0");
    shop::deployed(&namespace, "a", &[]);
    shop::project(&namespace, "a", "bad", crash_later, "bake: 20");
    let (code, events) = shop::run(&namespace, "a", &["deploy"]);
    assert_eq!(code, 3, "{events:#?}");
    assert!(shop::find(&events, "ready").is_some() && shop::find(&events, "restored").is_some(), "{events:#?}");
    let error = shop::event(&events, "error")["error"].to_string();
    assert!(error.contains("became ready and did not stay so"), "{error}");
    assert_eq!(shop::served(&namespace), "good");

    shop::project(&namespace, "a", "bad", crash_later, "bake: 0");
    shop::deployed(&namespace, "a", &[]);
}
