//! This machine's clock is not the cluster's. Clocks have no namespace on Linux, so plat is lied to by its C library.

use std::path::PathBuf;
use std::process::Command;

use super::WITHIN;
use super::place::{Place, place};
use crate::harness::tests;
use crate::support::Shop;

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
    let (source, library) = (place.work().join("skew.c"), place.work().join("skew.so"));
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
    let deploy = |shop: &Shop| shop.deploy().env("LD_PRELOAD", &shim).env("SKEW_SECONDS", skew).start();

    // Longer than a probe's first failures and a crash loop's start: a grace misjudged by ten minutes would end it.
    deploy(&place.serves_after("[ -e /tmp/once ] || sleep 4")).ends_within(WITHIN).succeeds();

    // And what is doomed is not waited for ten minutes longer.
    deploy(&place.with("secrets: [NEVER]")).ends_within(WITHIN).fails(3).what("Secret");
}
