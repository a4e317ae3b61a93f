//! Ctrl-C and requests to end, for what goes on until then.

use super::connect::Alive;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Knows whether the user (or a service manager) asked the process to end.
#[derive(Clone)]
pub struct Interrupts {
    asked: Arc<AtomicBool>,
    /// Keeps the thread going that listens.
    _alive: Arc<Alive>,
}

impl Interrupts {
    pub(super) fn listen(alive: Arc<Alive>) -> Self {
        let asked = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&asked);
        alive.handle.spawn(async move {
            // Without a listener the system's own way of ending the process stays.
            if wait().await {
                flag.store(true, Ordering::Relaxed);
            }
        });
        Self {
            asked,
            _alive: alive,
        }
    }

    /// Whether to end.
    #[must_use]
    pub fn asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }
}

#[cfg(unix)]
async fn wait() -> bool {
    use futures_util::future::{Either, select};
    use std::pin::pin;
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut end) = signal(SignalKind::terminate()) else {
        return tokio::signal::ctrl_c().await.is_ok();
    };
    match select(pin!(tokio::signal::ctrl_c()), pin!(end.recv())).await {
        Either::Left((interrupted, _)) => interrupted.is_ok(),
        Either::Right((ended, _)) => ended.is_some(),
    }
}

#[cfg(not(unix))]
async fn wait() -> bool {
    tokio::signal::ctrl_c().await.is_ok()
}
