//! Ready, and does it stay so? What nobody saw is not said to have been quiet.

use std::time::Duration;

use crate::faults::wire::Way;
use crate::harness::tests;
use crate::support::{Ended, Running, Shop};

tests![SHARED:
    a_connection_that_comes_back_lets_the_bake_begin_anew,
    a_bake_that_nobody_could_see_says_so,
];

const WITHIN: Duration = Duration::from_mins(3);

/// A deploy that is ready and was cut off since.
fn cut_off_while_it_bakes(shop: &Shop, way: &Way) -> Running {
    let mut deploy = way.lead(shop.with("bake: 6").deploy().args(&["--deadline", "20s"])).start();
    deploy.until("ready");
    way.wire.cut();
    deploy.until_event("the trouble", |event| event["event"] == "trouble");
    deploy
}

fn buts(ended: &Ended) -> String {
    ended.event("done")["but"].to_string()
}

fn a_connection_that_comes_back_lets_the_bake_begin_anew() {
    let shop = Shop::new("bake");
    let way = Way::of(&shop);
    let deploy = cut_off_while_it_bakes(&shop, &way);
    // Longer than the bake.
    std::thread::sleep(Duration::from_secs(8));
    way.wire.fix();
    let ended = deploy.ends_within(WITHIN).succeeds();
    assert_eq!(buts(&ended), "null");
    assert_eq!(shop.history(), ["1 deployed"], "what comes after the bake was done too");
}

fn a_bake_that_nobody_could_see_says_so() {
    let shop = Shop::new("bake");
    let way = Way::of(&shop);
    let deploy = cut_off_while_it_bakes(&shop, &way);
    let ended = deploy.ends_within(WITHIN).succeeds();
    assert!(buts(&ended).contains("nobody saw whether it stayed so: "), "{ended:#?}");
}
