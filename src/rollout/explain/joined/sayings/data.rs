//! What a program finds in its data, and of the others that share them.

use super::saying::{Saying, saying};
use crate::rollout::model::Lack;

pub(super) const SAYINGS: &[Saying] = &[
    Saying {
        of_secrets: true,
        ..saying(
            r"Can't load plugin: sqlalchemy\.dialects:(?<name>[\w.+]+)",
            "{title} names a kind of database that SQLAlchemy does not know: {name}",
            "begin the URL with one that it knows: postgresql:// (postgres:// is none since 1.4), mysql+pymysql://, sqlite://; its driver has to be installed",
        )
    },
    saying(
        r"in (?<name>\d+)\+, these Docker images are configured to store database data",
        "{title} keeps its data below /var/lib/postgresql since {name}, and does not accept a volume at /var/lib/postgresql/data",
        "mount the volume at /var/lib/postgresql (data of an older version need pg_upgrade), or stay with an image before {name}",
    ),
    // Clusters of databases and queues.
    saying(
        r"the default discovery settings are unsuitable for production use",
        "{title} does not know with whom it forms a cluster",
        "set discovery.type=single-node for one, or discovery.seed_hosts and cluster.initial_master_nodes for several",
    ),
    saying(
        r"Invalid cluster\.id in: (?<file>\S+?)\.? Expected (?<own>\S+?),? but read (?<other>\S+)",
        "{title} finds the data of another Kafka cluster, {other}, in {file}",
        "use the cluster id of these data, or give it a volume of its own",
    ),
    saying(
        r"No [`']?meta\.properties[`']? found in (?<file>[^\s(]+)",
        "{title} finds no formatted storage in {file}",
        "run kafka-storage.sh format before it starts; the image's own start script does, where `command` does not replace it",
    ),
    saying(
        r"[Cc]ookie file (?<file>\S+) must be accessible by owner only",
        "{title} does not accept the mode of {file}: fsGroup opens it for the group",
        "keep it out of the volume, or have an init container run chmod 600 on it; RABBITMQ_ERLANG_COOKIE sets it anew",
    ),
    saying(
        r"Failed to lock memory|mlock(?:all)?\b.*(?:not available|not permitted|failed|cannot)",
        "{title} is not allowed to lock its memory (mlock)",
        "add the capability IPC_LOCK to its securityContext, or turn it off (disable_mlock = true in Vault, bootstrap.memory_lock: false)",
    ),
    // What is stored.
    saying(
        r"Saved cluster name (?<own>.+?) != configured name (?<other>\S+)",
        "{title} finds the data of another cluster, {own}, where {other} is configured",
        "configure the name that these data have, or give it a volume of its own",
    ),
    saying(
        r"Cannot boot server version (?<new>\d+) on data directory built by version (?<old>\d+)|Downgrade (?:from \S+ to \S+ )?is not supported",
        "{title} is older than its data ({old})",
        "run the image of the version that the data have, or restore a backup made with the older one",
    ),
    saying(
        r"Unsupported redo log format|[Ii]nvalid featureCompatibilityVersion|UPGRADE PROBLEM",
        "{title} is too new for its data, which an older version left behind",
        "run the version of the data again, and upgrade release by release, each with a clean shutdown",
    ),
    saying(
        r"(?:[Yy]ou need to|[Pp]lease) (?:initiali[sz]e the database|run [`'](?<name>[\w ./-]*(?:migrate|upgrade|init)[\w ./-]*)[`'])",
        "{title} finds a database that was not migrated",
        "run the migration first, in a Job of its own",
    ),
    saying(
        r"member \w+ has already been bootstrapped|[Mm]ember .* is already in (?:the )?cluster",
        "{title} was a member of its cluster already, and its data are gone",
        "remove the member and add it again (etcdctl member remove, member add; --initial-cluster-state=existing), or restore its volume",
    ),
    saying(
        r"(?<name>/\S*myid) file is missing",
        "{title} has no {name}, which numbers the servers of ZooKeeper",
        "have an init container write it (from the ordinal of the pod), or use the image's ZOO_MY_ID",
    ),
    Saying {
        lack: Lack::Starting,
        ..saying(
            r"Unable to gossip with any (?:peers|seeds)",
            "{title} reaches none of its seeds",
            "name Services of pods that run as seeds; the first node of a new cluster is its own seed",
        )
    },
    saying(
        r"initialized by PostgreSQL version (?<old>[\d.]+), which is not compatible with this version (?<new>[\d.]+)",
        "{title} is PostgreSQL {new}, and its data are of version {old}",
        "run the image of version {old} again; the data move to {new} with pg_upgrade, or pg_dump and restore",
    ),
    saying(
        r"Dirty database version (?<at>\d+)",
        "{title} does not migrate on: the migration {at} before failed half way",
        "put right by hand what that one left, then mark it (migrate force VERSION)",
    ),
    saying(
        r"\bP3009\b|[Dd]etected failed migration",
        "{title} does not migrate on: a migration before failed half way",
        "put right by hand what that one left, then mark it (prisma migrate resolve, flyway repair)",
    ),
    saying(
        r"Can't locate revision identified by '(?<name>[^']+)'",
        "the database of {title} is at the migration {name}, which the image does not have",
        "deploy an image that has it: this one is older than the database, or was built from another branch",
    ),
    saying(
        r"[Cc]hecksum mismatch for migration (?:version )?(?<name>[\w.]+)",
        "{title} has another text of migration {name} than the one that was applied",
        "give the applied text back, and write what changes as a new migration",
    ),
    saying(
        r#"(?i)(?:relation|table|type|index) ["'`]?(?<name>[\w.]+)["'`]? already exists"#,
        "the database of {title} has {name} already, which its migration makes",
        "see what made it (an earlier try, another tool), and mark the migration as done (flyway baseline, migrate --fake, alembic stamp), or remove it",
    ),
    Saying {
        lack: Lack::Starting,
        ..saying(
            r#"(?i)(?:lock file "[^"]+" already exists|could not (?:acquire|obtain) (?:change log |changelog )?lock|lock [\w ./-]+: resource temporarily unavailable|already (?:locked|in use) by another process|waiting for changelog lock)"#,
            "{title} waits for a lock on its data that somebody else holds",
            "does the replica before still run? Let it go first (strategy Recreate); remove a lock that a killed run left behind (liquibase \
             release-locks, the lock file)",
        )
    },
];
