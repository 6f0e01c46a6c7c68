//! [`SubjectRepository`]: which customer everything belongs to, whatever comes first.

use hos_domain::billing::{
    Change, Environment, Facts, Notice, NoticeKind, Observation, Provider, Received, Source, SubjectId, SubjectKey,
};
use hos_domain::kernel::{Id, Timestamp};
use hos_sql::Engine;
use hos_testing::Stage;
use rstest_reuse::apply;

use crate::both_databases;

fn key(customer: Option<&str>) -> SubjectKey {
    SubjectKey {
        provider: Provider::Stripe,
        environment: Environment::Production,
        account: String::new(),
        customer: customer.map(ToOwned::to_owned),
    }
}

fn about(object: &str) -> Received {
    let observation = Observation {
        provider: Provider::Stripe,
        environment: Environment::Production,
        account: String::new(),
        customer: None,
        object: object.to_owned(),
        refers_to: Vec::new(),
        user: None,
        as_of: Timestamp::EPOCH,
        change: Change::Created,
        facts: Facts::Link,
    };
    Received { observation, source: Source::Webhook, received_at: Timestamp::EPOCH }
}

/// Whose the objects are; what was seen of the first is added to them.
async fn subject_of(stage: &Stage, customer: Option<&str>, objects: &[&str]) -> SubjectId {
    let tx = stage.storage().begin().await.unwrap();
    let fresh = Id::new(stage.ids().uuid());
    let subject = tx.subjects().lock(&key(customer), objects, fresh, stage.clock().now()).await.unwrap();
    tx.subjects().observe(subject.id, &about(objects[0])).await.unwrap();
    tx.commit().await.unwrap();
    subject.id
}

async fn seen(stage: &Stage, subject: SubjectId) -> usize {
    let tx = stage.storage().begin().await.unwrap();
    tx.subjects().observations(subject).await.unwrap().len()
}

#[apply(both_databases)]
async fn what_came_before_its_customer_was_named_is_theirs_afterwards(#[case] engine: Engine) {
    let stage = Stage::on(engine).await;
    let stray = subject_of(&stage, None, &["pi_1", "in_1"]).await;
    let another = subject_of(&stage, None, &["ch_1", "pi_2"]).await;
    assert_ne!(stray, another);
    let ada = subject_of(&stage, Some("cus_ada"), &["sub_1"]).await;
    assert_eq!(subject_of(&stage, Some("cus_ada"), &["in_1", "pi_2"]).await, ada);
    assert_eq!(subject_of(&stage, None, &["pi_1"]).await, ada);
    assert_eq!(subject_of(&stage, None, &["ch_1"]).await, ada);
    assert_eq!(seen(&stage, ada).await, 4);
    assert_eq!(stage.database.count("SELECT count(*) FROM billing_subjects").await, 1);
}

#[apply(both_databases)]
async fn two_customers_stay_two_even_when_an_object_names_both(#[case] engine: Engine) {
    let stage = Stage::on(engine).await;
    let ada = subject_of(&stage, Some("cus_ada"), &["sub_1", "pi_1"]).await;
    let eve = subject_of(&stage, Some("cus_eve"), &["sub_2"]).await;
    assert_eq!(subject_of(&stage, Some("cus_eve"), &["in_2", "pi_1"]).await, eve);
    assert_ne!(ada, eve);
    assert_eq!((seen(&stage, ada).await, seen(&stage, eve).await), (1, 2));
}

#[apply(both_databases)]
async fn what_was_said_before_says_nothing_new_and_a_notice_is_one(#[case] engine: Engine) {
    let stage = Stage::on(engine).await;
    let ada = subject_of(&stage, Some("cus_ada"), &["sub_1"]).await;
    let tx = stage.storage().begin().await.unwrap();
    assert!(!tx.subjects().observe(ada, &about("sub_1")).await.unwrap());
    assert!(tx.subjects().observe(ada, &about("sub_2")).await.unwrap());
    let notice =
        Notice { key: "paid:in_1".into(), kind: NoticeKind::PaymentReceived, at: Timestamp::EPOCH, money: None };
    assert!(tx.subjects().note(ada, &notice, stage.clock().now()).await.unwrap());
    assert!(!tx.subjects().note(ada, &notice, stage.clock().now()).await.unwrap());
}

/// Many workers, each with a few objects of the same customer, in every order: all end, and in one place.
#[apply(both_databases)]
async fn many_units_about_the_same_objects_neither_block_nor_tear_them_apart(#[case] engine: Engine) {
    let stage = Stage::on(engine).await;
    let objects = ["sub_1", "in_1", "pi_1", "ch_1", "re_1"];
    let units = (0..20_usize).map(|index| {
        let mine = [objects[index % 5], objects[(index + 1) % 5], objects[(index * 3) % 5]];
        let customer = (index % 4 == 0).then_some("cus_ada");
        let stage = &stage;
        async move {
            loop {
                let tx = stage.storage().begin().await.unwrap();
                let fresh = Id::new(stage.ids().uuid());
                match tx.subjects().lock(&key(customer), &mine, fresh, stage.clock().now()).await {
                    Ok(_) => return tx.commit().await.unwrap(),
                    Err(hos_domain::kernel::RepositoryError::Contended) => {}
                    Err(error) => panic!("{error:?}"),
                }
            }
        }
    });
    futures_util::future::join_all(units).await;
    assert_eq!(stage.database.count("SELECT count(*) FROM billing_subjects").await, 1);
    assert_eq!(stage.database.count("SELECT count(*) FROM billing_objects").await, 5);
}
