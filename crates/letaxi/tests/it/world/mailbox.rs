//! A mail server that keeps what it is given, or refuses it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use data_encoding::BASE64;
use letaxi::mail::MailServer;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::World;

/// A letter as it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Arrived {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) subject: String,
    pub(crate) text: String,
}

impl Arrived {
    /// The token of the link in the letter.
    pub(crate) fn token(&self) -> String {
        let (_, rest) = self.text.split_once("/console/welcome#").unwrap();
        rest.split_whitespace().next().unwrap().to_owned()
    }
}

/// The server.
pub(crate) struct Mailbox {
    pub(crate) sender: Arc<MailServer>,
    arrived: UnboundedReceiver<Arrived>,
    is_full: Arc<AtomicBool>,
}

impl Mailbox {
    pub(crate) async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let (letters, arrived) = unbounded_channel();
        let is_full = Arc::<AtomicBool>::default();
        let full = is_full.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(converse(stream, letters.clone(), full.clone()));
            }
        });
        let sender = MailServer::new(&url, "Registry <registry@example.org>").unwrap();
        Self { sender: Arc::new(sender), arrived, is_full }
    }

    /// Refuses letters from now on.
    pub(crate) fn fill(&self) {
        self.is_full.store(true, Ordering::Relaxed);
    }

    /// The next letter; waits for it.
    pub(crate) async fn next(&mut self) -> Arrived {
        self.arrived.recv().await.unwrap()
    }

    /// True if no letter has arrived that was not taken out.
    pub(crate) fn is_empty(&self) -> bool {
        self.arrived.is_empty()
    }
}

impl World {
    /// Restarts the process with a mail server.
    pub(crate) async fn mailbox(&mut self) -> Mailbox {
        let mailbox = Mailbox::open().await;
        self.post = Some(mailbox.sender.clone());
        self.set(|it| it.public_url = Some("https://registry.example/".to_owned())).await;
        mailbox
    }
}

/// One conversation in SMTP (RFC 5321).
async fn converse(stream: TcpStream, letters: UnboundedSender<Arrived>, full: Arc<AtomicBool>) {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    let (mut from, mut to) = (String::new(), String::new());
    write.write_all(b"220 mail.example\r\n").await.unwrap();
    while let Ok(Some(line)) = lines.next_line().await {
        let address = || line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
        let answer = match &line.get(..4).unwrap_or_default().to_uppercase()[..] {
            "EHLO" => "250 mail.example",
            "MAIL" => {
                from = address();
                "250 OK"
            }
            "RCPT" if full.load(Ordering::Relaxed) => "452 the mailbox is full",
            "RCPT" => {
                to = address();
                "250 OK"
            }
            "DATA" => {
                write.write_all(b"354 go on\r\n").await.unwrap();
                let mut text = Vec::new();
                while let Ok(Some(line)) = lines.next_line().await {
                    if line == "." {
                        break;
                    }
                    text.push(line);
                }
                letters.send(read_letter(&from, &to, &text)).unwrap();
                "250 OK"
            }
            "QUIT" => "221 bye",
            _ => "500 what?",
        };
        write.write_all(format!("{answer}\r\n").as_bytes()).await.unwrap();
    }
}

fn read_letter(from: &str, to: &str, lines: &[String]) -> Arrived {
    let end = lines.iter().position(String::is_empty).unwrap();
    let (head, body) = (lines[..end].join("\n").replace("\n ", " "), &lines[end + 1..]);
    let header = |name: &str| {
        let line = head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        line.unwrap_or_default().to_owned()
    };
    let text = match &header("Content-Transfer-Encoding")[..] {
        "base64" => String::from_utf8(BASE64.decode(body.concat().as_bytes()).unwrap()).unwrap(),
        "quoted-printable" => quoted_printable(&body.join("\n")),
        _ => body.join("\n"),
    };
    let subject = header("Subject").split(' ').map(encoded_word).collect::<Vec<_>>().join(" ");
    Arrived { from: from.to_owned(), to: to.to_owned(), subject, text: text.replace('\r', "") }
}

/// A word of a header (RFC 2047).
fn encoded_word(word: &str) -> String {
    let encoded = word.strip_prefix("=?utf-8?b?").and_then(|word| word.strip_suffix("?="));
    encoded.map_or_else(
        || word.to_owned(),
        |base64| String::from_utf8(BASE64.decode(base64.as_bytes()).unwrap()).unwrap(),
    )
}

fn quoted_printable(text: &str) -> String {
    let text = text.replace("=\n", "");
    let mut parts = text.split('=');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        bytes.push(u8::from_str_radix(&part[..2], 16).unwrap());
        bytes.extend_from_slice(&part.as_bytes()[2..]);
    }
    String::from_utf8(bytes).unwrap()
}
