//! Instances, as they are listed.

use std::collections::BTreeMap;

use futures::StreamExt as _;
use sexton_core::{Database, InstanceKind, Source};
use sexton_wire::apsara::encode::{self, InstanceShown, Page};
use sexton_wire::apsara::model::value::Number;
use sexton_wire::apsara::model::{Action, describe_db_instances, words};
use sexton_wire::aws::Reply;

use super::{Asked, Failure, Paged};
use crate::ops::rds::Found;
use crate::service::Service;

pub(super) async fn attribute(
    service: &Service,
    id: &str,
    asked: &Asked<'_>,
) -> Result<Reply, Failure> {
    let found = service.instance(&asked.caller.realm, id, asked.now).await?;
    let others = service.instances(&found.source.realm).await?;
    let shown = shown(&found, &others);
    Ok(asked.form.reply(&encode::describe_db_instance_attribute(&shown)))
}

pub(super) async fn list(
    service: &Service,
    request: &describe_db_instances::Request,
    asked: &Asked<'_>,
) -> Result<Reply, Failure> {
    let realm = &asked.caller.realm;
    // A region that is not served has none.
    let is_served = request.region_id.as_str() == realm.region;
    let all = if is_served { service.instances(realm).await? } else { Vec::new() };
    let tags = tags(request)?;
    let is_wanted =
        |source: &&Source| source.offered.instance().is_some_and(|it| matches(it, request, &tags));
    let mut wanted: Vec<Source> = all.iter().filter(is_wanted).cloned().collect();
    wanted.sort_by(|one, other| one.offered.id().cmp(other.offered.id()));
    if let Some(status) = &request.db_instance_status {
        let seen = look(service, wanted, asked).await;
        let is = |found: &Found| encode::status(found.seen.unreachable.is_none()) == status;
        wanted = seen.into_iter().filter(is).map(|found| found.source).collect();
    }
    let total = super::count(wanted.len());
    let (of_page, number, next) = cut(wanted, request)?;
    let found = look(service, of_page, asked).await;
    let items: Vec<InstanceShown> = found.iter().map(|found| shown(found, &all)).collect();
    let page = Page { items: &items, number, total };
    Ok(asked.form.reply(&encode::describe_db_instances(&page, next)))
}

/// The most databases that one request has looked at at the same time. Each may take a thread until
/// it answers, and there are 512 of those for all that this process waits for.
const LOOKS_MAX: usize = 64;

/// What is to be seen of the databases. Many are looked at at once: one that does not answer keeps
/// few others waiting.
async fn look(service: &Service, sources: Vec<Source>, asked: &Asked<'_>) -> Vec<Found> {
    let looks = sources.into_iter().map(|it| service.look_at_instance_now(it, asked.now));
    few_at_once(looks).await.into_iter().flatten().collect()
}

/// What `looks` come to, in their order, [`LOOKS_MAX`] at a time.
async fn few_at_once<F: Future>(looks: impl Iterator<Item = F>) -> Vec<F::Output> {
    futures::stream::iter(looks).buffered(LOOKS_MAX).collect().await
}

/// The instances of a page, its number, and where the next one begins. Pages are numbered, or
/// follow a token: the last id that was shown.
fn cut(
    mut wanted: Vec<Source>,
    request: &describe_db_instances::Request,
) -> Result<(Vec<Source>, u64, Option<String>), Failure> {
    if request.max_results.is_none() && request.next_token.is_none() {
        let number = request.page_number.map(Number::get);
        let paged = Paged::of(number, request.page_size.map(Number::get));
        return Ok((paged.cut(&wanted).to_vec(), paged.number(), None));
    }
    if let Some(token) = &request.next_token {
        let refused = || Action::DescribeDBInstances.error_of(&["Invalid.NextToken"]);
        let after: sexton_core::InstanceId =
            token.parse().map_err(|_| Failure::Refused(refused()))?;
        wanted.retain(|source| source.offered.id() > after.as_str());
    }
    let size = Paged::of(None, request.max_results.map(Number::get)).size;
    let is_more = wanted.len() > size;
    wanted.truncate(size);
    let last = wanted.last().filter(|_| is_more).map(|it| it.offered.id().to_owned());
    Ok((wanted, 1, last))
}

