//! Backup plans: with their versions, found by what they say, and due.

use sexton_core::{
    InRealm, Lifecycle, Plan, PlanId, PlanSchedule, PlanVersion, Realm, Rule, RuleId, RuleOrder,
    Tags, VersionId, Windows,
};
use sexton_store::{Follow, MetaStore, Subject, Tally, Write};

use crate::fixture::{at, change, done, id, realm, vault_name};

const HOUR: i64 = 3_600_000;

/// Plan `number`, in its first version.
pub(crate) fn plan(number: u32) -> Plan {
    Plan {
        id: PlanId::from_bytes(*id(number).as_bytes()),
        realm: realm(),
        created: at(1),
        deleted: None,
        token: Some(format!("made-{number}")),
        tags: Tags::new(),
        version: version(number, 100 * number),
        versions: 1,
        selections: Vec::new(),
        settled: at(1),
        ran: None,
        runs: Vec::new(),
        due: None,
    }
}

fn version(plan: u32, number: u32) -> PlanVersion {
    let order = RuleOrder {
        name: format!("rule-{number}"),
        vault: vault_name("first"),
        schedule: PlanSchedule::parse("cron(0 5 * * ? *)", "Europe/Berlin").unwrap(),
        windows: Windows::default(),
        lifecycle: Lifecycle::default(),
        tags: Tags::new(),
        copies: Vec::new(),
    };
    PlanVersion {
        id: VersionId::from_bytes(*id(number).as_bytes()),
        created: at(i64::from(number)),
        name: format!("plan-{plan}"),
        rules: vec![Rule { id: RuleId::from_bytes(*id(7).as_bytes()), since: at(1), order }],
    }
}

async fn put(store: &dyn MetaStore, plan: &Plan) {
    done(store, change(vec![Write::PutPlan(Box::new(plan.clone()))])).await;
}

async fn pages(store: &dyn MetaStore, deleted: bool, limit: usize) -> Vec<Plan> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = store.list_plans(&realm(), deleted, after.as_ref(), limit).await.unwrap();
        assert!(page.items.len() <= limit);
        found.extend(page.items);
        after = page.next;
        if after.is_none() {
            return found;
        }
    }
}

async fn versions(store: &dyn MetaStore, of: &Plan) -> Vec<PlanVersion> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = store.list_plan_versions(&of.key(), None, after.as_ref(), 1).await.unwrap();
        found.extend(page.items);
        after = page.next;
        if after.is_none() {
            return found;
        }
    }
}

pub(crate) async fn plans_come_change_and_go_with_all_their_versions(store: &dyn MetaStore) {
    let [first, second, third] = [1, 2, 3].map(plan);
    let elsewhere = Plan { realm: Realm::new("us-east-1", "123456789012"), ..plan(1) };
    for plan in [&second, &first, &third, &elsewhere] {
        put(store, plan).await;
    }
    assert_eq!(store.plan(&second.key()).await.unwrap().unwrap().value, second);
    let changed = Plan { version: version(2, 201), versions: 2, ..second.clone() };
    put(store, &changed).await;
    // What changes beside makes no version.
    let tagged = Plan { tags: [("a".to_owned(), "b".to_owned())].into(), ..changed.clone() };
    put(store, &tagged).await;
    for limit in 1..5 {
        let all = [first.clone(), tagged.clone(), third.clone()];
        assert_eq!(pages(store, false, limit).await, all);
    }
    assert_eq!(versions(store, &second).await, [version(2, 200), version(2, 201)]);
    assert_eq!(versions(store, &elsewhere).await, [version(1, 100)]);
    let one = async |number| {
        let id = version(2, number).id;
        store.list_plan_versions(&second.key(), Some(id), None, 10).await.unwrap().items
    };
    assert_eq!(one(201).await, [version(2, 201)]);
    assert_eq!(one(300).await, [], "that of another plan");

    let deleted = Plan { deleted: Some(at(9)), ..first.clone() };
    put(store, &deleted).await;
    assert_eq!(pages(store, false, 10).await, [tagged.clone(), third.clone()]);
    assert_eq!(pages(store, true, 10).await, [deleted, tagged.clone(), third.clone()]);
    assert_eq!(store.tally(&Tally::Plans(realm())).await.unwrap(), 2);
    assert_eq!(store.tally(&Tally::PlanRecords(realm())).await.unwrap(), 3);
    done(store, change(vec![Write::RemovePlan(second.key())])).await;
    assert!(store.plan(&second.key()).await.unwrap().is_none());
    assert_eq!(versions(store, &second).await, []);
    assert_eq!(store.tally(&Tally::Plans(realm())).await.unwrap(), 1);
}

