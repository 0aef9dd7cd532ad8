//! Buckets and objects, and templates that come from them.

use aws_sdk_s3::types::ChecksumMode;

use crate::support::embedded::{Embedded, Keys, words};

const DEV: &str = "100000000001";

#[tokio::test(start_paused = true)]
async fn an_object_is_read_as_it_was_written_by_its_own_account_only() {
    let cloud = Embedded::new();
    let s3 = cloud.s3(&Keys::root(DEV));
    s3.create_bucket().bucket("artifacts").send().await.unwrap();
    let put = s3.put_object().bucket("artifacts").key("a b/c.yaml").body(b"hello".to_vec().into());
    put.send().await.unwrap();
    let read = s3.get_object().bucket("artifacts").key("a b/c.yaml").send().await.unwrap();
    assert_eq!(&read.body.collect().await.unwrap().into_bytes()[..], b"hello");
    let other = cloud.s3(&Keys::root("100000000002"));
    let refused = other.get_object().bucket("artifacts").key("a b/c.yaml").send().await;
    assert_eq!(words(&refused.unwrap_err()), "AccessDenied: Access Denied");
}

#[tokio::test(start_paused = true)]
async fn an_object_keeps_the_checksum_that_it_was_sent_with() {
    const HELLO: &str = "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=";
    let cloud = Embedded::new();
    let s3 = cloud.s3(&Keys::root(DEV));
    s3.create_bucket().bucket("artifacts").send().await.unwrap();
    let put = || s3.put_object().bucket("artifacts").key("k").body(b"hello".to_vec().into());
    let kept = put().checksum_sha256(HELLO).send().await.unwrap();
    assert_eq!(kept.checksum_sha256(), Some(HELLO));
    let head = || s3.head_object().bucket("artifacts").key("k");
    let shown = head().checksum_mode(ChecksumMode::Enabled).send().await.unwrap();
    assert_eq!((shown.checksum_sha256(), shown.content_length()), (Some(HELLO), Some(5)));
    assert_eq!(head().send().await.unwrap().checksum_sha256(), None, "only if it is asked for");
    let other = HELLO.replace("LPJ", "LPK");
    let refused = put().checksum_sha256(other).send().await.unwrap_err();
    assert!(words(&refused).starts_with("BadDigest: "), "{refused:?}");
    put().send().await.unwrap();
    let shown = head().checksum_mode(ChecksumMode::Enabled).send().await.unwrap();
    assert_eq!(shown.checksum_sha256(), None, "it was sent without one");
}

#[tokio::test(start_paused = true)]
async fn what_is_not_there_is_said_as_s3_says_it() {
    let cloud = Embedded::new();
    let s3 = cloud.s3(&Keys::root(DEV));
    let put = s3.put_object().bucket("missing").key("k").send().await;
    assert_eq!(words(&put.unwrap_err()), "NoSuchBucket: The specified bucket does not exist");
    s3.create_bucket().bucket("artifacts").send().await.unwrap();
    let get = s3.get_object().bucket("artifacts").key("k").send().await;
    assert_eq!(words(&get.unwrap_err()), "NoSuchKey: The specified key does not exist.");
    let list = s3.list_objects().bucket("artifacts").send().await.unwrap_err();
    assert!(words(&list).starts_with("NotImplemented: the sandbox does not offer"), "{list:?}");
}

#[tokio::test(start_paused = true)]
async fn objects_are_listed_in_pages_and_by_folders() {
    let cloud = Embedded::new();
    let s3 = cloud.s3(&Keys::root(DEV));
    s3.create_bucket().bucket("artifacts").send().await.unwrap();
    for key in ["a/1", "a/2", "b c", "d/1"] {
        let put = s3.put_object().bucket("artifacts").key(key).body(b"hello".to_vec().into());
        put.send().await.unwrap();
    }
    let mut found = Vec::new();
    let mut pages =
        s3.list_objects_v2().bucket("artifacts").delimiter("/").max_keys(1).into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.unwrap();
        let folders = page.common_prefixes().iter().filter_map(|p| p.prefix());
        let keys = page.contents().iter().filter_map(|object| object.key());
        found.push(folders.chain(keys).collect::<Vec<_>>().join(" "));
    }
    assert_eq!(found, ["a/", "b c", "d/"]);
    let listed = s3.list_objects_v2().bucket("artifacts").prefix("a/").send().await.unwrap();
    let sizes: Vec<_> = listed.contents().iter().map(|o| (o.key().unwrap(), o.size())).collect();
    assert_eq!(sizes, [("a/1", Some(5)), ("a/2", Some(5))]);
    s3.delete_object().bucket("artifacts").key("a/1").send().await.unwrap();
    let left = s3.list_objects_v2().bucket("artifacts").send().await.unwrap();
    assert_eq!((left.key_count(), left.is_truncated()), (Some(3), Some(false)));
    let buckets = s3.list_buckets().send().await.unwrap();
    assert_eq!(buckets.buckets()[0].name(), Some("artifacts"));
}

