//! From `kubectl apply` to plat and back: what nobody edited in between is taken over without a flag or a question.

use serde_json::{Value, json};

use crate::harness::tests;
use crate::support::manifests::{config_map, deployment_of};
use crate::support::{Ended, Shop};

tests![SHARED:
    a_changed_word_goes_out_as_with_kubectl_and_kubectl_goes_on_working,
    what_kubectl_applied_on_the_server_is_taken_over_as_well,
    what_somebody_edited_in_between_stays_a_conflict,
    identical_files_are_unchanged_and_tracked_from_then_on,
    a_value_that_excludes_the_old_tools_value_can_be_planned,
    a_rendering_that_kubectl_applied_is_continued,
];

fn manifests(shop: &Shop, env: &[(&str, &str)]) -> String {
    probed(shop, env, &json!({"httpGet": {"path": "/", "port": 8080}, "periodSeconds": 1}))
}

fn probed(shop: &Shop, env: &[(&str, &str)], probe: &Value) -> String {
    let env: Vec<Value> = env.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
    let container = json!({"name": "app", "image": shop.image(), "env": env, "readinessProbe": probe});
    format!("{}\n{}", deployment_of(&json!({ "containers": [container] })), config_map("settings", "same"))
}

fn deploys(shop: &Shop, manifests: &str) -> Ended {
    shop.deploy_manifests(manifests, &["--bake", "0"]).run()
}

/// The variables of the container.
fn env(shop: &Shop) -> Vec<(String, String)> {
    let object = shop.get("deployment/shop");
    let env = object["spec"]["template"]["spec"]["containers"][0]["env"].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    env.iter().map(|item| (text(&item["name"]), text(&item["value"]))).collect()
}

