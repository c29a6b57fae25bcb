//! Clients that never read: bare sockets with the smallest receive buffer there is, who ask for a conversation and
//! then leave everything in the network.

use anyhow::{Context as _, Result};
use deskbell_shared::codec::Wire as _;
use deskbell_shared::model::{ConversationId, Seq};
use deskbell_shared::protocol::{Command, Position, VERSION};
use deskbell_shared::session::Input;
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use super::http::Place;
use super::link::{self, Pass};

/// What the kernel makes of it is about twice that.
const RECEIVE_BYTES: u32 = 4 * 1024;

/// A socket whose owner sleeps. Dropping it closes it.
pub struct Sleeper {
    socket: WebSocketStream<TcpStream>,
}

impl Sleeper {
    /// Connects, is welcomed, follows a conversation, and sleeps.
    pub async fn open(place: &Place, pass: &Pass, conversation: ConversationId) -> Result<Sleeper> {
        Sleeper::with(place, pass, vec![Position { conversation, epoch: None, after: Seq(0) }]).await
    }

    /// Connects, is welcomed, and sleeps.
    pub async fn welcome(place: &Place, pass: &Pass) -> Result<Sleeper> {
        Sleeper::with(place, pass, Vec::new()).await
    }

    async fn with(place: &Place, pass: &Pass, resume: Vec<Position>) -> Result<Sleeper> {
        let Input::Ticket { ticket, .. } = link::ticket(place.clone(), pass.clone(), 0).await else {
            anyhow::bail!("no ticket for a sleeper");
        };
        let socket = TcpSocket::new_v4()?;
        socket.set_recv_buffer_size(RECEIVE_BYTES)?;
        let stream = socket.connect(place.address).await?;
        let mut request = format!("ws://{}/ws", place.host).into_client_request()?;
        request.headers_mut().insert("origin", place.origin.parse()?);
        let (mut socket, _) = tokio_tungstenite::client_async(request, stream).await?;
        let hello = Command::Hello { version: VERSION, ticket, resume, feed: None };
        socket.send(Message::text(hello.to_text())).await?;
        match socket.next().await.context("a welcome")?? {
            Message::Text(_) => Ok(Sleeper { socket }),
            other => anyhow::bail!("no welcome: {other:?}"),
        }
    }

    /// The port it has on its side.
    pub fn port(&self) -> Result<u16> {
        Ok(self.socket.get_ref().local_addr()?.port())
    }

    /// Wakes up and reads what is left, until the server has nothing more or has closed. Whether it was closed.
    pub async fn was_closed(mut self) -> bool {
        let rest = async {
            loop {
                match self.socket.next().await {
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return true,
                    Some(Ok(_)) => {}
                }
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(2), rest).await.unwrap_or(false)
    }
}
