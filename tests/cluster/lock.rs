//! Two deploys at once, and locks that nobody holds any more.

use super::shop::{self, CRASH, Running, SERVE, SLOW};
use super::support;
use crate::harness::tests;

tests![SHARED:
    another_deploy_waits_and_then_plans_again,
    who_deploys_the_same_follows_and_sees_the_same_end,
    ctrl_c_gives_the_lock_back_and_says_how_to_go_on,
    a_clock_that_is_wrong_neither_breaks_a_lock_nor_keeps_one,
    the_edit_role_is_enough_and_less_is_said_in_one_line,
];

fn another_deploy_waits_and_then_plans_again() {
    let namespace = support::namespace("lock");
    shop::project(&namespace, "a", "first", SLOW, "bake: 0");
    shop::project(&namespace, "b", "second", SERVE, "bake: 0");
    let mut first = Running::start(&namespace, "a", &["deploy"]);
    first.until("progress");
    let (code, events) = shop::run(&namespace, "b", &["deploy"]);
    assert_eq!(code, 0, "{events:#?}");
    let locked = shop::event(&events, "locked");
    assert_eq!((&locked["attached"], &locked["doing"]), (&false.into(), &"deploy".into()), "{locked}");
    assert!(
        locked["since"].is_string() && locked["holder"].as_str().is_some_and(|who| who.contains(" on ")),
        "{locked}"
    );
    let plans = events.iter().filter(|event| event["event"] == "plan").count();
    assert_eq!(plans, 2, "{events:#?}");
    let (code, events) = first.end();
    assert_eq!(code, 0, "{events:#?}");
    assert_eq!(shop::history(&namespace), ["2 deployed", "1 deployed"]);
    assert_eq!((shop::served(&namespace).as_str(), shop::holder(&namespace).as_str()), ("second", ""));
}

fn who_deploys_the_same_follows_and_sees_the_same_end() {
    let namespace = support::namespace("lock");
    shop::project(&namespace, "a", "same", SLOW, "bake: 0");
    let mut first = Running::start(&namespace, "a", &["deploy"]);
    first.until("progress");
    let (code, events) = shop::run(&namespace, "a", &["deploy"]);
    assert_eq!((code, &shop::event(&events, "locked")["attached"]), (0, &true.into()), "{events:#?}");
    assert_eq!(first.end().0, 0);
    assert_eq!(shop::history(&namespace), ["1 deployed"]);

    shop::project(&namespace, "a", "broken", CRASH, "bake: 0");
    let mut first = Running::start(&namespace, "a", &["deploy"]);
    first.until("progress");
    let (code, events) = shop::run(&namespace, "a", &["deploy"]);
    assert_eq!((code, &shop::event(&events, "locked")["attached"]), (3, &true.into()), "{events:#?}");
    let (own, theirs) = (first.end(), shop::event(&events, "error").clone());
    assert_eq!((own.0, &shop::event(&own.1, "error")["reason"]), (3, &theirs["reason"]), "{theirs:#}");
    assert_eq!(shop::history(&namespace), ["3 deployed", "2 rolled-back", "1 deployed"], "one of them rolled back");
    assert!(shop::find(&events, "rollback").is_none(), "the one that looked on rolled back too");
}

fn ctrl_c_gives_the_lock_back_and_says_how_to_go_on() {
    let namespace = support::namespace("lock");
    shop::project(&namespace, "a", "first", SLOW, "bake: 0");
    let mut first = Running::start(&namespace, "a", &["deploy"]);
    first.until("progress");
    assert_ne!(shop::holder(&namespace), "");
    let (code, events) = first.interrupt();
    let said = shop::event(&events, "error")["error"].as_str().expect("a sentence").to_owned();
    assert_eq!(code, 130, "{said}");
    assert!(said.contains("its rollout goes on in the cluster") && said.contains("go on with: plat deploy"), "{said}");
    assert_eq!(shop::holder(&namespace), "");
    let events = shop::deployed(&namespace, "a", &[]);
    assert!(shop::find(&events, "locked").is_none(), "{events:#?}");
    assert_eq!(shop::history(&namespace), ["1 deployed"], "the deploy that was interrupted is the one that is ended");
}

