//! Secrets that are known by their own shape: the prefix that their maker gave them so that they can be found.

/// One token of each maker, from the makers' own documentation of what their tokens look like. Lengths are lower limits:
/// a token that a log has cut short is still one.
///
/// A token stands alone: not after a letter, a digit or `_`.
const TOKENS: &[&str] = &[
    // JSON Web Tokens (RFC 7519): `{"` in base64; Grafana's first keys look like half of one
    r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?",
    r"eyJrIjoi[A-Za-z0-9+/=]{24,}",
    // AWS: access keys, Bedrock
    r"(?:AKIA|ASIA|AROA|AIDA|ABIA|ACCA)[A-Z0-9]{16}\b",
    r"ABSK[A-Za-z0-9+/]{24,}={0,2}|bedrock-api-key-[A-Za-z0-9+/=_-]{20,}",
    r"amzn\.mws\.[0-9a-f-]{36}|amzn1\.oa2-cs\.v1\.[a-f0-9]{24,}",
    // Google: API keys, OAuth access, refresh and client secrets
    r"AIza[A-Za-z0-9_-]{24,}|ya29\.[A-Za-z0-9_-]{20,}|GOCSPX-[A-Za-z0-9_-]{20,}|1//0[A-Za-z0-9_-]{24,}",
    // Azure: client secrets, DevOps
    r"[A-Za-z0-9_~.]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,34}",
    r"[A-Za-z0-9]{24,}AZDO[A-Za-z0-9]{4}",
    r"LTAI[A-Za-z0-9]{16,24}\b",
    // GitHub, GitLab, Bitbucket and Jira
    r"gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}",
    r"(?:glpat|gldt|glrt|glrtr|glcbt|glptt|glft|glimt|glagent|gloas|glsoat|glffct|glwt)-[A-Za-z0-9_.-]{20,}",
    r"AT(?:ATT|CTT)3[A-Za-z0-9_=-]{20,}|ATBB[A-Za-z0-9]{20,}",
    // Slack, Discord, Telegram, Twilio, Vonage's relatives
    r"xox[abceoprs](?:\.xox[bp])?-[A-Za-z0-9-]{10,}|xapp-[0-9]-[A-Za-z0-9-]{10,}",
    r"[MNO][A-Za-z0-9_-]{23,25}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{24,}",
    r"[0-9]{8,10}:AA[A-Za-z0-9_-]{24,}",
    r"SK[0-9a-f]{32}\b",
    // payment
    r"(?:[srp]k|rk)_(?:live|test|prod)_[A-Za-z0-9]{10,}|whsec_[A-Za-z0-9+/=]{20,}",
    r"sq0(?:atp|csp)-[A-Za-z0-9_-]{22,}|EAAA[A-Za-z0-9_-]{24,}",
    r"shp(?:at|ca|pa|ss|tka)_[A-Fa-f0-9]{24,}|shippo_(?:live|test)_[A-Fa-f0-9]{40}",
    r"FLWSECK(?:_TEST)?-[A-Za-z0-9]{12,}(?:-X)?|duffel_(?:test|live)_[A-Za-z0-9_=-]{24,}|EZ[AT]K[A-Za-z0-9]{40,}",
    // packages and images
    r"npm_[A-Za-z0-9]{36}|pypi-[A-Za-z0-9_-]{20,}|rubygems_[a-f0-9]{24,}|CLOJARS_[a-z0-9]{24,}|oy2[a-z0-9]{43}",
    r"dckr_(?:pat|oat)_[A-Za-z0-9_-]{20,}|cio[A-Za-z0-9]{32}\b",
    r"AKCp[A-Za-z0-9]{24,}|cmVmdGtu[A-Za-z0-9]{24,}",
    // models
    r"sk-[A-Za-z0-9_-]{20,}|hf_[A-Za-z0-9]{24,}|api_org_[A-Za-z0-9]{24,}|xai-[A-Za-z0-9]{24,}|gsk_[A-Za-z0-9]{24,}",
    r"pplx-[A-Za-z0-9]{24,}|r8_[A-Za-z0-9]{24,}|lsv2_(?:pt|sk)_[A-Za-z0-9_]{24,}",
    // mail
    r"SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}|xkeysib-[a-f0-9]{24,}(?:-[A-Za-z0-9]+)?",
    r"key-[0-9a-f]{32}\b|[0-9a-f]{32}-us[0-9]{1,2}\b",
    // clouds and hosts
    r"do[opr]_v1_[a-f0-9]{24,}|v1\.0-[a-f0-9]{24}-[a-f0-9]{24,}",
    r"f(?:o1_[A-Za-z0-9_-]{24,}|m1[ar]_[A-Za-z0-9+/=]{24,}|m2_[A-Za-z0-9+/=]{24,})",
    r"nfp_[A-Za-z0-9]{24,}|vc[pkra]_[A-Za-z0-9]{24,}|sbp_[a-f0-9]{40}|HRKU-[A-Za-z0-9_-]{24,}",
    r"tk-us-[A-Za-z0-9_-]{24,}|AVNS_[A-Za-z0-9_-]{16,}|SCW[A-Z0-9]{17}\b",
    r"sha256~[A-Za-z0-9_-]{43}|tskey-[a-z]+-[A-Za-z0-9]{8,}-[A-Za-z0-9]{16,}",
    // secrets' own stores
    r"hv[sbr]\.[A-Za-z0-9_-]{20,}|dp\.(?:pt|st|ct|sa|scim|audit)\.(?:[a-z0-9_-]+\.)?[A-Za-z0-9]{24,}",
    r"ops_eyJ[A-Za-z0-9+/=_-]{24,}|A3-[A-Z0-9]{6}-[A-Z0-9-]{20,}|AGE-SECRET-KEY-1[A-Z0-9]{20,}",
    r"pul-[a-f0-9]{40}|[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{24,}",
    // data
    r"dapi[a-f0-9]{32}(?:-[0-9])?|pscale_(?:tkn|pw|oauth)_[A-Za-z0-9_=.-]{24,}",
    r"dt0c01\.[A-Z0-9]{24}\.[A-Z0-9]{24,}|glsa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}|glc_[A-Za-z0-9+/=]{24,}",
    r"sntry[su]_[A-Za-z0-9+/=_-]{24,}",
    r"NRAK-[A-Z0-9]{27}|NRII-[A-Za-z0-9_-]{32}|NRJS-[a-f0-9]{19}|NRRA-[a-f0-9]{42}|[a-f0-9]{36}NRAL\b",
    r"ph[xc]_[A-Za-z0-9]{24,}|apify_api_[A-Za-z0-9]{24,}",
    // tools
    r"lin_(?:api|oauth)_[A-Za-z0-9]{24,}|figd_[A-Za-z0-9_-]{24,}|ntn_[A-Za-z0-9]{24,}|secret_[A-Za-z0-9]{43}",
    r"PMAK-[a-f0-9]{24}-[a-f0-9]{24,}|rdme_[a-z0-9]{24,}|tfp_[A-Za-z0-9_.=-]{24,}|CFPAT-[A-Za-z0-9_-]{24,}",
    r"pat[A-Za-z0-9]{14}\.[a-f0-9]{24,}|1/[0-9]{16}:[0-9a-f]{32}\b",
    r"sgp_(?:[A-Fa-f0-9]{16}_|local_)?[A-Fa-f0-9]{40}|squ_[a-f0-9]{40}|sq[ap]_[a-f0-9]{40}|pnu_[A-Za-z0-9]{36}",
    r"fio-u-[A-Za-z0-9_=-]{24,}|sm_[aps]at_[A-Za-z0-9]{16}|API-[A-Z0-9]{26}\b|dnkey-[A-Z0-9-]{24,}",
    r"[A-Za-z0-9]{6}_[A-Za-z0-9]{29}_mmk\b|CCIPAT_[A-Za-z0-9_]{24,}|bkua_[a-f0-9]{40}|authress_[a-z0-9]{5,}\.[a-z0-9]{4,6}\.acc[_-][A-Za-z0-9._+/=-]{24,}",
];

/// The hash of a password: bcrypt, crypt(3), argon2, SCRAM of `PostgreSQL`.
const HASHES: &[&str] = &[
    r"\$2[abxy]?\$[0-9]{2}\$[./A-Za-z0-9]{53}",
    r"\$[156y]\$[^\s$:]{1,40}\$[./A-Za-z0-9$]{22,}",
    r"\$argon2(?:id|i|d)\$[^\s:]{20,}",
    r"SCRAM-SHA-256\$[0-9]+:[A-Za-z0-9+/=$:]{24,}",
];

/// One pattern for all of them.
pub(super) fn pattern() -> String {
    format!(r"\b(?:{})|{}", TOKENS.join("|"), HASHES.join("|"))
}
