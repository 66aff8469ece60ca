//! The optional fields: what they mean together, and what cannot be.

use rstest::rstest;

use super::{problems, spec};
use crate::spec::{Replicas, RouteKind};

#[rstest]
#[case::host(
    "host: https://Shop.example.com/cart",
    "3:7 `host` must be a host name in lower case, such as `shop.example.com` or `*.example.com` (did you mean `shop.example.com`?)"
)]
#[case::paths_alone(
    "paths: [/a]",
    "3:1 `paths` says how `host` is reached, and there is no `host` (add `host: shop.example.com`, or remove the line)"
)]
#[case::route_alone(
    "route: ingress",
    "3:1 `route` says how `host` is reached, and there is no `host` (add `host: shop.example.com`, or remove the line)"
)]
#[case::route_word(
    "host: a.b\nroute: ingres",
    "4:8 `route` must be ingress or gateway, not `ingres` (did you mean `ingress`?)"
)]
#[case::route_both(
    "host: a.b\nroute: {gateway: g, tls: t}",
    "4:21 `route.tls` is for an Ingress, `route.gateway` on line 4 for a Gateway (keep one of them; a Gateway holds its certificates itself)"
)]
#[case::worker_host(
    "kind: worker\nport: 1\nhost: a.b",
    "5:1 a worker answers nobody, so it has no `host` (remove the line, or make it `kind: service`)"
)]
#[case::schedule(
    "schedule: \"0 3 * * *\"",
    "3:1 a service has no `schedule` (make it `kind: cron`, or remove the line)"
)]
#[case::volume_size(
    "volumes: {data: {path: /data}}",
    "3:11 `volumes.data` has no `size` (add `size: 1Gi`, or `kind: empty` if its files need not be kept)"
)]
#[case::volume_path("volumes: {data: {size: 1Gi}}", "3:17 `volumes.data.path` is missing (Where it is mounted)")]
#[case::volume_class(
    "volumes: {c: {path: /c, kind: empty, class: x}}",
    "3:38 `volumes.c` is empty in each pod, so it has no `class` (remove the line, or `kind: empty`)"
)]
#[case::volume_tmp(
    "volumes: {c: {path: /tmp, kind: empty}}",
    "3:21 `volumes.c.path` is /tmp, plat's own writable folder (mount it elsewhere, such as `/data/c`)"
)]
#[case::volume_twice(
    "volumes: {b: {path: /c, kind: empty}, c: {path: /c, kind: empty}}",
    "3:49 `volumes.c.path` is /c, as is that of `volumes.b` (mount it elsewhere, such as `/data/c`)"
)]
#[case::volume_name(
    "volumes: {tmp: {path: /c, kind: empty}}",
    "3:11 plat's own volume is called `tmp` (choose another name)"
)]
#[case::volume_shared(
    "replicas: 2\nvolumes: {data: {path: /data, size: 1Gi}}",
    "3:1 2 copies cannot share `volumes.data`, which is ReadWriteOnce (run one copy, or give the volume `access: ReadWriteMany` where the storage class has it)"
)]
#[case::volume_access(
    "volumes: {data: {path: /data, size: 1Gi, access: RWX}}",
    "3:50 `volumes.data.access` must be ReadWriteOnce, ReadWriteOncePod, ReadWriteMany or ReadOnlyMany, not `RWX`"
)]
#[case::before_same(
    "before: {}",
    "3:1 `before` would run the service itself, and that never ends (say what it runs: `command: [/app, migrate]`, `args: [migrate]` or another `image`)"
)]
#[case::before_key(
    "before: {args: [m], backoffLimit: 1}",
    "3:21 unknown key `before.backoffLimit` (known here: command, args, image, env, secrets, config, resources, retries, timeout, patch)"
)]
#[case::before_source(
    "env: {A: x}\nbefore: {args: [m], secrets: [A]}",
    "4:31 `A` is in `secrets` and, on line 3, in `env` (a variable has one source; remove one of them)"
)]
#[case::port_in_env(
    "env: {PORT: 3000}",
    "3:13 `env.PORT` is 3000, and `port` on line 2 is 8080 (remove it: plat gives each program PORT, with the value of `port`; or make both the same)"
)]
#[case::before_files(
    "before: {args: [m], config: [a/x, b/x]}",
    "3:35 `b/x` and `a/x` would both be mounted as `x` (rename one of the files)"
)]
#[case::restart_on(
    "restartOn: secrets",
    "3:1 `restartOn` watches the keys of `secrets`, and there are none (list them: `secrets: [DB_URL]`, or remove the line)"
)]
#[case::retries(
    "retries: 1",
    "3:1 a service has no `retries`: Kubernetes restarts it for as long as it is deployed (remove the line, or make it `kind: cron` or `kind: job`)"
)]
#[case::bake(
    "bake: 5 min",
    "3:7 `bake` must be seconds, or a duration such as `90s`, `5m` or `1h30m` (did you mean `5m`?)"
)]
#[case::bake_long(
    "bake: 25h",
    "3:7 `bake` must be from 0 to 86400 seconds, or a duration such as `90s`, `5m` or `1h30m`, not 25h"
)]
#[case::attest_word("build: {attest: yes}", "3:17 `build.attest` must be true or false, not `yes`")]
#[case::attest_text(
    "build: {attest: \"true\"}",
    "3:17 `build.attest` must be true or false, not the text \"true\" (write it without quotes: true)"
)]
#[case::attest_number("build: {attest: 1}", "3:17 `build.attest` must be true or false, not `1`")]
#[case::guard("guard: tell", "3:8 `guard` must be rollback, not `tell`")]
#[case::deadline_zero(
    "deadline: {rollout: 0s}",
    "3:21 `deadline.rollout` must be from 1 to 86400 seconds, or a duration such as `90s`, `5m` or `1h30m`, not 0s"
)]
#[case::deadline_class("deadline: {probes: 1}", "3:12 unknown key `deadline.probes` (did you mean `probe`?)")]
#[case::patch_kind(
    "patch: {deployment: {}}",
    "3:9 `patch.deployment` must be the kind of a rendered object, such as `Deployment`, or `Kind/name` (did you mean `Deployment`?)"
)]
#[case::patch_text(
    "patch: {Deployment: replicas}",
    "3:21 `patch.Deployment` must be a map of `key: value`, not `replicas`"
)]
#[case::patch_value(
    "patch: {Deployment: {spec: {paused: yes}}}",
    "3:37 `patch.Deployment.spec.paused` is `yes`, which YAML readers disagree about (quote it to keep it as it is written: \"yes\")"
)]
#[case::patch_number(
    "patch: {Deployment: {spec: {x: 1e999}}}",
    "3:32 `patch.Deployment.spec.x` is 1e999, a number that is too large (quote it if it is a text: \"1e999\")"
)]
#[case::extra_text(
    "extra: [role.txt]",
    "3:9 `extra[0]` must be a path of a YAML or JSON file below the folder of plat.yaml (absolute paths and `..` would leave the project)"
)]
#[case::extra_number(
    "extra: [1]",
    "3:9 `extra[0]` must be a path of a YAML or JSON file below the folder of plat.yaml or a map of `key: value`, not `1`"
)]
#[case::extra_nameless(
    "extra: [{apiVersion: v1, kind: ConfigMap}]",
    "3:9 `extra[0]` is not a manifest: it has no `metadata.name` (as kubectl takes it: apiVersion, kind, metadata.name)"
)]
#[case::null("env: {A: ~}", "3:10 `env.A` has no value (give it a text, or remove the line)")]
#[case::removes_nothing(
    "environments: {dev: {env: {A: ~}}}",
    "3:28 in dev: there is no `env.A` to remove (remove the line)"
)]
#[case::removes_the_place(
    "environments: {dev: {namespace: ~}}",
    "3:33 `environments.dev.namespace` has no value (give it a DNS label of at most 63 characters: a-z, 0-9 and `-`, or remove the line)"
)]
#[case::removes_the_port(
    "environments: {dev: {port: ~}}",
    "1:1 in dev: `port` is missing (add `port: 8080` (where the service listens), or `kind: worker` if it listens nowhere)"
)]
#[case::identity(
    "environments: {dev: {cluster: prod}}",
    "3:31 `environments.dev.cluster` must be a cluster's identity: `uid:` and the UID of its namespace kube-system, or `ca:` and 32 hex digits (`plat deploy` shows it when the environment has none)"
)]
fn a_problem_says_where_what_and_what_to_do(#[case] lines: &str, #[case] expected: &str) {
    let text = match lines.strip_prefix("kind: worker\nport: 1\n") {
        Some(rest) => format!("name: a\nkind: worker\n\n\n{rest}\n"),
        None => format!("name: a\nport: 8080\n{lines}\n"),
    };
    assert_eq!(problems(&text, None), [expected]);
}

