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
use tokio_rustls::TlsAcceptor;
use warp::filters::BoxedFilter;
use warp::reply::Response;

use super::SocketAddress;
use super::connections::{Connections, Permit};
use crate::config::Listen;

/// A header arrives whole within this time; so long also may a kept connection be idle.
pub const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// A TLS handshake is done within this time.
pub const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
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
    pub tls: Option<TlsAcceptor>,
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

async fn serve(tcp: TcpStream, ip: IpAddr, permit: Permit, front: Front, stop: watch::Receiver<bool>) {
    // Chat is small frames that must not wait for each other.
    let _ = tcp.set_nodelay(true);
    match front.tls {
        None => talk(Held { io: tcp, _permit: permit }, ip, front.filter, stop).await,
        Some(tls) => match tokio::time::timeout(HANDSHAKE_TIMEOUT, tls.accept(tcp)).await {
            Ok(Ok(stream)) => {
                talk(Held { io: Box::new(stream), _permit: permit }, ip, front.filter, stop).await
            }
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

/// A stream and its right to be there, which leave together.
struct Held<T> {
    io: T,
    _permit: Permit,
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
        Pin::new(&mut self.io).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }
}
