//! After a failed deploy, and on demand: the previous revision, whole.

use crate::harness::tests;
use crate::support::Shop;

tests![SHARED:
    a_failed_deploy_restores_the_revision_before_with_its_config,
    what_failed_stays_when_asked_for_and_is_rolled_back_later,
    the_first_deploy_has_nothing_to_go_back_to_and_says_so,
    replicas_that_an_autoscaler_owns_stay_as_they_are,
    what_breaks_after_ready_fails_unless_the_bake_is_off,
];

fn a_failed_deploy_restores_the_revision_before_with_its_config() {
    let shop = Shop::new("rollback").without("bake");
    shop.serves("good").deploy().succeeds();
    shop.serves("bad")
        .crashes()
        .deploy()
        .fails(3)
        .in_order(&["finding", "evidence", "rollback", "restored"])
        .reason("CrashLoopBackOff")
        .hint("revision 1")
        .never_says("hunter2");
    assert_eq!(shop.served(), "good");
    let status = shop.get("deployment/shop")["status"].clone();
    assert_eq!((&status["readyReplicas"], &status["replicas"]), (&1.into(), &1.into()));
    assert_eq!(shop.history(), ["3 deployed", "2 rolled-back", "1 deployed"]);

    // The failed one is still there for kubectl, with what it needs.
    shop.kubectl(&["rollout", "undo", "deployment/shop"]);
    assert_eq!(shop.served(), "bad");
}

fn what_failed_stays_when_asked_for_and_is_rolled_back_later() {
    let shop = Shop::new("rollback");
    shop.serves("good").deploy().succeeds();
    let bad = shop.serves("bad").crashes();
    bad.deploy().args(&["--no-rollback"]).fails(3).hint("plat rollback");
    assert_eq!((shop.served().as_str(), shop.history()[0].as_str()), ("bad", "2 failed"));

    let rollback = bad.run(&["rollback"]).events().succeeds();
    assert_eq!(rollback.event("rollback")["revision"], 1);
    assert_eq!(shop.served(), "good");
    assert_eq!(shop.history(), ["3 deployed", "2 failed", "1 deployed"]);
    // Nothing lies before it.
    bad.run(&["rollback"]).events().fails(1).reason("NoRevision");
    bad.run(&["rollback", "9"]).events().fails(1).reason("NoRevision");
}

fn the_first_deploy_has_nothing_to_go_back_to_and_says_so() {
    let shop = Shop::new("rollback").serves("bad").crashes();
    shop.deploy().fails(3).hint("it is the first deploy, so there is nothing to go back to").without("rollback");
    assert_eq!((shop.history(), shop.holder()), (vec!["1 failed".to_owned()], String::new()));

    // Nothing new was tried, and it says how to.
    shop.deploy().fails(3).hint(&format!("kubectl rollout restart deployment/shop -n {}", shop.name));
}

fn replicas_that_an_autoscaler_owns_stay_as_they_are() {
    let shop = Shop::new("rollback").with("replicas: {min: 1, max: 4}");
    shop.serves("good").deploy().succeeds();
    // As the autoscaler would; there are no metrics here that could make it.
    shop.kubectl(&["scale", "deployment/shop", "--replicas=3"]);
    shop.rolled_out("deployment/shop");
    let failed = shop.serves("bad").crashes().deploy().fails(3);
    failed.event("restored");
    assert_eq!(shop.get("deployment/shop")["spec"]["replicas"], 3);
    assert_eq!(shop.served(), "good");
}

fn what_breaks_after_ready_fails_unless_the_bake_is_off() {
    let shop = Shop::new("rollback");
    shop.serves("good").deploy().succeeds();
    let bad = shop.serves("bad").runs("touch /tmp/ready; httpd -p 8080 -h /etc/shop; sleep 5; exit 4");
    bad.with("bake: 20").deploy().fails(3).in_order(&["ready", "restored"]).what("became ready and did not stay so");
    assert_eq!(shop.served(), "good");

    bad.deploy().succeeds();
}
