//! Objects that are written, read and deleted under conditions.

use super::transcript::Transcript;
use super::{compare, compare_with};
use crate::support::peers::Server;

const BUCKET: &str = "conditional-writes";

async fn play(cloud: &mut Transcript) {
    let s3 = cloud.caller.s3("us-east-1");
    s3.create_bucket().bucket(BUCKET).send().await.expect("its name is free");
    let put = || s3.put_object().bucket(BUCKET).key("lock").body(b"one".to_vec().into());
    let get = || s3.get_object().bucket(BUCKET).key("lock");
    let delete = || s3.delete_object().bucket(BUCKET).key("lock");
    let other = "\"00000000000000000000000000000000\"";
    cloud.call("replace what is not there", put().if_match(other).send().await);
    cloud.call("delete what is not there, if it is", delete().if_match("*").send().await);
    let made = cloud.call("make", put().if_none_match("*").send().await);
    let etag = made.and_then(|made| made.e_tag).expect("an ETag");
    cloud.call("make again", put().if_none_match("*").send().await);
    cloud.call("make unless it is that one", put().if_none_match(&etag).send().await);
    cloud.call("replace whichever", put().if_match("*").send().await);
    cloud.call("replace another", put().if_match(other).send().await);
    cloud.call("replace that one", put().if_match(&etag).send().await);
    cloud.call("read another", get().if_match(other).send().await.map(drop));
    cloud.call("read what is known", get().if_none_match(&etag).send().await.map(drop));
    cloud.call("delete another", delete().if_match(other).send().await);
    cloud.call("delete that one", delete().if_match(&etag).send().await);
    cloud.call("read it", get().send().await.map(drop));
}

#[tokio::test]
async fn conditions_of_objects_are_heeded_as_by_ministack() {
    insta::assert_snapshot!(compare(play).await, @r"
    make unless it is that one
      sandbox:   NotImplemented: A header you provided implies functionality that is not implemented
      ministack: PreconditionFailed: At least one of the pre-conditions you specified did not hold
    replace whichever
      sandbox:   NotImplemented: A header you provided implies functionality that is not implemented
      ministack: accepted
    delete another
      sandbox:   PreconditionFailed: At least one of the pre-conditions you specified did not hold
      ministack: PreconditionFailed: At least one of the preconditions you specified did not hold.
    ");
}

#[tokio::test]
async fn conditions_of_objects_are_heeded_as_by_moto() {
    insta::assert_snapshot!(compare_with(Server::moto(), play).await, @r"
    make unless it is that one
      sandbox:   NotImplemented: A header you provided implies functionality that is not implemented
      ministack: accepted
    replace whichever
      sandbox:   NotImplemented: A header you provided implies functionality that is not implemented
      ministack: PreconditionFailed: At least one of the pre-conditions you specified did not hold
    ");
}
