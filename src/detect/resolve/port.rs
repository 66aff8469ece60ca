//! Where it listens, and what kind it is.

use serde_json::json;

use super::Draft;
use crate::detect::claim::{Claim, Evidence, Fact, Origin, Trust};
use crate::detect::service::Unknown;
use crate::spec::{Kind, Stack};

/// Others that are told.
const TOLD: usize = 3;

/// What is listened on beside the service: debuggers (Node's inspector, the JVM's JDWP, debugpy, Delve), live reload, SSH.
const BESIDE: [u16; 7] = [9229, 9230, 5005, 5678, 2345, 35729, 22];

impl Draft<'_> {
    /// Where a server serves the application, what it does when it is started by hand never runs.
    pub(super) fn forget_by_hand(&mut self) {
        let commands =
            self.each(|fact| matches!(fact, Fact::Command(_) | Fact::Args(_) | Fact::Start(_)).then_some(()));
        let is_of_the_code = commands.first().is_some_and(|((), claim)| claim.trust == Trust::Code);
        if !is_of_the_code || !matches!(self.origin, Some(Origin::Stack { stack: Stack::Python, .. })) {
            return;
        }
        let is_by_hand = |claim: &&Claim| claim.trust == Trust::ByHand;
        for claim in self.claims.iter().filter(|claim| is_by_hand(claim)) {
            if let Fact::Port(port) = claim.fact {
                self.remarks
                    .push(format!("port {port} ({}) is not taken: that is for starting it by hand", claim.evidence));
            }
        }
        self.claims.retain(|claim| !is_by_hand(claim));
    }

    /// The kind, and of a service the port.
    pub(super) fn port(&mut self) {
        let kinds = self.each(|fact| if let Fact::Kind(kind) = fact { Some(*kind) } else { None });
        let ports = self.each(|fact| if let Fact::Port(port) = fact { Some(*port) } else { None });
        if let Some((kind, claim)) = kinds.first() {
            // A platform's word that nothing reaches it, or a command that is known, is more than code that could listen.
            let is_reached = ports.iter().any(|(_, port)| port.trust < claim.trust);
            if !is_reached && *kind != Kind::Service {
                self.kind = *kind;
                let evidence = claim.evidence.clone();
                return self.add("kind", json!(kind), vec![evidence]);
            }
        }
        let Some((_, best)) = ports.first() else {
            let why = "nothing here says where it listens (EXPOSE, listen(…), PORT)".to_owned();
            self.unknown.push(Unknown { field: "port", why, choices: Vec::new() });
            return;
        };
        let of_best: Vec<(u16, &Claim)> =
            ports.iter().filter(|(_, claim)| claim.trust == best.trust).copied().collect();
        let mut values: Vec<u16> = of_best.iter().map(|(port, _)| *port).collect();
        values.sort_unstable();
        values.dedup();
        if values.iter().any(|port| !BESIDE.contains(port)) {
            values.retain(|port| !BESIDE.contains(port));
        }
        if values.len() > 1 {
            // What others say as well is meant.
            let agreed = |port: &u16| {
                ports
                    .iter()
                    .any(|(other, claim)| other == port && claim.trust > best.trust && claim.trust < Trust::Default)
            };
            let said: Vec<u16> = values.iter().copied().filter(agreed).collect();
            if said.len() == 1 {
                values = said;
            }
        }
        let [port] = values[..] else {
            let choices: Vec<(String, Evidence)> = values
                .iter()
                .filter_map(|port| of_best.iter().find(|(other, _)| other == port))
                .map(|(port, claim)| (port.to_string(), claim.evidence.clone()))
                .collect();
            let why =
                choices.iter().map(|(port, evidence)| format!("{port} ({})", evidence.place())).collect::<Vec<_>>();
            let why = format!("several ports are said: {}", why.join(", "));
            self.unknown.push(Unknown { field: "port", why, choices });
            return;
        };
        let Some((_, winner)) = of_best.iter().find(|(other, _)| *other == port) else { return };
        let mut told: Vec<u16> = vec![port];
        for (other, claim) in ports.iter().filter(|(_, claim)| claim.trust < Trust::Default) {
            if !told.contains(other) && told.len() <= TOLD {
                told.push(*other);
                self.remarks.push(format!(
                    "port {other} ({}) is not taken: {} {}",
                    claim.evidence,
                    winner.evidence.place(),
                    winner.trust.reason()
                ));
            }
        }
        let mut evidence = winner.evidence.clone();
        if winner.trust == Trust::Free {
            evidence.text = format!("{}: it takes the port that PORT says, which plat sets", evidence.text);
        }
        self.add("port", json!(port), vec![evidence]);
    }
}
