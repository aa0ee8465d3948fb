use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::mpsc;
use std::time::Instant;

use super::*;
use crate::cause::{Class, Severity, Text, Word};
use crate::plan::Secret;
use crate::tls::Held;
use crate::tls::tests::{pair, put};

const PATIENCE: Duration = Duration::from_secs(20);
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn plan(port: u16, events: &[WebhookEvent]) -> WebhookPlan {
    WebhookPlan {
        url: format!("http://127.0.0.1:{port}/su-co?a=b"),
        authority: None,
        secret: Secret(SECRET.to_owned()),
        events: events.to_vec(),
    }
}

fn incident(id: &str) -> Incident {
    Incident {
        id: id.to_owned(),
        channel: "hop".to_owned(),
        class: Class::LineLoss,
        subject: "input 0".to_owned(),
        places: Vec::new(),
        severity: Severity::Critical,
        word: Word::NoPicture,
        start: stamp(0),
        end: None,
        verdict: Text::new("the line loses packets", "đường truyền mất gói"),
        evidence: Vec::new(),
        actions: Vec::new(),
        next: Text::default(),
        acknowledged: None,
    }
}

/// A request as it came.
#[derive(Debug)]
struct Taken {
    head: String,
    body: String,
}

impl Taken {
    fn header(&self, name: &str) -> &str {
        let line = self
            .head
            .lines()
            .find_map(|l| l.strip_prefix(&format!("{name}: ")));
        line.unwrap_or_else(|| panic!("no {name} in {}", self.head))
    }
}

fn request(stream: &mut impl Read) -> Taken {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|l| l.strip_prefix("content-length: "));
            if body.len() >= length.unwrap().parse().unwrap() {
                let (head, body) = (head.to_owned(), body.to_owned());
                return Taken { head, body };
            }
        }
        let read = stream.read(&mut buffer).unwrap();
        assert!(read > 0, "cut off: {text}");
        bytes.extend(&buffer[..read]);
    }
}

/// A receiver that answers each request with the next status.
fn receiver(statuses: &'static [u16]) -> (u16, mpsc::Receiver<Taken>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        for status in statuses {
            let (mut stream, _) = listener.accept().unwrap();
            let taken = request(&mut stream);
            let _ = write!(stream, "HTTP/1.1 {status} X\r\ncontent-length: 0\r\n\r\n");
            let _ = tell.send(taken);
        }
    });
    (port, told)
}

/// A receiver by HTTPS that takes one request.
fn secure_receiver(held: &Arc<Held>) -> (u16, mpsc::Receiver<Taken>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (tell, told) = mpsc::channel();
    let server = held.server().unwrap();
    std::thread::spawn(move || {
        loop {
            let (stream, _) = listener.accept().unwrap();
            let connection = rustls::ServerConnection::new(server.clone()).unwrap();
            let mut stream = rustls::StreamOwned::new(connection, stream);
            // Who does not trust it leaves in the handshake.
            if stream.conn.complete_io(&mut stream.sock).is_ok() {
                let taken = request(&mut stream);
                let _ = write!(stream, "HTTP/1.1 200 X\r\ncontent-length: 0\r\n\r\n");
                let _ = tell.send(taken);
            }
        }
    });
    (port, told)
}

