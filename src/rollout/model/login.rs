//! What is known of the logins that servers make for themselves, and of those that a program sends. Never their values.

use serde::{Deserialize, Serialize};

/// A part of the login that a server makes at its first start, as its image reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ServerLogin {
    /// `StatefulSet db`
    pub server: String,
    pub product: Product,
    pub part: LoginPart,
    /// `POSTGRES_PASSWORD (key password of Secret db)`
    pub takes: String,
    /// What the program has of the same part.
    pub sends: Vec<SentLogin>,
    /// Of a user: whether the one that was refused is this one.
    #[serde(default)]
    pub refused: Option<Likeness>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Product {
    Postgres,
    /// And `MariaDB`.
    Mysql,
    /// And Valkey.
    Redis,
    Rabbitmq,
    Mongo,
    Minio,
    Clickhouse,
    Elastic,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum LoginPart {
    User,
    Password,
    /// Of `MySQL`'s root, who has another than the user that is made.
    RootPassword,
}

/// What a program logs in with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SentLogin {
    /// `DB_PASSWORD (key password of Secret app)`
    pub from: String,
    pub likeness: Likeness,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Likeness {
    Same,
    /// But for white space around one of them.
    Spaced,
    /// One of them is the other in Base64: a Secret's `data` has it so, its `stringData` has not.
    Encoded,
    Other,
}
