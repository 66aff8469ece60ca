//! What servers and their clients say of how they are set up.

use super::saying::{Saying, saying};
use crate::rollout::model::Lack;

pub(super) const SAYINGS: &[Saying] = &[
    // Who it runs as.
    saying(
        r"(?i)can ?not run elasticsearch as root|should not be (?:run|started) as root|must not be run as root|(?:refusing|refuses) to run as root|cannot (?:be )?run as root|\x22root\x22 execution of the PostgreSQL server is not permitted|how to run mysqld as root|running as root without --no-sandbox",
        "{title} runs as root, and does not start so",
        "run it as a user: `securityContext: {runAsUser: 1000}`, and give it its volumes by fsGroup",
    ),
    saying(
        r"(?i)must (?:be )?run as root|requires root privileges|(?:needs|need) to be root|are you root\?|only root can",
        "{title} wants to run as root, and does not",
        "use the variant of the image for users (-unprivileged, -rootless), or run it as root: `securityContext: {runAsUser: 0}`",
    ),
    saying(
        r"(?i)can only run as pid 1",
        "{title} has to be the first process of its container, and is not",
        "remove shareProcessNamespace from the pod, and a `command` that starts its init from a shell",
    ),
    saying(
        r"No usable sandbox!|Failed to move to new namespace|namespace sandbox",
        "{title} starts a browser that finds no sandbox in its container",
        "start it with --no-sandbox, or give it seccompProfile and capabilities (SYS_ADMIN) that its sandbox needs",
    ),
    // Databases.
    saying(
        r"(?i)server does not support SSL|SSL is not enabled on the server|server does not support TLS",
        "{title} asks for TLS, which its database does not offer",
        "turn it off in the URL (sslmode=disable, useSSL=false), or let the database offer it",
    ),
    saying(
        r#"no pg_hba\.conf entry for (?:replication connection from )?host "[^"]*", user "(?<name>[^"]*)"(?:, database "(?<name2>[^"]*)")?"#,
        "{title} is not let in by its database: no line of pg_hba.conf is for user {name} from here",
        "add one for that user, database and network, or connect with TLS (sslmode=require) where only hostssl lines are there",
    ),
    saying(
        r"Public Key Retrieval is not allowed",
        "{title} may not ask MySQL for its public key, which it needs to log in without TLS",
        "add allowPublicKeyRetrieval=true to the JDBC URL, or connect with TLS",
    ),
    saying(
        r"does not support authentication protocol requested by server|Authentication plugin '(?<name>[^']+)' (?:cannot be loaded|is not supported)|mysql_native_password' is not loaded",
        "{title} does not know how its MySQL wants it to log in ({name})",
        "update its client, or let its user log in by another plugin (ALTER USER … IDENTIFIED WITH …)",
    ),
    // Brokers and what elects leaders.
    saying(
        r"advertised\.listeners cannot use the nonroutable meta-address (?<name>\S+?)\.? ",
        "{title} would tell its clients to connect to {name}, which is no address",
        "advertise the name of its Service or pod (KAFKA_ADVERTISED_LISTENERS=PLAINTEXT://$(POD_NAME).…:9092), and listen on 0.0.0.0",
    ),
    saying(
        r"(?:Stored|configured) (?:node|broker) ?\.?id \d+ doesn't match|doesn't match stored (?:clusterId|brokerId|broker\.id)|Invalid cluster\.id in: \S+",
        "{title} finds the data of another node or cluster in its volume",
        "give it the id that its data have, or an empty volume",
    ),
    saying(
        r"myid file is missing|My id \d+ not in the peer list",
        "{title} does not know which member of its ensemble it is",
        "write its number into the file myid of its data folder (ZOO_MY_ID, or an init container that takes it from the pod's name)",
    ),
    saying(
        r"--initial-cluster has (?<name>\S+) but missing from --initial-advertise-peer-urls",
        "{title} is told two addresses of its own: --initial-cluster and --initial-advertise-peer-urls differ",
        "write the same one in both: the name of the pod below its headless Service",
    ),
    saying(
        r"Multiple private IPv4 addresses found",
        "{title} does not know which of its addresses to take",
        "set one, such as the pod's (-bind and -advertise, by the downward API: status.podIP)",
    ),
    // What its image lacks.
    saying(
        r#"could not find driver|Class "(?<name>Redis|PDO|Imagick|Memcached|MongoDB\\Driver\\Manager|AMQPConnection|ZipArchive|SoapClient|NumberFormatter)" not found|Call to undefined function (?<name2>(?:mb|pg|mysqli|bc|curl|imagecreate|gettext|pcntl|sodium|simplexml|ldap|imap)\w*\(\))"#,
        "{title} lacks an extension of PHP in its image ({name}{name2})",
        "install it when the image is built (docker-php-ext-install, pecl install), or use an image that has it",
    ),
    saying(
        r#"Could not load the "(?<name>\w+)" module using the (?<name2>\S+) runtime"#,
        "{title} has {name} for another platform than {name2}",
        "install it for that platform when the image is built (npm install --os=linux --cpu=x64 --libc=musl for alpine), not on a laptop",
    ),
    saying(
        r"Cannot use import statement outside a module|Unexpected token 'export'|require is not defined in ES module scope|ERR_REQUIRE_ESM",
        "{title} is started as the other kind of JavaScript module",
        r#"correct "type" in package.json ("module" or none), or start what the build has made (dist/…)"#,
    ),
    saying(
        r"SyntaxError: Unexpected token '(?<name>\?\?=|\|\|=|&&=|\?\.|\?\?)'",
        "{title} runs a Node.js that is too old for its code ({name})",
        "use a base image with a newer one",
    ),
    saying(
        r"unknown time ?zone (?<name>[\w/+-]+)|No time zone found with key (?<name2>[\w/+-]+)|ZoneInfoNotFoundError|cannot find time zone|TimeZoneNotFoundException",
        "{title} finds no time zone {name}{name2} in its image",
        "install tzdata in the image, or build it in (import _ \"time/tzdata\", the package tzdata); else correct TZ",
    ),
    saying(
        r"failed to load system roots|no roots provided|No certificates? (?:were|was) found in|error setting certificate verify locations",
        "{title} finds no certificates of authorities in its image",
        "install ca-certificates in the image, or copy /etc/ssl/certs/ca-certificates.crt into it",
    ),
    // What it was not told.
    saying(
        r"(?i)you must specify a region|missing region in config|region is (?:not configured|missing)|NoRegionError|unable to find a region",
        "{title} was not told the region of AWS",
        "give it the variable AWS_REGION (and AWS_DEFAULT_REGION for some)",
    ),
    Saying {
        of_secrets: true,
        ..saying(
            r"InvalidClientTokenId|security token included in the request is (?:invalid|expired)|UnrecognizedClientException",
            "{title} is refused by AWS: its keys are not accepted",
            "give it the key and the secret that were made there, without white space at their ends",
        )
    },
    Saying {
        of_secrets: true,
        ..saying(
            r"Unsupported cipher or incorrect key length",
            "{title} cannot use its APP_KEY: its length does not fit",
            "give it one of its own kind: `base64:` and 32 bytes (php artisan key:generate --show)",
        )
    },
    Saying {
        lack: Lack::Starting,
        ..saying(
            r"(?i)issue connecting with your hostname: (?<name>[\w.-]+)",
            "{title} does not reach its database on {name}",
            "start the database, or correct its host",
        )
    },
];
