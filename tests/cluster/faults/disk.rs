//! The disk of plat's own folder is full when the evidence of a failure is written.

use std::path::PathBuf;
use std::process::Command;

use super::WITHIN;
use crate::harness::tests;
use crate::support::Shop;

tests![SHARED:
    a_full_disk_costs_the_bundle_and_not_the_verdict,
];

/// A file system with room for one page; unmounted with the value.
struct Full(PathBuf);

impl Full {
    fn mount(folder: PathBuf) -> Self {
        std::fs::create_dir_all(&folder).expect("a folder");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=4k", "full"]).arg(&folder).status();
        assert!(mounted.expect("mount runs").success(), "{}", folder.display());
        // The one page.
        std::fs::write(folder.join("full"), [0; 4096]).expect("one page fits");
        Self(folder)
    }
}

impl Drop for Full {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

fn a_full_disk_costs_the_bundle_and_not_the_verdict() {
    let shop = Shop::new("disk").without("port").without("health").with("kind: worker\nsecrets: [NEVER]");
    let full = Full::mount(shop.work().join("home"));
    let ended = shop.deploy().env("PLAT_HOME", &full.0).start().ends_within(WITHIN);
    ended.fails(3).what("Secret").says("the evidence could not be saved");
}
