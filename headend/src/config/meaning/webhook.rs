//! Who is told of incidents.

use std::path::{Path, PathBuf};

use super::super::fault::{self, Fault, Meaning};
use super::super::model::{Webhook, WebhookEvent};
use super::super::secret;
use super::super::tree::Item;
use super::super::url::web;
use super::Reader;
use crate::plan::{self, WebhookPlan};
use crate::tls;

const EXAMPLE: &str = "http://127.0.0.1:9000/su-co";

impl Reader<'_> {
    /// `None` where it cannot be; what is wrong with it is reported.
    pub(super) fn webhook(&mut self, webhook: &Webhook, item: &Item) -> Option<WebhookPlan> {
        let place = item.place_of("url");
        let url = match webhook.url.as_str() {
            // Said already: it is missing.
            "" => None,
            url => self.good(&place, web(url, EXAMPLE).map(|()| url.to_owned())),
        };
        let events = match webhook.events.is_empty() {
            true => plan::WebhookEvent::ALL.to_vec(),
            false => webhook.events.iter().map(|event| (*event).into()).collect(),
        };
        let authority = self.authority(webhook.ca_file.as_deref(), item);
        if webhook.secret_file.as_os_str().is_empty() {
            return None;
        }
        let place = item.place_of("secret-file");
        let path = self.whole_path(&webhook.secret_file, &place)?;
        let (secret, warning) = self.good(&place, secret::key(&path))?;
        if let Some(warning) = warning {
            self.report(place, warning);
        }
        Some(WebhookPlan {
            url: url?,
            authority: authority?,
            secret,
            events,
        })
    }

    /// The whole path of `ca-file`, where one is written.
    fn authority(&mut self, written: Option<&Path>, item: &Item) -> Option<Option<PathBuf>> {
        let Some(written) = written else {
            return Some(None);
        };
        let place = item.place_of("ca-file");
        let path = self.whole_path(written, &place)?;
        let judged = tls::connector(Some(&path)).map_err(|error| {
            Fault::from(Meaning::Webhook(fault::Webhook::Authority(
                error.to_string(),
            )))
        });
        self.good(&place, judged)?;
        Some(Some(path))
    }
}

impl From<WebhookEvent> for plan::WebhookEvent {
    fn from(event: WebhookEvent) -> Self {
        match event {
            WebhookEvent::Opened => Self::Opened,
            WebhookEvent::Changed => Self::Changed,
            WebhookEvent::Closed => Self::Closed,
        }
    }
}
