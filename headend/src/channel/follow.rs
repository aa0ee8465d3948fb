//! From the tap to who watches over HTTP: one task for a channel, on tokio, never on the packet
//! path.

use std::sync::Arc;
use std::time::Duration;

use packager::emit::Join;
use packager::ts::RawPacket;
use rtrb::{Consumer, RingBuffer};
use tokio::task::JoinHandle;

use super::hls::Packaging;
use crate::line::Tap;
use crate::live::Live;

/// Packets between the line and the task: 0.6 s of 40 Mbit/s.
const TAP_PACKETS: usize = 16_384;
/// How often the tap is emptied; a part lasts 400 ms.
const EMPTY_EVERY: Duration = Duration::from_millis(10);

/// The task of one running channel; dropping it ends the task.
pub(super) struct Follow {
    task: JoinHandle<()>,
    /// The programme for readers of the transport stream.
    pub(super) live: Arc<Live>,
}

impl Follow {
    /// Starts the task and gives the tap for the line.
    pub(super) fn start(hls: Option<Packaging>) -> (Self, Tap) {
        let (producer, consumer) = RingBuffer::new(TAP_PACKETS);
        let live = Arc::<Live>::default();
        let follower = Follower {
            hls,
            join: Join::default(),
            live: live.clone(),
        };
        let task = tokio::spawn(follower.run(consumer));
        (Self { task, live }, Tap::new(producer))
    }
}

impl Drop for Follow {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What the task holds.
struct Follower {
    hls: Option<Packaging>,
    join: Join,
    live: Arc<Live>,
}

impl Follower {
    async fn run(mut self, mut packets: Consumer<RawPacket>) {
        let mut every = tokio::time::interval(EMPTY_EVERY);
        every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        loop {
            every.tick().await;
            while let Ok(packet) = packets.pop() {
                if let Some(piece) = self.join.push(&packet) {
                    self.live.push(&piece);
                }
                if let Some(hls) = &mut self.hls {
                    hls.push(&packet);
                }
            }
            if let Some(piece) = self.join.take() {
                self.live.push(&piece);
            }
            if let Some(hls) = &mut self.hls {
                hls.turn();
            }
        }
    }
}