/// The tags that are asked for, an object of texts.
fn tags(request: &describe_db_instances::Request) -> Result<BTreeMap<String, String>, Failure> {
    let Some(text) = &request.tags else { return Ok(BTreeMap::new()) };
    let refused = || Action::DescribeDBInstances.refuse(&[], "Tags is an object of texts in JSON");
    serde_json::from_str(text).map_err(|_| Failure::Refused(refused()))
}

/// Whether an instance is one that is asked for. Nothing here has a class, a network of its own, a
/// group or an end.
fn matches(
    database: &Database,
    request: &describe_db_instances::Request,
    tags: &BTreeMap<String, String>,
) -> bool {
    let is = |wanted: Option<&str>, found: &str| wanted.is_none_or(|wanted| wanted == found);
    let none = [
        request.connection_string.is_some(),
        request.db_instance_class.is_some(),
        request.dedicated_host_group_id.is_some(),
        request.dedicated_host_id.is_some(),
        request.expired.is_some_and(|switch| switch.0),
        request.filter.is_some(),
        request.instance_level.is_some(),
        request.proxy_id.is_some(),
        request.resource_group_id.is_some(),
        request.v_switch_id.is_some(),
        request.vpc_id.is_some(),
    ];
    let searched =
        |text: &String| database.id.as_str().contains(text) || database.description.contains(text);
    !none.contains(&true)
        && is(request.category.as_deref(), encode::category(database.edition))
        && is(request.engine.map(words::Engine::word), encode::engine(database.engine).word())
        && is(request.engine_version.as_deref(), &database.version)
        && is(request.zone_id.as_deref(), request.region_id.as_str())
        && is(
            request.db_instance_type.map(words::InstanceType::word),
            encode::kind(database.kind).word(),
        )
        && request.db_instance_id.as_ref().is_none_or(|id| id.as_str() == database.id.as_str())
        && request.connection_mode.is_none_or(|it| it == words::ConnectionMode::Standard)
        && request.instance_network_type.is_none_or(|it| it == words::InstanceNetworkType::Classic)
        && request.pay_type.is_none_or(|it| it == words::PayType::Postpaid)
        && request.search_key.as_ref().is_none_or(searched)
        && tags.iter().all(|(key, value)| database.tags.get(key) == Some(value))
}

/// An instance, and what `others` are to it.
fn shown(found: &Found, others: &[Source]) -> InstanceShown {
    let Found { source, database, seen } = found;
    let of_it = |kind: InstanceKind| {
        let others = others.iter().filter_map(|it| it.offered.instance());
        others
            .filter(move |it| it.kind == kind && it.primary.as_ref() == Some(&database.id))
            .map(|it| it.id.to_string())
    };
    InstanceShown {
        id: database.id.to_string(),
        region: source.realm.region.clone(),
        description: database.description.clone(),
        engine: database.engine,
        version: database.version.clone(),
        edition: database.edition,
        kind: database.kind,
        primary: database.primary.as_ref().map(ToString::to_string),
        read_only: of_it(InstanceKind::ReadOnly).collect(),
        guard: of_it(InstanceKind::Guard).next(),
        temporary: of_it(InstanceKind::Temporary).next(),
        is_running: seen.unreachable.is_none(),
        is_locked: database.locked,
        created: source.added,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// A listing of ten thousand instances that do not answer took every thread of the process.
    #[tokio::test]
    async fn no_request_has_all_databases_looked_at_at_once() {
        let (now, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let look = async |number: usize| {
            most.fetch_max(now.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
            tokio::task::yield_now().await;
            now.fetch_sub(1, Ordering::Relaxed);
            number
        };
        let found = few_at_once((0..1000).map(look)).await;
        assert_eq!(found, (0..1000).collect::<Vec<usize>>());
        assert_eq!(most.into_inner(), LOOKS_MAX);
    }
}
