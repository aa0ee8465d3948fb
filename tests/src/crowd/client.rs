//! HTTP/1.1 over one connection that stays open, as a player keeps it.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddrV4};
use std::os::fd::AsRawFd as _;
use std::time::{Duration, Instant};

use nix::sys::socket::{MsgFlags, recv};
use tokio::io::{AsyncWriteExt as _, Interest};
use tokio::net::{TcpSocket, TcpStream};

/// A player gives a request up after so long.
const PATIENCE: Duration = Duration::from_secs(20);
/// Bytes of an answer's head.
const HEAD: usize = 16 * 1024;
/// Bytes of a body that is kept: a playlist of a thousand segments has 150 kB.
const KEPT: usize = 1 << 20;
/// Bytes taken out of the socket at a time.
const PIECE: usize = 128 * 1024;

/// What came back.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// From the request to the first byte of the answer.
    pub first: Duration,
    /// From the request to the last byte.
    pub took: Duration,
    /// Bytes of the body.
    pub length: u64,
    /// The head, as it came.
    pub head: String,
    /// The body, where it was to be kept.
    pub body: Vec<u8>,
}

/// A viewer's side of one connection.
#[derive(Debug)]
pub struct Client {
    server: SocketAddrV4,
    from: Ipv4Addr,
    stream: Option<TcpStream>,
    buffer: Vec<u8>,
    /// Something of the answer has come.
    heard: bool,
}

/// Whether a body is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Body {
    Keep,
    Count,
}

impl Client {
    /// A client from the address `from`, not connected yet.
    #[must_use]
    pub fn new(server: SocketAddrV4, from: Ipv4Addr) -> Self {
        Self {
            server,
            from,
            stream: None,
            buffer: Vec::new(),
            heard: false,
        }
    }

    /// Another connection of the same viewer.
    pub(super) fn another(&self) -> Self {
        Self::new(self.server, self.from)
    }

    /// Asks for `path` and keeps what comes.
    ///
    /// # Errors
    /// No connection, no whole answer in 20 s, or none that says where it ends.
    pub async fn get(&mut self, path: &str) -> io::Result<Answer> {
        self.ask(path, Body::Keep).await
    }

    /// Asks for `path`. A connection that the server closed while it rested is made anew, once
    /// (RFC 9112, 9.3.1).
    pub(super) async fn ask(&mut self, path: &str, body: Body) -> io::Result<Answer> {
        let rested = self.stream.is_some();
        let answer = self.in_time(path, body).await;
        match answer {
            Err(error) if rested && !self.heard && closed(&error) => self.in_time(path, body).await,
            answer => answer,
        }
    }

    async fn in_time(&mut self, path: &str, body: Body) -> io::Result<Answer> {
        let answer = tokio::time::timeout(PATIENCE, self.once(path, body)).await;
        answer.unwrap_or_else(|_| Err(io::Error::new(ErrorKind::TimedOut, "no whole answer")))
    }

