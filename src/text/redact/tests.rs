use super::*;
use std::io::Read;

use rstest::rstest;

/// The secret itself, in every one of these shapes.
const SECRET: &str = "hunter2-Zq9";

#[rstest]
#[case::url("postgres://app:hunter2-Zq9@db:5432/shop", "postgres://app:***@db:5432/shop")]
#[case::url_with_an_at("amqp://app:p@hunter2-Zq9@mq/", "amqp://app:***@mq/")]
#[case::url_without_a_user("redis://:hunter2-Zq9@cache:6379/0", "redis://:***@cache:6379/0")]
#[case::token_as_user("https://hunter2-Zq9abcdefghijk@git.example/x", "https://***@git.example/x")]
#[case::bearer("Authorization: Bearer hunter2-Zq9", "Authorization: Bearer ***")]
#[case::basic("authorization: Basic hunter2-Zq9==", "authorization: Basic ***")]
#[case::token_scheme("Authorization: token hunter2-Zq9", "Authorization: token ***")]
#[case::cookie("Set-Cookie: session=hunter2-Zq9; Path=/", "Set-Cookie: session=***; Path=/")]
#[case::environment("DB_PASSWORD=hunter2-Zq9 port=1", "DB_PASSWORD=*** port=1")]
#[case::aws("AWS_SECRET_ACCESS_KEY=hunter2-Zq9/x+y", "AWS_SECRET_ACCESS_KEY=***")]
#[case::camel("SecretAccessKey: hunter2-Zq9", "SecretAccessKey: ***")]
#[case::azure("AccountKey=hunter2-Zq9==;EndpointSuffix=x", "AccountKey=***;EndpointSuffix=x")]
#[case::header("x-api-key: hunter2-Zq9", "x-api-key: ***")]
#[case::json(r#"{"token": "hunter2-Zq9", "n": 1}"#, r#"{"token": "***", "n": 1}"#)]
#[case::json_with_spaces(r#"{"password":"hunter2-Zq9 and \" more"}"#, r#"{"password":"***"}"#)]
#[case::json_in_json(r#"{"m":"{\"password\":\"hunter2-Zq9\"}"}"#, r#"{"m":"{\"password\":\"***\"}"}"#)]
#[case::python("{'client_secret': 'hunter2-Zq9'}", "{'client_secret': '***'}")]
#[case::ruby(":password=>\"hunter2-Zq9\"", ":password=>\"***\"")]
#[case::go("{User:app Password:hunter2-Zq9}", "{User:app Password:***}")]
#[case::dsn("user=app password='hunter2-Zq9 x' host=db", "user=app password='***' host=db")]
#[case::flag("exec mysql --password hunter2-Zq9 shop", "exec mysql --password *** shop")]
#[case::query("GET /x?api_key=hunter2-Zq9&n=1", "GET /x?api_key=***&n=1")]
#[case::signed("https://b.example/x?sig=hunter2-Zq9%3D&se=1", "https://b.example/x?sig=***&se=1")]
#[case::private_key(
    "-----BEGIN RSA PRIVATE KEY-----\nhunter2-Zq9\n-----END RSA PRIVATE KEY-----\nnext",
    "-----BEGIN RSA PRIVATE KEY-----***-----END RSA PRIVATE KEY-----\nnext"
)]
#[case::private_key_in_one_line(
    r"key: -----BEGIN PRIVATE KEY-----\nhunter2-Zq9\n-----END PRIVATE KEY-----\n",
    r"key: -----BEGIN PRIVATE KEY-----***-----END PRIVATE KEY-----\n"
)]
#[case::private_key_cut_off("-----BEGIN EC PRIVATE KEY-----\nhunter2-Zq9", "-----BEGIN EC PRIVATE KEY-----***")]
#[case::slack("https://hooks.slack.com/services/T0/B0/hunter2-Zq9", "https://hooks.slack.com/services/***")]
fn redact_masks_a_secret_by_where_it_stands(#[case] text: &str, #[case] expected: &str) {
    assert!(text.contains(SECRET), "the case holds no secret");
    assert_eq!(redact(text), expected);
}

/// The bodies are made up here, so that no scanner takes this file for a leak.
#[rstest]
#[case::jwt("eyJ", "hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl")]
#[case::aws_id("AKIA", "ABCDEFGHIJKLMNOP")]
#[case::github("ghp_", "abcdefghijklmnopqrst0123")]
#[case::github_fine("github_pat_", "11ABCDEFG0abcdefghij")]
#[case::gitlab("glpat-", "abcdefghij0123456789")]
#[case::slack("xoxb-", "123456789012-abcdef")]
#[case::stripe("sk_live_", "abcdefghij0123")]
#[case::google("AIza", "abcdefghijklmnopqrstuvwxyz012345678")]
#[case::npm("npm_", "abcdefghijklmnopqrstuvwxyz0123456789")]
#[case::vault("hvs.", "abcdefghijklmnopqrstuvwx")]
#[case::docker("dckr_pat_", "abcdefghijklmnopqrstu")]
#[case::model_api("sk-", "ant-abcdefghijklmnopqrstuvwxyz")]
#[case::body_of_a_key("MIIEvQIBADANBgkqhkiG9w0BAQEFAASC", "BKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj")]
fn redact_masks_a_secret_by_its_shape(#[case] prefix: &str, #[case] body: &str) {
    assert_eq!(redact(&format!("{prefix}{body}")), "***");
    assert_eq!(redact(&format!("using {prefix}\n")), format!("using {prefix}\n"), "the prefix alone is not a secret");
}