fn pairs(env: &[(&str, &str)]) -> Vec<(String, String)> {
    env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn a_changed_word_goes_out_as_with_kubectl_and_kubectl_goes_on_working() {
    let shop = Shop::new("takeover");
    shop.apply(manifests(&shop, &[("GREETING", "one"), ("DEBUG", "1")]));
    shop.rolled_out("deployment/shop");

    deploys(&shop, &manifests(&shop, &[("GREETING", "two")])).succeeds();
    // What the file no longer has is gone, as after `kubectl apply`.
    assert_eq!(env(&shop), pairs(&[("GREETING", "two")]));
    deploys(&shop, &manifests(&shop, &[("GREETING", "three")])).succeeds();
    assert_eq!(env(&shop), pairs(&[("GREETING", "three")]));

    shop.apply(manifests(&shop, &[("GREETING", "four")]));
    assert_eq!(env(&shop), pairs(&[("GREETING", "four")]));
    // That was without plat, after plat.
    deploys(&shop, &manifests(&shop, &[("GREETING", "five")])).fails(1).reason("Conflict");
}

fn what_kubectl_applied_on_the_server_is_taken_over_as_well() {
    let shop = Shop::new("takeover");
    let file = shop.write("one.yaml", manifests(&shop, &[("GREETING", "one"), ("DEBUG", "1")]));
    shop.kubectl(&["apply", "--server-side", "-f", &file.display().to_string()]);
    deploys(&shop, &manifests(&shop, &[("GREETING", "two")])).succeeds();
    assert_eq!(env(&shop), pairs(&[("GREETING", "two")]));
}

fn what_somebody_edited_in_between_stays_a_conflict() {
    let shop = Shop::new("takeover");
    let one = manifests(&shop, &[("GREETING", "one"), ("LEVEL", "info"), ("DEBUG", "1")]);
    shop.apply(&one);
    shop.kubectl(&["set", "env", "deployment/shop", "LEVEL=debug"]);
    let two = manifests(&shop, &[("GREETING", "two"), ("LEVEL", "warn"), ("DEBUG", "1")]);
    let end = deploys(&shop, &two).fails(1).reason("Conflict").evidence("is debug, set by kubectl-set");
    // Only what was edited is asked about.
    assert!(!end.error().to_string().contains("GREETING"), "{end:#?}");
    assert_eq!(env(&shop), pairs(&[("GREETING", "one"), ("LEVEL", "debug"), ("DEBUG", "1")]));

    // What was taken away leaves no owner behind; the last apply tells.
    shop.apply(&one);
    shop.kubectl(&["set", "env", "deployment/shop", "DEBUG-"]);
    let end = deploys(&shop, &two).fails(1).reason("Conflict").evidence("was removed without plat");
    assert!(end.error().to_string().contains("DEBUG"), "{end:#?}");
    shop.deploy_manifests(&two, &["--take", "all", "--bake", "0"]).succeeds();
    assert_eq!(env(&shop), pairs(&[("GREETING", "two"), ("LEVEL", "warn"), ("DEBUG", "1")]));
}

fn identical_files_are_unchanged_and_tracked_from_then_on() {
    let shop = Shop::new("takeover");
    let one = manifests(&shop, &[("GREETING", "one"), ("DEBUG", "1")]);
    shop.apply(&one);
    shop.rolled_out("deployment/shop");
    let generation = shop.field("deployment/shop", ".metadata.generation");
    let file = shop.write("one.yaml", &one).display().to_string();
    shop.run(&["diff", "-f", &file, "--exit-code"])
        .succeeds()
        .says("2 objects are unchanged, and from now on also tracked by plat");
    shop.run(&["deploy", "-f", &file]).succeeds().says("2 objects are unchanged (now also tracked by plat)");
    assert_eq!(shop.field("deployment/shop", ".metadata.generation"), generation);
    shop.run(&["deploy", "-f", &file]).succeeds().says("2 objects are unchanged").never_says("tracked");

    // Tracked: what was changed with kubectl since is a conflict, what the file drops goes.
    deploys(&shop, &manifests(&shop, &[("GREETING", "two")])).succeeds();
    assert_eq!(env(&shop), pairs(&[("GREETING", "two")]));
}

fn a_value_that_excludes_the_old_tools_value_can_be_planned() {
    let shop = Shop::new("takeover");
    shop.apply(manifests(&shop, &[]));
    shop.rolled_out("deployment/shop");
    let probe = json!({"tcpSocket": {"port": 8080}, "periodSeconds": 1});
    let file = shop.write("two.yaml", probed(&shop, &[], &probe)).display().to_string();
    shop.run(&["diff", "-f", &file]).succeeds().says("tcpSocket");
    shop.run(&["deploy", "-f", &file, "--bake", "0"]).succeeds();
    let read = || shop.get("deployment/shop")["spec"]["template"]["spec"]["containers"][0]["readinessProbe"].clone();
    assert_eq!((read()["httpGet"].clone(), read()["tcpSocket"]["port"].clone()), (Value::Null, json!(8080)));

    // The same by `--adopt`, and what is wrong in itself is refused as that.
    let other = Shop::new("takeover");
    other.apply(manifests(&other, &[]));
    let both = json!({"tcpSocket": {"port": 8080}, "httpGet": {"port": 8080}});
    deploys(&other, &probed(&other, &[], &both)).fails(1).what("may not specify more than 1 handler type");
    other.deploy_manifests(probed(&other, &[], &probe), &["--adopt", "--bake", "0"]).succeeds();
}

fn a_rendering_that_kubectl_applied_is_continued() {
    let base = Shop::new("takeover");
    let shop = base.with("env: {GREETING: one}");
    let render = |shop: &Shop| {
        shop.write_spec();
        let rendered = shop.run(&["render"]).succeeds().out;
        shop.apply(rendered);
    };
    render(&shop);
    let shop = base.with("env: {GREETING: two}");
    shop.deploy().succeeds();
    // From then on it is plat's, and what kubectl applies is a change like anybody's.
    render(&base.with("env: {GREETING: three}"));
    let shop = base.with("env: {GREETING: four}");
    shop.deploy().fails(1).reason("Conflict").evidence("is three, set by kubectl");
    assert!(env(&shop).contains(&("GREETING".to_owned(), "three".to_owned())), "nothing was written");
    shop.deploy().args(&["--take", "all"]).succeeds();
    assert!(env(&shop).contains(&("GREETING".to_owned(), "four".to_owned())));
    // The same values are no change.
    render(&shop);
    let shop = base.with("env: {GREETING: five}");
    shop.deploy().succeeds();
    assert!(env(&shop).contains(&("GREETING".to_owned(), "five".to_owned())));
}
