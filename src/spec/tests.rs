//! plat.yaml in, Spec or problems out.

use std::fmt::Write;

use rstest::rstest;

use super::*;

mod environments;
mod fields;
mod fuzz;

/// Each problem as `line:column message`, with its hint in parentheses.
fn problems(text: &str, environment: Option<&str>) -> Vec<String> {
    let shown = |p: &Problem| match &p.hint {
        Some(hint) => format!("{}:{} {} ({hint})", p.line, p.column, p.message),
        None => format!("{}:{} {}", p.line, p.column, p.message),
    };
    match for_environment(text, "plat.yaml", environment) {
        Ok(_) => Vec::new(),
        Err(problems) => problems.iter().map(shown).collect(),
    }
}

fn spec(text: &str, environment: Option<&str>) -> Spec {
    for_environment(text, "plat.yaml", environment).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

#[test]
fn two_lines_are_enough() {
    let spec = spec("name: payments-api\nport: 8080\n", None);
    assert_eq!((spec.name.as_str(), spec.port, spec.kind), ("payments-api", Some(8080), Kind::Service));
    assert_eq!((spec.replicas(), spec.health()), (Replicas::Fixed(2), Health::Tcp));
}

#[test]
fn a_worker_needs_no_port() {
    let spec = spec("name: mailer\nkind: worker\n", None);
    assert_eq!((spec.port, spec.replicas(), spec.health()), (None, Replicas::Fixed(1), Health::None));
}

const EVERY_FIELD: &str = r#"
name: payments-api
kind: service
port: 8080
owner: "@shop/payments"
build: {path: ./cmd/server, attest: true}
command: [/server]
args: [--workers, 4, --ratio, 0.50, --debug, true]
env:
  RATIO: 1.50
  RETRIES: 3
  DEBUG: true
  MODE: "0644"
  GREETING: |
    hello
    world
secrets: [DB_URL]
config: [conf/app.yaml]
restartOn: secrets
health: /readyz
host: shop.example.com
paths: [/pay]
route: {gateway: infra/public/https}
replicas: {min: 2, max: 5}
resources: {cpu: 0.5, memory: 128Mi}
volumes:
  cache: {path: /cache, kind: empty, size: 2Gi}
  shared: {path: /shared, size: 10Gi, class: nfs, access: ReadWriteMany}
before:
  args: [migrate, up]
  env: {LEVEL: debug}
  timeout: 20m
  retries: 1
  patch: {Job: {spec: {ttlSecondsAfterFinished: 60}}}
bake: 1m30s
guard: rollback
deadline: {rollout: 10m, image: 0}
patch:
  Deployment: {spec: {template: {spec: {tolerations: [{key: gpu, operator: Exists}], hostname: null}}}}
extra:
- k8s/role.yaml
- {apiVersion: v1, kind: ConfigMap, metadata: {name: more}, data: {ratio: 0.5, on: true}}
environments:
  staging:
    context: dev
    namespace: shop-staging
    registry: "127.0.0.1:5000/shop"
    cluster: uid:0e1cbee5-bd7e-4f3f-9ef3-5a1d5d3c2f6b
"#;

#[test]
fn every_field_is_understood() {
    insta::assert_snapshot!(serde_json::to_string_pretty(&spec(EVERY_FIELD, None)).unwrap());
}

#[rstest]
#[case::unknown_key("prot: 1", "3:1 unknown key `prot` (did you mean `port`?)")]
#[case::unknown_nested("resources: {mem: 1Gi}", "3:13 unknown key `resources.mem` (did you mean `memory`?)")]
#[case::nothing_near(
    "zzz: 1",
    "3:1 unknown key `zzz` (known here: name, kind, port, health, host, paths, route, schedule, owner, image, build, command, args, user, writable, env, secrets, restartOn, config, replicas, resources, volumes, before, retries, timeout, bake, guard, deadline, selector, names, defaults, patch, extra, environments)"
)]
#[case::merge_key(
    "<<: {port: 1}",
    "3:1 unknown key `<<` (YAML merge keys are not read; write the keys out, or use `environments`)"
)]
#[case::twice("port: 1", "3:1 `port` is given twice; first on line 2 (keep one of them)")]
#[case::no_value(
    "owner:",
    "3:6 `owner` has no value (give it one line of text, without spaces around it, or remove the line)"
)]
#[case::text_for_number(
    "replicas: \"2\"",
    "3:11 `replicas` must be a whole number from 0 to 1000 or a map with min and max, not the text \"2\""
)]
#[case::fraction(
    "replicas: 1.5",
    "3:11 `replicas` must be a whole number from 0 to 1000 or a map with min and max, not `1.5`"
)]
#[case::number_for_text("owner: 7", "3:8 `owner` must be a text, not a number (quote it: \"7\")")]
#[case::boolean_for_text("owner: true", "3:8 `owner` must be a text, not true/false (quote it: \"true\")")]
#[case::text_for_list("secrets: DB_URL", "3:10 `secrets` must be a list, not `DB_URL` (write a list: [DB_URL])")]
#[case::list_for_map("env: [A]", "3:6 `env` must be a map of `key: value`, not a list")]
#[case::reference_for_text(
    "env: {TOKEN: {valueFrom: {secretKeyRef: {name: web, key: TOKEN}}}}",
    "3:14 `env.TOKEN` must be a text, not a map (a value out of a Secret is only named: `secrets: [TOKEN]` takes that key of the Secret that is named as the service)"
)]
#[case::map_for_text("owner: {a: b}", "3:8 `owner` must be one line of text, without spaces around it, not a map")]
#[case::half_range(
    "replicas: {min: 2}",
    "3:11 `replicas.max` is missing (Copies at most; the same as `min` means a fixed number)"
)]
#[case::descending(
    "replicas: {min: 3, max: 2}",
    "3:17 `replicas.min` is 3, more than `replicas.max`, which is 2 (swap them, or raise `max`)"
)]
#[case::ambiguous_boolean(
    "env: {A: yes}",
    "3:10 `env.A` is `yes`, which YAML readers disagree about (quote it to keep it as it is written: \"yes\")"
)]
#[case::ambiguous_octal(
    "env: {A: 0644}",
    "3:10 `env.A` is `0644`, which YAML readers disagree about (quote it to keep it as it is written: \"0644\")"
)]
#[case::empty_env("env: {A: }", "3:8 `env.A` has no value (give it a text, or remove the line)")]
#[case::env_name(
    "env: {A B: x}",
    "3:7 `env.A B` must be the name of an environment variable: letters, digits, `_`, `-` and `.`, not starting with a digit (did you mean `A_B`?)"
)]
#[case::secret_and_env(
    "env: {A: x}\nsecrets: [A]",
    "4:11 `A` is in `secrets` and, on line 3, in `env` (a variable has one source; remove one of them)"
)]
#[case::secret_twice("secrets: [A, A]", "3:14 `secrets` lists `A` twice (keep one of them)")]
#[case::image_and_build(
    "image: nginx\nbuild: {}",
    "4:1 `build` contradicts `image` on line 3 (keep `image` for a ready image, `build` for one that plat builds)"
)]
#[case::image("image: https://r.io/a:1", "3:8 `image` must be an image reference (did you mean `r.io/a:1`?)")]
#[case::health(
    "health: healthz",
    "3:9 `health` must be an HTTP path that starts with `/`, or `tcp`, or `none` (did you mean `/healthz`?)"
)]
#[case::absolute(
    "config: [/etc/passwd]",
    "3:10 `config[0]` must be a path below the folder of plat.yaml, whose file name has only letters, digits, `.`, `_` and `-` (absolute paths and `..` would leave the project)"
)]
#[case::parent(
    "build: {path: ../x}",
    "3:15 `build.path` must be a path below the folder of plat.yaml (absolute paths and `..` would leave the project)"
)]
#[case::same_file_name(
    "config: [a/x, b/x]",
    "3:15 `b/x` and `a/x` would both be mounted as `x` (rename one of the files)"
)]
#[case::quantity(
    "resources: {memory: 128m}",
    "3:21 `resources.memory` must be an amount of memory such as `128Mi` or `1Gi` (did you mean `128Mi`?)"
)]
#[case::bytes(
    "resources: {memory: 128}",
    "3:21 `resources.memory` is 128, too little for a container to start (did you mean `128Mi`?)"
)]
#[case::kind("kind: servce", "3:7 `kind` must be service, worker, cron or job, not `servce` (did you mean `service`?)")]
#[case::worker_port("kind: worker", "2:1 a worker has no `port` (remove the line, or make it `kind: service`)")]
#[case::nul(
    "env: {A: \"a\\0b\"}",
    "3:10 `env.A` holds the character \\u{0} (Kubernetes does not pass it on; encode the text, as base64)"
)]
#[case::delete(
    "env: {A: \"a\\x7F\"}",
    "3:10 `env.A` holds the character \\u{7f} (Kubernetes does not pass it on; encode the text, as base64)"
)]
#[case::line_separator(
    "env: {A: \"a\\Lb\"}",
    "3:10 `env.A` holds the character \\u{2028} (Kubernetes does not pass it on; encode the text, as base64)"
)]
#[case::tag("owner: !secret x", "3:16 the tag `!secret` has no meaning here (remove it)")]
#[case::key("[a]: b", "3:1 a key must be a text")]
#[case::environment_key(
    "environments: {staging: {replica: 1}}",
    "3:26 unknown key `environments.staging.replica` (did you mean `replicas`?)"
)]
#[case::environment_value(
    "environments: {staging: {port: 0}}",
    "3:32 `environments.staging.port` must be a whole number from 1 to 65535, not 0"
)]
#[case::environment_name(
    "environments: {Prod: {}}",
    "3:16 `environments.Prod` must be a name of at most 50 characters: a-z, 0-9 and `-`, starting with a letter (did you mean `prod`?)"
)]
#[case::environments_nested(
    "environments: {a: {environments: {}}}",
    "3:20 unknown key `environments.a.environments` (did you mean `env`?)"
)]
fn a_problem_says_where_what_and_what_to_do(#[case] line: &str, #[case] expected: &str) {
    let text = format!("name: a\nport: 8080\n{line}\n");
    assert_eq!(problems(&text, None), [expected]);
}

