//! What a rule recognised, and what would prove that the rollout does not recover from it.

use jiff::{SignedDuration, Timestamp};

use crate::rollout::model::{Cause, Lack, LogRequest, Lookup};

pub(in crate::rollout) struct Symptom {
    pub finding: Cause,
    /// The same in few words, for the line of the replica.
    pub state_text: String,
    pub proof: Proof,
    /// The log that belongs to the evidence, when it was not fetched yet.
    pub needs_log: Option<LogRequest>,
    /// Whose affair it is.
    pub lack: Lack,
}

impl Symptom {
    /// Whether time or a look-up can prove it.
    pub fn may_be_proven(&self) -> bool {
        self.proof.is_possible()
    }

    /// One that says the same of a replica as in its finding, and needs no log.
    pub fn new(finding: Cause, proof: Proof) -> Self {
        Self { state_text: finding.what.clone(), finding, proof, needs_log: None, lack: Lack::Own }
    }
}

/// What would prove that the rollout does not recover by itself.
pub(in crate::rollout) enum Proof {
    /// The symptom: nothing more is needed, for this reason.
    Immediate(&'static str),
    /// The same, with a reason that counts.
    Counted(String),
    /// It lasts this long.
    Lasting(SignedDuration),
    /// It lasts this long, and a look-up that is made then confirms it.
    Confirmed { grace: SignedDuration, lookup: Lookup, key: Option<String> },
    /// It lasts until `latest`; usually another sign decides at `expected`.
    Until { expected: Timestamp, latest: Timestamp, why: &'static str },
    /// What is still to happen, as is said here.
    Open(&'static str),
    /// Nothing: it may recover at any time.
    Never,
    /// `proof` decides; these look-ups make what is said about it true.
    Informed { lookups: Vec<Lookup>, proof: Box<Proof> },
}

impl Proof {
    /// It lasts until this moment.
    pub fn by(moment: Timestamp, why: &'static str) -> Self {
        Self::Until { expected: moment, latest: moment, why }
    }

    /// Why it is proven; or what may still happen, where it is not.
    pub fn because(&self, proven: bool) -> String {
        match self {
            Self::Informed { proof, .. } => proof.because(proven),
            Self::Never => "nothing proves that it does not recover: the deadline decides".to_owned(),
            Self::Open(decides) => (*decides).to_owned(),
            Self::Immediate(why) | Self::Until { why, .. } if proven => (*why).to_owned(),
            Self::Counted(why) if proven => why.clone(),
            Self::Lasting(grace) if proven => format!("it has lasted {} s", grace.as_secs()),
            Self::Confirmed { grace, lookup: Lookup::Image(_), .. } if proven => {
                format!("the registry was asked again after {} s", grace.as_secs())
            }
            Self::Confirmed { grace, .. } if proven => format!("it was looked for again after {} s", grace.as_secs()),
            Self::Confirmed { .. } => "it may still come".to_owned(),
            Self::Immediate(_) | Self::Counted(_) | Self::Lasting(_) | Self::Until { .. } => {
                "it may still pass".to_owned()
            }
        }
    }

    /// Whether time alone proves it before this moment.
    pub fn ends_before(&self, moment: Timestamp) -> bool {
        matches!(self, Self::Until { latest, .. } if *latest < moment)
    }

    /// Whether it is proven at once, whatever is looked up beside it.
    pub fn is_immediate(&self) -> bool {
        match self {
            Self::Informed { proof, .. } => proof.is_immediate(),
            proof => matches!(proof, Self::Immediate(_) | Self::Counted(_)),
        }
    }

    fn is_possible(&self) -> bool {
        match self {
            Self::Never | Self::Open(_) => false,
            Self::Informed { proof, .. } => proof.is_possible(),
            Self::Immediate(_) | Self::Counted(_) | Self::Lasting(_) | Self::Confirmed { .. } | Self::Until { .. } => {
                true
            }
        }
    }

    pub fn informed_by(self, lookups: impl IntoIterator<Item = Lookup>) -> Self {
        let lookups: Vec<Lookup> = lookups.into_iter().collect();
        if lookups.is_empty() { self } else { Self::Informed { lookups, proof: Box::new(self) } }
    }
}
