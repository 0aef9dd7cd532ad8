//! Buckets: where CloudFormation is told to fetch a template, and whose buckets are used.

use std::sync::{Arc, Mutex};

use tokio::sync::watch;
use xdeploy::cloud::Owners;
use xdeploy::engine::{Limits, Stop};
use xdeploy::event::Operation;

use crate::support::client::s3;
use crate::support::edited::heard;
use crate::support::files::ONE;
use crate::support::world::{SOURCE, World};

const DEV: &str = "100000000001";

#[tokio::test(start_paused = true)]
async fn a_template_is_fetched_from_the_region_of_its_bucket() {
    let world = World::new(&[DEV]);
    let made = s3(&world, DEV, "eu-west-1").create_bucket().bucket("large-templates").send();
    made.await.expect("the name is free");
    let topic = "Resources: { Topic: { Type: AWS::SNS::Topic } }";
    world.write("large.yaml", &format!("# {}\n{topic}\n", "large ".repeat(9_000)));
    let plan = world.plan(&format!(
        "{ONE}artifacts: {{ bucket: large-templates, owner: \"{DEV}\" }}\nstacks:\n  large: {{ \
         template: large.yaml }}\n"
    ));
    let asked: Arc<Mutex<String>> = Arc::default();
    let hears = asked.clone();
    let cloud = heard(&world, move |body| hears.lock().expect("no holder panics").push_str(body));
    let run = world.new_run(Operation::Apply, Limits::default());
    let (_wish, stop) = watch::channel(Stop::No);
    let ran = world.carry_out_through(&cloud, run, plan, stop, |_| {}).await;
    assert_eq!(ran.outcomes(), ["dev/eu-central-1/large created"]);
    let asked = asked.lock().expect("no holder panics");
    let url = "TemplateURL=https%3A%2F%2Flarge-templates.s3.eu-west-1.amazonaws.com%2Fxdeploy%2F";
    assert!(asked.contains(url), "{asked}");
}

#[tokio::test(start_paused = true)]
async fn objects_are_read_and_written_only_where_the_bucket_is_of_an_account_that_it_may_be_of() {
    let world = World::new(&[]);
    let made = s3(&world, SOURCE, "eu-central-1").create_bucket().bucket("artifacts").send();
    made.await.expect("the name is free");
    let region = "eu-central-1".parse().expect("a Region");
    let (own, stranger) = (SOURCE.parse().expect("an id"), DEV.parse().expect("an id"));
    let strangers = Owners::of(stranger);
    let either = strangers.clone().or(Some(own));
    let objects = world.cloud().objects(&region, None, either).await;
    objects.put("artifacts", "a", "x".into(), None).await.expect("it is written");
    let mut read = Vec::new();
    objects.get("artifacts", "a", 100, &mut read).await.expect("it is read");
    assert_eq!(read, b"x");

    let objects = world.cloud().objects(&region, None, strangers).await;
    let put = objects.put("artifacts", "a", "y".into(), None).await.expect_err("it is refused");
    let got = objects.get("artifacts", "a", 100, &mut Vec::new()).await;
    for told in [put.to_string(), got.expect_err("it is refused").to_string()] {
        assert!(told.contains("bucket artifacts: Access Denied: it belongs to another"), "{told}");
        assert!(told.contains(DEV), "{told}");
    }
}