#[rstest]
#[case("listening on :8080")]
#[case("http://127.0.0.1:8080/healthz: connection refused")]
#[case("couldn't find key DB_URL in Secret shop/api")]
#[case("secret \"api\" not found")]
#[case("password authentication failed for user \"app\"")]
#[case("image 127.0.0.1:5000/shop@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
#[case("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
#[case("mail to ops@example.com about http://shop.example/")]
#[case("-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----")]
#[case("a basic check, a bearer of news")]
fn redact_leaves_everything_else(#[case] text: &str) {
    assert_eq!(redact(text), text);
}

/// `cases.yaml`.
#[derive(serde::Deserialize)]
struct Cases {
    masked: Vec<(String, String)>,
    tokens: Vec<String>,
    stays: Vec<String>,
}

fn cases() -> Cases {
    serde_yaml::from_str(include_str!("cases.yaml")).expect("cases.yaml is read")
}

/// Every form that is not as it should be, so that one run shows them all.
fn wrong(cases: impl IntoIterator<Item = (String, String)>, shown: impl Fn(&str) -> String) -> Vec<String> {
    let all = cases.into_iter().map(|(text, expected)| (shown(&text), text, expected));
    all.filter(|(shown, _, expected)| shown != expected)
        .map(|(shown, text, expected)| format!("{text:?}\n  is {shown:?}\n  not {expected:?}"))
        .collect()
}

#[test]
fn every_listed_form_of_a_secret_is_masked_and_nothing_else() {
    let cases = cases();
    for (text, expected) in &cases.masked {
        assert!(text.contains("hunter2") && !expected.contains("hunter2"), "{text:?} holds no secret");
        assert!(text.contains('\n') || !is_harmless(text), "{text:?} is not looked at");
    }
    for token in &cases.tokens {
        assert!(!is_harmless(&token.replace('|', "")), "{token} is not looked at");
    }
    let stays = cases.stays.into_iter().map(|text| (text.clone(), text));
    let tokens = cases.tokens.iter().map(|token| {
        let token = token.replace('|', "");
        (format!("using {token} now\n{token}"), "using *** now\n***".to_owned())
    });
    let wrong = wrong(cases.masked.into_iter().chain(stays).chain(tokens), redact);
    assert!(wrong.is_empty(), "{} forms:\n{}", wrong.len(), wrong.join("\n"));
}

/// What is shown once is not masked again: text passes more than one room.
#[test]
fn what_is_masked_stays_as_it_is() {
    let again = cases().masked.into_iter().map(|(_, expected)| (expected.clone(), expected));
    let wrong = wrong(again, redact);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_log_that_comes_line_by_line_is_masked_too() {
    let mut redactor = Redactor::default();
    let text = "start\n-----BEGIN EC PRIVATE KEY-----\nhunter2\n-----END EC PRIVATE KEY-----\npassword: |\n  hunter2\n\
                - name: DB_PASSWORD\n  value: hunter2\nend";
    let shown: Vec<String> = text.lines().map(|line| redactor.line(line)).collect();
    assert_eq!(
        shown,
        [
            "start",
            "-----BEGIN EC PRIVATE KEY-----",
            "***",
            "-----END EC PRIVATE KEY-----",
            "password: |",
            "  ***",
            "- name: DB_PASSWORD",
            "  value: ***",
            "end"
        ]
    );
}

/// A thousand lines of each, as these programs wrote them.
#[rstest]
#[case::kubelet(include_bytes!("logs/kubelet.log.gz"))]
#[case::kube_apiserver(include_bytes!("logs/kube-apiserver.log.gz"))]
#[case::etcd(include_bytes!("logs/etcd.log.gz"))]
#[case::containerd(include_bytes!("logs/containerd.log.gz"))]
#[case::postgres(include_bytes!("logs/postgres.log.gz"))]
fn nothing_is_masked_in_the_logs_of_well_known_programs(#[case] packed: &[u8]) {
    let mut text = String::new();
    flate2::read::GzDecoder::new(packed).read_to_string(&mut text).expect("a log");
    assert!(text.lines().count() >= 1000);
    let lines = text.lines().map(|line| (line.to_owned(), line.to_owned()));
    let wrong = wrong(lines, redact);
    assert!(wrong.is_empty(), "{} lines:\n{}", wrong.len(), wrong.join("\n"));
    assert!(redact(&text) == text, "something is masked that spans lines");
}

#[rstest]
#[case("token=abc\r\nnext\n", "token=***\r\nnext\n")]
#[case("", "")]
fn redact_keeps_lines_apart(#[case] text: &str, #[case] expected: &str) {
    assert_eq!(redact(text), expected);
}