#[tokio::test(flavor = "multi_thread")]
async fn by_https_only_who_is_trusted_is_told() {
    let (here, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let files = put(here.path(), &pair(&["127.0.0.1"], 90));
    let stranger = put(other.path(), &pair(&["127.0.0.1"], 90));
    let (port, told) = secure_receiver(&Held::new(&files).unwrap());
    let secure = |authority: &std::path::Path| WebhookPlan {
        url: format!("https://127.0.0.1:{port}/su-co"),
        authority: Some(authority.to_owned()),
        ..plan(port, &WebhookEvent::ALL)
    };
    let mut hooks = Webhooks::new("n", Handle::current());
    hooks.serve(&[secure(&stranger.certificate)]);
    hooks.tell(WebhookEvent::Opened, &incident("hop-1-1"), 1);
    let deadline = Instant::now() + PATIENCE;
    let trouble = loop {
        if let Some(trouble) = hooks.snapshot()[0].trouble.clone() {
            break trouble;
        }
        assert!(Instant::now() < deadline);
        tokio::task::yield_now().await;
    };
    assert!(trouble.contains("invalid peer certificate"), "{trouble}");
    assert!(told.try_recv().is_err(), "a stranger was told");
    hooks.serve(&[secure(&files.certificate)]);
    hooks.tell(WebhookEvent::Opened, &incident("hop-1-2"), 2);
    let taken = told.recv_timeout(PATIENCE).unwrap();
    assert!(taken.body.contains("hop-1-2"), "{taken:?}");
    assert_eq!(taken.header("host"), format!("127.0.0.1:{port}"));
}

/// OpenSSL's answer, which shares no code with ours.
fn openssl(id: &str, timestamp: &str, body: &str) -> String {
    let key = "31f290f6bf06298aab4f08d43c3f082cf648a362da2da4b0";
    let mut child = std::process::Command::new("openssl")
        .args(["dgst", "-sha256", "-mac", "HMAC", "-macopt"])
        .arg(format!("hexkey:{key}"))
        .arg("-binary")
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let signed = format!("{id}.{timestamp}.{body}");
    child
        .stdin
        .take()
        .unwrap()
        .write_all(signed.as_bytes())
        .unwrap();
    let made = child.wait_with_output().unwrap().stdout;
    use base64::Engine as _;
    format!(
        "v1,{}",
        base64::engine::general_purpose::STANDARD.encode(made)
    )
}

#[test]
fn the_key_of_the_standard_s_own_example_signs_as_it_says() {
    let key = Key::of(SECRET).unwrap();
    let body = r#"{"test": 2432232314}"#;
    let signed = key.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body);
    assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    for short in [
        "",
        "whsec_",
        "whsec_c2hvcnQ=",
        "whsec_***",
        "fifteen letters",
    ] {
        assert!(Key::of(short).is_none(), "{short}");
    }
    assert!(!format!("{key:?}").contains("Mf"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_message_comes_again_as_the_same_and_signed() {
    let (port, told) = receiver(&[500, 204, 200]);
    let mut hooks = Webhooks::new("trung-uong", Handle::current());
    hooks.serve(&[plan(port, &WebhookEvent::ALL)]);
    hooks.tell(WebhookEvent::Opened, &incident("hop-1-1"), 1_000);
    hooks.tell(WebhookEvent::Closed, &incident("hop-1-1"), 2_000);
    let take = || told.recv_timeout(PATIENCE).unwrap();
    let (refused, again, closed) = (take(), take(), take());
    assert!(
        refused.head.starts_with("POST /su-co?a=b HTTP/1.1"),
        "{}",
        refused.head
    );
    assert_eq!(refused.header("webhook-id"), again.header("webhook-id"));
    assert_eq!(refused.body, again.body);
    assert_ne!(again.header("webhook-id"), closed.header("webhook-id"));
    for taken in [&refused, &again, &closed] {
        let (id, at) = (
            taken.header("webhook-id"),
            taken.header("webhook-timestamp"),
        );
        assert_eq!(
            taken.header("webhook-signature"),
            openssl(id, at, &taken.body)
        );
    }
    let body: serde_json::Value = serde_json::from_str(&closed.body).unwrap();
    assert_eq!(body["type"], "incident.closed");
    assert_eq!(body["data"]["node"], "trung-uong");
    assert_eq!(body["data"]["incident"]["class"], "line-loss");
    let deadline = Instant::now() + PATIENCE;
    while hooks.snapshot()[0].delivered_total < 2 {
        assert!(Instant::now() < deadline, "{:?}", hooks.snapshot());
        tokio::task::yield_now().await;
    }
    let shown = &hooks.snapshot()[0];
    assert_eq!((shown.refused_total, shown.dropped_total), (1, 0));
    assert_eq!(shown.trouble, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_hangs_or_is_absent_holds_nobody_up_and_is_told() {
    let hanging = TcpListener::bind("127.0.0.1:0").unwrap();
    let absent = TcpListener::bind("127.0.0.1:0").unwrap();
    let ports = [&hanging, &absent].map(|l| l.local_addr().unwrap().port());
    drop(absent);
    let mut hooks = Webhooks::new("n", Handle::current());
    hooks.serve(&ports.map(|port| plan(port, &WebhookEvent::ALL)));
    let begin = Instant::now();
    for n in 0..1_000 {
        hooks.tell(WebhookEvent::Opened, &incident("hop-1-1"), n);
    }
    assert!(
        begin.elapsed() < Duration::from_secs(2),
        "{:?}",
        begin.elapsed()
    );
    for shown in hooks.snapshot() {
        assert!(shown.queued <= QUEUE as u64, "{shown:?}");
        assert!(shown.dropped_total >= 1_000 - QUEUE as u64 - 1, "{shown:?}");
    }
    let deadline = Instant::now() + PATIENCE;
    while hooks.troubles().count() < 1 {
        assert!(Instant::now() < deadline);
        tokio::task::yield_now().await;
    }
    let begin = Instant::now();
    hooks.close(Duration::from_millis(100)).await;
    assert!(begin.elapsed() < Duration::from_secs(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_is_asked_for_is_sent() {
    let (port, told) = receiver(&[200]);
    let mut hooks = Webhooks::new("n", Handle::current());
    hooks.serve(&[plan(port, &[WebhookEvent::Closed])]);
    hooks.tell(WebhookEvent::Opened, &incident("hop-1-1"), 1);
    hooks.tell(WebhookEvent::Changed, &incident("hop-1-1"), 2);
    hooks.tell(WebhookEvent::Closed, &incident("hop-1-1"), 3);
    let only = told.recv_timeout(PATIENCE).unwrap();
    assert!(only.body.contains("incident.closed"), "{}", only.body);
    assert_eq!(hooks.snapshot()[0].dropped_total, 0);
}
