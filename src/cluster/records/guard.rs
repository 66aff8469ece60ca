//! The permission to write: the Lease is held now, or this kind of run needs none.

use std::sync::Arc;

use super::lease::{self, Holder};
use super::lock::{self, Held, Lock};
use crate::error::{Error, Result};
use crate::reason::Reason;

/// The permission that every writing call asks for, and asks again before it writes. A lost Lease ends it at the next
/// call, for good.
#[derive(Clone)]
pub struct WriteGuard(Permission);

#[derive(Clone)]
enum Permission {
    Held(Arc<Held>),
    Unfenced,
}

impl WriteGuard {
    /// As long as this lock is held.
    #[must_use]
    pub fn held(lock: &Lock) -> Self {
        Self(Permission::Held(lock.state()))
    }

    /// Where nothing keeps writers apart; `reason` says why that is so.
    #[must_use]
    pub fn unfenced(reason: &'static str) -> Self {
        tracing::debug!(reason, "writes are not fenced");
        Self(Permission::Unfenced)
    }

    /// Whether this run may write now. Costs no request while the last renewal is recent; else the API server is asked.
    ///
    /// # Errors
    /// `LockLost` when someone else took or deleted the Lease; no answer.
    pub async fn check(&self) -> Result<()> {
        let Permission::Held(held) = &self.0 else { return Ok(()) };
        match held.is_held().await {
            Ok(true) => Ok(()),
            Ok(false) => Err(lost(held).await),
            Err(error) => {
                let lease = lock::describe(&held.cluster, &held.service);
                Err(held.cluster.explain(error, &format!("renew {lease}")).hint("nothing more was written"))
            }
        }
    }

    /// Whether it is known to be lost.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        matches!(&self.0, Permission::Held(held) if held.is_lost())
    }

    /// Waits until it is lost, and says to whom; for ever where it cannot be.
    pub async fn lost(&self) -> Error {
        match &self.0 {
            Permission::Held(held) => {
                held.until_lost().await;
                lost(held).await
            }
            Permission::Unfenced => std::future::pending().await,
        }
    }
}

/// Says who has it now.
async fn lost(held: &Held) -> Error {
    let Held { cluster, service, claim, .. } = held;
    let doing = claim.doing;
    let taken = match lease::standing(cluster, service).await {
        Ok(standing) => match (standing.holder, standing.last) {
            (Some(Holder { who, doing, .. }), _) => format!("{who} holds it now ({doing})"),
            (None, Some(Holder { who, doing, .. })) => format!("{who} took it ({doing}) and has ended"),
            (None, None) => "nobody holds it now".to_owned(),
        },
        Err(error) => format!("who holds it now could not be read: {error}"),
    };
    Error::user(format!("the lock of {service} was lost: {taken}; this {doing} wrote nothing more"))
        .at(lock::describe(cluster, service))
        .hint(format!("see what happened meanwhile: plat history {service} -n {}", cluster.namespace))
        .hint(format!("if it is still wanted, run the {doing} again"))
        .reason(Reason::LockLost)
}

/// A lock is given back when it is dropped, which needs a thread of its own.
#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::super::lock::{Claim, Moment};
    use super::*;
    use crate::cluster::connect::fake::Fake;

    fn lock(fake: &Fake, renewed: Moment) -> Lock {
        let who = "ada on laptop".to_owned();
        let claim = Claim { who, run: "1".to_owned(), doing: "deploy", rendered: "ff".to_owned() };
        Lock::start(&fake.cluster, "shop", &claim, renewed, Timestamp::now())
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_recent_renewal_is_enough() {
        let fake = Fake::refusing(422).await;
        let lock = lock(&fake, Moment::now());
        let guard = WriteGuard::held(&lock);
        assert!(guard.check().await.is_ok() && fake.requests().is_empty());
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn what_may_have_lapsed_is_asked_for_once() {
        // The first question meets a connection that died.
        let fake = Fake::refusing(0).await;
        let lock = lock(&fake, Moment::BOOT);
        let guard = WriteGuard::held(&lock);
        assert!(guard.check().await.is_ok() && guard.check().await.is_ok());
        assert_eq!(fake.requests(), ["PATCH /apis/coordination.k8s.io/v1/namespaces/shop/leases/plat-shop"; 2]);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn what_is_lost_stays_lost() {
        let fake = Fake::refusing(422).await;
        let lock = lock(&fake, Moment::BOOT);
        let guard = WriteGuard::held(&lock);
        for _ in 0..2 {
            let error = guard.check().await.expect_err("the lock is someone else's");
            assert_eq!((error.exit_code(), error.reason.as_ref()), (1, Some(&Reason::LockLost)), "{error}");
        }
        assert!(guard.is_lost());
        let renewals = fake.requests().iter().filter(|request| request.starts_with("PATCH")).count();
        assert_eq!(renewals, 1, "{:?}", fake.requests());
    }
}
