//! The body of a reply, with limits of time and size while it is read.
//!
//! A server, or whatever stands between, may stop in the middle, send a byte now and then, or never
//! stop at all. Each ends here as a transport error, so that the SDK sends the call again, with the
//! same idempotency token, as where the connection broke.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::{Error, SdkBody};
use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, Sleep, sleep_until};

/// How long a body may send nothing.
const SILENT_FOR: Duration = Duration::from_secs(20);

/// How long a body may take in all, before what it has sent buys it more time.
const SLOW_FOR: Duration = Duration::from_secs(60);

/// The slowest that a long body may be on average.
const LEAST_BYTES_PER_SECOND: u64 = 8 * 1024;

/// More than any reply of AWS that is read into memory can have.
///
/// Source: the CloudFormation API reference. A page is up to 1 MB (`NextToken`), a template up to 1 MB
/// (`TemplateURL`), of which each character may be escaped with six (`&quot;`). What other services answer
/// here is smaller.
const MOST_BYTES: u64 = 8 * 1024 * 1024;

/// What of a request decides how its reply is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cloud) enum BodyMode {
    /// Into memory: its size has a limit.
    Buffered,
    /// Piece by piece, by a reader that knows what is too much.
    Streamed,
}

impl BodyMode {
    /// Returns how the reply to a request is read: the content of an object is streamed.
    pub fn of(request: &HttpRequest) -> Self {
        let query = request.uri().split_once('?').map_or("", |(_, query)| query);
        match query.split('&').any(|word| word == "x-id=GetObject") {
            true => Self::Streamed,
            false => Self::Buffered,
        }
    }
}

/// Returns a reply whose body keeps the limits; `permit` is given back once it has ended.
pub(in crate::cloud) fn limited(
    mut reply: HttpResponse,
    mode: BodyMode,
    permit: OwnedSemaphorePermit,
) -> HttpResponse {
    let most_bytes = match mode {
        BodyMode::Streamed if reply.status().is_success() => u64::MAX,
        BodyMode::Streamed | BodyMode::Buffered => MOST_BYTES,
    };
    let body = reply.body_mut();
    // What is in memory already takes no time.
    let is_here = body.bytes().is_some_and(|bytes| bytes.len() as u64 <= most_bytes);
    if !is_here {
        let unlimited = std::mem::replace(body, SdkBody::taken());
        *body = SdkBody::from_body_1_x(Limited::new(unlimited, most_bytes, permit));
    }
    reply
}

/// A body that ends with an error where it stops, drips or goes on for too long.
struct Limited {
    body: SdkBody,
    left_bytes: u64,
    read_bytes: u64,
    /// How long the body was waited for until its last piece; what its reader does takes no time of it.
    waited: Duration,
    waiting_since: Option<Instant>,
    alarm: Option<Pin<Box<Sleep>>>,
    _permit: OwnedSemaphorePermit,
}

impl Limited {
    fn new(body: SdkBody, most_bytes: u64, permit: OwnedSemaphorePermit) -> Self {
        Self {
            body,
            left_bytes: most_bytes,
            read_bytes: 0,
            waited: Duration::ZERO,
            waiting_since: None,
            alarm: None,
            _permit: permit,
        }
    }

    /// Takes in a piece of so many bytes.
    ///
    /// # Errors
    /// When the body is too large with it.
    fn take(&mut self, bytes: usize) -> io::Result<()> {
        if let Some(since) = self.waiting_since.take() {
            self.waited += since.elapsed();
        }
        let bytes = bytes as u64;
        self.read_bytes += bytes;
        // A piece without any bytes counts as well: they may not go on for ever either.
        self.left_bytes = self.left_bytes.checked_sub(bytes.max(1)).ok_or_else(too_large)?;
        Ok(())
    }

    /// Returns how much longer the next piece is waited for.
    fn time_left(&self) -> Duration {
        let earned = Duration::from_secs(self.read_bytes / LEAST_BYTES_PER_SECOND);
        SILENT_FOR.min((SLOW_FOR + earned).saturating_sub(self.waited))
    }