#[tokio::test(start_paused = true)]
async fn a_large_template_comes_from_a_bucket() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let template =
        format!("# {}\nResources: {{ Topic: {{ Type: AWS::SNS::Topic }} }}", "x".repeat(60_000));
    let refused = stacks.refusal(&template).await;
    assert_eq!(
        refused,
        "ValidationError: 1 validation error detected: Value at 'templateBody' failed to satisfy \
         constraint: Member must have length less than or equal to 51200"
    );
    let s3 = cloud.s3(&Keys::root(DEV));
    s3.create_bucket().bucket("artifacts").send().await.unwrap();
    let put = s3.put_object().bucket("artifacts").key("t.yaml").body(template.into_bytes().into());
    put.send().await.unwrap();
    for (name, url) in [
        ("one", "https://artifacts.s3.eu-central-1.amazonaws.com/t.yaml"),
        ("two", "https://s3.eu-central-1.amazonaws.com/artifacts/t.yaml"),
    ] {
        stacks.0.create_stack().stack_name(name).template_url(url).send().await.unwrap();
        assert_eq!(stacks.settled(name).await, "CREATE_COMPLETE");
    }
}

#[tokio::test(start_paused = true)]
async fn a_bucket_of_another_account_than_expected_is_refused() {
    let cloud = Embedded::new();
    let s3 = cloud.s3(&Keys::root(DEV));
    s3.create_bucket().bucket("artifacts").send().await.unwrap();
    let put = |owner: &str| {
        let put = s3.put_object().bucket("artifacts").key("k").expected_bucket_owner(owner);
        put.body(b"hello".to_vec().into()).send()
    };
    let refused = put("100000000002").await.unwrap_err();
    assert_eq!(words(&refused), "AccessDenied: Access Denied");
    put(DEV).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_object_is_written_and_deleted_under_conditions() {
    let cloud = Embedded::new();
    let s3 = cloud.s3(&Keys::root(DEV));
    s3.create_bucket().bucket("state").send().await.unwrap();
    let put = |body: &str| {
        s3.put_object().bucket("state").key("lock").body(body.as_bytes().to_vec().into())
    };
    let delete = || s3.delete_object().bucket("state").key("lock");
    const FAILED: &str =
        "PreconditionFailed: At least one of the pre-conditions you specified did not hold";
    const MISSING: &str = "NoSuchKey: The specified key does not exist.";

    let absent = put("one").if_match("\"0\"").send().await.unwrap_err();
    assert_eq!(words(&absent), MISSING);
    assert_eq!(words(&delete().if_match("*").send().await.unwrap_err()), MISSING);
    delete().send().await.expect("what is not there may be deleted without a condition");

    let one = put("one").if_none_match("*").send().await.unwrap().e_tag.expect("an ETag");
    let again = put("two").if_none_match("*").send().await.unwrap_err();
    assert_eq!(words(&again), FAILED);
    let two = put("two").if_match(&one).send().await.unwrap().e_tag.expect("an ETag");
    assert_eq!(words(&put("three").if_match(&one).send().await.unwrap_err()), FAILED);
    for neither in [
        put("x").if_none_match(&one),
        put("x").if_match("*"),
        put("x").if_match(&two).if_none_match("*"),
    ] {
        let refused = neither.send().await.unwrap_err();
        assert!(words(&refused).starts_with("NotImplemented: A header"), "{refused:?}");
    }

    let get = || s3.get_object().bucket("state").key("lock");
    let read = get().if_match(&two).send().await.unwrap();
    assert_eq!(&read.body.collect().await.unwrap().into_bytes()[..], b"two");
    assert_eq!(words(&get().if_match(&one).send().await.unwrap_err()), FAILED);
    get().if_none_match(&one).send().await.expect("it is another one by now");
    let known = get().if_none_match(&two).send().await.unwrap_err();
    assert_eq!(known.raw_response().expect("a response").status().as_u16(), 304);

    assert_eq!(words(&delete().if_match(&one).send().await.unwrap_err()), FAILED);
    delete().if_match(two.trim_matches('"')).send().await.expect("an ETag may come without quotes");
    assert_eq!(words(&get().send().await.unwrap_err()), MISSING);
}