#[rstest]
#[case::empty("", "1:1 the file is empty (two lines are enough: `name: my-service` and `port: 8080`)")]
#[case::comment("# soon\n", "1:1 the file is empty (two lines are enough: `name: my-service` and `port: 8080`)")]
#[case::no_map("- a\n", "1:1 plat.yaml must be a map, not a list")]
#[case::no_name("port: 8080\n", "1:1 `name` is missing (Name of the service and of its objects in Kubernetes)")]
#[case::no_port(
    "name: a\n",
    "1:1 `port` is missing (add `port: 8080` (where the service listens), or `kind: worker` if it listens nowhere)"
)]
#[case::name(
    "name: Payments_API\nport: 1\n",
    "1:7 `name` must be a DNS label of at most 50 characters: a-z, 0-9 and `-`, starting with a letter (did you mean `payments-api`?)"
)]
#[case::port_zero("name: a\nport: 0\n", "2:7 `port` must be a whole number from 1 to 65535, not 0")]
#[case::port_large("name: a\nport: 70000\n", "2:7 `port` must be a whole number from 1 to 65535, not 70000")]
#[case::port_huge(
    "name: a\nport: 99999999999999999999\n",
    "2:7 `port` must be a whole number from 1 to 65535, not 99999999999999999999"
)]
#[case::port_quoted(
    "name: a\nport: \"80\"\n",
    "2:7 `port` must be a whole number from 1 to 65535, not the text \"80\" (write it without quotes: 80)"
)]
#[case::worker_health(
    "name: a\nkind: worker\nhealth: /x\n",
    "3:1 a worker has no port that `health` could ask (remove the line)"
)]
#[case::tab(
    "name: a\nenv:\n\tA: b\n",
    "3:2 a tab is used where YAML wants spaces (indent with two spaces; most editors convert tabs on request)"
)]
#[case::second_document(
    "name: a\nport: 1\n---\nname: b\n",
    "3:1 a second document starts here (one plat.yaml describes one service; give each its own folder)"
)]
#[case::open_quote("name: \"a\nport: 1\n", "1:7 this quote is not closed")]
#[case::colon(
    "name: a: b\n",
    "1:8 a `:` is not expected here (check the indentation; a text that holds `: ` must be quoted)"
)]
#[case::reserved("name: @a\n", "1:7 the character `@` cannot start a value (quote a text that starts with it)")]
#[case::alias("name: *a\n", "1:7 this alias has no anchor (a text that starts with `*` must be quoted)")]
#[case::recursive("name: a\nport: 1\nenv: &e {A: *e}\n", "3:13 this alias refers to the value that contains it")]
fn a_file_that_is_no_service_is_refused(#[case] text: &str, #[case] expected: &str) {
    assert_eq!(problems(text, None), [expected]);
}

