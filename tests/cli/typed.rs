//! What people type who know kubectl, Helm or a monorepo: it works, or the answer says what to type.

use predicates::prelude::*;
use predicates::str::{contains, is_empty, starts_with};
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::Home;

const MANIFEST: &str = "apiVersion: v1\nkind: Service\nmetadata: {name: shop}\nspec: {selector: {app: shop}}\n";
const KUSTOMIZATION: &str = "resources: [app.yaml]\n";

#[rstest]
#[case::a_field(&["status", "-o", "jsonpath={.status}"], "plat has no output format jsonpath: take a field of its JSON, as in `plat status -o json | jq -r .FIELD`")]
#[case::names(&["history", "-o", "name"], "plat has no output format name")]
#[case::misspelt(&["status", "-o", "jsn"], "possible values: text, wide, json, yaml")]
#[case::a_chart_value(&["deploy", "--set", "image.tag=v2"], "helm template … --set image.tag=v2 | plat deploy -f -")]
#[case::a_chart_value_of_a_set(&["deploy", "-f", "x.yaml", "--set", "a.b=c"], "helm template … --set a.b=c")]
#[case::a_set_of_nothing(&["deploy", "--set", "shop"], "--filename <PATH>")]
#[case::both(&["diff", "-f", "x", "-k", "y"], "cannot be used with")]
#[case::labels_and_a_name(&["logs", "shop", "-l", "app=shop"], "cannot be used with")]
#[case::two_revisions(&["rollback", "shop", "3", "--to", "4"], "cannot be used with")]
#[case::two_names(&["rollback", "shop", "--set", "cart"], "both shop and cart are named")]
#[case::kubectl_undo(&["rollout", "undo", "shop"], "tip: plat rollback")]
#[case::kubectl_get(&["get", "pods"], "tip: plat status")]
#[case::kubectl_describe(&["describe", "pod/x"], "tip: plat why NAME")]
#[case::helm_upgrade(&["upgrade", "--install", "x"], "helm template … | plat deploy -f -")]
#[case::a_timeout(&["deploy", "-f", "x", "--timeout", "10s"], "--deadline DURATION")]
#[case::a_value(&["deploy", "-f", "x", "--dry-run=server"], "it takes no value")]
#[case::a_bare_folder(&["deploy", "k8s"], "plat deploy -f k8s")]
#[case::a_bare_command(&["time", "kubectl", "apply"], "plat time -- kubectl")]
#[case::all_namespaces(&["status", "-A"], "plat why -n NAMESPACE")]
#[case::the_log_before(&["logs", "-p"], "--previous")]
#[case::files_to_delete(&["delete", "-f", "x"], "kubectl delete -f FILES")]
#[case::a_kubeconfig(&["init", "--from", "deployment/x", "--kubeconfig", "y"], "KUBECONFIG=FILE plat")]
#[case::no_such_kind(&["status", "deploymnt/shop"], "did you mean deployment/shop?")]
fn what_does_not_work_is_answered(#[case] typed: &[&str], #[case] answer: &str) {
    Home::new().plat().args(typed).assert().code(2).stdout(is_empty()).stderr(contains(answer));
}

/// clap offers to take an argument that nobody knows as the name of a folder.
#[test]
fn an_argument_that_nobody_knows_is_no_name() {
    let answer = starts_with("error: unexpected argument '--foo' found").and(contains("-- --foo").not());
    Home::new().plat().args(["init", "--foo"]).assert().code(2).stderr(answer);
    Home::new().plat().args(["init", "--from", "gone.yaml"]).assert().code(1).stderr(contains("hint: -f").not());
}

#[test]
fn what_plat_starts_itself_is_not_proposed() {
    for typed in [&["lookou"][..], &["rollot", "undo"]] {
        Home::new().plat().args(typed).assert().code(2).stderr(contains("lookout").not());
    }
}

#[rstest]
#[case::kustomization(&[("kustomization.yaml", KUSTOMIZATION), ("app.yaml", MANIFEST)], "plat deploy -k .")]
#[case::chart(&[("Chart.yaml", "name: shop\n")], "helm template . | plat deploy -f -")]
#[case::manifests(&[("k8s/app.yaml", MANIFEST)], "plat deploy -f k8s")]
#[case::monorepo(&[("services/cart/plat.yaml", "name: cart\n")], "say which: --file services/cart/plat.yaml")]
fn a_folder_without_a_plat_yaml_names_the_command_that_fits(#[case] files: &[(&str, &str)], #[case] command: &str) {
    let home = Home::new();
    for (name, text) in files {
        home.write(name, text);
    }
    home.plat()
        .arg("deploy")
        .assert()
        .code(1)
        .stderr(contains("there is no plat.yaml").and(contains(command)).and(contains("plat new").not()));
}

