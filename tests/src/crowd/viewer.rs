//! One viewer: reads the playlists as the draft has players do it (6.3.3, 6.3.4), fetches each
//! segment once, and watches its own buffer.

use std::time::{Duration, Instant};

use super::BUFFER;
use super::client::{Answer, Body, Client};
use super::playlist::{Listed, Media, beside, renditions};
use super::report::{Kind, Ledger};

/// After an answer that is no playlist a player asks again so soon.
const AGAIN: Duration = Duration::from_secs(1);

/// Watches until it is dropped.
pub(super) async fn watch(mut client: Client, playlist: &str, ledger: &std::rc::Rc<Ledger>) {
    let text = loop {
        match fetch(&mut client, playlist, Kind::Playlist, ledger).await {
            Some(answer) => break answer.text(),
            None => tokio::time::sleep(AGAIN).await,
        }
    };
    let mut players = tokio::task::JoinSet::new();
    for uri in renditions(&text) {
        let another = client.another();
        let client = std::mem::replace(&mut client, another);
        let (path, ledger) = (beside(playlist, &uri), ledger.clone());
        players.spawn_local(async move {
            let mut player = Player::new(client, path, &ledger);
            player.play().await;
        });
    }
    while players.join_next().await.is_some() {}
}

impl Answer {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// A whole answer with status 200. Everything else is an error that the viewer sees.
async fn fetch(client: &mut Client, path: &str, kind: Kind, ledger: &Ledger) -> Option<Answer> {
    let body = match kind {
        Kind::Playlist => Body::Keep,
        Kind::Media => Body::Count,
    };
    match client.ask(path, body).await {
        Ok(answer) if answer.status == 200 => {
            ledger.answer(kind, &answer);
            Some(answer)
        }
        Ok(answer) => {
            ledger.error(path, &answer.status.to_string());
            None
        }
        Err(error) => {
            ledger.error(path, &error.to_string());
            None
        }
    }
}

/// A viewer's player of one rendition.
struct Player<'a> {
    client: Client,
    path: String,
    ledger: &'a Ledger,
    /// The number of the next segment; none before the first playlist.
    next: Option<u64>,
    /// How many discontinuities came before the last segment.
    discontinuities: u64,
    map: Option<String>,
    buffer: Buffer<'a>,
}

impl<'a> Player<'a> {
    fn new(client: Client, path: String, ledger: &'a Ledger) -> Self {
        Self {
            client,
            path,
            ledger,
            next: None,
            discontinuities: 0,
            map: None,
            buffer: Buffer { ledger, runs: None },
        }
    }

    async fn play(&mut self) {
        loop {
            let asked = Instant::now();
            let path = self.path.clone();
            let answer = fetch(&mut self.client, &path, Kind::Playlist, self.ledger).await;
            let Some(answer) = answer else {
                tokio::time::sleep(AGAIN).await;
                continue;
            };
            let media = Media::read(&answer.text());
            let fresh = self.follow(&media).await;
            // A playlist that has not changed is read again after half the time (6.3.4).
            let pause = match fresh {
                true => media.target,
                false => media.target / 2,
            };
            tokio::time::sleep_until((asked + pause.max(AGAIN)).into()).await;
        }
    }

    /// Fetches what is new, and says whether anything was.
    async fn follow(&mut self, media: &Media) -> bool {
        let Some(entry) = media.entry(media.target * BUFFER) else {
            return false;
        };
        let next = *self.next.get_or_insert(entry);
        let listed = Instant::now();
        let mut due = self.buffer.runs.is_some().then_some(listed);
        let mut fresh = false;
        for segment in media.segments.iter().filter(|s| s.number >= next) {
            // A node that was killed leaves numbers out: it does not know how far it came.
            let goes_on = segment.discontinuities == self.discontinuities;
            self.discontinuities = segment.discontinuities;
            if goes_on && self.next.is_some_and(|n| n < segment.number) {
                self.ledger
                    .error(&segment.uri, "the segments before it are gone");
            }
            self.next = Some(segment.number + 1);
            fresh = true;
            due = due.map(|due| due + segment.duration);
            if self.segment(segment).await {
                let whole = Instant::now();
                if due.is_some_and(|due| whole > due) {
                    self.ledger.late();
                }
                self.buffer.take(segment.duration, whole);
            }
        }
        fresh
    }

    async fn segment(&mut self, segment: &Listed) -> bool {
        if segment.map != self.map {
            self.map = segment.map.clone();
            if let Some(map) = &segment.map {
                let map = beside(&self.path, map);
                fetch(&mut self.client, &map, Kind::Media, self.ledger).await;
            }
        }
        let path = beside(&self.path, &segment.uri);
        let got = fetch(&mut self.client, &path, Kind::Media, self.ledger).await;
        got.is_some()
    }
}

/// What was fetched and is not played yet.
struct Buffer<'a> {
    ledger: &'a Ledger,
    /// When it runs empty; none before the picture begins, with the first segment.
    runs: Option<Instant>,
}

impl Buffer<'_> {
    fn take(&mut self, duration: Duration, whole: Instant) {
        let runs = match self.runs {
            Some(runs) => {
                self.ledger.stall(runs, whole);
                runs.max(whole)
            }
            None => whole,
        };
        self.runs = Some(runs + duration);
    }
}

impl Drop for Buffer<'_> {
    fn drop(&mut self) {
        if let Some(runs) = self.runs {
            self.ledger.stall(runs, Instant::now());
        }
    }
}