#[test]
fn all_problems_are_shown_at_once_in_the_order_of_the_file() {
    let text = "name: A\nprot: 1\nreplicas: {min: 3, max: 2}\nport: 1\nport: 2\n";
    let shown: Vec<String> = parse(text, "plat.yaml").unwrap_err().iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(shown.join("\n\n"), @"
    plat.yaml:1:7: `name` must be a DNS label of at most 50 characters: a-z, 0-9 and `-`, starting with a letter
    1 | name: A
      |       ^
    hint: did you mean `a`?

    plat.yaml:2:1: unknown key `prot`
    2 | prot: 1
      | ^^^^
    hint: did you mean `port`?

    plat.yaml:3:17: `replicas.min` is 3, more than `replicas.max`, which is 2
    3 | replicas: {min: 3, max: 2}
      |                 ^
    hint: swap them, or raise `max`

    plat.yaml:5:1: `port` is given twice; first on line 4
    5 | port: 2
      | ^^^^
    hint: keep one of them
    ");
}

#[test]
fn an_excerpt_of_a_long_or_hostile_line_stays_readable() {
    let text = format!("name: a\nport: 1\nenv: {{A: {}, B: \u{9b}[2J, C: yes}}\n", "x".repeat(300));
    let shown = parse(&text, "plat.yaml").unwrap_err();
    insta::assert_snapshot!(shown[0], @r"
    plat.yaml:3:315: the character `\u{9b}` cannot start a value
    3 | …xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx, B: \u{9b}[2J, C: yes}
      |                                                    ^^^^^^
    hint: quote a text that starts with it
    ");
}

const SHOP: &str = "
name: shop
port: 8080
image: nginx
env: {LEVEL: info, REGION: eu}
secrets: [DB_URL]
replicas: {min: 2, max: 4}
environments:
  staging:
    namespace: shop-staging
    env: {LEVEL: debug}
    secrets: []
    replicas: 1
    build: {}
  production:
    replicas: {max: 9}
";

#[test]
fn aliases_are_expanded_but_not_without_bound() {
    let text = "name: a\nport: 1\nenv: {A: &x hello, B: *x}\n";
    assert_eq!(spec(text, None).env["B"], "hello");
    let mut laughs = "name: a\nport: 1\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for n in 1..10 {
        let items = vec![format!("*a{}", n - 1); 10].join(", ");
        writeln!(laughs, "a{n}: &a{n} [{items}]").unwrap();
    }
    let shown = problems(&laughs, None);
    assert!(shown[0].contains("grows to more than 10000 values"), "{shown:?}");
    let deep = format!("name: a\nport: 1\nenv: {}{}\n", "[".repeat(100), "]".repeat(100));
    assert!(problems(&deep, None)[0].contains("nested deeper than"), "{:?}", problems(&deep, None));
}

/// Whatever a half-written file holds, there is an answer, and it points into the file.
#[test]
fn broken_text_never_breaks_the_reader() {
    let junk = ["\t", ":", "- ", "{", "\"", "&a ", "*a ", "\u{feff}", "\r", "#"];
    for end in (0..SHOP.len()).step_by(3) {
        for piece in junk {
            let text = format!("{}{piece}{}", &SHOP[..end], &SHOP[end..]);
            for text in [&text[..end + piece.len()], &text] {
                for problem in for_environment(text, "plat.yaml", Some("staging")).err().unwrap_or_default() {
                    let last = text.split(['\n', '\r']).count().max(1);
                    assert!(problem.line >= 1 && problem.line <= last, "{problem:?} in {text:?}");
                }
            }
        }
    }
}

#[test]
fn the_schema_and_the_types_agree() {
    let value = serde_json::to_value(spec(SHOP, Some("production"))).unwrap();
    let known = schema::schema()["properties"].as_object().unwrap();
    let fields: Vec<&String> = value.as_object().unwrap().keys().collect();
    assert_eq!(fields, known.keys().collect::<Vec<_>>());
}
