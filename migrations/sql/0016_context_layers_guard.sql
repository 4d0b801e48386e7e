-- Who sees and writes layers: public ones everybody, others the accounts of one organisation alone.

grant select, insert, update, delete on context_layer to landportal_app;
grant select, insert, delete on layer_feature to landportal_app;
grant usage on all sequences in schema public to landportal_app;

alter table context_layer enable row level security;
create policy context_layer_read on context_layer for select to landportal_app using (
    organisation_id is null or organisation_id = (select actor_organisation()) or actor_publishes(kept_by_id));
create policy context_layer_insert on context_layer for insert to landportal_app with check (
    actor_publishes(kept_by_id) and (organisation_id is null or organisation_id is not distinct from kept_by_id));
create policy context_layer_update on context_layer for update to landportal_app
using (actor_publishes(kept_by_id))
with check (
    actor_publishes(kept_by_id) and (organisation_id is null or organisation_id is not distinct from kept_by_id));
create policy context_layer_delete on context_layer for delete to landportal_app using (actor_publishes(kept_by_id));

-- The layers named here are those its own policies let the actor see.
alter table layer_feature enable row level security;
create policy layer_feature_read on layer_feature for select to landportal_app using (
    layer_id in (select id from context_layer));
create policy layer_feature_insert on layer_feature for insert to landportal_app with check (
    layer_id in (select id from context_layer where actor_publishes(kept_by_id)));
create policy layer_feature_delete on layer_feature for delete to landportal_app using (
    layer_id in (select id from context_layer where actor_publishes(kept_by_id)));

-- The features of a layer in a box of Web Mercator. PostgreSQL uses no spatial index below a policy (its operators are
-- not leakproof), and a tile must not read a whole layer: so the question who may see is asked here, once.
create function layer_features_in(wanted int, box geometry) returns setof layer_feature
language plpgsql stable security definer set search_path = public, pg_temp
as $$
begin
    return query
    select f.* from layer_feature f
    join context_layer l on l.id = wanted
    where f.layer_id = wanted and f.delivery = l.delivery and f.geom_3857 && box
      and (l.organisation_id is null or l.organisation_id = actor_organisation() or actor_publishes(l.kept_by_id));
end
$$;

-- The same for a box in the layer's own CRS: what bounding boxes of filters ask.
create function layer_features_near(wanted int, box geometry) returns setof layer_feature
language plpgsql stable security definer set search_path = public, pg_temp
as $$
begin
    return query
    select f.* from layer_feature f
    join context_layer l on l.id = wanted
    where f.layer_id = wanted and f.delivery = l.delivery and f.geom && box
      and (l.organisation_id is null or l.organisation_id = actor_organisation() or actor_publishes(l.kept_by_id));
end
$$;
