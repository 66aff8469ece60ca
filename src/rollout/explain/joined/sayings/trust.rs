//! Keys, certificates and licenses.

use super::saying::{Saying, saying};

pub(super) const SAYINGS: &[Saying] = &[
    saying(
        r"[Nn]o server certificate was specified|[Uu]nable to configure HTTPS endpoint",
        "{title} is to serve HTTPS, and has no certificate",
        "let it serve HTTP (ASPNETCORE_URLS, ASPNETCORE_HTTP_PORTS), or mount a certificate and name it (ASPNETCORE_Kestrel__Certificates__Default__Path)",
    ),
    // Keys and certificates.
    saying(
        r"certificate has expired or is not yet valid: current time \S+ is before (?<then>\S+)",
        "{title} meets a certificate that is not valid before {then}",
        "set the clock of the node right if it is wrong; else the certificate becomes valid by itself",
    ),
    saying(
        r"certificate has expired or is not yet valid: current time \S+ is after (?<then>\S+)",
        "{title} meets a certificate that has expired, since {then}",
        "renew it: that of whom it calls, or its own that is mounted",
    ),
    saying(
        r"certificate has expired|CERT_HAS_EXPIRED",
        "{title} meets a certificate that has expired",
        "renew it: that of whom it calls, or its own that is mounted",
    ),
    saying(
        r"x509: certificate signed by unknown authority|unable to (?:get|verify) (?:local issuer|the first) certificate|self[- ]signed certificate|CERTIFICATE_VERIFY_FAILED|PKIX path building failed",
        "{title} does not trust the certificate of whom it calls",
        "add the authority to the image (the package ca-certificates, or the company's own), or mount it and name it to the program",
    ),
    Saying {
        of_secrets: true,
        ..saying(
            r"DECODER routines::unsupported|could not (?:parse|read) (?:private )?key|no start line|Could not deserialize key data",
            "{title} cannot read its private key",
            r"give it whole, in PEM, with real line breaks: a variable with \n in it has none (kubectl create secret --from-file)",
        )
    },
    Saying {
        of_secrets: true,
        ..saying(
            r"(?i)licen[sc]e\b.*\b(?:invalid|expired|not valid|not enabled|missing|required|not found)|(?:invalid|expired|missing) licen[sc]e",
            "{title} does not accept its license",
            "give it one that covers this version and edition, where the program reads it",
        )
    },
];
