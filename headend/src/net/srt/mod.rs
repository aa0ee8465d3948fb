//! SRT in, as listener or caller. The protocol is rsrt's, on tokio; what it delivers goes through
//! a ring to the line. A task supervises it: it comes back after an error, a panic or a peer's end.

mod caller;
mod gate;
mod limit;
mod listener;
mod report;
mod wire;

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use rsrt::{KeyLength, SrtOptions};
use tokio::runtime::Handle;
use tokio::task::AbortHandle;

use super::batch::Batch;
use super::clock;
use super::ring::{self, Drain};
use super::source::SourceCounters;
use crate::plan::SrtPlan;
use caller::Caller;
use listener::Listener;
use report::{Reporter, Shared};

/// The first wait before the next attempt; each further one is twice as long.
const BACK_OFF_MIN: Duration = Duration::from_millis(250);
/// The longest wait before the next attempt.
const BACK_OFF_MAX: Duration = Duration::from_secs(5);
/// What ran so long was well: the wait is short again.
const WELL: Duration = Duration::from_secs(10);
/// How often statistics are taken.
const REPORT: Duration = Duration::from_millis(250);
/// Bytes of a passphrase (SRT draft-sharabayko-srt-01, 6.1.5; libsrt takes 80).
const PASSPHRASE: std::ops::RangeInclusive<usize> = 10..=80;
/// Bytes of a stream id (draft, 3.2.1.3).
const STREAM_ID_MAX: usize = 512;
/// Asked of the kernel for the sockets that rsrt opens; it gives what net.core.rmem_max allows.
const RECEIVE_BUFFER: usize = 4 << 20;

/// An SRT input. Dropping it ends its connection.
pub struct Link {
    drain: Drain,
    shared: Arc<Shared>,
    task: AbortHandle,
}

/// Why an SRT input cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum SrtError {
    /// The address cannot be bound.
    #[error("cannot listen for SRT on {address}: {error}{}", advice(.error))]
    Bind {
        /// As configured.
        address: SocketAddr,
        /// The kernel's word.
        error: io::Error,
    },
    /// The passphrase is of a length that SRT does not know.
    #[error("the passphrase has {0} bytes; SRT takes 10 to 80")]
    Passphrase(usize),
    /// The key is of a length that AES does not know.
    #[error("`pbkeylen` is {0}; it is 16 for AES-128, 24 for AES-192 or 32 for AES-256")]
    KeyLength(u8),
    /// The stream id is too long.
    #[error("the stream id has {0} bytes; SRT takes {STREAM_ID_MAX}")]
    StreamId(usize),
}

impl Link {
    /// Binds a listener, or starts to call.
    ///
    /// # Errors
    /// The address is taken or not ours, or an option is out of its range. A peer that is not
    /// there is no error but a state.
    pub fn open(plan: &SrtPlan, runtime: &Handle) -> Result<Self, SrtError> {
        let options = options(plan)?;
        let (feed, drain) = ring::ring();
        let (reporter, shared) = report::new();
        let job = if plan.listener {
            Job::Listener(Listener::bind(plan, options, feed)?)
        } else {
            Job::Caller(Caller::new(plan.address, options, feed))
        };
        let task = runtime.spawn(supervise(job, reporter));
        Ok(Self {
            drain,
            shared,
            task: task.abort_handle(),
        })
    }

    /// Replaces what `batch` holds by what SRT has delivered.
    pub fn receive(&mut self, batch: &mut Batch) -> usize {
        self.drain.receive(batch)
    }

    /// What was delivered since the input was opened, and how the link does.
    #[must_use]
    pub fn counters(&self) -> SourceCounters {
        SourceCounters {
            srt: Some(self.shared.state.load_full()),
            trouble: self.shared.trouble.load_full(),
            ..self.drain.counters()
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// One side of a connection.
enum Job {
    Listener(Listener),
    Caller(Caller),
}

impl Job {
    /// Runs until it cannot go on, and says why.
    async fn run(&mut self, reporter: &mut Reporter) -> String {
        match self {
            Self::Listener(listener) => listener.run(reporter).await,
            Self::Caller(caller) => caller.run(reporter).await,
        }
    }
}

/// Runs `job` again and again.
async fn supervise(mut job: Job, mut reporter: Reporter) {
    let mut back_off = BACK_OFF_MIN;
    loop {
        let started = clock::now();
        let reason = unless_panic(job.run(&mut reporter))
            .await
            .unwrap_or_else(|| "the SRT library failed (a panic); it is started again".into());
        if clock::now().since(started) >= WELL {
            back_off = BACK_OFF_MIN;
        }
        reporter.down(reason);
        tokio::time::sleep(back_off).await;
        back_off = (back_off * 2).min(BACK_OFF_MAX);
    }
}

/// What `future` gives; `None` when it panics.
async fn unless_panic<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    std::future::poll_fn(|context| {
        match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
            Ok(polled) => polled.map(Some),
            Err(_) => Poll::Ready(None),
        }
    })
    .await
}

fn options(plan: &SrtPlan) -> Result<SrtOptions, SrtError> {
    let mut options = SrtOptions::default().latency(plan.latency);
    options.udp_recv_buffer = Some(RECEIVE_BUFFER);
    if let Some(secret) = &plan.passphrase {
        if !PASSPHRASE.contains(&secret.0.len()) {
            return Err(SrtError::Passphrase(secret.0.len()));
        }
        let length = KeyLength::from_bytes(plan.key_bytes.into());
        options.pbkeylen = Some(length.ok_or(SrtError::KeyLength(plan.key_bytes))?);
        options = options.passphrase(secret.0.clone());
    }
    if let Some(id) = &plan.stream_id {
        if id.len() > STREAM_ID_MAX {
            return Err(SrtError::StreamId(id.len()));
        }
        options = options.streamid(id);
    }
    Ok(options)
}

fn advice(error: &io::Error) -> &'static str {
    match error.raw_os_error() {
        Some(libc::EADDRINUSE) => "; another program or channel has this port",
        Some(libc::EADDRNOTAVAIL) => {
            "; no interface here has that address (use 0.0.0.0 or [::] for any)"
        }
        Some(libc::EACCES) => "; ports below 1024 need CAP_NET_BIND_SERVICE",
        _ => "",
    }
}

#[cfg(test)]
mod tests;