#[rstest]
#[case::no_schedule("", "2:1 `schedule` is missing (add `schedule: \"0 3 * * *\"` (every day at 3))")]
#[case::word(
    "schedule: daily",
    "3:11 `schedule` must be five fields (minute, hour, day of the month, month, day of the week), or `@hourly`, `@daily`, `@weekly`, `@monthly` (did you mean `@daily`?)"
)]
#[case::hour(
    "schedule: 0 24 * * *",
    "3:11 `24`: the hour is from 0 to 23 (minute 0-59, hour 0-23, day 1-31, month 1-12, weekday 0-6)"
)]
#[case::in_a_zone(
    "schedule: {cron: 0 0 * * 8, timezone: europe/berlin}",
    "3:18 `8`: the day of the week is from 0 to 6 (minute 0-59, hour 0-23, day 1-31, month 1-12, weekday 0-6)"
)]
#[case::no_zone(
    "schedule: {cron: 0 3 * * *, timezone: Europe/Berln}",
    "3:39 `schedule.timezone` must be a name of the time zone database (did you mean `Europe/Berlin`?)"
)]
#[case::the_zone_of_nobody(
    "schedule: {cron: 0 3 * * *, timezone: Local}",
    "3:39 `schedule.timezone` must be a name of the time zone database (such as `Europe/Berlin` or `Etc/UTC`)"
)]
#[case::replicas(
    "schedule: 0 3 * * *\nreplicas: 2",
    "4:1 a cron has no `replicas`: one copy runs at a time (remove the line, or make it `kind: service` or `kind: worker`)"
)]
fn a_cron_has_a_schedule(#[case] lines: &str, #[case] expected: &str) {
    let shown = problems(&format!("name: a\nkind: cron\n{lines}\n"), None);
    assert_eq!(shown[0], expected);
}

