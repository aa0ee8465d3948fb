//! Incidents told to other programs: a signed HTTP POST for each that begins, changes or ends, in
//! the form of Standard Webhooks.
//!
//! In: incidents, never waited for. Out: requests, in order for each receiver, tried again with
//! growing pauses. A receiver that hangs, refuses or is not there disturbs nobody: its queue has a
//! cap, and what it loses is counted and told.

mod delivery;
mod post;
mod sign;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use serde_json::json;
use tokio::runtime::Handle;
use tokio::sync::mpsc::{self, Sender};
use tokio::task::JoinHandle;

use crate::cause::Incident;
use crate::plan::{WebhookEvent, WebhookPlan};
use crate::report::{Millis, stamp};
use crate::snapshot::WebhookSnapshot;
use delivery::{Delivery, Message};
pub use sign::Key;

/// Messages that wait for a receiver: an hour of a node that is ill, some 500 kB.
const QUEUE: usize = 256;

/// All receivers of the node.
#[derive(Debug)]
pub struct Webhooks {
    node: Arc<str>,
    runtime: Handle,
    hooks: Vec<Hook>,
}

#[derive(Debug)]
struct Hook {
    plan: WebhookPlan,
    queue: Option<Sender<Message>>,
    counters: Arc<Counters>,
    task: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Counters {
    delivered: AtomicU64,
    refused: AtomicU64,
    dropped: AtomicU64,
    /// Why the last try failed; `None` when it did not.
    trouble: ArcSwapOption<String>,
}

impl Webhooks {
    /// None yet; `node` is the name that receivers see.
    #[must_use]
    pub fn new(node: &str, runtime: Handle) -> Self {
        Self {
            node: node.into(),
            runtime,
            hooks: Vec::new(),
        }
    }

    /// Serves these receivers and no other; one that is served already goes on as it is.
    pub fn serve(&mut self, plans: &[WebhookPlan]) {
        let mut old = std::mem::take(&mut self.hooks);
        for plan in plans {
            let same = old.iter().position(|hook| hook.plan == *plan);
            let hook = match same {
                Some(at) => old.swap_remove(at),
                None => Hook::start(plan, &self.runtime),
            };
            self.hooks.push(hook);
        }
    }

    /// Tells an incident to all who want to know. Never waits.
    pub fn tell(&self, event: WebhookEvent, incident: &Incident, at: Millis) {
        let wants = |hook: &&Hook| hook.plan.events.contains(&event);
        if !self.hooks.iter().any(|hook| wants(&hook)) {
            return;
        }
        let word = event.word();
        let body = json!({
            "type": format!("incident.{word}"),
            "timestamp": stamp(at),
            "data": { "node": &*self.node, "incident": incident },
        });
        let message = Message {
            // The same at each try, another for each event: receivers drop what comes twice.
            id: format!("{}.{word}.{at}", incident.id).into(),
            body: body.to_string().into(),
        };
        for hook in self.hooks.iter().filter(wants) {
            hook.leave(message.clone());
        }
    }

    /// How each does.
    #[must_use]
    pub fn snapshot(&self) -> Vec<WebhookSnapshot> {
        self.hooks.iter().map(Hook::snapshot).collect()
    }

    /// What is wrong with some, in a sentence each.
    pub fn troubles(&self) -> impl Iterator<Item = String> {
        self.hooks.iter().filter_map(|hook| {
            let trouble = hook.counters.trouble.load_full()?;
            let dropped = hook.counters.dropped.load(Ordering::Relaxed);
            Some(format!(
                "the webhook {} is not reached: {trouble}; {dropped} messages lost",
                hook.plan.url
            ))
        })
    }

    /// Delivers what waits, within `patience`.
    pub async fn close(mut self, patience: Duration) {
        let all = self.hooks.iter_mut().map(|hook| {
            hook.queue = None;
            &mut hook.task
        });
        let tasks: Vec<_> = all.collect();
        let deadline = tokio::time::Instant::now() + patience;
        for task in tasks {
            let _ = tokio::time::timeout_at(deadline, task).await;
        }
    }
}

impl Hook {
    fn start(plan: &WebhookPlan, runtime: &Handle) -> Self {
        let (queue, messages) = mpsc::channel(QUEUE);
        let counters = Arc::new(Counters::default());
        let delivery = Delivery::new(plan, messages, counters.clone());
        Self {
            plan: plan.clone(),
            queue: Some(queue),
            counters,
            task: runtime.spawn(delivery.run()),
        }
    }

    fn leave(&self, message: Message) {
        let left = self.queue.as_ref().map(|queue| queue.try_send(message));
        if !matches!(left, Some(Ok(()))) {
            self.counters.lost(&self.plan.url, "its queue is full");
        }
    }

    fn snapshot(&self) -> WebhookSnapshot {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let queue = self.queue.as_ref();
        WebhookSnapshot {
            url: self.plan.url.clone(),
            delivered_total: count(&self.counters.delivered),
            refused_total: count(&self.counters.refused),
            dropped_total: count(&self.counters.dropped),
            queued: queue.map_or(0, |queue| (QUEUE - queue.capacity()) as u64),
            trouble: self.counters.trouble.load_full().map(|t| String::clone(&t)),
        }
    }
}

impl Counters {
    fn lost(&self, url: &str, why: &str) {
        let before = self.dropped.fetch_add(1, Ordering::Relaxed);
        if before.is_multiple_of(100) {
            tracing::warn!(
                url,
                lost = before + 1,
                "a message to a webhook is lost: {why}"
            );
        }
    }
}

impl Drop for Hook {
    fn drop(&mut self) {
        self.task.abort();
    }
}
