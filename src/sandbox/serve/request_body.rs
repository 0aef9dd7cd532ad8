//! The bodies of requests: how much of them is kept in memory, and for how long each is waited for.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::Request;
use http_body_util::BodyExt;
use hyper::body::Body;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::sandbox::caller::Signature;
use crate::sandbox::lambda::RuntimeRequest;
use crate::sandbox::wire::Refusal;

/// The most that comes with a request whose sender is nobody: its answer does not depend on it.
const MOST_UNKNOWN_BYTES: usize = 64 << 10;

/// The most that comes with a call. AWS's longest is what a Lambda function is given or returns, 6 MiB.
const MOST_CALL_BYTES: usize = 8 << 20;

/// The most that comes as an object of S3, which is kept whole.
const MOST_OBJECT_BYTES: usize = 64 << 20;

/// The most of all requests together that are being answered.
const MOST_TOGETHER_BYTES: usize = 256 << 20;

/// How long a request may take to come, once its head is there.
const WITHIN: Duration = Duration::from_secs(60);

/// Reads the bodies of requests.
#[derive(Debug)]
pub struct RequestBodies {
    room: Arc<Semaphore>,
}

/// A body that was read; it counts for as long as this is kept.
#[derive(Debug)]
pub struct ReadBody {
    pub bytes: Bytes,
    _room: Option<OwnedSemaphorePermit>,
}

/// Why a body was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnreadBody {
    /// It is longer than this, in bytes.
    TooLong(usize),
    /// Too much is being answered already.
    NoRoom,
    /// It did not come in time.
    TooSlow,
    /// Its sender is gone.
    BrokenOff,
}

impl UnreadBody {
    /// Returns what its sender is told.
    pub fn refusal(self) -> Refusal {
        let (status, code, message) = match self {
            Self::TooLong(most) => (
                413,
                "EntityTooLarge",
                format!("The request is too large: the sandbox takes at most {most} bytes of it"),
            ),
            Self::NoRoom => (503, "SlowDown", "Please reduce your request rate.".to_owned()),
            Self::TooSlow | Self::BrokenOff => (
                408,
                "RequestTimeout",
                "The request was not read to its end within the timeout period.".to_owned(),
            ),
        };
        Refusal { status, code, message }
    }
}

/// Returns the most that may come with a request, in bytes.
pub fn most_bytes(head: &Request<Bytes>, sender: &Result<Signature, Refusal>) -> usize {
    match sender {
        _ if RuntimeRequest::of(head).is_some() => MOST_CALL_BYTES,
        Ok(sender) if sender.service == "s3" => MOST_OBJECT_BYTES,
        Ok(_) => MOST_CALL_BYTES,
        Err(_) => MOST_UNKNOWN_BYTES,
    }
}

impl RequestBodies {
    /// Returns bodies with all their room.
    pub fn new() -> Self {
        Self { room: Arc::new(Semaphore::new(MOST_TOGETHER_BYTES)) }
    }

    /// Reads a body that may have `most` bytes. One that announces more is not begun.
    ///
    /// # Errors
    /// If it is longer, does not come, or finds no room.
    pub async fn read<B>(&self, body: B, most: usize) -> Result<ReadBody, UnreadBody>
    where
        B: Body<Data = Bytes> + Unpin,
    {
        if body.size_hint().lower() > most as u64 {
            return Err(UnreadBody::TooLong(most));
        }
        let read = tokio::time::timeout(WITHIN, self.read_all(body, most));
        read.await.unwrap_or(Err(UnreadBody::TooSlow))
    }

    async fn read_all<B>(&self, mut body: B, most: usize) -> Result<ReadBody, UnreadBody>
    where
        B: Body<Data = Bytes> + Unpin,
    {
        let mut bytes = BytesMut::new();
        let mut room: Option<OwnedSemaphorePermit> = None;
        while let Some(frame) = body.frame().await {
            let Ok(piece) = frame.map_err(|_| UnreadBody::BrokenOff)?.into_data() else { continue };
            if bytes.len() + piece.len() > most {
                return Err(UnreadBody::TooLong(most));
            }
            let piece_bytes = u32::try_from(piece.len()).map_err(|_| UnreadBody::TooLong(most))?;
            let more = self.room.clone().try_acquire_many_owned(piece_bytes);
            let more = more.map_err(|_| UnreadBody::NoRoom)?;
            match &mut room {
                Some(room) => room.merge(more),
                None => room = Some(more),
            }
            bytes.extend_from_slice(&piece);
        }
        Ok(ReadBody { bytes: bytes.freeze(), _room: room })
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::{Full, StreamBody};
    use hyper::body::Frame;

    use super::*;

    /// A body that does not say how long it is.
    fn unannounced(pieces: usize, piece_bytes: usize) -> impl Body<Data = Bytes> + Unpin {
        let piece = Bytes::from(vec![b'a'; piece_bytes]);
        let frame = move |_| Ok::<_, std::convert::Infallible>(Frame::data(piece.clone()));
        StreamBody::new(futures::stream::iter((0..pieces).map(frame)))
    }

    #[tokio::test]
    async fn a_body_is_read_up_to_what_it_may_have() {
        let bodies = RequestBodies::new();
        let read = bodies.read(unannounced(3, 4), 12).await.unwrap();
        assert_eq!(&read.bytes[..], b"aaaaaaaaaaaa");
        let longer = bodies.read(unannounced(3, 4), 11).await;
        assert_eq!(longer.unwrap_err(), UnreadBody::TooLong(11));
        let announced = bodies.read(Full::new(Bytes::from_static(b"abc")), 2).await;
        assert_eq!(announced.unwrap_err(), UnreadBody::TooLong(2));
        assert_eq!(&bodies.read(Full::default(), 0).await.unwrap().bytes[..], b"");
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_does_not_come_is_given_up() {
        let stalled = StreamBody::new(futures::stream::pending::<Result<Frame<Bytes>, ()>>());
        let began = tokio::time::Instant::now();
        assert_eq!(RequestBodies::new().read(stalled, 1).await.unwrap_err(), UnreadBody::TooSlow);
        assert_eq!(began.elapsed(), WITHIN);
    }

    #[tokio::test]
    async fn all_bodies_together_have_a_limit_that_ends_with_their_requests() {
        let bodies = RequestBodies::new();
        let most = MOST_OBJECT_BYTES;
        let body = || unannounced(most >> 20, 1 << 20);
        let mut taken = Vec::new();
        for _ in 0..MOST_TOGETHER_BYTES / most {
            taken.push(bodies.read(body(), most).await.unwrap());
        }
        assert_eq!(bodies.read(unannounced(1, 1), most).await.unwrap_err(), UnreadBody::NoRoom);
        taken.pop();
        assert!(bodies.read(body(), most).await.is_ok());
        assert!(
            bodies.read(body(), most).await.is_ok(),
            "what is refused or answered keeps no room"
        );
    }
}