const SHOP: &str = "
name: shop
port: 8080
host: shop.example.com
route: {gateway: infra/public}
env: {LEVEL: info, REGION: eu}
before: {args: [migrate]}
volumes: {data: {path: /data, size: 1Gi}}
patch:
  Deployment: {spec: {minReadySeconds: 5}}
  Service: {spec: {type: NodePort}}
environments:
  dev:
    host: ~
    route:
    env: {REGION: null}
    before: ~
    volumes: {data: ~}
    replicas: 3
    patch:
      Deployment: {spec: {minReadySeconds: null}}
      Service: ~
  prod:
    volumes: {data: {size: 9Gi}}
    route: {gateway: ~, class: nginx}
";

#[test]
fn an_environment_removes_with_null() {
    let dev = spec(SHOP, Some("dev"));
    assert_eq!((dev.host, dev.route, dev.before), (None, None, None));
    assert_eq!(dev.env.into_keys().collect::<Vec<_>>(), ["LEVEL"]);
    assert!(dev.volumes.is_empty());
    // Inside a patch it removes a field of the rendered object.
    assert_eq!(serde_json::to_string(&dev.patch).unwrap(), r#"{"Deployment":{"spec":{"minReadySeconds":null}}}"#);
}

#[test]
fn an_environment_changes_a_part_of_a_part() {
    let prod = spec(SHOP, Some("prod"));
    assert_eq!(prod.volumes["data"].size.as_deref(), Some("9Gi"));
    assert_eq!(prod.volumes["data"].path, "/data");
    let route = prod.route.unwrap();
    assert_eq!((route.kind(), route.class()), (Some(RouteKind::Ingress), Some("nginx")));
}

#[test]
fn a_volume_of_one_node_means_one_copy() {
    assert_eq!(spec(SHOP, None).replicas(), Replicas::Fixed(1));
    assert_eq!(spec(SHOP, Some("dev")).replicas(), Replicas::Fixed(3));
}

#[rstest]
#[case("public", (None, "public", None))]
#[case("infra/public", (Some("infra"), "public", None))]
#[case("infra/public/https", (Some("infra"), "public", Some("https")))]
fn a_gateway_is_named_with_its_namespace_and_listener(
    #[case] text: &str,
    #[case] expected: (Option<&str>, &str, Option<&str>),
) {
    let spec = spec(&format!("name: a\nport: 1\nhost: a.b\nroute: {{gateway: {text}}}\n"), None);
    let gateway = spec.route.unwrap().gateway().unwrap();
    assert_eq!((gateway.namespace.as_deref(), gateway.name.as_str(), gateway.listener.as_deref()), expected);
}
