//! The accept loop around warp's filters: bounds on connections, on the time a handshake or a header may take, and a
//! way to stop. Everything a socket holds is given back when it closes, also after an upgrade.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::Sleep;
use warp::filters::BoxedFilter;
use warp::reply::Response;

use super::SocketAddress;
use super::connections::{Connections, Permit};
use super::tls::Certificate;
use crate::config::Listen;

/// A header arrives whole within this time; so long also may a kept connection be idle.
pub const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// A TLS handshake is done within this time.
pub const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// Whoever takes nothing of an answer for this long is hung up on. Sockets of the chat have shorter bounds of their own.
pub const STALL_TIMEOUT: Duration = Duration::from_secs(30);
/// What is read of a request before it is understood; also the most that a header may be.
pub const HEADER_BYTES_MAX: usize = 16 * 1024;
/// After the machine ran out of descriptors, the next try to accept comes after this.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// What the accept loops share.
#[derive(Clone)]
pub struct Front {
    /// All routes.
    pub filter: BoxedFilter<(Response,)>,
    /// There when the server speaks TLS itself.
    pub tls: Option<Arc<Certificate>>,
    /// Who is connected.
    pub connections: Arc<Connections>,
}

/// Binds all addresses, or says in words which cannot be had.
pub async fn bind(listen: &[Listen]) -> Result<Vec<TcpListener>, String> {
    let mut bound = Vec::new();
    for listen in listen {
        let (address, also) = listen.addresses();
        let first = TcpListener::bind(address).await.map_err(|error| words(address, &error))?;
        let port = first.local_addr().map_err(|error| words(address, &error))?.port();
        bound.push(first);
        let Some(also) = also else { continue };
        match TcpListener::bind((also, port)).await {
            Ok(second) => bound.push(second),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                return Err(words(SocketAddr::new(also.into(), port), &error));
            }
            // A machine without IPv6.
            Err(error) => tracing::debug!(%error, "not listening on [::1]"),
        }
    }
    Ok(bound)
}

fn words(address: SocketAddr, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            let port = address.port();
            format!(
                "listening on {address}: another program uses port {port} already; stop it or choose another port"
            )
        }
        io::ErrorKind::PermissionDenied => {
            format!("listening on {address}: not permitted; ports below 1024 need the right to use them")
        }
        io::ErrorKind::AddrNotAvailable => {
            format!("listening on {address}: this machine has no such address")
        }
        _ => format!("listening on {address}: {error}"),
    }
}

/// Accepts until `stop` turns true, then closes the listener.
pub async fn accept(listener: TcpListener, front: Front, mut stop: watch::Receiver<bool>) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stopped(&mut stop) => return,
        };
        let (tcp, address) = match accepted {
            Ok(accepted) => accepted,
            Err(error) if is_of_one_connection(&error) => continue,
            Err(error) => {
                tracing::error!(%error, "accepting a connection; trying again shortly");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        match front.connections.admit(address.ip()) {
            Ok(permit) => {
                // Chat is small frames that must not wait for each other.
                let _ = tcp.set_nodelay(true);
                let serving = serve(tcp, address.ip(), permit, front.clone(), stop.clone());
                tokio::spawn(serving);
            }
            Err(busy) => {
                tracing::debug!(?busy, "a connection was refused");
                turn_away(&tcp, front.tls.is_some());
            }
        }
    }
}

/// Ends when `stop` turns true, or when nobody is left who could turn it.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

/// Says why, where that costs nothing.
fn turn_away(tcp: &TcpStream, is_tls: bool) {
    if !is_tls {
        let _ = tcp.try_write(b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 10\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    }
}

async fn serve<S>(stream: S, ip: IpAddr, permit: Permit, front: Front, stop: watch::Receiver<bool>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    match front.tls {
        None => talk(Held::new(stream, permit), ip, front.filter, stop).await,
        Some(tls) => match tokio::time::timeout(HANDSHAKE_TIMEOUT, tls.acceptor().accept(stream)).await {
            Ok(Ok(stream)) => talk(Held::new(Box::new(stream), permit), ip, front.filter, stop).await,
            Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
            Err(_) => tracing::debug!("a TLS handshake took too long"),
        },
    }
}

async fn talk<T>(io: Held<T>, ip: IpAddr, filter: BoxedFilter<(Response,)>, mut stop: watch::Receiver<bool>)
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let routes = TowerToHyperService::new(warp::service(filter));
    let service = service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(SocketAddress(ip));
        routes.call(request)
    });
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .max_buf_size(HEADER_BYTES_MAX)
        .keep_alive(true);
    let mut talking = pin!(builder.serve_connection(TokioIo::new(io), service).with_upgrades());
    let ended = tokio::select! {
        ended = talking.as_mut() => ended,
        () = stopped(&mut stop) => {
            talking.as_mut().graceful_shutdown();
            talking.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended badly");
    }
}

