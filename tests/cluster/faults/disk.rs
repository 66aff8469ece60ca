//! The disk of plat's own folder is full when the evidence of a failure is written.

use std::path::PathBuf;
use std::process::Command;

use super::run::{MINUTE, start_with};
use crate::harness::tests;
use crate::support;

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
    let namespace = support::namespace("disk");
    let full = Full::mount(namespace.work().join("home"));
    let text = format!("name: shop\nkind: worker\nimage: {}\nsecrets: [NEVER]\n", support::busybox(&namespace));
    std::fs::write(namespace.work().join("plat.yaml"), text).expect("plat.yaml can be written");
    let home = full.0.to_str().expect("a path of text");
    let ended = start_with(&namespace, &["deploy"], &[("PLAT_HOME", home)]).end(MINUTE);
    let error = ended.error(3);
    assert!(error["error"].to_string().contains("Secret"), "{error:#}");
    assert!(ended.said.contains("the evidence could not be saved"), "{ended:#?}");
}
