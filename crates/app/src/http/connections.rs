//! How many connections one address holds open. A connection is counted from its beginning to its end; one too many is told
//! so at its first request and closed, and one that never sends a request is closed by the server's own patience.

use std::any::Any;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::Error;
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Extensions, ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::rt::net::TcpStream;
use hos_domain::identity::network_of;
use hos_domain::kernel::ErrorKind;
use std::time::Duration;

use super::client::TrustedProxies;
use crate::error::ApiError;

/// Counts open connections.
#[derive(Clone)]
pub(crate) struct Connections {
    open: Arc<Mutex<HashMap<IpAddr, u32>>>,
    most: u32,
    proxies: TrustedProxies,
}

/// One open connection.
struct Open {
    counts: Arc<Mutex<HashMap<IpAddr, u32>>>,
    network: IpAddr,
    too_many: bool,
}

impl Connections {
    /// At most `most` from one address; proxies hold as many as they need.
    pub(crate) fn new(most: u32, proxies: TrustedProxies) -> Self {
        Self { open: Arc::default(), most, proxies }
    }

    /// Counts a connection that has just begun.
    pub(crate) fn count(&self, connection: &dyn Any, data: &mut Extensions) {
        let peer = connection.downcast_ref::<TcpStream>().and_then(|stream| stream.peer_addr().ok());
        if let Some(peer) = peer.map(|peer| peer.ip()).filter(|peer| !self.proxies.trusts(*peer)) {
            data.insert(self.open(network_of(peer)));
        }
    }

    fn open(&self, network: IpAddr) -> Open {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(network).or_default();
        *count = count.saturating_add(1);
        Open { counts: self.open.clone(), network, too_many: *count > self.most }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let mut open = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        match open.get_mut(&self.network) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(open.remove(&self.network)),
        }
    }
}

/// Answers 429 on a connection that is one too many, and closes it.
pub(crate) async fn limit_connections<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    if request.conn_data::<Open>().is_some_and(|open| open.too_many) {
        let kind = ErrorKind::RateLimited { retry_after: Duration::from_secs(1) };
        let error = ApiError::new(kind, "Too many connections are open from this address.");
        return Ok(request.error_response(error.closing()).map_into_right_body());
    }
    Ok(next.call(request).await?.map_into_left_body())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_one_too_many_is_known_and_an_ended_one_makes_room() {
        let connections = Connections::new(2, TrustedProxies::default());
        let home: IpAddr = "203.0.113.9".parse().unwrap();
        let (first, second, third) = (connections.open(home), connections.open(home), connections.open(home));
        assert_eq!([first.too_many, second.too_many, third.too_many], [false, false, true]);
        assert!(!connections.open("203.0.113.10".parse().unwrap()).too_many);
        drop((first, third));
        assert!(!connections.open(home).too_many);
        drop(second);
        assert!(connections.open.lock().unwrap().is_empty(), "nothing is left of who is gone");
    }
}
