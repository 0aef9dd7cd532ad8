//! A cloud whose requests somebody hears, or whose answers somebody edits, on their way.

use std::sync::Arc;

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use xdeploy::cloud::{Cloud, Origin};

use super::world::{SOURCE, World};

/// Returns what stands in an answer in place of what the cloud says; it is given the action as well.
type Edit = Arc<dyn Fn(&str, String) -> String + Send + Sync>;

/// Who hears what is asked.
type Hear = Arc<dyn Fn(&str) + Send + Sync>;

/// Returns a world's cloud, whose answers come as `edit` leaves them; an `<ErrorResponse>` is one.
pub fn edited(
    world: &World,
    edit: impl Fn(&str, String) -> String + Send + Sync + 'static,
) -> Cloud {
    through(world, Arc::new(|_| {}), Arc::new(edit))
}

/// Returns a world's cloud; `hear` is given the body of every request.
pub fn heard(world: &World, hear: impl Fn(&str) + Send + Sync + 'static) -> Cloud {
    through(world, Arc::new(hear), Arc::new(|_, text| text))
}

fn through(world: &World, hear: Hear, edit: Edit) -> Cloud {
    let inner: SharedHttpClient = world.sandbox.http_client();
    let client = http_client_fn(move |settings, components| {
        use aws_smithy_runtime_api::client::http::HttpClient;
        let inner = inner.http_connector(settings, components);
        SharedHttpConnector::new(Edited { inner, hear: hear.clone(), edit: edit.clone() })
    });
    Cloud::through(client, world.clock, Origin::Embedded { source: SOURCE.parse().expect("an id") })
}

struct Edited {
    inner: SharedHttpConnector,
    hear: Hear,
    edit: Edit,
}

impl std::fmt::Debug for Edited {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Edited")
    }
}

impl HttpConnector for Edited {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let body = String::from_utf8_lossy(request.body().bytes().unwrap_or_default()).into_owned();
        (self.hear)(&body);
        let action = body.split('&').find_map(|word| word.strip_prefix("Action="));
        let (action, edit) = (action.unwrap_or_default().to_owned(), self.edit.clone());
        let answer = self.inner.call(request);
        HttpConnectorFuture::new(async move {
            let mut answer = answer.await?;
            if let Some(bytes) = answer.body().bytes() {
                let text = String::from_utf8_lossy(bytes).into_owned();
                let text = edit(&action, text);
                if text.starts_with("<ErrorResponse>") {
                    *answer.status_mut() = 400.try_into().expect("a status");
                }
                *answer.body_mut() = SdkBody::from(text);
            }
            Ok(answer)
        })
    }
}
