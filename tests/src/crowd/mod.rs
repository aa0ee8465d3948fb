//! A crowd of viewers: each plays HLS as a player does, over connections of its own that stay open,
//! and measures what it would see. In: an address and a playlist. Out: a [`Report`].
//!
//! It decodes nothing: the bytes of a segment are counted and thrown away in the kernel, so that on
//! a machine of two cores the server under load has a core of its own.

mod client;
mod playlist;
mod report;
mod viewer;

use std::net::{Ipv4Addr, SocketAddrV4};
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

pub use client::{Answer, Client};
pub use report::Report;

use report::Ledger;

/// What a player keeps between itself and the end of the playlist, in target durations (6.3.3).
const BUFFER: u32 = 3;

/// Who watches what, and for how long.
#[derive(Clone, Debug)]
pub struct Crowd {
    /// Where the server listens. Each viewer comes from a loopback address of its own.
    pub server: SocketAddrV4,
    /// The multivariant playlist, as a path.
    pub playlist: String,
    /// How many watch.
    pub viewers: u16,
    /// Over this time they come, evenly.
    pub arrive: Duration,
    /// They stop watching so long after the first came.
    pub watch: Duration,
}

impl Crowd {
    /// Lets them watch. Runs on this thread, and so in its network namespace, until
    /// [`Crowd::watch`] is over.
    ///
    /// # Errors
    /// The kernel gives no timer or no descriptor for the reactor.
    pub fn run(self) -> Result<Report> {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().build().context("tokio")?;
        let local = tokio::task::LocalSet::new();
        let ledger = Rc::new(Ledger::default());
        local.block_on(&runtime, self.all(ledger.clone()));
        // Players that still watch write down how they ended.
        drop(local);
        Ok(ledger.report())
    }

    async fn all(self, ledger: Rc<Ledger>) {
        let began = Instant::now();
        let crowd = Rc::new(self);
        let mut tasks = tokio::task::JoinSet::new();
        for number in 0..crowd.viewers {
            let arrives = crowd.arrive * u32::from(number) / u32::from(crowd.viewers);
            tokio::time::sleep_until((began + arrives).into()).await;
            let (crowd, ledger) = (crowd.clone(), ledger.clone());
            tasks.spawn_local(async move {
                viewer::watch(crowd.client(number), &crowd.playlist, &ledger).await;
            });
        }
        tokio::time::sleep_until((began + crowd.watch).into()).await;
        tasks.abort_all();
        while tasks.join_next().await.is_some() {}
    }

    /// A household has an address of its own: a node counts connections by address.
    fn client(&self, number: u16) -> Client {
        let [high, low] = number.to_be_bytes();
        let from = match self.server.ip().is_loopback() {
            true => Ipv4Addr::new(127, 1 + high, low, 2),
            false => Ipv4Addr::UNSPECIFIED,
        };
        Client::new(self.server, from)
    }
}