pub(crate) async fn a_plan_is_found_by_its_token_and_by_what_it_says_until_it_is_deleted(
    store: &dyn MetaStore,
) {
    let [first, second] = [1, 2].map(plan);
    put(store, &first).await;
    put(store, &second).await;
    let other = Realm::new("us-east-1", "123456789012");
    let token = |realm: &Realm, token: &str| Subject::PlanOfToken(realm.with(token.to_owned()));
    let alike = |realm: &Realm, plan: &Plan| Subject::PlanAlike(realm.with(plan.document()));
    let find = async |subject: Subject| {
        let reading = store.read(std::slice::from_ref(&subject), Follow::Nothing).await.unwrap();
        let found = reading.plan_at(&subject).map(|plan| plan.id);
        assert_eq!(found.is_some(), reading.expects()[0].generation.0 > 0);
        found
    };
    assert_eq!(find(token(&realm(), "made-2")).await, Some(second.id));
    assert_eq!(find(token(&other, "made-2")).await, None);
    assert_eq!(find(alike(&realm(), &second)).await, Some(second.id));
    assert_eq!(find(alike(&other, &second)).await, None);
    let changed = Plan { version: version(2, 201), ..second.clone() };
    put(store, &changed).await;
    assert_eq!(find(alike(&realm(), &second)).await, None);
    assert_eq!(find(alike(&realm(), &changed)).await, Some(second.id));
    put(store, &Plan { deleted: Some(at(9)), ..changed.clone() }).await;
    assert_eq!(find(alike(&realm(), &changed)).await, None);
    assert_eq!(find(token(&realm(), "made-2")).await, None);
    assert_eq!(find(token(&realm(), "made-1")).await, Some(first.id));
}

pub(crate) async fn plans_are_found_when_they_are_due(store: &dyn MetaStore) {
    let due_at = |number, due: i64| Plan { due: Some(at(due * HOUR)), ..plan(number) };
    let elsewhere = Plan { realm: Realm::new("us-east-1", "123456789012"), ..due_at(2, 2) };
    for plan in [&due_at(1, 2), &elsewhere, &due_at(2, 2), &due_at(3, 1), &due_at(5, 80), &plan(4)]
    {
        put(store, plan).await;
    }
    let due = async |hours: i64| {
        let (mut found, mut after): (Vec<InRealm<PlanId>>, _) = (Vec::new(), None);
        loop {
            let page = store.due_plans(at(hours * HOUR), after.as_ref(), 1).await.unwrap();
            found.extend(page.items);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let whole = store.due_plans(at(hours * HOUR), None, 100).await.unwrap().items;
        assert_eq!(found, whole, "in one page");
        found
    };
    let named = |numbers: &[u32]| numbers.iter().map(|it| plan(*it).key()).collect::<Vec<_>>();
    assert_eq!(due(0).await, named(&[5]), "what was put off too far");
    assert_eq!(due(1).await, named(&[3, 5]));
    let mut all = named(&[3, 1, 2]);
    all.push(elsewhere.key());
    assert_eq!(due(40).await, all);
    put(store, &due_at(3, 60)).await;
    assert_eq!(due(40).await, all[1..]);
}

pub(crate) async fn a_realm_takes_its_plans_with_it(store: &dyn MetaStore) {
    put(store, &plan(1)).await;
    assert_eq!(store.list_realms().await.unwrap(), [realm()], "a plan may be its first thing");
    done(store, change(vec![Write::DropRealm(realm())])).await;
    assert!(store.plan(&plan(1).key()).await.unwrap().is_none());
    assert_eq!(store.tally(&Tally::PlanRecords(realm())).await.unwrap(), 0);
    put(store, &plan(2)).await;
    assert_eq!(versions(store, &plan(1)).await, []);
    assert_eq!(pages(store, true, 10).await, [plan(2)]);
}
