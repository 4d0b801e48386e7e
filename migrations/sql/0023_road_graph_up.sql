-- A parcel that moved loses its ways at once, because they are another place's; a job finds the new ones. Destinations
-- that came, moved or left let a job look again for all parcels; until it is done, the old ways stand.

grant select on road_graph, road_node, road_edge to landportal_app;
grant select, insert, update, delete on parcel_travel, parcel_isochrone to landportal_app;

-- Nothing is asked for where no graph is loaded.
create function ask_for_travel() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
    if exists (select from road_graph) then
        perform procrastinate_defer_jobs_v1(array[
            row('landportal', tg_argv[0], 0, tg_argv[0], null, tg_argv[1]::jsonb, null)::procrastinate_job_to_defer_v1]);
    end if;
    return null;
end
$$;

create function parcel_moved() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
    delete from parcel_travel where parcel_id = new.id;
    delete from parcel_isochrone where parcel_id = new.id;
    return null;
end
$$;

create trigger parcel_moved_1 after update of geom on parcel
for each row when (not st_orderingequals(old.geom, new.geom)) execute function parcel_moved();
create trigger parcel_moved_2 after insert or update of geom on parcel
for each statement execute function ask_for_travel('compute_travel', '{}');
create trigger infrastructure_travel after insert or update or delete on infrastructure
for each statement execute function ask_for_travel('compute_travel', '{"everything": true}');

-- Who lives within minutes follows borders and population.
create trigger admin_unit_people after insert or update on admin_unit
for each statement execute function ask_for_travel('count_people', '{}');

-- Searches and tiles filter by minutes: their answers are of this revision.
create function parcel_travel_moved() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
    if exists (select from moved) then
        insert into revision (subject, value) values ('parcels', 1)
        on conflict (subject) do update set value = revision.value + 1;
    end if;
    return null;
end
$$;

create trigger parcel_travel_inserted after insert on parcel_travel
referencing new table as moved for each statement execute function parcel_travel_moved();
create trigger parcel_travel_updated after update on parcel_travel
referencing new table as moved for each statement execute function parcel_travel_moved();
create trigger parcel_travel_deleted after delete on parcel_travel
referencing old table as moved for each statement execute function parcel_travel_moved();
