//! Two deploys at once, and locks that nobody holds any more.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::harness::tests;
use crate::support::Shop;

tests![SHARED:
    another_deploy_waits_and_then_plans_again,
    who_deploys_the_same_follows_and_sees_the_same_end,
    what_came_after_the_deploy_that_was_followed_is_not_overwritten,
    ctrl_c_gives_the_lock_back_and_says_how_to_go_on,
    a_clock_that_is_wrong_neither_breaks_a_lock_nor_keeps_one,
    the_edit_role_is_enough_and_less_is_said_in_one_line,
];

fn another_deploy_waits_and_then_plans_again() {
    let shop = Shop::new("lock").serves("first").slowly();
    let mut first = shop.deploy().start();
    first.until("progress");
    let second = shop.folder("b").serves("second").deploy().succeeds();
    let locked = second.event("locked");
    assert_eq!((&locked["attached"], &locked["doing"]), (&false.into(), &"deploy".into()), "{locked}");
    assert!(
        locked["since"].is_string() && locked["holder"].as_str().is_some_and(|who| who.contains(" on ")),
        "{locked}"
    );
    let plans = second.events.iter().filter(|event| event["event"] == "plan").count();
    assert_eq!(plans, 2, "{second:#?}");
    first.ends().succeeds();
    assert_eq!(shop.history(), ["2 deployed", "1 deployed"]);
    assert_eq!((shop.served().as_str(), shop.holder().as_str()), ("second", ""));
}

fn who_deploys_the_same_follows_and_sees_the_same_end() {
    let shop = Shop::new("lock").serves("same").slowly();
    let mut first = shop.deploy().start();
    first.until("progress");
    assert_eq!(shop.deploy().succeeds().event("locked")["attached"], true);
    first.ends().succeeds();
    assert_eq!(shop.history(), ["1 deployed"]);

    let shop = shop.serves("broken").crashes();
    let mut first = shop.deploy().start();
    first.until("progress");
    // The one that looks on does not roll back too.
    let second = shop.deploy().fails(3).without("rollback");
    assert_eq!(second.event("locked")["attached"], true);
    let first = first.ends().fails(3);
    assert_eq!(first.error()["reason"], second.error()["reason"]);
    assert_eq!(shop.history(), ["3 deployed", "2 rolled-back", "1 deployed"], "one of them rolled back");
}

/// Ada deploys the same, and before anyone has looked again, ben has taken the lock and writes something else.
fn what_came_after_the_deploy_that_was_followed_is_not_overwritten() {
    let shop = Shop::new("lock").serves("first");
    shop.deploy().succeeds();
    let rendered = shop.get("lease/plat-shop")["metadata"]["annotations"]["plat.dev/rendered"].clone();
    shop.serves("second").deploy().succeeds();
    let take = |run: &str, who: &str, rendered: &Value| {
        let marks = json!({ "plat.dev/who": who, "plat.dev/rendered": rendered, "plat.dev/unfinished": rendered });
        let time = format!("{:.6}", Timestamp::now());
        let spec = json!({ "holderIdentity": run, "acquireTime": time, "renewTime": time });
        let change = json!({ "metadata": { "annotations": marks }, "spec": spec }).to_string();
        shop.kubectl(&["patch", "lease/plat-shop", "--field-manager=plat", "--type=merge", "-p", &change]);
    };
    take("1", "ada on moon", &rendered);
    let mut same = shop.folder("same").serves("first").deploy().start();
    assert_eq!(same.until("locked")["attached"], true);
    take("2", "ben on mars", &json!("other"));
    let ended = same.ends().succeeds();
    ended.event("superseded");
    assert_eq!(shop.served(), "second");
}

fn ctrl_c_gives_the_lock_back_and_says_how_to_go_on() {
    let shop = Shop::new("lock").serves("first").slowly();
    let mut first = shop.deploy().start();
    first.until("progress");
    assert_ne!(shop.holder(), "");
    first.interrupt().fails(130).what("the rollout continues in the cluster").what("continue with: plat deploy");
    assert_eq!(shop.holder(), "");
    shop.deploy().succeeds().without("locked");
    assert_eq!(shop.history(), ["1 deployed"], "the deploy that was interrupted is the one that is ended");
}

/// The Lease as another plat would have written it, at this time by its clock.
fn held(shop: &Shop, renewed: Timestamp) {
    let time = format!("{renewed:.6}");
    let lease = format!(
        "apiVersion: coordination.k8s.io/v1\nkind: Lease\nmetadata: {{name: plat-shop, annotations: {{plat.dev/who: ada on moon, \
         plat.dev/doing: deploy, plat.dev/rendered: x, plat.dev/unfinished: x}}}}\nspec: {{holderIdentity: other, \
         leaseDurationSeconds: 15, acquireTime: \"{time}\", renewTime: \"{time}\"}}\n"
    );
    shop.write("lease.yaml", lease);
    shop.kubectl(&["create", "--field-manager=plat", "-f", "lease.yaml"]);
}

fn a_clock_that_is_wrong_neither_breaks_a_lock_nor_keeps_one() {
    let shop = Shop::new("lock").serves("x");
    let ten_minutes = SignedDuration::from_mins(10);
    held(&shop, Timestamp::now() - ten_minutes);
    shop.deploy().args(&["--lock-timeout", "2s"]).fails(4).reason("Locked").what("ada on moon");

    shop.kubectl(&["delete", "lease/plat-shop"]);
    held(&shop, Timestamp::now() + ten_minutes);
    // Its holder may be alive at first.
    let deploy = shop.deploy().args(&["--lock-timeout", "50s"]).succeeds();
    deploy.event("locked");
    assert_eq!(shop.history(), ["1 deployed"]);
}

/// Everything but Leases.
fn take_away_leases(shop: &Shop) {
    shop.kubectl(&["delete", "rolebinding", "dev"]);
    let rights = "get,list,watch,create,update,patch,delete,deletecollection";
    let resources = "pods,pods/log,services,configmaps,secrets,serviceaccounts,events,deployments.apps,replicasets.apps,networkpolicies.networking.k8s.io";
    shop.kubectl(&["create", "role", "dev", "--verb", rights, "--resource", resources]);
    let account = format!("--serviceaccount={}:dev", shop.name);
    shop.kubectl(&["create", "rolebinding", "dev", "--role=dev", &account]);
}

fn the_edit_role_is_enough_and_less_is_said_in_one_line() {
    let shop = Shop::new("lock");
    let shop = shop.by(&shop.account("dev", "--clusterrole=edit"));
    let first = shop.serves("first").deploy().succeeds();
    assert_eq!(first.err, "");
    assert_eq!(shop.history(), ["1 deployed"]);
    let second = shop.serves("second").crashes().deploy().fails(3);
    assert_eq!(second.err, "");
    assert_eq!((shop.served().as_str(), shop.holder().as_str()), ("first", ""));

    take_away_leases(&shop);
    let third = shop.serves("third").deploy().succeeds();
    assert_eq!(third.err.matches("write Leases").count(), 1, "{}", third.err);
}