    async fn once(&mut self, path: &str, body: Body) -> io::Result<Answer> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => {
                let socket = TcpSocket::new_v4()?;
                socket.bind(SocketAddrV4::new(self.from, 0).into())?;
                let stream = socket.connect(self.server.into()).await?;
                stream.set_nodelay(true)?;
                stream
            }
        };
        let request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", self.server);
        let asked = Instant::now();
        self.heard = false;
        stream.write_all(request.as_bytes()).await?;
        let (mut answer, length) = self.head(&stream, asked).await?;
        match (body, length) {
            (Body::Keep, Some(length)) => {
                while self.buffer.len() < length {
                    self.more(&stream).await?;
                }
                answer.body = self.buffer.drain(..length).collect();
                answer.length = length as u64;
            }
            (Body::Keep, None) => {
                answer.body = self.chunks(&stream).await?;
                answer.length = answer.body.len() as u64;
            }
            (Body::Count, Some(length)) => {
                let rest = length.checked_sub(self.buffer.len());
                count(&stream, rest.ok_or_else(|| odd("more than it says"))?).await?;
                answer.length = length as u64;
            }
            (Body::Count, None) => return Err(odd("no length")),
        }
        answer.took = asked.elapsed();
        self.stream = Some(stream);
        Ok(answer)
    }

    /// Reads to the end of the head; what came behind it stays in the buffer.
    async fn head(
        &mut self,
        stream: &TcpStream,
        asked: Instant,
    ) -> io::Result<(Answer, Option<usize>)> {
        self.buffer.clear();
        stream.readable().await?;
        let mut answer = Answer::default();
        let end = loop {
            let before = self.buffer.len();
            take(stream, &mut self.buffer).await?;
            if before == 0 {
                answer.first = asked.elapsed();
                self.heard = true;
            }
            let ends = |w: &[u8]| w == b"\r\n\r\n";
            if let Some(end) = self.buffer.windows(4).position(ends) {
                break end + 4;
            }
            if self.buffer.len() > HEAD {
                return Err(odd("an endless head"));
            }
        };
        answer.head = String::from_utf8_lossy(&self.buffer[..end]).into_owned();
        self.buffer.drain(..end);
        let status = answer.head.split(' ').nth(1).and_then(|s| s.parse().ok());
        answer.status = status.ok_or_else(|| odd("no status"))?;
        let length = header(&answer.head, "content-length").and_then(|v| v.parse().ok());
        Ok((answer, length))
    }

    /// Reads a body in chunks (RFC 9112, 7.1).
    async fn chunks(&mut self, stream: &TcpStream) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let end = loop {
                match self.buffer.windows(2).position(|w| w == b"\r\n") {
                    Some(end) => break end,
                    None => self.more(stream).await?,
                }
            };
            let size = String::from_utf8_lossy(&self.buffer[..end]).into_owned();
            let size = usize::from_str_radix(size.trim(), 16).map_err(|_| odd("a bad chunk"))?;
            self.buffer.drain(..end + 2);
            while self.buffer.len() < size.min(KEPT) + 2 {
                self.more(stream).await?;
            }
            body.extend(self.buffer.drain(..size.min(KEPT)));
            self.buffer.drain(..2);
            if size == 0 {
                return Ok(body);
            }
            if body.len() > KEPT {
                return Err(odd("too much to keep"));
            }
        }
    }

    async fn more(&mut self, stream: &TcpStream) -> io::Result<()> {
        match self.buffer.len() > 2 * KEPT {
            true => Err(odd("too much to keep")),
            false => take(stream, &mut self.buffer).await,
        }
    }
}

impl Answer {
    /// A header of the answer.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.head, name)
    }
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut fields = head.lines().filter_map(|line| line.split_once(':'));
    let named = fields.find(|(n, _)| n.eq_ignore_ascii_case(name));
    named.map(|(_, value)| value.trim())
}

/// Appends what is there.
async fn take(stream: &TcpStream, to: &mut Vec<u8>) -> io::Result<()> {
    let mut piece = [0; 8192];
    loop {
        stream.readable().await?;
        match stream.try_read(&mut piece) {
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(length) => {
                to.extend_from_slice(&piece[..length]);
                return Ok(());
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
}

/// Throws `rest` bytes away in the kernel (tcp(7), MSG_TRUNC).
async fn count(stream: &TcpStream, mut rest: usize) -> io::Result<()> {
    let mut nothing = vec![0; PIECE];
    while rest > 0 {
        let wanted = PIECE.min(rest);
        let gone = || {
            let piece = &mut nothing[..wanted];
            recv(stream.as_raw_fd(), piece, MsgFlags::MSG_TRUNC).map_err(io::Error::from)
        };
        match stream.async_io(Interest::READABLE, gone).await? {
            0 => return Err(ErrorKind::UnexpectedEof.into()),
            length => rest -= length,
        }
    }
    Ok(())
}

/// Whether the server had closed a connection that rested.
fn closed(error: &io::Error) -> bool {
    use ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    let gone = [
        BrokenPipe,
        ConnectionAborted,
        ConnectionReset,
        UnexpectedEof,
    ];
    gone.contains(&error.kind())
}

fn odd(what: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, format!("an answer with {what}"))
}
