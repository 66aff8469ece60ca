//! The Go programs of a node: pinned by go.mod, and by go.sum down to the hash of every source.

/// Kubernetes of the pinned modules; `src/sandbox/modules/kubernetes/go.mod` must say the same.
pub const KUBERNETES_VERSION: &str = "v1.36.4";

/// One Go module of `src/sandbox/modules/`. Their requirements clash, hence more than one.
#[derive(Debug)]
pub struct Module {
    pub name: &'static str,
    pub version: &'static str,
    pub go_mod: &'static str,
    pub go_sum: &'static str,
    /// `main.go` of a program that leaves out what a sandbox does not use of the module's own one.
    pub main_go: Option<&'static str>,
    pub flags: &'static [&'static str],
    pub programs: &'static [Program],
}

#[derive(Debug)]
pub struct Program {
    pub name: &'static str,
    pub package: &'static str,
    pub version_args: &'static [&'static str],
}

pub const MODULES: &[Module] = &[
    Module {
        name: "kubernetes",
        version: KUBERNETES_VERSION,
        go_mod: include_str!("../../modules/kubernetes/go.mod"),
        go_sum: include_str!("../../modules/kubernetes/go.sum"),
        main_go: None,
        flags: &[
            // As Kubernetes' own build (hack/lib/golang.sh); notest leaves out what only its tests use.
            "-tags=selinux,notest,grpcnotrace",
            "-ldflags=-s -w -X k8s.io/component-base/version.gitVersion=v1.36.4 \
             -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=36",
        ],
        programs: &[
            kubernetes("kube-apiserver", "k8s.io/kubernetes/cmd/kube-apiserver"),
            kubernetes("kube-controller-manager", "k8s.io/kubernetes/cmd/kube-controller-manager"),
            kubernetes("kube-scheduler", "k8s.io/kubernetes/cmd/kube-scheduler"),
            kubernetes("kubelet", "k8s.io/kubernetes/cmd/kubelet"),
            kubernetes("kube-proxy", "k8s.io/kubernetes/cmd/kube-proxy"),
            Program {
                name: "kubectl",
                package: "k8s.io/kubernetes/cmd/kubectl",
                version_args: &["version", "--client"],
            },
        ],
    },
    Module {
        name: "etcd",
        version: "v3.6.14",
        go_mod: include_str!("../../modules/etcd/go.mod"),
        go_sum: include_str!("../../modules/etcd/go.sum"),
        main_go: None,
        flags: STRIPPED,
        programs: &[Program { name: "etcd", package: "go.etcd.io/etcd/server/v3", version_args: &["--version"] }],
    },
    Module {
        name: "registry",
        version: "v3.1.2",
        go_mod: include_str!("../../modules/registry/go.mod"),
        go_sum: include_str!("../../modules/registry/go.sum"),
        main_go: Some(include_str!("../../modules/registry/main.go")),
        flags: STRIPPED,
        programs: &[Program { name: "registry", package: MAIN_GO, version_args: &["--version"] }],
    },
    Module {
        name: "coredns",
        version: "v1.15.0",
        go_mod: include_str!("../../modules/coredns/go.mod"),
        go_sum: include_str!("../../modules/coredns/go.sum"),
        main_go: Some(include_str!("../../modules/coredns/main.go")),
        flags: STRIPPED,
        programs: &[Program { name: "coredns", package: MAIN_GO, version_args: &["-version"] }],
    },
];

/// Where [`Module::main_go`] is written, as `go build` is told it.
pub const MAIN_GO: &str = "main.go";

const STRIPPED: &[&str] = &["-ldflags=-s -w"];

const fn kubernetes(name: &'static str, package: &'static str) -> Program {
    Program { name, package, version_args: &["--version"] }
}

/// Whether the first line that a program says about its version names exactly this version: `Kubernetes v1.36.4`,
/// `etcd Version: 3.6.14`, `CoreDNS-1.15.0`, `registry github.com/… v3.1.2+unknown`.
pub fn says_version(output: &str, version: &str) -> bool {
    let wanted = version.trim_start_matches('v');
    output.lines().next().unwrap_or_default().split([' ', '-']).any(|word| {
        let word = word.strip_prefix('v').unwrap_or(word);
        word.strip_suffix("+unknown").unwrap_or(word) == wanted
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("Kubernetes v1.36.4\n", "v1.36.4", true)]
    #[case("Client Version: v1.36.4\nKustomize Version: v5.8.1\n", "v1.36.4", true)]
    #[case("etcd Version: 3.6.14\nGit SHA: none\n", "v3.6.14", true)]
    #[case("CoreDNS-1.15.0\nlinux/amd64\n", "v1.15.0", true)]
    #[case("registry github.com/distribution/distribution/v3 v3.1.2+unknown\n", "v3.1.2", true)]
    #[case("Kubernetes v1.36.40\n", "v1.36.4", false)]
    #[case("Kubernetes v1.36.4-rc.1\n", "v1.36.40", false)]
    #[case("Client Version: v1.32.4-dispatcher\nKustomize Version: v1.36.4\n", "v1.36.4", false)]
    #[case("", "v1.36.4", false)]
    fn only_the_pinned_version_fits(#[case] output: &str, #[case] version: &str, #[case] fits: bool) {
        assert_eq!(says_version(output, version), fits);
    }

    #[test]
    fn the_pinned_modules_say_the_same_versions_as_the_table() {
        for module in MODULES {
            let package = module.main_go.unwrap_or(module.programs[0].package);
            let pinned = module.go_mod.lines().map(str::trim).any(|line| {
                let line = line.trim_start_matches("require ").trim_end_matches(" // indirect");
                line.split_once(' ').is_some_and(|(path, version)| package.contains(path) && version == module.version)
            });
            assert!(pinned, "{0}/go.mod does not require {0} {1}", module.name, module.version);
        }
    }
}
