//! A mail server of the tests: it speaks as much SMTP (RFC 5321) as somebody needs to hand over a mail, on a free port of
//! this machine, and keeps what it was given.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::waiting::until;

/// What was handed over.
#[derive(Clone, Debug, Default)]
pub struct Mail {
    /// Whom it is for.
    pub to: Vec<String>,
    /// Headers and parts, as they came.
    pub text: String,
}

/// A mail server.
pub struct Mailbox {
    port: u16,
    mails: Arc<Mutex<Vec<Mail>>>,
}

impl Mailbox {
    /// Opens on a free port.
    pub async fn open() -> Mailbox {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let mails = Arc::<Mutex<Vec<Mail>>>::default();
        let kept = Arc::clone(&mails);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&kept)));
            }
        });
        Mailbox { port, mails }
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Waits for a mail with this in it.
    pub async fn gets(&self, text: &str) -> Mail {
        until(&format!("a mail with `{text}`"), async || {
            self.all().into_iter().find(|mail| mail.text.contains(text))
        })
        .await
    }

    /// Everything that came.
    pub fn all(&self) -> Vec<Mail> {
        self.mails.lock().expect("the mails").clone()
    }
}

async fn serve(stream: TcpStream, mails: Arc<Mutex<Vec<Mail>>>) -> Option<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    let mut mail = Mail::default();
    write.write_all(b"220 mailbox\r\n").await.ok()?;
    while let Some(line) = lines.next_line().await.ok()? {
        let verb = line.split_whitespace().next().unwrap_or_default().to_uppercase();
        let answer = match verb.as_str() {
            "RCPT" => {
                mail.to.push(line.split(['<', '>']).nth(1).unwrap_or_default().to_owned());
                "250 ok"
            }
            "DATA" => {
                write.write_all(b"354 go on\r\n").await.ok()?;
                while let Some(line) = lines.next_line().await.ok()?.filter(|line| line != ".") {
                    mail.text.push_str(line.strip_prefix('.').unwrap_or(&line));
                    mail.text.push('\n');
                }
                mails.lock().expect("the mails").push(std::mem::take(&mut mail));
                "250 taken"
            }
            "QUIT" => "221 bye",
            _ => "250 ok",
        };
        write.write_all(answer.as_bytes()).await.ok()?;
        write.write_all(b"\r\n").await.ok()?;
    }
    None
}
