//! This machine's clock is not the cluster's. Clocks have no namespace on Linux, so plat is lied to by its C library.

use std::path::PathBuf;
use std::process::Command;

use super::place::{Place, place};
use super::run::{MINUTE, start_with};
use crate::harness::tests;

tests![FAULTS:
    a_clock_ten_minutes_ahead_changes_no_verdict,
    a_clock_ten_minutes_behind_changes_no_verdict,
];

/// Stands before the C library: only the wall clock is off, as it is on a machine without NTP.
const SHIM: &str = r#"
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
int clock_gettime(clockid_t clock, struct timespec *time) {
    int result = (int)syscall(SYS_clock_gettime, clock, time);
    const char *skew = getenv("SKEW_SECONDS");
    if (result == 0 && clock == CLOCK_REALTIME && skew) time->tv_sec += atol(skew);
    return result;
}
"#;

fn shim(place: &Place) -> PathBuf {
    let (source, library) = (place.namespace.work().join("skew.c"), place.namespace.work().join("skew.so"));
    std::fs::write(&source, SHIM).expect("the source can be written");
    // Rust's own linker driver: where these tests are built, it is there.
    let cc = Command::new("cc").args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(&source).status();
    assert!(cc.expect("a C compiler").success());
    library
}

fn a_clock_ten_minutes_ahead_changes_no_verdict() {
    judged_as_ever("600");
}

fn a_clock_ten_minutes_behind_changes_no_verdict() {
    judged_as_ever("-600");
}

fn judged_as_ever(skew: &str) {
    let place = place();
    let shim = shim(&place);
    let environment = [("LD_PRELOAD", shim.to_str().expect("a path of text")), ("SKEW_SECONDS", skew)];

    // Longer than a probe's first failures and a crash loop's start: a grace misjudged by ten minutes would end it.
    place.spec("[ -e /tmp/once ] || sleep 4", "");
    start_with(&place.namespace, &["deploy"], &environment).end(MINUTE).well();

    // And what is doomed is not waited for ten minutes longer.
    place.spec("true", "secrets: [NEVER]");
    let ended = start_with(&place.namespace, &["deploy"], &environment).end(MINUTE);
    let error = ended.error(3);
    assert!(error["error"].to_string().contains("Secret"), "{error:#}");
}
