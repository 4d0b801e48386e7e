-- What has to be computed again when something changes: triggers mark the parcels it meets, whoever writes. Marks are
-- only ever added: no writer waits for another, nor for a worker. What is computed is written by services.enrichment.

-- --------------------------------------------------------------------------------------------------- marking parcels

-- The furthest that something of this kind can reach: by any rule, the general one or a plan's, of today or to come.
create function reach_m(wanted text) returns float8
language sql stable security definer set search_path = public, pg_temp
as $$ select coalesce(max(distance_m), 0)::float8 from distance_rule where cause = wanted $$;

create function parcel_marked() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
    insert into parcel_stale (parcel_id, reason) values (new.id, 'parcel');
    return null;
end
$$;

create trigger parcel_marked after insert on parcel for each row execute function parcel_marked();
-- By function: IS DISTINCT FROM finds the operator of geometries by search path, which a restore leaves empty.
create trigger parcel_marked_update after update of geom, plan_name, municipality_ags on parcel
for each row when (
    (old.plan_name, old.municipality_ags) is distinct from (new.plan_name, new.municipality_ags)
    or not public.st_orderingequals(old.geom, new.geom))
execute function parcel_marked();

create function surroundings_marked() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
    execute format(
        'insert into parcel_stale (parcel_id, reason)
         select distinct p.id, $1
         from changed c cross join lateral (select reach_m(c.%1$I) as m) reach
         join parcel p on p.geom && st_expand(c.geom, reach.m)
             and case when reach.m = 0 then st_intersects(c.geom, p.geom)
                      else st_dwithin(c.geom, p.geom, reach.m) end',
        tg_argv[0])
    using tg_table_name;
    return null;
end
$$;

create function distances_marked() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
    perform mark_for_rules();
    return null;
end
$$;

-- Marks what the rules meet that have begun and were not marked yet; also called every day, for those to come.
create function mark_for_rules() returns bigint
language plpgsql security definer set search_path = public, pg_temp
as $$
declare
    rule distance_rule;
    reach float8;
    total bigint := 0;
    added bigint;
begin
    for rule in
        select * from distance_rule where not marked and valid_from <= current_date order by id for update skip locked
    loop
        reach := reach_m(rule.cause);
        insert into parcel_stale (parcel_id, reason)
        select p.id, 'distance'
        from parcel p
        where (rule.plan_name is null or (p.plan_name = rule.plan_name and starts_with(p.municipality_ags, rule.ags)))
          and (rule.cause = 'border'
            or exists (
                select from constraint_zone z
                where z.kind = rule.cause and z.geom && st_expand(p.geom, reach)
                  and st_dwithin(z.geom, p.geom, reach))
            or exists (
                select from road r
                where r.road_class = rule.cause and r.geom && st_expand(p.geom, reach)
                  and st_dwithin(r.geom, p.geom, reach)));
        get diagnostics added = row_count;
        total := total + added;
        update distance_rule set marked = true where id = rule.id;
    end loop;
    return total;
end
$$;

-- Another distance under the same key has to be marked anew.
create function distance_rule_unmarked() returns trigger
language plpgsql
as $$
begin
    new.marked := false;
    return new;
end
$$;

create trigger distance_rule_unmarked
before insert or update of distance_m, source on distance_rule
for each row execute function distance_rule_unmarked();
create trigger distance_rule_marked after insert or update of distance_m, source on distance_rule
for each statement execute function distances_marked();

-- The kinds of constraint of the parcels that a zone meets, as in 0007, but found from the zone by index: one zone took
-- longer than 15 s among a million parcels, because each of them was asked.
create or replace function constraint_zone_changed() returns trigger
language plpgsql
as $$
begin
    with met as materialized (
        select distinct p.id from changed c join parcel p on st_intersects(c.geom, p.geom)
    ), derived as materialized (
        select q.id, derive_constraint_kinds(q.geom) as kinds from met join parcel q using (id)
    )
    update parcel p set constraint_kinds = d.kinds
    from derived d where p.id = d.id and p.constraint_kinds is distinct from d.kinds;
    return null;
end
$$;

-- ---------------------------------------------------------------------------------------------------- waking a worker