/// A stream and its right to be there, which leave together. A write that waits for too long ends it: hyper waits for
/// ever for a client that asks and does not read.
struct Held<T> {
    io: T,
    /// There while a write waits.
    stalled: Option<Pin<Box<Sleep>>>,
    _permit: Permit,
}

impl<T> Held<T> {
    fn new(io: T, permit: Permit) -> Held<T> {
        Held { io, stalled: None, _permit: permit }
    }

    /// What a write comes to, given how long it has waited.
    fn in_time<R>(&mut self, written: Poll<io::Result<R>>, cx: &mut Context<'_>) -> Poll<io::Result<R>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(tokio::time::sleep(STALL_TIMEOUT)));
        match stalled.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Held<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buf)
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Held<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write(cx, buf);
        self.in_time(written, cx)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.io).poll_flush(cx);
        self.in_time(flushed, cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write_vectored(cx, bufs);
        self.in_time(written, cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
    use tokio::time::{Instant, sleep};
    use warp::Filter as _;

    use super::*;

    const CLIENT: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    /// A server that has more to say than any buffer between takes.
    fn front() -> Front {
        let filter = warp::any().map(|| Response::new(vec![b'x'; 4 * 1024 * 1024].into())).boxed();
        Front { filter, tls: None, connections: Arc::new(Connections::new(10, 10, Vec::new())) }
    }

    /// A connection, and what the server has of it.
    fn connect(front: &Front) -> (DuplexStream, watch::Sender<bool>) {
        let (near, far) = duplex(1024);
        let permit = front.connections.admit(CLIENT).ok().unwrap();
        let (stop, stopped) = watch::channel(false);
        tokio::spawn(serve(far, CLIENT, permit, front.clone(), stopped));
        (near, stop)
    }

    #[tokio::test(start_paused = true)]
    async fn a_header_that_trickles_is_hung_up_on() {
        let front = front();
        let (mut client, _stop) = connect(&front);
        let began = Instant::now();
        for byte in b"GET / HTTP/1.1\r\nhost: a\r\nx-slow: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" {
            if client.write_all(&[*byte]).await.is_err() {
                break;
            }
            sleep(Duration::from_secs(5)).await;
        }
        assert!(began.elapsed() <= HEADER_TIMEOUT + Duration::from_secs(5), "{:?}", began.elapsed());
        front.connections.emptied().await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_says_nothing_is_hung_up_on() {
        let front = front();
        let (mut client, _stop) = connect(&front);
        let began = Instant::now();
        assert_eq!(client.read_to_end(&mut Vec::new()).await.unwrap(), 0);
        assert!(began.elapsed() <= HEADER_TIMEOUT + Duration::from_secs(1), "{:?}", began.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_asks_and_does_not_read_is_hung_up_on() {
        let front = front();
        let (mut client, _stop) = connect(&front);
        client.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
        let began = Instant::now();
        front.connections.emptied().await;
        assert!(began.elapsed() <= STALL_TIMEOUT + Duration::from_secs(1), "{:?}", began.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_reads_slowly_gets_everything() {
        let front = front();
        let (mut client, _stop) = connect(&front);
        client.write_all(b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await.unwrap();
        let (mut all, mut piece) = (0, vec![0; 64 * 1024]);
        loop {
            sleep(STALL_TIMEOUT / 100).await;
            match client.read(&mut piece).await.unwrap() {
                0 => break,
                count => all += count,
            }
        }
        assert!(all > 4 * 1024 * 1024, "{all}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_header_without_end_is_refused() {
        let front = front();
        let (client, _stop) = connect(&front);
        let (mut read, mut write) = tokio::io::split(client);
        let endless = tokio::spawn(async move {
            let _ = write.write_all(b"GET / HTTP/1.1\r\nx: ").await;
            while write.write_all(&[b'a'; 1000]).await.is_ok() {}
        });
        let mut answer = Vec::new();
        read.read_to_end(&mut answer).await.unwrap();
        assert!(answer.starts_with(b"HTTP/1.1 431"), "{}", String::from_utf8_lossy(&answer));
        drop(read);
        endless.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn only_http_1_is_spoken() {
        let front = front();
        let (mut client, _stop) = connect(&front);
        client.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.unwrap();
        let mut answer = Vec::new();
        let _ = client.read_to_end(&mut answer).await;
        assert!(!answer.starts_with(b"HTTP/1.1 2"), "{}", String::from_utf8_lossy(&answer));
        front.connections.emptied().await;
    }
}
