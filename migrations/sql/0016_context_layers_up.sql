-- What the database derives of context layers, and who the actor is to them.

-- The copy for tiles. Web Mercator ends at 85.06°: what lies beyond is cut off, and nothing is left of what lies wholly
-- beyond. Written so that names are bound now: a restored backup fills the column with an empty search path.
create function layer_tile_copy(land geometry) returns geometry
language sql immutable parallel safe
return case
    when land is null or st_isempty(land) then null
    when st_srid(land) = 4326 and (st_ymin(land) < -85.06 or st_ymax(land) > 85.06) then (
        select case when st_isempty(cut) then null else st_transform(cut, 3857) end
        from (select st_intersection(land, st_makeenvelope(-720, -85.06, 720, 85.06, 4326)) as cut) inside)
    else st_transform(land, 3857)
end;

create function context_layer_moved() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
    insert into revision (subject)
    select distinct subject from unnest(array['layers', 'layer:' || new.name, 'layer:' || old.name]) subject
    where subject is not null order by subject
    on conflict (subject) do update set value = revision.value + 1;
    return null;
end
$$;

create trigger context_layer_revision after insert or update or delete on context_layer
for each row execute function context_layer_moved();

create function actor_organisation() returns int
language sql stable security definer set search_path = public, pg_temp
as $$
    select o.id from account a join organisation o on o.id = a.organisation_id
    where a.id = told('actor')::int and a.active and o.active
$$;

-- Whether the actor publishes layers that this organisation keeps: its own planners and administrators do, and the
-- administrators of the whole portal for everybody.
create function actor_publishes(kept_by int) returns boolean
language sql stable security definer set search_path = public, pg_temp
as $$
    select coalesce((
        select a.role_names && array['planner', 'administrator']::varchar[]
               and (a.organisation_id is null or (o.active and o.id = kept_by))
        from account a left join organisation o on o.id = a.organisation_id
        where a.id = told('actor')::int and a.active), false)
$$;