-- One job that waits is enough. It is there with the marks, in the transaction of their cause.
create function wake_enrichment() returns void
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
    if exists (select from parcel_stale) and not exists (
        select from procrastinate_jobs where task_name = 'enrich' and status = 'todo' and scheduled_at is null)
    then
        perform procrastinate_defer_jobs_v1(array[
            row('landportal', 'enrich', -1, 'enrich', null, '{}', null)::procrastinate_job_to_defer_v1]);
    end if;
end
$$;

create function enrichment_woken() returns trigger
language plpgsql
as $$
begin
    perform wake_enrichment();
    return null;
end
$$;

do $$
declare
    watched record;
begin
    for watched in select * from (values ('constraint_zone', 'kind'), ('road', 'road_class')) w(name, kind_column) loop
        execute format(
            'create trigger %1$s_marked after insert on %1$s referencing new table as changed
             for each statement execute function surroundings_marked(%2$L);
             create trigger %1$s_marked_1_old after update on %1$s referencing old table as changed
             for each statement execute function surroundings_marked(%2$L);
             create trigger %1$s_marked_2_new after update on %1$s referencing new table as changed
             for each statement execute function surroundings_marked(%2$L);
             create trigger %1$s_marked_gone after delete on %1$s referencing old table as changed
             for each statement execute function surroundings_marked(%2$L)',
            watched.name, watched.kind_column);
    end loop;
    -- Named to run after what marks.
    for watched in select unnest(array['parcel', 'constraint_zone', 'road', 'distance_rule']) as name loop
        execute format(
            'create trigger %1$s_woken after insert or update or delete on %1$s
             for each statement execute function enrichment_woken()',
            watched.name);
    end loop;
end
$$;

-- -------------------------------------------------------------------------------------- the net area a search reads

create function potential_shown() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
    update parcel p set net_area_m2 = s.net_m2
    from shown s where p.id = s.parcel_id and p.net_area_m2 is distinct from s.net_m2;
    return null;
end
$$;

create trigger parcel_potential_shown after insert on parcel_potential referencing new table as shown
for each statement execute function potential_shown();
create trigger parcel_potential_shown_again after update on parcel_potential referencing new table as shown
for each statement execute function potential_shown();

-- What fits on a parcel is part of what a search shows. It is deleted with its parcel, which moves the revision itself.
create trigger parcel_potential_revision after insert or update or truncate on parcel_potential
for each statement execute function revision_moved('parcels');

-- ----------------------------------------------------------------------------------------------------------- who may

-- Whether the actor sets distances of this place: null is everywhere. Planners and administrators of the place do, and
-- those of the whole portal.
create function actor_sets_distances(place text) returns boolean
language sql stable security definer set search_path = public, pg_temp
as $$
    select coalesce((
        select a.role_names && array['planner', 'administrator']::varchar[]
               and (a.organisation_id is null
                    or (o.active and case when place is null then length(o.ags) = 2 else starts_with(place, o.ags) end))
        from account a left join organisation o on o.id = a.organisation_id
        where a.id = told('actor')::int and a.active), false)
$$;

grant select on distance_rule, parcel_potential, parcel_loss, parcel_stale, enrichment_claim to landportal_app;
grant insert, update (distance_m, source, verified) on distance_rule to landportal_app;
-- Derived rows are the worker's, which acts as the application: it computes them again whenever they are gone.
grant insert, update, delete on parcel_potential, parcel_loss, enrichment_claim to landportal_app;
grant insert, delete on parcel_stale to landportal_app;

alter table distance_rule enable row level security;
create policy distance_rule_read on distance_rule for select to landportal_app using (true);
create policy distance_rule_insert on distance_rule for insert to landportal_app
with check ((select actor_sets_distances(ags)));
create policy distance_rule_update on distance_rule for update to landportal_app
using ((select actor_sets_distances(ags))) with check ((select actor_sets_distances(ags)));

create sequence enrichment_run as int cycle;
grant usage on sequence enrichment_run to landportal_app;

insert into parcel_stale (parcel_id, reason) select id, 'parcel' from parcel;
select wake_enrichment();
