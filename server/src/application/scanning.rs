//! Has uploads looked at by a virus scanner that speaks clamd's INSTREAM, where the operator has one (S37). What it says
//! counts; when it says nothing, nothing is taken: a file that nobody could look at is not kept.

use std::io;
use std::path::Path;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::config::ScannerPlace;

/// A file has to be looked at within this time.
pub const SCAN_TIMEOUT: Duration = Duration::from_secs(60);
/// What is handed over at a time.
const PIECE_BYTES: usize = 64 * 1024;
/// What is read of an answer: the name of what was found, and some words.
const ANSWER_BYTES_MAX: u64 = 4096;

/// A virus scanner.
#[derive(Debug)]
pub struct Scanner {
    place: ScannerPlace,
}

/// What it said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It found nothing.
    Clean,
    /// It found something.
    Infected,
}

impl Scanner {
    /// The one that listens there.
    pub fn at(place: ScannerPlace) -> Scanner {
        Scanner { place }
    }

    /// Has a file looked at. An error: nobody knows.
    pub async fn look(&self, file: &Path) -> io::Result<Verdict> {
        let looked = async {
            match &self.place {
                ScannerPlace::Tcp(address) => ask(TcpStream::connect(address.as_str()).await?, file).await,
                #[cfg(unix)]
                ScannerPlace::Unix(path) => ask(tokio::net::UnixStream::connect(path).await?, file).await,
                #[cfg(not(unix))]
                ScannerPlace::Unix(_) => Err(io::ErrorKind::Unsupported.into()),
            }
        };
        timeout(SCAN_TIMEOUT, looked).await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
    }
}

/// `zINSTREAM`, then pieces, each after its length; an empty one is the end. The answer ends with a zero.
async fn ask<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S, file: &Path) -> io::Result<Verdict> {
    let mut file = tokio::fs::File::open(file).await?;
    stream.write_all(b"zINSTREAM\0").await?;
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        let count = file.read(&mut piece).await?;
        let length = u32::try_from(count).map_err(io::Error::other)?;
        stream.write_all(&length.to_be_bytes()).await?;
        if count == 0 {
            break;
        }
        stream.write_all(&piece[..count]).await?;
    }
    stream.flush().await?;
    let mut answer = Vec::new();
    stream.take(ANSWER_BYTES_MAX).read_to_end(&mut answer).await?;
    // What was found is named after the file it was found in: no word of it is passed on.
    match String::from_utf8_lossy(&answer).trim_end_matches(['\0', '\n']) {
        words if words.ends_with(" OK") => Ok(Verdict::Clean),
        words if words.ends_with(" FOUND") => Ok(Verdict::Infected),
        // "INSTREAM size limit exceeded. ERROR", or something that is no scanner.
        _ => Err(io::ErrorKind::InvalidData.into()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use deskbell_shared::model::{UnixMillis, VisitorId};
    use deskbell_shared::protocol::RefusalCode;
    use tokio::net::TcpListener;

    use super::*;
    use crate::application::files::{Files, NotKept};
    use crate::application::pictures::Pictures;
    use crate::application::{Application, ClockInHand};
    use crate::store::blobs::Blobs;
    use crate::store::conversations::Writer;
    use crate::store::memory::MemoryStore;

    /// The words that every scanner is tried with (EICAR) are refused before one is asked.
    const VIRUS: &str = "the virus that this scanner knows";

    /// A scanner that knows one virus.
    async fn clamd() -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let mut command = [0; 10];
                    stream.read_exact(&mut command).await.ok()?;
                    assert_eq!(&command, b"zINSTREAM\0");
                    let mut seen = Vec::new();
                    loop {
                        match stream.read_u32().await.ok()? {
                            0 => break,
                            length => {
                                let start = seen.len();
                                seen.resize(start + length as usize, 0);
                                stream.read_exact(&mut seen[start..]).await.ok()?;
                            }
                        }
                    }
                    let found = seen.windows(VIRUS.len()).any(|part| part == VIRUS.as_bytes());
                    let words = if found { "stream: Test-Signature FOUND\0" } else { "stream: OK\0" };
                    stream.write_all(words.as_bytes()).await.ok()
                });
            }
        });
        address
    }

    /// Somebody who says that to everything.
    async fn says(words: &'static str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let _ = stream.write_all(words.as_bytes()).await;
            }
        });
        address
    }

    struct Shop {
        files: Files,
        data: tempfile::TempDir,
    }

    impl Shop {
        fn open(scanner: Option<String>) -> Shop {
            let data = tempfile::tempdir().unwrap();
            let clock = Arc::new(ClockInHand::at(UnixMillis(1_700_000_000_000)));
            let app = Arc::new(Application::new(Arc::new(MemoryStore::new()), clock));
            let scanner = scanner.map(|address| Scanner::at(ScannerPlace::Tcp(address)));
            Shop {
                files: Files::new(app, Blobs::open(data.path()).unwrap(), Pictures::new())
                    .scanned_by(scanner),
                data,
            }
        }

        async fn takes(&self, content: &str) -> Result<(), NotKept> {
            let from = std::net::IpAddr::from([127, 0, 0, 1]).into();
            let upload = self.files.begin(Writer::Visitor(VisitorId(1)), "bill.txt", from).unwrap();
            std::fs::write(&upload.path, content).unwrap();
            self.files.keep(upload).await.map(drop)
        }

        fn kept(&self) -> usize {
            let folders = std::fs::read_dir(self.data.path().join("uploads")).unwrap();
            folders.map(|folder| std::fs::read_dir(folder.unwrap().path()).unwrap().count()).sum()
        }
    }

    #[tokio::test]
    async fn what_a_scanner_finds_something_in_is_not_taken() {
        let shop = Shop::open(Some(clamd().await));
        shop.takes("what is owed").await.unwrap();
        let long = "a bill ".repeat(100_000);
        shop.takes(&long).await.unwrap();
        assert_eq!(shop.kept(), 2);
        // Alone, and behind more than fits one piece.
        for hidden in [VIRUS.to_owned(), format!("{long}{VIRUS}")] {
            let refused = shop.takes(&hidden).await.unwrap_err();
            assert!(
                matches!(refused, NotKept::Kind(words) if words.contains("virus scanner")),
                "{refused:?}"
            );
        }
        assert_eq!(shop.kept(), 2);
        assert_eq!(std::fs::read_dir(shop.data.path().join("incoming")).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn nothing_is_taken_while_the_scanner_is_away_or_says_something_else() {
        let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().to_string();
        let limit = says("INSTREAM size limit exceeded. ERROR\0").await;
        for address in [closed, limit, says("").await, says("HTTP/1.1 200 OK\r\n\r\nhello").await] {
            let shop = Shop::open(Some(address));
            match shop.takes("what is owed").await.unwrap_err() {
                NotKept::Denied(denial) => {
                    assert_eq!(denial.code, RefusalCode::Unavailable);
                    assert!(denial.message.contains("checked for viruses"), "{}", denial.message);
                    assert!(denial.retry_after.is_some());
                }
                other => panic!("{other:?}"),
            }
            assert_eq!(shop.kept(), 0);
        }
    }

    #[tokio::test]
    async fn without_a_scanner_nobody_is_asked() {
        Shop::open(None).takes(VIRUS).await.unwrap();
    }
}