    /// Waits for the time to be over by which the next piece must be here.
    fn poll_late(&mut self, context: &mut Context<'_>) -> Poll<io::Error> {
        if self.waiting_since.is_none() {
            let now = Instant::now();
            self.waiting_since = Some(now);
            let until = now + self.time_left();
            match &mut self.alarm {
                Some(alarm) => alarm.as_mut().reset(until),
                None => self.alarm = Some(Box::pin(sleep_until(until))),
            }
        }
        let alarm = self.alarm.as_mut().expect("it was set when the waiting began");
        ready!(alarm.as_mut().poll(context));
        Poll::Ready(late(self.read_bytes))
    }
}

impl Body for Limited {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        // What says that it is too large is not read at all.
        if self.body.size_hint().lower() > self.left_bytes {
            return Poll::Ready(Some(Err(too_large().into())));
        }
        let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) else {
            return self.poll_late(context).map(|late| Some(Err(late.into())));
        };
        if let Some(Ok(frame)) = &frame {
            self.take(frame.data_ref().map_or(0, Bytes::len))?;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

fn late(read_bytes: u64) -> io::Error {
    let text = format!("the reply stopped after {read_bytes} bytes, in the middle");
    io::Error::new(io::ErrorKind::TimedOut, text)
}

fn too_large() -> io::Error {
    let text = format!("the reply has more than {MOST_BYTES} bytes, which none of AWS has");
    io::Error::new(io::ErrorKind::InvalidData, text)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use aws_smithy_types::byte_stream::ByteStream;
    use futures::stream::{self, StreamExt};
    use http_body_util::StreamBody;
    use tokio::sync::Semaphore;

    use super::*;

    type Piece = io::Result<Frame<Bytes>>;

    fn piece(bytes: usize) -> Piece {
        Ok(Frame::data(Bytes::from(vec![b'x'; bytes])))
    }

    /// Reads a body of these pieces, each after a pause, and returns how many bytes it had, or why it
    /// could not be read, and after how many seconds.
    async fn read(
        pieces: impl stream::Stream<Item = (u64, Piece)> + Send + Sync + 'static,
        most_bytes: u64,
    ) -> (Result<usize, String>, u64) {
        let began = Instant::now();
        let pieces = pieces.then(|(pause, piece)| async move {
            tokio::time::sleep(Duration::from_secs(pause)).await;
            piece
        });
        let permit = Arc::new(Semaphore::new(1)).try_acquire_owned().expect("one is free");
        let body = SdkBody::from_body_1_x(StreamBody::new(pieces));
        let body = SdkBody::from_body_1_x(Limited::new(body, most_bytes, permit));
        let read = ByteStream::new(body).collect().await;
        let read = read.map(|all| all.into_bytes().len());
        let why = |error| {
            let source = std::error::Error::source(&error).map(ToString::to_string);
            source.unwrap_or_default()
        };
        (read.map_err(why), began.elapsed().as_secs())
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_comes_along_is_read_whole_however_long_it_is() {
        let pieces = stream::iter((0..100).map(|_| (10, piece(200_000))));
        assert_eq!(read(pieces, u64::MAX).await, (Ok(20_000_000), 1000));
        let slow_start = stream::iter([(19, piece(10)), (19, piece(10)), (19, piece(10))]);
        assert_eq!(read(slow_start, 30).await, (Ok(30), 57));
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_stops_or_drips_is_given_up() {
        let stops = stream::iter([(0, piece(10)), (3600, piece(10))]);
        let (read_of_it, seconds) = read(stops, 1000).await;
        assert_eq!((read_of_it.expect_err("it stops").contains("10 bytes"), seconds), (true, 20));
        let (dripped, seconds) = read(stream::repeat_with(|| (3, piece(1))), 1_000_000).await;
        assert_eq!((dripped.is_err(), seconds), (true, 60));
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_without_end_is_given_up_once_it_has_more_than_it_may() {
        let (endless, _) = read(stream::repeat_with(|| (0, piece(65_536))), MOST_BYTES).await;
        assert!(endless.expect_err("it is too large").contains("8388608"));
        let (empty, _) = read(stream::repeat_with(|| (0, piece(0))), 100).await;
        assert!(empty.is_err(), "empty pieces do not go on for ever");
    }
}
