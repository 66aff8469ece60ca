//! Whether the last lines of a log speak of what lies outside of the program: it may be there a moment later.

use std::sync::LazyLock;

use regex::Regex;

use super::super::container_log::ContainerLog;
use crate::rollout::model::{Lack, Log};
use crate::rollout::text::is_log;
use crate::rollout::view::ContainerView;
use crate::text::ascii_regex;

/// What a program says of its end is among its last lines.
const LINES: usize = 8;

static OUTSIDE: LazyLock<Regex> = LazyLock::new(|| {
    ascii_regex(
        r"(?ix)
        # it calls, and nobody answers
        \b(?:can't|cannot|can\ not|could\ not|couldn't|failed\ to|unable\ to|error)\ (?:re)?(?:connect|reach|contact|dial)
        | \b(?:re)?connect(?:ion|ing)?\b[^.;]{0,40}\b(?:refused|failed|failure|lost|closed|aborted|reset|error)
        | \btimed\ out\b | \bdeadline\ exceeded\b | \bunreachable\b | \bunavailable\b | \bunexpected\ EOF\b
        # it answers, and is not done with its own start
        | \b(?:not|isn't)\ (?:yet\ )?(?:ready|available|reachable|healthy|responding|accepting)
        | \bnot\ (?:initialized|migrated|bootstrapped|running)\ yet\b
        | \b(?:waiting|waited|gave\ up\ waiting)\ for\b | \bstill\ (?:starting|initiali[sz]ing|loading|waiting)\b
        | \btry(?:ing)?\ again\b | \bno\ (?:leader|quorum|primary|master)\b | \bloading\ the\ dataset\b
        # someone else answers, and says no: a status, a state of theirs
        | \bSQLSTATE\b | \bHTTP(?:/[\d.]+)?\s[45]\d\d\b | \b(?:status|code|response|returned|answered|HTTP|Error)\b[^.;]{0,25}\b[45]\d\d\b
        | \b[45]\d\d\ (?:Bad|Unauthorized|Forbidden|Not\ Found|Conflict|Too|Internal|Service|Gateway)
        | \b(?:is|are)\ (?:sealed|locked|read-only|in\ recovery|in\ maintenance|draining|paused|being\ \w+)\b
        | \btoo\ many\ (?:clients|connections|requests)\b | \brate[\ -]limit | \bthrottl | \bserver\ is\ busy\b
        | \b(?:cluster|broker|leader|quorum|realm|tenant|issuer|vhost|topic|partition|bucket|upstream|peers?|lease|replica\ set)\b
        # it speaks of a place, or by a client of what is elsewhere
        | \b(?:https?|grpcs?|amqps?|rediss?|postgres(?:ql)?|mysql|mariadb|mongodb(?:\+srv)?|nats|ldaps?|smtps?|s3|tcp|jdbc:\w+)://
        | \b(?:kafka|zookeeper|rabbitmq|amqp|pika|celery|redis|valkey|memcached|psycopg\d?|PgDatabaseError|pgx|sqlalchemy|PyMySQL|mysql|mariadb
            |mongodb?|cassandra|elasticsearch|elastic_transport|opensearch|clickhouse|consul|vault|etcd|keycloak|oidc|oauth2?|ldap|kerberos|smtp
            |botocore|boto3|grpc|nats|pulsar|temporal|minio|influxdb|snowflake|bigquery|dynamodb|sqs|sns|kinesis|AccessDenied|AssumeRole\w*)\b
        # someone else brings it
        | \bdoes\ not\ exist\ yet\b | \bnot\ found\ yet\b | \bNoSuchBucket\b | \bUNKNOWN_TOPIC | \bpending\ migrations?\b
        | \bno\ such\ (?:bucket|topic|queue|index)\b | \b(?:bucket|topic|queue|index|schema)\b[^.;]{0,60}\bdoes\ not\ exist\b
        # someone else holds it
        | \block\b[^.;]{0,30}\b(?:held|taken|owned)\b | \b(?:held|locked|owned)\ by\ another\b | \banother\ (?:process|instance)\b
        ",
    )
});

/// What a program says of what it goes on without.
static GOES_ON: LazyLock<Regex> = LazyLock::new(|| {
    ascii_regex(
        r"(?i)\b(?:trace|debug|info|notice|warn(?:ing)?|deprecat\w+|ignor\w+|skipp\w+|optional|continu\w+|by default|defaults? to|using default|fall(?:s|ing)? ?back|disabl\w+|retry\w*)\b",
    )
});

/// What is given is believed at once only of a line that says why it ended: no warning, and beside nothing that may come.
/// `after`: how many lines of the log come after it.
pub(super) fn checked(lack: Lack, log: &str, after: usize) -> Lack {
    let lines = || log.lines().rev().filter(|line| !line.trim().is_empty()).enumerate();
    let is_weak = |(at, line): (usize, &str)| {
        if at == after { GOES_ON.is_match(line) } else { at < LINES && !is_usage(line) && OUTSIDE.is_match(line) }
    };
    if lack == Lack::Given && lines().take(LINES.max(after + 1)).any(is_weak) { Lack::Own } else { lack }
}

/// How a program is called: it names what it could be told to reach.
fn is_usage(line: &str) -> bool {
    line.starts_with([' ', '\t', '-']) || line.get(..5).is_some_and(|begin| begin.eq_ignore_ascii_case("usage"))
}

/// Whose affair the end is, as far as the log alone tells; one that is still to come may say so too. Of many replicas
/// one log is read.
pub(super) fn lack(container: &ContainerView, log: &ContainerLog) -> Lack {
    let is_same = |other: &&Log| other.request.container == container.name() && is_log(&other.text);
    let of_another = || Some(container.snapshot.logs.iter().find(is_same)?.text.as_str());
    match log.text().or_else(of_another) {
        None if log.request.is_some() => Lack::Absent,
        text => of_text(text.unwrap_or_default()),
    }
}

fn of_text(log: &str) -> Lack {
    let mut last = log.lines().rev().filter(|line| !line.trim().is_empty()).take(LINES);
    if last.any(|line| OUTSIDE.is_match(line)) { Lack::Absent } else { Lack::Own }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::last("starting\nunknown flag: --a", 0, Lack::Given)]
    #[case::before_its_usage("unknown flag: --a\nUsage:\n  -h  help", 2, Lack::Given)]
    #[case::before_a_usage_that_names_a_realm(
        "httpd: invalid option -- 'Z'\nUsage: httpd [-p PORT] [-r REALM]\n\t-r REALM\tAuthentication Realm",
        2,
        Lack::Given
    )]
    #[case::a_warning("WARN unknown flag: --a\nexiting", 1, Lack::Own)]
    #[case::in_json(r#"{"level":"warn","msg":"unknown flag: --a"}"#, 0, Lack::Own)]
    #[case::left_out("unknown flag: --a, ignored", 0, Lack::Own)]
    #[case::beside_a_call("unknown flag: --a\ncould not connect to the licence server", 1, Lack::Own)]
    #[case::after_a_call("could not connect to the licence server\nunknown flag: --a", 0, Lack::Own)]
    fn what_is_given_is_believed_of_what_ended_it(#[case] log: &str, #[case] after: usize, #[case] expected: Lack) {
        assert_eq!(checked(Lack::Given, log, after), expected);
        assert_eq!(checked(Lack::Starting, log, after), Lack::Starting);
    }

    #[rstest]
    #[case::a_call("fatal: could not connect to the licence server")]
    #[case::a_connection("error: connection to backend lost")]
    #[case::a_status("rpc error: code = Unavailable desc = transport is closing")]
    #[case::a_start("upstream is not ready, giving up")]
    #[case::a_topic("topic orders does not exist")]
    #[case::a_lock("the migration lock is held by pod api-7")]
    #[case::a_wait("gave up waiting for vault")]
    #[case::a_topic_of_kafka(
        "org.apache.kafka.common.errors.UnknownTopicOrPartitionException: This server does not host this topic-partition."
    )]
    #[case::elasticsearch("elasticsearch.ApiError: ApiError(503, 'master_not_discovered_exception', 'null')")]
    #[case::vault("URL: GET http://vault:8200/v1/transit/keys/orders\nCode: 503. Errors:\n* Vault is sealed")]
    #[case::postgres(
        "called `Result::unwrap()` on an `Err` value: Database(PgDatabaseError { message: \"sorry, too many clients already\" })"
    )]
    #[case::consul("router: watch services: Unexpected response code: 500 (No cluster leader)")]
    #[case::oidc("oidc: failed to discover provider: 404 Not Found: {\"error\":\"Realm does not exist\"}")]
    #[case::before_a_stack("redis: loading the dataset in memory\n  at a\n  at b")]
    fn what_lies_outside_may_come(#[case] log: &str) {
        assert_eq!(of_text(log), Lack::Absent);
    }

    #[rstest]
    #[case::a_setting("panic: invalid value for --timeout: abc")]
    #[case::a_variable("KeyError: 'CONNECTION'")]
    #[case::a_defect("AttributeError: 'NoneType' object has no attribute 'connect'")]
    #[case::a_number("IndexError: list index 500 out of range")]
    #[case::a_line("File \"/app/main.py\", line 412, in <module>\nValueError: port must be a number")]
    #[case::a_panic(
        "panic: runtime error: invalid memory address or nil pointer dereference\ngoroutine 1 [running]:\nmain.main()\n\t/src/main.go:404 +0x1d"
    )]
    #[case::a_type("TypeError: locked is not a function")]
    #[case::long_ago("waiting for redis\n1\n2\n3\n4\n5\n6\n7\n8")]
    #[case::nothing("")]
    fn what_is_its_own_does_not(#[case] log: &str) {
        assert_eq!(of_text(log), Lack::Own);
    }
}
