//! The line between a cache and a node: it writes down every request, and it can be slow or cut.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::lab::{Host, Lab};

/// A line of which both ends are on the node's host.
#[derive(Clone, Debug)]
pub struct Origin(Arc<Line>);

#[derive(Debug)]
struct Line {
    node: SocketAddr,
    state: Mutex<State>,
    mended: Condvar,
}

#[derive(Debug, Default)]
struct State {
    cut: bool,
    /// How long a request takes to arrive whose path holds the text.
    delays: Vec<(String, Duration)>,
    cookies: u32,
    asked: BTreeMap<String, u32>,
}

impl Origin {
    /// A line from `listen`, where the cache asks, to the node at `node`.
    ///
    /// # Panics
    /// When `listen` is taken.
    #[must_use]
    pub fn new(lab: &Lab, listen: SocketAddr, node: SocketAddr) -> Self {
        let line = Arc::new(Line {
            node,
            state: Mutex::default(),
            mended: Condvar::new(),
        });
        let origin = Self(line.clone());
        let listening = lab.on(Host::Node, move || {
            let listener = TcpListener::bind(listen).expect("the address is free");
            std::thread::spawn(move || {
                for cache in listener.incoming().flatten() {
                    let line = line.clone();
                    std::thread::spawn(move || line.carry(cache));
                }
            });
        });
        listening.join().expect("a line");
        origin
    }

    /// From now on each request for a path that holds `text` takes so long to arrive.
    pub fn delay(&self, text: &str, delay: Duration) {
        self.0.state().delays.push((text.to_owned(), delay));
    }

    /// Nothing passes any more, and nobody is told.
    pub fn cut(&self) {
        self.0.state().cut = true;
    }

    /// What was held up passes, and what comes.
    pub fn mend(&self) {
        self.0.state().cut = false;
        self.0.mended.notify_all();
    }

    /// How often `path` was asked for.
    #[must_use]
    pub fn times(&self, path: &str) -> u32 {
        self.0.state().asked.get(path).copied().unwrap_or(0)
    }

    /// How many requests had a cookie.
    #[must_use]
    pub fn cookies(&self) -> u32 {
        self.0.state().cookies
    }

    /// What was asked for, and how often.
    #[must_use]
    pub fn asked(&self) -> BTreeMap<String, u32> {
        self.0.state().asked.clone()
    }
}

impl Line {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits while the line is cut.
    fn whole(&self) -> MutexGuard<'_, State> {
        let waited = self.mended.wait_while(self.state(), |state| state.cut);
        waited.unwrap_or_else(PoisonError::into_inner)
    }

    fn carry(self: Arc<Self>, mut cache: TcpStream) -> Option<()> {
        drop(self.whole());
        let mut node = TcpStream::connect(self.node).ok()?;
        let (from, to) = (node.try_clone().ok()?, cache.try_clone().ok()?);
        let line = self.clone();
        std::thread::spawn(move || {
            line.answers(from, &to);
            let _ = to.shutdown(Shutdown::Both);
        });
        let (mut pending, mut buffer) = (Vec::new(), [0; 4096]);
        loop {
            let length = cache.read(&mut buffer).ok().filter(|l| *l > 0);
            let Some(length) = length else {
                let _ = node.shutdown(Shutdown::Both);
                return None;
            };
            pending.extend_from_slice(&buffer[..length]);
            while let Some(end) = pending.windows(4).position(|w| w == b"\r\n\r\n") {
                let request: Vec<u8> = pending.drain(..end + 4).collect();
                std::thread::sleep(self.note(&String::from_utf8_lossy(&request)));
                drop(self.whole());
                node.write_all(&request).ok()?;
            }
        }
    }

    /// Writes a request down; gives how long it takes to arrive.
    fn note(&self, request: &str) -> Duration {
        let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
        let mut state = self.state();
        let cookie = request.to_ascii_lowercase().contains("\ncookie:");
        state.cookies += u32::from(cookie);
        let delays = state.delays.iter().rev();
        let delay = { delays }.find(|(text, _)| path.contains(text));
        let delay = delay.map_or(Duration::ZERO, |(_, delay)| *delay);
        *state.asked.entry(path).or_default() += 1;
        delay
    }

    fn answers(&self, mut node: TcpStream, mut cache: &TcpStream) -> Option<()> {
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let length = node.read(&mut buffer).ok().filter(|l| *l > 0)?;
            drop(self.whole());
            cache.write_all(&buffer[..length]).ok()?;
        }
    }
}