/// The Lease as another plat would have written it, with a clock that is wrong by ten minutes.
fn held(namespace: &support::Namespace, renewed: jiff::Timestamp) {
    let time = format!("{renewed:.6}");
    let lease = format!(
        "apiVersion: coordination.k8s.io/v1\nkind: Lease\nmetadata: {{name: plat-shop, annotations: {{plat.dev/who: ada on moon, \
         plat.dev/doing: deploy, plat.dev/rendered: x, plat.dev/unfinished: x}}}}\nspec: {{holderIdentity: other, \
         leaseDurationSeconds: 15, acquireTime: \"{time}\", renewTime: \"{time}\"}}\n"
    );
    let file = namespace.work().join("lease.yaml");
    std::fs::write(&file, lease).expect("a manifest");
    let file = file.to_str().expect("a path is text");
    support::kubectl(namespace, &["create", "--field-manager=plat", "-f", file]);
}

fn a_clock_that_is_wrong_neither_breaks_a_lock_nor_keeps_one() {
    let namespace = support::namespace("lock");
    shop::project(&namespace, "a", "x", SERVE, "bake: 0");
    let ten_minutes = jiff::SignedDuration::from_mins(10);
    held(&namespace, jiff::Timestamp::now() - ten_minutes);
    let (code, events) = shop::run(&namespace, "a", &["deploy", "--lock-timeout", "2s"]);
    let error = shop::event(&events, "error");
    assert_eq!((code, &error["reason"]), (4, &"Locked".into()), "{error:#}");
    assert!(error["error"].as_str().is_some_and(|said| said.contains("ada on moon")), "{error:#}");

    support::kubectl(&namespace, &["delete", "lease/plat-shop"]);
    held(&namespace, jiff::Timestamp::now() + ten_minutes);
    let events = shop::deployed(&namespace, "a", &["--lock-timeout", "50s"]);
    assert!(shop::find(&events, "locked").is_some(), "its holder may be alive at first: {events:#?}");
    assert_eq!(shop::history(&namespace), ["1 deployed"]);
}

fn the_edit_role_is_enough_and_less_is_said_in_one_line() {
    let namespace = support::namespace("lock");
    shop::project(&namespace, "a", "first", SERVE, "bake: 0");
    let kubeconfig = shop::account(&namespace, "--clusterrole=edit");
    let deploy = || {
        let output =
            shop::command(&namespace, "a", &["deploy"]).env("KUBECONFIG", &kubeconfig).output().expect("plat runs");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    assert_eq!(deploy(), (Some(0), String::new()));
    assert_eq!(shop::history(&namespace), ["1 deployed"]);
    shop::project(&namespace, "a", "second", CRASH, "bake: 0");
    assert_eq!(deploy(), (Some(3), String::new()));
    assert_eq!((shop::served(&namespace).as_str(), shop::holder(&namespace).as_str()), ("first", ""));

    // Everything but Leases.
    support::kubectl(&namespace, &["delete", "rolebinding", "dev"]);
    let rights = "get,list,watch,create,update,patch,delete,deletecollection";
    let resources = "pods,pods/log,services,configmaps,secrets,serviceaccounts,events,deployments.apps,replicasets.apps,networkpolicies.networking.k8s.io";
    support::kubectl(&namespace, &["create", "role", "dev", "--verb", rights, "--resource", resources]);
    let account = format!("--serviceaccount={}:dev", namespace.name);
    support::kubectl(&namespace, &["create", "rolebinding", "dev", "--role=dev", &account]);
    shop::project(&namespace, "a", "third", SERVE, "bake: 0");
    let (code, said) = deploy();
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(said.matches("you may not write Leases").count(), 1, "{said}");
}