#[test]
fn manifests_are_rendered_as_a_deploy_would_apply_them_without_a_cluster() {
    let home = Home::new();
    home.write("k8s/app.yaml", MANIFEST);
    let render = |args: &[&str]| {
        let assert = home.plat().args(["render", "-f", "k8s"]).args(args).assert().success().stderr(is_empty());
        String::from_utf8(assert.get_output().stdout.clone()).expect("text")
    };
    let plain = render(&["-n", "web"]);
    assert!(plain.starts_with("apiVersion: v1\nkind: Service\n") && plain.contains("namespace: web"), "{plain}");
    assert_eq!(render(&["-n", "web", "-o", "yaml"]), plain, "it is YAML already");
    let list: Value = serde_json::from_str(&render(&["-o", "json"])).expect("JSON");
    assert_eq!(list["items"][0]["metadata"]["namespace"], "default");
}

#[test]
fn a_kind_that_only_a_cluster_knows_needs_one() {
    let home = Home::new();
    home.write("w.yaml", "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: w}\n");
    home.plat().args(["render", "-f", "w.yaml"]).assert().code(1).stderr(contains("there is no kubeconfig"));
}

#[cfg(unix)]
#[test]
fn a_kustomization_is_given_with_k() {
    use std::os::unix::fs::PermissionsExt;

    let home = Home::new();
    home.write(
        "bin/kustomize",
        &format!("#!/bin/sh\n[ \"$1 $2\" = 'build over' ] || exit 3\ncat <<'E'\n{MANIFEST}E\n"),
    );
    let bin = home.dir.path().join("work/bin");
    let executable = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(bin.join("kustomize"), executable).expect("a program");
    home.write("over/kustomization.yaml", KUSTOMIZATION);
    home.write("plain/app.yaml", MANIFEST);
    let render = |folder: &str| {
        let mut plat = home.plat();
        plat.env("PATH", format!("{}:/usr/bin:/bin", bin.display())).args(["render", "-k", folder]);
        plat.assert()
    };
    render("over").success().stdout(contains("kind: Service"));
    let said = contains("this is not a folder with a kustomization").and(contains("plain manifests are given with -f"));
    render("plain").code(1).stdout(is_empty()).stderr(said);
    render("nowhere").code(1).stderr(contains("there is no such file or folder"));
}

#[test]
fn values_are_printed_as_yaml_too() {
    let home = Home::new();
    home.settings("no-such-key: 1\n");
    let error = starts_with("---\nevent: error\n").and(contains("exit_code: 1"));
    home.plat().args(["schema", "-o", "yaml"]).assert().code(1).stdout(error).stderr(is_empty());
}

/// A bundle of a service that failed at half past eleven at night, in UTC.
fn evidence(home: &Home, run: &str, service: &str) {
    let folder = home.dir.path().join("plat/state/evidence").join(run);
    let summary = json!({
        "version": 1, "run": run, "at": "2026-11-23T23:30:00Z", "plat": "0.1.0", "service": service, "namespace": "web",
        "context": "prod", "server": "https://example.com", "image": null, "commit": null, "revision": 3,
        "error": "it crashes", "reason": "CrashLoopBackOff", "place": null, "details": [], "hints": [], "phases": [],
        "gaps": [],
    });
    let objects = folder.join("objects/web/deployment");
    std::fs::create_dir_all(&objects).expect("a folder");
    std::fs::write(objects.join(format!("{service}.json")), "{}").expect("an object");
    std::fs::write(folder.join("summary.json"), summary.to_string()).expect("a summary");
    std::fs::write(folder.join("README.txt"), format!("all of {run}")).expect("a page");
}

#[test]
fn evidence_is_found_by_run_service_or_object_and_told_in_local_time() {
    let home = Home::new();
    evidence(&home, "0193-aaaa", "shop");
    evidence(&home, "0193-bbbb", "cart");
    let shown = |asked: &[&str]| {
        let assert = home.plat().env("TZ", "Europe/Berlin").arg("evidence").args(asked).assert().success();
        String::from_utf8(assert.get_output().stdout.clone()).expect("text")
    };
    let all = shown(&[]);
    assert!(all.contains("0193-aaaa  2026-11-24 00:30  shop") && all.contains("0193-bbbb"), "{all}");
    for asked in ["shop", "deploy/shop"] {
        let found = shown(&[asked]);
        assert!(found.contains("0193-aaaa") && !found.contains("0193-bbbb"), "{asked}: {found}");
    }
    assert!(shown(&["0193-b"]).contains("all of 0193-bbbb"));
    let none = contains("there is no evidence of a run, service or set other");
    home.plat().args(["evidence", "other"]).assert().code(1).stderr(none);
    home.plat().args(["evidence", "sts/shop"]).assert().code(1).stderr(contains("of StatefulSet shop"));
}

#[test]
fn each_command_has_a_manual_page() {
    let home = Home::new();
    home.plat().args(["man", "--dir", "pages"]).assert().success().stdout(is_empty());
    let page = |name: &str| std::fs::read_to_string(home.dir.path().join("work/pages").join(name)).expect("a page");
    assert!(page("plat.1").contains(".TH plat 1"));
    let rollback = page("plat-rollback.1");
    assert!(rollback.contains("\\-\\-to") && rollback.contains("What is meant by"), "{rollback}");
    home.plat().arg("man").assert().success().stdout(contains(".TH plat 1"));
    home.write("file", "");
    home.plat()
        .args(["man", "--dir", "file"])
        .assert()
        .code(1)
        .stderr(contains("cannot be written").and(contains("file")));
}
