//! The messages of one receiver, in order, each until it is taken or too old.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::mpsc::Receiver;
use tokio::time::{Instant, sleep};

use super::post::Target;
use super::{Counters, Key};
use crate::channel::wall_now;
use crate::plan::WebhookPlan;

/// After a failure: the first pause, doubled up to the longest.
const PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// A message that was not taken for so long is lost: the next ones are worth more.
const GIVE_UP: Duration = Duration::from_secs(3_600);

/// One POST to be made.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) id: Arc<str>,
    pub(super) body: Arc<str>,
}

/// The life of one receiver's queue.
pub(super) struct Delivery {
    url: String,
    target: Target,
    key: Option<Key>,
    messages: Receiver<Message>,
    counters: Arc<Counters>,
}

impl Delivery {
    pub(super) fn new(
        plan: &WebhookPlan,
        messages: Receiver<Message>,
        counters: Arc<Counters>,
    ) -> Self {
        Self {
            url: plan.url.clone(),
            target: Target::of(plan),
            key: Key::of(&plan.secret.0),
            messages,
            counters,
        }
    }

    /// Until the queue is closed and empty.
    pub(super) async fn run(mut self) {
        while let Some(message) = self.messages.recv().await {
            self.deliver(&message).await;
        }
    }

    async fn deliver(&self, message: &Message) {
        let Some(key) = &self.key else {
            // The configuration lets no such secret through.
            return self.counters.lost(&self.url, "its secret is no key");
        };
        let (begin, mut pause) = (Instant::now(), PAUSE);
        loop {
            let timestamp = wall_now().unix_seconds();
            let signature = key.sign(&message.id, timestamp, &message.body);
            let why = match self.target.post(message, timestamp, &signature).await {
                Ok(()) => {
                    self.counters.delivered.fetch_add(1, Ordering::Relaxed);
                    if self.counters.trouble.swap(None).is_some() {
                        tracing::info!(url = self.url, "the webhook is reached again");
                    }
                    return;
                }
                Err(why) => why,
            };
            self.counters.refused.fetch_add(1, Ordering::Relaxed);
            let known = self.counters.trouble.swap(Some(Arc::new(why.clone())));
            if known.is_none() {
                tracing::warn!(url = self.url, "a webhook is not reached: {why}");
            }
            if begin.elapsed() + pause > GIVE_UP {
                return self.counters.lost(&self.url, &why);
            }
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}
