//! What a program finds around itself: its image, its node, its cluster.

use super::saying::{Saying, saying};
use crate::rollout::model::Lack;

pub(super) const SAYINGS: &[Saying] = &[
    // Built for something else.
    saying(
        r"Couldn't find a valid ICU package",
        "{title} finds no ICU library in its image, which .NET needs for languages",
        "install it (libicu, icu-libs), or set DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1",
    ),
    saying(
        r"error:0308010C|digital envelope routines::unsupported",
        "{title} uses a hash that the OpenSSL of its Node.js does not allow (Node.js 17 and newer)",
        "update the bundler that uses it, or set NODE_OPTIONS=--openssl-legacy-provider",
    ),
    saying(
        r"Requires (?<name>\w+) access to .*run again with the --allow-\w+ flag",
        "{title} is not allowed {name} access by Deno",
        "give it --allow-{name} in `args`, or in the CMD of the image",
    ),
    // The user that it runs as.
    saying(
        r"getpwuid\(\): uid not found: (?<name>\d+)|[Nn]o user exists for uid (?<name2>\d+)|unknown userid (?<name3>\d+)|cannot find name for user ID (?<name4>\d+)",
        "{title} runs as user {name}{name2}{name3}{name4}, whom its image does not know",
        "add that user in the image, or set HOME and USER for the program",
    ),
    saying(
        r"[Yy]our cache folder contains root-owned files|path (?<name>/\.(?:npm|cache|config|local|yarn)\b\S*)",
        "{title} is not allowed to write below its HOME, which is /",
        "set HOME=/tmp, or start the program itself instead of npm",
    ),
    saying(
        r"seal configuration missing, not initialized|security barrier not initialized|Vault is not initialized",
        "{title} is not initialized yet, and sealed until then",
        "run `vault operator init` once and `vault operator unseal` after each start, or configure a `seal` that does so; a probe that it is to pass \
         before asks /v1/sys/health?uninitcode=204&sealedcode=204",
    ),
    saying(
        r"(?i)are you sure you want to (?:run this command|continue)|application (?:is )?in production[.!]|\(yes/no\)(?: \[\w+\])?:|\[y/n\]\s*:?\s*$|the input device is not a TTY|inappropriate ioctl for device|EOF when reading a line",
        "{title} asks a question that nobody answers: a container has no terminal",
        "give it the option that answers (--force, --yes, -y, --no-input, --no-interaction), in `args`",
    ),
    // What it calls.
    saying(
        r"(?:Permission|permission) denied \(publickey",
        "{title} is refused by the Git or SSH server: its key is not accepted",
        "give it a key that the server knows, and mount it with `defaultMode: 0400`",
    ),
    saying(
        r"could not read Username for '(?<name>[^']+)'",
        "{title} has no credentials for {name}",
        "give it a token by a Secret, in the way that the program reads it",
    ),
    saying(
        r"[Yy]ou must be logged in to the server",
        "{title} calls an API server without a token that it accepts",
        "use the token of its ServiceAccount (automountServiceAccountToken), or renew the kubeconfig that is mounted",
    ),
    saying(
        r"(?i)found no NVIDIA driver|no CUDA-capable device|could not select device driver|CUDA driver version is insufficient|no CUDA GPUs are available|libcuda\.so\S*: cannot open",
        "{title} finds no GPU",
        "ask for one (`resources.limits: {nvidia.com/gpu: 1}`), on nodes that have the driver and its device plugin",
    ),
    saying(
        r"was compiled against a different Node\.js version|NODE_MODULE_VERSION \d+\. This version",
        "{title} has native modules that were built for another version of Node.js",
        "install the modules with the Node.js that runs them: the same version in both stages of the image, or `npm rebuild`",
    ),
    saying(
        r"(?<file>\S+\.node): invalid ELF header",
        "{title} loads {file}, which was built for another platform",
        "install the modules when the image is built, instead of copying those of your machine (node_modules in .dockerignore)",
    ),
    saying(
        r"version [`'](?<library>GLIBC(?:XX)?_[\d.]+)' not found",
        "{title} was built on a newer system than its image: it needs {library}",
        "build it on the release of the base image that it runs on, or link it statically",
    ),
    saying(
        r"(?:Error loading shared library|Error relocating \S+:) (?<library>ld-linux\S*|libc\.so\.6|__\S+?):",
        "{title} was built for glibc, and its image has musl (Alpine): {library} is missing",
        "build it on the image's own base (a musl target, CGO_ENABLED=0), or use a base image with glibc (debian, ubi)",
    ),
    saying(
        r"Error loading shared library (?<library>\S+): No such file or directory \(needed by (?<by>[^)]+)\)",
        "{title} lacks the library {library}, which {by} needs",
        "install it in the image, or use the base image that it was built on",
    ),
    saying(
        r"Error relocating (?<by>\S+): (?<library>\S+): symbol not found",
        "{title} lacks {library} of a library, which {by} needs",
        "install the library in the version that it was built with, or use the base image that it was built on",
    ),
    saying(
        r"framework '(?<name>Microsoft\.[\w.]+)', version '(?<version>[^']+)'.* was not found|Framework: '(?<name2>Microsoft\.[\w.]+)', version '(?<version2>[^']+)'",
        "{title} needs another .NET than its image has: {name}{name2} {version}{version2}",
        "use the base image of that version (aspnet, not only runtime, for a web application)",
    ),
    saying(
        r"Prisma engines do not seem to be compatible|could not locate the Query Engine",
        "{title} has a Prisma engine that was built for another platform",
        "add the platform of the image to `binaryTargets` in schema.prisma, and run `prisma generate` when the image is built",
    ),
    saying(
        r#"cannot get [ug]id for (?:user|group) '(?<name>[\w-]+)'|get(?:pw|gr)nam\("(?<name2>[\w-]+)"\) failed"#,
        "{title} is to become {name}{name2}, which its image does not know",
        "add that user in the image, or name one that it has in the configuration of the program",
    ),
    // What the cluster lacks.
    Saying {
        lack: Lack::Absent,
        ..saying(
            r#"could not find the requested resource \((?:get|list|watch|post|put|patch) (?<name>[\w.-]+)\)|no matches for kind \\*"(?<name2>\w+)\\*" in (?:version|group) \\*"(?<version>[\w./-]+)\\*""#,
            "{title} needs {name}{name2} {version}, which the cluster does not have",
            "install its CustomResourceDefinition, in the version that the program uses; where it is Kubernetes' own, the program is too old for this \
             cluster",
        )
    },
    Saying {
        lack: Lack::Absent,
        ..saying(
            r"An error occurred \((?:AccessDenied\w*|UnauthorizedOperation|AuthorizationError)\) when calling the (?<name>\w+) operation|is not authorized to perform: (?<name2>[\w:-]+)",
            "{title} is not allowed {name}{name2} by its cloud account",
            "allow it in the policy of the role that its ServiceAccount has",
        )
    },
    // Limits of the node and of processes.
    saying(
        r"max virtual memory areas vm\.max_map_count \[(?<is>\d+)\] (?:is|likely) too low, increase to at least \[(?<needs>\d+)\]",
        "{title} needs vm.max_map_count {needs}, and its node has {is}",
        "set it on the nodes (sysctl -w vm.max_map_count={needs}), which is for those who run them; Elasticsearch and OpenSearch do without it \
         with node.store.allow_mmap: false",
    ),
    saying(
        r"(?i)inotify.*(?:too many open files|no space left|limit|reached)|(?:too many open files|no space left|limit).*inotify|file watchers reached|fsnotify watcher.*too many open files",
        "{title} may watch no more files: its node's limit of inotify is used up",
        "raise fs.inotify.max_user_instances and max_user_watches on the nodes, which is for those who run them, or let it watch nothing (no \
         reload of files, DOTNET_USE_POLLING_FILE_WATCHER=1)",
    ),
    saying(
        r"(?i)unable to create (?:new )?native thread|pthread_create.*(?:failed|resource temporarily unavailable)|can't start new thread|failed to create new OS thread|fork: (?:retry: )?resource temporarily unavailable",
        "{title} may start no more threads or processes",
        "let it start fewer (the size of its pools), or have the limit of processes raised (podPidsLimit of the kubelet)",
    ),
    saying(
        r"(?i)too many open files|\bEMFILE\b",
        "{title} has too many files or connections open",
        "let it open fewer or close them, or raise the limit in its start script (ulimit -n)",
    ),
];
